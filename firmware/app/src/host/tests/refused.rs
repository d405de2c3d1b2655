//! What flash may have kept of a request that it refused, and what comes of it (STORE-005, CAL-005).

use super::sign_off::{commit, cut, is_unverified, ledgers, sign_off};
use super::*;

/// Flash does what it is asked meanwhile, and says that it could not.
fn while_it_lies(bench: &mut Bench, message: ToPen) {
    let lies = bench.host.keeper.flash.lies.clone();
    *lies.borrow_mut() = true;
    assert_eq!(
        bench.ask(message),
        link_error(LinkError::Storage(StorageError::Flash))
    );
    *lies.borrow_mut() = false;
}

/// A pen in Service mode whose calibrations 1 and 2 were both signed off, of technicians 7 and 8; 2 is in force.
fn two_signed_off() -> Bench {
    let mut bench = Bench::new();
    bench.serve();
    let mut second = examples::calibration(SERIAL, 2);
    second.technician = 8;
    let digest = calibration_digest(&second);
    assert_eq!(bench.ask(ToPen::Stage(second)), ToHost::Done);
    assert_eq!(bench.ask(ToPen::Commit(Commit { digest })), ToHost::Done);
    assert_eq!(bench.ask(sign_off(2)), ToHost::Done);
    bench
}

/// Generation and technician of the calibration in force.
fn in_force(bench: &Bench) -> (u32, u32) {
    let own = bench.core.pen.calibration().unwrap();
    (own.generation, own.technician)
}

#[test]
fn store_005_a_return_that_was_refused_is_asked_again_and_returns_the_same_one() {
    let mut bench = two_signed_off();
    while_it_lies(&mut bench, ToPen::Revert);
    assert_eq!(in_force(&bench), (2, 8));
    assert_eq!(bench.found(Which::Previous), Some(1));
    assert_eq!(bench.ask(ToPen::Revert), ToHost::Done);
    // The first one's tables, and not once more those that were in force.
    assert_eq!(in_force(&bench), (3, 7));
    // The one before that one is now the second, whatever landed in between.
    assert_eq!(bench.found(Which::Previous), Some(2));
    let mut bench = cut(bench);
    assert_eq!(in_force(&bench), (3, 7));
    bench.serve();
    assert_eq!(bench.ask(ToPen::Revert), ToHost::Done);
    assert_eq!(in_force(&bench), (4, 8));
}

#[test]
fn store_005_after_a_refused_commit_the_one_before_the_one_in_force_returns() {
    let mut bench = two_signed_off();
    let mut third = examples::calibration(SERIAL, 3);
    third.technician = 9;
    let digest = calibration_digest(&third);
    assert_eq!(bench.ask(ToPen::Stage(third)), ToHost::Done);
    while_it_lies(&mut bench, ToPen::Commit(Commit { digest }));
    assert_eq!(in_force(&bench), (2, 8));
    assert_eq!(bench.ask(ToPen::Discard), ToHost::Done);
    assert_eq!(bench.found(Which::Previous), Some(1));
    assert_eq!(bench.ask(ToPen::Revert), ToHost::Done);
    assert_eq!(in_force(&bench), (3, 7));
}

/// Stages and commits a calibration of this technician, while flash does what it is asked and refuses the mark.
fn refused_with_its_mark(bench: &mut Bench, technician: u32) {
    let mut third = examples::calibration(SERIAL, 3);
    third.technician = technician;
    let digest = calibration_digest(&third);
    assert_eq!(bench.ask(ToPen::Stage(third)), ToHost::Done);
    let lies = bench.host.keeper.flash.lies_of_marks.clone();
    *lies.borrow_mut() = true;
    assert_eq!(
        bench.ask(ToPen::Commit(Commit { digest })),
        link_error(LinkError::Storage(StorageError::Flash))
    );
    *lies.borrow_mut() = false;
    assert_eq!(in_force(bench), (2, 8));
}

#[test]
fn store_005_a_refused_commit_that_landed_with_its_mark_is_none_before_the_one_in_force() {
    let mut bench = two_signed_off();
    refused_with_its_mark(&mut bench, 9);
    assert_eq!(bench.ask(ToPen::Discard), ToHost::Done);
    assert_eq!(bench.found(Which::Previous), Some(1));
    assert_eq!(bench.ask(ToPen::Revert), ToHost::Done);
    assert_eq!(in_force(&bench), (3, 7));
}

#[test]
fn store_005_nor_is_it_when_another_of_its_number_is_in_force() {
    let mut bench = two_signed_off();
    refused_with_its_mark(&mut bench, 9);
    let mut third = examples::calibration(SERIAL, 3);
    third.technician = 10;
    let digest = calibration_digest(&third);
    assert_eq!(bench.ask(ToPen::Stage(third)), ToHost::Done);
    assert_eq!(bench.ask(ToPen::Commit(Commit { digest })), ToHost::Done);
    assert_eq!(in_force(&bench), (3, 10));
    assert_eq!(bench.found(Which::Previous), Some(2));
    assert_eq!(bench.ask(ToPen::Revert), ToHost::Done);
    assert_eq!(in_force(&bench), (4, 8));
}

#[test]
fn store_005_of_the_only_calibration_there_is_none_before_it_though_another_landed() {
    let mut bench = Bench::new();
    bench.serve();
    let mut second = examples::calibration(SERIAL, 2);
    let digest = calibration_digest(&second);
    assert_eq!(bench.ask(ToPen::Stage(second)), ToHost::Done);
    while_it_lies(&mut bench, ToPen::Commit(Commit { digest }));
    assert_eq!(bench.found(Which::Previous), None);
    assert_eq!(bench.ask(ToPen::Revert), refused(Refusal::NothingToRevert));
    // Of what landed nothing was in force: another of its number stands before none but the first.
    second.technician = 9;
    let digest = calibration_digest(&second);
    assert_eq!(bench.ask(ToPen::Stage(second)), ToHost::Done);
    assert_eq!(bench.ask(ToPen::Commit(Commit { digest })), ToHost::Done);
    assert_eq!(bench.found(Which::Previous), Some(1));
}

#[test]
fn store_002_where_the_one_in_force_is_damaged_the_one_before_it_returns() {
    let bench = two_signed_off();
    let mut flash = bench.host.release().1;
    let layout = Layout::for_flash(u32::try_from(flash.bytes.len()).unwrap()).unwrap();
    let region = layout.calibration[0];
    let range = region.start as usize..region.end() as usize;
    let newest = range
        .rev()
        .find(|at| flash.bytes[*at..].starts_with(b"PENSTOR"));
    flash.bytes[newest.unwrap() + 40] ^= 1;
    let mut bench = Bench::on(flash);
    bench.run(1_000);
    assert_eq!(bench.core.pen.calibration(), None);
    bench.serve();
    assert_eq!(bench.ask(ToPen::Revert), ToHost::Done);
    let own = bench.core.pen.calibration().unwrap();
    assert_eq!(own.technician, 7);
    // The second was the one that was signed off.
    assert!(is_unverified(&mut bench));
}

#[test]
fn cal_005_a_sign_off_that_was_refused_does_not_return_when_what_was_written_over_it_rots() {
    let mut bench = Bench::new();
    bench.serve();
    commit(&mut bench, 2);
    bench.run(100);
    while_it_lies(&mut bench, sign_off(2));
    let landed = ledgers(&bench.host.keeper.flash);
    bench.run(2_000);
    // Written over, and that is damaged.
    let mut flash = bench.host.release().1;
    let new = ledgers(&flash)
        .into_iter()
        .filter(|it| !landed.contains(it));
    let places: Vec<usize> = new.map(|(at, _)| at).collect();
    assert!(!places.is_empty());
    for at in places {
        flash.bytes[at + 40] ^= 1;
    }
    let mut bench = Bench::on(flash);
    for _ in 0..3 {
        bench.inputs.vbus = false;
        bench.run(1_000);
        assert!(bench.host.keeper().state().fell_back);
        let status = bench.core.pen.status();
        assert!(status.locks.has(Lock::Storage), "{status:?}");
        assert!(status.locks.has(Lock::Unverified), "{status:?}");
        bench = cut(bench);
    }
}

/// What the journals tell of a calibration that changed or was signed off.
fn told(bench: &mut Bench) -> Vec<Record> {
    bench.run(200);
    let mut records = bench.records(JournalName::Faults);
    records.retain(|record| {
        matches!(
            record,
            Record::CalibrationReverted { .. } | Record::CalibrationSignedOff { .. }
        )
    });
    records
}

#[test]
fn cal_005_a_start_may_find_what_flash_kept_of_a_request_that_it_refused() {
    // As docs/protocol.md says of steps 5 and 6. A return, at any later start.
    let mut bench = Bench::new();
    bench.serve();
    commit(&mut bench, 2);
    while_it_lies(&mut bench, ToPen::Revert);
    bench.run(5_000);
    assert_eq!(in_force(&bench).0, 2);
    let mut bench = cut(bench);
    assert_eq!(in_force(&bench).0, 3);
    assert!(!is_unverified(&mut bench));
    bench.hello();
    assert_eq!(told(&mut bench), []);
    // A sign-off, until it was written over.
    let mut bench = Bench::new();
    bench.serve();
    commit(&mut bench, 2);
    while_it_lies(&mut bench, sign_off(2));
    assert!(bench.core.pen.status().locks.has(Lock::Unverified));
    let mut bench = cut(bench);
    assert!(!is_unverified(&mut bench));
    bench.hello();
    assert_eq!(told(&mut bench), []);
}
