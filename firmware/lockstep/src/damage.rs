//! Frames damaged in every way that there is, for the tests of both directions.

use crate::{HEADER, Refusal, frame_length};

/// Reads a frame and writes it again.
type Rewrite = fn(&[u8]) -> Result<Vec<u8>, Refusal>;

/// Every frame has the length that it claims and reads as it was written; no two are the same.
pub(crate) fn frames_read_as_written(frames: &[Vec<u8>], rewrite: Rewrite) {
    for frame in frames {
        assert_eq!(frame_length(frame), Ok(Some(frame.len())));
        assert_eq!(rewrite(frame).as_ref(), Ok(frame));
    }
    let distinct: std::collections::BTreeSet<_> = frames.iter().collect();
    assert_eq!(distinct.len(), frames.len());
}

/// A frame without its end is too short, wherever it ends.
pub(crate) fn truncations_are_refused(frames: &[Vec<u8>], rewrite: Rewrite) {
    for frame in frames {
        for length in 0..frame.len() {
            let cut = &frame[..length];
            let kind = cut.first().copied().unwrap_or(0);
            assert_eq!(rewrite(cut), Err(Refusal::Short { kind }), "{cut:?}");
        }
    }
}

/// A payload that is cut short within a frame of the right length: refused, or exactly what those
/// bytes say.
pub(crate) fn shorter_payloads_are_refused_or_mean_themselves(
    frames: &[Vec<u8>],
    rewrite: Rewrite,
) {
    for frame in frames {
        let (header, payload) = frame.split_at(HEADER);
        for length in 0..payload.len() {
            let mut cut = [header, &payload[..length]].concat();
            cut[1..3].copy_from_slice(&u16::try_from(length).unwrap().to_le_bytes());
            if let Ok(again) = rewrite(&cut) {
                assert_eq!(again, cut);
            }
        }
    }
}

/// A byte behind a frame is one too many.
pub(crate) fn bytes_behind_are_refused(frames: &[Vec<u8>], rewrite: Rewrite) {
    for frame in frames {
        let kind = frame[0];
        let long = [frame.as_slice(), &[0]].concat();
        let refusal = Refusal::Trailing { kind, bytes: 1 };
        assert_eq!(rewrite(&long), Err(refusal));
    }
}
