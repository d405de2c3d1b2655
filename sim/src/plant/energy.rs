//! The energy ledger.

/// Energies since the start (J). What was supplied went somewhere:
///
/// `supplied + adjusted = resistive + friction + skin + clipped + change of stored`,
///
/// up to the error of the integrator; [`Energies::imbalance_j`] is what is left over.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Energies {
    /// From the source into the motor circuit, before the battery's series resistance.
    pub supplied_j: f64,
    /// Into the spring, by moving the depth setting.
    pub adjusted_j: f64,
    /// Turned to heat in all resistance of the motor circuit.
    pub resistive_j: f64,
    /// Part of it in the winding.
    pub copper_j: f64,
    /// Turned to heat by friction and by the membrane.
    pub friction_j: f64,
    /// Given to the skin.
    pub skin_j: f64,
    /// Ended at once: motion by a jam, current by an opened bridge.
    pub clipped_j: f64,
    /// In rotor, cam, plunger, spring and winding, now.
    pub stored_j: f64,
}

impl Energies {
    /// What the ledger cannot explain since an earlier entry (J).
    #[must_use]
    pub fn imbalance_j(&self, since: &Self) -> f64 {
        let given = (self.supplied_j - since.supplied_j) + (self.adjusted_j - since.adjusted_j);
        let taken = (self.resistive_j - since.resistive_j)
            + (self.friction_j - since.friction_j)
            + (self.skin_j - since.skin_j)
            + (self.clipped_j - since.clipped_j);
        given - taken - (self.stored_j - since.stored_j)
    }
}
