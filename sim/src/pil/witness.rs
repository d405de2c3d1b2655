//! Writes down everything that a processor does, so that two of them can be compared.

use std::cell::RefCell;
use std::fmt;
use std::rc::Rc;

use pen_core::journal::ResetCause;
use pen_core::status::Status;

use crate::board::Wires;
use crate::pen::processor::{Processor, ProcessorError, Socket};

/// One step of a [`Trace`]: everything that is on the output wires after a piece of work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// Time on the pen's own clock (us); nothing for a boot.
    pub pen_us: Option<u64>,
    /// The pen is up.
    pub is_up: bool,
    /// Duty of the forward half bridge.
    pub forward: u16,
    /// Duty of the backward half bridge.
    pub backward: u16,
    /// Enable path.
    pub enable: bool,
    /// Second switch.
    pub supply: bool,
    /// Where the actuator shall be (um).
    pub actuator_um: i32,
    /// Tag to be marked.
    pub burn: Option<u64>,
    /// Feedings of the watchdog since the beginning.
    pub fed: u64,
    /// Bytes for the host since the beginning.
    pub said: u64,
}

impl Step {
    /// The step as bytes: little endian, an absent number is the greatest.
    #[must_use]
    pub fn bytes(&self) -> [u8; 51] {
        let mut bytes = [0; 51];
        let fields: [&[u8]; 10] = [
            &self.pen_us.unwrap_or(u64::MAX).to_le_bytes(),
            &[self.is_up.into()],
            &self.forward.to_le_bytes(),
            &self.backward.to_le_bytes(),
            &[self.enable.into()],
            &[self.supply.into()],
            &self.actuator_um.to_le_bytes(),
            &self.burn.unwrap_or(u64::MAX).to_le_bytes(),
            &self.fed.to_le_bytes(),
            &self.said.to_le_bytes(),
        ];
        for (slot, byte) in bytes.iter_mut().zip(fields.concat()) {
            *slot = byte;
        }
        bytes
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.pen_us {
            None => f.write_str("boot")?,
            Some(us) => write!(f, "{us} us")?,
        }
        let up = if self.is_up { "up" } else { "down" };
        let level = |is_on| if is_on { "on" } else { "off" };
        let (enable, supply) = (level(self.enable), level(self.supply));
        write!(
            f,
            ": {up}, forward {}, backward {}, enable {enable}, supply {supply}, actuator {} um, \
             burn {:?}, watchdog fed {} times, {} bytes said",
            self.forward, self.backward, self.actuator_um, self.burn, self.fed, self.said
        )
    }
}

/// Everything that a processor did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trace {
    /// Boots and ticks, in order.
    pub steps: Vec<Step>,
    /// Every byte said to the host.
    pub said: Vec<u8>,
}

/// A processor that is watched.
#[derive(Debug)]
pub struct Witness<P> {
    processor: P,
    wires: Rc<Wires>,
    trace: Rc<RefCell<Trace>>,
}

impl<P: Processor> Witness<P> {
    /// Watches a processor on this socket, and writes to this trace.
    pub fn new(processor: P, socket: &Socket, trace: Rc<RefCell<Trace>>) -> Self {
        Self {
            processor,
            wires: Rc::clone(&socket.wires),
            trace,
        }
    }

    fn watched<T>(
        &mut self,
        pen_us: Option<u64>,
        work: impl FnOnce(&mut P) -> Result<T, ProcessorError>,
        is_up: impl FnOnce(&T) -> bool,
    ) -> Result<T, ProcessorError> {
        let unheard = self.wires.unheard();
        let done = work(&mut self.processor)?;
        let mut trace = self.trace.borrow_mut();
        self.wires.overhear(unheard, &mut trace.said);
        let step = Step {
            pen_us,
            is_up: is_up(&done),
            forward: self.wires.forward.get(),
            backward: self.wires.backward.get(),
            enable: self.wires.enable.get(),
            supply: self.wires.supply.get(),
            actuator_um: self.wires.actuator_um.get(),
            burn: self.wires.burn.get(),
            fed: self.wires.fed.get(),
            said: u64::try_from(trace.said.len()).unwrap_or(u64::MAX),
        };
        trace.steps.push(step);
        Ok(done)
    }
}

impl<P: Processor> Processor for Witness<P> {
    fn start(&mut self, cause: ResetCause) -> Result<bool, ProcessorError> {
        self.watched(None, |processor| processor.start(cause), |is_up| *is_up)
    }

    fn run(&mut self, pen_us: u64) -> Result<(), ProcessorError> {
        self.watched(Some(pen_us), |processor| processor.run(pen_us), |()| true)
    }

    fn spoil_limit(&mut self, which: u8) -> Result<bool, ProcessorError> {
        self.processor.spoil_limit(which)
    }

    fn stop(&mut self) {
        self.processor.stop();
    }

    fn status(&self) -> Option<Status> {
        self.processor.status()
    }
}

#[cfg(test)]
mod tests {
    use super::Step;

    const STEP: Step = Step {
        pen_us: Some(1),
        is_up: false,
        forward: 2,
        backward: 3,
        enable: false,
        supply: false,
        actuator_um: 4,
        burn: Some(5),
        fed: 6,
        said: 7,
    };

    #[test]
    fn a_change_of_any_field_changes_the_bytes_and_the_text() {
        let changes: [fn(&mut Step); 10] = [
            |step| step.pen_us = None,
            |step| step.is_up = true,
            |step| step.forward += 1,
            |step| step.backward += 1,
            |step| step.enable = true,
            |step| step.supply = true,
            |step| step.actuator_um += 1,
            |step| step.burn = None,
            |step| step.fed += 1,
            |step| step.said += 1,
        ];
        for (field, change) in changes.iter().enumerate() {
            let mut step = STEP;
            change(&mut step);
            assert_ne!(step.bytes(), STEP.bytes(), "field {field}");
            assert_ne!(step.to_string(), STEP.to_string(), "field {field}");
        }
    }
}
