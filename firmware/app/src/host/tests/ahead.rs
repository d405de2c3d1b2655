//! Storage is ahead of the time that a session has taken, whenever power fails (SESS-008).

use pen_core::io::Trigger;
use pen_core::request::RequestKind;

use super::*;
use crate::ahead::{self, Reach};
use crate::kept::LEDGER_MAX;

const fn seconds(count: u32) -> Duration {
    Duration::from_s(count)
}

/// A session that was open for ten minutes when power failed, as storage has it.
fn session() -> Ledger {
    Ledger {
        session: 7,
        open: true,
        plan: 1,
        token: 5,
        day: 2_600,
        elapsed: Duration::from_min(10),
        ..Ledger::default()
    }
}

const RUN: ToPen = ToPen::Run(Run {
    rate: Rate::from_hz(60),
});

fn interrupted() -> Bench {
    let mut flash = assembled();
    let mut keeper = Keeper::new(&mut flash, SERIAL).unwrap();
    keeper.store_ledger(&kept(session())).unwrap();
    let mut bench = Bench::on(flash);
    bench.inputs.vbus = false;
    bench
}

/// What a start would find, and what is used up.
fn found_and_used(bench: &mut Bench) -> (Ledger, Ledger) {
    let keeper = &mut bench.host.keeper;
    let mut buffer = [0; LEDGER_MAX];
    let loaded = keeper.ledger.load(&mut keeper.flash, &mut buffer).unwrap();
    let read = StoredLedger::read(
        loaded.payload,
        loaded.format,
        id_of(&examples::calibration(SERIAL, 1)),
    );
    (read.unwrap().ledger, bench.core.pen.ledger())
}

/// Storage is ahead, by no more than 65 s.
fn is_ahead(bench: &mut Bench) -> Duration {
    let (found, used) = found_and_used(bench);
    assert!(found.open && used.open);
    assert!(found.elapsed > used.elapsed, "{found:?} {used:?}");
    let ahead = found.elapsed.minus(used.elapsed);
    assert!(ahead <= seconds(65), "{ahead:?}");
    ahead
}

#[test]
fn sess_008_storage_is_ahead_of_the_elapsed_time_at_every_tick_at_rest() {
    // Nobody's finger, and one that holds the trigger: the core does not ask for storage then.
    for held in [false, true] {
        let mut bench = interrupted();
        let trigger = Trigger {
            closed: held,
            opened: held,
        };
        bench.inputs.trigger = trigger;
        let mut least = seconds(65);
        let writes = *bench.host.keeper.flash.writes.borrow();
        for _ in 0..15_000 {
            bench.run(10);
            least = least.min(is_ahead(&mut bench));
        }
        assert!(least >= Duration::from_ms(2_900), "{held}: {least:?}");
        // Three stores in 150 s, and what the journals want.
        let writes = *bench.host.keeper.flash.writes.borrow() - writes;
        assert!(writes < 60, "{held}: {writes}");
    }
}

#[test]
fn sess_008_no_start_finds_less_than_was_used_and_none_costs_more_than_65_s() {
    let mut bench = interrupted();
    for pause in [0, 1, 100, 249, 400, 1_000, 30_000, 70_000, 0, 0, 5] {
        bench.run(pause);
        let used = bench.core.pen.ledger().elapsed;
        bench = bench.reboot();
        bench.inputs.vbus = false;
        let found = bench.core.pen.ledger().elapsed;
        assert!(found > used, "{pause}: {found:?} {used:?}");
        assert!(found.minus(used) <= seconds(65), "{pause}");
    }
}

#[test]
fn sess_008_a_session_that_is_closed_is_kept_as_it_was() {
    let mut bench = interrupted();
    bench.run(20_000);
    bench.hello();
    assert_eq!(bench.ask(ToPen::EndSession), ToHost::Done);
    bench.run(50);
    let (found, used) = found_and_used(&mut bench);
    assert!(!found.open);
    assert_eq!(found, used);
    // From 10 minutes on, boot and answers included.
    let since = found.elapsed.minus(Duration::from_min(10));
    assert!(since >= seconds(20) && since < seconds(21), "{since:?}");
}

#[test]
fn sess_008_a_power_cut_in_service_mode_ends_the_session_that_is_open() {
    let mut bench = interrupted();
    bench.run(1_000);
    bench.inputs.vbus = true;
    bench.serve();
    // An order to turn that comes before storage is ahead of it is not obeyed.
    let reach = bench.host.keeper.reach.unwrap();
    assert!(reach.until < Duration::from_min(45), "{reach:?}");
    let service = bench.host.change(&RUN, bench.now, &mut bench.core);
    assert_eq!(service, Outcome::Refused(Refusal::NotYetStored));
    bench.run(10);
    let (found, _) = found_and_used(&mut bench);
    assert!(found.elapsed >= Duration::from_min(45), "{found:?}");
    let service = bench.host.change(&RUN, bench.now, &mut bench.core);
    assert_eq!(service, Outcome::Done);
    assert_eq!(bench.ask(ToPen::Stop), ToHost::Done);
    bench.run(2_000);
    assert_eq!(bench.ask(ToPen::LeaveService), ToHost::Done);
    bench.run(50);
    // What was not needed is given back.
    is_ahead(&mut bench);
}

#[test]
fn sess_008_a_ledger_of_older_firmware_goes_on_and_is_ahead_from_the_start() {
    let mut bench = interrupted();
    assert_eq!(bench.core.pen.ledger().elapsed, Duration::from_min(10));
    assert_eq!(is_ahead(&mut bench), seconds(65));
    assert_eq!(bench.core.pen.ledger(), session());
}

/// The session of [`session`] in Service mode, started with a ledger region that refuses each write.
fn served_untold() -> Bench {
    let mut flash = assembled();
    let mut keeper = Keeper::new(&mut flash, SERIAL).unwrap();
    keeper.store_ledger(&kept(session())).unwrap();
    let layout = Layout::for_flash(u32::try_from(flash.bytes.len()).unwrap()).unwrap();
    *flash.worn.borrow_mut() = layout.ledger.to_vec();
    let mut bench = Bench::on(flash);
    bench.run(1_000);
    bench.serve();
    bench
}

#[test]
fn sess_008_service_waits_while_storage_was_told_nothing_of_the_session_that_is_open() {
    let mut bench = served_untold();
    let (found, used) = found_and_used(&mut bench);
    assert!(used.open && found.elapsed < used.elapsed, "{found:?}");
    assert_eq!(bench.ask(RUN), refused(Refusal::NotYetStored));
    assert_eq!(bench.core.pen.status().mode, Mode::Service);
    // It is told as soon as flash lets it, and not a minute later.
    bench.host.keeper.flash.worn.borrow_mut().clear();
    bench.run(1_100);
    let (found, _) = found_and_used(&mut bench);
    assert!(found.elapsed >= Duration::from_min(45), "{found:?}");
    assert_eq!(bench.ask(RUN), ToHost::Done);
}

#[test]
fn sess_008_after_a_refused_store_no_more_is_counted_on_than_either_ledger_says() {
    let mut bench = interrupted();
    bench.run(1_000);
    bench.inputs.vbus = true;
    bench.serve();
    bench.run(10);
    assert_eq!(bench.ask(ToPen::LeaveService), ToHost::Done);
    // Storage is told less than it was in Service mode. It keeps that, and says that it could not.
    let lies = bench.host.keeper.flash.lies.clone();
    *lies.borrow_mut() = true;
    bench.run(20);
    *lies.borrow_mut() = false;
    let (found, _) = found_and_used(&mut bench);
    assert!(found.elapsed < Duration::from_min(45), "{found:?}");
    // So Service mode waits once more, until it was told all that a session may last.
    bench.serve();
    assert_eq!(bench.ask(RUN), refused(Refusal::NotYetStored));
    assert_eq!(bench.core.pen.status().mode, Mode::Service);
    bench.run(1_100);
    let (found, _) = found_and_used(&mut bench);
    assert!(found.elapsed >= Duration::from_min(45), "{found:?}");
    assert_eq!(bench.ask(RUN), ToHost::Done);
}

#[test]
fn sess_008_what_is_counted_on_never_exceeds_what_a_start_would_find() {
    let of = |number, minutes, open| {
        kept(Ledger {
            session: number,
            open,
            elapsed: Duration::from_min(minutes),
            ..session()
        })
    };
    let mut flash = assembled();
    let mut keeper = Keeper::new(&mut flash, SERIAL).unwrap();
    for (before, next, certain) in [
        // The same session: the less of the two.
        (of(7, 30, true), of(7, 20, true), Some(20)),
        (of(7, 20, true), of(7, 30, true), Some(20)),
        // Another one, or one that is closed, in either of the two: nothing.
        (of(7, 30, true), of(8, 1, true), None),
        (of(7, 30, true), of(7, 30, false), None),
        (of(7, 30, false), of(8, 1, true), None),
    ] {
        for flag in [keeper.flash.lies.clone(), keeper.flash.broken.clone()] {
            keeper.store_ledger(&before).unwrap();
            *flag.borrow_mut() = true;
            assert!(keeper.store_ledger(&next).is_err());
            *flag.borrow_mut() = false;
            let counted = keeper.reach.map(|reach| reach.until);
            assert_eq!(
                counted,
                certain.map(Duration::from_min),
                "{before:?} {next:?}"
            );
            // Once it has succeeded, what was stored.
            keeper.store_ledger(&next).unwrap();
            let stored = next.ledger.open.then_some(next.ledger.elapsed);
            let counted = keeper.reach.map(|reach| reach.until);
            assert_eq!(counted, stored, "{next:?}");
        }
    }
}

#[test]
fn log_001_a_drive_that_storage_is_not_ahead_of_is_refused_by_name_after_the_role() {
    let mut bench = served_untold();
    assert_eq!(bench.ask(RUN), refused(Refusal::NotYetStored));
    // Whoever may not drive at all is told that, and nothing of storage.
    let operator = Role::Operator;
    assert_eq!(
        bench.ask(ToPen::Authorise(Authorise { role: operator })),
        ToHost::Done
    );
    let needed = Role::Technician;
    let no_role = Refusal::Role {
        asked: operator,
        needed,
    };
    assert_eq!(bench.ask(RUN), refused(no_role));
    // The journal waits for no ledger that flash refuses, but a second after each try.
    bench.run(3_000);
    let records = bench.records(JournalName::Routine);
    let runs: Vec<Refusal> = records
        .into_iter()
        .filter_map(|record| match record {
            Record::Refused {
                what: RequestKind::Run,
                why,
            } => Some(why),
            _ => None,
        })
        .collect();
    assert_eq!(runs, [Refusal::NotYetStored, no_role]);
}

#[test]
fn sess_008_what_storage_has_of_another_session_is_nothing_of_this_one() {
    let mut bench = served_untold();
    bench.host.keeper.flash.worn.borrow_mut().clear();
    bench.run(1_100);
    let pen = &bench.core.pen;
    let own = bench.host.keeper.reach.unwrap();
    let other = Reach { session: 8, ..own };
    let untold = |reach| ahead::is_untold(pen, Some(reach));
    let forbids = |reach| ahead::forbids_service(pen, Some(reach));
    assert_eq!((own.session, untold(own), forbids(own)), (7, false, false));
    assert!(untold(other) && forbids(other));
    // And it is told with what was never told, after what waits for nothing else.
    let until = Duration::from_min(11);
    assert!(ahead::is_due(pen, Some(Reach { until, ..own })));
    assert!(!ahead::is_due(pen, Some(Reach { until, ..other })));
}
