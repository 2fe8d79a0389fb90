//! How far a run has come: a bar a stage for people, a line about every second for programs.
#![allow(clippy::cast_precision_loss, reason = "sizes and shares for people")]

use std::io::{self, Write};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;
use twicetold::engine::Stage;

use super::harmless::{harmless, harmless_json};

/// Between two lines of progress.
const INTERVAL: Duration = Duration::from_secs(1);

/// Between two drawings of a bar whose stage does not report.
const TICK: Duration = Duration::from_millis(250);

/// Shows one stage at a time.
pub(super) struct StageProgress {
    form: Form,
    stage: Mutex<Option<ShownStage>>,
}

#[derive(Clone, Copy)]
enum Form {
    None,
    Bars,
    Lines,
}

/// The stage that is shown.
enum ShownStage {
    /// `file` is the number of the file named below the bar, 0 for none.
    Bar {
        bar: ProgressBar,
        form: &'static str,
        file: usize,
    },
    Lines(Meter),
}

/// A stage that is reported in lines.
struct Meter {
    stage: Stage,
    total: u64,
    done: u64,
    begun: Instant,
    reported: Instant,
    /// Number, of how many, and name.
    file: Option<(usize, usize, String)>,
}

impl StageProgress {
    pub(super) fn none() -> Self {
        Self::new(Form::None)
    }

    pub(super) fn bars() -> Self {
        Self::new(Form::Bars)
    }

    pub(super) fn lines() -> Self {
        Self::new(Form::Lines)
    }

    fn new(form: Form) -> Self {
        Self { form, stage: Mutex::new(None) }
    }

    /// A stage begins; the one before is over.
    pub(super) fn begin(&self, stage: Stage, total: u64) {
        self.end();
        let shown = match self.form {
            Form::None => return,
            Form::Bars => bar(stage, total),
            Form::Lines => {
                let now = Instant::now();
                let line = json!({
                    "event": "begin", "stage": stage.name(), "unit": unit(stage),
                    "total": (total > 0).then_some(total),
                });
                drop(writeln!(io::stderr(), "{line}"));
                ShownStage::Lines(Meter { stage, total, done: 0, begun: now, reported: now, file: None })
            }
        };
        if let Ok(mut current) = self.stage.lock() {
            *current = Some(shown);
        }
    }

    /// So many more units are done.
    pub(super) fn advance(&self, units: u64) {
        if matches!(self.form, Form::None) {
            return;
        }
        let Ok(mut current) = self.stage.lock() else { return };
        match &mut *current {
            Some(ShownStage::Bar { bar, .. }) => bar.inc(units),
            Some(ShownStage::Lines(meter)) => {
                meter.done += units;
                if meter.reported.elapsed() >= INTERVAL {
                    meter.reported = Instant::now();
                    meter.report("progress");
                }
            }
            None => {}
        }
    }

    /// The stage has come to a file. Of those that are read at a time, the last is shown; of one alone, nothing.
    pub(super) fn file(&self, number: usize, total: usize, name: &str) {
        if matches!(self.form, Form::None) || total < 2 {
            return;
        }
        let Ok(mut current) = self.stage.lock() else { return };
        match &mut *current {
            Some(ShownStage::Bar { bar, form, file }) if number > *file => {
                if *file == 0 {
                    // A line of its own: the bar fills one of 80 columns.
                    bar.set_style(style(&format!("{form}\n           {{wide_msg}}")));
                }
                *file = number;
                bar.set_message(format!("file {number} of {total}: {}", harmless(name)));
            }
            Some(ShownStage::Lines(meter)) if meter.file.as_ref().is_none_or(|file| number > file.0) => {
                meter.file = Some((number, total, name.to_owned()));
            }
            _ => {}
        }
    }

    /// The stage is over.
    pub(super) fn end(&self) {
        let Ok(mut current) = self.stage.lock() else { return };
        match current.take() {
            Some(ShownStage::Bar { bar, .. }) => bar.finish_and_clear(),
            Some(ShownStage::Lines(meter)) => meter.report("stage"),
            None => {}
        }
    }
}

impl Meter {
    fn report(&self, event: &str) {
        let seconds = self.begun.elapsed().as_secs_f64();
        let rate = self.done as f64 / seconds.max(f64::MIN_POSITIVE);
        let left = self.total.saturating_sub(self.done) as f64 / rate;
        let mut line = json!({
            "event": event, "stage": self.stage.name(), "unit": unit(self.stage), "done": self.done,
            "total": (self.total > 0).then_some(self.total), "seconds": seconds, "per_second": rate,
            "seconds_left": (event == "progress" && self.total > 0).then_some(left),
        });
        if let Some((number, files, name)) = self.file.as_ref().filter(|_| event == "progress") {
            line["file"] = json!(number);
            line["files"] = json!(files);
            line["file_name"] = json!(name);
        }
        drop(writeln!(io::stderr(), "{}", harmless_json(&line.to_string())));
    }
}

fn unit(stage: Stage) -> &'static str {
    match stage {
        Stage::References | Stage::Read => "bytes",
        Stage::Link => "pairs",
        _ => "documents",
    }
}

fn bar(stage: Stage, total: u64) -> ShownStage {
    // The size of a directory of texts is not known before it is read.
    let form = match (unit(stage), total) {
        ("bytes", 0) => "{prefix:<10} {bytes} {bytes_per_sec}, {elapsed}",
        (_, 0) => "{prefix:<10} {human_pos} {per_sec}, {elapsed}",
        ("bytes", _) => "{prefix:<10} {bar:30} {bytes}/{total_bytes} {bytes_per_sec}, {elapsed}, {eta} left",
        _ => "{prefix:<10} {bar:30} {human_pos}/{human_len} {per_sec}, {elapsed}, {eta} left",
    };
    let bar = if total == 0 { ProgressBar::no_length() } else { ProgressBar::new(total) };
    let bar = bar.with_style(style(form)).with_prefix(stage.name());
    bar.enable_steady_tick(TICK);
    ShownStage::Bar { bar, form, file: 0 }
}

fn style(form: &str) -> ProgressStyle {
    ProgressStyle::with_template(form).expect("the templates of this module are valid")
}
