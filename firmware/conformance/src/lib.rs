#![no_std]
#![forbid(unsafe_code)]
//! The suite that a port runs: polarity, enable path, converter order, tick, flash, trigger. Decides nothing.
