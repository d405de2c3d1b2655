//! What storage keeps of a pen, and how it is written: payloads with their formats.
//!
//! | record | format 1 | format 2 |
//! | --- | --- | --- |
//! | profile | signed limits ([`crate::signed`]) | |
//! | calibration | the calibration alone | and the one that it is the return of |
//! | ledger | the ledger alone | and what was last signed off |
//!
//! Numbers are little-endian as postcard writes them; generation and digest follow what was there before.

use pen_core::calibration::{Calibration, CalibrationId};
use pen_core::pen::Pen;
use pen_core::session::Ledger;
use pen_protocol::messages::StorageError;
use pen_protocol::{calibration_digest, from_bytes, to_bytes};

use crate::ahead;

/// Room for the payload of each record. Part of the stored format: it sets where records lie.
///
/// - Unit: bytes. Range: at least the longest encoding (`schema/v1.txt`), with room to grow
pub const PROFILE_MAX: usize = 256;
/// See [`PROFILE_MAX`].
pub const CALIBRATION_MAX: usize = 384;
/// See [`PROFILE_MAX`].
pub const LEDGER_MAX: usize = 256;

/// Version of the profile's payload.
pub const PROFILE_FORMAT: u16 = 1;

/// Version of the calibration's payload, see the table above.
pub const CALIBRATION_FORMAT: u16 = 2;

/// Version of the ledger's payload, see the table above.
pub const LEDGER_FORMAT: u16 = 2;

/// How the pen names a calibration.
pub(crate) fn id_of(calibration: &Calibration) -> CalibrationId {
    CalibrationId {
        generation: calibration.generation,
        digest: calibration_digest(calibration),
    }
}

/// What storage keeps as the calibration.
///
/// A return says of which calibration it is one. So a single record brings the tables of that one back and
/// tells whether they were signed off: no power cut can come between the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct StoredCalibration {
    /// The calibration.
    pub(crate) calibration: Calibration,
    /// It is this one under another number; [`CalibrationId::NONE`] if it was measured anew.
    pub(crate) returned: CalibrationId,
}

impl StoredCalibration {
    /// One that was measured.
    pub(crate) const fn new(calibration: Calibration) -> Self {
        Self {
            calibration,
            returned: CalibrationId::NONE,
        }
    }

    /// What was stored in this format. In format 1 nobody knew what returned.
    pub(crate) fn read(payload: &[u8], format: u16) -> Option<Self> {
        if format < CALIBRATION_FORMAT {
            return from_bytes(payload).ok().map(Self::new);
        }
        let (calibration, generation, digest) = from_bytes(payload).ok()?;
        let returned = CalibrationId { generation, digest };
        Some(Self {
            calibration,
            returned,
        })
    }

    /// As storage keeps it.
    ///
    /// # Errors
    /// [`StorageError::TooLong`].
    pub(crate) fn write<'a>(
        &self,
        buffer: &'a mut [u8; CALIBRATION_MAX],
    ) -> Result<&'a [u8], StorageError> {
        let CalibrationId { generation, digest } = self.returned;
        to_bytes(&(self.calibration, generation, digest), buffer).map_err(|_| StorageError::TooLong)
    }

    /// It is the return of this one.
    pub(crate) fn is_return_of(&self, id: CalibrationId) -> bool {
        id.generation != 0 && self.returned == id
    }
}

/// What storage keeps under the ledger's number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct StoredLedger {
    /// The session's account, its elapsed time ahead of what was used while it is open.
    pub(crate) ledger: Ledger,
    /// The last calibration that was signed off (CAL-005).
    pub(crate) signed_off: CalibrationId,
}

impl StoredLedger {
    /// What this pen wants kept.
    pub(crate) fn of(pen: &Pen) -> Self {
        Self {
            ledger: ahead::told_of(pen, pen.ledger()),
            signed_off: pen.signed_off(),
        }
    }

    /// What this pen wants kept of a sign-off that it granted.
    pub(crate) fn signed(pen: &Pen) -> Self {
        let (ledger, signed_off) = pen.signed_ledger();
        Self {
            ledger: ahead::told_of(pen, ledger),
            signed_off,
        }
    }

    /// What was stored in this format. In format 1 nobody signed off: what `taken_for` says counts.
    pub(crate) fn read(payload: &[u8], format: u16, taken_for: CalibrationId) -> Option<Self> {
        let (ledger, generation, digest) = if format < LEDGER_FORMAT {
            let ledger = from_bytes(payload).ok()?;
            (ledger, taken_for.generation, taken_for.digest)
        } else {
            from_bytes(payload).ok()?
        };
        let signed_off = CalibrationId { generation, digest };
        Some(Self { ledger, signed_off })
    }

    /// As storage keeps it.
    ///
    /// # Errors
    /// [`StorageError::TooLong`].
    pub(crate) fn write<'a>(
        &self,
        buffer: &'a mut [u8; LEDGER_MAX],
    ) -> Result<&'a [u8], StorageError> {
        let CalibrationId { generation, digest } = self.signed_off;
        to_bytes(&(self.ledger, generation, digest), buffer).map_err(|_| StorageError::TooLong)
    }
}
