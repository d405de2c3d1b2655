//! One session on one pen, from power-up to the end, under the judges' eyes.

use pen_core::fault::Fault;
use pen_core::mode::Mode;

use super::judge::{Judge, Measure};
use super::phase::{Moment, Phase};
use super::script::Script;
use crate::monitor::Claims;
use crate::pen::VirtualPen;
use crate::pen::processor::{Processor, Socket};
use crate::scenario::{Host, RunError};

/// The host introduces itself this long after the start (ms).
const HELLO_MS: u64 = 20;

/// Builds a processor for a socket; threads share it.
pub(super) type Make = dyn Fn(Socket) -> Box<dyn Processor> + Sync;

/// What one session came to.
#[derive(Clone, Debug)]
pub(super) struct Trial {
    /// Every rule.
    pub(super) measures: Vec<Measure>,
    /// The phase was on when the first thing went wrong.
    pub(super) reached: bool,
    /// The first fault that was latched.
    pub(super) fault: Option<Fault>,
    /// Drives that were begun.
    pub(super) drives: u32,
}

/// Runs a script. `phase` is asserted when its first strike comes.
///
/// # Errors
/// [`RunError`]: the run proves nothing.
pub(super) fn run(script: &Script, phase: Phase, make: &Make) -> Result<Trial, RunError> {
    let mut reached = false;
    let strikes_ms = script.strikes_ms;
    let mut trial = observe(script, make, |now| {
        if now.ms == strikes_ms {
            reached = phase.holds(now);
        }
    })?;
    trial.reached = reached;
    Ok(trial)
}

/// Runs a script and shows every millisecond, before the steps that it brings.
///
/// # Errors
/// [`RunError`].
pub(super) fn observe(
    script: &Script,
    make: &Make,
    mut see: impl FnMut(&Moment),
) -> Result<Trial, RunError> {
    let mut pen = VirtualPen::assemble_on(&script.setup.options(), make)?;
    let charge = 0.01 * f64::from(script.setup.charge_percent);
    pen.hand().swap_battery(charge);
    let plans = script.setup.plans();
    let mut host = Host::new();
    let mut judge = Judge::new(&script.setup);
    let mut fault = None;
    let mut now = Moment {
        ms: 0,
        mode: None,
        powered: false,
        in_mode_ms: 0,
        drives: 0,
    };
    let mut entered_ms = 0;
    let mut steps = script.steps.iter().peekable();
    let mut greeted = false;
    while now.ms < script.end_ms {
        see(&now);
        if now.ms >= HELLO_MS && !greeted {
            greeted = true;
            host.hello(&mut pen);
        }
        while let Some(step) = steps.next_if(|step| step.at_ms <= now.ms) {
            step.action.perform(&mut pen, &mut host, &plans, None);
        }
        pen.tick_observed(&mut judge);
        if let Some(error) = pen.processor_error() {
            return Err(error.clone().into());
        }
        host.listen(&mut pen);
        let truth = pen.truth();
        let status = pen.status();
        let mode = status.map(|status| status.mode);
        now.ms = truth.time_us / 1_000;
        if mode != now.mode {
            entered_ms = now.ms;
            now.drives += u32::from(mode.is_some_and(Mode::may_drive));
        }
        now.mode = mode;
        now.in_mode_ms = now.ms - entered_ms;
        now.powered = truth.powered;
        let latched = status.and_then(|status| status.fault);
        fault = fault.or(latched.map(|trip| trip.fault));
        judge.hear(status.as_ref().map(Claims::from), &truth);
    }
    Ok(Trial {
        measures: judge.measures(),
        reached: true,
        fault,
        drives: now.drives,
    })
}
