//! Who judges a trial: the monitors, and a few absolute bounds on what needles and motor really do.
//!
//! The bounds know no mode and no limit of the firmware. Motion is *asked* for while a hand holds the
//! trigger that it pressed since the pen last started, or, in Service, while a technician's request is
//! in force.

use super::setup::{SERVICE_CAP_UM, Setup};
use crate::math::TAU;
use crate::monitor::{Claims, Monitors, Rules};
use crate::pen::truth::{Observer, Truth};

/// Highest voltage that only pushes the cam to where the needles are in (V).
const PUSH_V: f64 = 2.4;
/// How long after the last asked motion, or after a start, such pushes may come (us).
const PUSH_US: u64 = 700_000;
/// What a release may take to reach the bridge (us); what comes within it was still asked for.
const GRACE_US: u64 = 3_000;
/// Drive that nobody asked for, in all until somebody asks again (ms).
const UNASKED_MS: f64 = 20.0;
/// Entries after the drive ended, and when the last may come unless the pen tells of a fault (ms).
const ENTRIES: f64 = 2.0;
const LAST_ENTRY_MS: f64 = 30.0;
/// A cam that stood for so long is at rest (us, Hz): needles that were left out, and told, may be toppled
/// later by the hand.
const STOOD_US: u64 = 50_000;
const STANDS_HZ: f64 = 1e-3;
/// Turns above this rate may last for one turn and this much more (Hz, ms).
const FAST_HZ: f64 = 160.0;
const FAST_MS: f64 = 20.0 + 1e3 / FAST_HZ;
/// Protrusion while the pen says parked (um): none, but for the width of a hair's tenth.
const PARKED_UM: f64 = 1.0;
/// Strokes that may go uncounted: one in a hundred, and parts of a stroke at both ends of each drive,
/// of two drives at least.
const STROKES_SHARE: f64 = 0.01;
const STROKES_A_DRIVE: f64 = 1.5;
const DRIVES: f64 = 2.0;
/// Strokes that may be counted beyond that when the pen tells of a fault: it counts by the worse of two
/// witnesses, and so many turns they may be apart before that is one.
const STROKES_INVENTED: f64 = 4.0;
/// Drive without a cartridge (ms).
const BARE_MS: f64 = 60.0;

/// One rule's result in one trial.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Measure {
    /// The rule: requirement and what is measured, or `bound` and that.
    pub(super) rule: String,
    pub(super) worst: f64,
    pub(super) bound: f64,
    /// When it was first broken (us), if it was.
    pub(super) broken_at_us: Option<u64>,
}

impl Measure {
    const fn new(rule: String, bound: f64) -> Self {
        Self {
            rule,
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

    /// Worst value over bound: above 1 the rule is broken.
    pub(super) fn ratio(&self) -> f64 {
        self.worst / self.bound
    }
}

/// Everybody who judges.
#[derive(Debug)]
pub(super) struct Judge {
    monitors: Monitors,
    unasked: Measure,
    entries: Measure,
    late: Measure,
    fast: Measure,
    parked: Measure,
    strokes: Measure,
    bare: Measure,
    service_us: Option<(u64, u64)>,
    told: bool,
    s: State,
}

#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts")]
struct State {
    time_us: u64,
    starts: u32,
    started_us: u64,
    was_held: bool,
    pressed_in: Option<u32>,
    /// Presses that led to a drive, and whether this one did.
    drives: u32,
    drove: bool,
    asked_us: u64,
    unasked_us: u64,
    drive_end_us: u64,
    has_driven: bool,
    entries: u32,
    was_out: bool,
    stood_us: u64,
    rested: bool,
    /// A fault is told now.
    tells: bool,
    theta: f64,
    turn: Option<f64>,
    turn_us: f64,
    fast_ms: f64,
    bare_since: Option<u64>,
    true_strokes: u64,
    told_strokes: u32,
    last_strokes: u32,
}

impl Judge {
    pub(super) fn new(setup: &Setup) -> Self {
        let bound = |what: &str, bound| Measure::new(format!("bound: {what}"), bound);
        let service_us = setup.service_us();
        let is_service = service_us.is_some();
        Self {
            monitors: Monitors::new(Rules {
                cap_um: f64::from(if is_service {
                    SERVICE_CAP_UM
                } else {
                    setup.cap_um
                }),
                is_service,
                has_brake: true,
            }),
            unasked: bound("ms driven unasked", UNASKED_MS),
            entries: bound("entries after the drive", ENTRIES),
            late: bound("ms to the last entry, untold", LAST_ENTRY_MS),
            fast: bound("ms of turns above 160 Hz", FAST_MS),
            parked: bound("um out while parked", PARKED_UM),
            strokes: bound("strokes miscounted", STROKES_A_DRIVE * DRIVES),
            bare: bound("ms driven without a cartridge", BARE_MS),
            service_us,
            told: false,
            s: State::default(),
        }
    }

    /// What the pen said after a tick, beside what was true then; nothing while it is down.
    pub(super) fn hear(&mut self, claims: Option<Claims>, truth: &Truth) {
        self.monitors.hear(claims, truth);
        self.s.tells = claims.is_some_and(|claims| claims.told);
        let Some(claims) = claims else {
            return;
        };
        self.told |= claims.told;
        if claims.parked && claims.at_rest {
            self.parked.see(truth.protrusion_um.max(0.0), truth.time_us);
        }
        // A new session counts from nothing.
        let strokes = claims.strokes;
        let more = strokes.checked_sub(self.s.last_strokes).unwrap_or(strokes);
        self.s.told_strokes += more;
        self.s.last_strokes = strokes;
    }

    /// Everything that was measured. Nothing more is judged after it.
    pub(super) fn measures(mut self) -> Vec<Measure> {
        // A reset loses what memory held; the ledger's rounding is the business of other tests.
        if self.s.starts <= 1 && self.service_us.is_none() {
            let real = ratio(self.s.true_strokes);
            let drives = f64::from(self.s.drives).max(DRIVES);
            self.strokes.bound = STROKES_A_DRIVE * drives + STROKES_SHARE * real;
            let missed = real - f64::from(self.s.told_strokes);
            let allowed = if self.told { STROKES_INVENTED } else { 0.0 };
            let off = missed.max(-missed - allowed).max(0.0);
            self.strokes.see(off, self.s.time_us);
        }
        let findings = self.monitors.findings().map(|finding| Measure {
            rule: format!("{}: {}", finding.requirement, finding.what),
            worst: finding.worst,
            bound: finding.bound,
            broken_at_us: finding.broken_at_us,
        });
        let mut all: Vec<Measure> = findings.collect();
        all.extend([
            self.unasked,
            self.entries,
            self.fast,
            self.parked,
            self.strokes,
            self.bare,
        ]);
        if !self.told {
            all.push(self.late);
        }
        all
    }

    fn is_asked(&mut self, t: &Truth) -> bool {
        let s = &mut self.s;
        if t.starts != s.starts {
            s.starts = t.starts;
            s.started_us = t.time_us;
            // A trigger that is held over a start asks for nothing.
            s.pressed_in = None;
        }
        if t.trigger && !s.was_held && t.alive {
            s.pressed_in = Some(t.starts);
            s.drove = false;
        }
        s.was_held = t.trigger;
        match self.service_us {
            Some((from, to)) => (from..to).contains(&t.time_us),
            None => t.trigger && s.pressed_in == Some(t.starts),
        }
    }

    fn watch_drive(&mut self, t: &Truth) {
        let asked = self.is_asked(t);
        let s = &mut self.s;
        let step_us = t.time_us - s.time_us;
        if asked {
            s.asked_us = t.time_us;
            s.unasked_us = 0;
        }
        let was_asked = s.asked_us > 0 && t.time_us - s.asked_us <= GRACE_US;
        let pushes = t.duty.abs() * t.terminal_v <= PUSH_V
            && t.time_us - s.asked_us.max(s.started_us) <= PUSH_US;
        if t.powered && !was_asked && !pushes {
            s.unasked_us += step_us;
            self.unasked.see(ratio(s.unasked_us) / 1e3, t.time_us);
        }
        if t.powered && was_asked {
            s.drive_end_us = t.time_us;
            s.has_driven = true;
            s.drives += u32::from(!s.drove);
            s.drove = true;
            s.entries = 0;
            s.rested = false;
        }
        let is_bare = t.powered && t.needles == 0 && self.service_us.is_none();
        s.bare_since = is_bare.then(|| s.bare_since.unwrap_or(t.time_us));
        if let Some(since) = s.bare_since {
            self.bare.see(ratio(t.time_us - since) / 1e3, t.time_us);
        }
    }

    /// Entries that the cam makes: a ring that is turned out is a hand's doing.
    fn watch_entries(&mut self, t: &Truth) {
        let s = &mut self.s;
        s.rested &= !t.powered;
        s.stood_us = if t.rate_hz.abs() < STANDS_HZ && !t.powered {
            s.stood_us + t.time_us - s.time_us
        } else {
            0
        };
        s.rested |= s.stood_us >= STOOD_US;
        let out = t.protrusion_um > 0.0;
        let entered = out && !s.was_out && t.rate_hz.abs() > 0.5;
        s.was_out = out;
        let is_toppled = s.tells && s.rested;
        if entered && s.drive_end_us < t.time_us && !is_toppled {
            s.entries += 1;
            self.entries.see(f64::from(s.entries), t.time_us);
            if s.has_driven {
                let late_us = t.time_us - s.drive_end_us;
                self.late.see(ratio(late_us) / 1e3, t.time_us);
            }
        }
    }

    fn watch_turns(&mut self, t: &Truth) {
        let s = &mut self.s;
        let turn = (t.theta_rad / TAU).floor();
        let known = s.turn.replace(turn);
        let Some(before) = known else { return };
        if turn <= before {
            if turn < before {
                s.fast_ms = 0.0;
                s.turn_us = 0.0;
            }
            return;
        }
        // Where in the step the cam passed full extension.
        let share = (turn * TAU - s.theta) / (t.theta_rad - s.theta);
        let at_us = ratio(s.time_us) + share.clamp(0.0, 1.0) * ratio(t.time_us - s.time_us);
        if s.turn_us > 0.0 {
            let ms = (at_us - s.turn_us) / 1e3;
            let is_fast = ms * FAST_HZ < 1e3;
            s.fast_ms = if is_fast { s.fast_ms + ms } else { 0.0 };
            self.fast.see(s.fast_ms, t.time_us);
        }
        s.turn_us = at_us;
    }
}

impl Observer for Judge {
    fn step(&mut self, truth: &Truth) {
        self.monitors.step(truth);
        self.watch_drive(truth);
        self.watch_entries(truth);
        self.watch_turns(truth);
        self.s.true_strokes = truth.strokes;
        self.s.theta = truth.theta_rad;
        self.s.time_us = truth.time_us;
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "microseconds and strokes of a session, far below 2^53"
)]
const fn ratio(whole: u64) -> f64 {
    whole as f64
}

#[cfg(test)]
mod tests;
