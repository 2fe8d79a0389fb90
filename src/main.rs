//! The command line of `twicetold`.

use std::process::ExitCode;

mod cli;

fn main() -> ExitCode {
    cli::run()
}
