//! What a sample may be that still counts: off both rails, not older than 10 ms.

use super::{BatterySense, CurrentSense, DepthChannel};
use crate::calibration::Channel;
use crate::io::Sample;
use crate::units::{Current, Duration, Voltage};

const TICK: Duration = Duration::from_ms(1);

fn sample(counts: u16, age_us: u32) -> Sample {
    Sample {
        counts,
        age: Duration::from_us(age_us),
    }
}

/// The rails, and the last counts before them.
const EDGES: [(u16, bool); 4] = [(8, false), (9, true), (4_086, true), (4_087, false)];

#[test]
fn depth_005_counts_at_a_rail_are_no_depth() {
    for (counts, counted) in EDGES {
        let reading = DepthChannel::new(Channel::A).update(sample(counts, 0), None, TICK);
        assert_eq!(reading.raw.is_some(), counted, "{counts} counts");
        assert_eq!(reading.depth, reading.raw, "{counts} counts");
    }
}

#[test]
fn sens_001_counts_at_a_rail_are_no_current_and_no_voltage() {
    for (counts, counted) in EDGES {
        let current = CurrentSense::new().update(sample(counts, 0), TICK);
        let ma = Current::from_ma(i32::from(counts) - 2_048);
        assert_eq!(current, counted.then_some(ma), "{counts} counts");
        let battery = BatterySense::new().update(sample(counts, 0), TICK);
        let mv = Voltage::from_mv(i32::from(counts) * 5 / 2);
        assert_eq!(battery, counted.then_some(mv), "{counts} counts");
    }
}

#[test]
fn sens_001_a_bad_sample_of_10_ms_has_used_up_no_time() {
    for (age_us, bridged_ms) in [(9_999, 10), (10_000, 10), (10_001, 0)] {
        let mut current = CurrentSense::new();
        let mut battery = BatterySense::new();
        assert!(current.update(sample(2_048, 0), TICK).is_some());
        assert!(battery.update(sample(3_000, 0), TICK).is_some());
        for bad_ms in 1..=20 {
            let bad = sample(8, age_us);
            let usable = bad_ms <= bridged_ms;
            assert_eq!(current.update(bad, TICK).is_some(), usable, "{age_us} us");
            assert_eq!(battery.update(bad, TICK).is_some(), usable, "{age_us} us");
        }
    }
}
