//! What the plugin wrote down.

/// What the plugin wrote is not to be trusted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CountError {
    /// It saw no call at all.
    #[error("no control step was counted: does the image call `{function}`?")]
    None {
        /// The function.
        function: String,
    },
    /// A call began and never returned.
    #[error("{count} control steps began and never returned")]
    Lost {
        /// How many.
        count: usize,
    },
    /// A line that it does not write.
    #[error("line {line} of the counts is `{found}`: no number")]
    Line {
        /// Counted from 1.
        line: usize,
        /// What is there.
        found: String,
    },
    /// The plant made another number of ticks.
    #[error("{counted} control steps were counted, the scenarios had {ticks} ticks")]
    Ticks {
        /// By the plugin.
        counted: usize,
        /// By the simulator.
        ticks: usize,
    },
}

/// Instructions of every control step, in order of size. At least one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counts(Vec<u32>);

impl Counts {
    /// Reads what the plugin wrote.
    ///
    /// # Errors
    /// There is nothing, a call was lost, or a line is no number.
    pub fn read(text: &str, function: &str) -> Result<Self, CountError> {
        let mut counts = Vec::new();
        let mut lost = 0;
        for (line, found) in (1..).zip(text.lines()) {
            match found.parse() {
                Ok(count) => counts.push(count),
                Err(_) if found == "lost" => lost += 1,
                Err(_) => {
                    let found = found.to_owned();
                    return Err(CountError::Line { line, found });
                }
            }
        }
        if lost > 0 {
            return Err(CountError::Lost { count: lost });
        }
        if counts.is_empty() {
            let function = function.to_owned();
            return Err(CountError::None { function });
        }
        counts.sort_unstable();
        Ok(Self(counts))
    }

    /// Refuses counts that miss a tick or have one too many.
    ///
    /// # Errors
    /// [`CountError::Ticks`].
    pub const fn check(&self, ticks: usize) -> Result<(), CountError> {
        let counted = self.0.len();
        if counted == ticks {
            Ok(())
        } else {
            Err(CountError::Ticks { counted, ticks })
        }
    }

    /// How many steps were counted.
    #[must_use]
    pub const fn steps(&self) -> usize {
        self.0.len()
    }

    /// The smallest count that at least so many of a thousand steps do not pass; 1000 gives the
    /// greatest, 0 the smallest.
    #[must_use]
    pub fn permille(&self, permille: usize) -> u32 {
        let rank = (self.0.len() * permille).div_ceil(1000).max(1);
        let count = self.0.get(rank - 1).or(self.0.last());
        count.copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Counts, CountError> {
        Counts::read(text, "tick")
    }

    #[test]
    fn ranks_are_those_of_the_definition() {
        let text: String = (1..=1000).rev().map(|count| format!("{count}\n")).collect();
        let counts = read(&text).expect("numbers");
        let ranks = [0, 500, 990, 1000].map(|permille| counts.permille(permille));
        assert_eq!(ranks, [1, 500, 990, 1000]);
        let one = read("7\n").expect("a number");
        assert_eq!(
            [0, 500, 990, 1000].map(|permille| one.permille(permille)),
            [7; 4]
        );
        let three = read("30\n10\n20\n").expect("numbers");
        assert_eq!(
            [334, 500, 667].map(|permille| three.permille(permille)),
            [20, 20, 30]
        );
    }

    #[test]
    fn counts_that_cannot_be_trusted_are_refused() {
        let function = "tick".to_owned();
        assert_eq!(read(""), Err(CountError::None { function }));
        assert_eq!(
            read("5\nlost\n6\nlost\n"),
            Err(CountError::Lost { count: 2 })
        );
        let found = "-3".to_owned();
        assert_eq!(read("5\n-3\n"), Err(CountError::Line { line: 2, found }));
        let counts = read("5\n6\n").expect("numbers");
        assert_eq!(counts.check(2), Ok(()));
        let (counted, ticks) = (2, 3);
        assert_eq!(counts.check(3), Err(CountError::Ticks { counted, ticks }));
    }
}
