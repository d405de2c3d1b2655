//! Where answers come from: a person, a file, or nobody.
//!
//! One rule for all: an answer comes from the file if there is one, else from `--yes` if the question
//! is whether to go on with what was shown, else from the person at the terminal. If none of them can
//! answer, that is said before the first measurement. `--yes` never gives a reading and never
//! overrules a doubt.

use std::collections::BTreeMap;
use std::time::Duration;

use pen_core::status::Status;

use super::patience::until_it_came;
use super::script::{COMMIT, Line};
use crate::client::Client;
use crate::error::{Code, HostError};

/// What a person is shown while something is waited for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wait {
    /// It is not there yet: what to show.
    Show(String),
    /// It is there.
    Over,
}

/// Where answers come from. Whoever waits for a person keeps the pen's heartbeat going meanwhile.
pub trait Desk {
    /// The answer to a question.
    ///
    /// # Errors
    /// The technician gives up (Ctrl-C, Esc, end of input), or nobody can be asked.
    fn ask(&mut self, client: &mut Client, key: &str, text: &str) -> Result<String, HostError>;

    /// Says why an answer was not taken. A person is asked again.
    ///
    /// # Errors
    /// The answer would be the same again, as that of a file.
    fn wrong(&mut self, key: &str, answer: &str, why: &str) -> Result<(), HostError>;

    /// Forgets what was typed before anything was asked. The wish to end it is not forgotten.
    fn forget(&mut self) {}

    /// Forgets numbers and empty lines that were typed before a reading was asked for, as the data key of a
    /// gauge that types makes them. Returns how many numbers; words are not forgotten.
    fn forget_numbers(&mut self) -> usize {
        0
    }

    /// Says something to whoever is there.
    fn tell(&mut self, _: &str) {}

    /// A gauge types from now on: an empty line may be its second Enter, and says nothing.
    fn gauge_types(&mut self) {}

    /// As [`Desk::ask`], until `came` says that something else has come; then none. A desk that does not say
    /// otherwise asks nobody, and waits 120 s, 30 s while the motor turns.
    ///
    /// # Errors
    /// As [`Desk::ask`], what `came` fails with, and that nothing came in time.
    fn ask_until(
        &mut self,
        client: &mut Client,
        text: &str,
        came: &mut dyn FnMut(&mut Client) -> Result<bool, HostError>,
    ) -> Result<Option<String>, HostError> {
        until_it_came(client, text, came).map(|()| None)
    }

    /// Whether a person answers, who can look again, go back and turn a ring.
    fn is_person(&self) -> bool;

    /// Learns everything that will be asked. `sure` is whether `--yes` was given.
    ///
    /// # Errors
    /// Some of it has no answer, or there are answers that nobody asks for.
    fn agree(&mut self, script: &[Line], sure: bool) -> Result<(), HostError>;

    /// Whether there is an answer of its own to this question, which counts before `--yes`.
    fn has(&self, key: &str) -> bool;

    /// Waits for something that a person does at the pen and shows how it goes. A line that is typed
    /// meanwhile ends it and is the next answer.
    ///
    /// # Errors
    /// As [`Desk::ask`].
    fn watch(
        &mut self,
        client: &mut Client,
        show: &mut dyn FnMut(&Status) -> Wait,
    ) -> Result<(), HostError>;
}

impl Desk for Box<dyn Desk> {
    fn ask(&mut self, client: &mut Client, key: &str, text: &str) -> Result<String, HostError> {
        (**self).ask(client, key, text)
    }

    fn wrong(&mut self, key: &str, answer: &str, why: &str) -> Result<(), HostError> {
        (**self).wrong(key, answer, why)
    }

    fn forget(&mut self) {
        (**self).forget();
    }

    fn forget_numbers(&mut self) -> usize {
        (**self).forget_numbers()
    }

    fn tell(&mut self, text: &str) {
        (**self).tell(text);
    }

    fn gauge_types(&mut self) {
        (**self).gauge_types();
    }

    fn ask_until(
        &mut self,
        client: &mut Client,
        text: &str,
        came: &mut dyn FnMut(&mut Client) -> Result<bool, HostError>,
    ) -> Result<Option<String>, HostError> {
        (**self).ask_until(client, text, came)
    }

    fn is_person(&self) -> bool {
        (**self).is_person()
    }

    fn agree(&mut self, script: &[Line], sure: bool) -> Result<(), HostError> {
        (**self).agree(script, sure)
    }

    fn has(&self, key: &str) -> bool {
        (**self).has(key)
    }

    fn watch(
        &mut self,
        client: &mut Client,
        show: &mut dyn FnMut(&Status) -> Wait,
    ) -> Result<(), HostError> {
        (**self).watch(client, show)
    }
}

/// Nobody can be asked.
#[derive(Clone, Copy, Debug, Default)]
pub struct Nobody;

impl Desk for Nobody {
    fn ask(&mut self, _: &mut Client, _: &str, text: &str) -> Result<String, HostError> {
        Err(nobody(text))
    }

    fn wrong(&mut self, key: &str, answer: &str, why: &str) -> Result<(), HostError> {
        Err(HostError::usage(format!("`{key}: {answer}`"), why))
    }

    fn is_person(&self) -> bool {
        false
    }

    fn agree(&mut self, script: &[Line], sure: bool) -> Result<(), HostError> {
        match script.iter().find(|line| !(sure && line.key == COMMIT)) {
            Some(line) => Err(nobody(&format!("{} ({})", line.key, line.about))),
            None => Ok(()),
        }
    }

    fn has(&self, _: &str) -> bool {
        false
    }

    fn watch(
        &mut self,
        _: &mut Client,
        _: &mut dyn FnMut(&Status) -> Wait,
    ) -> Result<(), HostError> {
        Ok(())
    }
}

fn nobody(text: &str) -> HostError {
    HostError::new(
        Code::NotConfirmed,
        format!("nobody can answer: {text}"),
        "there is no terminal to ask at; nothing was measured",
    )
    .with_fix(
        "run it in a terminal, or give --answers FILE (`penctl calibrate --template` prints one); --yes \
         answers only whether a new calibration may come into force; --adjust never makes none",
    )
}

/// Answers that were written down: `key: answer` a line. The ring is turned by somebody all the same, who is
/// waited for.
#[derive(Clone, Debug)]
pub struct Answers {
    name: String,
    lines: BTreeMap<String, (usize, String)>,
    tell: fn(&str),
}

/// How long somebody who turns the ring is waited for at each mark. Source: none yet; five times what turning
/// and reading takes when it is typed, see `docs/calibration.md`.
const RING_PATIENCE: Duration = Duration::from_secs(120);

/// How often the pen is looked at meanwhile.
const LOOK: Duration = Duration::from_millis(100);

/// Names that an error lists before it only counts.
const NAMED_MAX: usize = 12;

impl Answers {
    /// Answers from the text of a file with this name.
    ///
    /// # Errors
    /// A line is not `key: answer`, or a key stands twice.
    pub fn of(name: &str, text: &str) -> Result<Self, HostError> {
        let mut lines = BTreeMap::new();
        for (number, line) in (1..).zip(text.lines()) {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let (key, answer) = line.split_once(':').ok_or_else(|| {
                HostError::bad_config(name, format!("line {number} is not `key: answer`"))
            })?;
            let key = key.split_whitespace().collect::<Vec<_>>().join(" ");
            let answer = answer.trim().to_owned();
            if let Some((before, _)) = lines.insert(key.clone(), (number, answer)) {
                return Err(HostError::bad_config(
                    name,
                    format!("`{key}` stands in line {before} and in line {number}; once is enough"),
                ));
            }
        }
        Ok(Self {
            name: name.to_owned(),
            lines,
            tell: |_| {},
        })
    }

    /// The same, which tells somebody what it waits for.
    #[must_use]
    pub fn telling(self, tell: fn(&str)) -> Self {
        Self { tell, ..self }
    }
}

/// Some names, and how many more there are.
fn listed(names: &[String]) -> String {
    let shown: Vec<String> = names
        .iter()
        .take(NAMED_MAX)
        .map(|name| format!("`{name}`"))
        .collect();
    let more = names.len().saturating_sub(NAMED_MAX);
    let tail = if more > 0 {
        format!(" and {more} more")
    } else {
        String::new()
    };
    format!("{}{tail}", shown.join(", "))
}

impl Desk for Answers {
    fn ask(&mut self, _: &mut Client, key: &str, text: &str) -> Result<String, HostError> {
        match self.lines.get(key) {
            Some((_, answer)) => Ok(answer.clone()),
            None => Err(HostError::bad_config(
                &self.name,
                format!("it has no `{key}` ({text})"),
            )),
        }
    }

    fn wrong(&mut self, key: &str, answer: &str, why: &str) -> Result<(), HostError> {
        // What an instrument sent, or --yes answered, stands in no line.
        let place = match self.lines.get(key) {
            Some((number, _)) => format!("line {number}, `{key}: {answer}`"),
            None => format!("`{key}`, of which it has no line"),
        };
        Err(
            HostError::bad_config(&self.name, format!("{place}: {why}")).with_fix(
                "correct the line, or take the reading again; nothing was changed in the pen by \
                 this answer",
            ),
        )
    }

    fn is_person(&self) -> bool {
        false
    }

    fn agree(&mut self, script: &[Line], sure: bool) -> Result<(), HostError> {
        let missing: Vec<String> = script
            .iter()
            .filter(|line| !(self.has(&line.key) || sure && line.key == COMMIT))
            .map(|line| line.key.clone())
            .collect();
        let mut superfluous: Vec<(usize, String)> = self
            .lines
            .iter()
            .filter(|(key, _)| !script.iter().any(|line| line.key == **key))
            .map(|(key, (number, _))| (*number, format!("{key} (line {number})")))
            .collect();
        superfluous.sort();
        let superfluous: Vec<String> = superfluous.into_iter().map(|(_, name)| name).collect();
        let mut why = Vec::new();
        if !missing.is_empty() {
            why.push(format!("it lacks {}", listed(&missing)));
        }
        if !superfluous.is_empty() {
            why.push(format!("nobody asks for {}", listed(&superfluous)));
        }
        if why.is_empty() {
            return Ok(());
        }
        Err(HostError::bad_config(&self.name, why.join("; ")).with_fix(
            "`penctl calibrate --template` with the same options prints every key; nothing was measured",
        ))
    }

    fn has(&self, key: &str) -> bool {
        self.lines.contains_key(key)
    }

    fn watch(
        &mut self,
        client: &mut Client,
        show: &mut dyn FnMut(&Status) -> Wait,
    ) -> Result<(), HostError> {
        let until = client.now() + RING_PATIENCE;
        let mut told = String::new();
        loop {
            let text = match show(&client.status()?) {
                Wait::Over => return Ok(()),
                Wait::Show(text) => text,
            };
            if client.now() >= until {
                let why = format!("waited {} s for: {text}", RING_PATIENCE.as_secs());
                return Err(HostError::usage("the ring did not come to its mark", why).with_fix(
                    "turn the ring to each mark as it is told, in the order of the readings: a file answers \
                     for the instruments and turns no ring",
                ));
            }
            // What the pen says meanwhile is not told each time it changes.
            let what = text.split(';').next().unwrap_or_default();
            if what != told {
                (self.tell)(&text);
                what.clone_into(&mut told);
            }
            client.wait_alive(LOOK)?;
        }
    }
}

/// An answer that a check understands. A person is asked until it does.
///
/// # Errors
/// As [`Desk::ask`] and [`Desk::wrong`].
pub(super) fn checked<T>(
    desk: &mut dyn Desk,
    client: &mut Client,
    key: &str,
    text: &str,
    check: &mut dyn FnMut(&str) -> Result<T, String>,
) -> Result<T, HostError> {
    loop {
        let answer = desk.ask(client, key, text)?;
        match check(&answer) {
            Ok(value) => return Ok(value),
            Err(why) => desk.wrong(key, &answer, &why)?,
        }
    }
}

/// Yes or no; none for an empty answer.
///
/// # Errors
/// In plain words: it is neither.
pub(super) fn sure(answer: &str) -> Result<Option<bool>, String> {
    match answer.to_ascii_lowercase().as_str() {
        "" => Ok(None),
        "y" | "yes" => Ok(Some(true)),
        "n" | "no" => Ok(Some(false)),
        other => Err(format!("`{other}` is not yes or no")),
    }
}

/// Yes or no; an empty answer is the default.
///
/// # Errors
/// As [`Desk::ask`] and [`Desk::wrong`].
pub(super) fn yes_or_no(
    desk: &mut dyn Desk,
    client: &mut Client,
    key: &str,
    text: &str,
    default: bool,
) -> Result<bool, HostError> {
    let shown = format!("{text} [{}]", if default { "Y/n" } else { "y/N" });
    checked(desk, client, key, &shown, &mut |answer| {
        Ok(sure(answer)?.unwrap_or(default))
    })
}

#[cfg(test)]
mod tests {
    use super::super::script::{Asks, script, template};
    use super::super::{Adjust, Points, Settings};
    use super::{Answers, Desk, Nobody};

    fn settings(adjust: Adjust) -> Settings {
        Settings {
            adjust,
            repeats: 2,
            points: Points::Short,
            ..Settings::default()
        }
    }

    /// The template with something behind every key.
    fn filled(adjust: Adjust) -> String {
        template(&settings(adjust), Asks::Everything).replace(":\n", ": 1\n")
    }

    #[test]
    fn a_template_has_exactly_what_is_asked() {
        for adjust in [Adjust::Auto, Adjust::Always, Adjust::Never] {
            let lines = script(&settings(adjust), Asks::Everything);
            let mut answers = Answers::of("f", &filled(adjust)).unwrap();
            assert_eq!(answers.lines.len(), lines.len(), "{adjust:?}");
            answers.agree(&lines, false).unwrap();
        }
    }

    #[test]
    fn each_missing_and_superfluous_key_is_named_at_once() {
        let lines = script(&settings(Adjust::Auto), Asks::Everything);
        let text = filled(Adjust::Auto)
            .replace("gauge due:", "gauge date:")
            .replace("left rate 80 3:", "left rate 81 3:");
        let error = Answers::of("f", &text)
            .unwrap()
            .agree(&lines, true)
            .unwrap_err();
        for name in [
            "`gauge due`",
            "`left rate 80 3`",
            "gauge date (line",
            "left rate 81 3 (line",
        ] {
            assert!(error.why.contains(name), "{name}: {error}");
        }
        assert_eq!(error.exit_code(), 2);
        // What a pen that is never adjusted does not need is one too many.
        let never = script(&settings(Adjust::Never), Asks::Everything);
        let error = Answers::of("f", &filled(Adjust::Auto))
            .unwrap()
            .agree(&never, false)
            .unwrap_err();
        assert!(
            error.why.contains("commit (line") && error.why.contains("more"),
            "{error}"
        );
    }

    #[test]
    fn only_the_commit_is_answered_by_yes() {
        let lines = script(&settings(Adjust::Auto), Asks::Everything);
        let text = filled(Adjust::Auto).replace("commit: y\n", "");
        let mut answers = Answers::of("f", &text).unwrap();
        assert!(answers.agree(&lines, true).is_ok());
        assert!(
            answers
                .agree(&lines, false)
                .unwrap_err()
                .why
                .contains("`commit`")
        );
        let mut nobody = Nobody;
        assert!(nobody.agree(&lines, true).is_err());
        let decisions = |adjust| script(&settings(adjust), Asks::Decisions);
        assert!(nobody.agree(&decisions(Adjust::Auto), true).is_ok());
        assert!(nobody.agree(&decisions(Adjust::Never), false).is_ok());
        let error = nobody.agree(&decisions(Adjust::Auto), false).unwrap_err();
        assert_eq!(error.exit_code(), 2);
        assert!(
            error.what.contains("commit") && error.fix.contains("--adjust never"),
            "{error}"
        );
    }

    #[test]
    fn an_answer_that_stands_in_no_line_is_told_with_none() {
        let mut answers = Answers::of("f", "# x\ndummy: y\n").unwrap();
        let error = answers.wrong("dummy", "y", "too late").unwrap_err();
        assert_eq!(error.why, "line 2, `dummy: y`: too late");
        let error = answers
            .wrong("depth 500 deepening 1", "", "too far")
            .unwrap_err();
        let why = "`depth 500 deepening 1`, of which it has no line: too far";
        assert_eq!(error.why, why);
    }

    #[test]
    fn lines_that_are_no_answers_are_told_with_their_number() {
        let error = Answers::of("f", "# x\n\ndummy: y\nno colon here\n").unwrap_err();
        assert!(error.why.contains("line 4"), "{error}");
        let error = Answers::of("f", "dummy: y\nattend: y\ndummy: n\n").unwrap_err();
        assert!(
            error.why.contains("line 1") && error.why.contains("line 3"),
            "{error}"
        );
    }
}
