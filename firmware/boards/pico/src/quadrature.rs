//! Two hall switches a quarter turn apart: which way the cam went, how far, and where it is.
//!
//! ```text
//! cam        retracted   extending   extended   retracting
//! hall A     low         high        high       low
//! hall B     low         low         high       high
//! ```

use pen_core::io::{Quadrant, Tacho};
use pen_core::units::Duration;

/// The levels of the two switches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Levels {
    /// Hall A.
    pub a: bool,
    /// Hall B.
    pub b: bool,
}

impl Levels {
    /// Where the cam is at these levels.
    #[must_use]
    pub const fn quadrant(self) -> Quadrant {
        match (self.a, self.b) {
            (false, false) => Quadrant::Retracted,
            (true, false) => Quadrant::Extending,
            (true, true) => Quadrant::Extended,
            (false, true) => Quadrant::Retracting,
        }
    }

    /// Number of the quarter turn, forward.
    const fn place(self) -> u8 {
        match (self.a, self.b) {
            (false, false) => 0,
            (true, false) => 1,
            (true, true) => 2,
            (false, true) => 3,
        }
    }
}

/// Counts quarter turns from one look to the next.
#[derive(Clone, Copy, Debug, Default)]
pub struct Decoder {
    levels: Levels,
    /// Quarter turns since they were taken.
    edges: i32,
    /// When the newest edge was seen (us).
    edge_at: u64,
    forward: bool,
}

impl Decoder {
    /// At these levels, having counted nothing.
    #[must_use]
    pub const fn new(levels: Levels) -> Self {
        Self {
            levels,
            edges: 0,
            edge_at: 0,
            forward: true,
        }
    }

    /// Takes a look at the levels at a time (us). The more often the better; a look without a change
    /// costs nothing.
    ///
    /// When both have changed, an edge went by unseen: it counts as two quarter turns the way the cam
    /// went before, because a cam has no time to turn round between two looks.
    pub fn look(&mut self, levels: Levels, now: u64) {
        let moved = levels.place().wrapping_sub(self.levels.place()) & 3;
        let edges = match moved {
            0 => return,
            1 => 1,
            3 => -1,
            _ if self.forward => 2,
            _ => -2,
        };
        self.forward = edges > 0;
        self.levels = levels;
        self.edges = self.edges.saturating_add(edges);
        self.edge_at = now;
    }

    /// The levels at the last look.
    #[must_use]
    pub const fn levels(&self) -> Levels {
        self.levels
    }

    /// Quarter turns since the last call, and the age of the newest edge at this time (us).
    ///
    /// More than a count can hold in one step stays for the next.
    pub fn take(&mut self, now: u64) -> Tacho {
        let least = i32::from(i8::MIN);
        let most = i32::from(i8::MAX);
        let edges = i8::try_from(self.edges.clamp(least, most)).unwrap_or(0);
        self.edges = self.edges.saturating_sub(i32::from(edges));
        let age = u32::try_from(now.saturating_sub(self.edge_at)).unwrap_or(u32::MAX);
        Tacho {
            edges,
            edge_age: Duration::from_us(age),
            quadrant: self.levels.quadrant(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TURN: [Levels; 4] = [
        Levels { a: false, b: false },
        Levels { a: true, b: false },
        Levels { a: true, b: true },
        Levels { a: false, b: true },
    ];

    #[test]
    fn a_turn_forward_is_four_quarters() {
        let mut decoder = Decoder::new(TURN[0]);
        for k in 1..=8_u64 {
            let place = usize::try_from(k % 4).unwrap();
            decoder.look(TURN[place], 100 * k);
        }
        let tacho = decoder.take(850);
        assert_eq!(tacho.edges, 8);
        assert_eq!(tacho.edge_age.as_us(), 50);
        assert_eq!(tacho.quadrant, Quadrant::Retracted);
        assert_eq!(decoder.take(900).edges, 0);
    }

    #[test]
    fn a_turn_backward_counts_down() {
        let mut decoder = Decoder::new(TURN[0]);
        for place in [3, 2, 1, 0, 3] {
            decoder.look(TURN[place], 10);
        }
        let tacho = decoder.take(10);
        assert_eq!(tacho.edges, -5);
        assert_eq!(tacho.quadrant, Quadrant::Retracting);
    }

    #[test]
    fn every_change_counts_as_it_should() {
        for (from, before) in TURN.into_iter().enumerate() {
            for (to, behind) in TURN.into_iter().enumerate() {
                let mut decoder = Decoder::new(before);
                decoder.look(behind, 7);
                let expected = match (to + 4 - from) % 4 {
                    0 => 0,
                    1 => 1,
                    2 => 2,
                    _ => -1,
                };
                assert_eq!(decoder.take(7).edges, expected, "{from} to {to}");
                assert_eq!(decoder.levels(), behind);
            }
        }
    }

    #[test]
    fn an_edge_that_went_by_unseen_counts_the_way_the_cam_went() {
        let mut decoder = Decoder::new(TURN[0]);
        decoder.look(TURN[3], 1);
        decoder.look(TURN[1], 2);
        assert_eq!(decoder.take(2).edges, -3);
        assert_eq!(decoder.take(2).quadrant, Quadrant::Extending);
    }

    #[test]
    fn a_switch_that_bounces_adds_up_to_nothing() {
        let mut decoder = Decoder::new(TURN[0]);
        for k in 0..99 {
            decoder.look(TURN[usize::from(k % 2 == 0)], k);
        }
        assert_eq!(decoder.take(99).edges, 1);
    }

    #[test]
    fn more_edges_than_a_count_holds_are_not_lost() {
        let mut decoder = Decoder::new(TURN[0]);
        for k in 1..=300_usize {
            decoder.look(TURN[k % 4], 0);
        }
        assert_eq!(decoder.take(0).edges, 127);
        assert_eq!(decoder.take(0).edges, 127);
        assert_eq!(decoder.take(0).edges, 46);
        for k in 1..=130_usize {
            decoder.look(TURN[(400 - k) % 4], 0);
        }
        assert_eq!(decoder.take(0).edges, -128);
        assert_eq!(decoder.take(0).edges, -2);
    }
}
