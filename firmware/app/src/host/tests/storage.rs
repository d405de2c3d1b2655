//! What storage says at boot when the newest generation is damaged, and what is kept first while a part
//! of it fails.

use pen_core::locks::Lock;

use super::*;
use crate::store::layout::Region;

/// A record that is kept in two places, and how a newer one comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kept {
    Profile,
    Calibration,
    Ledger,
}

fn copy(flash: &Ram) -> Ram {
    Ram {
        bytes: flash.bytes.clone(),
        ..self::flash()
    }
}

/// A pen whose record exists in two generations, and the bytes that the second one changed.
fn two_generations(which: Kept) -> (Ram, Vec<usize>) {
    let mut flash = assembled();
    if which == Kept::Calibration {
        // Signed off beforehand, so that nothing but the calibration changes.
        let mut keeper = Keeper::new(&mut flash, SERIAL).unwrap();
        let signed_off = id_of(&examples::calibration(SERIAL, 2));
        let ledger = Ledger::default();
        keeper
            .store_ledger(&StoredLedger { ledger, signed_off })
            .unwrap();
    }
    let before = flash.bytes.clone();
    match which {
        Kept::Profile => {
            let profile = pen_core::profile::DeviceProfile {
                depth_max: pen_core::units::Depth::from_um(1_500),
                ..examples::profile(SERIAL)
            };
            let (key, makers) = makers();
            let message = signed::message(&profile).unwrap();
            let signature = key.sign(message.as_slice()).to_bytes();
            factory::install_profile(&mut flash, &profile, &signature, &makers).unwrap();
        }
        Kept::Calibration => {
            let second = examples::calibration(SERIAL, 2);
            let mut keeper = Keeper::new(&mut flash, SERIAL).unwrap();
            keeper
                .store_calibration(&StoredCalibration::new(second))
                .unwrap();
        }
        Kept::Ledger => {
            let ledger = Ledger {
                strokes: Strokes::from_count(77),
                ..Ledger::default()
            };
            let mut keeper = Keeper::new(&mut flash, SERIAL).unwrap();
            keeper.store_ledger(&kept(ledger)).unwrap();
        }
    }
    let changed = (0..before.len())
        .filter(|at| before[*at] != flash.bytes[*at])
        .collect();
    (flash, changed)
}

/// Boots, and judges: the newest generation, or the lock; never the one before it.
fn is_locked(flash: Ram, which: Kept, what: &str) -> bool {
    let mut bench = Bench::on(flash);
    bench.inputs.vbus = false;
    bench.run(1_000);
    let state = *bench.host.keeper().state();
    let status = bench.core.pen.status();
    let (lock, defect, is_newest) = match which {
        Kept::Profile => {
            let newest = bench.core.pen.profile().map(|it| it.depth_max.as_um());
            (
                Lock::Profile,
                state.profile.is_some(),
                newest == Some(1_500),
            )
        }
        Kept::Calibration => {
            let newest = bench.core.pen.calibration().map(|it| it.generation);
            (
                Lock::Calibration,
                state.calibration.is_some(),
                newest == Some(2),
            )
        }
        Kept::Ledger => {
            let newest = bench.core.pen.ledger().strokes.as_count();
            (Lock::Storage, state.ledger.is_some(), newest == 77)
        }
    };
    let locked = status.locks.has(lock);
    assert_eq!(locked, defect, "{which:?}, {what}: {state:?} {status:?}");
    assert!(locked || is_newest, "{which:?}, {what}: the one before it");
    assert!(!locked || status.mode == Mode::Locked, "{what}: {status:?}");
    assert!(
        locked || status.mode == Mode::Standby,
        "{which:?}, {what}: {status:?}"
    );
    assert!(!state.fell_back || locked, "{what}: {state:?}");
    locked
}

#[test]
fn conf_004_a_damaged_newest_generation_locks_and_the_one_before_it_is_not_in_force() {
    for which in [Kept::Profile, Kept::Calibration, Kept::Ledger] {
        let (flash, changed) = two_generations(which);
        assert!(changed.len() > 20, "{which:?}: {} bytes", changed.len());
        assert!(!is_locked(copy(&flash), which, "whole"));
        let mut locked = 0;
        // One bit; a byte; all from here on: erased, and zero.
        for (number, at) in changed.iter().enumerate() {
            let mut one_bit = copy(&flash);
            one_bit.bytes[*at] ^= 1 << (number % 8);
            locked += u32::from(is_locked(one_bit, which, &format!("bit at {at}")));
            if number % 16 == 0 {
                for value in [0xFF, 0x00] {
                    let mut many = copy(&flash);
                    let last = changed.len() - 1;
                    // The mark at the end stays: it was acknowledged.
                    for place in &changed[number..last] {
                        many.bytes[*place] = value;
                    }
                    let what = format!("{value:02x} from {at} on");
                    locked += u32::from(is_locked(many, which, &what));
                }
            }
        }
        let least = u32::try_from(changed.len()).unwrap() / 2;
        assert!(locked > least, "{which:?}: {locked} of {}", changed.len());
    }
}

#[test]
fn conf_004_storage_says_that_it_fell_back_whichever_record_it_was() {
    for which in [Kept::Profile, Kept::Calibration, Kept::Ledger] {
        let (mut flash, changed) = two_generations(which);
        let fell_back = |flash| Bench::on(flash).host.keeper().state().fell_back;
        assert!(!fell_back(copy(&flash)), "{which:?}");
        flash.bytes[changed[20]] ^= 1;
        assert!(fell_back(copy(&flash)), "{which:?}");
        assert!(is_locked(flash, which, "a bit of the newest"));
    }
}

#[test]
fn conf_004_storage_that_is_damaged_in_any_part_locks_by_its_name() {
    let layout = Layout::for_flash(u32::try_from(flash().bytes.len()).unwrap()).unwrap();
    let parts: [(&str, &[Region], Lock); 4] = [
        ("profile", &layout.profile, Lock::Profile),
        ("calibration", &layout.calibration, Lock::Calibration),
        ("ledger", &layout.ledger, Lock::Storage),
        ("used", &layout.used, Lock::Storage),
    ];
    for (name, regions, lock) in parts {
        for value in [0x00, 0xFF, 0x5A] {
            let mut flash = assembled();
            for region in regions {
                let range = region.start as usize..region.end() as usize;
                flash.bytes[range].fill(value);
            }
            let mut bench = Bench::on(flash);
            bench.inputs.vbus = false;
            bench.run(1_000);
            let status = bench.core.pen.status();
            assert!(status.locks.has(lock), "{name} {value:02x}: {status:?}");
            assert_eq!(status.mode, Mode::Locked, "{name} {value:02x}");
        }
    }
}

#[test]
fn conf_004_a_part_of_the_flash_that_cannot_be_read_locks() {
    let layout = Layout::for_flash(u32::try_from(flash().bytes.len()).unwrap()).unwrap();
    for (number, region) in layout.regions().into_iter().enumerate() {
        let flash = assembled();
        *flash.unreadable.borrow_mut() = vec![region];
        let mut bench = Bench::on(flash);
        bench.inputs.vbus = false;
        bench.run(1_000);
        let status = bench.core.pen.status();
        assert_eq!(status.mode, Mode::Locked, "region {number}: {status:?}");
    }
}

#[test]
fn stop_012_nothing_that_keeps_failing_stands_before_a_terminal_fault() {
    let layout = Layout::for_flash(u32::try_from(flash().bytes.len()).unwrap()).unwrap();
    let used = layout.used.to_vec();
    let journals = vec![layout.faults, layout.journal];
    let both = [used.clone(), journals.clone()].concat();
    for worn in [Vec::new(), used, journals, both] {
        for (fault, felt_mg) in [(Fault::FreeFall, 0), (Fault::Shock, 9_000)] {
            for head_start_ms in [0, 1, 500, 1_500, 5_000] {
                let flash = assembled();
                let parts_that_fail = flash.worn.clone();
                let mut bench = Bench::on(flash);
                bench.inputs.vbus = false;
                bench.run(1_000);
                *parts_that_fail.borrow_mut() = worn.clone();
                // A used cartridge and a refusal wait to be kept.
                bench.core.tag.burn(4_711);
                assert!(
                    bench
                        .core
                        .pen
                        .request(Role::Operator, Request::Acknowledge)
                        .is_err()
                );
                bench.run(head_start_ms);
                bench.inputs.acceleration.z_mg = felt_mg;
                bench.run(200);
                bench.inputs.acceleration.z_mg = 1_000;
                let tripped = bench.core.pen.status().fault.map(|trip| trip.fault);
                assert_eq!(tripped, Some(fault));
                // Whatever failed last is tried again a second later, and not before this.
                bench.run(1_200);
                let bench = bench.reboot();
                let kept = bench.core.pen.ledger().terminal;
                assert_eq!(
                    kept,
                    Some(fault),
                    "{} parts, {head_start_ms} ms",
                    worn.len()
                );
            }
        }
    }
}

#[test]
fn store_003_what_failed_is_tried_again_after_a_second_and_then_kept() {
    let layout = Layout::for_flash(u32::try_from(flash().bytes.len()).unwrap()).unwrap();
    let flash = assembled();
    let worn = flash.worn.clone();
    let writes = flash.writes.clone();
    let mut bench = Bench::on(flash);
    bench.run(2_000);
    *worn.borrow_mut() = layout.used.to_vec();
    bench.core.tag.burn(4_711);
    bench.run(10);
    let first = *writes.borrow();
    bench.run(900);
    assert_eq!(*writes.borrow(), first, "not before a second has passed");
    bench.run(200);
    assert!(*writes.borrow() > first);
    assert!(bench.host.keeper().state().write_error.is_some());
    worn.borrow_mut().clear();
    bench.run(2_000);
    let keeper = &mut bench.host.keeper;
    let standing = keeper.used.standing(&mut keeper.flash, 4_711);
    assert_eq!(standing, Standing::Used);
    assert_eq!(bench.host.keeper().state().write_error, None);
    let settled = *writes.borrow();
    bench.run(3_000);
    assert_eq!(*writes.borrow(), settled, "once is enough");
}

#[test]
fn log_004_an_error_stays_visible_until_what_failed_has_succeeded() {
    let layout = Layout::for_flash(u32::try_from(flash().bytes.len()).unwrap()).unwrap();
    let new = TagReading::Present(Tag { id: 77, ..DUMMY });
    for (worn, is_list, error) in [
        (
            vec![layout.faults, layout.journal],
            false,
            StorageError::NotVerified,
        ),
        (layout.used.to_vec(), true, StorageError::Flash),
    ] {
        let flash = assembled();
        let fails = flash.worn.clone();
        let mut bench = Bench::on(flash);
        bench.run(2_000);
        *fails.borrow_mut() = worn;
        if is_list {
            bench.core.tag.burn(4_711);
        } else {
            let refused = bench.core.pen.request(Role::Operator, Request::Acknowledge);
            assert!(refused.is_err());
        }
        bench.run(10);
        let seen = |bench: &Bench| bench.host.keeper().state().write_error;
        assert_eq!(seen(&bench), Some(error));
        // The list is asked, and the ledger kept, meanwhile.
        bench.inputs.seated = true;
        bench.inputs.tag = new;
        for _ in 0..1_500 {
            bench.run(1);
            assert_eq!(seen(&bench), Some(error));
        }
        assert_eq!(bench.core.tag.presented() == new, !is_list);
        let ledger = Job::Ledger(
            bench.core.outputs.ledger(),
            StoredLedger::of(&bench.core.pen),
        );
        bench.host.keeper.work(ledger, bench.now, &mut bench.core);
        assert_eq!(seen(&bench), Some(error));
        fails.borrow_mut().clear();
        bench.run(2_000);
        assert_eq!(seen(&bench), None);
    }
}

#[test]
fn link_006_a_new_connection_remembers_nothing_of_the_one_before() {
    let mut bench = Bench::new();
    let refusals = |bench: &mut Bench| {
        bench.run(300);
        let records = bench.records(JournalName::Routine);
        records
            .iter()
            .filter(|record| matches!(record, Record::Refused { .. }))
            .count()
    };
    // As many as the link remembers, the same numbers and bytes on each connection.
    for connection in 1..=3 {
        bench.seq = 100;
        bench.hello();
        for seq in 0..8 {
            let answer = bench.ask_as(seq, ToPen::Acknowledge);
            assert_eq!(answer, refused(Refusal::NoFault));
        }
        assert_eq!(refusals(&mut bench), 8 * connection);
        assert_eq!(bench.host.counters().repeats, 0);
    }
    // On the same connection it is a repetition.
    let answer = bench.ask_as(7, ToPen::Acknowledge);
    assert_eq!(answer, refused(Refusal::NoFault));
    assert_eq!(bench.host.counters().repeats, 1);
    assert_eq!(refusals(&mut bench), 24);
}

#[test]
fn store_005_a_ledger_that_could_not_be_kept_is_not_acknowledged() {
    let layout = Layout::for_flash(u32::try_from(flash().bytes.len()).unwrap()).unwrap();
    let flash = assembled();
    let worn = flash.worn.clone();
    let mut bench = Bench::on(flash);
    bench.inputs.vbus = false;
    bench.run(1_000);
    *worn.borrow_mut() = layout.ledger.to_vec();
    let before = bench.core.ledger_stored;
    bench.inputs.acceleration.z_mg = 0;
    bench.run(200);
    bench.inputs.acceleration.z_mg = 1_000;
    for _ in 0..50 {
        bench.run(100);
        assert_ne!(bench.core.outputs.ledger(), before, "a fall is kept");
        assert_eq!(bench.core.ledger_stored, before);
        assert!(bench.host.keeper().state().write_error.is_some());
    }
    worn.borrow_mut().clear();
    bench.run(2_000);
    assert_eq!(bench.core.ledger_stored, bench.core.outputs.ledger());
    let bench = bench.reboot();
    assert_eq!(bench.core.pen.ledger().terminal, Some(Fault::FreeFall));
}

#[test]
fn cart_003_a_cartridge_that_the_list_cannot_speak_of_counts_as_used() {
    let layout = Layout::for_flash(u32::try_from(flash().bytes.len()).unwrap()).unwrap();
    let new = Tag {
        id: 77,
        kind: 2,
        ..DUMMY
    };
    for (unreadable, used) in [(Vec::new(), false), (layout.used.to_vec(), true)] {
        let flash = assembled();
        let cannot = flash.unreadable.clone();
        let mut bench = Bench::on(flash);
        bench.run(1_000);
        *cannot.borrow_mut() = unreadable;
        bench.inputs.seated = true;
        bench.inputs.tag = TagReading::Present(new);
        bench.run(200);
        let seen = bench.core.tag.presented();
        assert_eq!(seen, TagReading::Present(Tag { used, ..new }));
    }
}
