//! Judges that see the plant's truth, never the firmware's opinion, and restate the limits.
//!
//! Each rule names its requirement, keeps its first violation and the worst value it has seen, so
//! that a run tells not only *passed* but also *by how much*. Nothing here imports a limit of the
//! core: a limit that is changed there must be changed here as well.

use crate::pen::truth::{Observer, Truth};

/// How far a calibrated pen's own reading may be from the truth (um): its expanded uncertainty.
/// A depth bound that the pen keeps by its reading is judged with it.
const READING_U_UM: f64 = 40.0;
/// DEPTH-002: protrusion beyond the cap at which the pen trips (um), and how long it may take (us).
const TRIP_MARGIN_UM: f64 = 50.0;
const TRIP_US: u64 = 20_000;
/// STOP-013: raw release of the trigger to the brake (us).
const RELEASE_US: u64 = 3_000;
/// SAFE-003: release of the trigger to torque off (us).
const TORQUE_OFF_US: u64 = 500_000;
/// PWR-003: cable to no torque; the interlock is sampled each tick (us).
const CABLE_US: u64 = 3_000;
/// PWR-007: hand gone to no torque (us).
const FALL_US: u64 = 150_000;
/// PWR-004: grip and winding (degC), what the pen's sensor and model may be wrong by, and how long
/// the stop may take (us).
const GRIP_C: f64 = 43.0 + 1.0;
const WINDING_C: f64 = 100.0 + 15.0;
const HOT_US: u64 = 1_000_000;
/// RATE-002: turns above 160 Hz before the brake; two, and the one in which the second ends.
const FAST_HZ: f64 = 160.0;
const FAST_TURNS: u32 = 3;
/// SESS-010: longest activation (us), with one tick.
const ACTIVATION_US: u64 = 120_001_000;
/// SESS-001: longest motor-on time of a session (us), with its second.
const SESSION_US: u64 = 1_801_000_000;
/// PWR-006: hung firmware to no torque (us).
const HUNG_US: u64 = 60_000;
/// PWR-002: current and how long it may flow (A, us).
const CURRENT_STEPS: [(f64, u64); 3] = [(1.0, 303_000), (1.5, 53_000), (2.5, 5_000)];
/// STOP-002: needle entries after the brake, and the last one (us).
const ENTRIES: u32 = 2;
const LAST_ENTRY_US: u64 = 30_000;
/// Parking: highest voltage (V) and how long after the brake it may still come (us).
const PARK_V: f64 = 2.2;
const PARK_US: u64 = 500_000;

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

    fn see(&mut self, value: f64, at_us: u64) {
        self.worst = self.worst.max(value);
        if value > self.bound && self.broken_at_us.is_none() {
            self.broken_at_us = Some(at_us);
        }
    }
}

/// What the rules must know about this run.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// The tightest depth cap that applies while treating (um).
    pub cap_um: f64,
    /// Motion under a technician's hands: trigger and cable do not apply.
    pub is_service: bool,
    /// The brake is broken on purpose: what it should have done is not judged.
    pub has_brake: bool,
}

/// All rules, and a short account of the run for those who ask later.
#[derive(Clone, Debug)]
pub struct Monitors {
    rules: Rules,
    depth: Finding,
    release: Finding,
    torque_off: Finding,
    cable: Finding,
    fall: Finding,
    grip: Finding,
    winding: Finding,
    fast: Finding,
    activation: Finding,
    session: Finding,
    hung: Finding,
    current: [Finding; 3],
    entries: Finding,
    last_entry: Finding,
    /// Turns: time of completion (us), rate (Hz), peak protrusion (um).
    pub turns: Vec<(u64, f64, f64)>,
    /// Changes of torque: time (us) and whether the supply drives from then on. Parking is left out.
    pub torque: Vec<(u64, bool)>,
    state: State,
}

#[derive(Clone, Copy, Debug, Default)]
struct State {
    over_since: Option<u64>,
    released_at: Option<u64>,
    cable_since: Option<u64>,
    falls_since: Option<u64>,
    hot_since: [Option<u64>; 2],
    dead_since: Option<u64>,
    /// The firmware runs since then.
    alive_since: Option<u64>,
    driven_since: Option<u64>,
    braked_at: Option<u64>,
    driven_us: u64,
    current_since: [Option<u64>; 3],
    fast_turns: u32,
    turn: i64,
    turn_at_us: u64,
    turn_known: bool,
    entries: u32,
    was_out: bool,
    theta: f64,
    time_us: u64,
    peak_um: f64,
    drives: bool,
}

impl Monitors {
    /// Rules for one run.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "bounds far below 2^53")]
    pub fn new(rules: Rules) -> Self {
        let ms = |us: u64| us as f64 / 1e3;
        let step = |place: usize, what| Finding::new("PWR-002", what, ms(CURRENT_STEPS[place].1));
        Self {
            rules,
            depth: Finding::new("DEPTH-002", "ms driven beyond cap and margin", ms(TRIP_US)),
            release: Finding::new("STOP-013", "ms from release to brake", ms(RELEASE_US)),
            torque_off: Finding::new(
                "SAFE-003",
                "ms from release to torque off",
                ms(TORQUE_OFF_US),
            ),
            cable: Finding::new("PWR-003", "ms driven with the cable in", ms(CABLE_US)),
            grip: Finding::new("PWR-004", "ms driven with a hot grip", ms(HOT_US)),
            winding: Finding::new("PWR-004", "ms driven with a hot winding", ms(HOT_US)),
            fall: Finding::new("PWR-007", "ms driven in free fall", ms(FALL_US)),
            fast: Finding::new(
                "RATE-002",
                "driven turns above 160 Hz in a row",
                f64::from(FAST_TURNS),
            ),
            activation: Finding::new("SESS-010", "s of one activation", ms(ACTIVATION_US) / 1e3),
            session: Finding::new("SESS-001", "s of motor-on time", ms(SESSION_US) / 1e3),
            hung: Finding::new("PWR-006", "ms driven while the firmware hangs", ms(HUNG_US)),
            current: [
                step(0, "ms above 1.0 A"),
                step(1, "ms above 1.5 A"),
                step(2, "ms above 2.5 A"),
            ],
            entries: Finding::new(
                "STOP-002",
                "needle entries after the brake",
                f64::from(ENTRIES),
            ),
            last_entry: Finding::new("STOP-002", "ms from brake to last entry", ms(LAST_ENTRY_US)),
            turns: Vec::new(),
            torque: Vec::new(),
            state: State::default(),
        }
    }

    /// Every rule's result.
    pub fn findings(&self) -> impl Iterator<Item = &Finding> {
        [
            &self.depth,
            &self.release,
            &self.torque_off,
            &self.cable,
            &self.fall,
            &self.grip,
            &self.winding,
            &self.fast,
            &self.activation,
            &self.session,
            &self.hung,
            &self.entries,
            &self.last_entry,
        ]
        .into_iter()
        .chain(&self.current)
    }

    /// The rules that were broken.
    pub fn broken(&self) -> impl Iterator<Item = &Finding> {
        self.findings()
            .filter(|finding| finding.broken_at_us.is_some())
    }

    fn watch_torque(&mut self, t: &Truth) {
        let s = &mut self.state;
        let parks = t.duty.abs() * t.terminal_v <= PARK_V
            && s.braked_at.is_some_and(|at| t.time_us - at <= PARK_US);
        let drives = t.powered && t.enable && !parks;
        if drives != s.drives {
            self.torque.push((t.time_us, drives));
            s.braked_at = (!drives).then_some(t.time_us);
            s.entries = 0;
        }
        s.drives = drives;
        s.driven_since = drives.then(|| s.driven_since.unwrap_or(t.time_us));
        if drives {
            s.driven_us += t.time_us - s.time_us;
        }
    }

    fn watch_depth(&mut self, t: &Truth) {
        let s = &mut self.state;
        let edge = self.rules.cap_um + TRIP_MARGIN_UM + READING_U_UM;
        let over = s.drives && t.depth_um > edge;
        s.over_since = over.then(|| s.over_since.unwrap_or(t.time_us));
        self.depth.see(since_ms(s.over_since, t), t.time_us);
    }

    fn watch_interlocks(&mut self, t: &Truth) {
        let s = &mut self.state;
        s.released_at = (!t.trigger).then(|| s.released_at.unwrap_or(t.time_us));
        s.cable_since = t.cable.then(|| s.cable_since.unwrap_or(t.time_us));
        s.falls_since = t.falls.then(|| s.falls_since.unwrap_or(t.time_us));
        s.dead_since = (!t.alive).then(|| s.dead_since.unwrap_or(t.time_us));
        if s.drives {
            self.hung.see(since_ms(s.dead_since, t), t.time_us);
            self.fall.see(since_ms(s.falls_since, t), t.time_us);
            self.activation
                .see(since_ms(s.driven_since, t) / 1e3, t.time_us);
        }
        if self.rules.is_service {
            return;
        }
        if s.drives {
            self.release.see(since_ms(s.released_at, t), t.time_us);
            self.cable.see(since_ms(s.cable_since, t), t.time_us);
        }
        // A pen that starts brakes what may still turn: its time begins with the start.
        s.alive_since = t.alive.then(|| s.alive_since.unwrap_or(t.time_us));
        if t.enable && t.alive {
            let released = since_ms(s.released_at, t);
            let braked = since_ms(s.braked_at, t);
            let alive = since_ms(s.alive_since, t);
            self.torque_off
                .see(released.min(braked).min(alive), t.time_us);
        }
    }

    fn watch_heat(&mut self, t: &Truth) {
        let s = &mut self.state;
        let hot = [t.grip_c > GRIP_C, t.winding_c > WINDING_C];
        let findings = [&mut self.grip, &mut self.winding];
        for ((hot, since), finding) in hot.into_iter().zip(&mut s.hot_since).zip(findings) {
            *since = (hot && s.drives).then(|| since.unwrap_or(t.time_us));
            finding.see(since_ms(*since, t), t.time_us);
        }
    }

    fn watch_current(&mut self, t: &Truth) {
        let driven = t.powered && t.enable;
        for ((limit, _), (since, finding)) in CURRENT_STEPS
            .iter()
            .zip(self.state.current_since.iter_mut().zip(&mut self.current))
        {
            let above = driven && t.current_a.abs() > *limit;
            *since = above.then(|| since.unwrap_or(t.time_us));
            finding.see(since_ms(*since, t), t.time_us);
        }
    }

    #[expect(clippy::cast_possible_truncation, reason = "turns of a run fit")]
    fn watch_turns(&mut self, t: &Truth) {
        let s = &mut self.state;
        s.peak_um = s.peak_um.max(t.peak_um);
        let turn = (t.theta_rad / std::f64::consts::TAU).floor() as i64;
        if turn <= s.turn {
            s.turn_known = s.turn_known && turn == s.turn;
            s.turn = turn;
            return;
        }
        if s.turn_known {
            let hz = 1e6 / ratio(t.time_us - s.turn_at_us);
            self.turns.push((t.time_us, hz, s.peak_um));
            s.fast_turns = if hz > FAST_HZ && s.drives {
                s.fast_turns + 1
            } else {
                0
            };
            if self.rules.has_brake {
                self.fast.see(f64::from(s.fast_turns), t.time_us);
            }
        }
        s.turn = turn;
        s.turn_at_us = t.time_us;
        s.turn_known = true;
        s.peak_um = t.peak_um;
    }

    fn watch_stop(&mut self, t: &Truth) {
        let out = t.protrusion_um > 0.0;
        let s = &mut self.state;
        let entered = out && !s.was_out;
        s.was_out = out;
        let Some(braked_at) = s.braked_at else { return };
        let after = t.time_us - braked_at;
        // What a hand or parking does later is not the stop.
        if entered && self.rules.has_brake && after < 100_000 {
            s.entries += 1;
            self.entries.see(f64::from(s.entries), t.time_us);
            self.last_entry.see(ratio(after) / 1e3, t.time_us);
        }
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "microseconds of a run, far below 2^53"
)]
fn ratio(us: u64) -> f64 {
    us as f64
}

fn since_ms(since: Option<u64>, t: &Truth) -> f64 {
    since.map_or(0.0, |since| ratio(t.time_us - since) / 1e3)
}

impl Observer for Monitors {
    fn step(&mut self, truth: &Truth) {
        self.watch_torque(truth);
        self.watch_depth(truth);
        self.watch_interlocks(truth);
        self.watch_current(truth);
        self.watch_heat(truth);
        self.watch_turns(truth);
        self.watch_stop(truth);
        self.session
            .see(ratio(self.state.driven_us) / 1e6, truth.time_us);
        self.state.theta = truth.theta_rad;
        self.state.time_us = truth.time_us;
    }
}
