//! Ctrl-C in the middle: what was begun is ended, nothing is left half written.

use std::fs::{self, File};

use serialport::{SerialPort, TTYPort};

use crate::program::{Running, WAITS, empty, program};
use crate::session::Pen;

#[test]
fn monitor_ends_whole_at_ctrl_c() {
    let pen = Pen::on_terminal("interrupt_monitor", &[]);
    let mut monitor = pen.start(&["monitor", "--json", "--period", "50"]);
    monitor.line_with("telemetry");
    monitor.interrupt();
    // Its help says that Ctrl-C is how it ends: that is success, and the last line is whole.
    let said = monitor.end();
    assert_eq!(
        (said.class().as_str(), said.exit),
        ("ok", Some(0)),
        "{said:?}"
    );
    // The stream has ended with it: the next client hears answers only.
    assert_eq!(pen.penctl(&["status", "--json"]).class(), "ok");
}

#[test]
fn calibrate_is_interrupted_without_a_trace() {
    let pen = Pen::on_terminal("interrupt_calibrate", &["--service"]);
    let folder = empty("interrupt_calibrate_out");
    let out = folder.join("calibration");
    // Only at a terminal is anybody asked: this is one, with nobody who types.
    let (_keyboard, terminal) = TTYPort::pair().expect("a pseudo-terminal");
    let terminal = File::open(terminal.name().expect("it has a name")).expect("it opens");
    let mut calibrate = Running::start(
        program("penctl")
            .args(["--port", &pen.port])
            .args(WAITS)
            .args(["calibrate", "--json", "--out"])
            .arg(&out)
            .stdin(terminal),
    );
    calibrate.line_with("event");
    calibrate.interrupt();
    let said = calibrate.end();
    assert_eq!(
        (said.class().as_str(), said.exit),
        ("interrupted", Some(130)),
        "{said:?}"
    );
    assert!(!out.exists(), "nothing half written");
    let status = pen.penctl(&["status", "--json"]);
    assert_eq!(status.class(), "ok");
    assert!(status.out.contains("\"staged\":null"), "{status:?}");
    assert!(status.out.contains("\"duty\":0,"), "{status:?}");
}

#[test]
fn demo_leaves_whole_files_or_none_whenever_it_is_interrupted() {
    for lines in [1, 4, 12, 24] {
        let folder = empty("interrupt_demo");
        let out = folder.join("demo");
        let mut demo = Running::start(
            program("penctl")
                .args(["demo", "--json", "--out"])
                .arg(&out),
        );
        for _ in 0..lines {
            demo.line_with("event");
        }
        demo.interrupt();
        let said = demo.end();
        let class = said.class();
        assert!(
            ["ok", "interrupted"].contains(&class.as_str()),
            "{class}: {}",
            said.err
        );
        let Ok(entries) = fs::read_dir(&out) else {
            continue;
        };
        for entry in entries {
            let path = entry.expect("a file").path();
            let text = fs::read_to_string(&path).expect("text");
            let name = path.to_string_lossy().into_owned();
            let whole = if name.ends_with(".html") {
                text.trim_end().ends_with("</html>")
            } else {
                text.ends_with('\n')
            };
            assert!(whole, "{name} is half written");
            assert!(!name.contains("tmp") || !name.ends_with("tmp"), "{name}");
        }
    }
}

#[test]
fn a_long_run_says_how_far_it_came() {
    let mut run = Running::start(program("pen-sim").args([
        "run",
        "--json",
        "--seeds",
        "1..1000000",
        "sim/scenarios/03_too_deep_a_plan.toml",
    ]));
    run.line_with("\"seed\":3,");
    run.interrupt();
    let said = run.end();
    assert_eq!(said.exit, Some(130), "{said:?}");
    assert!(said.err.contains("interrupted after"), "{said:?}");
    assert!(
        said.err.contains("of 1000000 runs, 0 of them failed"),
        "{said:?}"
    );
    assert!(said.out.ends_with("}\n"), "the last line is whole");
}

#[test]
fn a_sweep_that_was_interrupted_goes_on() {
    let folder = empty("interrupt_sweep");
    let whole = empty("interrupt_sweep_whole");
    let sweep = |out: &std::path::Path, more: &[&str]| {
        let mut command = program("pen-sim");
        command.args(["sweep", "--random", "600", "--without-faults", "--out"]);
        command.arg(out).args(more);
        command
    };
    let state = folder.join("state.jsonl");
    let running = Running::start(&mut sweep(&folder, &[]));
    // The settings, and the first batch.
    while fs::read_to_string(&state).map_or(0, |text| text.lines().count()) < 2 {
        std::thread::yield_now();
    }
    running.interrupt();
    let said = running.end();
    assert_eq!(said.exit, Some(130), "{said:?}");
    assert!(said.err.contains("--resume goes on"), "{said:?}");
    let again = crate::program::run(&mut sweep(&folder, &["--resume"]));
    let once = crate::program::run(&mut sweep(&whole, &["--jobs", "1"]));
    assert_eq!(again.exit, once.exit);
    let read = |folder: &std::path::Path| fs::read_to_string(folder.join("state.jsonl"));
    assert_eq!(
        read(&folder).expect("a state"),
        read(&whole).expect("a state")
    );
}
