//! What the checker has come by, each thing by its name.

use std::sync::Mutex;

use crate::fault::{Fault, StopCause};
use crate::mode::Mode;
use crate::request::Refusal;

/// The name of every variant, and the list of them; a new variant stops compiling here.
macro_rules! names {
    ($name:ident, $all:ident, $kind:ident: $($variant:ident)*) => {
        const fn $name(of: &$kind) -> &'static str {
            match of {
                $($kind::$variant { .. } => stringify!($variant),)*
            }
        }
        const $all: &[&str] = &[$(stringify!($variant)),*];
    };
}

names!(mode, MODES, Mode: Boot Locked Standby Ready Treating Stopping FaultReaction Faulted Service
    ServiceRunning);
names!(fault, FAULTS, Fault: OverDepth DepthDisagrees DepthStuck DepthInvalid DepthCrept OverSpeed
    TooManyStrokes FeedbackLost Stalled UnexpectedMotion OverCurrent CartridgeUnseated DriveStuck
    EnablePathStuck LimitCorrupt TickLate WatchdogReset BrownOut SensorInvalid FreeFall Shock);
names!(stop, STOPS, StopCause: Released Asked Cable ZoneStrokes ZoneTime SessionTime SessionElapsed
    ActivationTime CartridgeLife BatteryLow HostSilent Locked GripHot WindingHot Pressed);
names!(refusal, REFUSALS, Refusal: NotNow Role Locked TooDeep TooFast TooSlow TooLong TooManyStrokes
    NoPlanId NoOperator NoToken EmptyPlan GapInPlan DuplicateZone NotPositive OverrideNotAllowed
    OverrideWithoutNeed ScreeningIncomplete ScreeningUnknown ScreeningForbids ClockWentBack
    CalibrationOverdue BudgetUsed ZoneUsed SessionOpen NoPlan Cartridge DepthAboveCap DepthUnknown
    DepthMoving BatteryLow BatteryShort NotYetStored TriggerHeld CausePresent Terminal NoFault
    NobodyAtThePen Calibration NothingStaged DigestDiffers NothingToRevert NotAtZero DayFarAhead
    OtherGeneration);

/// Names, each once.
#[derive(Debug, Default)]
struct Seen(Mutex<Vec<&'static str>>);

impl Seen {
    fn note(&self, name: &'static str) {
        let mut seen = self.0.lock().unwrap();
        if !seen.contains(&name) {
            seen.push(name);
        }
    }

    fn less(&self, all: &[&'static str]) -> Vec<&'static str> {
        let seen = self.0.lock().unwrap();
        let missing = all.iter().filter(|name| !seen.contains(name));
        missing.copied().collect()
    }
}

/// What was reached.
#[derive(Debug, Default)]
pub(super) struct Cover {
    modes: Seen,
    firsts: Seen,
    stops: Seen,
    refusals: Seen,
}

impl Cover {
    pub(super) fn state(&self, at: Mode, first: Option<Fault>) {
        self.modes.note(mode(&at));
        if let Some(first) = first {
            self.firsts.note(fault(&first));
        }
    }

    pub(super) fn stopped(&self, cause: StopCause) {
        self.stops.note(stop(&cause));
    }

    pub(super) fn refused(&self, why: &Refusal) {
        self.refusals.note(refusal(why));
    }

    /// What was not reached: modes, faults as first cause, causes of a stop, refusals.
    pub(super) fn missing(&self) -> [Vec<&'static str>; 4] {
        [
            self.modes.less(MODES),
            self.firsts.less(FAULTS),
            self.stops.less(STOPS),
            self.refusals.less(REFUSALS),
        ]
    }
}
