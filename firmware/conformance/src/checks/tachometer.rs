//! The tachometer: number, direction and age of edges, and where the cam is.

use pen_app::board::{ControlBoard, HostBoard, Tachometer};
use pen_core::io::Quadrant;
use pen_core::units::Duration;

use crate::bench::Bench;
use crate::failure::{Note, Outcome, Value, demand, same};
use crate::suite::Subject;

const TACHOMETER: &str = "tachometer";

/// The quickest quarter turn that a pen makes: 200 strokes a second.
const QUARTER: Duration = Duration::from_us(1_250);

pub(super) fn standing_cam_has_no_edges<B: ControlBoard, H: HostBoard, T: Bench>(
    subject: &mut Subject<B, H>,
    bench: &mut T,
) -> Outcome {
    bench.quadrant()?;
    let parts = subject.parts()?;
    let _ = parts.tachometer.take();
    for _ in 0..50 {
        bench.wait(Duration::from_ms(1));
        let edges = parts.tachometer.take().edges;
        same(
            TACHOMETER,
            "edges of a standing cam",
            Value::Count(0),
            Value::Count(edges.into()),
        )?;
    }
    Ok(Note::Nothing)
}

pub(super) fn edges_count_both_ways<B: ControlBoard, H: HostBoard, T: Bench>(
    subject: &mut Subject<B, H>,
    bench: &mut T,
) -> Outcome {
    let parts = subject.parts()?;
    let _ = parts.tachometer.take();
    for quarters in [1, 1, 2, 3, 4, 17, -1, -1, -2, -3, -4, -17, 1, -1] {
        bench.turn_cam(quarters, QUARTER)?;
        let first = parts.tachometer.take().edges;
        same(
            TACHOMETER,
            "quarter turns since the last look",
            Value::Count(quarters.into()),
            Value::Count(first.into()),
        )?;
        let again = parts.tachometer.take().edges;
        same(
            TACHOMETER,
            "quarter turns that were taken before",
            Value::Count(0),
            Value::Count(again.into()),
        )?;
    }
    Ok(Note::Nothing)
}

pub(super) fn edge_has_its_age<B: ControlBoard, H: HostBoard, T: Bench>(
    subject: &mut Subject<B, H>,
    bench: &mut T,
) -> Outcome {
    let parts = subject.parts()?;
    let _ = parts.tachometer.take();
    let slack = u64::from(bench.time_tolerance().as_us());
    for (waited, expected, late) in [
        (100, "about 100 us", 100 + slack),
        (600, "about 600 us", 600 + slack),
        (900, "about 900 us", 900 + slack),
    ] {
        bench.turn_cam(1, QUARTER)?;
        bench.wait(Duration::from_us(waited));
        let age = u64::from(parts.tachometer.take().edge_age.as_us());
        let early = u64::from(waited).saturating_sub(slack);
        demand(
            (early..=late).contains(&age),
            TACHOMETER,
            "age of the newest edge",
            Value::Words(expected),
            Value::Us(age),
        )?;
    }
    bench.turn_cam(-3, QUARTER)?;
    let _ = parts.tachometer.take();
    Ok(Note::Nothing)
}

/// The quadrant that follows when the cam turns forward.
const fn next(quadrant: Quadrant) -> Quadrant {
    match quadrant {
        Quadrant::Retracted => Quadrant::Extending,
        Quadrant::Extending => Quadrant::Extended,
        Quadrant::Extended => Quadrant::Retracting,
        Quadrant::Retracting => Quadrant::Retracted,
    }
}

pub(super) fn quadrant_follows_the_cam<B: ControlBoard, H: HostBoard, T: Bench>(
    subject: &mut Subject<B, H>,
    bench: &mut T,
) -> Outcome {
    let parts = subject.parts()?;
    let mut before = parts.tachometer.take().quadrant;
    for (quarter, when) in [(1, "after a quarter forward"), (-1, "after a quarter back")] {
        for _ in 0..5 {
            bench.turn_cam(quarter, QUARTER)?;
            let seen = parts.tachometer.take().quadrant;
            let truly = bench.quadrant()?;
            same(
                TACHOMETER,
                when,
                Value::Quadrant(truly),
                Value::Quadrant(seen),
            )?;
            let (from, to) = if quarter > 0 {
                (before, seen)
            } else {
                (seen, before)
            };
            same(
                "order of the quadrants",
                when,
                Value::Quadrant(next(from)),
                Value::Quadrant(to),
            )?;
            before = seen;
        }
    }
    Ok(Note::Nothing)
}
