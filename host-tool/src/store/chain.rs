//! Numbers and digests: what makes a change of an old record visible.
//!
//! The digest of a record is SHA-256, in lower-case hexadecimal, over the digest of the record
//! before it and its own fields, in this order: number, time, kind, name, pen, run, due, author,
//! body. Each field is written as its length in bytes, a colon, its text and a comma; a field that
//! is not there as `-,`. Before record 1 stands [`NONE`]. `docs/records.md` has the same in Python.
//!
//! This shows a change to whoever knows a later digest, which is why every certificate carries one.
//! It does not keep anybody from writing a whole new chain.

use std::hash::{BuildHasher, RandomState};

use sha2::{Digest, Sha256};

use super::{Draft, Head, Record};

/// What stands for the digest before the first record.
pub const NONE: &str = "0000000000000000000000000000000000000000000000000000000000000000";

impl Head {
    /// Of a store without records.
    #[must_use]
    pub fn none() -> Self {
        Self {
            seq: 0,
            at: 0,
            hash: NONE.to_owned(),
        }
    }

    /// This record as the newest.
    #[must_use]
    pub fn of(record: &Record) -> Self {
        Self {
            seq: record.seq,
            at: record.at,
            hash: record.hash.clone(),
        }
    }
}

/// SHA-256 of some bytes, in hexadecimal.
#[must_use]
pub fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |half: u8| char::from(DIGITS[usize::from(half & 15)]);
    bytes
        .iter()
        .flat_map(|byte| [digit(byte >> 4), digit(*byte)])
        .collect()
}

/// The digest of a record that follows one with the digest `before`.
#[must_use]
pub fn digest(before: &str, seq: i64, at: i64, draft: &Draft) -> String {
    let mut sum = Sha256::new();
    let mut field = |text: Option<&str>| match text {
        Some(text) => {
            sum.update(text.len().to_string());
            sum.update(":");
            sum.update(text);
            sum.update(",");
        }
        None => sum.update("-,"),
    };
    let number = |number: Option<i64>| number.map(|number| number.to_string());
    field(Some(before));
    field(number(Some(seq)).as_deref());
    field(number(Some(at)).as_deref());
    field(Some(draft.kind.as_str()));
    field(Some(&draft.name));
    field(draft.pen.as_deref());
    field(number(draft.run).as_deref());
    field(number(draft.due).as_deref());
    field(Some(&draft.author));
    field(Some(&draft.body));
    hex(&sum.finalize())
}

/// Numbers the drafts from the newest record on, and gives each its digest.
#[must_use]
pub fn seal(head: &Head, at: i64, drafts: impl IntoIterator<Item = Draft>) -> Vec<Record> {
    let mut seq = head.seq;
    let mut before = head.hash.clone();
    drafts
        .into_iter()
        .map(|draft| {
            seq += 1;
            let hash = digest(&before, seq, at, &draft);
            before.clone_from(&hash);
            Record {
                seq,
                at,
                draft,
                hash,
            }
        })
        .collect()
}

/// What does not fit when `record` follows `head`, in words; nothing if it does.
#[must_use]
pub fn misfit(head: &Head, record: &Record) -> Option<String> {
    if record.seq != head.seq + 1 {
        return Some(match head.seq {
            0 => format!("the first record is number {}", record.seq),
            last => format!("after record {last} comes record {}", record.seq),
        });
    }
    let hash = digest(&head.hash, record.seq, record.at, &record.draft);
    (hash != record.hash).then(|| {
        format!(
            "record {} ({} {}) is not what was written",
            record.seq, record.draft.kind, record.draft.name
        )
    })
}

/// A mark for a new store or run: eight hexadecimal digits, another each time.
pub(super) fn new_mark() -> String {
    let drawn = RandomState::new().hash_one("penctl store");
    hex(&drawn.to_be_bytes()[..4])
}

#[cfg(test)]
mod tests {
    use super::{NONE, digest, hex, misfit, new_mark, seal, sha256};
    use crate::store::{Draft, Head, Kind};

    fn draft(name: &str) -> Draft {
        Draft {
            kind: Kind::Pen,
            name: name.to_owned(),
            pen: Some("000042".to_owned()),
            run: None,
            due: Some(2_700),
            author: "technician 1".to_owned(),
            body: "{\"a\":1}".to_owned(),
        }
    }

    #[test]
    fn digests_are_sha_256() {
        // FIPS 180-4 example.
        assert_eq!(
            sha256(b"abc"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
        assert_eq!(hex(&[0, 1, 0xab, 0xff]), "0001abff");
    }

    /// Computed with `hashlib` from the text in the module's documentation.
    #[test]
    fn the_digest_of_a_record_is_the_documented_one() {
        assert_eq!(
            digest(NONE, 1, 1_795_305_600, &draft("000042")),
            "25dfc4d8ba285c21b8e6d17202a0fb3a2e9374044aa71467f71526a0fc506b1f"
        );
    }

    #[test]
    fn no_field_can_lend_its_end_to_the_next() {
        let of = |draft: &Draft| digest(NONE, 1, 2, draft);
        let plain = draft("ab");
        let seen: std::collections::BTreeSet<String> = [
            plain.clone(),
            draft("a"),
            Draft {
                kind: Kind::Run,
                ..plain.clone()
            },
            Draft {
                pen: None,
                ..plain.clone()
            },
            Draft {
                pen: Some(String::new()),
                ..plain.clone()
            },
            Draft {
                run: Some(2_700),
                due: None,
                ..plain.clone()
            },
            Draft {
                due: Some(2_701),
                ..plain.clone()
            },
            Draft {
                author: "technician 2".into(),
                ..plain.clone()
            },
            Draft {
                author: "technician 1{".into(),
                body: "\"a\":1}".into(),
                ..plain.clone()
            },
            Draft {
                body: "{\"a\":2}".into(),
                ..plain.clone()
            },
        ]
        .iter()
        .map(of)
        .collect();
        assert_eq!(seen.len(), 10);
        assert_ne!(of(&plain), digest(NONE, 2, 2, &plain));
        assert_ne!(of(&plain), digest(NONE, 1, 3, &plain));
        assert_ne!(of(&plain), digest(&sha256(b""), 1, 2, &plain));
    }

    #[test]
    fn a_gap_a_swap_and_a_change_are_seen() {
        let records = seal(&Head::none(), 7, ["1", "2", "3"].map(draft));
        let mut head = Head::none();
        for record in &records {
            assert_eq!(misfit(&head, record), None);
            head = Head::of(record);
        }
        let first = Head::of(&records[0]);
        let gap = misfit(&first, &records[2]).unwrap();
        assert_eq!(gap, "after record 1 comes record 3");
        let missing = misfit(&Head::none(), &records[1]).unwrap();
        assert_eq!(missing, "the first record is number 2");
        let mut changed = records[1].clone();
        changed.draft.body.push(' ');
        let change = misfit(&first, &changed).unwrap();
        assert_eq!(change, "record 2 (pen 2) is not what was written");
    }

    #[test]
    fn marks_differ() {
        let marks: std::collections::BTreeSet<String> = (0..50).map(|_| new_mark()).collect();
        assert!(marks.len() > 45 && marks.iter().all(|mark| mark.len() == 8));
    }
}
