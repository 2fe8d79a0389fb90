//! What an earlier run wrote down about a document.

use std::fs::File;
use std::io::{BufRead, BufReader, ErrorKind};
use std::ops::Not;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// A line of `removed.jsonl`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RecordedRemoval {
    /// The removed document.
    pub id: String,
    /// Its file.
    pub file: String,
    /// Its record in the file.
    pub record: u32,
    /// The kept document that it repeats; or another of its cluster, where nothing of that was kept.
    pub kept_id: String,
    /// Its file.
    pub kept_file: String,
    /// Its record in the file.
    pub kept_record: u32,
    /// Whether the kept document is of a reference, and its file named among those.
    #[serde(default, skip_serializing_if = "Not::not")]
    pub reference: bool,
    /// Their Jaccard similarity.
    pub similarity: f64,
    /// `exact`, `near`, `excerpt` or `expansion`.
    pub relation: String,
    /// Whether the document named went, too, since nothing of the cluster was kept.
    #[serde(default, skip_serializing_if = "Not::not")]
    pub none_kept: bool,
    /// Of an excerpt, the share of it that the kept document has; of an expansion, the share of that one that it has; of what holds a record of the reference, the share of that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub containment: Option<f64>,
    /// Where in the text of the removed document that record stands, in bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<usize>,
    /// One past the last of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<usize>,
}

/// Finds in a run's output directory why the document of this id was removed; none if it was not. Of several documents
/// with the id, the first counts. O(bytes of `removed.jsonl`).
///
/// # Errors
/// [`Error::MissingInput`] if the directory holds no `removed.jsonl`, [`Error::Io`] if it cannot be read.
pub fn recorded_removal(directory: &Path, id: &str) -> Result<Option<RecordedRemoval>> {
    let path = directory.join("removed.jsonl");
    let failed = |source| Error::Io { path: path.clone(), action: "read it", source };
    let file = File::open(&path).map_err(|source| match source.kind() {
        ErrorKind::NotFound => Error::MissingInput { path: path.clone() },
        _ => failed(source),
    })?;
    for line in BufReader::new(file).lines() {
        let line = line.map_err(failed)?;
        let removal: RecordedRemoval = serde_json::from_str(&line).map_err(|e| failed(e.into()))?;
        if removal.id == id {
            return Ok(Some(removal));
        }
    }
    Ok(None)
}
