//! Questions to somebody at the terminal, one line an answer.

use std::io::{self, BufRead, IsTerminal, Write};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use crate::clock;
use crate::error::HostError;
use crate::out::wrapped;

/// How often it is looked whether the program shall end.
const LOOK: Duration = Duration::from_millis(100);

/// Columns of a complaint, so that it fits a usual terminal.
const COLUMNS: usize = 76;

/// The lines that somebody types at this process's terminal; none when nobody can.
pub(crate) fn typed_lines() -> Option<Receiver<String>> {
    if !io::stdin().is_terminal() {
        return None;
    }
    let (sender, lines) = channel();
    std::thread::spawn(move || {
        for line in io::stdin().lock().lines() {
            let Ok(line) = line else { break };
            if sender.send(line).is_err() {
                break;
            }
        }
    });
    Some(lines)
}

/// Words on stderr. A closed stderr shows nothing, and the question waits all the same.
pub(crate) fn say(text: &str) {
    // Unit tests tell their results line by line on the same terminal.
    if cfg!(test) {
        return;
    }
    let mut err = io::stderr().lock();
    // Words of an instrument may be among them.
    let _ = err.write_all(crate::escape::lines(text, true).as_bytes());
    let _ = err.flush();
}

/// Somebody who is asked, and what for.
#[derive(Debug)]
pub(crate) struct Asker {
    lines: Receiver<String>,
    what: &'static str,
}

impl Asker {
    /// Whoever sits at the terminal; none when nobody does, or the answers shall be JSON.
    pub(crate) fn open(what: &'static str, is_json: bool) -> Option<Self> {
        if is_json {
            return None;
        }
        typed_lines().map(|lines| Self { lines, what })
    }

    /// Somebody whose answers are known.
    #[cfg(test)]
    pub(crate) fn of(what: &'static str, answers: &[&str]) -> Self {
        let (sender, lines) = channel();
        for answer in answers {
            let _ = sender.send((*answer).to_owned());
        }
        Self { lines, what }
    }

    /// Asks until the answer is one. Nothing typed is the default, if there is one.
    ///
    /// # Errors
    /// `q` was typed, the input ended, or the program was asked to end.
    pub(crate) fn ask<T>(
        &mut self,
        question: &str,
        default: &str,
        read: impl Fn(&str) -> Result<T, String>,
    ) -> Result<T, HostError> {
        loop {
            let hint = if default.is_empty() {
                String::new()
            } else {
                format!(" [{default}]")
            };
            say(&format!("? {question}{hint}: "));
            let line = self.line()?;
            let answer = if line.is_empty() { default } else { &line };
            match read(answer) {
                Ok(value) => return Ok(value),
                Err(why) => {
                    for line in wrapped(&why, COLUMNS, "  ") {
                        say(&format!("  {}\n", line.trim_start()));
                    }
                }
            }
        }
    }

    fn line(&mut self) -> Result<String, HostError> {
        loop {
            if clock::interrupted() {
                say("\n");
                return Err(HostError::interrupted(self.what));
            }
            match self.lines.recv_timeout(LOOK) {
                Ok(line) if matches!(line.trim(), "q" | "quit" | "\u{1b}") => {
                    return Err(HostError::aborted(self.what));
                }
                Ok(line) if line.contains(char::is_control) => {
                    say("  arrow and other keys do nothing here; type the answer anew\n? ");
                }
                Ok(line) => return Ok(line.trim().to_owned()),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => {
                    say("\n");
                    return Err(HostError::aborted(self.what));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Asker;
    use crate::error::Class;

    fn number(text: &str) -> Result<u32, String> {
        text.parse().map_err(|_| format!("`{text}` is no number"))
    }

    #[test]
    fn a_wrong_answer_is_asked_again_and_nothing_is_the_default() {
        let mut asker = Asker::of("the plan", &["x", "7", "", "\u{1b}[A", "9"]);
        assert_eq!(asker.ask("number", "", number), Ok(7));
        assert_eq!(asker.ask("number", "3", number), Ok(3));
        assert_eq!(asker.ask("number", "", number), Ok(9));
    }

    #[test]
    fn the_end_of_input_and_q_end_it() {
        for answers in [&[][..], &["q"], &["quit"], &["\u{1b}"]] {
            let error = Asker::of("the plan", answers).ask("number", "", number);
            assert_eq!(error.unwrap_err().class, Class::Aborted, "{answers:?}");
        }
    }
}
