//! Journal, cartridges and ledger: what comes back from storage, and when it works.

use super::*;

#[test]
fn log_002_the_journal_comes_back_chained_and_without_gaps() {
    let mut bench = Bench::new();
    bench.hello();
    for _ in 0..12 {
        assert_eq!(bench.ask(ToPen::Acknowledge), refused(Refusal::NoFault));
    }
    bench.run(50);
    let pages = bench.journal(JournalName::Routine);
    assert!(pages.len() > 1);
    let mut chain = journal::genesis(SERIAL);
    let mut seq = 0;
    for entry in pages.iter().flat_map(|page| page.entries.iter().flatten()) {
        seq += 1;
        let mut buffer = [0; 240];
        let payload = pen_protocol::to_bytes(&entry.entry.unwrap(), &mut buffer).unwrap();
        chain = journal::link(chain, seq, payload);
        assert_eq!((entry.seq, entry.chain), (seq, chain));
    }
    let asked = ToPen::ReadJournal(ReadJournal {
        journal: JournalName::Routine,
        from: 1,
        max: 9,
    });
    let size = LinkError::PageSize {
        asked: 9,
        allowed: 8,
    };
    assert_eq!(bench.ask(asked), link_error(size));
}

#[test]
fn log_004_a_journal_that_cannot_be_written_lets_nothing_start_after_a_minute() {
    let mut bench = Bench::new();
    bench.hello().run(2_000);
    *bench.broken.borrow_mut() = true;
    assert_eq!(bench.ask(ToPen::Acknowledge), refused(Refusal::NoFault));
    // The minute begins with the first write that failed.
    while bench.host.keeper().state().write_error.is_none() {
        bench.run(1);
    }
    let holds = |bench: &Bench| bench.core.ledger_seen() != bench.core.outputs.ledger();
    bench.run(59_999);
    assert!(!holds(&bench));
    bench.run(1);
    assert!(holds(&bench), "60 s to the millisecond");
    bench.run(1_000);
    assert_ne!(bench.core.ledger_seen(), bench.core.outputs.ledger());
    assert!(bench.host.keeper().state().write_error.is_some());
    *bench.broken.borrow_mut() = false;
    bench.run(2_000);
    assert_eq!(bench.core.ledger_seen(), bench.core.outputs.ledger());
    assert_eq!(bench.host.keeper().state().write_error, None);
}

#[test]
fn cart_003_a_burnt_cartridge_gets_to_the_list_only_at_rest() {
    let mut bench = Bench::new();
    bench.hello().run(2_000);
    bench.core.tag.burn(4_711);
    bench.core.outputs = Outputs::SAFE;
    for _ in 0..50 {
        bench.host.poll(bench.now, &mut bench.core);
    }
    let on_list = |bench: &mut Bench| {
        let keeper = &mut bench.host.keeper;
        keeper.used.standing(&mut keeper.flash, 4_711)
    };
    assert_eq!(on_list(&mut bench), Standing::Unused);
    bench.run(5);
    assert_eq!(on_list(&mut bench), Standing::Used);
    assert_eq!(bench.host.keeper().state().used_cartridges, Some(1));
}

#[test]
fn cart_003_a_cartridge_at_work_when_the_power_went_is_used() {
    let mut flash = assembled();
    let mut keeper = Keeper::new(&mut flash, SERIAL).unwrap();
    let ledger = Ledger {
        session: 3,
        open: true,
        cartridge: 55,
        reserved: Some(0),
        ..Ledger::default()
    };
    keeper.store_ledger(&kept(ledger)).unwrap();
    let idle = Ledger {
        cartridge: 56,
        ..Ledger::default()
    };
    let bench = Bench::on(flash);
    let mut keeper = bench.host.keeper;
    assert_eq!(keeper.used.standing(&mut keeper.flash, 55), Standing::Used);
    keeper.store_ledger(&kept(idle)).unwrap();
    let bench = Bench::on(keeper.release());
    let mut keeper = bench.host.keeper;
    assert_eq!(
        keeper.used.standing(&mut keeper.flash, 56),
        Standing::Unused
    );
    keeper
        .store_ledger(&kept(Ledger {
            cartridge_strokes: Strokes::from_count(1),
            ..idle
        }))
        .unwrap();
    let bench = Bench::on(keeper.release());
    let mut keeper = bench.host.keeper;
    assert_eq!(keeper.used.standing(&mut keeper.flash, 56), Standing::Used);
}

#[test]
fn store_003_nothing_can_start_while_the_flash_works() {
    let mut bench = Bench::new();
    bench.run(2_000);
    assert_eq!(bench.core.ledger_seen(), bench.core.outputs.ledger());
    bench.core.tag.burn(1);
    let job = bench.claim().unwrap();
    assert_ne!(bench.core.ledger_seen(), bench.core.outputs.ledger());
    bench.host.keeper.work(job, bench.now, &mut bench.core);
    assert_eq!(bench.core.ledger_seen(), bench.core.outputs.ledger());
    bench.core.outputs = Outputs::SAFE;
    bench.core.tag.burn(2);
    assert!(bench.claim().is_none());
}

#[test]
fn store_003_between_two_flash_jobs_the_pen_gets_its_ticks() {
    let mut bench = Bench::new();
    bench.run(2_000);
    bench.core.tag.burn(1);
    let job = bench.claim().unwrap();
    bench.host.keeper.work(job, bench.now, &mut bench.core);
    bench.core.tag.burn(2);
    for _ in 0..SPACING {
        assert!(bench.claim().is_none());
        bench.core.ticks += 1;
    }
    assert!(bench.claim().is_some());
}

#[test]
fn store_003_no_flash_job_begins_once_a_drive_is_permitted() {
    let mut bench = Bench::new();
    bench.serve();
    bench.run(100);
    let run = ToPen::Run(Run {
        rate: Rate::from_mhz(50_000),
    });
    bench.say(&Bench::frame(99, &run));
    // It is permitted between two ticks: nothing turns yet.
    bench.host.poll(bench.now, &mut bench.core);
    assert_eq!(bench.core.pen.status().mode, Mode::ServiceRunning);
    assert!(bench.core.outputs.is_quiet());
    bench.core.tag.burn(1);
    assert!(bench.claim().is_none());
}

#[test]
fn sens_003_nothing_is_permitted_before_the_late_tick_of_a_flash_job() {
    // A refusal is journalled, and a drive is asked for so many ticks later, in the tick of the job as well.
    for later in 0..8 {
        let mut bench = Bench::new();
        bench.serve();
        bench.run(100);
        bench.say(&Bench::frame(98, &ToPen::Discard));
        bench.say(&Bench::frame(
            99,
            &ToPen::EndTerminal(EndTerminal {
                fault: Fault::DriveStuck,
            }),
        ));
        let run = ToPen::Run(Run {
            rate: Rate::from_mhz(50_000),
        });
        let mut asked = false;
        for tick in 0..60 {
            if tick == later {
                bench.say(&Bench::frame(100, &run));
                asked = true;
            }
            let before = *bench.host.keeper.flash.writes.borrow();
            bench.run(1);
            if *bench.host.keeper.flash.writes.borrow() != before {
                // The next tick comes as late as the flash made it.
                bench.now = bench.now.plus(Duration::from_us(1_398));
            }
        }
        assert!(asked);
        let status = bench.core.pen.status();
        assert_eq!(status.fault, None, "{later}");
        assert_eq!(status.mode, Mode::ServiceRunning, "{later}");
    }
}

#[test]
fn store_003_what_failed_waits_for_a_second_to_the_microsecond() {
    let mut bench = Bench::new();
    bench.run(2_000);
    *bench.broken.borrow_mut() = true;
    bench.core.tag.burn(1);
    let job = bench.claim().unwrap();
    bench.host.keeper.work(job, bench.now, &mut bench.core);
    bench.core.ticks += SPACING;
    let failed = bench.now;
    bench.now = failed.plus(Duration::from_us(999_999));
    assert!(bench.claim().is_none());
    bench.now = failed.plus(Duration::from_us(1_000_000));
    assert!(matches!(bench.claim(), Some(Job::Burn(1))));
}

#[test]
fn store_003_flash_is_erased_ahead_once_a_session_is_over() {
    let mut bench = Bench::new();
    bench.run(2_000);
    assert!(bench.claim().is_none(), "all is done");
    let keep = |bench: &mut Bench, open| {
        let ledger = Ledger {
            open,
            ..bench.core.pen.ledger()
        };
        let job = Job::Ledger(bench.core.outputs.ledger(), kept(ledger));
        bench.host.keeper.work(job, bench.now, &mut bench.core);
        bench.core.ticks += SPACING;
        bench.claim()
    };
    assert!(keep(&mut bench, true).is_none(), "more will follow");
    assert!(matches!(keep(&mut bench, false), Some(Job::Prepare)));
    // One that was opened before it could be done does not take it back.
    let due = keep(&mut bench, true);
    assert!(matches!(due, Some(Job::Prepare)), "{due:?}");
    bench
        .host
        .keeper
        .work(Job::Prepare, bench.now, &mut bench.core);
    bench.core.ticks += SPACING;
    assert!(bench.claim().is_none(), "once is enough");
}

#[test]
fn conf_004_what_storage_cannot_prove_is_named() {
    let state = |flash| *Bench::on(flash).host.keeper().state();
    let whole = state(assembled());
    assert_eq!(
        (whole.profile, whole.calibration, whole.ledger),
        (None, None, None)
    );
    assert_eq!(whole.used_cartridges, Some(0));

    let mut empty = flash();
    empty.bytes.fill(0xFF);
    let found = state(empty);
    assert_eq!(found.profile, Some(ProfileDefect::Missing));
    assert_eq!(found.calibration, Some(RecordDefect::Missing));
    assert_eq!(found.ledger, Some(RecordDefect::Missing));
    assert_eq!(found.used_cartridges, None);

    let mut other = flash();
    factory::format(&mut other, SERIAL + 1).unwrap();
    let found = state(other);
    assert_eq!(found.ledger, Some(RecordDefect::OtherSerial));
    assert_eq!(found.used_cartridges, None);

    let mut unsigned = assembled();
    let profile = examples::profile(SERIAL);
    let other = SigningKey::from_bytes(&[1; 32]);
    let signature = other
        .sign(signed::message(&profile).unwrap().as_slice())
        .to_bytes();
    let keys = [other.verifying_key().to_bytes()];
    let denied = factory::install_profile(&mut unsigned, &profile, &signature, &makers().1);
    assert_eq!(
        denied,
        Err(factory::FactoryError::Profile(ProfileDefect::Unsigned))
    );
    factory::install_profile(&mut unsigned, &profile, &signature, &keys).unwrap();
    assert_eq!(state(unsigned).profile, Some(ProfileDefect::Unsigned));
}

#[test]
fn stop_012_a_terminal_fault_survives_any_one_damaged_record() {
    let mut flash = assembled();
    let mut keeper = Keeper::new(&mut flash, SERIAL).unwrap();
    let ledger = Ledger {
        terminal: Some(Fault::DriveStuck),
        ..Ledger::default()
    };
    keeper.store_ledger(&kept(ledger)).unwrap();
    let side = Layout::for_flash(u32::try_from(flash.bytes.len()).unwrap())
        .unwrap()
        .ledger[0];
    let mut damaged = 0;
    for at in (side.start as usize..side.end() as usize).step_by(7) {
        let was = flash.bytes[at];
        flash.bytes[at] ^= 0x10;
        let mut keeper = Keeper::new(&mut flash, SERIAL).unwrap();
        let core = boot::start(&REPORT, &makers().1, &mut keeper);
        let kept = core.pen.ledger().terminal == Some(Fault::DriveStuck);
        damaged += u32::from(keeper.state().fell_back);
        assert!(kept, "byte {at}");
        if keeper.state().fell_back {
            assert_eq!(keeper.state().ledger, Some(RecordDefect::Corrupt));
        }
        flash.bytes[at] = was;
        if at > side.start as usize + 2_000 {
            break;
        }
    }
    assert!(damaged > 0);
}
