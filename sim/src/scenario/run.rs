//! Runs a scenario.

use pen_core::fault::Fault;
use pen_core::mode::Mode;

use super::expect::{Evidence, Outcome};
use super::file::Scenario;
use super::host::Host;
use crate::monitor::{Finding, Monitors, Rules};
use crate::pen::{FactoryError, VirtualPen};

/// The host introduces itself this long after the start (ms).
const HELLO_MS: u64 = 20;
/// Deepest true protrusion at rest that is still inside (um).
const INSIDE_UM: f64 = 0.0;

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
    /// Times at which the firmware said parked while the needles were out (ms); STOP-003.
    pub lies: Vec<u64>,
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
            && self.lies.is_empty()
    }
}

/// Runs a scenario, with the file's seed or another.
///
/// # Errors
/// [`FactoryError`] when the pen cannot be built.
pub fn run(scenario: &Scenario, seed: Option<u64>) -> Result<Verdict, FactoryError> {
    let seed = seed.unwrap_or(scenario.seed);
    let mut pen = VirtualPen::assemble(&scenario.options(seed))?;
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
        host.listen(&mut pen);
        ms = pen.truth().time_us / 1_000;
        watch.note(ms, &pen);
    }
    host.hello(&mut pen);
    let journal = host.journals(&mut pen);
    let evidence = Evidence {
        monitors: &watch.monitors,
        modes: &watch.modes,
        faults: &watch.faults,
        answers: &host.answers,
        journal: &journal,
    };
    Ok(Verdict {
        title: scenario.title.clone(),
        seed,
        outcomes: scenario
            .expects
            .iter()
            .map(|expect| expect.judge(&evidence))
            .collect(),
        findings: watch.monitors.findings().cloned().collect(),
        lies: watch.lies,
    })
}

struct Watch {
    monitors: Monitors,
    modes: Vec<(u64, Mode)>,
    faults: Vec<(u64, Fault)>,
    latched: Option<Fault>,
    lies: Vec<u64>,
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
            lies: Vec::new(),
        }
    }

    fn note(&mut self, ms: u64, pen: &VirtualPen) {
        let Some(status) = pen.status() else {
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
        if status.parked && status.mode.is_at_rest() && pen.truth().protrusion_um > INSIDE_UM {
            self.lies.push(ms);
        }
    }
}
