//! What can be broken in the plant.

/// A broken bridge.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BridgeFault {
    /// As commanded.
    #[default]
    None,
    /// Drives forwards at full voltage, whatever is commanded.
    StuckOn,
    /// Never conducts: every command coasts.
    Open,
    /// Cannot short the winding: a brake command coasts.
    BrakeOpen,
}

/// The broken state of the plant; all healthy by default. Takes effect at the next step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Faults {
    /// The rotor is locked and stops at once.
    pub jam: bool,
    /// The return spring pulls no more.
    pub spring_broken: bool,
    /// State of the bridge.
    pub bridge: BridgeFault,
    /// Coulomb friction on top of the healthy one (N m), 0 or above.
    pub extra_friction_nm: f64,
    /// Factor on puncture force and shaft friction; 1 for sharp needles, more for blunt ones.
    pub bluntness: f64,
}

impl Default for Faults {
    fn default() -> Self {
        Self {
            jam: false,
            spring_broken: false,
            bridge: BridgeFault::None,
            extra_friction_nm: 0.0,
            bluntness: 1.0,
        }
    }
}
