//! What outlives a reset: why the processor gave up, and why it started again (LOG-006).
//!
//! Four words of the watchdog block live through everything but a loss of power, and say so:
//!
//! ```text
//! 0  MARK while the image has run since power came; hardware clears it when power comes
//! 1  kind << 24 | line          what happened, and in which line if a line is known
//! 2  place                      CRC-32 of the source file's path, or the address of the fault
//! 3  CRC-32 of words 1 and 2    a note without the right one is no note
//! ```
//!
//! One word in ordinary memory ([`RAM_MARK`]) lives through a short sag of the supply but through no
//! real loss of it: that tells the one from the other, where the RP2040 has one flag for both.

use crc::{CRC_32_ISO_HDLC, Crc, NoTable};
use pen_core::journal::ResetCause;

/// Word 0 while the image runs.
pub const MARK: u32 = u32::from_be_bytes(*b"PEN1");

/// The two words in ordinary memory while the image runs.
pub const RAM_MARK: [u32; 2] = [0x6D61_726B, 0x9296_8D94];

const CRC: Crc<u32, NoTable> = Crc::<u32, NoTable>::new(&CRC_32_ISO_HDLC);
const LINE_MAX: u32 = 0x00FF_FFFF;
const PANIC: u32 = 1;
const HARD_FAULT: u32 = 2;

/// Why the processor gave up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Note {
    /// The firmware found itself in an impossible state.
    Panic {
        /// CRC-32 of the source file's path.
        file: u32,
        /// Line in it; one beyond 24 bit reads as the largest.
        line: u32,
    },
    /// An instruction could not be carried out.
    HardFault {
        /// Its address.
        address: u32,
    },
}

/// CRC-32 of a source file's path, by which a journal names it.
#[must_use]
pub fn file_digest(path: &str) -> u32 {
    CRC.checksum(path.as_bytes())
}

impl Note {
    /// Words 1 to 3.
    #[must_use]
    pub fn words(self) -> [u32; 3] {
        let (kind, place) = match self {
            Self::Panic { file, line } => (PANIC << 24 | line.min(LINE_MAX), file),
            Self::HardFault { address } => (HARD_FAULT << 24, address),
        };
        [kind, place, check(kind, place)]
    }

    /// The note in words 1 to 3, if there is one.
    #[must_use]
    pub fn read(words: [u32; 3]) -> Option<Self> {
        let [kind, place, told] = words;
        if told != check(kind, place) {
            return None;
        }
        match (kind >> 24, kind & LINE_MAX) {
            (PANIC, line) => Some(Self::Panic { file: place, line }),
            (HARD_FAULT, 0) => Some(Self::HardFault { address: place }),
            _ => None,
        }
    }
}

fn check(kind: u32, place: u32) -> u32 {
    let mut digest = CRC.digest();
    digest.update(&kind.to_le_bytes());
    digest.update(&place.to_le_bytes());
    digest.finalize()
}

/// What the chip remembers when it starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Traces {
    /// The watchdog made the last reset, because time ran out or because it was told to.
    pub watchdog: bool,
    /// Words 0 to 3.
    pub scratch: [u32; 4],
    /// The words in ordinary memory.
    pub ram: [u32; 2],
}

impl Traces {
    /// Why the processor started.
    #[must_use]
    pub fn cause(&self) -> ResetCause {
        let [mark, note @ ..] = self.scratch;
        match (self.watchdog, mark == MARK, Note::read(note)) {
            // The image has run, and what should have outlived the reset did not.
            (true, false, _) if self.ram == RAM_MARK => ResetCause::WatchdogForgotten,
            // The image has not run since power came: the boot loader restarts by the watchdog.
            (true, false, _) => ResetCause::Software,
            (true, true, None) => ResetCause::Watchdog,
            (true, true, Some(Note::Panic { file, line })) => ResetCause::Panicked { file, line },
            (true, true, Some(Note::HardFault { address })) => ResetCause::HardFault { address },
            // No loss of power and no watchdog: a debugger, or the reset of the core alone.
            (false, true, _) => ResetCause::Software,
            (false, false, _) if self.ram == RAM_MARK => ResetCause::BrownOut,
            (false, false, _) => ResetCause::PowerOn,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: u32 = 0x1234_5678;

    fn traces(watchdog: bool, mark: u32, note: [u32; 3], ram: [u32; 2]) -> Traces {
        let [kind, place, check] = note;
        Traces {
            watchdog,
            scratch: [mark, kind, place, check],
            ram,
        }
    }

    #[test]
    fn log_006_a_note_reads_as_it_was_written() {
        for note in [
            Note::Panic {
                file: FILE,
                line: 0,
            },
            Note::Panic {
                file: 0,
                line: LINE_MAX,
            },
            Note::HardFault {
                address: 0x1000_0200,
            },
        ] {
            assert_eq!(Note::read(note.words()), Some(note));
        }
        let far = Note::Panic {
            file: 1,
            line: u32::MAX,
        };
        let near = Note::Panic {
            file: 1,
            line: LINE_MAX,
        };
        assert_eq!(Note::read(far.words()), Some(near));
    }

    #[test]
    fn log_006_no_memory_that_was_lost_passes_for_a_note() {
        assert_eq!(Note::read([0; 3]), None);
        assert_eq!(Note::read([u32::MAX; 3]), None);
        let words = Note::Panic {
            file: FILE,
            line: 99,
        }
        .words();
        for bit in 0..96 {
            let mut flipped = words;
            flipped[bit / 32] ^= 1 << (bit % 32);
            assert_eq!(Note::read(flipped), None, "bit {bit}");
        }
        let kind = 7 << 24;
        assert_eq!(Note::read([kind, 1, check(kind, 1)]), None);
    }

    #[test]
    fn log_006_every_start_has_its_cause() {
        let note = Note::Panic {
            file: FILE,
            line: 41,
        }
        .words();
        let fault = Note::HardFault {
            address: 0x1000_1000,
        }
        .words();
        let lost = [0xDEAD_0000, 3];
        for (found, cause) in [
            (traces(false, 0, [0; 3], lost), ResetCause::PowerOn),
            (traces(false, 0, [0; 3], RAM_MARK), ResetCause::BrownOut),
            (traces(false, MARK, [0; 3], RAM_MARK), ResetCause::Software),
            (traces(true, MARK, [0; 3], lost), ResetCause::Watchdog),
            (
                traces(true, 0, [0; 3], RAM_MARK),
                ResetCause::WatchdogForgotten,
            ),
            (traces(true, 0, [0; 3], lost), ResetCause::Software),
            (
                traces(true, MARK, note, RAM_MARK),
                ResetCause::Panicked {
                    file: FILE,
                    line: 41,
                },
            ),
            (
                traces(true, MARK, fault, lost),
                ResetCause::HardFault {
                    address: 0x1000_1000,
                },
            ),
        ] {
            assert_eq!(found.cause(), cause, "{found:?}");
        }
    }

    #[test]
    fn a_path_has_its_own_digest() {
        assert_eq!(file_digest("123456789"), 0xCBF4_3926);
        assert_ne!(file_digest("src/a.rs"), file_digest("src/b.rs"));
    }
}
