//! The bit functions of the function table.

/// How many bits are set.
#[cfg_attr(target_os = "none", unsafe(no_mangle))]
pub(crate) extern "C" fn rom_popcount32(value: u32) -> u32 {
    value.count_ones()
}

/// The bits in reverse order.
#[cfg_attr(target_os = "none", unsafe(no_mangle))]
pub(crate) extern "C" fn rom_reverse32(value: u32) -> u32 {
    value.reverse_bits()
}

/// Zeros at the top; 32 for zero.
#[cfg_attr(target_os = "none", unsafe(no_mangle))]
pub(crate) extern "C" fn rom_clz32(value: u32) -> u32 {
    value.leading_zeros()
}

/// Zeros at the bottom; 32 for zero.
#[cfg_attr(target_os = "none", unsafe(no_mangle))]
pub(crate) extern "C" fn rom_ctz32(value: u32) -> u32 {
    value.trailing_zeros()
}

#[cfg(test)]
mod tests {
    use super::{rom_clz32, rom_ctz32, rom_popcount32, rom_reverse32};

    #[test]
    fn each_bit_is_counted_and_found() {
        for bit in 0..32 {
            let value = 1 << bit;
            assert_eq!(rom_popcount32(value), 1);
            assert_eq!((rom_clz32(value), rom_ctz32(value)), (31 - bit, bit));
            assert_eq!(rom_reverse32(value), 1 << (31 - bit));
        }
        assert_eq!((rom_clz32(0), rom_ctz32(0), rom_popcount32(0)), (32, 32, 0));
    }
}
