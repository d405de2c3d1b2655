//! The phases of a session in which something can happen, and how it is known that one is on.
//!
//! Nothing here counts on when the firmware changes its mode: a healthy session of each pen is run
//! first and tells in which milliseconds each phase is on. A fault of such a millisecond meets the
//! same pen in the same phase, because nothing differs before it; every trial asserts it again.

use pen_core::mode::Mode;

/// After the release of the trigger, the brake works for so long at most (ms).
const BRAKE_MS: u64 = 44;
/// Where the first part of the brake ends, while the cam still turns fast (ms).
const EARLY_MS: u64 = 12;
/// From the start of the drive until the rate has settled (ms).
const RAMP_MS: u64 = 60;
const SETTLED_MS: u64 = 150;

/// What is seen in one millisecond of a session.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moment {
    /// Time since the start (ms).
    pub(super) ms: u64,
    /// What the firmware says it does; nothing while it is down.
    pub(super) mode: Option<Mode>,
    /// The supply puts torque on the motor.
    pub(super) powered: bool,
    /// Since the firmware entered this mode (ms).
    pub(super) in_mode_ms: u64,
    /// Drives that have begun so far.
    pub(super) drives: u32,
}

/// One phase.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// Broken before power comes.
    PowerUp,
    /// Self-test.
    Boot,
    /// Locked or waiting for a plan and a zone.
    Standby,
    /// Waiting for the trigger.
    Ready,
    /// The motor gains speed.
    Ramp,
    /// The rate has settled.
    Run,
    /// The first 12 ms of the brake.
    Brake,
    /// The rest of the brake's 44 ms.
    BrakeLate,
    /// The cam rolls out.
    RollOut,
    /// The cam is pushed to where the needles are in.
    Park,
    /// After a treatment, before the next.
    Rest,
    /// Service at rest.
    Service,
    /// Service with the motor turning.
    ServiceRun,
    /// A reset while ready, and what happens after it.
    ResetReady,
    /// A reset while the motor turns.
    ResetRun,
    /// A reset in the brake.
    ResetBrake,
    /// A reset while the cam is pushed in.
    ResetPark,
    /// A reset at rest after a treatment.
    ResetRest,
    /// A reset while a technician turns the motor.
    ResetService,
}

impl Phase {
    /// Every phase, in the order of a session.
    pub(super) const ALL: [Self; 19] = [
        Self::PowerUp,
        Self::Boot,
        Self::Standby,
        Self::Ready,
        Self::Ramp,
        Self::Run,
        Self::Brake,
        Self::BrakeLate,
        Self::RollOut,
        Self::Park,
        Self::Rest,
        Self::Service,
        Self::ServiceRun,
        Self::ResetReady,
        Self::ResetRun,
        Self::ResetBrake,
        Self::ResetPark,
        Self::ResetRest,
        Self::ResetService,
    ];

    /// Its name, and the five letters that head its column.
    pub(super) const fn name(self) -> (&'static str, &'static str) {
        match self {
            Self::PowerUp => ("before power-up", "power"),
            Self::Boot => ("boot", "boot"),
            Self::Standby => ("standby", "stand"),
            Self::Ready => ("ready", "ready"),
            Self::Ramp => ("ramp", "ramp"),
            Self::Run => ("run", "run"),
            Self::Brake => ("brake", "brake"),
            Self::BrakeLate => ("late brake", "late"),
            Self::RollOut => ("roll-out", "roll"),
            Self::Park => ("park", "park"),
            Self::Rest => ("rest", "rest"),
            Self::Service => ("service", "serv"),
            Self::ServiceRun => ("service run", "s-run"),
            Self::ResetReady => ("reset in ready", "r:rdy"),
            Self::ResetRun => ("reset in run", "r:run"),
            Self::ResetBrake => ("reset in brake", "r:brk"),
            Self::ResetPark => ("reset in park", "r:prk"),
            Self::ResetRest => ("reset in rest", "r:rst"),
            Self::ResetService => ("reset in service run", "r:srv"),
        }
    }

    /// The phase in which the reset comes, for those that begin with one.
    pub(super) const fn reset_in(self) -> Option<Self> {
        match self {
            Self::ResetReady => Some(Self::Ready),
            Self::ResetRun => Some(Self::Run),
            Self::ResetBrake => Some(Self::Brake),
            Self::ResetPark => Some(Self::Park),
            Self::ResetRest => Some(Self::Rest),
            Self::ResetService => Some(Self::ServiceRun),
            _ => None,
        }
    }

    /// Whether the phase is on in this millisecond.
    pub(super) fn holds(self, now: &Moment) -> bool {
        let first = now.drives == 1;
        let is = |mode| now.mode == Some(mode);
        match self {
            Self::PowerUp => now.ms == 0,
            Self::Boot => is(Mode::Boot),
            Self::Standby => now.drives == 0 && (is(Mode::Standby) || is(Mode::Locked)),
            Self::Ready => now.drives == 0 && is(Mode::Ready),
            Self::Ramp => first && is(Mode::Treating) && now.in_mode_ms < RAMP_MS,
            Self::Run => first && is(Mode::Treating) && now.in_mode_ms >= SETTLED_MS,
            Self::Brake => first && is(Mode::Stopping) && now.in_mode_ms <= EARLY_MS,
            Self::BrakeLate => {
                first
                    && is(Mode::Stopping)
                    && !now.powered
                    && (EARLY_MS + 1..=BRAKE_MS).contains(&now.in_mode_ms)
            }
            Self::RollOut => {
                first && is(Mode::Stopping) && !now.powered && now.in_mode_ms > BRAKE_MS
            }
            Self::Park => first && is(Mode::Stopping) && now.powered && now.in_mode_ms > EARLY_MS,
            Self::Rest => first && is(Mode::Ready),
            Self::Service => is(Mode::Service),
            Self::ServiceRun => is(Mode::ServiceRunning) && now.in_mode_ms >= RAMP_MS,
            Self::ResetReady
            | Self::ResetRun
            | Self::ResetBrake
            | Self::ResetPark
            | Self::ResetRest
            | Self::ResetService => self.reset_in().is_some_and(|inner| inner.holds(now)),
        }
    }
}
