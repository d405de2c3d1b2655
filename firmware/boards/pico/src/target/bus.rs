//! The I2C bus. Nothing is read from it yet: every reading is as old as can be, and no tag answers.

use pen_core::io::{Acceleration, Sample, TagReading};
use pen_core::units::Duration;

const NEVER: Duration = Duration::from_us(u32::MAX);

/// The second depth channel.
pub(crate) const fn depth() -> Sample {
    Sample {
        counts: 0,
        age: NEVER,
    }
}

/// The motion.
pub(crate) const fn acceleration() -> Acceleration {
    Acceleration {
        x_mg: 0,
        y_mg: 0,
        z_mg: 0,
        age: NEVER,
    }
}

/// The cartridge's tag.
pub(crate) const fn tag() -> TagReading {
    TagReading::Absent
}

/// There is no tag that could be marked.
pub(crate) const fn burn(_id: u64) {}
