//! The grip's thermistor: age, range, smoothing.

#[cfg(any(test, feature = "verify"))]
pub(crate) mod verify;

use super::{MEMORY, bridged};
use crate::io::Sample;
use crate::limits;
use crate::thermistor;
use crate::units::{Duration, Temperature};

/// The thermistor: range, age, smoothing.
#[derive(Clone, Copy, Debug)]
pub(crate) struct GripSense {
    smooth_16: i32,
    started: bool,
    bad_for: Duration,
}
any_struct!(GripSense {
    smooth_16,
    started,
    bad_for
});

impl GripSense {
    pub(crate) const fn new() -> Self {
        Self {
            smooth_16: 0,
            started: false,
            bad_for: MEMORY,
        }
    }

    /// Whether the smoothed counts are usable; not when nothing good came for more than 10 ms.
    pub(crate) fn update(&mut self, sample: Sample, dt: Duration) -> bool {
        let fresh = sample.age <= limits::SAMPLE_AGE_MAX;
        if fresh && thermistor::is_on_scale(sample.counts) {
            let wide = i32::from(sample.counts).saturating_mul(16);
            let step = wide.saturating_sub(self.smooth_16) / 16;
            self.smooth_16 = if self.started {
                self.smooth_16.saturating_add(step)
            } else {
                wide
            };
            self.started = true;
            self.bad_for = Duration::from_us(0);
        } else {
            self.bad_for = bridged(self.bad_for, &sample, dt);
        }
        self.bad_for <= limits::SAMPLE_AGE_MAX
    }

    /// The temperature of the smoothed counts, 0 to 85 degC; nothing when unusable.
    pub(crate) fn temperature(&self) -> Option<Temperature> {
        if self.bad_for > limits::SAMPLE_AGE_MAX {
            return None;
        }
        let counts = u16::try_from(self.smooth_16.saturating_add(8) / 16).ok()?;
        thermistor::temperature(counts)
    }
}

#[cfg(test)]
mod tests {
    use super::GripSense;
    use crate::io::Sample;
    use crate::units::{Duration, Temperature};

    #[test]
    fn pwr_004_a_bad_reading_is_bridged_for_10_ms() {
        let mut sense = GripSense::new();
        let tick = Duration::from_ms(1);
        let sample = |counts, age_us| Sample {
            counts,
            age: Duration::from_us(age_us),
        };
        assert_eq!(sense.temperature(), None);
        assert!(sense.update(sample(2_048, 10_000), tick));
        assert_eq!(
            sense.temperature(),
            Some(Temperature::from_decicelsius(250))
        );
        for bad in [sample(8, 0), sample(4_087, 0), sample(2_048, 10_001)] {
            assert!(sense.update(sample(2_048, 0), tick));
            let bridged = (0..20)
                .filter(|_| {
                    let usable = sense.update(bad, tick);
                    assert_eq!(sense.temperature().is_some(), usable, "{bad:?}");
                    usable
                })
                .count();
            assert_eq!(bridged, if bad.age > tick { 0 } else { 10 }, "{bad:?}");
            assert_eq!(sense.temperature(), None);
        }
        // It follows a step within a tenth of a second.
        sense = GripSense::new();
        sense.update(sample(2_048, 0), tick);
        for _ in 0..100 {
            sense.update(sample(1_310, 0), tick);
        }
        let read = sense.temperature().expect("usable").as_decicelsius();
        assert!((428..=430).contains(&read), "{read}");
    }
}
