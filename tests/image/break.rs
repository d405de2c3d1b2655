//! What goes wrong: power in the middle of a flash operation, a fault, a panic.

use pen_core::cartridge::Kind;
use pen_core::journal::{Record, ResetCause};
use pen_protocol::crc32;
use pen_protocol::messages::{JournalName, ToPen, Which};
use pen_sim::emulated::ResetBy;
use pen_sim::hand::Cartridge;

use crate::scene::Scene;
use crate::treat::{plan, records, treating};

/// Somewhere deep below the image's stack.
const SCRATCH: u32 = 0x2000_0000;

/// The end of the firmware while it treats, by `end`; returns why it says it started again.
fn ends(end: impl FnOnce(&Scene)) -> ResetCause {
    let scene = Scene::new(6);
    treating(&scene);
    let from_ns = scene.handle.log().time_ns;
    end(&scene);
    scene.ms(3);
    let log = scene.handle.log();
    let off = log
        .enables
        .iter()
        .find(|(at, level)| *at >= from_ns && !level);
    let (off_at, _) = *off.expect("the torque went");
    let supply = log.supplies.iter().find(|(at, _)| *at >= from_ns);
    let (supply_off_at, is_supplied) = *supply.expect("the second switch opened");
    let resets: Vec<_> = log.resets.clone();
    drop(log);
    println!(
        "torque off {} ns after the end began; {resets:?}",
        off_at - from_ns
    );
    assert_eq!(resets.len(), 1, "{resets:?}");
    assert_eq!(resets[0].0, ResetBy::Program);
    // Torque first, everything else after it.
    assert!(off_at < resets[0].1, "{off_at} {resets:?}");
    assert!(off_at - from_ns < 20_000);
    // Not by itself, 5 ms later, but told to, no later than the enable path.
    assert!(
        !is_supplied && supply_off_at <= off_at,
        "{supply_off_at} {off_at}"
    );
    scene.pen().hand().release_trigger();
    scene.ms(1_200);
    scene.plug();
    let mut client = scene.client();
    let cause = client.info().expect("the pen answers").reset;
    let mut told = records(&mut client, JournalName::Faults);
    told.extend(records(&mut client, JournalName::Routine));
    let is_told =
        |record: &Record| matches!(record, Record::Booted { cause: told } if *told == cause);
    assert!(told.iter().any(is_told), "{cause:?} is not in {told:?}");
    cause
}

#[test]
fn log_006_a_hard_fault_takes_the_torque_first_and_is_told() {
    let cause = ends(|scene| scene.handle.fail().unwrap());
    assert!(matches!(cause, ResetCause::HardFault { .. }), "{cause:?}");
}

#[test]
fn log_006_a_panic_takes_the_torque_first_and_is_told() {
    let file = b"firmware/forced.rs";
    let cause = ends(|scene| {
        // A place in a source file, as the compiler would have put it: text, its length, line, column.
        let words = [SCRATCH + 16, 18, 77, 5];
        let mut bytes: Vec<u8> = words
            .iter()
            .flat_map(|word: &u32| word.to_le_bytes())
            .collect();
        bytes.extend(file);
        scene.handle.poke(SCRATCH, &bytes).unwrap();
        scene
            .handle
            .enter("panic_bounds_check", [5, 3, SCRATCH, 0])
            .unwrap();
    });
    let ResetCause::Panicked { file: digest, line } = cause else {
        panic!("{cause:?}");
    };
    assert_eq!(digest, crc32(file));
    assert_eq!(line, 77);
}

/// What a person does with a pen, until power fails in it.
const DOINGS: [fn(&Scene); 6] = [
    |scene| drop(scene.client().demand(&ToPen::LoadPlan(plan()))),
    Scene::unplug,
    |scene| {
        scene.pen().hand().approach(0.0, 100.0);
        scene.pen().hand().press_ok(100);
        scene.ms(800);
    },
    |scene| {
        scene.pen().hand().press_trigger();
        scene.ms(500);
    },
    |scene| {
        scene.pen().hand().release_trigger();
        scene.ms(800);
    },
    |scene| scene.pen().hand().plug_cable(true),
];

fn has_failed(scene: &Scene) -> bool {
    let log = scene.handle.log();
    log.resets.iter().any(|(by, _)| *by == ResetBy::PowerFailed)
}

/// Cuts power in one flash operation of a day with a pen; says which doing it was in.
fn cut(operations: u32) -> usize {
    let scene = Scene::new(8);
    scene.plug();
    scene
        .pen()
        .hand()
        .insert(Cartridge::fresh(1_008, Kind::Twelve));
    scene.pen().hand().place_ring(900.0);
    scene.ms(1_000);
    let mut client = scene.client();
    let before = client.info().expect("the pen answers");
    let history = records(&mut client, JournalName::Routine);
    scene
        .handle
        .cut_in_flash(operations, operations % 2 == 1, operations)
        .expect("the rig is there");
    let doing = DOINGS.iter().position(|doing| {
        doing(&scene);
        has_failed(&scene)
    });
    let doing = doing.unwrap_or_else(|| panic!("operation {operations} never came"));
    let is_burnt = scene.pen().hand().is_burnt(1_008);
    scene.pen().hand().release_trigger();
    scene.pen().hand().plug_cable(false);
    scene.ms(1_500);
    scene.plug();
    scene.ms(800);
    let mut client = scene.client();
    let after = client.info().expect("the pen answers");
    assert_eq!(after.reset, ResetCause::PowerOn);
    assert_eq!(
        (after.class, after.mechanism),
        (before.class, before.mechanism)
    );
    assert_eq!(after.storage.journal_breaks, 0);
    let told = records(&mut client, JournalName::Routine);
    assert_eq!(told.get(..history.len()), Some(history.as_slice()));
    assert!(client.calibration(Which::Current).is_ok());
    // A cartridge that touched skin is used, whatever was going on when power failed.
    let status = client.status().expect("the pen answers");
    assert_eq!(status.cartridge, Some(1_008));
    assert_eq!(is_burnt, scene.pen().hand().is_burnt(1_008));
    doing
}

#[test]
fn store_001_power_may_fail_in_any_flash_operation() {
    let runs = [0, 4, 8, 13, 18].map(|operations| std::thread::spawn(move || cut(operations)));
    let mut doings: Vec<usize> = runs
        .into_iter()
        .map(|run| run.join().expect("nothing was lost"))
        .collect();
    println!("power failed while doing {doings:?}");
    doings.dedup();
    assert!(doings.len() >= 3, "{doings:?}");
}
