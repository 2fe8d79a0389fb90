//! Tables of text: rows of values between commas, semicolons, bars or tabs, or runs of blanks.

use csv::{ReaderBuilder, StringRecord};

use super::lines::TextLines;
use crate::corpus::guess_delimiter;
use crate::error::{LineFault, Result};

/// A row and the line that it begins at.
#[derive(Clone, Debug)]
pub(super) struct TableRow {
    pub line: u64,
    pub values: Vec<String>,
}

impl TableRow {
    /// A value; empty if the row is too short, which is checked before.
    pub(super) fn value(&self, column: usize) -> &str {
        self.values.get(column).map_or("", String::as_str)
    }

    /// Whether a value is a number, as no name of a column is.
    pub(super) fn has_number(&self) -> bool {
        self.values.iter().any(|value| value.trim().parse::<f64>().is_ok())
    }

    /// Checks that the row has so many values.
    pub(super) fn check(&self, expected: usize, file: &TextLines<'_>) -> Result<()> {
        let found = self.values.len();
        if found == expected {
            Ok(())
        } else {
            Err(file.fault(self.line, LineFault::Width { expected, found }))
        }
    }
}

/// How the values of a row are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Delimiting {
    /// By this byte; a value may be quoted.
    By(u8),
    /// By tabs, as `twicetold truth` writes them: escapes instead of quotes.
    Escaped,
    /// By runs of blanks.
    Blank,
}

impl Delimiting {
    /// What a file of this name has.
    pub(super) fn of(file: &TextLines<'_>) -> Self {
        let first = file.first().unwrap_or_default();
        let name = file.path.to_string_lossy();
        let is_tsv = name.contains(".tsv") || first.contains('\t');
        if is_truth(first) {
            Self::Escaped
        } else if is_tsv {
            Self::By(b'\t')
        } else {
            match guess_delimiter(file.text().as_bytes()) {
                found if first.contains(char::from(found)) => Self::By(found),
                _ if name.ends_with("pairs") => Self::Blank,
                _ => Self::By(b','),
            }
        }
    }
}

/// Whether a line is one that `twicetold truth` prints: two ids, and two numbers of four decimals.
fn is_truth(line: &str) -> bool {
    let cells: Vec<&str> = line.split('\t').collect();
    let is_share = |cell: &str| {
        let digits = cell.strip_prefix("0.").or_else(|| cell.strip_prefix("1."));
        digits.is_some_and(|digits| digits.len() == 4 && digits.bytes().all(|byte| byte.is_ascii_digit()))
    };
    matches!(cells[..], [_, _, jaccard, containment] if is_share(jaccard) && is_share(containment))
}

/// The rows of a table, in order.
pub(super) fn rows<'t>(
    file: &'t TextLines<'_>,
    delimiting: Delimiting,
) -> Box<dyn Iterator<Item = Result<TableRow>> + 't> {
    match delimiting {
        Delimiting::By(delimiter) => {
            let mut builder = ReaderBuilder::new();
            let mut reader = builder
                .has_headers(false)
                .flexible(true)
                .delimiter(delimiter)
                .from_reader(file.text().as_bytes());
            let mut record = StringRecord::new();
            Box::new(std::iter::from_fn(move || match reader.read_record(&mut record) {
                Ok(false) => None,
                Ok(true) => {
                    let line = record.position().map_or(0, csv::Position::line);
                    Some(Ok(TableRow { line, values: record.iter().map(str::to_owned).collect() }))
                }
                Err(error) => {
                    let line = error.position().map_or(1, csv::Position::line);
                    Some(Err(file.unreadable(line, &error)))
                }
            }))
        }
        Delimiting::Escaped => Box::new(file.lines().map(|(line, text)| {
            let values = text.split('\t').map(unescaped).collect();
            Ok(TableRow { line, values })
        })),
        Delimiting::Blank => Box::new(file.lines().map(|(line, text)| {
            let values = text.split_ascii_whitespace().map(str::to_owned).collect();
            Ok(TableRow { line, values })
        })),
    }
}

/// A cell without the escapes of `twicetold truth`, and without the apostrophe before what a spreadsheet would take for a formula.
fn unescaped(cell: &str) -> String {
    let is_formula = |rest: &&str| {
        rest.starts_with(['=', '+', '-', '@']) || rest.starts_with("\\t") || rest.starts_with("\\r")
    };
    let cell = cell.strip_prefix('\'').filter(is_formula).unwrap_or(cell);
    let mut text = String::with_capacity(cell.len());
    let mut characters = cell.chars();
    while let Some(character) = characters.next() {
        text.push(match character {
            '\\' => match characters.next() {
                Some('t') => '\t',
                Some('n') => '\n',
                Some('r') => '\r',
                Some(other) => other,
                None => '\\',
            },
            other => other,
        });
    }
    text
}
