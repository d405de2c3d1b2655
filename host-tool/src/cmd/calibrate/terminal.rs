//! A person at the terminal of this process.

use std::io::{self, BufRead, IsTerminal, Write};
use std::sync::mpsc::{Receiver, RecvTimeoutError, TryRecvError, channel};
use std::time::Duration;

use pen_core::status::Status;
use pen_protocol::messages::ToPen;

use crate::client::Client;
use crate::clock;
use crate::error::HostError;
use crate::out::wrapped;
use crate::procedure::{Desk, Line, Wait};

/// How often the pen hears from the host while a person thinks; it allows 250 ms of motion.
const HEARTBEAT: Duration = Duration::from_millis(100);

/// Columns of an explanation, so that it fits a usual terminal.
const COLUMNS: usize = 76;

/// What the escape key sends.
const ESCAPE: char = '\u{1b}';

/// Somebody who reads standard error and types on standard input.
#[derive(Debug)]
pub(super) struct Terminal {
    lines: Receiver<String>,
    /// What was typed while something else was waited for.
    early: Option<String>,
    may_redraw: bool,
}

impl Terminal {
    /// Whoever sits at the terminal; none when nobody does.
    pub(super) fn open() -> Option<Self> {
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
        let is_dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        Some(Self {
            lines,
            early: None,
            may_redraw: io::stderr().is_terminal() && !is_dumb,
        })
    }

    /// Asks whether it shall really end here.
    ///
    /// # Errors
    /// It shall.
    fn end_or_go_on(&mut self, client: &mut Client) -> Result<(), HostError> {
        say("? end the calibration here? The motor stops, what is in force stays in force. [y/N] ");
        let sure = self.line(client)?;
        if sure.eq_ignore_ascii_case("y") || sure.eq_ignore_ascii_case("yes") {
            return Err(HostError::aborted("the calibration"));
        }
        Ok(())
    }

    /// The next line, the pen kept informed meanwhile.
    fn line(&mut self, client: &mut Client) -> Result<String, HostError> {
        loop {
            if clock::interrupted() {
                // What is said next begins on a line of its own.
                say("\n");
                return Err(HostError::interrupted("the calibration"));
            }
            match self.lines.recv_timeout(HEARTBEAT) {
                Ok(line) => return Ok(line.trim().to_owned()),
                Err(RecvTimeoutError::Timeout) => client.demand(&ToPen::Heartbeat)?,
                Err(RecvTimeoutError::Disconnected) => {
                    say("\n");
                    return Err(HostError::aborted("the calibration"));
                }
            }
        }
    }
}

/// A closed stderr shows nothing, and the question waits all the same.
fn say(text: &str) {
    let mut err = io::stderr().lock();
    let _ = err.write_all(text.as_bytes());
    let _ = err.flush();
}

/// Says on a line of its own what is waited for.
pub(super) fn tell(text: &str) {
    say(&format!("  {text}\n"));
}

/// Whether a line is the wish to end it: the escape key alone, or its word.
fn is_escape(line: &str) -> bool {
    line.trim_matches(ESCAPE).is_empty() && line.contains(ESCAPE)
        || line.eq_ignore_ascii_case("quit")
        || line.eq_ignore_ascii_case("q")
}

impl Desk for Terminal {
    fn ask(&mut self, client: &mut Client, _: &str, text: &str) -> Result<String, HostError> {
        loop {
            say(&format!("? {text} "));
            let line = match self.early.take() {
                Some(early) => {
                    say(&format!("{early}\n"));
                    early
                }
                None => self.line(client)?,
            };
            if is_escape(&line) {
                self.end_or_go_on(client)?;
            } else if line.contains(|letter: char| letter.is_control()) {
                say("  arrow and other keys do nothing here; type the answer anew\n");
            } else {
                return Ok(line);
            }
        }
    }

    fn wrong(&mut self, _: &str, _: &str, why: &str) -> Result<(), HostError> {
        for line in why.lines().flat_map(|line| wrapped(line, COLUMNS, "  ")) {
            say(&format!("{line}\n"));
        }
        Ok(())
    }

    fn forget(&mut self) {
        let early = self.early.take().into_iter();
        let typed = early.chain(self.lines.try_iter());
        let mut typed = typed.map(|line| line.trim().to_owned());
        let wish = typed.find(|line| is_escape(line));
        typed.for_each(drop);
        self.early = wish;
    }

    fn is_person(&self) -> bool {
        true
    }

    fn agree(&mut self, _: &[Line], _: bool) -> Result<(), HostError> {
        Ok(())
    }

    fn has(&self, _: &str) -> bool {
        false
    }

    fn watch(
        &mut self,
        client: &mut Client,
        show: &mut dyn FnMut(&Status) -> Wait,
    ) -> Result<(), HostError> {
        let mut shown = String::new();
        loop {
            if clock::interrupted() {
                say("\n");
                return Err(HostError::interrupted("the calibration"));
            }
            let status = client.status()?;
            match show(&status) {
                Wait::Over => {
                    if !shown.is_empty() {
                        say(if self.may_redraw { "\r\u{1b}[K" } else { "" });
                    }
                    return Ok(());
                }
                Wait::Show(text) if text != shown => {
                    if self.may_redraw {
                        say(&format!("\r\u{1b}[K  {text}"));
                    } else if shown.is_empty() {
                        say(&format!("  {text}\n"));
                    }
                    shown = text;
                }
                Wait::Show(_) => {}
            }
            match self.lines.try_recv() {
                Ok(line) => {
                    let line = line.trim().to_owned();
                    if is_escape(&line) {
                        say("\n");
                        self.end_or_go_on(client)?;
                        shown.clear();
                        continue;
                    }
                    self.early = Some(line).filter(|line| !line.is_empty());
                    return Ok(());
                }
                Err(TryRecvError::Empty) => {}
                Err(TryRecvError::Disconnected) => {
                    say("\n");
                    return Err(HostError::aborted("the calibration"));
                }
            }
            client.wait_alive(HEARTBEAT)?;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use super::{Terminal, is_escape};
    use crate::procedure::Desk;

    #[test]
    fn what_was_typed_early_is_forgotten_but_not_the_wish_to_end_it() {
        for (typed, early, kept) in [
            (vec!["", "y", "500"], Some("y"), None),
            (vec!["y", "q", "y"], None, Some("q")),
            (vec![], Some("\u{1b}"), Some("\u{1b}")),
            (vec![], None, None),
        ] {
            let (sender, lines) = channel();
            let mut terminal = Terminal {
                lines,
                early: early.map(str::to_owned),
                may_redraw: false,
            };
            for line in &typed {
                sender.send((*line).to_owned()).unwrap();
            }
            terminal.forget();
            assert_eq!(terminal.early.as_deref(), kept, "{typed:?} {early:?}");
            assert!(terminal.lines.try_recv().is_err(), "{typed:?}");
        }
    }

    #[test]
    fn the_escape_key_alone_is_the_wish_to_end_it() {
        for line in ["\u{1b}", "\u{1b}\u{1b}", "q", "QUIT"] {
            assert!(is_escape(line), "{line:?}");
        }
        // An arrow, a reading, nothing.
        for line in ["\u{1b}[A", "500", "", "quiet", "\u{1b}500"] {
            assert!(!is_escape(line), "{line:?}");
        }
    }
}
