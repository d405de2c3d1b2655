//! The watchdog, and the signs of life without which it is not fed (PWR-006).

use core::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use embassy_rp::pac;
use pen_app::board::Watchdog;
use pen_pico::liveness::{Signs, WATCHDOG, WATCHDOG_BOOT, WATCHDOG_FLASH};

use super::{hall, time};

static THREAD: AtomicU32 = AtomicU32::new(0);
static BUS: AtomicU32 = AtomicU32::new(0);
static STEPS: AtomicBool = AtomicBool::new(false);
/// The time is no longer than the control step gives.
static IS_SHORT: AtomicBool = AtomicBool::new(false);

/// Everything is reset but the two oscillators.
const RESETS: u32 = 0x0001_FFFF & !0b11;

/// Starts it, with the time for the start-up.
pub(crate) fn start() {
    pac::WATCHDOG.ctrl().write(|_| {});
    pac::PSM.wdsel().write_value(pac::psm::regs::Wdsel(RESETS));
    load(WATCHDOG_BOOT);
    // A debugger that halts the processor does not hold it up: the motor would turn on meanwhile.
    pac::WATCHDOG.ctrl().write(|w| w.set_enable(true));
}

/// Lets a debugger that halts the processor hold it up, so that one can look around. For images that
/// are no pen for people.
pub(crate) fn pause_when_halted() {
    pac::WATCHDOG.ctrl().modify(|w| {
        w.set_pause_dbg0(true);
        w.set_pause_dbg1(true);
        w.set_pause_jtag(true);
    });
}

/// Resets now.
pub(crate) fn reset() -> ! {
    pac::PSM.wdsel().write_value(pac::psm::regs::Wdsel(RESETS));
    loop {
        pac::WATCHDOG.ctrl().write(|w| {
            w.set_enable(true);
            w.set_trigger(true);
        });
    }
}

/// Link and storage live.
pub(crate) fn thread_lives() {
    THREAD.store(time::low(), Ordering::Relaxed);
}

/// The bus lives.
pub(crate) fn bus_lives() {
    BUS.store(time::low(), Ordering::Relaxed);
}

/// From now on the control step feeds; everything counts as heard of.
pub(crate) fn hand_over() {
    thread_lives();
    bus_lives();
    STEPS.store(true, Ordering::Relaxed);
}

/// Makes room for a flash operation that keeps the control step out.
pub(crate) fn widen() {
    IS_SHORT.store(false, Ordering::Relaxed);
    load(WATCHDOG_FLASH);
}

/// The flash operation is over: that is a sign of life, and before the first control step the time
/// for the start-up goes on. Later the next step makes the time short again.
pub(crate) fn flash_done() {
    thread_lives();
    if !STEPS.load(Ordering::Relaxed) {
        load(WATCHDOG_BOOT);
    }
}

/// The counter goes down twice a microsecond (RP2040-E1).
fn load(us: u32) {
    pac::WATCHDOG
        .load()
        .write_value(pac::watchdog::regs::Load(us << 1));
}

/// The watchdog as the control step sees it.
#[derive(Debug)]
pub(crate) struct Dog;

impl Watchdog for Dog {
    fn feed(&mut self) {
        let now = time::low();
        let signs = Signs {
            thread: now.wrapping_sub(THREAD.load(Ordering::Relaxed)),
            bus: now.wrapping_sub(BUS.load(Ordering::Relaxed)),
            hall: hall::steps_behind(),
        };
        // A long time is made short whatever the signs say: that is never later.
        if signs.are_good() || !IS_SHORT.load(Ordering::Relaxed) {
            IS_SHORT.store(true, Ordering::Relaxed);
            load(WATCHDOG);
        }
    }
}
