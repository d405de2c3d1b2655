//! The prover's side of a harness.

#![expect(
    unsafe_code,
    reason = "a prover is outside of Rust: its functions are imported, the harnesses exported by name"
)]

use pen_core::verify::{Source, rooms};

// SAFETY: each takes and gives plain numbers and touches no memory of this program. Whoever links it
// brings them: `tests/proof/engine` and `run.js` by these names, angr at addresses that the linker is
// told.
unsafe extern "C" {
    safe fn any_word() -> u32;
    safe fn assume(holds: u32);
    safe fn check(rule: u32, holds: u32);
    safe fn cover(case: u32, met: u32);
    #[cfg(target_os = "none")]
    safe fn may_panic() -> !;
}

/// Words, assumptions and rules go to the prover.
struct Prover;

impl Source for Prover {
    #[inline]
    fn word(&mut self) -> u32 {
        any_word()
    }

    #[inline]
    fn assume(&mut self, holds: bool) {
        assume(u32::from(holds));
    }

    #[inline]
    fn check(&mut self, rule: u32, holds: bool) {
        check(rule, u32::from(holds));
    }

    #[inline]
    fn cover(&mut self, case: u32, met: bool) {
        cover(case, u32::from(met));
    }
}

/// A panic that can be reached is refuted by the prover.
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    #[cfg(target_arch = "wasm32")]
    core::arch::wasm32::unreachable();
    #[cfg(target_os = "none")]
    may_panic();
}

macro_rules! exported {
    ($($room:ident),* $(,)?) => {$(
        // SAFETY: the name is a room's; nothing else that is linked here has such a name.
        #[unsafe(no_mangle)]
        extern "C" fn $room() {
            rooms::$room(&mut Prover);
        }
    )*};
}
pen_core::for_every_room!(exported);
