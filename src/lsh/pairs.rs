//! Candidate pairs, in memory or in a work file.

use rayon::prelude::*;

use crate::error::Result;
use crate::work::{WorkFile, WorkReader};

/// Bytes of a pair in a work file.
pub(super) const PAIR_BYTES: usize = 8;

/// Bytes of a work file read at a time.
const READ_BYTES: usize = 1 << 18;

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

/// Candidate pairs, sorted, each once.
#[derive(Debug)]
pub struct Pairs(Store);

#[derive(Debug)]
enum Store {
    Memory(Vec<CandidatePair>),
    /// Packed, as little-endian integers.
    File(WorkFile),
}

impl Default for Pairs {
    fn default() -> Self {
        Self(Store::Memory(Vec::new()))
    }
}

impl Pairs {
    /// Sorts pairs, no two of which are the same.
    pub fn new(mut pairs: Vec<CandidatePair>) -> Self {
        pairs.par_sort_unstable();
        Self(Store::Memory(pairs))
    }

    /// The pairs of a work file, sorted, all of which have been flushed.
    pub(crate) fn in_file(file: WorkFile) -> Self {
        Self(Store::File(file))
    }

    /// Number of pairs.
    pub fn len(&self) -> u64 {
        match &self.0 {
            Store::Memory(pairs) => pairs.len() as u64,
            Store::File(file) => file.len() / PAIR_BYTES as u64,
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Reads the pairs in order, those before number `from` left out.
    pub(crate) fn stream(&self, from: u64) -> PairStream<'_> {
        let source = match &self.0 {
            Store::Memory(pairs) => Source::Memory(&pairs[from as usize..]),
            Store::File(file) => {
                Source::File(file.reader(from * PAIR_BYTES as u64..file.len(), READ_BYTES), None)
            }
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
    source: Source<'a>,
    taken: u64,
}

enum Source<'a> {
    Memory(&'a [CandidatePair]),
    /// And the pair that was looked at already.
    File(WorkReader<'a>, Option<CandidatePair>),
}

impl PairStream<'_> {
    /// The next pair, without taking it.
    #[inline]
    pub(crate) fn peek(&mut self) -> Result<Option<CandidatePair>> {
        match &mut self.source {
            Source::Memory(pairs) => Ok(pairs.first().copied()),
            Source::File(reader, ahead) => {
                if ahead.is_none() {
                    let entry = reader.entry::<PAIR_BYTES>()?;
                    *ahead = entry.map(|bytes| CandidatePair::unpacked(u64::from_le_bytes(bytes)));
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
                Source::Memory(rest) => *rest = &rest[1..],
                Source::File(_, ahead) => *ahead = None,
            }
        }
        Ok(())
    }

    /// How many pairs come before the next one.
    pub(crate) fn taken(&self) -> u64 {
        self.taken
    }
}
