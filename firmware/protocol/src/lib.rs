#![no_std]
//! The board-independent firmware application.
