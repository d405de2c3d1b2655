//! `penctl` with `pen-sim serve`, over a real pseudo-terminal and over TCP.

use std::fs;
use std::path::PathBuf;

use crate::program::{Running, WAITS, empty, penctl, program};

/// A pen that serves, and how `penctl` reaches it.
pub(crate) struct Pen {
    pub(crate) sim: Running,
    pub(crate) port: String,
    pub(crate) link: Option<PathBuf>,
}

impl Pen {
    /// On a pseudo-terminal.
    pub(crate) fn on_terminal(name: &str, more: &[&str]) -> Self {
        let link = empty(name).join("pen0");
        let path = link.to_str().expect("ASCII").to_owned();
        let mut sim = Running::start(
            program("pen-sim")
                .args(["serve", "--pty", &path, "--no-orders"])
                .args(more),
        );
        sim.line_with("waits at");
        Self {
            sim,
            port: path,
            link: Some(link),
        }
    }

    /// On any free TCP port.
    pub(crate) fn on_tcp() -> Self {
        let mut sim = Running::start(program("pen-sim").args([
            "serve",
            "--tcp",
            "127.0.0.1:0",
            "--no-orders",
        ]));
        let line = sim.line_with("waits at");
        let name = line.trim().rsplit(' ').next().expect("an address");
        let port = if name.starts_with("tcp:") {
            name.to_owned()
        } else {
            format!("tcp:{name}")
        };
        Self {
            sim,
            port,
            link: None,
        }
    }

    pub(crate) fn penctl(&self, arguments: &[&str]) -> crate::program::Said {
        penctl(&[&["--port", &self.port], &WAITS[..], arguments].concat())
    }

    /// `penctl` left running.
    pub(crate) fn start(&self, arguments: &[&str]) -> Running {
        Running::start(
            program("penctl")
                .args(["--port", &self.port])
                .args(WAITS)
                .args(arguments),
        )
    }
}

/// Everything that reads, and a plan.
fn everyday(pen: &Pen) {
    let info = pen.penctl(&["info", "--json"]);
    assert_eq!(info.class(), "ok", "{info:?}");
    let events = info.events();
    let serial = &events[0]["info"]["serial"];
    assert!(serial.is_number() || serial.is_string(), "{events:?}");
    for command in ["status", "limits", "faults", "journal"] {
        assert_eq!(pen.penctl(&[command, "--json"]).class(), "ok", "{command}");
    }
    let loaded = pen.penctl(&["plan", "load", "host-tool/plans/pores.toml", "--json"]);
    assert_eq!(loaded.class(), "ok", "{loaded:?}");
    let status = pen.penctl(&["status", "--json"]);
    assert!(status.out.contains("\"plan\":1101"), "{status:?}");
    let journal = pen.penctl(&["journal"]);
    assert_eq!(journal.exit, Some(0));
    assert!(journal.out.contains("plan loaded"), "{journal:?}");
    assert!(journal.err.contains("numbered and chained"), "{journal:?}");
    let monitor = pen.penctl(&["monitor", "--count", "3", "--period", "50", "--json"]);
    assert_eq!(monitor.class(), "ok", "{monitor:?}");
    let pictures = monitor.events();
    let pictures = pictures.iter().filter(|e| e["event"] == "telemetry");
    assert_eq!(pictures.count(), 3);
}

#[test]
fn an_everyday_over_a_pseudo_terminal() {
    let pen = Pen::on_terminal("everyday", &[]);
    everyday(&pen);
    pen.sim.interrupt();
    let link = pen.link.clone().expect("a link");
    let ended = pen.sim.end();
    assert_eq!(ended.exit, Some(0), "{ended:?}");
    assert!(fs::symlink_metadata(link).is_err(), "the link is removed");
}

#[test]
fn an_everyday_over_tcp() {
    let pen = Pen::on_tcp();
    everyday(&pen);
    pen.sim.interrupt();
    assert_eq!(pen.sim.end().exit, Some(0));
}

#[test]
fn the_second_client_is_told_that_the_port_is_busy() {
    let pen = Pen::on_terminal("busy", &[]);
    let mut first = pen.start(&["monitor", "--json", "--period", "50"]);
    first.line_with("telemetry");
    let second = pen.penctl(&["info", "--json"]);
    assert_eq!((second.class().as_str(), second.exit), ("busy", Some(13)));
    // The first one does not notice.
    first.line_with("telemetry");
    first.interrupt();
    first.end();
    // A port that was left is free again.
    assert_eq!(pen.penctl(&["info", "--json"]).class(), "ok");
}

#[test]
fn a_pen_that_goes_away_is_a_lost_link_and_no_hang() {
    for tcp in [false, true] {
        let mut pen = if tcp {
            Pen::on_tcp()
        } else {
            Pen::on_terminal("gone", &[])
        };
        let mut monitor = pen.start(&["monitor", "--json", "--period", "50"]);
        monitor.line_with("telemetry");
        pen.sim.kill();
        let said = monitor.end();
        assert_eq!(
            (said.class().as_str(), said.exit),
            ("link_lost", Some(14)),
            "tcp {tcp}: {said:?}"
        );
    }
}

#[test]
fn a_port_that_never_answers_is_a_lost_link_and_no_hang() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = format!("tcp:{}", listener.local_addr().expect("bound"));
    // Short, because nobody will answer: the listener lives, and accepts nobody.
    let said = penctl(&["--port", &port, "--timeout", "0.3", "info", "--json"]);
    assert_eq!((said.class().as_str(), said.exit), ("link_lost", Some(14)));
}
