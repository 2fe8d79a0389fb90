//! The page itself: the template filled in, within the bytes that each part may take.
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "places on a chart, and shares for people"
)]

use std::io::{self, Write};

use askama::Template;
use serde::Serialize;

use super::chart;
use super::contents::Report;
use super::difference::COMPARED_BYTES;
use crate::number::{Grouped, counted, percent};
use crate::text::label;

/// A page is at most this long.
pub const PAGE_BYTES: usize = 10_000_000;

/// Bytes of the list of clusters.
const ROWS_BYTES: usize = 3_600_000;

/// Bytes of the clusters' texts.
const DETAILS_BYTES: usize = 4_400_000;

/// Bytes of the decisions nearest the threshold.
const NEAREST_BYTES: usize = 800_000;

/// Bytes of repeated paragraphs. What is left of [`PAGE_BYTES`] after these four is ten times what the plots, the
/// style sheet and the script take.
const PARAGRAPHS_BYTES: usize = 300_000;

/// Figures beside one another on a wide screen, at most.
const TILES_IN_A_ROW: usize = 7;

/// Characters of a source's name in the matrix.
const NAME_CHARACTERS: usize = 60;

/// Characters of a parameter's value, and of what was read.
const VALUE_CHARACTERS: usize = 300;

#[derive(Template)]
#[template(path = "report.html")]
struct RunPage<'a> {
    report: &'a Report,
    inputs: String,
    tile_columns: usize,
    has_groups: bool,
    sizes: String,
    similarities: String,
    exact: String,
    curve: Option<CurveView>,
    timeline: Option<String>,
    matrix: Option<MatrixView>,
    rows: Fitted,
    rows_note: String,
    details: Fitted,
    nearest: Fitted,
    nearest_note: String,
    any_kept: bool,
    paragraphs: Option<ParagraphsView<'a>>,
    parameters: Vec<(&'a str, String)>,
    words: String,
}

struct CurveView {
    plot: String,
    miss: String,
    threshold: String,
}

struct MatrixView {
    headings: Vec<String>,
    rows: Vec<(String, Vec<MatrixCell>)>,
}

/// A count, and how strongly it is coloured: 0 to 100.
struct MatrixCell {
    count: Grouped,
    is_empty: bool,
    strength: u64,
}

struct ParagraphsView<'a> {
    shown: &'a [super::Paragraph],
    note: String,
}

impl Report {
    /// Writes the page: at most [`PAGE_BYTES`], the same bytes for the same report.
    ///
    /// # Errors
    /// What `output` returns.
    pub(crate) fn write(&self, output: &mut impl Write) -> io::Result<()> {
        RunPage::new(self).write_into(output)
    }
}

impl<'a> RunPage<'a> {
    fn new(report: &'a Report) -> Self {
        let words = &report.words;
        let rows = Fitted::new(&report.rows, ROWS_BYTES);
        let details = Fitted::new(&report.details, DETAILS_BYTES);
        let nearest = Fitted::new(&report.nearest, NEAREST_BYTES);
        let near = report.similarities.near();
        let kept = report.nearest[..nearest.count].iter().filter(|decision| !decision.is_repeat()).count();
        let exact = match report.similarities.exact() {
            0 => "None of them is an exact copy.".to_owned(),
            exact => format!("{} not drawn.", counted(exact, "exact copy is", "exact copies are")),
        };
        Self {
            inputs: label(&report.inputs, VALUE_CHARACTERS),
            tile_columns: tile_columns(report.tiles.len()),
            has_groups: report.groups > 0,
            sizes: chart::sizes(&report.sizes, &format!("documents in a {}", words.group), words.groups),
            similarities: chart::similarities(
                &report.similarities,
                report.threshold,
                words.measured,
                "documents",
            ),
            exact,
            curve: report.curve.as_ref().map(|curve| CurveView {
                plot: chart::curve(curve, curve.threshold),
                miss: miss_rate(1.0 - curve.recall),
                threshold: format!("{:.2}", curve.threshold),
            }),
            timeline: chart::timeline(&report.timeline, words.group),
            matrix: report.matrix.as_ref().map(MatrixView::new),
            rows_note: left_out(rows.count as u64, report.groups, words.groups, words.table),
            nearest_note: left_out((nearest.count - kept) as u64, near, words.near, words.near_table),
            any_kept: kept > 0,
            paragraphs: report.paragraphs.as_ref().map(ParagraphsView::new),
            parameters: report
                .parameters
                .iter()
                .map(|(name, value)| (name.as_str(), label(value, VALUE_CHARACTERS)))
                .collect(),
            words: for_script(&serde_json::json!({
                "group": words.group,
                "groups": words.groups,
                "head": words.head,
                "beside": words.beside,
                "member": words.member,
                "table": words.table,
                "measure": words.measure,
                "against": words.against,
                "total": report.groups,
                "compared": format!("{} KiB", COMPARED_BYTES >> 10),
            })),
            rows,
            details,
            nearest,
            report,
        }
    }
}

impl MatrixView {
    fn new(matrix: &super::Matrix) -> Self {
        let headings: Vec<String> =
            matrix.headings().iter().map(|name| label(name, NAME_CHARACTERS)).collect();
        let largest = matrix.largest() as f64;
        let cell = |&count: &u64| MatrixCell {
            count: Grouped(count),
            is_empty: count == 0,
            // By the root, so that a cell of a hundredth of the largest can still be told from an empty one.
            strength: ((count as f64 / largest).sqrt() * 100.0).ceil() as u64,
        };
        let rows = matrix.rows().iter().map(|row| row.iter().map(cell).collect());
        Self { rows: headings.iter().cloned().zip(rows).collect(), headings }
    }
}

impl<'a> ParagraphsView<'a> {
    fn new(repeated: &'a super::Repeated) -> Self {
        let mut bytes = 0;
        let fitting = repeated.shown.iter().take(super::PARAGRAPHS).take_while(|paragraph| {
            // An escaped character takes up to six bytes.
            bytes += paragraph.text.len() * 6 + 200;
            bytes <= PARAGRAPHS_BYTES
        });
        let shown = &repeated.shown[..fitting.count()];
        let note = left_out(shown.len() as u64, repeated.total, "paragraphs", "paragraphs.jsonl");
        Self { shown, note }
    }
}

/// A list as JSON, as far as it fits.
struct Fitted {
    json: String,
    count: usize,
}

impl Fitted {
    fn new<T: Serialize>(items: &[T], limit: usize) -> Self {
        let mut json = "[".to_owned();
        let mut count = 0;
        for item in items {
            let item = for_script(item);
            if json.len() + item.len() + 3 > limit {
                break;
            }
            if count > 0 {
                json.push_str(",\n");
            }
            json.push_str(&item);
            count += 1;
        }
        json.push(']');
        Self { json, count }
    }
}

/// JSON that can stand in a `script` element: with no `<` in it, nothing can end the element or begin a comment.
fn for_script(value: &impl Serialize) -> String {
    let json = serde_json::to_string(value).expect("strings and numbers are always JSON");
    json.replace('<', "\\u003c")
}

/// Columns in which so many figures fill their rows as evenly as they can.
fn tile_columns(tiles: usize) -> usize {
    let rows = tiles.div_ceil(TILES_IN_A_ROW).max(1);
    tiles.div_ceil(rows).max(1)
}

/// Says how many are shown, and where the others are.
fn left_out(shown: u64, total: u64, what: &str, table: &str) -> String {
    if shown >= total {
        String::new()
    } else {
        format!(
            "This page holds {} of {} {what} ({}); {table} holds them all.",
            Grouped(shown),
            Grouped(total),
            percent(shown, total)
        )
    }
}

/// A probability in percent with two significant digits.
fn miss_rate(share: f64) -> String {
    let percent = share.max(0.0) * 100.0;
    if percent < 0.01 {
        "less than 0.01 %".to_owned()
    } else {
        let digits = (1.0 - percent.log10().floor()).clamp(0.0, 2.0) as usize;
        format!("{percent:.digits$} %")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_cannot_leave_its_script_element() {
        let json = for_script(&["</script><script>alert(1)</script><!--"]);
        assert!(!json.contains('<'), "{json}");
        let back: Vec<String> = serde_json::from_str(&json).unwrap();
        assert_eq!(back, ["</script><script>alert(1)</script><!--"]);
    }

    #[test]
    fn a_list_ends_before_its_limit() {
        let items = vec!["<".repeat(10); 100];
        let fitted = Fitted::new(&items, 1000);
        let back: Vec<String> = serde_json::from_str(&fitted.json).unwrap();
        assert_eq!(back.len(), fitted.count);
        assert!(fitted.count > 10 && fitted.json.len() <= 1000, "{}", fitted.json.len());
    }

    #[test]
    fn no_figure_stands_alone_in_a_row() {
        for tiles in 1..40 {
            let columns = tile_columns(tiles);
            let rows = tiles.div_ceil(columns);
            assert!(columns <= TILES_IN_A_ROW && columns * rows - tiles < rows, "{tiles}");
        }
        assert_eq!([6, 7, 8, 9, 15].map(tile_columns), [6, 7, 4, 5, 5]);
    }

    #[test]
    fn miss_rates_have_two_digits() {
        let shown: Vec<_> = [0.0, 0.000_001, 0.001_23, 0.0123, 0.123].map(miss_rate).to_vec();
        assert_eq!(shown, ["less than 0.01 %", "less than 0.01 %", "0.12 %", "1.2 %", "12 %"]);
    }

    #[test]
    fn what_is_left_out_is_said() {
        assert_eq!(left_out(3, 3, "clusters", "clusters.jsonl"), "");
        let said = left_out(20_000, 100_000, "clusters", "clusters.jsonl");
        assert_eq!(
            said,
            "This page holds 20,000 of 100,000 clusters (20.0 %); clusters.jsonl holds them all."
        );
    }
}
