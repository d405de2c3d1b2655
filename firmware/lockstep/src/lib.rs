#![no_std]
#![forbid(unsafe_code)]
//! What a plant and a processor on trial say to each other in lock-step. Never part of a released image.
