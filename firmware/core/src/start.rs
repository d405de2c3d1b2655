//! Who may start: every condition of opening a zone and of the trigger, and the check at zero.

use crate::account::Account;
use crate::actuator::Actuator;
use crate::admission::day_is_near;
use crate::admitted::Admitted;
use crate::battery::minutes_left;
use crate::cartridge::Kind;
use crate::hands::Hands;
use crate::io::Tag;
use crate::limits;
use crate::locks::Locks;
use crate::plan::{Plan, Zone};
use crate::profile::Source;
use crate::records::Records;
use crate::request::Refusal;
use crate::seat::Seat;
use crate::senses::Readings;
use crate::units::Depth;

/// The rooms that are asked; none of them changes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Facts<'a> {
    pub(crate) records: &'a Records,
    pub(crate) account: &'a Account,
    pub(crate) seat: &'a Seat,
    pub(crate) hands: &'a Hands,
    pub(crate) actuator: &'a Actuator,
    pub(crate) readings: &'a Readings,
    pub(crate) locks: Locks,
    /// Both paths of torque were found open.
    pub(crate) is_tested: bool,
}

/// What a zone is opened with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Armed {
    pub(crate) zone: Zone,
    pub(crate) tag: Tag,
    pub(crate) kind: Kind,
    pub(crate) admitted: Admitted,
}

/// The confirm button in Standby.
///
/// # Errors
/// The first [`Refusal`].
pub(crate) fn may_arm(facts: &Facts<'_>) -> Result<Armed, Refusal> {
    let account = facts.account;
    let plan = account.plan().ok_or(Refusal::NoPlan)?;
    let locks = facts.locks;
    let device = facts.records.profile().ok_or(Refusal::Locked { locks })?;
    day_is_near(plan.day, day_seen(facts), facts.hands)?;
    calibration_lasts(facts.records, plan.day)?;
    let zone = plan.zone(account.zone()).ok_or(Refusal::NoPlan)?;
    let (tag, kind) = facts
        .seat
        .usable(plan.day, &account.work(plan))
        .map_err(Refusal::Cartridge)?;
    if zone.depth > kind.length() {
        return Err(Refusal::TooDeep {
            asked: zone.depth,
            allowed: kind.length(),
            by: Source::Cartridge,
        });
    }
    let used = account.used();
    let spent = used.on >= zone.time || used.strokes >= zone.strokes;
    if account.is_open() && spent {
        return Err(Refusal::ZoneUsed {
            zone: account.zone(),
        });
    }
    battery_lasts(facts, plan)?;
    Ok(Armed {
        zone: zone.zone,
        tag,
        kind,
        admitted: Admitted::new(device, plan, zone, kind.length()),
    })
}

/// The trigger in Ready: every condition of a start, in the order an operator can mend them.
///
/// # Errors
/// The first [`Refusal`].
pub(crate) fn may_start(facts: &Facts<'_>) -> Result<(), Refusal> {
    let account = facts.account;
    let (Some(plan), Some(admitted)) = (account.plan(), account.admitted()) else {
        return Err(Refusal::NoPlan);
    };
    if !facts.hands.release_seen || facts.hands.is_pressing() {
        return Err(Refusal::TriggerHeld);
    }
    let (_, kind) = facts
        .seat
        .usable(plan.day, &account.work(plan))
        .map_err(Refusal::Cartridge)?;
    let cap = admitted.cap();
    if cap.value > kind.length() {
        return Err(Refusal::TooDeep {
            asked: cap.value,
            allowed: kind.length(),
            by: Source::Cartridge,
        });
    }
    // Two channels that disagree do not know the depth: nothing may turn even for the few
    // milliseconds that the monitor would take.
    let readings = facts.readings;
    let Some(depth) = readings.depth().filter(|_| readings.agree()) else {
        return Err(Refusal::DepthUnknown);
    };
    if depth > cap.value {
        return Err(Refusal::DepthAboveCap {
            measured: depth,
            allowed: cap.value,
            by: cap.by,
        });
    }
    let goal = admitted.aim();
    if facts.records.has_actuator() && !facts.actuator.is_at(goal, depth) {
        return Err(Refusal::DepthMoving {
            measured: depth,
            target: goal,
        });
    }
    let battery = readings.battery.unwrap_or_default();
    if battery < limits::BATTERY_START {
        return Err(Refusal::BatteryLow {
            measured: battery,
            needed: limits::BATTERY_START,
        });
    }
    if !account.is_kept() || !facts.is_tested {
        return Err(Refusal::NotYetStored);
    }
    Ok(())
}

/// PWR-007: the ring stands at zero, the hand at the pen says so, and both channels agree.
///
/// # Errors
/// The first [`Refusal`].
pub(crate) fn may_call_zero(facts: &Facts<'_>) -> Result<(Depth, Depth), Refusal> {
    if facts.records.calibration().is_none() {
        return Err(Refusal::Locked { locks: facts.locks });
    }
    let (Some(a), Some(b)) = (facts.readings.a.depth, facts.readings.b.depth) else {
        return Err(Refusal::DepthUnknown);
    };
    let zero = Depth::from_um(0);
    let measured = if a.distance(zero) > b.distance(zero) {
        a
    } else {
        b
    };
    if measured.distance(zero) > limits::ZERO_TOLERANCE_UM {
        let um = i32::try_from(limits::ZERO_TOLERANCE_UM).unwrap_or(0);
        return Err(Refusal::NotAtZero {
            measured,
            allowed: Depth::from_um(um),
        });
    }
    Ok((a, b))
}

/// CAL-003: due date and grace have not passed on this day. Asked at loading and again at arming,
/// because another calibration may have come into force between the two.
///
/// # Errors
/// [`Refusal::CalibrationOverdue`].
pub(crate) fn calibration_lasts(records: &Records, today: u16) -> Result<(), Refusal> {
    let until = records
        .calibration()
        .map_or(0, |c| c.due_day.saturating_add(limits::CAL_GRACE_DAYS));
    if today > until {
        Err(Refusal::CalibrationOverdue { until, today })
    } else {
        Ok(())
    }
}

/// SENS-004: the last day that the pen has proof of: of a session, of its calibration, of its own
/// program.
pub(crate) fn day_seen(facts: &Facts<'_>) -> u16 {
    facts.account.day().max(facts.records.day_seen())
}

fn battery_lasts(facts: &Facts<'_>, plan: &Plan) -> Result<(), Refusal> {
    if facts.account.is_open() {
        return Ok(());
    }
    let planned = plan.zones().fold(0_u32, |sum, (_, zone)| {
        sum.saturating_add(zone.time.as_us())
    });
    let needed = planned
        .div_ceil(60_000_000)
        .saturating_mul(limits::BATTERY_RESERVE_PERCENT);
    let needed = needed.div_ceil(100);
    let left = facts.readings.battery.map_or(0, minutes_left);
    if left < needed {
        Err(Refusal::BatteryShort { left, needed })
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests;
