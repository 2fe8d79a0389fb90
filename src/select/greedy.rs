//! The greedy kept set, computed in parallel, exactly as the sequential loop would give it.
//!
//! The definition: in priority order, keep a node unless it is similar to a node kept before it, and the source does not
//! judge that the two are to be kept apart. Nodes are
//! numbered in priority order. They are taken in blocks; each node of a block is first compared with what
//! earlier blocks kept, all nodes in parallel; those that survive fall into groups with no candidate pair
//! between them, and each group runs the sequential loop, groups in parallel. A pair is verified only if its
//! earlier node is kept, so a cluster of `m` documents costs about `m` verifications, not `m²`.
//!
//! Nodes may be pinned: these come first and are all kept, whatever they are like. And there may be sources: then a
//! node is kept unless it is similar to a node of another source kept before it.
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "nodes are numbered in 32 bits, and reading refuses more"
)]

use std::ops::Range;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::crowd::{Crowd, CrowdLookup, SOME_NODES};
use super::family::{ChargeIndex, CrowdFamily, uncharged};
use super::frequencies::CrowdPrefix;
use super::verify::{Judgement, ShingleSource, Verification, Verifier};
use crate::components::Components;
use crate::error::Result;
use crate::interrupt::Interrupt;
use crate::lsh::{CandidatePair, Candidates, PairStream};
use crate::params::Threshold;
use crate::similarity::Measure;
use crate::sketch::{RowBuffer, Signatures, agreement};

/// Undecided nodes in a block: enough to keep many threads busy, few enough that most of a block's partners
/// lie in earlier blocks.
const BLOCK_NODES: usize = 8192;

/// Crowded nodes after which a block ends early. Their pairs are not known before they are looked for, so those that
/// survive are decided one after another: the fewer they are, the more is done by all threads.
const BLOCK_CROWDED: usize = 512;

/// Candidate pairs after which a block ends early, so that it takes little memory whatever the pairs.
const BLOCK_PAIRS: usize = 1 << 19;

/// A node that repeats a kept one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Removed {
    /// The node that is removed.
    pub node: u32,
    /// The kept node that it repeats.
    pub by: u32,
    /// Their similarity, at least the threshold.
    pub similarity: f64,
}

/// How to decide.
#[derive(Clone, Copy, Debug)]
pub struct Selection {
    /// The least similarity that removes.
    pub threshold: Threshold,
    /// How similarity is computed.
    pub verification: Verification,
}

impl Selection {
    fn measure(self) -> Measure {
        Measure::Jaccard(self.threshold)
    }
}

/// Decides every node of `rows`, in priority order; node `n` has the signature at row `rows[n]`. Returns those that
/// are removed, in order; all others are kept.
///
/// The result is that of the sequential greedy loop over the candidate pairs, for any number of threads. Of
/// several kept nodes that a node repeats, it names the one whose signature agrees most, then the earliest,
/// among those of earlier blocks if there is one. A pinned node goes before any other. Kept nodes in large buckets are
/// looked at some at a time, so that it may be another than the one that agrees most.
///
/// # Errors
/// [`crate::Error::Io`] if pairs or signatures are in a file that cannot be read, [`crate::Error::Interrupted`] if
/// `interrupt` says so, [`crate::Error::TooManyShingles`] if the prefixes of kept nodes in large buckets have 2^32
/// shingles or more.
pub fn select<S: ShingleSource>(
    candidates: &Candidates,
    signatures: &Signatures,
    rows: &[u32],
    selection: Selection,
    source: &S,
    interrupt: &dyn Interrupt,
) -> Result<Vec<Removed>> {
    let mut selector = Selector::new(candidates, signatures, rows, selection, source, &uncharged, interrupt)?;
    let mut removed = Vec::new();
    while selector.decide_block(&mut removed)? {}
    Ok(removed)
}

/// The greedy loop, a block at a time.
pub(crate) struct Selector<'a, S: ShingleSource> {
    candidates: &'a Candidates,
    signatures: &'a Signatures,
    rows: &'a [u32],
    selection: Selection,
    source: &'a S,
    comparers: NodeComparers<'a, S>,
    /// Whether there is memory for the exact index.
    charge: &'a ChargeIndex<'a>,
    interrupt: &'a dyn Interrupt,
    family: CrowdFamily,
    /// Pinned nodes.
    pinned: Crowd,
    /// Other kept nodes.
    crowd: Crowd,
    kept: Vec<bool>,
    pairs: PairStream<'a>,
    /// The first node of which no block has taken notice yet.
    next: u32,
}

/// The nodes that have an earlier candidate or are crowded, as many as are decided together. All others are kept.
#[derive(Default)]
struct NodeBlock {
    nodes: Vec<u32>,
    /// The pairs of which one of the nodes is the later.
    pairs: Vec<CandidatePair>,
}

impl NodeBlock {
    fn first(&self) -> u32 {
        self.nodes[0]
    }

    fn pairs_of(&self, node: u32) -> &[CandidatePair] {
        let start = self.pairs.partition_point(|pair| pair.later < node);
        let length = self.pairs[start..].iter().take_while(|pair| pair.later == node).count();
        &self.pairs[start..start + length]
    }
}

/// A node of a block that no earlier block's kept node removes.
struct Survivor {
    node: u32,
    prefix: Option<CrowdPrefix>,
}

/// A thread's working memory.
struct NodeComparer<'s, S: ShingleSource> {
    verifier: Verifier<'s, S>,
    own: RowBuffer,
    other: RowBuffer,
}

impl<'s, S: ShingleSource> NodeComparer<'s, S> {
    fn new(source: &'s S) -> Self {
        Self { verifier: Verifier::new(source), own: RowBuffer::default(), other: RowBuffer::default() }
    }
}

/// Working memory that waits for the next block, with the texts it remembers: reading a long text, of which many nodes
/// are pieces, takes longer than comparing a block of them.
struct NodeComparers<'s, S: ShingleSource>(Mutex<Vec<NodeComparer<'s, S>>>);

impl<S: ShingleSource> Default for NodeComparers<'_, S> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<'s, S: ShingleSource> NodeComparers<'s, S> {
    fn waiting(&self) -> MutexGuard<'_, Vec<NodeComparer<'s, S>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lend(&self) -> LentComparer<'_, 's, S> {
        LentComparer { comparer: self.waiting().pop(), owner: self }
    }
}

/// Working memory that goes back where it came from.
struct LentComparer<'p, 's, S: ShingleSource> {
    /// Made when it is first asked for, unless some was waiting.
    comparer: Option<NodeComparer<'s, S>>,
    owner: &'p NodeComparers<'s, S>,
}

impl<'s, S: ShingleSource> LentComparer<'_, 's, S> {
    fn comparer(&mut self, source: &'s S) -> &mut NodeComparer<'s, S> {
        self.comparer.get_or_insert_with(|| NodeComparer::new(source))
    }
}

impl<S: ShingleSource> Drop for LentComparer<'_, '_, S> {
    fn drop(&mut self) {
        self.owner.waiting().extend(self.comparer.take());
    }
}

/// How far selection came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SelectionState {
    /// All nodes before this one are decided.
    next: u32,
    /// Pairs of which they are the later.
    pairs: u64,
}

impl<'a, S: ShingleSource> Selector<'a, S> {
    pub(crate) fn new(
        candidates: &'a Candidates,
        signatures: &'a Signatures,
        rows: &'a [u32],
        selection: Selection,
        source: &'a S,
        charge: &'a ChargeIndex<'a>,
        interrupt: &'a dyn Interrupt,
    ) -> Result<Self> {
        let crowded: Vec<u32> = (0u32..)
            .zip(&candidates.crowded)
            .filter(|&(_, &crowded)| crowded)
            .map(|(node, _)| node)
            .collect();
        let family = CrowdFamily::new(&crowded, selection.measure(), source, charge, interrupt)?;
        let mut selector = Self {
            candidates,
            signatures,
            rows,
            selection,
            source,
            comparers: NodeComparers::default(),
            charge,
            interrupt,
            family,
            pinned: Crowd::default(),
            crowd: Crowd::default(),
            kept: vec![true; rows.len()],
            pairs: candidates.pairs.stream(0),
            next: candidates.scope.first_free(),
        };
        selector.pinned = selector.crowd_of(0..selector.next)?;
        Ok(selector)
    }

    /// The exact index of the kept ones among some nodes.
    fn crowd_of(&self, nodes: Range<u32>) -> Result<Crowd> {
        let is_indexed = |&n: &u32| self.candidates.crowded[n as usize] && self.kept[n as usize];
        let indexed: Vec<u32> = nodes.filter(is_indexed).collect();
        let mut crowd = Crowd::default();
        for block in indexed.chunks(BLOCK_CROWDED) {
            let prefixes: Vec<CrowdPrefix> = block
                .par_iter()
                .map_init(
                    || Verifier::new(self.source),
                    |verifier, &node| {
                        self.interrupt.check()?;
                        Ok(self.family.prefix(verifier.shingles(node)))
                    },
                )
                .collect::<Result<_>>()?;
            (self.charge)(self.family.bytes() + self.pinned.bytes() + crowd.bytes_with(prefixes.iter()))?;
            for (&node, prefix) in block.iter().zip(&prefixes) {
                crowd.insert(node, prefix, &self.candidates.scope)?;
            }
        }
        Ok(crowd)
    }

    /// Goes on where an earlier run stopped, which removed these nodes until then.
    pub(crate) fn restore(&mut self, state: SelectionState, removed: &[Removed]) -> Result<()> {
        self.next = state.next;
        self.pairs = self.candidates.pairs.stream(state.pairs);
        for removed in removed {
            self.kept[removed.node as usize] = false;
        }
        self.crowd = self.crowd_of(self.candidates.scope.first_free()..state.next)?;
        Ok(())
    }

    /// How far it came.
    pub(crate) fn state(&self) -> SelectionState {
        SelectionState { next: self.next, pairs: self.pairs.taken() }
    }

    /// Whether each crowded node is compared with all that stay of the others: see `family.rs`.
    pub(crate) fn compares_wholes(&self) -> bool {
        self.family.is_compared_as_wholes()
    }

    /// How many nodes are decided.
    pub(crate) fn decided(&self) -> u64 {
        self.next.into()
    }

    /// Decides the next block, and adds what is removed to `removed`, in order. Returns whether there was one.
    pub(crate) fn decide_block(&mut self, removed: &mut Vec<Removed>) -> Result<bool> {
        let block = self.next_block()?;
        if block.nodes.is_empty() {
            return Ok(false);
        }
        let outcomes: Vec<EarlierOutcome> = block
            .nodes
            .par_iter()
            .map_init(
                || self.comparers.lend(),
                |lent, &node| self.against_earlier(node, &block, lent.comparer(self.source)),
            )
            .collect::<Result<_>>()?;
        let mut survivors = Vec::new();
        let start = removed.len();
        for outcome in outcomes {
            match outcome {
                EarlierOutcome::Survives(survivor) => survivors.push(survivor),
                EarlierOutcome::Repeats(repeat) => removed.push(repeat),
            }
        }
        for repeat in &removed[start..] {
            self.kept[repeat.node as usize] = false;
        }
        let groups = Self::groups(&survivors, &block);
        let decided: Vec<Vec<Removed>> = groups
            .par_iter()
            .map_init(
                || self.comparers.lend(),
                |lent, group| self.sequentially(group, &block, lent.comparer(self.source)),
            )
            .collect::<Result<_>>()?;
        for repeat in decided.into_iter().flatten() {
            self.kept[repeat.node as usize] = false;
            removed.push(repeat);
        }
        removed[start..].sort_unstable_by_key(|repeat| repeat.node);
        let stay = survivors.iter().filter(|survivor| self.kept[survivor.node as usize]);
        let added = stay.filter_map(|survivor| survivor.prefix.as_ref());
        (self.charge)(self.family.bytes() + self.pinned.bytes() + self.crowd.bytes_with(added))?;
        for survivor in &survivors {
            if let (true, Some(prefix)) = (self.kept[survivor.node as usize], &survivor.prefix) {
                self.crowd.insert(survivor.node, prefix, &self.candidates.scope)?;
            }
        }
        Ok(true)
    }

    fn next_block(&mut self) -> Result<NodeBlock> {
        let mut block = NodeBlock::default();
        let mut crowded_nodes = 0;
        while block.nodes.len() < BLOCK_NODES
            && block.pairs.len() < BLOCK_PAIRS
            && crowded_nodes < BLOCK_CROWDED
        {
            let paired = self.pairs.peek()?.map_or(self.rows.len() as u32, |pair| pair.later);
            let between = &self.candidates.crowded[self.next as usize..paired as usize];
            let crowded = between.iter().position(|&crowded| crowded);
            let node = crowded.map_or(paired, |ahead| self.next + ahead as u32);
            self.next = node;
            if node == self.rows.len() as u32 {
                break;
            }
            block.nodes.push(node);
            crowded_nodes += usize::from(self.candidates.crowded[node as usize]);
            self.pairs.take_of(node, &mut block.pairs)?;
            let equal = self.candidates.scope.equal_before(node);
            block.pairs.extend(equal.map(|earlier| CandidatePair { later: node, earlier }));
            self.next += 1;
        }
        Ok(block)
    }

    /// Compares a node with the kept nodes before its block.
    ///
    /// A node inside the block that is not active has been kept from the start, but is compared later, with
    /// the block's own: the order of comparison changes which kept node is named, never whether one is.
    fn against_earlier(
        &self,
        node: u32,
        block: &NodeBlock,
        worker: &mut NodeComparer<'_, S>,
    ) -> Result<EarlierOutcome> {
        let pairs = block.pairs_of(node).iter().map(|pair| pair.earlier).filter(|&e| e < block.first());
        let (pinned, others): (Vec<u32>, Vec<u32>) =
            pairs.partition(|&e| e < self.candidates.scope.first_free());
        let mut prefix = None;
        for (mut earlier, crowd) in [(pinned, &self.pinned), (others, &self.crowd)] {
            if let Some(repeat) = self.first_similar(node, &mut earlier, worker)? {
                return Ok(EarlierOutcome::Repeats(repeat));
            }
            if !self.candidates.crowded[node as usize] || crowd.is_empty() {
                continue;
            }
            let own = prefix.get_or_insert_with(|| self.prefix(node, worker));
            if let Some(repeat) = self.first_similar_in(node, Vec::new(), Some((crowd, own)), worker)? {
                return Ok(EarlierOutcome::Repeats(repeat));
            }
        }
        if self.candidates.crowded[node as usize] {
            prefix.get_or_insert_with(|| self.prefix(node, worker));
        }
        Ok(EarlierOutcome::Survives(Survivor { node, prefix }))
    }

    fn prefix(&self, node: u32, worker: &mut NodeComparer<'_, S>) -> CrowdPrefix {
        self.family.prefix(worker.verifier.shingles(node))
    }

    /// The greedy loop itself, over one group of a block's survivors. Returns those that are removed.
    fn sequentially(
        &self,
        group: &[&Survivor],
        block: &NodeBlock,
        worker: &mut NodeComparer<'_, S>,
    ) -> Result<Vec<Removed>> {
        let mut removed: Vec<Removed> = Vec::new();
        let mut crowd = Crowd::default();
        for survivor in group {
            let kept_here = |node: u32| removed.binary_search_by_key(&node, |repeat| repeat.node).is_err();
            let pairs = block.pairs_of(survivor.node).iter().map(|pair| pair.earlier);
            let earlier: Vec<u32> = pairs.filter(|&e| e >= block.first() && kept_here(e)).collect();
            let crowded = survivor.prefix.as_ref().map(|prefix| (&crowd, prefix));
            let repeat = self.first_similar_in(survivor.node, earlier, crowded, worker)?;
            if let (None, Some(prefix)) = (repeat, &survivor.prefix) {
                crowd.insert(survivor.node, prefix, &self.candidates.scope)?;
            }
            removed.extend(repeat);
        }
        Ok(removed)
    }

    /// Splits a block's survivors into groups with no candidate pair between them. All crowded ones are one
    /// group, since their pairs are not known before they are looked for.
    fn groups<'s>(survivors: &'s [Survivor], block: &NodeBlock) -> Vec<Vec<&'s Survivor>> {
        let mut components = Components::new(survivors.len());
        let place = |node: u32| survivors.binary_search_by_key(&node, |survivor| survivor.node).ok();
        let mut last_crowded = None;
        for (index, survivor) in survivors.iter().enumerate() {
            let within = block.pairs_of(survivor.node).iter().filter(|pair| pair.earlier >= block.first());
            for other in within.filter_map(|pair| place(pair.earlier)) {
                components.join(other as u32, index as u32);
            }
            if survivor.prefix.is_some()
                && let Some(other) = last_crowded.replace(index)
            {
                components.join(other as u32, index as u32);
            }
        }
        let mut members: Vec<Vec<&Survivor>> = Vec::new();
        members.resize_with(survivors.len(), Vec::new);
        for (index, survivor) in survivors.iter().enumerate() {
            members[components.root(index as u32) as usize].push(survivor);
        }
        members.retain(|group| !group.is_empty());
        members
    }

    /// Verifies these candidates and those of a crowd together, or the crowd's some at a time where it may hold many
    /// that are alike.
    fn first_similar_in(
        &self,
        node: u32,
        mut earlier: Vec<u32>,
        crowd: Option<(&Crowd, &CrowdPrefix)>,
        worker: &mut NodeComparer<'_, S>,
    ) -> Result<Option<Removed>> {
        let scope = &self.candidates.scope;
        let within = (scope, Some(node));
        let most = if scope.keeps_similar() { SOME_NODES } else { usize::MAX };
        let mut lookup = CrowdLookup::new(most);
        loop {
            let is_last = crowd.is_none_or(|(crowd, prefix)| {
                crowd.similar(prefix, self.selection.measure(), within, &mut lookup, &mut earlier)
            });
            let repeat = self.first_similar(node, &mut earlier, worker)?;
            if is_last || repeat.is_some() {
                return Ok(repeat);
            }
            earlier.clear();
        }
    }

    /// Verifies candidates, those whose signatures agree most first, until one is similar enough.
    fn first_similar(
        &self,
        node: u32,
        earlier: &mut Vec<u32>,
        worker: &mut NodeComparer<'_, S>,
    ) -> Result<Option<Removed>> {
        self.interrupt.check()?;
        earlier.retain(|&e| self.kept[e as usize]);
        if earlier.is_empty() {
            return Ok(None);
        }
        let NodeComparer { verifier, own, other } = worker;
        let row = self.signatures.row(self.rows[node as usize] as usize, own)?;
        let mut ranked = Vec::with_capacity(earlier.len());
        for &by in &*earlier {
            let agreed = agreement(row, self.signatures.row(self.rows[by as usize] as usize, other)?);
            ranked.push((u32::MAX - agreed, by));
        }
        ranked.sort_unstable();
        ranked.dedup();
        for (disagreed, by) in ranked {
            self.interrupt.check()?;
            let similarity = match self.selection.verification {
                Verification::Exact => verifier.jaccard(node, by),
                Verification::Signature => {
                    f64::from(u32::MAX - disagreed) / self.signatures.slots().get() as f64
                }
            };
            if similarity < self.selection.threshold.get() {
                continue;
            }
            match self.source.judge(node, by) {
                Judgement::Repeat => return Ok(Some(Removed { node, by, similarity })),
                Judgement::Apart => {}
                Judgement::Enough => break,
            }
        }
        Ok(None)
    }
}

/// What earlier blocks say about a node.
enum EarlierOutcome {
    Repeats(Removed),
    Survives(Survivor),
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::lsh::{AgreementFloor, Banding, candidates};
    use crate::params::{Bands, Rows, Slots};
    use crate::sketch::{SketchScratch, Sketcher};

    struct InMemory(Vec<Vec<u64>>);

    impl ShingleSource for InMemory {
        type Scratch<'s> = ();

        fn scratch(&self) {}

        fn shingles<'a, 's: 'a>(&'s self, node: u32, (): &'a mut ()) -> &'a [u64] {
            &self.0[node as usize]
        }
    }

    fn exact(a: &[u64], b: &[u64]) -> f64 {
        let set = |x: &[u64]| x.iter().copied().collect::<std::collections::BTreeSet<_>>();
        let (a, b) = (set(a), set(b));
        let overlap = a.intersection(&b).count();
        overlap as f64 / (a.len() + b.len() - overlap) as f64
    }

    /// The definition, over every pair.
    fn obvious(sets: &[Vec<u64>], threshold: f64) -> Vec<bool> {
        let mut kept: Vec<usize> = Vec::new();
        let mut decisions = Vec::new();
        for (node, set) in sets.iter().enumerate() {
            let repeats = kept.iter().any(|&k| exact(set, &sets[k]) >= threshold);
            if !repeats {
                kept.push(node);
            }
            decisions.push(!repeats);
        }
        decisions
    }

    /// Families of sets that share a core, so that buckets are crowded and similarities straddle the threshold.
    fn families() -> impl Strategy<Value = Vec<Vec<u64>>> {
        let member = (0u64..4, 4usize..30, 0usize..12, any::<u32>());
        proptest::collection::vec(member, 1..120).prop_map(|members| {
            let make = |(family, core, own, salt): (u64, usize, usize, u32)| {
                let shared = (0..core as u64).map(|n| crate::hash::mix(family * 1000 + n + 1));
                let unique = (0..own as u64).map(|n| crate::hash::mix((u64::from(salt) << 20) + n + 7777));
                shared.chain(unique).collect()
            };
            members.into_iter().map(make).collect()
        })
    }

    fn kept(nodes: usize, removed: &[Removed]) -> Vec<bool> {
        assert!(removed.is_sorted_by(|a, b| a.node < b.node));
        (0..nodes as u32).map(|node| removed.iter().all(|repeat| repeat.node != node)).collect()
    }

    fn sketched(sets: &[Vec<u64>]) -> Signatures {
        let slots = Slots::new(64).unwrap();
        let mut signatures = Signatures::new(slots);
        for set in sets {
            Sketcher::new(slots).sketch(set, &mut SketchScratch::default(), signatures.push());
        }
        signatures
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(60))]

        #[test]
        fn the_crowd_index_gives_the_greedy_set_over_all_pairs(sets in families(), percent in 30u32..=100) {
            let threshold = Threshold::new(f64::from(percent) / 100.0).unwrap();
            let signatures = sketched(&sets);
            let rows: Vec<u32> = (0..sets.len() as u32).collect();
            let everything =
                Candidates::all_crowded(sets.len());
            let selection = Selection { threshold, verification: Verification::Exact };
            let source = InMemory(sets);
            let removed = select(&everything, &signatures, &rows, selection, &source, &()).unwrap();
            let kept = kept(source.0.len(), &removed);
            prop_assert_eq!(&kept, &obvious(&source.0, threshold.get()));
            for Removed { node, by, similarity } in removed {
                prop_assert!(kept[by as usize] && by < node);
                prop_assert_eq!(similarity, exact(&source.0[node as usize], &source.0[by as usize]));
                prop_assert!(similarity >= threshold.get());
            }
        }

        #[test]
        fn bands_of_one_row_give_the_greedy_set_over_all_pairs(sets in families(), percent in 40u32..=100) {
            let threshold = Threshold::new(f64::from(percent) / 100.0).unwrap();
            let signatures = sketched(&sets);
            let rows: Vec<u32> = (0..sets.len() as u32).collect();
            let slots = signatures.slots();
            let banding = Banding::new(Bands(64), Rows(1), slots).unwrap();
            // A floor that loses nothing, since the property is about every pair.
            let floor = AgreementFloor::new(Threshold::new(0.01).unwrap(), slots);
            let found = candidates(&signatures, &rows, banding, floor, &()).unwrap();
            let selection = Selection { threshold, verification: Verification::Exact };
            let source = InMemory(sets);
            let removed = select(&found, &signatures, &rows, selection, &source, &()).unwrap();
            prop_assert_eq!(kept(source.0.len(), &removed), obvious(&source.0, threshold.get()));
        }

        #[test]
        fn signatures_decide_by_the_share_of_their_equal_slots(mut sets in families(), percent in 30u32..=100) {
            // No bucket is then too large to be paired.
            sets.truncate(32);
            let threshold = Threshold::new(f64::from(percent) / 100.0).unwrap();
            let signatures = sketched(&sets);
            let row = |node: u32| signatures.row(node as usize, &mut RowBuffer::default()).unwrap().to_vec();
            let share = |a: u32, b: u32| {
                let equal = row(a).iter().zip(row(b)).filter(|(a, b)| **a == *b).count();
                equal as f64 / 64.0
            };
            let rows: Vec<u32> = (0..sets.len() as u32).collect();
            let banding = Banding::new(Bands(64), Rows(1), signatures.slots()).unwrap();
            let floor = AgreementFloor::new(Threshold::new(0.01).unwrap(), signatures.slots());
            let found = candidates(&signatures, &rows, banding, floor, &()).unwrap();
            let selection = Selection { threshold, verification: Verification::Signature };
            let removed = select(&found, &signatures, &rows, selection, &InMemory(sets), &()).unwrap();
            let mut expected: Vec<u32> = Vec::new();
            for &node in &rows {
                if expected.iter().all(|&earlier| share(node, earlier) < threshold.get()) {
                    expected.push(node);
                }
            }
            let kept = kept(rows.len(), &removed);
            prop_assert_eq!(rows.iter().copied().filter(|&n| kept[n as usize]).collect::<Vec<_>>(), expected);
            for Removed { node, by, similarity } in removed {
                prop_assert!(kept[by as usize] && similarity == share(node, by));
            }
        }
    }

    #[test]
    fn the_memory_of_the_exact_index_is_counted() {
        // Each set shares half of its shingles with the next, so that all stay. It has at least nine postings of 16 bytes,
        // and each posting at most two heads of chains.
        let set = |number: u64| (0..40).map(|n| crate::hash::mix((number * 20 + n) % 6000 + 1)).collect();
        let sets: Vec<Vec<u64>> = (0..300).map(set).collect();
        let signatures = sketched(&sets);
        let rows: Vec<u32> = (0..300).collect();
        let everything = Candidates::all_crowded(300);
        let threshold = Threshold::new(0.8).unwrap();
        let selection = Selection { threshold, verification: Verification::Exact };
        let source = InMemory(sets);
        let most = Mutex::new(0);
        let charge = |bytes: usize| {
            let mut most = most.lock().unwrap();
            *most = bytes.max(*most);
            Ok(())
        };
        let mut selector =
            Selector::new(&everything, &signatures, &rows, selection, &source, &charge, &()).unwrap();
        let mut removed = Vec::new();
        while selector.decide_block(&mut removed).unwrap() {}
        assert_eq!(removed, []);
        let bytes = selector.crowd.bytes();
        assert!((300 * 9 * 16..300 * 9 * 40).contains(&bytes), "{bytes}");
        // Of the counters, four bytes each, and of the index before it had grown.
        let counters = 4 * (1 << 19);
        let charged = *most.lock().unwrap();
        assert!((counters + bytes..counters + 2 * bytes).contains(&charged), "{charged}");
        // What is refused is not made.
        let refuse = |bytes: usize| if bytes < charged { Ok(()) } else { Err(crate::Error::Interrupted) };
        let mut selector =
            Selector::new(&everything, &signatures, &rows, selection, &source, &refuse, &()).unwrap();
        let refused = (0..10).find_map(|_| selector.decide_block(&mut removed).err());
        assert!(refused.is_some() && selector.crowd.bytes() < bytes);
    }
}
