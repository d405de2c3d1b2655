//! The library of the host: what of it knows a terminal, a thread, a file or a clock.

use super::{below, places};
use pen_tests::sources;

/// What compiles for a browser, and must stay so: the procedure and all that it stands on.
const CORE: [&str; 6] = [
    "client",
    "metrology",
    "plan",
    "procedure",
    "report",
    "words",
];

#[test]
fn the_core_of_the_host_knows_no_terminal_thread_file_or_clock() {
    let home = sources::top().join("host-tool/src");
    let files: Vec<_> = below("host-tool/src")
        .into_iter()
        .filter(|(path, _)| {
            let within = path.strip_prefix(&home).expect("below");
            let name = within.to_string_lossy().replace('\\', "/");
            let is_core = CORE
                .iter()
                .any(|it| name == format!("{it}.rs") || name.starts_with(&format!("{it}/")));
            // Tests, and the bench of the simulated pen.
            let is_test =
                name.contains("tests") || name.ends_with("lies.rs") || name.ends_with("check.rs");
            is_core && !is_test
        })
        .collect();
    assert!(files.len() > 60, "{} files", files.len());
    for word in [
        "std::fs",
        "std::env",
        "std::thread",
        "std::process",
        "stdin",
        "stdout",
        "stderr",
        "SystemTime",
        "Instant::now",
        "RealClock",
        "PathBuf",
    ] {
        assert_eq!(places(&files, word), [""; 0], "{word}");
    }
}

#[test]
fn no_library_of_the_system_is_built_against() {
    let lock = std::fs::read_to_string(sources::top().join("Cargo.lock")).expect("the lock file");
    for name in [
        "libudev",
        "libudev-sys",
        "libusb1-sys",
        "openssl-sys",
        "ncurses",
    ] {
        let there = lock.contains(&format!("name = \"{name}\"\n"));
        assert!(!there, "{name} is linked");
    }
    let features = std::fs::read_to_string(sources::top().join("Cargo.toml")).expect("a manifest");
    for line in [
        "rusqlite = { version = \"0.43.0\", default-features = false, features = [\"bundled\"] }",
        "serialport = { version = \"4.10.1\", default-features = false }",
    ] {
        assert!(features.contains(line), "{line}");
    }
}
