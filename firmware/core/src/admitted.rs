//! What is in force while a zone is open: every limit with its complement (CONF-008).

#[cfg(any(test, feature = "verify"))]
pub(crate) mod verify;

use crate::held::Held;
use crate::plan::{Plan, ZonePlan};
use crate::profile::{Bound, DeviceProfile, Source, effective_depth};
use crate::units::{Depth, Duration, Rate};

/// The limits in force in one zone.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Admitted {
    cap: Held,
    by: Source,
    rate: Held,
    rate_max: Held,
    zone_time: Held,
    zone_strokes: Held,
    session_on: Held,
    session_elapsed: Held,
}
any_struct!(Admitted {
    cap,
    by,
    rate,
    rate_max,
    zone_time,
    zone_strokes,
    session_on,
    session_elapsed
});

impl Admitted {
    /// The meet of everything that limits this zone.
    pub(crate) fn new(
        device: &DeviceProfile,
        plan: &Plan,
        zone: &ZonePlan,
        needles: Depth,
    ) -> Self {
        let cap = effective_depth(device, zone, plan.operator_cap, Some(needles));
        let word = |depth: Depth| u32::try_from(depth.as_um()).unwrap_or(0);
        Self {
            cap: Held::new(word(cap.value)),
            by: cap.by,
            rate: Held::new(zone.rate.min(device.rate_max).as_mhz()),
            rate_max: Held::new(device.rate_max.as_mhz()),
            zone_time: Held::new(zone.time.as_us()),
            zone_strokes: Held::new(zone.strokes.as_count()),
            session_on: Held::new(device.session_on.as_us()),
            session_elapsed: Held::new(device.session_elapsed.as_us()),
        }
    }

    /// Whether every limit still agrees with its complement.
    pub(crate) fn is_intact(&self) -> bool {
        self.cap.is_intact()
            && self.rate.is_intact()
            && self.rate_max.is_intact()
            && self.zone_time.is_intact()
            && self.zone_strokes.is_intact()
            && self.session_on.is_intact()
            && self.session_elapsed.is_intact()
    }

    pub(crate) fn cap(&self) -> Bound<Depth> {
        let value = Depth::from_um(i32::try_from(self.cap.get()).unwrap_or(0));
        Bound { value, by: self.by }
    }

    /// Where a motorised actuator aims: a little shallower than the cap, never above the rim.
    pub(crate) fn aim(&self) -> Depth {
        let um = self
            .cap()
            .value
            .as_um()
            .saturating_sub(crate::limits::ACTUATOR_MARGIN_UM);
        Depth::from_um(um.max(0))
    }

    pub(crate) fn rate(&self) -> Rate {
        Rate::from_mhz(self.rate.get())
    }

    pub(crate) fn rate_max(&self) -> Rate {
        Rate::from_mhz(self.rate_max.get())
    }

    pub(crate) fn zone_time(&self) -> Duration {
        Duration::from_us(self.zone_time.get())
    }

    pub(crate) fn zone_strokes(&self) -> u32 {
        self.zone_strokes.get()
    }

    pub(crate) fn session_on(&self) -> Duration {
        Duration::from_us(self.session_on.get())
    }

    pub(crate) fn session_elapsed(&self) -> Duration {
        Duration::from_us(self.session_elapsed.get())
    }

    /// Flips one bit of one of the limits: depth cap, rate, greatest rate, zone's time and strokes,
    /// session's motor-on and elapsed time, from 0 on. Returns whether there is such a limit.
    #[cfg(any(test, feature = "bench"))]
    pub(crate) const fn spoil(&mut self, which: u8) -> bool {
        let limit = match which {
            0 => &mut self.cap,
            1 => &mut self.rate,
            2 => &mut self.rate_max,
            3 => &mut self.zone_time,
            4 => &mut self.zone_strokes,
            5 => &mut self.session_on,
            6 => &mut self.session_elapsed,
            _ => return false,
        };
        *limit = limit.spoilt();
        true
    }
}

#[cfg(test)]
mod tests {
    use super::Admitted;
    use crate::given::{PROFILE, ZONE, plan_of};
    use crate::units::Depth;

    #[test]
    fn conf_008_a_flipped_bit_in_force_is_seen() {
        let plan = plan_of(1, 2_500, &[ZONE]);
        let admitted = Admitted::new(&PROFILE, &plan, &ZONE, Depth::from_um(2_000));
        assert!(admitted.is_intact());
        assert_eq!(admitted.cap().value, Depth::from_um(1_200));
        for which in 0..7 {
            let mut spoilt = admitted;
            assert!(spoilt.spoil(which));
            assert!(!spoilt.is_intact(), "limit {which}");
        }
        let mut whole = admitted;
        assert!(!whole.spoil(7));
        assert!(whole.is_intact());
        let mut spoilt = admitted;
        assert!(spoilt.spoil(0));
        assert_eq!(spoilt.cap().value, Depth::from_um(0));
    }
}
