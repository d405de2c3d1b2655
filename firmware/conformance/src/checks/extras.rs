//! Tag reader, depth actuator, watchdog.

use embedded_hal::digital::OutputPin;
use embedded_hal::pwm::SetDutyCycle;
use pen_app::board::{ControlBoard, DepthActuator, HostBoard, TagReader, Watchdog};
use pen_core::io::{DepthCommand, Tag, TagReading};
use pen_core::units::{Depth, Duration};

use super::rest;
use crate::bench::Bench;
use crate::failure::{Note, Outcome, Trouble, Value, demand, same};
use crate::suite::Subject;

/// A cartridge that was put in or taken away is seen within this time. Unit: ms
const TAG_MS: u32 = 1_000;

/// The actuator has reached a place 0.5 mm away by then: it deepens at 0.5 mm/s. Unit: ms
const ACTUATOR_MS: u32 = 2_000;

/// It stays there for so long. Unit: ms
const REST_MS: u32 = 50;

/// How far from its target the actuator may stop (DEPTH-012 keeps it 50 um short). Unit: um
const ACTUATOR_SLACK_UM: u32 = 25;

/// Longest time without food after which the enable path is open (PWR-006). Unit: us
const BITE_MAX_US: u64 = 50_000;

/// Two longest ticks: no sound pen may be bitten. Unit: us
const BITE_MIN_US: u64 = 4_000;

const A_TAG: Tag = Tag {
    id: 0x0102_0304_0506_0708,
    kind: 3,
    expiry_day: 4_000,
    authentic: true,
    used: false,
};

const ANOTHER_TAG: Tag = Tag {
    id: 0x1112_1314_1516_1718,
    kind: 1,
    used: true,
    ..A_TAG
};

const UNSIGNED_TAG: Tag = Tag {
    id: 0x2122_2324_2526_2728,
    authentic: false,
    ..A_TAG
};

pub(super) fn tag_reads_what_is_there<B: ControlBoard, H: HostBoard, T: Bench>(
    subject: &mut Subject<B, H>,
    bench: &mut T,
) -> Outcome {
    for (reading, when) in [
        (TagReading::Absent, "with no cartridge"),
        (TagReading::Present(A_TAG), "with a fresh cartridge"),
        (TagReading::Present(ANOTHER_TAG), "with another, used one"),
        (
            TagReading::Present(UNSIGNED_TAG),
            "with one that no maker has signed",
        ),
        (TagReading::Unreadable, "with a damaged tag"),
        (TagReading::Absent, "after it was taken away"),
    ] {
        bench.present_tag(reading)?;
        await_tag(subject, bench, reading, when)?;
    }
    Ok(Note::Nothing)
}

fn await_tag<B: ControlBoard, H: HostBoard, T: Bench>(
    subject: &mut Subject<B, H>,
    bench: &mut T,
    expected: TagReading,
    when: &'static str,
) -> Result<(), Trouble> {
    let parts = subject.parts()?;
    let mut seen = parts.tag.newest();
    for _ in 0..TAG_MS {
        if seen == expected {
            break;
        }
        bench.wait(Duration::from_ms(1));
        seen = parts.tag.newest();
    }
    same("tag reader", when, Value::Tag(expected), Value::Tag(seen))
}

pub(super) fn burn_reaches_its_tag<B: ControlBoard, H: HostBoard, T: Bench>(
    subject: &mut Subject<B, H>,
    bench: &mut T,
) -> Outcome {
    bench.present_tag(TagReading::Present(A_TAG))?;
    await_tag(
        subject,
        bench,
        TagReading::Present(A_TAG),
        "with a fresh cartridge",
    )?;
    let mut burnt = None;
    for _ in 0..TAG_MS {
        subject.parts()?.tag.burn(A_TAG.id);
        bench.wait(Duration::from_ms(1));
        burnt = bench.burnt()?;
        if burnt.is_some() {
            break;
        }
    }
    demand(
        burnt == Some(A_TAG.id),
        "tag reader",
        "after it was told to burn the tag that is there",
        Value::Words("that tag is burnt"),
        Value::Words(match burnt {
            Some(_) => "another one is",
            None => "none is",
        }),
    )?;
    bench.present_tag(TagReading::Absent)?;
    bench.wait(bench.settling());
    Ok(Note::Nothing)
}

pub(super) fn actuator_goes_where_told<B: ControlBoard, H: HostBoard, T: Bench>(
    subject: &mut Subject<B, H>,
    bench: &mut T,
) -> Outcome {
    let parts = subject.parts()?;
    for (target, when) in [
        (0, "told to go to 0 um"),
        (500, "told to go to 500 um"),
        (250, "told to go back to 250 um"),
        (0, "told to go back to 0 um"),
    ] {
        let mut stands = bench.actuator_um()?;
        let mut rested = 0;
        for _ in 0..ACTUATOR_MS {
            parts.actuator.follow(DepthCommand {
                target: Depth::from_um(target),
            });
            bench.wait(Duration::from_ms(1));
            stands = bench.actuator_um()?;
            let is_there = stands.abs_diff(target) <= ACTUATOR_SLACK_UM;
            rested = if is_there { rested + 1 } else { 0 };
            if rested > REST_MS {
                break;
            }
        }
        demand(
            stands.abs_diff(target) <= ACTUATOR_SLACK_UM,
            "depth actuator",
            when,
            Value::Count(target.into()),
            Value::Count(stands.into()),
        )?;
    }
    Ok(Note::Nothing)
}

pub(super) fn nobody_else_feeds_the_watchdog<B: ControlBoard, H: HostBoard, T: Bench>(
    subject: &mut Subject<B, H>,
    bench: &mut T,
) -> Outcome {
    let parts = subject.parts()?;
    parts.watchdog.feed();
    let before = bench.fed()?;
    parts.watchdog.feed();
    let after = bench.fed()?;
    same(
        "watchdog",
        "feeds seen of one",
        Value::Count(1),
        Value::Count(after.wrapping_sub(before).into()),
    )?;
    bench.wait(Duration::from_ms(20));
    let later = bench.fed()?;
    same(
        "watchdog",
        "feeds in 20 ms without a tick",
        Value::Count(0),
        Value::Count(later.wrapping_sub(after).into()),
    )?;
    parts.watchdog.feed();
    Ok(Note::Nothing)
}

pub(super) fn starved_watchdog_opens_the_enable_path<B: ControlBoard, H: HostBoard, T: Bench>(
    subject: &mut Subject<B, H>,
    bench: &mut T,
) -> Outcome {
    let parts = subject.parts()?;
    let _ = parts.forward.set_duty_cycle(0);
    let _ = parts.backward.set_duty_cycle(0);
    let _ = parts.enable.set_high();
    parts.watchdog.feed();
    let bite = bench.starve(Duration::from_ms(200));
    rest(parts);
    let bite = bite?.map(|span| u64::from(span.as_us()));
    let when = "after the last feed";
    let Some(bite) = bite else {
        let expected = Value::AtMostUs(BITE_MAX_US);
        let seen = Value::Words("still closed after 200 ms");
        return demand(false, "enable path", when, expected, seen).map(|()| Note::Nothing);
    };
    demand(
        bite <= BITE_MAX_US,
        "enable path",
        when,
        Value::AtMostUs(BITE_MAX_US),
        Value::Us(bite),
    )?;
    demand(
        bite >= BITE_MIN_US,
        "enable path",
        when,
        Value::AtLeastUs(BITE_MIN_US),
        Value::Us(bite),
    )?;
    Ok(Note::Took {
        what: "open after",
        us: bite,
    })
}
