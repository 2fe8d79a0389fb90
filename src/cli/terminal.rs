//! Standard error as a person or a log sees it, and the end of the program.

use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use clap::builder::styling::{AnsiColor, Style};
use serde::Serialize;
use serde_json::{Value, json};
use twicetold::engine::{Observer, Stage};
use twicetold::output::{IfNotEmpty, OutputDirectory, Timing};
use twicetold::{Error, UnusableInput};

use super::colour::is_coloured;
use super::errors::{USAGE, message};
use super::harmless::{harmless, harmless_json};
use super::progress::StageProgress;
use super::run_args::{LogFormat, RunArgs};
use super::signals::Signals;

/// The figures of a run, as its command shows them.
pub(super) trait RunSummary: Serialize {
    /// A line a figure; `output` is where the tables are, if there are some.
    fn readable(&self, timing: &Timing, output: Option<&Path>) -> String;
}

/// Shows notes, progress and figures on standard error, and hears Ctrl-C.
pub(crate) struct Terminal {
    quiet: bool,
    json: bool,
    voice: Voice,
    signals: Arc<Signals>,
}

/// What is said on standard error, by whichever thread.
#[derive(Clone)]
struct Voice {
    log: LogFormat,
    progress: Arc<StageProgress>,
    /// Where work files are kept, if they are.
    work: Arc<Mutex<Option<PathBuf>>>,
}

impl Voice {
    /// Says why the run failed.
    fn fail(&self, error: &anyhow::Error, status: u8) {
        let said = match self.kept_work(error, status) {
            Some(work) => format!(
                "{}; the work so far is kept in {}: call again with --resume to go on with it",
                message(error),
                work.display()
            ),
            None => message(error),
        };
        match self.log {
            LogFormat::Text => {
                self.progress.end();
                complain(&said);
            }
            LogFormat::Json => {
                self.write_event(&json!({ "event": "error", "message": said, "status": status }));
            }
        }
    }

    /// The directory that a run can go on from which did not come to its end.
    fn kept_work(&self, error: &anyhow::Error, status: u8) -> Option<PathBuf> {
        // A call that was wrong did no work, and the work of another is not its to speak of.
        let has_worked =
            status != USAGE || matches!(error.downcast_ref(), Some(Error::MemoryTooSmall { .. }));
        self.work.lock().ok()?.clone().filter(|work| has_worked && work.is_dir())
    }

    fn write_event(&self, event: &Value) {
        self.write(&harmless_json(&format!("{event}\n")));
    }

    fn write(&self, text: &str) {
        self.progress.end();
        // What is said here is a courtesy: a closed standard error is no reason to fail.
        drop(io::stderr().write_all(harmless(text).as_bytes()));
    }
}

impl Terminal {
    /// Takes over Ctrl-C and its like: before a stage has begun, while input is waited for, it ends the program;
    /// afterwards the first ends the run in order, and a second one at once.
    pub(crate) fn new(args: &RunArgs) -> anyhow::Result<Self> {
        let progress = match args.log_format {
            _ if args.quiet => StageProgress::none(),
            LogFormat::Json => StageProgress::lines(),
            LogFormat::Text if io::stderr().is_terminal() => StageProgress::bars(),
            LogFormat::Text => StageProgress::none(),
        };
        let voice = Voice { log: args.log_format, progress: Arc::new(progress), work: Arc::default() };
        let last_words = voice.clone();
        let signals = Signals::hear(move |status| last_words.fail(&Error::Interrupted.into(), status))?;
        Ok(Self { quiet: args.quiet, json: args.json, voice, signals })
    }

    /// Opens the output directory of the run; what it holds is removed however the program ends.
    pub(crate) fn open_output(
        &self,
        path: &Path,
        if_not_empty: IfNotEmpty,
    ) -> Result<OutputDirectory, Error> {
        let mut end = self.signals.hold();
        let output = OutputDirectory::open(path, if_not_empty)?;
        end.will_remove(output.leftovers());
        Ok(output)
    }

    /// Work files will be kept here, from which an interrupted run can go on.
    pub(crate) fn keeps_work(&self, directory: &Path) {
        if let Ok(mut work) = self.voice.work.lock() {
            *work = Some(directory.to_owned());
        }
    }

    /// The exit status of a run that a signal has interrupted.
    pub(crate) fn signal_status(&self) -> Option<u8> {
        self.signals.status()
    }

    /// The run is over: a signal changes nothing any more.
    pub(crate) fn finish(&self) {
        self.signals.finish();
    }

    /// Whether the result goes to standard output as JSON.
    pub(crate) fn wants_json(&self) -> bool {
        self.json
    }

    /// Shows a line on standard error, unless silence was asked for.
    pub(crate) fn note(&self, line: &str) {
        match self.voice.log {
            _ if self.quiet => {}
            LogFormat::Text => self.voice.write(&format!("twicetold: {line}\n")),
            LogFormat::Json => self.voice.write_event(&json!({ "event": "note", "message": line })),
        }
    }

    /// Shows the figures of a run on standard error, unless silence was asked for.
    pub(super) fn summary(&self, summary: &impl RunSummary, timing: &Timing, output: Option<&Path>) {
        match self.voice.log {
            _ if self.quiet => {}
            LogFormat::Text => self.voice.write(&summary.readable(timing, output)),
            LogFormat::Json => {
                self.voice.write_event(&json!({ "event": "summary", "summary": summary, "timing": timing }));
            }
        }
    }

    /// Shows lines on standard error, unless silence was asked for.
    pub(crate) fn show(&self, text: &str) {
        match self.voice.log {
            _ if self.quiet => {}
            LogFormat::Text => self.voice.write(text),
            LogFormat::Json => {
                self.voice.write_event(&json!({ "event": "note", "message": text.trim_end() }));
            }
        }
    }

    /// Says why the run failed.
    pub(crate) fn fail(&self, error: &anyhow::Error, status: u8) {
        self.voice.fail(error, status);
    }
}

/// Says in plain text why there is no result.
pub(crate) fn complain(message: &str) {
    let style = if is_coloured(&io::stderr()) { AnsiColor::Red.on_default().bold() } else { Style::new() };
    // With nowhere to complain to, the exit status has to say it.
    drop(writeln!(io::stderr(), "{style}twicetold:{style:#} {}", harmless(message)));
}

impl Observer for Terminal {
    fn begin(&self, stage: Stage, total: u64) {
        self.signals.begin();
        self.voice.progress.begin(stage, total);
    }

    fn advance(&self, units: u64) {
        self.voice.progress.advance(units);
    }

    fn file(&self, number: usize, total: usize, name: &str) {
        self.voice.progress.file(number, total, name);
    }

    fn inputs_unusable(&self, first: &[UnusableInput], count: usize) {
        for input in first {
            self.note(&input.to_string());
        }
        if count > first.len() {
            self.note(&format!("{} more files of which all records were rejected", count - first.len()));
        }
    }

    fn is_interrupted(&self) -> bool {
        self.signals.status().is_some()
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        self.voice.progress.end();
    }
}
