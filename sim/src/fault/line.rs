//! What can happen to bytes on their way through the serial link.

use super::{Faults, Knob};
use crate::rng::Seed;

/// The knobs of one direction.
#[derive(Clone, Copy, Debug)]
pub struct LineKnobs {
    flip: Knob,
    drop: Knob,
    garbage: Knob,
    corrupt: Knob,
    cut: Knob,
}

/// Towards the pen.
pub const TO_PEN: LineKnobs = LineKnobs {
    flip: Knob::ToPenFlip,
    drop: Knob::ToPenDrop,
    garbage: Knob::ToPenGarbage,
    corrupt: Knob::ToPenCorrupt,
    cut: Knob::ToPenCut,
};

/// Towards the host.
pub const TO_HOST: LineKnobs = LineKnobs {
    flip: Knob::ToHostFlip,
    drop: Knob::ToHostDrop,
    garbage: Knob::ToHostGarbage,
    corrupt: Knob::ToHostCorrupt,
    cut: Knob::ToHostCut,
};

/// One direction of the link.
#[derive(Clone, Debug)]
pub struct Line {
    knobs: LineKnobs,
    chance: Seed,
    /// Bytes since the last delimiter.
    position: u64,
    /// Garbage made so far, so that each piece is another.
    draws: u64,
}

impl Line {
    /// A whole line.
    #[must_use]
    pub const fn new(knobs: LineKnobs, chance: Seed) -> Self {
        Self {
            knobs,
            chance,
            position: 0,
            draws: 0,
        }
    }

    /// Whether the line is cut.
    #[must_use]
    pub const fn is_cut(&self, faults: &Faults) -> bool {
        faults.is_set(self.knobs.cut)
    }

    /// Appends to `out` what becomes of the bytes.
    pub fn carry(&mut self, bytes: &[u8], faults: &mut Faults, out: &mut Vec<u8>) {
        if !bytes.is_empty()
            && let Some(count) = faults.take(self.knobs.garbage)
        {
            for _ in 0..count {
                self.draws += 1;
                let [byte, ..] = self.chance.hash(0, self.draws).to_le_bytes();
                self.pass(byte, out);
            }
        }
        for &byte in bytes {
            self.one(byte, faults, out);
        }
    }

    fn one(&mut self, byte: u8, faults: &mut Faults, out: &mut Vec<u8>) {
        if self.is_cut(faults) {
            return;
        }
        if let Some(count) = faults.take(self.knobs.drop) {
            if count > 1 {
                // In range: it was, and has shrunk.
                let _ = faults.set(self.knobs.drop, count - 1);
            }
            return;
        }
        let mut byte = byte;
        if let Some(bit) = faults.take(self.knobs.flip) {
            byte ^= u8::try_from(1_i64 << bit).unwrap_or(1);
        }
        let here = i64::try_from(self.position).unwrap_or(i64::MAX);
        if byte != 0
            && faults
                .get(self.knobs.corrupt)
                .is_some_and(|place| here >= place)
        {
            faults.clear(self.knobs.corrupt);
            // Another value, and no delimiter: the frame stays one frame.
            byte = if byte == 0x55 { 0xaa } else { byte ^ 0x55 };
        }
        self.pass(byte, out);
    }

    fn pass(&mut self, byte: u8, out: &mut Vec<u8>) {
        self.position = if byte == 0 { 0 } else { self.position + 1 };
        out.push(byte);
    }
}

#[cfg(test)]
mod tests {
    use super::{Line, TO_PEN};
    use crate::fault::{Faults, Knob};
    use crate::rng::Seed;

    fn carried(set: &[(Knob, i64)], bytes: &[u8]) -> (Vec<u8>, Faults) {
        let mut faults = Faults::default();
        for &(knob, value) in set {
            faults.set(knob, value).unwrap();
        }
        let mut line = Line::new(TO_PEN, Seed::new(1));
        let mut out = Vec::new();
        line.carry(bytes, &mut faults, &mut out);
        (out, faults)
    }

    #[test]
    fn a_whole_line_carries_everything() {
        assert_eq!(
            carried(&[(Knob::ToHostDrop, 3)], &[1, 2, 0, 3]).0,
            [1, 2, 0, 3]
        );
    }

    #[test]
    fn each_fault_does_what_it_says_once() {
        let bytes = [9, 8, 7, 0, 6, 5, 4, 0];
        let (out, faults) = carried(&[(Knob::ToPenFlip, 3)], &bytes);
        assert_eq!(out, [1, 8, 7, 0, 6, 5, 4, 0]);
        assert!(faults.is_whole());
        let (out, faults) = carried(&[(Knob::ToPenDrop, 2)], &bytes);
        assert_eq!(out, [7, 0, 6, 5, 4, 0]);
        assert!(faults.is_whole());
        let (out, faults) = carried(&[(Knob::ToPenCorrupt, 1)], &bytes);
        assert_eq!(out, [9, 8 ^ 0x55, 7, 0, 6, 5, 4, 0]);
        assert!(faults.is_whole());
        let (out, faults) = carried(&[(Knob::ToPenGarbage, 10)], &bytes);
        assert_eq!((out.len(), &out[10..]), (18, &bytes[..]));
        assert!(faults.is_whole());
        let (out, faults) = carried(&[(Knob::ToPenCut, 1)], &bytes);
        assert!(out.is_empty() && !faults.is_whole());
    }

    #[test]
    fn a_frame_too_short_to_be_corrupted_there_leaves_it_to_the_next() {
        let (out, faults) = carried(&[(Knob::ToPenCorrupt, 3)], &[9, 0, 8, 7, 6, 5, 0]);
        assert_eq!(out, [9, 0, 8, 7, 6, 5 ^ 0x55, 0]);
        assert!(faults.is_whole());
    }
}
