//! A technician at the terminal, or a file of answers in the same order.

use std::collections::VecDeque;
use std::io::{self, BufRead, IsTerminal, Write};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use pen_protocol::messages::ToPen;

use super::bench::{Bench, Choice, Instruments, Question};
use crate::client::Client;
use crate::clock;
use crate::error::{Code, HostError};
use crate::metrology::{BudgetInputs, Direction, RateInputs};
use crate::num::nearest;
use crate::report::{Fact, ReferenceInstrument};

/// How often the pen hears from the host while a person thinks; it allows 250 ms of motion.
const HEARTBEAT: Duration = Duration::from_millis(100);

/// Where answers come from.
#[derive(Debug)]
pub enum Answers {
    /// Lines `key: answer` of a file, in the order in which they are asked for.
    File {
        /// Its name.
        path: String,
        /// What is left of it: line number, key, answer.
        lines: VecDeque<(usize, String, String)>,
    },
    /// A person.
    Terminal(Receiver<String>),
    /// Nobody can be asked.
    Nobody,
}

impl Answers {
    /// Answers from a file.
    ///
    /// # Errors
    /// It cannot be read, or a line is not `key: answer`.
    pub fn from_file(path: &str) -> Result<Self, HostError> {
        let text = crate::text::read(path)?;
        let mut lines = VecDeque::new();
        for (number, line) in (1..).zip(text.lines()) {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let (key, answer) = line.split_once(':').ok_or_else(|| {
                HostError::bad_config(path, format!("line {number} is not `key: answer`"))
            })?;
            lines.push_back((number, key.trim().to_owned(), answer.trim().to_owned()));
        }
        Ok(Self::File {
            path: path.to_owned(),
            lines,
        })
    }

    /// Answers from whoever sits at the terminal, if somebody does.
    #[must_use]
    pub fn from_terminal() -> Self {
        if !io::stdin().is_terminal() {
            return Self::Nobody;
        }
        let (sender, receiver) = channel();
        std::thread::spawn(move || {
            for line in io::stdin().lock().lines() {
                let Ok(line) = line else { break };
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        Self::Terminal(receiver)
    }

    /// Asks, and keeps the pen informed while somebody thinks.
    ///
    /// # Errors
    /// The technician gives up (Ctrl-C, end of input), nobody can be asked, or the file answers
    /// something else.
    pub fn ask(&mut self, client: &mut Client, key: &str, text: &str) -> Result<String, HostError> {
        match self {
            Self::Nobody => Err(HostError::new(
                Code::NotConfirmed,
                format!("nobody answered: {text}"),
                "there is no terminal to ask at",
            )
            .with_fix(
                "run it in a terminal, or give --answers FILE; --yes answers the yes-or-no \
                 questions only",
            )),
            Self::File { path, lines } => match lines.pop_front() {
                Some((_, named, answer)) if named == key => Ok(answer),
                Some((number, named, _)) => Err(HostError::bad_config(
                    path,
                    format!("line {number} answers `{named}`, `{key}` is asked ({text})"),
                )),
                None => Err(HostError::aborted("the calibration").with_fix(format!(
                    "{path} ends before `{key}` is answered; add the line"
                ))),
            },
            Self::Terminal(receiver) => {
                // A closed stderr shows no prompt, and the question waits all the same.
                let _ = write!(io::stderr().lock(), "? {text} ");
                let _ = io::stderr().lock().flush();
                loop {
                    if clock::interrupted() {
                        // What is said next begins on a line of its own.
                        let _ = writeln!(io::stderr().lock());
                        return Err(HostError::interrupted("the calibration"));
                    }
                    match receiver.recv_timeout(HEARTBEAT) {
                        Ok(line) => return Ok(line.trim().to_owned()),
                        Err(RecvTimeoutError::Timeout) => {
                            client.demand(&ToPen::Heartbeat)?;
                        }
                        Err(RecvTimeoutError::Disconnected) => {
                            return Err(HostError::aborted("the calibration"));
                        }
                    }
                }
            }
        }
    }

    /// Asks until the answer is yes or no.
    ///
    /// # Errors
    /// As [`Answers::ask`].
    pub fn yes_or_no(
        &mut self,
        client: &mut Client,
        key: &str,
        text: &str,
        default: bool,
    ) -> Result<bool, HostError> {
        let shown = format!("{text} [{}]", if default { "Y/n" } else { "y/N" });
        loop {
            match self.ask(client, key, &shown)?.to_ascii_lowercase().as_str() {
                "" => return Ok(default),
                "y" | "yes" => return Ok(true),
                "n" | "no" => return Ok(false),
                other => self.wrong(key, other, "yes or no")?,
            }
        }
    }

    /// Asks until the answer is a number in the range.
    ///
    /// # Errors
    /// As [`Answers::ask`].
    pub fn number(
        &mut self,
        client: &mut Client,
        key: &str,
        text: &str,
        range: std::ops::RangeInclusive<f64>,
    ) -> Result<f64, HostError> {
        loop {
            let answer = self.ask(client, key, text)?;
            match answer.parse::<f64>() {
                Ok(value) if range.contains(&value) => return Ok(value),
                _ => {
                    let wanted = format!("a number from {} to {}", range.start(), range.end());
                    self.wrong(key, &answer, &wanted)?;
                }
            }
        }
    }

    /// A person is asked again; a file is wrong.
    fn wrong(&self, key: &str, answer: &str, wanted: &str) -> Result<(), HostError> {
        match self {
            Self::File { path, .. } => Err(HostError::bad_config(
                path,
                format!("`{key}: {answer}` should be {wanted}"),
            )),
            Self::Terminal(_) | Self::Nobody => {
                let _ = writeln!(io::stderr().lock(), "  `{answer}` is not {wanted}");
                Ok(())
            }
        }
    }
}

/// A technician with a gauge, asked for every reading.
#[derive(Debug)]
pub struct PromptBench {
    answers: Answers,
    sure: bool,
    instruments: Instruments,
    /// Where the ring has to be for the next reading.
    setting: (i32, Direction),
}

impl PromptBench {
    /// A bench whose technician answers so; `sure` answers yes to yes-or-no questions.
    #[must_use]
    pub fn new(answers: Answers, sure: bool) -> Self {
        Self {
            answers,
            sure,
            instruments: unknown_instruments(),
            setting: (0, Direction::Deepening),
        }
    }

    fn ask_instruments(&mut self, client: &mut Client) -> Result<(), HostError> {
        let answers = &mut self.answers;
        let gauge = answers.ask(client, "gauge serial", "serial number of the depth gauge:")?;
        let gauge_u = answers.number(
            client,
            "gauge U um",
            "its expanded uncertainty (k = 2), in um:",
            0.1..=100.0,
        )?;
        let gauge_certificate =
            answers.ask(client, "gauge certificate", "its certificate and due date:")?;
        let tacho = answers.ask(
            client,
            "tachometer serial",
            "serial number of the tachometer:",
        )?;
        let tacho_u = answers.number(
            client,
            "tachometer U ppm",
            "its expanded uncertainty (k = 2), in ppm:",
            1.0..=20_000.0,
        )?;
        let tacho_certificate = answers.ask(
            client,
            "tachometer certificate",
            "its certificate and due date:",
        )?;
        let temperature = answers.number(
            client,
            "temperature C",
            "temperature of the room, in C:",
            5.0..=45.0,
        )?;
        let reference = |name: &str, serial: String, expanded: String, certificate: String| {
            ReferenceInstrument {
                name: name.to_owned(),
                serial,
                expanded,
                certificate,
                traceability: "as its certificate says".to_owned(),
            }
        };
        self.instruments.references = vec![
            reference(
                "Depth gauge",
                gauge,
                format!("{gauge_u} \u{b5}m, k = 2"),
                gauge_certificate,
            ),
            reference(
                "Tachometer",
                tacho,
                format!("{tacho_u} ppm, k = 2"),
                tacho_certificate,
            ),
        ];
        self.instruments.depth.reference_expanded_nm = whole(gauge_u * 1_000.0);
        self.instruments.rate.reference_expanded_ppm = whole(tacho_u);
        let halfwidth = (temperature - 20.0).abs() + 1.0;
        self.instruments.depth.temperature_halfwidth_mk = whole(halfwidth * 1_000.0);
        self.instruments.conditions = vec![Fact::new(
            "Temperature",
            format!("{temperature} \u{b0}C \u{b1} 1 K"),
        )];
        Ok(())
    }

    fn confirm(&mut self, client: &mut Client, key: &str, text: &str) -> Result<(), HostError> {
        if self.answers.yes_or_no(client, key, text, true)? {
            Ok(())
        } else {
            Err(HostError::aborted("the calibration"))
        }
    }
}

impl Bench for PromptBench {
    fn prepare(&mut self, client: &mut Client) -> Result<(), HostError> {
        self.ask_instruments(client)?;
        self.confirm(
            client,
            "dummy",
            "dummy and cable are in, the gauge is zeroed at the rim?",
        )
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

    fn turn_ring(
        &mut self,
        _: &mut Client,
        um: i32,
        direction: Direction,
    ) -> Result<(), HostError> {
        // The gauge is asked for next, and its prompt says where the ring has to be.
        self.setting = (um, direction);
        Ok(())
    }

    fn ready_to_run(&mut self, client: &mut Client, um: i32) -> Result<(), HostError> {
        let text = format!("turn the ring to {um} um; the motor will turn next. Ready?");
        self.confirm(client, "ready to run", &text)
    }

    fn gauge_um(&mut self, client: &mut Client, key: &str) -> Result<i32, HostError> {
        let (setting, direction) = self.setting;
        let text = format!(
            "turn the ring to {setting} um, {}; gauge in um:",
            direction.word()
        );
        let um = self.answers.number(client, key, &text, -500.0..=3_000.0)?;
        Ok(nearest(um))
    }

    fn tachometer_mhz(&mut self, client: &mut Client, key: &str) -> Result<u32, HostError> {
        let text = "the motor turns; tachometer in Hz:";
        let hertz = self.answers.number(client, key, text, 1.0..=500.0)?;
        Ok(whole(hertz * 1_000.0))
    }

    fn decide(&mut self, client: &mut Client, question: &Question<'_>) -> Result<bool, HostError> {
        if self.sure {
            return Ok(true);
        }
        let default = question.default == Choice::Yes;
        self.answers
            .yes_or_no(client, question.key, question.text, default)
    }

    fn instruments(&self) -> &Instruments {
        &self.instruments
    }

    fn today(&self) -> u16 {
        clock::today()
    }
}

/// A positive value, rounded.
fn whole(value: f64) -> u32 {
    nearest(value).max(0).unsigned_abs()
}

/// Before anybody said what the instruments are.
fn unknown_instruments() -> Instruments {
    Instruments {
        references: Vec::new(),
        depth: BudgetInputs {
            reference_expanded_nm: 0,
            reference_k_hundredths: 200,
            gauge_resolution_nm: 1_000,
            pen_resolution_nm: 1_000,
            seating_standard_nm: 8_000,
            temperature_halfwidth_mk: 2_000,
            drift_nm_per_k: 1_500,
        },
        rate: RateInputs {
            reference_expanded_ppm: 0,
            reference_k_hundredths: 200,
            reference_resolution_mhz: 10,
            pen_resolution_mhz: 1,
        },
        conditions: Vec::new(),
        simulated: None,
    }
}
