//! What a calibration is that storage has: kept first, then in force (STORE-005, CAL-005).
//!
//! | request | storage keeps | then the pen |
//! | --- | --- | --- |
//! | `Commit` | the calibration | has it in force, unverified |
//! | `Revert` | the one before, with its own name | has it in force, signed off if it was |
//! | `SignOff` | the ledger, with the name of the one in force | counts it as signed off |
//!
//! Each is one record. When flash refuses it, nothing in force has changed.

use embedded_io::{Read, ReadReady, Write, WriteReady};
use embedded_storage::nor_flash::NorFlash;
use pen_core::calibration::CalibrationId;
use pen_core::mode::Mode;
use pen_core::request::{Refusal, Reply, Request, Role};
use pen_protocol::messages::{LinkError, StorageError};

use crate::host::Host;
use crate::kept::{StoredCalibration, StoredLedger, id_of};
use crate::link::Outcome;
use crate::shared::CoreAccess;

impl<S: Read + Write + ReadReady + WriteReady, F: NorFlash> Host<S, F> {
    /// Grants what must be kept first, keeps it, and only then puts it into force (STORE-005).
    pub(crate) fn keep(
        &mut self,
        request: Request,
        returned: CalibrationId,
        access: &mut impl CoreAccess,
    ) -> Outcome {
        let role = self.roles.role();
        let granted = access.with(|core| {
            let granted = core.pen.request(role, request);
            let is_quiet = core.outputs().is_quiet();
            if matches!(granted, Ok(Reply::Store(_))) && is_quiet {
                core.hold.busy = true;
            }
            granted.map(|reply| (reply, is_quiet))
        });
        match granted {
            Err(why) => Outcome::Refused(why),
            Ok((Reply::Done | Reply::SignOff, _)) => Outcome::Done,
            Ok((Reply::Store(_), false)) => Outcome::LinkError(LinkError::NotQuiet),
            Ok((Reply::Store(calibration), true)) => {
                let stored = StoredCalibration {
                    calibration,
                    returned,
                };
                let kept = self.put_in_force(&stored, access);
                self.keeper.rest(access);
                kept.map_or_else(|outcome| outcome, |()| Outcome::Done)
            }
        }
    }

    /// Storage first, then the pen. The one record says what is in force and whether it was signed off; the
    /// ledger says it again, and is tried until it does: nothing starts before that.
    fn put_in_force(
        &mut self,
        stored: &StoredCalibration,
        access: &mut impl CoreAccess,
    ) -> Result<(), Outcome> {
        self.keeper.store_calibration(stored).map_err(not_kept)?;
        let CalibrationId { digest, .. } = id_of(&stored.calibration);
        let signed = access.with(|core| {
            let before = core.pen.signed_off();
            core.pen
                .calibration_stored(stored.calibration, digest)
                .map_err(Outcome::Refused)?;
            let is_new = core.pen.signed_off() != before;
            Ok(is_new.then(|| StoredLedger::of(&core.pen)))
        })?;
        if let Some(ledger) = signed {
            let _ = self.keeper.store_ledger_now(&ledger);
        }
        Ok(())
    }

    /// The calibration before the one in force.
    pub(crate) fn previous_calibration(
        &mut self,
        access: &mut impl CoreAccess,
    ) -> Option<StoredCalibration> {
        let own = access.with(|core| core.pen.calibration());
        let in_force = own.map_or(CalibrationId::NONE, |own| id_of(&own));
        self.keeper.previous_calibration(in_force)
    }

    pub(crate) fn revert(&mut self, access: &mut impl CoreAccess) -> Outcome {
        let role = self.roles.role();
        if role < Role::Technician {
            return Outcome::Refused(Refusal::Role {
                asked: role,
                needed: Role::Technician,
            });
        }
        let Some(StoredCalibration { calibration, .. }) = self.previous_calibration(access) else {
            return Outcome::Refused(Refusal::NothingToRevert);
        };
        let id = id_of(&calibration);
        let digest = id.digest;
        let request = Request::Revert {
            calibration,
            digest,
        };
        self.keep(request, id, access)
    }

    /// Keeps that the calibration is signed off, and only then signs it off (CAL-005).
    pub(crate) fn sign_off(&mut self, generation: u32, access: &mut impl CoreAccess) -> Outcome {
        let role = self.roles.role();
        let granted = access.with(|core| {
            // Where it would be granted it must be kept at once.
            if core.pen.status().mode == Mode::Service && !core.outputs().is_quiet() {
                return Err(Outcome::LinkError(LinkError::NotQuiet));
            }
            core.pen
                .request(role, Request::SignOff { generation })
                .map_err(Outcome::Refused)?;
            core.hold.busy = true;
            Ok(StoredLedger::signed(&core.pen))
        });
        let kept = match granted {
            Ok(ledger) => self.keeper.store_ledger_now(&ledger).map_err(not_kept),
            Err(refused) => return refused,
        };
        self.keeper.rest(access);
        if kept.is_ok() {
            self.keeper.ledger_waits = false;
        }
        let signed = access.with(|core| {
            // What was not kept is not in force; what the flash has of it is written over.
            kept.and_then(|()| core.pen.sign_off_stored().map_err(Outcome::Refused))
        });
        signed.map_or_else(|outcome| outcome, |()| Outcome::Done)
    }
}

/// What the host is told when storage did not keep it.
const fn not_kept(error: StorageError) -> Outcome {
    Outcome::LinkError(LinkError::Storage(error))
}
