//! From reset to the second stage (data sheet 2.8.1).

use core::arch::asm;

use crate::crc::crc32;
use crate::flash;
use crate::registers::{CHIP_RESET, QSPI_SS_CTRL, Register, SCRATCH4, SIO_CPUID, SIO_GPIO_HI_IN};

/// Where the second stage is put: the last 256 bytes of SRAM; the stack grows down from there.
const STAGE2: u32 = 0x2004_1F00;
/// Length of the second stage without its checksum.
const STAGE2_LEN: usize = 252;
/// How often the second stage is looked for before giving up.
const ATTEMPTS: u32 = 8;
/// What a program writes to scratch register 4 to name a place to start (2.8.1.1).
const VECTOR_MAGIC: u32 = 0xB007_C0D3;
/// Flag of the rescue reset: stop as soon as possible.
const RESCUE: u32 = 1 << 24;
/// Output enable of the chip select pin taken away.
const NOT_DRIVEN: u32 = 2 << 12;
/// Level of the chip select pin.
const SELECT_PIN: u32 = 1 << 1;

/// The first instruction after reset.
#[unsafe(no_mangle)]
pub(crate) extern "C" fn rom_reset() -> ! {
    if SIO_CPUID.read() != 0 {
        sleep();
    }
    if CHIP_RESET.read() & RESCUE != 0 {
        CHIP_RESET.write(RESCUE);
        halt::<1>();
    }
    start_where_told();
    flash::rom_connect_internal_flash();
    if is_boot_button_pressed() {
        halt::<2>();
    }
    for _ in 0..ATTEMPTS {
        load_stage2();
    }
    halt::<3>()
}

/// Any exception before the program has its own vectors.
#[unsafe(no_mangle)]
pub(crate) extern "C" fn rom_fault() -> ! {
    halt::<4>()
}

/// Starts at the place in the watchdog's scratch registers, if one is named there.
fn start_where_told() {
    let [magic, check, stack, entry] = [0, 4, 8, 12].map(|offset| SCRATCH4.offset(offset).read());
    let is_told = magic == VECTOR_MAGIC && entry == check ^ VECTOR_MAGIC.wrapping_neg();
    if is_told && entry != VECTOR_MAGIC.wrapping_neg() {
        SCRATCH4.write(0);
        // SAFETY: the program that named this place wants to go on there with this stack, and
        // never comes back.
        unsafe {
            asm!("msr msp, {stack}", "bx {entry}", stack = in(reg) stack, entry = in(reg) entry | 1,
                options(noreturn));
        }
    }
}

/// The button holds the chip select low when nobody drives it.
fn is_boot_button_pressed() -> bool {
    QSPI_SS_CTRL.write(NOT_DRIVEN);
    let mut level = 0;
    for _ in 0..32 {
        level = SIO_GPIO_HI_IN.read();
    }
    QSPI_SS_CTRL.write(0);
    level & SELECT_PIN == 0
}

/// Enters the second stage, if its checksum is right.
fn load_stage2() {
    flash::rom_exit_xip();
    let mut stage = [0; STAGE2_LEN + 4];
    flash::read_data(0, &mut stage);
    let (code, checksum) = stage.split_at(STAGE2_LEN);
    if crc32(code).to_le_bytes() != *checksum {
        return;
    }
    for (at, word) in (0..).step_by(4).zip(stage.chunks_exact(4)) {
        let mut bytes = [0; 4];
        bytes.copy_from_slice(word);
        Register::memory(STAGE2)
            .offset(at)
            .write(u32::from_le_bytes(bytes));
    }
    // SAFETY: the second stage was just put there and its checksum is right; link register zero
    // tells it to go on to the program's vectors. It never comes back.
    unsafe {
        asm!("mov lr, {zero}", "bx {entry}", zero = in(reg) 0, entry = in(reg) STAGE2 | 1,
            options(noreturn));
    }
}

/// Stops at a breakpoint that says why.
fn halt<const WHY: u8>() -> ! {
    loop {
        // SAFETY: a breakpoint touches nothing.
        unsafe { asm!("bkpt {}", const WHY) }
    }
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    rom_fault()
}

fn sleep() -> ! {
    loop {
        // SAFETY: waiting touches nothing.
        unsafe { asm!("wfe") }
    }
}
