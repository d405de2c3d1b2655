//! A person at the terminal of this process.

use std::collections::VecDeque;
use std::io::{self, IsTerminal};
use std::sync::mpsc::{Receiver, RecvTimeoutError, TryRecvError};
use std::time::Duration;

use pen_core::mode::Mode;
use pen_core::status::Status;
use pen_protocol::messages::ToPen;

use crate::client::Client;
use crate::clock;
use crate::cmd::ask::{say, typed_lines};
use crate::error::HostError;
use crate::out::{for_stderr, stderr_width, wrapped};
use crate::procedure::{Desk, Line, Wait};

/// How often the pen hears from the host while a person thinks; it allows 250 ms of motion.
const HEARTBEAT: Duration = Duration::from_millis(100);

/// How long somebody may type nothing while the motor turns: who left the bench left it turning. Source: none yet;
/// ten times what reading a tachometer takes.
const IDLE_TURNING: Duration = Duration::from_secs(300);

/// Columns of an explanation, so that it fits a usual terminal.
const COLUMNS: usize = 76;

/// What the escape key sends.
const ESCAPE: char = '\u{1b}';

/// Somebody who reads standard error and types on standard input.
#[derive(Debug)]
pub(super) struct Terminal {
    lines: Receiver<String>,
    /// What was typed while something else was waited for.
    early: VecDeque<String>,
    /// A gauge types here: Enter alone and a number say nothing before a reading is asked for.
    is_gauge: bool,
    may_redraw: bool,
    /// While the motor turns: which question is waited for, and since when nobody typed anything.
    idle: Option<(String, Duration)>,
}

impl Terminal {
    /// Until when something has to be typed in answer to this question, values of an instrument not counted;
    /// none while the motor rests.
    fn idle_until(
        &mut self,
        client: &mut Client,
        text: &str,
    ) -> Result<Option<Duration>, HostError> {
        if client.status()?.mode != Mode::ServiceRunning {
            self.idle = None;
            return Ok(None);
        }
        // What the pen says changes while it is asked again; which reading it is does not.
        let question = text.split(" | ").next().unwrap_or_default();
        let known = self.idle.take().filter(|(before, _)| before == question);
        let (question, since) = known.unwrap_or_else(|| (question.to_owned(), client.now()));
        self.idle = Some((question, since));
        Ok(Some(since + IDLE_TURNING))
    }

    /// Takes note that somebody is there, unless a gauge may have typed it.
    fn typed(&mut self, line: &str) {
        if !(self.is_gauge && (line.is_empty() || is_number(line))) {
            self.idle = None;
        }
    }

    /// Everything that was typed and not yet looked at.
    fn typed_so_far(&mut self) -> impl Iterator<Item = String> + use<> {
        let early = std::mem::take(&mut self.early);
        let lines: Vec<String> = self.lines.try_iter().collect();
        early
            .into_iter()
            .chain(lines)
            .map(|line| line.trim().to_owned())
    }

    /// Whoever sits at the terminal; none when nobody does.
    pub(super) fn open() -> Option<Self> {
        let lines = typed_lines()?;
        let is_dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        Some(Self {
            lines,
            early: VecDeque::new(),
            is_gauge: false,
            may_redraw: io::stderr().is_terminal() && !is_dumb,
            idle: None,
        })
    }

    /// Asks whether it shall really end here.
    ///
    /// # Errors
    /// It shall.
    fn end_or_go_on(&mut self, client: &mut Client) -> Result<(), HostError> {
        say("? end the calibration here? The motor stops, what is in force stays in force. [y/N] ");
        let sure = self.line(client, "end")?;
        if sure.eq_ignore_ascii_case("y") || sure.eq_ignore_ascii_case("yes") {
            return Err(HostError::aborted("the calibration"));
        }
        Ok(())
    }

    /// The next line, the pen kept informed meanwhile.
    fn line(&mut self, client: &mut Client, text: &str) -> Result<String, HostError> {
        let until = self.idle_until(client, text)?;
        is_there(client, until)?;
        loop {
            if clock::interrupted() {
                // What is said next begins on a line of its own.
                say("\n");
                return Err(HostError::interrupted("the calibration"));
            }
            match self.lines.recv_timeout(HEARTBEAT) {
                Ok(line) => {
                    let line = line.trim().to_owned();
                    self.typed(&line);
                    return Ok(line);
                }
                Err(RecvTimeoutError::Timeout) => {
                    is_there(client, until)?;
                    client.demand(&ToPen::Heartbeat)?;
                }
                Err(RecvTimeoutError::Disconnected) => {
                    say("\n");
                    return Err(HostError::aborted("the calibration"));
                }
            }
        }
    }
}

/// Whether somebody may still think.
///
/// # Errors
/// The motor turned for too long and nobody typed anything.
fn is_there(client: &Client, until: Option<Duration>) -> Result<(), HostError> {
    if until.is_none_or(|until| client.now() < until) {
        return Ok(());
    }
    say("\n");
    let why = format!(
        "nothing was typed for {} s while the motor turned",
        IDLE_TURNING.as_secs()
    );
    Err(HostError::usage("nobody is at the terminal", why)
        .with_fix("the motor was stopped; go on with --resume, and stay while it turns"))
}

/// Whether a line begins as a number does: a reading, typed by hand or by a gauge.
fn is_number(line: &str) -> bool {
    let rest = line.trim_start_matches(['+', '-', '.', ',', ' ', '\u{2212}', '\u{2013}']);
    rest.starts_with(|letter: char| letter.is_ascii_digit())
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
            // Answers may come faster than the pen is spoken to while they are waited for.
            client.demand(&ToPen::Heartbeat)?;
            say(&format!("{} ", for_stderr(&format!("? {text}"))));
            let line = match self.early.pop_front() {
                Some(early) => {
                    say(&format!("{early}\n"));
                    early
                }
                None => self.line(client, text)?,
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
        for line in why
            .lines()
            .flat_map(|line| wrapped(line, stderr_width(COLUMNS), "  "))
        {
            say(&format!("{line}\n"));
        }
        Ok(())
    }

    fn forget(&mut self) {
        let wish = self.typed_so_far().find(|line| is_escape(line));
        self.early = wish.into_iter().collect();
    }

    fn forget_numbers(&mut self) -> usize {
        let mut numbers = 0;
        let kept = self.typed_so_far().filter(|line| {
            numbers += usize::from(is_number(line));
            !line.is_empty() && !is_number(line)
        });
        self.early = kept.collect();
        numbers
    }

    fn tell(&mut self, text: &str) {
        say(&format!("  {text}\n"));
    }

    fn gauge_types(&mut self) {
        self.is_gauge = true;
    }

    fn ask_until(
        &mut self,
        client: &mut Client,
        text: &str,
        came: &mut dyn FnMut(&mut Client) -> Result<bool, HostError>,
    ) -> Result<Option<String>, HostError> {
        loop {
            say(&format!("? {text} "));
            let until = self.idle_until(client, text)?;
            let line = loop {
                if clock::interrupted() {
                    say("\n");
                    return Err(HostError::interrupted("the calibration"));
                }
                is_there(client, until)?;
                // Whatever comes, and however fast.
                client.demand(&ToPen::Heartbeat)?;
                let typed = match self.early.pop_front() {
                    Some(early) => Ok(early),
                    None => self.lines.try_recv(),
                };
                match typed {
                    Ok(line) => break line.trim().to_owned(),
                    Err(TryRecvError::Empty) => {}
                    Err(TryRecvError::Disconnected) => {
                        say("\n");
                        return Err(HostError::aborted("the calibration"));
                    }
                }
                if came(client)? {
                    return Ok(None);
                }
            };
            self.typed(&line);
            if is_escape(&line) {
                self.end_or_go_on(client)?;
            } else {
                return Ok(Some(line));
            }
        }
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
            // Lines that are not taken may come without a pause.
            client.demand(&ToPen::Heartbeat)?;
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
                    if self.is_gauge && line.is_empty() {
                        // The second Enter of a gauge.
                        shown.clear();
                        continue;
                    }
                    if is_number(&line) {
                        let how = if self.is_gauge {
                            "y and Enter"
                        } else {
                            "Enter"
                        };
                        say(&format!(
                            "\n  `{line}` was not asked for yet and is not taken: {how} when the ring is there\n"
                        ));
                        shown.clear();
                        continue;
                    }
                    let says_there =
                        line.is_empty() || self.is_gauge && line.eq_ignore_ascii_case("y");
                    self.early.extend((!says_there).then_some(line));
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
    use std::sync::mpsc::{Sender, channel};

    use std::time::Duration;

    use pen_core::mode::Mode;

    use super::{Terminal, is_escape};
    use crate::clock::Clock;
    use crate::error::HostError;
    use crate::link::Transport;
    use crate::link::sim::SimLink;
    use crate::procedure::{Desk, Wait, in_service};

    /// A terminal at which nothing was typed yet, and who types there.
    fn terminal(is_gauge: bool) -> (Sender<String>, Terminal) {
        let (sender, lines) = channel();
        let terminal = Terminal {
            lines,
            early: super::VecDeque::new(),
            is_gauge,
            may_redraw: false,
            idle: None,
        };
        (sender, terminal)
    }

    /// A pen leaves Service mode after 3 s without a heartbeat, and stops its motor after 250 ms.
    #[test]
    fn the_pen_is_kept_alive_whatever_is_typed_and_sent_without_a_pause() {
        type Comes = fn(&mut Terminal, &Sender<String>, &mut super::Client, &dyn Fn());
        let comes: [(&str, bool, Comes); 3] = [
            ("answers", true, |terminal, sender, client, passes| {
                for _ in 0..60 {
                    sender.send("0.501 mm".to_owned()).unwrap();
                    passes();
                    let typed = terminal.ask(client, "depth 500 deepening 1", "reading 3");
                    assert_eq!(typed.unwrap(), "0.501 mm");
                }
            }),
            ("values", true, |terminal, _, client, passes| {
                for _ in 0..60 {
                    passes();
                    let typed = terminal.ask_until(client, "reading 3", &mut |_| Ok(true));
                    assert_eq!(typed.unwrap(), None);
                }
            }),
            ("numbers", false, |terminal, sender, client, passes| {
                for _ in 0..60 {
                    sender.send("0.501".to_owned()).unwrap();
                }
                let mut shown = 0;
                let ended = terminal.watch(client, &mut |_| {
                    passes();
                    shown += 1;
                    match shown {
                        ..60 => Wait::Show("ring to 500 um".to_owned()),
                        _ => Wait::Over,
                    }
                });
                ended.unwrap();
            }),
        ];
        for (what, turns, comes) in comes {
            let (stage, mut client) = in_service(turns);
            let begun = client.now();
            let (sender, mut terminal) = terminal(true);
            comes(&mut terminal, &sender, &mut client, &|| stage.run(100));
            let seconds = (client.now() - begun).as_secs();
            assert!((5..10).contains(&seconds), "{what}: {seconds} s");
            let wanted = if turns {
                Mode::ServiceRunning
            } else {
                Mode::Service
            };
            assert_eq!(client.status().unwrap().mode, wanted, "{what}");
        }
    }

    /// A link on whose clock 10 s pass with every request.
    struct Hurried {
        link: SimLink,
        ahead: Duration,
    }

    impl Clock for Hurried {
        fn now(&self) -> Duration {
            self.link.now() + self.ahead
        }

        fn wait(&mut self, span: Duration) {
            self.link.wait(span);
        }
    }

    impl Transport for Hurried {
        fn name(&self) -> String {
            self.link.name()
        }

        fn send(&mut self, bytes: &[u8]) -> Result<(), HostError> {
            self.ahead += Duration::from_secs(10);
            if self.ahead > Duration::from_secs(3_000) {
                return Err(HostError::link_lost("test", "nobody waits for ever"));
            }
            self.link.send(bytes)
        }

        fn receive(&mut self, buffer: &mut [u8], wait: Duration) -> Result<usize, HostError> {
            self.link.receive(buffer, wait)
        }
    }

    /// A pen in Service mode, its motor on if it `turns`, on that link.
    fn hurried(turns: bool) -> super::Client {
        let (stage, _) = in_service(turns);
        let link = Hurried {
            link: stage.link(),
            ahead: Duration::ZERO,
        };
        super::Client::connect(Box::new(link), crate::client::Patience::default()).unwrap()
    }

    #[test]
    fn the_motor_does_not_turn_on_for_somebody_who_left() {
        for sends in [false, true] {
            let mut client = hurried(true);
            let (_sender, mut terminal) = terminal(false);
            let begun = client.now();
            let error = match sends {
                true => terminal
                    .ask_until(&mut client, "reading 3", &mut |_| Ok(false))
                    .unwrap_err(),
                false => terminal
                    .ask(&mut client, "rate 50 1", "reading 3")
                    .unwrap_err(),
            };
            let waited = (client.now() - begun).as_secs();
            assert!((300..=340).contains(&waited), "{sends}: {waited} s");
            assert_eq!(error.exit_code(), 2, "{error}");
            assert!(
                error.why.contains("for 300 s while the motor turned"),
                "{error}"
            );
        }
    }

    #[test]
    fn values_that_are_never_taken_are_nobody_and_a_question_mark_is_somebody() {
        for types in [false, true] {
            let mut client = hurried(true);
            let (sender, mut terminal) = terminal(true);
            let begun = client.now();
            let ended = (0..100).find_map(|said| {
                let text = format!("reading 3 of 9 | pen says {said}");
                if types {
                    sender.send("0.5".to_owned()).unwrap();
                    terminal.ask(&mut client, "rate 50 1", &text).err()
                } else {
                    let came = terminal.ask_until(&mut client, &text, &mut |_| Ok(true));
                    came.err()
                }
            });
            let waited = (client.now() - begun).as_secs();
            assert!((300..=340).contains(&waited), "{types}: {waited} s");
            assert_eq!(ended.unwrap().exit_code(), 2);
            // Somebody who types is there, from the next question on.
            terminal.forget_numbers();
            terminal.idle = None;
            let begun = client.now();
            while client.now() < begun + Duration::from_secs(900) {
                sender.send("?".to_owned()).unwrap();
                let typed = terminal.ask(&mut client, "rate 50 1", "reading 3 of 9 | x");
                assert_eq!(typed.unwrap(), "?");
            }
        }
        // Whoever reads a gauge at rest may take any time.
        let mut client = hurried(false);
        let (_sender, mut terminal) = terminal(false);
        let begun = client.now();
        let came = terminal.ask_until(&mut client, "reading 3", &mut |client| {
            Ok(client.now() > begun + Duration::from_secs(900))
        });
        assert_eq!(came.unwrap(), None);
    }

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
                early: early.map(str::to_owned).into_iter().collect(),
                is_gauge: false,
                may_redraw: false,
                idle: None,
            };
            for line in &typed {
                sender.send((*line).to_owned()).unwrap();
            }
            terminal.forget();
            assert_eq!(
                terminal.early,
                kept.into_iter().collect::<Vec<_>>(),
                "{typed:?} {early:?}"
            );
            assert!(terminal.lines.try_recv().is_err(), "{typed:?}");
        }
    }

    #[test]
    fn numbers_and_empty_lines_that_came_early_are_forgotten_and_words_are_not() {
        for (typed, early, numbers, kept) in [
            // A gauge with a second Enter, before anything was asked.
            (vec!["+0.501", ""], None, 1, vec![]),
            (vec!["0,501", "", "u", "-50"], Some("500 um"), 3, vec!["u"]),
            (vec!["\u{2212}50", "q", ".5"], None, 2, vec!["q"]),
            (
                vec!["because it fell", "?"],
                Some("r"),
                0,
                vec!["r", "because it fell", "?"],
            ),
        ] {
            let (sender, lines) = channel();
            let mut terminal = Terminal {
                lines,
                early: early.map(str::to_owned).into_iter().collect(),
                is_gauge: true,
                may_redraw: false,
                idle: None,
            };
            for line in &typed {
                sender.send((*line).to_owned()).unwrap();
            }
            assert_eq!(terminal.forget_numbers(), numbers, "{typed:?}");
            assert_eq!(terminal.early, kept, "{typed:?}");
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
