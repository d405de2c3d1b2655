//! The report of a calibration.

use pen_core::calibration::{Calibration, Table};
use pen_core::limits;
use pen_core::locks::Lock;
use pen_core::status::Status;

use super::adjust::{DUE, gain_words};
use super::observer::{Read, Taken};
use super::phrases::milliamperes;
use super::{Adjusted, Measured, Run, Settings, Subject};
use crate::error::HostError;
use crate::metrology::Knot;
use crate::report::{Accepted, Adjustment, CalibrationReport, Fact, InForce, Item, Raw, Tables};
use crate::words;

/// Name and revision of what [`super::calibrate`] does, and what was its subject unless that was all.
pub(super) fn procedure(settings: &Settings) -> String {
    let subject = match settings.subject {
        Subject::All => "",
        Subject::Depth => ", depth alone adjusted",
        Subject::Rate => ", rate alone adjusted",
        Subject::Current => ", motor current measured",
        Subject::Verify => ", measured only",
    };
    let current = if settings.current && settings.subject != Subject::Current {
        ", motor current checked"
    } else {
        ""
    };
    format!("CAL-DEPTH-RATE revision 3{subject}{current} (docs/calibration.md)")
}

/// What stands on every page about a pen that is not real.
const SIMULATED_PEN: &str =
    "\u{26a0} Simulated pen \u{2013} not a calibration of any real instrument.";

impl Run<'_> {
    pub(super) fn report(
        &mut self,
        measured: Measured,
        raw: Raw,
        taken: &[Taken],
    ) -> Result<CalibrationReport, HostError> {
        let Measured {
            as_found,
            adjusted,
            as_left,
            before,
        } = measured;
        let after = self.in_force()?.map(|it| it.calibration);
        let hello = *self.client.hello();
        let info = self.client.info()?;
        let status = self.client.status()?;
        let instruments = self.bench.instruments().clone();
        let serial = words::serial(hello.serial);
        let mut conditions = instruments.conditions;
        conditions.push(Fact::new("Battery", words::voltage(status.battery)));
        let record = facts(adjusted.as_ref(), &status, hello.schema);
        let has_rate = as_left.rate.is_some();
        let has_current = as_left.current.is_some();
        let is_fitted = adjusted.as_ref().is_some_and(|it| !it.fits.is_empty());
        Ok(CalibrationReport {
            id: format!("CAL-{serial}-{:04}", status.generation),
            // A pen that is simulated says so by whatever link it is reached.
            simulated: instruments
                .simulated
                .or_else(|| hello.is_simulated().then(|| SIMULATED_PEN.to_owned())),
            laboratory: None,
            customer: None,
            item: Item {
                model: hello.model.to_string(),
                serial,
                firmware: format!("{}, protocol {}", info.firmware, hello.version),
                condition: None,
            },
            procedure: procedure(self.settings),
            operator: format!("technician {}", self.settings.technician),
            authorised_by: None,
            received: None,
            calibrated: Some(words::date(self.bench.today())),
            issued: Some(words::date(self.bench.today())),
            next_due: None,
            references: instruments.references,
            conditions,
            as_found,
            adjustment: adjusted.map(|adjusted| Adjustment {
                fits: adjusted.fits,
                gain: adjusted.gain,
                parameters: adjusted
                    .parameters
                    .into_iter()
                    // A certificate recommends no interval (ISO/IEC 17025:2017 7.8.4.3).
                    .filter(|change| change.name != DUE)
                    .collect(),
            }),
            as_left,
            tables: Tables {
                before: before.as_ref().map(stored),
                after: after.as_ref().map(stored),
            },
            raw,
            history: Vec::new(),
            accepted: self.accepted(taken),
            record,
            notes: sent(taken)
                .into_iter()
                .chain(notes(
                    self.settings,
                    (has_rate, has_current),
                    is_fitted,
                    before.as_ref(),
                ))
                .collect(),
        })
    }

    /// What was accepted with a reason: conditions first, then readings in the order in which they came.
    fn accepted(&self, taken: &[Taken]) -> Vec<Accepted> {
        let reserved = self.reserved.iter().map(|it| Accepted {
            what: "Conditions".to_owned(),
            doubt: it.what.clone(),
            reason: it.reason.clone(),
        });
        let readings = taken.iter().filter_map(|taken| {
            let kept = taken.kept.as_ref()?;
            let value = match taken.read {
                Read::Depth(reading) => format!("{} \u{b5}m", reading.reference_um),
                Read::Rate(reading) => format!("{} mHz", reading.reference_mhz),
                Read::Current(reading) => format!("{} mA", milliamperes(reading.reference_ua)),
            };
            Some(Accepted {
                what: format!(
                    "{} {}: {value}",
                    taken.place.phase.words(),
                    taken.place.key()
                ),
                doubt: kept.doubts.join("; "),
                reason: kept.reason.clone(),
            })
        });
        reserved.chain(readings).collect()
    }
}

/// What a reader has to know of how it was measured.
fn notes(
    settings: &Settings,
    (has_rate, has_current): (bool, bool),
    is_fitted: bool,
    before: Option<&Calibration>,
) -> Vec<String> {
    let rate = if has_rate {
        format!(
            "Rate was measured in Service mode, where the pen allows at most {}.",
            words::rate(limits::RATE_SERVICE)
        )
    } else {
        "Rate was not measured: the pen told no depth when it began.".to_owned()
    };
    let as_before = before.map_or_else(String::new, |it| {
        format!(" stayed as generation {} had it", it.generation)
    });
    let fit = if is_fitted {
        "1.25 mm was kept from the fit."
    } else {
        "No table was fitted."
    };
    let subject = match settings.subject {
        Subject::All => None,
        Subject::Depth => Some(format!(
            "Only depth was the subject: the correction of the clock{as_before} and was checked at 80 Hz; the day on \
             which the pen is due stayed, too."
        )),
        Subject::Rate => Some(format!(
            "Only the rate was the subject: depth{as_before} and was checked at three settings; the day on which the \
             pen is due stayed, too."
        )),
        Subject::Current => Some(
            "Nothing was adjusted or signed off: the motor current was measured; depth was checked at three settings, \
             the rate at 80 Hz."
                .to_owned(),
        ),
        Subject::Verify => {
            Some("Nothing was adjusted or signed off: the pen was only measured.".to_owned())
        }
    };
    let current = settings.has_current().then(|| {
        if !has_current {
            return "The motor current was not measured: the pen told no depth when it began.".to_owned();
        }
        "Motor current was measured without load, as means, with the meter in the motor's lead. The pen keeps no \
         correction of it; what it says of loads up to its limits was not measured."
            .to_owned()
    });
    let depth = format!(
        "Depth was measured at rest on the calibration dummy, {} times from each side at every setting \
         (points: {}). {fit}",
        settings.repeats,
        settings.points.name()
    );
    [depth, rate]
        .into_iter()
        .chain(current)
        .chain(subject)
        .collect()
}

/// A calibration as the pen gave it.
fn stored(calibration: &Calibration) -> InForce {
    let knots = |table: &Table| {
        let knots = table.iter().map(|knot| Knot {
            counts: knot.counts,
            depth_um: knot.depth.as_um(),
        });
        knots.collect()
    };
    InForce {
        generation: calibration.generation,
        made: words::date(calibration.made_day),
        clock_ppm: calibration.clock_ppm,
        a: knots(&calibration.a),
        b: knots(&calibration.b),
    }
}

/// How many readings instruments sent themselves, and how many were typed; nothing when all were typed.
fn sent(taken: &[Taken]) -> Option<String> {
    let mut drivers: Vec<&str> = taken
        .iter()
        .filter_map(|it| it.sent_by.as_deref())
        .collect();
    let count = drivers.len();
    drivers.sort_unstable();
    drivers.dedup();
    (count > 0).then(|| {
        format!(
            "{count} of {} readings were sent by the instruments themselves (driver {}), {} were typed.",
            taken.len(),
            drivers.join(", "),
            taken.len() - count
        )
    })
}

/// What identifies the calibration, and the programs that made it.
fn facts(adjusted: Option<&Adjusted>, status: &Status, schema: u32) -> Vec<Fact> {
    let mut record = vec![Fact::new(
        "Tool",
        concat!("penctl ", env!("CARGO_PKG_VERSION")),
    )];
    if let Some(adjusted) = adjusted {
        record.push(Fact::new(
            "Digest of the calibration",
            format!("{:08x}", adjusted.digest),
        ));
        if let Some(gain) = &adjusted.gain {
            record.push(Fact::new("Clock", gain_words(gain)));
        }
    }
    record.push(Fact::new(
        "Generation in force",
        status.generation.to_string(),
    ));
    record.push(Fact::new("Signed off in the pen", signed_off(status)));
    record.push(Fact::new("Schema of the protocol", format!("{schema:08x}")));
    record
}

/// Whether the pen takes the calibration in force for verified (CAL-005).
const fn signed_off(status: &Status) -> &'static str {
    if status.generation == 0 {
        "no calibration"
    } else if status.locks.has(Lock::Unverified) {
        "no: the pen treats nobody with it"
    } else {
        "yes"
    }
}

#[cfg(test)]
mod tests {
    use super::{Read, Taken, sent};
    use crate::metrology::RateReading;
    use crate::procedure::{Phase, Place, Setting};

    #[test]
    fn a_certificate_counts_what_instruments_sent_and_says_nothing_when_all_was_typed() {
        let taken = |sent_by: Option<&str>| Taken {
            place: Place {
                phase: Phase::AsFound,
                setting: Setting::Rate { hz: 50 },
                repeat: 1,
            },
            read: Read::Rate(RateReading {
                reference_mhz: 50_000,
                indicated_mhz: 50_000,
            }),
            kept: None,
            sent_by: sent_by.map(str::to_owned),
        };
        assert_eq!(sent(&[]), None);
        assert_eq!(sent(&[taken(None), taken(None)]), None);
        let mixed = [Some("opto"), None, Some("g1"), Some("opto"), None].map(taken);
        let said = "3 of 5 readings were sent by the instruments themselves (driver g1, opto), 2 were typed.";
        assert_eq!(sent(&mixed).as_deref(), Some(said));
    }
}
