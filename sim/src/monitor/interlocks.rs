//! Driven although something forbids it: cable, fall, heat, current, and firmware that hangs.

use super::drive::Scene;
use super::rule::{Book, CURRENT_A, HOT_C, Rule};

/// Since when each of these has been so (us).
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Interlocks {
    cable: Option<u64>,
    falls: Option<u64>,
    dead: Option<u64>,
    hot: [Option<u64>; 2],
    current: [Option<u64>; 3],
}

impl Interlocks {
    pub(super) fn see(&mut self, s: &Scene<'_>, book: &mut Book) {
        let t = s.t;
        s.keep(&mut self.cable, t.cable && !s.rules.is_service);
        s.keep(&mut self.falls, t.falls);
        s.keep(&mut self.dead, !t.alive);
        if s.drives {
            book.see(Rule::Cable, s.since_ms(self.cable), t.time_us);
            book.see(Rule::Fall, s.since_ms(self.falls), t.time_us);
        }
        if s.torque {
            book.see(Rule::Hung, s.since_ms(self.dead), t.time_us);
        }
        let warmth = [(Rule::Grip, t.grip_c), (Rule::Winding, t.winding_c)];
        for (((rule, is_c), most_c), since) in warmth.into_iter().zip(HOT_C).zip(&mut self.hot) {
            s.keep(since, s.drives && is_c > most_c);
            book.see(rule, s.since_ms(*since), t.time_us);
        }
        let rules = [Rule::Current0, Rule::Current1, Rule::Current2];
        for ((rule, most_a), since) in rules.into_iter().zip(CURRENT_A).zip(&mut self.current) {
            // The brake's own current flows in the winding only.
            s.keep(since, s.torque && t.current_a.abs() > most_a);
            book.see(rule, s.since_ms(*since), t.time_us);
        }
    }
}
