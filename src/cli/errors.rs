//! Failures as the command line has them: the flags concerned, what to do, and the exit status.

use std::error::Error as StdError;
use std::io;

use clap::Command;
use twicetold::Error;

use super::settings::SettingsError;

/// The run failed: disk full, damaged input.
pub(super) const FAILED: u8 = 1;
/// The call was wrong: arguments, missing file, parameters.
pub(super) const USAGE: u8 = 2;
/// `--strict` met a record that cannot be read.
const STRICT: u8 = 3;
/// A safety stop: more would have been removed than the caller allows.
const SAFETY: u8 = 4;

/// The run was interrupted; SIGTERM makes it 143, SIGHUP 129.
pub(super) const INTERRUPTED: u8 = 130;

/// What a call is refused for before the library sees it.
#[derive(Debug, thiserror::Error)]
pub(super) enum CallError {
    /// A flag or an argument that is missing, or does not fit the others.
    #[error("{argument} is {value}, but must be {expected}")]
    Argument {
        /// As it is typed: a flag with its dashes.
        argument: &'static str,
        value: String,
        expected: &'static str,
    },
    #[error("there is no command {name}; there are {known}")]
    UnknownCommand { name: String, known: String },
}

impl CallError {
    /// The error for an argument that this call needs.
    pub(super) fn missing(argument: &'static str, expected: &'static str) -> Self {
        Self::Argument { argument, value: "not given".to_owned(), expected }
    }
}

/// The exit statuses of a command, for its help.
pub(super) fn statuses(command: &Command) -> String {
    let has = |id: &str| command.get_arguments().any(|argument| argument.get_id() == id);
    let mut lines = "Exit status:
  0  done
  1  the run failed (full disk, damaged input, no record that can be read)
  2  the call was wrong (arguments, missing file, parameters)"
        .to_owned();
    if has("strict") {
        lines += "\n  3  --strict met a record that cannot be read";
    }
    if has("abort_if_removed") {
        lines += "\n  4  a safety stop: more is rejected or would be removed than --abort-if-... allows";
    }
    lines += "\n  130, 143, 129  interrupted by Ctrl-C (SIGINT), SIGTERM, SIGHUP";
    lines
}

/// A failure as it is reported: what, where, the cause, and the flag that helps.
pub(super) fn message(error: &anyhow::Error) -> String {
    match error.downcast_ref::<Error>().and_then(advice) {
        Some(advice) => format!("{error:#}; {advice}"),
        None => format!("{error:#}"),
    }
}

/// What to do about a failure of the library, in the words of the command line.
fn advice(error: &Error) -> Option<&'static str> {
    Some(match error {
        Error::NoField { purpose, .. } => match *purpose {
            "text of references" => "name it with --against-text-field",
            "keep" => "name it with --keep",
            "id" => "name it with --id-field",
            "source" => "name it with --source-field",
            "date" => "name it with --date-field",
            "title" => "name it with --title-field",
            "label" => "name it with --label-field",
            _ => "name it with --text-field",
        },
        Error::UnclearForm { is_labels: false, .. } => {
            "say it with --form kept, clusters, pairs, dedup or stories"
        }
        Error::UnclearForm { is_labels: true, .. } => {
            "say it with --labels-form clusters, pairs, core, directories or pan, or name a field with --label-field"
        }
        Error::NoCommonId { .. } => {
            "ids are compared letter by letter; --id-field and --result-id-field name other fields"
        }
        Error::Bomb { .. } => "if it is meant to, raise --max-ratio",
        Error::Malformed { .. } => "fetch or make it again, or name its format with --format",
        Error::NoFieldsToAnnotate { .. } => "use --mode list or --mode remove",
        Error::AnnotatedAlready { .. } => "rename or remove it, or use --mode list",
        Error::OutputNotEmpty { .. } => "choose another or add --overwrite",
        Error::Strict { .. } => "without --strict they are listed and left out",
        Error::UnknownRecord { is_reference: true, .. } => "name with --against what the run was given",
        Error::UnknownRecord { .. } => "name with --in what the run was given",
        Error::ReferenceNotNamed { .. } => "name it with --against, as the run was given it",
        Error::TooManyParagraphs { .. } => "split the corpus, or raise --min-words",
        Error::WorkDamaged { .. } => "run again without --resume to start anew",
        Error::WorkMismatch { .. } => "call as before, or without --resume to start anew",
        Error::WorkForeign { .. } => "choose another --temp-dir or move them",
        Error::MemoryTooSmall { .. } => "raise --memory",
        _ => return None,
    })
}

/// The exit status of a failure; `signal` is that of the signal that came, if one did.
pub(super) fn status(error: &anyhow::Error, signal: Option<u8>) -> u8 {
    if error.is::<CallError>() || error.is::<SettingsError>() {
        return USAGE;
    }
    match error.downcast_ref::<Error>() {
        Some(Error::Strict { .. }) => STRICT,
        Some(Error::Interrupted) => signal.unwrap_or(INTERRUPTED),
        Some(error) if error.is_safety_stop() => SAFETY,
        Some(error) if error.is_usage() => USAGE,
        _ => FAILED,
    }
}

/// Whether whoever read our output has gone: not a failure of ours.
pub(super) fn is_closed_pipe(error: &anyhow::Error) -> bool {
    let broken = |cause: &(dyn StdError + 'static)| {
        cause.downcast_ref::<io::Error>().is_some_and(|e| e.kind() == io::ErrorKind::BrokenPipe)
    };
    error.chain().any(broken)
}
