//! The end of the firmware, and what it leaves for the next start: torque off, a note, a reset.

use core::mem::MaybeUninit;
use core::panic::PanicInfo;
use core::sync::atomic::{AtomicBool, Ordering};

use cortex_m_rt::{ExceptionFrame, exception};
use embassy_rp::pac::WATCHDOG;
use pen_pico::crash::{MARK, Note, RAM_MARK, Traces, file_digest};

use super::{dog, outputs};

/// The words in ordinary memory that outlive a reset; nothing initialises them.
#[unsafe(link_section = ".uninit.mark")]
static mut RETAINED: MaybeUninit<[u32; 2]> = MaybeUninit::uninit();

/// Whether the end has begun: the first cause is the one that counts.
static ENDING: AtomicBool = AtomicBool::new(false);

/// What the chip remembers; to be read before [`mark`].
pub(crate) fn recall() -> Traces {
    let reason = WATCHDOG.reason().read();
    // SAFETY: every pattern is a number, nothing else uses the words, and there is one core.
    let ram = unsafe { (&raw const RETAINED).cast::<[u32; 2]>().read_volatile() };
    Traces {
        watchdog: reason.timer() || reason.force(),
        scratch: [
            WATCHDOG.scratch0().read(),
            WATCHDOG.scratch1().read(),
            WATCHDOG.scratch2().read(),
            WATCHDOG.scratch3().read(),
        ],
        ram,
    }
}

/// From now on the image runs, and there is no note.
pub(crate) fn mark() {
    WATCHDOG.scratch0().write_value(MARK);
    leave([0; 3]);
    // SAFETY: as in `recall`.
    unsafe {
        (&raw mut RETAINED)
            .cast::<[u32; 2]>()
            .write_volatile(RAM_MARK)
    };
}

fn leave([kind, place, check]: [u32; 3]) {
    WATCHDOG.scratch1().write_value(kind);
    WATCHDOG.scratch2().write_value(place);
    WATCHDOG.scratch3().write_value(check);
}

/// Takes the torque away, then makes the note and leaves it; true for the first cause.
///
/// What the note is made of comes after the torque: a digest takes longer than the torque may last,
/// and until interrupts are off a control step of the broken program may still run.
fn begin_end(note: impl FnOnce() -> Note) -> bool {
    cortex_m::interrupt::disable();
    outputs::force_off();
    let is_first = !ENDING.load(Ordering::Relaxed);
    ENDING.store(true, Ordering::Relaxed);
    if is_first {
        leave(note().words());
    }
    is_first
}

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    let place = || {
        info.location()
            .map_or(("", 0), |place| (place.file(), place.line()))
    };
    let note = || {
        let (file, line) = place();
        Note::Panic {
            file: file_digest(file),
            line,
        }
    };
    if begin_end(note) {
        let (file, line) = place();
        defmt::error!("panic in {=str}:{=u32}", file, line);
    }
    dog::reset()
}

#[exception]
unsafe fn HardFault(frame: &ExceptionFrame) -> ! {
    let address = frame.pc();
    if begin_end(|| Note::HardFault { address }) {
        defmt::error!("hard fault at {=u32:#x}", address);
    }
    dog::reset()
}

/// An interrupt that nobody serves would be served for ever, above the control step.
#[exception]
unsafe fn DefaultHandler(number: i16) -> ! {
    panic!("interrupt {number}, which nobody serves")
}
