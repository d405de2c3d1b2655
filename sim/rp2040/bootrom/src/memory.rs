//! The memory functions of the function table.

/// Fills `count` bytes and returns where.
///
/// # Safety
/// As for `core::ptr::write_bytes`.
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn rom_memset(to: *mut u8, value: u8, count: u32) -> *mut u8 {
    // SAFETY: the caller vouches for the range.
    unsafe { core::ptr::write_bytes(to, value, count as usize) };
    to
}

/// Copies `count` bytes that do not overlap and returns where to.
///
/// # Safety
/// As for `core::ptr::copy_nonoverlapping`.
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn rom_memcpy(to: *mut u8, from: *const u8, count: u32) -> *mut u8 {
    // SAFETY: the caller vouches for both ranges.
    unsafe { core::ptr::copy_nonoverlapping(from, to, count as usize) };
    to
}
