//! The greedy kept set, computed in parallel, exactly as the sequential loop would give it.
//!
//! The definition: in priority order, keep a node unless it is similar to a node kept before it. Nodes are
//! numbered in priority order. They are taken in blocks; each node of a block is first compared with what
//! earlier blocks kept, all nodes in parallel; those that survive fall into groups with no candidate pair
//! between them, and each group runs the sequential loop, groups in parallel. A pair is verified only if its
//! earlier node is kept, so a cluster of `m` documents costs about `m` verifications, not `m²`.

use rayon::prelude::*;

use super::crowd::{Crowd, Frequencies, Prefix};
use super::verify::{ShingleSource, Verification, Verifier};
use crate::lsh::{CandidatePair, Candidates};
use crate::params::Threshold;
use crate::sketch::{Signatures, agreement};

/// Undecided nodes in a block: enough to keep many threads busy, few enough that most of a block's partners
/// lie in earlier blocks.
const BLOCK_NODES: usize = 8192;

/// What became of a node.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Decision {
    /// It stays.
    Kept,
    /// It repeats a kept node.
    Removed {
        /// The kept node.
        by: u32,
        /// Their similarity, at least the threshold.
        similarity: f64,
    },
}

impl Decision {
    /// Whether the node stays.
    pub fn is_kept(&self) -> bool {
        matches!(self, Self::Kept)
    }
}

/// How to decide.
#[derive(Clone, Copy, Debug)]
pub struct Selection {
    /// The least similarity that removes.
    pub threshold: Threshold,
    /// How similarity is computed.
    pub verification: Verification,
}

/// Decides every node of `rows`, in priority order; node `n` has the signature at row `rows[n]`.
///
/// The result is that of the sequential greedy loop over the candidate pairs, for any number of threads. Of
/// several kept nodes that a node repeats, it names the one whose signature agrees most, then the earliest,
/// among those of earlier blocks if there is one.
pub fn select<S: ShingleSource>(
    candidates: &Candidates,
    signatures: &Signatures,
    rows: &[u32],
    selection: Selection,
    source: &S,
) -> Vec<Decision> {
    let mut greedy = Greedy::new(candidates, signatures, rows, selection, source);
    for block in active_blocks(candidates) {
        greedy.decide_block(&block);
    }
    greedy.decisions
}

/// The nodes that have an earlier candidate or are crowded, in order, in blocks. All others are kept.
fn active_blocks(candidates: &Candidates) -> Vec<Vec<u32>> {
    let mut active: Vec<u32> = candidates.pairs.iter().map(|pair| pair.later).collect();
    active.extend((0u32..).zip(&candidates.crowded).filter(|&(_, &crowded)| crowded).map(|(node, _)| node));
    active.par_sort_unstable();
    active.dedup();
    active.chunks(BLOCK_NODES).map(<[u32]>::to_vec).collect()
}

struct Greedy<'a, S> {
    candidates: &'a Candidates,
    signatures: &'a Signatures,
    rows: &'a [u32],
    selection: Selection,
    source: &'a S,
    frequencies: Frequencies,
    crowd: Crowd,
    decisions: Vec<Decision>,
}

/// A node of a block that no earlier block's kept node removes.
struct Survivor {
    node: u32,
    prefix: Option<Prefix>,
}

impl<'a, S: ShingleSource> Greedy<'a, S> {
    fn new(
        candidates: &'a Candidates,
        signatures: &'a Signatures,
        rows: &'a [u32],
        selection: Selection,
        source: &'a S,
    ) -> Self {
        let crowded: Vec<u32> = (0u32..)
            .zip(&candidates.crowded)
            .filter(|&(_, &crowded)| crowded)
            .map(|(node, _)| node)
            .collect();
        let frequencies = Frequencies::count(&crowded, selection.threshold, source);
        let decisions = vec![Decision::Kept; rows.len()];
        let crowd = Crowd::default();
        Self { candidates, signatures, rows, selection, source, frequencies, crowd, decisions }
    }

    fn decide_block(&mut self, block: &[u32]) {
        let outcomes: Vec<Result<Survivor, Decision>> = block
            .par_iter()
            .map_init(Verifier::default, |verifier, &node| self.against_earlier(node, block[0], verifier))
            .collect();
        let mut survivors = Vec::new();
        for (outcome, &node) in outcomes.into_iter().zip(block) {
            match outcome {
                Ok(survivor) => survivors.push(survivor),
                Err(removed) => self.decisions[node as usize] = removed,
            }
        }
        let groups = self.groups(&survivors, block[0]);
        let decided: Vec<Vec<(u32, Decision)>> = groups
            .par_iter()
            .map_init(Verifier::default, |verifier, group| self.sequentially(group, block[0], verifier))
            .collect();
        for (node, decision) in decided.into_iter().flatten() {
            self.decisions[node as usize] = decision;
        }
        for survivor in &survivors {
            if let (Decision::Kept, Some(prefix)) = (self.decisions[survivor.node as usize], &survivor.prefix)
            {
                self.crowd.insert(survivor.node, prefix);
            }
        }
    }

    /// Compares a node with the kept nodes before the block that starts at `first`.
    ///
    /// A node inside the block that is not active has been kept from the start, but is compared later, with
    /// the block's own: the order of comparison changes which kept node is named, never whether one is.
    fn against_earlier(
        &self,
        node: u32,
        first: u32,
        verifier: &mut Verifier<S>,
    ) -> Result<Survivor, Decision> {
        let mut earlier: Vec<u32> =
            self.pairs_of(node).iter().map(|pair| pair.earlier).filter(|&e| e < first).collect();
        if let Some(removed) = self.first_similar(node, &mut earlier, verifier) {
            return Err(removed);
        }
        if !self.candidates.crowded[node as usize] {
            return Ok(Survivor { node, prefix: None });
        }
        let prefix = self.frequencies.prefix(verifier.shingles(self.source, node));
        earlier.clear();
        self.crowd.similar(&prefix, self.selection.threshold, &mut earlier);
        match self.first_similar(node, &mut earlier, verifier) {
            Some(removed) => Err(removed),
            None => Ok(Survivor { node, prefix: Some(prefix) }),
        }
    }

    /// The greedy loop itself, over one group of a block's survivors.
    fn sequentially(
        &self,
        group: &[&Survivor],
        first: u32,
        verifier: &mut Verifier<S>,
    ) -> Vec<(u32, Decision)> {
        let mut decided: Vec<(u32, Decision)> = Vec::with_capacity(group.len());
        let mut crowd = Crowd::default();
        for survivor in group {
            let kept_here = |node: u32| match decided.binary_search_by_key(&node, |&(n, _)| n) {
                Ok(place) => decided[place].1.is_kept(),
                Err(_) => self.decisions[node as usize].is_kept(),
            };
            let pairs = self.pairs_of(survivor.node).iter().map(|pair| pair.earlier);
            let mut earlier: Vec<u32> = pairs.filter(|&e| e >= first && kept_here(e)).collect();
            if let Some(prefix) = &survivor.prefix {
                crowd.similar(prefix, self.selection.threshold, &mut earlier);
            }
            let decision = self.first_similar(survivor.node, &mut earlier, verifier);
            if let (None, Some(prefix)) = (decision, &survivor.prefix) {
                crowd.insert(survivor.node, prefix);
            }
            decided.push((survivor.node, decision.unwrap_or(Decision::Kept)));
        }
        decided
    }

    /// Splits a block's survivors into groups with no candidate pair between them. All crowded ones are one
    /// group, since their pairs are not known before they are looked for.
    fn groups<'s>(&self, survivors: &'s [Survivor], first: u32) -> Vec<Vec<&'s Survivor>> {
        let mut parents: Vec<usize> = (0..survivors.len()).collect();
        let place = |node: u32| survivors.binary_search_by_key(&node, |survivor| survivor.node).ok();
        let mut last_crowded = None;
        for (index, survivor) in survivors.iter().enumerate() {
            let pairs = self.pairs_of(survivor.node);
            for other in pairs.iter().filter(|pair| pair.earlier >= first).filter_map(|p| place(p.earlier)) {
                join(&mut parents, other, index);
            }
            if survivor.prefix.is_some()
                && let Some(other) = last_crowded.replace(index)
            {
                join(&mut parents, other, index);
            }
        }
        let mut members: Vec<Vec<&Survivor>> = Vec::new();
        members.resize_with(survivors.len(), Vec::new);
        for (index, survivor) in survivors.iter().enumerate() {
            members[root(&mut parents, index)].push(survivor);
        }
        members.retain(|group| !group.is_empty());
        members
    }

    fn pairs_of(&self, node: u32) -> &[CandidatePair] {
        let pairs = &self.candidates.pairs;
        let start = pairs.partition_point(|pair| pair.later < node);
        let length = pairs[start..].iter().take_while(|pair| pair.later == node).count();
        &pairs[start..start + length]
    }

    /// Verifies candidates, those whose signatures agree most first, until one is similar enough.
    fn first_similar(
        &self,
        node: u32,
        earlier: &mut Vec<u32>,
        verifier: &mut Verifier<S>,
    ) -> Option<Decision> {
        earlier.retain(|&e| self.decisions[e as usize].is_kept());
        let row = |node: u32| self.signatures.row(self.rows[node as usize] as usize);
        let equal_slots = |e: u32| agreement(row(node), row(e));
        earlier.sort_by_cached_key(|&e| (u32::MAX - equal_slots(e), e));
        earlier.iter().find_map(|&by| {
            let similarity = match self.selection.verification {
                Verification::Exact => verifier.jaccard(self.source, node, by),
                Verification::Signature => f64::from(equal_slots(by)) / self.signatures.slots().get() as f64,
            };
            (similarity >= self.selection.threshold.get()).then_some(Decision::Removed { by, similarity })
        })
    }
}

/// The representative of a union-find class, halving the path on the way.
fn root(parents: &mut [usize], mut index: usize) -> usize {
    while parents[index] != index {
        parents[index] = parents[parents[index]];
        index = parents[index];
    }
    index
}

/// Unites two union-find classes; the smaller index becomes the representative.
fn join(parents: &mut [usize], a: usize, b: usize) {
    let (a, b) = (root(parents, a), root(parents, b));
    parents[a.max(b)] = a.min(b);
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
        type Scratch = ();

        fn shingles<'a>(&'a self, node: u32, (): &'a mut ()) -> &'a [u64] {
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
                Candidates { pairs: Vec::new(), crowded: vec![true; sets.len()], largest_bucket: 0 };
            let selection = Selection { threshold, verification: Verification::Exact };
            let source = InMemory(sets);
            let decisions = select(&everything, &signatures, &rows, selection, &source);
            let kept: Vec<bool> = decisions.iter().map(Decision::is_kept).collect();
            prop_assert_eq!(kept, obvious(&source.0, threshold.get()));
            for (node, decision) in decisions.iter().enumerate() {
                if let Decision::Removed { by, similarity } = *decision {
                    prop_assert!(decisions[by as usize].is_kept() && (by as usize) < node);
                    prop_assert_eq!(similarity, exact(&source.0[node], &source.0[by as usize]));
                    prop_assert!(similarity >= threshold.get());
                }
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
            let found = candidates(&signatures, &rows, banding, floor);
            let selection = Selection { threshold, verification: Verification::Exact };
            let source = InMemory(sets);
            let decisions = select(&found, &signatures, &rows, selection, &source);
            let kept: Vec<bool> = decisions.iter().map(Decision::is_kept).collect();
            prop_assert_eq!(kept, obvious(&source.0, threshold.get()));
        }
    }
}
