//! The account, for the proofs of the pen.

use super::Account;
use crate::profile::DeviceProfile;
use crate::session::Ledger;

impl Account {
    /// Everything that it has counted.
    pub(crate) const fn books(&self) -> &Ledger {
        &self.ledger
    }

    /// Whether the plan in force was started.
    pub(crate) fn is_started(&self) -> bool {
        self.plan.is_some_and(|loaded| loaded.started)
    }

    /// A zone of the session is open, so that storage keeps its activation reserved.
    pub(crate) fn has_zone(&self) -> bool {
        self.open.is_some() && self.plan.is_some() && self.ledger.open
    }

    /// How long the battery has been too low to go on.
    pub(crate) const fn battery_low_for(&self) -> crate::units::Duration {
        self.activation.battery_low_for
    }

    /// What is true of the account between two calls, on this device: an open zone is the chosen one, and
    /// its limits are no looser than the device's.
    pub(crate) fn holds(&self, device: Option<&DeviceProfile>) -> bool {
        self.open.is_none_or(|open| {
            self.ledger.open
                && open.zone == self.zone
                && device.is_some_and(|device| open.admitted.holds(device))
        })
    }

    /// Brings an account that was drawn by chance to one that this device can have.
    pub(crate) fn tame(&mut self, device: Option<&DeviceProfile>) {
        match (&mut self.open, device) {
            (Some(open), Some(device)) => {
                self.ledger.open = true;
                open.zone = self.zone;
                open.admitted.tame(device);
            }
            (open, _) => *open = None,
        }
    }

    /// Opens the session of a zone that is open, started or not.
    pub(crate) fn tame_zone(&mut self, started: bool) {
        if let Some(loaded) = &mut self.plan {
            loaded.started |= started;
        }
        self.ledger.open = true;
    }
}
