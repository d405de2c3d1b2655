//! How far the stack goes: painted at the start, looked at in the end.

use core::arch::asm;
use core::ptr;

use pen_lockstep::report::Mark;

/// What is painted: no address, no small number.
const PAINT: u32 = 0xa5c3_965a;

/// Words below the stack pointer that painting leaves alone: its own frame.
const MARGIN: u32 = 64;

// Symbols of the linker script: only their addresses mean something.
unsafe extern "C" {
    static __sheap: u32;
    static _stack_start: u32;
}

/// First address behind the statics, and first address behind the stack.
fn ends() -> (u32, u32) {
    let (low, high) = (&raw const __sheap, &raw const _stack_start);
    (word(low), word(high))
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "addresses have 32 bits on this target"
)]
fn word(of: *const u32) -> u32 {
    of.addr() as u32
}

fn pointer() -> u32 {
    let sp;
    // SAFETY: reads the stack pointer, nothing else.
    unsafe { asm!("mov {}, sp", out(reg) sp, options(nomem, nostack, preserves_flags)) };
    sp
}

/// Paints everything between the statics and the stack pointer. First thing after reset: there is
/// no heap, so nobody else owns this memory.
#[inline(never)]
pub fn paint() {
    let (low, _) = ends();
    let high = pointer().saturating_sub(4 * MARGIN);
    for at in (low..high).step_by(4) {
        // SAFETY: aligned RAM below this function's frame and above all statics, see above.
        unsafe { ptr::with_exposed_provenance_mut::<u32>(at as usize).write_volatile(PAINT) };
    }
}

/// How far the stack went since [`paint`].
#[must_use]
pub fn mark() -> Mark {
    let (low, high) = ends();
    let touched = (low..high).step_by(4).find(|at| {
        // SAFETY: aligned RAM between the statics and the end of the stack; only read.
        let word = unsafe { ptr::with_exposed_provenance::<u32>(*at as usize).read_volatile() };
        word != PAINT
    });
    Mark {
        used: high.saturating_sub(touched.unwrap_or(high)),
        size: high.saturating_sub(low),
    }
}
