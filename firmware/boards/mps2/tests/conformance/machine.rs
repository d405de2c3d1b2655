//! The machine's own time, its tick, its spare memory, and a way to say something.
#![expect(
    unsafe_code,
    reason = "registers and spare memory are raw; each place says why it is sound"
)]

use core::cell::RefCell;
use core::fmt::{self, Write};
use core::ptr;

use cortex_m::peripheral::syst::SystClkSource;
use cortex_m_rt::exception;
use critical_section::Mutex;
use heapless::Deque;
use pen_mps2::{semihosting, uart};
use pen_template::split;

/// Up counter of the board at 25 MHz. Source: AN386, FPGA system control and I/O, `COUNTER`
const COUNTER: usize = 0x4002_8018;

/// Its counts in a microsecond.
const PER_US: u32 = 25;

/// Counts of the system timer in a millisecond.
const MILLISECOND: u32 = 25_000;

/// Second memory of the machine, which no linker script names. Source: AN386, memory map, PSRAM
const SPARE: usize = 0x2100_0000;

/// Ticks that are kept.
const KEPT: usize = 512;

struct Time {
    counted: u32,
    /// Time in counts.
    counts: u64,
    ticks: Deque<u64, KEPT>,
}

static TIME: Mutex<RefCell<Time>> = Mutex::new(RefCell::new(Time {
    counted: 0,
    counts: 0,
    ticks: Deque::new(),
}));

impl Time {
    /// Must be asked once in 171 s.
    fn us(&mut self) -> u64 {
        // SAFETY: a register of the machine that can always be read and changes nothing.
        let counted = unsafe { ptr::with_exposed_provenance::<u32>(COUNTER).read_volatile() };
        self.counts += u64::from(counted.wrapping_sub(self.counted));
        self.counted = counted;
        self.counts / u64::from(PER_US)
    }
}

/// The counter of microseconds that a board brings; wraps.
#[expect(clippy::cast_possible_truncation, reason = "it wraps, as it may")]
pub(crate) fn now_us() -> u32 {
    critical_section::with(|section| TIME.borrow_ref_mut(section).us() as u32)
}

/// Starts the system timer: a thousand ticks a second.
pub(crate) fn start_ticking() {
    // SAFETY: each test has a machine of its own and calls this once; nobody else uses the timer.
    let mut timer = unsafe { cortex_m::Peripherals::steal() }.SYST;
    timer.set_clock_source(SystClkSource::Core);
    timer.set_reload(MILLISECOND - 1);
    timer.clear_current();
    timer.enable_counter();
    timer.enable_interrupt();
}

/// The control tick of the template, and a note of when it began.
#[exception]
fn SysTick() {
    critical_section::with(|section| {
        let mut time = TIME.borrow_ref_mut(section);
        let now = time.us();
        if time.ticks.is_full() {
            time.ticks.pop_front();
        }
        let _ = time.ticks.push_back(now);
    });
    split::tick();
}

/// Times of the ticks since the timer was started, or of the last ones.
pub(crate) fn ticks(into: &mut [u64]) -> usize {
    critical_section::with(|section| {
        let time = TIME.borrow_ref(section);
        for (place, tick) in into.iter_mut().zip(&time.ticks) {
            *place = *tick;
        }
        time.ticks.len().min(into.len())
    })
}

/// Fills in the times of ticks while nothing else happens.
///
/// It does not sleep in between: under `-icount sleep=off` a sleeping machine's time goes on at twice
/// the pace of its own timer.
pub(crate) fn tick_times(into: &mut [u64]) {
    start_ticking();
    // Looked at in short: copying them all each time would keep the tick waiting.
    while critical_section::with(|section| TIME.borrow_ref(section).ticks.len()) < into.len() {
        core::hint::spin_loop();
    }
    ticks(into);
}

/// Spare memory for a flash: so many bytes, all erased but the first `image`.
pub(crate) fn spare(image: usize, len: usize) -> &'static mut [u8] {
    // SAFETY: 16 MiB of memory that neither linker nor stack know; each test has a machine of its
    // own and calls this once.
    let memory = unsafe {
        core::slice::from_raw_parts_mut(ptr::with_exposed_provenance_mut(SPARE), image + len)
    };
    memory.fill(0xFF);
    memory.iter_mut().take(image).for_each(|byte| *byte = 0xC3);
    memory
}

#[exception]
unsafe fn DefaultHandler(number: i16) {
    match number {
        0 => uart::on_interrupt(),
        other => panic!("nobody expects interrupt {other}"),
    }
}

/// The emulator's own terminal.
struct Terminal(semihosting::File);

impl Write for Terminal {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if self.0.write(text.as_bytes()) {
            Ok(())
        } else {
            Err(fmt::Error)
        }
    }
}

/// Writes what tests and the harness say to where the runner shows it when a test fails.
struct Log;

impl log::Log for Log {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        if let Some(file) = semihosting::File::open(c":tt", false) {
            let _ = writeln!(Terminal(file), "{}", record.args());
        }
    }

    fn flush(&self) {}
}

/// What a test that fails has to say shall be heard.
#[embedded_test::setup]
fn listen() {
    if log::set_logger(&Log).is_ok() {
        log::set_max_level(log::LevelFilter::Info);
    }
}

/// Counter and system timer are two clocks of one crystal.
pub(crate) fn counts_microseconds() {
    let mut times = [0; 101];
    tick_times(&mut times);
    let [first, .., last] = times;
    let took = last - first;
    assert!((99_990..=100_010).contains(&took), "{took} us");
}
