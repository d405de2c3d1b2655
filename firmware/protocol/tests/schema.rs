//! The schema is derived from the types: whoever changes a message changes `SCHEMA_HASH`.
//!
//! What was appended to version 1 without a new hash is in a file of its own.
//!
//! To write the files anew after a deliberate change: `PEN_SCHEMA_WRITE=1 cargo test -p pen-protocol
//! --test schema`. Then say in `docs/protocol.md` what changed, and pin the new bytes.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails here")]

#[expect(dead_code, reason = "each test file uses a part of it")]
mod common;

use std::fmt::Write;

use common::{Types, node_text};
use pen_core::profile::Source;
use pen_core::request::Refusal;
use pen_core::units::{Depth, Rate};
use pen_protocol::frame::{FRAME_MAX, PAYLOAD_MAX, encode};
use pen_protocol::messages::{APPENDED, PayloadVisitor, PlanReply, Run, ToHost, ToPen};
use serde::{Deserialize, Serialize};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/schema/v1.txt");
const APPENDED_FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/schema/v1-appended.txt");
const BOOK: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/protocol.md");

#[derive(Default)]
struct Describe {
    types: Types,
    /// The kinds that the hash covers, or those that were appended, or all.
    which: Which,
    lines: String,
    largest: Vec<(&'static str, usize)>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Which {
    Hashed,
    Appended,
    #[default]
    All,
}

impl PayloadVisitor for Describe {
    fn payload<T: Serialize + for<'de> Deserialize<'de>>(&mut self, kind: u8, name: &'static str) {
        match self.which {
            Which::Hashed if APPENDED.contains(&kind) => return,
            Which::Appended if !APPENDED.contains(&kind) => return,
            Which::Hashed | Which::Appended | Which::All => {}
        }
        let node = self.types.trace::<T>();
        let payload = match node_text(&node) {
            unit if unit == "unit" => "-".to_owned(),
            other => other,
        };
        writeln!(self.lines, "0x{kind:02X} {name} {payload}").unwrap();
        self.largest.push((name, self.types.largest(&node)));
    }
}

fn describe(which: Which) -> Describe {
    let mut describe = Describe {
        which,
        ..Describe::default()
    };
    ToPen::visit_payloads(&mut describe);
    ToHost::visit_payloads(&mut describe);
    describe
}

fn text(describe: &Describe) -> String {
    format!(
        "pen wire schema, protocol version 1\n\n{}\n{}",
        describe.lines,
        describe.types.text()
    )
}

/// What was appended: its kinds, and the types that nothing else has.
fn appended_text() -> String {
    let (hashed, appended) = (describe(Which::Hashed), describe(Which::Appended));
    let known = hashed.types.text();
    let known: Vec<&str> = known.lines().collect();
    let types = appended.types.text();
    let new: String = types
        .split_inclusive('\n')
        .filter(|line| !known.contains(&line.trim_end()))
        .collect();
    let title = "pen wire schema, appended to protocol version 1, not in its hash";
    format!("{title}\n\n{}\n{new}", appended.lines)
}

#[test]
fn link_007_the_schema_hash_covers_every_type_that_travels() {
    let text = text(&describe(Which::Hashed));
    if std::env::var_os("PEN_SCHEMA_WRITE").is_some() {
        std::fs::write(FILE, &text).unwrap();
        return;
    }
    assert_eq!(
        text,
        pen_protocol::SCHEMA,
        "a message changed; see the head of this file"
    );
    assert_eq!(
        pen_protocol::SCHEMA_HASH,
        pen_protocol::crc32(text.as_bytes())
    );
}

#[test]
fn link_007_what_was_appended_reads_and_is_described_beside_the_hash() {
    let text = appended_text();
    if std::env::var_os("PEN_SCHEMA_WRITE").is_some() {
        std::fs::write(APPENDED_FILE, &text).unwrap();
        return;
    }
    let kept = std::fs::read_to_string(APPENDED_FILE).unwrap();
    assert_eq!(text, kept, "a message changed; see the head of this file");
    // Requests that change something are 0x10 to 0x2F: none of them may come without a new hash.
    assert_eq!(APPENDED, [0x0B, 0x8B]);
    // Every host and every pen of version 1 greets with this.
    assert_eq!(pen_protocol::SCHEMA_HASH, 0xAA10_1E8D);
}

#[test]
fn link_001_the_largest_message_fits_a_frame() {
    for (name, len) in describe(Which::All).largest {
        assert!(len <= PAYLOAD_MAX, "{name} can take {len} bytes");
    }
}

fn book() -> String {
    std::fs::read_to_string(BOOK).unwrap()
}

#[test]
fn link_007_the_book_gives_the_schema_hash() {
    let hash = format!("0x{:08X}", pen_protocol::SCHEMA_HASH);
    assert!(
        book().contains(&hash),
        "docs/protocol.md must give the schema hash {hash}"
    );
}

#[test]
fn link_007_the_book_lists_every_message_type_field_and_variant() {
    let (book, describe) = (book(), describe(Which::All));
    for line in describe.lines.lines() {
        let mut words = line.split(' ');
        let mut next = || words.next().unwrap();
        let (kind, name, payload) = (next(), next(), next());
        let payload = if payload == "-" {
            "-".to_owned()
        } else {
            format!("`{payload}`")
        };
        let row = format!("| {kind} | `{name}` | {payload} |");
        assert!(book.contains(&row), "docs/protocol.md: no row {row}");
    }
    for (name, rows) in describe.types.reference() {
        // Generic types are described once, quantities in a table of their own.
        if name.contains('<') || book.contains(&format!("| `{name}` | `")) {
            continue;
        }
        let heading = format!("\n### {name}\n");
        let (_, rest) = book
            .split_once(&heading)
            .unwrap_or_else(|| panic!("no heading {name}"));
        let section = rest.split("\n### ").next().unwrap();
        for row in rows {
            assert!(
                section.contains(&row),
                "docs/protocol.md: {name} lacks {row}"
            );
        }
    }
}

#[test]
fn link_007_the_book_shows_frames_as_they_are() {
    let frame = |seq, bytes: Result<&[u8], _>| {
        let bytes: Vec<String> = bytes
            .unwrap()
            .iter()
            .map(|it| format!("{it:02x}"))
            .collect();
        assert!(
            book().contains(&bytes.join(" ")),
            "docs/protocol.md: frame {seq}"
        );
    };
    let mut buffer = [0; FRAME_MAX];
    let run = ToPen::Run(Run {
        rate: Rate::from_hz(80),
    });
    frame(19, encode(19, &run, &mut buffer));
    let plan = ToHost::PlanReply(PlanReply { plan: None });
    frame(6, encode(6, &plan, &mut buffer));
    let (asked, allowed) = (Depth::from_um(800), Depth::from_um(750));
    let refused = ToHost::Refused(Refusal::TooDeep {
        asked,
        allowed,
        by: Source::Zone,
    });
    frame(14, encode(14, &refused, &mut buffer));
}
