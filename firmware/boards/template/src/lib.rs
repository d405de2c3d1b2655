#![no_std]
#![forbid(unsafe_code)]
//! A board to copy. Every trait of `pen-app` is filled here, over `embedded-hal`, `embedded-io` and
//! `embedded-storage`; a port replaces [`pins`] by its own and keeps what it can of the rest.
//!
//! ```text
//!   interrupts of the chip                     the control tick, every millisecond
//!   conversion, hall edge, byte  --> Signals -->  split::tick --> Board (pins, drivers) --> pins
//!                                      ^  |
//!   split::work, in thread  <----------+--+--->  Pollers (I2C), Host (link, flash)
//! ```
//!
//! | file | for | a port |
//! | --- | --- | --- |
//! | [`pins`] | names the types of all pins, the numbers of the board, and takes it out of reset | writes it anew |
//! | [`board`] | joins pins and drivers to the application's traits | keeps it |
//! | [`signals`], [`drivers`] | what interrupts leave for the tick, and the parts on the I2C bus | keeps what fits its parts |
//! | [`split`] | control in an interrupt, link and storage in thread | keeps it, calls it from its interrupts |
//! | `image` (in the program) | entry, timer, panic: how a chip reaches `split` | adds its interrupts |
//! | [`loopback`] | stands in for hardware: pins that end in memory, on the desk and under QEMU | deletes it |
//!
//! It never ran on hardware; it cannot, before a port gives it pins. `docs/porting.md` tells the way.

/// Says the name of a type and no more: the types of a HAL seldom have `Debug`.
macro_rules! opaque {
    ($($name:ident),+ $(,)?) => {
        $(impl core::fmt::Debug for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.debug_struct(stringify!($name)).finish_non_exhaustive()
            }
        })+
    };
}

pub mod board;
pub mod drivers;
pub mod loopback;
pub mod pins;
pub mod signals;
pub mod split;
