//! `penctl service`, and the hand at the pen that it waits for.

use std::process::Stdio;

use crate::program::{Running, Said, empty, penctl, program};
use crate::session::Pen;
use crate::words::kept_run;

/// A pen in use on a pseudo-terminal, whose hand obeys what is typed.
pub(crate) fn at_hand(name: &str) -> Pen {
    let link = empty(name).join("pen0");
    let path = link.to_str().expect("ASCII").to_owned();
    let mut sim = Running::start(
        program("pen-sim")
            .args(["serve", "--treatment", "--pty", &path])
            .stdin(Stdio::piped()),
    );
    sim.line_with("waits at");
    Pen {
        sim,
        port: path,
        link: Some(link),
    }
}

fn event<'a>(events: &'a [serde_json::Value], name: &str) -> &'a serde_json::Value {
    let found = events.iter().find(|event| event["event"] == name);
    found.unwrap_or_else(|| panic!("no {name}: {events:?}"))
}

/// Loads a plan with the date of this machine.
fn load(pen: &Pen) -> Said {
    pen.penctl(&["plan", "load", "host-tool/plans/pores.toml", "--json"])
}

#[test]
fn a_simulated_pen_has_a_hand_of_its_own() {
    let said = penctl(&["--port", "sim:1", "service", "set-day"]);
    kept_run("sim_service_set_day", &said);
    // A year ahead: the button is held for long enough.
    for (date, day) in [
        ("2026-11-05", 2_500),
        ("2026-11-22", 2_517),
        ("2027-11-22", 2_882),
    ] {
        let said = penctl(&["--port", "sim:1", "service", "set-day", date, "--json"]);
        assert_eq!(said.class(), "ok", "{said:?}");
        assert_eq!(event(&said.events(), "day_set")["day"], day);
    }
    kept_run(
        "sim_service_set_day_too_early",
        &penctl(&["--port", "sim:1", "service", "set-day", "2026-11-04"]),
    );
    kept_run(
        "sim_service_end_fault",
        &penctl(&["--port", "sim:1", "service", "end-fault", "drive-stuck"]),
    );
}

#[test]
fn a_day_far_ahead_is_taken_back_by_a_technician_at_the_pen() {
    let mut pen = at_hand("set_day");
    pen.sim.types("ok hold");
    let ahead = pen.penctl(&["service", "set-day", "2050-06-15", "--json"]);
    assert_eq!(ahead.class(), "ok", "{ahead:?}");
    // From now on every plan of today is refused, and is told the way out.
    let refused = load(&pen);
    assert_eq!(
        (refused.class().as_str(), refused.exit),
        ("device_fault", Some(40))
    );
    let events = refused.events();
    let error = event(&events, "error");
    assert_eq!(error["code"], "PEN-E042");
    for field in ["why", "fix"] {
        let text = error[field].as_str().expect("text");
        assert!(text.contains("check this computer's date"), "{text}");
        assert!(text.contains("penctl service set-day"), "{text}");
    }
    let set = pen.penctl(&["service", "set-day", "--json"]);
    assert_eq!(set.class(), "ok", "{set:?}");
    assert_eq!(load(&pen).class(), "ok");
    let journal = pen.penctl(&["journal", "--json"]);
    assert!(journal.out.contains("day_corrected"), "{journal:?}");
    // The technician is gone with the command.
    let info = pen.penctl(&["info", "--json"]);
    assert!(info.out.contains("\"role\":\"operator\""), "{info:?}");
}

#[test]
fn a_terminal_fault_is_ended_by_whoever_holds_the_button() {
    let mut pen = at_hand("end_fault");
    assert_eq!(load(&pen).class(), "ok");
    pen.sim.types("fault bridge.enable_welded");
    pen.sim.types("ok press");
    pen.sim.types("wait 1500");
    pen.sim.types("truth");
    pen.sim.line_with("firmware says Faulted");
    pen.sim.types("heal");
    let faults = pen.penctl(&["faults", "--json"]);
    assert_eq!(faults.class(), "device_fault");
    assert!(
        faults
            .out
            .contains("penctl service end-fault enable-path-stuck")
    );
    let acknowledged = pen.penctl(&["faults", "--acknowledge", "--json"]);
    assert_eq!(acknowledged.class(), "device_fault", "{acknowledged:?}");
    let other = pen.penctl(&["service", "end-fault", "drive-stuck", "--json"]);
    assert_eq!((other.class().as_str(), other.exit), ("usage", Some(2)));
    let end = ["service", "end-fault", "enable-path-stuck", "--json"];
    // Nobody holds the button, and somebody thinks better of it.
    let mut waits = pen.start(&end);
    waits.line_with("attend");
    waits.interrupt();
    let said = waits.end();
    assert_eq!(
        (said.class().as_str(), said.exit),
        ("interrupted", Some(130))
    );
    assert_eq!(pen.penctl(&["faults", "--json"]).class(), "device_fault");
    // Somebody holds it after the program has asked for it.
    let mut waits = pen.start(&end);
    waits.line_with("attend");
    pen.sim.types("ok hold");
    let said = waits.end();
    assert_eq!(said.class(), "ok", "{said:?}");
    assert_eq!(
        event(&said.events(), "fault_ended")["fault"],
        "enable_path_stuck"
    );
    pen.sim.types("ok release");
    assert_eq!(pen.penctl(&["faults", "--json"]).class(), "ok");
    let journal = pen.penctl(&["journal", "--json"]);
    assert!(journal.out.contains("terminal_ended"), "{journal:?}");
    // A reset does not bring it back, but the pen wants its depth checked at zero.
    pen.sim.types("reset");
    pen.sim.types("wait 1500");
    pen.sim.types("truth");
    pen.sim.line_with("firmware says Locked");
    pen.sim.types("ring 0");
    pen.sim.types("wait 600");
    pen.sim.types("ok press");
    pen.sim.types("wait 600");
    pen.sim.types("truth");
    pen.sim.line_with("firmware says Standby");
}
