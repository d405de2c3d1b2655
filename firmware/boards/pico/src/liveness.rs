//! The watchdog's times, and the deadlines by which every part must have shown that it lives.

/// By when a hang must have ended in a reset.
///
/// - Unit: us. Requirement: PWR-006
pub const HANG_MAX: u32 = 50_000;

/// The watchdog's time while the control step runs.
///
/// - Unit: us. Requirement: PWR-006, PWR-009
pub const WATCHDOG: u32 = 40_000;

/// The watchdog's time while the flash works with interrupts off: the next control step, behind it,
/// makes it [`WATCHDOG`] again.
///
/// - Unit: us. Requirement: STORE-003, PWR-009
pub const WATCHDOG_FLASH: u32 = 500_000;

/// The watchdog's time from reset to the first control step: tests of memory and image, storage.
///
/// - Unit: us. Range: at most 8,388,607, which is what the RP2040's counter holds
pub const WATCHDOG_BOOT: u32 = 8_000_000;

/// Longest time between two feeds while nothing is wrong: a step and one that came late.
///
/// - Unit: us. Source: `grid::PERIOD`
const FEED_MAX: u32 = 2 * crate::grid::PERIOD;

/// Longest erase of a sector.
///
/// - Unit: us. Source: W25Q16JV datasheet, "Sector Erase Time (4KB) ... max. 400 ms"
pub const ERASE_MAX: u32 = 400_000;

/// How far the watchdog's clock may be off, to either side: it counts microseconds of the crystal.
///
/// - Unit: parts per million. Source: Pico datasheet, crystal ABM8-272-T3, "30 ppm"; doubled for
///   temperature and age
const CLOCK_PPM: u64 = 60;

/// Margin that PWR-009 asks for. Unit: percent.
const MARGIN: u64 = 20;

/// Shortest and longest real time of a setting, in parts of a million of a microsecond.
const fn extremes(setting: u32) -> (u64, u64) {
    let parts = setting as u64;
    (
        parts * (1_000_000 - CLOCK_PPM),
        parts * (1_000_000 + CLOCK_PPM),
    )
}

/// Whether a setting, at both extremes of the clock, leaves the margin to what must fit into it.
const fn outlasts(setting: u32, longest: u32) -> bool {
    extremes(setting).0 * 100 >= longest as u64 * 1_000_000 * (100 + MARGIN)
}

/// Whether a setting, at both extremes of the clock, leaves the margin to when it must have bitten.
const fn bites_before(setting: u32, deadline: u32) -> bool {
    extremes(setting).1 * (100 + MARGIN) <= deadline as u64 * 1_000_000 * 100
}

// PWR-009.
const _: () = assert!(outlasts(WATCHDOG, FEED_MAX));
const _: () = assert!(bites_before(WATCHDOG, HANG_MAX));
const _: () = assert!(outlasts(WATCHDOG_FLASH, ERASE_MAX));
const _: () = assert!(WATCHDOG_BOOT <= 0x00FF_FFFF / 2);

/// How long link and storage may go without a sign of life. One sign comes with every turn of their
/// loop and with every flash operation; the longest thing between two is the check of a signature.
///
/// - Unit: us. Source: none yet
pub const THREAD_MAX: u32 = 2_000_000;

/// How long the bus may go without a sign of life; one comes with every poll of the encoder, answered
/// or not.
///
/// - Unit: us. Source: none yet; a hung bus is cleared and tried again every few milliseconds
pub const BUS_MAX: u32 = 250_000;

/// How far the decoder of the hall switches may be behind them, see [`hall_behind`].
///
/// - Unit: control steps. Source: none yet
pub const HALL_STEPS: u8 = 5;

/// How far the decoder of the hall switches is behind them after a control step: one further when it
/// does not say what they say, one back when it does.
///
/// A decoder that lives is above the control step and hardly ever behind. A dead one agrees again
/// whenever the cam comes by where it stopped, a quarter of the time; so agreeing once is no proof.
#[must_use]
pub const fn hall_behind(before: u8, agrees: bool) -> u8 {
    if agrees {
        before.saturating_sub(1)
    } else {
        before.saturating_add(1)
    }
}

/// The signs of life, as the control step sees them.
#[derive(Clone, Copy, Debug, Default)]
pub struct Signs {
    /// Age of the newest one of link and storage (us).
    pub thread: u32,
    /// Age of the newest one of the bus (us).
    pub bus: u32,
    /// How far the hall decoder is behind the switches, see [`hall_behind`].
    pub hall: u8,
}

impl Signs {
    /// Whether everything has been heard of in time, so that the watchdog may be fed (PWR-006).
    #[must_use]
    pub const fn are_good(self) -> bool {
        self.thread <= THREAD_MAX && self.bus <= BUS_MAX && self.hall < HALL_STEPS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pwr_006_one_silent_part_is_enough() {
        let good = Signs {
            thread: THREAD_MAX,
            bus: BUS_MAX,
            hall: HALL_STEPS - 1,
        };
        assert!(good.are_good());
        let thread = THREAD_MAX + 1;
        assert!(!Signs { thread, ..good }.are_good());
        let bus = BUS_MAX + 1;
        assert!(!Signs { bus, ..good }.are_good());
        let hall = HALL_STEPS;
        assert!(!Signs { hall, ..good }.are_good());
    }

    /// Control steps until a decoder that died is taken for dead, at a rate of the cam.
    fn steps_to_find(rate_dhz: u64, offset_us: u64) -> Option<u64> {
        let mut behind = 0;
        (0..1_000).find(|step| {
            let quarter = (step * 1_000 + offset_us) * rate_dhz * 4 / 10_000_000 % 4;
            behind = hall_behind(behind, quarter == 0);
            behind >= HALL_STEPS
        })
    }

    #[test]
    fn pwr_006_a_dead_hall_decoder_is_found_at_every_rate() {
        for rate_dhz in 200..=2_500 {
            for offset_us in (0..4_000).step_by(250) {
                let found = steps_to_find(rate_dhz, offset_us);
                assert!(
                    found.is_some_and(|step| step <= 60),
                    "{rate_dhz}: {found:?}"
                );
            }
        }
    }

    #[test]
    fn pwr_006_a_decoder_that_is_rarely_behind_lives() {
        let mut behind = 0;
        for step in 0..10_000_u32 {
            behind = hall_behind(behind, step % 3 != 0);
            assert!(behind < HALL_STEPS);
        }
        assert_eq!(hall_behind(0, true), 0);
        assert_eq!(hall_behind(u8::MAX, false), u8::MAX);
    }

    #[test]
    fn pwr_009_the_margins_are_checked_at_both_ends() {
        // 1.2 x 40 ms of a clock that is 60 ppm slow is 48.003 ms.
        assert!(bites_before(40_000, 48_003) && !bites_before(40_000, 48_002));
        // 40 ms of a clock that is 60 ppm fast is 39.9976 ms: 1.2 times 33.331 ms fits.
        assert!(outlasts(40_000, 33_331) && !outlasts(40_000, 33_332));
    }
}
