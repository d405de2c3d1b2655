//! The tachometer: two hall switches a quarter turn apart, each edge an interrupt.

use core::cell::Cell;

use critical_section::Mutex;
use pen_app::board::Tachometer;
use pen_core::io::{Quadrant, Tacho};
use pen_core::units::Duration;

use crate::signals::Clock;

/// What the levels of hall A and hall B say. A port whose magnet sits otherwise changes this table.
#[must_use]
pub const fn quadrant(a: bool, b: bool) -> Quadrant {
    match (a, b) {
        (false, false) => Quadrant::Retracted,
        (true, false) => Quadrant::Extending,
        (true, true) => Quadrant::Extended,
        (false, true) => Quadrant::Retracting,
    }
}

/// Place of a quadrant in a turn forward.
const fn place(quadrant: Quadrant) -> u8 {
    match quadrant {
        Quadrant::Retracted => 0,
        Quadrant::Extending => 1,
        Quadrant::Extended => 2,
        Quadrant::Retracting => 3,
    }
}

#[derive(Clone, Copy, Debug)]
struct State {
    quadrant: Quadrant,
    /// Edges that were not taken yet, positive forward.
    edges: i8,
    is_forward: bool,
    at_us: u32,
}

/// What the hall interrupt leaves.
#[derive(Debug)]
pub struct Halls(Mutex<Cell<State>>);

impl Default for Halls {
    fn default() -> Self {
        Self::new()
    }
}

impl Halls {
    /// No edge yet.
    #[must_use]
    pub const fn new() -> Self {
        Self(Mutex::new(Cell::new(State {
            quadrant: Quadrant::Retracted,
            edges: 0,
            is_forward: true,
            at_us: 0,
        })))
    }

    /// Takes the levels as they are, as no edge: once, before the interrupts are switched on.
    pub fn place(&self, a: bool, b: bool) {
        critical_section::with(|section| {
            let cell = self.0.borrow(section);
            cell.set(State {
                quadrant: quadrant(a, b),
                ..cell.get()
            });
        });
    }

    /// One of the two has changed; call it in the interrupt of both, with both levels as they are.
    ///
    /// Both changed at once means that an edge was missed: two quarters, the way it went before,
    /// because too fast is seen and too slow is not.
    pub fn edge(&self, a: bool, b: bool, at_us: u32) {
        critical_section::with(|section| {
            let cell = self.0.borrow(section);
            let mut state = cell.get();
            let now = quadrant(a, b);
            let quarters = match place(now).wrapping_sub(place(state.quadrant)) % 4 {
                0 => return,
                1 => 1,
                3 => -1,
                _ if state.is_forward => 2,
                _ => -2,
            };
            state.quadrant = now;
            // More than a processor could count in a tick: the tachometer is noise then, and fast.
            state.edges = state.edges.saturating_add(quarters);
            state.is_forward = quarters > 0;
            state.at_us = at_us;
            cell.set(state);
        });
    }
}

/// The tick's end.
#[derive(Debug)]
pub struct HallTachometer<C> {
    halls: &'static Halls,
    clock: C,
}

impl<C: Clock> HallTachometer<C> {
    /// Takes what these switches counted.
    pub const fn new(halls: &'static Halls, clock: C) -> Self {
        Self { halls, clock }
    }
}

impl<C: Clock> Tachometer for HallTachometer<C> {
    fn take(&mut self) -> Tacho {
        let (state, now_us) = critical_section::with(|section| {
            let cell = self.halls.0.borrow(section);
            let state = cell.get();
            cell.set(State { edges: 0, ..state });
            (state, self.clock.now_us())
        });
        Tacho {
            edges: state.edges,
            edge_age: Duration::from_us(now_us.wrapping_sub(state.at_us)),
            quadrant: state.quadrant,
        }
    }
}
