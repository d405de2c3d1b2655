//! The lookup that comes with the tables (data sheet 2.8.3); the tables are in `rom.x`.

/// The pointer behind `code` in `table`, or zero.
///
/// # Safety
/// `table` must be one of the two tables, or built like them: pairs of code and pointer, the last
/// code zero.
#[unsafe(no_mangle)]
unsafe extern "C" fn rom_table_lookup(table: *const u16, code: u32) -> u32 {
    let mut at = table;
    loop {
        // SAFETY: the table goes on until a code is zero, where this stops.
        let (found, pointer) = unsafe { (at.read(), at.add(1).read()) };
        if found == 0 {
            return 0;
        }
        if u32::from(found) == code {
            return pointer.into();
        }
        // SAFETY: as above.
        at = unsafe { at.add(2) };
    }
}
