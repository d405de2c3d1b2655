#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
//! The virtual board passes the suite that every port runs; boards that are built wrong do not.

mod conformance_support;

use std::collections::BTreeMap;
use std::rc::Rc;

use conformance_support::Mutation;
use conformance_support::bench::Wiring;
use conformance_support::board::{Board, Flash, Link};
use pen_conformance::{Failure, Subject, Tally, Verdict, checks, run};
use pen_sim::board::{FLASH_SECTORS, Part, VirtualBoard};

/// A run over a board, twice where a check wants the power to be taken away in between.
fn run_on(mutation: Option<Mutation>) -> (Tally, BTreeMap<&'static str, Verdict>) {
    let mut part = Part::new(FLASH_SECTORS + 16, 7);
    let mut last = (Tally::default(), BTreeMap::new());
    for _ in 0..2 {
        // An image lies in front of storage.
        part.restore(&[0xC3; 16 * 4_096]);
        let mut bench = Wiring::new(mutation);
        let panel = Rc::clone(&bench.panel);
        let serial = VirtualBoard::new(Rc::clone(&panel.wires)).serial();
        let link = Link {
            panel: Rc::clone(&panel),
            serial,
        };
        let flash = Flash {
            panel: Rc::clone(&panel),
            part,
        };
        let mut subject = Subject::<Board, Board>::new(Board(panel), link, flash);
        let mut verdicts = BTreeMap::new();
        let tally = run(&mut subject, &mut bench, |name, verdict| {
            assert_eq!(verdicts.insert(name, *verdict), None, "{name} ran twice");
        });
        part = subject.flash.part;
        last = (tally, verdicts);
    }
    last
}

/// Only the processor's watchdog is not on these wires: it belongs to the virtual pen around them.
const NOT_RUN: [&str; 1] = ["starved_watchdog_opens_the_enable_path"];

#[test]
fn the_virtual_board_passes_everything_that_its_wires_can_show() {
    let (tally, verdicts) = run_on(None);
    for (name, verdict) in &verdicts {
        println!("{name}: {verdict}");
        let may_be_missing = NOT_RUN.contains(name);
        match verdict {
            Verdict::Passed(_) => assert!(!may_be_missing, "{name} is listed as not run"),
            Verdict::NotRun(_) => assert!(may_be_missing, "{name}: {verdict}"),
            Verdict::Failed(_) => panic!("{name}: {verdict}"),
        }
    }
    assert_eq!(verdicts.len(), checks::COUNT);
    assert_eq!((tally.failed, tally.not_run), (0, 1));
    assert!(tally.is_passed() && !tally.is_complete());
}

#[test]
fn the_same_board_gets_the_same_verdicts_again() {
    assert_eq!(run_on(None), run_on(None));
}

/// Every defect, the check that must name it, and the part that it must name.
const CAUGHT: [(Mutation, &str, &str); 71] = {
    use Mutation as M;
    [
        (
            M::StartsEnabled,
            "outputs_start_without_torque",
            "enable path",
        ),
        (
            M::CoarseTimer,
            "full_scale_is_fine_enough",
            "forward half bridge",
        ),
        (
            M::InvertedDuty,
            "half_bridges_follow_their_duty",
            "forward half bridge",
        ),
        (
            M::HalvedDuty,
            "half_bridges_follow_their_duty",
            "forward half bridge",
        ),
        (
            M::SwappedHalfBridges,
            "half_bridges_follow_their_duty",
            "forward half bridge",
        ),
        (
            M::BothSides,
            "half_bridges_follow_their_duty",
            "backward half bridge",
        ),
        (
            M::EnableStuckHigh,
            "enable_path_follows_its_pin",
            "enable path",
        ),
        (
            M::StartsSupplied,
            "outputs_start_without_torque",
            "second switch",
        ),
        (
            M::SwappedSwitches,
            "enable_path_follows_its_pin",
            "enable path",
        ),
        (
            M::SwappedSwitches,
            "second_switch_follows_its_pin",
            "second switch",
        ),
        (
            M::InvertedSupply,
            "second_switch_follows_its_pin",
            "second switch",
        ),
        (
            M::SupplyStuckClosed,
            "second_switch_follows_its_pin",
            "second switch",
        ),
        (
            M::SupplyStuckOpen,
            "second_switch_follows_its_pin",
            "second switch",
        ),
        (
            M::SupplyStuckOpen,
            "torque_has_its_direction",
            "motor terminals",
        ),
        (
            M::SupplyNotWired,
            "open_second_switch_only_brakes",
            "motor terminals",
        ),
        (
            M::BrakeNeedsSupply,
            "zero_duty_shorts_the_motor",
            "motor terminals",
        ),
        (
            M::SupplyHolds,
            "starved_second_switch_opens",
            "second switch",
        ),
        (
            M::SupplyHasty,
            "starved_second_switch_opens",
            "second switch",
        ),
        (
            M::DutySupplies,
            "open_second_switch_only_brakes",
            "motor terminals",
        ),
        (
            M::SupplyStuckClosed,
            "resting_pen_gives_no_torque",
            "forward half bridge",
        ),
        (
            M::LateSupply,
            "torque_goes_before_it_comes",
            "second switch",
        ),
        (
            M::EnableNotWired,
            "open_enable_path_frees_the_motor",
            "motor terminals",
        ),
        (M::NoBrake, "zero_duty_shorts_the_motor", "motor terminals"),
        (
            M::SwappedHalfBridges,
            "torque_has_its_direction",
            "motor terminals",
        ),
        (M::SwappedHalfBridges, "motor_turns_as_told", "tachometer"),
        (M::ReversedTachometer, "motor_turns_as_told", "tachometer"),
        (M::ReversedCurrent, "motor_turns_as_told", "motor current"),
        (
            M::DutyEnables,
            "resting_pen_gives_no_torque",
            "forward half bridge",
        ),
        (
            M::EnableStuckHigh,
            "resting_pen_gives_no_torque",
            "forward half bridge",
        ),
        (M::LateEnable, "torque_goes_before_it_comes", "enable path"),
        (
            M::SwappedContacts,
            "every_level_reads_its_own_wire",
            "closing contact",
        ),
        (
            M::InvertedVbus,
            "every_level_reads_its_own_wire",
            "VBUS detector",
        ),
        (
            M::ClosingPulledHigh,
            "cut_trigger_wire_is_never_held",
            "closing contact",
        ),
        (
            M::OpeningPulledLow,
            "cut_trigger_wire_is_never_held",
            "opening contact",
        ),
        (M::SeatPulledHigh, "cut_wire_permits_nothing", "seat switch"),
        (
            M::InventedLevel,
            "unreadable_level_says_so",
            "closing contact",
        ),
        (
            M::SwappedInputs,
            "readings_are_not_swapped",
            "motor current",
        ),
        (
            M::GripReadsDepth,
            "readings_are_not_swapped",
            "grip temperature",
        ),
        (M::TenBits, "readings_span_the_range", "depth channel A"),
        (M::SlowConversions, "readings_are_fresh", "depth channel A"),
        (
            M::AlwaysFresh,
            "standing_conversions_grow_old",
            "depth channel A",
        ),
        (
            M::AgeComesRound,
            "standing_conversions_grow_old",
            "depth channel A",
        ),
        (
            M::SwappedAxes,
            "acceleration_has_its_axes",
            "accelerometer, second axis",
        ),
        (
            M::TwoGravities,
            "acceleration_reaches_eight_g",
            "accelerometer, first axis",
        ),
        (
            M::AlwaysFresh,
            "standing_acceleration_grows_old",
            "accelerometer",
        ),
        (
            M::AgeComesRound,
            "standing_acceleration_grows_old",
            "accelerometer",
        ),
        (M::PhantomEdges, "standing_cam_has_no_edges", "tachometer"),
        (M::EdgesStay, "edges_count_both_ways", "tachometer"),
        (M::EdgesWithoutSign, "edges_count_both_ways", "tachometer"),
        (M::ReversedTachometer, "edges_count_both_ways", "tachometer"),
        (M::EdgesWithoutAge, "edge_has_its_age", "tachometer"),
        (M::QuadrantOff, "quadrant_follows_the_cam", "tachometer"),
        (M::TicksMissing, "tick_keeps_its_period", "control tick"),
        (M::TicksDoubled, "tick_keeps_its_period", "control tick"),
        (M::TicksSlow, "tick_keeps_its_period", "control tick"),
        (M::TagStays, "tag_reads_what_is_there", "tag reader"),
        (M::BurnsNothing, "burn_reaches_its_tag", "tag reader"),
        (
            M::ActuatorHalves,
            "actuator_goes_where_told",
            "depth actuator",
        ),
        (M::FedByTimer, "nobody_else_feeds_the_watchdog", "watchdog"),
        (M::NeverFed, "resting_pen_gives_no_torque", "watchdog"),
        (M::ReadWaits, "silent_link_never_waits", "serial link"),
        (M::LosesBytes, "link_reads_what_was_sent", "serial link"),
        (M::WriteWaits, "link_writes_what_it_accepted", "serial link"),
        (
            M::AcceptsAndLoses,
            "link_writes_what_it_accepted",
            "serial link",
        ),
        (M::DiesOfFlood, "flooded_link_recovers", "serial link"),
        (M::OddCapacity, "flash_has_a_fitting_geometry", "flash"),
        (
            M::NoErase,
            "flash_erases_to_ones_and_programs_to_zeros",
            "flash",
        ),
        (M::RoundsRanges, "flash_refuses_what_it_cannot_do", "flash"),
        (
            M::SlowErase,
            "flash_erases_to_ones_and_programs_to_zeros",
            "flash",
        ),
        (
            M::ErasesBefore,
            "flash_leaves_what_lies_before_storage",
            "flash",
        ),
        (M::ForgetsMark, "flash_keeps_its_mark", "flash"),
    ]
};

fn failure(verdicts: &BTreeMap<&'static str, Verdict>, name: &str) -> Option<Failure> {
    match verdicts.get(name) {
        Some(Verdict::Failed(failure)) => Some(*failure),
        _ => None,
    }
}

#[test]
fn every_defect_is_caught_by_the_check_that_names_it() {
    for (mutation, name, part) in CAUGHT {
        let (tally, verdicts) = run_on(Some(mutation));
        let Some(failure) = failure(&verdicts, name) else {
            panic!("{mutation:?} passed {name}: {:?}", verdicts.get(name));
        };
        assert_eq!(failure.part, part, "{mutation:?}: {failure}");
        assert!(!tally.is_passed(), "{mutation:?}");
    }
}

#[test]
fn every_check_can_fail() {
    for check in checks::all::<Board, Board, Wiring>() {
        let is_tried = CAUGHT.iter().any(|(_, name, _)| *name == check.name);
        assert!(
            is_tried || NOT_RUN.contains(&check.name),
            "no defect was tried on {}",
            check.name
        );
    }
}
