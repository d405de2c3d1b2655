//! What a calibration that is not signed off leaves, and the way back.

use super::*;
use crate::procedure::{previous, undo};
use pen_core::locks::Lock;
use pen_core::request::Role;
use pen_protocol::messages::ToPen;

/// Service mode, with the dummy in.
pub(super) fn serve(client: &mut Client, bench: &mut SimBench) {
    bench.prepare(client, &settings()).unwrap();
    bench.attend(client, true).unwrap();
    client.authorise(Role::Technician).unwrap();
    client.demand(&ToPen::EnterService).unwrap();
    bench.attend(client, false).unwrap();
}

fn is_unverified(client: &mut Client) -> bool {
    client.wait(Duration::from_millis(50));
    client.status().unwrap().locks.has(Lock::Unverified)
}

/// A pen whose calibration was committed and never measured with.
fn committed(seed: u64) -> (Client, SimBench) {
    let (stage, mut client) = pen(seed, true);
    let mut bench = SimBench::new(stage, seed, Decides::Yes);
    serve(&mut client, &mut bench);
    commit_again(&mut client, 2);
    (client, bench)
}

pub(super) fn commit_again(client: &mut Client, generation: u32) {
    let found = client.calibration(Which::Current).unwrap().found.unwrap();
    let next = Calibration {
        generation,
        technician: 7,
        ..found.calibration
    };
    let digest = client.stage(&next).unwrap();
    client.commit(digest).unwrap();
}

#[test]
fn cal_005_undo_returns_to_the_one_before_which_was_signed_off() {
    let (mut client, _) = committed(5);
    assert!(is_unverified(&mut client));
    let undone = undo(&mut client).unwrap();
    assert_eq!((undone.returned, undone.generation), (1, 3));
    assert!(undone.is_verified && !is_unverified(&mut client));
    // Only one step back is kept: what returns next is what was undone.
    let undone = undo(&mut client).unwrap();
    assert_eq!((undone.returned, undone.generation), (2, 4));
    assert!(!undone.is_verified && is_unverified(&mut client));
}

#[test]
fn cal_005_undo_without_another_calibration_changes_nothing() {
    let (stage, mut client) = pen(5, true);
    let mut bench = SimBench::new(stage, 5, Decides::Yes);
    serve(&mut client, &mut bench);
    for error in [
        previous(&mut client).unwrap_err(),
        undo(&mut client).unwrap_err(),
    ] {
        assert_eq!(error.exit_code(), 40, "{error}");
    }
    assert_eq!(client.status().unwrap().generation, 1);
    assert!(!is_unverified(&mut client));
}

#[test]
fn cal_005_a_pen_that_was_left_unverified_is_signed_off_by_the_next_plain_pass() {
    let (mut client, mut bench) = committed(5);
    client.demand(&ToPen::LeaveService).unwrap();
    let settings = Settings {
        adjust: Adjust::Auto,
        ..settings()
    };
    let outcome = calibrate(&mut client, &mut bench, &settings, &mut |_| {}).unwrap();
    assert_eq!((outcome.as_left, outcome.generation), (Verdict::Pass, 2));
    assert!(!is_unverified(&mut client));
}

#[test]
fn cal_005_what_does_not_pass_as_left_stays_unverified() {
    // Measured only: a pen without a calibration that fits has no plain pass.
    let (stage, mut client) = pen(3, false);
    let mut bench = SimBench::new(stage, 3, Decides::Yes);
    let first = calibrate(&mut client, &mut bench, &settings(), &mut |_| {}).unwrap();
    assert_eq!(first.as_left, Verdict::Pass);
    serve(&mut client, &mut bench);
    let found = client.calibration(Which::Current).unwrap().found.unwrap();
    // Tables that tell 115 um too much are within what a pen takes, and out of what passes.
    let mut next = Calibration {
        generation: found.calibration.generation + 1,
        ..found.calibration
    };
    for knot in [&mut next.a, &mut next.b]
        .into_iter()
        .flat_map(|table| table.knots.iter_mut().flatten())
    {
        knot.depth = knot.depth.deeper_by(115);
    }
    let digest = client.stage(&next).unwrap();
    client.commit(digest).unwrap();
    client.demand(&ToPen::LeaveService).unwrap();
    let settings = Settings {
        adjust: Adjust::Never,
        ..settings()
    };
    let outcome = calibrate(&mut client, &mut bench, &settings, &mut |_| {}).unwrap();
    assert_ne!(outcome.as_left, Verdict::Pass);
    assert!(is_unverified(&mut client));
    let said = outcome
        .report
        .record
        .iter()
        .find(|fact| fact.label == "Signed off in the pen");
    assert!(said.is_some_and(|fact| fact.value.starts_with("no")));
}
