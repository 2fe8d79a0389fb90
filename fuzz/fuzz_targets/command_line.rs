//! See `cli::law`. The command line is a part of the program, so its modules are compiled here once more.
#![no_main]

#[path = "../../src/cli/mod.rs"]
#[allow(dead_code)]
mod cli;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| cli::law::command_line(bytes));
