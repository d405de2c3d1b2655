//! Where the pen is, and for how long: the table of `mode.rs` at work.

#[cfg(any(test, feature = "verify"))]
pub(crate) mod verify;

use crate::mode::{AfterStop, Event, Mode, NotNow};
use crate::units::Duration;

/// How long a mode is timed at most: longer than anything that waits for it. Unit: us.
const LASTED_MOST: Duration = Duration::from_s(1);

/// The mode machine.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Machine {
    mode: Mode,
    lasted: Duration,
    after: AfterStop,
}
any_struct!(Machine {
    mode,
    lasted,
    after
});

/// The mode is one that may turn the motor for its work. Only the machine makes it (SAFE-001).
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ModePermit(());
any_newtype!(ModePermit);

impl Machine {
    /// A pen that starts.
    pub(crate) const fn new() -> Self {
        Self {
            mode: Mode::Boot,
            lasted: Duration::from_us(0),
            after: AfterStop::Locked,
        }
    }

    pub(crate) fn tick(&mut self, dt: Duration) {
        self.lasted = self.lasted.plus_up_to(dt, LASTED_MOST);
    }

    pub(crate) const fn mode(&self) -> Mode {
        self.mode
    }

    /// Time in this mode, up to a second.
    pub(crate) const fn lasted(&self) -> Duration {
        self.lasted
    }

    /// Where the stop under way leads.
    pub(crate) const fn after(&self) -> AfterStop {
        self.after
    }

    /// The stop under way leads there.
    pub(crate) const fn leads_to(&mut self, after: AfterStop) {
        self.after = after;
    }

    /// The motor is braked, perhaps parked, after a drive.
    pub(crate) const fn is_halting(&self) -> bool {
        matches!(self.mode, Mode::Stopping | Mode::FaultReaction)
    }

    /// A fault is latched: the mode says so exactly while the latch does.
    pub(crate) const fn is_faulted(&self) -> bool {
        matches!(self.mode, Mode::FaultReaction | Mode::Faulted)
    }

    /// Goes where the event leads; the mode that was left, or nothing when it stays.
    ///
    /// # Errors
    /// [`NotNow`]; nothing changed.
    pub(crate) fn apply(&mut self, event: Event) -> Result<Option<Mode>, NotNow> {
        let to = self.mode.after(event, self.after)?;
        let from = self.mode;
        if to == from {
            return Ok(None);
        }
        self.mode = to;
        self.lasted = Duration::from_us(0);
        Ok(Some(from))
    }

    /// SAFE-001: only in a mode that drives.
    pub(crate) fn permit(&self) -> Option<ModePermit> {
        self.mode.may_drive().then_some(ModePermit(()))
    }
}

#[cfg(test)]
impl Machine {
    pub(crate) const fn in_mode(mode: Mode) -> Self {
        Self {
            mode,
            ..Self::new()
        }
    }
}

#[cfg(test)]
impl ModePermit {
    /// For the tests of the gate.
    pub(crate) const fn for_test() -> Self {
        Self(())
    }
}

#[cfg(test)]
mod tests {
    use super::Machine;
    use crate::mode::{AfterStop, Event, Mode};
    use crate::units::Duration;

    #[test]
    fn a_refused_event_changes_nothing_and_a_taken_one_starts_the_mode_s_time() {
        for mode in Mode::ALL {
            for event in Event::ALL {
                let mut machine = Machine::in_mode(mode);
                machine.tick(Duration::from_ms(7));
                let told = machine.apply(event);
                match (mode.after(event, AfterStop::Locked), told) {
                    (Err(_), Err(why)) => assert_eq!((why.mode, why.event), (mode, event)),
                    (Ok(to), Ok(None)) => assert_eq!(to, mode),
                    (Ok(to), Ok(Some(from))) => {
                        assert_eq!((from, machine.mode()), (mode, to));
                        assert_eq!(machine.lasted(), Duration::from_us(0));
                        continue;
                    }
                    (table, told) => panic!("{mode:?} {event:?}: {table:?}, {told:?}"),
                }
                assert_eq!((machine.mode(), machine.lasted().as_us()), (mode, 7_000));
            }
        }
    }

    #[test]
    fn safe_001_only_treating_and_service_running_permit() {
        let permitted: Vec<Mode> = Mode::ALL
            .into_iter()
            .filter(|mode| Machine::in_mode(*mode).permit().is_some())
            .collect();
        assert_eq!(permitted, [Mode::Treating, Mode::ServiceRunning]);
    }

    #[test]
    fn safe_001_only_stopping_and_the_reaction_to_a_fault_halt() {
        let halting: Vec<Mode> = Mode::ALL
            .into_iter()
            .filter(|mode| Machine::in_mode(*mode).is_halting())
            .collect();
        assert_eq!(halting, [Mode::Stopping, Mode::FaultReaction]);
    }
}
