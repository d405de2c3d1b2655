//! Cartridges.

use pen_core::cartridge::CartridgeDefect;
use pen_core::fault::{Fault, StopCause, Warning};
use pen_core::io::{Tag, TagReading};
use pen_core::journal::{Record, ResetCause};
use pen_core::mode::Mode;
use pen_core::plan::{Plan, Zone, ZonePlan};
use pen_core::profile::Source;
use pen_core::request::{Refusal, Reply, Request};
use pen_core::units::{Duration, Strokes};
use pen_tests::given::{self, plan_of, um, zone};
use pen_tests::rig::Rig;

/// What confirming a zone says to this seat and tag.
fn armed_with(seated: bool, tag: TagReading) -> Result<(), Refusal> {
    let mut rig = Rig::default();
    rig.seated = seated;
    rig.tag = tag;
    let mut rig = rig.to_standby();
    assert_eq!(rig.load(given::plan()), Ok(Reply::Done));
    let before = rig.ledger();
    rig.press_ok();
    if rig.mode() == Mode::Ready {
        return Ok(());
    }
    assert_eq!(rig.mode(), Mode::Standby);
    assert_eq!(rig.ledger(), before, "a refusal opens no session");
    Err(rig.refused().expect("a refusal"))
}

fn tagged(change: impl Fn(&mut Tag)) -> TagReading {
    let mut tag = given::tag();
    change(&mut tag);
    TagReading::Present(tag)
}

#[test]
fn cart_001_runs_only_seated_and_identified() {
    let refused = |seated, tag| armed_with(seated, tag).expect_err("refused");
    let new = tagged(|_| ());
    assert_eq!(armed_with(true, new), Ok(()));
    let cartridge = Refusal::Cartridge;
    assert_eq!(refused(false, new), cartridge(CartridgeDefect::NotSeated));
    assert_eq!(
        refused(true, TagReading::Absent),
        cartridge(CartridgeDefect::NoTag)
    );
    assert_eq!(
        refused(true, TagReading::Unreadable),
        cartridge(CartridgeDefect::Unreadable)
    );
}

#[test]
fn cart_001_leaving_the_seat_while_running_trips_within_50_ms() {
    let mut rig = Rig::default().to_running();
    for _ in 0..10 {
        rig.seated = false;
        rig.runs_for(39);
        rig.seated = true;
        // It runs back a quarter as fast as it ran up.
        rig.runs_for(156);
    }
    rig.seated = false;
    let took = rig.brakes_within(50);
    assert_eq!(took, 40);
    assert_eq!(rig.fault(), Some(Fault::CartridgeUnseated));
}

#[test]
fn cart_001_a_seat_that_rattles_adds_up() {
    for (open, closed, most) in [(39, 39, 90), (20, 20, 110), (5, 5, 110), (1, 3, 700)] {
        let mut rig = Rig::default().to_running();
        let mut took = 0;
        while rig.drives() {
            rig.seated = took % (open + closed) >= open;
            rig.tick();
            took += 1;
            assert!(took <= most, "{open} {closed}");
        }
        assert_eq!(rig.fault(), Some(Fault::CartridgeUnseated));
    }
    // A contact that is open for a fifth of the time is no more than worn.
    let mut rig = Rig::default().to_running();
    for tick in 0..2_000 {
        rig.seated = tick % 5 != 0;
        rig.tick();
        assert!(rig.drives(), "{tick}");
    }
}

#[test]
fn cart_001_another_cartridge_closes_the_zone_before_it_can_start() {
    for (what, tag) in [
        ("another", tagged(|tag| tag.id += 1)),
        ("unreadable", TagReading::Unreadable),
        ("none", TagReading::Absent),
    ] {
        let mut rig = Rig::default().to_ready();
        rig.trigger = given::HELD;
        rig.ticks(29);
        rig.tag = tag;
        rig.ticks(500);
        assert_eq!(rig.mode(), Mode::Standby, "{what}");
        assert!(!rig.recorded(|record| matches!(record, Record::Started { .. })));
    }
}

#[test]
fn cart_001_shorter_needles_under_the_same_identity_do_not_start() {
    // A tag that says another type than the one the zone was opened with.
    let mut rig = Rig::default().to_ready();
    rig.tag = tagged(|tag| tag.kind = 5);
    rig.ticks(300);
    rig.trigger = given::HELD;
    rig.ticks(100);
    assert!(
        !rig.recorded(|record| matches!(record, Record::Started { .. })),
        "{}",
        rig.state()
    );
}

#[test]
fn cart_002_refuses_what_is_not_authentic_expired_or_unknown() {
    let cartridge = |tag| match armed_with(true, tag) {
        Ok(()) => None,
        Err(Refusal::Cartridge(defect)) => Some(defect),
        Err(other) => panic!("{other:?}"),
    };
    assert_eq!(
        cartridge(tagged(|tag| tag.authentic = false)),
        Some(CartridgeDefect::NotAuthentic)
    );
    assert_eq!(
        cartridge(tagged(|tag| tag.used = true)),
        Some(CartridgeDefect::Used {
            id: given::CARTRIDGE
        })
    );
    for (day, good) in [
        (given::TODAY - 1, false),
        (given::TODAY, true),
        (given::TODAY + 1, true),
        (0, false),
        (u16::MAX, true),
    ] {
        let found = cartridge(tagged(|tag| tag.expiry_day = day));
        let expected = CartridgeDefect::Expired {
            expiry_day: day,
            today: given::TODAY,
        };
        assert_eq!(found, (!good).then_some(expected), "{day}");
    }
}

#[test]
fn cart_002_knows_five_types_and_the_dummy() {
    for code in 0..=u8::MAX {
        let mut rig = Rig::default();
        rig.ring(100);
        rig.tag = tagged(|tag| tag.kind = code);
        let mut rig = rig.to_standby();
        let shallow = plan_of(&[zone(Zone::Cheek, 200, 100)]);
        assert_eq!(rig.load(shallow), Ok(Reply::Done));
        rig.press_ok();
        let expected = match code {
            1..=5 => None,
            200 => Some(CartridgeDefect::WrongPurpose),
            _ => Some(CartridgeDefect::UnknownKind { code }),
        };
        let found = match (rig.mode(), rig.refused()) {
            (Mode::Ready, None) => None,
            (Mode::Standby, Some(Refusal::Cartridge(defect))) => Some(defect),
            other => panic!("{code}: {other:?}"),
        };
        assert_eq!(found, expected, "{code}");
    }
}

#[test]
fn cart_002_a_cartridge_shorter_than_the_depth_is_refused() {
    // 6 needles of 1.5 mm (code 1), 36 of 2.0 mm (code 4), nano tip of 0.3 mm (code 5).
    for (kind, length) in [(1, 1_500), (2, 2_500), (3, 2_500), (4, 2_000), (5, 300)] {
        for depth in [length - 1, length, length + 1] {
            if depth > 2_000 {
                continue;
            }
            let mut rig = Rig::default();
            rig.ring(200);
            let mut rig = rig.to_standby();
            let mut tag = given::tag();
            tag.kind = kind;
            rig.tag = TagReading::Present(tag);
            let mut asked = zone(Zone::Cheek, depth, 100);
            if depth > 1_500 {
                asked.override_reason = Some(pen_core::plan::OverrideReason::ThickScar);
            }
            assert_eq!(rig.load(plan_of(&[asked])), Ok(Reply::Done));
            rig.press_ok();
            if depth <= length {
                assert_eq!(rig.mode(), Mode::Ready, "{kind} {depth}");
            } else {
                assert_eq!(rig.mode(), Mode::Standby);
                let expected = Refusal::TooDeep {
                    asked: um(depth),
                    allowed: um(length),
                    by: Source::Cartridge,
                };
                assert_eq!(rig.refused(), Some(expected));
            }
        }
    }
}

#[test]
fn cart_003_the_tag_is_burned_with_the_start() {
    let mut rig = Rig::default().to_ready();
    assert_eq!(rig.out.burn(), None);
    rig.start();
    assert_eq!(rig.out.burn(), Some(given::CARTRIDGE));
    assert!(rig.log.contains(&Record::CartridgeBurned {
        id: given::CARTRIDGE
    }));
}

#[test]
fn cart_003_a_power_cut_before_the_tag_is_burned_does_not_make_it_new() {
    for ms in [0, 1, 20, 500] {
        for same_session in [true, false] {
            let mut rig = Rig::default().to_treating();
            rig.ticks(ms);
            // Neither tag nor list was written in time; only the ledger's reservation is there.
            rig.burned.clear();
            rig.trigger = given::RELEASED;
            rig.reboot(ResetCause::PowerOn);
            let mut rig = rig.to_standby();
            let mut plan = given::plan();
            if !same_session {
                assert_eq!(rig.operator(Request::EndSession), Ok(Reply::Done));
                plan.id += 1;
                plan.token += 1;
            }
            assert_eq!(rig.load(plan), Ok(Reply::Done));
            rig.press_ok();
            assert_eq!(rig.mode(), Mode::Standby, "{ms} ms, {}", rig.state());
            let expected = if same_session {
                CartridgeDefect::PausedTooLong
            } else {
                CartridgeDefect::Used {
                    id: given::CARTRIDGE,
                }
            };
            assert_eq!(rig.refused(), Some(Refusal::Cartridge(expected)));
        }
    }
}

#[test]
fn cart_004_goes_on_in_the_same_session_after_less_than_30_minutes() {
    for (ms, good) in [(1_798_000, true), (1_800_500, false)] {
        let mut rig = Rig::default().to_treating();
        rig.runs_for(100);
        rig.trigger = given::RELEASED;
        rig.comes_to(Mode::Ready);
        rig.tick_us = 2_000;
        rig.ticks(ms / 2);
        rig.tick_us = 1_000;
        assert_eq!(rig.mode(), Mode::Ready);
        rig.trigger = given::HELD;
        rig.ticks(50);
        if good {
            assert_eq!(rig.mode(), Mode::Treating, "{}", rig.state());
        } else {
            let expected = Refusal::Cartridge(CartridgeDefect::PausedTooLong);
            assert_eq!(rig.refused(), Some(expected));
        }
    }
}

#[test]
fn cart_004_the_pause_is_29_59_999_or_30_minutes() {
    // To the millisecond: the pause counts from the last moment of the drive.
    let mut rig = Rig::default().to_treating();
    rig.runs_for(100);
    rig.trigger = given::RELEASED;
    rig.comes_to(Mode::Ready);
    rig.tick_us = 2_000;
    rig.ticks(899_000);
    rig.tick_us = 1_000;
    let at = |more: u32| {
        let mut rig = rig.clone();
        rig.ticks(more);
        rig.trigger = given::HELD;
        rig.ticks(31);
        rig.mode() == Mode::Treating
    };
    assert!(at(1_000));
    let mut last = None;
    for more in 1_000..2_100 {
        if !at(more) {
            last = Some(more);
            break;
        }
    }
    // 30 minutes after the brake or after standstill, whichever the pen counts from.
    let last = last.expect("it ends");
    assert!((1_500..=2_000).contains(&last), "{last}");
}

#[test]
fn cart_004_not_in_another_session_and_not_for_another_patient() {
    for token in [given::plan().token, 0x77] {
        let mut rig = Rig::default().to_running();
        rig.trigger = given::RELEASED;
        rig.comes_to(Mode::Ready);
        assert_eq!(rig.operator(Request::EndSession), Ok(Reply::Done));
        rig.ticks(100);
        let next = Plan {
            token,
            id: 32,
            ..given::plan()
        };
        assert_eq!(rig.load(next), Ok(Reply::Done));
        rig.press_ok();
        let expected = CartridgeDefect::Used {
            id: given::CARTRIDGE,
        };
        assert_eq!(rig.refused(), Some(Refusal::Cartridge(expected)));
        assert_eq!(rig.mode(), Mode::Standby);
    }
}

#[test]
fn cart_004_goes_on_after_a_fault_in_the_same_session() {
    let mut rig = Rig::default().to_faulted();
    rig.acknowledge();
    rig.arm();
    rig.start();
    rig.runs_for(200);
}

#[test]
fn cart_004_two_cartridges_do_not_take_turns() {
    let first = tagged(|_| ());
    let second = tagged(|tag| tag.id += 1);
    let mut rig = Rig::default().to_running();
    rig.trigger = given::RELEASED;
    rig.comes_to(Mode::Ready);
    rig.tag = second;
    rig.comes_to(Mode::Standby);
    rig.arm();
    rig.start();
    assert_eq!(rig.out.burn(), Some(given::CARTRIDGE + 1));
    rig.runs_for(200);
    rig.trigger = given::RELEASED;
    rig.comes_to(Mode::Ready);
    rig.tag = first;
    rig.comes_to(Mode::Standby);
    rig.press_ok();
    let expected = CartridgeDefect::Used {
        id: given::CARTRIDGE,
    };
    assert_eq!(rig.refused(), Some(Refusal::Cartridge(expected)));
    rig.tag = second;
    rig.arm();
    rig.start();
}

#[test]
fn cart_005_warns_at_180000_and_ends_at_200000_strokes() {
    let mut rig = Rig::default().to_ready_with(plan_of(&[ZonePlan {
        time: Duration::from_min(30),
        strokes: Strokes::from_count(200_000),
        ..zone(Zone::Cheek, 1_200, 150)
    }]));
    let mut warned_at = None;
    let mut last = 0;
    for _ in 0..1_600_000 {
        if rig.mode() == Mode::Ready {
            rig.trigger = given::RELEASED;
            rig.ticks(250);
            rig.trigger = given::HELD;
            rig.ticks(30);
        }
        if matches!(rig.mode(), Mode::Locked | Mode::Standby) {
            break;
        }
        rig.tick();
        last = rig.ledger().cartridge_strokes.as_count();
        let warns = |record: &Record| {
            matches!(
                record,
                Record::Warned {
                    warning: Warning::CartridgeNearEnd,
                    ..
                }
            )
        };
        if warned_at.is_none() && rig.log.last().is_some_and(warns) {
            warned_at = Some(last);
        }
    }
    assert_eq!(warned_at, Some(180_000));
    assert!(rig.recorded(|record| matches!(
        record,
        Record::Stopped {
            cause: StopCause::CartridgeLife,
            ..
        }
    )));
    // The stop itself adds at most two entries.
    assert!((200_000..=200_002).contains(&last), "{last}");
    rig.trigger = given::RELEASED;
    rig.comes_to(Mode::Standby);
    rig.press_ok();
    assert!(
        matches!(
            rig.refused(),
            Some(Refusal::Cartridge(CartridgeDefect::WornOut { strokes, allowed: 200_000 }))
                if strokes == last
        ) || matches!(rig.refused(), Some(Refusal::ZoneUsed { .. })),
        "{:?}",
        rig.refused()
    );
}
