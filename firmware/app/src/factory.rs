//! What an assembly line does to a pen before anybody uses it; never part of a running pen.
//!
//! Signing happens elsewhere: whoever holds the maker's secret key signs [`signed::message`].

use embedded_storage::nor_flash::NorFlash;
use pen_core::calibration::{Calibration, CalibrationDefect};
use pen_core::profile::{DeviceProfile, ProfileDefect};
use pen_protocol::messages::StorageError;

use crate::boot::{load_calibration, load_ledger};
use crate::keeper::{Keeper, storage_error};
use crate::kept::{StoredCalibration, StoredLedger, id_of};
use crate::signed::{self, PublicKey, SIGNATURE_LEN};
use crate::store::{Layout, StoreError};

/// Why a pen could not be made ready.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FactoryError {
    /// The flash did not keep it.
    Storage(StorageError),
    /// The pen would refuse this profile.
    Profile(ProfileDefect),
    /// The pen would refuse this calibration.
    Calibration(CalibrationDefect),
}

impl From<StoreError> for FactoryError {
    fn from(error: StoreError) -> Self {
        Self::Storage(storage_error(error))
    }
}

/// Erases the whole storage and puts empty records into it: no profile, no calibration, a ledger
/// that has counted nothing, a list of used cartridges that is in service.
///
/// # Errors
/// [`FactoryError::Storage`]; the pen then stays Locked.
pub fn format<F: NorFlash>(flash: &mut F, serial: u64) -> Result<(), FactoryError> {
    let size = u32::try_from(flash.capacity()).map_err(|_| StoreError::Geometry)?;
    let layout = Layout::for_flash(size).ok_or(StoreError::Geometry)?;
    flash
        .erase(layout.start, size)
        .map_err(|error| FactoryError::from(StoreError::from(error)))?;
    let mut keeper = Keeper::new(flash, serial)?;
    keeper.used.put_into_service(&mut keeper.flash)?;
    keeper
        .store_ledger(&StoredLedger::default())
        .map_err(FactoryError::Storage)
}

/// Writes a signed profile, if the pen would accept it.
///
/// # Errors
/// [`FactoryError::Profile`] or [`FactoryError::Storage`]; what was stored before is still there.
pub fn install_profile<F: NorFlash>(
    flash: &mut F,
    profile: &DeviceProfile,
    signature: &[u8; SIGNATURE_LEN],
    makers: &[PublicKey],
) -> Result<(), FactoryError> {
    profile
        .admit(profile.serial)
        .map_err(FactoryError::Profile)?;
    let record =
        signed::record(profile, signature).ok_or(FactoryError::Storage(StorageError::TooLong))?;
    signed::open(record.as_slice(), makers).map_err(FactoryError::Profile)?;
    let mut keeper = Keeper::new(flash, profile.serial)?;
    keeper.profile.store(&mut keeper.flash, record.as_slice())?;
    Ok(())
}

/// Writes a first calibration that was looked at, if the pen would accept it: it counts as signed off (CAL-005).
///
/// # Errors
/// [`FactoryError::Calibration`] or [`FactoryError::Storage`]; the latter too when the pen has no ledger yet, see
/// [`format`].
pub fn install_calibration<F: NorFlash>(
    flash: &mut F,
    calibration: &Calibration,
) -> Result<(), FactoryError> {
    calibration
        .check(calibration.serial)
        .map_err(FactoryError::Calibration)?;
    let mut keeper = Keeper::new(flash, calibration.serial)?;
    // What is there counts as it does at a start, should this be cut short.
    let before = load_calibration(&mut keeper).ok();
    let (Some(kept), None) = load_ledger(&mut keeper, before) else {
        return Err(FactoryError::Storage(StorageError::Damaged));
    };
    keeper
        .store_calibration(&StoredCalibration::new(*calibration))
        .map_err(FactoryError::Storage)?;
    let signed_off = id_of(calibration);
    keeper
        .store_ledger(&StoredLedger { signed_off, ..kept })
        .map_err(FactoryError::Storage)
}
