//! The other side of the virtual board's wires: the simulator's own, and its plant where a motor is
//! wanted.

use std::rc::Rc;

use pen_app::board::AdcInput;
use pen_conformance::{Analog, Bench, Event, Level, Side, Torque, Unable};
use pen_core::io::{Acceleration, Quadrant, Sample, Tacho, TagReading};
use pen_core::profile::Mechanism;
use pen_core::units::Duration;
use pen_sim::assembly::Assembly;
use pen_sim::board::{DUTY_STEPS, Wires};
use pen_sim::pen::hardware::{Hardware, STEPS_PER_TICK};
use pen_sim::pen::{Options, VirtualPen};
use pen_sim::rng::Seed;

use super::{Mutation, Panel};

/// Age of a reading from a converter that runs (us).
const CONVERSION_US: u32 = 50;

/// The bench.
#[derive(Debug)]
pub(crate) struct Wiring {
    pub(crate) panel: Rc<Panel>,
    hardware: Hardware,
    has_motor: bool,
    cut: Vec<Level>,
    standing: Vec<Analog>,
    accelerometer_stands: bool,
    ticked_us: u64,
    tag: TagReading,
    collected: Vec<u8>,
}

impl Wiring {
    /// A bench, and the panel between it and the board.
    pub(crate) fn new(mutation: Option<Mutation>) -> Self {
        let mut hardware = Hardware::new(Assembly::nominal(Seed::new(1)), Mechanism::Ring, 0.0);
        hardware.second_switch = true;
        Self {
            panel: Panel::new(Rc::clone(&hardware.wires), mutation),
            hardware,
            has_motor: false,
            cut: Vec::new(),
            standing: Vec::new(),
            accelerometer_stands: false,
            ticked_us: 0,
            tag: TagReading::Absent,
            collected: Vec::new(),
        }
    }

    fn wires(&self) -> &Wires {
        &self.panel.wires
    }

    fn sample(&self, input: Analog) -> &std::cell::Cell<Sample> {
        let wires = self.wires();
        match input {
            Analog::Converter(AdcInput::DepthA) => &wires.depth_a,
            Analog::Converter(AdcInput::Current) => &wires.current,
            Analog::Converter(AdcInput::Battery) => &wires.battery,
            Analog::Converter(AdcInput::Grip) => &wires.grip,
            Analog::Encoder => &wires.depth_b,
        }
    }

    fn put_level(&self, input: Level, is_high: bool) {
        let wires = self.wires();
        let wire = match input {
            Level::TriggerClosed => &wires.trigger_closed,
            Level::TriggerOpened => &wires.trigger_opened,
            Level::Next => &wires.next,
            Level::Ok => &wires.ok,
            Level::Seat => &wires.seat,
            Level::Vbus => &wires.vbus,
        };
        wire.set(is_high);
    }

    /// What the pull on the board makes of a wire that leads nowhere.
    fn pulled(&self, input: Level) -> bool {
        match input {
            Level::TriggerClosed => self.panel.has(Mutation::ClosingPulledHigh),
            Level::TriggerOpened => !self.panel.has(Mutation::OpeningPulledLow),
            Level::Seat => self.panel.has(Mutation::SeatPulledHigh),
            Level::Next | Level::Ok | Level::Vbus => false,
        }
    }

    /// Lets every reading be taken anew, or grow older.
    fn pass(&mut self, span: Duration) {
        let aged = |age: Duration| Duration::from_us(age.as_us().saturating_add(span.as_us()));
        for input in Analog::ALL {
            let wire = self.sample(input);
            let sample = wire.get();
            let age = if self.standing.contains(&input) {
                aged(sample.age)
            } else {
                Duration::from_us(CONVERSION_US)
            };
            wire.set(Sample { age, ..sample });
        }
        let felt = self.wires().acceleration.get();
        let age = if self.accelerometer_stands {
            aged(felt.age)
        } else {
            Duration::from_us(CONVERSION_US)
        };
        self.wires().acceleration.set(Acceleration { age, ..felt });
        let tacho = self.wires().tacho.get();
        let edge_age = aged(tacho.edge_age);
        self.wires().tacho.set(Tacho { edge_age, ..tacho });
    }
}

impl Bench for Wiring {
    fn now_us(&mut self) -> u64 {
        self.panel.clock_us.get()
    }

    fn wait(&mut self, span: Duration) {
        self.panel.pass(span.as_us().into());
        if self.panel.has(Mutation::FedByTimer) {
            self.wires().fed.set(self.wires().fed.get() + 1);
        }
        if !self.has_motor {
            return self.pass(span);
        }
        while self.ticked_us + 1_000 <= self.panel.clock_us.get() {
            self.hardware.advance(STEPS_PER_TICK, (true, 1), &mut ());
            self.hardware.sense();
            self.ticked_us += 1_000;
        }
    }

    fn set_level(&mut self, input: Level, is_high: bool) -> Result<(), Unable> {
        self.put_level(input, is_high);
        Ok(())
    }

    fn cut_level(&mut self, input: Level, is_cut: bool) -> Result<(), Unable> {
        self.cut.retain(|other| *other != input);
        if is_cut {
            self.cut.push(input);
            self.put_level(input, self.pulled(input));
        }
        Ok(())
    }

    fn spoil_level(&mut self, input: Level, is_spoilt: bool) -> Result<(), Unable> {
        let mut spoilt = self.panel.spoilt.borrow_mut();
        spoilt.retain(|other| *other != input);
        if is_spoilt {
            spoilt.push(input);
        }
        Ok(())
    }

    fn set_counts(&mut self, input: Analog, counts: u16) -> Result<(), Unable> {
        let wire = self.sample(input);
        wire.set(Sample {
            counts,
            ..wire.get()
        });
        Ok(())
    }

    fn stand(&mut self, input: Analog, stands: bool) -> Result<(), Unable> {
        self.standing.retain(|other| *other != input);
        if stands {
            self.standing.push(input);
        }
        Ok(())
    }

    fn accelerate(&mut self, [x_mg, y_mg, z_mg]: [i16; 3]) -> Result<(), Unable> {
        let age = self.wires().acceleration.get().age;
        self.wires().acceleration.set(Acceleration {
            x_mg,
            y_mg,
            z_mg,
            age,
        });
        Ok(())
    }

    fn stand_accelerometer(&mut self, stands: bool) -> Result<(), Unable> {
        self.accelerometer_stands = stands;
        Ok(())
    }

    fn duty(&mut self, side: Side) -> Result<u16, Unable> {
        let raw = match side {
            Side::Forward => self.wires().forward.get(),
            Side::Backward => self.wires().backward.get(),
        };
        let parts = u32::from(raw) * 10_000 / u32::from(DUTY_STEPS);
        Ok(u16::try_from(parts).unwrap())
    }

    fn duty_tolerance(&self) -> u16 {
        50
    }

    fn enable(&mut self) -> Result<bool, Unable> {
        Ok(self.wires().enable.get())
    }

    fn supply(&mut self) -> Result<bool, Unable> {
        Ok(self.wires().supply.get())
    }

    /// The plant's own switch, millisecond by millisecond.
    fn starve_supply(&mut self, limit: Duration) -> Result<Option<Duration>, Unable> {
        self.hardware.advance(STEPS_PER_TICK, (true, 1), &mut ());
        for starved_ms in 0..limit.as_ms() {
            self.hardware.advance(STEPS_PER_TICK, (false, 1), &mut ());
            // It was so from the beginning of that millisecond on.
            let has_opened = match self.panel.mutation {
                Some(Mutation::SupplyHolds) => false,
                Some(Mutation::SupplyHasty) => starved_ms > 0,
                _ => !self.hardware.is_supplied(),
            };
            if has_opened {
                return Ok(Some(Duration::from_ms(starved_ms)));
            }
        }
        Ok(None)
    }

    fn torque(&mut self) -> Result<Torque, Unable> {
        let (forward, backward) = (self.wires().forward.get(), self.wires().backward.get());
        if !self.wires().enable.get() && !self.panel.has(Mutation::EnableNotWired) {
            return Ok(Torque::Free);
        }
        if !self.wires().supply.get() && !self.panel.has(Mutation::SupplyNotWired) {
            let coasts =
                self.panel.has(Mutation::BrakeNeedsSupply) || self.panel.has(Mutation::NoBrake);
            return Ok(if coasts {
                Torque::Free
            } else {
                Torque::Shorted
            });
        }
        Ok(match forward.cmp(&backward) {
            std::cmp::Ordering::Greater => Torque::Forward,
            std::cmp::Ordering::Less => Torque::Backward,
            std::cmp::Ordering::Equal if self.panel.has(Mutation::NoBrake) => Torque::Free,
            std::cmp::Ordering::Equal => Torque::Shorted,
        })
    }

    fn take_event(&mut self) -> Result<Option<Event>, Unable> {
        Ok(self.panel.events.borrow_mut().pop_front())
    }

    fn connect_motor(&mut self) -> Result<(), Unable> {
        self.has_motor = true;
        self.ticked_us = self.panel.clock_us.get();
        self.hardware.sense();
        Ok(())
    }

    fn disconnect_motor(&mut self) {
        self.has_motor = false;
    }

    fn turn_cam(&mut self, quarters: i8, interval: Duration) -> Result<(), Unable> {
        for _ in 0..quarters.abs() {
            self.wait(interval);
            let tacho = self.wires().tacho.get();
            let quadrant = match (tacho.quadrant, quarters > 0) {
                (Quadrant::Retracted, true) | (Quadrant::Extended, false) => Quadrant::Extending,
                (Quadrant::Extending, true) | (Quadrant::Retracting, false) => Quadrant::Extended,
                (Quadrant::Extended, true) | (Quadrant::Retracted, false) => Quadrant::Retracting,
                (Quadrant::Retracting, true) | (Quadrant::Extending, false) => Quadrant::Retracted,
            };
            self.wires().tacho.set(Tacho {
                edges: tacho.edges + quarters.signum(),
                edge_age: Duration::from_us(0),
                quadrant,
            });
        }
        Ok(())
    }

    fn quadrant(&mut self) -> Result<Quadrant, Unable> {
        Ok(self.wires().tacho.get().quadrant)
    }

    fn present_tag(&mut self, reading: TagReading) -> Result<(), Unable> {
        self.tag = reading;
        self.wires().tag.set(reading);
        self.wires().burn.set(None);
        Ok(())
    }

    fn burnt(&mut self) -> Result<Option<u64>, Unable> {
        Ok(self.wires().burn.get())
    }

    fn actuator_um(&mut self) -> Result<i32, Unable> {
        Ok(self.wires().actuator_um.get())
    }

    fn fed(&mut self) -> Result<u32, Unable> {
        Ok(u32::try_from(self.wires().fed.get() & 0xFFFF_FFFF).unwrap())
    }

    fn offer(&mut self, bytes: &[u8]) -> Result<usize, Unable> {
        let taken = self.wires().offer(bytes);
        if taken < bytes.len() {
            self.panel.overrun.set(true);
        }
        Ok(taken)
    }

    fn collect(&mut self, into: &mut [u8]) -> Result<usize, Unable> {
        self.panel.wires.collect(&mut self.collected);
        let len = self.collected.len().min(into.len());
        for (slot, byte) in into.iter_mut().zip(self.collected.drain(..len)) {
            *slot = byte;
        }
        Ok(len)
    }

    fn tick_times(&mut self, into: &mut [u64]) -> Result<(), Unable> {
        // As drawn: with tolerances the simulator ticks by true time and the pen's clock drifts.
        let options = Options {
            tolerances: false,
            ..Options::default()
        };
        let mut pen =
            VirtualPen::assemble(&options).map_err(|_| Unable("no virtual pen could be built"))?;
        // As while it treats: storage rests then.
        pen.block_on_flash(false);
        for (k, time) in into.iter_mut().enumerate() {
            pen.tick();
            *time = pen.hardware().pen_us();
            match self.panel.mutation {
                Some(Mutation::TicksMissing) if k > 100 => *time += 1_100,
                Some(Mutation::TicksDoubled) if k == 100 => *time += 700,
                Some(Mutation::TicksSlow) => *time = *time * 102 / 100,
                _ => {}
            }
        }
        Ok(())
    }
}
