//! Can the control step panic? Asked of the linked image, where only what is really there counts.
//!
//! The walk starts at a function and follows every branch that the instructions encode and every
//! branch that the linker resolved (`--emit-relocs` keeps the list). As long as no function on the
//! way calls through a pointer, that is all there is. As soon as one does, every function counts
//! whose address is held by a function on the way, or by data that such a function knows, directly or
//! through other data.
//!
//! Limit of the method: a pointer that code off the way wrote to RAM, for code on the way to call, is
//! not seen. The report names the functions that call through a pointer; when there are none, there
//! is no such case.

mod graph;
mod thumb;
mod walk;

pub use graph::{Graph, Node};
pub use thumb::{Flow, constant, flows};
pub use walk::{Report, Route, walk};

/// An image about which nothing can be said.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PanicsError {
    /// The linker was not told to keep them.
    #[error(
        "the image has no relocations: link it with `--emit-relocs` \
         (`cargo:rustc-link-arg=--emit-relocs` in build.rs of the board)"
    )]
    NoRelocations,
    /// There is no such function.
    #[error("the image has no function `{name}` to start from: was it inlined or stripped?")]
    NoRoot {
        /// What was asked for.
        name: String,
    },
    /// A function whose instructions cannot be told from data.
    #[error(
        "`{name}` is not marked as instructions (`$t`): was the image stripped? Give it as it was \
         linked"
    )]
    Unmarked {
        /// The function.
        name: String,
    },
    /// A branch to where no function is.
    #[error("the branch at {at:#010x} goes to {target:#010x}, where no function is")]
    Nowhere {
        /// Where the branch is.
        at: u32,
        /// Where it goes.
        target: u32,
    },
    /// A relocation that this program does not know.
    #[error("the relocation at {at:#010x} has kind {kind}, which this program does not understand")]
    Relocation {
        /// Its place.
        at: u32,
        /// `R_ARM_...` as a number.
        kind: u32,
    },
}
