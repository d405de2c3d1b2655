//! What a technician is asked for, in words.

use super::bench::Asked;
use super::observer::Setting;
use crate::metrology::Direction;

/// How far the ring leaves a mark before it is read there again, by channel A and the drawing: more
/// than the 60 um by which the two directions may differ, so that all play is taken up, and less than the way
/// from the first and the last mark to the ring's stops, 100 um of a simulated pen at -50 um. Unit: um.
pub(super) const LEAVE_UM: i32 = 80;

/// What to do with the ring, and what the pen says meanwhile.
pub(super) fn turn_words(
    um: i32,
    direction: Direction,
    says: Option<i32>,
    has_left: bool,
    enter: &str,
) -> String {
    let says = says.map_or_else(String::new, |says| format!("; the pen says {says}"));
    let word = direction.word();
    if has_left {
        return format!("ring to {um} um, {word}{says}{enter}");
    }
    let (away, to) = match direction {
        Direction::Deepening => ("below", um - LEAVE_UM),
        Direction::Shallowing => ("above", um + LEAVE_UM),
    };
    format!("ring {away} {to} um first, then to {um} um{says}")
}

/// Why a second reading is not asked for yet.
pub(super) fn approach_words(um: i32, direction: Direction) -> String {
    let away = match direction {
        Direction::Deepening => "further in",
        Direction::Shallowing => "further out",
    };
    format!(
        "the ring was not turned since the last reading at {um} um: turn it more than {LEAVE_UM} um {away}, \
         then back to {um} um, so that its play is in the readings"
    )
}

/// Millihertz as hertz.
fn hertz(mhz: i32) -> String {
    format!("{}.{:02}", mhz / 1_000, mhz % 1_000 / 10)
}

/// Microamperes as milliamperes, to a tenth.
pub(super) fn milliamperes(ua: i32) -> String {
    format!("{:.1}", f64::from(ua) / 1_000.0)
}

/// The line in front of a reading.
/// `how` is what an instrument that sends does, or is to be done with it.
pub(super) fn prompt(asked: &Asked, is_person: bool, how: &str) -> String {
    let (low, high) = asked.expect;
    let what = match asked.place.setting {
        Setting::Depth { um, direction } => format!(
            "set {um} um, {} | pen says {} | expect {low}..{high}",
            direction.word(),
            asked.pen_says
        ),
        Setting::Rate { hz } => format!(
            "set {hz} Hz | pen says {} | expect {}..{}",
            hertz(asked.pen_says),
            hertz(low),
            hertz(high)
        ),
        Setting::Current { hz } => {
            let set = match hz {
                0 => "motor at rest".to_owned(),
                hz => format!("set {hz} Hz"),
            };
            format!(
                "{set} | pen says {} mA | expect {}..{}",
                milliamperes(asked.pen_says),
                milliamperes(low),
                milliamperes(high)
            )
        }
    };
    let keys = if is_person {
        " | u undo, r repeat point, ? why"
    } else {
        ""
    };
    format!(
        "reading {} of {} | {what}{how}{keys}:",
        asked.number, asked.of
    )
}

/// What `?` says.
pub(super) fn why(asked: &Asked) -> String {
    let what = match asked.place.setting {
        Setting::Depth { um, direction } => {
            let from = match direction {
                Direction::Deepening => "below, so that the needles come out",
                Direction::Shallowing => "above, so that the needles go back in",
            };
            format!(
                "Turn the ring to {um} um from {from}; when it rests, type what the gauge shows, in whole \
                 um.\nExpected is what the pen's own channels and the readings before foretell, and never \
                 more than 90 um from the mark."
            )
        }
        Setting::Rate { hz } => format!(
            "The motor turns at {hz} strokes a second; type what the tachometer shows, in Hz.\nExpected is \
             what the pen says, corrected by the readings before."
        ),
        Setting::Current { hz: 0 } => {
            "The motor is at rest; type what the meter in the motor's lead shows, in mA.\n\
             Expected is nothing: what the pen says is the result."
                .to_owned()
        }
        Setting::Current { hz } => format!(
            "The motor turns at {hz} strokes a second; type what the meter in the motor's lead shows, the mean (DC) over \
             a second, in mA, positive while the motor drives.\nExpected is what the pen says, corrected by the readings \
             before."
        ),
    };
    format!(
        "{what}\nA reading outside is asked again. If it is right all the same, type it with a reason, as in \
         `620 because the scale slipped, read twice`: it stands on the certificate.\nu: the reading before \
         this one comes again.\nr: all readings of this point and direction come again.\nEsc and Enter, or \
         Ctrl-C, end it: the motor stops, and what is in force stays in force."
    )
}

#[cfg(test)]
mod tests {
    use super::{Asked, Direction, Setting, approach_words, prompt, turn_words, why};
    use crate::procedure::{Phase, Place};

    fn asked(setting: Setting, pen_says: i32, expect: (i32, i32)) -> Asked {
        Asked {
            place: Place {
                phase: Phase::AsFound,
                setting,
                repeat: 1,
            },
            number: 7,
            of: 38,
            pen_says,
            expect,
        }
    }

    #[test]
    fn a_reading_is_asked_for_with_what_is_expected() {
        let um = 500;
        let direction = Direction::Deepening;
        let depth = asked(Setting::Depth { um, direction }, 495, (410, 590));
        assert_eq!(
            prompt(&depth, true, " | sends"),
            "reading 7 of 38 | set 500 um, deepening | pen says 495 | expect 410..590 | sends | u undo, r \
             repeat point, ? why:"
        );
        let rate = asked(Setting::Rate { hz: 50 }, 49_999, (48_250, 51_705));
        assert_eq!(
            prompt(&rate, false, ""),
            "reading 7 of 38 | set 50 Hz | pen says 49.99 | expect 48.25..51.70:"
        );
        let rest = asked(Setting::Current { hz: 0 }, 16_960, (-10_000, 10_000));
        assert_eq!(
            prompt(&rest, false, ""),
            "reading 7 of 38 | motor at rest | pen says 17.0 mA | expect -10.0..10.0:"
        );
        let turning = asked(Setting::Current { hz: 80 }, 58_449, (31_500, 51_520));
        assert_eq!(
            prompt(&turning, false, ""),
            "reading 7 of 38 | set 80 Hz | pen says 58.4 mA | expect 31.5..51.5:"
        );
        for (hz, begins, says) in [
            (0, "The motor is at rest;", "Expected is nothing"),
            (
                80,
                "The motor turns at 80 strokes a second;",
                "in mA, positive while the motor drives",
            ),
        ] {
            let text = why(&asked(Setting::Current { hz }, 0, (0, 0)));
            assert!(text.starts_with(begins) && text.contains(says), "{text}");
        }
    }

    #[test]
    fn a_ring_is_sent_past_its_mark_on_the_side_from_which_it_comes() {
        for (direction, away, first) in [
            (
                Direction::Deepening,
                "in",
                "ring below 420 um first, then to 500 um; the pen says 490",
            ),
            (
                Direction::Shallowing,
                "out",
                "ring above 580 um first, then to 500 um; the pen says 490",
            ),
        ] {
            assert_eq!(
                approach_words(500, direction),
                format!(
                    "the ring was not turned since the last reading at 500 um: turn it more than 80 um further \
                     {away}, then back to 500 um, so that its play is in the readings"
                )
            );
            assert_eq!(
                turn_words(500, direction, Some(490), false, "; Enter"),
                first
            );
        }
        let to = turn_words(500, Direction::Shallowing, None, true, "; Enter");
        assert_eq!(to, "ring to 500 um, shallowing; Enter");
    }
}
