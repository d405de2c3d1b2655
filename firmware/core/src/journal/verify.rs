//! The trace under proof.

use super::Trace;
use crate::verify::{Any, Source};

/// A trace that takes nothing: nothing in a step or a request reads it, so neither does it change what
/// they do. It has a harness of its own.
impl Any for Trace {
    fn any<S: Source>(_: &mut S) -> Self {
        Self {
            deaf: true,
            ..Self::new()
        }
    }

    /// Only the trace may grow where nothing else may change.
    fn same(&self, _: &Self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use crate::fault::{Fault, Trip};
    use crate::journal::{CAPACITY, Record, Tell, Trace};
    use crate::request::{Refusal, RequestKind};
    use crate::units::Instant;

    fn told(refused: bool, at: u64) -> Record {
        if refused {
            Record::Refused {
                what: RequestKind::Commit,
                why: Refusal::NothingStaged,
            }
        } else {
            Record::CartridgeSeated { id: at }
        }
    }

    /// LOG-001: what the proofs of a step leave out. Whatever waits, nothing but a refusal is pushed out, and
    /// what cannot be kept is counted.
    #[test]
    fn log_001_only_a_refusal_gives_way_whatever_waits() {
        let mut bits = 1_u64;
        for length in 0..=CAPACITY + 3 {
            for _ in 0..200 {
                bits = bits.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                let mut trace = Trace::new();
                for place in 0..length {
                    trace.at(Instant::from_us(place as u64));
                    trace.tell(told(bits >> (20 + place) & 1 != 0, place as u64));
                }
                let mut before = trace;
                let before: Vec<_> = std::iter::from_fn(|| before.take()).collect();
                let tripped = Record::Tripped(Trip {
                    fault: Fault::Stalled,
                    measured: 2,
                    allowed: 1,
                });
                trace.tell(tripped);
                let after: Vec<_> = std::iter::from_fn(|| trace.take()).collect();
                let kept = |all: &[crate::journal::Entry]| -> Vec<Record> {
                    let stays = |record: &Record| {
                        !matches!(record, Record::Refused { .. } | Record::Lost { .. })
                    };
                    all.iter().map(|entry| entry.record).filter(stays).collect()
                };
                let mut expected = kept(&before);
                if expected.len() < CAPACITY {
                    expected.push(tripped);
                }
                assert_eq!(kept(&after), expected, "{length} {bits:x}");
            }
        }
    }
}
