//! One virtual pen for hosts outside: on a pseudo-terminal or a TCP port, at the pace of real time
//! or of its client.
//!
//! The pen is the same as in every test. Only here does real time matter, and only for how fast
//! simulated time passes: in `pace.rs`, which no other part of the simulator may use.

pub mod instrument;
pub mod order;
mod pace;
pub mod port;

use std::io::BufRead;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, TryRecvError, channel};

use pen_core::cartridge::Kind;

use crate::emulated::{self, Emulated, StartError};
use crate::hand::Cartridge;
use crate::pen::firmware::Native;
use crate::pen::processor::ProcessorError;
use crate::pen::{FactoryError, Options, VirtualPen};
use crate::pil::{Pil, PilError, Settings, Uart};
use instrument::{Instrument, InstrumentOptions};
use order::{Done, Order};
use pace::Pace;
use port::{Port, PortError};

/// Where the pen can be reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A pseudo-terminal, with a symbolic link to it at this path.
    Terminal(PathBuf),
    /// A TCP port of this machine.
    Tcp(SocketAddr),
    /// The UART of a Cortex-M under QEMU, which also runs the firmware: a pseudo-terminal that QEMU
    /// makes.
    Emulated(Settings),
}

/// What the hand has done before the host comes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Setting {
    /// On the desk: cable in, no cartridge.
    #[default]
    Desk,
    /// On the bench: cable in, calibration dummy in, confirm button held.
    Service,
    /// In use: no cable, a fresh 12-needle cartridge, ring at 0.5 mm, held in the air.
    Treatment,
}

/// Everything that `serve` needs to know.
#[derive(Clone, Debug)]
pub struct ServeOptions {
    /// The pen.
    pub pen: Options,
    /// The image that runs it, on an emulated RP2040; without one its firmware runs on this machine.
    pub image: Option<emulated::Settings>,
    /// Where it can be reached.
    pub place: Place,
    /// What was done before.
    pub setting: Setting,
    /// Simulated time follows the client's messages instead of the clock.
    pub is_free: bool,
    /// The pen's time stands still while its client says nothing: a slow client is no absent one.
    pub is_patient: bool,
    /// Reads the hand's orders from standard input.
    pub reads_orders: bool,
    /// Instruments that read the true pen, each on a pseudo-terminal of its own.
    pub instruments: Vec<InstrumentOptions>,
}

/// Why serving could not begin or had to end.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The pen could not be built.
    #[error(transparent)]
    Factory(#[from] FactoryError),
    /// The port could not be opened.
    #[error(transparent)]
    Port(#[from] PortError),
    /// There is no processor to run the firmware.
    #[error(transparent)]
    Pil(#[from] PilError),
    /// There is no emulated RP2040 to run the image.
    #[error(transparent)]
    Emulated(#[from] StartError),
    /// The processor failed.
    #[error(transparent)]
    Processor(#[from] ProcessorError),
    /// Nobody could be told about Ctrl-C.
    #[error("Ctrl-C cannot be caught ({0}); without it the port would be left behind")]
    Signal(#[from] ctrlc::Error),
}

/// Ticks that a free-running pen still runs after it has answered.
const LINGER_TICKS: u32 = 20;

/// How long a patient pen goes on when its client says nothing: longer than between two looks of a host,
/// shorter than the silence at which the pen stops its motor. Unit: ms.
const SILENCE_MS: u64 = 200;

/// Most ticks that a free-running pen runs for one message.
const ANSWER_TICKS: u32 = 2_000;

/// Prepares the pen as the setting says.
pub fn prepare(pen: &mut VirtualPen, setting: Setting) {
    let hand = pen.hand();
    match setting {
        Setting::Desk => hand.plug_cable(true),
        Setting::Service => {
            hand.plug_cable(true);
            hand.insert(Cartridge::dummy(200_000_001));
            hand.attend();
        }
        Setting::Treatment => {
            hand.insert(Cartridge::fresh(12_000_001, Kind::Twelve));
            hand.place_ring(500.0);
        }
    }
    // Long enough for the power-up tests.
    pen.run_ms(700);
}

/// Serves one pen until Ctrl-C or `quit`; `say` gets every line for the person at the terminal.
///
/// # Errors
/// [`ServeError`], before the first client; later only when an emulated processor fails.
pub fn serve(options: &ServeOptions, say: &mut dyn FnMut(&str)) -> Result<(), ServeError> {
    let stop = Arc::new(AtomicBool::new(false));
    let handle = Arc::clone(&stop);
    ctrlc::set_handler(move || handle.store(true, Ordering::SeqCst))?;
    let mut pen = match &options.place {
        Place::Emulated(settings) => emulated(options, settings)?,
        Place::Terminal(_) | Place::Tcp(_) => (assembled(options)?, None),
    };
    prepare(&mut pen.0, options.setting);
    let (pen, uart) = pen;
    if let Some(error) = pen.processor_error() {
        return Err(error.clone().into());
    }
    let (port, name) = match &uart {
        Some(uart) => (None, uart.path.borrow().clone()),
        None => {
            let port = Port::open(&options.place)?;
            let name = port.name();
            (Some(port), name)
        }
    };
    say(&format!("pen {} waits at {name}", pen.assembly().serial));
    if uart.is_some() {
        say("its firmware runs on an emulated Cortex-M and its UART; in another terminal type:");
        say(&format!("  penctl --port {name} info"));
    }
    if options.reads_orders {
        say("type `help` for what the hand can do, Ctrl-C to end");
    }
    let mut instruments = Vec::new();
    for wanted in &options.instruments {
        let instrument = Instrument::open(wanted, options.pen.seed)?;
        say(&format!(
            "its {} waits at {}",
            instrument.word(),
            instrument.name()
        ));
        instruments.push(instrument);
    }
    let orders = options.reads_orders.then(read_orders);
    let mut table = Table {
        pen,
        port,
        uart,
        orders,
        instruments,
        is_patient: options.is_patient,
        silent_ms: 0,
        wait_ticks: 0,
        inbox: Vec::new(),
        outbox: Vec::new(),
    };
    let mut pace = Pace::start();
    while !stop.load(Ordering::SeqCst) && table.obey(say) {
        table.turn(options.is_free, &mut pace);
        if let Some(error) = table.pen.processor_error() {
            return Err(error.clone().into());
        }
    }
    Ok(())
}

/// A pen whose firmware runs on this machine, or as the image on an emulated RP2040.
fn assembled(options: &ServeOptions) -> Result<VirtualPen, ServeError> {
    let Some(settings) = &options.image else {
        return Ok(VirtualPen::assemble(&options.pen)?);
    };
    settings.check().map_err(StartError::Missing)?;
    let mut failed = None;
    // The Pico's image believes in its second switch, and tests it.
    let with_switch = Options {
        second_switch: true,
        ..options.pen
    };
    let pen = VirtualPen::assemble_on(&with_switch, |socket| {
        match Emulated::new(socket.clone(), settings) {
            Ok((emulated, _)) => Box::new(emulated),
            Err(error) => {
                failed = Some(error);
                Box::new(Native::new(socket))
            }
        }
    })?;
    failed.map_or(Ok(pen), |error| Err(error.into()))
}

/// A pen whose firmware runs under QEMU, with its UART.
fn emulated(
    options: &ServeOptions,
    settings: &Settings,
) -> Result<(VirtualPen, Option<Rc<Uart>>), ServeError> {
    settings.check()?;
    let uart = Rc::new(Uart::default());
    let health = Rc::default();
    let pen = VirtualPen::assemble_on(&options.pen, |socket| {
        Box::new(Pil::new(socket, settings.clone(), &health).with_uart(&uart))
    })?;
    Ok((pen, Some(uart)))
}

/// Reads lines of standard input in a thread of their own, because reading them waits.
fn read_orders() -> Receiver<String> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines() {
            let Ok(line) = line else { break };
            if sender.send(line).is_err() {
                break;
            }
        }
    });
    receiver
}

/// The pen, its host and its hand, around one loop.
struct Table {
    pen: VirtualPen,
    /// Nothing when the host talks to the processor's own UART.
    port: Option<Port>,
    uart: Option<Rc<Uart>>,
    orders: Option<Receiver<String>>,
    instruments: Vec<Instrument>,
    /// Time stands still while the client says nothing.
    is_patient: bool,
    /// How long the client has said nothing (ms).
    silent_ms: u64,
    /// Ticks for which the next order has to wait.
    wait_ticks: u64,
    inbox: Vec<u8>,
    outbox: Vec<u8>,
}

impl Table {
    /// Carries out the orders that have come. False when the last of them was to quit.
    fn obey(&mut self, say: &mut dyn FnMut(&str)) -> bool {
        while self.wait_ticks == 0 {
            let Some(orders) = &self.orders else {
                return true;
            };
            let line = match orders.try_recv() {
                Ok(line) => line,
                Err(TryRecvError::Empty) => return true,
                Err(TryRecvError::Disconnected) => {
                    self.orders = None;
                    return true;
                }
            };
            if let Some(done) = self.tell_instrument(&line) {
                if let Err(error) = done {
                    say(&error.to_string());
                }
                continue;
            }
            match Order::parse(&line).and_then(|order| order.carry_out(&mut self.pen)) {
                Ok(Done::Silently) => {}
                Ok(Done::Saying(text)) => say(&text),
                Ok(Done::Wait(ms)) => self.wait_ticks = ms,
                Ok(Done::Quit) => return false,
                Err(error) => say(&format!("{error}; type `help` for what there is")),
            }
        }
        true
    }

    /// What came of an order to an instrument that serves; none when it is no such order.
    fn tell_instrument(&mut self, line: &str) -> Option<Result<(), order::OrderError>> {
        let words: Vec<&str> = line.split_whitespace().collect();
        let (first, rest) = words.split_first().filter(|(_, rest)| !rest.is_empty())?;
        let mut all = self.instruments.iter_mut();
        let instrument = all.find(|it| it.word() == *first)?;
        Some(instrument.obey(line, rest, &mut self.pen))
    }

    /// Takes what the host says, lets time pass, and answers.
    fn turn(&mut self, is_free: bool, pace: &mut Pace) {
        let port = self.port.as_mut();
        if !port.is_some_and(|port| port.receive(&mut self.inbox)) {
            pace.rest();
        }
        let mut due = pace.due_ms();
        self.silent_ms = if self.inbox.is_empty() {
            self.silent_ms.saturating_add(due)
        } else {
            0
        };
        if self.is_patient && self.silent_ms > SILENCE_MS {
            due = 0;
        }
        if is_free && !self.inbox.is_empty() {
            self.answer();
            pace.restart();
        } else {
            for left in (0..due).rev() {
                if let Some(uart) = &self.uart {
                    uart.rests.set(left == 0);
                }
                self.tick();
                // An answer does not wait for the milliseconds that are still to be made up, and a
                // question does not either when this machine is slower than the pen.
                if let Some(port) = &mut self.port {
                    port.send(&mut self.outbox);
                    if pace.is_behind() {
                        pace.restart();
                        break;
                    }
                }
            }
        }
        if let Some(port) = &mut self.port {
            port.send(&mut self.outbox);
        }
        for instrument in &mut self.instruments {
            instrument.turn(&mut self.pen);
        }
    }

    /// Runs until the pen has read and answered, and a little longer.
    fn answer(&mut self) {
        let mut linger = LINGER_TICKS;
        for _ in 0..ANSWER_TICKS {
            let before = self.outbox.len();
            self.tick();
            if !self.inbox.is_empty() || self.outbox.len() > before {
                linger = LINGER_TICKS;
            }
            linger -= 1;
            if linger == 0 {
                break;
            }
        }
    }

    fn tick(&mut self) {
        if !self.inbox.is_empty() {
            let taken = self.pen.serial_in(&self.inbox);
            self.inbox.drain(..taken);
        }
        self.pen.tick();
        self.wait_ticks = self.wait_ticks.saturating_sub(1);
        // A client that does not read makes the pen wait, as a real one would.
        if self.outbox.len() < port::OUTBOX_BYTES {
            self.pen.serial_out_into(&mut self.outbox);
        }
    }
}
