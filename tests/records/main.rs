//! Records outlast whoever writes them.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

use pen_host::store::{Access, Kind, Place, Query, Records, open};
use pen_tests::programs::built;
use serde_json::Value;

/// Kills in one run: `PEN_KILLS`, or so many.
const KILLS: u32 = 40;

/// Kills after which a new store is begun.
const KILLS_A_STORE: u32 = 25;

/// The program that writes, built with the profile of this test.
fn writer() -> PathBuf {
    let features: &[&str] = match cfg!(feature = "postgres") {
        true => &["pen-tests/postgres"],
        false => &[],
    };
    built(&[], "store_writer", features).join("examples/store_writer")
}

/// One program that writes, and what it said was safe.
struct Writing {
    child: Child,
    lines: BufReader<ChildStdout>,
    told: Vec<String>,
}

impl Writing {
    fn start(program: &Path, store: &str, name: &str, seed: u64) -> Self {
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
fn check(store: &str, told: &[String]) {
    let place: Place = store.parse().expect("a place");
    let opened = open(&place, Access::Read).expect("a store");
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

/// Numbers drawn from a seed.
struct Drawn(u64);

impl Drawn {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}

/// Kills writers, `PEN_KILLS` times or a few, and looks after each what is kept. `place` makes a new store
/// for the kills from this one on.
fn kill_writers(kind: &str, place: impl Fn(u32) -> String) {
    let kills = std::env::var("PEN_KILLS").map_or(KILLS, |text| text.parse().expect("a number"));
    let program = writer();
    let mut drawn = Drawn(1);
    let mut told = Vec::new();
    let mut store = String::new();
    let (mut acknowledged, mut alone) = (0, 0);
    for kill in 0..kills {
        if kill % KILLS_A_STORE == 0 {
            store = place(kill);
            told.clear();
        }
        // Often two at once, of which one is killed while the other waits for it.
        let start = |name: &str, seed: u64| {
            Writing::start(&program, &store, &format!("{kill}{name}"), seed)
        };
        let mut first = start("a", drawn.below(u64::MAX));
        let second = (drawn.below(2) == 0).then(|| start("b", drawn.below(u64::MAX)));
        alone += u32::from(second.is_none());
        // Sometimes before the store is made, mostly while something is being written.
        first.hear(drawn.below(6));
        for _ in 0..drawn.below(3_000_000) {
            std::hint::spin_loop();
        }
        let before = told.len();
        told.extend(first.kill());
        if let Some(mut second) = second {
            second.hear(1);
            told.extend(second.kill());
        }
        acknowledged += told.len() - before;
        if !told.is_empty() {
            check(&store, &told);
        }
    }
    println!(
        "{kind}: {kills} kills, {alone} of a single writer, {acknowledged} appends acknowledged: none lost"
    );
    assert!(
        acknowledged > usize::try_from(kills).expect("a number"),
        "{acknowledged}"
    );
}

#[test]
fn a_killed_writer_loses_nothing_that_it_acknowledged() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("records");
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).expect("a folder");
    kill_writers("a file", |kill| {
        let file = folder.join(format!("{kill}.db"));
        file.to_str().expect("UTF-8").to_owned()
    });
}

/// On the server that `.ci/postgres` starts.
#[cfg(feature = "postgres")]
#[test]
fn a_killed_writer_loses_nothing_that_it_acknowledged_to_a_server() {
    let base = std::env::var("PENCTL_TEST_POSTGRES")
        .expect("PENCTL_TEST_POSTGRES names a database in which tests may do anything");
    kill_writers("a server", |kill| {
        let name = format!("kills_{kill}");
        let made = Command::new("psql")
            .args(["--quiet", "--no-psqlrc", &base, "--command"])
            .arg(format!("DROP SCHEMA IF EXISTS {name} CASCADE"))
            .args(["--command", &format!("CREATE SCHEMA {name}")])
            .stderr(Stdio::null())
            .status();
        assert!(made.is_ok_and(|made| made.success()), "psql, of {base}");
        format!("{base}?options=-csearch_path%3D{name}")
    });
}
