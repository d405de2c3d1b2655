//! Where everything lies in the RP2040's memories.

use pen_app::store::Layout;

/// First address of the flash.
///
/// - Source: RP2040 datasheet, "Address Map"
pub const FLASH_START: u32 = 0x1000_0000;

/// Bytes of the Pico's flash.
///
/// - Source: Pico datasheet, "2 MB QSPI flash" (W25Q16JV)
pub const FLASH_LEN: u32 = 2 << 20;

/// First address of the vector table: behind the second-stage boot loader.
pub const VECTORS: u32 = FLASH_START + 0x100;

/// First address that the image must leave alone: storage lies from here to the flash's end.
pub const IMAGE_END: u32 = FLASH_START + FLASH_LEN - Layout::LEN;

/// First byte of the memory.
pub const RAM_START: u32 = 0x2000_0000;

/// First byte behind the memory: four striped banks of 64 KiB and two of 4 KiB.
pub const RAM_END: u32 = 0x2004_2000;

/// Where the stack begins to grow down; variables lie above.
///
/// - Source: none yet; the deepest use that was measured is in `README.md`
pub const STACK_TOP: u32 = 0x2001_0000;

/// Whether a part of the flash is storage's, and not the image's.
///
/// Both are bytes from the flash's beginning.
#[must_use]
pub const fn is_storage(from: u32, to: u32) -> bool {
    IMAGE_END - FLASH_START <= from && from <= to && to <= FLASH_LEN
}

const _: () = assert!(Layout::for_flash(FLASH_LEN).is_some());
const _: () = assert!(IMAGE_END > VECTORS && IMAGE_END.is_multiple_of(4096));
const _: () = assert!(RAM_START < STACK_TOP && STACK_TOP < RAM_END);

#[cfg(test)]
mod tests {
    use super::*;

    /// The number behind a word in the linker script.
    fn number(script: &str, line: &str, word: &str) -> u32 {
        let line = script.lines().find(|l| l.trim().starts_with(line)).unwrap();
        let text = line
            .split(word)
            .nth(1)
            .unwrap()
            .trim_start_matches([' ', '=']);
        let digits = text.trim_start_matches("0x");
        let end = digits.find(|c: char| !c.is_ascii_hexdigit());
        u32::from_str_radix(&digits[..end.unwrap_or(digits.len())], 16).unwrap()
    }

    #[test]
    fn store_003_the_linker_script_leaves_storage_alone() {
        let script = include_str!("../memory.x");
        let start = number(script, "FLASH", "ORIGIN");
        let len = number(script, "FLASH", "LENGTH");
        assert_eq!(start, VECTORS);
        assert_eq!(start + len, IMAGE_END);
    }

    #[test]
    fn store_003_nothing_but_storage_is_erased_or_programmed() {
        let first = IMAGE_END - FLASH_START;
        for (from, to) in [
            (first, first),
            (first, first + 1),
            (first, FLASH_LEN),
            (FLASH_LEN - 1, FLASH_LEN),
        ] {
            assert!(is_storage(from, to), "{from:#x} to {to:#x}");
        }
        for (from, to) in [
            (0, 4_096),
            (first - 1, first + 1),
            (first - 4_096, first),
            (first + 1, first),
            (FLASH_LEN - 1, FLASH_LEN + 1),
            (FLASH_LEN, u32::MAX),
        ] {
            assert!(!is_storage(from, to), "{from:#x} to {to:#x}");
        }
    }

    #[test]
    fn the_stack_lies_below_everything_else_in_memory() {
        let script = include_str!("../memory.x");
        assert_eq!(number(script, "_stack_start", "="), STACK_TOP);
        assert_eq!(number(script, "_stack_end", "="), RAM_START);
        let variables = number(script, "RAM", "ORIGIN");
        assert_eq!(variables, STACK_TOP);
        assert_eq!(variables + number(script, "RAM", "LENGTH"), 0x2004_0000);
    }
}
