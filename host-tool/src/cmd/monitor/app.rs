//! What the full screen knows: the latest picture, what was before it, and what happened.

use std::collections::VecDeque;

use pen_core::status::{Status, Temperatures};
use pen_protocol::messages::LimitsReply;

use super::source::Picture;
use crate::words;

/// Lines of the log that are kept.
const LOG: usize = 200;

/// Rates that are kept for the curve.
const RATES: usize = 240;

/// What the full screen knows.
#[derive(Debug)]
pub(super) struct App {
    /// The pen's serial number, in words.
    pub(super) pen: String,
    /// Where it is.
    pub(super) place: String,
    /// The limits that the bands show.
    pub(super) limits: Option<LimitsReply>,
    /// The picture that is shown.
    pub(super) picture: Option<Picture>,
    /// The latest picture.
    latest: Option<Picture>,
    /// Why no temperatures are shown, if none are.
    pub(super) untold: &'static str,
    /// Rates in Hz, oldest first.
    pub(super) rates: VecDeque<u64>,
    /// What happened, latest last.
    pub(super) log: VecDeque<String>,
    /// The screen stands still.
    pub(super) paused: bool,
    /// Nothing comes any more.
    pub(super) over: bool,
}

/// What a key asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Key {
    /// Leave.
    Quit,
    /// Stand still, or go on.
    Pause,
    /// Forget the log.
    Clear,
}

impl App {
    pub(super) fn new(pen: String, place: String) -> Self {
        Self {
            pen,
            place,
            limits: None,
            picture: None,
            latest: None,
            untold: "-",
            rates: VecDeque::new(),
            log: VecDeque::new(),
            paused: false,
            over: false,
        }
    }

    /// Does what a key asks for; returns whether to leave.
    pub(super) fn press(&mut self, key: Key) -> bool {
        match key {
            Key::Quit => return true,
            Key::Pause => {
                self.paused = !self.paused;
                self.picture = self.latest;
            }
            Key::Clear => self.log.clear(),
        }
        false
    }

    /// Something to be read in the log that has no time of the pen's.
    pub(super) fn note(&mut self, what: &str) {
        self.log.push_back(format!("{:11}{what}", ""));
    }

    /// Takes a picture in. The log goes on while the screen stands still: nothing is missed.
    pub(super) fn take(&mut self, picture: Picture) {
        let status = picture.status();
        let before = self.latest.map(|it| it.telemetry.status);
        let mut all = events(before.as_ref(), status);
        let told = self.latest.and_then(|it| it.temperatures);
        all.extend(sensed(told, picture.temperatures).map(str::to_owned));
        for what in all {
            let ms = status.at.as_us() / 1_000;
            self.log
                .push_back(format!("{:>5}.{:03}  {what}", ms / 1_000, ms % 1_000));
        }
        while self.log.len() > LOG {
            self.log.pop_front();
        }
        self.rates
            .push_back(u64::from(status.rate.as_mhz() / 1_000));
        while self.rates.len() > RATES {
            self.rates.pop_front();
        }
        self.latest = Some(picture);
        if !self.paused {
            self.picture = self.latest;
        }
    }
}

/// What became of the grip's thermistor.
fn sensed(before: Option<Temperatures>, now: Option<Temperatures>) -> Option<&'static str> {
    let was = before.is_none_or(|it| it.thermistor.is_some());
    match (was, now?.thermistor.is_some()) {
        (true, false) => Some("the grip's sensor is not valid: its temperature is the model's"),
        (false, true) => Some("the grip's sensor is valid again"),
        (true, true) | (false, false) => None,
    }
}

/// What happened between two pictures.
fn events(before: Option<&Status>, now: &Status) -> Vec<String> {
    let mut all = Vec::new();
    let is_new =
        |same: fn(&Status, &Status) -> bool| before.is_none_or(|before| !same(before, now));
    if is_new(|a, b| a.mode == b.mode) {
        let (mode, meaning) = words::mode(now.mode);
        all.push(format!("{mode}: {meaning}"));
    }
    if is_new(|a, b| a.locks == b.locks) && !(before.is_none() && now.locks.is_empty()) {
        all.push(format!("locked by {}", words::locks(now.locks)));
    }
    if is_new(|a, b| a.fault == b.fault) {
        match now.fault {
            Some(trip) => all.push(format!("FAULT {}", words::trip(&trip))),
            None if before.is_some() => all.push("the fault is acknowledged".into()),
            None => {}
        }
    }
    if before.is_some() && is_new(|a, b| a.limiting == b.limiting) {
        all.push(format!("held back by {}", words::limiting(now.limiting)));
    }
    if before.is_some() && is_new(|a, b| (a.session, a.zone) == (b.session, b.zone)) {
        let zone = now
            .zone
            .map_or_else(|| "no zone".to_owned(), |it| format!("zone {}", it + 1));
        all.push(format!("session {}, {zone}", now.session));
    }
    if before.is_some() && is_new(|a, b| a.generation == b.generation) {
        all.push(format!("calibration generation {}", now.generation));
    }
    all
}
