//! What the programs say when all is well, word for word.

use std::path::Path;

use snapbox::{Assert, Data};

use crate::program::{Said, penctl, program, run};

/// Compares with what is kept, the version taken out.
fn kept(name: &str, text: &str) {
    let text = text.replace(env!("CARGO_PKG_VERSION"), "[VERSION]");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("cli/snapshots");
    let expected = Data::read_from(&folder.join(format!("{name}.txt")), None);
    Assert::new().action_env("SNAPSHOTS").eq(text, expected);
}

/// Everything about a run.
pub(crate) fn kept_run(name: &str, said: &Said) {
    let exit = said
        .exit
        .map_or("killed".to_owned(), |exit| exit.to_string());
    let text = format!("{}--- stderr\n{}--- exit {exit}\n", said.out, said.err);
    kept(name, &text);
}

const COMMANDS: [&str; 29] = [
    "list",
    "info",
    "status",
    "monitor",
    "record",
    "replay",
    "limits",
    "plan",
    "calibrate",
    "journal",
    "session",
    "observe",
    "faults",
    "service",
    "history",
    "due",
    "import",
    "export",
    "backup",
    "audit",
    "store",
    "demo",
    "doctor",
    "support-bundle",
    "setup-udev",
    "config",
    "man",
    "completions",
    "explain",
];

#[test]
fn penctl_explains_itself_and_every_command() {
    let help = penctl(&["--help"]);
    assert_eq!((help.exit, help.err.as_str()), (Some(0), ""));
    for command in COMMANDS {
        assert!(help.out.contains(&format!("\n  {command} ")), "{command}");
        let said = penctl(&[command, "--help"]);
        assert_eq!((said.exit, said.err.as_str()), (Some(0), ""), "{command}");
        kept(&format!("penctl_{command}_help"), &said.out);
    }
    kept("penctl_help", &help.out);
    for part in ["new", "check", "load"] {
        let said = penctl(&["plan", part, "--help"]);
        kept(&format!("penctl_plan_{part}_help"), &said.out);
    }
    for (command, part) in [
        ("audit", "verify"),
        ("calibrate", "all"),
        ("calibrate", "depth"),
        ("calibrate", "rate"),
        ("calibrate", "current"),
        ("calibrate", "verify"),
        ("store", "info"),
        ("session", "report"),
        ("observe", "sign"),
        ("observe", "adverse-event"),
    ] {
        let said = penctl(&[command, part, "--help"]);
        kept(&format!("penctl_{command}_{part}_help"), &said.out);
    }
    for part in ["end-fault", "set-day"] {
        let said = penctl(&["service", part, "--help"]);
        kept(&format!("penctl_service_{part}_help"), &said.out);
    }
}

#[test]
fn pen_sim_explains_itself_and_every_command() {
    let help = run(program("pen-sim").arg("--help"));
    assert_eq!((help.exit, help.err.as_str()), (Some(0), ""));
    kept("pen-sim_help", &help.out);
    for command in [
        "serve",
        "run",
        "sweep",
        "pil",
        "reference",
        "faults",
        "assembly",
        "bench",
    ] {
        let said = run(program("pen-sim").args([command, "--help"]));
        assert_eq!(said.exit, Some(0), "{command}");
        kept(&format!("pen-sim_{command}_help"), &said.out);
    }
    kept("pen-sim_faults", &run(program("pen-sim").arg("faults")).out);
}

#[test]
fn a_simulated_pen_is_described_the_same_way_each_time() {
    for command in ["info", "status", "limits", "journal", "faults"] {
        let said = penctl(&["--port", "sim:1", command]);
        assert_eq!(said.exit, Some(0), "{said:?}");
        kept_run(&format!("sim_{command}"), &said);
        let json = penctl(&["--port", "sim:1", command, "--json"]);
        assert_eq!(json.class(), "ok");
        kept_run(&format!("sim_{command}_json"), &json);
    }
    let two = penctl(&["--port", "sim:2", "info"]);
    let one = penctl(&["--port", "sim:1", "info"]);
    assert_ne!(one.out, two.out, "another seed is another pen");
}

#[test]
fn every_plan_that_is_shipped_is_in_order() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../host-tool/plans");
    let mut count = 0;
    for entry in std::fs::read_dir(folder).expect("plans") {
        let path = entry.expect("a plan").path();
        let path = path.to_str().expect("a path in ASCII");
        let said = penctl(&["plan", "check", path]);
        assert_eq!(said.exit, Some(0), "{path}: {said:?}");
        assert_eq!(penctl(&["plan", "check", path, "--json"]).class(), "ok");
        count += 1;
    }
    assert!(count >= 5, "{count} plans");
    kept_run(
        "plan_check",
        &penctl(&["plan", "check", "host-tool/plans/pores.toml"]),
    );
}

#[test]
fn every_error_code_can_be_looked_up() {
    let all = penctl(&["explain"]);
    kept_run("explain", &all);
    for code in ["PEN-E010", "PEN-E013", "PEN-E014"] {
        assert!(all.out.contains(code), "{code}");
        let said = penctl(&["explain", code]);
        assert_eq!(said.exit, Some(0));
        kept_run(&format!("explain_{code}"), &said);
    }
    let unknown = penctl(&["explain", "PEN-E999"]);
    assert_eq!(unknown.exit, Some(2), "{unknown:?}");
}

#[test]
fn completions_are_written_for_every_shell() {
    for shell in ["bash", "zsh", "fish"] {
        let said = penctl(&["completions", shell]);
        assert_eq!((said.exit, said.err.as_str()), (Some(0), ""), "{shell}");
        for command in COMMANDS {
            assert!(said.out.contains(command), "{shell}: {command}");
        }
    }
}
