//! Volts to duty, in one place: for work by the battery that is read, for a push by the fullest there is.

#[cfg(any(test, feature = "verify"))]
pub(crate) mod verify;

use crate::cam::Way;
use crate::divide::quotient;
use crate::gate::{Bridge, Duty};
use crate::limits;
use crate::units::Voltage;

/// Highest push: 0.7 A into 2.98 ohm, below the 1.2 A of RATE-004. Unit: mV.
pub(crate) const PUSH_MAX_MV: i32 = 2_100;
/// Battery that the pushes are made for, whatever is read: the fullest there is, and a margin. With
/// any other they are weaker, never stronger. Unit: mV.
const FULLEST_MV: i32 = limits::CELLS * 4_250;

/// The push that parks needles: its voltage is bounded by what cannot be wrong, not by a reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Push {
    way: Way,
    duty: Duty,
}

impl Push {
    /// So many millivolts of the fullest battery, and less of any other; at most [`PUSH_MAX_MV`].
    pub(crate) fn new(way: Way, mv: i32) -> Self {
        let parts = mv
            .clamp(0, PUSH_MAX_MV)
            .saturating_mul(i32::from(Duty::FULL));
        let parts = parts.checked_div(FULLEST_MV).unwrap_or(0);
        Self {
            way,
            duty: Duty::from_parts(u16::try_from(parts).unwrap_or(0)),
        }
    }

    /// The bridge that pushes so.
    pub(crate) const fn bridge(self) -> Bridge {
        match self.way {
            Way::Forward => Bridge::Forward(self.duty),
            Way::Backward => Bridge::Backward(self.duty),
        }
    }
}

/// The highest voltage that a drive may ask of a battery that reads so. Less than ends a treatment may
/// be a sensor that fails: it must not raise the duty further. Unit: mV.
pub(crate) fn ceiling_mv(battery: Voltage) -> i32 {
    battery.as_mv().max(limits::BATTERY_STOP.as_mv())
}

/// The duty that makes so many millivolts of this many.
pub(crate) fn duty_of(mv: i32, ceiling_mv: i32) -> Duty {
    let parts = i64::from(mv).saturating_mul(i64::from(Duty::FULL));
    let parts = quotient(parts, i64::from(ceiling_mv)).unwrap_or(0);
    Duty::from_parts(u16::try_from(parts).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::{Push, ceiling_mv, duty_of};
    use crate::cam::Way;
    use crate::gate::{Bridge, Duty};
    use crate::units::Voltage;

    #[test]
    fn stop_003_no_push_makes_more_than_2_1_v_of_a_battery_of_8_5_v() {
        for mv in [
            i32::MIN,
            -1,
            0,
            1,
            399,
            400,
            2_099,
            2_100,
            2_101,
            8_500,
            i32::MAX,
        ] {
            for way in [Way::Forward, Way::Backward] {
                let (Bridge::Forward(duty) | Bridge::Backward(duty)) = Push::new(way, mv).bridge()
                else {
                    panic!("a push pushes");
                };
                let volts = u32::from(duty.as_parts()) * 8_500 / 10_000;
                assert!(volts <= 2_100, "{mv} mV asked, {volts} mV made");
                assert!(volts + 1 >= u32::try_from(mv.clamp(0, 2_100)).unwrap_or(0));
            }
        }
    }

    #[test]
    fn pwr_001_a_battery_that_reads_less_than_6_2_v_raises_no_duty() {
        let duty = |mv| duty_of(3_000, ceiling_mv(Voltage::from_mv(mv)));
        let most = duty(crate::limits::BATTERY_STOP.as_mv());
        for mv in [i32::MIN, 0, 350, crate::limits::BATTERY_STOP.as_mv() - 1] {
            assert_eq!(duty(mv), most, "{mv} mV");
        }
        assert!(duty(8_400) < most);
        assert_eq!(
            duty_of(i32::MAX, 1),
            Duty::from_parts(0),
            "no nonsense is a duty"
        );
    }
}
