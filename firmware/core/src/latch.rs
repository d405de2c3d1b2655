//! The first cause of a fault, those that came after it, and what outlives a reset (STOP-006, STOP-012).

#[cfg(any(test, feature = "verify"))]
pub(crate) mod verify;

use crate::fault::{Fault, Trip};
use crate::journal::{Record, Tell};

/// What is latched.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Latch {
    first: Option<Trip>,
    later: u16,
    /// Later faults that were recorded while the first is latched, one bit each.
    told: u32,
    /// A terminal fault, or a fall or shock after which the depth was not yet checked at zero. Storage
    /// keeps it with the ledger.
    kept: Option<Fault>,
}
any_struct!(Latch {
    first,
    later,
    told,
    kept
});

/// What is kept of a depth that has to be checked when no fall or shock was seen.
const UNCHECKED: Fault = Fault::Shock;

/// Nothing that is latched forbids torque. Only the latch makes it (SAFE-001).
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct GuardPermit(());
any_newtype!(GuardPermit);

impl Latch {
    /// What a start finds in storage.
    pub(crate) const fn new(kept: Option<Fault>) -> Self {
        Self {
            first: None,
            later: 0,
            told: 0,
            kept,
        }
    }

    /// The first cause.
    pub(crate) const fn first(&self) -> Option<Trip> {
        self.first
    }

    /// How many others came after it.
    pub(crate) const fn later(&self) -> u16 {
        self.later
    }

    /// What storage shall keep.
    pub(crate) const fn kept(&self) -> Option<Fault> {
        self.kept
    }

    /// The fault that only a technician at the pen ends.
    pub(crate) fn terminal(&self) -> Option<Fault> {
        self.kept.filter(|fault| fault.is_terminal())
    }

    /// The fall or shock after which the depth was not yet checked at zero (PWR-007).
    pub(crate) fn shaken(&self) -> Option<Fault> {
        self.kept.filter(|fault| fault.demands_zero_check())
    }

    /// Keeps what outlives a reset; whether storage has something new. A terminal fault never gives way.
    pub(crate) fn keep(&mut self, fault: Fault) -> bool {
        let keeps = if fault.is_terminal() {
            self.terminal().is_none()
        } else {
            fault.demands_zero_check() && self.kept.is_none()
        };
        if keeps {
            self.kept = Some(fault);
        }
        keeps
    }

    /// Latches the first cause.
    pub(crate) fn close(&mut self, trip: Trip, told: &mut impl Tell) {
        *self = Self {
            first: Some(trip),
            ..Self::new(self.kept)
        };
        told.tell(Record::Tripped(trip));
    }

    /// Counts another cause while the first is latched, each fault once.
    pub(crate) fn count(&mut self, trip: Trip, told: &mut impl Tell) {
        let bit = Fault::ALL
            .iter()
            .position(|fault| *fault == trip.fault)
            .unwrap_or(31);
        let bit = 1_u32
            .checked_shl(u32::try_from(bit).unwrap_or(31))
            .unwrap_or(0);
        let first = self
            .first
            .is_some_and(|latched| latched.fault == trip.fault);
        if first || self.told & bit != 0 {
            return;
        }
        self.told |= bit;
        self.later = self.later.saturating_add(1);
        told.tell(Record::TrippedAlso {
            trip,
            count: self.later,
        });
    }

    /// Somebody acknowledged it, and its cause is gone. Only what is not terminal opens.
    pub(crate) fn open(&mut self) {
        if self.terminal().is_none() {
            self.first = None;
            self.later = 0;
        }
    }

    /// A technician looked at the pen, names what was latched and holds the button (STOP-012). A fall may
    /// stand behind the fault, and who mended it had the pen open: its depth has to be checked (PWR-007).
    pub(crate) fn end_terminal(&mut self) {
        self.kept = Some(UNCHECKED);
        self.open();
    }

    /// Both channels were compared with something that no shock moves; whether that was waited for.
    pub(crate) fn depth_is_right(&mut self) -> bool {
        let waited = self.shaken().is_some();
        if waited {
            self.kept = None;
        }
        waited
    }

    /// SAFE-001: nothing terminal, and nothing latched but in the reaction to it, which may park:
    /// `halting`.
    pub(crate) fn permit(&self, halting: bool) -> Option<GuardPermit> {
        let clear = self.terminal().is_none() && (self.first.is_none() || halting);
        clear.then_some(GuardPermit(()))
    }
}

#[cfg(test)]
impl GuardPermit {
    /// For the tests of the gate.
    pub(crate) const fn for_test() -> Self {
        Self(())
    }
}

#[cfg(test)]
mod tests {
    use super::Latch;
    use crate::fault::{Fault, Trip};
    use crate::journal::{Record, Tell};

    fn of(fault: Fault) -> Trip {
        Trip {
            fault,
            measured: 1,
            allowed: 0,
        }
    }

    #[derive(Default)]
    struct Log(Vec<Record>);

    impl Tell for Log {
        fn tell(&mut self, record: Record) {
            self.0.push(record);
        }
    }

    #[test]
    fn stop_006_the_first_cause_stays_and_each_later_one_is_told_once() {
        for first in Fault::ALL {
            let (mut latch, mut log) = (Latch::new(None), Log::default());
            latch.close(of(first), &mut log);
            for round in 0..3 {
                for later in Fault::ALL {
                    latch.count(of(later), &mut log);
                    assert_eq!(latch.first(), Some(of(first)), "{later:?} in {round}");
                }
            }
            let others = Fault::ALL.len() - 1;
            assert_eq!(usize::from(latch.later()), others);
            assert_eq!(log.0.len(), 1 + others);
        }
    }

    #[test]
    fn stop_012_what_is_terminal_gives_way_to_nothing_and_opens_for_a_technician_only() {
        for kept in Fault::ALL {
            for next in Fault::ALL {
                let mut latch = Latch::new(None);
                latch.close(of(kept), &mut ());
                latch.keep(kept);
                let _ = latch.keep(next);
                if kept.is_terminal() {
                    assert_eq!(latch.terminal(), Some(kept), "{next:?}");
                    latch.open();
                    assert!(!latch.depth_is_right());
                    assert_eq!(latch.terminal(), Some(kept));
                    assert_eq!(latch.first(), Some(of(kept)));
                    assert!(latch.permit(true).is_none() && latch.permit(false).is_none());
                    latch.end_terminal();
                    assert!(latch.permit(false).is_some());
                    // Whatever fell before or after it.
                    assert!(latch.shaken().is_some() && latch.depth_is_right());
                    assert_eq!(latch.kept(), None);
                } else if next.is_terminal() {
                    assert_eq!(latch.terminal(), Some(next), "after {kept:?}");
                }
            }
        }
    }

    #[test]
    fn pwr_007_a_fall_waits_for_the_zero_check_whatever_is_acknowledged() {
        for fault in [Fault::FreeFall, Fault::Shock] {
            let mut latch = Latch::new(None);
            latch.close(of(fault), &mut ());
            assert!(latch.keep(fault) && !latch.keep(fault));
            latch.open();
            assert_eq!(latch.first(), None);
            assert_eq!(latch.shaken(), Some(fault));
            assert!(latch.depth_is_right() && !latch.depth_is_right());
            assert_eq!(latch.kept(), None);
        }
    }
}
