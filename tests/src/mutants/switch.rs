//! Which mutant is on. Put into the copy of the tree as a crate of its own; nothing else has it.
//!
//! `PEN_MUTANT=N` switches mutant N on. `PEN_MUTANT=reached` switches none on and writes the numbers of those
//! that were asked for into the file that `PEN_MUTANT_REACHED` names, when the program ends, behind its CPU time
//! (`cpu 120`, ms). Each program that a test starts adds what is its own.

#![cfg_attr(target_os = "none", no_std)]
#![cfg_attr(target_arch = "wasm32", no_std)]
#![feature(const_eval_select, core_intrinsics)]
#![allow(internal_features)]

/// Whether a mutant is on. Never while a constant is computed.
#[must_use]
#[inline(always)]
pub const fn on(mutant: u32) -> bool {
    core::intrinsics::const_eval_select((mutant,), never, at_run_time)
}

const fn never(_: u32) -> bool {
    false
}

#[cfg(target_arch = "wasm32")]
mod wasm {
    /// Asks the machine. A call, so that it sees which mutants a room meets.
    #[link(wasm_import_module = "env")]
    unsafe extern "C" {
        safe fn mutant(number: u32) -> u32;
    }

    pub(super) fn at_run_time(number: u32) -> bool {
        mutant(number) != 0
    }
}
#[cfg(target_arch = "wasm32")]
use wasm::at_run_time;

#[cfg(not(target_arch = "wasm32"))]
mod host {
    use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::Relaxed};

    const MOST: u32 = 1 << 15;
    const UNKNOWN: u32 = u32::MAX;
    const REACHED: u32 = u32::MAX - 1;

    static ON: AtomicU32 = AtomicU32::new(UNKNOWN);
    static MET: [AtomicBool; MOST as usize] = [const { AtomicBool::new(false) }; MOST as usize];

    unsafe extern "C" {
        safe fn atexit(last: extern "C" fn()) -> i32;
    }

    #[inline(always)]
    pub(super) fn at_run_time(mutant: u32) -> bool {
        let on = ON.load(Relaxed);
        if on > MOST { slowly(on, mutant) } else { on == mutant }
    }

    #[cold]
    #[inline(never)]
    fn slowly(on: u32, mutant: u32) -> bool {
        let on = if on == UNKNOWN { look() } else { on };
        if on == REACHED {
            MET[mutant as usize].store(true, Relaxed);
        }
        on == mutant
    }

    fn look() -> u32 {
        let on = match std::env::var("PEN_MUTANT").as_deref() {
            Ok("reached") => REACHED,
            Ok(number) => number.parse().expect("PEN_MUTANT is a number"),
            Err(_) => 0,
        };
        if on == REACHED && ON.load(Relaxed) == UNKNOWN {
            atexit(tell);
        }
        ON.store(on, Relaxed);
        on
    }

    extern "C" fn tell() {
        let path = std::env::var("PEN_MUTANT_REACHED").expect("PEN_MUTANT_REACHED names a file");
        let mut text = format!("cpu {}\n", cpu_ms());
        for (number, met) in MET.iter().enumerate() {
            if met.load(Relaxed) {
                text += &format!("{number}\n");
            }
        }
        let mut options = std::fs::OpenOptions::new();
        let file = options.create(true).append(true).open(path);
        std::io::Write::write_all(&mut file.expect("a place for the numbers"), text.as_bytes())
            .expect("the numbers are kept");
    }

    /// CPU time of this program; the kernel counts it in hundredths of a second.
    fn cpu_ms() -> u64 {
        let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
        // The name, in parentheses, may hold spaces.
        let after = stat.rsplit(") ").next().unwrap_or_default();
        after.split(' ').skip(11).take(2).filter_map(|ticks| ticks.parse::<u64>().ok()).sum::<u64>() * 10
    }
}
#[cfg(not(target_arch = "wasm32"))]
use host::at_run_time;
