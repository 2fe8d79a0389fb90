//! What is shown while a run goes on, and Ctrl-C.

use std::io::{self, IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use anyhow::Context;
use indicatif::{ProgressBar, ProgressStyle};
use twicetold::engine::{Observer, Stage};

use super::args::RunArgs;

/// Standard error as a person or a log sees it, and what they ask of a run.
pub(crate) struct Terminal {
    quiet: bool,
    json: bool,
    /// Whether bars are drawn: not in a pipe, not if silence was asked for.
    draws: bool,
    bar: Mutex<Option<ProgressBar>>,
    interrupted: Arc<AtomicBool>,
}

impl Terminal {
    /// Takes over Ctrl-C: the first ends the run in order, a second one at once.
    pub(crate) fn new(args: &RunArgs) -> anyhow::Result<Self> {
        let interrupted = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&interrupted);
        ctrlc::set_handler(move || {
            if flag.swap(true, Ordering::Relaxed) {
                std::process::abort();
            }
        })
        .context("cannot take over Ctrl-C")?;
        let draws = !args.quiet && io::stderr().is_terminal();
        Ok(Self { quiet: args.quiet, json: args.json, draws, bar: Mutex::new(None), interrupted })
    }

    /// Whether the summary goes to standard output as JSON.
    pub(crate) fn wants_json(&self) -> bool {
        self.json
    }

    /// Shows a line on standard error, unless silence was asked for.
    pub(crate) fn note(&self, line: &str) {
        if !self.quiet {
            self.end_stage();
            // Notes are a courtesy: a closed standard error is no reason to fail.
            drop(writeln!(io::stderr(), "twicetold: {line}"));
        }
    }

    /// Shows lines on standard error as they are, unless silence was asked for.
    pub(crate) fn show(&self, text: &str) {
        if !self.quiet {
            self.end_stage();
            drop(io::stderr().write_all(text.as_bytes()));
        }
    }

    fn end_stage(&self) {
        if let Ok(mut bar) = self.bar.lock()
            && let Some(bar) = bar.take()
        {
            bar.finish_and_clear();
        }
    }
}

impl Observer for Terminal {
    fn begin(&self, stage: Stage, total: u64) {
        self.end_stage();
        if !self.draws {
            return;
        }
        let form = match stage {
            Stage::Read => "{prefix:<10} {bar:30} {bytes}/{total_bytes} {bytes_per_sec}, {eta} left",
            _ => "{prefix:<10} {bar:30} {human_pos}/{human_len} {per_sec}, {eta} left",
        };
        let style = ProgressStyle::with_template(form).expect("the templates above are valid");
        let drawn = ProgressBar::new(total).with_style(style).with_prefix(stage.name());
        if let Ok(mut bar) = self.bar.lock() {
            *bar = Some(drawn);
        }
    }

    fn advance(&self, units: u64) {
        if self.draws
            && let Ok(bar) = self.bar.lock()
            && let Some(bar) = &*bar
        {
            bar.inc(units);
        }
    }

    fn is_interrupted(&self) -> bool {
        self.interrupted.load(Ordering::Relaxed)
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        self.end_stage();
    }
}
