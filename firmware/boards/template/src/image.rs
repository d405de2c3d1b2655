//! Entry, tick and end of the image. A port copies it and adds its chip's interrupts.

use core::panic::PanicInfo;
use core::sync::atomic::{AtomicU32, Ordering};

use cortex_m::peripheral::scb::SystemHandler;
use cortex_m::peripheral::syst::SystClkSource;
use cortex_m::peripheral::{SCB, SYST};
use cortex_m::{Peripherals, singleton};
use cortex_m_rt::{ExceptionFrame, entry, exception};
use pen_app::board::BoardReport;
use pen_app::signed::PublicKey;
use pen_app::store::Layout;
use pen_core::journal::ResetCause;
use pen_template::board::{Board, Pollers};
use pen_template::loopback::Wires;
use pen_template::loopback::flash::RamFlash;
use pen_template::signals::Signals;
use pen_template::split::{self, Parts, Shared};
use pen_template::{drivers, pins};

/// Cycles of the processor in a microsecond: 25 MHz.
const CYCLES_PER_US: u32 = 25;

/// The system timer's reload value for a control tick of a millisecond.
const RELOAD: u32 = 1_000 * CYCLES_PER_US - 1;

/// Bytes of storage.
const STORAGE: usize = Layout::LEN as usize;

/// Keys of the maker. `pen-image` writes them into the header of an image; without one the pen
/// believes no limit profile, and stays Locked.
const MAKERS: [PublicKey; 0] = [];

/// Where pins end: there is no chip here.
static WIRES: Wires = Wires::new();

/// What interrupts leave for the tick.
static SIGNALS: Signals = Signals::new();

/// Control ticks since the start; wraps.
static TICKS: AtomicU32 = AtomicU32::new(0);

/// The free-running counter of microseconds, from the system timer. A chip with a timer of its own
/// reads that instead.
fn now_us() -> u32 {
    critical_section::with(|_| {
        let left = SYST::get_current();
        let mut ticks = TICKS.load(Ordering::Relaxed);
        // It may have come round since interrupts are off, before or after it was read.
        let is_due = SCB::is_pendst_pending();
        if is_due && left > RELOAD / 2 {
            ticks = ticks.wrapping_add(1);
        }
        let within = RELOAD.saturating_sub(left) / CYCLES_PER_US;
        ticks.wrapping_mul(1_000).wrapping_add(within)
    })
}

#[entry]
fn main() -> ! {
    let (Some(mut core), Some(memory), Some(place)) = (
        Peripherals::take(),
        singleton!(: [u8; STORAGE] = [0; STORAGE]),
        singleton!(: Option<Shared> = None),
    ) else {
        end();
    };
    memory.fill(0xFF);
    WIRES.run_on(now_us);
    let (taken, bus) = pins::take(&WIRES);
    let clock = taken.clock;
    let parts = Parts {
        board: Board::new(taken, &SIGNALS),
        flash: RamFlash::new(memory),
        pollers: Pollers::new(bus, clock, &MAKERS),
        signals: &SIGNALS,
        clock,
    };
    let report = BoardReport {
        serial: 0,
        model: "template pen",
        cause: ResetCause::Unknown,
        // Neither was tested here, and what was not tested has not passed.
        image_ok: false,
        memory_ok: false,
        second_switch: true,
    };
    let Ok(mut thread) = split::start(parts, place, &report, &MAKERS) else {
        end();
    };
    start_ticking(&mut core);
    loop {
        split::work(&mut thread);
    }
}

/// The timer's interrupt shall come before every other one.
fn start_ticking(core: &mut Peripherals) {
    // SAFETY: nobody relies on priorities before this; zero is the highest there is.
    unsafe { core.SCB.set_priority(SystemHandler::SysTick, 0) };
    core.SYST.set_clock_source(SystClkSource::Core);
    core.SYST.set_reload(RELOAD);
    core.SYST.clear_current();
    core.SYST.enable_counter();
    core.SYST.enable_interrupt();
}

#[exception]
fn SysTick() {
    let ticks = TICKS.load(Ordering::Relaxed);
    TICKS.store(ticks.wrapping_add(1), Ordering::Relaxed);
    pen_control_tick();
}

/// The control step: what tools that count instructions and look for panics start from.
#[inline(never)]
// SAFETY: nobody else defines this name.
#[unsafe(no_mangle)]
fn pen_control_tick() {
    split::tick();
}

/// The end of the firmware: torque first, by registers and without owning a pin; then a note for the
/// next start where the chip has memory for it; then the reset.
fn end() -> ! {
    cortex_m::interrupt::disable();
    pins::force_off(&WIRES);
    SCB::sys_reset()
}

#[panic_handler]
fn panicked(_: &PanicInfo<'_>) -> ! {
    end()
}

#[exception]
unsafe fn HardFault(_: &ExceptionFrame) -> ! {
    end()
}

// The watchdog must outlast the longest pause that is none: a sector's erase, with its own margin.
const _: () = assert!(drivers::watchdog::AWAY_MAX.as_us() > 400_000);
