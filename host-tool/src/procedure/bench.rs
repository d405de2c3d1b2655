//! What a technician does and reads: by hand at a bench, or simulated.

use serde::{Deserialize, Serialize};

use crate::client::Client;
use crate::error::HostError;
use crate::metrology::{BudgetInputs, Direction, RateInputs};
use crate::report::{Fact, ReferenceInstrument};

/// The instruments that the results rest on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Instruments {
    /// Gauge and tachometer, as the report names them.
    pub references: Vec<ReferenceInstrument>,
    /// What enters the uncertainty of a depth.
    pub depth: BudgetInputs,
    /// What enters the uncertainty of a rate.
    pub rate: RateInputs,
    /// Temperature, cartridge and whatever else may matter.
    pub conditions: Vec<Fact>,
    /// What to say when no real pen was measured.
    pub simulated: Option<String>,
}

/// What is taken when the technician only presses Enter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// Yes.
    Yes,
    /// No.
    No,
}

/// Something that only a person may decide.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// Its name in a file of answers.
    pub key: &'a str,
    /// The question.
    pub text: &'a str,
    /// What Enter means.
    pub default: Choice,
}

impl<'a> Question<'a> {
    /// A question.
    #[must_use]
    pub const fn new(key: &'a str, text: &'a str, default: Choice) -> Self {
        Self { key, text, default }
    }
}

/// Somebody at the pen, with a gauge and a tachometer.
///
/// Whoever waits for a person keeps the pen's heartbeat going meanwhile.
pub trait Bench {
    /// Puts pen, dummy and gauge together.
    ///
    /// # Errors
    /// The technician gives up.
    fn prepare(&mut self, client: &mut Client) -> Result<(), HostError>;

    /// Holds the ok button on the pen, or lets go of it.
    ///
    /// # Errors
    /// The technician gives up.
    fn attend(&mut self, client: &mut Client, holds: bool) -> Result<(), HostError>;

    /// Turns the ring to a setting, from the side that the direction names, and leaves it there.
    ///
    /// # Errors
    /// The technician gives up.
    fn turn_ring(
        &mut self,
        client: &mut Client,
        um: i32,
        direction: Direction,
    ) -> Result<(), HostError>;

    /// Gets everything ready for the motor to turn, the ring at this setting.
    ///
    /// # Errors
    /// The technician gives up.
    fn ready_to_run(&mut self, client: &mut Client, um: i32) -> Result<(), HostError>;

    /// Reads the gauge: protrusion at full extension. Unit: um.
    ///
    /// # Errors
    /// The technician gives up.
    fn gauge_um(&mut self, client: &mut Client, key: &str) -> Result<i32, HostError>;

    /// Reads the tachometer while the motor turns. Unit: mHz.
    ///
    /// # Errors
    /// The technician gives up.
    fn tachometer_mhz(&mut self, client: &mut Client, key: &str) -> Result<u32, HostError>;

    /// Decides.
    ///
    /// # Errors
    /// The technician gives up, or nobody can be asked.
    fn decide(&mut self, client: &mut Client, question: &Question<'_>) -> Result<bool, HostError>;

    /// The instruments.
    fn instruments(&self) -> &Instruments;

    /// Today, in days since 2020-01-01.
    fn today(&self) -> u16;
}
