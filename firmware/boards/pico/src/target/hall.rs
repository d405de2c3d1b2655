//! The two hall switches: followed edge by edge, above the control step.

use core::cell::Cell;
use core::future::poll_fn;
use core::sync::atomic::{AtomicU8, Ordering};
use core::task::Poll;

use critical_section::Mutex;
use embassy_executor::InterruptExecutor;
use embassy_futures::select::select3;
use embassy_rp::Peri;
use embassy_rp::gpio::{Input, Pull};
use embassy_rp::interrupt;
use embassy_rp::interrupt::{InterruptExt, Priority};
use embassy_rp::pac::SIO;
use embassy_rp::peripherals::{PIN_6, PIN_7};
use pen_app::board::Tachometer;
use pen_core::io::Tacho;
use pen_pico::liveness::hall_behind;
use pen_pico::quadrature::{Decoder, Levels};

use super::{inputs, time};

static EXECUTOR: InterruptExecutor = InterruptExecutor::new();
static DECODER: Mutex<Cell<Decoder>> =
    Mutex::new(Cell::new(Decoder::new(Levels { a: false, b: false })));

/// How far the decoder is behind the switches, see `liveness::hall_behind`.
static BEHIND: AtomicU8 = AtomicU8::new(0);

#[interrupt]
unsafe fn SWI_IRQ_0() {
    // SAFETY: this is the one handler of that interrupt, which is enabled by `start` alone.
    unsafe { EXECUTOR.on_interrupt() }
}

/// Starts to follow the switches.
pub(crate) fn start(a: Peri<'static, PIN_6>, b: Peri<'static, PIN_7>) {
    let inputs = (inputs::take(a, Pull::Up), inputs::take(b, Pull::Up));
    critical_section::with(|cs| DECODER.borrow(cs).set(Decoder::new(levels())));
    interrupt::IO_IRQ_BANK0.set_priority(Priority::P1);
    interrupt::SWI_IRQ_0.set_priority(Priority::P1);
    let spawner = EXECUTOR.start(interrupt::SWI_IRQ_0);
    if let Ok(task) = follow(inputs.0, inputs.1) {
        spawner.spawn(task);
    }
}

/// How far the decoder is behind the switches, see `liveness::hall_behind`.
pub(crate) fn steps_behind() -> u8 {
    BEHIND.load(Ordering::Relaxed)
}

fn levels() -> Levels {
    let pins = SIO.gpio_in(0).read();
    Levels {
        a: pins & 1 << 6 != 0,
        b: pins & 1 << 7 != 0,
    }
}

/// Waits for edges, and looks at the levels behind arming the wait: so no edge goes by unseen.
#[embassy_executor::task]
async fn follow(mut a: Input<'static>, mut b: Input<'static>) {
    loop {
        let look = poll_fn(|_| {
            critical_section::with(|cs| {
                let decoder = DECODER.borrow(cs);
                let mut followed = decoder.get();
                followed.look(levels(), time::now());
                decoder.set(followed);
            });
            Poll::<()>::Pending
        });
        select3(a.wait_for_any_edge(), b.wait_for_any_edge(), look).await;
    }
}

/// The counter behind the switches.
#[derive(Debug)]
pub(crate) struct Halls;

impl Tachometer for Halls {
    fn take(&mut self) -> Tacho {
        let (tacho, followed) = critical_section::with(|cs| {
            let decoder = DECODER.borrow(cs);
            let mut taken = decoder.get();
            let tacho = taken.take(time::now());
            decoder.set(taken);
            (tacho, taken.levels() == levels())
        });
        let behind = hall_behind(BEHIND.load(Ordering::Relaxed), followed);
        BEHIND.store(behind, Ordering::Relaxed);
        tacho
    }
}
