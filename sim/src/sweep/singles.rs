//! One source in one phase: corners first, then chance, then a search around the worst.

use super::gather::{Case, Gather};
use super::phase::Phase;
use super::source::{Range, Source};
use super::unit::UnitReport;
use super::world::{Aim, Spot, World};
use crate::rng::Seed;
use crate::scenario::RunError;

/// Sessions for each corner of a source with a number, and for a source without one.
const EACH: usize = 2;
const ALONE: usize = 7;
/// Sessions with numbers drawn by chance.
const RANDOM: u64 = 3;
/// How far a step of the search moves at first (ms), and which share of the range.
const STEP_MS: u64 = 16;
const STEP_SHARE: i64 = 8;

/// A cell of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cell {
    pub(super) source: Source,
    pub(super) phase: Phase,
}

/// Every cell, row by row.
pub(super) fn cells() -> Vec<Cell> {
    let mut cells = Vec::new();
    for source in Source::all() {
        for phase in Phase::ALL {
            cells.push(Cell { source, phase });
        }
    }
    cells
}

/// Looks into one cell, with so many steps of search.
///
/// # Errors
/// [`RunError`].
pub(super) fn look(
    world: &World,
    number: usize,
    cell: Cell,
    refine: u32,
) -> Result<UnitReport, RunError> {
    let Cell { source, phase } = cell;
    let chance = cell_seed(world.seed, cell);
    let mut gather = Gather::new(number, source.name(), phase.name().0, world.second_switch);
    let spots = world.spots(&[source], phase);
    let mut search = Search {
        world,
        cell,
        spots: &spots,
        chance,
        gather: &mut gather,
        best: None,
    };
    let corners = source.corners();
    let each = if corners.len() > 1 { EACH } else { ALONE };
    let mut tick = 0;
    for (place, value) in corners.iter().enumerate() {
        for n in 0..each {
            tick += 1;
            // The first and the last millisecond of the phase in turn, then any.
            let pick = if each == ALONE { n } else { place % 3 + n };
            search.try_at(World::aim(&spots, pick, *value, chance, tick))?;
        }
    }
    if corners.len() > 1 {
        for _ in 0..RANDOM {
            tick += 1;
            let value = source.any(chance, tick);
            search.try_at(World::aim(&spots, 2, value, chance, tick))?;
        }
    }
    search.refine(refine, tick)?;
    gather.end(&*world.make)
}

/// A cell draws the same numbers whatever other cells there are.
fn cell_seed(seed: Seed, cell: Cell) -> Seed {
    seed.derive(&cell.source.name()).derive(cell.phase.name().0)
}

struct Search<'a> {
    world: &'a World,
    cell: Cell,
    spots: &'a [Spot],
    chance: Seed,
    gather: &'a mut Gather,
    /// The worst aim so far, and its ratio.
    best: Option<(f64, Aim)>,
}

impl Search<'_> {
    fn case(&self, aim: &Aim) -> Option<Case> {
        let strikes = [(self.cell.source, aim.value, 0)];
        let phase = self.cell.phase;
        self.world
            .case(self.spots, aim, phase, &strikes, self.chance)
    }

    fn try_at(&mut self, aim: Option<Aim>) -> Result<(), RunError> {
        let Some((aim, case)) = aim.and_then(|aim| Some((aim, self.case(&aim)?))) else {
            return Ok(());
        };
        let trial = self.world.run(&case)?;
        let ratio = self.gather.count(&case, &trial);
        if self.best.is_none_or(|(best, _)| ratio > best) {
            self.best = Some((ratio, aim));
        }
        Ok(())
    }

    /// Moves number and time from the worst so far, by less and less, until a rule breaks.
    fn refine(&mut self, steps: u32, mut tick: u64) -> Result<(), RunError> {
        let Range { min, max, .. } = self.cell.source.range();
        for n in 0..steps {
            let Some((ratio, best)) = self.best else {
                return Ok(());
            };
            if ratio > 1.0 {
                return Ok(());
            }
            tick += 1;
            let shrunk = n.min(6) / 2;
            let span = ((max - min) / STEP_SHARE) >> shrunk;
            let most = u64::try_from(2 * span).unwrap_or(0);
            let moved = i64::try_from(self.chance.below(50, tick, most + 1)).unwrap_or(0) - span;
            let value = best.value.saturating_add(moved).clamp(min, max);
            let reach = (STEP_MS >> shrunk).max(1);
            let wanted =
                (best.at_ms + self.chance.below(51, tick, 2 * reach + 1)).saturating_sub(reach);
            let at_ms = World::nearest(self.spots, best.spot, wanted).unwrap_or(best.at_ms);
            // Now and then another pen.
            let other = self.chance.chance(52, tick, 0.25);
            let aim = if other {
                World::aim(self.spots, 2, value, self.chance, tick)
            } else {
                Some(Aim {
                    at_ms,
                    value,
                    ..best
                })
            };
            self.try_at(aim)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{Cell, cells, look};
    use crate::fault::Knob;
    use crate::sweep::native;
    use crate::sweep::phase::Phase;
    use crate::sweep::source::Source;
    use crate::sweep::world::World;

    fn world() -> World {
        World::new(1, false, native()).unwrap()
    }

    #[test]
    fn every_phase_is_reached_by_several_healthy_pens() {
        let world = world();
        for phase in Phase::ALL {
            let spots = world.spots(&[Source::Knob(Knob::VbusAbsent)], phase);
            assert!(spots.len() >= 3, "{phase:?}: {}", spots.len());
            let spots = world.spots(&[Source::Knob(Knob::ActuatorStuck)], phase);
            assert!(!spots.is_empty(), "{phase:?} with an actuator");
        }
    }

    #[test]
    fn there_is_a_cell_for_every_knob_in_every_phase() {
        let cells = cells();
        for knob in Knob::ALL {
            for phase in Phase::ALL {
                let source = Source::Knob(knob);
                assert!(cells.contains(&Cell { source, phase }));
            }
        }
    }

    #[test]
    fn a_cell_is_reached_in_every_session_and_comes_out_the_same_again() {
        let world = world();
        let cell = Cell {
            source: Source::Knob(Knob::HallLost),
            phase: Phase::Run,
        };
        let report = look(&world, 3, cell, 2).unwrap();
        assert!(report.sessions >= 7);
        assert_eq!(report.reached, report.sessions);
        assert!(report.faulted > 0, "{report:?}");
        assert_eq!(look(&world, 3, cell, 2).unwrap(), report);
    }
}
