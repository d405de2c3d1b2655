//! Lines and branches of the core that no test reaches: what `.ci/coverage` shows and judges.
//!
//! [`measured`] reads what `llvm-cov` exports, [`product`] says which lines are the pen's and not a test's,
//! [`exceptions`] what is argued, and [`verdict`] puts them together.

pub mod cli;
pub mod exceptions;
pub mod measured;
pub mod product;
pub mod verdict;

use std::fmt;

/// What of a place did not happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Never {
    /// The line was not reached.
    Reached,
    /// The condition was not true.
    True,
    /// The condition was not false.
    False,
}

/// A place in the sources that no test reaches, in every build and every instance of it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// File, from the top of the repository.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// What did not happen.
    pub never: Never,
    /// Its text, without the space around it.
    pub text: String,
    /// The condition, if it is a side of a branch, on one line.
    pub condition: Option<String>,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            file,
            line,
            never,
            text,
            condition,
        } = self;
        match condition {
            Some(condition) => {
                write!(f, "{file}:{line}: `{text}`: `{condition}` is never {never}")
            }
            None => write!(f, "{file}:{line}: `{text}` is never {never}"),
        }
    }
}

impl fmt::Display for Never {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Reached => "reached",
            Self::True => "true",
            Self::False => "false",
        })
    }
}
