//! Reset as power gives it: nothing in memory survives.

use core::ptr;

/// Application Interrupt and Reset Control Register, ARMv7-M and ARMv6-M architecture reference
/// manuals, B3.2.6 and B3.2.6: key in the upper half, bit 2 requests a reset.
const AIRCR: usize = 0xE000_ED0C;
const REQUEST: u32 = 0x05FA_0004;

/// What memory is filled with: neither the zeros that a fresh emulator has, nor anything that was.
const NOISE: u32 = 0xdead_4a17;

// Symbols of the linker script: only their addresses mean something.
unsafe extern "C" {
    static __sdata: u32;
    static __ebss: u32;
}

/// Destroys every static and resets the processor.
///
/// The stack is painted anew after the reset, so nothing of it survives, either.
pub fn pull() -> ! {
    cortex_m::interrupt::disable();
    let (low, high) = (&raw const __sdata, &raw const __ebss);
    for at in (low.addr()..high.addr()).step_by(4) {
        // SAFETY: this is the memory of every static, and aligned. Interrupts are off, this
        // function never returns, and nothing below reads a static: nobody will see the noise.
        unsafe { ptr::with_exposed_provenance_mut::<u32>(at).write_volatile(NOISE) };
    }
    loop {
        // SAFETY: the architecture defines this write as the request for a reset.
        unsafe { ptr::with_exposed_provenance_mut::<u32>(AIRCR).write_volatile(REQUEST) };
    }
}
