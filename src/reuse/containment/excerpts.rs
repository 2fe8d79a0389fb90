//! Which documents go if what is contained in a kept larger one goes.
#![allow(
    clippy::cast_possible_truncation,
    reason = "places in a text of at most 4 GiB, and nodes numbered in 32 bits"
)]

use rayon::prelude::*;

use super::crowd::{ContainerCrowd, CrowdedNode};
use super::index::ContainmentCandidates;
use super::order::{ExcerptOrder, SizeOrder};
use super::sampling::ContainmentSearch;
use super::verify::{ContainedPair, PairComparer};
use crate::error::Result;
use crate::interrupt::Interrupt;
use crate::relation::Relation;
use crate::select::{ChargeIndex, ShingleSource, uncharged};

/// Documents of large families that are decided together: enough to keep many threads busy, few enough that little is
/// spent on pairs among them.
const CROWDED_IN_BLOCK: usize = 512;

/// Pairs that are decided together, at 100 bytes each at most.
const PAIRS_IN_BLOCK: usize = 1 << 15;

/// Comparisons of a node in a round, for each partner that it is known not to go for.
const GROWTH: usize = 3;

/// A document that a larger one, which stays, largely contains; or one that largely contains a smaller one that is
/// preferred.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Excerpt {
    /// The document.
    pub node: u32,
    /// The one that stays.
    pub by: u32,
    /// What it is to that one: an excerpt or an expansion.
    pub relation: Relation,
    /// Share of the smaller one's shingles that the larger one has, in `[0, 1]`.
    pub containment: f64,
    /// Their Jaccard similarity, in `[0, 1]`.
    pub jaccard: f64,
}

/// What is known of a node that has earlier candidates.
#[derive(Clone, Copy, PartialEq)]
enum ExcerptState {
    /// These candidates, from this place on, are not looked at yet.
    From(usize),
    /// It goes for the candidate at this place, if that one stays, which is not known yet.
    ContainedIn(usize, Inclusion),
    Kept,
    Removed,
}

/// What makes one of two documents go for the other.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Inclusion {
    relation: Relation,
    containment: f64,
    jaccard: f64,
}

impl Inclusion {
    fn excerpt(self, node: u32, by: u32) -> Excerpt {
        let Self { relation, containment, jaccard } = self;
        Excerpt { node, by, relation, containment, jaccard }
    }
}

/// The nodes that are contained in a larger node which itself is not removed so, in order of number. A larger document is
/// never removed for a smaller one, unless `order` prefers that; of two with as many words, the one
/// with the lower number counts as larger. `admits(node, by, compare)` is asked once one of the two contains the other, and
/// may say that `node` does not go for `by`; `compare` compares any node with `by`.
///
/// The result is that of going through the nodes in order, from the largest down, and removing what a kept earlier candidate
/// contains, or what contains one that is preferred, for any number of threads. Candidates are compared from the largest down, and only until one holds the
/// node: about one comparison a removed node, where [`verify`](super::verify()) makes one a pair. Documents that share
/// shingles with very many others are looked up among those of them that stay, so that here nothing is left out; which
/// of several containers is named for one of these is not promised.
///
/// # Errors
/// [`crate::Error::TooManyShingles`] if documents that share shingles with very many others have 2^32 shingles or more
/// between them, [`crate::Error::Interrupted`] if `interrupt` says so.
///
/// # Panics
/// If `order` has not all nodes of `candidates`.
pub fn excerpts<S: ShingleSource>(
    candidates: &ContainmentCandidates,
    search: &ContainmentSearch,
    order: ExcerptOrder<'_>,
    source: &S,
    admits: &(impl Fn(u32, u32, &mut dyn FnMut(u32) -> ContainedPair) -> bool + Sync),
    interrupt: &dyn Interrupt,
) -> Result<Vec<Excerpt>> {
    excerpts_in_blocks(BLOCK, candidates, search, order, source, admits, interrupt)
}

/// How much is decided together, at most. The same whatever memory there is, since it may matter for which container is
/// named.
#[derive(Clone, Copy)]
struct ExcerptBlock {
    crowded: usize,
    /// But for those of one node.
    pairs: usize,
}

const BLOCK: ExcerptBlock = ExcerptBlock { crowded: CROWDED_IN_BLOCK, pairs: PAIRS_IN_BLOCK };

fn excerpts_in_blocks<S: ShingleSource>(
    block: ExcerptBlock,
    candidates: &ContainmentCandidates,
    search: &ContainmentSearch,
    order: ExcerptOrder<'_>,
    source: &S,
    admits: &(impl Fn(u32, u32, &mut dyn FnMut(u32) -> ContainedPair) -> bool + Sync),
    interrupt: &dyn Interrupt,
) -> Result<Vec<Excerpt>> {
    let sizes = SizeOrder::new(order);
    let mut pairs: Vec<u64> = candidates.pairs.iter().map(|&(a, b)| sizes.pair(a, b)).collect();
    pairs.par_sort_unstable();
    pairs.dedup();
    let mut pairs = pairs.into_iter();
    let crowded = sizes.sorted(&candidates.crowded);
    let crowd = ContainerCrowd::new(&crowded, search, source, &uncharged, interrupt)?;
    let mut found = ExcerptSearch::new(search, crowd, source, admits, interrupt, order);
    found.decide_all(block, &sizes, &crowded, || Ok(pairs.next()), &uncharged)?;
    Ok(found.finish())
}

/// As [`excerpts`], for candidates of which there may be more than memory holds. `next_pair` gives their pairs as
/// [`SizeOrder::pair`] has them, sorted; `charge` is asked, as the index of documents that share shingles with very many
/// others grows, whether it may take so many bytes.
///
/// # Errors
/// Those of [`excerpts`], of `next_pair` and of `charge`.
#[expect(clippy::too_many_arguments, reason = "what is looked for, where, and within which bounds")]
pub(crate) fn excerpts_within<S: ShingleSource>(
    sizes: &SizeOrder,
    crowded: &[u32],
    next_pair: impl FnMut() -> Result<Option<u64>>,
    charge: &ChargeIndex<'_>,
    search: &ContainmentSearch,
    order: ExcerptOrder<'_>,
    source: &S,
    admits: &(impl Fn(u32, u32, &mut dyn FnMut(u32) -> ContainedPair) -> bool + Sync),
    interrupt: &dyn Interrupt,
) -> Result<Vec<Excerpt>> {
    let crowded = sizes.sorted(crowded);
    let crowd = ContainerCrowd::new(&crowded, search, source, charge, interrupt)?;
    let order = order.of_first(sizes.len());
    let mut found = ExcerptSearch::new(search, crowd, source, admits, interrupt, order);
    found.decide_all(BLOCK, sizes, &crowded, next_pair, charge)?;
    Ok(found.finish())
}

/// What is known while blocks of nodes are decided, in order.
struct ExcerptSearch<'a, S, A> {
    search: &'a ContainmentSearch,
    source: &'a S,
    admits: &'a A,
    interrupt: &'a dyn Interrupt,
    order: ExcerptOrder<'a>,
    crowd: ContainerCrowd<'a, S>,
    /// For [`ExcerptNodes`], between two blocks without a place.
    places: Vec<u32>,
    removed: Vec<bool>,
    excerpts: Vec<Excerpt>,
}

impl<'a, S, A> ExcerptSearch<'a, S, A>
where
    S: ShingleSource,
    A: Fn(u32, u32, &mut dyn FnMut(u32) -> ContainedPair) -> bool + Sync,
{
    /// Decides nodes in this order.
    fn new(
        search: &'a ContainmentSearch,
        crowd: ContainerCrowd<'a, S>,
        source: &'a S,
        admits: &'a A,
        interrupt: &'a dyn Interrupt,
        order: ExcerptOrder<'a>,
    ) -> Self {
        let (places, removed) = (vec![NO_PLACE; order.len()], vec![false; order.len()]);
        Self { search, source, admits, interrupt, order, crowd, places, removed, excerpts: Vec::new() }
    }

    /// Decides all nodes, in order: those of families in blocks, each with all others down to its last one.
    fn decide_all(
        &mut self,
        block: ExcerptBlock,
        sizes: &SizeOrder,
        mut crowded: &[u32],
        mut next_pair: impl FnMut() -> Result<Option<u64>>,
        charge: &ChargeIndex<'_>,
    ) -> Result<()> {
        let mut next = next_pair()?;
        loop {
            let (mut pairs, mut of_crowd) = (Vec::new(), 0);
            while pairs.len() < block.pairs && of_crowd < block.crowded {
                let of_pair = next.map(|pair| (pair >> 32) as u32);
                let of_family = crowded.get(of_crowd).map(|&node| sizes.place(node));
                let Some(place) = of_pair.into_iter().chain(of_family).min() else { break };
                while let Some(pair) = next.filter(|pair| (pair >> 32) as u32 == place) {
                    pairs.push((sizes.node(place), sizes.node(pair as u32)));
                    next = next_pair()?;
                }
                of_crowd += usize::from(of_family == Some(place));
            }
            if pairs.is_empty() && of_crowd == 0 {
                return Ok(());
            }
            let nodes = self.crowd.read(&crowded[..of_crowd]);
            charge(self.crowd.bytes_with(&nodes))?;
            self.decide(&pairs, &nodes)?;
            crowded = &crowded[of_crowd..];
        }
    }

    /// What goes, in order of number.
    fn finish(self) -> Vec<Excerpt> {
        let mut excerpts = self.excerpts;
        excerpts.sort_unstable_by_key(|excerpt: &Excerpt| excerpt.node);
        excerpts
    }

    /// Decides the later ones of these pairs, and these crowded nodes; whatever comes before those and is not among
    /// them is decided.
    fn decide(&mut self, pairs: &[(u32, u32)], crowded: &[CrowdedNode]) -> Result<()> {
        let found: Vec<Option<Excerpt>> = crowded
            .par_iter()
            .map_init(|| PairComparer::new(self.source), |comparer, node| self.within_earlier(node, comparer))
            .collect::<Result<_>>()?;
        for excerpt in found.into_iter().flatten() {
            self.remove(excerpt);
        }
        let survivors: Vec<&CrowdedNode> =
            crowded.iter().filter(|node| !self.removed[node.node as usize]).collect();
        let among = self.crowd.pairs_among(survivors.iter().copied())?;
        let mut pairs: Vec<(u32, u32)> =
            pairs.iter().copied().filter(|&(later, _)| !self.removed[later as usize]).chain(among).collect();
        if !survivors.is_empty() {
            pairs.par_sort_unstable_by_key(|&(later, earlier)| {
                [later, earlier].map(|node| self.order.key(node))
            });
            pairs.dedup();
        }
        self.decide_pairs(&pairs)?;
        for node in survivors {
            if !self.removed[node.node as usize] {
                self.crowd.stays(node)?;
            }
        }
        Ok(())
    }

    /// The first of the crowded nodes of earlier blocks that stay and for which this one goes.
    fn within_earlier(
        &self,
        node: &CrowdedNode,
        comparer: &mut PairComparer<'_, S>,
    ) -> Result<Option<Excerpt>> {
        self.interrupt.check()?;
        let later = node.node;
        let found = self.crowd.find_container(node, |earlier| {
            earlier.sort_unstable_by_key(|&other| self.order.key(other));
            earlier.iter().find_map(|&by| Some(self.contained(later, by, comparer)?.excerpt(later, by)))
        });
        Ok(found)
    }

    /// How one of two nodes contains the other, if the later one goes for the earlier.
    fn contained(&self, later: u32, earlier: u32, comparer: &mut PairComparer<'_, S>) -> Option<Inclusion> {
        let relation = self.order.relation(later, earlier)?;
        let pair = comparer.compare(earlier, later);
        let containment = pair.containment_of(if relation == Relation::Excerpt { later } else { earlier });
        let mut compare = |node| comparer.compare(earlier, node);
        let goes =
            containment >= self.search.containment.get() && (self.admits)(later, earlier, &mut compare);
        goes.then(|| Inclusion { relation, containment, jaccard: pair.jaccard() })
    }

    /// Decides the later ones of pairs, in rounds in which the set of each earlier one is made once.
    fn decide_pairs(&mut self, pairs: &[(u32, u32)]) -> Result<()> {
        let mut nodes = ExcerptNodes::new(pairs, std::mem::take(&mut self.places));
        let mut undecided: Vec<usize> = (0..nodes.states.len()).collect();
        while !undecided.is_empty() {
            let comparisons = nodes.next_comparisons(&undecided, &self.removed);
            let found: Vec<Option<ExcerptState>> = comparisons
                .par_iter()
                .map_init(
                    || PairComparer::new(self.source),
                    |comparer, &RoundComparison { earlier, later, at, .. }| {
                        self.interrupt.check()?;
                        let contained = self.contained(later, earlier, comparer);
                        Ok(contained.map(|contained| ExcerptState::ContainedIn(at, contained)))
                    },
                )
                .collect::<Result<_>>()?;
            for (comparison, state) in comparisons.iter().zip(found) {
                nodes.states[comparison.place].improve(state);
            }
            // In order, every earlier one is decided before those that go for it, or waits too.
            undecided.retain(|&place| {
                if let Some(excerpt) = nodes.settle(place, &self.removed) {
                    self.remove(excerpt);
                }
                !matches!(nodes.states[place], ExcerptState::Kept | ExcerptState::Removed)
            });
        }
        self.places = nodes.into_places();
        Ok(())
    }

    fn remove(&mut self, excerpt: Excerpt) {
        self.removed[excerpt.node as usize] = true;
        self.excerpts.push(excerpt);
    }
}

impl ExcerptState {
    /// Takes an earlier container for a later one.
    fn improve(&mut self, other: Option<Self>) {
        if let Some(other @ Self::ContainedIn(at, ..)) = other
            && !matches!(self, Self::ContainedIn(earlier, ..) if *earlier < at)
        {
            *self = other;
        }
    }
}

/// The nodes that have earlier candidates, in order.
struct ExcerptNodes<'a> {
    /// For each, the pairs of it and an earlier one, in order of these.
    groups: Vec<&'a [(u32, u32)]>,
    states: Vec<ExcerptState>,
    /// The place of each node in the other two, or [`NO_PLACE`].
    places: Vec<u32>,
}

/// That a node is not among those that are decided.
const NO_PLACE: u32 = u32::MAX;

/// What is compared next for the node at `place`, in order of the earlier one: so its set is made once for all.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct RoundComparison {
    earlier: u32,
    later: u32,
    place: usize,
    /// The place of the pair in the node's group.
    at: usize,
}

impl<'a> ExcerptNodes<'a> {
    /// `places` has room for every node, and no place.
    fn new(pairs: &'a [(u32, u32)], mut places: Vec<u32>) -> Self {
        let groups: Vec<_> = pairs.chunk_by(|a, b| a.0 == b.0).collect();
        for (place, group) in groups.iter().enumerate() {
            places[group[0].0 as usize] = place as u32;
        }
        Self { states: vec![ExcerptState::From(0); groups.len()], groups, places }
    }

    /// Gives the memory back as it was.
    fn into_places(mut self) -> Vec<u32> {
        for group in &self.groups {
            self.places[group[0].0 as usize] = NO_PLACE;
        }
        self.places
    }

    /// The next comparisons of each node that waits for some; a node that has none left is kept. Takes for granted that
    /// none of them will hold it.
    fn next_comparisons(&mut self, undecided: &[usize], removed: &[bool]) -> Vec<RoundComparison> {
        let mut comparisons = Vec::new();
        for &place in undecided {
            let ExcerptState::From(from) = self.states[place] else { continue };
            let before = comparisons.len();
            // The first partner holds most nodes that any holds; a node that many did not hold is held by none.
            let most = (from * GROWTH).max(1);
            let mut next = from;
            while next < self.groups[place].len() && comparisons.len() - before < most {
                let (later, earlier) = self.groups[place][next];
                if self.state(earlier, removed) != ExcerptState::Removed {
                    comparisons.push(RoundComparison { earlier, later, place, at: next });
                }
                next += 1;
            }
            self.states[place] =
                if comparisons.len() == before { ExcerptState::Kept } else { ExcerptState::From(next) };
        }
        comparisons.par_sort_unstable();
        comparisons
    }

    /// Decides about a node that another contains, if that one is decided.
    fn settle(&mut self, place: usize, removed: &[bool]) -> Option<Excerpt> {
        let ExcerptState::ContainedIn(at, contained) = self.states[place] else { return None };
        let (node, by) = self.groups[place][at];
        match self.state(by, removed) {
            ExcerptState::Kept => self.states[place] = ExcerptState::Removed,
            ExcerptState::Removed => self.states[place] = ExcerptState::From(at + 1),
            ExcerptState::From(_) | ExcerptState::ContainedIn(..) => {}
        }
        (self.states[place] == ExcerptState::Removed).then(|| contained.excerpt(node, by))
    }

    /// The state of any node. One without a place was decided before.
    fn state(&self, node: u32, removed: &[bool]) -> ExcerptState {
        match self.places[node as usize] {
            NO_PLACE if removed[node as usize] => ExcerptState::Removed,
            NO_PLACE => ExcerptState::Kept,
            place => self.states[place as usize],
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cmp::Reverse;
    use std::collections::BTreeSet;
    use std::sync::atomic::{AtomicU64, Ordering};

    use proptest::prelude::*;

    use super::super::order::Preference;
    use super::*;
    use crate::hash::mix;

    struct ShingleLists(Vec<Vec<u64>>);

    impl ShingleSource for ShingleLists {
        type Scratch<'s> = ();

        fn scratch(&self) {}

        fn shingles<'a, 's: 'a>(&'s self, node: u32, (): &'a mut ()) -> &'a [u64] {
            &self.0[node as usize]
        }
    }

    impl ShingleLists {
        fn contains(&self, by: u32, node: u32) -> bool {
            let set: BTreeSet<u64> = self.0[node as usize].iter().copied().collect();
            let shared = self.0[by as usize].iter().filter(|n| set.contains(n)).count();
            shared * 10 >= set.len() * 6
        }
    }

    /// Stretches of numbers, so that many are contained in one another, some in chains.
    fn stretches() -> impl Strategy<Value = Vec<Vec<u64>>> {
        let stretch = |(start, length, gap): (u64, u64, u64)| -> Vec<u64> {
            (start..start + length).filter(|n| gap == 0 || n % (gap + 1) > 0 || length < 3).collect()
        };
        let list = (0u64..30, 1u64..25, 0u64..6).prop_map(stretch);
        proptest::collection::vec(list, 1..25)
    }

    proptest! {
        #[test]
        fn the_result_is_that_of_the_loop_from_the_largest_down_or_from_the_preferred(
            lists in stretches(), ends in proptest::collection::btree_set(0u32..25, 0..3), pinned in 0u32..30, skipped in 0usize..5, refused in 0u32..4, every in 1u32..6, crowded_in_block in 1usize..9, pairs_in_block in 1usize..40,
        ) {
            let lists = ShingleLists(lists);
            let count = lists.0.len() as u32;
            let units: Vec<u32> = lists.0.iter().map(|list| list.len() as u32).collect();
            let all = (0..count).flat_map(|a| (0..a).map(move |b| (b, a)));
            let admits = |node: u32, by: u32| refused == 0 || (node * 5 + by * 3) % 4 >= refused;
            let pairs: Vec<(u32, u32)> = all.filter(|(a, b)| (a * 7 + b) as usize % 7 >= skipped).collect();
            // None of them, some, or all are of large families.
            let crowded: Vec<u32> = (0..count).filter(|node| every < 5 && node % every == 0).collect();
            let mut order: Vec<u32> = (0..count).collect();
            let is_pinned = |node: u32| node >= pinned;
            let rank = |node: u32| match ends.len() {
                0 => 0,
                _ if is_pinned(node) => 0,
                groups => 1 + ends.iter().position(|&end| node < end).unwrap_or(groups),
            };
            order.sort_by_key(|&node| (rank(node), Reverse(units[node as usize]), node));
            let (mut kept, mut expected): (Vec<u32>, Vec<(u32, u32)>) = (Vec::new(), Vec::new());
            let may_go = |node: u32, by: u32| {
                let is_candidate = pairs.contains(&(by.min(node), by.max(node)))
                    || (crowded.contains(&by) && crowded.contains(&node));
                let contains = if units[node as usize] <= units[by as usize] {
                    lists.contains(by, node)
                } else {
                    !is_pinned(by) && lists.contains(node, by)
                };
                is_candidate && contains && admits(node, by)
            };
            for node in order {
                match kept.iter().copied().find(|&by| may_go(node, by)) {
                    Some(by) => expected.push((node, by)),
                    None => kept.push(node),
                }
            }
            expected.sort_unstable();
            let candidates =
                ContainmentCandidates { pairs: pairs.clone(), crowded: crowded.clone(), ..Default::default() };
            let by_number = |node, by, _: &mut dyn FnMut(u32) -> ContainedPair| admits(node, by);
            let block = ExcerptBlock { crowded: crowded_in_block, pairs: pairs_in_block };
            let preference = Preference::new(ends.iter().copied().collect(), pinned);
            let order = ExcerptOrder::by_size(&units).preferring(&preference);
            let found =
                excerpts_in_blocks(block, &candidates, &ContainmentSearch::default(), order, &lists, &by_number, &())
                    .unwrap();
            if crowded.is_empty() {
                let found: Vec<(u32, u32)> = found.iter().map(|excerpt| (excerpt.node, excerpt.by)).collect();
                prop_assert_eq!(found, expected);
            } else {
                let removed: Vec<u32> = found.iter().map(|excerpt| excerpt.node).collect();
                prop_assert_eq!(removed, expected.iter().map(|&(node, _)| node).collect::<Vec<_>>());
                for excerpt in found {
                    prop_assert!(kept.contains(&excerpt.by) && may_go(excerpt.node, excerpt.by));
                }
            }
        }
    }

    /// Counts how often a text is read.
    struct CountedReads(ShingleLists, AtomicU64);

    impl ShingleSource for CountedReads {
        type Scratch<'s> = ();

        fn scratch(&self) {}

        fn shingles<'a, 's: 'a>(&'s self, node: u32, scratch: &'a mut ()) -> &'a [u64] {
            self.1.fetch_add(1, Ordering::Relaxed);
            self.0.shingles(node, scratch)
        }
    }

    /// Texts of 100 shingles of their own and a footer of so many.
    fn reads_of_footers(count: u64, footer: u64) -> (usize, u64) {
        let shingles =
            |n: u64| (0..100 + footer).map(move |i| mix(if i < 100 { 1 + (n << 20) + i } else { i }));
        let lists = ShingleLists((0..count).map(|n| shingles(n).collect()).collect());
        let source = CountedReads(lists, AtomicU64::new(0));
        let crowded = (0..count as u32).collect();
        let candidates = ContainmentCandidates { crowded, ..Default::default() };
        let units = vec![100 + footer as u32; count as usize];
        let admits = |_: u32, _: u32, _: &mut dyn FnMut(u32) -> ContainedPair| true;
        let found = excerpts(
            &candidates,
            &ContainmentSearch::default(),
            ExcerptOrder::by_size(&units),
            &source,
            &admits,
            &(),
        )
        .unwrap();
        (found.len(), source.1.into_inner())
    }

    #[test]
    fn a_footer_costs_a_few_reads_a_document_whatever_its_share() {
        for count in [600, 2400] {
            // The footer is more than 0.6 of each: all but one go.
            let (removed, reads) = reads_of_footers(count, 200);
            assert_eq!(removed as u64, count - 1);
            assert!(reads <= 5 * count, "{reads} reads of {count}");
            // It is less, and none goes.
            for footer in [20, 80, 140] {
                let (removed, reads) = reads_of_footers(count, footer);
                assert_eq!(removed, 0, "{footer}");
                // To count shingles and to look up; a few are read for a sample, too.
                assert!(reads <= 2 * count + 64, "{reads} reads of {count}");
            }
        }
    }
}
