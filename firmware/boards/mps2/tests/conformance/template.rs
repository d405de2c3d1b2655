//! The board to copy, on this machine: pins in memory, time and tick of the machine.

use cortex_m::singleton;
use pen_app::board::BoardReport;
use pen_app::factory;
use pen_app::store::Layout;
use pen_conformance::checks::judge_tick_times;
use pen_conformance::{Bench, Subject, Verdict, run, run_one};
use pen_core::journal::ResetCause;
use pen_core::mode::Mode;
use pen_template::board::{Board, Pollers};
use pen_template::loopback::bench::LoopBack;
use pen_template::loopback::devices::{Bus, MAKERS};
use pen_template::loopback::flash::RamFlash;
use pen_template::loopback::{Defect, Wires};
use pen_template::pins;
use pen_template::signals::Signals;
use pen_template::split::{self, Parts, Shared};

use crate::machine;

/// Bytes of an image in front of storage.
const IMAGE: usize = 4_096;

const STORAGE: usize = Layout::LEN as usize;

/// Everything that a board is made of.
struct Made {
    board: Board,
    flash: RamFlash,
    bench: LoopBack,
    wires: &'static Wires,
    signals: &'static Signals,
}

/// Time of the machine, which passes instruction by instruction, or of the loop-back, which passes
/// when somebody waits.
#[derive(Clone, Copy)]
enum Time {
    Machine,
    LoopBack,
}

fn make(time: Time) -> Made {
    let wires: &'static Wires = singleton!(: Wires = Wires::new()).expect("made once");
    let signals: &'static Signals = singleton!(: Signals = Signals::new()).expect("made once");
    if let Time::Machine = time {
        wires.run_on(machine::now_us);
    }
    let (taken, bus) = pins::take(wires);
    let pollers = Pollers::new(bus, taken.clock, &MAKERS);
    let bench = LoopBack::new(wires, signals, pollers).with_ticks(machine::tick_times);
    Made {
        board: Board::new(taken, signals),
        flash: RamFlash::new(machine::spare(IMAGE, STORAGE)),
        bench,
        wires,
        signals,
    }
}

type Trial = Subject<Board, Board>;

fn subject(time: Time) -> (Trial, LoopBack) {
    let made = make(time);
    let link = made.board.link();
    (Subject::new(made.board, link, made.flash), made.bench)
}

/// Runs checks by name, in the machine's time; each must pass.
pub(crate) fn passes(names: &[&str]) {
    let (mut subject, mut bench) = subject(Time::Machine);
    for name in names {
        match run_one(name, &mut subject, &mut bench) {
            Some(verdict @ Verdict::Passed(_)) => log::info!("{name}: {verdict}"),
            Some(verdict) => {
                log::info!("{name}: {verdict}");
                panic!("{name} did not pass");
            }
            None => panic!("there is no check {name}"),
        }
    }
}

/// Runs the whole suite, in its own order, and once more for what a power cut must not take.
pub(crate) fn passes_everything_but(not_run: &[&str]) {
    let (mut subject, mut bench) = subject(Time::LoopBack);
    let _ = run_one("flash_keeps_its_mark", &mut subject, &mut bench);
    let tally = run(&mut subject, &mut bench, |name, verdict| {
        log::info!("{name}: {verdict}");
        let is_expected = matches!(verdict, Verdict::NotRun(_)) == not_run.contains(&name);
        assert!(is_expected, "{name} was run, or was not");
    });
    assert!(tally.is_passed());
}

/// Panics as a test would, if the suite sees what is wrong.
pub(crate) fn fails_with(defect: Defect) {
    let made = make(Time::LoopBack);
    made.wires.spoil(defect);
    let link = made.board.link();
    let mut subject: Trial = Subject::new(made.board, link, made.flash);
    let mut bench = made.bench;
    let tally = run(&mut subject, &mut bench, |_, _| {});
    assert_eq!(tally.failed, 0);
}

/// The pen itself: control in the timer's interrupt, link and storage in thread, for a second.
pub(crate) fn lives() {
    let made = make(Time::Machine);
    let mut flash = made.flash;
    factory::format(&mut flash, 1).expect("a fresh flash can be formatted");
    let clock = made.wires.time();
    let mut bench = made.bench;
    let parts = Parts {
        board: made.board,
        flash,
        pollers: Pollers::new(Bus::new(made.wires), clock, &MAKERS),
        signals: made.signals,
        clock,
    };
    let report = BoardReport {
        serial: 1,
        model: "template pen",
        cause: ResetCause::PowerOn,
        image_ok: true,
        memory_ok: true,
        second_switch: true,
    };
    let place = singleton!(: Option<Shared> = None).expect("made once");
    let mut thread = split::start(parts, place, &report, &[]).expect("the flash fits");
    machine::start_ticking();
    let began = bench.now_us();
    while bench.now_us() - began < 1_000_000 {
        bench.wait(pen_core::units::Duration::from_us(100));
        split::work(&mut thread);
    }
    let status = split::status().expect("it runs");
    assert_eq!((status.mode, status.fault), (Mode::Locked, None));
    assert_eq!(bench.enable(), Ok(false));
    assert!(bench.fed().is_ok_and(|fed| (998..=1_001).contains(&fed)));
    // The last half second, with everything of the thread in between.
    let mut times = [0; 500];
    assert_eq!(machine::ticks(&mut times), times.len());
    match judge_tick_times(&times) {
        Ok(note) => log::info!("beside the thread: {note}"),
        Err(trouble) => panic!("{trouble:?}"),
    }
}
