//! Standard error as a person or a log sees it, and Ctrl-C.

use std::io::{self, IsTerminal, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Context;
use clap::builder::styling::{AnsiColor, Style};
use serde::Serialize;
use serde_json::{Value, json};
use twicetold::engine::{Observer, Stage};
use twicetold::output::Timing;
use twicetold::{Error, UnusableInput};

use super::colour::is_coloured;
use super::errors::{FAILED, message};
use super::harmless::{harmless, harmless_json};
use super::progress::StageProgress;
use super::run_args::{LogFormat, RunArgs};

/// The figures of a run, as its command shows them.
pub(super) trait RunSummary: Serialize {
    /// A line a figure; `output` is where the tables are, if there are some.
    fn readable(&self, timing: &Timing, output: Option<&Path>) -> String;
}

/// Shows notes, progress and figures on standard error, and hears Ctrl-C.
pub(crate) struct Terminal {
    quiet: bool,
    json: bool,
    log: LogFormat,
    progress: StageProgress,
    interrupt: Arc<CtrlC>,
}

/// Ctrl-C, as far as it has come.
#[derive(Default)]
struct CtrlC {
    /// Whether a stage has begun: only then is there something to end in order.
    at_work: AtomicBool,
    asked: AtomicBool,
}

impl Terminal {
    /// Takes over Ctrl-C: before a stage has begun, while input is waited for, it ends the program; afterwards the first
    /// ends the run in order, and a second one at once.
    pub(crate) fn new(args: &RunArgs) -> anyhow::Result<Self> {
        let interrupt = Arc::new(CtrlC::default());
        let flags = Arc::clone(&interrupt);
        ctrlc::set_handler(move || {
            let is_second = flags.asked.swap(true, Ordering::Relaxed);
            let waits = !flags.at_work.load(Ordering::Relaxed);
            if waits && !is_second {
                complain(&Error::Interrupted.into());
            }
            if waits || is_second {
                std::process::exit(i32::from(FAILED));
            }
        })
        .context("cannot take over Ctrl-C")?;
        let progress = match args.log_format {
            _ if args.quiet => StageProgress::none(),
            LogFormat::Json => StageProgress::lines(),
            LogFormat::Text if io::stderr().is_terminal() => StageProgress::bars(),
            LogFormat::Text => StageProgress::none(),
        };
        Ok(Self { quiet: args.quiet, json: args.json, log: args.log_format, progress, interrupt })
    }

    /// Whether the result goes to standard output as JSON.
    pub(crate) fn wants_json(&self) -> bool {
        self.json
    }

    /// Shows a line on standard error, unless silence was asked for.
    pub(crate) fn note(&self, line: &str) {
        match self.log {
            _ if self.quiet => {}
            LogFormat::Text => self.write(&format!("twicetold: {line}\n")),
            LogFormat::Json => self.write_event(&json!({ "event": "note", "message": line })),
        }
    }

    /// Shows the figures of a run on standard error, unless silence was asked for.
    pub(super) fn summary(&self, summary: &impl RunSummary, timing: &Timing, output: Option<&Path>) {
        match self.log {
            _ if self.quiet => {}
            LogFormat::Text => self.write(&summary.readable(timing, output)),
            LogFormat::Json => {
                self.write_event(&json!({ "event": "summary", "summary": summary, "timing": timing }));
            }
        }
    }

    /// Shows lines on standard error, unless silence was asked for.
    pub(crate) fn show(&self, text: &str) {
        match self.log {
            _ if self.quiet => {}
            LogFormat::Text => self.write(text),
            LogFormat::Json => self.write_event(&json!({ "event": "note", "message": text.trim_end() })),
        }
    }

    /// Says why the run failed.
    pub(crate) fn fail(&self, error: &anyhow::Error, status: u8) {
        match self.log {
            LogFormat::Text => {
                self.progress.end();
                complain(error);
            }
            LogFormat::Json => {
                self.write_event(&json!({ "event": "error", "message": message(error), "status": status }));
            }
        }
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

/// Says in plain text why there is no result.
pub(crate) fn complain(error: &anyhow::Error) {
    let style = if is_coloured(&io::stderr()) { AnsiColor::Red.on_default().bold() } else { Style::new() };
    // With nowhere to complain to, the exit status has to say it.
    drop(writeln!(io::stderr(), "{style}twicetold:{style:#} {}", harmless(&message(error))));
}

impl Observer for Terminal {
    fn begin(&self, stage: Stage, total: u64) {
        self.interrupt.at_work.store(true, Ordering::Relaxed);
        self.progress.begin(stage, total);
    }

    fn advance(&self, units: u64) {
        self.progress.advance(units);
    }

    fn file(&self, number: usize, total: usize, name: &str) {
        self.progress.file(number, total, name);
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
        self.interrupt.asked.load(Ordering::Relaxed)
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        self.progress.end();
    }
}
