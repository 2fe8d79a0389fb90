//! What was typed, turned into what the library does; what the library says, shown.

mod against;
mod args;
mod columns;
mod config;
mod curve;
mod dedup;
mod explain;
mod generate;
mod manual;
mod paragraphs;
mod past_run;
mod progress;
mod reuse;
mod scan;
mod settings;
mod stories;
mod summary;
mod terminal;
mod truth;

use std::env;
use std::io::{self, Write};
use std::process::ExitCode;

use anyhow::Context;
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use twicetold::Error;

use settings::{Call, Refused, SettingsError};
use terminal::{Terminal, complain};

/// Finds text told twice, writes a clean corpus, and accounts for every decision.
#[derive(Debug, Parser)]
#[command(version, max_term_width = 100, arg_required_else_help = true)]
#[command(after_help = "Examples:
  twicetold scan news/                        what repeats, and how much
  twicetold dedup news/ -o clean              a clean corpus in clean/clean
  twicetold stories news/ -o told             who told which story first, and who again
  twicetold explain a.txt b.txt               what two texts share, side by side
  twicetold config init                       a file with every setting explained
\nMore on a command: twicetold dedup --help")]
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
    Stories(stories::StoriesArgs),
    #[command(alias = "compare")]
    Explain(explain::ExplainArgs),
    Truth(truth::TruthArgs),
    Curve(curve::CurveArgs),
    Generate(generate::GenerateArgs),
    Config(config::ConfigArgs),
    Completions(manual::CompletionsArgs),
    Man(manual::ManArgs),
}

/// The run failed: disk full, damaged input.
const FAILED: u8 = 1;
/// The call was wrong: arguments, missing file, parameters.
const USAGE: u8 = 2;
/// `--strict` met a record that cannot be read.
const STRICT: u8 = 3;

/// A safety stop: more would have been removed than the caller expects.
const SAFETY: u8 = 4;

/// Does what the command line says.
pub(crate) fn run() -> ExitCode {
    let command = settings::with_flags(Cli::command());
    let called = match settings::parse(&command, env::args_os().collect(), env::vars_os()) {
        Ok(Call::Run(matches)) => paragraphs::check(&command, &matches)
            .and_then(|()| Cli::from_arg_matches(&matches))
            .map_err(Refused::Call),
        Ok(Call::Print(settings)) => {
            let printed = io::stdout().write_all(settings.as_bytes());
            return end(printed.context("cannot write to standard output"), |error, _| complain(error));
        }
        Err(refused) => Err(refused),
    };
    match called {
        Ok(cli) => match Terminal::new(&cli.run) {
            Ok(terminal) => {
                let result = execute(cli, &terminal, &command);
                end(result, |error, status| terminal.fail(error, status))
            }
            Err(error) => end(Err(error), |error, _| complain(error)),
        },
        Err(Refused::Call(error)) => {
            // Help goes to standard output, all else to standard error; a closed one is no failure.
            drop(error.print());
            ExitCode::from(if error.use_stderr() { USAGE } else { 0 })
        }
        Err(Refused::Settings(error)) => end(Err(error.into()), |error, _| complain(error)),
    }
}

/// The exit status, after `complain` has told a failure that is one.
fn end(result: anyhow::Result<()>, complain: impl Fn(&anyhow::Error, u8)) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            let status = status(&error);
            complain(&error, status);
            ExitCode::from(status)
        }
    }
}

fn execute(cli: Cli, terminal: &Terminal, command: &clap::Command) -> anyhow::Result<()> {
    let mut pool = rayon::ThreadPoolBuilder::new();
    if let Some(threads) = cli.run.threads {
        pool = pool.num_threads(threads.get());
    }
    let pool = || pool.build().context("cannot start the threads; ask for fewer with --threads");
    match cli.command {
        Command::Dedup(args) => pool()?.install(|| args.run(terminal)),
        Command::Scan(args) => pool()?.install(|| args.run(terminal)),
        Command::Stories(args) => pool()?.install(|| args.run(terminal)),
        Command::Explain(args) => pool()?.install(|| args.run(terminal)),
        Command::Truth(args) => pool()?.install(|| args.run(terminal)),
        Command::Curve(args) => pool()?.install(|| args.run(terminal)),
        Command::Generate(args) => pool()?.install(|| args.run(terminal)),
        Command::Config(args) => args.run(terminal, command),
        Command::Completions(args) => args.run(command),
        Command::Man(args) => args.run(command),
    }
}

fn status(error: &anyhow::Error) -> u8 {
    if error.is::<SettingsError>() || error.is::<manual::UnknownCommand>() {
        return USAGE;
    }
    match error.downcast_ref::<Error>() {
        Some(Error::Strict { .. }) => STRICT,
        Some(error) if error.is_safety_stop() => SAFETY,
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
    use super::*;

    /// Most lines of `-h`.
    const SCREEN: usize = 60;

    #[test]
    fn the_arguments_do_not_contradict_one_another() {
        settings::with_flags(Cli::command()).debug_assert();
    }

    #[test]
    fn short_help_is_a_line_a_flag_and_fits_a_screen() {
        let mut command = settings::with_flags(Cli::command()).term_width(80);
        command.build();
        let mut wrong = Vec::new();
        for subcommand in command.get_subcommands_mut() {
            let help = subcommand.render_help().to_string();
            let is_second_line =
                |line: &&str| line.starts_with("   ") && !line.trim_start().starts_with("--");
            wrong.extend(help.lines().filter(is_second_line).map(str::to_owned));
            if help.lines().count() > SCREEN {
                wrong.push(format!("more than {SCREEN} lines:\n{help}"));
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}
