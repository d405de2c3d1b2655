//! What a run has met, what it must have met to mean anything, and all that the pen said as one number.

use pen_core::fault::{Fault, StopCause};
use pen_core::journal::Record;
use pen_core::mode::Mode;
use pen_tests::rig::Rig;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::sync::Mutex;

static MET: Mutex<BTreeMap<String, u64>> = Mutex::new(BTreeMap::new());

/// Counts one meeting.
pub(crate) fn met(what: String) {
    let mut met = MET.lock().expect("nobody panics while counting");
    *met.entry(what).or_default() += 1;
}

/// Counts what a record tells.
pub(crate) fn met_record(record: &Record) {
    match record {
        Record::Tripped(trip) => met(format!("fault {:?}", trip.fault)),
        Record::TrippedAlso { trip, .. } => met(format!("later fault {:?}", trip.fault)),
        Record::ModeChanged { from, to, .. } => met(format!("mode {from:?} -> {to:?}")),
        Record::Stopped { cause, .. } => met(format!("stop {cause:?}")),
        Record::Refused { what, why } => {
            let why = format!("{why:?}");
            let end = why.find([' ', '(', '{']).unwrap_or(why.len());
            met(format!("refused {what:?}: {}", &why[..end]));
        }
        Record::Acknowledged { .. } => met("acknowledged".to_owned()),
        Record::Started { .. } => met("started".to_owned()),
        Record::SessionClosed { .. } => met("session closed".to_owned()),
        Record::LedgerRestored { .. } => met("session restored after a reset".to_owned()),
        Record::Booted { cause } => met(format!("boot {cause:?}")),
        Record::CalibrationCommitted { .. } => met("calibration committed".to_owned()),
        Record::Warned { warning, .. } => met(format!("warned {warning:?}")),
        Record::ZeroChecked { .. } => met("zero checked".to_owned()),
        Record::Halted { parked, .. } => met(format!("halted, parked {parked}")),
        _ => {}
    }
}

static SAID: Mutex<Option<(u64, Sha256)>> = Mutex::new(None);

/// From now on every tick goes into the digest.
pub(crate) fn keep_digest() {
    *SAID.lock().expect("nobody panics while counting") = Some((0, Sha256::new()));
}

/// The ticks so far and the digest of all that the pen said in them.
pub(crate) fn digest() -> (u64, String) {
    let said = SAID.lock().expect("nobody panics while counting").take();
    let (ticks, hash) = said.expect("a digest was kept");
    (ticks, pen_tests::hex(&hash.finalize()))
}

/// One tick: what the pen commands, shows, keeps and has recorded.
pub(crate) fn said(rig: &Rig, records: &[Record]) {
    let mut said = SAID.lock().expect("nobody panics while counting");
    if let Some((ticks, hash)) = said.as_mut() {
        *ticks += 1;
        let (out, status, ledger) = (&rig.out, rig.status(), rig.pen.ledger());
        hash.update(format!("{out:?}{status:?}{ledger:?}{records:?}"));
    }
}

/// Prints the table.
pub(crate) fn print() {
    let met = MET.lock().expect("nobody panics while counting");
    for (what, count) in met.iter() {
        println!("{count:>9}  {what}");
    }
}

/// Fails if a fault, a mode or a kind of stop was never met: the run would prove less than it says.
pub(crate) fn demand() {
    let met = MET.lock().expect("nobody panics while counting");
    let mut missing = Vec::new();
    for fault in Fault::ALL {
        // Only a flipped bit makes it; the core's own tests flip one.
        if fault != Fault::LimitCorrupt {
            missing.push(format!("fault {fault:?}"));
        }
    }
    for cause in [
        StopCause::Released,
        StopCause::Asked,
        StopCause::Cable,
        StopCause::ZoneStrokes,
        StopCause::ZoneTime,
        StopCause::SessionTime,
        StopCause::SessionElapsed,
        StopCause::BatteryLow,
        StopCause::HostSilent,
        StopCause::Locked,
        StopCause::GripHot,
    ] {
        missing.push(format!("stop {cause:?}"));
    }
    for (from, to) in [
        (Mode::Boot, Mode::Faulted),
        (Mode::Faulted, Mode::Locked),
        (Mode::Service, Mode::ServiceRunning),
        (Mode::ServiceRunning, Mode::FaultReaction),
        (Mode::Stopping, Mode::FaultReaction),
        (Mode::Stopping, Mode::Locked),
        (Mode::Ready, Mode::Locked),
        (Mode::Ready, Mode::Standby),
    ] {
        missing.push(format!("mode {from:?} -> {to:?}"));
    }
    for what in [
        "acknowledged",
        "session restored after a reset",
        "calibration committed",
        "refused Trigger: DepthAboveCap",
        "refused Trigger: NotYetStored",
        "refused Trigger: TriggerHeld",
        "refused Acknowledge: CausePresent",
        "refused Acknowledge: Terminal",
        "zero checked",
        "warned Warm",
        "refused CheckZero: NotAtZero",
        "refused ConfirmZone: ZoneUsed",
        "refused ConfirmZone: Cartridge",
        "refused LoadPlan: SessionOpen",
        "refused LoadPlan: TooDeep",
        "drove beside an input at its limit",
    ] {
        missing.push(what.to_owned());
    }
    missing.retain(|what| !met.contains_key(what));
    assert!(missing.is_empty(), "never met: {missing:#?}");
}
