//! What was read in one state of the pen, as points.

use pen_core::units::Rate;

use super::Run;
use super::observer::{Phase, Read, Setting, Taken};
use crate::metrology::{
    CurrentPoint, CurrentReading, Direction, Point, RatePoint, RateReading, Reading,
};

/// What was read in one state so far, and how much it takes.
#[derive(Debug)]
pub(super) struct State {
    pub(super) phase: Phase,
    pub(super) taken: Vec<Taken>,
    pub(super) of: usize,
}

impl State {
    /// So many more readings come at least.
    pub(super) fn expect(&mut self, more: usize) {
        self.of = self.of.max(self.taken.len() + more);
    }

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

    /// Motor currents, in rising order of rates; nothing when none was measured.
    pub(super) fn currents(&self, run: &Run<'_>) -> Vec<CurrentPoint> {
        let read = |hz: u32| -> Vec<CurrentReading> {
            let of = |taken: &Taken| match (taken.place.setting, taken.read) {
                (Setting::Current { hz: at }, Read::Current(reading)) if at == hz => Some(reading),
                _ => None,
            };
            self.taken.iter().filter_map(of).collect()
        };
        let rates = run.settings.currents().iter();
        rates
            .map(|hz| CurrentPoint {
                set_mhz: Rate::from_hz(*hz).as_mhz(),
                readings: read(*hz),
            })
            .filter(|point| !point.readings.is_empty())
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{Phase, State};
    use crate::procedure::{Place, Read, Setting, Taken};

    #[test]
    fn a_state_takes_what_is_there_and_what_comes_and_never_less_than_was_said() {
        let place = Place {
            phase: Phase::AsFound,
            setting: Setting::Rate { hz: 50 },
            repeat: 1,
        };
        let reading = crate::metrology::RateReading {
            reference_mhz: 50_000,
            indicated_mhz: 50_000,
        };
        let taken = Taken {
            place,
            read: Read::Rate(reading),
            kept: None,
            sent_by: None,
        };
        let mut state = State {
            phase: Phase::AsFound,
            taken: vec![taken; 32],
            of: 32,
        };
        state.expect(6);
        assert_eq!(state.of, 38);
        state.expect(3);
        assert_eq!(state.of, 38);
        assert_eq!(state.phase.words(), "as found");
        assert_eq!(Phase::AsLeft.words(), "as left");
    }
}
