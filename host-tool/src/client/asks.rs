//! What each call asks the pen, how long it waits in between, and what it makes of the answer.

use std::time::Duration;

use pen_core::fault::Fault;
use pen_core::journal::{Entry, Record};
use pen_core::plan::{Plan, Screening, ZONES_MAX};
use pen_core::request::{Refusal, Role};
use pen_core::status::Temperatures;
use pen_core::units::{Instant, Rate, Temperature};
use pen_protocol::frame::Decoder;
use pen_protocol::messages::{
    Authorise, Commit, EndTerminal, JournalEntry, JournalName, JournalReply, LinkError, PAGE_MAX,
    PlanReply, Run, Telemetry, ToHost, ToPen,
};
use pen_protocol::{VERSION, VERSION_MIN};

use super::lies::{Heard, client};
use super::{Client, Patience, unspoken};
use crate::error::{Code, HostError};

/// What the pen was told since the greeting.
fn told(heard: &Heard) -> Vec<ToPen> {
    let heard = heard.borrow();
    let mut decoder = Decoder::new();
    let bytes = heard.iter().flat_map(|(_, bytes)| bytes);
    let all = bytes.filter_map(|byte| {
        let frame = decoder.push(*byte)?;
        Some(frame.unwrap().message().unwrap())
    });
    all.skip(1).collect()
}

const END: ToPen = ToPen::EndTerminal(EndTerminal {
    fault: Fault::DriveStuck,
});
const SECOND: Duration = Duration::from_secs(1);

#[test]
fn each_call_asks_for_its_own_thing_once_and_hands_a_refusal_on() {
    type Call = fn(&mut Client) -> Result<(), HostError>;
    let rate = Rate::from_hz(60);
    let calls: [(Call, ToPen); 8] = [
        (
            |pen| pen.authorise(Role::Operator),
            ToPen::Authorise(Authorise {
                role: Role::Operator,
            }),
        ),
        (|pen| pen.run(Rate::from_hz(60)), ToPen::Run(Run { rate })),
        (|pen| pen.commit(7), ToPen::Commit(Commit { digest: 7 })),
        (
            |pen| pen.stream(20),
            ToPen::Telemetry(Telemetry { period_ms: 20 }),
        ),
        (|pen| pen.wait_alive(Duration::ZERO), ToPen::Heartbeat),
        (|pen| pen.demand_held(&END, SECOND), END),
        (
            |pen| pen.wait_for_technician(SECOND),
            ToPen::Authorise(Authorise {
                role: Role::Technician,
            }),
        ),
        (
            |pen| pen.try_demand(&ToPen::Discard).map(drop),
            ToPen::Discard,
        ),
    ];
    for (call, message) in calls {
        let (mut pen, heard) = client(|seq, _| vec![(seq, ToHost::Done)]);
        assert_eq!(call(&mut pen), Ok(()), "{message:?}");
        // What is stored is asked of the pen that greeted, and of no other.
        let known = match message {
            ToPen::Stage(_) | ToPen::Commit(_) | ToPen::EndTerminal(_) => vec![ToPen::Info],
            _ => vec![],
        };
        assert_eq!(told(&heard), [known, vec![message]].concat());
        let (mut pen, _) = client(|seq, _| vec![(seq, ToHost::Refused(Refusal::TriggerHeld))]);
        let refused = call(&mut pen).map_err(|error| error.code);
        // A refusal is a result only where it is asked for.
        let expected = if message == ToPen::Discard {
            Ok(())
        } else {
            Err(Code::Refused)
        };
        assert_eq!(refused, expected, "{message:?}");
    }
    let (mut pen, _) = client(|seq, _| vec![(seq, ToHost::Refused(Refusal::TriggerHeld))]);
    let result = pen.try_demand(&ToPen::Discard);
    assert_eq!(result, Ok(Err(Refusal::TriggerHeld)));
}

#[test]
fn a_heartbeat_is_sent_each_100_ms_while_time_passes() {
    let (mut pen, heard) = client(|seq, _| vec![(seq, ToHost::Done)]);
    pen.wait(SECOND);
    assert_eq!((pen.now(), told(&heard).len()), (SECOND, 0));
    assert_eq!(pen.wait_alive(Duration::from_millis(350)), Ok(()));
    assert_eq!(pen.now(), Duration::from_millis(1_350));
    // After 0, 100, 200, 300 and 350 ms.
    assert_eq!(told(&heard), vec![ToPen::Heartbeat; 5]);
}

/// When a call ended that was answered with this once and then with `Done`.
fn asked_again_after(
    first: ToHost,
    call: fn(&mut Client, Duration) -> Result<(), HostError>,
) -> Duration {
    let mut first = Some(first);
    let (mut pen, heard) = client(move |seq, _| vec![(seq, first.take().unwrap_or(ToHost::Done))]);
    assert_eq!(call(&mut pen, 60 * SECOND), Ok(()));
    let asked = told(&heard).into_iter().filter(|it| *it != ToPen::Info);
    assert_eq!(asked.count(), 2);
    pen.now()
}

#[test]
fn a_pen_is_asked_again_when_it_may_answer_otherwise() {
    let nobody = ToHost::Refused(Refusal::NobodyAtThePen);
    let far = ToHost::Refused(Refusal::DayFarAhead {
        asked: 2_800,
        seen: 2_517,
    });
    let often = ToHost::LinkError(LinkError::TooOften { left_ms: 1_000 });
    let technician = Client::wait_for_technician;
    let held = |pen: &mut Client, patience| pen.demand_held(&END, patience);
    assert_eq!(asked_again_after(nobody, technician), 3 * SECOND);
    // What the pen wants, 4 % more for its clock, and 10 ms.
    let wanted = Duration::from_millis(1_050);
    assert_eq!(asked_again_after(often, technician), wanted);
    for first in [nobody, far] {
        let after = asked_again_after(first, held);
        assert_eq!(after, Duration::from_millis(2_150));
    }
}

#[test]
fn the_plan_in_force_is_handed_on() {
    let plan = Plan {
        id: 3,
        day: 2_517,
        operator: 1,
        token: 77,
        screening: Screening::all_negative(),
        operator_cap: None,
        zones: [None; ZONES_MAX],
    };
    for plan in [None, Some(plan)] {
        let (mut pen, heard) =
            client(move |seq, _| vec![(seq, ToHost::PlanReply(PlanReply { plan }))]);
        assert_eq!(pen.plan(), Ok(plan));
        assert_eq!(told(&heard), [ToPen::ReadPlan]);
    }
}

#[test]
fn an_answer_of_another_kind_is_told_by_its_name_and_the_request_by_its_own() {
    let (mut pen, _) = client(|seq, _| vec![(seq, ToHost::PlanReply(PlanReply { plan: None }))]);
    let error = pen.demand(&ToPen::EnterService).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("plan reply came in answer to enter service"),
        "{error}"
    );
    let (mut pen, _) = client(|_, _| Vec::new());
    let error = pen.demand(&ToPen::EnterService).unwrap_err();
    assert!(error.what.contains("enter service over test"), "{error}");
    assert!(error.why.contains("3000 ms"), "{error}");
}

#[test]
fn versions_that_are_not_spoken_are_told_and_who_is_older() {
    let host = format!("protocol {VERSION_MIN} to {VERSION}");
    for (min, max, spoken, fix) in [
        (VERSION + 1, VERSION + 2, "2 to 3", "newer penctl"),
        (VERSION + 1, VERSION + 1, "2", "newer penctl"),
        (0, 0, "0", "newer firmware"),
        // It says that it speaks what it did not answer.
        (VERSION, VERSION, "1", "newer firmware"),
    ] {
        let error = unspoken(min, max);
        let text = error.to_string();
        assert_eq!(error.code, Code::VersionMismatch, "{text}");
        assert!(text.contains(&host) && error.fix.contains(fix), "{text}");
        let spoken = format!("protocol {spoken}");
        assert!(text.replace(&host, "").contains(&spoken), "{text}");
        assert_eq!(
            text.replace(&host, "").contains(" to "),
            min != max,
            "{text}"
        );
    }
}

/// A page of a journal from one number to another, of as many as there are.
fn page(from: u32, next: u32, end: u32) -> ToHost {
    let mut entries = [None; PAGE_MAX];
    for (place, seq) in entries.iter_mut().zip(from..next) {
        *place = Some(JournalEntry {
            seq,
            chain: seq,
            entry: Some(Entry {
                at: Instant::from_us(1),
                record: Record::CartridgeRemoved,
            }),
        });
    }
    ToHost::JournalReply(JournalReply {
        journal: JournalName::Routine,
        first: 1,
        next,
        end,
        entries,
    })
}

#[test]
fn log_002_a_journal_is_fetched_page_by_page_to_its_end() {
    // Two records a page.
    let whole = |end: u32| {
        let (mut pen, heard) = client(move |seq, message| {
            let ToPen::ReadJournal(ask) = message else {
                return Vec::new();
            };
            vec![(seq, page(ask.from, end.min(ask.from + 2), end))]
        });
        let fetched = pen.journal(JournalName::Routine).unwrap();
        let numbers: Vec<u32> = fetched.records.iter().map(|record| record.0).collect();
        assert!(numbers.into_iter().eq(1..end), "{end}");
        told(&heard).len()
    };
    assert_eq!((whole(1), whole(2), whole(3)), (1, 1, 1));
    assert_eq!((whole(4), whole(5), whole(6)), (2, 2, 3));
    // A pen that never gets on is left alone.
    for next in [0, 1] {
        let (mut pen, heard) = client(move |seq, _| vec![(seq, page(1, next, 9))]);
        pen.journal(JournalName::Routine).unwrap();
        assert_eq!(told(&heard).len(), 1, "{next}");
    }
}

#[test]
fn link_007_a_pen_that_does_not_know_temperatures_is_asked_once_and_obeys_all_the_same() {
    let (mut older, heard) = client(|seq, message| match message {
        ToPen::ReadTemperatures => {
            let why = LinkError::UnknownKind { kind: 0x0B };
            vec![(seq, ToHost::LinkError(why))]
        }
        _ => vec![(seq, ToHost::Done)],
    });
    for _ in 0..9 {
        assert_eq!(older.temperatures(), Ok(None));
    }
    assert_eq!(older.run(Rate::from_hz(60)), Ok(()));
    let rate = Rate::from_hz(60);
    assert_eq!(
        told(&heard),
        [ToPen::ReadTemperatures, ToPen::Run(Run { rate })]
    );
}

#[test]
fn temperatures_are_what_the_pen_says_and_another_answer_is_an_error() {
    let tenths = Temperature::from_decicelsius;
    let says = Temperatures {
        at: Instant::from_us(7),
        thermistor: None,
        grip: Some(tenths(301)),
        winding: Some(tenths(502)),
        must_cool: true,
        grip_warm: tenths(410),
        grip_stop: tenths(430),
        winding_cool: tenths(900),
        winding_stop: tenths(1_000),
    };
    let (mut pen, _) = client(move |seq, _| vec![(seq, ToHost::TemperaturesReply(says))]);
    assert_eq!(pen.temperatures(), Ok(Some(says)));
    for (answer, words) in [
        (ToHost::Done, "done came in answer to read temperatures"),
        // Another kind than the one that was asked for is no word about this one.
        (
            ToHost::LinkError(LinkError::UnknownKind { kind: 0x0C }),
            "read temperatures",
        ),
        (ToHost::LinkError(LinkError::NotQuiet), "read temperatures"),
    ] {
        let (mut pen, heard) = client(move |seq, _| vec![(seq, answer)]);
        for _ in 0..2 {
            let error = pen.temperatures().unwrap_err();
            assert!(error.to_string().contains(words), "{error}");
        }
        assert_eq!(told(&heard), [ToPen::ReadTemperatures; 2]);
    }
}

#[test]
fn a_pen_in_service_mode_hears_that_somebody_waits_for_its_answers() {
    let silent = |ask: ToPen| {
        let (mut pen, heard) = client(move |seq, asked| match *asked {
            asked if asked == ask => vec![],
            _ => vec![(seq, ToHost::Done)],
        });
        if ask != ToPen::EnterService {
            assert_eq!(pen.demand(&ToPen::EnterService), Ok(()));
        }
        let error = pen.demand(&ask).unwrap_err();
        assert_eq!(error.code, Code::Timeout);
        assert_eq!(pen.demand(&ToPen::LeaveService), Ok(()));
        // Outside of it nobody wants to hear that.
        if ask != ToPen::Discard {
            return told(&heard);
        }
        let before = told(&heard).len();
        assert_eq!(pen.demand(&ask).unwrap_err().code, Code::Timeout);
        assert_eq!(told(&heard)[before..], [ask; 3]);
        told(&heard)[..before].to_vec()
    };
    let (enter, beat, leave) = (ToPen::EnterService, ToPen::Heartbeat, ToPen::LeaveService);
    // Three attempts, a second each, and a heartbeat every 700 ms of these three seconds.
    let waited = |ask| vec![ask, beat, ask, beat, ask, beat, beat];
    let expected = [vec![enter], waited(ToPen::Discard), vec![leave]].concat();
    assert_eq!(silent(ToPen::Discard), expected);
    let expected = [waited(enter), vec![leave]].concat();
    assert_eq!(silent(enter), expected);
    // Nothing that permits motion stands behind a stop.
    let expected = [vec![enter], vec![ToPen::Stop; 3], vec![leave]].concat();
    assert_eq!(silent(ToPen::Stop), expected);
}

#[test]
fn service_that_was_refused_or_left_is_heard_of_no_more() {
    for left in [false, true] {
        let (mut pen, heard) = client(move |seq, asked| match asked {
            ToPen::EnterService if left => vec![(seq, ToHost::Done)],
            ToPen::EnterService => vec![(seq, ToHost::Refused(Refusal::NoPlanId))],
            _ => vec![],
        });
        assert_eq!(pen.demand(&ToPen::EnterService).is_ok(), left);
        if left {
            pen.leaves_service();
        }
        assert!(pen.demand(&ToPen::Discard).is_err());
        assert_eq!(told(&heard)[1..], [ToPen::Discard; 3]);
    }
}

#[test]
fn a_pen_is_never_without_a_word_for_3_s_in_service_while_the_patience_is_at_most_15_s() {
    // Each request gets its answer at the third attempt only: one after the other, so that waiting adds up.
    for ms in [50, 300, 600, 2_000, 3_000, 6_000, 10_000, 15_000] {
        let mut seen = 0;
        let (pen, heard) = client(move |seq, asked| {
            seen += u32::from(*asked == ToPen::Discard);
            if *asked == ToPen::Discard && seen % 3 != 0 {
                return vec![];
            }
            vec![(seq, ToHost::Done)]
        });
        let mut pen = pen.with_patience(Patience(Duration::from_millis(ms)));
        assert_eq!(pen.demand(&ToPen::EnterService), Ok(()));
        let (mut counted, mut worst) = (0, Duration::ZERO);
        let mut spoken = pen.now();
        for _ in 0..60 {
            assert_eq!(pen.demand(&ToPen::Discard), Ok(()), "{ms} ms");
            let beats = |told: &[ToPen]| told.iter().filter(|it| **it == ToPen::Heartbeat).count();
            let now = beats(&told(&heard));
            if now > counted {
                (counted, spoken) = (now, pen.now());
            }
            worst = worst.max(pen.now().saturating_sub(spoken));
        }
        // What is not seen here lies within one request of two thirds of the patience, where beats are as far apart
        // as they are told to be.
        assert!(worst < 3 * SECOND, "{ms} ms: {worst:?}");
        assert!(counted > 0 || pen.now() < SECOND, "{ms} ms");
    }
}

#[test]
fn a_long_patience_leaves_the_pen_able_to_know_a_repetition() {
    // Right after a word, and a long time after the last one.
    for quiet in [Duration::ZERO, 60 * SECOND] {
        let (pen, heard) = client(|seq, asked| match asked {
            ToPen::Discard => vec![],
            _ => vec![(seq, ToHost::Done)],
        });
        let mut pen = pen.with_patience(Patience(60 * SECOND));
        assert_eq!(pen.demand(&ToPen::EnterService), Ok(()));
        pen.wait(quiet);
        assert!(pen.demand(&ToPen::Discard).is_err());
        let beats = told(&heard)
            .into_iter()
            .filter(|it| *it == ToPen::Heartbeat);
        // The pen remembers eight.
        assert_eq!(beats.count(), 5, "{quiet:?}");
        assert!(pen.now() >= 60 * SECOND + quiet);
    }
}
