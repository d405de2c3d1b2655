//! A simulated pen inside this process, in a time of its own.
//!
//! Time passes only while somebody waits for the pen: for an answer, or for a while. Nothing that
//! this machine does, or how fast it is, decides anything, and two runs give the same bytes.
//!
//! ```text
//! client --send--> [pseudo-terminal] --> pen         the bytes really travel through the pair,
//! client <-receive- [pseudo-terminal] <-- pen        in portions of a known size, both ways
//! ```

use std::cell::RefCell;
use std::fmt;
#[cfg(unix)]
use std::io::{Read, Write};
use std::rc::Rc;
use std::time::Duration;

use pen_sim::pen::{Options, Truth, VirtualPen};

use super::Transport;
use crate::clock::Clock;
use crate::error::HostError;

/// Today, where simulated pens live: 22 November 2026, in days since 2020-01-01.
pub const TODAY: u16 = 2_517;

/// How long a pen may take to read what it was sent (ms).
const READ_MS: u32 = 1_000;

/// Time from power-up to the end of the pen's own tests, and some more (ms).
const BOOT_MS: u64 = 1_000;

/// Somebody who looks on.
pub trait Watcher {
    /// The truth, every 100 us.
    fn truth(&mut self, truth: &Truth);

    /// The pen, after every millisecond.
    fn tick(&mut self, pen: &VirtualPen);
}

/// What the bytes travel through.
enum Wire {
    /// Nothing: they are handed over.
    Memory,
    /// A real pseudo-terminal.
    #[cfg(unix)]
    Pty {
        /// The pen's end.
        pen: serialport::TTYPort,
        /// The host's end.
        host: serialport::TTYPort,
    },
}

struct Stage {
    pen: VirtualPen,
    wire: Wire,
    name: String,
    /// What the pen said and nobody has fetched.
    said: Vec<u8>,
    watcher: Option<Rc<RefCell<dyn Watcher>>>,
}

/// A simulated pen with everybody who has to do with it: a link to it, its hand, its truth.
#[derive(Clone)]
pub struct SimStage(Rc<RefCell<Stage>>);

impl fmt::Debug for SimStage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SimStage")
            .field(&self.0.borrow().name)
            .finish()
    }
}

impl SimStage {
    /// A pen with a usual calibration on somebody's desk, its cable plugged in.
    ///
    /// # Errors
    /// The simulator could not build it.
    pub fn new(seed: u64) -> Result<Self, HostError> {
        let options = Options {
            seed,
            depth_um: 500.0,
            ..Options::default()
        };
        let stage = Self::build(&options, Wire::Memory)?;
        stage.pen(|pen| pen.hand().plug_cable(true));
        stage.run(BOOT_MS);
        Ok(stage)
    }

    /// A pen that is switched on but not yet run, linked through a real pseudo-terminal where there
    /// is one.
    ///
    /// # Errors
    /// The simulator could not build it.
    pub fn on_terminal(options: &Options) -> Result<Self, HostError> {
        Self::build(options, terminal())
    }

    /// The same without a pseudo-terminal: nothing but simulated time passes.
    ///
    /// # Errors
    /// The simulator could not build it.
    pub fn in_memory(options: &Options) -> Result<Self, HostError> {
        Self::build(options, Wire::Memory)
    }

    fn build(options: &Options, wire: Wire) -> Result<Self, HostError> {
        let pen = VirtualPen::assemble(options)
            .map_err(|error| HostError::internal(error.to_string()))?;
        let name = format!("sim:{}", options.seed);
        Ok(Self(Rc::new(RefCell::new(Stage {
            pen,
            wire,
            name,
            said: Vec::new(),
            watcher: None,
        }))))
    }

    /// A link to the pen. All links of a stage end at the same pen.
    #[must_use]
    pub fn link(&self) -> SimLink {
        SimLink(self.clone())
    }

    /// Whether the bytes travel through a real pseudo-terminal.
    #[must_use]
    pub fn has_terminal(&self) -> bool {
        !matches!(self.0.borrow().wire, Wire::Memory)
    }

    /// Works on the pen: its hand, its faults.
    pub fn pen<T>(&self, work: impl FnOnce(&mut VirtualPen) -> T) -> T {
        work(&mut self.0.borrow_mut().pen)
    }

    /// What is really so.
    #[must_use]
    pub fn truth(&self) -> Truth {
        self.0.borrow().pen.truth()
    }

    /// Shows everything to somebody from now on, or to nobody.
    pub fn watch(&self, watcher: Option<Rc<RefCell<dyn Watcher>>>) {
        self.0.borrow_mut().watcher = watcher;
    }

    /// Lets milliseconds pass.
    pub fn run(&self, ms: u64) {
        let mut stage = self.0.borrow_mut();
        for _ in 0..ms {
            stage.tick();
        }
    }

    /// Lets milliseconds pass until something is so. Returns whether it came to be in time.
    pub fn run_until(&self, ms: u64, mut so: impl FnMut(&VirtualPen) -> bool) -> bool {
        let mut stage = self.0.borrow_mut();
        for _ in 0..ms {
            if so(&stage.pen) {
                return true;
            }
            stage.tick();
        }
        so(&stage.pen)
    }
}

/// A pair of terminals, or memory where there is none.
fn terminal() -> Wire {
    #[cfg(unix)]
    if let Ok((pen, host)) = serialport::TTYPort::pair() {
        return Wire::Pty { pen, host };
    }
    Wire::Memory
}

impl Stage {
    fn tick(&mut self) {
        match &mut self.watcher {
            Some(watcher) => {
                let mut watcher = watcher.borrow_mut();
                self.pen
                    .tick_observed(&mut |truth: &Truth| watcher.truth(truth));
                watcher.tick(&self.pen);
            }
            None => self.pen.tick(),
        }
        self.pen.serial_out_into(&mut self.said);
    }

    fn hear(&mut self, bytes: &[u8]) -> Result<(), HostError> {
        let mut rest = self.wire.carry_in(&self.name, bytes)?;
        for _ in 0..READ_MS {
            let taken = self.pen.serial_in(&rest);
            rest.drain(..taken.min(rest.len()));
            if rest.is_empty() {
                return Ok(());
            }
            self.tick();
        }
        // Nobody reads at the other end; that is for the client to find out.
        Ok(())
    }

    fn fetch(&mut self, buffer: &mut [u8], patience: Duration) -> Result<usize, HostError> {
        let ms = steps(patience);
        let mut waited = 0;
        while self.said.is_empty() && waited < ms {
            self.tick();
            waited += 1;
        }
        let count = self.said.len().min(buffer.len());
        let portion: Vec<u8> = self.said.drain(..count).collect();
        let portion = self.wire.carry_out(&self.name, portion)?;
        for (place, byte) in buffer.iter_mut().zip(&portion) {
            *place = *byte;
        }
        Ok(count)
    }
}

/// How many steps of the pen's loop, of 1 ms each, a wait lasts: its last one is begun and so is waited for, or whoever
/// waits until a moment between two steps would wait for ever.
fn steps(span: Duration) -> u64 {
    span.as_nanos()
        .div_ceil(1_000_000)
        .try_into()
        .unwrap_or(u64::MAX)
}

impl Wire {
    #[cfg_attr(
        not(unix),
        expect(unused_variables, clippy::unnecessary_wraps, reason = "no pty")
    )]
    fn carry_in(&mut self, name: &str, bytes: &[u8]) -> Result<Vec<u8>, HostError> {
        match self {
            Self::Memory => Ok(bytes.to_vec()),
            #[cfg(unix)]
            Self::Pty { pen, host } => pass(name, host, pen, bytes),
        }
    }

    #[cfg_attr(
        not(unix),
        expect(unused_variables, clippy::unnecessary_wraps, reason = "no pty")
    )]
    fn carry_out(&mut self, name: &str, bytes: Vec<u8>) -> Result<Vec<u8>, HostError> {
        match self {
            Self::Memory => Ok(bytes),
            #[cfg(unix)]
            Self::Pty { pen, host } => pass(name, pen, host, &bytes),
        }
    }
}

/// Writes at one end and reads exactly as many bytes at the other, so that the kernel's timing
/// decides nothing.
#[cfg(unix)]
fn pass(
    name: &str,
    from: &mut serialport::TTYPort,
    to: &mut serialport::TTYPort,
    bytes: &[u8],
) -> Result<Vec<u8>, HostError> {
    let mut arrived = vec![0; bytes.len()];
    from.write_all(bytes)
        .map_err(|error| super::broken(name, &error))?;
    let mut filled = 0;
    let mut late = 0;
    while let Some(room) = arrived.get_mut(filled..).filter(|room| !room.is_empty()) {
        match to.read(room) {
            Ok(count) => filled += count,
            // A busy machine may take its time; it is real time, and decides nothing.
            Err(error) if super::is_only_late(&error) && late < 100 => late += 1,
            Err(error) => return Err(super::broken(name, &error)),
        }
    }
    Ok(arrived)
}

/// A link to a simulated pen.
#[derive(Debug)]
pub struct SimLink(SimStage);

impl Clock for SimLink {
    fn now(&self) -> Duration {
        Duration::from_millis(self.0.0.borrow().pen.ticks())
    }

    fn wait(&mut self, span: Duration) {
        self.0.run(steps(span));
    }
}

impl Transport for SimLink {
    fn name(&self) -> String {
        self.0.0.borrow().name.clone()
    }

    fn send(&mut self, bytes: &[u8]) -> Result<(), HostError> {
        self.0.0.borrow_mut().hear(bytes)
    }

    fn receive(&mut self, buffer: &mut [u8], patience: Duration) -> Result<usize, HostError> {
        self.0.0.borrow_mut().fetch(buffer, patience)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Clock, SimStage, Transport};

    #[test]
    fn a_wait_of_a_part_of_a_step_lasts_to_its_end_and_no_wait_takes_no_time() {
        let mut link = SimStage::new(1).unwrap().link();
        let mut buffer = [0; 8];
        let mut expected = link.now();
        for (us, ms) in [
            (0, 0),
            (1, 1),
            (666, 1),
            (1_000, 1),
            (1_001, 2),
            (50_000, 50),
        ] {
            let span = Duration::from_micros(us);
            assert_eq!(link.receive(&mut buffer, span), Ok(0));
            expected += Duration::from_millis(ms);
            assert_eq!(link.now(), expected, "{us} us");
            link.wait(span);
            expected += Duration::from_millis(ms);
            assert_eq!(link.now(), expected, "{us} us");
        }
    }
}
