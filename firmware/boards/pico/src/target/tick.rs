//! The control step: a timer interrupt every millisecond, and the way to the core around it.

use core::cell::UnsafeCell;
use core::mem::MaybeUninit;
use core::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use embassy_rp::interrupt;
use embassy_rp::interrupt::{InterruptExt, Priority};
use embassy_rp::pac::TIMER;
use pen_app::control::Control;
use pen_app::shared::{Core, CoreAccess};
use pen_core::units::Instant;
use pen_pico::grid;

use super::board::PicoBoard;
use super::{dog, outputs, time};

/// Alarm of the timer; embassy's time queue has alarm 0.
const ALARM: usize = 1;

/// When the step is due that comes next.
static DUE: AtomicU32 = AtomicU32::new(0);

/// The control step has begun to run.
static RUNS: AtomicBool = AtomicBool::new(false);

/// Control steps so far; wraps.
static STEPS: AtomicU32 = AtomicU32::new(0);

struct State {
    control: Control<PicoBoard>,
    core: Core,
}

struct Shared(UnsafeCell<MaybeUninit<State>>);

// SAFETY: it is reached in two ways only. `pen_control_tick` runs in the interrupt TIMER_IRQ_1, which
// does not interrupt itself and is enabled only once the value is there (`RUNS`). `SharedCore::with` runs
// elsewhere at a lower priority and keeps that interrupt out by a critical section; the one
// `SharedCore` is made when the value is there.
unsafe impl Sync for Shared {}

static SHARED: Shared = Shared(UnsafeCell::new(MaybeUninit::uninit()));

/// The way to the core for everything but the control step itself.
#[derive(Debug)]
pub(crate) struct SharedCore(());

impl CoreAccess for SharedCore {
    fn with<R>(&mut self, f: impl FnOnce(&mut Core) -> R) -> R {
        critical_section::with(|_| {
            // SAFETY: see `Shared`; the control step is kept out, and a `SharedCore` cannot be used
            // within its own closure because that borrows it.
            let state = unsafe { (*SHARED.0.get()).assume_init_mut() };
            f(&mut state.core)
        })
    }
}

/// Starts the control step; to be called once.
pub(crate) fn start(control: Control<PicoBoard>, core: Core) -> SharedCore {
    // SAFETY: nothing else reaches the value yet, see `Shared`.
    unsafe { (*SHARED.0.get()).write(State { control, core }) };
    interrupt::TIMER_IRQ_1.set_priority(Priority::P2);
    dog::hand_over();
    DUE.store(time::low(), Ordering::Relaxed);
    arm();
    critical_section::with(|_| TIMER.inte().modify(|w| w.set_alarm(ALARM, true)));
    RUNS.store(true, Ordering::Relaxed);
    release();
    SharedCore(())
}

/// Whether the control step has begun to run.
pub(crate) fn runs() -> bool {
    RUNS.load(Ordering::Relaxed)
}

/// Waits, in thread mode, until so many control steps have run; not at all before the first.
pub(crate) fn wait(steps: u32) {
    let before = STEPS.load(Ordering::Relaxed);
    while runs() && STEPS.load(Ordering::Relaxed).wrapping_sub(before) < steps {
        core::hint::spin_loop();
    }
}

/// Keeps the control step out until [`release`]. For a flash operation, with the
/// bridge off: nothing but the step itself can switch it on.
pub(crate) fn hold() {
    interrupt::TIMER_IRQ_1.disable();
}

/// Lets the control step in again.
pub(crate) fn release() {
    if runs() {
        // SAFETY: the value of `SHARED` is there since before `RUNS` was set.
        unsafe { interrupt::TIMER_IRQ_1.enable() };
    }
}

/// Sets the alarm to the next point of the grid that is still ahead.
fn arm() {
    loop {
        let due = grid::next(DUE.load(Ordering::Relaxed), time::low());
        DUE.store(due, Ordering::Relaxed);
        TIMER.alarm(ALARM).write_value(due);
        // The alarm fires on equality: one that has passed meanwhile would come in 71 minutes.
        let left = due.wrapping_sub(time::low());
        if left != 0 && left <= grid::PERIOD + grid::MARGIN {
            return;
        }
    }
}

#[interrupt]
fn TIMER_IRQ_1() {
    outputs::show_tick(true);
    TIMER.intr().write(|w| w.set_alarm(ALARM, true));
    arm();
    pen_control_tick(time::now());
    STEPS.store(
        STEPS.load(Ordering::Relaxed).wrapping_add(1),
        Ordering::Relaxed,
    );
    outputs::show_tick(false);
}

/// One control step at a time since the start (us).
///
/// Nothing in it can panic, which the linked image is checked for.
#[inline(never)]
#[unsafe(no_mangle)]
extern "C" fn pen_control_tick(now: u64) {
    // SAFETY: see `Shared`.
    let state = unsafe { (*SHARED.0.get()).assume_init_mut() };
    state.control.tick(Instant::from_us(now), &mut state.core);
}
