//! A pen whose newest ledger is damaged: the older one is the account, and the pen stays locked, until a
//! technician at the pen has signed off (CONF-004, SESS-008).

use super::sign_off::{cut, ledgers, sign_off};
use super::*;
use crate::store::{Identity, Kind, SlotPair};

/// Power failed while the pen treated, and the newest ledger, which reserves that, is damaged. The one
/// before it says that nothing was reserved.
fn damaged(terminal: Option<Fault>) -> Bench {
    let mut flash = assembled();
    let left = Ledger {
        session: 7,
        open: true,
        plan: 1,
        token: 5,
        day: 2_600,
        elapsed: Duration::from_min(10),
        cartridge: 55,
        terminal,
        ..Ledger::default()
    };
    let entered = Ledger {
        reserved: Some(0),
        ..left
    };
    let mut keeper = Keeper::new(&mut flash, SERIAL).unwrap();
    keeper.store_ledger(&kept(left)).unwrap();
    keeper.store_ledger(&kept(entered)).unwrap();
    let newest = ledgers(&flash).into_iter().max_by_key(|it| it.1);
    flash.bytes[newest.unwrap().0 + 40] ^= 1;
    let mut bench = Bench::on(flash);
    bench.inputs.vbus = false;
    bench
}

fn is_locked(bench: &Bench) -> bool {
    let locked = bench.core.pen.status().locks.has(Lock::Storage);
    let state = bench.host.keeper().state();
    assert_eq!(locked, state.ledger.is_some(), "{state:?}");
    assert_eq!(locked, state.fell_back, "{state:?}");
    locked
}

#[test]
fn conf_004_the_lock_of_an_older_ledger_does_not_end_by_itself() {
    let mut bench = damaged(None);
    let found = ledgers(&bench.host.keeper.flash);
    for seconds in [1, 70, 130] {
        bench.run(seconds * 1_000);
        assert!(is_locked(&bench), "{seconds} s");
        let kept = ledgers(&bench.host.keeper.flash);
        assert_eq!(kept, found, "nothing is written over it");
        // Nobody knows what was left of that session: it is over.
        assert!(!bench.core.pen.ledger().open);
        bench = cut(bench);
        bench.inputs.vbus = false;
        assert_eq!(bench.core.pen.ledger().session, 7);
    }
}

#[test]
fn conf_004_a_technician_who_signs_off_ends_the_lock_with_the_next_start() {
    let mut bench = damaged(None);
    bench.inputs.vbus = true;
    bench.run(1_000);
    assert!(is_locked(&bench));
    bench.serve();
    // Who is to sign off can measure.
    let run = ToPen::Run(Run {
        rate: Rate::from_hz(60),
    });
    assert_eq!(bench.ask(run), ToHost::Done);
    assert_eq!(bench.ask(ToPen::Stop), ToHost::Done);
    bench.run(2_000);
    assert_eq!(bench.ask(sign_off(1)), ToHost::Done);
    bench.run(100);
    // As long as it is on; but what changes now is kept again.
    assert!(is_locked(&bench));
    let set = ToPen::SetDay(SetDay { day: 2_610 });
    assert_eq!(bench.ask(set), ToHost::Done);
    bench.run(100);
    let mut bench = cut(bench);
    bench.inputs.vbus = false;
    bench.inputs.buttons.ok = false;
    bench.run(1_000);
    assert!(!is_locked(&bench));
    let status = bench.core.pen.status();
    assert!(!status.locks.has(Lock::Unverified), "{status:?}");
    // And what was not proven of the session is not given back.
    let ledger = bench.core.pen.ledger();
    assert_eq!(ledger.day, 2_610);
    assert!(!ledger.open, "{ledger:?}");
    assert!(ledger.elapsed >= Duration::from_min(45), "{ledger:?}");
}

#[test]
fn conf_004_a_sign_off_that_flash_refuses_does_not_end_the_lock() {
    let mut bench = damaged(None);
    bench.inputs.vbus = true;
    bench.run(1_000);
    bench.serve();
    *bench.broken.borrow_mut() = true;
    assert_eq!(
        bench.ask(sign_off(1)),
        link_error(LinkError::Storage(StorageError::Flash))
    );
    *bench.broken.borrow_mut() = false;
    bench.run(70_000);
    let mut bench = cut(bench);
    bench.run(1_000);
    assert!(is_locked(&bench));
}

#[test]
fn cart_003_the_cartridge_of_an_older_ledger_is_used() {
    let mut keeper = damaged(None).host.keeper;
    assert_eq!(keeper.used.standing(&mut keeper.flash, 55), Standing::Used);
}

#[test]
fn stop_012_a_fall_is_kept_over_an_older_ledger_and_nothing_is_given_back() {
    let mut bench = damaged(None);
    bench.run(1_000);
    bench.inputs.acceleration.z_mg = 0;
    bench.run(200);
    bench.inputs.acceleration.z_mg = 1_000;
    bench.run(200);
    let mut bench = cut(bench);
    assert_eq!(bench.core.pen.ledger().terminal, Some(Fault::FreeFall));
    bench.run(1_000);
    let status = bench.core.pen.status();
    assert!(status.locks.has(Lock::ZeroCheck), "{status:?}");
    // A technician has to look, all the same: that ledger proved no sign-off.
    assert!(status.locks.has(Lock::Unverified), "{status:?}");
    let ledger = bench.core.pen.ledger();
    assert!(!ledger.open, "{ledger:?}");
    assert!(ledger.elapsed >= Duration::from_min(45), "{ledger:?}");
}

#[test]
fn stop_012_the_end_of_a_terminal_fault_is_kept_over_an_older_ledger() {
    let fault = Fault::DriveStuck;
    let mut bench = damaged(Some(fault));
    bench.run(1_000);
    assert_eq!(bench.core.pen.status().mode, Mode::Faulted);
    bench.inputs.vbus = true;
    bench.inputs.buttons.ok = true;
    bench.run(100);
    bench.hello();
    let technician = ToPen::Authorise(Authorise {
        role: Role::Technician,
    });
    assert_eq!(bench.ask(technician), ToHost::Done);
    bench.run(2_000);
    assert_eq!(
        bench.ask(ToPen::EndTerminal(EndTerminal { fault })),
        ToHost::Done
    );
    bench.run(100);
    let mut bench = cut(bench);
    assert_ne!(bench.core.pen.ledger().terminal, Some(fault));
    bench.run(1_000);
    assert!(!is_locked(&bench));
    assert!(bench.core.pen.status().locks.has(Lock::Unverified));
}

#[test]
fn conf_004_a_ledger_that_is_whole_and_says_nothing_is_none() {
    let mut flash = assembled();
    let layout = Layout::for_flash(u32::try_from(flash.bytes.len()).unwrap()).unwrap();
    let identity = Identity {
        kind: Kind::LEDGER,
        format: 2,
        serial: SERIAL,
    };
    let slots = SlotPair::<256>::new(layout.ledger, identity);
    slots.store(&mut flash, &[0xFF; 12]).unwrap();
    let mut bench = Bench::on(flash);
    for _ in 0..2 {
        bench.run(1_000);
        let ledger = bench.host.keeper().state().ledger;
        assert_eq!(ledger, Some(RecordDefect::Corrupt));
        assert!(bench.core.pen.status().locks.has(Lock::Storage));
        bench.serve();
        // The ledger changes, and is not kept.
        let set = ToPen::SetDay(SetDay { day: 2_517 });
        assert_eq!(bench.ask(set), ToHost::Done);
        bench.run(1_000);
        bench = cut(bench);
    }
}

#[test]
fn conf_004_a_pen_without_a_ledger_makes_none_of_its_own_accord() {
    let layout = Layout::for_flash(u32::try_from(flash().bytes.len()).unwrap()).unwrap();
    let mut flash = assembled();
    for region in layout.ledger {
        flash.bytes[region.start as usize..region.end() as usize].fill(0xFF);
    }
    let mut bench = Bench::on(flash);
    bench.run(1_000);
    bench.inputs.buttons.ok = true;
    bench.run(100);
    bench.hello();
    let technician = ToPen::Authorise(Authorise {
        role: Role::Technician,
    });
    assert_eq!(bench.ask(technician), ToHost::Done);
    // The ledger changes, and is not kept.
    assert_eq!(
        bench.ask(ToPen::SetDay(SetDay { day: 2_517 })),
        ToHost::Done
    );
    bench.run(2_000);
    let mut bench = cut(bench);
    let missing = bench.host.keeper().state().ledger;
    assert_eq!(missing, Some(RecordDefect::Missing));
    bench.run(1_000);
    assert!(bench.core.pen.status().locks.has(Lock::Storage));
    bench.serve();
    assert_eq!(bench.ask(sign_off(1)), ToHost::Done);
    let bench = cut(bench);
    assert_eq!(bench.host.keeper().state().ledger, None);
}
