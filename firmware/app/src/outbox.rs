//! Bytes that wait for the host. Whole frames go in or nothing does; nobody ever waits for room.

use pen_protocol::frame::{FRAME_MAX, encode};
use pen_protocol::messages::Message;

/// Room for three frames of any size.
const CAPACITY: usize = 3 * FRAME_MAX;

/// The bytes, oldest first.
#[derive(Debug)]
pub struct Outbox {
    bytes: [u8; CAPACITY],
    start: usize,
    end: usize,
}

impl Default for Outbox {
    fn default() -> Self {
        Self::new()
    }
}

impl Outbox {
    /// An empty one.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            bytes: [0; CAPACITY],
            start: 0,
            end: 0,
        }
    }

    /// Whether nothing waits.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.start == self.end
    }

    /// Whether so many frames of the largest size fit.
    #[must_use]
    pub const fn has_room(&self, frames: usize) -> bool {
        CAPACITY - (self.end - self.start) >= frames * FRAME_MAX
    }

    /// Puts a frame behind what waits; false when it does not fit, and then nothing changed.
    #[must_use]
    pub fn push(&mut self, seq: u8, message: &impl Message) -> bool {
        if !self.has_room(1) {
            return false;
        }
        self.bytes.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        let Some(room) = self.bytes.get_mut(self.end..) else {
            return false;
        };
        match encode(seq, message, room) {
            Ok(frame) => {
                self.end += frame.len();
                true
            }
            Err(_) => false,
        }
    }

    /// What waits.
    #[must_use]
    pub fn waiting(&self) -> &[u8] {
        self.bytes.get(self.start..self.end).unwrap_or(&[])
    }

    /// So many bytes have gone.
    pub fn sent(&mut self, bytes: usize) {
        self.start = self.start.saturating_add(bytes).min(self.end);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pen_protocol::frame::Decoder;
    use pen_protocol::messages::ToHost;

    #[test]
    fn link_002_a_full_outbox_refuses_whole_frames_and_loses_none() {
        let mut outbox = Outbox::new();
        let mut decoder = Decoder::new();
        let mut pushed = 0_u8;
        let mut arrived = 0_u8;
        for round in 0..2_000_usize {
            if outbox.push(pushed, &ToHost::Done) {
                pushed = pushed.wrapping_add(1);
            } else {
                assert!(!outbox.has_room(1));
            }
            let some = outbox.waiting().len().min(round % 17);
            for byte in outbox.waiting()[..some].iter().copied() {
                if let Some(frame) = decoder.push(byte) {
                    assert_eq!(frame.unwrap().seq, arrived);
                    arrived = arrived.wrapping_add(1);
                }
            }
            outbox.sent(some);
        }
        assert!(outbox.waiting().len() <= CAPACITY);
        assert_ne!(arrived, 0);
    }

    #[test]
    fn link_002_room_is_told_in_frames_of_the_largest_size() {
        let mut outbox = Outbox::new();
        let free = |outbox: &Outbox| 3 * FRAME_MAX - outbox.waiting().len();
        let frame = encode(0, &ToHost::Done, &mut [0; FRAME_MAX]).unwrap().len();
        while outbox.push(0, &ToHost::Done) {
            let free = free(&outbox);
            for frames in 0..=4 {
                assert_eq!(
                    outbox.has_room(frames),
                    free >= frames * FRAME_MAX,
                    "{free}"
                );
            }
        }
        let left = free(&outbox);
        assert!(left < FRAME_MAX && left + frame >= FRAME_MAX, "{left}");
        outbox.sent(frame);
        assert!(outbox.push(0, &ToHost::Done));
        assert_eq!(free(&outbox), left);
        outbox.sent(usize::MAX);
        assert!(outbox.is_empty() && outbox.waiting().is_empty());
        assert!(outbox.has_room(3) && !outbox.has_room(4));
    }
}
