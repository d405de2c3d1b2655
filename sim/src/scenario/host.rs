//! A host with a script: sends frames, keeps the answers by label, reads the journals at the end.

use std::collections::BTreeMap;

use pen_core::journal::Entry;
use pen_protocol::frame::{Decoder, FRAME_MAX, encode};
use pen_protocol::messages::{Hello, JournalName, ReadJournal, ToHost, ToPen};

use pen_protocol::text::Text;

use crate::pen::VirtualPen;

/// Ticks that a reply may take before the host gives up asking for the journal.
const PATIENCE_MS: u32 = 200;

/// The scripted host.
pub(crate) struct Host {
    decoder: Decoder,
    seq: u8,
    asked: BTreeMap<u8, String>,
    /// Answers by the label of the step that asked.
    pub(crate) answers: Vec<(String, ToHost)>,
    last: Option<(u8, ToHost)>,
    heard: Vec<u8>,
}

impl std::fmt::Debug for Host {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Host")
            .field("answers", &self.answers)
            .finish_non_exhaustive()
    }
}

impl Host {
    pub(crate) fn new() -> Self {
        Self {
            decoder: Decoder::new(),
            seq: 0,
            asked: BTreeMap::new(),
            answers: Vec::new(),
            last: None,
            heard: Vec::new(),
        }
    }

    /// Introduces itself; without it the pen answers read-only.
    pub(crate) fn hello(&mut self, pen: &mut VirtualPen) {
        let hello = Hello {
            version_min: pen_protocol::VERSION,
            version_max: pen_protocol::VERSION,
            schema: pen_protocol::SCHEMA_HASH,
            client: Text::new("pen-sim scenario").unwrap_or(Text::empty()),
        };
        self.send(pen, &ToPen::Hello(hello), None);
    }

    pub(crate) fn send(&mut self, pen: &mut VirtualPen, message: &ToPen, label: Option<&str>) {
        self.seq = self.seq.wrapping_add(1);
        let mut room = [0_u8; FRAME_MAX];
        if let Ok(frame) = encode(self.seq, message, &mut room) {
            pen.serial_in(frame);
        }
        if let Some(label) = label {
            self.asked.insert(self.seq, label.to_owned());
        } else {
            self.asked.remove(&self.seq);
        }
    }

    pub(crate) fn send_raw(&mut self, pen: &mut VirtualPen, bytes: &[u8]) {
        pen.serial_in(bytes);
        let _ = self.seq;
    }

    /// Takes what the pen has said.
    pub(crate) fn listen(&mut self, pen: &mut VirtualPen) {
        self.heard.clear();
        pen.serial_out_into(&mut self.heard);
        for at in 0..self.heard.len() {
            let Some(byte) = self.heard.get(at) else {
                break;
            };
            let Some(Ok(frame)) = self.decoder.push(*byte) else {
                continue;
            };
            let seq = frame.seq;
            let Ok(message) = frame.message::<ToHost>() else {
                continue;
            };
            if matches!(message, ToHost::TelemetryFrame(_)) {
                continue;
            }
            if let Some(label) = self.asked.remove(&seq) {
                self.answers.push((label, message));
            }
            self.last = Some((seq, message));
        }
    }

    /// Both journals, oldest first in each.
    pub(crate) fn journals(&mut self, pen: &mut VirtualPen) -> Vec<Entry> {
        let mut entries = Vec::new();
        for journal in [JournalName::Faults, JournalName::Routine] {
            let mut from = 1;
            while let Some(page) = self.page(pen, journal, from) {
                let found = page
                    .entries
                    .iter()
                    .flatten()
                    .filter_map(|entry| entry.entry);
                entries.extend(found);
                if page.next >= page.end || page.next <= from {
                    break;
                }
                from = page.next;
            }
        }
        entries.sort_by_key(|entry| entry.at);
        entries
    }

    fn page(
        &mut self,
        pen: &mut VirtualPen,
        journal: JournalName,
        from: u32,
    ) -> Option<pen_protocol::messages::JournalReply> {
        self.send(
            pen,
            &ToPen::ReadJournal(ReadJournal {
                journal,
                from,
                max: 8,
            }),
            None,
        );
        self.last = None;
        for _ in 0..PATIENCE_MS {
            pen.tick();
            self.listen(pen);
            if let Some((seq, ToHost::JournalReply(page))) = self.last
                && seq == self.seq
            {
                return Some(page);
            }
        }
        None
    }
}
