//! The `pen-sim` program as its users meet it: ports, orders, lists, exit codes.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::io::{BufRead, BufReader, Read, Write};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};

use pen_protocol::frame::{Decoder, FRAME_MAX, encode};
use pen_protocol::messages::{Hello, ToHost, ToPen};
use pen_protocol::text::Text;
use pen_protocol::{SCHEMA_HASH, VERSION, VERSION_MIN};
use pen_sim::patience::HANG;

fn command(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pen-sim"));
    command.args(args);
    command
}

fn run(args: &[&str]) -> Output {
    command(args).output().unwrap()
}

/// A serving `pen-sim`; ended when dropped, so that a failing test leaves nothing behind.
struct Server {
    child: Child,
    lines: BufReader<std::process::ChildStdout>,
}

impl Server {
    fn start(args: &[&str]) -> Self {
        let mut child = command(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap());
        Self { child, lines }
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.lines.read_line(&mut line).unwrap();
        line
    }

    fn order(&mut self, line: &str) {
        writeln!(self.child.stdin.as_mut().unwrap(), "{line}").unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Says hello and returns the serial number in the answer.
fn greet(port: &mut (impl Read + Write)) -> u64 {
    let hello = ToPen::Hello(Hello {
        version_min: VERSION_MIN,
        version_max: VERSION,
        schema: SCHEMA_HASH,
        client: Text::new("test").unwrap(),
    });
    let mut buffer = [0; FRAME_MAX];
    port.write_all(encode(9, &hello, &mut buffer).unwrap())
        .unwrap();
    let mut decoder = Decoder::new();
    let mut byte = [0];
    loop {
        port.read_exact(&mut byte).unwrap();
        if let Some(Ok(frame)) = decoder.push(byte[0]) {
            assert_eq!(frame.seq, 9);
            match frame.message().unwrap() {
                ToHost::HelloReply(reply) => return reply.serial,
                other => panic!("{other:?}"),
            }
        }
    }
}

#[cfg(unix)]
fn link(name: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("pen-sim-{name}-{}", std::process::id()));
    let _ = std::fs::remove_file(&path);
    path
}

#[cfg(unix)]
#[test]
fn a_terminal_answers_one_client_after_another_and_is_gone_after_ctrl_c() {
    let link = link("terminal");
    let path = link.to_str().unwrap();
    let mut server = Server::start(&["serve", "--seed", "3", "--pty", path, "--service"]);
    assert!(server.line().contains(path));
    for _ in 0..2 {
        let mut port = serialport::new(path, 115_200).timeout(HANG).open().unwrap();
        let serial = greet(&mut port);
        let shown = String::from_utf8(run(&["assembly", "3"]).stdout).unwrap();
        assert!(
            shown.contains(&format!("pen {serial}")),
            "{serial}: {shown}"
        );
    }
    let pid = server.child.id().to_string();
    assert!(
        Command::new("kill")
            .args(["-INT", &pid])
            .status()
            .unwrap()
            .success()
    );
    assert!(server.child.wait().unwrap().success());
    assert!(
        std::fs::symlink_metadata(&link).is_err(),
        "the link is left behind"
    );
}

#[test]
fn a_tcp_port_answers_and_the_hand_obeys_orders() {
    let mut server = Server::start(&["serve", "--tcp", "127.0.0.1:0", "--free"]);
    let line = server.line();
    let address = line.trim().rsplit_once("tcp:").unwrap().1.to_owned();
    let mut client = std::net::TcpStream::connect(address).unwrap();
    client.set_read_timeout(Some(HANG)).unwrap();
    greet(&mut client);
    server.line();
    server.order("ring 500");
    server.order("wait 300");
    server.order("gauge");
    let gauge = server.line();
    let um: f64 = gauge
        .trim()
        .strip_prefix("gauge ")
        .unwrap()
        .strip_suffix(" um")
        .unwrap()
        .parse()
        .unwrap();
    assert!((um - 500.0).abs() <= 2.5, "{gauge}");
    server.order("ring high");
    assert!(server.line().contains("needs a depth"));
    server.order("quit");
    assert!(server.child.wait().unwrap().success());
}

#[test]
fn what_cannot_be_served_is_said_with_what_to_do() {
    let link = std::env::temp_dir();
    let taken = run(&["serve", "--pty", link.to_str().unwrap()]);
    let text = String::from_utf8(taken.stderr).unwrap();
    assert_eq!(taken.status.code(), Some(1));
    assert!(
        text.contains("exists already") && text.contains("choose another path"),
        "{text}"
    );
    let open = run(&["serve", "--tcp", "0.0.0.0:0"]);
    assert_eq!(open.status.code(), Some(1));
    assert!(
        String::from_utf8(open.stderr)
            .unwrap()
            .contains("127.0.0.1")
    );
}

#[test]
fn lists_and_measurements_can_be_read_by_programs() {
    let faults: serde_json::Value =
        serde_json::from_slice(&run(&["faults", "--json"]).stdout).unwrap();
    let first = &faults.as_array().unwrap()[0];
    assert!(first["component"].is_string() && first["doc"].is_string());
    let bench = run(&["bench", "--seconds", "1", "--json"]);
    let bench: serde_json::Value = serde_json::from_slice(&bench.stdout).unwrap();
    for speed in bench["speeds"].as_array().unwrap() {
        // How fast is for people to read: a busy machine is slow, and right.
        assert!(speed["times_real_time"].as_f64().unwrap() > 0.0, "{speed}");
    }
}

#[test]
fn a_reference_scenario_runs_and_a_missing_file_is_named() {
    let missing = run(&["reference", "nowhere.json", "--plant", "plant.json"]);
    assert_eq!(missing.status.code(), Some(1));
    assert!(
        String::from_utf8(missing.stderr)
            .unwrap()
            .contains("nowhere.json")
    );
}

#[test]
fn a_command_line_that_is_not_understood_is_a_usage_error() {
    for args in [
        &["serve", "--tcp", "here"][..],
        &["dance"],
        &["bench", "--seconds", "0"],
        &[],
    ] {
        assert_eq!(run(args).status.code(), Some(2), "{args:?}");
    }
}
