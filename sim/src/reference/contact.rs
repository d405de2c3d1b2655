//! Where within a step the needles meet skin, cut, turn round and leave.
//!
//! The plant follows the skin without looking for events. This observer looks: it draws a smooth curve
//! through the ends of each step and follows the same elastic element along it, finely, so that contacts
//! and slips shorter than a step are seen too and all are found in the order of time.

use super::table::Event;
use crate::math::sin_cos;
use crate::plant::{Params, SkinArray};

/// Pieces into which a step is divided before any root is sought.
const PIECES: u8 = 16;
/// Steps up to this need only two pieces (s).
const SHORT_S: f64 = 2e-5;
/// Less overhang of a limit than this is rounding, not slip (N).
const ROUNDING_N: f64 = 1e-9;

/// How needles and skin move, numbered as in the reference files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Contact {
    /// Apart.
    None,
    /// Together.
    Elastic,
    /// Needles cutting in.
    SlipIn,
    /// Needles sliding out.
    SlipOut,
}

impl Contact {
    pub(super) const fn number(self) -> f64 {
        match self {
            Self::None => 0.0,
            Self::Elastic => 1.0,
            Self::SlipIn => 2.0,
            Self::SlipOut => 3.0,
        }
    }
}

/// The course of angle and skin over one step.
#[derive(Clone, Copy, Debug)]
pub(super) struct Path {
    pub(super) start_s: f64,
    pub(super) h: f64,
    /// Angle at both ends (rad).
    pub(super) theta: [f64; 2],
    /// Speed at both ends (rad/s).
    pub(super) omega: [f64; 2],
    /// Distance to skin at the start (m) and its rate (m/s).
    pub(super) gap: [f64; 2],
}

impl Path {
    /// Angle and speed after a share of the step: the cubic through both ends.
    fn at(&self, share: f64) -> (f64, f64) {
        let [from, to] = self.theta;
        let (start, end) = (self.h * self.omega[0], self.h * self.omega[1]);
        let turned = to - from;
        let second = 3.0 * turned - 2.0 * start - end;
        let third = start + end - 2.0 * turned;
        let theta = from + share * (start + share * (second + share * third));
        let omega = (start + share * (2.0 * second + share * 3.0 * third)) / self.h;
        (theta, omega)
    }
}

/// Follows the contact through the steps of a run.
#[derive(Debug)]
pub(super) struct Observer {
    eccentricity: f64,
    depth: f64,
    skin: SkinArray,
    pub(super) contact: Contact,
    elastic_n: f64,
    /// Rate of the depth at the end of the last step (m/s).
    last_rate: f64,
}

impl Observer {
    pub(super) fn new(params: &Params, skin: SkinArray) -> Self {
        Self {
            eccentricity: params.eccentricity_m,
            depth: params.depth_m,
            skin,
            contact: Contact::None,
            elastic_n: 0.0,
            last_rate: 0.0,
        }
    }

    /// Depth below the skin and its rate.
    fn delta(&self, path: &Path, share: f64) -> (f64, f64) {
        let (theta, omega) = path.at(share);
        let gap = path.gap[0] + path.gap[1] * share * path.h;
        (
            self.reach(theta) - gap,
            self.rate(theta, omega, path.gap[1]),
        )
    }

    fn reach(&self, theta: f64) -> f64 {
        self.depth - self.eccentricity * (1.0 - sin_cos(theta).1)
    }

    fn rate(&self, theta: f64, omega: f64, gap_rate: f64) -> f64 {
        -self.eccentricity * sin_cos(theta).0 * omega - gap_rate
    }

    /// Tells that from now on the gap moves at another rate, which may turn a slip round at once.
    pub(super) fn input_jump(
        &mut self,
        now: f64,
        theta: f64,
        omega: f64,
        gap_rate: f64,
    ) -> Option<Event> {
        let rate = self.rate(theta, omega, gap_rate);
        let name = match self.contact {
            Contact::SlipIn if self.last_rate >= 0.0 && rate < 0.0 => "rev_in_at_input_jump",
            Contact::SlipOut if self.last_rate <= 0.0 && rate > 0.0 => "rev_out_at_input_jump",
            Contact::None | Contact::Elastic | Contact::SlipIn | Contact::SlipOut => return None,
        };
        self.contact = Contact::Elastic;
        Some(Event {
            t_s: now,
            name,
            theta,
        })
    }

    /// Follows one step.
    pub(super) fn follow(&mut self, path: &Path, events: &mut Vec<Event>) {
        if self.contact == Contact::None && self.is_far(path) {
            self.last_rate = self.delta(path, 1.0).1;
            return;
        }
        let pieces = if path.h > SHORT_S { PIECES } else { 2 };
        for piece in 0..pieces {
            let end = f64::from(piece + 1) / f64::from(pieces);
            let mut start = f64::from(piece) / f64::from(pieces);
            // An element changes its state a few times in a piece at most.
            for _ in 0..6 {
                match self.next(path, start, end) {
                    None => break,
                    Some((share, contact, name)) => {
                        self.settle(path, start, share);
                        if self.contact == Contact::None {
                            // Nothing, unless the run begins with the needles in skin.
                            self.elastic_n = self.skin.stiffness * self.delta(path, share).0;
                        }
                        self.contact = contact;
                        let theta = path.at(share).0;
                        events.push(Event {
                            t_s: path.start_s + share * path.h,
                            name,
                            theta,
                        });
                        start = share;
                    }
                }
            }
            self.settle(path, start, end);
        }
        self.last_rate = self.delta(path, 1.0).1;
    }

    /// Whether the needles, apart from skin, cannot reach it within a step.
    fn is_far(&self, path: &Path) -> bool {
        let fastest = path.omega[0].abs().max(path.omega[1].abs());
        let reach = path.h * (self.eccentricity * 1.1 * fastest + path.gap[1].abs());
        self.delta(path, 0.0).0 + reach < 0.0
    }

    /// Carries the elastic force along a stretch without change of state.
    fn settle(&mut self, path: &Path, start: f64, end: f64) {
        let to = self.delta(path, end).0.max(0.0);
        self.elastic_n = match self.contact {
            Contact::None => 0.0,
            Contact::SlipIn => self.upper(to),
            Contact::SlipOut => self.lower(to),
            Contact::Elastic => self.elastic_at(path, start, end),
        };
    }

    fn upper(&self, delta: f64) -> f64 {
        self.skin.puncture_n + self.skin.friction * delta
    }

    fn lower(&self, delta: f64) -> f64 {
        -self.skin.friction * delta
    }

    fn elastic_at(&self, path: &Path, start: f64, share: f64) -> f64 {
        let moved = self.delta(path, share).0 - self.delta(path, start).0.max(0.0);
        self.elastic_n + self.skin.stiffness * moved
    }

    /// The first change of state within a stretch: when, to what, and its name.
    fn next(&self, path: &Path, start: f64, end: f64) -> Option<(f64, Contact, &'static str)> {
        let depth = |share: f64| self.delta(path, share).0;
        let rate = |share: f64| self.delta(path, share).1;
        // Never at the very start: that change has been made.
        let found =
            |is_over: &dyn Fn(f64) -> bool, to: f64| is_over(to).then(|| root(is_over, start, to));
        let leaving = found(&|share| depth(share) <= 0.0, end);
        let until = leaving.unwrap_or(end);
        let leave = leaving.map(|share| (share, Contact::None, "leave"));
        match self.contact {
            Contact::None => found(&|share| depth(share) > 0.0, end)
                .map(|share| (share, Contact::Elastic, "enter")),
            Contact::Elastic => {
                let force = |share: f64| self.elastic_at(path, start, share);
                let above = |share: f64| force(share) > self.upper(depth(share)) + ROUNDING_N;
                let below = |share: f64| force(share) < self.lower(depth(share)) - ROUNDING_N;
                found(&above, until)
                    .map(|share| (share, Contact::SlipIn, "slip_in"))
                    .or_else(|| {
                        found(&below, until).map(|share| (share, Contact::SlipOut, "slip_out"))
                    })
                    .or(leave)
            }
            Contact::SlipIn => found(&|share| rate(share) < 0.0, until)
                .map(|share| (share, Contact::Elastic, "rev_in"))
                .or(leave),
            Contact::SlipOut => found(&|share| rate(share) > 0.0, until)
                .map(|share| (share, Contact::Elastic, "rev_out"))
                .or(leave),
        }
    }
}

/// The share at which a condition that holds at `after` began to hold.
fn root(is_over: &dyn Fn(f64) -> bool, mut before: f64, mut after: f64) -> f64 {
    for _ in 0..44 {
        let middle = 0.5 * (before + after);
        if is_over(middle) {
            after = middle;
        } else {
            before = middle;
        }
    }
    after
}
