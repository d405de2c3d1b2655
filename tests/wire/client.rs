//! Frames, numbers and texts as the book describes them.

use pen_sim::pen::{Options, VirtualPen};

/// CRC-32 as in the book: polynomial 0x04C11DB7 reflected, start and final XOR all ones.
pub(crate) fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            (crc >> 1) ^ (0xEDB8_8320 * (crc & 1))
        })
    })
}

/// Seven bits a byte, low ones first.
pub(crate) fn number(mut value: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let [low, ..] = (value & 0x7F).to_le_bytes();
        value >>= 7;
        if value == 0 {
            bytes.push(low);
            return bytes;
        }
        bytes.push(low | 0x80);
    }
}

/// 0, -1, 1, -2 become 0, 1, 2, 3.
pub(crate) fn signed(value: i32) -> Vec<u8> {
    let folded = (value << 1) ^ (value >> 31);
    number(u64::from(u32::from_le_bytes(folded.to_le_bytes())))
}

/// Its length, then its characters.
pub(crate) fn text(value: &str) -> Vec<u8> {
    let length = number(u64::try_from(value.len()).expect("short"));
    [&length[..], value.as_bytes()].concat()
}

/// Bytes written as in the book.
pub(crate) fn bytes_of(hex: &str) -> Vec<u8> {
    let byte = |pair: &str| u8::from_str_radix(pair, 16).expect("two digits");
    hex.split(' ').map(byte).collect()
}

/// A frame with both zeros.
pub(crate) fn frame(version: u8, seq: u8, kind: u8, payload: &[u8]) -> Vec<u8> {
    let mut body = vec![version, seq, kind];
    body.extend_from_slice(payload);
    let sum = crc(&body);
    body.extend_from_slice(&sum.to_le_bytes());
    let mut out = vec![0];
    // Consistent overhead byte stuffing: each zero becomes the distance to the next one.
    for part in body.split(|byte| *byte == 0) {
        let mut part = part;
        while part.len() >= 254 {
            let (full, rest) = part.split_at(254);
            out.push(0xFF);
            out.extend_from_slice(full);
            part = rest;
        }
        out.push(u8::try_from(part.len() + 1).expect("at most 254"));
        out.extend_from_slice(part);
    }
    out.push(0);
    out
}

/// Version, number, kind and payload of what stood between two zeros, if it is whole.
pub(crate) fn read(stuffed: &[u8]) -> Option<(u8, u8, u8, Vec<u8>)> {
    let mut body = Vec::new();
    let mut rest = stuffed;
    while let Some((code, tail)) = rest.split_first() {
        let length = usize::from(*code).checked_sub(1)?;
        let (part, after) = tail.split_at_checked(length)?;
        body.extend_from_slice(part);
        if *code != 0xFF && !after.is_empty() {
            body.push(0);
        }
        rest = after;
    }
    let (content, sum) = body.split_last_chunk::<4>()?;
    let [version, seq, kind, payload @ ..] = content else {
        return None;
    };
    (crc(content) == u32::from_le_bytes(*sum)).then(|| (*version, *seq, *kind, payload.to_vec()))
}

/// What is left of a payload.
pub(crate) struct Reader<'a>(pub(crate) &'a [u8]);

impl Reader<'_> {
    pub(crate) fn byte(&mut self) -> u8 {
        let (first, rest) = self.0.split_first().expect("a byte is left");
        self.0 = rest;
        *first
    }

    pub(crate) fn number(&mut self) -> u64 {
        let mut value = 0;
        for place in (0..64).step_by(7) {
            let byte = self.byte();
            value |= u64::from(byte & 0x7F) << place;
            if byte < 0x80 {
                break;
            }
        }
        value
    }

    pub(crate) fn signed(&mut self) -> i32 {
        let folded = u32::try_from(self.number()).expect("32 bits");
        let value = i64::from(folded >> 1) ^ -i64::from(folded & 1);
        i32::try_from(value).expect("32 bits")
    }

    pub(crate) fn text(&mut self) -> String {
        let length = usize::try_from(self.number()).expect("short");
        let (text, rest) = self.0.split_at(length);
        self.0 = rest;
        assert!(text.iter().all(|byte| (0x20..=0x7E).contains(byte)));
        String::from_utf8(text.to_vec()).expect("printable ASCII")
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// A host at a pen of its own.
pub(crate) struct Client {
    pen: VirtualPen,
    seq: u8,
    heard: Vec<u8>,
}

impl Client {
    pub(crate) fn at_a_new_pen(seed: u64) -> Self {
        let mut pen = VirtualPen::assemble(&Options {
            seed,
            ..Options::default()
        })
        .expect("the factory builds every pen");
        pen.run_ms(1_000);
        Self {
            pen,
            seq: 0,
            heard: Vec::new(),
        }
    }

    pub(crate) fn serial(&self) -> u64 {
        self.pen.assembly().serial
    }

    pub(crate) fn next_frame(&mut self, kind: u8, payload: &[u8]) -> Vec<u8> {
        self.seq = self.seq.wrapping_add(1);
        frame(1, self.seq, kind, payload)
    }

    pub(crate) fn send(&mut self, bytes: &[u8]) {
        assert_eq!(self.pen.serial_in(bytes), bytes.len());
    }

    pub(crate) fn wait_ms(&mut self, ms: u64) {
        self.pen.run_ms(ms);
    }

    /// Somebody holds the confirm button, or lets go of it.
    pub(crate) fn hold_ok(&mut self, held: bool) {
        self.pen.hand().hold_ok(held);
    }

    /// Kind and payload of the answer.
    pub(crate) fn ask(&mut self, kind: u8, payload: &[u8]) -> (u8, Vec<u8>) {
        let frame = self.next_frame(kind, payload);
        self.ask_bytes(&frame)
    }

    /// The same for a frame that is already made.
    pub(crate) fn ask_bytes(&mut self, frame: &[u8]) -> (u8, Vec<u8>) {
        let answer = self.try_bytes(frame);
        answer.unwrap_or_else(|| panic!("no answer to {frame:02x?}"))
    }

    /// The answer with the frame's own number, if one comes within 250 ms.
    pub(crate) fn try_bytes(&mut self, frame: &[u8]) -> Option<(u8, Vec<u8>)> {
        let asked = read(frame.get(1..frame.len() - 1)?).map(|(_, seq, ..)| seq);
        self.send(frame);
        for _ in 0..250 {
            self.pen.tick();
            self.heard.extend(self.pen.serial_out());
            while let Some(end) = self.heard.iter().position(|byte| *byte == 0) {
                let stuffed: Vec<u8> = self.heard.drain(..=end).collect();
                let Some((version, seq, kind, payload)) = read(&stuffed[..end]) else {
                    continue;
                };
                assert_eq!(version, 1);
                if asked.is_none_or(|asked| asked == seq) {
                    return Some((kind, payload));
                }
            }
        }
        None
    }
}
