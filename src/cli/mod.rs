//! The command line: flags become the options of the library, and its results are shown.

mod against;
#[cfg(target_os = "linux")]
mod bus_error;
mod colour;
mod columns;
mod comparing;
mod config;
mod curve;
mod decision_args;
mod dedup;
mod errors;
mod eval;
mod explain;
mod generate;
mod harmless;
mod keep;
#[cfg(any(test, fuzzing))]
pub(crate) mod law;
mod manual;
mod memory;
mod output_args;
mod pages;
mod paragraphs;
mod past_run;
mod progress;
mod reading;
mod results;
mod reuse;
mod run_args;
mod safety;
mod scan;
mod settings;
mod signals;
mod sizes;
mod stories;
mod summary;
mod terminal;
mod text_file;
mod truth;

use std::env;
use std::ffi::OsString;
use std::io::{self, Write};
use std::process::ExitCode;

use anyhow::Context;
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use errors::{USAGE, is_closed_pipe, message, status};
use harmless::harmless;
use settings::{Call, Refused};
use terminal::{Terminal, complain};

/// Finds text told twice, writes a clean corpus, and accounts for every decision.
#[derive(Debug, Parser)]
#[command(version, max_term_width = 100, arg_required_else_help = true)]
#[command(after_help = "Examples:
  twicetold scan news/              count the repeats
  twicetold dedup news/ -o clean    write a clean corpus to clean/clean
  twicetold stories news/ -o told   find who told which story first, and who again
  twicetold explain a.txt b.txt     show two texts side by side
  twicetold eval clean --labels L   measure a result by labels
  twicetold config init             write a file with every setting explained
\nMore on a command: twicetold dedup --help")]
struct Cli {
    #[command(flatten)]
    run: run_args::RunArgs,
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
    Eval(eval::EvalArgs),
    Curve(curve::CurveArgs),
    Generate(generate::GenerateArgs),
    Config(config::ConfigArgs),
    Completions(manual::CompletionsArgs),
    Man(manual::ManArgs),
}

/// The parser, with the flags about settings, and with exit statuses below each command's examples.
fn command() -> clap::Command {
    settings::with_flags(Cli::command()).mut_subcommands(|command| {
        let below =
            [command.get_after_long_help().map(ToString::to_string), Some(errors::statuses(&command))];
        let below = below.into_iter().flatten().collect::<Vec<_>>().join("\n\n");
        command.after_long_help(below)
    })
}

/// Does what the command line says.
pub(crate) fn run() -> ExitCode {
    let command = command();
    let called = match settings::parse(&command, env::args_os().collect(), env::vars_os()) {
        Ok(Call::Run(matches)) => paragraphs::check(&command, &matches)
            .and_then(|()| Cli::from_arg_matches(&matches))
            .map_err(Refused::Call),
        Ok(Call::Print(settings)) => {
            return end(results::print(&settings), None, say);
        }
        Err(refused) => Err(refused),
    };
    match called {
        Ok(cli) => match take_over(&cli.run) {
            Ok(terminal) => {
                let result = execute(cli, &terminal, &command);
                terminal.finish();
                end(result, terminal.signal_status(), |error, status| terminal.fail(error, status))
            }
            Err(error) => end(Err(error), None, say),
        },
        Err(Refused::Call(error)) => {
            // Help goes to standard output, all else to standard error; a closed one is no failure.
            let is_harmless =
                |argument: OsString| harmless(&argument.to_string_lossy()) == argument.to_string_lossy();
            if error.use_stderr() && !env::args_os().all(is_harmless) {
                // An argument that steers a terminal is not worth colours.
                drop(io::stderr().write_all(harmless(&error.render().to_string()).as_bytes()));
            } else {
                drop(error.print());
            }
            ExitCode::from(if error.use_stderr() { USAGE } else { 0 })
        }
        Err(Refused::Settings(error)) => end(Err(error.into()), None, say),
    }
}

/// Takes over standard error, signals, and that of a mapped file that was cut short.
fn take_over(args: &run_args::RunArgs) -> anyhow::Result<Terminal> {
    #[cfg(target_os = "linux")]
    bus_error::tell_of_it(args.log_format).context("cannot take over the signal of damaged memory")?;
    Terminal::new(args)
}

/// Says in plain text why there is no result.
fn say(error: &anyhow::Error, _status: u8) {
    complain(&message(error));
}

/// The exit status, after `complain` has reported a failure that is one; `signal` is the status of the signal that came,
/// if one did.
fn end(result: anyhow::Result<()>, signal: Option<u8>, complain: impl Fn(&anyhow::Error, u8)) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            let status = status(&error, signal);
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
        Command::Eval(args) => pool()?.install(|| args.run(terminal)),
        Command::Curve(args) => pool()?.install(|| args.run(terminal)),
        Command::Generate(args) => pool()?.install(|| args.run(terminal)),
        Command::Config(args) => args.run(terminal, command),
        Command::Completions(args) => args.run(command),
        Command::Man(args) => args.run(command),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Most lines of `-h`.
    const SCREEN: usize = 60;

    #[test]
    fn the_arguments_do_not_contradict_one_another() {
        command().debug_assert();
    }

    #[test]
    fn short_help_is_a_line_a_flag_and_fits_a_screen() {
        let mut command = command().term_width(80);
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

    /// Every command, those of commands as well.
    fn all(command: &clap::Command, found: &mut Vec<clap::Command>) {
        found.push(command.clone());
        command.get_subcommands().for_each(|inner| all(inner, found));
    }

    #[test]
    fn the_help_names_every_format() {
        let mut command = command();
        let help = command.find_subcommand_mut("dedup").unwrap().render_long_help().to_string();
        let words: Vec<&str> = help.split(|c: char| !c.is_alphanumeric()).collect();
        for format in twicetold::corpus::Format::ALL {
            assert!(words.contains(&format.name()), "--format does not name {format}");
        }
    }

    #[test]
    fn a_summary_stands_once_in_the_help_and_is_one_line() {
        let mut command = command();
        command.build();
        let mut commands = Vec::new();
        all(&command, &mut commands);
        let mut wrong = Vec::new();
        let mut check = |name: String, short: Option<String>, long: Option<String>| {
            let Some(short) = short else { return wrong.push(format!("{name}: no help")) };
            let long = long.unwrap_or_else(|| short.clone());
            let explanation =
                long.strip_prefix(short.as_str()).map(|rest| rest.trim_start_matches('.').trim());
            let begin: String = short.chars().take(20).collect();
            match explanation {
                None => wrong.push(format!("{name}: the long help begins otherwise: {long}")),
                Some(rest) if rest.starts_with(&begin) => wrong.push(format!("{name}: twice: {short}")),
                Some(rest) if !rest.is_empty() && !rest.ends_with(['.', ')']) => {
                    wrong.push(format!("{name}: no sentence: {rest}"));
                }
                Some(_) => {}
            }
        };
        for command in commands.iter().filter(|command| command.get_name() != "help") {
            let text = |help: Option<&clap::builder::StyledStr>| help.map(ToString::to_string);
            check(command.get_name().to_owned(), text(command.get_about()), text(command.get_long_about()));
            for argument in
                command.get_arguments().filter(|a| !matches!(a.get_id().as_str(), "help" | "version"))
            {
                let name = format!("{} {}", command.get_name(), argument.get_id());
                check(name, text(argument.get_help()), text(argument.get_long_help()));
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}
