//! The checksum of the second stage: CRC-32 with polynomial 04C11DB7, start value all ones, not
//! reflected, not inverted at the end (data sheet 2.8.1.3.1).

/// The checksum of these bytes.
pub(crate) fn crc32(bytes: &[u8]) -> u32 {
    bytes.iter().fold(u32::MAX, |crc, byte| {
        let mut crc = crc ^ (u32::from(*byte) << 24);
        for _ in 0..8 {
            let carry = crc >> 31 != 0;
            crc <<= 1;
            if carry {
                crc ^= 0x04C1_1DB7;
            }
        }
        crc
    })
}

#[cfg(test)]
mod tests {
    use super::crc32;

    #[test]
    fn the_catalogued_check_value_comes_out() {
        // CRC-32/MPEG-2 over the digits 1 to 9.
        assert_eq!(crc32(b"123456789"), 0x0376_E6E7);
        assert_eq!(crc32(&[]), u32::MAX);
    }
}
