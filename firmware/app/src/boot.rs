//! Reads storage once, before the first tick, and tells the pen what it may believe.
//!
//! Whatever cannot be proven becomes a defect by name; the core answers a defect by staying Locked
//! (CONF-004). Nothing here invents a value that permits something.

use embedded_storage::nor_flash::NorFlash;
use pen_core::calibration::CalibrationId;
use pen_core::journal::RecordDefect;
use pen_core::limits;
use pen_core::pen::{Boot, Pen};
use pen_core::profile::{DeviceProfile, ProfileDefect};
use pen_core::session::Ledger;

use crate::ahead::{self, AHEAD};
use crate::board::BoardReport;
use crate::keeper::{Keeper, journal_error, storage_error, trusted};
use crate::kept::{
    CALIBRATION_FORMAT, CALIBRATION_MAX, LEDGER_FORMAT, LEDGER_MAX, PROFILE_MAX, StoredCalibration,
    StoredLedger, id_of,
};
use crate::shared::Core;
use crate::signed::{self, PublicKey};
use crate::store::Defect;

/// Reads storage and starts the pen; [`Keeper::state`] says what was found.
///
/// Finishes what a power cut interrupted, so it may erase and program: call it before the first
/// tick and before the watchdog's time matters.
///
/// Requirement: CONF-004, STORE-001, STORE-002, STORE-004, STORE-007, CART-003.
pub fn start<F: NorFlash>(
    report: &BoardReport,
    makers: &[PublicKey],
    keeper: &mut Keeper<F>,
) -> Core {
    let profile = load_profile(keeper, makers);
    let found = load_calibration(keeper);
    let calibration = found.map(|found| found.calibration);
    let digest = calibration.map_or(0, |own| id_of(&own).digest);
    let (kept, ledger_defect) = load_ledger(keeper, found.ok());
    let ledger = kept.map(|kept| kept.ledger);
    let journals_ok = mount_journals(keeper);
    let list_ok = check_list(keeper, ledger.as_ref());
    keeper.state.profile = profile.err();
    keeper.state.calibration = calibration.err();
    keeper.state.ledger = ledger_defect;
    let boot = Boot {
        serial: report.serial,
        cause: report.cause,
        image_ok: report.image_ok,
        memory_ok: report.memory_ok,
        second_switch: report.second_switch,
        storage_ok: ledger_defect.is_none() && journals_ok && list_ok,
        profile,
        calibration,
        digest,
        ledger,
        signed_off: kept.map_or(CalibrationId::NONE, |kept| kept.signed_off),
    };
    Core::new(Pen::new(&boot))
}

fn load_profile<F: NorFlash>(
    keeper: &mut Keeper<F>,
    makers: &[PublicKey],
) -> Result<DeviceProfile, ProfileDefect> {
    let _ = keeper.profile.settle(&mut keeper.flash);
    let mut buffer = [0; PROFILE_MAX];
    let loaded = keeper.profile.load(&mut keeper.flash, &mut buffer);
    keeper.state.fell_back |= loaded.is_ok_and(|loaded| loaded.fell_back);
    let loaded = trusted(loaded).map_err(profile_defect)?;
    signed::open(loaded.payload, makers)
}

pub(crate) fn load_calibration<F: NorFlash>(
    keeper: &mut Keeper<F>,
) -> Result<StoredCalibration, RecordDefect> {
    let _ = keeper.calibration.settle(&mut keeper.flash);
    let mut buffer = [0; CALIBRATION_MAX];
    let loaded = keeper.calibration.load(&mut keeper.flash, &mut buffer);
    keeper.state.fell_back |= loaded.is_ok_and(|loaded| loaded.fell_back);
    let loaded = trusted(loaded).map_err(record_defect)?;
    let (is_old, marked) = (loaded.format < CALIBRATION_FORMAT, loaded.marked);
    let found =
        StoredCalibration::read(loaded.payload, loaded.format).ok_or(RecordDefect::Corrupt)?;
    if is_old && !marked {
        // Settled as what it is now; until that is done it stays what it was.
        let _ = keeper.store_calibration(&found);
    }
    Ok(found)
}

/// An older ledger than the newest one is still the account to go on from (its session number, its
/// cartridge, its terminal fault). But it does not know what was used since, so its session is over and its
/// cartridge used; and it proves no sign-off. The pen stays Locked, and keeps nothing over it but a terminal
/// fault, until a technician at the pen has signed off: `Keeper::ledger_waits`.
///
/// A ledger of format 1 was written by firmware that took every calibration for signed off. It is kept as
/// format 2 before anything else happens, so that no later calibration can be taken for that one.
///
/// Of a session that is open the time goes on from what is found, and storage is told to be ahead of that.
///
/// A calibration that is the return of the one that was signed off is signed off itself: power failed before
/// the ledger said so, and now it does.
pub(crate) fn load_ledger<F: NorFlash>(
    keeper: &mut Keeper<F>,
    found: Option<StoredCalibration>,
) -> (Option<StoredLedger>, Option<RecordDefect>) {
    let _ = keeper.ledger.settle(&mut keeper.flash);
    let mut buffer = [0; LEDGER_MAX];
    let loaded = match keeper.ledger.load(&mut keeper.flash, &mut buffer) {
        Ok(loaded) => loaded,
        Err(defect) => {
            keeper.ledger_waits = true;
            return (None, Some(record_defect(defect)));
        }
    };
    let fell_back = loaded.fell_back;
    keeper.state.fell_back |= fell_back;
    keeper.ledger_waits = fell_back;
    let in_force = found.map_or(CalibrationId::NONE, |found| id_of(&found.calibration));
    let Some(read) = StoredLedger::read(loaded.payload, loaded.format, in_force) else {
        keeper.ledger_waits = true;
        return (None, Some(RecordDefect::Corrupt));
    };
    let returned = found.is_some_and(|found| found.is_return_of(read.signed_off));
    let signed_off = match (fell_back, returned) {
        // Another may have been signed off since that older ledger, or that one was refused: no proof.
        (true, _) => CalibrationId::NONE,
        (false, true) => in_force,
        (false, false) => read.signed_off,
    };
    let kept = StoredLedger { signed_off, ..read };
    if fell_back {
        // Nobody knows what that session has used since: it is over.
        let ledger = ahead::told(kept.ledger, limits::SESSION_ELAPSED_MAX);
        let kept = StoredLedger { ledger, ..kept };
        return (Some(kept), Some(RecordDefect::Corrupt));
    }
    let is_old = loaded.format < LEDGER_FORMAT;
    let told = StoredLedger {
        ledger: ahead::told(kept.ledger, AHEAD),
        ..kept
    };
    if (is_old || returned || kept.ledger.open)
        && let Err(error) = keeper.store_ledger(&told)
    {
        keeper.state.write_error = Some(error);
        return (Some(kept), Some(RecordDefect::Corrupt));
    }
    (Some(kept), None)
}

fn mount_journals<F: NorFlash>(keeper: &mut Keeper<F>) -> bool {
    let mut all_ok = true;
    for journal in [&mut keeper.faults, &mut keeper.routine] {
        match journal.repair(&mut keeper.flash) {
            Ok(found) => {
                let breaks = &mut keeper.state.journal_breaks;
                *breaks = breaks.saturating_add(found.breaks);
            }
            Err(error) => {
                all_ok = false;
                keeper.state.write_error = Some(journal_error(error));
            }
        }
    }
    all_ok
}

/// The list can be trusted, and holds the cartridge that was at work when the power went (CART-003).
fn check_list<F: NorFlash>(keeper: &mut Keeper<F>, ledger: Option<&Ledger>) -> bool {
    let mut is_ok = true;
    if let Some(ledger) = ledger {
        let worked = ledger.reserved.is_some()
            || ledger.cartridge_strokes.as_count() > 0
            || keeper.ledger_waits;
        if ledger.cartridge != 0
            && worked
            && let Err(error) = keeper.used.append(&mut keeper.flash, ledger.cartridge)
        {
            is_ok = false;
            keeper.state.write_error = Some(storage_error(error));
        }
    }
    keeper.state.used_cartridges = keeper.used.count(&mut keeper.flash).ok();
    is_ok && keeper.state.used_cartridges.is_some()
}

const fn record_defect(defect: Defect) -> RecordDefect {
    match defect {
        Defect::Blank => RecordDefect::Missing,
        Defect::Foreign { .. } => RecordDefect::OtherSerial,
        Defect::Newer { .. } => RecordDefect::UnknownVersion,
        Defect::Zeroed
        | Defect::Magic
        | Defect::Truncated
        | Defect::Crc
        | Defect::Reserved
        | Defect::Kind { .. }
        | Defect::TooLong { .. }
        | Defect::Unreadable(_)
        | Defect::Geometry => RecordDefect::Corrupt,
    }
}

const fn profile_defect(defect: Defect) -> ProfileDefect {
    match record_defect(defect) {
        RecordDefect::Missing => ProfileDefect::Missing,
        RecordDefect::Corrupt => ProfileDefect::Corrupt,
        RecordDefect::OtherSerial => ProfileDefect::OtherSerial,
        RecordDefect::UnknownVersion => ProfileDefect::UnknownVersion,
        RecordDefect::OutOfRange => ProfileDefect::OutOfRange,
    }
}
