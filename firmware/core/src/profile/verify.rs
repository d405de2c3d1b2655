//! Limits under proof: a profile that is admitted is inside the absolute ones, and they meet (CONF-001).

/// What every zone allows, said once more: without and with an override. Unit: um.
pub(crate) const fn caps(zone: crate::plan::Zone) -> (i32, i32) {
    use crate::plan::Zone;
    match zone {
        Zone::Periorbital => (500, 500),
        Zone::Nose => (750, 750),
        Zone::Forehead | Zone::Glabella | Zone::Perioral | Zone::Neck => (1_000, 1_000),
        Zone::Cheekbone | Zone::Scalp => (1_500, 1_500),
        Zone::Cheek | Zone::FacialScar | Zone::BodyScar => (1_500, 2_000),
        Zone::StretchMark => (1_500, 2_500),
    }
}

impl crate::profile::DeviceProfile {
    /// Brings a profile that was drawn by chance inside the absolute limits.
    pub(crate) fn tame(&mut self) {
        use crate::units::{Depth, Duration, Rate};
        let um = self.depth_max.as_um().rem_euclid(2_499);
        self.depth_max = Depth::from_um(um.saturating_add(1));
        self.stroke = Depth::from_um(2_500);
        let rate = |rate: Rate| rate.clamp(Rate::from_mhz(50_000), Rate::from_mhz(150_000));
        self.rate_max = rate(self.rate_max);
        self.rate_min = rate(self.rate_min).min(self.rate_max);
        self.accel_mhz_per_ms = self.accel_mhz_per_ms.clamp(1, 1_000);
        let ms = Duration::from_ms(1);
        self.session_on = self.session_on.clamp(ms, Duration::from_min(30));
        let most = Duration::from_min(45);
        self.session_elapsed = self.session_elapsed.clamp(self.session_on, most);
        self.motor.resistance_mohm = self.motor.resistance_mohm.clamp(500, 20_000);
        self.motor.back_emf_uv_per_hz = self.motor.back_emf_uv_per_hz.clamp(1_000, 200_000);
        self.motor.friction_mv = self.motor.friction_mv.min(2_000);
    }
}

/// One profile.
pub(crate) mod profile {
    use crate::profile::DeviceProfile;
    use crate::units::{Depth, Duration};
    use crate::verify::{Any, Rule, Source, rule};

    /// What is checked.
    pub(crate) const RULES: &[Rule] = &[
        rule(
            1,
            "CONF-003",
            "an admitted depth cap is above zero and at most 2.5 mm",
        ),
        rule(
            2,
            "DEPTH-013",
            "an admitted depth cap is below the stroke, which is at most 2.5 mm",
        ),
        rule(
            3,
            "CONF-003",
            "admitted rates lie within 50 and 150 Hz, in order",
        ),
        rule(
            4,
            "SESS-001",
            "an admitted session is at most 30 min of motor and 45 min in all",
        ),
        rule(
            5,
            "CONF-004",
            "a profile is admitted only on its own device, and unchanged",
        ),
        rule(
            6,
            "RATE-008",
            "an admitted ramp is at most 1 Hz a ms, the motor's data no zero",
        ),
    ];

    /// What must be possible.
    pub(crate) const CASES: &[(u32, &str)] = &[(1, "is admitted"), (2, "is refused")];

    /// Any profile on any device.
    pub fn room<S: Source>(s: &mut S) {
        let (mut made, mut serial) = (DeviceProfile::any(s), u64::any(s));
        if s.is_drawn() && serial % 4 != 3 {
            made.tame();
            serial = made.serial;
        }
        let admitted = made.admit(serial);
        s.cover(1, admitted.is_ok());
        s.cover(2, admitted.is_err());
        let Ok(own) = admitted else { return };
        let (none, most) = (Depth::from_um(0), Depth::from_um(2_500));
        s.check(1, own.depth_max > none && own.depth_max <= most);
        s.check(2, own.depth_max < own.stroke && own.stroke <= most);
        let (low, high) = (own.rate_min.as_mhz(), own.rate_max.as_mhz());
        s.check(3, low >= 50_000 && low <= high && high <= 150_000);
        let on = own.session_on <= Duration::from_min(30);
        s.check(4, on && own.session_elapsed <= Duration::from_min(45));
        s.check(5, own.serial == serial && own == made);
        let motor = own.motor.resistance_mohm > 0 && own.motor.back_emf_uv_per_hz > 0;
        s.check(6, own.accel_mhz_per_ms <= 1_000 && motor);
    }
}

/// The meet of the depth limits.
pub(crate) mod meet {
    use crate::plan::ZonePlan;
    use crate::profile::{DeviceClass, DeviceProfile, effective_depth};
    use crate::units::Depth;
    use crate::verify::{Any, Rule, Source, rule};

    /// What is checked.
    pub(crate) const RULES: &[Rule] = &[
        rule(
            1,
            "CONF-001",
            "no source loosens the cap: not device, plan, needles or operator",
        ),
        rule(
            2,
            "CONF-005",
            "0.3 mm on a home device; 1.5 mm on a professional one without an override",
        ),
        rule(
            3,
            "CONF-005",
            "a zone's own cap binds, with an override the one for that",
        ),
        rule(4, "CONF-003", "never beyond 2.5 mm"),
        rule(
            5,
            "CONF-002",
            "the cap is one of those asked for, so whoever set it can be named",
        ),
    ];

    /// What must be possible.
    pub(crate) const CASES: &[(u32, &str)] = &[(1, "an override deeper than 1.5 mm")];

    /// Any device, zone, operator and cartridge.
    pub fn room<S: Source>(s: &mut S) {
        let (device, zone) = (DeviceProfile::any(s), ZonePlan::any(s));
        let (operator, needles) = (Option::<Depth>::any(s), Option::<Depth>::any(s));
        let cap = effective_depth(&device, &zone, operator, needles).value;
        let tightest = operator.is_none_or(|most| cap <= most)
            && needles.is_none_or(|most| cap <= most)
            && cap <= device.depth_max
            && cap <= zone.depth;
        s.check(1, tightest);
        let home = device.class == DeviceClass::Home;
        let overridden = zone.override_reason.is_some();
        let um = cap.as_um();
        s.check(2, (!home || um <= 300) && (overridden || um <= 1_500));
        let (usual, most) = super::caps(zone.zone);
        s.check(3, um <= if overridden { most } else { usual });
        s.check(4, um <= 2_500);
        let fixed = [300, 1_500, 2_500, usual, most];
        let given = [Some(device.depth_max), Some(zone.depth), operator, needles];
        s.check(5, fixed.contains(&um) || given.contains(&Some(cap)));
        s.cover(1, overridden && um > 1_500);
    }
}

/// A plan that is admitted.
pub(crate) mod plan {
    use crate::plan::{Plan, Zone, ZonePlan};
    use crate::profile::{DeviceClass, DeviceProfile, admit_plan};
    use crate::units::{Depth, Duration, Rate, Strokes};
    use crate::verify::{Any, Rule, Source, rule};

    /// What is checked.
    pub(crate) const RULES: &[Rule] = &[
        rule(
            1,
            "SESS-007",
            "an admitted plan names plan, operator and patient",
        ),
        rule(
            2,
            "SESS-007",
            "its checklist is complete, and nothing on it forbids the treatment",
        ),
        rule(3, "CONF-006", "it has a zone, no gap and no zone twice"),
        rule(
            4,
            "CONF-001",
            "no zone is deeper than its own cap, the device's, its class's or the operator's",
        ),
        rule(
            5,
            "CONF-005",
            "a zone deeper than its usual cap or 1.5 mm carries a reason, on a professional device",
        ),
        rule(
            6,
            "CONF-002",
            "rates lie within the device's, beyond 1.5 mm at most 100 Hz",
        ),
        rule(7, "SESS-001", "the zones' times together fit the session"),
        rule(
            8,
            "CART-005",
            "no zone has more strokes than a cartridge lives, nor none",
        ),
    ];

    /// What must be possible.
    pub(crate) const CASES: &[(u32, &str)] = &[(1, "is admitted"), (2, "with an override")];

    /// Brings a plan that was drawn by chance to one that this device admits, most often.
    fn tame(plan: &mut Plan, device: &DeviceProfile) {
        plan.id |= 1;
        plan.operator |= 1;
        plan.token |= 1;
        let list = &mut plan.screening;
        list.answered = 0x0FFF;
        list.positive &= 0x0FF8;
        list.cleared = (list.cleared | list.positive) & 0x0FFF;
        plan.operator_cap = plan.operator_cap.map(|_| Depth::from_um(2_500));
        let mut ended = false;
        for (place, entry) in plan.zones.iter_mut().enumerate() {
            ended |= entry.is_none();
            let Some(zone) = entry.as_mut().filter(|_| !ended) else {
                *entry = None;
                continue;
            };
            zone.zone = Zone::ALL
                .get(place.saturating_add(4))
                .copied()
                .unwrap_or(Zone::Forehead);
            let (usual, deepest) = super::caps(zone.zone);
            let home = device.class == DeviceClass::Home;
            let more = deepest.min(device.depth_max.as_um()).saturating_sub(usual);
            zone.override_reason = zone.override_reason.filter(|_| !home && more > 0);
            let class = if home { 300 } else { 1_500 };
            let most = usual.min(class).min(device.depth_max.as_um()).max(1);
            let um = zone.depth.as_um();
            zone.depth = Depth::from_um(if zone.override_reason.is_some() {
                usual.saturating_add(1).saturating_add(um.rem_euclid(more))
            } else {
                um.rem_euclid(most).saturating_add(1)
            });
            zone.rate = zone.rate.clamp(device.rate_min, device.rate_max);
            if zone.depth.as_um() > 1_500 {
                zone.rate = zone.rate.min(Rate::from_mhz(100_000)).max(device.rate_min);
            }
            let share = Duration::from_us(device.session_on.as_us() / 8);
            zone.time = zone.time.clamp(Duration::from_us(1), share);
            zone.strokes = zone
                .strokes
                .clamp(Strokes::from_count(1), Strokes::from_count(200_000));
        }
    }

    fn zone<S: Source>(s: &mut S, device: &DeviceProfile, plan: &Plan, zone: &ZonePlan) {
        let (usual, most) = super::caps(zone.zone);
        let um = zone.depth.as_um();
        let deepest = um > 0 && um <= most && zone.depth <= device.depth_max;
        let operator = plan.operator_cap.is_none_or(|cap| zone.depth <= cap);
        let home = device.class == DeviceClass::Home;
        s.check(4, deepest && operator && (!home || um <= 300));
        let reason = zone.override_reason.is_some() && !home;
        s.check(5, reason || (um <= usual && um <= 1_500));
        let rate = zone.rate.as_mhz();
        let within = zone.rate <= device.rate_max && zone.rate >= device.rate_min;
        s.check(6, within && (um <= 1_500 || rate <= 100_000));
        let strokes = zone.strokes.as_count();
        s.check(8, strokes > 0 && strokes <= 200_000);
        s.cover(2, zone.override_reason.is_some());
    }

    /// Any admitted device, any plan.
    pub fn room<S: Source>(s: &mut S) {
        let (mut device, mut plan) = (DeviceProfile::any(s), Plan::any(s));
        if s.is_drawn() {
            device.tame();
            tame(&mut plan, &device);
        }
        // A device whose sessions end: what the room `profile` shows of an admitted one.
        s.assume(device.session_on.as_us() <= 1_800_000_000);
        if admit_plan(&device, &plan).is_err() {
            return;
        }
        s.check(1, plan.id != 0 && plan.operator != 0 && plan.token != 0);
        let list = plan.screening;
        let open = list.positive & !(list.cleared & 0x0FF8);
        s.check(2, list.answered == 0x0FFF && open == 0);
        let [first, ..] = &plan.zones;
        s.check(3, first.is_some());
        let mut total = 0_u64;
        let end = plan.zones.iter().take_while(|zone| zone.is_some()).count();
        for (place, entry) in plan.zones.iter().enumerate() {
            s.check(3, entry.is_none() || place < end);
            let Some(own) = entry else { continue };
            zone(s, &device, &plan, own);
            for (again, other) in plan.zones.iter().enumerate() {
                let twice = again > place && other.is_some_and(|other| other.zone == own.zone);
                s.check(3, !twice);
            }
            total = total.saturating_add(u64::from(own.time.as_us()));
        }
        s.check(7, total <= u64::from(device.session_on.as_us()));
        s.cover(1, true);
    }
}
