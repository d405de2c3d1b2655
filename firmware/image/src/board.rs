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

/// How an image gets onto its board.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flashed {
    /// Never: it runs in an emulator, as it was linked.
    Never,
    /// As an ELF file with a header, through a debug probe.
    Elf,
    /// The same, and as a UF2 file for the boot drive of an RP2040.
    Uf2,
}

/// One image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Board {
    /// What it is called on the command line.
    pub name: &'static str,
    /// The crate, and the name of its files.
    pub package: &'static str,
    /// What rustc calls the processor.
    pub target: &'static str,
    /// What it is for, in a few words.
    pub purpose: &'static str,
    /// First address of the flash.
    pub flash_start: u32,
    /// Bytes of flash that the image may use; storage of the pen begins behind.
    pub flash_len: u32,
    /// Bytes of RAM that the image may use, for statics and stack.
    pub ram_len: u32,
    /// Bytes of RAM that are kept for the stack.
    pub stack: Limit,
    /// Most program text, constants included.
    pub text: Limit,
    /// Most statics, `data` and `bss` together.
    pub statics: Limit,
    /// How it gets onto the board; decides whether a header is filled in.
    pub flashed: Flashed,
}

/// Bytes of flash on a Raspberry Pi Pico.
const PICO_FLASH: u32 = 2 * 1024 * 1024;

/// The striped RAM of an RP2040; its two banks of 4 KiB more stay unused.
const PICO_RAM: u32 = 256 * 1024;

/// What the linker script of the pico puts below the statics.
const PICO_STACK: u32 = 64 * 1024;

/// Raspberry Pi Pico (RP2040).
pub const PICO: Board = Board {
    name: "pico",
    package: "pen-pico",
    target: "thumbv6m-none-eabi",
    purpose: "Raspberry Pi Pico (RP2040)",
    flash_start: 0x1000_0000,
    flash_len: PICO_FLASH - Layout::LEN,
    ram_len: PICO_RAM,
    stack: Limit {
        most: PICO_STACK,
        why: "the linker script puts the stack below the statics, from 0x20010000 down",
    },
    text: Limit {
        most: 256 * 1024 - 1,
        why: "a target of this project: less than 256 KiB",
    },
    statics: Limit {
        most: PICO_RAM - PICO_STACK,
        why: "the striped RAM of the RP2040 less the stack",
    },
    flashed: Flashed::Uf2,
};

/// The processor-in-the-loop image: `mps2-an386` of QEMU (Cortex-M4).
pub const MPS2: Board = Board {
    name: "mps2",
    package: "pen-mps2",
    target: "thumbv7em-none-eabihf",
    purpose: "processor in the loop, under QEMU (Cortex-M4)",
    flash_start: 0,
    flash_len: 2 * 1024 * 1024,
    ram_len: 264 * 1024,
    stack: Limit {
        most: PICO_STACK,
        why: "as on the pico",
    },
    text: Limit {
        most: 256 * 1024 - 1,
        why: "as on the pico",
    },
    statics: Limit {
        most: 264 * 1024 - PICO_STACK,
        why: "the RAM that its linker script uses, less the stack",
    },
    flashed: Flashed::Never,
};

/// The board to copy.
pub const TEMPLATE: Board = Board {
    name: "template",
    package: "pen-template",
    purpose: "the board to copy; drives nothing by itself",
    ram_len: 4 * 1024 * 1024,
    statics: Limit {
        most: 768 * 1024,
        why: "its storage of 544 KiB lies in RAM, which QEMU has plenty of",
    },
    ..MPS2
};

/// All of them.
pub const ALL: [Board; 3] = [PICO, MPS2, TEMPLATE];
