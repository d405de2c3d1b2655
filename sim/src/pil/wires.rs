//! Between the wires and the flash of a virtual pen and the frames of the lock-step.

use std::rc::Rc;

use embedded_io::{Read, Write};
use embedded_storage::nor_flash::{NorFlash, ReadNorFlash};
use pen_core::status::Status;
use pen_lockstep::order::{Flash, FlashRefusal};
use pen_lockstep::readings::{Levels, Readings};
use pen_lockstep::report::{Request, Work};
use pen_lockstep::{CARRIED_MAX, DATA_MAX};

use crate::board::{VirtualBoard, Wires};
use crate::flash::FlashError;
use crate::pen::processor::Socket;

/// What the processor may read now.
pub(super) fn readings(wires: &Wires) -> Readings {
    Readings {
        levels: Levels {
            trigger_closed: wires.trigger_closed.get(),
            trigger_opened: wires.trigger_opened.get(),
            next: wires.next.get(),
            ok: wires.ok.get(),
            seat: wires.seat.get(),
            vbus: wires.vbus.get(),
        },
        depth_a: wires.depth_a.get(),
        depth_b: wires.depth_b.get(),
        current: wires.current.get(),
        battery: wires.battery.get(),
        grip: wires.grip.get(),
        acceleration: wires.acceleration.get(),
        tacho: wires.tacho.get(),
        tag: wires.tag.get(),
    }
}

/// Puts the outputs of a piece of work on the wires, as a board on this machine would have done.
pub(super) fn put(
    wires: &Rc<Wires>,
    work: &Work<'_>,
    status: &mut Option<Status>,
) -> Result<(), String> {
    wires.forward.set(work.forward);
    wires.backward.set(work.backward);
    wires.enable.set(work.enable);
    wires.supply.set(work.supply);
    if let Some(id) = work.burn {
        wires.burn.set(Some(id));
    }
    if let Some(um) = work.actuator_um {
        wires.actuator_um.set(um);
    }
    if work.is_tacho_taken {
        let tacho = wires.tacho.get();
        wires.tacho.set(pen_core::io::Tacho { edges: 0, ..tacho });
    }
    wires.fed.set(wires.fed.get().wrapping_add(work.fed.into()));
    let mut serial = VirtualBoard::new(Rc::clone(wires)).serial();
    let mut read = [0; CARRIED_MAX];
    let consumed = usize::from(work.consumed);
    let taken = read.get_mut(..consumed).map(|read| serial.read(read));
    if taken != Some(Ok(consumed)) {
        return Err(format!("it read {consumed} bytes, which are not there"));
    }
    if !work.said.is_empty() && serial.write(work.said) != Ok(work.said.len()) {
        return Err(format!("{} bytes find no room", work.said.len()));
    }
    if let Some(bytes) = work.status {
        let news = pen_protocol::from_bytes(bytes);
        *status = Some(news.map_err(|error| format!("it has no status: {error:?}"))?);
    }
    Ok(())
}

/// Does what is asked of the flash. `data` is where read bytes lie.
pub(super) fn answer<'a>(
    socket: &Socket,
    request: Request<'_>,
    data: &'a mut Vec<u8>,
) -> Flash<'a> {
    let mut flash = socket.flash.clone();
    data.clear();
    let done = match request {
        Request::Read { offset, count } => {
            data.resize(usize::from(count).min(DATA_MAX), 0);
            flash.read(offset, data)
        }
        Request::Program { offset, bytes } => flash.write(offset, bytes),
        Request::Erase { from, to } => flash.erase(from, to),
    };
    match done {
        Ok(()) => Flash::Done(data),
        Err(error) => Flash::Refused(match error {
            FlashError::NotAligned => FlashRefusal::NotAligned,
            FlashError::OutOfBounds => FlashRefusal::OutOfBounds,
            FlashError::Misuse => FlashRefusal::Misuse,
            FlashError::NoPower => FlashRefusal::NoPower,
        }),
    }
}
