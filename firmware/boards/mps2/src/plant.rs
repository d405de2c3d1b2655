//! The pipe to the plant: one frame out, one frame in.

use core::cell::RefCell;
use core::sync::atomic::{AtomicBool, Ordering};

use pen_lockstep::order::Order;
use pen_lockstep::report::{FAILURE_MAX, Greeting, Report, Target};
use pen_lockstep::{FRAME_MAX, SOURCES, VERSION, frame_length};

use cortex_m::singleton;

use crate::semihosting::{self, File};

/// Set once the plant can be told of a failure.
static IS_OPEN: AtomicBool = AtomicBool::new(false);

/// The plant gave the emulator its standard input and output as the two ends of the link.
const FROM_PLANT: &core::ffi::CStr = c"/dev/stdin";
const TO_PLANT: &core::ffi::CStr = c"/dev/stdout";

/// The instruction set that this image was built for.
const TARGET: Target = if cfg!(target_abi = "eabihf") {
    Target::Armv7em
} else if cfg!(target_has_atomic = "32") {
    Target::Unknown
} else {
    Target::Armv6m
};

/// The link.
#[derive(Debug)]
pub struct Plant {
    from: File,
    to: File,
    inbox: RefCell<&'static mut [u8; FRAME_MAX]>,
    outbox: RefCell<&'static mut [u8; FRAME_MAX]>,
}

impl Plant {
    /// Opens the link.
    ///
    /// Ends the emulation when there is nobody: then there is nobody to tell, either.
    ///
    /// # Panics
    /// When called twice.
    #[must_use]
    pub fn open() -> Self {
        let (Some(from), Some(to)) = (File::open(FROM_PLANT, true), File::open(TO_PLANT, false))
        else {
            semihosting::exit(false);
        };
        let inbox = singleton!(: [u8; FRAME_MAX] = [0; FRAME_MAX]);
        let outbox = singleton!(: [u8; FRAME_MAX] = [0; FRAME_MAX]);
        let (Some(inbox), Some(outbox)) = (inbox, outbox) else {
            panic!("the link to the plant was opened twice");
        };
        IS_OPEN.store(true, Ordering::Relaxed);
        Self {
            from,
            to,
            inbox: RefCell::new(inbox),
            outbox: RefCell::new(outbox),
        }
    }

    /// Tells who speaks.
    pub fn greet(&self) {
        self.tell(&Report::Greeting(Greeting {
            version: VERSION,
            target: TARGET,
            sources: SOURCES,
        }));
    }

    /// Sends a report. Ends the emulation when the plant is gone.
    ///
    /// # Panics
    /// When the report is none that could be read.
    pub fn tell(&self, report: &Report<'_>) {
        let mut outbox = self.outbox.borrow_mut();
        let length = match report.write(outbox.as_mut_slice()) {
            Ok(length) => length,
            Err(refusal) => panic!("a report cannot be written: {refusal}"),
        };
        let frame = outbox.get(..length).unwrap_or_default();
        if !self.to.write(frame) {
            semihosting::exit(true);
        }
    }

    /// Waits for an order and works on it. Ends the emulation when the plant is gone.
    ///
    /// # Panics
    /// When what comes is no order.
    pub fn hear<T>(&self, work: impl FnOnce(&Order<'_>) -> T) -> T {
        let mut inbox = self.inbox.borrow_mut();
        let mut filled = 0;
        loop {
            let room = inbox.get_mut(filled..).unwrap_or_default();
            let count = self.from.read(room);
            if count == 0 {
                semihosting::exit(true);
            }
            filled += count;
            let front = inbox.get(..filled).unwrap_or_default();
            match frame_length(front) {
                Ok(Some(length)) if filled >= length => break,
                Ok(_) => {}
                Err(refusal) => panic!("an order cannot be read: {refusal}"),
            }
        }
        match Order::read(inbox.get(..filled).unwrap_or_default()) {
            Ok(order) => work(&order),
            Err(refusal) => panic!("an order cannot be read: {refusal}"),
        }
    }
}

/// Tells the plant what the firmware died of, and ends the emulation with a failure.
pub fn fail(why: core::fmt::Arguments<'_>) -> ! {
    if IS_OPEN.load(Ordering::Relaxed)
        && let Some(to) = File::open(TO_PLANT, false)
    {
        let mut text = Text {
            bytes: [0; FAILURE_MAX],
            length: 0,
        };
        // What does not fit is cut off.
        let _ = core::fmt::write(&mut text, why);
        let mut frame = [0; FAILURE_MAX + 16];
        let text = text.as_str();
        if let Ok(length) = (Report::Failure { text }).write(&mut frame) {
            let _ = to.write(frame.get(..length).unwrap_or_default());
        }
    }
    semihosting::exit(false)
}

struct Text {
    bytes: [u8; FAILURE_MAX],
    length: usize,
}

impl Text {
    fn as_str(&self) -> &str {
        let bytes = self.bytes.get(..self.length).unwrap_or_default();
        match core::str::from_utf8(bytes) {
            Ok(text) => text,
            // Cut off within a character.
            Err(error) => {
                let whole = bytes.get(..error.valid_up_to()).unwrap_or_default();
                core::str::from_utf8(whole).unwrap_or_default()
            }
        }
    }
}

impl core::fmt::Write for Text {
    fn write_str(&mut self, text: &str) -> core::fmt::Result {
        let room = self.bytes.get_mut(self.length..).unwrap_or_default();
        let count = text.len().min(room.len());
        for (slot, byte) in room.iter_mut().zip(text.as_bytes()) {
            *slot = *byte;
        }
        self.length += count;
        if count == text.len() {
            Ok(())
        } else {
            Err(core::fmt::Error)
        }
    }
}
