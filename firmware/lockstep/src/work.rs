//! What a piece of work left on the wires.

use crate::Refusal;
use crate::bytes::{Sink, Source};

/// What a piece of work left on the wires.
///
/// Layout: forward u16, backward u16, flags u8 (enable, supply, burn, actuator, tachometer taken,
/// status), burn u64 if flagged, actuator i32 (um) if flagged, feedings u16, bytes read u16, length of the
/// bytes written u16, these, and the status to the end if flagged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Work<'a> {
    /// Duty of the forward half bridge, of [`crate::DUTY_STEPS`].
    pub forward: u16,
    /// Duty of the backward half bridge, of [`crate::DUTY_STEPS`].
    pub backward: u16,
    /// Enable path of the bridge.
    pub enable: bool,
    /// Second switch, in the bridge's supply.
    pub supply: bool,
    /// Tag to be marked as used.
    pub burn: Option<u64>,
    /// Where the depth actuator shall be (um), if it was told.
    pub actuator_um: Option<i32>,
    /// The tachometer's edges were taken.
    pub is_tacho_taken: bool,
    /// Times the watchdog was fed.
    pub fed: u16,
    /// Bytes of the host that were read.
    pub consumed: u16,
    /// Bytes for the host.
    pub said: &'a [u8],
    /// The core's status, as `pen-protocol` encodes it: when asked for, or when it has changed.
    pub status: Option<&'a [u8]>,
}

impl<'a> Work<'a> {
    pub(crate) fn read(from: &mut Source<'a>) -> Result<Self, Refusal> {
        let forward = read_duty(from)?;
        let backward = read_duty(from)?;
        let [enable, supply, burns, moves, is_tacho_taken, tells] = from.flags("work flags")?;
        let burn = if burns { Some(from.u64()?) } else { None };
        let actuator_um = if moves { Some(from.i32()?) } else { None };
        let fed = from.u16()?;
        let consumed = from.u16()?;
        let length = from.u16()?;
        let said = from.bytes(length.into())?;
        let status = tells.then(|| from.all());
        Ok(Self {
            forward,
            backward,
            enable,
            supply,
            burn,
            actuator_um,
            is_tacho_taken,
            fed,
            consumed,
            said,
            status,
        })
    }

    pub(crate) fn write(&self, into: &mut Sink<'_>) -> Result<(), Refusal> {
        let length = u16::try_from(self.said.len()).map_err(|_| Refusal::NoRoom)?;
        check_duty(self.forward)?;
        check_duty(self.backward)?;
        into.put(&self.forward.to_le_bytes())?;
        into.put(&self.backward.to_le_bytes())?;
        into.flags([
            self.enable,
            self.supply,
            self.burn.is_some(),
            self.actuator_um.is_some(),
            self.is_tacho_taken,
            self.status.is_some(),
        ])?;
        if let Some(id) = self.burn {
            into.put(&id.to_le_bytes())?;
        }
        if let Some(um) = self.actuator_um {
            into.put(&um.to_le_bytes())?;
        }
        into.put(&self.fed.to_le_bytes())?;
        into.put(&self.consumed.to_le_bytes())?;
        into.put(&length.to_le_bytes())?;
        into.put(self.said)?;
        into.put(self.status.unwrap_or(&[]))
    }
}

fn read_duty(from: &mut Source<'_>) -> Result<u16, Refusal> {
    let duty = from.u16()?;
    check_duty(duty).map(|()| duty)
}

fn check_duty(duty: u16) -> Result<(), Refusal> {
    if duty <= crate::DUTY_STEPS {
        return Ok(());
    }
    let (name, value) = ("duty", duty.into());
    Err(Refusal::Field { name, value })
}
