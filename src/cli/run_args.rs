//! The flags of every command: how the program runs and what it shows.

use std::num::NonZeroUsize;

use clap::{Args, ValueEnum};

/// How the program runs and what it shows.
#[derive(Clone, Debug, Args)]
pub(crate) struct RunArgs {
    /// Number of threads [default: one per core]
    ///
    /// At most 1,024. The output is the same for any number.
    #[arg(long, global = true, value_name = "N", help_heading = "Running", value_parser = parse_threads)]
    pub threads: Option<NonZeroUsize>,
    /// Show errors only
    ///
    /// By default notes, progress and a summary go to standard error.
    #[arg(long, short, global = true, help_heading = "Running")]
    pub quiet: bool,
    /// Print the result as JSON on standard output
    ///
    /// By default the figures are printed as text.
    #[arg(long, global = true, help_heading = "Running")]
    pub json: bool,
    /// Form of notes: text or json [default: text]
    ///
    /// With `json`, each note, each step of progress (about one per second), the summary and an error is one line of JSON
    /// on standard error. The field `event` says which of them it is.
    #[arg(
        long,
        global = true,
        value_name = "FORM",
        help_heading = "Running",
        default_value = "text",
        hide_default_value = true,
        hide_possible_values = true
    )]
    pub log_format: LogFormat,
}

/// Most threads. Each needs room in memory and two of the maps that a process may have, and there is no machine that so
/// many would make faster.
const MOST_THREADS: usize = 1024;

fn parse_threads(text: &str) -> Result<NonZeroUsize, String> {
    let threads = text.parse().ok().filter(|threads: &NonZeroUsize| threads.get() <= MOST_THREADS);
    threads.ok_or_else(|| format!("it must be a whole number from 1 to {MOST_THREADS}"))
}

/// The form of what goes to standard error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// For people
    Text,
    /// For programs: one line of JSON per event
    Json,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_are_a_number_that_a_machine_can_start() {
        assert_eq!(parse_threads("1024").map(NonZeroUsize::get), Ok(1024));
        for refused in ["0", "-1", "1025", "100000", "99999999999999999999", "two"] {
            assert!(parse_threads(refused).is_err(), "{refused}");
        }
    }
}
