//! What a technician does and reads: by hand at a bench, or simulated.

use serde::{Deserialize, Serialize};

use super::Settings;
use super::judge::Doubt;
use super::observer::{Phase, Place, Reserved};
use super::script::{Asks, Line};
use crate::client::Client;
use crate::error::HostError;
use crate::metrology::{BudgetInputs, CurrentInputs, Direction, RateInputs};
use crate::report::{Fact, ReferenceInstrument};

/// The instruments that the results rest on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Instruments {
    /// Gauge and tachometer, and the meter if there is one, as the report names them.
    pub references: Vec<ReferenceInstrument>,
    /// What enters the uncertainty of a depth.
    pub depth: BudgetInputs,
    /// What enters the uncertainty of a rate.
    pub rate: RateInputs,
    /// What enters the uncertainty of a current; none where none is measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub current: Option<CurrentInputs>,
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

/// A reading that is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Where it belongs.
    pub place: Place,
    /// Which reading of this state it is, from 1.
    pub number: usize,
    /// How many this state takes.
    pub of: usize,
    /// What the pen says. Unit: um, mHz for a rate, uA for a current.
    pub pen_says: i32,
    /// What the instrument is expected to show. Unit: um, mHz for a rate, uA for a current.
    pub expect: (i32, i32),
}

/// What came instead of a reading, or a reading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// The instrument showed this.
    Value {
        /// Unit: um, mHz for a rate, uA for a current.
        value: i32,
        /// The line as it was typed.
        typed: String,
        /// Why it is right although it may be doubted; as it was typed.
        because: Option<String>,
    },
    /// The reading before this one is void and comes again.
    Undo,
    /// All readings of this point and direction are void and come again.
    Repeat,
}

impl Reply {
    /// A reading that nobody typed.
    #[must_use]
    pub fn of(value: i32) -> Self {
        Self::Value {
            value,
            typed: value.to_string(),
            because: None,
        }
    }
}

/// Somebody at the pen, with a gauge and a tachometer, and a meter where the current is checked.
///
/// Whoever waits for a person keeps the pen's heartbeat going meanwhile.
pub trait Bench {
    /// Learns everything that will be asked, before the first question and the first measurement.
    ///
    /// # Errors
    /// It could not be answered: nobody is there to ask, or a file lacks a key or has one too many.
    fn agree(&mut self, script: &[Line]) -> Result<(), HostError>;

    /// Which questions the bench has to have answers to.
    fn asks(&self) -> Asks {
        Asks::Everything
    }

    /// Puts pen, dummy and gauge together, and the meter into the motor's lead if the current is checked. Returns
    /// what was accepted with a reason.
    ///
    /// # Errors
    /// The technician gives up.
    fn prepare(
        &mut self,
        client: &mut Client,
        settings: &Settings,
    ) -> Result<Vec<Reserved>, HostError>;

    /// Holds the ok button on the pen, or lets go of it.
    ///
    /// # Errors
    /// The technician gives up.
    fn attend(&mut self, client: &mut Client, holds: bool) -> Result<(), HostError>;

    /// Is told where the ring stood at the last reading of the run that this one goes on with, and where channel
    /// A (counts) saw it: it may stand there still. Not told after a reading of the rate.
    fn was_read_at(&mut self, _um: i32, _counts_a: u16) {}

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
    fn ready_to_run(&mut self, client: &mut Client, phase: Phase, um: i32)
    -> Result<(), HostError>;

    /// Reads the gauge: protrusion at full extension. Unit: um.
    ///
    /// # Errors
    /// The technician gives up.
    fn gauge_um(&mut self, client: &mut Client, asked: &Asked) -> Result<Reply, HostError>;

    /// Reads the tachometer while the motor turns. Unit: mHz.
    ///
    /// # Errors
    /// The technician gives up.
    fn tachometer_mhz(&mut self, client: &mut Client, asked: &Asked) -> Result<Reply, HostError>;

    /// Reads the meter in the motor's lead, the mean over its time, at rest or while the motor turns. Unit: uA.
    ///
    /// # Errors
    /// The technician gives up.
    fn meter_ua(&mut self, client: &mut Client, asked: &Asked) -> Result<Reply, HostError>;

    /// Is told why a reading was not taken, and will be asked for it again.
    ///
    /// # Errors
    /// It would be the same again: of a file, whose line is named.
    fn doubted(
        &mut self,
        client: &mut Client,
        asked: &Asked,
        doubts: &[Doubt],
    ) -> Result<(), HostError>;

    /// Is told that the repeats at a point stand apart from all others. Returns a reason to keep them;
    /// without one they are read again.
    ///
    /// # Errors
    /// The technician gives up, or nobody can read them again.
    fn outlier(
        &mut self,
        client: &mut Client,
        key: &str,
        text: &str,
    ) -> Result<Option<String>, HostError>;

    /// Decides.
    ///
    /// # Errors
    /// The technician gives up, or nobody can be asked.
    fn decide(&mut self, client: &mut Client, question: &Question<'_>) -> Result<bool, HostError>;

    /// Which driver sent the last reading; none when somebody typed it.
    fn sent_by(&self) -> Option<String> {
        None
    }

    /// The instruments.
    fn instruments(&self) -> &Instruments;

    /// Today, in days since 2020-01-01.
    fn today(&self) -> u16;
}
