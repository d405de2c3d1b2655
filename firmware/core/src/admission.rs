//! The second door's decisions: what is granted, and why what is not is refused. Nothing changes here.

use crate::calibration::{Calibration, CalibrationDefect, CalibrationId};
use crate::fault::{Fault, Trip};
use crate::guard::is_light;
use crate::hands::Hands;
use crate::latch::Latch;
use crate::limits;
use crate::locks::Lock;
use crate::mode::Mode;
use crate::plan::Plan;
use crate::profile::{Source, admit_plan};
use crate::records::Origin;
use crate::request::{Refusal, Request, Role};
use crate::start::{Facts, calibration_lasts, day_seen};
use crate::units::{Depth, Rate};

/// What `carry.rs` shall do. Only this room makes one, and only after every condition was asked.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Grant(Effect);

/// What is granted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    /// Whatever turns is stopped.
    Stop,
    /// The host is there.
    Heartbeat,
    /// The latched fault is acknowledged.
    Acknowledge,
    /// The plan comes into force; its calibration is due, or not.
    LoadPlan {
        /// The plan.
        plan: Plan,
        /// The calibration is past its due date, within its grace.
        is_due: bool,
    },
    /// Session and plan end.
    EndSession,
    /// Service begins.
    EnterService,
    /// Service ends, with the drive if there is one.
    LeaveService,
    /// Service turns the motor.
    Run(Rate),
    /// A calibration waits for its commit.
    Stage(Calibration, u32),
    /// Storage shall keep it: as the one that was staged, or as the one before that returns.
    Store(Calibration, Origin),
    /// The staged calibration is forgotten.
    Discard,
    /// The calibration in force was looked at.
    SignOff,
    /// The terminal fault ends.
    EndTerminal(Fault),
    /// The day is corrected.
    SetDay(u16),
}

impl Grant {
    /// Uses it up: what is granted once happens once.
    pub(crate) fn effect(self) -> Effect {
        self.0
    }
}

/// The rooms that are asked; none of them changes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Context<'a> {
    pub(crate) facts: Facts<'a>,
    pub(crate) latch: &'a Latch,
    pub(crate) mode: Mode,
}

impl Context<'_> {
    const fn not_now(&self) -> Refusal {
        Refusal::NotNow { mode: self.mode }
    }

    const fn locked(&self) -> Refusal {
        Refusal::Locked {
            locks: self.facts.locks,
        }
    }

    fn in_service(&self) -> Result<(), Refusal> {
        if self.mode == Mode::Service {
            Ok(())
        } else {
            Err(self.not_now())
        }
    }
}

/// Decides what somebody asks.
///
/// # Errors
/// [`Refusal`], with what was asked and what is allowed.
pub(crate) fn decide(now: &Context<'_>, role: Role, request: Request) -> Result<Grant, Refusal> {
    // Stop and heartbeat need no role and no mode (STOP-010).
    match request {
        Request::Stop => return Ok(Grant(Effect::Stop)),
        Request::Heartbeat => return Ok(Grant(Effect::Heartbeat)),
        Request::Acknowledge
        | Request::LoadPlan(_)
        | Request::EndSession
        | Request::EnterService
        | Request::LeaveService
        | Request::Run(_)
        | Request::Stage { .. }
        | Request::Commit { .. }
        | Request::Discard
        | Request::Revert { .. }
        | Request::SignOff { .. }
        | Request::EndTerminal { .. }
        | Request::SetDay { .. } => {}
    }
    let needed = request.needs();
    if role < needed {
        return Err(Refusal::Role {
            asked: role,
            needed,
        });
    }
    // A running treatment obeys nothing but stop (LINK-003).
    if matches!(
        now.mode,
        Mode::Treating | Mode::Stopping | Mode::FaultReaction | Mode::Boot
    ) {
        return Err(now.not_now());
    }
    let effect = match request {
        Request::Stop => Effect::Stop,
        Request::Heartbeat => Effect::Heartbeat,
        Request::Acknowledge => {
            may_acknowledge(now)?;
            Effect::Acknowledge
        }
        Request::LoadPlan(plan) => load_plan(now, plan)?,
        Request::EndSession => end_session(now)?,
        Request::EnterService => enter_service(now)?,
        Request::LeaveService => leave_service(now)?,
        Request::Run(rate) => run(now, rate)?,
        Request::Stage {
            calibration,
            digest,
        } => stage(now, calibration, digest)?,
        Request::Commit { digest } => commit(now, digest)?,
        Request::Discard => discard(now)?,
        Request::Revert {
            calibration,
            digest,
        } => revert(now, calibration, digest)?,
        Request::SignOff { generation } => sign_off(now, generation)?,
        Request::EndTerminal { fault } => end_terminal(now, fault)?,
        Request::SetDay { day } => set_day(now, day)?,
    };
    Ok(Grant(effect))
}

/// STOP-006: the cause is gone, the trigger is released, and the fault is not terminal.
///
/// # Errors
/// The first [`Refusal`].
pub(crate) fn may_acknowledge(now: &Context<'_>) -> Result<(), Refusal> {
    let Some(latched) = now.latch.first().filter(|_| now.mode == Mode::Faulted) else {
        return Err(Refusal::NoFault);
    };
    if let Some(fault) = now.latch.terminal() {
        return Err(Refusal::Terminal { fault });
    }
    if !now.facts.hands.is_free() {
        return Err(Refusal::TriggerHeld);
    }
    if cause_present(now, latched) {
        return Err(Refusal::CausePresent {
            fault: latched.fault,
        });
    }
    Ok(())
}

/// Whether what was latched is still so.
fn cause_present(now: &Context<'_>, latched: Trip) -> bool {
    let Facts {
        readings, locks, ..
    } = now.facts;
    let flows = locks.has(Lock::CurrentZero);
    match latched.fault {
        Fault::OverDepth
        | Fault::DepthDisagrees
        | Fault::DepthStuck
        | Fault::DepthInvalid
        | Fault::DepthCrept => {
            let too_deep = latched.fault == Fault::OverDepth
                && readings
                    .depth()
                    .is_none_or(|depth| depth > Depth::from_um(latched.allowed));
            let is_calibrated = now.facts.records.calibration().is_some();
            let apart = is_calibrated && !readings.agree();
            readings.depth().is_none() || apart || too_deep
        }
        Fault::CartridgeUnseated => !now.facts.seat.is_seated(),
        Fault::SensorInvalid => flows || readings.battery.is_none(),
        Fault::OverCurrent => flows,
        Fault::TickLate => locks.has(Lock::Clock),
        Fault::OverSpeed
        | Fault::TooManyStrokes
        | Fault::FeedbackLost
        | Fault::Stalled
        | Fault::UnexpectedMotion
        | Fault::WatchdogReset
        | Fault::BrownOut
        | Fault::Shock => readings.turns() || flows,
        Fault::FreeFall => {
            readings.acceleration.steady.is_some_and(is_light) || readings.turns() || flows
        }
        Fault::DriveStuck | Fault::EnablePathStuck | Fault::LimitCorrupt => true,
    }
}

/// CONF-006: whole or not at all.
fn load_plan(now: &Context<'_>, plan: Plan) -> Result<Effect, Refusal> {
    if !matches!(now.mode, Mode::Locked | Mode::Standby) {
        return Err(now.not_now());
    }
    let Facts {
        records, account, ..
    } = now.facts;
    let device = records.profile().ok_or_else(|| now.locked())?;
    let Some(calibration) = records.calibration() else {
        return Err(Refusal::Locked {
            locks: now.facts.locks.with(Lock::Calibration, true),
        });
    };
    admit_plan(device, &plan)?;
    day_is_not_past(plan.day, day_seen(&now.facts))?;
    calibration_lasts(records, plan.day)?;
    account.goes_on_with(&plan, device.session_on)?;
    Ok(Effect::LoadPlan {
        plan,
        is_due: plan.day > calibration.due_day,
    })
}

fn end_session(now: &Context<'_>) -> Result<Effect, Refusal> {
    let account = now.facts.account;
    if account.plan().is_none() && !account.is_open() {
        return Err(Refusal::NoPlan);
    }
    if !matches!(
        now.mode,
        Mode::Locked | Mode::Standby | Mode::Ready | Mode::Faulted
    ) {
        return Err(now.not_now());
    }
    Ok(Effect::EndSession)
}

/// A technician, at the pen, with the calibration dummy.
fn enter_service(now: &Context<'_>) -> Result<Effect, Refusal> {
    if !matches!(now.mode, Mode::Locked | Mode::Standby) {
        return Err(now.not_now());
    }
    // An image or a memory that failed its test decides nothing about a motor (TEST-003).
    let fixed = now.facts.records.fixed_locks();
    if fixed.has(Lock::Image) || fixed.has(Lock::Memory) {
        return Err(now.locked());
    }
    if !now.facts.hands.is_attended() {
        return Err(Refusal::NobodyAtThePen);
    }
    now.facts.seat.dummy().map_err(Refusal::Cartridge)?;
    Ok(Effect::EnterService)
}

fn leave_service(now: &Context<'_>) -> Result<Effect, Refusal> {
    match now.mode {
        Mode::Service | Mode::ServiceRunning => Ok(Effect::LeaveService),
        Mode::Boot
        | Mode::Locked
        | Mode::Standby
        | Mode::Ready
        | Mode::Treating
        | Mode::Stopping
        | Mode::FaultReaction
        | Mode::Faulted => Err(now.not_now()),
    }
}

/// Motion in Service: reduced rate, the same limits, permission for 250 ms (CAL-004, LINK-008).
fn run(now: &Context<'_>, rate: Rate) -> Result<Effect, Refusal> {
    if !matches!(now.mode, Mode::Service | Mode::ServiceRunning) {
        return Err(now.not_now());
    }
    let device = now.facts.records.profile().ok_or_else(|| now.locked())?;
    let most = limits::RATE_SERVICE.min(device.rate_max);
    if rate > most {
        return Err(Refusal::TooFast {
            asked: rate,
            allowed: most,
            by: Source::Absolute,
        });
    }
    if rate < device.rate_min {
        return Err(Refusal::TooSlow {
            asked: rate,
            allowed: device.rate_min,
            by: Source::Device,
        });
    }
    now.facts.seat.dummy().map_err(Refusal::Cartridge)?;
    let depth = now.facts.readings.depth().ok_or(Refusal::DepthUnknown)?;
    if depth > device.depth_max {
        return Err(Refusal::DepthAboveCap {
            measured: depth,
            allowed: device.depth_max,
            by: Source::Device,
        });
    }
    Ok(Effect::Run(rate))
}

fn stage(now: &Context<'_>, calibration: Calibration, digest: u32) -> Result<Effect, Refusal> {
    now.in_service()?;
    let records = now.facts.records;
    records.check(&calibration).map_err(Refusal::Calibration)?;
    day_of_calibration(now, calibration.made_day)?;
    let allowed = next_generation(now, calibration.generation)?;
    if calibration.generation != allowed {
        return Err(Refusal::Calibration(CalibrationDefect::Generation {
            asked: calibration.generation,
            allowed,
        }));
    }
    Ok(Effect::Stage(calibration, digest))
}

fn commit(now: &Context<'_>, digest: u32) -> Result<Effect, Refusal> {
    now.in_service()?;
    let Some((calibration, staged)) = now.facts.records.staged() else {
        return Err(Refusal::NothingStaged);
    };
    if staged != digest {
        return Err(Refusal::DigestDiffers {
            asked: digest,
            staged,
        });
    }
    Ok(Effect::Store(calibration, Origin::Staged))
}

fn discard(now: &Context<'_>) -> Result<Effect, Refusal> {
    now.in_service()?;
    if now.facts.records.staged().is_none() {
        return Err(Refusal::NothingStaged);
    }
    Ok(Effect::Discard)
}

/// The number of the next calibration; there is none after the greatest.
fn next_generation(now: &Context<'_>, asked: u32) -> Result<u32, Refusal> {
    let allowed = u32::MAX;
    now.facts
        .records
        .next_generation()
        .ok_or(Refusal::Calibration(CalibrationDefect::Generation {
            asked,
            allowed,
        }))
}

/// The previous generation returns under a number of its own, so that numbers only rise.
fn revert(now: &Context<'_>, previous: Calibration, digest: u32) -> Result<Effect, Refusal> {
    now.in_service()?;
    let records = now.facts.records;
    records.check(&previous).map_err(Refusal::Calibration)?;
    let calibration = Calibration {
        generation: next_generation(now, previous.generation)?,
        ..previous
    };
    let signed_off = records.was_signed_off(CalibrationId {
        generation: previous.generation,
        digest,
    });
    Ok(Effect::Store(calibration, Origin::Previous { signed_off }))
}

/// CAL-005: a technician at the pen has measured with the calibration in force, and names it.
fn sign_off(now: &Context<'_>, asked: u32) -> Result<Effect, Refusal> {
    now.in_service()?;
    let in_force = now.facts.records.generation();
    if asked != in_force || in_force == 0 {
        return Err(Refusal::OtherGeneration { asked, in_force });
    }
    if !now.facts.hands.is_attended() {
        return Err(Refusal::NobodyAtThePen);
    }
    Ok(Effect::SignOff)
}

/// STOP-012: the only way out of a terminal fault. A technician who names what was looked at, and
/// holds the confirm button for as long as a mistake does not last; the motor stands and draws
/// nothing. The tests of both paths run again before the next zone.
fn end_terminal(now: &Context<'_>, fault: Fault) -> Result<Effect, Refusal> {
    let latched = now.latch.terminal().ok_or(Refusal::NoFault)?;
    if now.mode != Mode::Faulted {
        return Err(now.not_now());
    }
    if fault != latched {
        return Err(Refusal::Terminal { fault: latched });
    }
    if !now.facts.hands.is_holding() {
        return Err(Refusal::NobodyAtThePen);
    }
    if !now.facts.hands.is_free() {
        return Err(Refusal::TriggerHeld);
    }
    if now.facts.readings.turns() || now.facts.locks.has(Lock::CurrentZero) {
        return Err(Refusal::CausePresent { fault });
    }
    Ok(Effect::EndTerminal(fault))
}

/// SENS-004: the way back when a wrong day was confirmed. A technician, at the pen. What a session has
/// seen does not count here; calibration and program do.
fn set_day(now: &Context<'_>, day: u16) -> Result<Effect, Refusal> {
    if !matches!(now.mode, Mode::Locked | Mode::Standby | Mode::Service) {
        return Err(now.not_now());
    }
    if !now.facts.hands.is_attended() {
        return Err(Refusal::NobodyAtThePen);
    }
    let seen = now.facts.records.day_seen();
    day_is_not_past(day, seen)?;
    day_is_near(day, seen, now.facts.hands)?;
    Ok(Effect::SetDay(day))
}

/// SENS-004: a host whose day lies before what the pen has seen has a wrong clock.
fn day_is_not_past(asked: u16, seen: u16) -> Result<(), Refusal> {
    if asked < seen {
        Err(Refusal::ClockWentBack { asked, seen })
    } else {
        Ok(())
    }
}

/// SENS-004: a host whose day lies far ahead has a wrong clock, or the pen was away for long.
/// Only somebody at the pen can tell.
///
/// # Errors
/// [`Refusal::DayFarAhead`].
pub(crate) fn day_is_near(asked: u16, seen: u16, hands: &Hands) -> Result<(), Refusal> {
    if asked > seen.saturating_add(limits::DAY_JUMP_MAX) && !hands.is_holding() {
        Err(Refusal::DayFarAhead { asked, seen })
    } else {
        Ok(())
    }
}

/// SENS-004: a calibration may be older than the last day seen, because that may be the wrong one
/// of the two, but not older than the program, and it may not carry the day far ahead.
fn day_of_calibration(now: &Context<'_>, asked: u16) -> Result<(), Refusal> {
    day_is_not_past(asked, limits::RELEASE_DAY)?;
    day_is_near(asked, day_seen(&now.facts), now.facts.hands)
}

#[cfg(test)]
mod tests;
