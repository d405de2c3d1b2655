//! What the mode machine does in a tick: one total function of plain facts, without any effect.

use crate::fault::{Fault, StopCause, Trip};
use crate::journal::ResetCause;

/// What the mode in force has to look at.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Situation {
    /// The power-up tests.
    Boot(SelfTest),
    /// Something forbids treatment.
    Locked {
        /// A lock is still closed.
        is_locked: bool,
        /// It waits for the depth to be checked at zero, and the button asks for that now.
        asks_zero: bool,
    },
    /// Nothing forbids treatment.
    Standby {
        /// A lock closed.
        is_locked: bool,
        /// The next button was pressed.
        next: bool,
        /// The confirm button was pressed, or held for long.
        confirmed: bool,
    },
    /// A zone is open.
    Ready {
        /// A lock closed.
        is_locked: bool,
        /// A budget is used up, the next button was pressed, or the cartridge is another.
        leaves: bool,
        /// Somebody asks to stop.
        asks_stop: bool,
        /// The trigger is held.
        is_held: bool,
        /// It is held long enough to start, and this press has no answer yet.
        is_pressed: bool,
    },
    /// Needles move in skin.
    Treating(Treatment),
    /// Brake, standstill, park: the drive ends it.
    Halting,
    /// A fault is latched.
    Faulted {
        /// The confirm button was pressed.
        confirmed: bool,
    },
    /// Calibration at rest.
    Service {
        /// The host has been silent for too long.
        is_silent: bool,
    },
    /// Calibration with the motor turning.
    ServiceRunning {
        /// Somebody asks to stop.
        asks_stop: bool,
        /// Motion was not permitted for too long.
        is_let_go: bool,
        /// The calibration dummy is in the seat.
        has_dummy: bool,
        /// Grip or winding is too warm.
        too_hot: Option<StopCause>,
    },
}

/// What the power-up tests found.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SelfTest {
    /// They have run long enough.
    pub(crate) is_over: bool,
    /// The motor has stood still.
    pub(crate) has_stood: bool,
    /// Edges in this tick.
    pub(crate) edges: u8,
    /// What storage says was latched for good.
    pub(crate) terminal: Option<Fault>,
    /// Why the pen started.
    pub(crate) cause: ResetCause,
}

/// What can end a treatment.
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent causes, each by its name"
)]
#[derive(Clone, Copy, Debug)]
pub(crate) struct Treatment {
    pub(crate) asks_stop: bool,
    pub(crate) has_cable: bool,
    pub(crate) is_held: bool,
    /// A button on the body is pressed.
    pub(crate) is_pressing: bool,
    pub(crate) spent: Option<StopCause>,
    /// The activation has lasted as long as one may.
    pub(crate) is_long: bool,
    pub(crate) battery_low: bool,
    pub(crate) too_hot: Option<StopCause>,
}

/// What shall happen; `carry.rs` does it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    /// Nothing.
    Stay,
    /// The power-up tests are over, perhaps with a fault.
    SelfTested(Option<Trip>),
    /// The last lock opened.
    Unlock,
    /// A lock closed.
    Lock,
    /// The depth is checked at zero.
    CheckZero,
    /// The next zone is chosen.
    NextZone,
    /// A zone is confirmed.
    Arm,
    /// The zone is left because a lock closed.
    LockZone,
    /// The zone is left.
    LeaveZone,
    /// The trigger must be seen released anew.
    DemandRelease,
    /// The trigger is open: the next press is another one.
    LetGo,
    /// The trigger asks to start.
    Start,
    /// The drive ends.
    Stop(StopCause),
    /// Somebody at the pen acknowledges.
    Acknowledge,
    /// The host is gone.
    LeaveService,
}

/// The decision of this tick.
#[inline]
pub(crate) fn decide(now: &Situation) -> Decision {
    match *now {
        Situation::Boot(started) => boot(started),
        Situation::Locked {
            is_locked: false, ..
        } => Decision::Unlock,
        Situation::Locked {
            asks_zero: true, ..
        } => Decision::CheckZero,
        Situation::Standby {
            is_locked: true, ..
        } => Decision::Lock,
        Situation::Standby { next: true, .. } => Decision::NextZone,
        Situation::Standby {
            confirmed: true, ..
        } => Decision::Arm,
        Situation::Ready {
            is_locked: true, ..
        } => Decision::LockZone,
        Situation::Ready { leaves: true, .. } => Decision::LeaveZone,
        Situation::Ready {
            asks_stop: true, ..
        } => Decision::DemandRelease,
        Situation::Ready { is_held: false, .. } => Decision::LetGo,
        Situation::Ready {
            is_pressed: true, ..
        } => Decision::Start,
        Situation::Treating(treatment) => treat(treatment).map_or(Decision::Stay, Decision::Stop),
        Situation::Faulted { confirmed: true } => Decision::Acknowledge,
        Situation::Service { is_silent: true } => Decision::LeaveService,
        Situation::ServiceRunning {
            asks_stop: true, ..
        } => Decision::Stop(StopCause::Asked),
        Situation::ServiceRunning {
            is_let_go: true, ..
        } => Decision::Stop(StopCause::HostSilent),
        Situation::ServiceRunning {
            has_dummy: false, ..
        } => Decision::Stop(StopCause::Locked),
        Situation::ServiceRunning {
            too_hot: Some(cause),
            ..
        } => Decision::Stop(cause),
        Situation::Locked { .. }
        | Situation::Standby { .. }
        | Situation::Ready { .. }
        | Situation::Halting
        | Situation::Faulted { .. }
        | Situation::Service { .. }
        | Situation::ServiceRunning { .. } => Decision::Stay,
    }
}

/// What the power-up tests come to: a motor that turned unasked and what was latched for good before
/// what only happened (PWR-005, STOP-012).
fn boot(started: SelfTest) -> Decision {
    if !started.is_over {
        return Decision::Stay;
    }
    let found = |fault, measured| {
        Decision::SelfTested(Some(Trip {
            fault,
            measured,
            allowed: 0,
        }))
    };
    match (started.terminal, started.cause) {
        (None, _) if !started.has_stood => found(Fault::UnexpectedMotion, i32::from(started.edges)),
        (Some(fault), _) => found(fault, 1),
        (
            None,
            ResetCause::Watchdog
            | ResetCause::Panicked { .. }
            | ResetCause::HardFault { .. }
            | ResetCause::WatchdogForgotten,
        ) => found(Fault::WatchdogReset, 1),
        (None, ResetCause::BrownOut) => found(Fault::BrownOut, 1),
        (None, ResetCause::PowerOn | ResetCause::Software | ResetCause::Unknown) => {
            Decision::SelfTested(None)
        }
    }
}

/// STOP-005: whatever ends a treatment does so in the tick that sees it; the first cause is told.
fn treat(now: Treatment) -> Option<StopCause> {
    if now.asks_stop {
        Some(StopCause::Asked)
    } else if now.has_cable {
        Some(StopCause::Cable)
    } else if !now.is_held {
        Some(StopCause::Released)
    } else if now.is_pressing {
        Some(StopCause::Pressed)
    } else if let Some(cause) = now.spent {
        Some(cause)
    } else if now.is_long {
        Some(StopCause::ActivationTime)
    } else if now.battery_low {
        Some(StopCause::BatteryLow)
    } else {
        now.too_hot
    }
}

#[cfg(test)]
mod tests {
    use super::{Decision, SelfTest, Situation, Treatment, decide};
    use crate::fault::{Fault, StopCause, Trip};
    use crate::journal::ResetCause;

    #[test]
    fn stop_005_any_one_cause_ends_a_treatment_and_nothing_else_does() {
        for bits in 0..256_u16 {
            let bit = |place: u16| bits >> place & 1 != 0;
            let decision = decide(&Situation::Treating(Treatment {
                asks_stop: bit(0),
                has_cable: bit(1),
                is_held: !bit(2),
                is_pressing: bit(3),
                spent: bit(4).then_some(StopCause::ZoneTime),
                is_long: bit(5),
                battery_low: bit(6),
                too_hot: bit(7).then_some(StopCause::GripHot),
            }));
            let causes = [
                StopCause::Asked,
                StopCause::Cable,
                StopCause::Released,
                StopCause::Pressed,
                StopCause::ZoneTime,
                StopCause::ActivationTime,
                StopCause::BatteryLow,
                StopCause::GripHot,
            ];
            let first = causes.iter().zip(0..).find(|(_, place)| bit(*place));
            let expected = first.map_or(Decision::Stay, |(cause, _)| Decision::Stop(*cause));
            assert_eq!(decision, expected, "{bits:b}");
        }
    }

    #[test]
    fn stop_001_ready_starts_only_by_a_fresh_press_that_nothing_speaks_against() {
        for bits in 0..32_u8 {
            let bit = |place: u8| bits >> place & 1 != 0;
            let decision = decide(&Situation::Ready {
                is_locked: bit(0),
                leaves: bit(1),
                asks_stop: bit(2),
                is_held: bit(3),
                is_pressed: bit(4),
            });
            assert_eq!(decision == Decision::Start, bits == 0b11000, "{bits:b}");
        }
    }

    #[test]
    fn cal_004_service_turns_only_while_every_condition_holds() {
        for bits in 0..16_u8 {
            let bit = |place: u8| bits >> place & 1 != 0;
            let decision = decide(&Situation::ServiceRunning {
                asks_stop: bit(0),
                is_let_go: bit(1),
                has_dummy: !bit(2),
                too_hot: bit(3).then_some(StopCause::WindingHot),
            });
            assert_eq!(decision == Decision::Stay, bits == 0, "{bits:b}");
        }
    }

    #[test]
    fn pwr_005_a_motor_that_turned_unasked_is_told_before_what_only_happened() {
        let causes = [
            (ResetCause::PowerOn, None),
            (ResetCause::Software, None),
            (ResetCause::Unknown, None),
            (ResetCause::BrownOut, Some(Fault::BrownOut)),
            (ResetCause::Watchdog, Some(Fault::WatchdogReset)),
        ];
        let found = |fault, measured| Trip {
            fault,
            measured,
            allowed: 0,
        };
        for (cause, fault) in causes {
            let stood = SelfTest {
                is_over: true,
                has_stood: true,
                edges: 3,
                terminal: None,
                cause,
            };
            let tested = |started| decide(&Situation::Boot(started));
            let expected = fault.map(|fault| found(fault, 1));
            assert_eq!(tested(stood), Decision::SelfTested(expected));
            let turned = SelfTest {
                has_stood: false,
                ..stood
            };
            let expected = Some(found(Fault::UnexpectedMotion, 3));
            assert_eq!(tested(turned), Decision::SelfTested(expected));
            let latched = SelfTest {
                terminal: Some(Fault::LimitCorrupt),
                ..turned
            };
            let expected = Some(found(Fault::LimitCorrupt, 1));
            assert_eq!(tested(latched), Decision::SelfTested(expected));
            let early = SelfTest {
                is_over: false,
                ..latched
            };
            assert_eq!(tested(early), Decision::Stay);
        }
    }
}
