//! In what form decisions are written.
#![allow(
    clippy::cast_possible_truncation,
    reason = "documents are numbered in 32 bits; shares and rates are for people"
)]

use std::io::Write;

use memchr::memchr_iter;
use rayon::prelude::*;

use super::directory::OutputDirectory;
use crate::corpus::Corpus;
use crate::document::DocumentId;
use crate::documents::Documents;
use crate::error::Result;
use crate::select::Removal;

/// What a run makes of the corpus. The tables are the same in every mode.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Mode {
    /// The kept records.
    #[default]
    Remove,
    /// A corpus of all records, each with a field `twicetold` with the decision about it.
    Annotate,
    /// The ids of the kept and of the removed records.
    List,
}

/// Ids put together at a time.
const IDS_PER_WAVE: usize = 1 << 14;

/// The ids of documents that are kept, or of those that are removed.
#[derive(Clone, Copy)]
pub(crate) struct Ids<'a> {
    pub documents: Documents<'a>,
    /// In corpus order.
    pub removals: &'a [Removal],
}

impl Ids<'_> {
    /// Writes `kept.txt` and `removed.txt`. Returns how many ids each has.
    pub(crate) fn write(self, output: &OutputDirectory) -> Result<[u64; 2]> {
        let mut written = [0; 2];
        for (count, (name, is_kept)) in written.iter_mut().zip([("kept.txt", true), ("removed.txt", false)]) {
            let mut file = output.create(name)?;
            let failure = file.failure();
            *count = self.lines(is_kept, &mut |lines| file.write_all(lines).map_err(&failure))?;
            file.finish()?;
        }
        Ok(written)
    }

    /// Hands over the ids of the kept documents of the inputs, or of the removed ones, a line each, in corpus order.
    /// Returns how many lines these are.
    pub(crate) fn lines(self, is_kept: bool, write: &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<u64> {
        let mut written = 0;
        let total = self.documents.inputs();
        for start in (0..total).step_by(IDS_PER_WAVE) {
            let wave = start..(start + IDS_PER_WAVE).min(total);
            let lines: Vec<String> = wave
                .into_par_iter()
                .map(|document| DocumentId(document as u32))
                .filter(|&document| self.is_kept(document) == is_kept)
                .map(|document| line(&self.documents.id(document)))
                .collect();
            let bytes = lines.concat();
            written += memchr_iter(b'\n', bytes.as_bytes()).count() as u64;
            write(bytes.as_bytes())?;
        }
        Ok(written)
    }

    fn is_kept(self, document: DocumentId) -> bool {
        self.removals.binary_search_by_key(&document, |removal| removal.document).is_err()
    }
}

/// An id as a line. One that would not be a line, or would look like one written in quotes, is written as a string
/// of JSON.
fn line(id: &str) -> String {
    if id.starts_with('"') || id.contains(char::is_control) {
        format!("{}\n", serde_json::json!(id))
    } else {
        format!("{id}\n")
    }
}

impl Mode {
    /// Checks that records have a place for annotations.
    ///
    /// # Errors
    /// [`NoFieldsToAnnotate`](crate::Error::NoFieldsToAnnotate) and
    /// [`AnnotatedAlready`](crate::Error::AnnotatedAlready) if not, as far as the first records tell.
    pub fn check(self, corpus: &Corpus) -> Result<()> {
        if self == Self::Annotate { corpus.check_place_for_annotations() } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_id_is_one_line_and_can_be_told_from_every_other() {
        assert_eq!(line("a b"), "a b\n");
        assert_eq!(line("a\nb"), "\"a\\nb\"\n");
        assert_eq!(line("\"a\\nb\""), "\"\\\"a\\\\nb\\\"\"\n");
        assert_eq!(line("\u{85}"), "\"\u{85}\"\n");
    }
}
