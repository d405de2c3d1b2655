//! The schema is derived from the types: whoever changes a message changes `SCHEMA_HASH`.
//!
//! To write the file anew after a deliberate change: `PEN_SCHEMA_WRITE=1 cargo test -p pen-protocol
//! --test schema`. Then say in `docs/protocol.md` what changed, and pin the new bytes.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails here")]

#[expect(dead_code, reason = "each test file uses a part of it")]
mod common;

use std::fmt::Write;

use common::{Types, node_text};
use pen_protocol::frame::PAYLOAD_MAX;
use pen_protocol::messages::{PayloadVisitor, ToHost, ToPen};
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

#[test]
fn link_007_the_book_holds_the_schema_as_it_is() {
    let book = std::fs::read_to_string(BOOK).unwrap();
    assert!(
        book.contains(pen_protocol::SCHEMA),
        "docs/protocol.md has an older schema"
    );
    let hash = format!("0x{:08X}", pen_protocol::SCHEMA_HASH);
    assert!(
        book.contains(&hash),
        "docs/protocol.md must give the schema hash {hash}"
    );
}
