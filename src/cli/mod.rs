//! What was typed, turned into what the library does; what the library says, shown.

mod args;
mod compare;
mod curve;
mod dedup;
mod generate;
mod paragraphs;
mod scan;
mod summary;
mod terminal;
mod truth;

use std::io::{self, Write};
use std::process::ExitCode;

use anyhow::Context;
use clap::{Parser, Subcommand};
use twicetold::Error;

use terminal::Terminal;

/// Finds text told twice, writes a clean corpus, and accounts for every decision.
#[derive(Debug, Parser)]
#[command(version, about, max_term_width = 100, arg_required_else_help = true)]
struct Cli {
    #[command(flatten)]
    run: args::RunArgs,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Dedup(dedup::DedupArgs),
    Scan(scan::ScanArgs),
    Compare(compare::CompareArgs),
    Truth(truth::TruthArgs),
    Curve(curve::CurveArgs),
    Generate(generate::GenerateArgs),
}

/// The run failed: disk full, damaged input.
const FAILED: u8 = 1;
/// The call was wrong: arguments, missing file, parameters.
const USAGE: u8 = 2;
/// `--strict` met a record that cannot be read.
const STRICT: u8 = 3;

/// Does what the command line says.
pub(crate) fn run() -> ExitCode {
    let cli = Cli::parse();
    match execute(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            // With nowhere to complain to, the exit status has to say it.
            drop(writeln!(io::stderr(), "twicetold: {error:#}"));
            ExitCode::from(status(&error))
        }
    }
}

fn execute(cli: Cli) -> anyhow::Result<()> {
    let terminal = Terminal::new(&cli.run)?;
    let mut pool = rayon::ThreadPoolBuilder::new();
    if let Some(threads) = cli.run.threads {
        pool = pool.num_threads(threads.get());
    }
    let pool = pool.build().context("cannot start the threads; ask for fewer with --threads")?;
    pool.install(|| match cli.command {
        Command::Dedup(args) => args.run(&terminal),
        Command::Scan(args) => args.run(&terminal),
        Command::Compare(args) => args.run(&terminal),
        Command::Truth(args) => args.run(&terminal),
        Command::Curve(args) => args.run(&terminal),
        Command::Generate(args) => args.run(&terminal),
    })
}

fn status(error: &anyhow::Error) -> u8 {
    match error.downcast_ref::<Error>() {
        Some(Error::Strict { .. }) => STRICT,
        Some(error) if error.is_usage() => USAGE,
        _ => FAILED,
    }
}

/// Whether whoever read our output has gone: not a failure of ours.
fn is_closed_pipe(error: &anyhow::Error) -> bool {
    let broken = |cause: &(dyn std::error::Error + 'static)| {
        cause.downcast_ref::<io::Error>().is_some_and(|e| e.kind() == io::ErrorKind::BrokenPipe)
    };
    error.chain().any(broken)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_arguments_do_not_contradict_one_another() {
        Cli::command().debug_assert();
    }
}
