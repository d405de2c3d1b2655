//! The checker's run, and the pens with one thing wrong.

use stateright::{Checker, HasDiscoveries, Model};

use super::PenModel;
use super::defects::Defect;

/// States of the closed space.
const STATES: usize = 167_792;
/// Steps between them.
const STEPS: usize = 6_923_945;

/// Refusals that no question to these rooms leads to, and why.
const NEVER: [(&str, &str); 1] = [(
    "NothingToRevert",
    "made by the application, which keeps the calibration before",
)];

#[test]
fn every_state_keeps_every_rule_and_finds_its_way_back() {
    let checker = PenModel::new(None).checker().threads(2).spawn_bfs().join();
    for (name, path) in checker.discoveries() {
        println!(
            "broken: {name}\n{:?}\n{:?}",
            path.last_state(),
            path.clone().into_actions()
        );
    }
    println!(
        "{} states, {} steps, depth {}; {:?}",
        checker.unique_state_count(),
        checker.state_count(),
        checker.max_depth(),
        checker.model().walked,
    );
    checker.assert_properties();
    assert!(checker.is_done());
    let [modes, firsts, stops, refusals] = checker.model().cover.missing();
    let reached = [modes, firsts, stops];
    assert!(reached.iter().all(Vec::is_empty), "{reached:?}");
    assert_eq!(refusals, NEVER.map(|(name, _)| name));
    assert_eq!(
        (checker.unique_state_count(), checker.state_count()),
        (STATES, STEPS)
    );
}

#[test]
fn a_pen_with_one_thing_wrong_is_found_by_the_rule_that_names_it() {
    for (defect, rule) in [
        (
            Defect::ZoneStaysOpen,
            "a zone is open only where it is worked in",
        ),
        (
            Defect::NothingReserved,
            "a zone is open only where it is worked in",
        ),
        (
            Defect::Resumes,
            "a drive starts where it may, with what it takes",
        ),
        (
            Defect::ModeForgets,
            "a fault is latched exactly while the mode says so",
        ),
        (
            Defect::ResetForgets,
            "a terminal fault ends by a technician only",
        ),
        (
            Defect::AcknowledgesTerminal,
            "a terminal fault ends by a technician only",
        ),
        (
            Defect::ShockForgotten,
            "a shock ends by a check of the depth",
        ),
        (
            Defect::ReservationReturns,
            "what a session has used never falls",
        ),
        (Defect::SameNumber, "no session is opened again"),
        (Defect::RefusalWants, "a refusal changes nothing"),
        (Defect::NotStored, "what must survive goes to storage"),
        (Defect::Deaf, "a stop is obeyed in the tick that hears it"),
        (
            Defect::HaltedTwice,
            "every event that is carried leads to another mode",
        ),
        (Defect::ReleaseKept, "a new mode wants a fresh release"),
        (
            Defect::ServiceLeft,
            "nothing of Service is left in the next one",
        ),
        (Defect::PlanSwapped, "a session keeps its plan"),
        (Defect::NeverHalts, "SAFE-004: left alone it comes to rest"),
        (Defect::NeverAcknowledged, "SAFE-004: an operator is served"),
        (Defect::NeverEnded, "SAFE-004: a technician is served"),
        (Defect::ReservationLost, "what treats is reserved"),
        (
            Defect::TerminalWorks,
            "what is terminal is in no mode that works",
        ),
        (
            Defect::ShockIgnored,
            "what is owed a check at zero opens no zone",
        ),
        (Defect::PauseEnded, "only work ends a cartridge's pause"),
    ] {
        let checker = PenModel::new(Some(defect))
            .checker()
            .finish_when(HasDiscoveries::AllOf([rule].into()))
            .spawn_bfs()
            .join();
        let path = checker.discovery(rule);
        assert!(path.is_some(), "{defect:?} is not found by '{rule}'");
        println!("{defect:?}: {} states", checker.unique_state_count());
    }
}
