//! The image: reset, orders, and what happens when it dies.

use core::cell::RefCell;
use core::panic::PanicInfo;

use cortex_m::singleton;
use cortex_m_rt::{ExceptionFrame, entry, exception};
use heapless::Vec;
use pen_app::app::App;
use pen_app::board::BoardReport;
use pen_core::fault::Fault;
use pen_core::mode::Mode;
use pen_core::pen::bench::BenchRefusal;
use pen_core::status::Status;
use pen_core::units::Instant;
use pen_lockstep::order::{KEYS_MAX, Key, Order, Start, Tick};
use pen_lockstep::report::{Report, Spoiling};
use pen_mps2::board::Mps2;
use pen_mps2::flash::PlantFlash;
use pen_mps2::mirror::Mirror;
use pen_mps2::plant::Plant;
use pen_mps2::serial::Serial;
use pen_mps2::wires::Wires;
use pen_mps2::{plant, reset, semihosting, stack, uart};

/// Room for an encoded status.
const STATUS_MAX: usize = 256;

/// Ticks of the system timer in a millisecond, at 25 MHz.
const MILLISECOND: u32 = 25_000;

/// The pen on this board.
type Pen = App<Mps2, Serial, PlantFlash>;

/// The control step: what tools that count instructions and look for panics start from.
#[inline(never)]
// SAFETY: nobody else defines this name.
#[unsafe(no_mangle)]
fn pen_control_tick(pen: &mut Pen, pen_us: u64) {
    pen.tick(Instant::from_us(pen_us));
}

#[entry]
fn main() -> ! {
    stack::paint();
    let plant = singleton!(: Plant = Plant::open());
    let wires = singleton!(: Wires = Wires::default());
    let pen = singleton!(: Option<Pen> = None);
    let (Some(plant), Some(wires), Some(pen)) = (plant, wires, pen) else {
        // They are taken here alone, and nobody calls this function again.
        semihosting::exit(false);
    };
    let mut image = Image {
        plant,
        wires,
        pen,
        mirror: None,
        told: None,
    };
    plant.greet();
    loop {
        image.obey();
    }
}

/// What of a status must not be missed by the plant.
type News = (Mode, Option<Fault>, bool);

struct Image {
    plant: &'static Plant,
    wires: &'static Wires,
    pen: &'static mut Option<Pen>,
    mirror: Option<&'static RefCell<Mirror>>,
    /// News of the last status told.
    told: Option<News>,
}

/// What an order leaves to be done when its frame is no longer needed.
enum Next {
    Boot(Boot),
    Work {
        pen_us: u64,
        asks_status: bool,
        rests: bool,
    },
    Spoil(u8),
    Reset,
    End,
}

/// A start without its frame.
struct Boot {
    report: BoardReport,
    keys: Vec<Key, KEYS_MAX>,
    flash_bytes: usize,
    is_host_on_uart: bool,
}

impl Image {
    fn obey(&mut self) {
        let wires = self.wires;
        let next = self.plant.hear(|order| match order {
            Order::Start(start) => Next::Boot(Boot::new(start)),
            Order::Tick(tick) => {
                if let Some(mirror) = self.mirror
                    && tick.is_flash_touched
                {
                    mirror.borrow_mut().forget_all();
                }
                wires.put(tick);
                Next::of(tick)
            }
            Order::Spoil { which } => Next::Spoil(*which),
            Order::Reset => Next::Reset,
            Order::End => Next::End,
            Order::Flash(flash) => panic!("nobody asked for flash, but the plant says {flash:?}"),
        });
        match next {
            Next::Boot(boot) => self.boot(&boot),
            Next::Work {
                pen_us,
                asks_status,
                rests,
            } => self.work(pen_us, asks_status, rests),
            Next::Spoil(which) => self.spoil(which),
            Next::Reset => {
                self.plant.tell(&Report::Mark(stack::mark()));
                reset::pull();
            }
            Next::End => {
                self.plant.tell(&Report::Mark(stack::mark()));
                semihosting::exit(true);
            }
        }
    }

    fn boot(&mut self, boot: &Boot) {
        assert!(self.pen.is_none(), "told to start twice without a reset");
        let Some(mirror) = Mirror::take(boot.flash_bytes) else {
            panic!("{} bytes of flash are too many", boot.flash_bytes);
        };
        let Some(mirror) = singleton!(: RefCell<Mirror> = RefCell::new(mirror)) else {
            panic!("told to start twice without a reset");
        };
        let mirror = self.mirror.insert(mirror);
        let flash = PlantFlash::new(self.plant, boot.flash_bytes, mirror);
        let serial = if boot.is_host_on_uart {
            uart::start();
            Serial::Uart
        } else {
            Serial::Carried(self.wires)
        };
        let board = Mps2(self.wires);
        *self.pen = App::new(board, serial, flash, &boot.report, &boot.keys).ok();
        self.report(true, |work, is_up| Report::Started { is_up, work });
    }

    fn work(&mut self, pen_us: u64, asks_status: bool, rests: bool) {
        let Some(pen) = self.pen else {
            panic!("told to tick, but the pen is not up");
        };
        pen_control_tick(pen, pen_us);
        pen.poll(Instant::from_us(pen_us));
        self.report(asks_status, |work, _| Report::Done(work));
        if rests {
            rest();
        }
    }

    /// Reports what was left on the wires, with a status if asked or if it has news.
    fn report(
        &mut self,
        asks_status: bool,
        report: for<'a> fn(pen_lockstep::report::Work<'a>, bool) -> Report<'a>,
    ) {
        let mut room = [0; STATUS_MAX];
        let status = self.pen.as_ref().map(|pen| pen.core().pen.status());
        let news = status.as_ref().map(news);
        let status = status
            .filter(|_| asks_status || news != self.told)
            .map(|status| encoded(&status, &mut room));
        self.told = news;
        let said = self.wires.said.borrow();
        let work = self.wires.work(&said, status);
        self.plant.tell(&report(work, self.pen.is_some()));
        drop(said);
        self.wires.forget();
    }

    fn spoil(&mut self, which: u8) {
        let outcome = match self.pen.as_mut().map(|pen| pen.bench_spoil_limit(which)) {
            Some(Ok(())) => Spoiling::Flipped,
            None | Some(Err(BenchRefusal::NothingInForce)) => Spoiling::NothingInForce,
            Some(Err(BenchRefusal::NoSuchLimit { .. })) => Spoiling::NoSuchLimit,
        };
        self.plant.tell(&Report::Spoiled(outcome));
    }
}

impl Next {
    const fn of(tick: &Tick<'_>) -> Self {
        Self::Work {
            pen_us: tick.pen_us,
            asks_status: tick.asks_status,
            rests: tick.rests,
        }
    }
}

impl Boot {
    fn new(start: &Start<'_>) -> Self {
        let mut keys = Vec::new();
        // They fit: the order was checked when it was read.
        let _ = keys.extend_from_slice(start.keys);
        Self {
            report: BoardReport {
                serial: start.serial,
                model: "simulated reference pen",
                cause: start.cause,
                image_ok: true,
                memory_ok: true,
                second_switch: start.second_switch,
            },
            keys,
            flash_bytes: start.flash_bytes as usize,
            is_host_on_uart: start.is_host_on_uart,
        }
    }
}

fn news(status: &Status) -> News {
    let fault = status.fault.map(|trip| trip.fault);
    (status.mode, fault, status.parked)
}

fn encoded<'a>(status: &Status, room: &'a mut [u8; STATUS_MAX]) -> &'a [u8] {
    match pen_protocol::to_bytes(status, room) {
        Ok(bytes) => bytes,
        Err(error) => panic!("a status cannot be encoded: {error:?}"),
    }
}

/// Sleeps for a millisecond, so that the emulator has time for the UART.
fn rest() {
    // SAFETY: this is the only place that uses the system timer, and nothing runs beside it.
    let mut timer = unsafe { cortex_m::Peripherals::steal() }.SYST;
    timer.set_reload(MILLISECOND - 1);
    timer.clear_current();
    timer.enable_counter();
    timer.enable_interrupt();
    while !timer.has_wrapped() {
        cortex_m::asm::wfi();
    }
    timer.disable_interrupt();
    timer.disable_counter();
}

#[exception]
fn SysTick() {}

#[exception]
unsafe fn DefaultHandler(number: i16) {
    match number {
        0 => uart::on_interrupt(),
        other => panic!("nobody expects interrupt {other}"),
    }
}

#[exception]
unsafe fn HardFault(frame: &ExceptionFrame) -> ! {
    plant::fail(format_args!(
        "HardFault at {:#010x}, called from {:#010x}",
        frame.pc(),
        frame.lr()
    ))
}

#[panic_handler]
fn panicked(info: &PanicInfo<'_>) -> ! {
    cortex_m::interrupt::disable();
    plant::fail(format_args!("{info}"))
}
