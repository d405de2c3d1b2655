//! Trials of scenario files, and what is told of them.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::Path;

use pen_core::fault::Fault;
use serde::Serialize;

use super::compare::{Part, Trial, run};
use super::settings::Settings;
use crate::scenario::RunError;
use crate::scenario::report::{FileVerdict, judge_on};

/// A file's trial as it is told to a program.
#[derive(Clone, Debug, Serialize)]
pub struct FileTrial {
    /// What the run on the processor came to.
    #[serde(flatten)]
    pub verdict: FileVerdict,
    /// Both runs are the same, byte for byte. False if there were no two runs.
    pub equal: bool,
    /// Everything that was compared.
    pub parts: Vec<Part>,
    /// The instruction set of the image.
    pub target: Option<&'static str>,
    /// Most bytes of stack in use.
    pub stack_bytes: Option<u32>,
    /// Bytes of stack that there are.
    pub stack_size: Option<u32>,
    /// Requests for flash.
    pub flash_requests: Option<u64>,
    /// Control ticks on the processor.
    pub ticks: Option<usize>,
    /// How often the processor booted.
    pub boots: Option<usize>,
    /// Faults that the journals tell of.
    pub faults: Vec<Fault>,
    #[serde(skip)]
    trial: Option<Trial>,
    #[serde(skip)]
    taken: Taken,
}

/// Runs one file on both, and compares.
#[must_use]
pub fn try_file(path: &Path, seed: Option<u64>, settings: &Settings) -> FileTrial {
    let before = clock::now();
    let mut trial = None;
    let verdict = judge_on("pil", path, seed, |scenario| {
        let tried = run(scenario, seed, settings)?;
        let verdict = tried.verdict.clone();
        trial = Some(tried);
        Ok::<_, RunError>(verdict)
    });
    FileTrial {
        verdict,
        equal: trial.as_ref().is_some_and(Trial::is_equal),
        parts: trial.as_ref().map_or_else(Vec::new, |it| it.parts.clone()),
        target: trial.as_ref().map(|it| it.target),
        stack_bytes: trial.as_ref().map(|it| it.stack.used),
        stack_size: trial.as_ref().map(|it| it.stack.size),
        flash_requests: trial.as_ref().map(|it| it.flash_requests),
        ticks: trial.as_ref().map(|it| it.ticks),
        boots: trial.as_ref().map(|it| it.boots),
        faults: trial.as_ref().map_or_else(Vec::new, |it| it.faults.clone()),
        trial,
        taken: clock::now().since(before),
    }
}

impl FileTrial {
    /// What a person reads of it.
    #[must_use]
    pub fn text(&self, verbose: bool) -> String {
        let mut text = self.verdict.text(verbose);
        if let Some(trial) = &self.trial {
            text.push_str(&trial.text());
        }
        text
    }

    /// Whether the scenario held and both runs are the same.
    #[must_use]
    pub const fn is_good(&self) -> bool {
        self.verdict.passed && self.equal
    }
}

/// Trials counted.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    faults: BTreeSet<Fault>,
    passed: usize,
    failed: usize,
    equal: usize,
    different: usize,
    without: usize,
    simulated_us: u64,
    taken: Taken,
}

impl Tally {
    /// Counts one.
    pub fn count(&mut self, trial: &FileTrial) {
        self.passed += usize::from(trial.verdict.passed);
        self.failed += usize::from(!trial.verdict.passed);
        self.equal += usize::from(trial.equal);
        self.different += usize::from(trial.trial.is_some() && !trial.equal);
        self.without += usize::from(trial.trial.is_none());
        self.faults.extend(&trial.faults);
        self.simulated_us += trial.trial.as_ref().map_or(0, |it| it.time_us);
        self.taken.add(trial.taken);
    }

    /// The last lines of standard output.
    #[must_use]
    pub fn text(&self) -> String {
        let all = Fault::ALL.len();
        let mut text = format!(
            "{} passed, {} failed; {} equal to native, {} not",
            self.passed, self.failed, self.equal, self.different,
        );
        if self.without > 0 {
            let _ = write!(text, ", {} without a result", self.without);
        }
        let _ = writeln!(text, "; {} of {all} faults reached", self.faults.len());
        let missing = Fault::ALL.iter().filter(|it| !self.faults.contains(it));
        let missing: Vec<String> = missing.map(|fault| format!("{fault:?}")).collect();
        if self.passed + self.failed > 1 && !missing.is_empty() {
            let _ = writeln!(text, "not reached: {}", missing.join(", "));
        }
        text
    }

    /// How fast it went; another text in every run.
    #[must_use]
    pub fn speed(&self) -> String {
        let simulated_s = std::time::Duration::from_micros(self.simulated_us).as_secs_f64();
        let times = |taken_s: f64| simulated_s / taken_s.max(1e-9);
        let mut text = format!(
            "{simulated_s:.1} s of the pen's time in {:.2} s: {:.0} times real time",
            self.taken.real_s,
            times(self.taken.real_s)
        );
        if let Some(cpu_s) = self.taken.cpu_s {
            let _ = write!(
                text,
                ", {cpu_s:.2} s on processors: {:.0} times",
                times(cpu_s)
            );
        }
        text + "; both runs, and QEMU's start"
    }

    /// Good, or what was not.
    ///
    /// # Errors
    /// How many failed, and how many differ.
    pub fn verdict(&self) -> Result<(), String> {
        if self.failed == 0 && self.different == 0 {
            return Ok(());
        }
        let all = self.passed + self.failed;
        let mut text = format!("{} of {all} failed", self.failed);
        if self.without > 0 {
            let _ = write!(text, ", {} of {all} without a result", self.without);
        }
        if self.different > 0 {
            let _ = write!(text, ", {} of {all} not equal to native", self.different);
        }
        Err(text)
    }
}

/// Time that trials took.
#[derive(Clone, Copy, Debug, Default)]
struct Taken {
    /// Real time (s).
    real_s: f64,
    /// Time on processors, of this program and of QEMU (s), where the system tells.
    cpu_s: Option<f64>,
}

impl Taken {
    fn since(self, before: Self) -> Self {
        let both = self.cpu_s.zip(before.cpu_s);
        Self {
            real_s: self.real_s - before.real_s,
            cpu_s: both.map(|(now, before)| now - before),
        }
    }

    fn add(&mut self, more: Self) {
        self.real_s += more.real_s;
        let more = more.cpu_s.map(|more| self.cpu_s.unwrap_or(0.0) + more);
        self.cpu_s = more.or(self.cpu_s);
    }
}

/// For telling how fast it went; no result depends on it.
mod clock {
    use std::sync::OnceLock;
    use std::time::Instant;

    use super::Taken;

    /// Units of the times in `/proc/self/stat`, in a second: the same on every Linux that Rust's
    /// standard library runs on.
    const UNITS: f64 = 100.0;

    /// Time taken since the first call.
    #[expect(
        clippy::disallowed_methods,
        reason = "the speed of a trial is real time"
    )]
    pub(super) fn now() -> Taken {
        static START: OnceLock<Instant> = OnceLock::new();
        Taken {
            real_s: START.get_or_init(Instant::now).elapsed().as_secs_f64(),
            cpu_s: cpu_s(),
        }
    }

    /// Own and ended children's time in user and system mode: fields 14 to 17.
    fn cpu_s() -> Option<f64> {
        let text = std::fs::read_to_string("/proc/self/stat").ok()?;
        // The second field is a name in brackets, which may hold anything.
        let fields = text.rsplit_once(')')?.1;
        let times = fields.split_whitespace().skip(11).take(4);
        let units: Option<f64> = times.map(|field| field.parse::<f64>().ok()).sum();
        units.map(|units| units / UNITS)
    }
}
