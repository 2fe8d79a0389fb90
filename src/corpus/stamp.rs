//! What is looked at without reading records: whether an input is still the same, and how large a chunk's records
//! can be.
#![allow(
    clippy::cast_possible_truncation,
    reason = "a record is at most 4 GiB, which is checked where it is framed; a mapped file fits the address space"
)]

use std::time::UNIX_EPOCH;

use memchr::memchr_iter;
use rayon::prelude::*;

use super::inputs::Corpus;
use super::source::Source;
use super::walk::Chunk;
use crate::error::{Error, Result};
use crate::hash::Digest;
use crate::params::Seed;
use crate::work::InputStamp;

/// Blocks of an input that are hashed, evenly spread from its first to its last.
const SAMPLE_BLOCKS: usize = 64;
const SAMPLE_BLOCK_BYTES: usize = 4096;

/// Bounds on what a chunk holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct ChunkExtent {
    /// Most records.
    pub records: usize,
    /// Most bytes of one record.
    pub longest: usize,
    /// Most bytes of all records together.
    pub bytes: usize,
}

impl Corpus {
    /// What tells whether the inputs are still the same: names, sizes, times, and samples of their content.
    pub(crate) fn stamps(&self) -> Vec<InputStamp> {
        self.sources().par_iter().map(Source::stamp).collect()
    }

    /// Passes a result on if all inputs and references still are what they were when they were opened. If one changed,
    /// that is the error, whatever else went wrong: the rest may follow from it. Inputs that are streams cannot change.
    ///
    /// # Errors
    /// [`Error::InputChanged`] with the first file that did, else that of `result`.
    pub(crate) fn unchanged<T>(&self, result: Result<T>) -> Result<T> {
        let value = self.or_change(result)?;
        self.check_unchanged().map(|()| value)
    }

    /// Passes a result on; if something went wrong and an input changed, that is the error, as with
    /// [`unchanged`](Self::unchanged).
    pub(crate) fn or_change<T>(&self, result: Result<T>) -> Result<T> {
        result.map_err(|error| match error {
            Error::Interrupted => error,
            error => self.check_unchanged().err().unwrap_or(error),
        })
    }

    fn check_unchanged(&self) -> Result<()> {
        // The first in corpus order, whichever is looked at first.
        let changed = self.sources.par_iter().find_map_first(|source| source.check_unchanged().err());
        #[cfg(feature = "archives")]
        let changed =
            changed.or_else(|| self.archives.iter().find_map(|(archive, _)| archive.check_unchanged().err()));
        changed.map_or(Ok(()), Err)
    }

    /// Bounds on what a chunk holds. Reads the chunk's bytes once, but looks at line ends only.
    pub(crate) fn extent(&self, chunk: &Chunk) -> ChunkExtent {
        let sources = match chunk {
            Chunk::Lines { source, range } => {
                let mut extent = ChunkExtent::default();
                extent.add_lines(&self.sources()[*source].lines()[range.clone()]);
                return extent;
            }
            Chunk::Sources(sources) => sources.clone(),
        };
        let mut extent = ChunkExtent::default();
        for source in &self.sources()[sources] {
            if source.is_document() {
                let size = source.expected_bytes().min(self.max_record_bytes()) as usize;
                extent.records += 1;
                extent.longest = extent.longest.max(size);
                extent.bytes += size;
            } else {
                extent.add_lines(source.lines());
            }
        }
        extent
    }
}

impl ChunkExtent {
    fn add_lines(&mut self, bytes: &[u8]) {
        self.bytes += bytes.len();
        let mut start = 0;
        for end in memchr_iter(b'\n', bytes).chain(Some(bytes.len())) {
            self.records += usize::from(end > start);
            self.longest = self.longest.max(end - start);
            start = end + 1;
        }
    }
}

impl Source {
    fn check_unchanged(&self) -> Result<()> {
        // Members have the file of their archive, which is looked at once.
        let state = self.state.filter(|_| self.archive.is_none());
        state.map_or(Ok(()), |state| state.check(&self.path))
    }

    fn stamp(&self) -> InputStamp {
        let mut digest = Digest::new(Seed(0));
        let content = self.lines();
        let last = content.len().saturating_sub(SAMPLE_BLOCK_BYTES);
        for block in 0..SAMPLE_BLOCKS {
            let start = (last as u128 * block as u128 / (SAMPLE_BLOCKS - 1) as u128) as usize;
            digest.update(&content[start..(start + SAMPLE_BLOCK_BYTES).min(content.len())]);
        }
        let sample = if self.is_document() { 0 } else { digest.finish() };
        let mut stamp =
            InputStamp { name: self.name().to_owned(), bytes: content.len() as u64, modified: None, sample };
        // What it was when it was opened, for that is what will have been read.
        if let Some(state) = self.state {
            let modified = state.modified.and_then(|time| time.duration_since(UNIX_EPOCH).ok());
            stamp.modified = modified.map(|since| since.as_nanos() as u64);
            stamp.bytes = state.bytes;
        }
        stamp
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::super::options::OpenOptions;
    use super::*;

    fn open(path: &std::path::Path) -> Corpus {
        let options = OpenOptions::new(std::env::temp_dir());
        Corpus::open(&[path.to_owned()], &options).unwrap()
    }

    #[test]
    fn an_extent_bounds_the_records_of_its_chunk() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a.jsonl");
        fs::write(&path, "{\"text\":\"a\"}\n\n{\"text\":\"longer\"}\n{\"text\":\"b\"}").unwrap();
        let corpus = open(&path);
        let chunks = corpus.chunks(1 << 20);
        assert_eq!(corpus.extent(&chunks[0]), ChunkExtent { records: 3, longest: 17, bytes: 44 });
    }

    #[test]
    fn a_changed_byte_in_a_sampled_block_changes_the_stamp() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a.jsonl");
        let line = "{\"text\":\"some words\"}\n";
        let whole = line.repeat(40_000);
        fs::write(&path, &whole).unwrap();
        let modified = fs::metadata(&path).unwrap().modified().unwrap();
        let stamp = |content: &str| {
            fs::write(&path, content).unwrap();
            fs::File::options().write(true).open(&path).unwrap().set_modified(modified).unwrap();
            open(&path).stamps().remove(0)
        };
        let before = stamp(&whole);
        assert_eq!(before, stamp(&whole));
        for at in [10, whole.len() - 10] {
            let mut changed = whole.clone();
            changed.replace_range(at..=at, "x");
            assert_ne!(before, stamp(&changed), "byte {at}");
        }
    }
}
