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
mod measure;
mod prompt;
mod record;
mod simulated;

use std::time::Duration;

use pen_core::calibration::Calibration;
use pen_core::request::Role;
use pen_protocol::messages::{ToPen, Which};

use crate::client::Client;
use crate::error::{Class, HostError};
use crate::metrology::{
    ChannelFit, DecisionRule, GainFit, Point, RatePoint, Verdict, evaluate_depth, evaluate_rate,
};
use crate::report::{CalibrationReport, ParameterChange, Results};

pub use bench::{Bench, Choice, Instruments, Question};
pub use measure::{Plan, RATES_HZ};
pub use prompt::{Answers, PromptBench};
pub use simulated::{Decides, SimBench};

/// When to adjust.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Adjust {
    /// When the pen as found is not a plain pass, or has no calibration yet.
    #[default]
    Auto,
    /// In any case.
    Always,
    /// Never: only measure.
    Never,
}

/// What the procedure shall do.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// When to adjust.
    pub adjust: Adjust,
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
            adjust: Adjust::Auto,
            repeats: 3,
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

/// What came of it.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The report.
    pub report: CalibrationReport,
    /// The worst verdict as found.
    pub as_found: Verdict,
    /// The worst verdict as left.
    pub as_left: Verdict,
    /// The generation in force.
    pub generation: u32,
    /// Raw readings, for whoever wants to repeat the arithmetic.
    pub raw: Raw,
}

/// Raw readings of both runs.
#[derive(Clone, Debug, Default, serde::Serialize)]
pub struct Raw {
    /// Depth as found.
    pub found_depth: Vec<Point>,
    /// Rate as found.
    pub found_rate: Vec<RatePoint>,
    /// Depth as left.
    pub left_depth: Vec<Point>,
    /// Rate as left.
    pub left_rate: Vec<RatePoint>,
}

/// One side of the adjustment, before and after.
struct Adjusted {
    fits: Vec<ChannelFit>,
    gain: Option<GainFit>,
    parameters: Vec<ParameterChange>,
    digest: u32,
}

/// Calibrates the pen at the other end of the client.
///
/// # Errors
/// Whatever ends it early. The motor was told to stop, staged values are gone.
pub fn calibrate(
    client: &mut Client,
    bench: &mut dyn Bench,
    settings: &Settings,
    listener: Listener<'_>,
) -> Result<Outcome, HostError> {
    let mut run = Run {
        client,
        bench,
        settings,
        listener,
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
}

impl Run<'_> {
    fn tell(&mut self, progress: &Progress<'_>) {
        (self.listener)(progress);
    }

    fn step(&mut self, number: u8, text: &str) {
        self.tell(&Progress::Step(number, STEPS, text));
    }

    fn all(&mut self) -> Result<Outcome, HostError> {
        if let Some(mismatch) = self.client.mismatch() {
            return Err(mismatch.error());
        }
        self.step(
            1,
            "prepare: cable, calibration dummy, gauge; enter Service mode",
        );
        self.enter()?;
        let before = self
            .client
            .calibration(Which::Current)?
            .found
            .map(|it| it.calibration);
        let mut raw = Raw::default();

        self.step(
            2,
            "as found: depth against the gauge, nothing is changed yet",
        );
        raw.found_depth = self.measure_depth(before.as_ref())?;
        let can_run = self.client.status()?.depth.is_some();
        if can_run {
            raw.found_rate = self.measure_rate(before.as_ref(), &raw.found_depth)?;
        }
        let mut found = self.evaluate(&raw.found_depth, &raw.found_rate)?;
        self.tell(&Progress::Measured("as found", &found));

        self.step(3, "decide");
        let wanted = self.wants_adjustment(before.is_none(), found.verdict())?;
        let adjusted = if wanted {
            Some(self.adjust(before.as_ref(), &mut raw, &mut found, can_run)?)
        } else {
            self.tell(&Progress::Detail("no adjustment: as left is as found"));
            None
        };
        let left = if adjusted.is_some() {
            self.step(
                6,
                "as left: the same points, and one that the fit did not use",
            );
            let now = self
                .client
                .calibration(Which::Current)?
                .found
                .map(|it| it.calibration);
            raw.left_depth = self.measure_depth(now.as_ref())?;
            raw.left_rate = self.measure_rate(now.as_ref(), &raw.left_depth)?;
            self.evaluate(&raw.left_depth, &raw.left_rate)?
        } else {
            found.clone()
        };
        self.tell(&Progress::Measured("as left", &left));
        self.client.demand(&ToPen::LeaveService)?;
        let generation = self.client.status()?.generation;
        let (as_found, as_left) = (found.verdict(), left.verdict());
        let report = self.report(found, adjusted, left)?;
        Ok(Outcome {
            report,
            as_found,
            as_left,
            generation,
            raw,
        })
    }

    /// Service mode takes a technician, a dummy, and somebody who holds the button on the pen.
    fn enter(&mut self) -> Result<(), HostError> {
        self.bench.prepare(self.client)?;
        self.bench.attend(self.client, true)?;
        self.client
            .authorise(Role::Technician)
            .map_err(at_the_pen)?;
        self.client
            .demand(&ToPen::EnterService)
            .map_err(at_the_pen)?;
        self.bench.attend(self.client, false)
    }

    fn wants_adjustment(&mut self, is_first: bool, found: Verdict) -> Result<bool, HostError> {
        match self.settings.adjust {
            Adjust::Never => Ok(false),
            Adjust::Always => Ok(true),
            Adjust::Auto if is_first || found != Verdict::Pass => Ok(true),
            Adjust::Auto => {
                let question = Question::new(
                    "adjust",
                    "as found is a plain pass. Adjust all the same?",
                    Choice::No,
                );
                self.bench.decide(self.client, &question)
            }
        }
    }

    fn evaluate(&self, depth: &[Point], rate: &[RatePoint]) -> Result<Results, HostError> {
        let instruments = self.bench.instruments();
        let refused =
            |error: crate::metrology::MeasureError| HostError::fit_refused(error.to_string());
        let depth =
            evaluate_depth(depth, &instruments.depth, DecisionRule::DEPTH).map_err(refused)?;
        let rate = if rate.is_empty() {
            None
        } else {
            Some(evaluate_rate(rate, &instruments.rate, DecisionRule::RATE).map_err(refused)?)
        };
        Ok(Results { depth, rate })
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
        }
        match error.class {
            Class::Interrupted | Class::Terminated => HostError::interrupted("the calibration")
                .with_fix(
                    "start again when ready; nothing was staged or committed after the interrupt",
                ),
            _ => error,
        }
    }
}

/// Advice for the two requests that need somebody at the pen.
fn at_the_pen(error: HostError) -> HostError {
    error.with_fix("put the calibration dummy in, hold the ok button on the pen, and repeat")
}

/// The calibration in force, for the change that is proposed.
fn generation_after(before: Option<&Calibration>) -> u32 {
    before.map_or(1, |calibration| calibration.generation.saturating_add(1))
}

#[cfg(test)]
mod tests;
