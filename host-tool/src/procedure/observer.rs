//! What happens in a calibration, one event at a time, so that a store can keep it as it happens.
//!
//! ```text
//! began -> instruments, reserved -> phase -> taken, doubted, undone ... -> proposed -> committed
//!       -> phase -> taken ... -> signed off -> ended
//! ```
//!
//! Every event is told *before* the procedure goes on, and a store that cannot keep one ends the
//! run: the motor stops, what was staged is discarded. The events of a run that was ended early are
//! all that is needed to go on with it.

use pen_core::calibration::Calibration;
use serde::{Deserialize, Serialize};

use super::bench::Instruments;
use super::{Adjust, Subject};
use crate::error::{Class, HostError};
use crate::metrology::{CurrentReading, Direction, RateReading, Reading, Verdict};
use crate::report::ParameterChange;

/// Whoever keeps what happens.
pub trait Observer {
    /// Keeps this event, safely, before it returns.
    ///
    /// # Errors
    /// It is not kept. The calibration ends here, and nothing that was staged comes into force; but an event for
    /// which a store is busy ([`crate::error::Code::StoreBusy`]) is told again for up to 20 s, the pen kept
    /// alive meanwhile. So whoever waits for a store waits briefly, at most 100 ms.
    fn event(&mut self, event: &Event) -> Result<(), HostError>;
}

/// Nobody: for a demonstration, where nothing has to be kept.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unkept;

impl Observer for Unkept {
    fn event(&mut self, _: &Event) -> Result<(), HostError> {
        Ok(())
    }
}

/// All events in memory, for tests and for programs that keep them elsewhere at the end.
impl Observer for Vec<Event> {
    fn event(&mut self, event: &Event) -> Result<(), HostError> {
        self.push(event.clone());
        Ok(())
    }
}

/// Which state of the pen is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Before anything is changed.
    AsFound,
    /// After an adjustment.
    AsLeft,
}

impl Phase {
    /// The words printed.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::AsFound => "as found",
            Self::AsLeft => "as left",
        }
    }
}

/// Where a reading belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Place {
    /// The state of the pen.
    pub phase: Phase,
    /// The setting.
    pub setting: Setting,
    /// Which repeat, from 1.
    pub repeat: u8,
}

/// A setting of the ring or of the rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "quantity", rename_all = "snake_case")]
pub enum Setting {
    /// The ring, and from which side it was reached.
    Depth {
        /// Unit: um.
        um: i32,
        /// From which side.
        direction: Direction,
    },
    /// The rate that was set.
    Rate {
        /// Unit: Hz.
        hz: u32,
    },
    /// The motor current at a set rate.
    Current {
        /// 0 with the motor at rest. Unit: Hz.
        hz: u32,
    },
}

impl Place {
    /// Its name in a file of answers, such as `depth 500 deepening 1`, or `left rate 65 2` as left.
    #[must_use]
    pub fn key(&self) -> String {
        let left = match self.phase {
            Phase::AsFound => "",
            Phase::AsLeft => "left ",
        };
        let repeat = self.repeat;
        match self.setting {
            Setting::Depth { um, direction } => {
                format!("{left}depth {um} {} {repeat}", direction.word())
            }
            Setting::Rate { hz } => format!("{left}rate {hz} {repeat}"),
            Setting::Current { hz } => format!("{left}current {hz} {repeat}"),
        }
    }
}

/// What was read at a place: the instrument and the pen together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Read {
    /// Of a gauge.
    Depth(Reading),
    /// Of a tachometer.
    Rate(RateReading),
    /// Of a meter in the motor's lead.
    Current(CurrentReading),
}

/// A reading that was accepted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Taken {
    /// Where it belongs.
    pub place: Place,
    /// What was read.
    pub read: Read,
    /// Why it was kept although it was doubted; none when nothing spoke against it.
    pub kept: Option<Kept>,
    /// Which driver sent it; none when somebody typed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sent_by: Option<String>,
}

/// A doubt that somebody overruled, with the reason that was typed. It stands on the certificate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// What spoke against it, in words.
    pub doubts: Vec<String>,
    /// Why it is right all the same, as it was typed.
    pub reason: String,
}

/// Something besides a reading that was accepted with a typed reason: an expired certificate, a
/// room too warm.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reserved {
    /// What is not as it should be.
    pub what: String,
    /// Why it was accepted, as it was typed.
    pub reason: String,
    /// Whether it takes the plain pass away: an instrument that is not known to be right.
    pub no_plain_pass: bool,
}

/// What a run was asked to do, and the pen it began with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Began {
    /// Name and revision of the procedure.
    pub procedure: String,
    /// Serial number of the pen.
    pub serial: u64,
    /// Generation and digest of the calibration in force; none for a pen that has none.
    pub in_force: Option<(u32, u32)>,
    /// The calibration that the pen was found with, also where the run goes on with one that put others in force;
    /// none for a pen that had none, and in what older programs kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub found: Option<Box<Calibration>>,
    /// Name of the set of points: `full` or `short`.
    pub points: String,
    /// Repeats at each point and direction.
    pub repeats: u8,
    /// What to adjust. Runs of before there was a choice adjusted all.
    #[serde(default)]
    pub subject: Subject,
    /// Whether the motor current is checked beside a subject that is another. Runs of before there was a choice
    /// did not.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub current: bool,
    /// When to adjust.
    pub adjust: Adjust,
    /// Who measures, by number.
    pub technician: u32,
    /// Days until the owner wants the next calibration.
    pub due_in_days: u16,
    /// Today, in days since 2020-01-01.
    pub day: u16,
}

#[cfg(test)]
impl Began {
    /// A whole run of a pen, as tests have it.
    pub(crate) fn given(serial: u64, in_force: Option<(u32, u32)>) -> Event {
        Event::Began(Self {
            procedure: "CAL 2".to_owned(),
            serial,
            in_force,
            found: None,
            points: "full".to_owned(),
            repeats: 3,
            subject: Subject::All,
            current: false,
            adjust: Adjust::Auto,
            technician: 7,
            due_in_days: 365,
            day: 2_517,
        })
    }
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// A run began.
    Began(Began),
    /// The instruments are known.
    Instruments(Box<Instruments>),
    /// Something was accepted with a reason.
    Reserved(Reserved),
    /// The readings that follow are of this state.
    Phase {
        /// The state.
        phase: Phase,
    },
    /// A reading was accepted. A later one at the same place replaces it.
    Taken(Taken),
    /// A value was typed, doubted, and not kept.
    Doubted {
        /// Where.
        place: Place,
        /// What was typed.
        typed: String,
        /// What spoke against it, in words.
        doubts: Vec<String>,
    },
    /// Accepted readings are void and will be taken again: the technician went back, repeats a point,
    /// or the outlier rule asked for it.
    Undone {
        /// Which.
        places: Vec<Place>,
        /// Why, in words.
        why: String,
    },
    /// All readings of a state are there and were judged.
    Judged {
        /// The state.
        phase: Phase,
        /// The worst verdict.
        verdict: Verdict,
    },
    /// A calibration is staged in the pen and shown, and nothing is in force yet.
    Proposed {
        /// Its generation.
        generation: u32,
        /// Its digest.
        digest: u32,
        /// Whether it holds the tables of depth only, and the clock is found next.
        depth_only: bool,
        /// Current against new.
        changes: Vec<ParameterChange>,
    },
    /// A calibration came into force. It is unverified, and the pen treats nobody, until it is signed off.
    Committed {
        /// Its generation.
        generation: u32,
        /// Its digest.
        digest: u32,
        /// Whether it holds the tables of depth only, and the clock is found next.
        depth_only: bool,
    },
    /// As left was a plain pass, and the pen has kept that: it treats again.
    SignedOff {
        /// The generation in force.
        generation: u32,
    },
    /// The run is over.
    Ended {
        /// `Ok` when it went to its end, whatever the verdict.
        class: Class,
        /// What happened, in words; empty when it went to its end.
        why: String,
        /// What the pen says is in force; empty when it said nothing, and in what older programs kept.
        #[serde(default)]
        in_force: String,
    },
}

#[cfg(test)]
mod tests {
    use super::{Event, Kept, Phase, Place, Read, Setting, Taken};
    use crate::metrology::{Direction, RateReading, Reading};

    fn place(phase: Phase, setting: Setting, repeat: u8) -> Place {
        Place {
            phase,
            setting,
            repeat,
        }
    }

    #[test]
    fn a_place_has_one_name_in_each_state() {
        let depth = Setting::Depth {
            um: -50,
            direction: Direction::Shallowing,
        };
        let rate = Setting::Rate { hz: 65 };
        let keys = [
            place(Phase::AsFound, depth, 3).key(),
            place(Phase::AsLeft, depth, 3).key(),
            place(Phase::AsFound, rate, 1).key(),
            place(Phase::AsLeft, rate, 1).key(),
        ];
        assert_eq!(
            keys,
            [
                "depth -50 shallowing 3",
                "left depth -50 shallowing 3",
                "rate 65 1",
                "left rate 65 1"
            ]
        );
    }

    #[test]
    fn an_event_comes_back_from_json_as_it_was() {
        let depth = Setting::Depth {
            um: 500,
            direction: Direction::Deepening,
        };
        let reading = Reading {
            reference_um: 501,
            indicated_um: 499,
            counts_a: 1_100,
            counts_b: 3_250,
        };
        let rate = RateReading {
            reference_mhz: 50_010,
            indicated_mhz: 50_000,
        };
        let kept = Kept {
            doubts: vec!["far from the setting".to_owned()],
            reason: "read twice".to_owned(),
        };
        for event in [
            Event::Taken(Taken {
                place: place(Phase::AsFound, depth, 1),
                read: Read::Depth(reading),
                kept: Some(kept),
                sent_by: None,
            }),
            Event::Taken(Taken {
                place: place(Phase::AsLeft, Setting::Rate { hz: 50 }, 2),
                read: Read::Rate(rate),
                kept: None,
                sent_by: Some("opto".to_owned()),
            }),
            Event::Undone {
                places: vec![place(Phase::AsFound, depth, 1)],
                why: "undo".to_owned(),
            },
            Event::Committed {
                generation: 2,
                digest: 0x8000_0001,
                depth_only: false,
            },
        ] {
            let text = serde_json::to_string(&event).unwrap();
            assert_eq!(
                serde_json::from_str::<Event>(&text).unwrap(),
                event,
                "{text}"
            );
        }
    }
}
