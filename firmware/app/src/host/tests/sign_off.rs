//! What storage keeps of a calibration that was signed off (CAL-005).

use super::*;
use crate::store::{Identity, Kind, SlotPair};

pub(super) fn is_unverified(bench: &mut Bench) -> bool {
    bench.run(500);
    bench.core.pen.status().locks.has(Lock::Unverified)
}

pub(super) fn commit(bench: &mut Bench, generation: u32) {
    let next = examples::calibration(SERIAL, generation);
    let digest = calibration_digest(&next);
    assert_eq!(bench.ask(ToPen::Stage(next)), ToHost::Done);
    assert_eq!(bench.ask(ToPen::Commit(Commit { digest })), ToHost::Done);
}

pub(super) const fn sign_off(generation: u32) -> ToPen {
    ToPen::SignOff(SignOff { generation })
}

/// The same pen after a power cut in this very moment: no tick in between.
pub(super) fn cut(bench: Bench) -> Bench {
    bench.reboot()
}

#[test]
fn cal_005_what_the_assembly_line_wrote_is_signed_off() {
    assert!(!is_unverified(&mut Bench::new()));
}

#[test]
fn cal_005_a_commit_locks_through_power_cuts_and_an_answered_sign_off_ends_it() {
    let mut bench = Bench::new();
    bench.serve();
    commit(&mut bench, 2);
    let mut bench = cut(bench);
    assert!(is_unverified(&mut bench));
    let mut bench = bench.reboot();
    assert!(is_unverified(&mut bench));
    bench.serve();
    let (asked, in_force) = (1, 2);
    assert_eq!(
        bench.ask(sign_off(1)),
        refused(Refusal::OtherGeneration { asked, in_force })
    );
    assert_eq!(bench.ask(sign_off(2)), ToHost::Done);
    let mut bench = cut(bench);
    assert!(!is_unverified(&mut bench));
    bench.serve();
    assert_eq!(bench.ask(sign_off(2)), ToHost::Done);
    bench.run(100);
    let grave = bench.records(JournalName::Faults);
    assert!(
        grave.contains(&Record::CalibrationSignedOff { generation: 2 }),
        "{grave:?}"
    );
}

#[test]
fn cal_005_a_sign_off_that_flash_refuses_is_not_in_force_and_the_lock_is_shown() {
    let mut bench = Bench::new();
    bench.serve();
    commit(&mut bench, 2);
    *bench.broken.borrow_mut() = true;
    assert_eq!(
        bench.ask(sign_off(2)),
        link_error(LinkError::Storage(StorageError::Flash))
    );
    let first = id_of(&examples::calibration(SERIAL, 1));
    assert_eq!(bench.core.pen.signed_off(), first);
    assert!(is_unverified(&mut bench));
    let error = bench.host.keeper().state().write_error;
    assert_eq!(error, Some(StorageError::Flash));
    // What is in force is to be kept again, and is not yet: nothing can start.
    assert_ne!(bench.core.ledger_seen(), bench.core.outputs.ledger());
    *bench.broken.borrow_mut() = false;
    bench.run(2_000);
    assert_eq!(bench.core.ledger_seen(), bench.core.outputs.ledger());
    assert!(is_unverified(&mut bench));
    let grave = bench.records(JournalName::Faults);
    let signed = Record::CalibrationSignedOff { generation: 2 };
    assert!(!grave.contains(&signed), "{grave:?}");
    let mut bench = cut(bench);
    assert!(is_unverified(&mut bench));
    // The one before is still the one that was signed off.
    bench.serve();
    assert_eq!(bench.ask(ToPen::Revert), ToHost::Done);
    assert!(!is_unverified(&mut bench));
}

#[test]
fn cal_005_flash_that_kept_a_sign_off_and_says_no_is_written_over() {
    let mut bench = Bench::new();
    bench.serve();
    commit(&mut bench, 2);
    let lies = bench.host.keeper.flash.lies.clone();
    *lies.borrow_mut() = true;
    assert_eq!(
        bench.ask(sign_off(2)),
        link_error(LinkError::Storage(StorageError::Flash))
    );
    *lies.borrow_mut() = false;
    assert!(is_unverified(&mut bench));
    bench.run(2_000);
    let mut bench = cut(bench);
    assert!(is_unverified(&mut bench));
    bench.serve();
    assert_eq!(bench.ask(sign_off(2)), ToHost::Done);
    assert!(!is_unverified(&mut cut(bench)));
}

#[test]
fn cal_005_a_return_is_whole_though_the_ledger_cannot_be_written() {
    let mut bench = Bench::new();
    bench.serve();
    commit(&mut bench, 2);
    bench.run(100);
    let layout = Layout::for_flash(u32::try_from(flash().bytes.len()).unwrap()).unwrap();
    let worn = bench.host.keeper.flash.worn.clone();
    *worn.borrow_mut() = layout.ledger.to_vec();
    assert_eq!(bench.ask(ToPen::Revert), ToHost::Done);
    assert!(!is_unverified(&mut bench));
    assert_ne!(bench.core.ledger_seen(), bench.core.outputs.ledger());
    worn.borrow_mut().clear();
    let mut bench = cut(bench);
    assert_eq!(bench.core.pen.calibration().unwrap().generation, 3);
    assert!(!is_unverified(&mut bench));
}

#[test]
fn store_003_a_sign_off_waits_for_rest_in_service_mode_only() {
    let mut bench = Bench::new();
    bench.serve();
    commit(&mut bench, 2);
    // The motor may turn.
    let moving = |bench: &mut Bench| {
        bench.seq += 1;
        bench.say(&Bench::frame(bench.seq, &sign_off(2)));
        let at_rest = std::mem::replace(&mut bench.core.outputs, Outputs::SAFE);
        bench.core.ticks += 1;
        bench.host.poll(bench.now, &mut bench.core);
        bench.core.outputs = at_rest;
        assert!(!bench.core.hold.busy);
        bench.heard().pop().expect("an answer").1
    };
    assert_eq!(moving(&mut bench), link_error(LinkError::NotQuiet));
    assert!(is_unverified(&mut bench));
    // Elsewhere the pen itself refuses, and says why.
    assert_eq!(bench.ask(ToPen::LeaveService), ToHost::Done);
    let elsewhere = bench.ask(sign_off(2));
    assert!(
        matches!(elsewhere, ToHost::Refused(Refusal::Role { .. })),
        "{elsewhere:?}"
    );
    assert_eq!(moving(&mut bench), elsewhere);
    assert!(is_unverified(&mut bench));
    bench.serve();
    assert_eq!(bench.ask(sign_off(2)), ToHost::Done);
    assert!(!is_unverified(&mut bench));
}

#[test]
fn cal_005_the_one_before_returns_as_it_was_through_a_power_cut() {
    let mut bench = Bench::new();
    bench.serve();
    commit(&mut bench, 2);
    assert_eq!(bench.ask(ToPen::Revert), ToHost::Done);
    // Done means that storage keeps it, and that it is signed off.
    assert!(
        bench
            .core
            .pen
            .calibration()
            .is_some_and(|own| own.generation == 3)
    );
    let mut bench = cut(bench);
    assert!(!is_unverified(&mut bench));
    bench.serve();
    // What returns now is what nobody had signed off.
    assert_eq!(bench.ask(ToPen::Revert), ToHost::Done);
    let mut bench = cut(bench);
    assert!(is_unverified(&mut bench));
}

#[test]
fn store_004_a_ledger_of_format_1_goes_on_with_its_calibration_signed_off() {
    let ledger = Ledger {
        session: 7,
        day: 2_600,
        strokes: Strokes::from_count(4_711),
        ..Ledger::default()
    };
    let mut bench = Bench::on(with_format_1(&ledger));
    assert!(!is_unverified(&mut bench));
    let found = bench.core.pen.ledger();
    assert_eq!(
        (found.session, found.day, found.strokes),
        (ledger.session, ledger.day, ledger.strokes)
    );
    // It was kept as format 2 at once: a later calibration is not taken for that one.
    let mut bench = Bench::on(with_format_1(&ledger));
    bench.serve();
    commit(&mut bench, 2);
    let mut bench = cut(bench);
    assert!(is_unverified(&mut bench));
}

/// An assembled pen whose newest ledger was written by firmware that knew no sign-off.
fn with_format_1(ledger: &Ledger) -> Ram {
    let mut flash = assembled();
    let size = u32::try_from(flash.bytes.len()).unwrap();
    let layout = Layout::for_flash(size).unwrap();
    let bytes = flash.bytes.as_mut_slice();
    for region in layout.ledger {
        let (from, to) = (region.start as usize, region.end() as usize);
        bytes[from..to].fill(0xFF);
    }
    let identity = Identity {
        kind: Kind::LEDGER,
        format: 1,
        serial: SERIAL,
    };
    let slots = SlotPair::<256>::new(layout.ledger, identity);
    let mut buffer = [0; 256];
    let payload = pen_protocol::to_bytes(ledger, &mut buffer).unwrap();
    slots.store(&mut flash, payload).unwrap();
    flash
}

/// Where each stored ledger lies, and its number.
pub(super) fn ledgers(flash: &Ram) -> Vec<(usize, u32)> {
    let layout = Layout::for_flash(u32::try_from(flash.bytes.len()).unwrap()).unwrap();
    let places = layout
        .ledger
        .into_iter()
        .flat_map(|region| (region.start as usize..region.end() as usize).step_by(16));
    places
        .filter(|at| flash.bytes[*at..].starts_with(b"PENSTOR"))
        .map(|at| {
            let number = flash.bytes[at + 24..at + 28].try_into().unwrap();
            (at, u32::from_le_bytes(number))
        })
        .collect()
}

#[test]
fn cal_005_an_older_ledger_proves_nothing_of_what_returned() {
    // 1 was signed off, then 2; 1 returns as 3, which nobody signed off.
    let mut bench = Bench::new();
    bench.serve();
    commit(&mut bench, 2);
    bench.run(100);
    let old = ledgers(&bench.host.keeper.flash);
    assert_eq!(bench.ask(sign_off(2)), ToHost::Done);
    assert_eq!(bench.ask(ToPen::Revert), ToHost::Done);
    assert!(is_unverified(&mut bench));
    // Each ledger since the sign-off is damaged: what is left names 1 as signed off.
    let mut flash = bench.host.release().1;
    let new = ledgers(&flash).into_iter().filter(|it| !old.contains(it));
    let places: Vec<usize> = new.map(|(at, _)| at).collect();
    assert!(places.len() >= 2, "{places:?}");
    for at in places {
        flash.bytes[at + 40] ^= 1;
    }
    let mut bench = Bench::on(flash);
    assert!(bench.host.keeper().state().fell_back);
    assert!(is_unverified(&mut bench));
    let status = bench.core.pen.status();
    assert!(status.locks.has(Lock::Storage), "{status:?}");
    // Nor when that ledger was written again.
    let kept = StoredLedger::of(&bench.core.pen);
    bench.host.keeper.store_ledger(&kept).unwrap();
    let mut bench = cut(bench);
    assert!(!bench.host.keeper().state().fell_back);
    assert!(is_unverified(&mut bench));
}

#[test]
fn store_004_a_calibration_of_format_1_goes_on_and_returns_as_it_was() {
    let mut flash = assembled();
    let size = u32::try_from(flash.bytes.len()).unwrap();
    let layout = Layout::for_flash(size).unwrap();
    for region in layout.calibration {
        let (from, to) = (region.start as usize, region.end() as usize);
        flash.bytes.as_mut_slice()[from..to].fill(0xFF);
    }
    let identity = Identity {
        kind: Kind::CALIBRATION,
        format: 1,
        serial: SERIAL,
    };
    let slots = SlotPair::<384>::new(layout.calibration, identity);
    let mut buffer = [0; 384];
    let old = examples::calibration(SERIAL, 1);
    let payload = pen_protocol::to_bytes(&old, &mut buffer).unwrap();
    slots.store(&mut flash, payload).unwrap();
    let mut bench = Bench::on(flash);
    assert_eq!(bench.core.pen.calibration(), Some(old));
    assert!(!is_unverified(&mut bench));
    bench.serve();
    commit(&mut bench, 2);
    assert_eq!(bench.found(Which::Previous), Some(1));
    assert_eq!(bench.ask(ToPen::Revert), ToHost::Done);
    let mut bench = cut(bench);
    assert!(!is_unverified(&mut bench));
    let expected = pen_core::calibration::Calibration {
        generation: 3,
        ..old
    };
    assert_eq!(bench.core.pen.calibration(), Some(expected));
}
