//! What a technician does over the link: calibrate, end a terminal fault, set the day.

use pen_core::plan::Zone;
use pen_core::profile::{Bound, Source};
use pen_core::units::Depth;
use pen_protocol::messages::ZoneLimits;

use super::*;

#[test]
fn cal_001_a_calibration_is_staged_committed_kept_and_taken_back() {
    let mut bench = Bench::new();
    bench.serve();
    let mut second = examples::calibration(SERIAL, 2);
    second.technician = 8;
    let digest = calibration_digest(&second);
    assert_eq!(bench.ask(ToPen::Stage(second)), ToHost::Done);
    assert_eq!(bench.found(Which::Staged), Some(2));
    assert_eq!(bench.found(Which::Current), Some(1));
    assert_eq!(bench.found(Which::Previous), None);
    let wrong = ToPen::Commit(Commit { digest: digest ^ 1 });
    let differs = Refusal::DigestDiffers {
        asked: digest ^ 1,
        staged: digest,
    };
    assert_eq!(bench.ask(wrong), refused(differs));
    assert_eq!(bench.ask(ToPen::Commit(Commit { digest })), ToHost::Done);
    assert_eq!(bench.found(Which::Current), Some(2));
    assert_eq!(bench.found(Which::Previous), Some(1));
    assert_eq!(bench.found(Which::Staged), None);
    assert_eq!(bench.ask(ToPen::Revert), ToHost::Done);
    assert_eq!(bench.found(Which::Current), Some(3));
    let mut bench = bench.reboot();
    bench.hello();
    assert_eq!(bench.found(Which::Current), Some(3));
    assert_eq!(bench.core.pen.calibration().unwrap().technician, 7);
}

#[test]
fn store_005_a_calibration_that_is_not_kept_does_not_come_into_force() {
    let mut bench = Bench::new();
    bench.serve();
    let second = examples::calibration(SERIAL, 2);
    let commit = ToPen::Commit(Commit {
        digest: calibration_digest(&second),
    });
    assert_eq!(bench.ask(ToPen::Stage(second)), ToHost::Done);
    *bench.broken.borrow_mut() = true;
    assert_eq!(
        bench.ask(commit),
        link_error(LinkError::Storage(StorageError::Flash))
    );
    assert_eq!(bench.found(Which::Current), Some(1));
    assert_eq!(bench.found(Which::Staged), Some(2));
    *bench.broken.borrow_mut() = false;
    assert_eq!(bench.ask(commit), ToHost::Done);
    assert_eq!(bench.found(Which::Current), Some(2));
}

#[test]
fn stop_012_a_technician_at_the_pen_ends_a_terminal_fault_over_the_link() {
    let mut flash = assembled();
    let ledger = Ledger {
        terminal: Some(Fault::DriveStuck),
        ..Ledger::default()
    };
    let mut keeper = Keeper::new(&mut flash, SERIAL).unwrap();
    keeper.store_ledger(&kept(ledger)).unwrap();
    let mut bench = Bench::on(flash);
    bench.run(1_000);
    bench.hello();
    let mode = |bench: &Bench| bench.core.pen.status().mode;
    let end = |fault| ToPen::EndTerminal(EndTerminal { fault });
    let technician = ToPen::Authorise(Authorise {
        role: Role::Technician,
    });
    assert_eq!(mode(&bench), Mode::Faulted);
    assert_eq!(bench.ask(technician), refused(Refusal::NobodyAtThePen));
    bench.inputs.buttons.ok = true;
    bench.run(100);
    assert_eq!(bench.ask(technician), ToHost::Done);
    // Held, but not for 2 s yet.
    let early = bench.ask(end(Fault::DriveStuck));
    assert_eq!(early, refused(Refusal::NobodyAtThePen));
    bench.run(2_000);
    let fault = Fault::DriveStuck;
    let other = bench.ask(end(Fault::LimitCorrupt));
    assert_eq!(other, refused(Refusal::Terminal { fault }));
    assert_eq!(mode(&bench), Mode::Faulted);
    assert_eq!(bench.ask(end(fault)), ToHost::Done);
    assert_eq!(bench.ask(end(fault)), refused(Refusal::NoFault));
    assert_eq!(mode(&bench), Mode::Locked);
    assert_eq!(bench.host.role(), Role::Technician);
    bench.run(200);
    let grave = bench.records(JournalName::Faults);
    assert!(
        grave.contains(&Record::TerminalEnded { fault }),
        "{grave:?}"
    );
    let mut bench = bench.reboot();
    bench.run(1_000);
    // Storage kept what is left to do: the check at zero (PWR-007).
    let status = bench.core.pen.status();
    assert!(status.locks.has(Lock::ZeroCheck), "{status:?}");
    assert_eq!(mode(&bench), Mode::Locked);
}

#[test]
fn sens_004_a_technician_at_the_pen_sets_the_day_over_the_link() {
    let mut flash = assembled();
    let ledger = Ledger {
        day: 2_800,
        ..Ledger::default()
    };
    let mut keeper = Keeper::new(&mut flash, SERIAL).unwrap();
    keeper.store_ledger(&kept(ledger)).unwrap();
    let mut bench = Bench::on(flash);
    bench.run(1_000);
    bench.inputs.buttons.ok = true;
    bench.run(100);
    bench.hello();
    let technician = ToPen::Authorise(Authorise {
        role: Role::Technician,
    });
    assert_eq!(bench.ask(technician), ToHost::Done);
    let day = |bench: &mut Bench| match bench.ask(ToPen::ReadSession) {
        ToHost::SessionReply(ledger) => ledger.day,
        other => panic!("{other:?}"),
    };
    let set = |day| ToPen::SetDay(SetDay { day });
    let (asked, seen) = (2_499, 2_500);
    let early = bench.ask(set(asked));
    assert_eq!(early, refused(Refusal::ClockWentBack { asked, seen }));
    assert_eq!(day(&mut bench), 2_800);
    assert_eq!(bench.ask(set(2_517)), ToHost::Done);
    assert_eq!(day(&mut bench), 2_517);
    bench.run(200);
    let (from, to) = (2_800, 2_517);
    let grave = bench.records(JournalName::Faults);
    assert!(
        grave.contains(&Record::DayCorrected { from, to }),
        "{grave:?}"
    );
    let mut bench = bench.reboot();
    bench.run(1_000);
    bench.hello();
    assert_eq!(day(&mut bench), 2_517);
}

#[test]
fn store_003_a_commit_that_is_not_granted_or_not_at_rest_holds_nothing() {
    let mut bench = Bench::new();
    bench.serve();
    let second = examples::calibration(SERIAL, 2);
    let digest = calibration_digest(&second);
    assert_eq!(bench.ask(ToPen::Stage(second)), ToHost::Done);
    bench.run(100);
    let commit = |bench: &mut Bench, digest| {
        bench.seq += 1;
        let commit = ToPen::Commit(Commit { digest });
        bench.say(&Bench::frame(bench.seq, &commit));
        bench.host.poll(bench.now, &mut bench.core);
        assert!(!bench.core.hold.busy);
        bench.heard().pop().expect("an answer").1
    };
    let differs = Refusal::DigestDiffers {
        asked: digest ^ 1,
        staged: digest,
    };
    assert_eq!(commit(&mut bench, digest ^ 1), refused(differs));
    // The motor may turn.
    let at_rest = std::mem::replace(&mut bench.core.outputs, Outputs::SAFE);
    let moving = commit(&mut bench, digest);
    assert_eq!(moving, link_error(LinkError::NotQuiet));
    assert_eq!(bench.found(Which::Current), Some(1));
    bench.core.outputs = at_rest;
    assert_eq!(commit(&mut bench, digest), ToHost::Done);
    assert_eq!(bench.found(Which::Current), Some(2));
}

#[test]
fn limits_in_force_name_the_plan_and_the_needles_at_hand() {
    fn by<T>(value: T, by: Source) -> Bound<T> {
        Bound { value, by }
    }
    let mut bench = Bench::new();
    bench.inputs.vbus = false;
    bench.hello();
    let limits = |bench: &mut Bench| match bench.ask(ToPen::Limits) {
        ToHost::LimitsReply(limits) => limits,
        other => panic!("{other:?}"),
    };
    assert_eq!(limits(&mut bench).zones, [None; 8]);
    assert_eq!(bench.ask(ToPen::LoadPlan(examples::plan())), ToHost::Done);
    let needles = |kind| TagReading::Present(Tag { kind, ..DUMMY });
    let um = Depth::from_um;
    for (tag, depth) in [
        (TagReading::Absent, by(um(1_000), Source::Plan)),
        // 12 needles of 2.5 mm, and the short ones of 0.3 mm.
        (needles(2), by(um(1_000), Source::Plan)),
        (needles(5), by(um(300), Source::Cartridge)),
        (TagReading::Unreadable, by(um(1_000), Source::Plan)),
    ] {
        bench.inputs.seated = true;
        bench.inputs.tag = tag;
        bench.run(100);
        let found = limits(&mut bench);
        let zone = ZoneLimits {
            zone: Zone::Cheek,
            depth,
            rate: by(Rate::from_hz(100), Source::Plan),
            time: by(Duration::from_min(5), Source::Plan),
            strokes: by(Strokes::from_count(40_000), Source::Plan),
        };
        assert_eq!(found.zones[0], Some(zone), "{tag:?}");
        assert_eq!(found.zones[1..], [None; 7]);
        assert_eq!(found.profile, Some(examples::profile(SERIAL)));
    }
}
