//! Counts to quantities under proof: what is old, at a rail or implausible is nothing within 10 ms
//! (SENS-001, DEPTH-005).

use crate::io::Sample;
use crate::units::Duration;

const fn ms(value: u32) -> Duration {
    Duration::from_ms(value)
}

/// A sample that may be used: younger than 10 ms, off both rails.
fn is_good(sample: &Sample) -> bool {
    sample.age <= ms(10) && sample.counts > 8 && sample.counts < 4_087
}

/// Current and battery.
pub(crate) mod power {
    use super::{is_good, ms};
    use crate::estimate::{BatterySense, CurrentSense};
    use crate::io::Sample;
    use crate::units::Duration;
    use crate::verify::{Any, Rule, Source, at_most, rule};

    /// What is checked.
    pub(crate) const RULES: &[Rule] = &[
        rule(
            1,
            "SENS-001",
            "a current that is told came from a good sample of the last 10 ms",
        ),
        rule(2, "SENS-001", "so did a battery voltage"),
        rule(
            3,
            "SENS-001",
            "a bad sample runs the bridge up by the tick, and by its own age",
        ),
        rule(
            4,
            "SENS-001",
            "a good current sample is told as it is, 1 mA a count",
        ),
        rule(
            5,
            "SENS-001",
            "a smoothed battery voltage lies within what the converter can say",
        ),
        rule(
            6,
            "SENS-001",
            "the first good battery sample is told as it is, 2.5 mV a count",
        ),
    ];

    /// What must be possible.
    pub(crate) const CASES: &[(u32, &str)] = &[(1, "is bridged"), (2, "is nothing")];

    /// Any filters, any sample, one tick.
    pub fn room<S: Source>(s: &mut S) {
        let (mut current, mut battery) = (CurrentSense::any(s), BatterySense::any(s));
        if s.is_drawn() {
            at_most(&mut current.bad_for, 100);
            at_most(&mut battery.bad_for, 100);
            battery.smooth_64 = battery.smooth_64.rem_euclid(655_360);
        }
        s.assume(current.bad_for <= ms(100) && battery.bad_for <= ms(100));
        s.assume((0..=655_360).contains(&battery.smooth_64));
        let (old, old_mv) = (current.bad_for, battery.bad_for);
        let first = !battery.started;
        let (sample, dt) = (Sample::any(s), Duration::any(s));
        let told = current.update(sample, dt);
        let mv = battery.update(sample, dt);
        let good = is_good(&sample);
        let fresh = |before: Duration| good || before.plus_up_to(dt, ms(100)) <= ms(10);
        s.check(1, told.is_none() || (fresh(old) && sample.age <= ms(10)));
        s.check(2, mv.is_none() || (fresh(old_mv) && sample.age <= ms(10)));
        let run = old.plus_up_to(dt, ms(100));
        let aged = if sample.age > ms(10) {
            sample.age.min(ms(100))
        } else {
            ms(0)
        };
        s.check(3, good || current.bad_for >= run.max(aged));
        s.check(
            3,
            good || battery.bad_for >= old_mv.plus_up_to(dt, ms(100)).max(aged),
        );
        let ma = i32::from(sample.counts).saturating_sub(2_048);
        s.check(4, !good || told.is_some_and(|now| now.as_ma() == ma));
        s.check(5, (0..=655_360).contains(&battery.smooth_64));
        let exact = i32::from(sample.counts).saturating_mul(5) / 2;
        s.check(
            6,
            !(first && good) || mv.is_some_and(|now| now.as_mv() == exact),
        );
        s.cover(1, !good && told.is_some());
        s.cover(2, told.is_none());
    }
}

/// One depth channel.
pub(crate) mod channel {
    use super::{is_good, ms};
    use crate::calibration::Table;
    use crate::estimate::DepthChannel;
    use crate::io::Sample;
    use crate::units::Duration;
    use crate::verify::{Any, Rule, Source, at_most, rule};

    /// What is checked.
    pub(crate) const RULES: &[Rule] = &[
        rule(
            1,
            "SENS-001",
            "a depth that is told came from a good sample of the last 10 ms",
        ),
        rule(
            2,
            "DEPTH-005",
            "a sample that is old or at a rail has no depth",
        ),
        rule(
            3,
            "SENS-001",
            "a bad sample runs the bridge up by the tick, and by its own age",
        ),
        rule(
            4,
            "SENS-001",
            "a depth moves by at most 50 um in a ms since the last good one",
        ),
        rule(
            5,
            "DEPTH-005",
            "the time for which counts stood still runs with the tick, while they span less than 12",
        ),
    ];

    /// What must be possible.
    pub(crate) const CASES: &[(u32, &str)] =
        &[(1, "is told"), (2, "is bridged"), (3, "is nothing")];

    /// Any channel with any table or none, any sample, one tick.
    pub fn room<S: Source>(s: &mut S) {
        let mut channel = DepthChannel::any(s);
        if s.is_drawn() {
            at_most(&mut channel.bad_for, 100);
            at_most(&mut channel.still_for, 245);
        }
        s.assume(channel.bad_for <= ms(100) && channel.still_for <= ms(245));
        let was = channel;
        let (sample, dt) = (Sample::any(s), Duration::any(s));
        let table = Option::<Table>::any(s);
        let reading = channel.update(sample, table.as_ref(), dt);
        let good = is_good(&sample);
        let run = was.bad_for.plus_up_to(dt, ms(100));
        s.check(1, reading.depth.is_none() || channel.bad_for <= ms(10));
        s.check(1, sample.age <= ms(10) || reading.depth.is_none());
        s.check(2, good || reading.raw.is_none());
        let aged = if sample.age > ms(10) {
            sample.age.min(ms(100))
        } else {
            ms(0)
        };
        s.check(3, good || channel.bad_for >= run.max(aged));
        let step = was.bad_for.as_ms().saturating_add(1).saturating_mul(50);
        let near = was
            .good
            .zip(reading.depth)
            .is_none_or(|(old, new)| old.distance(new) <= step);
        s.check(4, near || was.bad_for >= ms(100));
        let span = was
            .high
            .max(sample.counts)
            .saturating_sub(was.low.min(sample.counts));
        let still = was.still_for.plus_up_to(dt, ms(245));
        s.check(5, span >= 12 || channel.still_for >= still);
        s.cover(1, reading.depth.is_some() && good);
        s.cover(2, reading.depth.is_some() && !good);
        s.cover(3, reading.depth.is_none());
    }
}

/// The tachometer.
pub(crate) mod speed {
    use super::ms;
    use crate::estimate::Speed;
    use crate::io::Tacho;
    use crate::units::{Duration, Rate};
    use crate::verify::{Any, Rule, Source, rule};

    /// What is checked.
    pub(crate) const RULES: &[Rule] = &[
        rule(
            1,
            "RATE-001",
            "no rate is told before a whole turn is known, nor after a second of silence",
        ),
        rule(
            2,
            "RATE-003",
            "silence grows with the tick, up to a second, until an edge ends it",
        ),
        rule(
            3,
            "SESS-002",
            "strokes are those of the quarter turns: one in four, the first at once",
        ),
        rule(
            4,
            "RATE-009",
            "backward edges add up until a whole turn forward, which one of them begins anew",
        ),
        rule(5, "RATE-001", "the tachometer keeps its invariant"),
        rule(
            6,
            "SESS-002",
            "a drive that begins counts its first quarter turn as a stroke",
        ),
        rule(
            7,
            "RATE-001",
            "an edge takes the time since the last one; two in a tick share it",
        ),
        rule(
            8,
            "RATE-001",
            "the rate that is told is that of the last four quarter turns, or of a longer silence",
        ),
    ];

    /// What must be possible.
    pub(crate) const CASES: &[(u32, &str)] = &[(1, "a rate"), (2, "a stroke"), (3, "backward")];

    /// The quarter turns that are known after one or two edges, the newest first.
    fn turned(was: &Speed, tacho: Tacho, dt: Duration) -> [Duration; 4] {
        let [a, b, c, _] = was.intervals;
        let age = tacho.edge_age.min(dt);
        let span = was
            .since_edge
            .plus_up_to(dt, Duration::from_s(1))
            .minus(age);
        let half = Duration::from_us(span.as_us() / 2);
        if tacho.edges.unsigned_abs() == 2 {
            [half, half, a, b]
        } else {
            [span, a, b, c]
        }
    }

    /// Any tachometer, any edges, one tick.
    pub fn room<S: Source>(s: &mut S) {
        let mut speed = Speed::any(s);
        if s.is_drawn() {
            speed.filled %= 5;
            speed.quarter %= 4;
            speed.onward %= 5;
            speed.backward %= 101;
            speed.since_edge = speed.since_edge.min(Duration::from_s(1));
        }
        s.assume(speed.filled <= 4 && speed.quarter < 4 && speed.onward <= 4);
        s.assume(speed.since_edge <= Duration::from_s(1) && speed.backward <= 100);
        let was = speed;
        let (tacho, dt) = (Tacho::any(s), Duration::any(s));
        let told = speed.update(tacho, dt);
        let second = Duration::from_s(1);
        let unknown = !told.known || told.since_edge >= second;
        s.check(1, !unknown || told.rate == Rate::from_mhz(0));
        let run = was.since_edge.plus_up_to(dt, second);
        s.check(2, tacho.edges != 0 || told.since_edge == run);
        let forward = u32::from(tacho.edges.max(0).unsigned_abs());
        let place = u32::from(was.quarter).saturating_add(forward);
        let due = if tacho.edges > 0 { place / 4 } else { 0 };
        s.check(3, told.strokes == due);
        let back = was
            .backward
            .saturating_add(tacho.edges.unsigned_abs())
            .min(100);
        s.check(4, tacho.edges >= 0 || told.backward == back);
        let onward = was.onward.saturating_add(told.edges) >= 4;
        s.check(
            4,
            told.backward >= was.backward || (tacho.edges > 0 && onward),
        );
        s.check(4, tacho.edges >= 0 || speed.onward == 0);
        let few = matches!(tacho.edges.unsigned_abs(), 1 | 2) && was.started;
        s.check(7, !few || speed.intervals == turned(&was, tacho, dt));
        let turn = speed
            .intervals
            .iter()
            .fold(0_u32, |sum, each| sum.saturating_add(each.as_us()));
        let silence = told.since_edge.as_us().saturating_mul(4);
        let longest = turn.max(silence).max(1);
        let mhz = 1_000_000_000_u32.checked_div(longest).unwrap_or(0);
        s.check(8, unknown || told.rate.as_mhz() == mhz);
        s.check(
            5,
            speed.filled <= 4 && speed.quarter < 4 && speed.onward <= 4,
        );
        s.check(
            5,
            speed.backward <= 100
                && speed.since_edge <= second.max(dt)
                && told.edges == tacho.edges.unsigned_abs(),
        );
        let mut anew = speed;
        anew.restart();
        let first = Tacho { edges: 1, ..tacho };
        s.check(6, anew.update(first, ms(1)).strokes == 1);
        s.cover(1, told.rate > Rate::from_mhz(0));
        s.cover(2, told.strokes > 0);
        s.cover(3, told.backward > 0);
    }
}
