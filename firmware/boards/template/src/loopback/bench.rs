//! The other side of the loop-back, and the hardware behind it: conversions end, bytes travel, the
//! thread comes round, as time passes.

use heapless::Deque;
use pen_app::board::AdcInput;
use pen_conformance::{Analog, Bench, Event, Level, Side, Torque, Unable};
use pen_core::io::{Quadrant, TagReading};
use pen_core::units::Duration;

use super::devices;
use super::pins::{parts, side};
use super::{Defect, State, Wires, place};
use crate::board::Pollers;
use crate::drivers::tag::MEMORY;
use crate::signals::{Clock, Signals};

/// Time between two things that happen beside the tick. Unit: us
const STEP_US: u32 = 100;

/// Fills in the times of ticks where there is a timer.
pub type TickTimes = fn(&mut [u64]);

/// The bench.
#[derive(Debug)]
pub struct LoopBack {
    wires: &'static Wires,
    signals: &'static Signals,
    pollers: Pollers,
    cam: u8,
    /// Time since the start, wider than the counter of the board.
    time_us: u64,
    counted_us: u32,
    /// The input that is converted next.
    turn: u8,
    tick_times: Option<TickTimes>,
}

/// What the converter does, in order.
const INPUTS: [AdcInput; 4] = [
    AdcInput::DepthA,
    AdcInput::Current,
    AdcInput::Battery,
    AdcInput::Grip,
];

/// Place of an input in the arrays of [`State`].
const fn channel(input: AdcInput) -> usize {
    match input {
        AdcInput::DepthA => 0,
        AdcInput::Current => 1,
        AdcInput::Battery => 2,
        AdcInput::Grip => 3,
    }
}

fn set<const N: usize, T>(places: &mut [T; N], at: usize, value: T) {
    if let Some(place) = places.get_mut(at) {
        *place = value;
    }
}

impl LoopBack {
    /// On these wires.
    #[must_use]
    pub fn new(wires: &'static Wires, signals: &'static Signals, pollers: Pollers) -> Self {
        let bench = Self {
            wires,
            signals,
            pollers,
            cam: 0,
            time_us: 0,
            counted_us: wires.time().now_us(),
            turn: 0,
            tick_times: None,
        };
        bench.signals.halls.place(false, false);
        bench.signals.worked.put((), bench.counted_us);
        bench
    }

    /// With a timer whose ticks can be looked at.
    #[must_use]
    pub const fn with_ticks(mut self, tick_times: TickTimes) -> Self {
        self.tick_times = Some(tick_times);
        self
    }

    /// What happens beside the tick in a moment.
    fn happen(&mut self) {
        let (wires, signals) = (self.wires, self.signals);
        let now_us = wires.time().now_us();
        let input = INPUTS.get(usize::from(self.turn)).copied();
        self.turn = (self.turn + 1) % 4;
        if let Some(input) = input {
            let at = channel(input);
            let counts = wires.with(|state| {
                let stands = state.standing.get(at).copied().unwrap_or(true);
                state.counts.get(at).copied().filter(|_| !stands)
            });
            if let Some(counts) = counts {
                // What is off scale leaves nothing, as it must.
                let _ = signals.converted(input, counts, now_us);
            }
        }
        while !wires.with(|state| state.at_host.is_full())
            && let Some(byte) = signals.link.to_send()
        {
            wires.with(|state| push(&mut state.at_host, byte));
        }
        signals.worked.put((), now_us);
        self.pollers.poll(signals);
    }

    /// Lets time pass while nothing happens beside the tick: everything else hangs.
    pub fn skip(&mut self, span: Duration) {
        self.pass(span.as_us());
        let _ = self.now_us();
    }

    /// Lets time pass: by itself where a counter of the chip runs, by hand where none does.
    fn pass(&mut self, us: u32) {
        let until = self.wires.time().now_us().wrapping_add(us);
        self.wires.with(|state| {
            if state.clock.is_none() {
                state.now_us = until;
            }
        });
        while until
            .wrapping_sub(self.wires.time().now_us())
            .wrapping_sub(1)
            < u32::MAX / 2
        {
            core::hint::spin_loop();
        }
    }

    fn tell_halls(&self) {
        let (mut a, mut b) = match self.cam {
            0 => (false, false),
            1 => (true, false),
            2 => (true, true),
            _ => (false, true),
        };
        if self
            .wires
            .with(|state| state.defect == Some(Defect::HallsSwapped))
        {
            core::mem::swap(&mut a, &mut b);
        }
        let now_us = self.wires.time().now_us();
        self.signals.halls.edge(a, b, now_us);
    }

    fn change(&self, work: impl FnOnce(&mut State)) -> Result<(), Unable> {
        self.wires.with(work);
        Ok(())
    }
}

fn push<const N: usize>(queue: &mut Deque<u8, N>, byte: u8) {
    // Room was looked for before.
    let _ = queue.push_back(byte);
}

impl Bench for LoopBack {
    fn now_us(&mut self) -> u64 {
        let count_us = self.wires.time().now_us();
        self.time_us += u64::from(count_us.wrapping_sub(self.counted_us));
        self.counted_us = count_us;
        self.time_us
    }

    fn wait(&mut self, span: Duration) {
        let until = self.now_us() + u64::from(span.as_us());
        loop {
            let left = u32::try_from(until.saturating_sub(self.time_us)).unwrap_or(0);
            if left == 0 {
                return;
            }
            self.pass(left.min(STEP_US));
            self.happen();
            let _ = self.now_us();
        }
    }

    fn acceleration_tolerance(&self) -> u16 {
        4
    }

    fn set_level(&mut self, input: Level, is_high: bool) -> Result<(), Unable> {
        self.change(|state| set(&mut state.levels, place(input), is_high))
    }

    fn cut_level(&mut self, input: Level, is_cut: bool) -> Result<(), Unable> {
        self.change(|state| set(&mut state.cut, place(input), is_cut))
    }

    fn spoil_level(&mut self, input: Level, is_spoilt: bool) -> Result<(), Unable> {
        self.change(|state| set(&mut state.spoilt, place(input), is_spoilt))
    }

    fn set_counts(&mut self, input: Analog, counts: u16) -> Result<(), Unable> {
        self.change(|state| match input {
            Analog::Converter(input) => set(&mut state.counts, channel(input), counts),
            Analog::Encoder => state.encoder = counts,
        })
    }

    fn stand(&mut self, input: Analog, stands: bool) -> Result<(), Unable> {
        self.change(|state| match input {
            Analog::Converter(input) => set(&mut state.standing, channel(input), stands),
            Analog::Encoder => state.encoder_stands = stands,
        })
    }

    fn accelerate(&mut self, mg: [i16; 3]) -> Result<(), Unable> {
        self.change(|state| state.mg = mg)
    }

    fn stand_accelerometer(&mut self, stands: bool) -> Result<(), Unable> {
        self.change(|state| state.accelerometer_stands = stands)
    }

    fn duty(&mut self, asked: Side) -> Result<u16, Unable> {
        let raw = self
            .wires
            .with(|state| state.duties.get(side(asked)).copied());
        raw.map(parts).ok_or(Unable("no such side"))
    }

    fn duty_tolerance(&self) -> u16 {
        2
    }

    fn enable(&mut self) -> Result<bool, Unable> {
        Ok(self.wires.with(|state| state.is_enabled()))
    }

    fn supply(&mut self) -> Result<bool, Unable> {
        Ok(self.wires.with(|state| state.is_supplied()))
    }

    fn starve_supply(&mut self, limit: Duration) -> Result<Option<Duration>, Unable> {
        let mut starved_us = 0;
        while starved_us < limit.as_us() {
            if !self.wires.with(|state| state.is_supplied()) {
                return Ok(Some(Duration::from_us(starved_us)));
            }
            self.wait(Duration::from_us(STEP_US));
            starved_us += STEP_US;
        }
        Ok(None)
    }

    /// As a gate driver makes it: an input that is low closes the low side, and without supply a high
    /// side gives nothing.
    fn torque(&mut self) -> Result<Torque, Unable> {
        Ok(self.wires.with(|state| {
            let [forward, backward] = state.duties;
            match forward.cmp(&backward) {
                _ if !state.is_enabled() => Torque::Free,
                _ if !state.is_supplied() && state.defect == Some(Defect::BrakeNeedsSupply) => {
                    Torque::Free
                }
                _ if !state.is_supplied() => Torque::Shorted,
                core::cmp::Ordering::Greater => Torque::Forward,
                core::cmp::Ordering::Less => Torque::Backward,
                core::cmp::Ordering::Equal => Torque::Shorted,
            }
        }))
    }

    fn take_event(&mut self) -> Result<Option<Event>, Unable> {
        Ok(self.wires.with(|state| state.events.pop_front()))
    }

    fn turn_cam(&mut self, quarters: i8, interval: Duration) -> Result<(), Unable> {
        for _ in 0..quarters.unsigned_abs() {
            self.wait(interval);
            self.cam = if quarters > 0 {
                self.cam + 1
            } else {
                self.cam + 3
            } % 4;
            self.tell_halls();
        }
        Ok(())
    }

    fn quadrant(&mut self) -> Result<Quadrant, Unable> {
        Ok(match self.cam {
            0 => Quadrant::Retracted,
            1 => Quadrant::Extending,
            2 => Quadrant::Extended,
            _ => Quadrant::Retracting,
        })
    }

    fn present_tag(&mut self, reading: TagReading) -> Result<(), Unable> {
        self.change(|state| {
            state.tag_breaks_off = reading == TagReading::Unreadable;
            state.tag = match reading {
                TagReading::Absent => None,
                TagReading::Unreadable => Some([0; MEMORY]),
                TagReading::Present(tag) => Some(devices::memory(&tag)),
            };
        })
    }

    fn burnt(&mut self) -> Result<Option<u64>, Unable> {
        Ok(self
            .wires
            .with(|state| state.tag.as_ref().and_then(devices::burnt)))
    }

    fn actuator_um(&mut self) -> Result<i32, Unable> {
        Ok(self.wires.with(|state| state.carriage_um))
    }

    fn fed(&mut self) -> Result<u32, Unable> {
        Ok(self.wires.with(|state| state.fed))
    }

    fn starve(&mut self, limit: Duration) -> Result<Option<Duration>, Unable> {
        let mut starved_us = 0;
        while starved_us < limit.as_us() {
            if !self.wires.with(|state| state.is_enabled()) {
                // It lets go again when it is fed, and is not started until then.
                self.wires.with(|state| state.fed_us = None);
                return Ok(Some(Duration::from_us(starved_us)));
            }
            self.wait(Duration::from_us(STEP_US));
            starved_us += STEP_US;
        }
        Ok(None)
    }

    fn offer(&mut self, bytes: &[u8]) -> Result<usize, Unable> {
        for byte in bytes {
            // A wire: what the board has no room for is lost.
            let _ = self.signals.link.received(*byte);
        }
        Ok(bytes.len())
    }

    fn collect(&mut self, into: &mut [u8]) -> Result<usize, Unable> {
        let mut len = 0;
        for slot in into {
            let Some(byte) = self.wires.with(|state| state.at_host.pop_front()) else {
                break;
            };
            *slot = byte;
            len += 1;
        }
        Ok(len)
    }

    fn tick_times(&mut self, into: &mut [u64]) -> Result<(), Unable> {
        let tick_times = self.tick_times.ok_or(Unable("no timer ticks here"))?;
        tick_times(into);
        Ok(())
    }
}
