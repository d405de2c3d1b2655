//! An instrument at the other end of a link.

use std::collections::VecDeque;
use std::fmt;
use std::time::Duration;

use super::driver::Driver;
use super::formats::Said;
use super::lines::Lines;
use super::number::Shown;
use crate::error::HostError;
use crate::link::Transport;

/// How long one look at the port waits.
const LOOK: Duration = Duration::from_millis(20);

/// Looks without a byte after which the port is silent: 100 ms, 50 characters at 4 800 baud.
const LOOKS: u8 = 5;

/// Most bytes that are thrown away at once: an instrument that never stops sending is heard all the same.
const STALE_MAX: usize = 65_536;

/// How long what came early is thrown away: the pen hears of its host in between, and allows 250 ms of motion.
const FORGETS_FOR: Duration = Duration::from_millis(50);

/// What an instrument let hear.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// A value, after it was asked for.
    Value(Shown),
    /// That it has none, and why, in its own words.
    None(String),
    /// In plain words, why what came was not understood.
    Trouble(String),
}

/// An instrument that sends its readings itself.
pub struct Gauge {
    link: Box<dyn Transport>,
    driver: Driver,
    lines: Lines,
    silent: u8,
    /// Number of the last request, 0 to 99.
    number: u8,
    heard: VecDeque<Heard>,
}

impl fmt::Debug for Gauge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gauge")
            .field("port", &self.link.name())
            .field("driver", &self.driver)
            .finish_non_exhaustive()
    }
}

impl Gauge {
    /// An instrument at this link, after a moment of listening: what it sends already may be the rest
    /// of a line, and silence says that the next byte begins one.
    ///
    /// # Errors
    /// The link is gone.
    pub fn new(link: Box<dyn Transport>, driver: Driver) -> Result<Self, HostError> {
        let mut gauge = Self {
            link,
            driver,
            lines: Lines::new(),
            silent: 0,
            number: 0,
            heard: VecDeque::new(),
        };
        for _ in 0..LOOKS {
            if gauge.take(LOOK)? > 0 {
                return Ok(gauge);
            }
        }
        gauge.lines.quiet();
        Ok(gauge)
    }

    /// How it speaks.
    #[must_use]
    pub const fn driver(&self) -> Driver {
        self.driver
    }

    /// Where it is.
    #[must_use]
    pub fn name(&self) -> String {
        self.link.name()
    }

    /// Throws away all that came before it was asked for, for at most 50 ms and 64 KiB. Returns how many values
    /// that were.
    ///
    /// # Errors
    /// The link is gone.
    pub fn forget(&mut self) -> Result<usize, HostError> {
        let mut thrown = 0;
        let until = self.link.now() + FORGETS_FOR;
        while thrown < STALE_MAX && self.link.now() <= until {
            let count = self.take(Duration::ZERO)?;
            if count == 0 {
                break;
            }
            thrown += count;
        }
        self.lines.forget();
        let values = self.heard.iter();
        let values = values
            .filter(|heard| matches!(heard, Heard::Value(_)))
            .count();
        self.heard.clear();
        Ok(values)
    }

    /// Asks for a value. Returns whether this instrument can be asked.
    ///
    /// # Errors
    /// The link is gone.
    pub fn ask(&mut self) -> Result<bool, HostError> {
        self.number = (self.number + 1) % 100;
        let Some(request) = self.driver.request(self.number) else {
            return Ok(false);
        };
        self.link.send(request.as_bytes())?;
        Ok(true)
    }

    /// Listens for a moment, at most 20 ms.
    ///
    /// # Errors
    /// The link is gone.
    pub fn hear(&mut self) -> Result<Option<Heard>, HostError> {
        if self.heard.is_empty() && self.take(LOOK)? == 0 {
            self.silent = self.silent.saturating_add(1);
            if self.silent >= LOOKS && self.lines.quiet() {
                let why = "a line broke off in the middle".to_owned();
                self.heard.push_back(Heard::Trouble(why));
            }
        }
        Ok(self.heard.pop_front())
    }

    /// Takes what has come. Returns how many bytes that were.
    fn take(&mut self, patience: Duration) -> Result<usize, HostError> {
        let mut buffer = [0; 256];
        let count = self.link.receive(&mut buffer, patience)?;
        for byte in buffer.iter().take(count) {
            if let Some(line) = self.lines.push(*byte) {
                let heard = self.understood(&line);
                self.heard.extend(heard);
            }
        }
        if count > 0 {
            self.silent = 0;
        }
        Ok(count)
    }

    fn understood(&self, line: &str) -> Option<Heard> {
        Some(match self.driver.parse(line) {
            Ok(Said::Nothing) => return None,
            Ok(Said::Answer(number, _)) if number != self.number => Heard::Trouble(format!(
                "the value answers request {number}, and {} was asked last: it is stale",
                self.number
            )),
            Ok(Said::Answer(_, shown) | Said::Value(shown)) => Heard::Value(shown),
            Ok(Said::None(why)) => Heard::None(why),
            Err(why) => Heard::Trouble(why),
        })
    }
}
