//! A comparison that could not fail would prove nothing: differences on purpose are found.

use std::cell::Cell;
use std::path::PathBuf;
use std::rc::Rc;

use pen_core::journal::ResetCause;
use pen_core::status::Status;
use pen_sim::board::Wires;
use pen_sim::pen::firmware::Native;
use pen_sim::pen::processor::{Processor, ProcessorError, Socket};
use pen_sim::pil::{Health, Pil, Settings, Watched, compare, run, watch};

use crate::image::{TARGETS, scenario, settings};

fn on_qemu(seed: u64, settings: &Settings) -> Watched {
    let health = Rc::new(Cell::new(Health::default()));
    let scenario = scenario("01_treatment");
    let watched = watch(&scenario, Some(seed), |socket| {
        Pil::new(socket, settings.clone(), &health)
    });
    watched.expect("QEMU runs the scenario")
}

fn differences(native: &Watched, tried: &Watched) -> Vec<(&'static str, String)> {
    compare(native, tried)
        .into_iter()
        .filter(|part| {
            assert_eq!(
                part.first_difference.is_none(),
                part.native == part.processor
            );
            part.native != part.processor
        })
        .map(|part| (part.name, part.first_difference.unwrap_or_default()))
        .collect()
}

#[test]
fn safe_005_another_pen_is_told_apart_in_everything() {
    let settings = settings(TARGETS[0]);
    let native = watch(&scenario("01_treatment"), Some(1), Native::new).unwrap();
    assert_eq!(differences(&native, &on_qemu(1, &settings)), []);
    let found = differences(&native, &on_qemu(2, &settings));
    let names: Vec<&str> = found.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, ["outputs", "host", "flash", "journal"]);
}

/// An image in which one word is spelled otherwise: only the host hears of it.
#[test]
fn safe_005_another_image_is_told_apart_by_its_first_byte() {
    let good = settings(TARGETS[0]);
    let mut image = std::fs::read(&good.image).unwrap();
    let word = b"reference pen";
    let places: Vec<usize> = (0..image.len() - word.len())
        .filter(|at| image[*at..].starts_with(word))
        .collect();
    assert!(!places.is_empty());
    for at in places {
        image[at] = b'R';
    }
    let path = temporary("other-image", &image);
    let other = Settings {
        image: path.clone(),
        ..good
    };
    let trial = run(&scenario("01_treatment"), None, &other);
    std::fs::remove_file(path).unwrap();
    let trial = trial.unwrap();
    assert!(!trial.is_equal());
    assert!(trial.verdict.held());
    let parts = trial.parts.iter().filter(|it| it.native != it.processor);
    let names: Vec<&str> = parts.map(|part| part.name).collect();
    assert_eq!(names, ["host"]);
    let text = trial.text();
    assert!(text.contains("native: DIFFERENT"), "{text}");
    assert!(text.contains("first at byte "), "{text}");
}

/// One step of the duty in one tick: as small a difference as there can be.
#[test]
fn safe_005_one_step_of_duty_in_one_tick_is_found_where_it_is() {
    const TICK: usize = 3_000;
    let duty = |wires: &Wires| wires.forward.set(wires.forward.get() + 1);
    is_found(TICK, duty);
}

#[test]
fn safe_005_a_second_switch_that_differs_in_one_tick_is_found_where_it_is() {
    const TICK: usize = 3_000;
    is_found(TICK, |wires| wires.supply.set(!wires.supply.get()));
}

/// A change of the outputs of one tick is found in this tick.
fn is_found(tick: usize, change: fn(&Wires)) {
    let native = watch(&scenario("01_treatment"), None, Native::new).expect("this machine runs it");
    let skewed = |socket: Socket| Skewed {
        wires: Rc::clone(&socket.wires),
        native: Native::new(socket),
        ticks: 0,
        at: tick,
        change,
    };
    let tried = watch(&scenario("01_treatment"), None, skewed).expect("this machine runs it, too");
    let found = differences(&native, &tried);
    let (name, first) = &found[0];
    assert_eq!(*name, "outputs");
    // Step 0 is the boot.
    let place = format!("first at step {tick}: ");
    assert!(first.starts_with(&place), "{first}");
    assert_ne!(native.trace.steps[tick], tried.trace.steps[tick]);
    assert_eq!(native.trace.steps[..tick], tried.trace.steps[..tick]);
}

/// This machine, which once puts out something else.
#[derive(Debug)]
struct Skewed {
    wires: Rc<Wires>,
    native: Native,
    ticks: usize,
    at: usize,
    change: fn(&Wires),
}

impl Processor for Skewed {
    fn start(&mut self, cause: ResetCause) -> Result<bool, ProcessorError> {
        self.native.start(cause)
    }

    fn run(&mut self, pen_us: u64) -> Result<(), ProcessorError> {
        self.native.run(pen_us)?;
        self.ticks += 1;
        if self.ticks == self.at {
            (self.change)(&self.wires);
        }
        Ok(())
    }

    fn spoil_limit(&mut self, which: u8) -> Result<bool, ProcessorError> {
        self.native.spoil_limit(which)
    }

    fn stop(&mut self) {
        self.native.stop();
    }

    fn status(&self) -> Option<Status> {
        self.native.status()
    }
}

pub(crate) fn temporary(name: &str, content: &[u8]) -> PathBuf {
    let path = std::env::temp_dir().join(format!("pen-pil-{name}-{}", std::process::id()));
    std::fs::write(&path, content).expect("a temporary file");
    path
}
