//! The calibration of a pen, as a transaction: as found, decide, adjust, as left.
//!
//! ```text
//! prepare -> as found -> decide -+-> fit -> stage -> current against new -> commit -> as left
//!                                +-> no adjustment: as left is as found
//! ```
//!
//! Whatever ends it early, Ctrl-C, a closed input, a pulled cable, stops the motor and discards
//! what was staged: the pen keeps what it had. The same procedure serves a technician at a bench
//! and a simulated one, who differ only in the [`Bench`].

mod adjust;
mod bench;
mod decide;
mod desk;
mod ending;
mod gauged;
mod judge;
mod measure;
mod observer;
mod patience;
mod phrases;
mod points;
mod prompt;
mod record;
mod references;
mod replay;
mod role;
mod script;
#[cfg(feature = "program")]
mod simulated;
mod state;
mod subject;
mod take;
mod typed;
mod undo;

use std::time::Duration;

use pen_core::calibration::Calibration;
use pen_core::status::Status;
use pen_protocol::messages::{FoundCalibration, ToPen, Which};

use serde::{Deserialize, Serialize};

use crate::client::Client;
use crate::error::{Class, Code, HostError};
use crate::metrology::{
    ChannelFit, DecisionRule, GainFit, Verdict, evaluate_current, evaluate_depth, evaluate_rate,
};
use crate::report::{CalibrationReport, ParameterChange, Raw, Results};

pub use bench::{Asked, Bench, Choice, Instruments, Question, Reply};
pub use desk::{Answers, Desk, Nobody, Wait};
pub(crate) use ending::in_force;
pub use gauged::Sender;
pub use judge::{Doubt, Known};
pub use observer::{
    Began, Event, Kept, Observer, Phase, Place, Read, Reserved, Setting, Taken, Unkept,
};
pub use points::{ASSUMED_SCATTER_UM, Points};
pub use prompt::PromptBench;
pub use replay::Replay;
pub use script::{Asks, COMMIT, Line, script, template};
#[cfg(feature = "program")]
pub(crate) use simulated::DUMMY_ID;
#[cfg(test)]
pub(crate) use simulated::in_service;
#[cfg(feature = "program")]
pub use simulated::{Decides, SimBench};
pub use subject::Subject;
pub use undo::{Undone, previous, undo};

use ending::{advised, left_behind};
use state::State;

/// When to adjust.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "program", derive(clap::ValueEnum))]
#[serde(rename_all = "snake_case")]
pub enum Adjust {
    /// When the pen as found is not a plain pass, or has no calibration yet.
    #[default]
    Auto,
    /// In any case.
    Always,
    /// Never: only measure.
    Never,
}

impl Adjust {
    /// Its name, as it is asked for.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Always => "always",
            Self::Never => "never",
        }
    }
}

/// What the procedure shall do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// What to adjust.
    pub subject: Subject,
    /// Whether to check the motor current, too; it is in any case when it is the subject.
    pub current: bool,
    /// When to adjust.
    pub adjust: Adjust,
    /// Which points.
    pub points: Points,
    /// Repeats at each point and direction.
    pub repeats: u8,
    /// Who measures.
    pub technician: u32,
    /// Days until the owner wants the next calibration.
    pub due_in_days: u16,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            subject: Subject::All,
            current: false,
            adjust: Adjust::Auto,
            points: Points::Full,
            repeats: Points::Full.repeats(),
            technician: 1,
            due_in_days: 365,
        }
    }
}

/// What is told while it runs.
#[derive(Clone, Debug)]
pub enum Progress<'a> {
    /// A step begins: its number, of how many, and what is done.
    Step(u8, u8, &'a str),
    /// Something that whoever is there has to know.
    Note(&'a str),
    /// A detail of the step.
    Detail(&'a str),
    /// Results of a run.
    Measured(&'a str, &'a Results),
    /// Current against new, before anything is committed.
    Proposed(&'a [ParameterChange]),
    /// A generation came into force.
    Committed(u32),
}

/// Whoever wants to know how it goes.
pub type Listener<'a> = &'a mut dyn FnMut(&Progress<'_>);

/// From the word stop to rest: brake, standstill, parking take at most half a second.
const TO_REST: Duration = Duration::from_millis(600);

/// Steps in all.
const STEPS: u8 = 6;

/// How long a pen that is silent at the end is asked what is in force.
const COMES_BACK: Duration = Duration::from_secs(10);

/// How often a store that another program holds is asked, the pen kept alive in between. Each time takes 100 ms
/// of a store that waits briefly: 20 s in all.
const BUSY_ATTEMPTS: u32 = 200;

/// What came of it.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The report.
    pub report: CalibrationReport,
    /// What was adjusted or could have been.
    pub subject: Subject,
    /// The worst verdict as found.
    pub as_found: Verdict,
    /// The worst verdict as left.
    pub as_left: Verdict,
    /// The generation in force.
    pub generation: u32,
}

/// One side of the adjustment, before and after.
struct Adjusted {
    fits: Vec<ChannelFit>,
    gain: Option<GainFit>,
    parameters: Vec<ParameterChange>,
    digest: u32,
}

/// What the report is made of, besides the readings.
struct Measured {
    as_found: Results,
    adjusted: Option<Adjusted>,
    as_left: Results,
    /// In force before anything was changed.
    before: Option<Calibration>,
}

/// Calibrates the pen at the other end of the client, and nobody keeps what happens.
///
/// # Errors
/// Whatever ends it early. The motor was told to stop, staged values are gone.
pub fn calibrate(
    client: &mut Client,
    bench: &mut dyn Bench,
    settings: &Settings,
    listener: Listener<'_>,
) -> Result<Outcome, HostError> {
    calibrate_kept(
        client,
        bench,
        settings,
        listener,
        &mut Unkept,
        Replay::default(),
    )
}

/// Calibrates the pen at the other end of the client. The observer keeps every event before the next
/// one happens; `replay` is what an earlier run left, whose readings are not taken again.
///
/// # Errors
/// Whatever ends it early, an observer that cannot keep an event too, and an earlier run that does not
/// fit. The motor was told to stop, staged values are gone.
pub fn calibrate_kept(
    client: &mut Client,
    bench: &mut dyn Bench,
    settings: &Settings,
    listener: Listener<'_>,
    observer: &mut dyn Observer,
    replay: Replay,
) -> Result<Outcome, HostError> {
    let mut run = Run {
        client,
        bench,
        settings,
        listener,
        observer,
        replay,
        reserved: Vec::new(),
        has_begun: false,
        is_turning: false,
    };
    match run.all() {
        Ok(outcome) => Ok(outcome),
        Err(error) => Err(run.give_up(error)),
    }
}

struct Run<'a> {
    client: &'a mut Client,
    bench: &'a mut dyn Bench,
    settings: &'a Settings,
    listener: Listener<'a>,
    observer: &'a mut dyn Observer,
    replay: Replay,
    reserved: Vec<Reserved>,
    has_begun: bool,
    /// The motor was told to turn: the pen stops it when its heartbeat stays out for 250 ms.
    is_turning: bool,
}

impl Run<'_> {
    fn tell(&mut self, progress: &Progress<'_>) {
        (self.listener)(progress);
    }

    /// Tells the observer, who may take its time: a motor that turns gets its heartbeat before and after, and
    /// a pen in Service mode while a store is waited for.
    fn keep(&mut self, event: &Event) -> Result<(), HostError> {
        if self.is_turning {
            // A pen that is gone is found after what was read is kept.
            let _ = self.client.exchange(&ToPen::Heartbeat);
        }
        let mut kept = self.observer.event(event);
        for attempt in 1..BUSY_ATTEMPTS {
            if !is_busy(&kept) {
                break;
            }
            if attempt == 1 {
                self.tell(&Progress::Note(
                    "another program holds the records: waiting for it, up to 20 s",
                ));
            }
            self.client.wait_alive(Duration::ZERO)?;
            kept = self.observer.event(event);
        }
        kept?;
        if self.is_turning {
            self.client.demand(&ToPen::Heartbeat)?;
        }
        Ok(())
    }

    fn step(&mut self, number: u8, text: &str) {
        self.tell(&Progress::Step(number, STEPS, text));
    }

    fn in_force(&mut self) -> Result<Option<FoundCalibration>, HostError> {
        Ok(self.client.calibration(Which::Current)?.found)
    }

    fn all(&mut self) -> Result<Outcome, HostError> {
        if let Some(mismatch) = self.client.mismatch() {
            return Err(mismatch.error());
        }
        let (before, can_run) = self.prepare()?;
        self.step(
            2,
            "as found: depth against the gauge, nothing is changed yet",
        );
        let mut found = self.begin(Phase::AsFound, can_run)?;
        self.measure_depth(&mut found, before.as_ref())?;
        if can_run {
            self.measure_rate(&mut found, before.as_ref())?;
        }
        let mut as_found = self.evaluate(&found)?;
        self.tell(&Progress::Measured("as found", &as_found));

        self.step(3, "decide");
        let (adjusted, left, measured) = if self.wants_adjustment(before.is_none(), &as_found) {
            let adjusted = self.adjust(before.as_ref(), &mut found, &mut as_found, can_run)?;
            self.judged(Phase::AsFound, &as_found)?;
            self.step(
                6,
                "as left: the same points, and one that the fit did not use",
            );
            let now = self.in_force()?.map(|it| it.calibration);
            let mut left = self.begin(Phase::AsLeft, true)?;
            self.measure_depth(&mut left, now.as_ref())?;
            self.measure_rate(&mut left, now.as_ref())?;
            (Some(adjusted), Some(left), now)
        } else {
            self.judged(Phase::AsFound, &as_found)?;
            self.tell(&Progress::Detail("no adjustment: as left is as found"));
            (None, None, before)
        };
        let mut as_left = match &left {
            Some(left) => self.evaluate(left)?,
            None => as_found.clone(),
        };
        // What was not measured did not pass.
        as_left.is_reserved |= self.unmeasured(&as_left).is_some();
        self.judged(Phase::AsLeft, &as_left)?;
        self.tell(&Progress::Measured("as left", &as_left));
        self.sign_off(&as_left, measured)?;
        self.as_technician(|client| client.demand(&ToPen::LeaveService))?;
        let results = Measured {
            as_found,
            adjusted,
            as_left,
            before,
        };
        self.finish(found, left, results)
    }

    /// Everything before the first reading: the calibration in force, and whether the motor can turn.
    fn prepare(&mut self) -> Result<(Option<Calibration>, bool), HostError> {
        let serial = self.client.hello().serial;
        let in_force = self.in_force()?;
        let named = in_force.map(|it| (it.calibration.generation, it.digest));
        let settled = self.replay.settle(named);
        self.replay.check(serial, self.settings, named)?;
        if let Some((um, counts_a)) = self.replay.stood() {
            self.bench.was_read_at(um, counts_a);
        }
        // An earlier run may have committed: then the one before is what was found.
        let had = self.replay.had_calibration().unwrap_or(in_force.is_some());
        let has_committed =
            self.replay.commit(false).is_some() || self.replay.commit(true).is_some();
        let before = match (had, has_committed) {
            (false, _) => None,
            (true, false) => in_force.map(|it| it.calibration),
            (true, true) => {
                let previous = self.client.calibration(Which::Previous)?.found;
                Some(self.replay.found(previous)?)
            }
        };
        self.may_adjust_a_part(before.as_ref(), has_committed)?;
        let lines = script(self.settings, self.bench.asks());
        self.bench.agree(&lines)?;
        self.keep(&Event::Began(Began {
            procedure: record::procedure(self.settings),
            serial,
            in_force: named,
            found: before.map(Box::new),
            points: self.settings.points.name().to_owned(),
            repeats: self.settings.repeats,
            subject: self.settings.subject,
            current: self.settings.current,
            adjust: self.settings.adjust,
            technician: self.settings.technician,
            due_in_days: self.settings.due_in_days,
            day: self.bench.today(),
        }))?;
        self.has_begun = true;
        if let Some(commit) = settled {
            self.keep(&Event::Committed {
                generation: commit.generation,
                digest: commit.digest,
                depth_only: commit.depth_only,
            })?;
        }
        self.step(
            1,
            "prepare: cable, calibration dummy, gauge; enter Service mode",
        );
        self.enter()?;
        let instruments = Box::new(self.bench.instruments().clone());
        self.replay.check_instruments(&instruments)?;
        self.keep(&Event::Instruments(instruments))?;
        let earlier = self.replay.reserved().to_vec();
        for reserved in earlier {
            if !self.reserved.contains(&reserved) {
                self.reserved.push(reserved);
            }
        }
        // A pen that could not run before its first commit is one whose commits began with depth.
        let can_run = self.replay.commit(true).is_none()
            && (has_committed || self.client.status()?.depth.is_some());
        self.may_begin(can_run)?;
        Ok((before, can_run))
    }

    fn judged(&mut self, phase: Phase, results: &Results) -> Result<(), HostError> {
        let verdict = results.verdict();
        self.keep(&Event::Judged { phase, verdict })
    }

    fn finish(
        &mut self,
        found: State,
        left: Option<State>,
        results: Measured,
    ) -> Result<Outcome, HostError> {
        let raw = Raw {
            found_depth: found.points(self),
            found_rate: found.rates(self),
            left_depth: left
                .as_ref()
                .map_or_else(Vec::new, |left| left.points(self)),
            left_rate: left.as_ref().map_or_else(Vec::new, |left| left.rates(self)),
            found_current: found.currents(self),
            left_current: left
                .as_ref()
                .map_or_else(Vec::new, |left| left.currents(self)),
        };
        let generation = self.client.status()?.generation;
        let (as_found, as_left) = (results.as_found.verdict(), results.as_left.verdict());
        let taken: Vec<Taken> = found
            .taken
            .into_iter()
            .chain(left.into_iter().flat_map(|left| left.taken))
            .collect();
        let report = self.report(results, raw, &taken)?;
        let in_force = in_force(&self.client.status()?);
        self.keep(&Event::Ended {
            class: Class::Ok,
            why: String::new(),
            in_force,
        })?;
        Ok(Outcome {
            report,
            subject: self.settings.subject,
            as_found,
            as_left,
            generation,
        })
    }

    /// Service mode takes a technician, a dummy, and somebody who holds the button on the pen.
    fn enter(&mut self) -> Result<(), HostError> {
        let reserved = self.bench.prepare(self.client, self.settings)?;
        for reserved in &reserved {
            self.keep(&Event::Reserved(reserved.clone()))?;
        }
        self.reserved = reserved;
        self.held(|client| {
            role::authorise(client)?;
            client
                .demand(&ToPen::EnterService)
                .map_err(role::at_the_pen)
        })
    }

    fn evaluate(&self, state: &State) -> Result<Results, HostError> {
        let instruments = self.bench.instruments();
        let refused =
            |error: crate::metrology::MeasureError| HostError::fit_refused(error.to_string());
        let depth = evaluate_depth(&state.points(self), &instruments.depth, DecisionRule::DEPTH)
            .map_err(refused)?;
        let rates = state.rates(self);
        let rate = if rates.is_empty() {
            None
        } else {
            Some(evaluate_rate(&rates, &instruments.rate, DecisionRule::RATE).map_err(refused)?)
        };
        let currents = state.currents(self);
        let current = match &instruments.current {
            _ if currents.is_empty() => None,
            Some(inputs) => Some(evaluate_current(&currents, inputs).map_err(refused)?),
            None => {
                return Err(HostError::internal(
                    "a current was read with no meter stated",
                ));
            }
        };
        Ok(Results {
            depth,
            rate,
            current,
            is_reserved: self.reserved.iter().any(|it| it.no_plain_pass),
        })
    }

    /// What the pen says at the end. One that is silent is asked again for a while: a bad link comes back.
    fn last_look(&mut self) -> Option<Status> {
        let until = self.client.now() + COMES_BACK;
        let mut is_told = false;
        loop {
            match self.client.status() {
                Ok(status) => return Some(status),
                Err(error)
                    if error.code == Code::Timeout
                        && !self.client.is_winding_up()
                        && self.client.now() < until =>
                {
                    if !is_told {
                        self.tell(&Progress::Note(
                            "the pen is silent: it is asked a while longer what is in force (Ctrl-C ends that)",
                        ));
                    }
                    is_told = true;
                }
                Err(_) => return None,
            }
        }
    }

    /// Ends it: motor off, staged values gone. The pen does the same by itself when nobody answers.
    fn give_up(&mut self, error: HostError) -> HostError {
        // A pen that is unplugged cannot be told; it has noticed.
        if self.client.exchange(&ToPen::Stop).is_ok() {
            self.client.wait(TO_REST);
            for word in [ToPen::Discard, ToPen::LeaveService] {
                // Refused when there is nothing to discard, or the pen has left by itself.
                let _ = self.client.exchange(&word);
            }
        } else {
            self.client.leaves_service();
        }
        if !self.has_begun {
            return error;
        }
        let status = self.last_look();
        // A store that could not keep the last event may not keep this one either.
        let ended = Event::Ended {
            class: error.class,
            why: format!("{}: {}", error.what, error.why),
            in_force: status.as_ref().map_or_else(String::new, in_force),
        };
        (0..BUSY_ATTEMPTS).find(|_| !is_busy(&self.observer.event(&ended)));
        self.tell(&Progress::Detail(&left_behind(status.as_ref())));
        advised(error, status.as_ref())
    }
}

/// Whether another program held the store.
fn is_busy(kept: &Result<(), HostError>) -> bool {
    matches!(kept, Err(error) if error.code == Code::StoreBusy)
}

/// The calibration in force, for the change that is proposed.
fn generation_after(before: Option<&Calibration>) -> u32 {
    before.map_or(1, |calibration| calibration.generation.saturating_add(1))
}

#[cfg(test)]
mod tests;
