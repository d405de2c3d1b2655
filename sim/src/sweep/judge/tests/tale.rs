//! A session as it is made up, and what comes of it.

use pen_core::profile::Mechanism;

use super::super::super::setup::{Setup, Work};
use super::super::{Judge, Measure};
use crate::monitor::Claims;
use crate::pen::{Observer, Truth};
use crate::rng::Seed;

/// A session as it is made up, before the judge's eyes.
pub(super) struct Tale {
    pub(super) judge: Judge,
    pub(super) now: Truth,
}

/// What a pen says that rests, without a session.
pub(super) const SAYS: Claims = Claims {
    parked: false,
    at_rest: true,
    session: 0,
    strokes: 0,
    told: false,
};

impl Tale {
    pub(super) fn new(work: Work) -> Self {
        let setup = Setup {
            cap_um: 500,
            ..Setup::draw(Seed::new(1), 1, work, Mechanism::Ring, false)
        };
        Self {
            judge: Judge::new(&setup),
            now: Truth::RESTS,
        }
    }

    /// Changes something that lasts.
    pub(super) fn so(&mut self, change: impl FnOnce(&mut Truth)) -> &mut Self {
        change(&mut self.now);
        self
    }

    /// The supply drives, with 7.4 V.
    pub(super) fn hard(&mut self) -> &mut Self {
        self.so(|t| (t.powered, t.duty, t.terminal_v) = (true, -1.0, 7.4))
    }

    /// The supply pushes, with the 2.4 V that a push may have.
    pub(super) fn soft(&mut self) -> &mut Self {
        self.so(|t| (t.powered, t.duty, t.terminal_v) = (true, -0.5, 4.8))
    }

    pub(super) fn off(&mut self) -> &mut Self {
        self.so(|t| (t.powered, t.duty) = (false, 0.0))
    }

    pub(super) fn hold(&mut self, held: bool) -> &mut Self {
        self.so(|t| (t.trigger, t.held) = (held, held))
    }

    /// The trigger is held for 10 ms, and the pen drives; then both end.
    pub(super) fn drive(&mut self) -> &mut Self {
        self.hold(true).hard().tenths(100).hold(false).off()
    }

    pub(super) fn step(&mut self, us: u64) -> &mut Self {
        self.now.time_us += us;
        self.judge.step(&self.now);
        self
    }

    /// Lets so many tenths of a millisecond pass, in steps of one.
    pub(super) fn tenths(&mut self, tenths: u32) -> &mut Self {
        for _ in 0..tenths {
            self.step(100);
        }
        self
    }

    /// In one step the tips come out, while the cam turns with a rate; in the next they are in.
    pub(super) fn enter(&mut self, rate_hz: f64) -> &mut Self {
        self.so(|t| (t.protrusion_um, t.rate_hz) = (0.1, rate_hz))
            .step(100);
        self.so(|t| t.protrusion_um = 0.0).step(100)
    }

    pub(super) fn says(&mut self, claims: Claims) -> &mut Self {
        self.judge.hear(Some(claims), &self.now);
        self
    }

    /// A fault is told.
    pub(super) fn tells(&mut self) -> &mut Self {
        self.says(Claims { told: true, ..SAYS })
    }
}

pub(super) type Tell = fn(&mut Tale) -> &mut Tale;

pub(super) fn measures(work: Work, tell: Tell) -> Vec<Measure> {
    let mut tale = Tale::new(work);
    tell(&mut tale);
    tale.judge.measures()
}

/// What came of one rule: the worst value, and when it was first broken (us).
pub(super) fn found(work: Work, rule: &str, tell: Tell) -> (f64, Option<u64>) {
    let all = measures(work, tell);
    let one = all.iter().find(|one| one.rule == rule);
    let one = one.unwrap_or_else(|| panic!("{rule} is not measured"));
    (one.worst, one.broken_at_us)
}

/// Each session of a treatment, and what comes of it by one rule.
pub(super) fn all_are_found(rule: &str, sessions: &[(&str, Tell, f64, Option<u64>)]) {
    for (name, tell, worst, broken_at_us) in sessions {
        let found = found(Work::Treatment, rule, *tell);
        assert_eq!(found, (*worst, *broken_at_us), "{rule}: {name}");
    }
}
