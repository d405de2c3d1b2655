//! Where the images are, and scenarios to run on them.

use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

use pen_sim::pil::{Settings, Trial, run};
use pen_sim::scenario::Scenario;
use pen_tests::programs::built;
use pen_tests::sources;

/// Both code generations that QEMU's Cortex-M4 runs.
pub(crate) const TARGETS: [&str; 2] = ["thumbv7em-none-eabihf", "thumbv6m-none-eabi"];

/// QEMU with the image of an instruction set. `PEN_PIL_TARGET` names another target folder than
/// Cargo's own.
pub(crate) fn settings(target: &str) -> Settings {
    let settings = Settings::default();
    let folder = std::env::var_os("PEN_PIL_TARGET").map_or_else(
        || {
            let exe = std::env::current_exe().expect("this test's program");
            // target/debug/deps/pil-...
            exe.ancestors()
                .nth(3)
                .expect("Cargo's target folder")
                .to_owned()
        },
        PathBuf::from,
    );
    let image = folder.join(target).join("firmware/pen-mps2");
    let settings = Settings { image, ..settings };
    settings
        .check()
        .unwrap_or_else(|error| panic!("{error} ({target})"));
    settings
}

/// The program, built as these tests are.
pub(crate) fn pen_sim() -> Command {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    let folder = FOLDER.get_or_init(|| built(&["pen-sim"], "headless", &[]));
    Command::new(folder.join("pen-sim"))
}

/// Every scenario file, with its name.
pub(crate) fn scenarios() -> Vec<(String, Scenario)> {
    let folder = sources::top().join("sim/scenarios");
    let files = pen_sim::scenario::report::files(&folder).expect("scenarios");
    assert!(files.len() >= 26, "{} files", files.len());
    let read = |file: PathBuf| {
        let name = file
            .file_stem()
            .expect("a name")
            .to_string_lossy()
            .into_owned();
        let text = std::fs::read_to_string(&file).expect("a scenario");
        (name, Scenario::parse(&text).expect("a scenario"))
    };
    files.into_iter().map(read).collect()
}

/// The scenario of this file, or the first whose name contains the text.
pub(crate) fn scenario(name: &str) -> Scenario {
    let mut all = scenarios();
    all.retain(|(file, _)| file.contains(name));
    all.remove(0).1
}

/// Runs on both, and asserts that there is no difference.
pub(crate) fn equal(name: &str, scenario: &Scenario, settings: &Settings) -> Trial {
    let trial = run(scenario, None, settings).unwrap_or_else(|error| panic!("{name}: {error}"));
    assert!(trial.is_equal(), "{name}\n{}", trial.text());
    assert!(trial.ticks > 1_000 && trial.boots >= 1, "{name}");
    assert!(settings.image.to_string_lossy().contains(trial.target));
    trial
}
