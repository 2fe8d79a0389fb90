//! `twicetold curve`.
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "sizes and shares for people"
)]

use clap::Args;
use twicetold::TextParams;
use twicetold::engine::Index;

use super::comparing::BandArgs;
use super::results::{self, print_json};
use super::terminal::Terminal;

/// Show how likely a pair of each similarity is to be found
///
/// Prints the S-curve of bands and rows as a table and a plot. Use it before a long run, to choose --recall, or --bands and
/// --rows.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  twicetold curve --threshold 0.7
  twicetold curve --bands 25 --rows 5")]
pub(crate) struct CurveArgs {
    /// Least Jaccard similarity of a repeat
    ///
    /// A number above 0 and at most 1. The predicted recall is that of pairs at this similarity.
    #[arg(long, short, value_name = "J", default_value_t = 0.8)]
    threshold: f64,
    #[command(flatten)]
    bands: BandArgs,
}

/// Rows and columns of the plot.
const PLOT: (usize, usize) = (12, 61);

impl CurveArgs {
    pub(crate) fn run(self, terminal: &Terminal) -> anyhow::Result<()> {
        let matching = self.bands.matching(self.threshold, TextParams::default())?;
        let index = matching.index()?;
        if terminal.wants_json() {
            print_json(&self.json(index))
        } else {
            results::print(&self.readable(index))
        }
    }

    fn readable(&self, index: Index) -> String {
        let Self { threshold, bands } = self;
        let recall = index.recall(*threshold);
        let shape = match index {
            Index::Bands { banding, floor } => format!(
                "{} bands of {} rows ({} of {} hashes); at least {} slots must agree",
                banding.bands().0,
                banding.rows().0,
                banding.bands().0 * banding.rows().0,
                bands.hashes,
                floor.get(),
            ),
            _ => "exact index: every similar pair is found".to_owned(),
        };
        let mut lines = vec![
            shape,
            format!("predicted recall at similarity {threshold}: {recall:.5}, miss rate {:.5}", 1.0 - recall),
            String::new(),
            "similarity  found".to_owned(),
        ];
        lines.extend(samples().map(|s| format!("{s:>10.2}  {:.5}", index.recall(s))));
        lines.push(String::new());
        lines.extend(plot(|similarity| index.recall(similarity), *threshold));
        lines.join("\n") + "\n"
    }

    fn json(&self, index: Index) -> serde_json::Value {
        let (bands, rows) = match index {
            Index::Bands { banding, .. } => (banding.bands().0, banding.rows().0),
            _ => (0, 0),
        };
        let curve: Vec<_> = samples().map(|similarity| [similarity, index.recall(similarity)]).collect();
        let recall = index.recall(self.threshold);
        serde_json::json!({
            "threshold": self.threshold, "hashes": self.bands.hashes, "bands": bands, "rows": rows,
            "predicted_recall": recall, "predicted_miss_rate": 1.0 - recall, "curve": curve,
        })
    }
}

/// The similarities of the table: every twentieth.
fn samples() -> impl Iterator<Item = f64> {
    (0..=20).map(|twentieth| f64::from(twentieth) / 20.0)
}

/// Draws a curve over `[0, 1]` with a bar at the threshold, a line a row.
fn plot(curve: impl Fn(f64) -> f64, threshold: f64) -> Vec<String> {
    let (rows, columns) = PLOT;
    let at = |fraction: f64, steps: usize| (fraction * (steps - 1) as f64).round() as usize;
    let mut cells = vec![vec![' '; columns]; rows];
    for row in &mut cells {
        row[at(threshold, columns)] = ':';
    }
    let similarity = |column: usize| column as f64 / (columns - 1) as f64;
    let height = (0..columns).map(|column| at(curve(similarity(column)), rows));
    for (column, height) in height.enumerate() {
        cells[rows - 1 - height][column] = '*';
    }
    let label = |row: usize| match row {
        0 => "1.0",
        _ if row == rows - 1 => "0.0",
        _ => "",
    };
    let drawn = |row: &Vec<char>| row.iter().collect::<String>().trim_end().to_owned();
    let mut lines: Vec<String> =
        cells.iter().enumerate().map(|(row, cells)| format!("{:>4} |{}", label(row), drawn(cells))).collect();
    lines.push(format!("     +{}", "-".repeat(columns)));
    lines.push(format!("      0{:>width$}", "similarity 1", width = columns - 1));
    lines
}
