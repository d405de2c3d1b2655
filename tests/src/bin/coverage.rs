//! `coverage`: all of it is in the library.

use clap::Parser;
use pen_tests::coverage::cli::{self, Cli};
use std::process::ExitCode;

fn main() -> ExitCode {
    cli::run(&Cli::parse())
}
