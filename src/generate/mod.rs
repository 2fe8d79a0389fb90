//! Archives of invented text with planted copies, to measure a deduplicator by.
//!
//! An archive of any size is written in a stream, and what is planted in it is known: for each copy its
//! original, what was done to it, and the exact similarity of the two, computed with this program's own tokens
//! and shingles. For copies that keep passages whole, their places are recorded too.
//!
//! A document is a function of the options, the seed and its number. It does not depend on how many
//! documents there are, on threads, or on the machine: originals are written anew where a copy needs them, and
//! memory is bounded. Texts that are not planted as copies of each other share next to nothing.
//!
//! # Files
//! - `docs.jsonl`, or `docs-00000.jsonl` and so on with several shards: a record a line, with `id`, `text`, `source`,
//!   `date` and `url`. A record's date is never before that of its original, and their sources differ.
//! - `truth.jsonl`: a planted copy a line. `id` is the copy, `of` its original, `edit` what was done, and `kind` is
//!   `template` for the same form with other facts (not a copy of the story), else `copy`. `jaccard` is that of
//!   the two sets of shingles, `containment` the share of the smaller set that is in the other. `passages` are what
//!   survives of the original, in its order: `a_bytes` and `b_bytes` are half-open ranges of bytes in the
//!   decoded texts of original and copy, `a_words` and `b_words` the tokens that begin there. They are listed for
//!   `truncate`, `wrap` and `reorder`, where both sides are equal, and for `ocr`, where they are but similar.
//! - `manifest.json`: options, counts, and size and xxh3-64 hash of every file. Nothing in it varies between
//!   runs.

mod archive;
mod edit;
mod language;
mod manifest;
mod noise;
mod options;
mod plan;
mod prose;
mod random;
mod record;
mod sentences;
mod shape;
#[cfg(test)]
mod tests;
mod truth;

pub use archive::{ArchiveProgress, generate};
pub use manifest::{ArchiveSummary, FileSummary};
pub use options::{Edit, Options, Scripts, Shape};
pub use sentences::{corpus_sentences, sentences};
