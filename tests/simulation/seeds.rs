//! One seed makes everything.

use pen_core::journal::Entry;
use pen_sim::fault::Knob;

use crate::scene::{Scene, Setup};
use crate::trace::Trace;

/// A treatment with a fault, a reset and a second start; everything that can be seen of it.
fn story(seed: u64) -> (Trace, Vec<Entry>, Vec<u8>) {
    let mut trace = Trace::default();
    let mut scene = Scene::treating(&Setup {
        has_brake: false,
        ..Setup::of(seed)
    });
    scene.ms_with(200, &mut trace);
    scene
        .pen
        .faults()
        .set(Knob::DepthANoisy, 30)
        .expect("a knob");
    scene.ms_with(200, &mut trace);
    scene
        .pen
        .faults()
        .set(Knob::PowerWatchdog, 20)
        .expect("a knob");
    scene.ms_with(600, &mut trace);
    scene.pen.faults().clear_all();
    scene
        .pen
        .faults()
        .set(Knob::ToPenGarbage, 200)
        .expect("a knob");
    scene.pen.serial_in(&[0]);
    scene.ms_with(300, &mut trace);
    scene.hello();
    let journal = scene.journal();
    let flash = scene.pen.flash().with(|part| part.snapshot());
    (trace, journal, flash)
}

#[test]
fn the_same_seed_and_script_give_the_same_bytes() {
    for seed in [1, 77] {
        let (trace, journal, flash) = story(seed);
        let (again, journal_again, flash_again) = story(seed);
        assert!(trace.0.len() > 12_000, "{} steps", trace.0.len());
        assert_eq!(trace.first_difference(&again), None, "seed {seed}");
        assert_eq!(journal, journal_again, "seed {seed}");
        assert!(flash == flash_again, "seed {seed}: the flash differs");
    }
}

#[test]
fn another_seed_gives_another_story() {
    let (one, one_journal, one_flash) = story(1);
    let (two, two_journal, two_flash) = story(2);
    assert_ne!(one.first_difference(&two), None);
    assert_ne!(one_journal, two_journal);
    assert!(one_flash != two_flash);
}
