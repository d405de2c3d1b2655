//! One scenario, twice: on this machine and on the Cortex-M, compared byte by byte (SAFE-005).

use std::cell::{Cell, RefCell};
use std::fmt::Write;
use std::rc::Rc;

use pen_core::fault::Fault;
use pen_core::journal::{Entry, Record};
use pen_lockstep::report::Mark;
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::processor::{Health, Pil};
use super::settings::Settings;
use super::witness::{Step, Trace, Witness};
use crate::pen::firmware::Native;
use crate::pen::processor::{Processor, ProcessorError, Socket};
use crate::scenario::{Run, RunError, Scenario, Verdict, run_on};

/// One thing that was compared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Part {
    /// What.
    pub name: &'static str,
    /// How much of it there is on the Cortex-M, and in what unit.
    pub count: usize,
    /// See `count`.
    pub unit: &'static str,
    /// SHA-256 of this machine's.
    pub native: String,
    /// SHA-256 of the Cortex-M's.
    pub processor: String,
    /// Where they differ first, in words.
    pub first_difference: Option<String>,
}

/// A scenario on both.
#[derive(Clone, Debug)]
pub struct Trial {
    /// What the run on the Cortex-M came to.
    pub verdict: Verdict,
    /// Everything that was compared.
    pub parts: Vec<Part>,
    /// The instruction set of the image.
    pub target: &'static str,
    /// How far the image's stack went.
    pub stack: Mark,
    /// Requests for flash.
    pub flash_requests: u64,
    /// Ticks in which the firmware ran.
    pub ticks: usize,
    /// Boots.
    pub boots: usize,
    /// Time that passed in the simulation (us).
    pub time_us: u64,
    /// Faults that the journals tell of.
    pub faults: Vec<Fault>,
}

impl Trial {
    /// Whether both runs are the same, byte for byte.
    #[must_use]
    pub fn is_equal(&self) -> bool {
        self.parts
            .iter()
            .all(|part| part.first_difference.is_none() && part.native == part.processor)
    }

    /// What a person reads of it.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        let word = if self.is_equal() {
            "equal"
        } else {
            "DIFFERENT"
        };
        let _ = writeln!(
            text,
            "        {} and native: {word}; {} ticks, {} {}, stack {} of {} bytes",
            self.target,
            self.ticks,
            self.boots,
            if self.boots == 1 { "boot" } else { "boots" },
            self.stack.used,
            self.stack.size
        );
        for part in &self.parts {
            let _ = writeln!(
                text,
                "        {:<10} {:>7} {:<7} sha256 {}",
                part.name, part.count, part.unit, part.processor
            );
            if let Some(difference) = &part.first_difference {
                let _ = writeln!(text, "        {:<26} native {}", "", part.native);
                let _ = writeln!(text, "          {difference}");
            }
        }
        text
    }
}

/// A run and everything that its processor did.
#[derive(Clone, Debug)]
pub struct Watched {
    /// What the run left behind.
    pub run: Run,
    /// What the processor did.
    pub trace: Trace,
}

impl Watched {
    /// Steps in which the firmware ran: ticks, or else boots.
    fn count(&self, ticks: bool) -> usize {
        let is_wanted = |entry: &&Step| entry.pen_us.is_some() == ticks;
        self.trace.steps.iter().filter(is_wanted).count()
    }

    fn steps(&self) -> Vec<u8> {
        let steps = self.trace.steps.iter().map(Step::bytes);
        steps.collect::<Vec<_>>().concat()
    }

    fn journal(&self) -> Vec<String> {
        let entries = self.run.journal.iter();
        entries.map(|entry| format!("{entry:?}\n")).collect()
    }
}

/// Runs a scenario on this machine and on a Cortex-M, and compares.
///
/// # Errors
/// [`RunError`]: then there is nothing to compare.
pub fn run(scenario: &Scenario, seed: Option<u64>, settings: &Settings) -> Result<Trial, RunError> {
    // QEMU gets ready while this machine works.
    let machine = Pil::ready(settings)?;
    let native = watch(scenario, seed, Native::new)?;
    let health = Rc::new(Cell::new(Health::default()));
    let tried = watch(scenario, seed, |socket| {
        Pil::new(socket, settings.clone(), &health).on(machine)
    })?;
    let failed = |why: &str| ProcessorError {
        step: "end",
        why: why.to_owned(),
    };
    let health = health.get();
    let (true, Some(stack), Some(target)) = (health.has_ended, health.stack, health.target) else {
        return Err(failed("it did not tell how far its stack went").into());
    };
    Ok(Trial {
        parts: compare(&native, &tried),
        target: target.name(),
        stack,
        flash_requests: health.flash_requests,
        ticks: tried.count(true),
        boots: tried.count(false),
        time_us: tried.run.time_us,
        faults: faults(&tried.run.journal),
        verdict: tried.run.verdict,
    })
}

/// Runs a scenario on a processor, and writes down everything that it does.
///
/// # Errors
/// [`RunError`].
pub fn watch<P: Processor + 'static>(
    scenario: &Scenario,
    seed: Option<u64>,
    processor: impl FnOnce(Socket) -> P,
) -> Result<Watched, RunError> {
    let trace = Rc::new(RefCell::new(Trace::default()));
    let run = run_on(scenario, seed, |socket| {
        let watched = socket.clone();
        Box::new(Witness::new(processor(socket), &watched, Rc::clone(&trace)))
    })?;
    let trace = trace.take();
    Ok(Watched { run, trace })
}

/// Faults that a journal tells of, in the order of their list.
fn faults(journal: &[Entry]) -> Vec<Fault> {
    let is_told = |fault: &Fault| {
        journal.iter().any(|entry| match entry.record {
            Record::Tripped(trip) | Record::TrippedAlso { trip, .. } => trip.fault == *fault,
            _ => false,
        })
    };
    Fault::ALL.into_iter().filter(is_told).collect()
}

/// Compares two runs of a scenario, byte by byte.
#[must_use]
pub fn compare(native: &Watched, tried: &Watched) -> Vec<Part> {
    let traces = (&native.trace, &tried.trace);
    let journals = (native.journal(), tried.journal());
    let outputs = Part {
        name: "outputs",
        count: traces.1.steps.len(),
        unit: "steps",
        native: hash(&native.steps()),
        processor: hash(&tried.steps()),
        first_difference: first(&traces.0.steps, &traces.1.steps, "step"),
    };
    let journal = Part {
        name: "journal",
        count: journals.1.len(),
        unit: "records",
        native: hash(journals.0.concat().as_bytes()),
        processor: hash(journals.1.concat().as_bytes()),
        first_difference: first(&journals.0, &journals.1, "record"),
    };
    vec![
        outputs,
        of_bytes("host", &traces.0.said, &traces.1.said),
        of_bytes("flash", &native.run.flash, &tried.run.flash),
        journal,
    ]
}

fn of_bytes(name: &'static str, native: &[u8], tried: &[u8]) -> Part {
    Part {
        name,
        count: tried.len(),
        unit: "bytes",
        native: hash(native),
        processor: hash(tried),
        first_difference: first(native, tried, "byte"),
    }
}

fn hash(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    digest.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Where two sequences part, in words.
fn first<T: PartialEq + std::fmt::Display>(
    native: &[T],
    tried: &[T],
    what: &str,
) -> Option<String> {
    let both = native.iter().zip(tried);
    let at = both.take_while(|(native, tried)| native == tried).count();
    let tell = |entry: Option<&T>| {
        entry.map_or_else(
            || "nothing".to_owned(),
            |entry| entry.to_string().trim_end().to_owned(),
        )
    };
    match (native.get(at), tried.get(at)) {
        (None, None) => None,
        (native, tried) => Some(format!(
            "first at {what} {at}: native {}; processor {}",
            tell(native),
            tell(tried)
        )),
    }
}
