//! The grip's thermistor: counts to temperature (PWR-004).

use crate::units::Temperature;

/// Counts at 0, 5, 10 ... 85 degC: 10 kOhm at 25 degC with B = 3950 K to ground, under 10 kOhm.
/// Source: `docs/limits.md#power`, computed as 4095 R / (R + 10 kOhm), R = 10 kOhm exp(B (1/T - 1/298.15 K)).
const COUNTS: [u16; 18] = [
    3_156, 2_955, 2_738, 2_510, 2_278, 2_048, 1_825, 1_614, 1_419, 1_241, 1_081, 940, 815, 707,
    613, 532, 462, 401,
];
/// From one entry of [`COUNTS`] to the next. Unit: tenths of a degree.
const STEP: i32 = 50;

/// Whether these counts are a temperature: within the table, whose ends lie far inside the rails.
#[must_use]
pub const fn is_on_scale(counts: u16) -> bool {
    let [most, .., least] = COUNTS;
    counts >= least && counts <= most
}

/// The temperature of 12-bit counts, linear between the entries of the table: 0 to 85 degC, nothing
/// outside.
#[must_use]
pub fn temperature(counts: u16) -> Option<Temperature> {
    if !is_on_scale(counts) {
        return None;
    }
    let mut above = u16::MAX;
    let mut at = 0_i32;
    for entry in COUNTS {
        if counts >= entry {
            let run = i32::from(above).saturating_sub(i32::from(entry));
            let back = i32::from(counts).saturating_sub(i32::from(entry));
            let part = STEP.saturating_mul(back).saturating_add(run / 2);
            let part = part.checked_div(run).unwrap_or(0);
            return Some(Temperature::from_decicelsius(at.saturating_sub(part)));
        }
        above = entry;
        at = at.saturating_add(STEP);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::temperature;
    use crate::units::Temperature;

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
}
