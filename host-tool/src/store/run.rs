//! A calibration while it goes on, and what is known of it afterwards.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use serde_json::Value;

use super::{
    Calibration, Certificate, Draft, End, Ended, Head, Kind, Operator, Pen, Query, Records,
    Returned, Run, chain, day_of, time_text,
};
use crate::error::{Class, HostError};
use crate::metrology::Verdict;
use crate::procedure::{Began, Event, Observer, Phase, Subject};

/// How old the oldest reading may be that is gone on with, or the run without one. Source: none yet; by then the room,
/// the gauge's zero and the pen's seat are no longer the same.
///
/// - Unit: s
const RESUMABLE_FOR: i64 = 4 * 3_600;

/// Digits of a run's digest that stand in the number of its certificate.
const MARK_DIGITS: usize = 8;

/// A run that is being recorded: what it is told is on disk when the call returns.
///
/// It begins with [`Event::Began`].
#[derive(Debug)]
pub struct RunLog<'a> {
    records: &'a mut Records,
    pen: Pen,
    resumes: Option<i64>,
    begun: Option<Begun>,
}

#[derive(Debug)]
struct Begun {
    run: i64,
    technician: u32,
    author: String,
    certificate: String,
    in_force: String,
    generation: Option<u32>,
    /// What may be in force as well, and will be known when the pen has answered: what was proposed, or that
    /// it is signed off.
    may_be: Option<String>,
}

impl<'a> RunLog<'a> {
    /// A log of a run with this pen that is about to begin; it goes on with the run `resumes`.
    ///
    /// # Errors
    /// The store cannot be written, or this computer's clock is more than a day behind its newest
    /// record.
    pub fn new(
        records: &'a mut Records,
        pen: Pen,
        resumes: Option<i64>,
    ) -> Result<Self, HostError> {
        records.check_clock()?;
        let draft = Draft::new(Kind::Pen, &pen.serial, &pen)?.about(&pen.serial)?;
        records.update(draft)?;
        records.wait_briefly(true)?;
        Ok(Self {
            records,
            pen,
            resumes,
            begun: None,
        })
    }

    /// The number of the run, once it has begun.
    #[must_use]
    pub fn number(&self) -> Option<i64> {
        self.begun.as_ref().map(|begun| begun.run)
    }

    /// The number that a certificate of this run will have, once it has begun: `CAL-`, the first digits of the
    /// digest of the run's record, and its number. No other has it in this store; one in another store, a copy
    /// of this one too, has it by chance, of 2^32, and only with the same number of the run.
    #[must_use]
    pub fn certificate(&self) -> Option<&str> {
        self.begun.as_ref().map(|begun| begun.certificate.as_str())
    }

    /// The name of whoever measures, as the register of operators has it; none if it has none.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn operator(&mut self) -> Result<Option<String>, HostError> {
        let number = self.begun()?.technician.to_string();
        let found = self.records.newest(Kind::Operator, &number)?;
        let operator = found.map(|record| record.read::<Operator>()).transpose()?;
        Ok(operator.map(|it| it.name).filter(|name| !name.is_empty()))
    }

    /// The last calibrations of this pen before this run, so many at most, oldest first.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn earlier(&mut self, most: usize) -> Result<Vec<Calibration>, HostError> {
        let mut all = self.records.calibrations(&self.pen.serial)?;
        all.drain(..all.len().saturating_sub(most));
        Ok(all)
    }

    /// Digest of the newest record.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn digest(&mut self) -> Result<String, HostError> {
        Ok(self.records.head()?.hash)
    }

    fn begin(&mut self, began: &Began) -> Result<(), HostError> {
        let author = format!("technician {}", began.technician);
        let run = Run {
            began: Some(began.clone()),
            simulated: self.pen.simulated,
            resumes: self.resumes,
            tool: env!("CARGO_PKG_VERSION").to_owned(),
            drawn: chain::new_mark(),
        };
        let draft = Draft::new(Kind::Run, "run", &run)?
            .about(&self.pen.serial)?
            .by(&author)?;
        let Head { seq: run, hash, .. } = self.records.append_told(&[draft])?;
        let mark = hash.get(..MARK_DIGITS).unwrap_or(&hash);
        self.begun = Some(Begun {
            run,
            technician: began.technician,
            author,
            certificate: format!("CAL-{mark}-{run:06}"),
            in_force: began.in_force.map_or_else(
                || "no calibration".to_owned(),
                |(generation, _)| format!("generation {generation}, as before"),
            ),
            generation: began.in_force.map(|(generation, _)| generation),
            may_be: None,
        });
        Ok(())
    }

    fn begun(&self) -> Result<&Begun, HostError> {
        self.begun
            .as_ref()
            .ok_or_else(|| HostError::internal("a run was recorded before it began"))
    }

    /// The number of the run, if a later one may go on with it: it has begun, and was neither finished nor refused.
    /// None where the store cannot say.
    pub fn resumable(&mut self) -> Option<i64> {
        let number = self.number()?;
        // It is over, and no motor turns: another program that holds the store is waited for.
        self.wait_patiently().ok()?;
        self.records.resumable(number, &self.pen.serial).ok()?;
        Some(number)
    }

    /// From here on another program that holds the store is waited for in patience: no motor turns.
    ///
    /// # Errors
    /// The store cannot be reached.
    pub fn wait_patiently(&mut self) -> Result<(), HostError> {
        self.records.wait_briefly(false)
    }

    /// The run is over: result, certificate and end are written as one.
    ///
    /// # Errors
    /// The store cannot be written.
    pub fn finish(
        &mut self,
        result: &Calibration,
        report: Value,
        page: String,
        document: Value,
    ) -> Result<(), HostError> {
        self.records.wait_briefly(false)?;
        let begun = self.begun()?;
        let certificate = Certificate {
            number: begun.certificate.clone(),
            run: begun.run,
            report,
            page,
            document,
        };
        let result = Calibration {
            run: begun.run,
            certificate: begun.certificate.clone(),
            simulated: self.pen.simulated,
            ..result.clone()
        };
        let ended = Ended {
            how: End::Finished,
            text: format!("as left: {}", result.as_left),
            in_force: begun.in_force.clone(),
            ..Ended::default()
        };
        let drafts = [
            self.mine(Draft::new(
                Kind::Certificate,
                &certificate.number,
                &certificate,
            )?)?,
            self.mine(Draft::new(Kind::Calibration, &self.pen.serial, &result)?)?
                .due(day_of(&result.due)),
            self.end(&ended)?,
        ];
        self.records.append(&drafts).map(drop)
    }

    /// What the pen said is in force; else all that may be, by what this run knows, as no more than that.
    fn in_force(&self, said: &str) -> Result<String, HostError> {
        let begun = self.begun()?;
        let known = &begun.in_force;
        Ok(match (said, &begun.may_be) {
            ("", None) => format!("{known}; the pen did not say"),
            ("", Some(may_be)) => format!("{known} or {may_be}; the pen did not say"),
            (said, _) => said.to_owned(),
        })
    }

    fn end(&self, ended: &Ended) -> Result<Draft, HostError> {
        let run = self.begun()?.run.to_string();
        self.mine(Draft::new(Kind::End, &run, ended)?)
    }

    fn mine(&self, draft: Draft) -> Result<Draft, HostError> {
        let begun = self.begun()?;
        Ok(draft
            .about(&self.pen.serial)?
            .by(&begun.author)?
            .of(begun.run))
    }
}

impl Observer for RunLog<'_> {
    fn event(&mut self, event: &Event) -> Result<(), HostError> {
        let (kind, name) = match event {
            Event::Began(began) => return self.begin(began),
            Event::Taken(taken) => (Kind::Reading, taken.place.key()),
            Event::Doubted { place, .. } => (Kind::Reading, place.key()),
            Event::Undone { .. } => (Kind::Reading, "undone".to_owned()),
            Event::Instruments(_) => (Kind::Event, "instruments".to_owned()),
            Event::Reserved(_) => (Kind::Event, "reserved".to_owned()),
            Event::Phase { phase } => (Kind::Event, phase.words().to_owned()),
            Event::Judged { .. } => (Kind::Event, "judged".to_owned()),
            Event::SignedOff { .. } => (Kind::Event, "signed off".to_owned()),
            Event::Proposed { .. } => (Kind::Event, "proposed".to_owned()),
            Event::Committed { .. } => (Kind::Event, "committed".to_owned()),
            Event::Ended {
                class,
                why,
                in_force,
            } if *class != Class::Ok => {
                let ended = Ended {
                    how: how(*class),
                    class: class.name().to_owned(),
                    text: why.clone(),
                    in_force: self.in_force(in_force)?,
                };
                let draft = self.end(&ended)?;
                return self.records.append(&[draft]).map(drop);
            }
            Event::Ended { .. } => (Kind::Event, "ended".to_owned()),
        };
        let draft = self.mine(Draft::new(kind, &name, event)?)?;
        self.records.append(&[draft])?;
        if let Some(begun) = &mut self.begun {
            begun.hear(event);
        }
        Ok(())
    }
}

impl Begun {
    /// Takes note of what an event says of the calibration in force.
    fn hear(&mut self, event: &Event) {
        let unverified = |generation: u32| format!("generation {generation}, unverified");
        let signed_off = |generation: u32| format!("generation {generation}, signed off");
        match event {
            Event::Proposed { generation, .. } => self.may_be = Some(unverified(*generation)),
            Event::Committed { generation, .. } => {
                self.in_force = unverified(*generation);
                self.generation = Some(*generation);
                self.may_be = None;
            }
            // It is signed off next.
            Event::Judged {
                phase: Phase::AsLeft,
                verdict: Verdict::Pass,
            } => self.may_be = self.generation.map(signed_off),
            Event::SignedOff { generation } => {
                self.in_force = signed_off(*generation);
                self.may_be = None;
            }
            Event::Ended { in_force, .. } if !in_force.is_empty() => {
                self.in_force.clone_from(in_force);
                self.may_be = None;
            }
            _ => {}
        }
    }
}

/// What the end of a run by an error of this class is called.
const fn how(class: Class) -> End {
    match class {
        Class::Aborted | Class::Interrupted | Class::Terminated => End::Aborted,
        Class::OutOfTolerance => End::Refused,
        _ => End::Failed,
    }
}

/// What is known of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct RunState {
    /// Its number.
    pub number: i64,
    /// Serial number of the pen.
    pub pen: String,
    /// When it began. Unit: s since 1970.
    pub at: i64,
    /// When the last of it was written. Unit: s since 1970.
    pub last_at: i64,
    /// When its first reading was taken; none if none was. Unit: s since 1970.
    pub first_reading_at: Option<i64>,
    /// How it began.
    pub begun: Run,
    /// What happened after it began, in order.
    pub events: Vec<Event>,
    /// How it ended; none if it never was ended: the computer was switched off, the program killed.
    pub ended: Option<Ended>,
    /// The run that went on with it.
    pub resumed_by: Option<i64>,
}

impl RunState {
    /// Its end in a word.
    #[must_use]
    pub fn word(&self) -> &'static str {
        self.ended
            .as_ref()
            .map_or("broken off", |ended| ended.how.word())
    }
}

impl Records {
    /// What is known of the run with this number.
    ///
    /// # Errors
    /// There is none, or the store cannot be read.
    pub fn run(&mut self, number: i64) -> Result<RunState, HostError> {
        let mut state = self.run_alone(number)?;
        let later = self.runs_begun(&state.pen)?;
        state.resumed_by = resumed_by(&later, number);
        Ok(state)
    }

    /// A run, without what became of it later.
    fn run_alone(&mut self, number: i64) -> Result<RunState, HostError> {
        let query = Query {
            run: Some(number),
            ..Query::ALL
        };
        let mut state = None;
        self.each(&query, &mut |record| {
            let draft = &record.draft;
            if draft.kind == Kind::Run {
                state = Some(RunState {
                    number,
                    pen: draft.pen.clone().unwrap_or_default(),
                    at: record.at,
                    last_at: record.at,
                    first_reading_at: None,
                    begun: record.read()?,
                    events: Vec::new(),
                    ended: None,
                    resumed_by: None,
                });
            }
            let Some(state) = &mut state else {
                return Ok(ControlFlow::Continue(()));
            };
            state.last_at = record.at;
            match draft.kind {
                Kind::Reading | Kind::Event => {
                    let event = record.read()?;
                    if matches!(event, Event::Taken(_)) {
                        state.first_reading_at.get_or_insert(record.at);
                    }
                    state.events.push(event);
                }
                Kind::End => state.ended = Some(record.read()?),
                _ => {}
            }
            Ok(ControlFlow::Continue(()))
        })?;
        state.ok_or_else(|| {
            HostError::no_such_record(
                &format!("run {number}"),
                "the store has no run with this number",
            )
            .with_fix("see the runs of a pen with `penctl history SERIAL --runs`")
        })
    }

    /// Every run of a pen, oldest first.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn runs(&mut self, pen: &str) -> Result<Vec<RunState>, HostError> {
        let begun = self.runs_begun(pen)?;
        begun
            .iter()
            .map(|(number, _)| {
                Ok(RunState {
                    resumed_by: resumed_by(&begun, *number),
                    ..self.run_alone(*number)?
                })
            })
            .collect()
    }

    /// The newest verdict on a generation of a pen's calibration, as found or as left, finished run or
    /// not; none if no run measured it. One that returned is the one it was before.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn last_verdict(
        &mut self,
        pen: &str,
        generation: u32,
    ) -> Result<Option<Verdict>, HostError> {
        let (mut last, mut found) = (BTreeMap::new(), BTreeMap::new());
        for run in self.runs(pen)? {
            let is_check =
                (run.begun.began.as_ref()).is_some_and(|began| began.subject == Subject::Current);
            let began = run.begun.began.and_then(|began| began.in_force);
            let mut in_force = began.map(|(generation, _)| generation);
            // A run that goes on judges again what the first one found, whatever that put in force.
            let as_found = match run.begun.resumes {
                Some(before) => found.get(&before).copied().unwrap_or(in_force),
                None => in_force,
            };
            found.insert(run.number, as_found);
            for event in run.events {
                match event {
                    Event::Committed { generation, .. } => in_force = Some(generation),
                    // A check at few settings says nothing for tables that others have seen.
                    Event::Judged { verdict, .. } if is_check && verdict.is_pass() => {}
                    Event::Judged { phase, verdict } => {
                        // As found is judged after a first commit when there was no calibration before.
                        let measured = match phase {
                            Phase::AsFound => as_found,
                            Phase::AsLeft => in_force,
                        };
                        last.extend(measured.map(|measured| (measured, verdict)));
                    }
                    _ => {}
                }
            }
        }
        Ok(self
            .same_tables(pen, generation)?
            .find_map(|it| last.get(&it).copied()))
    }

    /// Generations of a pen with the same tables: this one, then that which returned as this one, and so on.
    ///
    /// # Errors
    /// The store cannot be read.
    pub(super) fn same_tables(
        &mut self,
        pen: &str,
        generation: u32,
    ) -> Result<impl Iterator<Item = u32> + use<>, HostError> {
        let query = Query {
            kind: Some(Kind::Return),
            pen: Some(pen),
            limit: Query::MANY,
            ..Query::ALL
        };
        let mut returned = BTreeMap::new();
        for record in self.all(&query)? {
            let it: Returned = record.read()?;
            // Numbers rise: whatever else stands there would lead in a circle.
            if it.returned < it.generation {
                returned.insert(it.generation, it.returned);
            }
        }
        Ok(std::iter::successors(Some(generation), move |it| {
            returned.get(it).copied()
        }))
    }

    fn runs_begun(&mut self, pen: &str) -> Result<Vec<(i64, Run)>, HostError> {
        let query = Query {
            kind: Some(Kind::Run),
            pen: Some(pen),
            ..Query::ALL
        };
        let found = self.all(&query)?;
        found
            .iter()
            .map(|record| Ok((record.seq, record.read()?)))
            .collect()
    }

    /// The run that a new one of this pen may go on with.
    ///
    /// # Errors
    /// There is no such run, it is of another pen, it is finished or refused, another run went on with
    /// it already, or the oldest reading that would be taken over is more than 4 hours old.
    pub fn resumable(&mut self, number: i64, pen: &str) -> Result<RunState, HostError> {
        let mut runs = self.runs_to_resume(number, pen)?;
        Ok(runs.swap_remove(0))
    }

    /// That run, and those before it that it went on with, newest first.
    fn runs_to_resume(&mut self, number: i64, pen: &str) -> Result<Vec<RunState>, HostError> {
        let no = |why: String| {
            HostError::usage(format!("run {number} cannot be resumed"), why)
                .with_fix("begin a new run without --resume")
        };
        let state = self.run(number)?;
        if state.pen != pen {
            let why = format!("it is a run of pen {}, this is pen {pen}", state.pen);
            return Err(no(why));
        }
        if let Some(later) = state.resumed_by {
            return Err(no(format!("run {later} went on with it")));
        }
        match state.ended.as_ref().map(|ended| ended.how) {
            Some(End::Finished) => return Err(no("it was finished".to_owned())),
            Some(End::Refused) => return Err(no("its measurements were refused".to_owned())),
            Some(End::Aborted | End::Failed) | None => {}
        }
        let mut runs = vec![state];
        while let Some(before) = runs.last().and_then(|run| run.begun.resumes) {
            runs.push(self.run_alone(before)?);
        }
        let now = self.now();
        let reading = runs.iter().filter_map(|run| run.first_reading_at).min();
        let begun = runs.first().map_or(now, |run| run.at);
        if now - reading.unwrap_or(begun) > RESUMABLE_FOR {
            let what = match reading {
                Some(at) => format!("its oldest reading is of {}", time_text(at)),
                None => format!("it began {}", time_text(begun)),
            };
            let hours = RESUMABLE_FOR / 3_600;
            return Err(no(format!(
                "{what}; at most {hours} h may have passed since"
            )));
        }
        Ok(runs)
    }

    /// All that happened in a run that may be gone on with, those before it that it went on with
    /// included, oldest first.
    ///
    /// # Errors
    /// As [`Records::resumable`].
    pub fn events_to_resume(&mut self, number: i64, pen: &str) -> Result<Vec<Event>, HostError> {
        let runs = self.runs_to_resume(number, pen)?;
        let told = runs.into_iter().rev().flat_map(|run| {
            let began = run.begun.began.map(Event::Began);
            began.into_iter().chain(run.events)
        });
        Ok(told.collect())
    }
}

/// Which of a pen's runs went on with this one.
fn resumed_by(begun: &[(i64, Run)], number: i64) -> Option<i64> {
    let later = begun.iter().find(|(_, run)| run.resumes == Some(number));
    later.map(|(number, _)| *number)
}
