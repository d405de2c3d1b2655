//! Raw counts -> quantities. A stale or implausible reading becomes *nothing* after 10 ms, never
//! the last good value for ever; who uses it must then assume the worst (SENS-001).

pub(crate) mod acceleration;
pub(crate) mod grip;
#[cfg(any(test, feature = "verify"))]
pub(crate) mod verify;

pub(crate) use acceleration::{AccelerationReading, AccelerationSense};
pub(crate) use grip::GripSense;

use crate::calibration::{Channel, Table};
use crate::io::{Sample, Tacho};
use crate::limits;
use crate::units::{Current, Depth, Duration, Rate, Voltage};

/// Longest time that any of the filters here remembers.
const MEMORY: Duration = Duration::from_ms(100);

/// How long the last good value has been used once this sample is bad: a value that was old when
/// its bridge began has used that time up (SENS-001).
fn bridged(bad_for: Duration, sample: &Sample, dt: Duration) -> Duration {
    bridged_for(bad_for, sample.age, dt)
}

fn bridged_for(bad_for: Duration, age: Duration, dt: Duration) -> Duration {
    let age = if age > limits::SAMPLE_AGE_MAX {
        age.min(MEMORY)
    } else {
        Duration::from_us(0)
    };
    bad_for.plus_up_to(dt, MEMORY).max(age)
}

/// One depth channel: range, age, span, median of three, rate of change.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DepthChannel {
    channel: Channel,
    before: [Option<Depth>; 2],
    good: Option<Depth>,
    bad_for: Duration,
    /// Counts seen since the channel last moved.
    low: u16,
    high: u16,
    still_for: Duration,
}
any_struct!(DepthChannel {
    channel,
    before,
    good,
    bad_for,
    low,
    high,
    still_for
});

/// What one channel says this tick.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct DepthReading {
    /// Filtered; nothing when unusable for more than 10 ms.
    pub(crate) depth: Option<Depth>,
    /// This sample alone, through the table.
    pub(crate) raw: Option<Depth>,
    /// How long the counts have not moved beyond noise.
    pub(crate) still_for: Duration,
    /// Counts as they came.
    pub(crate) counts: u16,
}
any_struct!(DepthReading {
    depth,
    raw,
    still_for,
    counts
});

impl DepthChannel {
    pub(crate) const fn new(channel: Channel) -> Self {
        Self {
            channel,
            before: [None; 2],
            good: None,
            bad_for: MEMORY,
            low: 0,
            high: 0,
            still_for: Duration::from_us(0),
        }
    }

    /// Takes one sample. Without a table the drawing's nominal line is used (Service mode only).
    pub(crate) fn update(
        &mut self,
        sample: Sample,
        table: Option<&Table>,
        dt: Duration,
    ) -> DepthReading {
        let fresh = sample.age <= limits::SAMPLE_AGE_MAX;
        let on_scale =
            sample.counts > limits::RAIL_LOW_COUNTS && sample.counts < limits::RAIL_HIGH_COUNTS;
        let raw = if fresh && on_scale {
            match table {
                Some(table) => table.depth(sample.counts),
                None => Some(self.channel.nominal(sample.counts)),
            }
        } else {
            None
        };
        self.watch_stillness(sample.counts, dt);
        let [newer, older] = self.before;
        let middle = raw.map(|now| median(now, newer, older));
        self.before = [raw, newer];
        match middle {
            Some(depth) if self.is_plausible(depth) => {
                self.good = Some(depth);
                self.bad_for = Duration::from_us(0);
            }
            Some(_) | None => self.bad_for = bridged(self.bad_for, &sample, dt),
        }
        let depth = if self.bad_for <= limits::SAMPLE_AGE_MAX {
            self.good
        } else {
            None
        };
        DepthReading {
            depth,
            raw,
            still_for: self.still_for,
            counts: sample.counts,
        }
    }

    /// Whether a hand or an actuator can have moved that far since the last good reading.
    fn is_plausible(&self, depth: Depth) -> bool {
        let Some(good) = self.good else { return true };
        let ms = self.bad_for.as_ms().saturating_add(1);
        self.bad_for >= MEMORY
            || depth.distance(good) <= limits::DEPTH_SLEW_UM_PER_MS.saturating_mul(ms)
    }

    fn watch_stillness(&mut self, counts: u16, dt: Duration) {
        self.low = self.low.min(counts);
        self.high = self.high.max(counts);
        if self.high.saturating_sub(self.low) >= limits::STUCK_SPAN_COUNTS {
            self.low = counts;
            self.high = counts;
            self.still_for = Duration::from_us(0);
        } else {
            self.still_for = self.still_for.plus_up_to(dt, limits::STUCK_TIME);
        }
    }

    /// Starts the stillness watch anew: the pen begins to vibrate now.
    pub(crate) fn expect_motion(&mut self) {
        self.still_for = Duration::from_us(0);
    }
}

fn median(a: Depth, b: Option<Depth>, c: Option<Depth>) -> Depth {
    match (b, c) {
        (Some(b), Some(c)) => a.min(b).max(a.max(b).min(c)),
        (Some(_), None) | (None, Some(_)) | (None, None) => a,
    }
}

/// Edges of one turn.
const EDGES: usize = 4;
/// Silence that reads as rate zero.
const SILENCE: Duration = Duration::from_s(1);

/// The tachometer: turn-averaged rate, so that magnet placement and the load's ripple within a
/// turn cancel.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Speed {
    intervals: [Duration; EDGES],
    filled: usize,
    since_edge: Duration,
    quarter: u8,
    backward: u8,
    /// Quarter turns forward in a row, up to a whole turn.
    onward: u8,
    reversals: u8,
    /// The last edges went forward.
    forward: bool,
    /// The newest edge came after a change of direction: it only spans the switch's width.
    turned: bool,
    /// An edge was seen since power-up; the time before it belongs to no interval.
    started: bool,
}
any_struct!(Speed {
    intervals,
    filled,
    since_edge,
    quarter,
    backward,
    onward,
    reversals,
    forward,
    turned,
    started
});

/// What the tachometer says this tick.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct SpeedReading {
    /// Turn-averaged rate; never more than the silence since the last edge allows.
    pub(crate) rate: Rate,
    /// Rate of the newest quarter turn alone: quick, and as uneven as the magnet's placement.
    pub(crate) quarter: Rate,
    /// A whole turn of intervals is known.
    pub(crate) known: bool,
    /// Time since the last edge.
    pub(crate) since_edge: Duration,
    /// Quarter turns in this tick, both ways.
    pub(crate) edges: u8,
    /// Strokes completed in this tick.
    pub(crate) strokes: u32,
    /// Quarter turns backward since the last whole turn forward in a row: a switch that is stuck
    /// makes edges that cancel, so every other one goes backward.
    pub(crate) backward: u8,
    /// Changes of direction since then.
    pub(crate) reversals: u8,
    /// The last four quarter turns went forward: both switches work.
    pub(crate) whole_turn: bool,
    /// An edge was seen since power-up, or since the drive began.
    pub(crate) moved: bool,
}
any_struct!(SpeedReading {
    rate,
    quarter,
    known,
    since_edge,
    edges,
    strokes,
    backward,
    reversals,
    whole_turn,
    moved
});

impl Speed {
    pub(crate) const fn new() -> Self {
        Self {
            intervals: [SILENCE; EDGES],
            filled: 0,
            since_edge: Duration::from_us(0),
            quarter: 3,
            backward: 0,
            onward: 0,
            reversals: 0,
            forward: true,
            turned: false,
            started: false,
        }
    }

    pub(crate) fn update(&mut self, tacho: Tacho, dt: Duration) -> SpeedReading {
        let edges = tacho.edges.unsigned_abs();
        let mut strokes = 0_u32;
        if edges == 0 {
            self.since_edge = self.since_edge.plus_up_to(dt, SILENCE);
        } else {
            let age = tacho.edge_age.min(dt);
            let span = self.since_edge.plus_up_to(dt, SILENCE).minus(age);
            let each = span.as_us().checked_div(u32::from(edges)).unwrap_or(0);
            let whole = if self.started { edges } else { 0 };
            self.started = true;
            for _ in 0..whole.min(4) {
                let [newest, newer, older, _] = self.intervals;
                self.intervals = [Duration::from_us(each), newest, newer, older];
                self.filled = self.filled.saturating_add(1).min(EDGES);
            }
            self.since_edge = age;
            let forward = tacho.edges.is_positive();
            self.turned = forward != self.forward;
            self.reversals = self
                .reversals
                .saturating_add(u8::from(self.turned))
                .min(100);
            self.forward = forward;
            strokes = self.count(forward, edges);
        }
        SpeedReading {
            rate: self.rate(),
            quarter: self.quarter(),
            known: self.filled >= EDGES,
            since_edge: self.since_edge,
            edges,
            strokes,
            backward: self.backward,
            reversals: self.reversals,
            whole_turn: self.onward >= 4,
            moved: self.started,
        }
    }

    /// Counts a stroke with its first quarter turn, so that none is missed at a stop.
    fn count(&mut self, forward: bool, edges: u8) -> u32 {
        if !forward {
            self.backward = self.backward.saturating_add(edges).min(100);
            self.onward = 0;
            return 0;
        }
        self.onward = self.onward.saturating_add(edges).min(4);
        if self.onward >= 4 {
            self.backward = 0;
            self.reversals = 0;
        }
        let total = self.quarter.saturating_add(edges);
        self.quarter = total % 4;
        u32::from(total / 4)
    }

    /// Nothing until a whole turn is known: the first edge after a rest says nothing.
    fn rate(&self) -> Rate {
        if self.filled < EDGES || self.since_edge >= SILENCE {
            return Rate::from_mhz(0);
        }
        let turn = self
            .intervals
            .iter()
            .fold(0_u32, |sum, interval| sum.saturating_add(interval.as_us()));
        let silence = self.since_edge.as_us().saturating_mul(4);
        Duration::from_us(turn.max(silence).max(1)).rate()
    }

    fn quarter(&self) -> Rate {
        if self.turned {
            return Rate::from_mhz(0);
        }
        let newest = self
            .intervals
            .first()
            .copied()
            .unwrap_or(SILENCE)
            .max(self.since_edge);
        Duration::from_us(newest.as_us().saturating_mul(4)).rate()
    }

    /// Forgets the intervals: a new activation starts. Its first quarter turn counts as a stroke,
    /// however short it is: a stop may have turned the cam back to park it, so that every tap goes
    /// through the same quarter again (SESS-002).
    pub(crate) fn restart(&mut self) {
        *self = Self {
            // The drive's own start is as good as an edge: the cam stood.
            started: true,
            ..Self::new()
        };
    }
}

/// Motor current. 12 bit, 1 mA a count, zero at mid-scale.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CurrentSense {
    smooth_16: i32,
    good: Current,
    bad_for: Duration,
}
any_struct!(CurrentSense {
    smooth_16,
    good,
    bad_for
});

/// Mid-scale of the current reading. Unit: counts. Source: the reference pen's shunt amplifier.
const CURRENT_ZERO_COUNTS: i32 = 2_048;

impl CurrentSense {
    pub(crate) const fn new() -> Self {
        Self {
            smooth_16: 0,
            good: Current::from_ma(0),
            bad_for: MEMORY,
        }
    }

    /// The current now; nothing when unusable for more than 10 ms.
    pub(crate) fn update(&mut self, sample: Sample, dt: Duration) -> Option<Current> {
        let fresh = sample.age <= limits::SAMPLE_AGE_MAX;
        let on_scale =
            sample.counts > limits::RAIL_LOW_COUNTS && sample.counts < limits::RAIL_HIGH_COUNTS;
        if fresh && on_scale {
            let now = i32::from(sample.counts).saturating_sub(CURRENT_ZERO_COUNTS);
            let step = now.saturating_mul(16).saturating_sub(self.smooth_16) / 2;
            self.smooth_16 = self.smooth_16.saturating_add(step);
            self.good = Current::from_ma(now);
            self.bad_for = Duration::from_us(0);
        } else {
            self.bad_for = bridged(self.bad_for, &sample, dt);
        }
        (self.bad_for <= limits::SAMPLE_AGE_MAX).then_some(self.good)
    }

    /// Smoothed over about two ticks.
    pub(crate) const fn smooth(&self) -> Current {
        Current::from_ma(self.smooth_16 / 16)
    }
}

/// Battery voltage. 12 bit, 2.5 mV a count.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BatterySense {
    smooth_64: i32,
    started: bool,
    bad_for: Duration,
}
any_struct!(BatterySense {
    smooth_64,
    started,
    bad_for
});

impl BatterySense {
    pub(crate) const fn new() -> Self {
        Self {
            smooth_64: 0,
            started: false,
            bad_for: MEMORY,
        }
    }

    /// The voltage smoothed over about sixteen ticks; nothing when unusable for more than 10 ms.
    pub(crate) fn update(&mut self, sample: Sample, dt: Duration) -> Option<Voltage> {
        let fresh = sample.age <= limits::SAMPLE_AGE_MAX;
        let on_scale =
            sample.counts > limits::RAIL_LOW_COUNTS && sample.counts < limits::RAIL_HIGH_COUNTS;
        if fresh && on_scale {
            let mv = i32::from(sample.counts).saturating_mul(5) / 2;
            let wide = mv.saturating_mul(64);
            let step = wide.saturating_sub(self.smooth_64) / 16;
            self.smooth_64 = if self.started {
                self.smooth_64.saturating_add(step)
            } else {
                wide
            };
            self.started = true;
            self.bad_for = Duration::from_us(0);
        } else {
            self.bad_for = bridged(self.bad_for, &sample, dt);
        }
        let usable = self.bad_for <= limits::SAMPLE_AGE_MAX;
        usable.then_some(Voltage::from_mv(self.smooth_64 / 64))
    }
}

#[cfg(any(test, feature = "verify"))]
impl DepthChannel {
    /// How long nothing good came, at most 100 ms.
    pub(crate) const fn bad_for(&self) -> Duration {
        self.bad_for
    }
}

#[cfg(test)]
mod tests;

#[cfg(test)]
mod speed_tests {
    use super::Speed;
    use crate::io::{Quadrant, Tacho};
    use crate::units::{Duration, Rate};

    fn tick(speed: &mut Speed, edges: i8, age_us: u32) -> super::SpeedReading {
        let edge_age = Duration::from_us(age_us);
        let tacho = Tacho {
            edges,
            edge_age,
            quadrant: Quadrant::Extended,
        };
        speed.update(tacho, Duration::from_ms(1))
    }

    #[test]
    fn stop_008_an_edge_after_a_reversal_is_no_rate() {
        let mut speed = Speed::new();
        for _ in 0..8 {
            for _ in 0..9 {
                tick(&mut speed, 0, 0);
            }
            tick(&mut speed, 1, 0);
        }
        let before = tick(&mut speed, 0, 0).quarter;
        assert_eq!(before, Rate::from_mhz(25_000));
        // It comes to rest just beyond the edge and creeps back over it 3 ms later.
        tick(&mut speed, 0, 0);
        assert_eq!(tick(&mut speed, -1, 0).quarter, Rate::from_mhz(0));
        // A whole quarter turn in the new direction is a rate again.
        for _ in 0..19 {
            tick(&mut speed, 0, 0);
        }
        assert_eq!(tick(&mut speed, -1, 0).quarter, Rate::from_mhz(12_500));
    }

    #[test]
    fn rate_009_edges_that_cancel_add_up_as_backward() {
        let mut speed = Speed::new();
        // One of the two switches is stuck: the other makes an edge out and an edge back.
        for pair in 1..=3 {
            assert!(!tick(&mut speed, 1, 0).whole_turn);
            let reading = tick(&mut speed, -1, 0);
            assert_eq!(reading.backward, pair);
            assert_eq!(reading.reversals, 2 * pair - 1);
        }
        // Three quarter turns forward prove nothing yet, the fourth does.
        for edge in 1..=4 {
            let reading = tick(&mut speed, 1, 0);
            assert_eq!(reading.whole_turn, edge == 4);
            assert_eq!(reading.backward, if edge == 4 { 0 } else { 3 });
            assert_eq!(reading.reversals == 0, edge == 4);
        }
    }

    #[test]
    fn rate_001_a_drive_begins_like_an_edge() {
        let mut speed = Speed::new();
        speed.restart();
        for edge in 1..=4 {
            for _ in 0..4 {
                assert!(!tick(&mut speed, 0, 0).known);
            }
            let reading = tick(&mut speed, 1, 0);
            assert_eq!(reading.known, edge == 4, "edge {edge}");
            assert_eq!(
                reading.rate,
                Rate::from_mhz(if edge == 4 { 50_000 } else { 0 })
            );
        }
    }

    #[test]
    fn rate_001_says_nothing_before_a_whole_turn_is_known() {
        let mut speed = Speed::new();
        // The first edge only starts the clock: who knows when the quarter turn before it began.
        for edge in 0..=4 {
            for _ in 0..4 {
                assert_eq!(tick(&mut speed, 0, 0).rate, Rate::from_mhz(0));
            }
            let reading = tick(&mut speed, 1, 0);
            assert_eq!(reading.known, edge == 4);
            assert_eq!(
                reading.rate,
                Rate::from_mhz(if edge == 4 { 50_000 } else { 0 })
            );
        }
    }
}
