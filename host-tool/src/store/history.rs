//! How pens drift, and what is due.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{
    Calibration, Deviation, Instrument, Kind, Operator, Pen, Query, Record, Records, day_of,
};
use crate::error::HostError;
use crate::procedure::Subject;

/// From how many days before on something is told as due soon.
const SOON_DAYS: i64 = 30;

/// The verdict with which a pen is signed off, as [`Calibration`] has it.
const PASS: &str = "pass";

/// What a calibration may leave open: depth or rate, and the motor current.
const TABLES: &str = "tables";
const CURRENT: &str = "current";

/// How it stands with something that falls due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DueState {
    /// It did not pass when it was calibrated last, whatever day the calibration in force has.
    DidNotPass,
    /// The day has passed.
    Overdue,
    /// Its calibration is not signed off: the pen treats nobody with it.
    Unverified,
    /// It never had one.
    Never,
    /// Today, or within 30 days.
    Soon,
    /// Later.
    Fine,
}

impl DueState {
    /// The word printed in tables.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::DidNotPass => "did not pass",
            Self::Overdue => "overdue",
            Self::Unverified => "not signed off",
            Self::Never => "never calibrated",
            Self::Soon => "due soon",
            Self::Fine => "in date",
        }
    }

    /// What a due day means on another day; the due day itself is still in date.
    #[must_use]
    pub const fn of(due: Option<i64>, today: i64) -> Self {
        match due {
            None => Self::Never,
            Some(due) if due < today => Self::Overdue,
            Some(due) if due - today <= SOON_DAYS => Self::Soon,
            Some(_) => Self::Fine,
        }
    }
}

/// Something that falls due.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Due {
    /// What it is: `pen`, `gauge`, `tachometer`, `meter`, `operator`.
    pub what: String,
    /// Its serial number.
    pub name: String,
    /// Model or name.
    pub about: String,
    /// The day; none if it never had one. Unit: days since 2020-01-01.
    pub day: Option<i64>,
    /// Days from today; negative when it has passed.
    pub left: Option<i64>,
    /// How it stands.
    pub state: DueState,
    /// Whether it is no real pen.
    pub simulated: bool,
}

impl Due {
    fn new(what: &str, name: &str, about: &str, day: Option<i64>, today: i64) -> Self {
        Self {
            what: what.to_owned(),
            name: name.to_owned(),
            about: about.to_owned(),
            day,
            left: day.map(|day| day - today),
            state: DueState::of(day, today),
            simulated: false,
        }
    }
}

/// Every pen, instrument in use and operator with what is due of it, the most urgent first.
///
/// # Errors
/// The store cannot be read.
pub fn due(records: &mut Records, today: i64) -> Result<Vec<Due>, HostError> {
    let mut list = pens(records, today)?;
    for record in newest(records, Kind::Instrument)? {
        let instrument: Instrument = record.read()?;
        if instrument.withdrawn.is_empty() {
            let Instrument {
                what, serial, name, ..
            } = &instrument;
            list.push(Due::new(what, serial, name, record.draft.due, today));
        }
    }
    for record in newest(records, Kind::Operator)? {
        let operator: Operator = record.read()?;
        if let Some(day) = record.draft.due {
            let number = operator.number.to_string();
            list.push(Due::new(
                "operator",
                &number,
                &operator.name,
                Some(day),
                today,
            ));
        }
    }
    list.sort_by(|a, b| {
        (a.state, a.day, &a.what, &a.name).cmp(&(b.state, b.day, &b.what, &b.name))
    });
    Ok(list)
}

fn pens(records: &mut Records, today: i64) -> Result<Vec<Due>, HostError> {
    // Both carry the day beside their bodies. The later one counts.
    let mut told = newest(records, Kind::Calibration)?;
    told.extend(newest(records, Kind::Return)?);
    told.sort_by_key(|record| record.seq);
    let mut calibrated: BTreeMap<String, (Option<i64>, bool)> = BTreeMap::new();
    for record in told {
        let has_failed = record.draft.kind == Kind::Calibration
            && record.read::<Calibration>()?.leaves_a_failure();
        let known = (record.draft.due, has_failed);
        calibrated.insert(record.draft.name, known);
    }
    let mut list = Vec::new();
    for record in newest(records, Kind::Pen)? {
        let pen: Pen = record.read()?;
        let known = calibrated.get(&record.draft.name).copied();
        // The day in the pen is that of a calibration which did not pass when it was measured last.
        let (day, state) = match known {
            Some((None, _)) => (None, Some(DueState::Unverified)),
            Some((Some(_), true)) => (None, Some(DueState::DidNotPass)),
            Some((day, false)) => (day, None),
            None => (None, None),
        };
        let mut due = Due::new("pen", &record.draft.name, &pen.model, day, today);
        due.state = state.unwrap_or(due.state);
        due.simulated = pen.simulated;
        list.push(due);
    }
    Ok(list)
}

fn newest(records: &mut Records, kind: Kind) -> Result<Vec<Record>, HostError> {
    records.all(&Query {
        kind: Some(kind),
        is_newest: true,
        limit: Query::MANY,
        ..Query::ALL
    })
}

impl Records {
    /// Every finished calibration of a pen, oldest first.
    ///
    /// # Errors
    /// The store does not know the pen, or cannot be read.
    pub fn calibrations(&mut self, pen: &str) -> Result<Vec<Calibration>, HostError> {
        let found = self.all(&Query {
            kind: Some(Kind::Calibration),
            pen: Some(pen),
            limit: Query::MANY,
            ..Query::ALL
        })?;
        if found.is_empty() && self.newest(Kind::Pen, pen)?.is_none() {
            let known = newest(self, Kind::Pen)?;
            let known: Vec<&str> = known.iter().map(|it| it.draft.name.as_str()).collect();
            return Err(HostError::no_such_record(
                &format!("pen {pen}"),
                match known.as_slice() {
                    [] => "the store has no pens at all".to_owned(),
                    few if few.len() <= 12 => format!("it has {}", few.join(", ")),
                    many => format!("it has {} other pens", many.len()),
                },
            ));
        }
        found.iter().map(Record::read).collect()
    }
}

/// What the records say of the part that stays when only the other is adjusted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stays {
    /// It passed when it was measured last.
    Passed,
    /// Nobody measured it, or not here.
    Unknown,
    /// It did not pass.
    DidNotPass {
        /// When it was measured.
        made: String,
        /// Its certificate.
        certificate: String,
    },
}

impl Records {
    /// What was seen of the part that stays when a pen with this generation in force is adjusted in the other:
    /// by the newest measurement of these tables that was more than a check of it. A check since then that did not
    /// pass counts, too.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn stays(
        &mut self,
        pen: &str,
        generation: u32,
        subject: Subject,
    ) -> Result<Stays, HostError> {
        let mut same: Vec<u32> = self.same_tables(pen, generation)?.collect();
        let all = self.all(&Query {
            kind: Some(Kind::Calibration),
            pen: Some(pen),
            limit: Query::MANY,
            ..Query::ALL
        })?;
        for record in all.iter().rev() {
            let seen: Calibration = record.read()?;
            if !same.contains(&seen.generation) {
                continue;
            }
            if !seen.has_passed_beside(subject) {
                return Ok(Stays::DidNotPass {
                    made: seen.made,
                    certificate: seen.certificate,
                });
            }
            if seen.subject == Subject::Current {
                // A check of depth and rate, which adjusted nothing.
                continue;
            }
            if seen.subject != subject {
                return Ok(Stays::Passed);
            }
            // What stays was only checked there, and stayed as the generation before had it.
            same.push(seen.generation.saturating_sub(1));
        }
        Ok(Stays::Unknown)
    }
}

impl Calibration {
    /// Whether the part that stays beside this subject passed as left, point by point, and nothing but the other
    /// part kept the whole from a plain pass.
    fn has_passed_beside(&self, subject: Subject) -> bool {
        let (depth, rate) = self.passed();
        let (stays, other) = match subject {
            Subject::Depth => (rate, depth),
            Subject::Rate => (depth, rate),
            Subject::All | Subject::Current | Subject::Verify => return true,
        };
        stays && (self.as_left == PASS || !other || self.has_failed_current())
    }

    /// Whether depth and rate passed as left, point by point.
    fn passed(&self) -> (bool, bool) {
        let passed = |points: &[Deviation], tolerance: f64| {
            let within = |it: &Deviation| it.left.abs() + it.expanded <= tolerance;
            !points.is_empty() && points.iter().all(within)
        };
        (
            passed(&self.depth, self.depth_tolerance),
            passed(&self.rate, self.rate_tolerance),
        )
    }

    fn has_failed_current(&self) -> bool {
        !self.current.is_empty() && self.current != PASS
    }

    /// Whether it is a plain pass, or nothing but the motor current kept it from being one.
    fn has_passed_without_current(&self) -> bool {
        self.as_left == PASS || self.has_failed_current() && self.passed() == (true, true)
    }

    /// Whether anything did not pass when it was measured last.
    fn leaves_a_failure(&self) -> bool {
        self.as_left != PASS || !self.unresolved.is_empty()
    }

    /// The same, with what the calibration before it leaves open: a check at few settings, which adjusted nothing, says
    /// nothing against a failure of these tables, and only a measurement of the current says something of the current.
    #[must_use]
    pub fn after(mut self, before: Option<&Self>) -> Self {
        let Some(before) = before else {
            return self;
        };
        let left = |what: &str| before.unresolved.iter().any(|it| it == what);
        let is_check = self.subject == Subject::Current && self.has_passed_without_current();
        let had_failed = !before.has_passed_without_current() || left(TABLES);
        if is_check && had_failed && before.generation == self.generation {
            self.unresolved.push(TABLES.to_owned());
        }
        if self.current.is_empty() && (before.has_failed_current() || left(CURRENT)) {
            self.unresolved.push(CURRENT.to_owned());
        }
        self
    }

    /// The setting with the largest deviation as found, and that deviation. Unit: um.
    #[must_use]
    pub fn worst_found(&self) -> Option<(f64, f64)> {
        worst(self.depth.iter().map(|point| (point.at, point.found)))
    }

    /// The setting with the largest deviation as left, and that deviation. Unit: um.
    #[must_use]
    pub fn worst_left(&self) -> Option<(f64, f64)> {
        worst(self.depth.iter().map(|point| (point.at, point.left)))
    }

    /// What changed at a setting since the calibration before: as found now, less as left then.
    /// Unit: um.
    #[must_use]
    pub fn drift_since(&self, before: &Self) -> Option<(f64, f64)> {
        worst(self.depth.iter().filter_map(|point| {
            let then = before
                .depth
                .iter()
                .find(|then| (then.at - point.at).abs() < 0.5)?;
            Some((point.at, point.found - then.left))
        }))
    }

    /// The day on which it was made. Unit: days since 2020-01-01.
    #[must_use]
    pub fn day(&self) -> Option<i64> {
        day_of(&self.made)
    }
}

fn worst(points: impl Iterator<Item = (f64, f64)>) -> Option<(f64, f64)> {
    points.max_by(|(_, a), (_, b)| a.abs().total_cmp(&b.abs()))
}

#[cfg(test)]
mod tests {
    use super::DueState;

    #[test]
    fn the_due_day_itself_is_in_date() {
        for (due, today, state) in [
            (None, 0, DueState::Never),
            (Some(99), 100, DueState::Overdue),
            (Some(100), 100, DueState::Soon),
            (Some(130), 100, DueState::Soon),
            (Some(131), 100, DueState::Fine),
        ] {
            assert_eq!(DueState::of(due, today), state, "{due:?}");
        }
    }
}
