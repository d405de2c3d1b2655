//! Which pen is meant: asked, told apart, waited for, and never guessed.

use std::fs;

use serde_json::Value;
use serialport::{SerialPort, TTYPort};

use crate::program::{Running, Said, WAITS, empty, program, run};
use crate::session::Pen;

/// The serial number that a pen answers with.
pub(crate) fn serial(pen: &Pen) -> String {
    let info = pen.penctl(&["info", "--json"]);
    info.events()[0]["info"]["serial"].to_string()
}

/// `penctl` on a machine with just these ports.
fn among(ports: &[&str], arguments: &[&str]) -> Said {
    run(program("penctl")
        .env("PENCTL_EXTRA_PORTS", ports.join(","))
        .args(WAITS)
        .args(arguments))
}

/// What `list` says of this port.
fn listed(said: &Said, port: &str) -> Value {
    let events = said.events();
    let found = events.iter().find(|event| event["port"] == port);
    found.unwrap_or_else(|| panic!("{port}: {said:?}")).clone()
}

#[test]
fn list_asks_each_candidate_who_it_is() {
    let left = Pen::on_terminal("list_left", &["--seed", "11"]);
    let right = Pen::on_terminal("list_right", &["--seed", "12"]);
    let (_master, slave) = TTYPort::pair().expect("a pseudo-terminal");
    let silent = slave.name().expect("it has a name");
    drop(slave);
    let number = serial(&left);
    let mut held = right.start(&["monitor", "--json", "--period", "50"]);
    held.line_with("telemetry");
    let ports = [&left.port, &right.port, &silent, "/dev/no-such-pen"];
    let said = among(&ports, &["list", "--json"]);
    assert_eq!(said.class(), "ok");
    let it = listed(&said, &left.port);
    assert_eq!(
        (it["state"].as_str(), it["serial"].to_string()),
        (Some("ok"), number)
    );
    assert!(it["model"].is_string() && it["firmware"] == "0.1.0", "{it}");
    let busy = listed(&said, &right.port);
    assert_eq!(busy["state"], "busy");
    let detail = busy["detail"].as_str().expect("who holds it");
    assert!(detail.contains("penctl (process"), "{detail}");
    assert_eq!(listed(&said, &silent)["state"], "not-a-pen");
    assert_eq!(listed(&said, "/dev/no-such-pen")["state"], "gone");
    let table = among(&ports, &["list"]);
    assert!(
        table
            .out
            .lines()
            .any(|line| line.starts_with(&left.port) && line.contains(" ok "))
    );
    held.interrupt();
    held.end();
}

#[test]
fn a_port_that_is_no_pens_is_not_opened_without_being_asked() {
    // A terminal device of the system, if this machine has one, says nothing of being a pen.
    let said = among(&[], &["list", "--json"]);
    for event in said
        .events()
        .iter()
        .filter(|event| event["event"] == "port")
    {
        if event["pen"] == false {
            assert_eq!(event["state"], "not-asked", "{event}");
        }
    }
}

#[test]
fn two_pens_are_not_guessed_and_a_number_or_an_alias_picks_one() {
    let left = Pen::on_terminal("pick_left", &["--seed", "21"]);
    let right = Pen::on_terminal("pick_right", &["--seed", "22"]);
    let (one, two) = (serial(&left), serial(&right));
    assert_ne!(one, two);
    let ports = [left.port.as_str(), right.port.as_str()];
    let said = among(&ports, &["info"]);
    assert_eq!(said.exit, Some(11), "{said:?}");
    // A table, and the way out.
    for words in [
        one.as_str(),
        &two,
        &left.port,
        &right.port,
        "--serial NUMBER",
        "PEN-E011",
    ] {
        assert!(said.err.contains(words), "{words}: {said:?}");
    }
    assert_eq!(
        among(&ports, &["info", "--json"]).class(),
        "ambiguous_device"
    );
    for (number, pen) in [(&one, &left), (&two, &right)] {
        let said = among(&ports, &["--serial", number, "info", "--json"]);
        assert_eq!(said.class(), "ok");
        assert_eq!(said.events()[0]["port"], pen.port.as_str());
    }
    let other = among(&ports, &["--serial", "7", "info"]);
    assert_eq!(other.exit, Some(10), "{other:?}");
    assert!(other.err.contains(&format!("is pen {one}")), "{other:?}");
    // A port and a number that do not belong together.
    let wrong = among(
        &[],
        &["--port", &left.port, "--serial", &two, "status", "--json"],
    );
    assert_eq!(
        (wrong.class().as_str(), wrong.exit),
        ("wrong_hardware", Some(21))
    );
    // An alias of the configuration file.
    let file = empty("aliases").join("config.toml");
    fs::write(&file, format!("[aliases]\nright = {two}\n")).expect("a file");
    let file = file.to_str().expect("ASCII");
    let named = among(
        &ports,
        &["--config", file, "--serial", "right", "info", "--json"],
    );
    assert_eq!(named.class(), "ok");
    assert_eq!(named.events()[0]["port"], right.port.as_str());
    let listing = among(&ports, &["--config", file, "list", "--json"]);
    assert_eq!(listed(&listing, &right.port)["alias"], "right");
    let unknown = among(&ports, &["--config", file, "--serial", "lft", "info"]);
    assert_eq!(unknown.exit, Some(2), "{unknown:?}");
    assert!(unknown.err.contains("are right"), "{unknown:?}");
}

#[test]
fn a_pen_that_comes_later_is_waited_for_with_words() {
    let folder = empty("wait_place");
    let path = folder.join("pen0");
    let path = path.to_str().expect("ASCII");
    let waiting = Running::start(
        program("penctl")
            .env("PENCTL_EXTRA_PORTS", path)
            .args(WAITS)
            .args(["--wait", "forever", "info", "--json"]),
    );
    let mut sim = Running::start(program("pen-sim").args(["serve", "--no-orders", "--pty", path]));
    sim.line_with("waits at");
    let said = waiting.end();
    assert_eq!(said.class(), "ok", "{said:?}");
    // One that does not come is waited for so long and no longer.
    let said = among(
        &[],
        &["--port", "/dev/no-such-pen", "--wait", "0.2", "info"],
    );
    assert_eq!(said.exit, Some(10), "{said:?}");
    assert!(
        said.err.contains("waiting, 1 s left; Ctrl-C ends it"),
        "{said:?}"
    );
    // And left at once.
    let mut waiting = Running::start(program("penctl").args([
        "--port",
        "/dev/no-such-pen",
        "--wait",
        "forever",
        "info",
    ]));
    while waiting.runs() && !catches(waiting.id()) {
        std::thread::yield_now();
    }
    waiting.terminate();
    assert_eq!(waiting.end().exit, Some(143));
}

/// Whether this process has asked to be told of SIGTERM.
fn catches(id: u32) -> bool {
    let status = fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("SigCgt:"));
    let mask = line.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.is_some_and(|mask| mask >> 14 & 1 == 1)
}

#[test]
fn settings_tell_where_they_came_from() {
    let file = empty("origins").join("config.toml");
    fs::write(&file, "port = \"sim:4\"\ntimeout = 5.5\n").expect("a file");
    let file = file.to_str().expect("ASCII");
    let from = |said: &Said, name: &str| {
        let events = said.events();
        let found = events.iter().find(|event| event["name"] == name);
        let found = found.unwrap_or_else(|| panic!("{name}: {said:?}"));
        format!(
            "{} {}",
            found["value"].as_str().expect("text"),
            found["from"].as_str().expect("text")
        )
    };
    let show = ["config", "show", "--json"];
    let said = run(program("penctl").args(["--config", file]).args(show));
    assert_eq!(from(&said, "port"), "sim:4 file");
    assert_eq!(from(&said, "timeout"), "5.5 s file");
    assert_eq!(from(&said, "color"), "auto default");
    let said = run(program("penctl")
        .env("PENCTL_STORE", "/srv/r.db")
        .args(show));
    assert_eq!(from(&said, "store"), "/srv/r.db environment");
    let said = run(program("penctl").env_remove("PENCTL_STORE").args(show));
    assert!(
        from(&said, "store").ends_with("records.db default"),
        "{said:?}"
    );
    let said = run(program("penctl")
        .env("PENCTL_CONFIG", file)
        .env("PENCTL_PORT", "sim:5")
        .args(["--timeout", "2"])
        .args(show));
    assert_eq!(from(&said, "port"), "sim:5 environment");
    assert_eq!(from(&said, "timeout"), "2 s command line");
    // A number on the command line overrules a port of the file.
    let said = run(program("penctl")
        .args(["--config", file, "--serial", "42"])
        .args(show));
    assert_eq!(
        (from(&said, "serial").as_str(), from(&said, "port").as_str()),
        ("42 command line", "none default")
    );
    // The file is used, and one that is broken is named with its line; help works all the same.
    let used = run(program("penctl").args(["--config", file, "info", "--json"]));
    assert_eq!(used.events()[0]["port"], "sim:4");
    fs::write(file, "port = \"sim:4\"\ntimeuot = 5.5\n").expect("a file");
    let broken = run(program("penctl").args(["--config", file, "info"]));
    assert_eq!(broken.exit, Some(2), "{broken:?}");
    assert!(
        broken.err.contains("line 2: unknown field `timeuot`"),
        "{broken:?}"
    );
    assert_eq!(
        run(program("penctl").args(["--config", file, "explain", "E012"])).exit,
        Some(0)
    );
}

#[test]
fn the_rule_is_printed_and_installed_whole() {
    let shown = among(&[], &["setup-udev"]);
    assert_eq!(shown.exit, Some(0));
    for words in ["1209", "uaccess", "ID_MM_DEVICE_IGNORE", "2e8a"] {
        assert!(shown.out.contains(words), "{words}: {shown:?}");
    }
    // One rule a line: none is broken in the middle.
    for line in shown.out.lines().filter(|line| !line.starts_with('#')) {
        assert!(
            line.starts_with("SUBSYSTEM==") && line.ends_with('"'),
            "{line}"
        );
    }
    let folder = empty("udev");
    let place = folder.to_str().expect("ASCII");
    let done = among(&[], &["setup-udev", "--install", "--folder", place]);
    assert_eq!(done.exit, Some(0), "{done:?}");
    let file = fs::read_to_string(folder.join("70-pen.rules")).expect("it is there");
    assert_eq!(file, shown.out);
    let missing = folder.join("none");
    let place = missing.to_str().expect("ASCII");
    let failed = among(&[], &["setup-udev", "--install", "--folder", place]);
    assert_eq!(failed.exit, Some(50), "{failed:?}");
    assert!(
        failed.err.contains("sudo penctl setup-udev --install"),
        "{failed:?}"
    );
}

#[test]
fn doctor_says_what_is_in_the_way() {
    let pen = Pen::on_terminal("doctor", &["--seed", "31"]);
    let healthy = among(&[&pen.port], &["doctor", "--json"]);
    assert_eq!(healthy.class(), "ok", "{healthy:?}");
    let named = |said: &Said, name: &str| {
        let events = said.events();
        let found = events.iter().find(|event| event["name"] == name);
        found.unwrap_or_else(|| panic!("{name}: {said:?}")).clone()
    };
    for name in [
        "udev rule",
        "ModemManager",
        "configuration",
        "date",
        "folder",
    ] {
        named(&healthy, name);
    }
    assert_eq!(named(&healthy, "pens")["verdict"], "ok");
    // Another program has the port open without a lock.
    let other = fs::File::open(&pen.port).expect("it opens");
    let shared = among(&[&pen.port], &["doctor"]);
    assert_eq!(shared.exit, Some(13), "{shared:?}");
    assert!(shared.out.contains("is also open in cli"), "{shared:?}");
    drop(other);
    let mut held = pen.start(&["monitor", "--json", "--period", "50"]);
    held.line_with("telemetry");
    assert_eq!(among(&[&pen.port], &["doctor", "--json"]).class(), "busy");
    held.interrupt();
    held.end();
    // A computer whose file of settings is broken is helped all the same.
    let broken = among(
        &[&pen.port],
        &["--config", "no/such.toml", "doctor", "--json"],
    );
    assert_eq!(
        named(&broken, "configuration")["verdict"],
        "bad",
        "{broken:?}"
    );
    assert_eq!(broken.exit, Some(2));
}
