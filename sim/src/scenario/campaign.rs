//! Scenario files over many seeds: which pens fail, how badly, and how to see one of them again.

use std::convert::Infallible;
use std::fmt::Write;
use std::num::NonZeroUsize;
use std::path::Path;
use std::str::FromStr;
use std::sync::atomic::AtomicBool;

use super::report::{FileVerdict, Loaded};
use crate::parallel;

/// Failing seeds that a summary names.
const NAMED: usize = 8;

/// Seeds from a first to a last one, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SeedRange {
    first: u64,
    last: u64,
}

/// Why a text is no range of seeds.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SeedRangeError {
    /// Not two numbers with two dots between.
    #[error("`{0}` is no range of seeds; write the first and the last one, as in 1..300")]
    Form(String),
    /// The last comes before the first.
    #[error("seed {first} comes after seed {last}; write {last}..{first}")]
    Order {
        /// What was given as the first.
        first: u64,
        /// What was given as the last.
        last: u64,
    },
}

impl FromStr for SeedRange {
    type Err = SeedRangeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let form = || SeedRangeError::Form(text.to_owned());
        let (first, last) = text.split_once("..").ok_or_else(form)?;
        let first: u64 = first.parse().map_err(|_| form())?;
        let last: u64 = last.parse().map_err(|_| form())?;
        if first > last {
            return Err(SeedRangeError::Order { first, last });
        }
        Ok(Self { first, last })
    }
}

impl SeedRange {
    /// How many seeds there are.
    #[must_use]
    pub fn count(self) -> usize {
        usize::try_from(self.last - self.first).map_or(usize::MAX, |more| more.saturating_add(1))
    }

    fn seed(self, number: usize) -> u64 {
        self.first
            .saturating_add(u64::try_from(number).unwrap_or(u64::MAX))
    }
}

/// Which seeds each file runs with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seeds {
    /// The file's own, or one for all.
    One(Option<u64>),
    /// Every one of these.
    All(SeedRange),
}

impl Seeds {
    /// Runs of one file. What is no scenario fails once, not with every seed.
    fn runs(self, file: &Loaded) -> usize {
        match self {
            Self::All(range) if file.is_scenario() => range.count(),
            Self::All(_) | Self::One(_) => 1,
        }
    }
}

/// Files and seeds, in the order in which they are reported: all seeds of a file, then the next file.
#[derive(Clone, Debug)]
pub struct Campaign {
    files: Vec<Loaded>,
    seeds: Seeds,
    /// Runs up to the end of each file.
    ends: Vec<usize>,
}

/// A verdict and where it stands in the campaign.
#[derive(Debug)]
pub struct Judged {
    /// The verdict.
    pub verdict: FileVerdict,
    /// It is the last of its file.
    pub ends_file: bool,
}

impl Campaign {
    /// A campaign over files that were read.
    #[must_use]
    pub fn new(files: Vec<Loaded>, seeds: Seeds) -> Self {
        let ends = files
            .iter()
            .scan(0_usize, |sum, file| {
                *sum = sum.saturating_add(seeds.runs(file));
                Some(*sum)
            })
            .collect();
        Self { files, seeds, ends }
    }

    /// All runs.
    #[must_use]
    pub fn count(&self) -> usize {
        self.ends.last().copied().unwrap_or(0)
    }

    /// Runs everything and hands over the verdicts in order; see [`parallel::in_order`].
    ///
    /// # Errors
    /// The first error of `take`.
    pub fn run<E>(
        &self,
        jobs: NonZeroUsize,
        stop: &AtomicBool,
        mut take: impl FnMut(usize, Judged) -> Result<(), E>,
    ) -> Result<usize, E> {
        let work = |number| self.judge(number);
        parallel::in_order(jobs, self.count(), stop, work, |number, verdict| {
            match verdict {
                Some(verdict) => take(
                    number,
                    Judged {
                        verdict,
                        ends_file: self.ends.contains(&(number + 1)),
                    },
                ),
                // Numbers below the count always have a file.
                None => Ok(()),
            }
        })
    }

    fn judge(&self, number: usize) -> Option<FileVerdict> {
        let place = self.ends.partition_point(|end| *end <= number);
        let file = self.files.get(place)?;
        let begin = match place.checked_sub(1) {
            None => 0,
            Some(before) => self.ends.get(before).copied()?,
        };
        let seed = match self.seeds {
            Seeds::One(seed) => seed,
            Seeds::All(range) => Some(range.seed(number - begin)),
        };
        Some(file.judge(seed))
    }
}

/// What many seeds of one file came to.
#[derive(Clone, Debug, Default)]
pub struct Summary {
    runs: u64,
    failed: u64,
    named: Vec<u64>,
    worst: Option<FileVerdict>,
}

impl Summary {
    /// Counts one more verdict.
    pub fn count(&mut self, verdict: FileVerdict) {
        self.runs += 1;
        if verdict.passed {
            return;
        }
        self.failed += 1;
        if self.named.len() < NAMED {
            self.named.push(verdict.seed);
        }
        let excess = |verdict: &FileVerdict| verdict.worst().map_or(0.0, |worst| worst.excess);
        if self
            .worst
            .as_ref()
            .is_none_or(|worst| excess(&verdict) > excess(worst))
        {
            self.worst = Some(verdict);
        }
    }

    /// Whether every run passed.
    #[must_use]
    pub const fn passed(&self) -> bool {
        self.failed == 0
    }

    /// One line for the file, and below it what failed worst and how to repeat that.
    #[must_use]
    pub fn text(&self, file: &str) -> String {
        let name = Path::new(file)
            .file_stem()
            .map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
        let word = if self.passed() { "PASS" } else { "FAIL" };
        let passed = self.runs - self.failed;
        let mut text = format!("{word}  {name:<34} {passed} of {} passed", self.runs);
        let Some(worst) = &self.worst else {
            text.push('\n');
            return text;
        };
        let what = worst.worst().map_or("", |worst| worst.what.as_str());
        if worst.title.is_empty() {
            let _ = writeln!(text, "\n        {what}");
            return text;
        }
        let seeds: Vec<String> = self.named.iter().map(u64::to_string).collect();
        let more = self.failed - u64::try_from(self.named.len()).unwrap_or(0);
        let _ = write!(text, "; fails with {}", seeds.join(", "));
        if more > 0 {
            let _ = write!(text, " and {more} more");
        }
        let _ = writeln!(text, "\n        worst: seed {}: {what}", worst.seed);
        let _ = writeln!(text, "        again: {}", worst.again());
        text
    }
}

/// Runs everything on this thread's behalf and keeps all verdicts: for tests and small campaigns.
#[must_use]
pub fn all(campaign: &Campaign, jobs: NonZeroUsize) -> Vec<FileVerdict> {
    let mut verdicts = Vec::new();
    let never = AtomicBool::new(false);
    let Ok(_) = campaign.run::<Infallible>(jobs, &never, |_, judged| {
        verdicts.push(judged.verdict);
        Ok(())
    });
    verdicts
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroUsize;
    use std::path::PathBuf;

    use super::{Campaign, SeedRange, SeedRangeError, Seeds, Summary, all};
    use crate::scenario::report::Loaded;

    #[test]
    fn a_range_includes_both_ends_and_wrong_ones_are_refused() {
        let range: SeedRange = "3..7".parse().unwrap();
        assert_eq!((range.count(), range.seed(0), range.seed(4)), (5, 3, 7));
        assert_eq!("4..4".parse::<SeedRange>().unwrap().count(), 1);
        for bad in ["", "3", "3..", "..3", "3...7", "-1..3", "a..b"] {
            let form = SeedRangeError::Form(bad.to_owned());
            assert_eq!(bad.parse::<SeedRange>(), Err(form), "{bad}");
        }
        let error = "7..3".parse::<SeedRange>().unwrap_err();
        assert!(error.to_string().contains("3..7"), "{error}");
    }

    #[test]
    fn each_file_runs_with_each_seed_whatever_the_number_of_threads() {
        let scenarios = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios"));
        let files = [
            "03_too_deep_a_plan.toml",
            "none.toml",
            "07_used_cartridge.toml",
        ];
        let files = || {
            let read = |name: &&str| Loaded::read(&scenarios.join(name));
            files.iter().map(read).collect()
        };
        let campaign = Campaign::new(files(), Seeds::All("5..7".parse().unwrap()));
        assert_eq!(campaign.count(), 7);
        let two = all(&campaign, NonZeroUsize::new(2).unwrap());
        let seeds: Vec<u64> = two.iter().map(|verdict| verdict.seed).collect();
        assert_eq!(seeds, [5, 6, 7, 5, 5, 6, 7]);
        let told = |verdicts: &[_]| format!("{verdicts:?}");
        assert_eq!(told(&all(&campaign, NonZeroUsize::MIN)), told(&two));
        let mut summary = Summary::default();
        for verdict in &two {
            summary.count(verdict.clone());
        }
        assert!(!summary.passed());
        assert!(summary.text("x/a.toml").contains("6 of 7 passed"));
    }
}
