//! Looks everywhere: every fault in every phase, at its corners first, then by chance, then around the
//! worst; pairs of faults; whole sessions drawn by chance. `docs/simulation.md` tells how to use it.
//!
//! ```text
//!  pool of pens --healthy sessions--> where the phases lie
//!                                          |
//!  source x phase = cell --corners, chance, search--> sessions --judges--> worst margin of each rule
//!                                                                   |
//!                                             a rule broken: shrink, write a scenario file
//! ```
//!
//! Everything follows from the seed and the number of the unit: neither the number of threads nor an
//! interruption changes a byte.

mod defect;
mod except;
mod gather;
mod interval;
mod judge;
mod phase;
mod planted;
mod sample;
mod script;
mod setup;
mod shrink;
mod singles;
mod source;
mod state;
mod table;
mod trial;
mod unit;
mod world;

use std::str::FromStr;

use serde::Serialize;

pub use defect::Defect;
pub use interval::clopper_pearson;
pub use planted::{Hunt, Hunted};
pub use state::{State, StateError};
pub use table::{count_violations, text};
pub use unit::{Seen, UnitReport};

use crate::pen::firmware::Native;
use crate::pen::processor::{Processor, Socket};
use crate::scenario::RunError;
use singles::Cell;
use world::World;

/// What is looked through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Task {
    /// Every source in every phase.
    Singles,
    /// So many pairs of sources within 50 ms, sampled.
    Pairs(u64),
    /// So many random sessions.
    Random {
        /// How many.
        sessions: u64,
        /// With one to three faults each.
        with_faults: bool,
    },
}

/// One of so many equal parts of the work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Slice {
    part: usize,
    of: usize,
}

/// Why a text is no slice.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no slice; write K/N with K from 1 to N, as in 3/20")]
pub struct SliceError(String);

impl Slice {
    /// All of it.
    pub const WHOLE: Self = Self { part: 1, of: 1 };

    const fn has(self, number: usize) -> bool {
        number % self.of == self.part - 1
    }
}

impl FromStr for Slice {
    type Err = SliceError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parts = text.split_once('/');
        let number = |text: &str| text.parse::<usize>().ok();
        let slice = parts.and_then(|(part, of)| Some((number(part)?, number(of)?)));
        match slice {
            Some((part, of)) if (1..=of).contains(&part) => Ok(Self { part, of }),
            _ => Err(SliceError(text.to_owned())),
        }
    }
}

/// A sweep's settings: together with the program they determine every byte of the result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Settings {
    /// What is looked through.
    pub task: Task,
    /// Everything random comes from it.
    pub seed: u64,
    /// Which part of it.
    pub slice: Slice,
    /// Steps of the search around the worst of each cell.
    pub refine: u32,
    /// The pens have a second switch in the bridge's supply.
    pub second_switch: bool,
}

/// A sweep, ready to look into any of its units.
#[derive(Debug)]
pub struct Sweep {
    settings: Settings,
    world: World,
    cells: Vec<Cell>,
}

/// This machine as the processor.
fn native() -> Box<trial::Make> {
    Box::new(|socket: Socket| -> Box<dyn Processor> { Box::new(Native::new(socket)) })
}

impl Sweep {
    /// Draws the pens and runs the healthy sessions.
    ///
    /// # Errors
    /// [`RunError`], a mistake in the simulator.
    pub fn new(settings: Settings) -> Result<Self, RunError> {
        Ok(Self {
            settings,
            world: World::new(settings.seed, settings.second_switch, native())?,
            cells: singles::cells(),
        })
    }

    /// The numbers of the units of this slice.
    #[must_use]
    pub fn units(&self) -> Vec<usize> {
        let count = match self.settings.task {
            Task::Singles => self.cells.len(),
            Task::Pairs(count) => usize::try_from(count).unwrap_or(usize::MAX),
            Task::Random { sessions, .. } => {
                usize::try_from(sessions.div_ceil(sample::BATCH)).unwrap_or(usize::MAX)
            }
        };
        (0..count)
            .filter(|number| self.settings.slice.has(*number))
            .collect()
    }

    /// Looks into one unit.
    ///
    /// # Errors
    /// [`RunError`], a mistake in the simulator.
    pub fn look(&self, number: usize) -> Result<UnitReport, RunError> {
        match self.settings.task {
            Task::Singles => match self.cells.get(number) {
                Some(cell) => singles::look(&self.world, number, *cell, self.settings.refine),
                None => Ok(UnitReport::default()),
            },
            Task::Pairs(_) => sample::pair(&self.world, number),
            Task::Random {
                sessions,
                with_faults,
            } => {
                let first = sample::BATCH * u64::try_from(number).unwrap_or(0);
                let batch = first..(first + sample::BATCH).min(sessions);
                sample::batch(&self.world, number, batch, with_faults)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroUsize;
    use std::sync::atomic::AtomicBool;

    use super::{Settings, Slice, Sweep, Task};
    use crate::parallel;

    #[test]
    fn slices_divide_the_work_and_wrong_ones_are_refused() {
        let slices: Vec<Slice> = (1..=3)
            .map(|part| format!("{part}/3").parse().unwrap())
            .collect();
        for number in 0..30 {
            assert_eq!(slices.iter().filter(|slice| slice.has(number)).count(), 1);
        }
        for bad in ["", "0/3", "4/3", "1/0", "a/b", "3", "1/3/3", "-1/3"] {
            let error = bad.parse::<Slice>().unwrap_err();
            assert!(error.to_string().contains("3/20"), "{bad}");
        }
    }

    #[test]
    fn any_number_of_threads_gives_the_same_bytes() {
        for task in [
            Task::Pairs(6),
            Task::Random {
                sessions: 3,
                with_faults: true,
            },
        ] {
            let settings = Settings {
                task,
                seed: 7,
                slice: Slice::WHOLE,
                refine: 0,
                second_switch: false,
            };
            let sweep = Sweep::new(settings).unwrap();
            let units = sweep.units();
            let told = |jobs| {
                let mut lines = String::new();
                let look = |place: usize| sweep.look(units[place]).unwrap();
                let take = |_, report| {
                    lines += &serde_json::to_string(&report).unwrap();
                    Ok::<_, ()>(())
                };
                let jobs = NonZeroUsize::new(jobs).unwrap();
                let never = AtomicBool::new(false);
                parallel::in_order(jobs, units.len(), &never, look, take).unwrap();
                lines
            };
            assert_eq!(told(1), told(3));
        }
    }
}
