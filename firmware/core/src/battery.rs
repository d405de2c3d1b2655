//! How long the battery will last: an honest guess on the safe side (PWR-001).

use crate::limits;
use crate::units::Voltage;

/// Rested cell voltage against charge, from the table of an 18650 cell. Units: mV, percent.
/// Source: `docs/limits.md#power`.
const CHARGE: [(i32, i32); 12] = [
    (3_000, 0),
    (3_450, 5),
    (3_680, 10),
    (3_740, 20),
    (3_770, 30),
    (3_790, 40),
    (3_820, 50),
    (3_870, 60),
    (3_920, 70),
    (3_980, 80),
    (4_060, 90),
    (4_200, 100),
];
/// Capacity of the reference pack. Unit: mAh.
const CAPACITY_MAH: i32 = 800;
/// Draw that the guess assumes: 36 needles at 1.5 mm, twice the simulated mean. Unit: mA.
const DRAW_MA: i32 = 250;

/// Minutes of treatment that a rested pack voltage promises, rounded down.
#[must_use]
pub fn minutes_left(rested: Voltage) -> u32 {
    let cell = rested.as_mv() / limits::CELLS;
    let percent = charge_percent(cell);
    let minutes = percent.saturating_mul(CAPACITY_MAH).saturating_mul(60) / 100 / DRAW_MA;
    u32::try_from(minutes).unwrap_or(0)
}

fn charge_percent(cell_mv: i32) -> i32 {
    let mut below: Option<(i32, i32)> = None;
    for (mv, percent) in CHARGE {
        if cell_mv < mv {
            let Some((low_mv, low)) = below else { return 0 };
            let rise = percent
                .saturating_sub(low)
                .saturating_mul(cell_mv.saturating_sub(low_mv));
            let run = mv.saturating_sub(low_mv).max(1);
            return low.saturating_add(rise.checked_div(run).unwrap_or(0));
        }
        below = Some((mv, percent));
    }
    100
}

#[cfg(test)]
mod tests {
    use super::minutes_left;
    use crate::units::Voltage;

    #[test]
    fn pwr_001_minutes_follow_the_cell_table() {
        assert_eq!(minutes_left(Voltage::from_mv(8_400)), 192);
        assert_eq!(minutes_left(Voltage::from_mv(9_000)), 192);
        assert_eq!(minutes_left(Voltage::from_mv(7_480)), 38); // 20 %: 38.4 min
        assert_eq!(minutes_left(Voltage::from_mv(7_000)), 11); // 3.50 V: 6 %
        assert_eq!(minutes_left(Voltage::from_mv(6_000)), 0);
        assert_eq!(minutes_left(Voltage::from_mv(-1)), 0);
    }
}
