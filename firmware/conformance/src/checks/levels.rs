//! Trigger, buttons, seat switch, VBUS: each on its own wire, and nothing invented.

use embedded_hal::digital::InputPin;
use pen_app::board::{ControlBoard, ControlParts, HostBoard};

use crate::bench::{Bench, Level};
use crate::failure::{Note, Outcome, Trouble, Value, demand, same};
use crate::suite::Subject;

/// What the board reads; nothing when reading fails.
fn read<B: ControlBoard>(parts: &mut ControlParts<B>, input: Level) -> Option<bool> {
    let pin = match input {
        Level::TriggerClosed => &mut parts.trigger_closed,
        Level::TriggerOpened => &mut parts.trigger_opened,
        Level::Next => &mut parts.next,
        Level::Ok => &mut parts.ok,
        Level::Seat => &mut parts.seat,
        Level::Vbus => &mut parts.vbus,
    };
    pin.is_high().ok()
}

fn expect<B: ControlBoard>(
    parts: &mut ControlParts<B>,
    input: Level,
    when: &'static str,
    expected: bool,
) -> Result<(), Trouble> {
    let seen = match read(parts, input) {
        Some(level) => Value::Level(level),
        None => Value::Words("an error"),
    };
    same(input.name(), when, Value::Level(expected), seen)
}

pub(super) fn every_level_reads_its_own_wire<B: ControlBoard, H: HostBoard, T: Bench>(
    subject: &mut Subject<B, H>,
    bench: &mut T,
) -> Outcome {
    let parts = subject.parts()?;
    for (background, own, others) in [
        (
            false,
            "when it alone is high",
            "when only another one is high",
        ),
        (true, "when it alone is low", "when only another one is low"),
    ] {
        for set in Level::ALL {
            for input in Level::ALL {
                bench.set_level(input, (input == set) != background)?;
            }
            bench.wait(bench.settling());
            for input in Level::ALL {
                let when = if input == set { own } else { others };
                expect(parts, input, when, (input == set) != background)?;
            }
        }
    }
    release_all(bench)?;
    Ok(Note::Nothing)
}

fn release_all<T: Bench>(bench: &mut T) -> Result<(), Trouble> {
    for input in Level::ALL {
        bench.set_level(input, false)?;
    }
    bench.wait(bench.settling());
    Ok(())
}

pub(super) fn cut_trigger_wire_is_never_held<B: ControlBoard, H: HostBoard, T: Bench>(
    subject: &mut Subject<B, H>,
    bench: &mut T,
) -> Outcome {
    let parts = subject.parts()?;
    // Held: without its closing contact the trigger must read as let go.
    bench.set_level(Level::TriggerClosed, true)?;
    bench.set_level(Level::TriggerOpened, true)?;
    bench.cut_level(Level::TriggerClosed, true)?;
    bench.wait(bench.settling());
    let closing = expect(
        parts,
        Level::TriggerClosed,
        "with its wire cut while the trigger is held",
        false,
    );
    bench.cut_level(Level::TriggerClosed, false)?;
    // Let go: without its opening contact the trigger must not read as released either, so that
    // the next start never comes.
    bench.set_level(Level::TriggerClosed, false)?;
    bench.set_level(Level::TriggerOpened, false)?;
    bench.cut_level(Level::TriggerOpened, true)?;
    bench.wait(bench.settling());
    let opening = expect(
        parts,
        Level::TriggerOpened,
        "with its wire cut while the trigger is released",
        true,
    );
    bench.cut_level(Level::TriggerOpened, false)?;
    bench.wait(bench.settling());
    closing.and(opening).map(|()| Note::Nothing)
}

pub(super) fn cut_wire_permits_nothing<B: ControlBoard, H: HostBoard, T: Bench>(
    subject: &mut Subject<B, H>,
    bench: &mut T,
) -> Outcome {
    let parts = subject.parts()?;
    for input in [Level::Next, Level::Ok, Level::Seat] {
        bench.set_level(input, true)?;
        bench.cut_level(input, true)?;
        bench.wait(bench.settling());
        let outcome = expect(parts, input, "with its wire cut while it was high", false);
        bench.cut_level(input, false)?;
        bench.set_level(input, false)?;
        outcome?;
    }
    bench.wait(bench.settling());
    Ok(Note::Nothing)
}

pub(super) fn unreadable_level_says_so<B: ControlBoard, H: HostBoard, T: Bench>(
    subject: &mut Subject<B, H>,
    bench: &mut T,
) -> Outcome {
    let parts = subject.parts()?;
    for input in Level::ALL {
        bench.spoil_level(input, true)?;
        bench.wait(bench.settling());
        let seen = read(parts, input);
        bench.spoil_level(input, false)?;
        demand(
            seen.is_none(),
            input.name(),
            "while it cannot be read",
            Value::Words("an error, so that the application takes what forbids more"),
            Value::Level(seen.unwrap_or_default()),
        )?;
    }
    bench.wait(bench.settling());
    Ok(Note::Nothing)
}
