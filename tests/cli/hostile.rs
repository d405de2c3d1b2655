//! What is not the pen's fault: another program on the port, signals, a full disk, files of other
//! editors, and text that would act on a terminal.

use std::fs::{self, File, OpenOptions};
use std::io::Read;
use std::os::unix::fs::OpenOptionsExt;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serialport::{SerialPort, TTYPort};

use crate::program::{Running, empty, penctl, program, run};
use crate::session::Pen;

/// `O_NONBLOCK | O_NOCTTY` of Linux.
const AS_A_MODEM_PROBE: i32 = 0o4000 | 0o400;

#[test]
fn another_reader_on_the_port_never_makes_it_hang() {
    let pen = Pen::on_terminal("other_reader", &["--seed", "5"]);
    // Opened first and without a lock, as a modem manager or `cat` does.
    let mut other = OpenOptions::new()
        .read(true)
        .write(true)
        .custom_flags(AS_A_MODEM_PROBE)
        .open(&pen.port)
        .expect("it opens");
    let stop = Arc::new(AtomicBool::new(false));
    let ended = Arc::clone(&stop);
    let thief = std::thread::spawn(move || {
        let mut took = 0;
        while !ended.load(Ordering::SeqCst) {
            took += other.read(&mut [0; 64]).unwrap_or(0);
        }
        took
    });
    let mut failed = 0;
    for _ in 0..12 {
        let said = penctl(&["--port", &pen.port, "--timeout", "1", "status"]);
        match said.exit {
            Some(0) => {}
            Some(14) => {
                failed += 1;
                assert!(said.err.contains("another program"), "{said:?}");
                assert!(said.err.contains("process"), "{said:?}");
            }
            _ => panic!("{said:?}"),
        }
    }
    stop.store(true, Ordering::SeqCst);
    let took = thief.join().expect("it ends");
    // How many succeed is chance; that none hangs is not.
    assert!(took > 0, "the other program took nothing; {failed} failed");
}

/// A port at whose other end nobody answers.
fn silent() -> (TTYPort, String) {
    let (master, slave) = TTYPort::pair().expect("a pseudo-terminal");
    let path = slave.name().expect("it has a name");
    (master, path)
}

/// Waits until the program has sent its first frame to the silent port.
fn first_frame(master: &mut TTYPort) {
    master
        .set_timeout(pen_sim::patience::WORK)
        .expect("it can wait");
    // Nobody holds the other end before the program has opened it.
    while let Err(error) = master.read_exact(&mut [0; 8]) {
        assert_eq!(error.kind(), std::io::ErrorKind::BrokenPipe);
        std::thread::yield_now();
    }
}

#[test]
fn a_pen_that_is_silent_is_left_at_the_first_signal_with_true_words() {
    for (is_terminated, exit, class, words) in [
        (true, 143, "terminated", "SIGTERM"),
        (false, 130, "interrupted", "interrupt from the keyboard"),
    ] {
        for command in ["status", "journal", "monitor", "info"] {
            let (mut master, port) = silent();
            let waits = ["--port", &port, "--timeout", "300", "--json"];
            let running = Running::start(program("penctl").args(waits).arg(command));
            first_frame(&mut master);
            if is_terminated {
                running.terminate();
            } else {
                running.interrupt();
            }
            let said = running.end();
            assert_eq!(said.exit, Some(exit), "{command}: {said:?}");
            assert_eq!(said.class(), class);
            assert!(said.err.contains(words), "{said:?}");
            let both = said.err.contains("SIGTERM") && said.err.contains("keyboard");
            assert!(!both, "{said:?}");
        }
    }
}

#[test]
fn a_monitor_that_is_terminated_says_so_and_one_that_is_interrupted_is_done() {
    let pen = Pen::on_terminal("terminate_monitor", &[]);
    for (is_terminated, exit) in [(true, 143), (false, 0)] {
        let mut monitor = pen.start(&["monitor", "--json", "--period", "50"]);
        monitor.line_with("telemetry");
        if is_terminated {
            monitor.terminate();
        } else {
            monitor.interrupt();
        }
        let said = monitor.end();
        assert_eq!(said.exit, Some(exit), "{said:?}");
    }
}

#[test]
fn the_second_signal_always_ends_it() {
    let folder = empty("second_signal");
    // Nobody reads this pipe: opening it waits for ever, and the standard library goes on waiting
    // after a signal.
    let pipe = folder.join("journal");
    let made = Command::new("mkfifo").arg(&pipe).status();
    assert!(made.is_ok_and(|made| made.success()));
    let mut running = Running::start(
        program("penctl")
            .args(["--port", "sim:1", "-v", "journal", "--out"])
            .arg(&pipe),
    );
    // It has caught the first one when it survives it.
    loop {
        let stat = format!("/proc/{}/wchan", running.id());
        let waits = fs::read_to_string(stat).unwrap_or_default();
        if waits.contains("wait_for_partner") || !running.runs() {
            break;
        }
        std::thread::yield_now();
    }
    assert!(running.runs(), "it waits at the pipe");
    running.terminate();
    // A signal is delivered before the next one that is sent after it was taken.
    while fs::read_to_string(format!("/proc/{}/status", running.id()))
        .expect("it runs")
        .lines()
        .any(|line| line.starts_with("ShdPnd:") && !line.ends_with("0000000000000000"))
    {
        std::thread::yield_now();
    }
    assert!(running.runs(), "the first signal is only remembered");
    running.terminate();
    let said = running.end();
    assert_eq!(said.exit, Some(143), "{said:?}");
}

#[test]
fn a_full_disk_is_no_success() {
    let full = || {
        File::options()
            .write(true)
            .open("/dev/full")
            .expect("Linux")
    };
    for arguments in [
        &["--port", "sim:1", "--json", "journal"][..],
        &["--port", "sim:1", "journal"],
        &["--port", "sim:1", "status"],
        &["--port", "sim:1", "info"],
        &["--port", "sim:1", "limits"],
        &["--port", "sim:1", "monitor", "--count", "3"],
        &["--port", "sim:1", "monitor"],
        &["explain"],
        &["explain", "E012"],
        &["completions", "bash"],
        &["--help"],
        &["--version"],
        &["--json", "list"],
    ] {
        let mut command = program("penctl");
        let mut child = command
            .args(arguments)
            .stdout(full())
            .stderr(std::process::Stdio::piped())
            .spawn()
            .expect("it starts");
        let mut err = String::new();
        let mut pipe = child.stderr.take().expect("piped");
        pipe.read_to_string(&mut err).expect("text");
        let exit = child.wait().expect("it ends").code();
        assert_eq!(exit, Some(50), "{arguments:?}: {err}");
        assert!(err.contains("error[PEN-E050]"), "{arguments:?}: {err}");
        assert!(err.contains("No space left"), "{arguments:?}: {err}");
    }
    // Files as well.
    for file in [
        &["--trace", "/dev/full", "info"][..],
        &["journal", "--out", "/dev/full"],
    ] {
        let said = penctl(&[&["--port", "sim:1"], file].concat());
        assert_eq!(said.exit, Some(50), "{said:?}");
        assert!(said.err.contains("No space left"), "{said:?}");
    }
    assert!(!fs::metadata("/dev/full").expect("still there").is_file());
}

#[test]
fn a_reader_who_leaves_ends_it_quietly() {
    let mut child = program("penctl")
        .args(["--port", "sim:1", "monitor", "--json"])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut out = child.stdout.take().expect("piped");
    out.read_exact(&mut [0; 10]).expect("some");
    drop(out);
    let mut err = String::new();
    child
        .stderr
        .take()
        .expect("piped")
        .read_to_string(&mut err)
        .expect("text");
    let exit = child.wait().expect("it ends").code();
    assert_eq!((exit, err.as_str()), (Some(0), ""));
}

#[test]
fn files_of_other_editors_are_read_or_named() {
    let folder = empty("encodings");
    let plan = fs::read_to_string(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../host-tool/plans/pores.toml"
    ))
    .expect("a plan");
    let answers = "gauge serial: G1\n".to_owned();
    let check = |name: &str, bytes: &[u8], command: &[&str]| {
        let path = folder.join(name);
        fs::write(&path, bytes).expect("a file");
        let path = path.to_str().expect("ASCII").to_owned();
        penctl(&[command, &[path.as_str()]].concat())
    };
    let plans = &["plan", "check"][..];
    let asks = &["--port", "sim:1", "calibrate", "--answers"][..];
    for (command, text) in [(plans, &plan), (asks, &answers)] {
        let marked = check("marked", format!("\u{feff}{text}").as_bytes(), command);
        let bare = check("marked", text.as_bytes(), command);
        assert_eq!(
            (marked.exit, marked.err),
            (bare.exit, bare.err),
            "{command:?}"
        );
        let wide: Vec<u8> = [0xfeff]
            .into_iter()
            .chain(text.encode_utf16())
            .flat_map(u16::to_le_bytes)
            .collect();
        let said = check("wide", &wide, command);
        assert_eq!(said.exit, Some(2), "{said:?}");
        assert!(said.err.contains("UTF-16 (little-endian)"), "{said:?}");
        let mut latin = text.as_bytes().to_vec();
        latin.extend(b"# M\xfcller\n");
        let said = check("latin", &latin, command);
        assert_eq!(said.exit, Some(2), "{said:?}");
        assert!(
            said.err.contains("0xfc") && said.err.contains("Latin-1"),
            "{said:?}"
        );
    }
}

#[test]
fn text_of_a_file_cannot_act_on_the_terminal() {
    let folder = empty("escapes");
    let plan = fs::read_to_string(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../host-tool/plans/pores.toml"
    ))
    .expect("a plan");
    // Clears the screen, sets the title, turns the reading direction.
    let evil = "\\u001B[2J\\u009B31m\\u202Eeyelid";
    let text = plan.replace("\"nose\"", &format!("\"{evil}\""));
    assert_ne!(text, plan);
    let path = folder.join("evil.toml");
    fs::write(&path, text).expect("a plan");
    for json in [&["--json"][..], &[], &["--color", "always"]] {
        let said = run(program("penctl")
            .args(["plan", "check"])
            .arg(&path)
            .args(json));
        assert_eq!(said.exit, Some(2), "{said:?}");
        for stream in [&said.out, &said.err] {
            let acts = ["\u{1b}[2J", "\u{9b}", "\u{202e}"];
            assert!(acts.iter().all(|it| !stream.contains(it)), "{stream:?}");
        }
        let inside = "\u{1b}[2J\u{9b}31m\u{202e}eyelid";
        let is_told = if json == ["--json"] {
            let finding = &said.events()[0]["problem"];
            finding.as_str().is_some_and(|text| text.contains(inside))
        } else {
            let shown = "\\u{1b}[2J\\u{9b}31m\\u{202e}eyelid";
            said.out.contains(shown)
        };
        assert!(is_told, "{said:?}");
    }
    // The command line is text of others too.
    let said = penctl(&["--port", "/dev/\u{1b}[2Jx", "info"]);
    assert!(
        !said.err.contains('\u{1b}') && said.err.contains("\\u{1b}[2Jx"),
        "{said:?}"
    );
}
