//! One type per quantity, an integer inside, the unit in the constructor's name.
//!
//! There is no `From<u32>`: whoever makes a quantity says its unit. Only operations that mean
//! something exist, and all of them saturate, because a counter that wraps is a limit that opens.

/// Derives shared by everything that travels or is stored.
macro_rules! quantity {
    ($(#[$doc:meta])* $name:ident($inner:ty), $make:ident, $get:ident, $unit:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
        #[cfg_attr(feature = "defmt", derive(defmt::Format))]
        pub struct $name($inner);
        any_newtype!($name);

        impl $name {
            #[doc = concat!("Makes the quantity from a number of ", $unit, ".")]
            #[must_use]
            pub const fn $make(value: $inner) -> Self {
                Self(value)
            }

            #[doc = concat!("The quantity as a number of ", $unit, ".")]
            #[must_use]
            pub const fn $get(self) -> $inner {
                self.0
            }
        }
    };
}

quantity!(
    /// Protrusion of the needle tips beyond the rim; negative when they are inside the cartridge.
    Depth(i32), from_um, as_um, "micrometres"
);
quantity!(
    /// Strokes per second; one stroke is one turn of the cam and one puncture per needle.
    Rate(u32), from_mhz, as_mhz, "millihertz"
);
quantity!(
    /// A span of time on the pen's own clock. Reaches 71 minutes, more than any limit here.
    Duration(u32), from_us, as_us, "microseconds"
);
quantity!(
    /// A point in time since power-up on the pen's own clock.
    Instant(u64), from_us, as_us, "microseconds"
);
quantity!(
    /// Motor current, positive when it drives forward.
    Current(i32), from_ma, as_ma, "milliamperes"
);
quantity!(
    /// Battery voltage at the bridge.
    Voltage(i32), from_mv, as_mv, "millivolts"
);
quantity!(
    /// Temperature.
    Temperature(i32), from_decicelsius, as_decicelsius, "tenths of a degree Celsius"
);
quantity!(
    /// Strokes of the needle bar.
    Strokes(u32), from_count, as_count, "strokes"
);

impl Depth {
    /// Distance to another depth, without a sign.
    #[must_use]
    pub const fn distance(self, other: Self) -> u32 {
        self.0.abs_diff(other.0)
    }

    /// This depth moved deeper by `um` micrometres; saturates.
    #[must_use]
    pub const fn deeper_by(self, um: i32) -> Self {
        Self(self.0.saturating_add(um))
    }
}

impl Rate {
    /// Makes a rate from whole hertz; saturates.
    #[must_use]
    pub const fn from_hz(value: u32) -> Self {
        Self(value.saturating_mul(1_000))
    }

    /// `percent` hundredths of this rate; saturates.
    #[must_use]
    pub const fn percent(self, percent: u32) -> Self {
        Self(self.0.saturating_mul(percent) / 100)
    }

    /// Time of one stroke at this rate; the longest duration there is when the rate is zero.
    #[must_use]
    pub const fn period(self) -> Duration {
        match 1_000_000_000_u32.checked_div(self.0) {
            Some(us) => Duration(us),
            None => Duration(u32::MAX),
        }
    }
}

impl Duration {
    /// Makes a duration from milliseconds; saturates.
    #[must_use]
    pub const fn from_ms(value: u32) -> Self {
        Self(value.saturating_mul(1_000))
    }

    /// Makes a duration from seconds; saturates at 71 minutes.
    #[must_use]
    pub const fn from_s(value: u32) -> Self {
        Self(value.saturating_mul(1_000_000))
    }

    /// Makes a duration from minutes; saturates at 71 minutes.
    #[must_use]
    pub const fn from_min(value: u32) -> Self {
        Self(value.saturating_mul(60_000_000))
    }

    /// The rate whose stroke takes this long; the highest there is for no time at all.
    #[must_use]
    pub const fn rate(self) -> Rate {
        match 1_000_000_000_u32.checked_div(self.0) {
            Some(mhz) => Rate(mhz),
            None => Rate(u32::MAX),
        }
    }

    /// Whole milliseconds, rounded down.
    #[must_use]
    pub const fn as_ms(self) -> u32 {
        self.0 / 1_000
    }

    /// Whole milliseconds, rounded up: what a budget has used is never told too small.
    #[must_use]
    pub const fn as_ms_ceil(self) -> u32 {
        self.0.div_ceil(1_000)
    }

    /// Sum, saturating at `cap`: a counter that needs no more range than its limit.
    #[must_use]
    pub const fn plus_up_to(self, more: Self, cap: Self) -> Self {
        let sum = self.0.saturating_add(more.0);
        if sum > cap.0 { cap } else { Self(sum) }
    }

    /// Difference, never below zero.
    #[must_use]
    pub const fn minus(self, less: Self) -> Self {
        Self(self.0.saturating_sub(less.0))
    }
}

impl Instant {
    /// Time since an earlier instant; zero if `earlier` is later; saturates at 71 minutes.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        Duration(u32::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(u32::MAX))
    }

    /// This instant moved later; saturates.
    #[must_use]
    pub fn plus(self, span: Duration) -> Self {
        Self(self.0.saturating_add(u64::from(span.0)))
    }
}

impl Strokes {
    /// One stroke more; saturates.
    #[must_use]
    pub const fn plus(self, more: u32) -> Self {
        Self(self.0.saturating_add(more))
    }
}

#[cfg(test)]
mod tests;
