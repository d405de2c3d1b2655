//! The grip's thermistor: counts to temperature.

use super::{MEMORY, bridged};
use crate::io::Sample;
use crate::limits;
use crate::units::{Duration, Temperature};

/// Counts at 0, 5, 10 ... 85 degC: 10 kOhm at 25 degC with B = 3950 K to ground, under 10 kOhm.
/// Source: `docs/limits.md#power`, computed as 4095 R / (R + 10 kOhm), R = 10 kOhm exp(B (1/T - 1/298.15 K)).
const COUNTS: [u16; 18] = [
    3_156, 2_955, 2_738, 2_510, 2_278, 2_048, 1_825, 1_614, 1_419, 1_241, 1_081, 940, 815, 707,
    613, 532, 462, 401,
];
/// From one entry of [`COUNTS`] to the next. Unit: tenths of a degree.
const STEP: i32 = 50;

/// The thermistor: range, age, smoothing.
#[derive(Clone, Copy, Debug)]
pub(crate) struct GripSense {
    smooth_16: i32,
    started: bool,
    bad_for: Duration,
}

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
        if fresh && temperature_is_there(sample.counts) {
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
        temperature(counts)
    }
}

/// Within the table, whose ends lie far inside the rails.
const fn temperature_is_there(counts: u16) -> bool {
    let [most, .., least] = COUNTS;
    counts >= least && counts <= most
}

/// Linear between the entries of the table.
fn temperature(counts: u16) -> Option<Temperature> {
    let mut above: Option<u16> = None;
    let mut at = 0_i32;
    for entry in COUNTS {
        if counts >= entry {
            let high = match above {
                Some(high) => high,
                None if counts == entry => entry.saturating_add(1),
                None => return None,
            };
            let run = i32::from(high).saturating_sub(i32::from(entry)).max(1);
            let back = i32::from(counts).saturating_sub(i32::from(entry));
            let part = STEP.saturating_mul(back).saturating_add(run / 2);
            let part = part.checked_div(run).unwrap_or(0);
            return Some(Temperature::from_decicelsius(at.saturating_sub(part)));
        }
        above = Some(entry);
        at = at.saturating_add(STEP);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::{GripSense, temperature};
    use crate::io::Sample;
    use crate::units::{Duration, Temperature};

    fn formula(celsius: f64) -> f64 {
        let ohm = 1e4 * (3_950.0 * (1.0 / (celsius + 273.15) - 1.0 / 298.15)).exp();
        4_095.0 * ohm / (ohm + 1e4)
    }

    #[test]
    fn pwr_004_the_table_follows_the_formula() {
        let mut worst = (0.0_f64, 0.0_f64);
        for tenth in 1..850 {
            let celsius = f64::from(tenth) / 10.0;
            let counts = formula(celsius).round();
            let exact = (-1_000..2_000)
                .map(|k| celsius + f64::from(k) / 1_000.0)
                .min_by(|a, b| {
                    let away = |c: f64| (formula(c) - counts).abs();
                    away(*a).total_cmp(&away(*b))
                })
                .expect("some");
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "counts of a converter"
            )]
            let read = temperature(counts as u16).expect("on the table");
            let off = (f64::from(read.as_decicelsius()) / 10.0 - exact).abs();
            worst.0 = worst.0.max(off);
            if (38.0..46.0).contains(&celsius) {
                worst.1 = worst.1.max(off);
            }
        }
        assert!(worst.0 <= 0.2 && worst.1 <= 0.12, "{worst:?} K");
    }

    #[test]
    fn pwr_004_nothing_is_read_outside_the_table() {
        for (counts, read) in [
            (3_157, None),
            (3_156, Some(0)),
            (2_048, Some(250)),
            (401, Some(850)),
            (400, None),
            (0, None),
            (u16::MAX, None),
        ] {
            let expected = read.map(Temperature::from_decicelsius);
            assert_eq!(temperature(counts), expected, "{counts}");
        }
        let mut last = None;
        for counts in (401..=3_156).rev() {
            let read = temperature(counts).expect("on the table");
            assert!(last.is_none_or(|last| last <= read), "{counts}");
            last = Some(read);
        }
    }

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
            let bridged = (0..20).filter(|_| sense.update(bad, tick)).count();
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
