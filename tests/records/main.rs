//! Records outlast whoever writes them.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

use pen_host::store::{Access, Kind, Place, Query, Records, open};
use serde_json::Value;

/// Kills in one run: `PEN_KILLS`, or so many.
const KILLS: u32 = 40;

/// Kills after which a new store is begun.
const KILLS_A_STORE: u32 = 25;

/// The program that writes, built with the profile of this test.
fn writer() -> PathBuf {
    let this = std::env::current_exe().expect("this program has a path");
    let folder = this
        .parent()
        .and_then(Path::parent)
        .expect("target/PROFILE/deps/test");
    let profile = match folder.file_name().and_then(|name| name.to_str()) {
        Some("debug") | None => "dev",
        Some(other) => other,
    };
    let built = Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--package", "pen-tests"])
        .args(["--example", "store_writer", "--profile", profile])
        .arg("--target-dir")
        .arg(folder.parent().expect("target/PROFILE"))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .status()
        .expect("cargo can be started");
    assert!(built.success(), "the writer does not build");
    folder.join("examples").join("store_writer")
}

/// One program that writes, and what it said was safe.
struct Writing {
    child: Child,
    lines: BufReader<ChildStdout>,
    told: Vec<String>,
}

impl Writing {
    fn start(program: &Path, store: &Path, name: &str, seed: u64) -> Self {
        let mut child = Command::new(program)
            .arg(store)
            .args([name, &seed.to_string()])
            .stdout(Stdio::piped())
            .spawn()
            .expect("the writer starts");
        let lines = BufReader::new(child.stdout.take().expect("its output"));
        Self {
            child,
            lines,
            told: Vec::new(),
        }
    }

    fn hear(&mut self, count: u64) {
        for _ in 0..count {
            let mut line = String::new();
            let read = self.lines.read_line(&mut line).expect("its output");
            assert!(read > 0, "the writer ended by itself");
            self.told.push(line.trim().to_owned());
        }
    }

    /// Kills it, and hears what it had said before. A line that was cut off was not said.
    fn kill(mut self) -> Vec<String> {
        self.child.kill().expect("SIGKILL");
        self.child.wait().expect("its end");
        let mut line = String::new();
        while self.lines.read_line(&mut line).expect("its output") > 0 {
            if line.ends_with('\n') {
                self.told.push(line.trim().to_owned());
            }
            line.clear();
        }
        self.told
    }
}

/// How many records of each batch there are, how many there should be, and the last number.
fn batches(records: &mut Records) -> BTreeMap<String, (u64, u64, i64)> {
    let mut found = BTreeMap::new();
    let query = Query {
        kind: Some(Kind::Event),
        ..Query::ALL
    };
    for record in records.all(&query).expect("a store that can be read") {
        let body: Value = record.read().expect("a body");
        let of = body["of"].as_u64().expect("a number");
        let batch = found.entry(record.draft.name).or_insert((0, of, 0));
        batch.0 += 1;
        batch.2 = record.seq;
    }
    found
}

/// Everything that was acknowledged is there, and everything that is there is whole.
fn check(store: &Path, told: &[String]) {
    let opened = open(&Place::File(store.to_owned()), Access::Read).expect("a store");
    let mut records = Records::new(opened, Box::new(|| 0));
    let verified = records.verify(None).expect("a store that can be read");
    assert_eq!(verified.misfits, [""; 0]);
    let found = batches(&mut records);
    for (name, (count, of, _)) in &found {
        assert_eq!(count, of, "half of {name} is there");
    }
    for line in told {
        let parts: Vec<&str> = line.split(' ').collect();
        let [last, name, count] = parts.as_slice() else {
            panic!("not understood: {line}");
        };
        let batch = found.get(*name).unwrap_or_else(|| panic!("lost: {line}"));
        assert_eq!(
            (batch.1.to_string(), batch.2.to_string()),
            ((*count).into(), (*last).into())
        );
    }
}

#[test]
fn a_killed_writer_loses_nothing_that_it_acknowledged() {
    let kills = std::env::var("PEN_KILLS").map_or(KILLS, |text| text.parse().expect("a number"));
    let program = writer();
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("records");
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).expect("a folder");
    let mut drawn = 1_u64;
    let mut draw = |below: u64| {
        drawn = drawn
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (drawn >> 33) % below
    };
    let mut told = Vec::new();
    let mut store = PathBuf::new();
    let (mut acknowledged, mut alone) = (0, 0);
    for kill in 0..kills {
        if kill % KILLS_A_STORE == 0 {
            store = folder.join(format!("{kill}.db"));
            told.clear();
        }
        // Often two at once, of which one is killed while the other waits for it.
        let mut first = Writing::start(&program, &store, &format!("{kill}a"), draw(u64::MAX));
        let second = (draw(2) == 0)
            .then(|| Writing::start(&program, &store, &format!("{kill}b"), draw(u64::MAX)));
        alone += u32::from(second.is_none());
        // Sometimes before the store is made, mostly while something is being written.
        first.hear(draw(6));
        for _ in 0..draw(3_000_000) {
            std::hint::spin_loop();
        }
        let before = told.len();
        told.extend(first.kill());
        if let Some(mut second) = second {
            second.hear(1);
            told.extend(second.kill());
        }
        acknowledged += told.len() - before;
        if store.exists() && !told.is_empty() {
            check(&store, &told);
        }
    }
    println!(
        "{kills} kills, {alone} of a single writer, {acknowledged} appends acknowledged: none lost"
    );
    assert!(
        acknowledged > usize::try_from(kills).expect("a number"),
        "{acknowledged}"
    );
}
