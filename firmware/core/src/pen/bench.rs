//! What only a bench may do to a pen. A release image does not have it (feature `bench`).

use super::Pen;

/// Limits in force that [`Pen::bench_spoil_limit`] can reach.
pub const LIMITS: u8 = 7;

/// The bench asked for what there is not. Nothing changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BenchRefusal {
    /// There are [`LIMITS`] limits in force, numbered from 0.
    NoSuchLimit {
        /// The number that was asked for.
        asked: u8,
        /// The greatest number.
        allowed: u8,
    },
    /// No zone is open: no limit is in force.
    NothingInForce,
}

impl Pen {
    /// Flips one bit of one of the limits in force, as a disturbed memory cell would; its complement
    /// stays as it was.
    ///
    /// `which`: 0 depth cap, 1 rate, 2 greatest rate, 3 the zone's time, 4 the zone's strokes,
    /// 5 the session's motor-on time, 6 the session's elapsed time. A second flip of the same limit
    /// restores it.
    ///
    /// # Errors
    /// [`BenchRefusal`]; nothing changed.
    pub const fn bench_spoil_limit(&mut self, which: u8) -> Result<(), BenchRefusal> {
        let Some(admitted) = self.account.admitted_mut() else {
            return Err(BenchRefusal::NothingInForce);
        };
        if admitted.spoil(which) {
            Ok(())
        } else {
            Err(BenchRefusal::NoSuchLimit {
                asked: which,
                allowed: LIMITS - 1,
            })
        }
    }
}
