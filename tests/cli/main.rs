//! The real programs `penctl` and `pen-sim`, as a person, a script or a CI job meets them: their words,
//! their exit codes, and what happens when a cable, a key or a process is pulled in the middle.
//!
//! Snapshots are rewritten with `SNAPSHOTS=overwrite cargo test -p pen-tests --test cli`.

mod course;
mod demo;
mod errors;
mod everyday;
mod finding;
mod gauge;
mod hostile;
mod interrupt;
mod monitor;
mod program;
mod records;
mod service;
mod session;
mod stops;
mod support;
mod transcripts;
mod words;
