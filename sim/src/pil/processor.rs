//! A Cortex-M under QEMU as the pen's processor.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use embedded_storage::nor_flash::ReadNorFlash;
use pen_core::journal::ResetCause;
use pen_core::status::Status;
use pen_lockstep::order::{Order, Start, Tick};
use pen_lockstep::report::{Greeting, Mark, Report, Spoiling, Target};
use pen_lockstep::{CARRIED_MAX, SOURCES, VERSION};

use super::machine::Machine;
use super::settings::{BUILD, Settings};
use super::wires::{answer, put, readings};
use crate::assembly::factory::maker_key;
use crate::board::{DUTY_STEPS, QUEUE_BYTES};
use crate::pen::processor::{Processor, ProcessorError, Socket};

const _: () = assert!(
    pen_lockstep::DUTY_STEPS == DUTY_STEPS,
    "both boards have the same full scale"
);

/// What the first step of every life is called.
const START: &str = "start the firmware";

/// What is known of the processor itself; outlives it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Health {
    /// The instruction set that the image was built for, once it has greeted.
    pub target: Option<Target>,
    /// How far the stack went, in all its lives; nothing if it never told.
    pub stack: Option<Mark>,
    /// It was told to end and has done so.
    pub has_ended: bool,
    /// Requests for flash.
    pub flash_requests: u64,
}

/// The way of the host's bytes.
#[derive(Clone, Debug, Default)]
pub enum Link {
    /// Within the ticks: the same bytes at the same time in every run.
    #[default]
    Carried,
    /// Over the UART that QEMU emulates and a pseudo-terminal, whenever they come.
    Uart(Rc<Uart>),
}

/// A UART that somebody outside talks to.
#[derive(Debug, Default)]
pub struct Uart {
    /// Path of the pseudo-terminal, once QEMU has said it.
    pub path: RefCell<String>,
    /// Nothing follows the next tick for a while: the emulator may see to its UART.
    pub rests: Cell<bool>,
}

/// A processor under QEMU.
#[derive(Debug)]
pub struct Pil {
    socket: Socket,
    settings: Settings,
    link: Link,
    machine: Option<Machine>,
    is_started: bool,
    /// Why the last reset failed; told at the next start.
    lost: Option<String>,
    status: Option<Status>,
    /// What the flash said last of changes from outside.
    flash_touched: u64,
    data: Vec<u8>,
    health: Rc<Cell<Health>>,
}

impl Pil {
    /// A processor that has not started yet; its health is told to `health`.
    #[must_use]
    pub fn new(socket: Socket, settings: Settings, health: &Rc<Cell<Health>>) -> Self {
        Self {
            socket,
            settings,
            link: Link::Carried,
            machine: None,
            is_started: false,
            lost: None,
            status: None,
            flash_touched: 0,
            data: Vec::new(),
            health: Rc::clone(health),
        }
    }

    /// The same processor with the host on its UART.
    #[must_use]
    pub fn with_uart(mut self, uart: &Rc<Uart>) -> Self {
        self.link = Link::Uart(Rc::clone(uart));
        self
    }

    /// Starts QEMU already, so that it is ready when power comes.
    ///
    /// # Errors
    /// [`ProcessorError`] when it does not start.
    pub(super) fn ready(settings: &Settings) -> Result<Machine, ProcessorError> {
        launch(settings, &Link::Carried).map_err(|why| ProcessorError { step: START, why })
    }

    /// The same processor on a QEMU that was started before.
    pub(super) fn on(mut self, machine: Machine) -> Self {
        self.machine = Some(machine);
        self
    }

    /// QEMU's process, while it runs.
    #[must_use]
    pub fn process_id(&self) -> Option<u32> {
        self.machine.as_ref().map(Machine::process_id)
    }

    fn note(&self, change: impl FnOnce(&mut Health)) {
        let mut health = self.health.get();
        change(&mut health);
        self.health.set(health);
    }

    /// QEMU, fresh or out of reset, and its greeting.
    fn greeted(&mut self) -> Result<&mut Machine, String> {
        let mut machine = match self.machine.take() {
            Some(machine) => machine,
            None => launch(&self.settings, &self.link)?,
        };
        let greeting = match machine.hear()? {
            Report::Greeting(greeting) => greeting,
            other => return Err(out_of_turn("to greet", &other)),
        };
        check(greeting)?;
        self.note(|health| health.target = Some(greeting.target));
        Ok(self.machine.insert(machine))
    }

    fn boot(&mut self, cause: ResetCause) -> Result<bool, String> {
        let keys = [maker_key()];
        let flash_bytes = u32::try_from(self.socket.flash.capacity()).unwrap_or(u32::MAX);
        let serial = self.socket.serial;
        let second_switch = self.socket.second_switch;
        let is_host_on_uart = matches!(self.link, Link::Uart(_));
        self.greeted()?.tell(&Order::Start(Start {
            serial,
            cause,
            is_host_on_uart,
            second_switch,
            flash_bytes,
            keys: &keys,
        }))?;
        self.is_started = true;
        self.serve(true)
    }

    fn tick(&mut self, pen_us: u64) -> Result<(), String> {
        let Some(machine) = &mut self.machine else {
            return Err("it is not there".to_owned());
        };
        let mut carried = [0; CARRIED_MAX];
        let wires = &self.socket.wires;
        let count = wires.peek(&mut carried);
        let touched = self.socket.flash.with(|part| part.touched());
        let is_flash_touched = touched != self.flash_touched;
        self.flash_touched = touched;
        let room = QUEUE_BYTES.saturating_sub(wires.unheard());
        let (is_served, rests) = match &self.link {
            Link::Carried => (false, false),
            Link::Uart(uart) => (true, uart.rests.get()),
        };
        machine.tell(&Order::Tick(Tick {
            pen_us,
            asks_status: is_served,
            rests,
            is_flash_touched,
            readings: readings(wires),
            room: u16::try_from(room).unwrap_or(u16::MAX),
            waiting: u16::try_from(wires.unread()).unwrap_or(u16::MAX),
            bytes: carried.get(..count).unwrap_or_default(),
        }))?;
        self.serve(false).map(drop)
    }

    /// Serves flash until the work is done, and puts it on the wires. Returns whether the pen is up.
    fn serve(&mut self, boots: bool) -> Result<bool, String> {
        let Some(machine) = &mut self.machine else {
            return Err("it is not there".to_owned());
        };
        loop {
            match machine.hear()? {
                Report::Flash(request) => {
                    let answer = answer(&self.socket, request, &mut self.data);
                    let mut health = self.health.get();
                    health.flash_requests += 1;
                    self.health.set(health);
                    machine.tell(&Order::Flash(answer))?;
                }
                Report::Started { is_up, work } if boots => {
                    put(&self.socket.wires, &work, &mut self.status)?;
                    return Ok(is_up);
                }
                Report::Done(work) if !boots => {
                    put(&self.socket.wires, &work, &mut self.status)?;
                    return Ok(true);
                }
                other => return Err(out_of_turn("to work", &other)),
            }
        }
    }

    fn spoil(&mut self, which: u8) -> Result<bool, String> {
        let Some(machine) = &mut self.machine else {
            return Err("it is not there".to_owned());
        };
        machine.tell(&Order::Spoil { which })?;
        match machine.hear()? {
            Report::Spoiled(Spoiling::Flipped) => Ok(true),
            Report::Spoiled(Spoiling::NothingInForce) => Ok(false),
            Report::Spoiled(Spoiling::NoSuchLimit) => {
                Err(format!("the firmware has no limit number {which}"))
            }
            other => Err(out_of_turn("to disturb a cell", &other)),
        }
    }

    /// Says an order that ends this life, and takes the stack's mark.
    fn finish(&mut self, order: &Order<'_>) -> Result<(), String> {
        let Some(machine) = &mut self.machine else {
            return Ok(());
        };
        machine.tell(order)?;
        match machine.hear()? {
            Report::Mark(mark) => {
                self.note(|health| {
                    let before = health.stack.map_or(0, |mark| mark.used);
                    let used = mark.used.max(before);
                    health.stack = Some(Mark { used, ..mark });
                });
                Ok(())
            }
            other => Err(out_of_turn("to end", &other)),
        }
    }

    fn failed(&mut self, step: &'static str) -> impl FnOnce(String) -> ProcessorError {
        // Whatever it is now, nobody may rely on it.
        self.machine = None;
        self.is_started = false;
        move |why| ProcessorError { step, why }
    }
}

impl Processor for Pil {
    fn start(&mut self, cause: ResetCause) -> Result<bool, ProcessorError> {
        self.status = None;
        let booted = match self.lost.take() {
            None => self.boot(cause),
            Some(why) => Err(format!("its last life did not end: {why}")),
        };
        booted.map_err(|why| self.failed(START)(why))
    }

    fn run(&mut self, pen_us: u64) -> Result<(), ProcessorError> {
        let done = self.tick(pen_us);
        done.map_err(|why| self.failed("make a tick")(why))
    }

    fn spoil_limit(&mut self, which: u8) -> Result<bool, ProcessorError> {
        let done = self.spoil(which);
        done.map_err(|why| self.failed("flip a bit of a limit")(why))
    }

    /// Pulls reset. If that fails, the next start says so.
    fn stop(&mut self) {
        if self.is_started {
            self.lost = self.finish(&Order::Reset).err();
        }
        self.is_started = false;
        self.status = None;
    }

    /// As of the last change of mode, fault or parking; as of the last tick when served.
    fn status(&self) -> Option<Status> {
        self.status
    }
}

impl Drop for Pil {
    /// Takes the last mark; [`Health::has_ended`] says whether it came.
    fn drop(&mut self) {
        let has_ended = self.is_started && self.finish(&Order::End).is_ok();
        // Between two lives there is nothing to end.
        let is_between = !self.is_started && self.lost.is_none();
        self.note(|health| health.has_ended = has_ended || is_between);
    }
}

/// Starts QEMU; with a UART, waits until it has said where that is.
fn launch(settings: &Settings, link: &Link) -> Result<Machine, String> {
    let Link::Uart(uart) = link else {
        return Machine::start(settings, "null");
    };
    let mut machine = Machine::start(settings, "pty")?;
    let line = machine.hear_line()?;
    let path = line
        .strip_prefix("char device redirected to ")
        .and_then(|rest| rest.split(' ').next())
        .ok_or_else(|| format!("it did not say where its UART is, but: {line}"))?;
    path.clone_into(&mut uart.path.borrow_mut());
    Ok(machine)
}

fn check(greeting: Greeting) -> Result<(), String> {
    if greeting.version != VERSION {
        return Err(format!(
            "the image speaks version {} of the lock-step, this pen-sim version {VERSION}; \
             build both from one state: {BUILD}",
            greeting.version
        ));
    }
    if greeting.sources != SOURCES {
        return Err(format!(
            "the image was built from other sources ({:016x}) than this pen-sim ({SOURCES:016x}); \
             build both from one state: cargo build --release -p pen-sim && \
             cargo build --profile firmware -p pen-mps2 --target {}",
            greeting.sources,
            greeting.target.name()
        ));
    }
    Ok(())
}

fn out_of_turn(wanted: &str, report: &Report<'_>) -> String {
    format!("it was {wanted}, but said {report:?}")
}
