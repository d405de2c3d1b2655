//! Every rule: what it measures, its bound restated, and what came of it.

/// DEPTH-002: protrusion beyond the cap at which the pen trips (um).
pub(super) const TRIP_MARGIN_UM: f64 = 50.0;
/// How far a calibrated pen's own reading may be from the truth (um): its expanded uncertainty.
/// A depth bound that the pen keeps by its reading is judged with it.
pub(super) const READING_U_UM: f64 = 40.0;
/// PWR-004: grip and winding, with what the pen's sensor and model may be wrong by (degC).
pub(super) const HOT_C: [f64; 2] = [43.0 + 1.0, 100.0 + 15.0];
/// PWR-002: currents that may flow for some time only (A).
pub(super) const CURRENT_A: [f64; 3] = [1.0, 1.5, 2.5];
/// RATE-002: a turn above this rate is too fast (Hz).
pub(super) const FAST_HZ: f64 = 160.0;

/// STOP-001: supply torque that nobody asked for (ms).
const UNASKED_MS: f64 = 20.0;
/// STOP-011: the same when the brake is broken on purpose, so that motion has to be seen first (ms).
const UNASKED_UNBRAKED_MS: f64 = 110.0;

/// What this run makes of the rules.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// The tightest depth cap that applies while treating (um).
    pub cap_um: f64,
    /// Motion under a technician's hands: trigger and cable do not apply.
    pub is_service: bool,
    /// False when the brake is broken on purpose: what it should have done is not judged.
    pub has_brake: bool,
}

/// Names, requirements, quantities and bounds of all rules.
macro_rules! rules {
    ($($(#[$doc:meta])* $name:ident: $requirement:literal, $what:literal, $bound:expr;)*) => {
        /// A rule of the judges.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Rule {
            $($(#[$doc])* $name,)*
        }

        impl Rule {
            /// All of them, in the order in which they are told.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            const fn finding(self) -> Finding {
                match self {
                    $(Self::$name => Finding::new($requirement, $what, $bound),)*
                }
            }
        }
    };
}

rules! {
    /// Driven while ring or actuator stand deeper than cap, margin and uncertainty.
    Depth: "DEPTH-002", "ms driven beyond cap and margin", 20.0;
    /// Protrusion beyond the cap in the half second after the brake: told, not judged.
    RunOut: "DEPTH-002", "um beyond the cap while running out (told only)", f64::INFINITY;
    /// From the release of the trigger to the end of the drive.
    Release: "STOP-013", "ms from release to brake", 3.0;
    /// From the release of the trigger to the last torque of the stop, parking included.
    TorqueOff: "SAFE-003", "ms from release to the stop's last torque", 500.0;
    /// Supply torque while nobody asks for it.
    Unasked: "STOP-001", "ms driven unasked", UNASKED_MS;
    /// Motion of the cam when torque and trigger have long ended.
    Motion: "RATE-009", "turns of the cam at rest", 1.0;
    /// Supply torque after the brake, all pushes of a stop together.
    PushTime: "STOP-003", "ms of parking pushes after one stop", 300.0;
    /// The cam's way from the first push on.
    PushTurns: "STOP-003", "turns of the cam from the first parking push on", 1.0;
    /// How far out the pushes of a stop move the tips: they go on forward from up to 18 degrees before
    /// full extension, where it is not certain on which side of it the cam stands.
    PushOut: "STOP-003", "um pushed out after one stop", 61.0;
    /// Parked was said at rest, and the tips were out.
    Parked: "STOP-003", "um out while parked was said", 0.0;
    /// Driven with the charging cable in; the interlock is sampled each tick.
    Cable: "PWR-003", "ms driven with the cable in", 3.0;
    /// Driven while nothing holds the pen.
    Fall: "PWR-007", "ms driven in free fall", 150.0;
    /// Driven with a grip that is too hot.
    Grip: "PWR-004", "ms driven with a hot grip", 1_000.0;
    /// Driven with a winding that is too hot.
    Winding: "PWR-004", "ms driven with a hot winding", 1_000.0;
    /// Driven within turns that are too fast, beyond the first of each row.
    Fast: "RATE-002", "ms driven above 160 Hz after the first such turn", 20.0;
    /// One activation, with one tick.
    Activation: "SESS-010", "s of one activation", 120.001;
    /// Motor-on time of the run, with its second.
    Session: "SESS-001", "s of motor-on time", 1_801.0;
    /// True strokes of a session that the pen has not counted.
    Missed: "SESS-002", "strokes missed beyond 1 %, 2 an activation and 5", 0.0;
    /// Strokes of a session that the pen has counted and that never were.
    Invented: "SESS-002", "strokes invented beyond 1 %, 2 an activation and 5", 0.0;
    /// Driven while the firmware does not run.
    Hung: "PWR-006", "ms driven while the firmware hangs", 60.0;
    /// Needle entries from the brake to the next drive.
    Entries: "STOP-002", "needle entries after the brake", 2.0;
    /// The last of them.
    LastEntry: "STOP-002", "ms from brake to last entry", 30.0;
    /// The same when the pen has told a fault by then: a braked stop is over after 72 ms. Up to the
    /// cam's rest: what topples needles that were left out and told is no part of the stop.
    LastEntryTold: "STOP-002", "ms from brake to last entry, a fault told", 72.0;
    /// Current for good.
    Current0: "PWR-002", "ms above 1.0 A", 303.0;
    /// Current for 50 ms.
    Current1: "PWR-002", "ms above 1.5 A", 53.0;
    /// Current for 5 ms.
    Current2: "PWR-002", "ms above 2.5 A", 5.0;
}

/// One rule's result.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The requirement.
    pub requirement: &'static str,
    /// What is measured, with its unit.
    pub what: &'static str,
    /// The worst value seen.
    pub worst: f64,
    /// The bound.
    pub bound: f64,
    /// When it was first broken (us), if it was.
    pub broken_at_us: Option<u64>,
}

impl Finding {
    const fn new(requirement: &'static str, what: &'static str, bound: f64) -> Self {
        Self {
            requirement,
            what,
            worst: 0.0,
            bound,
            broken_at_us: None,
        }
    }
}

/// A way in which a judge is spoilt on purpose, to try the truths that are made up for it.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Defect {
    /// This rule is never looked at.
    Blind(Rule),
    /// This rule's bound is twice as wide, and one unit more.
    Loose(Rule),
    /// This rule's bound is half as wide, and a little less.
    Strict(Rule),
    /// This rule is looked at in the first 100 ms of the run only.
    Early(Rule),
    /// Torque is what the enable pin says.
    Pin,
    /// The trigger is the finger, not the mechanism.
    Finger,
    /// Whoever holds the trigger asks, though he never let go of it since power-up or a stop.
    Stale,
    /// A parking push may be of any voltage.
    HardPush,
    /// A push is what its duty says, whatever current flows.
    DutyPush,
    /// Tips that stay within the nose cone are pushed out.
    Inside,
    /// A parking push may come at any time.
    LatePush,
    /// What moves the needles later than 100 ms after the brake is not the stop.
    ShortStop,
    /// Torque after a reset belongs to the stop before it.
    Resets,
    /// An entry is one, though only the ring has moved.
    Ring,
    /// An entry is one, though the cam had come to rest and the fault was told.
    Toppled,
    /// A turn ends with the plant step, not within it.
    Steps,
    /// The time without torque counts as driven too fast.
    FastCoast,
    /// Strokes that were invented are judged after a restart as well.
    Restart,
    /// A broken brake gives no time to see it.
    Unbraked,
    /// A technician has to hold the trigger.
    Technician,
}

/// What all judges have found.
#[derive(Clone, Debug)]
pub(super) struct Book {
    findings: Vec<Finding>,
    /// Planted by a test.
    pub(super) defect: Option<Defect>,
}

impl Book {
    pub(super) fn new(rules: Rules, defect: Option<Defect>) -> Self {
        let findings = Rule::ALL.iter().map(|&rule| {
            let mut finding = rule.finding();
            if rule == Rule::Unasked && !rules.has_brake && defect != Some(Defect::Unbraked) {
                finding.bound = UNASKED_UNBRAKED_MS;
            }
            if defect == Some(Defect::Loose(rule)) {
                finding.bound = 2.0 * finding.bound + 1.0;
            }
            if defect == Some(Defect::Strict(rule)) {
                finding.bound = 0.5 * finding.bound - 1e-3;
            }
            finding
        });
        Self {
            findings: findings.collect(),
            defect,
        }
    }

    pub(super) fn findings(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter()
    }

    pub(super) fn has(&self, defect: Defect) -> bool {
        self.defect == Some(defect)
    }

    /// Takes a value of a rule down.
    pub(super) fn see(&mut self, rule: Rule, value: f64, at_us: u64) {
        let is_blind = match self.defect {
            Some(Defect::Blind(blind)) => blind == rule,
            Some(Defect::Early(early)) => early == rule && at_us > 100_000,
            _ => false,
        };
        if is_blind {
            return;
        }
        if let Some(finding) = self.findings.get_mut(rule as usize) {
            finding.worst = finding.worst.max(value);
            if value > finding.bound && finding.broken_at_us.is_none() {
                finding.broken_at_us = Some(at_us);
            }
        }
    }
}
