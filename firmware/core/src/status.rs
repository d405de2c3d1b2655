//! What the pen says of itself.

use crate::fault::{Limiting, Trip};
use crate::locks::Locks;
use crate::mode::Mode;
use crate::profile::Bound;
use crate::units::{Current, Depth, Duration, Instant, Rate, Strokes, Temperature, Voltage};

/// One picture of the pen, made after a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Status {
    /// When.
    pub at: Instant,
    /// The mode.
    pub mode: Mode,
    /// What forbids treatment.
    pub locks: Locks,
    /// The first cause, while latched.
    pub fault: Option<Trip>,
    /// Trips after the first cause.
    pub later: u16,
    /// What holds the pen back.
    pub limiting: Limiting,
    /// Channel A through calibration.
    pub depth_a: Option<Depth>,
    /// Channel B through calibration.
    pub depth_b: Option<Depth>,
    /// The deeper of the two; nothing when either is unusable.
    pub depth: Option<Depth>,
    /// Raw counts of channel A.
    pub counts_a: u16,
    /// Raw counts of channel B.
    pub counts_b: u16,
    /// The depth cap in force and who set it.
    pub cap: Option<Bound<Depth>>,
    /// Measured rate, turn-averaged.
    pub rate: Rate,
    /// Rate asked for.
    pub rate_set: Rate,
    /// Duty. Unit: ten-thousandths.
    pub duty: u16,
    /// Motor current.
    pub current: Current,
    /// Battery voltage.
    pub battery: Voltage,
    /// Number of the plan in force, zero for none.
    pub plan: u32,
    /// Place of the selected zone in the plan.
    pub zone: Option<u8>,
    /// Number of the session, zero for none.
    pub session: u32,
    /// Motor-on time in this session.
    pub on: Duration,
    /// Time since the session was opened.
    pub elapsed: Duration,
    /// Strokes in this session.
    pub strokes: Strokes,
    /// Motor-on time in this zone.
    pub zone_on: Duration,
    /// Strokes in this zone.
    pub zone_strokes: Strokes,
    /// The cartridge's identity.
    pub cartridge: Option<u64>,
    /// Needles of the cartridge.
    pub needles: u32,
    /// The needles are known to be inside (STOP-003).
    pub parked: bool,
    /// Digest of the staged calibration.
    pub staged: Option<u32>,
    /// Generation of the calibration in force, zero for none.
    pub generation: u32,
}

/// How warm the pen is after a step, and what it holds against that (PWR-004).
///
/// Nothing in `grip` and `winding` until the thermistor was read well once since power-up: the model
/// starts from that reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Temperatures {
    /// When.
    pub at: Instant,
    /// What the grip's thermistor says; nothing while it is not valid.
    pub thermistor: Option<Temperature>,
    /// The grip, by the worse of thermistor and model.
    pub grip: Option<Temperature>,
    /// The winding, by the model.
    pub winding: Option<Temperature>,
    /// It was too warm to go on; nothing starts before grip and winding are below `grip_warm` and
    /// `winding_cool`.
    pub must_cool: bool,
    /// From here on the grip is warm, and the rate is held back.
    pub grip_warm: Temperature,
    /// From here on the grip is too warm to go on.
    pub grip_stop: Temperature,
    /// Below this a winding that was too warm has cooled.
    pub winding_cool: Temperature,
    /// From here on the winding is too warm to go on.
    pub winding_stop: Temperature,
}
