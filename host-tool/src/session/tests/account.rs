//! What a session's account says of each record, and what it leaves open.

use pen_core::cartridge::CartridgeDefect;
use pen_core::fault::{Limiting, Warning};
use pen_core::plan::OverrideReason;
use pen_core::request::{Refusal, RequestKind};
use pen_core::units::Temperature;

use super::*;

/// A session of one zone that is whole, with these records after the zone was opened.
fn around_of(records: &[Record]) -> Treated {
    let mut routine = vec![booted(), plan(), opened(1), zone(10, Zone::Cheek, 500)];
    routine.extend(records.iter().map(|record| at(15, *record)));
    routine.extend([
        started(20, 480),
        stopped(2_020, StopCause::Released, 2, 180),
        closed(9_000, 1, 2, 180, 2_160),
    ]);
    told(&routine, &[], 1, None)
}

/// Kind and text of what happened.
fn events(it: &Treated) -> Vec<(&str, &str)> {
    let events = it.events.iter();
    events.map(|it| (it.kind, it.text.as_str())).collect()
}

#[test]
fn a_session_without_anything_special_leaves_nothing_open() {
    let it = around_of(&[]);
    assert_eq!(events(&it), []);
    assert_eq!(it.unknown, [""; 0]);
    assert_eq!(zones(&it), [("cheek", 180, false, 1)]);
    assert!(it.is_depth_told && it.is_closed && it.has_beginning);
}

/// Records that are told, of which kind, and a part of the words.
fn special() -> [(Record, &'static str, &'static str); 8] {
    let trip = Trip {
        fault: Fault::OverDepth,
        measured: 565,
        allowed: 500,
    };
    let depth = Depth::from_um(1_600);
    [
        (Record::TrippedAlso { trip, count: 1 }, "trip", "also "),
        (
            Record::Refused {
                what: RequestKind::LoadPlan,
                why: Refusal::NoPlan,
            },
            "refused",
            "no plan",
        ),
        (
            Record::Warned {
                warning: Warning::DepthShallower,
                limiting: Limiting::default(),
            },
            "warning",
            "shallower",
        ),
        (
            Record::Heated {
                grip: Temperature::from_decicelsius(400),
                winding: Temperature::from_decicelsius(900),
            },
            "warning",
            "40",
        ),
        (
            Record::Overridden {
                zone: Zone::Cheek,
                depth,
                reason: OverrideReason::ThickScar,
            },
            "override",
            "usual cap exceeded: ",
        ),
        (Record::CartridgeRemoved, "cartridge", "removed"),
        (
            Record::CartridgeRefused {
                defect: CartridgeDefect::NoTag,
            },
            "cartridge",
            "refused",
        ),
        (
            Record::Halted {
                after: Duration::from_ms(80),
                parked: false,
            },
            "stop",
            "the needles may have been out after the brake",
        ),
    ]
}

#[test]
fn everything_that_an_operator_would_ask_about_is_told() {
    for (record, kind, words) in special() {
        let it = around_of(&[record]);
        let said = events(&it);
        assert_eq!(said.len(), 1, "{record:?}: {said:?}");
        assert!(
            said[0].0 == kind && said[0].1.contains(words),
            "{record:?}: {said:?}"
        );
        assert_eq!((it.events[0].start, it.events[0].t_ms), (1, Some(15)));
    }
    // What is usual is not told.
    let usual = Record::Halted {
        after: Duration::from_ms(80),
        parked: true,
    };
    assert_eq!(events(&around_of(&[usual])), []);
    let it = around_of(&[Record::Lost { count: 3 }]);
    let lost = "the pen lost 3 records, because storage did not take them in time";
    assert_eq!(it.unknown[0], lost);
}

#[test]
fn a_stop_is_told_when_nobody_let_go_of_the_trigger() {
    let (routine, faults) = whole();
    let it = told(&routine, &faults, 1, None);
    assert_eq!(
        events(&it)[0],
        ("stop", "stopped: the zone's strokes are used up")
    );
    assert_eq!(it.events[0].t_ms, Some(4_010));
}

#[test]
fn the_same_cartridge_seated_again_is_no_other() {
    let it = around_of(&[Record::CartridgeSeated { id: 9 }]);
    assert_eq!((events(&it), it.needles), (vec![], Some(12)));
    let it = around_of(&[Record::CartridgeSeated { id: 10 }]);
    assert_eq!((events(&it).len(), it.needles), (1, None));
}

#[test]
fn a_start_is_counted_from_that_of_the_session() {
    let (routine, faults) = whole();
    let it = told(&[vec![booted()], routine].concat(), &faults, 1, None);
    let starts: Vec<usize> = it.events.iter().map(|it| it.start).collect();
    assert_eq!(starts, [1, 1]);
}

#[test]
fn a_zone_has_the_deepest_of_its_caps_and_who_set_that_first() {
    let cap = |um: i32, by: Source| Record::ZoneOpened {
        zone: Zone::Cheek,
        cap: Depth::from_um(um),
        by,
        rate: Rate::from_hz(90),
    };
    for (records, um, by) in [
        (vec![], 500, Source::Plan),
        (vec![cap(400, Source::Operator)], 500, Source::Plan),
        (vec![cap(500, Source::Operator)], 500, Source::Plan),
        (vec![cap(600, Source::Operator)], 600, Source::Operator),
    ] {
        let it = around_of(&records);
        let zone = &it.zones[0];
        assert_eq!(
            (zone.cap_um, zone.by),
            (um, crate::words::source(by)),
            "{records:?}"
        );
    }
}

#[test]
fn a_session_without_its_beginning_begins_behind_the_end_of_the_one_before() {
    let (routine, _) = whole();
    let first = &routine[..11];
    let cut = [
        closed(9_000, 1, 3, 270, 3_240),
        zone(10_000, Zone::Nose, 250),
        started(10_010, 240),
        stopped(11_010, StopCause::Released, 1, 90),
    ];
    let restored = at(
        12_000,
        Record::LedgerRestored {
            session: 2,
            used: Duration::from_s(1),
        },
    );
    let open = [first, &cut[..], &[restored]].concat();
    let it = told(&open, &[], 2, None);
    assert_eq!(zones(&it), [("nose", 90, true, 1)]);
    assert!(!it.is_closed && !it.has_beginning && it.plan.is_none());
    let ended = [first, &cut[..], &[closed(12_000, 2, 1, 90, 1_080)]].concat();
    let it = told(&ended, &[], 2, None);
    assert_eq!(zones(&it), [("nose", 90, true, 1)]);
    assert!(it.is_closed && !it.has_beginning);
    assert_eq!(sessions(&merge(&journals(&ended, &[]))), [1, 2]);
}

#[test]
fn a_plan_of_an_earlier_session_is_none_of_this_one() {
    let (routine, faults) = whole();
    let second = [
        opened(2),
        zone(10_000, Zone::Nose, 250),
        closed(12_000, 2, 0, 0, 0),
    ];
    let it = told(
        &[routine.clone(), second.to_vec()].concat(),
        &faults,
        2,
        None,
    );
    assert_eq!((it.plan, it.operator, it.plan_zones), (None, None, None));
    assert!(
        it.unknown
            .contains(&"the plan that it followed is unknown".to_owned())
    );
    let again = [vec![plan()], second.to_vec()].concat();
    let it = told(&[routine, again].concat(), &faults, 2, None);
    assert_eq!(
        (it.plan, it.operator, it.plan_zones),
        (Some(12), Some(7), Some(2))
    );
}

#[test]
fn how_deep_it_was_is_told_when_both_ends_and_every_fault_are_there() {
    let (routine, faults) = whole();
    let kept = Kept {
        session: 1,
        on: Duration::from_s(4),
        strokes: 360,
        seated: None,
    };
    let is_told =
        |routine: &[Entry], faults: &[Entry], kept| told(routine, faults, 1, kept).is_depth_told;
    assert!(is_told(&routine, &faults, None));
    assert!(!is_told(&routine[5..], &faults, None), "no beginning");
    assert!(!is_told(&routine[..11], &faults, None), "no end");
    assert!(is_told(&routine[..11], &faults, Some(kept)), "still open");
    assert!(!is_told(&routine, &[], None), "which fault is unknown");
    // A trip whose change of mode is not there is known all the same.
    let mut calm = routine;
    calm.retain(|it| !matches!(it.record, Record::ModeChanged { .. }));
    assert!(is_told(&calm, &faults, None));
}

#[test]
fn needles_are_counted_from_whole_punctures_of_a_known_cartridge_alone() {
    let counted = |strokes: u32, punctures: u32| {
        let mut routine = whole().0;
        routine.pop();
        routine.push(closed(9_000, 1, 4, strokes, punctures));
        told(&routine, &whole().1, 1, None).needles
    };
    assert_eq!(counted(360, 4_320), Some(12));
    assert_eq!(counted(360, 360), Some(1));
    assert_eq!(counted(360, 4_321), None, "no whole number");
    assert_eq!(counted(360, 2_520), None, "there is none of 7");
    assert_eq!(counted(0, 0), None);
    let mut open = whole().0;
    open.pop();
    let kept = |needles| Kept {
        session: 1,
        on: Duration::from_s(4),
        strokes: 360,
        seated: Some((9, needles)),
    };
    for (needles, told_needles) in [(0, None), (1, Some(1)), (36, Some(36))] {
        assert_eq!(
            told(&open, &[], 1, Some(kept(needles))).needles,
            told_needles
        );
    }
}

#[test]
fn of_an_open_session_only_the_zone_that_lacks_something_is_a_least() {
    let (mut routine, faults) = whole();
    routine.pop();
    let it = told(&routine, &faults, 1, None);
    assert_eq!(
        zones(&it),
        [("nose", 90, false, 1), ("cheek", 180, true, 2)]
    );
    assert!(it.on_us.is_least && it.strokes.is_least);
    // One that lacks nothing so far may have gone on.
    let calm = told(&routine[..9], &[], 1, None);
    assert_eq!(
        zones(&calm),
        [("nose", 90, false, 1), ("cheek", 180, false, 1)]
    );
    assert!(calm.on_us.is_least && calm.strokes.is_least);
}

#[test]
fn of_several_zones_that_lack_something_the_others_are_whole() {
    let (mut routine, mut faults) = whole();
    routine.splice(
        5..5,
        [reacts(500), zone(600, Zone::Nose, 250), started(700, 240)],
    );
    let end = routine.len() - 1;
    routine.splice(
        end..end,
        [
            zone(7_000, Zone::Forehead, 500),
            started(7_010, 400),
            stopped(8_010, StopCause::Released, 1, 50),
        ],
    );
    faults.insert(0, tripped(500));
    let it = told(&routine, &faults, 1, None);
    assert_eq!(
        zones(&it),
        [
            ("nose", 90, true, 2),
            ("cheek", 180, true, 2),
            ("forehead", 50, false, 1)
        ]
    );
}

#[test]
fn a_start_within_a_session_or_a_record_that_cannot_be_read_makes_its_sums_a_worst_case() {
    let (routine, faults) = whole();
    let mut merged = merge(&journals(&routine, &faults));
    assert_eq!(treated(&merged, 1, None).unwrap().worst_case, None);
    // Anything may stand there: that the ledger was restored, too.
    let let_go =
        |line: &&mut crate::session::Line| matches!(line.record, Some(Record::Stopped { .. }));
    merged.lines.iter_mut().find(let_go).unwrap().record = None;
    let it = treated(&merged, 1, None).unwrap();
    assert_eq!(it.worst_case, Some(WorstCase::Perhaps));
    // A start that no word of the ledger tells.
    let mut anew = routine;
    anew.insert(9, booted());
    let it = told(&anew, &faults, 1, None);
    assert_eq!(
        (it.restarts, it.worst_case),
        (1, Some(WorstCase::Restarted))
    );
}
