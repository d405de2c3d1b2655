//! The images there are: how each is built, what memory it has, and how large it may become.

use pen_app::store::Layout;

/// How much of something an image may use, and why so much.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// Most bytes.
    pub most: u32,
    /// Where the number is from.
    pub why: &'static str,
}

/// One image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Board {
    /// What it is called on the command line, and in names of files.
    pub name: &'static str,
    /// The crate.
    pub package: &'static str,
    /// What rustc calls the processor.
    pub target: &'static str,
    /// First address of the flash.
    pub flash_start: u32,
    /// Bytes of flash that the image may use; storage of the pen begins behind.
    pub flash_len: u32,
    /// Bytes of RAM, stack included.
    pub ram_len: u32,
    /// Bytes of RAM that are kept for the stack.
    pub stack: Limit,
    /// Most program text, constants included.
    pub text: Limit,
    /// Most statics, `data` and `bss` together.
    pub statics: Limit,
    /// The image has a header and is flashed as UF2.
    pub is_flashed: bool,
}

/// Bytes of flash on a Raspberry Pi Pico.
const PICO_FLASH: u32 = 2 * 1024 * 1024;

/// Bytes of RAM of an RP2040: 256 KiB striped, and two banks of 4 KiB.
const RP2040_RAM: u32 = 264 * 1024;

/// What the pico image keeps for the stack.
const PICO_STACK: u32 = 32 * 1024;

/// Raspberry Pi Pico (RP2040).
pub const PICO: Board = Board {
    name: "pico",
    package: "pen-pico",
    target: "thumbv6m-none-eabi",
    flash_start: 0x1000_0000,
    flash_len: PICO_FLASH - Layout::LEN,
    ram_len: RP2040_RAM,
    stack: Limit {
        most: PICO_STACK,
        why: "several times the high-water mark of the application under QEMU",
    },
    text: Limit {
        most: 256 * 1024 - 1,
        why: "the target of this project: less than 256 KiB",
    },
    statics: Limit {
        most: RP2040_RAM - PICO_STACK - 1,
        why: "RAM of the RP2040 less the stack",
    },
    is_flashed: true,
};

/// The processor-in-the-loop image: `mps2-an386` of QEMU (Cortex-M4).
pub const MPS2: Board = Board {
    name: "mps2",
    package: "pen-mps2",
    target: "thumbv7em-none-eabihf",
    flash_start: 0,
    flash_len: 4 * 1024 * 1024,
    ram_len: 4 * 1024 * 1024,
    stack: Limit {
        most: 64 * 1024,
        why: "painted from the top; the machine has plenty",
    },
    text: Limit {
        most: 256 * 1024 - 1,
        why: "the target of the pico image; more would hide growth",
    },
    statics: Limit {
        most: 256 * 1024,
        why: "the RAM of the smallest part that the firmware is meant for",
    },
    is_flashed: false,
};

/// The board to copy.
pub const TEMPLATE: Board = Board {
    name: "template",
    package: "pen-template",
    target: "thumbv7em-none-eabihf",
    ..MPS2
};

/// All of them.
pub const ALL: [Board; 3] = [PICO, MPS2, TEMPLATE];
