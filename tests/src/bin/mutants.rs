//! `mutants`: all of it is in the library.

use clap::Parser;
use pen_tests::mutants::{self, Cli};
use std::process::ExitCode;

fn main() -> ExitCode {
    mutants::run(&Cli::parse())
}
