//! What the person at the terminal can tell the simulated hand, one order a line.

use std::fmt::Write;

use pen_core::cartridge::Kind;
use pen_core::journal::ResetCause;

use crate::fault::{FaultError, Knob};
use crate::hand::{APPROACH_SPEED, Cartridge};
use crate::pen::VirtualPen;

/// What `help` says.
pub const HELP: &str = "\
trigger press | release         press or release the trigger
ok hold | release | press [MS]  the confirm button; a press lasts 100 ms unless told otherwise
next hold | release | press [MS]  the next button
ring UM                         turn the depth ring to this protrusion
gauge                           read the dial gauge on the calibration dummy
gauge send | heal | fault KIND  press the data key of the gauge that serves; break it: sticks, sign, unit,
                                coarse, moving, over, battery, silent, cut
tachometer                      read the reference tachometer: mean of the last second
tachometer send | heal | fault KIND  the same of the tachometer that serves
meter                           read the meter in the motor's lead: mean of the last second
meter send | heal | fault KIND  the same of the meter that serves
gap UM                          bring the nose cone to this distance from the skin (negative: press)
lift                            take the pen off the skin
cable in | out                  the charging cable
cartridge in KIND [ID]          KIND is six, twelve, sixteen, thirty-six, nano or dummy
cartridge out
battery PERCENT                 put in another battery
fault COMPONENT.KIND [NUMBER]   break something; `pen-sim faults` lists all
heal [COMPONENT.KIND]           make it whole again, or everything
reset                           pull the reset pin
truth                           say what is really so
wait MS                         wait before the next order
quit                            end
Empty lines and lines that begin with # say nothing.";

/// One order.
#[derive(Clone, Debug, PartialEq)]
pub enum Order {
    /// Nothing.
    Nothing,
    /// Explain.
    Help,
    /// Press or release the trigger.
    Trigger(bool),
    /// Hold or release the confirm button.
    Ok(bool),
    /// Press the confirm button for so many ms.
    PressOk(u32),
    /// Hold or release the next button.
    Next(bool),
    /// Press the next button for so many ms.
    PressNext(u32),
    /// Turn the ring (um).
    Ring(f64),
    /// Read the gauge.
    Gauge,
    /// Read the reference tachometer.
    Tachometer,
    /// Read the meter in the motor's lead.
    Meter,
    /// Approach the skin (um).
    Gap(f64),
    /// Leave the skin.
    Lift,
    /// Plug the cable in or pull it.
    Cable(bool),
    /// Put a cartridge in.
    Insert(Kind, u64),
    /// Take the cartridge out.
    Remove,
    /// Put a battery in (percent).
    Battery(u32),
    /// Break something.
    Break(Knob, i64),
    /// Heal one thing or everything.
    Heal(Option<Knob>),
    /// Reset the pen.
    Reset,
    /// Tell the truth.
    Truth,
    /// Wait (ms).
    Wait(u64),
    /// End.
    Quit,
}

/// Why an order was not understood. Nothing was done.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OrderError {
    /// The first word is none of those that `help` lists.
    #[error("`{0}` is no order")]
    Unknown(String),
    /// Something is missing or is not what it should be.
    #[error("`{order}` needs {needs}")]
    Needs {
        /// The order.
        order: String,
        /// What is missing.
        needs: &'static str,
    },
    /// The fault cannot be set.
    #[error(transparent)]
    Fault(#[from] FaultError),
}

/// What an order led to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Done {
    /// Nothing to say.
    Silently,
    /// An answer for the person.
    Saying(String),
    /// The next order waits for so many ms.
    Wait(u64),
    /// Serving ends.
    Quit,
}

impl Order {
    /// Understands one line.
    ///
    /// # Errors
    /// [`OrderError`].
    pub fn parse(line: &str) -> Result<Self, OrderError> {
        let words: Vec<&str> = line.split_whitespace().collect();
        let needs = |needs| {
            Err(OrderError::Needs {
                order: line.trim().to_owned(),
                needs,
            })
        };
        match words.as_slice() {
            [] => Ok(Self::Nothing),
            [first, ..] if first.starts_with('#') => Ok(Self::Nothing),
            ["help"] => Ok(Self::Help),
            ["trigger", "press"] => Ok(Self::Trigger(true)),
            ["trigger", "release"] => Ok(Self::Trigger(false)),
            ["trigger", ..] => needs("`press` or `release`"),
            ["ok", rest @ ..] => button(rest, Self::Ok, Self::PressOk)
                .map_or_else(|| needs("`hold`, `release` or `press [MS]`"), Ok),
            ["next", rest @ ..] => button(rest, Self::Next, Self::PressNext)
                .map_or_else(|| needs("`hold`, `release` or `press [MS]`"), Ok),
            ["ring", um] => {
                number(um).map_or_else(|| needs("a depth in um"), |um| Ok(Self::Ring(um)))
            }
            ["ring", ..] => needs("a depth in um"),
            ["gauge"] => Ok(Self::Gauge),
            ["tachometer"] => Ok(Self::Tachometer),
            ["meter"] => Ok(Self::Meter),
            ["gauge" | "tachometer" | "meter", ..] => {
                needs("an instrument that serves: `pen-sim serve --gauge-pty`")
            }
            ["gap", um] => {
                number(um).map_or_else(|| needs("a distance in um"), |um| Ok(Self::Gap(um)))
            }
            ["gap", ..] => needs("a distance in um"),
            ["lift"] => Ok(Self::Lift),
            ["cable", "in"] => Ok(Self::Cable(true)),
            ["cable", "out"] => Ok(Self::Cable(false)),
            ["cable", ..] => needs("`in` or `out`"),
            ["cartridge", "out"] => Ok(Self::Remove),
            ["cartridge", rest @ ..] => {
                cartridge(rest).map_or_else(|| needs("`out`, or `in KIND [ID]`"), Ok)
            }
            ["battery", rest @ ..] => match rest.first().map(|percent| percent.parse()) {
                Some(Ok(percent @ 0..=100)) if rest.len() == 1 => Ok(Self::Battery(percent)),
                _ => needs("a charge of 0 to 100 percent"),
            },
            ["fault"] => needs("COMPONENT.KIND, and perhaps a number"),
            ["fault", name, rest @ ..] => breaking(line, name, rest),
            ["heal"] => Ok(Self::Heal(None)),
            ["heal", name] => Ok(Self::Heal(Some(knob(line, name)?))),
            ["reset"] => Ok(Self::Reset),
            ["truth"] => Ok(Self::Truth),
            ["wait", ms] => ms
                .parse()
                .map_or_else(|_| needs("a time in ms"), |ms| Ok(Self::Wait(ms))),
            ["wait", ..] => needs("a time in ms"),
            ["quit"] => Ok(Self::Quit),
            [first, ..] => Err(OrderError::Unknown((*first).to_owned())),
        }
    }

    /// Has the hand do it.
    ///
    /// # Errors
    /// [`OrderError::Fault`] when a fault cannot take its number.
    pub fn carry_out(self, pen: &mut VirtualPen) -> Result<Done, OrderError> {
        let hand = pen.hand();
        match self {
            Self::Nothing => {}
            Self::Help => return Ok(Done::Saying(HELP.to_owned())),
            Self::Trigger(true) => hand.press_trigger(),
            Self::Trigger(false) => hand.release_trigger(),
            Self::Ok(held) => hand.hold_ok(held),
            Self::PressOk(ms) => hand.press_ok(ms),
            Self::Next(held) => hand.hold_next(held),
            Self::PressNext(ms) => hand.press_next(ms),
            Self::Ring(um) => hand.turn_ring(um),
            Self::Gauge => return Ok(Done::Saying(format!("gauge {} um", pen.gauge_um()))),
            Self::Tachometer => {
                return Ok(Done::Saying(format!(
                    "tachometer {:.4} Hz",
                    pen.tachometer_hz()
                )));
            }
            Self::Meter => {
                return Ok(Done::Saying(format!(
                    "meter {:.1} mA",
                    pen.meter_ma() + 0.0
                )));
            }
            Self::Gap(um) => hand.approach(um, APPROACH_SPEED),
            Self::Lift => hand.lift(APPROACH_SPEED),
            Self::Cable(is_in) => hand.plug_cable(is_in),
            Self::Insert(kind, id) => hand.insert(Cartridge::fresh(id, kind)),
            Self::Remove => hand.remove_cartridge(),
            Self::Battery(percent) => hand.swap_battery(0.01 * f64::from(percent)),
            Self::Break(knob, value) => pen.faults().set(knob, value)?,
            Self::Heal(Some(knob)) => pen.faults().clear(knob),
            Self::Heal(None) => pen.faults().clear_all(),
            Self::Reset => pen.reboot(ResetCause::Unknown),
            Self::Truth => return Ok(Done::Saying(truth(pen))),
            Self::Wait(ms) => return Ok(Done::Wait(ms)),
            Self::Quit => return Ok(Done::Quit),
        }
        Ok(Done::Silently)
    }
}

fn number(word: &str) -> Option<f64> {
    word.parse().ok().filter(|number: &f64| number.abs() <= 1e6)
}

fn button(words: &[&str], hold: fn(bool) -> Order, press: fn(u32) -> Order) -> Option<Order> {
    match words {
        ["hold"] => Some(hold(true)),
        ["release"] => Some(hold(false)),
        ["press"] => Some(press(100)),
        ["press", ms] => ms.parse().ok().map(press),
        _ => None,
    }
}

fn cartridge(words: &[&str]) -> Option<Order> {
    let (kind, id) = match words {
        ["in", kind] => (*kind, 500_000_001),
        ["in", kind, id] => (*kind, id.parse().ok()?),
        _ => return None,
    };
    let kind = match kind {
        "six" => Kind::Six,
        "twelve" => Kind::Twelve,
        "sixteen" => Kind::Sixteen,
        "thirty-six" => Kind::ThirtySix,
        "nano" => Kind::Nano,
        "dummy" => Kind::Dummy,
        _ => return None,
    };
    Some(Order::Insert(kind, id))
}

fn knob(line: &str, name: &str) -> Result<Knob, OrderError> {
    let Some((component, kind)) = name.split_once('.') else {
        let order = line.trim().to_owned();
        return Err(OrderError::Needs {
            order,
            needs: "COMPONENT.KIND, such as depth_a.offset_um",
        });
    };
    Ok(Knob::find(component, kind)?)
}

fn breaking(line: &str, name: &str, rest: &[&str]) -> Result<Order, OrderError> {
    let knob = knob(line, name)?;
    let value = match rest {
        [] => Some(knob.info().default),
        [value] => value.parse().ok(),
        _ => None,
    };
    let Some(value) = value else {
        return Err(OrderError::Needs {
            order: line.trim().to_owned(),
            needs: "one whole number after the name, or none",
        });
    };
    knob.check(value)?;
    Ok(Order::Break(knob, value))
}

fn truth(pen: &mut VirtualPen) -> String {
    let truth = pen.truth();
    let mode = pen
        .status()
        .map_or_else(|| "down".to_owned(), |status| format!("{:?}", status.mode));
    let mut text = format!(
        "{:.3} s  depth {:.0} um  tips {:.0} um  {:.1} Hz  {:.0} mA  {:.2} V  strokes {}  \
         punctures {}  firmware says {mode}",
        std::time::Duration::from_micros(truth.time_us).as_secs_f64(),
        truth.depth_um,
        truth.protrusion_um,
        truth.rate_hz,
        1e3 * truth.current_a,
        truth.terminal_v,
        truth.strokes,
        truth.punctures,
    );
    for (knob, value) in pen.faults().iter() {
        let info = knob.info();
        let _ = write!(text, "  broken: {}.{} {value}", info.component, info.kind);
    }
    text
}

#[cfg(test)]
mod tests {
    use pen_core::cartridge::Kind;

    use super::{HELP, Order, OrderError};
    use crate::fault::Knob;

    #[test]
    fn orders_are_understood() {
        for (line, order) in [
            ("", Order::Nothing),
            ("  # a remark", Order::Nothing),
            (" trigger  press ", Order::Trigger(true)),
            ("ok press", Order::PressOk(100)),
            ("next press 25", Order::PressNext(25)),
            ("ring 512.5", Order::Ring(512.5)),
            ("gap -50", Order::Gap(-50.0)),
            (
                "cartridge in twelve",
                Order::Insert(Kind::Twelve, 500_000_001),
            ),
            ("cartridge in dummy 7", Order::Insert(Kind::Dummy, 7)),
            (
                "fault depth_a.offset_um -40",
                Order::Break(Knob::DepthAOffset, -40),
            ),
            ("fault motor.jam", Order::Break(Knob::MotorJam, 1)),
            ("heal motor.jam", Order::Heal(Some(Knob::MotorJam))),
            ("wait 1500", Order::Wait(1_500)),
        ] {
            assert_eq!(Order::parse(line), Ok(order), "{line}");
        }
    }

    #[test]
    fn what_is_not_understood_is_named() {
        for line in [
            "jump",
            "ring",
            "ring deep",
            "ring NaN",
            "ok",
            "ok press soon",
            "cable",
            "battery 101",
            "fault",
            "fault motor",
            "fault motor.jam 2",
            "fault motor.hum",
            "fault motor.jam 1 2",
            "cartridge in hundred",
            "wait",
            "trigger press now",
        ] {
            assert!(Order::parse(line).is_err(), "{line}");
        }
        let error = Order::parse("trigger pull").unwrap_err();
        assert!(matches!(&error, OrderError::Needs { order, .. } if order == "trigger pull"));
    }

    #[test]
    fn help_names_every_order() {
        let is_order = |line: &&str| !line.starts_with("Empty") && !line.starts_with(' ');
        for line in HELP.lines().filter(is_order) {
            let word = line.split_whitespace().next().unwrap();
            // Understood as far as the first word goes.
            assert!(
                !matches!(Order::parse(word), Err(OrderError::Unknown(_))),
                "{word}"
            );
        }
    }
}
