//! Who is treated with what: the pens and the hands that faults are tried on.

use std::collections::BTreeMap;
use std::fmt::Write;

use pen_core::cartridge::Kind;
use pen_core::plan::{Plan, Screening, ZONES_MAX, Zone, ZonePlan};
use pen_core::profile::Mechanism;
use pen_core::request::Role;
use pen_core::units::{Depth, Duration, Rate, Strokes};

use crate::pen::Options;
use crate::rng::Seed;
use crate::scenario::{Action, Step};

/// Pens that are treated with, that a technician turns, and of each those with an actuator.
const TREATED: u64 = 30;
const SERVICED: u64 = 6;
const ACTUATED: u64 = 4;

/// What a session is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Work {
    /// Two short activations.
    Treatment,
    /// A technician turns the motor once.
    Service,
}

/// One pen and what is done with it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Setup {
    pub(super) seed: u64,
    pub(super) work: Work,
    pub(super) mechanism: Mechanism,
    pub(super) rate_hz: u32,
    pub(super) kind: Kind,
    pub(super) on_skin: bool,
    pub(super) cap_um: i32,
    /// Where the ring stands (um).
    pub(super) ring_um: i32,
    pub(super) charge_percent: u32,
    /// Built within tolerances, else exactly as drawn.
    pub(super) tolerances: bool,
    pub(super) second_switch: bool,
}

/// When the trigger is pressed and released in a treatment (ms).
/// The first is longer than a second, which is what some limits take to act.
const PRESSES: [(u64, u64); 2] = [(950, RELEASED_MS), (2_900, 3_300)];

/// The first release (ms).
pub(super) const RELEASED_MS: u64 = 2_150;

/// When a technician asks for motion, how often the host is heard, and how often (ms).
const RUN_MS: u64 = 800;
const HEARTBEAT_MS: u64 = 100;
const HEARTBEATS: u64 = 8;

/// How long a session lasts (ms).
pub(super) const END_MS: u64 = 4_600;

impl Setup {
    /// The pool from which every trial takes its pens.
    pub(super) fn pool(seed: Seed, second_switch: bool) -> Vec<Self> {
        let treated = (0..TREATED).map(|n| (Work::Treatment, Mechanism::Ring, n));
        let actuated = (0..ACTUATED).map(|n| (Work::Treatment, Mechanism::Actuator, n));
        let serviced = (0..SERVICED).map(|n| (Work::Service, Mechanism::Ring, n));
        let both = (0..ACTUATED).map(|n| (Work::Service, Mechanism::Actuator, n));
        treated
            .chain(actuated)
            .chain(serviced)
            .chain(both)
            .zip(0..)
            .map(|((work, mechanism, n), place)| {
                Self::draw(seed.nth(place), n, work, mechanism, second_switch)
            })
            .collect()
    }

    /// The nth pen of its kind: rates and needles in turn, the rest by chance.
    pub(super) fn draw(
        chance: Seed,
        n: u64,
        work: Work,
        mechanism: Mechanism,
        second_switch: bool,
    ) -> Self {
        let rate_hz = match n % 5 {
            0 => 100,
            1 => 150,
            2 => 80,
            3 => 120,
            _ => 50,
        };
        let cap_um = if chance.chance(1, 0, 0.7) { 1_000 } else { 500 };
        let below_um = i32::try_from(chance.below(2, 0, 12)).unwrap_or(0);
        Self {
            seed: 1 + chance.below(3, 0, 1_000_000),
            work,
            mechanism,
            rate_hz,
            kind: match work {
                Work::Service => Kind::Dummy,
                Work::Treatment if (n / 5).is_multiple_of(2) => Kind::Twelve,
                Work::Treatment => Kind::ThirtySix,
            },
            on_skin: work == Work::Treatment && chance.chance(4, 0, 0.6),
            cap_um,
            ring_um: cap_um - 30 - 10 * below_um,
            charge_percent: 55 + u32::try_from(chance.below(5, 0, 46)).unwrap_or(0),
            tolerances: true,
            second_switch,
        }
    }

    /// The steps of a session in which nothing goes wrong.
    pub(super) fn steps(&self) -> Vec<Step> {
        match self.work {
            Work::Treatment => self.treatment(),
            Work::Service => self.service(),
        }
    }

    fn treatment(&self) -> Vec<Step> {
        let mut steps = vec![step(0, self.insert())];
        if self.on_skin {
            steps.push(step(
                0,
                Action::Approach {
                    gap_um: 0.0,
                    um_per_ms: 1_000.0,
                },
            ));
        }
        let plan = "main".to_owned();
        steps.push(step(300, Action::LoadPlan { plan }));
        steps.push(step(700, Action::PressOk { ms: 60 }));
        for (press, release) in PRESSES {
            steps.push(step(press, Action::PressTrigger {}));
            steps.push(step(release, Action::ReleaseTrigger {}));
        }
        steps
    }

    fn service(&self) -> Vec<Step> {
        let role = Role::Technician;
        let rate_hz = self.rate_hz.min(70);
        let mut steps = vec![
            step(0, self.insert()),
            step(0, Action::PlugCable {}),
            step(300, Action::PressOk { ms: 1_500 }),
            step(500, Action::Authorise { role }),
            step(600, Action::EnterService {}),
            step(RUN_MS, Action::Run { rate_hz }),
        ];
        for n in 1..=HEARTBEATS {
            steps.push(step(RUN_MS + n * HEARTBEAT_MS, Action::Heartbeat {}));
        }
        steps.push(step(2_600, Action::LeaveService {}));
        steps
    }

    /// The cartridge that is put in.
    pub(super) const fn insert(&self) -> Action {
        Action::Insert {
            id: 11,
            kind: self.kind,
            used: false,
            authentic: true,
            expiry_day: None,
            code: None,
        }
    }

    /// When motion is wanted without a trigger: a technician asked, and the host was heard (us).
    pub(super) const fn service_us(&self) -> Option<(u64, u64)> {
        match self.work {
            Work::Treatment => None,
            // The host may be silent for 250 ms.
            Work::Service => Some((
                1_000 * RUN_MS,
                1_000 * (RUN_MS + HEARTBEATS * HEARTBEAT_MS + 260),
            )),
        }
    }

    /// How the virtual pen is built.
    pub(super) fn options(&self) -> Options {
        Options {
            seed: self.seed,
            mechanism: self.mechanism,
            tolerances: self.tolerances,
            depth_um: f64::from(self.ring_um),
            second_switch: self.second_switch,
            ..Options::default()
        }
    }

    /// The plan that is loaded, by name.
    pub(super) fn plans(&self) -> BTreeMap<String, Plan> {
        let mut zones = [None; ZONES_MAX];
        if let Some(zone) = zones.first_mut() {
            *zone = Some(ZonePlan {
                zone: Zone::Cheek,
                depth: Depth::from_um(self.cap_um),
                rate: Rate::from_hz(self.rate_hz),
                time: Duration::from_s(60),
                strokes: Strokes::from_count(10_000),
                override_reason: None,
            });
        }
        let plan = Plan {
            id: 1,
            day: 2_517,
            operator: 1,
            token: 77,
            screening: Screening::all_negative(),
            operator_cap: None,
            zones,
        };
        BTreeMap::from([("main".to_owned(), plan)])
    }

    /// The tables of a scenario file that build this pen and tell the judges about it.
    pub(super) fn text(&self) -> String {
        let mut text = String::from("\n[pen]\n");
        if self.mechanism == Mechanism::Actuator {
            text.push_str("mechanism = \"actuator\"\n");
        }
        for (name, is_default) in [
            ("tolerances", self.tolerances),
            ("second_switch", !self.second_switch),
        ] {
            if !is_default {
                let _ = writeln!(text, "{name} = {}", name != "tolerances");
            }
        }
        let cap_um = match self.work {
            Work::Treatment => self.cap_um,
            Work::Service => SERVICE_CAP_UM,
        };
        let _ = write!(
            text,
            "ring_um = {}.0\nbattery_percent = {}.0\n\n[judge]\ncap_um = {cap_um}.0\n",
            self.ring_um, self.charge_percent
        );
        if self.work == Work::Service {
            text.push_str("service = true\n");
        }
        let _ = write!(
            text,
            "\n[plans.main]\nzones = [{{ zone = \"Cheek\", depth_um = {}, rate_hz = {}, time_s = 60, \
             strokes = 10000 }}]\n",
            self.cap_um, self.rate_hz
        );
        text
    }
}

/// A technician turns the motor at any depth (um).
pub(super) const SERVICE_CAP_UM: i32 = 2_400;

/// A step without a label.
pub(super) const fn step(at_ms: u64, action: Action) -> Step {
    Step {
        at_ms,
        label: None,
        action,
    }
}
