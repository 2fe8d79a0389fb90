//! The formats by name. What tells each, and how it is read, stands in the table of `formats`.

/// What a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Format {
    /// One JSON object a line.
    JsonLines,
    /// One JSON array of objects, or objects one after the other, over as many lines as they like.
    Json,
    /// Rows of values separated by commas, or by what the first row shows: semicolons, tabs, bars.
    Csv,
    /// Rows of values separated by tabs.
    Tsv,
    /// Plain text: one document a file, unless it is to be split.
    Text,
    /// Apache Parquet.
    Parquet,
    /// Web archives (WARC, WET), ISO 28500.
    Warc,
}
