//! What is looked at without reading records: whether an input is still the same, and how large a chunk's records
//! can be.
#![allow(
    clippy::cast_possible_truncation,
    reason = "a record is at most 4 GiB, which is checked where it is framed; a mapped file fits the address space"
)]

use std::fs;
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
}

impl Corpus {
    /// What tells whether the inputs are still the same: names, sizes, times, and samples of their content.
    pub(crate) fn stamps(&self) -> Result<Vec<InputStamp>> {
        self.sources().par_iter().map(Source::stamp).collect()
    }

    /// Bounds on what a chunk holds. Reads the chunk's bytes once, but looks at line ends only.
    pub(crate) fn extent(&self, chunk: &Chunk) -> Result<ChunkExtent> {
        match chunk {
            Chunk::Lines { source, range } => {
                let bytes = &self.sources()[*source].lines()[range.clone()];
                let mut extent = ChunkExtent::default();
                let mut start = 0;
                for end in memchr_iter(b'\n', bytes).chain(Some(bytes.len())) {
                    extent.records += usize::from(end > start);
                    extent.longest = extent.longest.max(end - start);
                    start = end + 1;
                }
                Ok(extent)
            }
            Chunk::Files(sources) => {
                let mut extent = ChunkExtent { records: sources.len(), longest: 0 };
                for source in &self.sources()[sources.clone()] {
                    let size = source.expected_bytes()?;
                    extent.longest = extent.longest.max(size.min(self.max_record_bytes()) as usize);
                }
                Ok(extent)
            }
        }
    }
}

impl Source {
    fn stamp(&self) -> Result<InputStamp> {
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
        if self.path().as_os_str() != "-" {
            let metadata = fs::metadata(self.path()).map_err(Error::io(self.path(), "read its size"))?;
            let modified = metadata.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
            stamp.modified = modified.map(|since| since.as_nanos() as u64);
            stamp.bytes = metadata.len();
        }
        Ok(stamp)
    }
}

#[cfg(test)]
mod tests {
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
        assert_eq!(corpus.extent(&chunks[0]).unwrap(), ChunkExtent { records: 3, longest: 17 });
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
            open(&path).stamps().unwrap().remove(0)
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
