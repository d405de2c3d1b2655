//! The accelerometer: its axes, its range, its age.

use pen_app::board::{Accelerometer, ControlBoard, HostBoard};
use pen_core::units::Duration;

use crate::bench::Bench;
use crate::failure::{Note, Outcome, Trouble, Value, demand};
use crate::suite::Subject;

const AXES: [&str; 3] = [
    "accelerometer, first axis",
    "accelerometer, second axis",
    "accelerometer, third axis",
];

/// It measures at least 200 times a second; one reading may be missed. Unit: us
const AGE_MAX_US: u64 = 10_000;

/// Longer than any counter of microseconds below 21 bits takes to come round. Unit: ms
const STANDS_MS: u32 = 2_200;

fn feel<B: ControlBoard, H: HostBoard, T: Bench>(
    subject: &mut Subject<B, H>,
    bench: &mut T,
    mg: [i16; 3],
    when: &'static str,
) -> Result<(), Trouble> {
    bench.accelerate(mg)?;
    bench.wait(bench.settling());
    let reading = subject.parts()?.accelerometer.newest();
    let seen = [reading.x_mg, reading.y_mg, reading.z_mg];
    for ((axis, expected), seen) in AXES.into_iter().zip(mg).zip(seen) {
        demand(
            seen.abs_diff(expected) <= bench.acceleration_tolerance(),
            axis,
            when,
            Value::Count(expected.into()),
            Value::Count(seen.into()),
        )?;
    }
    Ok(())
}

pub(super) fn acceleration_has_its_axes<B: ControlBoard, H: HostBoard, T: Bench>(
    subject: &mut Subject<B, H>,
    bench: &mut T,
) -> Outcome {
    for (mg, when) in [
        ([1_000, 0, 0], "with its first axis up"),
        ([-1_000, 0, 0], "with its first axis down"),
        ([0, 1_000, 0], "with its second axis up"),
        ([0, -1_000, 0], "with its second axis down"),
        ([0, 0, 1_000], "with its third axis up"),
        ([0, 0, -1_000], "with its third axis down"),
        ([0, 0, 0], "in free fall"),
    ] {
        feel(subject, bench, mg, when)?;
    }
    Ok(Note::Nothing)
}

pub(super) fn acceleration_reaches_eight_g<B: ControlBoard, H: HostBoard, T: Bench>(
    subject: &mut Subject<B, H>,
    bench: &mut T,
) -> Outcome {
    feel(subject, bench, [7_900, -7_900, 7_900], "near 8 g")?;
    feel(subject, bench, [-7_900, 7_900, -7_900], "near -8 g")?;
    bench.accelerate([0, 0, 1_000])?;
    Ok(Note::Nothing)
}

pub(super) fn standing_acceleration_grows_old<B: ControlBoard, H: HostBoard, T: Bench>(
    subject: &mut Subject<B, H>,
    bench: &mut T,
) -> Outcome {
    let parts = subject.parts()?;
    bench.stand_accelerometer(false)?;
    bench.wait(bench.settling());
    let mut oldest = 0;
    for _ in 0..100 {
        bench.wait(Duration::from_ms(1));
        let age = u64::from(parts.accelerometer.newest().age.as_us());
        demand(
            age <= AGE_MAX_US,
            "accelerometer",
            "age while it measures",
            Value::AtMostUs(AGE_MAX_US),
            Value::Us(age),
        )?;
        oldest = oldest.max(age);
    }
    bench.stand_accelerometer(true)?;
    let began = bench.now_us();
    bench.wait(bench.settling());
    let mut outcome = Ok(());
    for _ in 0..STANDS_MS {
        bench.wait(Duration::from_ms(1));
        let stood = bench.now_us().saturating_sub(began);
        let due = AGE_MAX_US.saturating_add(bench.settling().as_us().into());
        let age = u64::from(parts.accelerometer.newest().age.as_us());
        outcome = demand(
            stood < due || age > AGE_MAX_US,
            "accelerometer",
            "age while it stands",
            Value::AtLeastUs(AGE_MAX_US + 1),
            Value::Us(age),
        );
        if outcome.is_err() {
            break;
        }
    }
    bench.stand_accelerometer(false)?;
    bench.wait(bench.settling());
    outcome.map(|()| Note::Took {
        what: "oldest reading",
        us: oldest,
    })
}
