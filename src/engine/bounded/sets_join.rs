//! The exact join of all pairs within bounded memory: sets in a work file, two blocks of them in memory at a time.
#![allow(
    clippy::cast_possible_truncation,
    reason = "documents are numbered in 32 bits, and reading refuses more; a work file fits the address space"
)]

use std::ops::Range;

use super::reading::BoundedReading;
use super::storage::Storage;
use super::workspace::{Budget, OutOfCore};
use crate::corpus::Corpus;
use crate::engine::ingest::FoundRecords;
use crate::engine::observer::{Observer, Progress, Stage};
use crate::error::Result;
use crate::interrupt::Interrupt;
use crate::shingle::{ShingleScratch, Shingler};
use crate::similarity::{JoinPair, Measure, SetCollection, containment, jaccard, join, join_in_batches};
use crate::work::{Column, Fixed, Settings, Sorted, Sorter, WorkDirectory, WorkKind, take};

/// Bytes of a document: its place, and where its set ends in a block.
const DOCUMENT_BYTES: u64 = 24;

/// Bytes of a shingle while two blocks are joined: in its set, in the order of shingles, by its rank, and in the index.
const JOINED_BYTES: usize = 48;

/// Bytes of each shingle while its set is made: twice eight, in buffers that double, and in the set.
const READ_BYTES: usize = 40;

/// Bytes of a record until its set is written: its place, and where its set ends.
const RECORD_BYTES: usize = 64;

/// A pair as it is sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct FoundPair {
    a: u32,
    b: u32,
    overlap: u32,
    /// Distinct shingles of each.
    sizes: [u32; 2],
}

impl Fixed for FoundPair {
    const BYTES: usize = 20;

    fn write(&self, bytes: &mut Vec<u8>) {
        for number in [self.a, self.b, self.overlap, self.sizes[0], self.sizes[1]] {
            number.write(bytes);
        }
    }

    fn read(mut bytes: &[u8]) -> Self {
        let bytes = &mut bytes;
        let (a, b, overlap) = (take(bytes), take(bytes), take(bytes));
        Self { a, b, overlap, sizes: [take(bytes), take(bytes)] }
    }
}

/// All similar pairs, in work files.
pub(in crate::engine) struct SpilledPairs {
    pairs: Sorted<FoundPair>,
    count: u64,
}

impl SpilledPairs {
    /// Number of pairs.
    pub(in crate::engine) fn count(&self) -> u64 {
        self.count
    }

    /// The pairs in corpus order, the earlier document of each first.
    pub(in crate::engine) fn pairs(&self) -> Result<impl Iterator<Item = Result<JoinPair>>> {
        let mut entries = self.pairs.entries()?;
        Ok(std::iter::from_fn(move || {
            let found = entries.next().transpose()?;
            Some(found.map(|(FoundPair { a, b, overlap, sizes }, _)| {
                let [own, other] = sizes.map(|size| size as usize);
                let jaccard = jaccard(overlap as usize, own, other);
                JoinPair { a, b, overlap, jaccard, containment: containment(overlap as usize, own, other) }
            }))
        }))
    }
}

/// Documents whose sets are in memory together.
struct SetBlock {
    documents: Range<u32>,
    /// The place of its first hash in the file.
    start: u64,
    hashes: usize,
}

/// The sets of all documents, in a work file.
struct SpilledSets {
    hashes: Column<u64>,
    /// Distinct hashes of each document.
    counts: Column<u32>,
}

/// Joins all documents of `corpus` with each other, within a limit of memory.
///
/// Sets are written to a work file once and read back in blocks, each with all behind it: a corpus whose sets take *k*
/// blocks is read *k*/2 times.
///
/// # Errors
/// [`crate::Error::MemoryTooSmall`] if there are too many documents, or one is too long, for the limit; else as
/// [`join`](crate::similarity::join()).
pub(in crate::engine) fn join_within(
    corpus: &Corpus,
    shingler: &Shingler,
    measure: Measure,
    options: &OutOfCore,
    observer: &dyn Observer,
) -> Result<(FoundRecords, SpilledPairs)> {
    let budget = Budget::new(options, DOCUMENT_BYTES);
    budget.check(0)?;
    let directory =
        WorkDirectory::open(&options.disk, &options.directory, options.resume, Settings::default(), &[])?;
    let (found, sets) = SpilledSets::read(corpus, shingler, budget, &directory, observer)?;
    found.check_usable(corpus, observer)?;
    let documents = found.records.len();
    let progress = Progress::begin(observer, Stage::Join, documents as u64);
    let mut sorter = Sorter::new(directory.column("pairs", WorkKind(*b"join"))?, budget.share(documents) / 8);
    sets.join(documents, measure, budget, &progress, &mut |pair| sorter.push(pair))?;
    let pairs = sorter.finish()?;
    let count = pairs.count()?;
    Ok((found, SpilledPairs { pairs, count }))
}

impl Storage {
    /// All similar pairs of sets, so many in a run over so many documents; in any order, the lower one of each first. `read`
    /// reads the set of this number.
    ///
    /// # Errors
    /// [`crate::Error::MemoryTooSmall`] if a set is too large for the limit; else as [`join`], and those of `read`.
    pub(in crate::engine) fn join_sets(
        &self,
        (sets, documents): (u32, usize),
        measure: Measure,
        read: &mut dyn FnMut(u32, &mut SetCollection) -> Result<()>,
        progress: &Progress<'_>,
        take: &mut dyn FnMut(u32, u32) -> Result<()>,
    ) -> Result<()> {
        let mut collection = SetCollection::default();
        let Self::Files(workspace) = self else {
            (0..sets).try_for_each(|set| read(set, &mut collection))?;
            return join(&collection, measure, progress)?.pairs().try_for_each(|pair| take(pair.a, pair.b));
        };
        let mut spilled = SpilledSets::new(&workspace.directory)?;
        for set in 0..sets {
            progress.check()?;
            read(set, &mut collection)?;
            spilled.append(&std::mem::take(&mut collection))?;
        }
        spilled.flush()?;
        spilled.join(documents, measure, workspace.budget, progress, &mut |pair| take(pair.a, pair.b))
    }
}

impl SpilledSets {
    fn new(directory: &WorkDirectory) -> Result<Self> {
        Ok(Self { hashes: directory.nameless()?, counts: directory.nameless()? })
    }

    fn flush(&mut self) -> Result<()> {
        self.hashes.file().flush()?;
        self.counts.file().flush()
    }

    /// Hands over all similar pairs, beside so many documents.
    fn join(
        &self,
        documents: usize,
        measure: Measure,
        budget: Budget,
        progress: &Progress<'_>,
        take: &mut dyn FnMut(FoundPair) -> Result<()>,
    ) -> Result<()> {
        let share = budget.share(documents);
        // Half for two blocks, an eighth for pairs that were found; an eighth is left for those that are sorted.
        let most = (share / 2 / (2 * JOINED_BYTES)).max(1);
        let blocks = self.blocks(most, documents, budget)?;
        for (place, block) in blocks.iter().enumerate() {
            for other in &blocks[place..] {
                let mut collection = SetCollection::default();
                self.load(block, &mut collection)?;
                let own = collection.len() as u32;
                let is_same = other.documents == block.documents;
                if !is_same {
                    self.load(other, &mut collection)?;
                }
                let document = |set: u32| match set.checked_sub(own) {
                    None => block.documents.start + set,
                    Some(beyond) => other.documents.start + beyond,
                };
                join_in_batches(&collection, measure, share / 8, progress, &mut |a, b, overlap| {
                    if is_same || (a < own && b >= own) {
                        let sizes = [a, b].map(|set| collection.get(set as usize).len() as u32);
                        take(FoundPair { a: document(a), b: document(b), overlap, sizes })?;
                    }
                    Ok(())
                })?;
            }
            progress.advance(u64::from(block.documents.end - block.documents.start))?;
        }
        Ok(())
    }

    fn read(
        corpus: &Corpus,
        shingler: &Shingler,
        budget: Budget,
        directory: &WorkDirectory,
        observer: &dyn Observer,
    ) -> Result<(FoundRecords, Self)> {
        let mut sets = Self::new(directory)?;
        let reading = BoundedReading {
            budget,
            directory: directory.path(),
            shingling: shingler.shingling(),
            shingle_bytes: READ_BYTES,
            most_text_bytes: usize::MAX,
            record_bytes: RECORD_BYTES,
        };
        let found = reading.read_all(
            corpus,
            &[&corpus.fields().text],
            observer,
            SetCollection::default,
            |scratch: &mut ShingleScratch, part: &mut SetCollection, record, _| {
                part.push(shingler.shingles(record.text, scratch).hashes);
            },
            |part| sets.append(&part),
        )?;
        sets.flush()?;
        Ok((found, sets))
    }

    fn append(&mut self, part: &SetCollection) -> Result<()> {
        for set in 0..part.len() {
            let hashes = part.get(set);
            self.counts.extend(&[hashes.len() as u32])?;
            self.hashes.extend(hashes)?;
        }
        Ok(())
    }

    /// Cuts the documents into blocks of at most so many shingles.
    fn blocks(&self, most: usize, documents: usize, budget: Budget) -> Result<Vec<SetBlock>> {
        let mut blocks: Vec<SetBlock> = Vec::new();
        let mut counts = self.counts.reader(0);
        let (mut document, mut start) = (0, 0);
        while let Some(count) = counts.next()? {
            let count = count as usize;
            // Two blocks of one document each are the least that can be joined.
            budget.check_single(documents, 4 * count * JOINED_BYTES, || {
                format!("a record of {count} different shingles")
            })?;
            match blocks.last_mut() {
                Some(block) if block.hashes + count <= most => {
                    block.hashes += count;
                    block.documents.end += 1;
                }
                _ => blocks.push(SetBlock { documents: document..document + 1, start, hashes: count }),
            }
            document += 1;
            start += count as u64;
        }
        Ok(blocks)
    }

    /// Adds the sets of a block.
    fn load(&self, block: &SetBlock, into: &mut SetCollection) -> Result<()> {
        let (mut bytes, mut counts, mut set) = (Vec::new(), Vec::new(), Vec::new());
        let Range { start, end } = block.documents;
        self.counts.read_range(start.into()..end.into(), &mut bytes, &mut counts)?;
        let mut at = block.start;
        for count in counts {
            set.clear();
            self.hashes.read_range(at..at + u64::from(count), &mut bytes, &mut set)?;
            into.push(&set);
            at += u64::from(count);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_has_the_bytes_that_the_documentation_states() {
        let pair = FoundPair { a: 1, b: 2, overlap: 3, sizes: [4, 5] };
        let mut bytes = Vec::new();
        pair.write(&mut bytes);
        assert_eq!(bytes, [1u32, 2, 3, 4, 5].map(u32::to_le_bytes).concat());
        assert_eq!(FoundPair::read(&bytes), pair);
    }
}
