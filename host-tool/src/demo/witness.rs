//! Somebody who sees the truth every 100 us and remembers what an attempt is judged by.

use pen_core::mode::Mode;
use pen_sim::pen::{Truth, VirtualPen};

use crate::link::sim::Watcher;
use crate::num::{ceiling, nearest};

/// When the physical cause of an attempt begins.
pub(super) type Onset = Box<dyn FnMut(&Truth) -> bool>;

/// What was seen of one attempt.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Seen {
    /// Deepest true protrusion of any stroke. Unit: um, rounded up.
    pub(super) peak_um: i32,
    /// From the onset to the brake. Unit: us. Nothing without an onset or a brake after it.
    pub(super) brake_us: Option<u32>,
    /// The onset came.
    pub(super) began: bool,
    /// Full extensions of the needles.
    pub(super) strokes: u64,
    /// Entries of the needles into skin after the brake.
    pub(super) entries_after: u64,
    /// The last of them, after the brake. Unit: us.
    pub(super) last_entry_us: u32,
    /// The supply put torque on the motor for so long. Unit: us.
    pub(super) on_us: u64,
}

struct Scope {
    onset: Option<Onset>,
    onset_us: Option<u64>,
    /// Since when no torque was put on the motor, and the entries made until then.
    idle: Option<(u64, u64)>,
    brake: Option<(u64, u64)>,
    first_strokes: Option<u64>,
    strokes: u64,
    entries: u64,
    last_entry_at: u64,
    peak_um: f64,
    on_us: u64,
}

/// A motor without torque for so long is braked; a shorter pause is the work of the rate loop.
const BRAKED_US: u64 = 5_000;

/// The last entry comes at most so long after the brake (STOP-002).
const STRIKES_US: u64 = 30_000;

impl Scope {
    fn look(&mut self, truth: &Truth) {
        let first = *self.first_strokes.get_or_insert(truth.strokes);
        self.strokes = truth.strokes - first;
        if truth.punctures > self.entries {
            self.last_entry_at = truth.time_us;
        }
        self.entries = truth.punctures;
        // A cam that stands is moved by the hand at the ring, which no pen can hold back.
        if self
            .brake
            .is_none_or(|(at, _)| truth.time_us <= at + STRIKES_US)
        {
            self.peak_um = self.peak_um.max(truth.peak_um);
        }
        if self.onset_us.is_none()
            && let Some(onset) = &mut self.onset
            && onset(truth)
        {
            self.onset_us = Some(truth.time_us);
        }
        if truth.powered {
            self.on_us += 100;
            self.idle = None;
            return;
        }
        let idle = *self.idle.get_or_insert((truth.time_us, truth.punctures));
        if let Some(onset) = self.onset_us
            && self.brake.is_none()
            && truth.time_us >= idle.0.max(onset) + BRAKED_US
        {
            self.brake = Some((idle.0.max(onset), idle.1));
        }
    }

    fn seen(&self) -> Seen {
        let between =
            |from: u64, to: u64| u32::try_from(to.saturating_sub(from)).unwrap_or(u32::MAX);
        Seen {
            peak_um: ceiling(self.peak_um),
            brake_us: self
                .brake
                .map(|(at, _)| between(self.onset_us.unwrap_or(at), at)),
            began: self.onset_us.is_some(),
            strokes: self.strokes,
            entries_after: self.brake.map_or(0, |(_, before)| self.entries - before),
            last_entry_us: self
                .brake
                .map_or(0, |(at, _)| between(at, self.last_entry_at)),
            on_us: self.on_us,
        }
    }
}

/// One line of the trace.
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent levels, one column each"
)]
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row {
    /// Since the treatment began. Unit: ms.
    pub(crate) t_ms: u64,
    /// The pen's mode; nothing while it is down.
    pub(crate) mode: Option<Mode>,
    /// Greatest true protrusion of the last two turns, while the cam turns. Unit: um.
    pub(crate) true_peak_um: Option<i32>,
    /// Where the ring truly stands. Unit: um.
    pub(crate) true_ring_um: i32,
    /// What the pen measures. Unit: um.
    pub(crate) depth_um: Option<i32>,
    /// The cap in force. Unit: um.
    pub(crate) cap_um: Option<i32>,
    /// True rate. Unit: mHz.
    pub(crate) true_rate_mhz: i32,
    /// What the pen measures. Unit: mHz.
    pub(crate) rate_mhz: i32,
    /// What is asked for. Unit: mHz.
    pub(crate) rate_set_mhz: i32,
    /// True motor current. Unit: mA.
    pub(crate) current_ma: i32,
    /// The supply puts torque on the motor.
    pub(crate) powered: bool,
    /// The winding is shorted.
    pub(crate) braking: bool,
    /// The trigger is held.
    pub(crate) trigger: bool,
    /// The cable is in.
    pub(crate) cable: bool,
}

/// Time between two rows while something moves, and while nothing does. Unit: ms.
const DENSE_MS: u64 = 10;
const SPARSE_MS: u64 = 200;

/// From this rate on the cam turns.
const TURNS_HZ: f64 = 0.5;

/// Sees everything.
#[derive(Default)]
pub(crate) struct Witness {
    scope: Option<Scope>,
    from_tick: u64,
    /// The trace.
    pub(crate) rows: Vec<Row>,
    /// Modes and when they were entered. Unit: ms.
    pub(crate) modes: Vec<(u64, Option<Mode>)>,
}

impl std::fmt::Debug for Witness {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Witness")
            .field("rows", &self.rows.len())
            .finish_non_exhaustive()
    }
}

impl Witness {
    /// Forgets what was; the trace begins at this tick.
    pub(super) fn restart(&mut self, tick: u64) {
        *self = Self {
            from_tick: tick,
            ..Self::default()
        };
    }

    /// Time since the trace began, at this tick. Unit: ms.
    pub(super) fn at_ms(&self, tick: u64) -> u64 {
        tick.saturating_sub(self.from_tick)
    }

    /// From now on this attempt is watched.
    pub(super) fn begin(&mut self, onset: Option<Onset>) {
        self.scope = Some(Scope {
            onset,
            onset_us: None,
            idle: None,
            brake: None,
            first_strokes: None,
            strokes: 0,
            entries: 0,
            last_entry_at: 0,
            peak_um: f64::MIN,
            on_us: 0,
        });
    }

    /// What was seen since.
    pub(super) fn end(&mut self) -> Seen {
        self.scope
            .take()
            .map(|scope| scope.seen())
            .unwrap_or_default()
    }

    fn row(&self, pen: &VirtualPen) -> Row {
        let truth = pen.truth();
        let status = pen.status();
        let rate = |rate: pen_core::units::Rate| i32::try_from(rate.as_mhz()).unwrap_or(i32::MAX);
        Row {
            t_ms: self.at_ms(pen.ticks()),
            mode: status.map(|status| status.mode),
            true_peak_um: (truth.rate_hz.abs() > TURNS_HZ).then(|| nearest(truth.turn_peak_um)),
            true_ring_um: nearest(truth.depth_um),
            depth_um: status
                .and_then(|status| status.depth)
                .map(pen_core::units::Depth::as_um),
            cap_um: status
                .and_then(|status| status.cap)
                .map(|cap| cap.value.as_um()),
            true_rate_mhz: nearest(truth.rate_hz * 1_000.0),
            rate_mhz: status.map_or(0, |status| rate(status.rate)),
            rate_set_mhz: status.map_or(0, |status| rate(status.rate_set)),
            current_ma: nearest(truth.current_a * 1_000.0),
            powered: truth.powered,
            braking: truth.braking,
            trigger: truth.trigger,
            cable: truth.cable,
        }
    }
}

impl Watcher for Witness {
    fn truth(&mut self, truth: &Truth) {
        if let Some(scope) = &mut self.scope {
            scope.look(truth);
        }
    }

    fn tick(&mut self, pen: &VirtualPen) {
        let mode = pen.status().map(|status| status.mode);
        let at = self.at_ms(pen.ticks());
        let changed = self.modes.last().is_none_or(|(_, last)| *last != mode);
        if changed {
            self.modes.push((at, mode));
        }
        let moves = pen.truth().rate_hz.abs() > TURNS_HZ;
        let every = if moves { DENSE_MS } else { SPARSE_MS };
        if changed || at.is_multiple_of(every) {
            let row = self.row(pen);
            self.rows.push(row);
        }
    }
}
