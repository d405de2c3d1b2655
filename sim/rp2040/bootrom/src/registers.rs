//! The registers that booting and programming need, by address (RP2040 data sheet).

/// One 32-bit register.
#[derive(Clone, Copy)]
pub(crate) struct Register(u32);

impl Register {
    /// A word of the RAM that the ROM has to itself until it hands over.
    pub(crate) const fn memory(at: u32) -> Self {
        Self(at)
    }

    /// The register at this offset behind it.
    pub(crate) const fn offset(self, bytes: u32) -> Self {
        Self(self.0 + bytes)
    }

    /// Reads it.
    pub(crate) fn read(self) -> u32 {
        // SAFETY: every `Register` is a constant of this module, a neighbour of one inside the same
        // peripheral, or a word of RAM; all are aligned, always mapped, and nothing else in the ROM
        // refers to them.
        unsafe { (self.0 as *const u32).read_volatile() }
    }

    /// Writes it.
    pub(crate) fn write(self, value: u32) {
        // SAFETY: as for `read`.
        unsafe { (self.0 as *mut u32).write_volatile(value) }
    }

    /// Clears these bits through the atomic alias (2.1.2). Not for SSI, SIO and XIP.
    pub(crate) fn clear(self, bits: u32) {
        Self(self.0 | 0x3000).write(bits);
    }
}

/// XIP cache control (2.6.3).
pub(crate) const XIP_CTRL: Register = Register(0x1400_0000);
/// XIP cache flush.
pub(crate) const XIP_FLUSH: Register = Register(0x1400_0004);

/// Serial interface to the flash (4.10).
pub(crate) const SSI_CTRLR0: Register = Register(0x1800_0000);
/// Frames to receive, less one.
pub(crate) const SSI_CTRLR1: Register = Register(0x1800_0004);
/// Enable.
pub(crate) const SSI_SSIENR: Register = Register(0x1800_0008);
/// Chip select enable.
pub(crate) const SSI_SER: Register = Register(0x1800_0010);
/// Clock divider.
pub(crate) const SSI_BAUDR: Register = Register(0x1800_0014);
/// Status.
pub(crate) const SSI_SR: Register = Register(0x1800_0028);
/// Data.
pub(crate) const SSI_DR0: Register = Register(0x1800_0060);
/// Instruction and address lengths of memory accesses.
pub(crate) const SSI_SPI_CTRLR0: Register = Register(0x1800_00F4);

/// Resets of the peripherals (2.14).
pub(crate) const RESETS: Register = Register(0x4000_C000);
/// Which resets have come to an end.
pub(crate) const RESET_DONE: Register = Register(0x4000_C008);
/// Control of the chip select pin of the flash (2.19.6.2).
pub(crate) const QSPI_SS_CTRL: Register = Register(0x4001_800C);
/// Control of the first flash pin; eight bytes for each.
pub(crate) const QSPI_CTRL: Register = Register(0x4001_8004);
/// Pad of flash data line 0; four bytes for each.
pub(crate) const QSPI_SD0_PAD: Register = Register(0x4002_0008);
/// First of four watchdog scratch registers that name a place to start (2.8.1.1).
pub(crate) const SCRATCH4: Register = Register(0x4005_801C);
/// Resets of the chip (2.12.8).
pub(crate) const CHIP_RESET: Register = Register(0x4006_4008);
/// Which core this is (2.3.1.7).
pub(crate) const SIO_CPUID: Register = Register(0xD000_0000);
/// Levels of the flash pins.
pub(crate) const SIO_GPIO_HI_IN: Register = Register(0xD000_0008);
