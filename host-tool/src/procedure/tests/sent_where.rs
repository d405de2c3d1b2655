//! Where the ring stood when a gauge sent a value: a reason keeps that value there and nowhere else.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use pen_core::calibration::Channel;
use pen_core::status::Status;
use pen_protocol::messages::ToHost;

use super::super::observer::{Place, Setting};
use super::super::typed::Unit;
use super::super::{PromptBench, Reply};
use super::gauged::{Turner, Wrong, sender, shared};
use super::lies::tapped;
use super::*;
use crate::link::sim::TODAY;

/// Where channel A stands when the gauge sends. Unit: counts.
const SENT_AT: u16 = 1_100;

/// A bench with a gauge that sends, at a pen whose channel A is where the test says.
struct Rig {
    client: Client,
    bench: PromptBench<Turner>,
    counts: Rc<Cell<u16>>,
    log: Rc<RefCell<Vec<String>>>,
}

/// `types` is typed at the second prompt, after the gauge has sent once.
fn rig(types: &'static str) -> Rig {
    let counts = Rc::new(Cell::new(SENT_AT));
    let told = Rc::clone(&counts);
    let (stage, client, _) = tapped(5, move |_, answer, _| {
        vec![match answer {
            ToHost::StatusReply(status) => ToHost::StatusReply(Status {
                counts_a: told.get(),
                ..status
            }),
            other => other,
        }]
    });
    let log = Rc::default();
    let desk = Turner {
        stage: stage.clone(),
        is_person: true,
        types: [("reading 9 of 38", types)].into_iter().collect(),
        log: Rc::clone(&log),
    };
    let gauge = sender(&stage, Unit::Um, &shared(Wrong::Nothing, 0));
    let bench = PromptBench::new(desk, false, TODAY).with_instruments(Some(gauge), None);
    Rig {
        client,
        bench,
        counts,
        log,
    }
}

/// The question for a reading at this setting; the second time as reading 9, at which something is typed.
fn asked(um: i32, number: usize) -> Asked {
    Asked {
        place: Place {
            phase: Phase::AsFound,
            setting: Setting::Depth {
                um,
                direction: Direction::Deepening,
            },
            repeat: 1,
        },
        number,
        of: 38,
        pen_says: um,
        expect: (um - 90, um + 90),
    }
}

impl Rig {
    /// The reply, and the reason with which it is kept.
    fn reads(&mut self, um: i32, number: usize) -> (i32, Option<String>) {
        match self.bench.gauge_um(&mut self.client, &asked(um, number)) {
            Ok(Reply::Value { value, because, .. }) => (value, because),
            other => panic!("{other:?} {:?}", self.log.borrow()),
        }
    }

    fn was_refused(&self) -> bool {
        let log = self.log.borrow();
        log.iter().any(|it| it.contains("no value was sent here"))
    }
}

const REASON: &str = "because the scale slipped here";

#[test]
fn a_reason_keeps_the_value_that_was_sent_where_the_ring_still_stands() {
    // 13 counts of channel A, about 10 um either way, and one more.
    for (counts, is_kept) in [
        (SENT_AT, true),
        (SENT_AT + 13, true),
        (SENT_AT - 13, true),
        (SENT_AT + 14, false),
        (SENT_AT - 14, false),
    ] {
        let mut rig = rig(REASON);
        let (sent, none) = rig.reads(300, 8);
        assert_eq!(none, None, "the gauge alone gives no reason");
        rig.counts.set(counts);
        let (value, because) = rig.reads(300, 9);
        assert_eq!(because.is_some(), is_kept, "{counts}");
        assert_eq!(rig.was_refused(), !is_kept, "{counts}");
        if is_kept {
            assert_eq!(value, sent, "{counts}");
        }
    }
    let um = |counts: u16| Channel::A.nominal(counts).as_um();
    assert!((9..=10).contains(&(um(SENT_AT + 13) - um(SENT_AT))));
}

#[test]
fn a_reason_keeps_no_value_that_was_sent_for_another_reading() {
    // The pen sees the ring where it was: only the reading is another.
    let mut rig = rig(REASON);
    rig.reads(300, 8);
    let (_, because) = rig.reads(310, 9);
    assert_eq!(because, None);
    assert!(rig.was_refused(), "{:?}", rig.log.borrow());
}

#[test]
fn a_reason_keeps_no_value_from_before_the_ring_was_turned() {
    // The same reading once more, after somebody went back: the ring was turned in between.
    let mut rig = rig(REASON);
    rig.reads(300, 8);
    let turned = rig
        .bench
        .turn_ring(&mut rig.client, 300, Direction::Deepening);
    turned.unwrap();
    let (_, because) = rig.reads(300, 9);
    assert_eq!(because, None);
    assert!(rig.was_refused(), "{:?}", rig.log.borrow());
}
