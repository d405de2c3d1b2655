//! The second door: what somebody may ask of the pen, and how it says no.
//!
//! A refusal changes nothing, and says what was asked and what is allowed (CONF-002).

use crate::calibration::{Calibration, CalibrationDefect};
use crate::cartridge::CartridgeDefect;
use crate::fault::Fault;
use crate::locks::Locks;
use crate::mode::Mode;
use crate::plan::{Plan, Zone};
use crate::profile::Source;
use crate::units::{Depth, Duration, Rate, Strokes, Voltage};

/// Who asks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Role {
    /// Reads only.
    #[default]
    Observer,
    /// Loads plans, acknowledges faults.
    Operator,
    /// Calibrates.
    Technician,
    /// Signs profiles and images.
    Maker,
}
any_enum!(Role {
    Observer,
    Operator,
    Technician,
    Maker
});

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Request {
    /// Stop whatever turns. Any role, any mode, never refused (STOP-010).
    Stop,
    /// The host is there; keeps Service mode, and motion within it, alive.
    Heartbeat,
    /// The operator has seen the fault.
    Acknowledge,
    /// Admit this plan in place of the one before.
    LoadPlan(Plan),
    /// Close the session and forget the plan.
    EndSession,
    /// Enter Service mode.
    EnterService,
    /// Leave Service mode.
    LeaveService,
    /// Turn the motor in Service mode, at a reduced rate, under the dead-man.
    Run(Rate),
    /// Check a calibration and hold it ready; nothing changes yet (CAL-001).
    Stage {
        /// The calibration.
        calibration: Calibration,
        /// Digest of its bytes, computed by whoever received them.
        digest: u32,
    },
    /// Take the staged calibration into force, if the digest is its own.
    Commit {
        /// Digest of the calibration that the asker believes to be staged.
        digest: u32,
    },
    /// Forget the staged calibration.
    Discard,
    /// Take this previous generation back into force.
    Revert {
        /// The calibration, with the number that it had.
        calibration: Calibration,
        /// Digest of its bytes, computed by whoever holds them.
        digest: u32,
    },
    /// The calibration of this generation measures as it should: its as-left was looked at (CAL-005).
    SignOff {
        /// The generation that was looked at.
        generation: u32,
    },
    /// A technician has looked at the pen and ends a terminal fault (STOP-012).
    EndTerminal {
        /// The fault that was looked at.
        fault: Fault,
    },
    /// A technician corrects the last day seen (SENS-004).
    SetDay {
        /// Today, in days since 2020-01-01.
        day: u16,
    },
}
any_enum!(Request { Stop, Heartbeat, Acknowledge, LoadPlan(value), EndSession, EnterService, LeaveService, Run(value), Stage { calibration, digest }, Commit { digest }, Discard, Revert { calibration, digest }, SignOff { generation }, EndTerminal { fault }, SetDay { day } });

impl Request {
    /// The request's name, for records.
    #[must_use]
    pub const fn kind(&self) -> RequestKind {
        match self {
            Self::Stop => RequestKind::Stop,
            Self::Heartbeat => RequestKind::Heartbeat,
            Self::Acknowledge => RequestKind::Acknowledge,
            Self::LoadPlan(_) => RequestKind::LoadPlan,
            Self::EndSession => RequestKind::EndSession,
            Self::EnterService => RequestKind::EnterService,
            Self::LeaveService => RequestKind::LeaveService,
            Self::Run(_) => RequestKind::Run,
            Self::Stage { .. } => RequestKind::Stage,
            Self::Commit { .. } => RequestKind::Commit,
            Self::Discard => RequestKind::Discard,
            Self::Revert { .. } => RequestKind::Revert,
            Self::SignOff { .. } => RequestKind::SignOff,
            Self::EndTerminal { .. } => RequestKind::EndTerminal,
            Self::SetDay { .. } => RequestKind::SetDay,
        }
    }

    /// The least role that may ask (LINK-005 adds how a role is proved).
    #[must_use]
    pub const fn needs(&self) -> Role {
        match self {
            Self::Stop | Self::Heartbeat => Role::Observer,
            Self::Acknowledge | Self::LoadPlan(_) | Self::EndSession => Role::Operator,
            Self::EnterService
            | Self::LeaveService
            | Self::Run(_)
            | Self::Stage { .. }
            | Self::Commit { .. }
            | Self::Discard
            | Self::Revert { .. }
            | Self::SignOff { .. }
            | Self::EndTerminal { .. }
            | Self::SetDay { .. } => Role::Technician,
        }
    }
}

/// A request's name without its content. Zone and trigger are asked with the hands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum RequestKind {
    /// [`Request::Stop`].
    Stop,
    /// [`Request::Heartbeat`].
    Heartbeat,
    /// [`Request::Acknowledge`].
    Acknowledge,
    /// [`Request::LoadPlan`].
    LoadPlan,
    /// [`Request::EndSession`].
    EndSession,
    /// [`Request::EnterService`].
    EnterService,
    /// [`Request::LeaveService`].
    LeaveService,
    /// [`Request::Run`].
    Run,
    /// [`Request::Stage`].
    Stage,
    /// [`Request::Commit`].
    Commit,
    /// [`Request::Discard`].
    Discard,
    /// [`Request::Revert`].
    Revert,
    /// The confirm button: a zone shall be opened.
    ConfirmZone,
    /// The trigger: the motor shall turn.
    Trigger,
    /// A change of role on the link.
    Authorise,
    /// The confirm button after a fall or a shock: the depth shall be checked at zero.
    CheckZero,
    /// [`Request::EndTerminal`].
    EndTerminal,
    /// [`Request::SetDay`].
    SetDay,
    /// [`Request::SignOff`].
    SignOff,
}

/// What was granted.
#[expect(clippy::large_enum_variant, reason = "the core does not allocate")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reply {
    /// Done.
    Done,
    /// Storage must keep this calibration and read it back; then
    /// [`crate::pen::Pen::calibration_stored`] puts it into force (STORE-005).
    Store(Calibration),
    /// Storage must keep [`crate::pen::Pen::signed_ledger`] and read it back; then
    /// [`crate::pen::Pen::sign_off_stored`] signs the calibration in force off (CAL-005).
    SignOff,
}

/// Nothing changed, and this is why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Refusal {
    /// Not in this mode.
    NotNow {
        /// The mode the pen is in.
        mode: Mode,
    },
    /// The role does not suffice.
    Role {
        /// What the asker is.
        asked: Role,
        /// What it takes.
        needed: Role,
    },
    /// Locks are closed.
    Locked {
        /// All of them.
        locks: Locks,
    },
    /// Deeper than allowed.
    TooDeep {
        /// What was asked.
        asked: Depth,
        /// What is allowed.
        allowed: Depth,
        /// Who says so.
        by: Source,
    },
    /// Faster than allowed.
    TooFast {
        /// What was asked.
        asked: Rate,
        /// What is allowed.
        allowed: Rate,
        /// Who says so.
        by: Source,
    },
    /// Slower than allowed.
    TooSlow {
        /// What was asked.
        asked: Rate,
        /// What is allowed.
        allowed: Rate,
        /// Who says so.
        by: Source,
    },
    /// Longer than the session may be.
    TooLong {
        /// What was asked.
        asked: Duration,
        /// What is allowed.
        allowed: Duration,
    },
    /// More strokes than a cartridge lives.
    TooManyStrokes {
        /// What was asked.
        asked: Strokes,
        /// What is allowed.
        allowed: u32,
    },
    /// The plan's number is zero.
    NoPlanId,
    /// No operator is named (SESS-007).
    NoOperator,
    /// No token of a patient is given.
    NoToken,
    /// The plan has no zone.
    EmptyPlan,
    /// A zone follows an empty place.
    GapInPlan {
        /// Its place.
        zone: u8,
    },
    /// A zone is named twice.
    DuplicateZone {
        /// Which.
        zone: Zone,
    },
    /// Depth, time or strokes are zero or less.
    NotPositive {
        /// The zone's place.
        zone: u8,
    },
    /// This zone, or this class of device, allows no override.
    OverrideNotAllowed {
        /// Which zone.
        zone: Zone,
    },
    /// An override is given although the depth needs none: contradictory.
    OverrideWithoutNeed {
        /// Which zone.
        zone: Zone,
    },
    /// Items of the checklist were not answered (SESS-007).
    ScreeningIncomplete {
        /// Which, one bit an item.
        missing: u16,
    },
    /// Items that this firmware does not know.
    ScreeningUnknown {
        /// Which bits.
        items: u16,
    },
    /// Items answered with yes and not cleared.
    ScreeningForbids {
        /// Which, one bit an item.
        items: u16,
    },
    /// The day lies before one that the pen has already seen.
    ClockWentBack {
        /// The day of the plan.
        asked: u16,
        /// The last day seen.
        seen: u16,
    },
    /// The calibration's due date and its grace have passed (CAL-003).
    CalibrationOverdue {
        /// Last day with grace.
        until: u16,
        /// The day of the plan.
        today: u16,
    },
    /// The same plan's budget was used up in an interrupted session (SESS-008).
    BudgetUsed {
        /// Motor-on time used.
        used: Duration,
        /// Motor-on time allowed.
        allowed: Duration,
    },
    /// The zone's budget is used up (SESS-002).
    ZoneUsed {
        /// The zone's place.
        zone: u8,
    },
    /// A session is open; it goes on under its own plan, or must be ended first (SESS-011).
    SessionOpen {
        /// Its number.
        session: u32,
    },
    /// No plan is in force, or it has expired (SESS-006).
    NoPlan,
    /// The cartridge cannot be used.
    Cartridge(CartridgeDefect),
    /// The measured depth exceeds the cap (DEPTH-001).
    DepthAboveCap {
        /// The deeper of the two channels.
        measured: Depth,
        /// The cap in force.
        allowed: Depth,
        /// Who set it.
        by: Source,
    },
    /// A depth channel gives nothing usable (DEPTH-001).
    DepthUnknown,
    /// The actuator has not reached its target yet.
    DepthMoving {
        /// Where it is.
        measured: Depth,
        /// Where it shall be.
        target: Depth,
    },
    /// The battery is too low to start (PWR-001).
    BatteryLow {
        /// Rested voltage.
        measured: Voltage,
        /// Least voltage.
        needed: Voltage,
    },
    /// The battery does not last for the plan (PWR-001).
    BatteryShort {
        /// Minutes left.
        left: u32,
        /// Minutes needed, with reserve.
        needed: u32,
    },
    /// Storage has not yet kept the start of this activation (SESS-011), or what Service may take of the
    /// session that is open (SESS-008).
    NotYetStored,
    /// The trigger is held, or was not seen released long enough (STOP-001).
    TriggerHeld,
    /// The cause of the fault is still there (STOP-006).
    CausePresent {
        /// The fault.
        fault: Fault,
    },
    /// The fault is terminal (STOP-012).
    Terminal {
        /// The fault.
        fault: Fault,
    },
    /// Nothing to acknowledge.
    NoFault,
    /// Nobody holds the confirm button on the pen.
    NobodyAtThePen,
    /// The calibration is refused.
    Calibration(CalibrationDefect),
    /// No calibration is staged.
    NothingStaged,
    /// Another calibration is staged than the asker believes.
    DigestDiffers {
        /// What was asked for.
        asked: u32,
        /// What is staged.
        staged: u32,
    },
    /// There is no previous generation to return to.
    NothingToRevert,
    /// The ring is not at zero, or a channel no longer reads zero there (PWR-007).
    NotAtZero {
        /// The channel that is farther away.
        measured: Depth,
        /// How far from zero is allowed, either way.
        allowed: Depth,
    },
    /// The day lies so far ahead of the last one seen that the host's clock may be wrong: it must be
    /// confirmed at the pen, by holding the confirm button (SENS-004).
    DayFarAhead {
        /// The day of the plan or of the calibration.
        asked: u16,
        /// The last day seen.
        seen: u16,
    },
    /// Another calibration is in force than the one that was looked at.
    OtherGeneration {
        /// The generation that was asked for.
        asked: u32,
        /// The generation in force, zero for none.
        in_force: u32,
    },
}
