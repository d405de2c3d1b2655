//! The schema is derived from the types: whoever changes a message changes `SCHEMA_HASH`.
//!
//! To write the file anew after a deliberate change: `PEN_SCHEMA_WRITE=1 cargo test -p pen-protocol
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
use pen_protocol::messages::{PayloadVisitor, PlanReply, Run, ToHost, ToPen};
use serde::{Deserialize, Serialize};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/schema/v1.txt");
const BOOK: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/protocol.md");

#[derive(Default)]
struct Describe {
    types: Types,
    lines: String,
    largest: Vec<(&'static str, usize)>,
}

impl PayloadVisitor for Describe {
    fn payload<T: Serialize + for<'de> Deserialize<'de>>(&mut self, kind: u8, name: &'static str) {
        let node = self.types.trace::<T>();
        let payload = match node_text(&node) {
            unit if unit == "unit" => "-".to_owned(),
            other => other,
        };
        writeln!(self.lines, "0x{kind:02X} {name} {payload}").unwrap();
        self.largest.push((name, self.types.largest(&node)));
    }
}

fn describe() -> Describe {
    let mut describe = Describe::default();
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

#[test]
fn link_007_the_schema_hash_covers_every_type_that_travels() {
    let text = text(&describe());
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
fn link_001_the_largest_message_fits_a_frame() {
    for (name, len) in describe().largest {
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
    let (book, describe) = (book(), describe());
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
