//! The quadrature tachometer: two hall switches that tell the quarter of the cam's turn.
//!
//! Full extension is angle 0 and full retraction half a turn. The quarters are centred on the two;
//! edges lie at 45 degrees + k 90, each off by what the magnet's placement makes of it. Turning back
//! over an edge is seen one degree late, so that a cam resting on an edge does not chatter.

use pen_core::io::{Quadrant, Tacho};
use pen_core::units::Duration;

use crate::fault::{Faults, Knob};
use crate::math::PI;

const QUARTER: f64 = 0.5 * PI;

/// Hysteresis of the hall switches (rad).
const HYSTERESIS: f64 = PI / 180.0;

/// A glitch begins in the middle of a tick: short ones end before anybody looks (us).
const GLITCH_AFTER_US: f64 = 500.0;

/// The two hall switches and the counter behind them.
#[derive(Clone, Debug)]
pub struct Tachometer {
    errors: [f64; 4],
    /// Quarters since full extension, without end in both directions; 0 is around full extension.
    sector: i64,
    /// Where the present quarter ends, forwards and backwards (rad).
    upper: f64,
    lower: f64,
    /// Edges that the firmware has not taken yet.
    edges: i32,
    /// True time since the newest counted edge (us).
    since_edge_us: f64,
    /// Quarter that the two switches tell; differs from the true one while one is stuck.
    told: i64,
    /// Edges that a slow sensor has swallowed so far.
    swallowed: i64,
    /// Time until a glitch begins and until it ends (us); nothing without one.
    glitch: Option<(f64, f64)>,
}

impl Tachometer {
    /// A tachometer with these placement errors (rad), with the cam at an angle (rad).
    #[must_use]
    pub fn new(errors: [f64; 4], theta: f64) -> Self {
        let mut tachometer = Self {
            errors,
            sector: 0,
            upper: 0.0,
            lower: 0.0,
            edges: 0,
            since_edge_us: 0.0,
            told: 0,
            swallowed: 0,
            glitch: None,
        };
        tachometer.bound();
        while theta >= tachometer.upper {
            tachometer.enter(1);
        }
        while theta < tachometer.lower {
            tachometer.enter(-1);
        }
        tachometer.told = tachometer.sector;
        tachometer
    }

    /// Follows the cam through one step of the plant, which took `step_us` of true time.
    pub fn follow(&mut self, before: f64, after: f64, step_us: f64, faults: &Faults) {
        self.since_edge_us += step_us;
        while after >= self.upper {
            let share = (self.upper - before) / (after - before);
            self.enter(1);
            self.count(1, (1.0 - share.clamp(0.0, 1.0)) * step_us, faults);
        }
        while after < self.lower - HYSTERESIS {
            let share = (before - self.lower + HYSTERESIS) / (before - after);
            self.enter(-1);
            self.count(-1, (1.0 - share.clamp(0.0, 1.0)) * step_us, faults);
        }
        if self.glitch.is_none() && !is_broken(faults) {
            // Levels are levels: a switch that works again tells its own at once, without an edge.
            self.told = self.sector;
        }
        self.glitch(step_us);
    }

    /// Disturbs a wire in the middle of the next millisecond, for so long (us).
    pub fn disturb(&mut self, us: f64) {
        self.glitch = Some((GLITCH_AFTER_US, us));
    }

    /// A glitch is one edge forwards and, when it ends, the same one back.
    fn glitch(&mut self, step_us: f64) {
        let Some((begins, lasts)) = self.glitch else {
            return;
        };
        if begins > 0.0 {
            self.glitch = Some((begins - step_us, lasts));
            if begins <= step_us {
                self.told = self.sector + 1;
                self.edges += 1;
                self.since_edge_us = 0.0;
            }
        } else if lasts > step_us {
            self.glitch = Some((begins, lasts - step_us));
        } else {
            self.glitch = None;
            self.told = self.sector;
            self.edges -= 1;
            self.since_edge_us = 0.0;
        }
    }

    /// What the firmware sees; edges are counted from here anew. `clock` is the pen's microseconds
    /// in a true one.
    pub fn take(&mut self, clock: f64) -> Tacho {
        let edges = self.edges.clamp(i32::from(i8::MIN), i32::from(i8::MAX));
        self.edges = 0;
        let age_us = (self.since_edge_us * clock).clamp(0.0, f64::from(u32::MAX));
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "clamped in the line above; a timer drops the fraction"
        )]
        let age_us = age_us as u32;
        Tacho {
            edges: i8::try_from(edges).unwrap_or(0),
            edge_age: Duration::from_us(age_us),
            quadrant: quadrant(self.told),
        }
    }

    fn count(&mut self, direction: i32, age_us: f64, faults: &Faults) {
        if faults.is_set(Knob::HallLost) {
            return;
        }
        if faults.is_set(Knob::HallStuckEdge) {
            // The switch that still works changes at every other edge and swaps two quarters.
            if self.sector.rem_euclid(2) == 0 {
                let back = self.told.rem_euclid(2) == 1;
                self.told += if back { -1 } else { 1 };
                self.edges += if back { -1 } else { 1 };
                self.since_edge_us = age_us;
            }
            return;
        }
        if self.is_blind_to(direction, faults) {
            return;
        }
        if let Some(factor) = faults.get(Knob::HallSlow) {
            self.swallowed += 1;
            if self.swallowed < factor {
                return;
            }
            self.swallowed = 0;
        }
        self.told = self.sector;
        self.edges += direction;
        self.since_edge_us = age_us;
    }

    /// Whether the edge that was just passed is one that is never seen.
    fn is_blind_to(&self, direction: i32, faults: &Faults) -> bool {
        let above = if direction > 0 {
            self.sector - 1
        } else {
            self.sector
        };
        let edge = above.rem_euclid(4);
        let lost = |knob, after| faults.get(knob).map(|value| (value + after) % 4) == Some(edge);
        lost(Knob::HallEdgeLost, 0)
            || lost(Knob::HallMagnetLost, 0)
            || lost(Knob::HallMagnetLost, 1)
    }

    fn enter(&mut self, direction: i64) {
        self.sector += direction;
        self.bound();
    }

    fn bound(&mut self) {
        self.upper = self.edge(self.sector);
        self.lower = self.edge(self.sector - 1);
    }

    /// Angle of the edge above a quarter (rad).
    fn edge(&self, sector: i64) -> f64 {
        let error = match sector.rem_euclid(4) {
            0 => self.errors[0],
            1 => self.errors[1],
            2 => self.errors[2],
            _ => self.errors[3],
        };
        #[expect(clippy::cast_precision_loss, reason = "exact below 2^52 quarter turns")]
        let sector = sector as f64;
        (sector + 0.5) * QUARTER + error
    }
}

/// Something keeps the switches from telling the quarter.
fn is_broken(faults: &Faults) -> bool {
    [
        Knob::HallLost,
        Knob::HallStuckEdge,
        Knob::HallSlow,
        Knob::HallEdgeLost,
        Knob::HallMagnetLost,
    ]
    .into_iter()
    .any(|knob| faults.is_set(knob))
}

/// The name of a quarter.
fn quadrant(sector: i64) -> Quadrant {
    match sector.rem_euclid(4) {
        0 => Quadrant::Extended,
        1 => Quadrant::Retracting,
        2 => Quadrant::Retracted,
        _ => Quadrant::Extending,
    }
}

#[cfg(test)]
mod tests {
    use pen_core::io::Quadrant;

    use super::Tachometer;
    use crate::fault::{Faults, Knob};
    use crate::math::{PI, TAU};

    /// Turns a cam at a constant rate; returns edges and the last tacho.
    fn turn(meter: &mut Tachometer, from: f64, turns: f64, faults: &Faults) -> i32 {
        let steps = 1_000_u32;
        let mut edges = 0;
        let mut before = from;
        for k in 1..=steps {
            let after = from + TAU * turns * f64::from(k) / f64::from(steps);
            meter.follow(before, after, 100.0, faults);
            before = after;
            edges += i32::from(meter.take(1.0).edges);
        }
        edges
    }

    #[test]
    fn a_turn_has_four_edges_each_way() {
        let whole = Faults::default();
        let mut meter = Tachometer::new([0.01, -0.02, 0.03, -0.04], PI);
        assert_eq!(turn(&mut meter, PI, 10.0, &whole), 40);
        assert_eq!(turn(&mut meter, 21.0 * PI, -10.0, &whole), -40);
        assert_eq!(meter.take(1.0).quadrant, Quadrant::Retracted);
    }

    #[test]
    fn the_quadrant_follows_the_true_angle_through_a_reversal() {
        let whole = Faults::default();
        let mut meter = Tachometer::new([0.0; 4], PI);
        let mut at = PI;
        for (to, expected) in [
            (1.5 * PI, Quadrant::Extending),
            (2.0 * PI, Quadrant::Extended),
            (2.5 * PI, Quadrant::Retracting),
            (2.0 * PI, Quadrant::Extended),
            (1.5 * PI, Quadrant::Extending),
            (PI, Quadrant::Retracted),
            (0.5 * PI, Quadrant::Retracting),
            (-3.0 * PI, Quadrant::Retracted),
        ] {
            meter.follow(at, to, 100.0, &whole);
            at = to;
            assert_eq!(meter.take(1.0).quadrant, expected, "at {to}");
        }
    }

    #[test]
    fn an_edge_is_dated_inside_the_step_and_in_the_pens_own_time() {
        let mut meter = Tachometer::new([0.0; 4], PI);
        let edge = 1.25 * PI;
        meter.follow(edge - 0.03, edge + 0.01, 100.0, &Faults::default());
        let tacho = meter.take(1.02);
        assert_eq!((tacho.edges, tacho.edge_age.as_us()), (1, 25));
        meter.follow(edge + 0.01, edge + 0.02, 1_000.0, &Faults::default());
        let tacho = meter.take(1.02);
        assert_eq!((tacho.edges, tacho.edge_age.as_us()), (0, 1_045));
    }

    #[test]
    fn a_cam_that_trembles_on_an_edge_makes_one_edge() {
        let whole = Faults::default();
        let mut meter = Tachometer::new([0.0; 4], PI);
        let edge = 1.25 * PI;
        let mut at = PI;
        let mut edges = 0;
        for k in 0..100 {
            let to = if k % 2 == 0 {
                edge + 0.005
            } else {
                edge - 0.005
            };
            meter.follow(at, to, 100.0, &whole);
            at = to;
            edges += i32::from(meter.take(1.0).edges.abs());
        }
        assert_eq!(edges, 1);
    }

    #[test]
    fn a_switch_that_works_again_tells_its_level_at_once_and_makes_no_edge() {
        let hall = |knob: &Knob| knob.info().component == "hall" && *knob != Knob::HallGlitch;
        let mut tried = 0;
        for knob in Knob::ALL.into_iter().filter(hall) {
            // By one to four quarters more than a turn, so that each is left and entered.
            for quarters in 5..9 {
                let mut faults = Faults::default();
                faults.set(knob, knob.info().default).unwrap();
                let mut meter = Tachometer::new([0.0; 4], PI);
                let end = PI + 0.25 * TAU * f64::from(quarters);
                turn(&mut meter, PI, f64::from(quarters) / 4.0, &faults);
                faults.clear(knob);
                meter.follow(end, end, 100.0, &faults);
                let tacho = meter.take(1.0);
                assert_eq!(tacho.edges, 0, "{knob:?}");
                let wanted = Tachometer::new([0.0; 4], end).take(1.0).quadrant;
                assert_eq!(tacho.quadrant, wanted, "{knob:?} after {quarters} quarters");
                tried += 1;
            }
        }
        assert_eq!(tried, 5 * 4);
    }

    #[test]
    fn a_lost_tachometer_is_silent() {
        let mut faults = Faults::default();
        faults.set(Knob::HallLost, 1).unwrap();
        let mut meter = Tachometer::new([0.0; 4], PI);
        assert_eq!(turn(&mut meter, PI, 10.0, &faults), 0);
        assert_eq!(meter.take(1.0).quadrant, Quadrant::Retracted);
    }

    #[test]
    fn a_stuck_switch_makes_edges_that_cancel() {
        let mut faults = Faults::default();
        faults.set(Knob::HallStuckEdge, 1).unwrap();
        let mut meter = Tachometer::new([0.0; 4], PI);
        let mut before = PI;
        let (mut sum, mut count) = (0, 0);
        for k in 1..=400 {
            let after = PI + 0.1 * f64::from(k);
            meter.follow(before, after, 100.0, &faults);
            before = after;
            let edges = i32::from(meter.take(1.0).edges);
            sum += edges;
            count += edges.abs();
        }
        assert!(sum.abs() <= 1 && count >= 10, "sum {sum}, count {count}");
    }

    #[test]
    fn a_slow_tachometer_sees_a_share_of_the_edges() {
        let mut faults = Faults::default();
        faults.set(Knob::HallSlow, 4).unwrap();
        let mut meter = Tachometer::new([0.0; 4], PI);
        assert_eq!(turn(&mut meter, PI, 100.0, &faults), 100);
    }

    #[test]
    fn a_lost_edge_is_missing_both_ways_and_a_lost_magnet_takes_two() {
        for (knob, seen) in [(Knob::HallEdgeLost, 30), (Knob::HallMagnetLost, 20)] {
            for edge in 0..4 {
                let mut faults = Faults::default();
                faults.set(knob, edge).unwrap();
                let mut meter = Tachometer::new([0.0; 4], PI);
                assert_eq!(turn(&mut meter, PI, 10.0, &faults), seen, "{edge}");
                assert_eq!(turn(&mut meter, 21.0 * PI, -10.0, &faults), -seen, "{edge}");
            }
        }
    }

    #[test]
    fn a_lost_edge_leaves_the_quadrant_until_the_next_one() {
        let mut faults = Faults::default();
        faults.set(Knob::HallEdgeLost, 3).unwrap();
        let mut meter = Tachometer::new([0.0; 4], PI);
        meter.follow(PI, 1.6 * PI, 100.0, &faults);
        assert_eq!(meter.take(1.0).quadrant, Quadrant::Extending);
        // The edge after the quarter of extending leads to full extension.
        meter.follow(1.6 * PI, 2.0 * PI, 100.0, &faults);
        assert_eq!(meter.take(1.0).quadrant, Quadrant::Extending);
        meter.follow(2.0 * PI, 2.3 * PI, 100.0, &faults);
        assert_eq!(meter.take(1.0).quadrant, Quadrant::Retracting);
    }

    #[test]
    fn a_glitch_makes_an_edge_and_takes_it_back() {
        for (us, first, second) in [(300.0, 0, 0), (700.0, 1, -1)] {
            let whole = Faults::default();
            let mut meter = Tachometer::new([0.0; 4], PI);
            meter.disturb(us);
            let mut edges = [0; 3];
            for count in &mut edges {
                for _ in 0..10 {
                    meter.follow(PI, PI, 100.0, &whole);
                }
                let tacho = meter.take(1.0);
                *count = tacho.edges;
            }
            assert_eq!(edges, [first, second, 0], "{us}");
            assert_eq!(meter.take(1.0).quadrant, Quadrant::Retracted);
            assert!(meter.take(1.0).edge_age.as_us() < 3_000);
        }
    }
}
