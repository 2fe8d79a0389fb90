//! The index over samples, and the candidates that it and paragraphs give, within bounded memory.
//!
//! What [`candidates`](super::candidates()) groups in memory is sorted in work files here: first the samples, by shingle,
//! which makes the lists of nodes; then the places of nodes in lists, by node. Both are looked up at random, as signatures are. In
//! memory are 4 bytes a document and 4 a node, a list of nodes, and a block of results.
#![allow(
    clippy::cast_possible_truncation,
    reason = "documents and nodes are numbered in 32 bits, and reading refuses more"
)]

use super::index::{FoundSamples, SampleLists, look_up_all};
use super::order::SizeOrder;
use super::paragraphs::pair_with_largest;
use super::rows::{NO_NODE, SpilledRows};
use super::sampling::Sampler;
use crate::error::Result;
use crate::interrupt::Interrupt;
use crate::work::{Appender, Column, Fixed, MergedRuns, Sorted, Sorter, WorkDirectory, WorkKind, take};

/// Samples and hashes of lines of all documents, in work files.
pub(crate) struct SpilledKeys {
    pub samples: SpilledRows,
    pub lines: SpilledRows,
}

/// Where work files are made, and how much may be in memory.
#[derive(Clone, Copy)]
pub(crate) struct SpillFiles<'a> {
    pub directory: &'a WorkDirectory,
    pub share_bytes: usize,
}

impl SpillFiles<'_> {
    pub(in crate::reuse) fn column<T: Fixed>(self, name: &str) -> Result<Column<T>> {
        self.directory.column(&format!("excerpt-{name}"), WorkKind(*b"xcrp"))
    }

    /// At most four are open at a time, and the lists of one node may take as much.
    pub(in crate::reuse) fn sorter<T: Fixed + Copy + Ord + Send + Sync>(self) -> Result<Sorter<T>> {
        Ok(Sorter::new(self.directory.nameless()?, self.share_bytes / 5))
    }
}

/// Candidates in work files: pairs as [`SizeOrder::pair`] has them.
pub(crate) struct SpilledCandidates {
    by_samples: Sorted<u64>,
    by_lines: Sorted<u64>,
    /// Distinct pairs by samples.
    pub sample_pairs: u64,
    /// Distinct pairs by paragraphs.
    pub line_pairs: u64,
    /// As in [`ContainmentCandidates`](super::ContainmentCandidates).
    pub frequent_shingles: u64,
    /// As in [`ContainmentCandidates`](super::ContainmentCandidates).
    pub crowded: Vec<u32>,
}

impl SpilledCandidates {
    /// Finds candidates among nodes, where node `n` is document `documents[n]` of `all`.
    pub(crate) fn new(
        keys: &SpilledKeys,
        (documents, all): (&[u32], usize),
        (order, units): (&SizeOrder, &[u32]),
        sampler: &Sampler,
        files: SpillFiles<'_>,
        interrupt: &dyn Interrupt,
    ) -> Result<Self> {
        let nodes = nodes_of(documents, all);
        let mut by_lines = files.sorter()?;
        let mut sorter = files.sorter()?;
        keys.lines.sort_by_key(&nodes, &mut sorter)?;
        let lines = sorter.finish()?;
        let mut lines = KeyHolders::new(&lines)?;
        let mut pairs = Vec::new();
        while lines.next()?.is_some() {
            pair_with_largest(&mut lines.nodes, units, sampler.search(), |(a, b)| {
                pairs.push(order.pair(a, b));
            });
            for pair in pairs.drain(..) {
                by_lines.push(pair)?;
            }
            interrupt.check()?;
        }
        drop(lines);
        let by_lines = by_lines.finish()?;
        drop(nodes);
        let pair = |(a, b)| order.pair(a, b);
        let found = SampleCandidates::new(&keys.samples, (documents, all), sampler, files, interrupt, &pair)?;
        let SampleCandidates { pairs: by_samples, frequent_shingles, crowded, .. } = found;
        let (sample_pairs, line_pairs) = (by_samples.count()?, by_lines.count()?);
        Ok(Self { by_samples, by_lines, sample_pairs, line_pairs, frequent_shingles, crowded })
    }

    /// All pairs, in order, each once.
    pub(crate) fn pairs(&self) -> Result<impl FnMut() -> Result<Option<u64>>> {
        let (mut samples, mut lines) = (self.by_samples.entries()?, self.by_lines.entries()?);
        let next = |entries: &mut MergedRuns<'_, u64>| Ok(entries.next()?.map(|(pair, _)| pair));
        let (mut sample, mut line) = (next(&mut samples)?, next(&mut lines)?);
        Ok(move || {
            let first = sample.into_iter().chain(line).min();
            if first.is_some() && sample == first {
                sample = next(&mut samples)?;
            }
            if first.is_some() && line == first {
                line = next(&mut lines)?;
            }
            Ok(first)
        })
    }
}

/// The node of each of so many documents, where node `n` is document `documents[n]`.
fn nodes_of(documents: &[u32], all: usize) -> Vec<u32> {
    let mut nodes = vec![NO_NODE; all];
    for (node, &document) in (0..).zip(documents) {
        nodes[document as usize] = node;
    }
    nodes
}

/// Candidates by samples alone, in a work file.
pub(in crate::reuse) struct SampleCandidates {
    pub pairs: Sorted<u64>,
    /// As in [`ContainmentCandidates`](super::ContainmentCandidates), and so are the next two.
    pub frequent_shingles: u64,
    pub affected: u64,
    pub crowded: Vec<u32>,
}

impl SampleCandidates {
    /// Finds candidates among nodes, where node `n` is document `documents[n]` of `all`; `pair` makes an entry of two.
    pub(in crate::reuse) fn new(
        samples: &SpilledRows,
        (documents, all): (&[u32], usize),
        sampler: &Sampler,
        files: SpillFiles<'_>,
        interrupt: &dyn Interrupt,
        pair: &dyn Fn((u32, u32)) -> u64,
    ) -> Result<Self> {
        let mut sorter = files.sorter()?;
        samples.sort_by_key(&nodes_of(documents, all), &mut sorter)?;
        let (index, frequent_shingles) = SpilledIndex::new(
            &sorter.finish()?,
            documents.len(),
            sampler.search().frequent,
            files,
            interrupt,
        )?;
        let mut pairs = files.sorter()?;
        let found = look_up_all(&index, documents.len(), sampler, interrupt, &mut |found| {
            found.iter().try_for_each(|&both| pairs.push(pair(both)))
        })?;
        let FoundSamples { affected, crowded } = found;
        Ok(Self { pairs: pairs.finish()?, frequent_shingles, affected, crowded })
    }
}

/// Reads sorted entries key by key.
pub(in crate::reuse) struct KeyHolders<'a> {
    entries: MergedRuns<'a, u64>,
    next: Option<u64>,
    /// The nodes of the key at hand, ascending.
    pub nodes: Vec<u32>,
}

impl<'a> KeyHolders<'a> {
    /// Those of sorted entries.
    pub(in crate::reuse) fn new(sorted: &'a Sorted<u64>) -> Result<Self> {
        let mut entries = sorted.entries()?;
        let next = entries.next()?.map(|(entry, _)| entry);
        Ok(Self { entries, next, nodes: Vec::new() })
    }

    /// Goes to the next key, and says which it is; none if there is none.
    pub(in crate::reuse) fn next(&mut self) -> Result<Option<u32>> {
        self.nodes.clear();
        let Some(first) = self.next else { return Ok(None) };
        while let Some(entry) = self.next.filter(|entry| entry >> 32 == first >> 32) {
            self.nodes.push(entry as u32);
            self.next = self.entries.next()?.map(|(entry, _)| entry);
        }
        Ok(Some((first >> 32) as u32))
    }
}

/// That a node is in a list, and how long that is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct ListMember {
    node: u32,
    list: u32,
    length: u32,
}

impl Fixed for ListMember {
    const BYTES: usize = 12;

    fn write(&self, bytes: &mut Vec<u8>) {
        self.node.write(bytes);
        self.list.write(bytes);
        self.length.write(bytes);
    }

    fn read(mut bytes: &[u8]) -> Self {
        let bytes = &mut bytes;
        Self { node: take(bytes), list: take(bytes), length: take(bytes) }
    }
}

/// What is said of a node: where its lists begin, how many they are, and how many samples it has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct IndexedNode {
    start: u64,
    shared: u32,
    samples: u32,
}

impl Fixed for IndexedNode {
    const BYTES: usize = 16;

    fn write(&self, bytes: &mut Vec<u8>) {
        self.start.write(bytes);
        self.shared.write(bytes);
        self.samples.write(bytes);
    }

    fn read(mut bytes: &[u8]) -> Self {
        let bytes = &mut bytes;
        Self { start: take(bytes), shared: take(bytes), samples: take(bytes) }
    }
}

/// Lists that are made before it is asked whether to go on.
const LISTS_UNASKED: u32 = 1 << 12;

/// The lists of samples in work files.
struct SpilledIndex {
    nodes: Column<IndexedNode>,
    /// Node by node, the lists that it is in, and their lengths.
    lists: Column<u32>,
    lengths: Column<u32>,
    /// List by list, its nodes, and where they end.
    holders: Column<u32>,
    ends: Column<u64>,
}

impl SpilledIndex {
    /// The index of these samples, and how many of them are frequent.
    fn new(
        samples: &Sorted<u64>,
        nodes: usize,
        frequent: u32,
        files: SpillFiles<'_>,
        interrupt: &dyn Interrupt,
    ) -> Result<(Self, u64)> {
        let (mut holders, mut ends) =
            (Appender::new(files.column("holders")?), Appender::new(files.column("ends")?));
        let mut members = files.sorter()?;
        let mut counts = vec![0u32; nodes];
        let (mut list, mut end, mut frequent_shingles) = (0u32, 0u64, 0);
        let mut buckets = KeyHolders::new(samples)?;
        while buckets.next()?.is_some() {
            for &node in &buckets.nodes {
                counts[node as usize] += 1;
            }
            if buckets.nodes.len() < 2 {
                continue;
            }
            let length = buckets.nodes.len() as u32;
            frequent_shingles += u64::from(length > frequent);
            end += u64::from(length);
            ends.push(end)?;
            for &node in &buckets.nodes {
                holders.push(node)?;
                members.push(ListMember { node, list, length })?;
            }
            list += 1;
            if list.is_multiple_of(LISTS_UNASKED) {
                interrupt.check()?;
            }
        }
        drop(buckets);
        let (holders, ends, members) = (holders.finish()?, ends.finish()?, members.finish()?);
        let mut members = members.entries()?;
        let (mut lists, mut lengths) =
            (Appender::new(files.column("lists")?), Appender::new(files.column("lengths")?));
        let mut indexed = Appender::new(files.column("nodes")?);
        let mut next = members.next()?;
        let mut start = 0;
        for (node, samples) in (0u32..).zip(counts) {
            let mut shared = 0;
            while let Some((member, _)) = next.filter(|(member, _)| member.node == node) {
                lists.push(member.list)?;
                lengths.push(member.length)?;
                shared += 1;
                next = members.next()?;
            }
            indexed.push(IndexedNode { start, shared, samples })?;
            start += u64::from(shared);
        }
        let (lists, lengths, nodes) = (lists.finish()?, lengths.finish()?, indexed.finish()?);
        Ok((Self { nodes, lists, lengths, holders, ends }, frequent_shingles))
    }

    fn node(&self, node: u32, memory: &mut SpilledLookup) -> Result<IndexedNode> {
        memory.nodes.clear();
        let node = u64::from(node);
        self.nodes.read_range(node..node + 1, &mut memory.bytes, &mut memory.nodes)?;
        Ok(memory.nodes[0])
    }
}

/// Memory of a thread that looks up.
#[derive(Default)]
struct SpilledLookup {
    bytes: Vec<u8>,
    nodes: Vec<IndexedNode>,
    ends: Vec<u64>,
    lengths: Vec<u32>,
}

impl SampleLists for SpilledIndex {
    type Scratch = SpilledLookup;

    fn count(&self, node: u32, memory: &mut SpilledLookup) -> Result<usize> {
        Ok(self.node(node, memory)?.samples as usize)
    }

    fn shared<'a>(
        &'a self,
        node: u32,
        memory: &mut SpilledLookup,
        lists: &'a mut Vec<u32>,
    ) -> Result<&'a [u32]> {
        let IndexedNode { start, shared, .. } = self.node(node, memory)?;
        lists.clear();
        self.lists.read_range(start..start + u64::from(shared), &mut memory.bytes, lists)?;
        Ok(lists)
    }

    fn lengths(
        &self,
        node: u32,
        lists: &[u32],
        memory: &mut SpilledLookup,
        lengths: &mut Vec<u64>,
    ) -> Result<()> {
        let IndexedNode { start, shared, .. } = self.node(node, memory)?;
        let SpilledLookup { bytes, lengths: read, .. } = memory;
        read.clear();
        self.lengths.read_range(start..start + u64::from(shared), bytes, read)?;
        lengths
            .extend(read.iter().zip(lists).map(|(&length, &list)| u64::from(length) << 32 | u64::from(list)));
        Ok(())
    }

    fn holders(&self, list: u32, memory: &mut SpilledLookup, nodes: &mut Vec<u32>) -> Result<()> {
        let SpilledLookup { bytes, ends, .. } = memory;
        ends.clear();
        let list = u64::from(list);
        self.ends.read_range(list.saturating_sub(1)..list + 1, bytes, ends)?;
        let (start, end) = if list == 0 { (0, ends[0]) } else { (ends[0], ends[1]) };
        self.holders.read_range(start..end, bytes, nodes)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::order::ExcerptOrder;
    use super::super::{ContainmentSearch, Paragraphs, Samples, candidates, candidates_by_paragraphs};
    use super::*;
    use crate::params::{Recall, Shingling};
    use crate::work::{Resume, Settings};

    proptest! {
        #[test]
        fn candidates_in_work_files_are_those_in_memory(
            texts in proptest::collection::vec(
                (proptest::collection::vec(0u64..40, 0..30), proptest::collection::vec(0u8..12, 0..6), 5u32..80), 0..40),
            every in 1usize..4, frequent in 2u32..9, share_bytes in 1usize..3000,
        ) {
            let recall = Recall::new(0.9).unwrap();
            let search = ContainmentSearch { recall, least_units: 20, frequent, ..Default::default() };
            let sampler = Sampler::new(search, Shingling::Word(1)).unwrap();
            let (mut samples, mut lines) = (Samples::default(), Paragraphs::default());
            let hash = |n: &u64| crate::hash::mix(n + 1) >> 3;
            for (shingles, text, words) in &texts {
                samples.push(&sampler, &shingles.iter().map(hash).collect::<Vec<_>>(), *words as usize);
                lines.push(&text.iter().map(|n| format!("a line of words, number {n:>4}")).collect::<Vec<_>>().join("\n"));
            }
            // Some of the documents, the last first.
            let documents: Vec<u32> =
                (0..texts.len() as u32).rev().filter(|n| every == 1 || !(*n as usize).is_multiple_of(every)).collect();
            let units: Vec<u32> = documents.iter().map(|&n| texts[n as usize].2).collect();
            let order = SizeOrder::new(ExcerptOrder::by_size(&units));
            let expected = candidates(&samples, &documents, &sampler, &()).unwrap();
            let by_lines = candidates_by_paragraphs(&lines, &documents, &units, &search);

            let parent = tempfile::tempdir().unwrap();
            let directory =
                WorkDirectory::open(&crate::disk::Disk::default(), &parent.path().join("work"), Resume::Anew, Settings::default(), &[]).unwrap();
            let rows = |name: &str| {
                let column = |what| directory.column(&format!("{name}-{what}"), WorkKind(*b"test")).unwrap();
                SpilledRows::new(column("keys"), column("counts"))
            };
            let mut keys = SpilledKeys { samples: rows("samples"), lines: rows("lines") };
            samples.spill(&mut keys.samples).unwrap();
            lines.spill(&mut keys.lines).unwrap();
            for file in keys.samples.files().into_iter().chain(keys.lines.files()) {
                file.flush().unwrap();
            }
            let files = SpillFiles { directory: &directory, share_bytes };
            let found =
                SpilledCandidates::new(&keys, (&documents, texts.len()), (&order, &units), &sampler, files, &())
                    .unwrap();
            prop_assert_eq!(found.sample_pairs, expected.pairs.len() as u64);
            prop_assert_eq!(found.line_pairs, by_lines.len() as u64);
            prop_assert_eq!(found.frequent_shingles, expected.frequent_shingles);
            prop_assert_eq!(&found.crowded, &expected.crowded);
            let mut all: Vec<u64> =
                expected.pairs.iter().chain(&by_lines).map(|&(a, b)| order.pair(a, b)).collect();
            all.sort_unstable();
            all.dedup();
            let mut next = found.pairs().unwrap();
            let pairs: Vec<u64> = std::iter::from_fn(|| next().unwrap()).collect();
            prop_assert_eq!(pairs, all);
        }
    }
}
