//! The whole pen on its plant: every scenario, and what scenarios cannot say.
//!
//! Everything is judged by the plant's truth. What the firmware says of itself is compared with the
//! truth, never taken for it.

mod coverage;
mod elapsed;
mod healthy;
mod judges;
mod link;
mod rate;
mod reader;
mod recovers;
mod scenarios;
mod scene;
mod seeds;
mod service;
mod stop;
mod storage;
mod trace;
