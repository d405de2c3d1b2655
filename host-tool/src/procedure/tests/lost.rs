//! A pen whose calibration is lost: its records are damaged, and numbers go on.

use super::*;
use crate::procedure::{Event, Replay, calibrate_kept};
use pen_core::journal::ResetCause;

/// The two sides of a calibration lie behind those of the profile, two sectors of 4 KiB each.
const SECTOR: usize = 4_096;
const FIRST: usize = 4;
const SECTORS: usize = 4;

/// The same pen after all records of its calibration were damaged and it started anew.
fn lose(stage: &SimStage) -> Client {
    stage.pen(|pen| {
        pen.flash().with(|part| {
            for byte in FIRST * SECTOR..(FIRST + SECTORS) * SECTOR {
                assert!(part.flip_bit(8 * byte));
            }
        });
        pen.reboot(ResetCause::Software);
    });
    stage.run(3_000);
    Client::connect(Box::new(stage.link()), Patience::default()).unwrap()
}

#[test]
fn a_pen_that_lost_its_calibration_is_proposed_and_reported_under_its_true_number() {
    let (stage, mut client) = pen(3, false);
    let mut bench = SimBench::new(stage.clone(), 3, Decides::Yes);
    // The depth alone under 1, depth and clock under 2, a second time under 3: signed off.
    for _ in 0..2 {
        calibrate(&mut client, &mut bench, &settings(), &mut |_| {}).unwrap();
    }
    let signed = client.status().unwrap().generation;
    let mut client = lose(&stage);
    assert_eq!(
        client.status().unwrap().generation,
        0,
        "the calibration is lost"
    );
    let mut bench = SimBench::new(stage, 3, Decides::Yes);
    let mut events = Vec::new();
    let outcome = calibrate_kept(
        &mut client,
        &mut bench,
        &settings(),
        &mut |_| {},
        &mut events,
        Replay::default(),
    )
    .unwrap();
    let proposed: Vec<(u32, String)> = events
        .iter()
        .filter_map(|event| match event {
            Event::Proposed {
                generation,
                changes,
                ..
            } => Some((*generation, changes[0].new.clone())),
            _ => None,
        })
        .collect();
    let expected: Vec<(u32, String)> = (signed + 1..)
        .take(proposed.len())
        .map(|number| (number, number.to_string()))
        .collect();
    assert_eq!(proposed, expected);
    assert_eq!(outcome.generation, expected.last().unwrap().0);
    let adjustment = outcome.report.adjustment.unwrap();
    let row = &adjustment.parameters[0];
    assert_eq!(row.name, "Generation");
    assert_eq!(
        (row.old.as_str(), row.new.as_str()),
        ("none", outcome.generation.to_string().as_str())
    );
    assert_eq!(outcome.as_left, Verdict::Pass);
}
