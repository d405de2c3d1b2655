//! What the pen was given to keep: who it is, what it may do, how it measures.

#[cfg(any(test, feature = "verify"))]
pub(crate) mod verify;

use crate::account::SessionLimits;
use crate::calibration::{Calibration, CalibrationDefect, CalibrationId};
use crate::journal::{RecordDefect, ResetCause};
use crate::limits;
use crate::locks::{Lock, Locks};
use crate::pen::Boot;
use crate::profile::{DeviceProfile, Mechanism, MotorData, ProfileDefect};
use crate::request::Refusal;

/// The records in force.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Records {
    serial: u64,
    cause: ResetCause,
    second_switch: bool,
    fixed_locks: Locks,
    profile: Result<DeviceProfile, ProfileDefect>,
    calibration: Option<Calibration>,
    /// Digest of the calibration in force; means nothing without one.
    digest: u32,
    /// The last calibration that was signed off.
    signed_off: CalibrationId,
    staged: Option<(Calibration, u32)>,
    /// What storage was told to keep; only that can come into force.
    granted: Option<Calibration>,
    /// As what it was granted.
    granted_as: Origin,
    /// Storage was told to keep that the calibration in force is signed off.
    signing: bool,
}
any_struct!(Records {
    serial,
    cause,
    second_switch,
    fixed_locks,
    profile,
    calibration,
    digest,
    signed_off,
    staged,
    granted,
    granted_as,
    signing
});

/// Where a calibration comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// It is the one that was staged.
    Staged,
    /// It is another: the one before returned.
    Previous {
        /// The one before had been signed off.
        signed_off: bool,
    },
}
any_enum!(Origin { Staged, Previous { signed_off } });

impl Records {
    /// What a start finds. Only what is whole, signed and inside the absolute limits comes into force.
    pub(crate) fn new(boot: &Boot) -> (Self, Option<ProfileDefect>, Option<RecordDefect>) {
        let profile = boot.profile.and_then(|profile| profile.admit(boot.serial));
        let calibration = boot.calibration.and_then(|calibration| {
            let sound = calibration.check(boot.serial);
            sound
                .map(|()| calibration)
                .map_err(|_| RecordDefect::OutOfRange)
        });
        let records = Self {
            serial: boot.serial,
            cause: boot.cause,
            second_switch: boot.second_switch,
            fixed_locks: Locks::NONE
                .with(Lock::Image, !boot.image_ok)
                .with(Lock::Memory, !boot.memory_ok)
                .with(Lock::Storage, !boot.storage_ok),
            profile,
            calibration: calibration.ok(),
            digest: boot.digest,
            signed_off: boot.signed_off,
            staged: None,
            granted: None,
            granted_as: Origin::Staged,
            signing: false,
        };
        (records, profile.err(), calibration.err())
    }

    /// Why the pen started.
    pub(crate) const fn cause(&self) -> ResetCause {
        self.cause
    }

    /// The bridge's supply has a second switch.
    pub(crate) const fn has_second_switch(&self) -> bool {
        self.second_switch
    }

    /// What the start found that no operation mends.
    pub(crate) const fn fixed_locks(&self) -> Locks {
        self.fixed_locks
    }

    /// The profile in force.
    pub(crate) const fn profile(&self) -> Option<&DeviceProfile> {
        match &self.profile {
            Ok(profile) => Some(profile),
            Err(_) => None,
        }
    }

    /// The motor's data.
    pub(crate) fn motor(&self) -> Option<&MotorData> {
        self.profile().map(|profile| &profile.motor)
    }

    /// A motorised actuator sets the depth.
    pub(crate) fn has_actuator(&self) -> bool {
        self.profile()
            .is_some_and(|profile| profile.mechanism == Mechanism::Actuator)
    }

    /// The calibration in force.
    pub(crate) const fn calibration(&self) -> Option<&Calibration> {
        self.calibration.as_ref()
    }

    /// The staged calibration and its digest.
    pub(crate) const fn staged(&self) -> Option<(Calibration, u32)> {
        self.staged
    }

    /// The clock's correction. Unit: ppm.
    pub(crate) fn clock_ppm(&self) -> i32 {
        self.calibration
            .map_or(0, |calibration| calibration.clock_ppm)
    }

    /// Generation of the calibration in force, zero for none.
    pub(crate) fn generation(&self) -> u32 {
        self.calibration
            .map_or(0, |calibration| calibration.generation)
    }

    /// The number that the next calibration has: greater than that of any that was signed off, even if the
    /// record of the one in force is lost; nothing when there is none left.
    pub(crate) fn next_generation(&self) -> Option<u32> {
        let last = self.generation().max(self.signed_off.generation);
        last.checked_add(1)
    }

    /// The last calibration that was signed off. Storage keeps it.
    pub(crate) const fn signed_off(&self) -> CalibrationId {
        self.signed_off
    }

    /// CAL-005: this calibration was signed off.
    pub(crate) fn was_signed_off(&self, id: CalibrationId) -> bool {
        id.generation != 0 && id == self.signed_off
    }

    /// CAL-005: the calibration in force was signed off, or there is none.
    pub(crate) fn is_verified(&self) -> bool {
        self.calibration.is_none() || self.was_signed_off(self.in_force())
    }

    fn sign_off(&mut self) {
        self.signed_off = self.in_force();
    }

    /// CAL-005: storage shall keep that the calibration in force is signed off; until it has, it is not.
    pub(crate) const fn grant_sign_off(&mut self) {
        self.granted = None;
        self.signing = true;
    }

    /// Storage has kept it: the calibration in force is signed off from now on.
    ///
    /// # Errors
    /// [`Refusal::NothingStaged`] if it was not granted for the one in force; nothing changed.
    pub(crate) fn keep_sign_off(&mut self) -> Result<(), Refusal> {
        if !self.signing {
            return Err(Refusal::NothingStaged);
        }
        self.signing = false;
        self.sign_off();
        Ok(())
    }

    /// The name of the calibration in force.
    pub(crate) fn in_force(&self) -> CalibrationId {
        CalibrationId {
            generation: self.generation(),
            digest: self.digest,
        }
    }

    /// SENS-004: the last day that calibration and program have proof of.
    pub(crate) fn day_seen(&self) -> u16 {
        let made = self.calibration.map_or(0, |c| c.made_day);
        made.max(limits::RELEASE_DAY)
    }

    /// Whether a calibration is one of this pen's and holds together.
    ///
    /// # Errors
    /// The first defect.
    pub(crate) fn check(&self, calibration: &Calibration) -> Result<(), CalibrationDefect> {
        calibration.check(self.serial)
    }

    /// It waits for its commit, or nothing does any more.
    pub(crate) const fn stage(&mut self, staged: Option<(Calibration, u32)>) {
        self.staged = staged;
    }

    /// Service ends: nothing is staged any more. What storage was told to keep may still be on its way.
    pub(crate) const fn leave_service(&mut self) {
        self.staged = None;
    }

    /// Service begins: nothing is staged, and nothing is on its way to storage.
    pub(crate) const fn enter_service(&mut self) {
        self.staged = None;
        self.granted = None;
        self.signing = false;
    }

    /// The staged calibration is forgotten.
    pub(crate) const fn discard(&mut self) {
        self.staged = None;
        self.granted = None;
    }

    /// Storage shall keep this calibration.
    pub(crate) const fn grant(&mut self, calibration: Calibration, origin: Origin) {
        self.granted = Some(calibration);
        self.granted_as = origin;
        self.signing = false;
    }

    /// Storage has kept this calibration: it is in force from now on.
    ///
    /// # Errors
    /// [`Refusal::NothingStaged`] for one that was not granted; nothing changed.
    pub(crate) fn put_in_force(
        &mut self,
        calibration: Calibration,
        digest: u32,
    ) -> Result<Origin, Refusal> {
        if self.granted != Some(calibration) {
            return Err(Refusal::NothingStaged);
        }
        self.staged = None;
        self.granted = None;
        self.calibration = Some(calibration);
        self.digest = digest;
        if self.granted_as == (Origin::Previous { signed_off: true }) {
            self.sign_off();
        }
        self.signing = false;
        Ok(self.granted_as)
    }

    /// How long a session may last.
    pub(crate) fn session_limits(&self) -> SessionLimits {
        self.profile().map_or(
            SessionLimits {
                on: limits::SESSION_ON_MAX,
                elapsed: limits::SESSION_ELAPSED_MAX,
            },
            |profile| SessionLimits {
                on: profile.session_on,
                elapsed: profile.session_elapsed,
            },
        )
    }
}

#[cfg(test)]
mod tests;
