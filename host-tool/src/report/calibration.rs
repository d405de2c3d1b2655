//! What a calibration report holds.

use serde::{Deserialize, Serialize};

use crate::metrology::{
    ChannelFit, CurrentPoint, CurrentRun, DepthRun, GainFit, Knot, Point, RatePoint, RateRun,
    Verdict,
};
use crate::store::Calibration;

/// A label and what is to be said about it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Fact {
    /// The label.
    pub label: String,
    /// The value, with its unit.
    pub value: String,
}

impl Fact {
    /// A fact.
    pub fn new(label: impl Into<String>, value: impl Into<String>) -> Self {
        Self {
            label: label.into(),
            value: value.into(),
        }
    }
}

/// Who measured, as the configuration says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Laboratory {
    /// Name.
    pub name: String,
    /// Address, and the place of the work if it was elsewhere.
    pub address: String,
}

/// For whom it was measured.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Customer {
    /// Name.
    pub name: String,
    /// Address; none if nobody gave one.
    pub address: Option<String>,
}

/// The pen that was calibrated.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Item {
    /// Model.
    pub model: String,
    /// Serial number.
    pub serial: String,
    /// Firmware version and build.
    pub firmware: String,
    /// State in which it came: complete, damaged, what was done to it; none is printed as not stated.
    pub condition: Option<String>,
}

/// An instrument the results rest on.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct ReferenceInstrument {
    /// What it is.
    pub name: String,
    /// Its serial number.
    pub serial: String,
    /// Its expanded uncertainty with k and unit.
    pub expanded: String,
    /// Its certificate, or why there is none.
    pub certificate: String,
    /// To what it is traceable, or that it is not.
    pub traceability: String,
}

/// One parameter stored in the pen, before and after.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct ParameterChange {
    /// Name.
    pub name: String,
    /// Before.
    pub old: String,
    /// After.
    pub new: String,
    /// Unit of both, or nothing.
    pub unit: String,
    /// What is allowed.
    pub allowed: String,
}

/// What was measured in one state of the pen.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Results {
    /// Depth against the gauge.
    pub depth: DepthRun,
    /// Rate against the tachometer, if measured.
    pub rate: Option<RateRun>,
    /// Motor current against the meter, if measured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub current: Option<CurrentRun>,
    /// Whether an instrument without a valid certificate was accepted: then nothing is a plain pass.
    pub is_reserved: bool,
}

impl Results {
    /// The worst verdict of all points; no plain pass when the instruments are reserved.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        self.stated(self.measured())
    }

    /// The worst verdict of all points by their numbers alone.
    #[must_use]
    pub fn measured(&self) -> Verdict {
        let rate = self.rate.as_ref().map(|rate| rate.verdict);
        let current = self.current.as_ref().map(|current| current.verdict);
        let others = rate.into_iter().chain(current);
        others.fold(self.depth.verdict, Verdict::max)
    }

    /// What is stated of a point with this verdict by its numbers: no plain pass when the instruments are
    /// reserved.
    #[must_use]
    pub fn stated(&self, measured: Verdict) -> Verdict {
        if self.is_reserved {
            measured.max(Verdict::ConditionalPass)
        } else {
            measured
        }
    }
}

/// What was changed between as-found and as-left.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Adjustment {
    /// The table of each depth channel.
    pub fits: Vec<ChannelFit>,
    /// The correction of the clock, if one was made.
    pub gain: Option<GainFit>,
    /// Every parameter that was written.
    pub parameters: Vec<ParameterChange>,
}

/// A calibration as the pen has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct InForce {
    /// Its number on this pen.
    pub generation: u32,
    /// The day it was made.
    pub made: String,
    /// Correction of the pen's clock. Unit: ppm.
    pub clock_ppm: i32,
    /// Table of channel A.
    pub a: Vec<Knot>,
    /// Table of channel B.
    pub b: Vec<Knot>,
}

/// What was in force in the pen, read from it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Tables {
    /// Before anything was changed; none if the pen had no calibration.
    pub before: Option<InForce>,
    /// After everything; none if it still has none.
    pub after: Option<InForce>,
}

/// Raw readings of both runs.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Raw {
    /// Depth as found.
    pub found_depth: Vec<Point>,
    /// Rate as found.
    pub found_rate: Vec<RatePoint>,
    /// Depth as left; empty when as left is as found.
    pub left_depth: Vec<Point>,
    /// Rate as left; empty when as left is as found.
    pub left_rate: Vec<RatePoint>,
    /// Motor current as found; empty when it was not measured.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub found_current: Vec<CurrentPoint>,
    /// Motor current as left; empty when it was not measured, or as left is as found.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub left_current: Vec<CurrentPoint>,
}

/// Something that was doubted and accepted with a reason that somebody typed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Accepted {
    /// What: a reading with its place, or a condition.
    pub what: String,
    /// What spoke against it.
    pub doubt: String,
    /// The reason, as it was typed.
    pub reason: String,
}

/// A calibration report after the list of ISO/IEC 17025:2017 clause 7.8.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CalibrationReport {
    /// Unique; stands on every sheet.
    pub id: String,
    /// What to say when no real pen was measured.
    pub simulated: Option<String>,
    /// Who measured; none is printed as not stated.
    pub laboratory: Option<Laboratory>,
    /// For whom; none is printed as not stated.
    pub customer: Option<Customer>,
    /// The pen.
    pub item: Item,
    /// Procedure and its revision.
    pub procedure: String,
    /// Who operated the rig.
    pub operator: String,
    /// Who answers for the report; none is printed as not signed.
    pub authorised_by: Option<String>,
    /// When the item came.
    pub received: Option<String>,
    /// When it was measured.
    pub calibrated: Option<String>,
    /// When the report was issued.
    pub issued: Option<String>,
    /// When the next one is due; none unless the customer agreed that a certificate says so.
    pub next_due: Option<String>,
    /// Instruments used.
    pub references: Vec<ReferenceInstrument>,
    /// Temperature, humidity, battery, cartridge, and whatever else may matter.
    pub conditions: Vec<Fact>,
    /// Before any change.
    pub as_found: Results,
    /// What was changed; none when as-left is as-found.
    pub adjustment: Option<Adjustment>,
    /// After all changes.
    pub as_left: Results,
    /// The tables in the pen, before and after.
    pub tables: Tables,
    /// Every reading, as it was taken.
    pub raw: Raw,
    /// The last calibrations of this pen that the records have, oldest first, this one the last; empty without
    /// records.
    pub history: Vec<Calibration>,
    /// What was accepted although it was doubted; empty when nothing was.
    pub accepted: Vec<Accepted>,
    /// Tool version, seed, digests: what ties this report to the record.
    pub record: Vec<Fact>,
    /// Anything else a reader has to know.
    pub notes: Vec<String>,
}

#[cfg(test)]
mod tests {
    use crate::metrology::Verdict;
    use crate::report::sample;

    #[test]
    fn the_verdict_is_the_worse_of_depth_and_rate() {
        let mut results = sample::calibration().as_left;
        for depth in Verdict::ALL {
            results.depth.verdict = depth;
            for rate in Verdict::ALL {
                if let Some(run) = &mut results.rate {
                    run.verdict = rate;
                }
                assert!(results.rate.is_some());
                results.current = None;
                assert_eq!(results.verdict(), depth.max(rate), "{depth:?} {rate:?}");
                for current in Verdict::ALL {
                    let mut with = sample::calibration().as_left.current;
                    if let Some(run) = &mut with {
                        run.verdict = current;
                    }
                    let with = crate::report::Results {
                        current: with,
                        ..results.clone()
                    };
                    let expected = depth.max(rate).max(current);
                    assert_eq!(with.verdict(), expected, "{depth:?} {rate:?} {current:?}");
                }
                let reserved = crate::report::Results {
                    is_reserved: true,
                    ..results.clone()
                };
                let expected = depth.max(rate).max(Verdict::ConditionalPass);
                assert_eq!(reserved.verdict(), expected, "{depth:?} {rate:?}");
            }
            let without = crate::report::Results {
                rate: None,
                ..results.clone()
            };
            assert_eq!(without.verdict(), depth);
        }
    }
}
