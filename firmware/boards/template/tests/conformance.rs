//! The board to copy passes the suite over its loop-back, and the suite sees when it is built wrong.

use std::collections::BTreeMap;

use pen_app::store::Layout;
use pen_conformance::{Subject, Tally, Verdict, checks, run};
use pen_template::board::{Board, Pollers};
use pen_template::loopback::bench::LoopBack;
use pen_template::loopback::devices::MAKERS;
use pen_template::loopback::flash::{RamFlash, SECTOR};
use pen_template::loopback::{Defect, Wires};
use pen_template::pins;
use pen_template::signals::Signals;

/// What runs for ever on a chip is leaked here.
fn leak<T>(value: T) -> &'static T {
    Box::leak(Box::new(value))
}

/// A flash with the end of an image in front of storage.
fn flash() -> &'static mut [u8] {
    let len = usize::try_from(Layout::LEN).expect("it is small");
    let mut bytes = vec![0xC3; SECTOR];
    bytes.resize(SECTOR + len, 0xFF);
    Box::leak(bytes.into_boxed_slice())
}

/// Runs the suite twice, with a power cut in between that takes everything but the flash.
fn run_on(defect: Option<Defect>) -> (Tally, BTreeMap<&'static str, Verdict>) {
    run_as(defect, true)
}

/// The same, of a board that reports a second switch or none.
fn run_as(defect: Option<Defect>, second_switch: bool) -> (Tally, BTreeMap<&'static str, Verdict>) {
    let mut memory = flash();
    let mut last = (Tally::default(), BTreeMap::new());
    for _ in 0..2 {
        let (wires, signals) = (leak(Wires::new()), leak(Signals::new()));
        if let Some(defect) = defect {
            wires.spoil(defect);
        }
        let (taken, bus) = pins::take(wires);
        let pollers = Pollers::new(bus, taken.clock, &MAKERS);
        let mut bench = LoopBack::new(wires, signals, pollers);
        let board = Board::new(taken, signals);
        let link = board.link();
        let mut subject: Subject<Board, Board> = Subject::new(board, link, RamFlash::new(memory));
        if !second_switch {
            subject = subject.without_second_switch();
        }
        let mut verdicts = BTreeMap::new();
        let tally = run(&mut subject, &mut bench, |name, verdict| {
            verdicts.insert(name, *verdict);
        });
        memory = subject.flash.release();
        last = (tally, verdicts);
    }
    last
}

/// A desk has no timer, and this board no motor.
const NOT_RUN: [&str; 2] = ["motor_turns_as_told", "tick_keeps_its_period"];

#[test]
fn the_board_to_copy_passes() {
    let (tally, verdicts) = run_on(None);
    for (name, verdict) in &verdicts {
        println!("{name}: {verdict}");
    }
    let not_run: Vec<_> = verdicts
        .iter()
        .filter(|(_, verdict)| matches!(verdict, Verdict::NotRun(_)))
        .map(|(name, _)| *name)
        .collect();
    assert_eq!(not_run, NOT_RUN);
    assert_eq!(tally.failed, 0);
    assert_eq!(verdicts.len(), checks::COUNT);
}

/// What only a second switch can show is named as not run, and nothing else.
#[test]
fn a_board_that_reports_no_second_switch_is_asked_for_none() {
    // Its bridge is always supplied.
    let (tally, verdicts) = run_as(Some(Defect::SupplyWelded), false);
    let not_run: Vec<_> = verdicts
        .iter()
        .filter_map(|(name, verdict)| match verdict {
            Verdict::NotRun(why) if !NOT_RUN.contains(name) => Some((*name, why.0)),
            _ => None,
        })
        .collect();
    let why = "this board reports no second switch";
    let expected = [
        "open_second_switch_only_brakes",
        "second_switch_follows_its_pin",
        "starved_second_switch_opens",
    ];
    assert_eq!(not_run, expected.map(|name| (name, why)));
    assert_eq!(tally.failed, 0, "{verdicts:#?}");
    assert!(tally.is_passed() && !tally.is_complete());
}

/// What is built wrong, the check that must name it, and the part that it must name.
const CAUGHT: [(Defect, &str, &str); 14] = [
    (
        Defect::DogNotWired,
        "starved_watchdog_opens_the_enable_path",
        "enable path",
    ),
    (
        Defect::DogNeverStarted,
        "starved_watchdog_opens_the_enable_path",
        "enable path",
    ),
    (
        Defect::DogSleepy,
        "starved_watchdog_opens_the_enable_path",
        "enable path",
    ),
    (
        Defect::WrongPull,
        "cut_trigger_wire_is_never_held",
        "opening contact",
    ),
    (Defect::HallsSwapped, "edges_count_both_ways", "tachometer"),
    (
        Defect::EncoderSilent,
        "readings_are_fresh",
        "depth channel B",
    ),
    (
        Defect::AccelerometerSilent,
        "standing_acceleration_grows_old",
        "accelerometer",
    ),
    (
        Defect::TagWriteProtected,
        "burn_reaches_its_tag",
        "tag reader",
    ),
    (
        Defect::SupplyLevelHolds,
        "starved_second_switch_opens",
        "second switch",
    ),
    (
        Defect::SupplyWelded,
        "outputs_start_without_torque",
        "second switch",
    ),
    (
        Defect::SupplyWelded,
        "second_switch_follows_its_pin",
        "second switch",
    ),
    (
        Defect::BrakeNeedsSupply,
        "zero_duty_shorts_the_motor",
        "motor terminals",
    ),
    (
        Defect::BrakeNeedsSupply,
        "open_second_switch_only_brakes",
        "motor terminals",
    ),
    (
        Defect::StepperReversed,
        "actuator_goes_where_told",
        "depth actuator",
    ),
];

#[test]
fn what_is_built_wrong_is_caught_by_the_check_that_names_it() {
    for (defect, name, part) in CAUGHT {
        let (tally, verdicts) = run_on(Some(defect));
        let Some(Verdict::Failed(failure)) = verdicts.get(name) else {
            panic!("{defect:?} passed {name}: {:?}", verdicts.get(name));
        };
        assert_eq!(failure.part, part, "{defect:?}: {failure}");
        assert!(!tally.is_passed(), "{defect:?}");
    }
}
