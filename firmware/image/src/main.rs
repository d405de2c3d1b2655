//! `pen-image`: all of it is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    pen_image::cli::run(std::env::args_os())
}
