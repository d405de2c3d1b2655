//! A technician with a gauge and a tachometer, asked for every reading.

use pen_core::calibration::Channel;
use pen_core::status::Status;

use super::Settings;
use super::bench::{Asked, Bench, Choice, Instruments, Question, Reply};
use super::desk::{Desk, Wait, checked, sure, yes_or_no};
use super::gauged::{Sender, Tries, from_keyboard, whole};
use super::judge::Doubt;
use super::observer::{Phase, Reserved};
use super::phrases::{LEAVE_UM, approach_words, prompt, turn_words, why};
use super::references;
use super::script::{Asks, Line, ready_key};
use super::typed::{Unit, number, on_step, reasoned};
use crate::client::Client;
use crate::error::{Code, HostError};
use crate::gauge::Unit as Display;
use crate::metrology::Direction;
use crate::report::Fact;

/// How near the pen's indication comes to the ring's mark before the gauge is asked for, and how
/// many pictures of it have to agree. Unit: um.
const THERE_UM: i32 = 40;
const RESTS_UM: u32 = 5;
const PICTURES: u8 = 3;

/// The same of a pen without a calibration, by the drawing of channel A, where nobody can say that the ring is
/// there: what its indication may be off by, as for readings. Unit: um.
const DRAWN_UM: i32 = 350;
const DRAWN_PICTURES: u8 = 20;

/// How often repeats that stand apart are read again where nobody sits.
const OUTLIERS: u8 = 3;

/// Range of a rate that a tachometer can show. Unit: mHz.
const RATE_MHZ: std::ops::RangeInclusive<i32> = 1_000..=500_000;

/// Range of a gauge. Unit: um.
const GAUGE_UM: std::ops::RangeInclusive<i32> = -3_000..=5_000;

/// Range of a motor current that a meter can show: beyond what the pen's sensor reads. Unit: uA.
const CURRENT_UA: std::ops::RangeInclusive<i32> = -3_000_000..=3_000_000;

/// A technician who is asked at a desk.
#[derive(Debug)]
pub struct PromptBench<D> {
    pub(super) desk: D,
    sure: bool,
    today: u16,
    instruments: Instruments,
    gauge_step_nm: u32,
    /// What was typed last, for an answer that is doubted.
    pub(super) typed: String,
    pub(super) gauge: Option<Sender>,
    pub(super) tachometer: Option<Sender>,
    pub(super) meter: Option<Sender>,
    /// Which driver sent the last reading.
    pub(super) sent_by: Option<String>,
    pub(super) tries: Tries,
    /// How often repeats were read again because they stood apart, where nobody sits.
    outliers: u8,
    /// The mark to which the ring was turned last, and where channel A saw it then, by the drawing. Unit: um.
    stood: Option<(i32, i32)>,
}

impl<D: Desk> PromptBench<D> {
    /// A bench whose technician answers at this desk. `sure` puts a new calibration in force without
    /// asking; `today` is in days since 2020-01-01.
    #[must_use]
    pub fn new(desk: D, sure: bool, today: u16) -> Self {
        Self {
            desk,
            sure,
            today,
            instruments: references::unknown(),
            gauge_step_nm: 1_000,
            typed: String::new(),
            gauge: None,
            tachometer: None,
            meter: None,
            sent_by: None,
            tries: Tries::default(),
            outliers: 0,
            stood: None,
        }
    }

    /// The same bench, whose gauge and tachometer send their readings, as far as they are given.
    #[must_use]
    pub fn with_instruments(mut self, gauge: Option<Sender>, tachometer: Option<Sender>) -> Self {
        self.gauge = gauge;
        self.tachometer = tachometer;
        self.expects_typing()
    }

    /// The same bench, whose meter sends its readings, if it is given.
    #[must_use]
    pub fn with_meter(mut self, meter: Option<Sender>) -> Self {
        self.meter = meter;
        self.expects_typing()
    }

    fn expects_typing(mut self) -> Self {
        if [&self.gauge, &self.tachometer, &self.meter]
            .iter()
            .any(|it| matches!(it, Some(Sender::Keyboard(_))))
        {
            self.desk.gauge_types();
        }
        self
    }

    /// One step of the instrument. Unit: nm, or mHz.
    pub(super) const fn step(&self, unit: Unit) -> u32 {
        match unit {
            Unit::Um => self.gauge_step_nm,
            Unit::Hz => self.instruments.rate.reference_resolution_mhz,
            Unit::Ma => match &self.instruments.current {
                Some(inputs) => inputs.reference_resolution_ua,
                None => 1,
            },
        }
    }

    /// Yes, in so many words, typed after the question: the needles may move next. Enter alone is no answer.
    fn confirm(&mut self, client: &mut Client, key: &str, text: &str) -> Result<(), HostError> {
        self.desk.forget();
        let shown = format!("{text} [y/n]");
        let is_sure = checked(&mut self.desk, client, key, &shown, &mut |answer| {
            sure(answer)?.ok_or_else(|| "Enter alone is no answer here; type y or n".to_owned())
        })?;
        if is_sure {
            Ok(())
        } else {
            Err(HostError::aborted("the calibration"))
        }
    }

    /// Asks for a reading until something is typed that is one, or a word for going back.
    pub(super) fn reading(
        &mut self,
        client: &mut Client,
        asked: &Asked,
        unit: Unit,
    ) -> Result<Reply, HostError> {
        let key = asked.place.key();
        let types = match self.sender(unit) {
            Some(Sender::Port(..)) => return self.sent(client, asked, unit),
            Some(Sender::Keyboard(display)) => Some(*display),
            None => None,
        };
        let keys = if types.is_some() { " | data key" } else { "" };
        let text = prompt(asked, self.desk.is_person(), keys);
        let step = self.step(unit);
        loop {
            let early = self.desk.forget_numbers();
            if early > 0 {
                let text = format!("{early} typed before it was asked for, and not taken");
                self.desk.tell(&text);
            }
            let answer = self.desk.ask(client, &key, &text)?;
            if self.desk.is_person() {
                match answer.to_ascii_lowercase().as_str() {
                    "u" | "undo" => return Ok(Reply::Undo),
                    "r" | "repeat" => return Ok(Reply::Repeat),
                    "?" | "why" | "h" | "help" => {
                        self.desk.wrong(&key, "", &why(asked))?;
                        continue;
                    }
                    _ => {}
                }
            }
            if types.is_some() && answer.is_empty() {
                continue;
            }
            let taken = match types {
                Some(display) => typed_by_gauge(&answer, display, unit, step),
                None => taken(&answer, unit, step),
            };
            match taken {
                Ok(reply) => {
                    self.sent_by = self.sender(unit).as_ref().map(Sender::name);
                    self.typed = answer;
                    return Ok(reply);
                }
                Err(said) => self.desk.wrong(&key, &answer, &said)?,
            }
        }
    }
}

/// What was typed as a reading.
fn taken(answer: &str, unit: Unit, step: u32) -> Result<Reply, String> {
    let typed = number(answer, unit)?;
    let thousandths = on_step(&typed, step, unit)?;
    Ok(Reply::Value {
        value: in_range(thousandths, unit)?,
        typed: typed.text,
        because: typed.because,
    })
}

/// What a gauge typed as a reading.
fn typed_by_gauge(answer: &str, display: Display, unit: Unit, step: u32) -> Result<Reply, String> {
    let (thousandths, because) = from_keyboard(answer, display, unit, step)?;
    Ok(Reply::Value {
        value: in_range(thousandths, unit)?,
        typed: answer.to_owned(),
        because,
    })
}

/// A reading in whole micrometres or millihertz.
///
/// # Errors
/// In plain words: no pen does that.
pub(super) fn in_range(thousandths: i32, unit: Unit) -> Result<i32, String> {
    let value = whole(thousandths, unit);
    let (range, word) = match unit {
        Unit::Um => (GAUGE_UM, "um"),
        Unit::Hz => (RATE_MHZ, "mHz"),
        Unit::Ma => (CURRENT_UA, "uA"),
    };
    if range.contains(&value) {
        return Ok(value);
    }
    Err(format!(
        "{value} {word} is outside {} to {} {word}, which no pen does",
        range.start(),
        range.end()
    ))
}

impl<D: Desk> Bench for PromptBench<D> {
    fn agree(&mut self, script: &[Line]) -> Result<(), HostError> {
        self.desk.agree(script, self.sure)
    }

    fn asks(&self) -> Asks {
        Asks::Unsent {
            depth: self.gauge.is_some(),
            rate: self.tachometer.is_some(),
            current: self.meter.is_some(),
        }
    }

    fn prepare(
        &mut self,
        client: &mut Client,
        settings: &Settings,
    ) -> Result<Vec<Reserved>, HostError> {
        let asked = references::ask(&mut self.desk, client, self.today, settings)?;
        self.instruments = asked.instruments;
        self.gauge_step_nm = asked.gauge_step_nm;
        for (name, sender) in [
            ("Depth gauge", &self.gauge),
            ("Tachometer", &self.tachometer),
            ("Meter", &self.meter),
        ] {
            let fact = sender.as_ref().map(|it| Fact::new(name, it.words()));
            self.instruments.conditions.extend(fact);
        }
        self.confirm(
            client,
            "dummy",
            if settings.has_current() {
                "dummy and cable are in, the gauge is zeroed at the rim, the meter is in the motor's lead?"
            } else {
                "dummy and cable are in, the gauge is zeroed at the rim?"
            },
        )?;
        Ok(asked.reserved)
    }

    fn attend(&mut self, client: &mut Client, holds: bool) -> Result<(), HostError> {
        if !holds {
            return Ok(());
        }
        self.confirm(
            client,
            "attend",
            "hold the ok button on the pen, then answer. Held?",
        )
    }

    fn was_read_at(&mut self, um: i32, counts_a: u16) {
        self.stood = Some((um, Channel::A.nominal(counts_a).as_um()));
    }

    fn turn_ring(
        &mut self,
        client: &mut Client,
        um: i32,
        direction: Direction,
    ) -> Result<(), HostError> {
        // A reason keeps no value that was sent at another mark.
        self.tries = Tries::default();
        // A second reading of one mark is one of the ring only if the ring was turned again.
        let stood = self.stood.take();
        let from = stood.filter(|(mark, _)| *mark == um);
        let is_person = self.desk.is_person();
        let mut has_left = from.is_none();
        let mut last = None;
        let mut was_pressed = true;
        let enter = match &self.gauge {
            Some(Sender::Port(..)) if !is_person => "; data key when it is there",
            _ if !is_person => "",
            Some(Sender::Port(..)) => "; Enter or data key when it is there",
            Some(Sender::Keyboard(_)) => "; y and Enter when it is there",
            None => "; Enter when it is there",
        };
        loop {
            let mut rests = 0;
            let mut before = None;
            self.desk.watch(client, &mut |status: &Status| {
                let drawn = Channel::A.nominal(status.counts_a).as_um();
                last = Some(drawn);
                has_left |= from.is_some_and(|(_, then)| match direction {
                    Direction::Deepening => then - drawn > LEAVE_UM,
                    Direction::Shallowing => drawn - then > LEAVE_UM,
                });
                let says = status.depth.map(pen_core::units::Depth::as_um);
                let has_moved = stood.is_none_or(|(mark, then)| {
                    2 * (drawn - then).abs() >= (um - mark).abs() || mark == um
                });
                let drawn = (!is_person && has_moved).then_some(drawn);
                // Without a calibration what the pen says is the drawing, and may be far off.
                let is_calibrated = status.generation > 0;
                let (seen, near, pictures) = match says {
                    Some(_) if is_person || is_calibrated => (says, THERE_UM, PICTURES),
                    _ => (drawn, DRAWN_UM, DRAWN_PICTURES),
                };
                let is_there = seen.is_some_and(|seen| (seen - um).abs() <= near);
                let is_still = seen
                    .zip(before)
                    .is_some_and(|(now, then): (i32, i32)| now.abs_diff(then) <= RESTS_UM);
                let is_over = has_left && is_there && is_still;
                rests = if is_over { rests + 1 } else { 0 };
                before = seen;
                // The data key says what Enter says. A gauge that sends without a pause says nothing.
                let is_pressed = self.gauge.as_mut().is_some_and(Sender::was_pressed);
                let is_new = !std::mem::replace(&mut was_pressed, is_pressed);
                if rests >= pictures || is_pressed && is_new && has_left {
                    return Wait::Over;
                }
                Wait::Show(turn_words(um, direction, says, has_left, enter))
            })?;
            if has_left || last.is_none() {
                self.stood = last.map(|drawn| (um, drawn));
                return Ok(());
            }
            self.desk.forget();
            self.desk.wrong("", "", &approach_words(um, direction))?;
        }
    }

    fn ready_to_run(
        &mut self,
        client: &mut Client,
        phase: Phase,
        um: i32,
    ) -> Result<(), HostError> {
        self.stood = None;
        if !self.desk.is_person() {
            // A file says yes whether the ring is there or not: the pen does.
            self.turn_ring(client, um, Direction::Deepening)?;
            self.stood = None;
        }
        let text = format!("turn the ring to {um} um; the motor will turn next. Ready?");
        self.confirm(client, ready_key(phase), &text)
    }

    fn gauge_um(&mut self, client: &mut Client, asked: &Asked) -> Result<Reply, HostError> {
        self.reading(client, asked, Unit::Um)
    }

    fn tachometer_mhz(&mut self, client: &mut Client, asked: &Asked) -> Result<Reply, HostError> {
        self.reading(client, asked, Unit::Hz)
    }

    fn meter_ua(&mut self, client: &mut Client, asked: &Asked) -> Result<Reply, HostError> {
        self.reading(client, asked, Unit::Ma)
    }

    fn doubted(
        &mut self,
        client: &mut Client,
        asked: &Asked,
        doubts: &[Doubt],
    ) -> Result<(), HostError> {
        let texts: Vec<&str> = doubts.iter().map(|doubt| doubt.text.as_str()).collect();
        let mut why = texts.join(";\n");
        if !why.ends_with('?') {
            why.push('.');
        }
        why.push_str(if doubts.iter().all(|doubt| doubt.may_be_kept) {
            "\nRead again; if it is right, add a reason: `... because ...`"
        } else {
            "\nNo reason makes this a measurement of the setting: read again, or end it and repair the pen"
        });
        if self.sent_by.is_some() {
            // A reason can only be typed.
            let is_person = self.desk.is_person();
            let why = if is_person { why } else { texts.join("; ") };
            return self.failed(client, &asked.place.key(), Code::NotBelieved, &why);
        }
        let typed = self.typed.clone();
        self.desk.wrong(&asked.place.key(), &typed, &why)
    }

    fn sent_by(&self) -> Option<String> {
        self.sent_by.clone()
    }

    fn outlier(
        &mut self,
        client: &mut Client,
        key: &str,
        text: &str,
    ) -> Result<Option<String>, HostError> {
        if !self.desk.is_person() && self.gauge.is_some() && self.outliers < OUTLIERS {
            self.outliers += 1;
            self.desk.tell(&format!("{text}; they are read again"));
            return Ok(None);
        }
        if !self.desk.is_person() && self.gauge.is_some() {
            let what = format!("no readings for `{key}` that agree");
            let why = format!("{text}; read again {OUTLIERS} times in this run");
            return Err(HostError::new(Code::NotBelieved, what, why));
        }
        if !self.desk.is_person() {
            // The first repeat stands for all of them.
            self.desk.wrong(
                &format!("{key} 1"),
                "and its repeats",
                &format!("{text}; read the point again, or add a reason to one of them: `... because ...`"),
            )?;
        }
        let text = format!("{text}. Enter repeats the point; `because ...` keeps it:");
        checked(
            &mut self.desk,
            client,
            key,
            &text,
            &mut |answer| match reasoned(answer)? {
                (answer, reason) if answer.is_empty() => Ok(reason),
                (answer, _) => Err(format!(
                    "`{answer}` is neither Enter nor a reason behind because"
                )),
            },
        )
    }

    fn decide(&mut self, client: &mut Client, question: &Question<'_>) -> Result<bool, HostError> {
        decided(&mut self.desk, self.sure, client, question)
    }

    fn instruments(&self) -> &Instruments {
        &self.instruments
    }

    fn today(&self) -> u16 {
        self.today
    }
}

/// The answer of the file, else of `--yes`, else of the person.
pub(super) fn decided(
    desk: &mut dyn Desk,
    sure: bool,
    client: &mut Client,
    question: &Question<'_>,
) -> Result<bool, HostError> {
    if sure && !desk.has(question.key) {
        return Ok(true);
    }
    let default = question.default == Choice::Yes;
    yes_or_no(desk, client, question.key, question.text, default)
}
