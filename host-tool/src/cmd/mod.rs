//! One file a subcommand. Each reads its arguments, talks to the pen and says what it found.

pub(crate) mod audit;
pub(crate) mod backup;
pub(crate) mod calibrate;
pub(crate) mod completions;
pub(crate) mod config;
pub(crate) mod demo;
pub(crate) mod doctor;
pub(crate) mod due;
pub(crate) mod explain;
pub(crate) mod export;
pub(crate) mod faults;
pub(crate) mod history;
pub(crate) mod import;
pub(crate) mod info;
pub(crate) mod journal;
pub(crate) mod keep;
pub(crate) mod limits;
pub(crate) mod list;
pub(crate) mod man;
pub(crate) mod monitor;
pub(crate) mod plan;
pub(crate) mod records;
pub(crate) mod service;
pub(crate) mod setup_udev;
pub(crate) mod status;
pub(crate) mod store;
