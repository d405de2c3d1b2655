//! Every harness of `pen_core::verify` as a function that a machine code has and a prover can call.
//!
//! The prover brings four functions: unknown words, assumptions, rules and cases. It is linked for
//! WebAssembly (`tests/proof/engine`, ESBMC) and for a Cortex-M4 (angr). `docs/proof.md` says what is
//! proved with it.

#![no_std]

#[cfg(all(feature = "rooms", any(target_arch = "wasm32", target_os = "none")))]
mod machine;
