//! The monitors of rotation under proof (RATE-002, RATE-003, RATE-004, RATE-009, RATE-010, RATE-011).

use super::{BUCKETS, RotationGuard, View};
use crate::divide::{millionth, quotient};
use crate::fault::Fault;
use crate::guard::Drive;
use crate::units::{Duration, Rate};
use crate::verify::{Any, Rule, Source, rule};

const fn ms(value: u32) -> Duration {
    Duration::from_ms(value)
}

impl RotationGuard {
    /// What is true of them between two ticks.
    pub(crate) fn holds(&self) -> bool {
        self.bucket_for < ms(5) && self.newest < BUCKETS && self.since_rearm <= ms(500)
    }

    /// The window is a ring: where it begins is no part of what it says (see the test of that in
    /// `verify`). A proof begins it at the first place.
    pub(crate) fn begin_ring(&mut self) {
        self.newest = 0;
    }

    /// The ring turned by so many places: the same window.
    #[cfg(test)]
    pub(crate) fn turned(mut self, by: usize) -> Self {
        self.buckets.rotate_right(by % BUCKETS);
        self.newest = (self.newest + by) % BUCKETS;
        self
    }

    /// Edges in the window, added up.
    #[cfg(test)]
    pub(crate) fn is_added_up(&self) -> bool {
        self.sum() == self.in_window
    }

    /// Adds the window up, for one that was drawn by chance.
    pub(crate) fn add_up(&mut self) {
        self.in_window = self.sum();
    }

    fn sum(&self) -> u16 {
        let edges = self.buckets.iter().map(|edges| u16::from(*edges));
        edges.fold(0, u16::saturating_add)
    }

    /// Brings monitors that were drawn by chance to ones that can be.
    pub(crate) fn tame(&mut self) {
        self.bucket_for = self.bucket_for.min(Duration::from_us(4_999));
        self.newest %= BUCKETS;
        self.since_rearm = self.since_rearm.min(ms(500));
        self.add_up();
    }
}

/// What is checked.
pub(crate) const RULES: &[Rule] = &[
    rule(
        1,
        "RATE-002",
        "a turn faster than 160 Hz is a trip at its edge",
    ),
    rule(
        2,
        "RATE-002",
        "four edges in a row above 110 percent of what is set, each of a whole turn, are a trip",
    ),
    rule(
        3,
        "RATE-003",
        "150 ms without an edge are a trip while driven by 50 Hz or more, settled or not",
    ),
    rule(
        4,
        "RATE-003",
        "once settled, 2.5 periods without an edge are a trip",
    ),
    rule(
        5,
        "RATE-004",
        "35 ms without an edge, with more than 0.4 A and 60 percent of what a held motor draws, are one",
    ),
    rule(
        6,
        "RATE-010",
        "more strokes in 250 ms than the limit allows, five percent and one stroke more, are a trip",
    ),
    rule(
        7,
        "RATE-009",
        "a third quarter turn backward while driven is a trip",
    ),
    rule(
        8,
        "RATE-009",
        "at rest, 3 ms of more than 120 mA are a trip",
    ),
    rule(
        9,
        "RATE-006",
        "edges that are missing, or that nothing generated, are a trip while driven",
    ),
    rule(
        10,
        "RATE-011",
        "the ramp is allowed for once in 500 ms, and for 400 ms",
    ),
    rule(11, "RATE-010", "the window keeps its invariant"),
    rule(
        12,
        "RATE-010",
        "the window takes in every edge of this tick, until a place of it is full",
    ),
    rule(
        13,
        "RATE-011",
        "a change that is granted a window starts the 500 ms anew, and they run with the tick",
    ),
    rule(
        14,
        "RATE-010",
        "every 5 ms the window loses what its oldest place held, and nothing else",
    ),
    rule(
        15,
        "RATE-004",
        "the time for which a motor is held with more than 0.4 A and 60 percent runs with the tick",
    ),
    rule(
        16,
        "RATE-011",
        "the rate before a change is allowed for 400 ms, which run with the tick, and no longer",
    ),
    rule(
        17,
        "RATE-002",
        "edges that are too fast add up from tick to tick until they are a trip",
    ),
    rule(
        18,
        "RATE-009",
        "the time for which current flows at rest runs with the tick",
    ),
];

/// What must be possible.
pub(crate) const CASES: &[(u32, &str)] = &[
    (1, "too fast"),
    (2, "too many strokes"),
    (3, "feedback lost"),
    (4, "stalled"),
    (5, "moves unasked"),
    (6, "nothing while driven"),
];

/// The monitors before a tick and after it, what they saw, and what they found.
#[derive(Clone, Copy)]
struct Judged<'a> {
    was: &'a RotationGuard,
    guard: &'a RotationGuard,
    view: &'a View,
    found: Option<Fault>,
}

/// Any monitors, any view, one tick.
pub fn room<S: Source>(s: &mut S) {
    let mut guard = RotationGuard::any(s);
    if s.is_drawn() {
        guard.tame();
    }
    guard.begin_ring();
    s.assume(guard.holds());
    let was = guard;
    let view = View::any(s);
    let found = guard.check(&view).map(|trip| trip.fault);
    let tick = Judged {
        was: &was,
        guard: &guard,
        view: &view,
        found,
    };
    too_fast(s, &tick);
    silent(s, &tick);
    unasked(s, &tick);
    window(s, &tick);
    let driven = view.drive == Drive::Driven;
    let rests = view.drive == Drive::Resting;
    s.cover(1, found == Some(Fault::OverSpeed));
    s.cover(2, found == Some(Fault::TooManyStrokes));
    s.cover(3, found == Some(Fault::FeedbackLost));
    s.cover(4, found == Some(Fault::Stalled));
    s.cover(5, rests && found == Some(Fault::UnexpectedMotion));
    s.cover(6, driven && found.is_none());
}

/// The rate, and what is allowed for after a change of it.
fn too_fast<S: Source>(s: &mut S, tick: &Judged<'_>) {
    let Judged {
        was,
        guard,
        view,
        found,
    } = *tick;
    let driven = view.drive == Drive::Driven;
    let rate = view.speed.rate.as_mhz();
    let edge = view.speed.edges > 0 && view.speed.known;
    s.check(1, !(driven && edge && rate > 160_000) || found.is_some());
    let ramp = if view.begins { ms(0) } else { was.since_change };
    let ramp = ramp.plus_up_to(view.dt, ms(400));
    let before = if view.begins || ramp >= ms(400) {
        Rate::from_mhz(0)
    } else {
        was.set_before
    };
    let set = view.rate_set.max(before);
    let fast = u64::from(rate).saturating_mul(10) > u64::from(set.as_mhz()).saturating_mul(11);
    let in_row = was.fast_edges.saturating_add(view.speed.edges) >= 4 && !view.begins;
    // A set rate beyond any that can be is no matter of this room.
    let asked = set.as_mhz() <= 1_000_000;
    s.check(
        2,
        !(driven && edge && fast && in_row && asked) || found.is_some(),
    );
    let so_far = if view.begins { 0 } else { was.fast_edges };
    let added = guard.fast_edges == so_far.saturating_add(view.speed.edges);
    let goes_on = driven && edge && fast && asked && found.is_none();
    s.check(17, !goes_on || added);
    let mut again = *guard;
    again.rearm(Rate::from_mhz(1));
    let renewed = again.since_change == ms(0) && guard.since_change > ms(0);
    s.check(10, !renewed || guard.since_rearm >= ms(500));
    let over = was.since_change.plus_up_to(view.dt, ms(400)) >= ms(400);
    s.check(10, !(driven && over) || view.begins || guard.settled);
    let granted = again.since_change != guard.since_change
        || again.set_before != guard.set_before
        || again.fast_edges != guard.fast_edges
        || again.settled != guard.settled;
    let anew = again.since_rearm == ms(0) && guard.since_rearm >= ms(500);
    let runs = guard.since_rearm == was.since_rearm.plus_up_to(view.dt, ms(500));
    s.check(13, (!granted || anew) && runs);
    let allows = if driven {
        guard.set_before == before && guard.since_change == ramp
    } else {
        guard.set_before == Rate::from_mhz(0)
    };
    s.check(16, allows);
}

/// No edge while driven.
fn silent<S: Source>(s: &mut S, tick: &Judged<'_>) {
    let Judged {
        was,
        guard,
        view,
        found,
    } = *tick;
    let driven = view.drive == Drive::Driven;
    let silent = view.speed.since_edge;
    let least = view.rate_set.as_mhz() >= 50_000;
    s.check(
        3,
        !(driven && least && silent >= ms(150)) || found.is_some(),
    );
    let period = u64::from(view.rate_set.period().as_us());
    let lost = u64::from(silent.as_us()).saturating_mul(2) >= period.saturating_mul(5);
    s.check(4, !(driven && guard.settled && lost) || found.is_some());
    let ma = view.current.map_or(0, |now| now.as_ma().unsigned_abs());
    let held_for = if view.begins { ms(0) } else { was.held_for };
    let held = ma > 400 && above_60_percent(view, ma) && silent >= held_for;
    let held_for = held_for.plus_up_to(view.dt, ms(35));
    let told = held_for >= ms(35) && (silent >= ms(35) || !guard.settled);
    s.check(5, !(driven && held && told) || found.is_some());
    s.check(15, !(driven && held) || guard.held_for == held_for);
}

/// What no drive asked for.
fn unasked<S: Source>(s: &mut S, tick: &Judged<'_>) {
    let Judged {
        was,
        guard,
        view,
        found,
    } = *tick;
    let driven = view.drive == Drive::Driven;
    s.check(7, !(driven && view.speed.backward >= 3) || found.is_some());
    let ma = view.current.map_or(0, |now| now.as_ma().unsigned_abs());
    let long = was.current_for.plus_up_to(view.dt, ms(3)) >= ms(3);
    let flows = view.quiet && !view.braking && ma > 120 && long;
    let rests = view.drive == Drive::Resting;
    s.check(
        8,
        !(rests && flows) || found == Some(Fault::UnexpectedMotion),
    );
    let flows = rests && view.quiet && !view.braking && ma > 120;
    let run = was.current_for.plus_up_to(view.dt, ms(3));
    s.check(18, !flows || guard.current_for == run);
    let apart = view.incoherent || view.seen.drift > 1_150_000 || view.seen.drift < -1_500_000;
    s.check(9, !(driven && apart) || found.is_some());
}

/// Strokes in 250 ms.
fn window<S: Source>(s: &mut S, tick: &Judged<'_>) {
    let Judged {
        was,
        guard,
        view,
        found,
    } = *tick;
    let most = millionth(u64::from(view.rate_max.as_mhz()).saturating_mul(1_050));
    let many = u64::from(guard.in_window) > most.saturating_add(4);
    let counts = view.drive != Drive::Resting;
    s.check(6, !(counts && many) || found.is_some());
    s.check(11, guard.holds());
    let newest = was.buckets.get(was.newest).copied().unwrap_or(u8::MAX);
    let edges = view.speed.edges;
    let next = was.bucket_for.plus_up_to(view.dt, ms(10));
    let stays = next < ms(5);
    let fits = newest.checked_add(edges).is_some();
    let sum = was.in_window.saturating_add(u16::from(edges));
    s.check(12, !(stays && fits) || guard.in_window == sum);
    // A tick of less than 5 ms moves on by one place at most, and that one held what leaves.
    let moves = next >= ms(5) && next < ms(10);
    let oldest = was.newest.checked_add(1).unwrap_or(0) % 50;
    let leaves = was.buckets.get(oldest).copied().unwrap_or(u8::MAX);
    let rest = was.in_window.saturating_sub(u16::from(leaves));
    let sum = rest.saturating_add(u16::from(edges));
    s.check(14, !moves || guard.in_window == sum);
    let (place, held, left) = if stays {
        (was.newest, newest.saturating_add(edges), next)
    } else {
        (oldest, edges, next.minus(ms(5)))
    };
    let mut kept = was.buckets;
    if let Some(kept) = kept.get_mut(place) {
        *kept = held;
    }
    let same = guard.buckets.same(&kept) && guard.newest == place && guard.bucket_for == left;
    s.check(14, !(stays || moves) || same);
}

/// More than 60 percent of what a held motor draws: of voltage x duty / resistance, in whole mA. Less
/// than nothing, or more than 1 000 A, is no matter of this room.
fn above_60_percent(view: &View, ma: u32) -> bool {
    let mv = view.battery.map(|battery| i64::from(battery.as_mv()));
    mv.is_some_and(|mv| {
        let driven = mv.saturating_mul(i64::from(view.duty));
        let tenfold = i64::from(view.resistance_mohm).saturating_mul(10);
        let held = quotient(driven, tenfold).unwrap_or(0);
        match u32::try_from(held) {
            Ok(held) => held <= 1_000_000 && ma > held.saturating_mul(60) / 100,
            Err(_) => false,
        }
    })
}
