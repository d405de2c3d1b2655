//! Why the pen said no: what was asked, what is allowed, and who says so.

use pen_core::calibration::{CalibrationDefect, Channel};
use pen_core::plan::Screening;
use pen_core::request::Refusal;
use pen_protocol::messages::{LinkError, StorageError};

use super::zone as zone_name;
use super::{cartridge_defect, date, depth, fault, locks, mode, rate, role, source, span, voltage};

/// A refusal in one line.
pub(crate) fn refusal(refusal: &Refusal) -> String {
    limits(refusal)
        .or_else(|| shape(refusal))
        .or_else(|| course(refusal))
        .unwrap_or_else(|| state(refusal))
}

/// What to do about a refusal, where that is more than the refusal itself says.
pub(crate) const fn way_out(refusal: &Refusal) -> Option<&'static str> {
    match refusal {
        Refusal::ClockWentBack { .. } => Some(
            "check this computer's date; if it is right, a technician at the pen corrects the pen's \
             day with `penctl service set-day`",
        ),
        Refusal::DayFarAhead { .. } => Some(
            "check this computer's date; if it is right, hold the confirm button on the pen for 2 s",
        ),
        Refusal::Terminal { .. } => Some(
            "have a technician find and mend the cause; `penctl service end-fault --help` says how \
             the fault is ended then",
        ),
        Refusal::NobodyAtThePen => Some(
            "press the confirm button on the pen and hold it, and repeat the command: one that was down \
                  for a minute, or when the pen was switched on, counts for nobody until it was let go of",
        ),
        Refusal::CausePresent { .. } => Some(
            "mend the cause first: the motor must stand and draw no current, and each reading be good",
        ),
        Refusal::TriggerHeld => Some("let go of the trigger, and repeat the command"),
        Refusal::NotYetStored => Some(
            "repeat the command; if it is refused for longer than a second, look at `penctl info`: \
             the pen's flash does not keep what it is told",
        ),
        _ => None,
    }
}

/// Refusals that name a number and a limit.
fn limits(refusal: &Refusal) -> Option<String> {
    let asked = |asked: String, allowed: String, word: &str, by| {
        format!(
            "asked {asked}, allowed is at {word} {allowed}, set by the {}",
            source(by)
        )
    };
    Some(match *refusal {
        Refusal::TooDeep {
            asked: a,
            allowed,
            by,
        } => asked(depth(a), depth(allowed), "most", by),
        Refusal::TooFast {
            asked: a,
            allowed,
            by,
        } => asked(rate(a), rate(allowed), "most", by),
        Refusal::TooSlow {
            asked: a,
            allowed,
            by,
        } => asked(rate(a), rate(allowed), "least", by),
        Refusal::TooLong { asked, allowed } => {
            format!(
                "asked {} in all, a session allows {}",
                span(asked),
                span(allowed)
            )
        }
        Refusal::TooManyStrokes { asked, allowed } => {
            format!(
                "asked {} strokes, a cartridge lives {allowed}",
                asked.as_count()
            )
        }
        Refusal::DepthAboveCap {
            measured,
            allowed,
            by,
        } => format!(
            "the ring stands at {}, the cap is {}, set by the {}",
            depth(measured),
            depth(allowed),
            source(by)
        ),
        Refusal::BatteryLow { measured, needed } => {
            format!(
                "the battery has {}, {} are needed to start",
                voltage(measured),
                voltage(needed)
            )
        }
        Refusal::BatteryShort { left, needed } => {
            format!("the battery lasts {left} min, {needed} min are needed with reserve")
        }
        _ => return None,
    })
}

/// Refusals of a plan as it is written.
fn shape(refusal: &Refusal) -> Option<String> {
    Some(match *refusal {
        Refusal::NoPlanId => "the plan's number is zero".into(),
        Refusal::NoOperator => "no operator is named".into(),
        Refusal::NoToken => "no patient token is given".into(),
        Refusal::EmptyPlan => "the plan has no zone".into(),
        Refusal::GapInPlan { zone } => format!("zone {} follows an empty place", zone + 1),
        Refusal::DuplicateZone { zone } => format!("zone {} is named twice", zone_name(zone)),
        Refusal::NotPositive { zone } => {
            format!(
                "depth, time or strokes of zone {} are zero or less",
                zone + 1
            )
        }
        Refusal::OverrideNotAllowed { zone } => format!(
            "an override is asked for {}, and this zone or class of device allows none",
            zone_name(zone)
        ),
        Refusal::OverrideWithoutNeed { zone } => format!(
            "an override is asked for {}, although its depth needs none",
            zone_name(zone)
        ),
        Refusal::ScreeningIncomplete { missing } => {
            format!("the checklist lacks: {}", items(missing))
        }
        Refusal::ScreeningUnknown { items } => {
            format!("the checklist has items that the pen does not know (bits {items:#06x})")
        }
        Refusal::ScreeningForbids { items: bits } => {
            format!("the checklist forbids the treatment: {}", items(bits))
        }
        _ => return None,
    })
}

/// The items of the checklist that are set.
fn items(bits: u16) -> String {
    let set: Vec<&str> = (0_u32..)
        .zip(Screening::ITEMS)
        .filter(|(place, _)| bits >> place & 1 == 1)
        .map(|(_, item)| item)
        .collect();
    set.join("; ")
}

/// Refusals that come from what happened before.
fn course(refusal: &Refusal) -> Option<String> {
    Some(match *refusal {
        Refusal::ClockWentBack { asked, seen } => format!(
            "the day given is {}, and the pen has already seen {}: check this computer's date; if it \
             is right, a technician sets the pen's day with `penctl service set-day`",
            date(asked),
            date(seen)
        ),
        Refusal::DayFarAhead { asked, seen } => format!(
            "the day given is {}, {} days after the last one that the pen has seen ({}): check this \
             computer's date; if it is right, hold the confirm button on the pen for 2 s",
            date(asked),
            asked.saturating_sub(seen),
            date(seen)
        ),
        Refusal::CalibrationOverdue { until, today } => format!(
            "the calibration was good until {}, today is {}",
            date(until),
            date(today)
        ),
        Refusal::BudgetUsed { used, allowed } => {
            format!("this plan has used {} of {}", span(used), span(allowed))
        }
        Refusal::ZoneUsed { zone } => format!("the budget of zone {} is used up", zone + 1),
        Refusal::SessionOpen { session } => {
            format!("session {session} is still open under another plan; end it first")
        }
        Refusal::NoPlan => "no plan is in force, or it has expired".into(),
        Refusal::Cartridge(defect) => cartridge_defect(&defect),
        Refusal::Calibration(defect) => calibration_defect(&defect),
        Refusal::NothingStaged => "no calibration is staged".into(),
        Refusal::DigestDiffers { asked, staged } => {
            format!("digest {asked:08x} was asked for, {staged:08x} is staged")
        }
        Refusal::OtherGeneration { asked, in_force } => {
            format!("generation {asked} was asked for, generation {in_force} is in force")
        }
        Refusal::NothingToRevert => "there is no previous calibration".into(),
        Refusal::NotAtZero { measured, allowed } => format!(
            "{} is read where zero was expected, allowed +-{}",
            depth(measured),
            depth(allowed)
        ),
        _ => return None,
    })
}

/// Refusals that come from the state the pen is in.
fn state(refusal: &Refusal) -> String {
    match *refusal {
        Refusal::NotNow { mode: now } => {
            let (name, meaning) = mode(now);
            format!("not in mode {name}: {meaning}")
        }
        Refusal::Role { asked, needed } => {
            format!("the role is {}, {} is needed", role(asked), role(needed))
        }
        Refusal::Locked { locks: closed } => format!("locked: {}", locks(closed)),
        Refusal::DepthUnknown => "a depth channel gives no usable reading".into(),
        Refusal::DepthMoving { measured, target } => {
            format!(
                "the actuator is at {}, on its way to {}",
                depth(measured),
                depth(target)
            )
        }
        Refusal::NotYetStored => {
            "what the motor may use of the session is not yet kept in storage".into()
        }
        Refusal::TriggerHeld => "the trigger is held, or was not released long enough".into(),
        Refusal::CausePresent { fault: cause } => {
            format!("the cause of {} is still there", fault(cause).name)
        }
        Refusal::Terminal { fault: cause } => {
            let name = fault(cause).name;
            format!(
                "{name} is terminal: no acknowledgement ends it, only a technician at the pen, with \
                 `penctl service end-fault {name}`"
            )
        }
        Refusal::NoFault => "no fault is latched that this could end".into(),
        Refusal::NobodyAtThePen => {
            "nobody holds the confirm button on the pen, or not for long enough".into()
        }
        // Told by the functions above; said plainly should one be missing there.
        other => format!("{other:?}"),
    }
}

/// Why a calibration is refused.
fn calibration_defect(defect: &CalibrationDefect) -> String {
    match *defect {
        CalibrationDefect::OtherSerial { asked, allowed } => {
            format!("the calibration is for pen {asked}, this is {allowed}")
        }
        CalibrationDefect::Generation { asked, allowed } => {
            format!("generation {asked} does not follow, {allowed} would")
        }
        CalibrationDefect::DueBeforeMade => "it is due before it was made".into(),
        CalibrationDefect::Clock { asked, allowed } => {
            format!("clock correction {asked} ppm, allowed +-{allowed} ppm")
        }
        CalibrationDefect::TooFewKnots { channel, .. }
        | CalibrationDefect::NotMonotone { channel, .. }
        | CalibrationDefect::AtRail { channel, .. }
        | CalibrationDefect::Slope { channel, .. }
        | CalibrationDefect::Offset { channel, .. }
        | CalibrationDefect::Residual { channel, .. }
        | CalibrationDefect::Move { channel, .. } => {
            let name = match channel {
                Channel::A => "A",
                Channel::B => "B",
            };
            format!("channel {name}: {}", table_defect(defect))
        }
    }
}

/// What is wrong with one table.
fn table_defect(defect: &CalibrationDefect) -> String {
    match *defect {
        CalibrationDefect::TooFewKnots { asked, allowed, .. } => {
            format!("{asked} knots without a gap, {allowed} needed")
        }
        CalibrationDefect::NotMonotone { knot, .. } => {
            format!("knot {} breaks the order", knot + 1)
        }
        CalibrationDefect::AtRail { knot, .. } => format!("knot {} lies at a rail", knot + 1),
        CalibrationDefect::Slope { asked, allowed, .. } => {
            format!("slope {asked} permille off nominal, allowed +-{allowed}")
        }
        CalibrationDefect::Offset { asked, allowed, .. } => {
            format!("offset {asked} um, allowed +-{allowed} um")
        }
        CalibrationDefect::Residual { asked, allowed, .. } => {
            format!("residual {asked} um, allowed {allowed} um")
        }
        CalibrationDefect::Move { asked, allowed, .. } => {
            format!("a knot is {asked} um off nominal, allowed +-{allowed} um")
        }
        CalibrationDefect::OtherSerial { .. }
        | CalibrationDefect::Generation { .. }
        | CalibrationDefect::DueBeforeMade
        | CalibrationDefect::Clock { .. } => format!("{defect:?}"),
    }
}

/// Why a request did not get as far as the pen's core.
pub(crate) fn link_error(error: &LinkError) -> String {
    match *error {
        LinkError::NoHello => "the pen has seen no greeting on this connection".into(),
        LinkError::ReadOnly => "versions differ: this connection can only read and stop".into(),
        LinkError::Version { min, max } => format!("the pen speaks versions {min} to {max}"),
        LinkError::UnknownKind { kind } => format!("the pen does not know kind {kind:#04x}"),
        LinkError::BadPayload { kind } => format!("the pen cannot read a payload of {kind:#04x}"),
        LinkError::TrailingBytes { kind, bytes } => {
            format!("{bytes} bytes follow the payload of kind {kind:#04x}")
        }
        LinkError::Locked { left_ms } => {
            format!("too many bad frames: the link is locked for another {left_ms} ms")
        }
        LinkError::TooOften { left_ms } => {
            format!("too many refused changes of role: wait another {left_ms} ms")
        }
        LinkError::NotQuiet => "the motor may turn, so nothing can be stored now".into(),
        LinkError::Storage(error) => storage_error(error).into(),
        LinkError::PageSize { asked, allowed } => {
            format!("{asked} records were asked for at once, 1 to {allowed} are allowed")
        }
    }
}

const fn storage_error(error: StorageError) -> &'static str {
    match error {
        StorageError::Flash => "the pen's flash reported an error",
        StorageError::Geometry => "the pen's storage map does not fit its flash",
        StorageError::TooLong => "it is too long for its place in the pen's flash",
        StorageError::NotVerified => "it did not read back as it was written",
        StorageError::Full => "the pen's storage is full",
        StorageError::Damaged => "what is stored there is damaged",
        StorageError::Exhausted => "a counter in the pen's storage has reached its end",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sess_008_a_session_that_is_not_yet_stored_is_told_with_a_way_out() {
        let why = Refusal::NotYetStored;
        assert_eq!(
            refusal(&why),
            "what the motor may use of the session is not yet kept in storage"
        );
        let way = way_out(&why).unwrap();
        assert!(way.contains("repeat") && way.contains("penctl info"));
    }
}
