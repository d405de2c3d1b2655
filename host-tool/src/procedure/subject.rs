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
            Self::Verify => "verify",
        }
    }

    /// Whether one of depth and rate is adjusted and the other stays.
    #[must_use]
    pub const fn is_part(self) -> bool {
        matches!(self, Self::Depth | Self::Rate)
    }

    /// Verdicts by numbers of what may be adjusted, and of what stays; none for what is not there.
    pub(super) fn split(self, results: &Results) -> (Option<Verdict>, Option<Verdict>) {
        let rate = results.rate.as_ref().map(|rate| rate.verdict);
        match self {
            Self::All => (Some(results.measured()), None),
            Self::Depth => (Some(results.depth.verdict), rate),
            Self::Rate => (rate, Some(results.depth.verdict)),
            Self::Verify => (None, Some(results.measured())),
        }
    }
}

impl Settings {
    /// Ring settings in one state, in rising order. Unit: um.
    #[must_use]
    pub const fn depth(&self, phase: Phase) -> &'static [(i32, PointRole)] {
        match self.subject {
            Subject::All | Subject::Depth | Subject::Verify => self.points.depth(phase),
            Subject::Rate => &DEPTH_CHECK,
        }
    }

    /// Rates in one state, in rising order; Service mode allows up to 80 Hz. Unit: Hz.
    #[must_use]
    pub const fn rates(&self) -> &'static [u32] {
        match self.subject {
            Subject::All | Subject::Rate | Subject::Verify => self.points.rates(),
            Subject::Depth => &RATE_CHECK,
        }
    }

    /// Whether anything can come into force.
    #[must_use]
    pub fn adjusts(&self) -> bool {
        self.subject != Subject::Verify && self.adjust != Adjust::Never
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

    /// Every reading of the rate in one state, in order.
    #[must_use]
    pub fn rate_places(&self, phase: Phase) -> Vec<Place> {
        let of = |hz: &u32| {
            let setting = Setting::Rate { hz: *hz };
            (1..=self.repeats.max(RATE_REPEATS_MIN)).map(move |repeat| Place {
                phase,
                setting,
                repeat,
            })
        };
        self.rates().iter().flat_map(of).collect()
    }

    /// How many readings one state takes.
    #[must_use]
    pub fn count(&self, phase: Phase) -> usize {
        self.depth_places(phase).len() + self.rate_places(phase).len()
    }
}

#[cfg(test)]
mod tests {
    use super::{Phase, PointRole, Settings, Subject, Verdict};
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
            ("verify", Subject::Verify),
        ] {
            let kept = serde_json::to_value(subject).unwrap();
            assert_eq!(kept, written);
            assert_eq!(subject.name(), written);
            assert_eq!(serde_json::from_value::<Subject>(kept).unwrap(), subject);
        }
        let older: Subject = serde_json::from_str("\"nothing\"").unwrap();
        assert_eq!(older, Subject::Verify);
        assert!(serde_json::from_str::<Subject>("\"current\"").is_err());
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
        ] {
            let settings = settings(points, subject);
            let count = [Phase::AsFound, Phase::AsLeft].map(|phase| settings.count(phase));
            assert_eq!(count, [found, left], "{points:?} {subject:?}");
        }
    }

    #[test]
    fn whatever_is_adjusted_the_whole_span_and_the_highest_rate_are_measured() {
        for points in [Points::Full, Points::Short] {
            for subject in [Subject::All, Subject::Depth, Subject::Rate, Subject::Verify] {
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
        let mut results = sample::calibration().as_left;
        for depth in Verdict::ALL {
            for rate in Verdict::ALL.map(Some).into_iter().chain([None]) {
                results.depth.verdict = depth;
                results.rate = sample::calibration()
                    .as_left
                    .rate
                    .filter(|_| rate.is_some());
                if let (Some(run), Some(verdict)) = (&mut results.rate, rate) {
                    run.verdict = verdict;
                }
                let worst = rate.map_or(depth, |rate| rate.max(depth));
                for (subject, expected) in [
                    (Subject::All, (Some(worst), None)),
                    (Subject::Depth, (Some(depth), rate)),
                    (Subject::Rate, (rate, Some(depth))),
                    (Subject::Verify, (None, Some(worst))),
                ] {
                    assert_eq!(subject.split(&results), expected, "{depth:?} {rate:?}");
                }
            }
        }
    }
}
