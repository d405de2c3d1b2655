//! What a calibration adjusts, and what it only checks.

use serde::{Deserialize, Serialize};

use super::observer::{Phase, Place, Setting};
use super::{Adjust, Settings};
use crate::metrology::{Direction, PointRole, Verdict};
use crate::report::Results;

/// What is adjusted. The part that is not is checked at few points, in both states: a certificate
/// says nothing of what nobody measured, and only a pen that passes as a whole is signed off.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// Depth and rate.
    #[default]
    All,
    /// The tables of both depth channels; the clock stays, and is checked at the highest rate.
    Depth,
    /// The clock; the tables stay, and are checked at three depths.
    Rate,
    /// Nothing: the motor current is measured, of which the pen keeps no correction; depth and rate are checked.
    Current,
    /// Nothing: measured as found, with nothing adjusted and nothing signed off. Older records call it `nothing`.
    #[serde(alias = "nothing")]
    Verify,
}

/// Where a table that stays is checked: both ends of the span, and one between. Unit: um.
const DEPTH_CHECK: [(i32, PointRole); 3] = [
    (-50, PointRole::Verification),
    (1_250, PointRole::Verification),
    (2_400, PointRole::Verification),
];

/// Where a clock that stays is checked: at the highest rate of Service mode. Unit: Hz.
const RATE_CHECK: [u32; 1] = [80];

/// Fewest repeats at a rate: two would leave one degree of freedom, and k at 13.97.
const RATE_REPEATS_MIN: u8 = 3;

impl Subject {
    /// Its name, as it is asked for.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Depth => "depth",
            Self::Rate => "rate",
            Self::Current => "current",
            Self::Verify => "verify",
        }
    }

    /// Whether one of depth and rate is adjusted and the other stays.
    #[must_use]
    pub const fn is_part(self) -> bool {
        matches!(self, Self::Depth | Self::Rate)
    }

    /// Whether something can be adjusted.
    #[must_use]
    pub const fn is_adjustable(self) -> bool {
        matches!(self, Self::All | Self::Depth | Self::Rate)
    }

    /// Verdicts by numbers of what may be adjusted, and of what stays; none for what is not there. A current always
    /// stays.
    pub(super) fn split(self, results: &Results) -> (Option<Verdict>, Option<Verdict>) {
        let depth = Some(results.depth.verdict);
        let rate = results.rate.as_ref().map(|rate| rate.verdict);
        let current = results.current.as_ref().map(|current| current.verdict);
        // Nothing is better than any verdict.
        match self {
            Self::All => (depth.max(rate), current),
            Self::Depth => (depth, rate.max(current)),
            Self::Rate => (rate, depth.max(current)),
            Self::Current | Self::Verify => (None, Some(results.measured())),
        }
    }
}

impl Settings {
    /// Ring settings in one state, in rising order. Unit: um.
    #[must_use]
    pub const fn depth(&self, phase: Phase) -> &'static [(i32, PointRole)] {
        match self.subject {
            Subject::All | Subject::Depth | Subject::Verify => self.points.depth(phase),
            Subject::Rate | Subject::Current => &DEPTH_CHECK,
        }
    }

    /// Rates in one state, in rising order; Service mode allows up to 80 Hz. Unit: Hz.
    #[must_use]
    pub const fn rates(&self) -> &'static [u32] {
        match self.subject {
            Subject::All | Subject::Rate | Subject::Verify => self.points.rates(),
            Subject::Depth | Subject::Current => &RATE_CHECK,
        }
    }

    /// Whether the motor current is measured.
    #[must_use]
    pub const fn has_current(&self) -> bool {
        self.current || matches!(self.subject, Subject::Current)
    }

    /// Rates at which the motor current is measured, in rising order, the first at rest. Unit: Hz.
    #[must_use]
    pub const fn currents(&self) -> &'static [u32] {
        if self.has_current() {
            self.points.currents()
        } else {
            &[]
        }
    }

    /// Whether anything can come into force.
    #[must_use]
    pub fn adjusts(&self) -> bool {
        self.subject.is_adjustable() && self.adjust != Adjust::Never
    }

    /// Every reading of the ring in one state, in the order in which the ring meets the settings.
    #[must_use]
    pub fn depth_places(&self, phase: Phase) -> Vec<Place> {
        let mut places = Vec::new();
        for repeat in 1..=self.repeats {
            for direction in [Direction::Deepening, Direction::Shallowing] {
                let mut settings: Vec<i32> = self.depth(phase).iter().map(|(um, _)| *um).collect();
                if direction == Direction::Shallowing {
                    settings.reverse();
                }
                places.extend(settings.into_iter().map(|um| Place {
                    phase,
                    setting: Setting::Depth { um, direction },
                    repeat,
                }));
            }
        }
        places
    }

    /// Every reading of the current in one state with the motor at rest.
    #[must_use]
    pub fn rest_places(&self, phase: Phase) -> Vec<Place> {
        let rest = self.currents().iter().filter(|hz| **hz == 0);
        rest.flat_map(|_| self.repeated(phase, Setting::Current { hz: 0 }))
            .collect()
    }

    /// Every reading in one state for which the motor turns, in order: at each rate the tachometer, then the meter.
    #[must_use]
    pub fn turning_places(&self, phase: Phase) -> Vec<Place> {
        let (rates, currents) = (self.rates(), self.currents());
        let mut turning: Vec<u32> = rates.iter().chain(currents).copied().collect();
        turning.sort_unstable();
        turning.dedup();
        let mut places = Vec::new();
        for hz in turning.into_iter().filter(|hz| *hz > 0) {
            if rates.contains(&hz) {
                places.extend(self.repeated(phase, Setting::Rate { hz }));
            }
            if currents.contains(&hz) {
                places.extend(self.repeated(phase, Setting::Current { hz }));
            }
        }
        places
    }

    /// The repeats at a rate.
    fn repeated(&self, phase: Phase, setting: Setting) -> impl Iterator<Item = Place> + use<> {
        (1..=self.repeats.max(RATE_REPEATS_MIN)).map(move |repeat| Place {
            phase,
            setting,
            repeat,
        })
    }

    /// How many readings one state takes.
    #[must_use]
    pub fn count(&self, phase: Phase) -> usize {
        self.depth_places(phase).len()
            + self.rest_places(phase).len()
            + self.turning_places(phase).len()
    }
}

#[cfg(test)]
mod tests {
    use super::{Adjust, Phase, PointRole, Settings, Subject, Verdict};
    use crate::procedure::Points;
    use crate::report::sample;

    fn settings(points: Points, subject: Subject) -> Settings {
        Settings {
            points,
            subject,
            repeats: points.repeats(),
            ..Settings::default()
        }
    }

    #[test]
    fn a_subject_is_kept_by_the_name_that_it_is_asked_for_and_read_by_an_older_one_too() {
        for (written, subject) in [
            ("all", Subject::All),
            ("depth", Subject::Depth),
            ("rate", Subject::Rate),
            ("current", Subject::Current),
            ("verify", Subject::Verify),
        ] {
            let kept = serde_json::to_value(subject).unwrap();
            assert_eq!(kept, written);
            assert_eq!(subject.name(), written);
            assert_eq!(serde_json::from_value::<Subject>(kept).unwrap(), subject);
        }
        let older: Subject = serde_json::from_str("\"nothing\"").unwrap();
        assert_eq!(older, Subject::Verify);
        assert!(serde_json::from_str::<Subject>("\"battery\"").is_err());
    }

    #[test]
    fn plans_have_as_many_readings_as_they_say() {
        for (points, subject, found, left) in [
            (Points::Full, Subject::All, 63, 63),
            (Points::Short, Subject::All, 38, 18),
            (Points::Full, Subject::Verify, 63, 63),
            (Points::Short, Subject::Verify, 38, 18),
            // The other part is checked: 3 readings of 80 Hz, or three depths from two sides.
            (Points::Full, Subject::Depth, 57, 57),
            (Points::Short, Subject::Depth, 35, 15),
            (Points::Full, Subject::Rate, 27, 27),
            (Points::Short, Subject::Rate, 18, 18),
            // Three depths from two sides, 80 Hz; the current at rest and at three rates, or two.
            (Points::Full, Subject::Current, 33, 33),
            (Points::Short, Subject::Current, 24, 24),
        ] {
            let settings = settings(points, subject);
            let count = [Phase::AsFound, Phase::AsLeft].map(|phase| settings.count(phase));
            assert_eq!(count, [found, left], "{points:?} {subject:?}");
            // Beside another subject it takes as many readings more.
            let more = match (subject, points) {
                (Subject::Current, _) => 0,
                (_, Points::Full) => 12,
                (_, Points::Short) => 9,
            };
            let with = Settings {
                current: true,
                ..settings
            };
            let count = [Phase::AsFound, Phase::AsLeft].map(|phase| with.count(phase));
            assert_eq!(count, [found + more, left + more], "{points:?} {subject:?}");
        }
    }

    #[test]
    fn whatever_is_adjusted_the_whole_span_and_the_highest_rate_are_measured() {
        for points in [Points::Full, Points::Short] {
            for subject in [
                Subject::All,
                Subject::Depth,
                Subject::Rate,
                Subject::Current,
                Subject::Verify,
            ] {
                let settings = settings(points, subject);
                for phase in [Phase::AsFound, Phase::AsLeft] {
                    let depth = settings.depth(phase);
                    let ends = [depth.first(), depth.last()].map(|it| it.map(|(um, _)| *um));
                    assert_eq!(ends, [Some(-50), Some(2_400)], "{points:?} {subject:?}");
                    assert!(
                        depth
                            .iter()
                            .any(|(_, role)| *role == PointRole::Verification)
                    );
                }
                assert_eq!(settings.rates().last(), Some(&80), "{points:?} {subject:?}");
                // The clock is fitted over two rates or more.
                let fits_rate = matches!(subject, Subject::All | Subject::Rate);
                assert!(!fits_rate || settings.rates().len() >= 2);
            }
        }
    }

    #[test]
    fn what_is_adjusted_and_what_stays_are_judged_apart() {
        let sample = sample::calibration().as_left;
        let given = || Verdict::ALL.map(Some).into_iter().chain([None]);
        for depth in Verdict::ALL {
            for rate in given() {
                for current in given() {
                    let mut results = sample.clone();
                    results.depth.verdict = depth;
                    results.rate = results.rate.filter(|_| rate.is_some());
                    results.current = results.current.filter(|_| current.is_some());
                    if let (Some(run), Some(verdict)) = (&mut results.rate, rate) {
                        run.verdict = verdict;
                    }
                    if let (Some(run), Some(verdict)) = (&mut results.current, current) {
                        run.verdict = verdict;
                    }
                    let worst = |all: &[Option<Verdict>]| all.iter().copied().flatten().max();
                    let all = worst(&[Some(depth), rate, current]);
                    for (subject, expected) in [
                        (Subject::All, (worst(&[Some(depth), rate]), current)),
                        (Subject::Depth, (Some(depth), worst(&[rate, current]))),
                        (Subject::Rate, (rate, worst(&[Some(depth), current]))),
                        (Subject::Current, (None, all)),
                        (Subject::Verify, (None, all)),
                    ] {
                        let what = format!("{subject:?} {depth:?} {rate:?} {current:?}");
                        assert_eq!(subject.split(&results), expected, "{what}");
                    }
                    assert_eq!(Some(results.measured()), all);
                }
            }
        }
    }

    #[test]
    fn only_what_the_pen_keeps_can_be_adjusted() {
        for subject in [
            Subject::All,
            Subject::Depth,
            Subject::Rate,
            Subject::Current,
            Subject::Verify,
        ] {
            let is_adjustable = !matches!(subject, Subject::Current | Subject::Verify);
            assert_eq!(subject.is_adjustable(), is_adjustable, "{subject:?}");
            for adjust in [Adjust::Auto, Adjust::Always, Adjust::Never] {
                let settings = Settings {
                    subject,
                    adjust,
                    ..Settings::default()
                };
                let adjusts = is_adjustable && adjust != Adjust::Never;
                assert_eq!(settings.adjusts(), adjusts, "{subject:?} {adjust:?}");
            }
            let settings = Settings {
                subject,
                ..Settings::default()
            };
            assert_eq!(settings.has_current(), subject == Subject::Current);
        }
    }
}
