//! What was read in one state of the pen, as points.

use pen_core::units::Rate;

use super::Run;
use super::observer::{Phase, Read, Setting, Taken};
use crate::metrology::{Direction, Point, RatePoint, RateReading, Reading};

/// What was read in one state so far, and how much it takes.
#[derive(Debug)]
pub(super) struct State {
    pub(super) phase: Phase,
    pub(super) taken: Vec<Taken>,
    pub(super) of: usize,
}

impl State {
    /// Depth, in rising order of settings.
    pub(super) fn points(&self, run: &Run<'_>) -> Vec<Point> {
        let read = |um: i32, wanted: Direction| {
            let of = |taken: &Taken| match (taken.place.setting, taken.read) {
                (Setting::Depth { um: at, direction }, Read::Depth(reading))
                    if (at, direction) == (um, wanted) =>
                {
                    Some((taken.place.repeat, reading))
                }
                _ => None,
            };
            let mut found: Vec<(u8, Reading)> = self.taken.iter().filter_map(of).collect();
            found.sort_by_key(|(repeat, _)| *repeat);
            found.into_iter().map(|(_, reading)| reading).collect()
        };
        let settings = run.settings.depth(self.phase);
        settings
            .iter()
            .map(|(um, role)| Point {
                nominal_um: *um,
                role: *role,
                deepening: read(*um, Direction::Deepening),
                shallowing: read(*um, Direction::Shallowing),
            })
            .collect()
    }

    /// Rates, in rising order; nothing when none was measured.
    pub(super) fn rates(&self, run: &Run<'_>) -> Vec<RatePoint> {
        let read = |hz: u32| -> Vec<RateReading> {
            let of = |taken: &Taken| match (taken.place.setting, taken.read) {
                (Setting::Rate { hz: at }, Read::Rate(reading)) if at == hz => Some(reading),
                _ => None,
            };
            self.taken.iter().filter_map(of).collect()
        };
        let rates = run.settings.rates().iter();
        rates
            .map(|hz| RatePoint {
                set_mhz: Rate::from_hz(*hz).as_mhz(),
                readings: read(*hz),
            })
            .filter(|point| !point.readings.is_empty())
            .collect()
    }
}
