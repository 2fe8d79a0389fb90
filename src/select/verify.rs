//! Whether two nodes are similar enough, from their texts or from their signatures.

use rayon::prelude::*;

use crate::error::Result;
use crate::interrupt::Interrupt;
use crate::similarity::{SetCounts, SetTable, jaccard};

/// Gives the shingles of a node on demand.
///
/// Shingle sets are made again from the text when a pair is verified: keeping them all would take more memory
/// than the texts, and few documents are ever verified.
pub trait ShingleSource: Sync {
    /// Memory that reading a text takes; one a thread.
    type Scratch<'s>: Send
    where
        Self: 's;

    /// Memory for one thread.
    fn scratch(&self) -> Self::Scratch<'_>;

    /// The shingle hashes of node `node`, in any order, repeats allowed.
    fn shingles<'a, 's>(&'s self, node: u32, scratch: &'a mut Self::Scratch<'s>) -> &'a [u64]
    where
        's: 'a;

    /// How many shingles two nodes have and share, if that has to be counted without holding their sets; none if both
    /// may be held.
    fn counts<'s>(&'s self, _a: u32, _b: u32, _scratch: &mut Self::Scratch<'s>) -> Option<SetCounts> {
        None
    }

    /// What to make of a node that is similar enough to a kept one. The answer may depend on what was asked about the
    /// same node before, and on nothing else but the two.
    fn judge(&self, _node: u32, _kept: u32) -> Judgement {
        Judgement::Repeat
    }
}

/// What two similar nodes are to one another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Judgement {
    /// The one repeats the other, and goes.
    Repeat,
    /// They are to be kept apart, whatever their similarity.
    Apart,
    /// Likely apart; enough was found out about the node, and it stays.
    Enough,
}

/// What decides that a candidate pair is similar.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verification {
    /// The Jaccard similarity of the shingle sets, recomputed from the texts.
    #[default]
    Exact,
    /// The estimate from the signatures; faster, and off by a standard error of up to `0.5 / sqrt(slots)`.
    Signature,
}

/// A thread's working memory for verifying: the set of the node in question, and the last few it was compared
/// with, since neighbours in corpus order tend to repeat the same kept document.
pub(super) struct Verifier<'s, S: ShingleSource> {
    source: &'s S,
    scratch: S::Scratch<'s>,
    subject: LoadedSet,
    recent: [LoadedSet; RECENT],
    next: usize,
}

const RECENT: usize = 4;

#[derive(Default)]
struct LoadedSet {
    node: Option<u32>,
    set: SetTable,
}

impl LoadedSet {
    fn load<'s, S: ShingleSource>(&mut self, node: u32, source: &'s S, scratch: &mut S::Scratch<'s>) {
        if self.node != Some(node) {
            self.set.build(source.shingles(node, scratch));
            self.node = Some(node);
        }
    }
}

impl<'s, S: ShingleSource> Verifier<'s, S> {
    pub(super) fn new(source: &'s S) -> Self {
        Self {
            source,
            scratch: source.scratch(),
            subject: LoadedSet::default(),
            recent: Default::default(),
            next: 0,
        }
    }

    /// The exact Jaccard similarity of two nodes. The set of `node` is kept for the next call.
    pub(super) fn jaccard(&mut self, node: u32, other: u32) -> f64 {
        if let Some(counts) = self.source.counts(node, other, &mut self.scratch) {
            return counts.jaccard();
        }
        self.subject.load(node, self.source, &mut self.scratch);
        let place = self.recent.iter().position(|recent| recent.node == Some(other)).unwrap_or_else(|| {
            self.next = (self.next + 1) % RECENT;
            self.next
        });
        self.recent[place].load(other, self.source, &mut self.scratch);
        let (a, b) = (&self.subject.set, &self.recent[place].set);
        jaccard(a.overlap(b), a.len(), b.len())
    }

    /// Lends the shingles of a node.
    pub(super) fn shingles(&mut self, node: u32) -> &[u64] {
        self.source.shingles(node, &mut self.scratch)
    }
}

/// Pairs that a task compares one after the other.
const TASK_PAIRS: usize = 32;

/// The exact Jaccard similarity of each pair of nodes. It is cheapest where pairs of one first node come together.
pub(crate) fn similarities<S: ShingleSource>(
    pairs: &[(u32, u32)],
    source: &S,
    interrupt: &dyn Interrupt,
) -> Result<Vec<f64>> {
    let parts = pairs
        .par_chunks(TASK_PAIRS)
        .map_init(
            || Verifier::new(source),
            |verifier, pairs| {
                interrupt.check()?;
                Ok(pairs.iter().map(|&(node, other)| verifier.jaccard(node, other)).collect::<Vec<_>>())
            },
        )
        .collect::<Result<Vec<_>>>()?;
    Ok(parts.concat())
}
