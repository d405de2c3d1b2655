mod account;

use std::collections::BTreeMap;

use pen_core::fault::{Fault, StopCause, Trip};
use pen_core::journal::{Entry, Record, ResetCause};
use pen_core::locks::Locks;
use pen_core::mode::Mode;
use pen_core::plan::Zone;
use pen_core::profile::Source;
use pen_core::units::{Depth, Duration, Instant, Rate, Strokes};
use pen_protocol::messages::JournalName;

use super::{
    Around, Kept, Seen, Treated, WorstCase, entries, merge, next_earliest, read_lines, sections,
    sessions, text, treated,
};
use crate::client::{FetchedJournal, chained};
use crate::cmd::journal::lines;
use crate::course::Indication;
use crate::out::Out;
use crate::plan::PlanCourse;
use crate::store::{AdverseEvent, Observation};

const PEN: u64 = 42;

fn at(ms: u64, record: Record) -> Entry {
    Entry {
        at: Instant::from_us(ms * 1_000),
        record,
    }
}

fn booted() -> Entry {
    at(
        0,
        Record::Booted {
            cause: ResetCause::PowerOn,
        },
    )
}

fn plan() -> Entry {
    at(
        1,
        Record::PlanLoaded {
            id: 12,
            operator: 7,
            zones: 2,
        },
    )
}

fn opened(session: u32) -> Entry {
    at(
        2,
        Record::SessionOpened {
            session,
            token: 0x7c1e,
            cartridge: 9,
        },
    )
}

fn zone(ms: u64, zone: Zone, cap_um: i32) -> Entry {
    at(
        ms,
        Record::ZoneOpened {
            zone,
            cap: Depth::from_um(cap_um),
            by: Source::Plan,
            rate: Rate::from_hz(90),
        },
    )
}

fn started(ms: u64, um: i32) -> Entry {
    let (depth, cap) = (Depth::from_um(um), Depth::from_um(500));
    at(
        ms,
        Record::Started {
            depth,
            cap,
            rate: Rate::from_hz(90),
        },
    )
}

fn stopped(ms: u64, cause: StopCause, on_s: u32, strokes: u32) -> Entry {
    let (on, strokes) = (Duration::from_s(on_s), Strokes::from_count(strokes));
    at(ms, Record::Stopped { cause, on, strokes })
}

fn closed(ms: u64, session: u32, on_s: u32, strokes: u32, punctures: u32) -> Entry {
    let (on, strokes) = (Duration::from_s(on_s), Strokes::from_count(strokes));
    at(
        ms,
        Record::SessionClosed {
            session,
            on,
            strokes,
            punctures,
        },
    )
}

fn tripped(ms: u64) -> Entry {
    at(
        ms,
        Record::Tripped(Trip {
            fault: Fault::OverDepth,
            measured: 565,
            allowed: 500,
        }),
    )
}

fn reacts(ms: u64) -> Entry {
    let (from, to) = (Mode::Treating, Mode::FaultReaction);
    at(
        ms,
        Record::ModeChanged {
            from,
            to,
            locks: Locks::NONE,
        },
    )
}

/// Two zones, one of them twice; the second activation there ended in a trip.
fn whole() -> (Vec<Entry>, Vec<Entry>) {
    let routine = vec![
        booted(),
        plan(),
        opened(1),
        zone(10, Zone::Nose, 250),
        started(20, 240),
        stopped(1_020, StopCause::Released, 1, 90),
        zone(2_000, Zone::Cheek, 500),
        started(2_010, 480),
        stopped(4_010, StopCause::ZoneStrokes, 2, 180),
        started(5_000, 490),
        reacts(6_000),
        closed(9_000, 1, 4, 360, 4_320),
    ];
    (routine, vec![tripped(6_000)])
}

fn journals(routine: &[Entry], faults: &[Entry]) -> Vec<FetchedJournal> {
    let of = |name, entries| FetchedJournal::new(name, Some(PEN), 1, chained(PEN, entries));
    vec![
        of(JournalName::Faults, faults),
        of(JournalName::Routine, routine),
    ]
}

fn told(routine: &[Entry], faults: &[Entry], session: u32, kept: Option<Kept>) -> Treated {
    treated(&merge(&journals(routine, faults)), session, kept).unwrap()
}

fn zones(it: &Treated) -> Vec<(&str, u64, bool, u32)> {
    let zones = it.zones.iter();
    zones
        .map(|it| {
            (
                it.zone,
                it.strokes.value,
                it.strokes.is_least,
                it.activations,
            )
        })
        .collect()
}

#[test]
fn a_whole_session_is_told_from_its_journal() {
    let (routine, faults) = whole();
    let it = told(&routine, &faults, 1, None);
    // 90 strokes of the activation that tripped belong to the only zone where one did.
    assert_eq!(
        zones(&it),
        [("nose", 90, false, 1), ("cheek", 270, false, 2)]
    );
    assert_eq!((it.strokes.value, it.strokes.is_least), (360, false));
    assert_eq!(
        (it.on_us.value, it.zones[1].on_us.value),
        (4_000_000, 3_000_000)
    );
    assert_eq!((it.needles, it.punctures), (Some(12), Some(4_320)));
    assert_eq!(
        (it.plan, it.operator, it.cartridge),
        (Some(12), Some(7), Some(9))
    );
    assert_eq!(it.token.as_deref(), Some("7c1e"));
    assert_eq!(it.unknown, [""; 0]);
    let kinds: Vec<&str> = it.events.iter().map(|it| it.kind).collect();
    assert_eq!(kinds, ["stop", "trip"]);
    assert!(
        it.events[1]
            .text
            .contains("565 um measured, 500 um allowed")
    );
    assert_eq!(it.events[1].t_ms, Some(6_000));
}

#[test]
fn a_session_that_is_not_there_is_nothing() {
    let (routine, faults) = whole();
    let merged = merge(&journals(&routine, &faults));
    assert_eq!(sessions(&merged), [1]);
    assert_eq!(treated(&merged, 2, None), None);
    assert_eq!(sessions(&merge(&journals(&[booted()], &[]))), [0; 0]);
    assert_eq!(sessions(&merge(&[])), [0; 0]);
}

#[test]
fn a_cut_end_makes_every_sum_a_least_one_unless_the_pen_still_counts() {
    let (mut routine, faults) = whole();
    routine.pop();
    let it = told(&routine, &faults, 1, None);
    assert_eq!((it.strokes.value, it.strokes.is_least), (270, true));
    assert_eq!(zones(&it)[1], ("cheek", 180, true, 2));
    assert!(
        it.unknown
            .iter()
            .any(|it| it.contains("its end is not in the journal"))
    );
    assert!(
        it.unknown
            .iter()
            .any(|it| it.contains("ended in a trip or a restart"))
    );
    let kept = |session| Kept {
        session,
        on: Duration::from_s(4),
        strokes: 360,
        seated: Some((9, 12)),
    };
    let it = told(&routine, &faults, 1, Some(kept(1)));
    assert_eq!(zones(&it)[1], ("cheek", 270, false, 2));
    assert!(it.unknown.iter().any(|it| it.contains("still open")));
    // What the pen counts of another session says nothing of this one.
    assert!(told(&routine, &faults, 1, Some(kept(2))).strokes.is_least);
}

#[test]
fn a_cut_beginning_is_told_and_names_nobody() {
    let (routine, faults) = whole();
    let it = told(&routine[5..], &faults, 1, None);
    assert!(!it.has_beginning && it.is_closed);
    assert_eq!((it.token, it.plan), (None, None));
    assert!(
        it.unknown
            .iter()
            .any(|it| it.contains("its beginning is not in the journal"))
    );
    assert!(
        it.zones.iter().all(|it| it.strokes.is_least),
        "{:?}",
        it.zones
    );
    // The pen's own sum is whole all the same.
    assert_eq!((it.strokes.value, it.strokes.is_least), (360, false));
    assert!(
        it.unknown.iter().any(|it| it.contains("in which zone")),
        "{:?}",
        it.unknown
    );
}

#[test]
fn trips_in_two_zones_leave_it_open_which_made_the_strokes() {
    let (mut routine, mut faults) = whole();
    routine.insert(5, reacts(500));
    routine.insert(6, zone(600, Zone::Nose, 250));
    routine.insert(7, started(700, 240));
    faults.insert(0, tripped(500));
    let it = told(&routine, &faults, 1, None);
    let said = zones(&it);
    assert_eq!(
        (said[0], said[1]),
        (("nose", 90, true, 2), ("cheek", 180, true, 2))
    );
    let unknown = it.unknown.join("; ");
    assert!(
        unknown.contains("in which zone 90 strokes (1.000 s) were made is unknown"),
        "{unknown}"
    );
}

#[test]
fn needles_are_those_of_the_session_s_own_cartridge() {
    let (mut routine, faults) = whole();
    routine.insert(6, at(1_500, Record::CartridgeSeated { id: 10 }));
    let it = told(&routine, &faults, 1, None);
    assert_eq!(it.needles, None);
    assert!(
        it.events
            .iter()
            .any(|it| it.text.contains("another one: cartridge 10"))
    );
    let (mut routine, faults) = whole();
    routine.pop();
    for (seated, needles) in [(None, None), (Some((9, 6)), Some(6)), (Some((10, 6)), None)] {
        let kept = Kept {
            session: 1,
            on: Duration::from_s(4),
            strokes: 360,
            seated,
        };
        assert_eq!(told(&routine, &faults, 1, Some(kept)).needles, needles);
    }
}

#[test]
fn a_restart_is_told_and_its_punctures_prove_no_needles() {
    let (mut routine, faults) = whole();
    let restored = at(
        0,
        Record::LedgerRestored {
            session: 1,
            used: Duration::from_s(120),
        },
    );
    routine.insert(9, booted());
    let faults = [vec![restored], faults].concat();
    let it = told(&routine, &faults, 1, None);
    assert_eq!((it.restarts, it.needles), (1, None));
    assert!(
        it.events
            .iter()
            .any(|it| it.kind == "restart" && it.start == 2)
    );
    assert!(
        it.unknown
            .iter()
            .any(|it| it.contains("its whole reservation"))
    );
    assert!(it.zones.iter().all(|it| it.strokes.is_least));
    // What the pen counts in all is its worst case, and stands nowhere as if it had been done.
    assert!(it.worst_case == Some(WorstCase::Restarted) && it.strokes.is_most && it.on_us.is_most);
    assert_eq!((it.strokes.value, it.strokes.is_least), (360, false));
    let all = serde_json::to_value(&it).unwrap();
    assert_eq!(
        all["strokes"],
        serde_json::json!({"value": 360, "is_least": false, "is_most": true})
    );
    assert_eq!(all["worst_case"], "restarted");
    let said = page(&journals(&routine, &faults));
    for words in [
        "Motor on at most 4.000 s (the pen's worst case)",
        "Strokes at most 360 (the pen's worst case)",
        "Punctures at most 4320 (the pen's worst case)",
        "! Time, strokes and punctures of the whole session are the pen's worst case",
        "in which zone up to 90 strokes",
        "every stroke before it as one of 36 needles",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
    // Without a restart nothing of that is said.
    let (routine, faults) = whole();
    assert_eq!(told(&routine, &faults, 1, None).worst_case, None);
    let said = page(&journals(&routine, &faults));
    assert!(
        !said.contains("at most") && !said.contains("worst case"),
        "{said}"
    );
}

#[test]
fn a_restart_that_only_the_journal_of_faults_tells_or_that_a_gap_may_hide_counts() {
    let (routine, faults) = whole();
    let restored = at(
        0,
        Record::LedgerRestored {
            session: 1,
            used: Duration::from_s(120),
        },
    );
    let it = told(
        &routine,
        &[vec![restored], faults.clone()].concat(),
        1,
        None,
    );
    assert!(
        it.worst_case == Some(WorstCase::Restarted) && it.strokes.is_most && it.needles.is_none()
    );
    let unknown = it.unknown.join("; ");
    assert!(unknown.contains("as one of 36 needles"), "{unknown}");
    // Its beginning is gone: a restart may be, too.
    let cut = told(&routine[5..], &faults, 1, None);
    assert!(
        cut.worst_case == Some(WorstCase::Perhaps) && cut.strokes.is_most && cut.needles.is_none()
    );
    let unknown = cut.unknown.join("; ");
    assert!(
        unknown.contains("whether the pen started anew during it is unknown"),
        "{unknown}"
    );
    // Without the pen's own sum there is nothing to be too high.
    let mut open = routine[..11].to_vec();
    open.insert(9, booted());
    let open = told(&open, &faults, 1, None);
    assert!(open.worst_case.is_none() && open.strokes.is_least && !open.strokes.is_most);
}

#[test]
fn what_was_replaced_is_told_beside_what_replaces_it() {
    let (routine, faults) = whole();
    let journals = journals(&routine, &faults);
    let sign = |grade| Observation {
        pen: "000042".into(),
        session: "1".into(),
        zone: "cheek".into(),
        days_after: 2,
        sign: "redness".into(),
        grade,
    };
    let event = |outcome: &str| AdverseEvent {
        number: "2026-3".into(),
        day: "2026-11-25".into(),
        event: "infection".into(),
        device: "unknown".into(),
        outcome: outcome.into(),
        session: "1".into(),
        ..AdverseEvent::default()
    };
    let mut around = around(&journals);
    around.seen = Some(Seen {
        observations: vec![sign(3)],
        replaced: vec![sign(1), sign(2)],
        adverse_events: vec![event("recovered")],
        replaced_events: vec![event("recovering")],
        moved: vec![
            ("2026-4".into(), String::new()),
            ("2026-5".into(), "2".into()),
        ],
    });
    around.plan_untold = vec!["token is not in the journal".into()];
    let it = treated(&merge(&journals), 1, None).unwrap();
    let all = sections(&it, &around);
    let out = Out::unread();
    let said = text(&all, &|table| table.lines(&out)).join(" ");
    let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
    for words in [
        "redness 3 grade 1; grade 2",
        "infection of 2026-11-25, serious no, device unknown, recovering",
        "Adverse event 2026-4 was recorded of this session before, and counts for no session since.",
        "Adverse event 2026-5 was recorded of this session before, and counts for session 2 since.",
        "The plan's file could not be compared with all of the journal: token is not in the journal.",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
    assert!(!said.contains("Nothing is known to be missing"), "{said}");
    let html = crate::report::render_treatment_html("SES-1", false, &all, &[]);
    assert!(html.contains("grade 1; grade 2"), "{html}");
}

#[test]
fn a_trip_of_another_start_does_not_stray_into_the_session() {
    let (routine, _) = whole();
    // Before the session's start there was one in which the pen tripped at the same time of day.
    let earlier = vec![booted(), reacts(6_000)];
    let both = [earlier, routine].concat();
    let it = told(&both, &[tripped(6_000)], 1, None);
    assert!(
        it.events.iter().all(|it| it.kind != "trip"),
        "{:?}",
        it.events
    );
    assert!(
        it.unknown
            .iter()
            .any(|it| it.contains("may belong to this session"))
    );
    // A second one that comes later tells which is which.
    let it = told(
        &both,
        &[tripped(6_000), tripped(3_000), tripped(6_000)],
        1,
        None,
    );
    let trips = it.events.iter().filter(|it| it.kind == "trip").count();
    assert_eq!(trips, 2, "{:?} {:?}", it.events, it.unknown);
}

#[test]
fn the_next_session_is_not_before_course_and_recovery() {
    let (routine, faults) = whole();
    let it = told(&routine, &faults, 1, None);
    let course = |interval_days| {
        Some(PlanCourse {
            indication: Indication::Pores,
            sessions: 3,
            interval_days,
        })
    };
    // 2026-11-22 and 500 um: a week of recovery.
    let day = Some(2_517);
    assert_eq!(next_earliest(&it, true, day, None).words(), "2026-11-29");
    assert_eq!(
        next_earliest(&it, true, day, course(21)).words(),
        "2026-12-13"
    );
    // A course that is shorter than the recovery counts for nothing.
    assert_eq!(
        next_earliest(&it, true, day, course(6)).words(),
        "2026-11-29"
    );
    let unknown = next_earliest(&it, true, None, course(21));
    assert_eq!(unknown.words(), "21 days after the session");
    assert!(unknown.why.contains("a pen has no calendar"));
    let nothing = told(&[booted(), plan(), opened(1)], &[], 1, None);
    assert_eq!(
        next_earliest(&nothing, true, day, course(21)).words(),
        "unknown"
    );
}

fn around(journals: &[FetchedJournal]) -> Around<'_> {
    Around {
        pen: "000042".into(),
        serial: Some(PEN),
        origin: "read from a test".into(),
        journals,
        day: Some((2_517, "as given")),
        course: None,
        areas_cm2: BTreeMap::from([("cheek", 10)]),
        plan_untold: Vec::new(),
        seen: None,
    }
}

fn page(journals: &[FetchedJournal]) -> String {
    let it = treated(&merge(journals), 1, None).unwrap();
    let out = Out::unread();
    let all = sections(&it, &around(journals));
    let text = text(&all, &|table| table.lines(&out)).join(" ");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn log_002_a_broken_or_foreign_journal_is_not_called_whole() {
    let (routine, faults) = whole();
    let good = journals(&routine, &faults);
    let said = page(&good);
    assert!(said.contains("begins with pen 000042"), "{said}");
    assert!(said.contains("Nothing is known to be missing"), "{said}");
    // 270 strokes of 12 needles on 10 cm2; nobody measured the nose.
    assert!(said.contains("324") && said.contains("unknown"), "{said}");
    assert!(
        said.contains("Unknown: there are no records at this computer"),
        "{said}"
    );
    // A record that was changed.
    let mut changed = chained(PEN, &routine);
    changed[5].2 = Some(stopped(1_020, StopCause::Released, 1, 9));
    let broken = FetchedJournal::new(JournalName::Routine, Some(PEN), 1, changed);
    let said = page(&[good[0].clone(), broken]);
    assert!(
        said.contains("The routine journal is broken: record 6 does not fit"),
        "{said}"
    );
    // One that was taken out.
    let mut gap = chained(PEN, &routine);
    gap.remove(5);
    let gap = FetchedJournal::new(JournalName::Routine, Some(PEN), 1, gap);
    let said = page(&[good[0].clone(), gap]);
    assert!(said.contains("after record 5 comes record 7"), "{said}");
    // What one zone lacks cannot be told from what the other did.
    assert!(
        said.contains("\u{2265} 180") && !said.contains("Nothing is known"),
        "{said}"
    );
    // Another pen's.
    let other = FetchedJournal::new(JournalName::Routine, Some(PEN), 1, chained(43, &routine));
    let said = page(&[good[0].clone(), other]);
    assert!(
        said.contains("it is another pen's, or its first record"),
        "{said}"
    );
    assert!(
        !said.contains("routine: 12 records without a gap"),
        "{said}"
    );
}

#[test]
fn log_002_a_file_is_the_journal_again_or_says_what_it_is_not() {
    let (routine, faults) = whole();
    let good = journals(&routine, &faults);
    let file = lines(&good).concat();
    let found = read_lines(&file).unwrap();
    let back = entries(&found, Some(PEN)).unwrap();
    for (journal, was) in back.iter().zip(&good) {
        assert_eq!(
            (&journal.records, &journal.breaks),
            (&was.records, &was.breaks)
        );
        assert_eq!(journal.is_of(PEN), Some(true));
        assert_eq!(journal.is_of(43), Some(false));
    }
    // Its beginning is gone: whose it is cannot be checked, and nothing is called broken.
    let cut: String = file.lines().skip(3).map(|it| format!("{it}\n")).collect();
    let back = entries(&read_lines(&cut).unwrap(), Some(PEN)).unwrap();
    assert_eq!((back[1].first, back[1].is_of(PEN)), (3, None));
    assert!(back[1].breaks.is_empty(), "{:?}", back[1].breaks);
    assert!(page(&back).contains("records before 3 are gone"));
    // A record of a later version is kept as one that says nothing.
    let newer = file.replace("\"zone_opened\"", "\"zone_scanned\"");
    let back = entries(&read_lines(&newer).unwrap(), Some(PEN)).unwrap();
    assert!(
        back[1]
            .breaks
            .iter()
            .any(|it| it.contains("cannot be read"))
    );
    let half = &file[..file.len() - 40];
    for (text, words) in [
        ("", "there is no record"),
        ("hello", "line 1 is no JSON"),
        ("{\"kind\":\"pen\"}", "line 1 is no record of a journal"),
        (half, "is no JSON, or is cut"),
    ] {
        let why = read_lines(text).unwrap_err();
        assert!(why.contains(words), "{why}");
    }
    let wrong = file.replace("\"journal\":\"routine\"", "\"journal\":\"diary\"");
    let why = entries(&read_lines(&wrong).unwrap(), None).unwrap_err();
    assert!(why.contains("there are faults and routine"), "{why}");
}

#[test]
fn what_the_journal_lacks_makes_the_next_session_no_earlier() {
    let (routine, faults) = whole();
    let day = Some(2_517);
    let next = |it: &Treated, is_whole| next_earliest(it, is_whole, day, None).words();
    // 500 um: a week, as long as nothing is missing.
    assert_eq!(next(&told(&routine, &faults, 1, None), true), "2026-11-29");
    assert_eq!(next(&told(&routine, &faults, 1, None), false), "2026-12-20");
    // The journal of faults is not there: which fault it was could say how deep.
    let it = told(&routine, &[], 1, None);
    assert!(
        it.unknown
            .iter()
            .any(|it| it.contains("does not tell which")),
        "{:?}",
        it.unknown
    );
    assert_eq!(next(&it, true), "2026-12-20");
    // Without its end.
    let open = told(&routine[..11], &faults, 1, None);
    assert_eq!(next(&open, true), "2026-12-20");
    // A zone that was opened deep, and whose start a restart took with it.
    let mut lost = routine.clone();
    lost.insert(11, zone(7_000, Zone::FacialScar, 1_500));
    assert_eq!(next(&told(&lost, &faults, 1, None), true), "2026-12-20");
    // Too deep for the cap counts as deep as it was measured.
    let deep = Trip {
        fault: Fault::OverDepth,
        measured: 1_057,
        allowed: 500,
    };
    let trips = [at(6_000, Record::Tripped(deep))];
    assert_eq!(next(&told(&routine, &trips, 1, None), true), "2026-12-20");
}
