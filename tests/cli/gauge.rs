//! A calibration whose instruments send their readings: a served pen with a gauge and a tachometer on
//! pseudo-terminals of their own, and a hand that only turns the ring.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::Stdio;

use serde_json::Value;

use crate::program::{Running, WAITS, empty, penctl, program};

/// Everything but readings.
const ANSWERS: &str = "\
gauge serial: SIM-G1
gauge U um: 4
gauge resolution um: 1
gauge certificate: C-2026-117
gauge due: 2099-06-30
tachometer serial: SIM-T1
tachometer U ppm: 300
tachometer resolution Hz: 0.01
tachometer certificate: C-2026-118
tachometer due: 2099-06-30
temperature C: 20
dummy: y
attend: y
ready to run: y
commit: y
left ready to run: y
";

/// What is asked of a meter besides.
const METER: &str = "\
meter serial: SIM-M1
meter U mA: 0.6
meter resolution mA: 0.1
meter certificate: C-2026-119
meter due: 2099-06-30";

/// A pen on the bench with its instruments, whose time stands still while nobody talks to it.
fn bench(folder: &Path, more: &[&str]) -> Running {
    let at = |name: &str| folder.join(name).to_str().expect("ASCII").to_owned();
    let mut sim = Running::start(
        program("pen-sim")
            .args(["serve", "--seed", "3", "--service", "--patient"])
            .args(["--pty", &at("pen0")])
            .args(["--gauge-pty", &at("gauge0")])
            .args(["--tachometer-pty", &at("tacho0")])
            .args(more)
            .stdin(Stdio::piped()),
    );
    sim.line_with("its tachometer waits at");
    sim
}

/// Calibrates, and turns the ring of `sim` as is asked on standard error. `at` is told each line before.
/// Returns the exit code and all lines.
fn calibrate(
    folder: &Path,
    sim: &mut Running,
    more: &[&str],
    mut at: impl FnMut(&str, &mut Running),
) -> (Option<i32>, Vec<String>) {
    let name = |name: &str| folder.join(name).to_str().expect("ASCII").to_owned();
    let adjusts = !more.contains(&"never");
    let is_asked =
        |line: &&str| adjusts || !line.starts_with("commit") && !line.starts_with("left");
    let mut answers: Vec<&str> = ANSWERS.lines().filter(is_asked).collect();
    if more.contains(&"--current") {
        answers.push(METER);
    }
    fs::write(folder.join("answers.txt"), answers.join("\n")).expect("a file");
    let mut child = program("penctl")
        .args(["--port", &name("pen0")])
        .args(WAITS)
        .args([
            "calibrate",
            "--points",
            "short",
            "--store",
            &name("records.db"),
        ])
        .args(["--answers", &name("answers.txt"), "--out", &name("out")])
        .args(["--gauge", &name("gauge0"), "--tachometer", &name("tacho0")])
        .args(more)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    let err = child.stderr.take().expect("piped");
    let mut lines = Vec::new();
    for line in BufReader::new(err).lines() {
        let line = line.expect("text");
        at(&line, sim);
        if let Some(um) = wanted(&line) {
            sim.types(&format!("ring {um}"));
        }
        lines.push(line);
    }
    (child.wait().expect("it ran").code(), lines)
}

/// Where the ring is to be turned, by this line: farther than what it is to leave.
fn wanted(line: &str) -> Option<i32> {
    let number = |from: &str| {
        let rest = line.trim().strip_prefix(from)?;
        rest.split(' ').next()?.parse::<i32>().ok()
    };
    number("ring below ")
        .map(|um| um - 40)
        .or_else(|| number("ring above ").map(|um| um + 40))
        .or_else(|| number("ring to "))
}

fn report(folder: &Path) -> Value {
    let text = fs::read_to_string(folder.join("out/calibration.json")).expect("a report");
    serde_json::from_str(&text).expect("JSON")
}

#[test]
fn a_served_pen_is_calibrated_by_instruments_that_send_and_nothing_is_typed() {
    let folder = empty("gauge_whole");
    let mut sim = bench(&folder, &[]);
    let (exit, lines) = calibrate(&folder, &mut sim, &["--adjust", "always"], |_, _| {});
    assert_eq!(exit, Some(0), "{lines:#?}");
    let asked = lines.iter().filter(|line| line.contains("reading "));
    assert!(
        asked.count() >= 56,
        "38 as found and 18 as left: {lines:#?}"
    );
    let report = report(&folder);
    let notes = report["report"]["notes"].to_string();
    assert!(notes.contains("56 of 56 readings were sent"), "{notes}");
    let page = fs::read_to_string(folder.join("out/calibration.html")).expect("a page");
    assert!(
        page.contains("sends its readings, driver g1"),
        "the page names the driver"
    );
    sim.types("quit");
    assert_eq!(sim.end().exit, Some(0));
}

#[test]
fn a_meter_that_sends_is_read_too_and_stands_on_the_report() {
    let folder = empty("gauge_meter");
    let meter = folder.join("meter0").to_str().expect("ASCII").to_owned();
    let mut sim = bench(&folder, &["--meter-pty", &meter]);
    let more = ["--adjust", "never", "--current", "--meter", &meter];
    let (exit, lines) = calibrate(&folder, &mut sim, &more, |_, _| {});
    assert_eq!(exit, Some(0), "{lines:#?}");
    assert!(
        lines
            .iter()
            .any(|line| line.contains("motor at rest | pen says")),
        "{lines:#?}"
    );
    let report = report(&folder);
    let notes = report["report"]["notes"].to_string();
    assert!(notes.contains("47 of 47 readings were sent"), "{notes}");
    let current = &report["report"]["as_found"]["current"];
    assert_eq!(current["verdict"], "pass");
    for at in 0..2 {
        let rise = &current["rises"][at];
        let number = |name: &str| rise[name].as_f64().expect("a number");
        assert!((35.0..45.0).contains(&number("reference_ma")), "{rise}");
        assert!(number("deviation_percent").abs() < 4.0, "{rise}");
    }
    // The hand reads the same meter; its last whole second may still be one of a turning motor.
    sim.types("meter");
    let line = sim.line_with(" mA");
    let shown = line
        .trim()
        .strip_prefix("meter ")
        .and_then(|it| it.strip_suffix(" mA"));
    let shown: f64 = shown.expect("a reading").parse().expect("a number");
    assert!((0.0..60.0).contains(&shown), "{line}");
    sim.types("quit");
    assert_eq!(sim.end().exit, Some(0));
}

#[test]
fn a_gauge_that_sticks_ends_it_and_a_healed_one_goes_on() {
    let folder = empty("gauge_sticks");
    let mut sim = bench(&folder, &[]);
    let mut broken = false;
    let (exit, lines) = calibrate(&folder, &mut sim, &["--adjust", "never"], |line, sim| {
        if line.contains("reading 3 of 38") && !broken {
            broken = true;
            sim.types("gauge fault sticks");
        }
    });
    assert_eq!(exit, Some(2), "{lines:#?}");
    let all = lines.join("\n");
    assert!(all.contains("is it stuck?"), "{all}");
    let number = all
        .split(" --adjust never --resume ")
        .nth(1)
        .expect("how to go on");
    let number = number.split('`').next().expect("a number").to_owned();
    assert!(!folder.join("out").exists(), "no report of it");
    let status = penctl(
        &[
            &["--port", folder.join("pen0").to_str().expect("ASCII")],
            &WAITS[..],
            &["status", "--json"],
        ]
        .concat(),
    );
    assert_eq!(status.class(), "ok");
    assert!(
        status.out.contains("\"duty\":0,"),
        "the motor stands: {status:?}"
    );
    sim.types("gauge heal");
    let more = ["--adjust", "never", "--resume", &number];
    let (exit, lines) = calibrate(&folder, &mut sim, &more, |_, _| {});
    assert!(matches!(exit, Some(0 | 3)), "{lines:#?}");
    let notes = report(&folder)["report"]["notes"].to_string();
    assert!(notes.contains("38 of 38 readings were sent"), "{notes}");
}

#[test]
fn an_instrument_that_cannot_be_is_told_before_anything_else() {
    let folder = empty("gauge_told");
    let answers = folder.join("answers.txt");
    fs::write(&answers, ANSWERS).expect("a file");
    let answers = answers.to_str().expect("ASCII");
    for (arguments, exit, words) in [
        (
            &["--port", "sim:1", "calibrate", "--gauge", "./gauge0"][..],
            2,
            "pen-sim serve",
        ),
        (
            &["--port", "./p", "calibrate", "--gauge", "./g:optimist"],
            2,
            "no driver",
        ),
        (
            &["--port", "./p", "calibrate", "--gauge", "keyboard"],
            2,
            "keyboard:mm",
        ),
        (
            &["--port", "./p", "calibrate", "--gauge", "keyboard:Hz"],
            2,
            "wrong unit",
        ),
        (
            &[
                "--port",
                "./p",
                "calibrate",
                "--gauge",
                "keyboard:mm",
                "--answers",
                answers,
            ],
            2,
            "needs a terminal",
        ),
        (
            &[
                "--port",
                "./p",
                "calibrate",
                "--gauge",
                "./nothing",
                "--tachometer",
                "./no",
                "--answers",
                answers,
            ],
            10,
            "no gauge found at ./nothing",
        ),
    ] {
        let said = penctl(arguments);
        assert_eq!(said.exit, Some(exit), "{said:?}");
        assert!(said.err.contains(words), "{said:?}");
    }
}

#[test]
fn a_template_has_no_readings_that_are_sent() {
    let template = penctl(&[
        "calibrate",
        "--template",
        "--gauge",
        "./g",
        "--tachometer",
        "./t",
    ]);
    let keys = |text: &str| -> Vec<String> {
        let lines = text
            .lines()
            .filter(|line| !line.starts_with('#') && !line.is_empty());
        lines
            .map(|line| line.split(':').next().unwrap_or_default().to_owned())
            .collect()
    };
    assert_eq!(keys(&template.out), keys(ANSWERS));
}
