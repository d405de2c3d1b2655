//! Runs a scenario.

use pen_core::fault::Fault;
use pen_core::journal::Entry;
use pen_core::mode::Mode;

use super::expect::{Evidence, Outcome};
use super::file::Scenario;
use super::host::Host;
use crate::monitor::{Claims, Finding, Monitors, Rules};
use crate::pen::firmware::Native;
use crate::pen::processor::{Processor, ProcessorError, Socket};
use crate::pen::{FactoryError, VirtualPen};

/// The host introduces itself this long after the start (ms).
const HELLO_MS: u64 = 20;

/// What a run came to.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// Title of the scenario.
    pub title: String,
    /// Seed of the pen.
    pub seed: u64,
    /// Every expectation.
    pub outcomes: Vec<Outcome>,
    /// Every rule of the judges.
    pub findings: Vec<Finding>,
}

impl Verdict {
    /// Whether everything held.
    #[must_use]
    pub fn held(&self) -> bool {
        self.outcomes.iter().all(|outcome| outcome.held)
            && self
                .findings
                .iter()
                .all(|finding| finding.broken_at_us.is_none())
    }
}

/// Why a run has no verdict.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RunError {
    /// The pen could not be built.
    #[error(transparent)]
    Factory(#[from] FactoryError),
    /// The processor failed under way.
    #[error(transparent)]
    Processor(#[from] ProcessorError),
}

/// A run, with what it left behind.
#[derive(Clone, Debug)]
pub struct Run {
    /// What it came to.
    pub verdict: Verdict,
    /// Both journals, as the pen told them in the end.
    pub journal: Vec<Entry>,
    /// Content of the flash.
    pub flash: Vec<u8>,
    /// Time that passed (us).
    pub time_us: u64,
}

/// Runs a scenario, with the file's seed or another.
///
/// # Errors
/// [`RunError`].
pub fn run(scenario: &Scenario, seed: Option<u64>) -> Result<Verdict, RunError> {
    let native = |socket| -> Box<dyn Processor> { Box::new(Native::new(socket)) };
    run_on(scenario, seed, native).map(|run| run.verdict)
}

/// Runs a scenario on another processor than this machine.
///
/// # Errors
/// [`RunError`].
pub fn run_on(
    scenario: &Scenario,
    seed: Option<u64>,
    processor: impl FnOnce(Socket) -> Box<dyn Processor>,
) -> Result<Run, RunError> {
    let seed = seed.unwrap_or(scenario.seed);
    let mut pen = VirtualPen::assemble_on(&scenario.options(seed), processor)?;
    if let Some(percent) = scenario.pen.battery_percent {
        pen.hand().swap_battery(percent / 100.0);
    }
    let mut watch = Watch::new(scenario);
    let mut host = Host::new();
    let mut steps = scenario.steps.iter().peekable();
    // A tick is usually a millisecond, but flash work and late ticks take longer: true time rules.
    let mut ms = 0;
    let mut greeted = false;
    while ms < scenario.end_ms {
        if ms >= HELLO_MS && !greeted {
            greeted = true;
            host.hello(&mut pen);
        }
        while let Some(step) = steps.next_if(|step| step.at_ms <= ms) {
            step.action
                .perform(&mut pen, &mut host, &scenario.plans, step.label.as_deref());
        }
        pen.tick_observed(&mut watch.monitors);
        if pen.processor_error().is_some() {
            break;
        }
        host.listen(&mut pen);
        ms = pen.truth().time_us / 1_000;
        watch.note(ms, &pen);
    }
    host.hello(&mut pen);
    let journal = host.journals(&mut pen);
    if let Some(error) = pen.processor_error() {
        return Err(error.clone().into());
    }
    let evidence = Evidence {
        monitors: &watch.monitors,
        modes: &watch.modes,
        faults: &watch.faults,
        answers: &host.answers,
        journal: &journal,
    };
    let verdict = Verdict {
        title: scenario.title.clone(),
        seed,
        outcomes: scenario
            .expects
            .iter()
            .map(|expect| expect.judge(&evidence))
            .collect(),
        findings: watch.monitors.findings().cloned().collect(),
    };
    Ok(Run {
        verdict,
        journal,
        flash: pen.flash().with(|part| part.snapshot()),
        time_us: pen.truth().time_us,
    })
}

struct Watch {
    monitors: Monitors,
    modes: Vec<(u64, Mode)>,
    faults: Vec<(u64, Fault)>,
    latched: Option<Fault>,
}

impl Watch {
    fn new(scenario: &Scenario) -> Self {
        Self {
            monitors: Monitors::new(Rules {
                cap_um: scenario.judge.cap_um,
                is_service: scenario.judge.service,
                has_brake: !scenario.judge.broken_brake,
            }),
            modes: Vec::new(),
            faults: Vec::new(),
            latched: None,
        }
    }

    fn note(&mut self, ms: u64, pen: &VirtualPen) {
        let status = pen.status();
        let claims = status.as_ref().map(Claims::from);
        self.monitors.hear(claims, &pen.truth());
        let Some(status) = status else {
            self.latched = None;
            return;
        };
        if self
            .modes
            .last()
            .is_none_or(|(_, mode)| *mode != status.mode)
        {
            self.modes.push((ms, status.mode));
        }
        let fault = status.fault.map(|trip| trip.fault);
        if let Some(new) = fault
            && fault != self.latched
        {
            self.faults.push((ms, new));
        }
        self.latched = fault;
    }
}
