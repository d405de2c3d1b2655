//! The way back to the calibration before the one in force.

use std::time::Duration;

use pen_core::calibration::Calibration;
use pen_core::locks::Lock;
use pen_protocol::messages::{ToPen, Which};

use crate::client::Client;
use crate::error::HostError;

/// By then the pen has kept what changed and computed its locks anew.
const SETTLED: Duration = Duration::from_millis(50);

/// What is in force after the way back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Undone {
    /// The generation that returned.
    pub returned: u32,
    /// Its new number.
    pub generation: u32,
    /// It had been signed off: the pen treats again.
    pub is_verified: bool,
}

/// The calibration that [`undo`] would bring back.
///
/// # Errors
/// There is none, or what [`Client::exchange`] tells.
pub fn previous(client: &mut Client) -> Result<Calibration, HostError> {
    let found = client.calibration(Which::Previous)?.found;
    let previous = found.ok_or_else(|| {
        HostError::refused(
            "return to the calibration before",
            "the pen keeps no other than the one in force",
        )
    })?;
    Ok(previous.calibration)
}

/// Brings the calibration before the one in force back, in Service mode, and reads back what is in force.
///
/// # Errors
/// As [`previous`], the pen's refusal, and a pen that then holds something else.
pub fn undo(client: &mut Client) -> Result<Undone, HostError> {
    let before = previous(client)?;
    client.same_pen()?;
    client.demand(&ToPen::Revert)?;
    client.wait(SETTLED);
    let now = client.calibration(Which::Current)?.found;
    let same = now.map(|now| now.calibration).filter(|now| {
        *now == Calibration {
            generation: now.generation,
            ..before
        }
    });
    let Some(now) = same else {
        return Err(HostError::verify_failed(
            "the calibration that returned",
            "the pen holds other tables than those that were to return",
        ));
    };
    Ok(Undone {
        returned: before.generation,
        generation: now.generation,
        is_verified: !client.status()?.locks.has(Lock::Unverified),
    })
}
