//! The limits in force under proof: the meet, intact, and closed by one flipped bit (CONF-001, CONF-008).

use super::Admitted;
use crate::held::Held;
use crate::plan::{Plan, Screening, ZONES_MAX, ZonePlan};
use crate::profile::DeviceProfile;
use crate::units::Depth;
use crate::verify::{Any, Rule, Source, rule};

impl Admitted {
    /// What is true of the limits in force on this device: none is looser than the device's own, torn
    /// or not.
    pub(crate) fn holds(&self, device: &DeviceProfile) -> bool {
        self.cap().value <= device.depth_max
            && self.rate() <= device.rate_max
            && self.rate_max() <= device.rate_max
            && self.session_on() <= device.session_on
            && self.session_elapsed() <= device.session_elapsed
    }

    /// Every limit agrees with its complement, said once more.
    pub(crate) fn agrees(&self) -> bool {
        [
            self.cap,
            self.rate,
            self.rate_max,
            self.zone_time,
            self.zone_strokes,
            self.session_on,
            self.session_elapsed,
        ]
        .iter()
        .all(Held::is_whole)
    }

    /// Brings limits that were drawn by chance to ones that this device can have.
    pub(crate) fn tame(&mut self, device: &DeviceProfile) {
        let depth = device.depth_max.as_um().unsigned_abs();
        for (held, most) in [
            (&mut self.cap, depth),
            (&mut self.rate, device.rate_max.as_mhz()),
            (&mut self.rate_max, device.rate_max.as_mhz()),
            (&mut self.zone_time, u32::MAX),
            (&mut self.zone_strokes, 200_000),
            (&mut self.session_on, device.session_on.as_us()),
            (&mut self.session_elapsed, device.session_elapsed.as_us()),
        ] {
            held.tame(most);
        }
    }
}

/// What is checked.
pub(crate) const RULES: &[Rule] = &[
    rule(
        1,
        "CONF-008",
        "limits that come into force agree with their complements",
    ),
    rule(
        2,
        "CONF-001",
        "the cap in force is no deeper than device, class, zone, plan, operator and needles",
    ),
    rule(
        3,
        "CONF-001",
        "rate, session and zone budgets in force are no looser than device and plan",
    ),
    rule(
        4,
        "CONF-008",
        "a limit whose complement differs reads as the tightest there is",
    ),
    rule(
        5,
        "DEPTH-009",
        "an actuator aims 50 um short of the cap, never outside the rim",
    ),
    rule(6, "CONF-001", "the limits in force keep the invariant"),
    rule(7, "CONF-008", "whether all agree is told rightly"),
];

/// What must be possible.
pub(crate) const CASES: &[(u32, &str)] =
    &[(1, "a torn limit"), (2, "a cap that the operator sets")];

/// Any device, zone and cartridge.
pub fn room<S: Source>(s: &mut S) {
    let (device, zone, needles) = (DeviceProfile::any(s), ZonePlan::any(s), Depth::any(s));
    let plan = Plan {
        id: 0,
        day: 0,
        operator: 0,
        token: 0,
        screening: Screening::all_negative(),
        operator_cap: Option::any(s),
        zones: [None; ZONES_MAX],
    };
    let none = Depth::from_um(0);
    let admitted = Admitted::new(&device, &plan, &zone, needles);
    let cap = admitted.cap().value;
    s.check(1, admitted.agrees());
    let operator = plan.operator_cap.is_none_or(|most| cap <= most.max(none));
    let class = cap <= device.class_cap(zone.override_reason.is_some());
    s.check(
        2,
        operator
            && class
            && cap <= device.depth_max.max(none)
            && cap <= zone.depth.max(none)
            && cap <= needles.max(none)
            && cap <= Depth::from_um(2_500),
    );
    s.check(
        3,
        admitted.rate() <= device.rate_max
            && admitted.rate() <= zone.rate
            && admitted.session_on() <= device.session_on
            && admitted.session_elapsed() <= device.session_elapsed
            && admitted.zone_time() <= zone.time
            && admitted.zone_strokes() <= zone.strokes.as_count(),
    );
    let torn = Admitted::any(s);
    s.check(4, torn.cap.is_whole() || torn.cap().value == none);
    s.check(4, torn.zone_time.is_whole() || torn.zone_time.get() == 0);
    let aim = torn.aim().as_um();
    s.check(
        5,
        aim >= 0 && (aim == 0 || aim <= torn.cap().value.as_um().saturating_sub(50)),
    );
    s.check(6, device.depth_max < none || admitted.holds(&device));
    s.check(7, torn.is_intact() == torn.agrees());
    s.cover(1, !torn.is_intact());
    s.cover(2, plan.operator_cap == Some(cap) && cap > none);
}
