#![no_std]
//! The board-independent firmware application.
pub mod board;
pub mod store;
