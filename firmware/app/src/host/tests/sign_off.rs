//! What storage keeps of a calibration that was signed off (CAL-005).

use super::*;
use crate::store::{Identity, Kind, SlotPair};

fn is_unverified(bench: &mut Bench) -> bool {
    bench.run(500);
    bench.core.pen.status().locks.has(Lock::Unverified)
}

fn commit(bench: &mut Bench, generation: u32) {
    let next = examples::calibration(SERIAL, generation);
    let digest = calibration_digest(&next);
    assert_eq!(bench.ask(ToPen::Stage(next)), ToHost::Done);
    assert_eq!(bench.ask(ToPen::Commit(Commit { digest })), ToHost::Done);
}

const fn sign_off(generation: u32) -> ToPen {
    ToPen::SignOff(SignOff { generation })
}

/// The same pen after a power cut in this very moment: no tick in between.
fn cut(bench: Bench) -> Bench {
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
fn cal_005_a_sign_off_that_is_not_kept_is_not_acknowledged() {
    let mut bench = Bench::new();
    bench.serve();
    commit(&mut bench, 2);
    *bench.broken.borrow_mut() = true;
    assert_eq!(
        bench.ask(sign_off(2)),
        link_error(LinkError::Storage(StorageError::Flash))
    );
    // What the pen wants kept is not: nothing can start.
    bench.run(50);
    assert_ne!(bench.core.ledger_seen(), bench.core.outputs.ledger());
    *bench.broken.borrow_mut() = false;
    let mut bench = cut(bench);
    assert!(is_unverified(&mut bench));
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
