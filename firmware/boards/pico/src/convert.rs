//! Counts of this board's converter to the counts that the core expects, and names to text.

/// Counts of a 12-bit converter at full scale.
const FULL: u16 = 4095;

/// The core's battery counts (2.5 mV each) of a reading at VSYS / 3, rounded down.
///
/// One count is 3.3 V / 4096 at the pin and three times that at VSYS: 9900 / 4096 mV. Divided by
/// 2.5 mV that is 495 / 512. A reading beyond 12 bit is no reading of this converter and gives zero,
/// which is an empty battery.
///
/// - Unit: counts. Range: `0 ..= 4095`; result `0 ..= 3959`
/// - Source: Pico datasheet, "ADC3 ... measures VSYS/3"; RP2040 datasheet, "12-bit SAR ADC"
#[must_use]
pub fn battery_counts(counts: u16) -> u16 {
    if counts > FULL {
        return 0;
    }
    let scaled = u32::from(counts) * 495 / 512;
    u16::try_from(scaled).unwrap_or(0)
}

/// The device's number of the flash chip's unique id, as it arrives on the bus; nothing when all bits are
/// the same, which is how a chip answers that has none or does not know the question.
#[must_use]
pub const fn serial_number(unique_id: [u8; 8]) -> Option<u64> {
    match u64::from_be_bytes(unique_id) {
        0 | u64::MAX => None,
        serial => Some(serial),
    }
}

/// The number as USB shows it: sixteen hexadecimal digits in upper case.
#[must_use]
pub fn serial_text(serial: u64) -> [u8; 16] {
    let mut text = [b'0'; 16];
    let mut rest = serial;
    for place in text.iter_mut().rev() {
        let digit = u8::try_from(rest & 0xF).unwrap_or(0);
        *place = if digit < 10 {
            b'0' + digit
        } else {
            b'A' - 10 + digit
        };
        rest >>= 4;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pwr_001_the_battery_never_reads_higher_than_it_is() {
        for counts in 0..=FULL {
            // In units of 1/4096 mV at VSYS.
            let real = u64::from(counts) * 9_900;
            let told = u64::from(battery_counts(counts)) * 2_500 * 4_096 / 1_000;
            assert!(told <= real, "{counts} counts");
            // And never more than one count of 2.5 mV lower.
            assert!(real - told <= 2_500 * 4_096 / 1_000, "{counts} counts");
        }
    }

    #[test]
    fn pwr_001_a_known_voltage_reads_as_such() {
        // 3.70 V at VSYS is 1.2333 V at the pin: 1530 counts, 1480 x 2.5 mV = 3.70 V.
        assert_eq!(battery_counts(1_530), 1_479);
        assert_eq!(battery_counts(0), 0);
        assert_eq!(battery_counts(4_095), 3_959);
        assert_eq!(battery_counts(4_096), 0);
        assert_eq!(battery_counts(u16::MAX), 0);
    }

    #[test]
    fn store_007_a_chip_without_a_number_gives_none() {
        assert_eq!(serial_number([0; 8]), None);
        assert_eq!(serial_number([0xFF; 8]), None);
        assert_eq!(serial_number([0, 0, 0, 0, 0, 0, 0, 1]), Some(1));
    }

    #[test]
    fn the_serial_number_is_shown_in_plain_characters() {
        let serial = serial_number([0xE6, 0x60, 0x58, 0x38, 0x83, 0x0A, 0xBC, 0x2F]);
        assert_eq!(serial, Some(0xE660_5838_830A_BC2F));
        assert_eq!(&serial_text(0xE660_5838_830A_BC2F), b"E6605838830ABC2F");
        assert_eq!(&serial_text(0), b"0000000000000000");
        assert_eq!(&serial_text(u64::MAX), b"FFFFFFFFFFFFFFFF");
    }
}
