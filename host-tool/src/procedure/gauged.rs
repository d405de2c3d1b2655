//! Readings that an instrument sends itself: asked for, brought to rest, checked, told.

use std::time::Duration;

use pen_core::calibration::Channel;

use super::bench::{Asked, Reply};
use super::desk::Desk;
use super::phrases::{prompt, why};
use super::prompt::{PromptBench, in_range};
use super::typed::{Unit, number, on_step, reasoned};
use crate::client::Client;
use crate::error::{Code, HostError};
use crate::gauge::{Gauge, Heard, Quantity, Shown, Unit as Display, keyboard, reading};
use crate::num::nearest;

/// How far apart two values in a row may lie for the gauge to rest, as of repeats: half the range of which
/// the outlier rule says nothing. Unit: nm.
const REST_NM: u32 = 5_000;

/// How far the ring may move, by channel A and the drawing, while the gauge is read. Unit: um.
const STILL_UM: u32 = 10;

/// Time between two looks at the ring.
const LOOK: Duration = Duration::from_millis(60);

/// Values that do not come to rest, and failed readings where nobody sits who could help.
const VALUES: u8 = 20;
const ATTEMPTS: u8 = 3;

/// Time before an instrument is asked again where nobody sits.
const AGAIN: Duration = Duration::from_millis(500);

/// An instrument that sends its readings.
#[derive(Debug)]
pub enum Sender {
    /// On a port, and how long its answer may take.
    Port(Gauge, Duration),
    /// It types like a keyboard, in the unit of its display.
    Keyboard(Display),
}

impl Sender {
    /// Its driver, by name.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Port(gauge, _) => gauge.driver().name().to_owned(),
            Self::Keyboard(unit) => format!("keyboard in {}", unit.name()),
        }
    }

    /// How it stands on the report.
    pub(super) fn words(&self) -> String {
        match self {
            Self::Port(gauge, _) => {
                format!(
                    "sends its readings, driver {}, at {}",
                    self.name(),
                    gauge.name()
                )
            }
            Self::Keyboard(_) => format!("types its readings, {}", self.name()),
        }
    }

    /// Whether its data key was pressed: values that came unasked. They are thrown away.
    pub(super) fn was_pressed(&mut self) -> bool {
        match self {
            // A port that is gone is told at the next reading.
            Self::Port(gauge, _) => gauge.forget().is_ok_and(|count| count > 0),
            Self::Keyboard(_) => false,
        }
    }
}

/// What is remembered of the reading that is asked for.
#[derive(Debug, Default)]
pub(super) struct Tries {
    /// Its name.
    pub(super) key: String,
    /// How often it failed or was doubted.
    pub(super) failed: u8,
    /// What was sent last, as value and text.
    sent: Option<(i32, String)>,
    /// Where channel A saw the ring then. Unit: counts.
    sent_at: u16,
}

/// How far channel A may tell the ring from where a value was sent, for a reason to keep that value. Unit:
/// counts, about 10 um.
const SENT_AT: u16 = 13;

/// What came instead of a value, or a value.
enum Came {
    Typed(String),
    Value(Shown),
    /// Why there is no reading: with which cause it ends where nobody sits, and in words.
    Trouble(Code, String),
    Lost(HostError),
}

const fn quantity(unit: Unit) -> Quantity {
    match unit {
        Unit::Um => Quantity::Length,
        Unit::Hz => Quantity::Rate,
        Unit::Ma => Quantity::Current,
    }
}

impl<D: Desk> PromptBench<D> {
    pub(super) fn sender(&mut self, unit: Unit) -> &mut Option<Sender> {
        match unit {
            Unit::Um => &mut self.gauge,
            Unit::Hz => &mut self.tachometer,
            Unit::Ma => &mut self.meter,
        }
    }

    /// A reading from a port, or typed all the same.
    pub(super) fn sent(
        &mut self,
        client: &mut Client,
        asked: &Asked,
        unit: Unit,
    ) -> Result<Reply, HostError> {
        let key = asked.place.key();
        if self.tries.key != key {
            self.tries = Tries {
                key: key.clone(),
                ..Tries::default()
            };
        }
        loop {
            let came = self.come(client, asked, unit)?;
            let (code, said) = match came {
                Came::Typed(line) => {
                    let counts = client.status()?.counts_a;
                    if self.tries.sent.is_some() && counts.abs_diff(self.tries.sent_at) > SENT_AT {
                        self.tries.sent = None;
                    }
                    match self.typed_instead(&line, asked, unit) {
                        Ok(Some(reply)) => return Ok(reply),
                        Ok(None) => continue,
                        Err(said) => {
                            self.desk.wrong(&key, &line, &said)?;
                            continue;
                        }
                    }
                }
                Came::Value(shown) => match self.checked(&shown, asked, unit) {
                    Ok(reply) => {
                        self.tries.sent_at = client.status()?.counts_a;
                        self.desk.tell(&shown.text);
                        return Ok(reply);
                    }
                    Err(said) => {
                        self.tries.sent = None;
                        (Code::NotBelieved, said)
                    }
                },
                Came::Trouble(code, said) => {
                    self.tries.sent = None;
                    (code, format!("the instrument gave no reading: {said}"))
                }
                Came::Lost(error) => {
                    self.lost(&error, asked, unit)?;
                    return self.reading(client, asked, unit);
                }
            };
            self.failed(client, &key, code, &said)?;
        }
    }

    /// Nothing was taken, and why. Who sits there helps; else it is tried a few times, and ends with `code`.
    pub(super) fn failed(
        &mut self,
        client: &mut Client,
        key: &str,
        code: Code,
        said: &str,
    ) -> Result<(), HostError> {
        self.tries.failed = self.tries.failed.saturating_add(1);
        if self.desk.is_person() {
            return self.desk.wrong(key, "", said);
        }
        self.desk.tell(said);
        if self.tries.failed >= ATTEMPTS {
            let error = HostError::new(code, format!("no reading for `{key}`"), said);
            return Err(error.with_fix(
                "look at the instrument, its driver and the ring; at a terminal a reading can be typed, or \
                 kept with a reason",
            ));
        }
        client.wait_alive(AGAIN)
    }

    /// The port is gone: by hand from here on, if there is a hand.
    fn lost(&mut self, error: &HostError, asked: &Asked, unit: Unit) -> Result<(), HostError> {
        let name = self
            .sender(unit)
            .take()
            .map_or_else(String::new, |it| it.name());
        let text = format!("the instrument ({name}) is gone: {}", error.why);
        if self.desk.is_person() {
            let text = format!("{text}; type this reading and those after it");
            return self.desk.wrong(&asked.place.key(), "", &text);
        }
        Err(
            HostError::new(Code::LinkLost, "a reading was not sent", text)
                .with_fix("plug the instrument in and go on with --resume, there or by hand"),
        )
    }

    /// What was typed although an instrument sends: a word, Enter, a reason, or a reading.
    pub(super) fn typed_instead(
        &mut self,
        line: &str,
        asked: &Asked,
        unit: Unit,
    ) -> Result<Option<Reply>, String> {
        match line.to_ascii_lowercase().as_str() {
            // Asked again: what was wrong before is forgiven.
            "" => {
                self.tries.failed = 0;
                return match self.sender(unit) {
                    Some(Sender::Port(gauge, _)) if gauge.driver().request(0).is_none() => {
                        Err("this instrument cannot be asked: press its data key".to_owned())
                    }
                    _ => Ok(None),
                };
            }
            "u" | "undo" => return Ok(Some(Reply::Undo)),
            "r" | "repeat" => return Ok(Some(Reply::Repeat)),
            "?" | "why" | "h" | "help" => return Err(why(asked)),
            _ => {}
        }
        let (answer, because) = reasoned(line)?;
        if answer.is_empty() && because.is_some() && self.tries.sent.is_none() {
            return Err(
                "no value was sent here that a reason could keep: have it sent again".to_owned(),
            );
        }
        if let (true, Some(because), Some((value, text))) =
            (answer.is_empty(), because, self.tries.sent.clone())
        {
            self.sent_by = self.sender(unit).as_ref().map(Sender::name);
            return Ok(Some(Reply::Value {
                value,
                typed: format!("{text} {line}"),
                because: Some(because),
            }));
        }
        let typed = number(line, unit)?;
        let thousandths = on_step(&typed, self.step(unit), unit)?;
        let value = in_range(thousandths, unit)?;
        self.sent_by = None;
        line.clone_into(&mut self.typed);
        Ok(Some(Reply::Value {
            value,
            typed: typed.text,
            because: typed.because,
        }))
    }

    /// A value that was sent, as a reading.
    fn checked(&mut self, shown: &Shown, asked: &Asked, unit: Unit) -> Result<Reply, String> {
        let thousandths = reading(shown, quantity(unit), self.step(unit))?;
        let value = in_range(thousandths, unit)?;
        let (low, high) = asked.expect;
        if !(low..=high).contains(&value) && (low..=high).contains(&-value) {
            return Err(format!(
                "the instrument sent {}, and {low} to {high} are expected: its sign is the other way round; \
                 positive is deeper",
                shown.text
            ));
        }
        self.sent_by = self.sender(unit).as_ref().map(Sender::name);
        self.typed.clone_from(&shown.text);
        self.tries.sent = Some((value, shown.text.clone()));
        Ok(Reply::Value {
            value,
            typed: shown.text.clone(),
            because: None,
        })
    }

    /// Asks the instrument and the desk, and returns what comes first.
    fn come(&mut self, client: &mut Client, asked: &Asked, unit: Unit) -> Result<Came, HostError> {
        let is_person = self.desk.is_person();
        let asks = !is_person || self.tries.failed == 0;
        let slot = match unit {
            Unit::Um => &mut self.gauge,
            Unit::Hz => &mut self.tachometer,
            Unit::Ma => &mut self.meter,
        };
        let Some(Sender::Port(gauge, patience)) = slot.as_mut() else {
            let why = "there is no instrument on a port".to_owned();
            return Ok(Came::Trouble(Code::Timeout, why));
        };
        let begun = gauge.forget().and_then(|dropped| {
            let is_asked = asks && gauge.ask()?;
            Ok((dropped, is_asked))
        });
        let (dropped, is_asked) = match begun {
            Ok(begun) => begun,
            Err(error) => return Ok(Came::Lost(error)),
        };
        if dropped > 0 {
            self.desk.tell(&format!(
                "{dropped} sent before it was asked for, and not taken"
            ));
        }
        let how = match (is_asked, gauge.driver().request(0)) {
            (true, _) => " | sends",
            (false, Some(_)) => " | Enter or data key",
            (false, None) => " | data key",
        };
        let text = prompt(asked, is_person, how);
        let mut take = Take {
            gauge,
            patience: *patience,
            unit,
            asked_at: is_asked.then(|| client.now()),
            before: None,
            values: 0,
            came: None,
        };
        let typed = self
            .desk
            .ask_until(client, &text, &mut |client| take.look(client))?;
        Ok(match (typed, take.came) {
            (Some(line), _) => Came::Typed(line),
            (None, Some(came)) => came,
            (None, None) => Came::Trouble(Code::Timeout, "nothing came".to_owned()),
        })
    }
}

/// Whether the ring rested while a gauge was read; `moved` in um.
///
/// # Errors
/// In words: it moved.
pub(super) fn is_still(moved: u32) -> Result<(), String> {
    if moved > STILL_UM {
        return Err(format!(
            "the ring moved by {moved} um while it was read, {STILL_UM} are allowed"
        ));
    }
    Ok(())
}

/// One reading under way.
struct Take<'a> {
    gauge: &'a mut Gauge,
    patience: Duration,
    unit: Unit,
    /// When the instrument was asked; none when its data key is waited for.
    asked_at: Option<Duration>,
    /// The value before, which the next has to confirm.
    before: Option<i32>,
    values: u8,
    came: Option<Came>,
}

impl Take<'_> {
    /// Listens for a moment. Returns whether it is over.
    fn look(&mut self, client: &mut Client) -> Result<bool, HostError> {
        let asked = self.values;
        let is_over = self.listen(client)?;
        if self.values != asked {
            self.asked_at = Some(client.now());
        }
        Ok(is_over)
    }

    fn listen(&mut self, client: &mut Client) -> Result<bool, HostError> {
        let heard = match self.gauge.hear() {
            Ok(heard) => heard,
            Err(error) => {
                self.came = Some(Came::Lost(error));
                return Ok(true);
            }
        };
        self.came = match heard {
            Some(Heard::Value(shown)) => self.value(client, shown)?,
            Some(Heard::None(why)) => Some(Came::Trouble(Code::NotBelieved, why)),
            Some(Heard::Trouble(why)) => Some(Came::Trouble(Code::BadFrame, why)),
            None => self.asked_at.and_then(|then| {
                let waited = client.now().saturating_sub(then);
                (waited > self.patience).then(|| {
                    let text = format!(
                        "no answer within {} ms; is it on, and does it speak {}?",
                        self.patience.as_millis(),
                        self.gauge.driver().name()
                    );
                    Came::Trouble(Code::Timeout, text)
                })
            }),
        };
        Ok(self.came.is_some())
    }

    /// A length has to rest: the ring meanwhile, and what can be asked twice in a row.
    fn value(&mut self, client: &mut Client, shown: Shown) -> Result<Option<Came>, HostError> {
        let is_asked = self.asked_at.is_some();
        if shown.is_moving && is_asked {
            return Ok(self.again(None));
        }
        if self.unit != Unit::Um || shown.unit.quantity() != Quantity::Length {
            return Ok(Some(Came::Value(shown)));
        }
        let drawn = |client: &mut Client| -> Result<i32, HostError> {
            Ok(Channel::A.nominal(client.status()?.counts_a).as_um())
        };
        let then = drawn(client)?;
        client.wait_alive(LOOK)?;
        let moved = drawn(client)?.abs_diff(then);
        if let Err(text) = is_still(moved) {
            return Ok(Some(Came::Trouble(Code::NotBelieved, text)));
        }
        let now = shown.thousandths;
        let is_near = |before: i32| before.abs_diff(now) <= REST_NM.max(shown.place);
        if !is_asked || self.before.is_some_and(is_near) {
            return Ok(Some(Came::Value(shown)));
        }
        Ok(self.again(Some(now)))
    }

    /// Asks once more, for a value that confirms this one, unless it was asked often.
    fn again(&mut self, before: Option<i32>) -> Option<Came> {
        self.before = before;
        self.values += 1;
        if self.values == VALUES {
            let text = format!(
                "it still moves after {VALUES} values; two in a row have to lie within {} um",
                REST_NM / 1_000
            );
            return Some(Came::Trouble(Code::NotBelieved, text));
        }
        self.gauge.ask().err().map(Came::Lost)
    }
}

/// A line that a gauge typed, or a person, as a reading in thousandths; and the reason behind it.
///
/// # Errors
/// In plain words: what is wrong with it.
pub(super) fn from_keyboard(
    line: &str,
    display: Display,
    unit: Unit,
    stated: u32,
) -> Result<(i32, Option<String>), String> {
    let (answer, because) = reasoned(line)?;
    let shown = keyboard(&answer, display)?;
    let thousandths = reading(&shown, quantity(unit), stated)?;
    Ok((thousandths, because))
}

/// Whole micrometres, or millihertz.
pub(super) fn whole(thousandths: i32, unit: Unit) -> i32 {
    match unit {
        Unit::Um => nearest(f64::from(thousandths) / 1_000.0),
        Unit::Hz | Unit::Ma => thousandths,
    }
}
