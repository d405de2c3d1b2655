//! The application in its two halves on this board: it starts, answers a host, and starves the
//! watchdog when its thread hangs.
//!
//! One test: there is one pen in this program, as in an image.

use std::sync::atomic::{AtomicU32, Ordering};

use pen_app::board::BoardReport;
use pen_app::factory;
use pen_app::store::Layout;
use pen_conformance::{Bench, Side};
use pen_core::journal::ResetCause;
use pen_core::mode::Mode;
use pen_core::units::Duration;
use pen_protocol::frame::{Decoder, FRAME_MAX, encode};
use pen_protocol::messages::{Hello, ToHost, ToPen};
use pen_protocol::text::Text;
use pen_protocol::{SCHEMA_HASH, VERSION};
use pen_template::board::{Board, Pollers};
use pen_template::loopback::Wires;
use pen_template::loopback::bench::LoopBack;
use pen_template::loopback::devices::{Bus, MAKERS};
use pen_template::loopback::flash::RamFlash;
use pen_template::signals::{Clock, Signals};
use pen_template::split::{self, Parts, Shared, Thread};
use pen_template::{drivers, pins};

const SERIAL: u64 = 0x00C0_FFEE;

fn leak<T>(value: T) -> &'static mut T {
    Box::leak(Box::new(value))
}

/// A board with an empty but formatted flash, its bench, and its thread.
fn start() -> (LoopBack, Thread, &'static Wires) {
    let (wires, signals): (&'static Wires, &'static Signals) =
        (leak(Wires::new()), leak(Signals::new()));
    let (taken, bus) = pins::take(wires);
    let clock = taken.clock;
    let len = usize::try_from(Layout::LEN).expect("it is small");
    let mut flash = RamFlash::new(Box::leak(vec![0xFF; len].into_boxed_slice()));
    factory::format(&mut flash, SERIAL).expect("a fresh flash can be formatted");
    // The bench has pollers of its own beside the thread's: two masters on a bus that is memory.
    let bench = LoopBack::new(
        wires,
        signals,
        Pollers::new(Bus::new(wires), clock, &MAKERS),
    );
    let parts = Parts {
        board: Board::new(taken, signals),
        flash,
        pollers: Pollers::new(bus, clock, &MAKERS),
        signals,
        clock,
    };
    let report = BoardReport {
        serial: SERIAL,
        model: "template pen",
        cause: ResetCause::PowerOn,
        image_ok: true,
        memory_ok: true,
        second_switch: true,
    };
    let place: &'static mut Option<Shared> = leak(None);
    let thread = split::start(parts, place, &report, &[]).expect("the flash fits");
    (bench, thread, wires)
}

fn hello() -> Vec<u8> {
    let mut room = [0; FRAME_MAX];
    let message = ToPen::Hello(Hello {
        version_min: VERSION,
        version_max: VERSION,
        schema: SCHEMA_HASH,
        client: Text::default(),
    });
    encode(7, &message, &mut room)
        .expect("a hello fits")
        .to_vec()
}

fn answer(bench: &mut LoopBack) -> Option<ToHost> {
    let mut decoder = Decoder::new();
    let mut byte = [0];
    while bench.collect(&mut byte) == Ok(1) {
        if let Some(Ok(frame)) = decoder.push(byte[0]) {
            return frame.message().ok();
        }
    }
    None
}

fn millisecond(bench: &mut LoopBack, thread: Option<&mut Thread>) {
    split::tick();
    if let Some(thread) = thread {
        split::work(thread);
    }
    bench.wait(Duration::from_ms(1));
}

#[test]
fn the_pen_lives_on_this_board() {
    assert_eq!(split::status(), None);
    split::tick();
    let (mut bench, mut thread, wires) = start();
    let fed = bench.fed().expect("it is seen");
    for _ in 0..600 {
        millisecond(&mut bench, Some(&mut thread));
    }
    // Nobody has signed a profile for it: it stays locked, whole and fed.
    let status = split::status().expect("it runs");
    assert_eq!((status.mode, status.fault), (Mode::Locked, None));
    assert_eq!(bench.fed().map(|now| now - fed), Ok(600));
    assert_eq!(bench.enable(), Ok(false));
    // A host is answered.
    let hello = hello();
    assert_eq!(bench.offer(&hello), Ok(hello.len()));
    for _ in 0..20 {
        millisecond(&mut bench, Some(&mut thread));
    }
    let Some(ToHost::HelloReply(reply)) = answer(&mut bench) else {
        panic!("nobody answered");
    };
    assert_eq!((reply.serial, reply.read_only), (SERIAL, false));
    come_round(&mut bench, &mut thread);
    hang(&mut bench, &mut thread);
    turn_back(wires);
}

/// The thread's own turns keep the watchdog quiet, without the bench's.
fn come_round(bench: &mut LoopBack, thread: &mut Thread) {
    let before = bench.fed().expect("it is seen");
    let turns = 2 * drivers::watchdog::AWAY_MAX.as_ms();
    for _ in 0..turns {
        split::tick();
        split::work(thread);
        bench.skip(Duration::from_ms(1));
    }
    assert_eq!(bench.fed().map(|now| now - before), Ok(turns));
}

/// The tick alone does not keep the watchdog quiet.
fn hang(bench: &mut LoopBack, thread: &mut Thread) {
    split::work(thread);
    let before = bench.fed().expect("it is seen");
    let patience = drivers::watchdog::AWAY_MAX.as_ms();
    // The bench comes round in its own wait; a clock that jumps leaves it out.
    for _ in 0..2 * patience {
        split::tick();
        bench.skip(Duration::from_ms(1));
    }
    let fed = bench.fed().expect("it is seen") - before;
    assert!(fed > patience / 2 && fed <= patience + 2, "{fed}");
    assert_eq!(bench.enable(), Ok(false));
    assert_eq!(bench.duty(Side::Forward), Ok(0));
}

/// A counter that was read a little earlier than the last one moves the pen's time not at all, and
/// not by the 71 minutes until it has come round.
fn turn_back(wires: &'static Wires) {
    static EARLIER_US: AtomicU32 = AtomicU32::new(0);
    split::tick();
    let before = split::status().expect("it runs").at;
    EARLIER_US.store(wires.time().now_us().wrapping_sub(10), Ordering::Relaxed);
    wires.run_on(|| EARLIER_US.load(Ordering::Relaxed));
    split::tick();
    assert_eq!(split::status().expect("it runs").at, before);
    EARLIER_US.fetch_add(1_010, Ordering::Relaxed);
    split::tick();
    let passed = split::status().expect("it runs").at.since(before);
    assert_eq!(passed, Duration::from_ms(1));
}
