//! Candidate pairs, in memory or in a work file.
#![allow(
    clippy::cast_possible_truncation,
    reason = "nodes are numbered in 32 bits, and reading refuses more"
)]

use std::cmp::Ordering;

use rayon::prelude::*;

use crate::error::Result;
use crate::work::{Column, ColumnReader, Fixed};

/// Two nodes that share a bucket and agree in enough slots.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CandidatePair {
    /// The node that comes later in priority order.
    pub later: u32,
    /// The node that comes earlier.
    pub earlier: u32,
}

impl CandidatePair {
    /// Both nodes in one number, in the order of pairs.
    #[inline]
    pub(super) fn packed(self) -> u64 {
        u64::from(self.later) << 32 | u64::from(self.earlier)
    }

    #[inline]
    pub(super) fn unpacked(pair: u64) -> Self {
        Self { later: (pair >> 32) as u32, earlier: pair as u32 }
    }
}

/// In a work file a pair is one number, as it is packed.
impl Fixed for CandidatePair {
    const BYTES: usize = u64::BYTES;

    #[inline]
    fn write(&self, bytes: &mut Vec<u8>) {
        self.packed().write(bytes);
    }

    #[inline]
    fn read(bytes: &[u8]) -> Self {
        Self::unpacked(u64::read(bytes))
    }
}

/// Candidate pairs, sorted, each once.
#[derive(Debug)]
pub struct Pairs(PairStore);

#[derive(Debug)]
enum PairStore {
    Memory(Vec<CandidatePair>),
    File(Column<CandidatePair>),
}

impl Default for Pairs {
    fn default() -> Self {
        Self(PairStore::Memory(Vec::new()))
    }
}

impl Pairs {
    /// Sorts pairs, no two of which are the same.
    pub fn new(mut pairs: Vec<CandidatePair>) -> Self {
        pairs.par_sort_unstable();
        Self(PairStore::Memory(pairs))
    }

    /// The pairs of a work file, sorted, all of which have been flushed.
    pub(crate) fn in_file(file: Column<CandidatePair>) -> Self {
        Self(PairStore::File(file))
    }

    /// Number of pairs.
    pub fn len(&self) -> u64 {
        match &self.0 {
            PairStore::Memory(pairs) => pairs.len() as u64,
            PairStore::File(file) => file.len(),
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether `pair` is one of them. O(log n).
    ///
    /// # Errors
    /// [`crate::Error::Io`] if the pairs are in a file that cannot be read.
    pub(crate) fn contains(&self, pair: CandidatePair) -> Result<bool> {
        match &self.0 {
            PairStore::Memory(pairs) => Ok(pairs.binary_search(&pair).is_ok()),
            PairStore::File(file) => {
                let mut among = 0..file.len();
                while !among.is_empty() {
                    let middle = among.start + (among.end - among.start) / 2;
                    match file.get(middle)?.cmp(&pair) {
                        Ordering::Equal => return Ok(true),
                        Ordering::Less => among.start = middle + 1,
                        Ordering::Greater => among.end = middle,
                    }
                }
                Ok(false)
            }
        }
    }

    /// Reads the pairs in order, those before number `from` left out.
    pub(crate) fn stream(&self, from: u64) -> PairStream<'_> {
        let source = match &self.0 {
            PairStore::Memory(pairs) => PairSource::Memory(&pairs[from as usize..]),
            PairStore::File(file) => PairSource::File(file.reader(from), None),
        };
        PairStream { source, taken: from }
    }

    /// All pairs.
    #[cfg(test)]
    pub(crate) fn to_vec(&self) -> Result<Vec<CandidatePair>> {
        let mut stream = self.stream(0);
        let mut pairs = Vec::new();
        while let Some(pair) = stream.peek()? {
            stream.take_of(pair.later, &mut pairs)?;
        }
        Ok(pairs)
    }
}

/// Reads pairs in order.
pub(crate) struct PairStream<'a> {
    source: PairSource<'a>,
    taken: u64,
}

enum PairSource<'a> {
    Memory(&'a [CandidatePair]),
    /// And the pair that was looked at already.
    File(ColumnReader<'a, CandidatePair>, Option<CandidatePair>),
}

impl PairStream<'_> {
    /// The next pair, without taking it.
    #[inline]
    pub(crate) fn peek(&mut self) -> Result<Option<CandidatePair>> {
        match &mut self.source {
            PairSource::Memory(pairs) => Ok(pairs.first().copied()),
            PairSource::File(reader, ahead) => {
                if ahead.is_none() {
                    *ahead = reader.next()?;
                }
                Ok(*ahead)
            }
        }
    }

    /// Takes the pairs of which `node` is the later, if they come next.
    pub(crate) fn take_of(&mut self, node: u32, pairs: &mut Vec<CandidatePair>) -> Result<()> {
        while let Some(pair) = self.peek()?
            && pair.later == node
        {
            pairs.push(pair);
            self.taken += 1;
            match &mut self.source {
                PairSource::Memory(rest) => *rest = &rest[1..],
                PairSource::File(_, ahead) => *ahead = None,
            }
        }
        Ok(())
    }

    /// How many pairs come before the next one.
    pub(crate) fn taken(&self) -> u64 {
        self.taken
    }
}
