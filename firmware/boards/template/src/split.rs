//! The two halves of the application where they belong: control in the tick's interrupt, link and
//! storage in thread. A port keeps it and calls it.
//!
//! ```text
//!   reset      start(board, flash, ...)            once, interrupts off
//!   interrupt  tick()                              every millisecond, highest priority of all
//!   interrupt  Signals::converted, Halls::edge, Queues::received / to_send
//!   thread     work(&mut thread) in an endless loop
//! ```

use core::cell::Cell;

use critical_section::Mutex;
use pen_app::board::BoardReport;
use pen_app::boot;
use pen_app::control::Control;
use pen_app::host::Host;
use pen_app::keeper::Keeper;
use pen_app::shared::{Core, CoreAccess};
use pen_app::signed::PublicKey;
use pen_app::store::StoreError;
use pen_core::units::Instant;

use crate::board::{Board, Pollers};
use crate::drivers::queue::Link;
use crate::pins::{Clock, Flash};
use crate::signals::{Clock as _, Signals};

/// What the tick owns, and what it shares.
pub struct Shared {
    control: Control<Board>,
    core: Core,
    clock: Clock,
    now: Instant,
    counted_us: u32,
}

opaque!(Shared);

impl Shared {
    /// The time now; must be asked at least once an hour.
    fn now(&mut self) -> Instant {
        let count_us = self.clock.now_us();
        let passed = count_us.wrapping_sub(self.counted_us);
        // Asked from the interrupt and from thread: never goes back.
        if passed <= u32::MAX / 2 {
            self.counted_us = count_us;
            let span = pen_core::units::Duration::from_us(passed);
            self.now = self.now.plus(span);
        }
        self.now
    }
}

/// Where [`Shared`] is. Whoever works with it takes it out; the tick does so for a whole control
/// step without keeping any other interrupt out, the thread only inside a critical section.
type Place = Mutex<Cell<Option<&'static mut Shared>>>;

/// The one place; before [`start`] nothing is in it.
static SHARED: Place = Mutex::new(Cell::new(None));

/// What the thread owns.
pub struct Thread {
    host: Host<Link, Flash>,
    pollers: Pollers,
    signals: &'static Signals,
    clock: Clock,
}

opaque!(Thread);

/// What a board gives to its start.
pub struct Parts {
    /// Pins and drivers.
    pub board: Board,
    /// The flash.
    pub flash: Flash,
    /// The parts on the bus.
    pub pollers: Pollers,
    /// What interrupts leave.
    pub signals: &'static Signals,
    /// The counter of microseconds.
    pub clock: Clock,
}

opaque!(Parts);

/// Reads storage and starts the pen; from then on [`tick`] works. `place` must be a static.
///
/// Call it once, before the interrupts are on: it may erase flash, so the watchdog must not run yet.
///
/// # Errors
/// [`StoreError::Geometry`] when the flash does not fit the storage map. Nothing runs then, and
/// the enable path stays open.
pub fn start(
    parts: Parts,
    place: &'static mut Option<Shared>,
    report: &BoardReport,
    makers: &[PublicKey],
) -> Result<Thread, StoreError> {
    let link = parts.board.link();
    let mut keeper = Keeper::new(parts.flash, report.serial)?;
    let core = boot::start(report, makers, &mut keeper);
    let shared = place.insert(Shared {
        control: Control::new(parts.board),
        core,
        clock: parts.clock,
        now: Instant::from_us(0),
        counted_us: parts.clock.now_us(),
    });
    critical_section::with(|section| SHARED.borrow(section).set(Some(shared)));
    parts.signals.worked.put((), parts.clock.now_us());
    Ok(Thread {
        host: Host::new(link, keeper, report),
        pollers: parts.pollers,
        signals: parts.signals,
        clock: parts.clock,
    })
}

/// One control step; call it every millisecond, from the interrupt of highest priority.
///
/// Before [`start`], and if it should ever interrupt itself, it does nothing: the watchdog is not
/// fed then.
pub fn tick() {
    let Some(shared) = critical_section::with(|section| SHARED.borrow(section).take()) else {
        return;
    };
    let now = shared.now();
    shared.control.tick(now, &mut shared.core);
    critical_section::with(|section| SHARED.borrow(section).set(Some(shared)));
}

/// One turn of link, storage and bus; call it whenever there is time.
pub fn work(thread: &mut Thread) {
    thread.signals.worked.put((), thread.clock.now_us());
    thread.pollers.poll(thread.signals);
    let mut way = Way;
    if let Some(now) = way.now() {
        thread.host.poll(now, &mut way);
    }
}

/// Steps of the core so far: for tests and for whoever watches the tick. Nothing before the start.
#[must_use]
pub fn status() -> Option<pen_core::status::Status> {
    critical_section::with(|section| {
        let shared = SHARED.borrow(section).take()?;
        let status = shared.core.pen.status();
        SHARED.borrow(section).set(Some(shared));
        Some(status)
    })
}

/// The thread's way to the core.
#[derive(Clone, Copy, Debug)]
struct Way;

impl Way {
    fn now(self) -> Option<Instant> {
        critical_section::with(|section| {
            let shared = SHARED.borrow(section).take()?;
            let now = shared.now();
            SHARED.borrow(section).set(Some(shared));
            Some(now)
        })
    }
}

impl CoreAccess for Way {
    /// # Panics
    /// When asked from inside itself: the application never does, and a pen whose core is gone must
    /// stop, which the panic handler sees to.
    fn with<R>(&mut self, f: impl FnOnce(&mut Core) -> R) -> R {
        critical_section::with(|section| {
            let Some(shared) = SHARED.borrow(section).take() else {
                panic!("the core was asked for while somebody had it");
            };
            let result = f(&mut shared.core);
            SHARED.borrow(section).set(Some(shared));
            result
        })
    }
}
