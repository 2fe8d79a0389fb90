//! Which documents go if what is contained in a kept larger one goes.
#![allow(
    clippy::cast_possible_truncation,
    reason = "places in a text of at most 4 GiB, and nodes numbered in 32 bits"
)]

use rayon::prelude::*;

use super::index::ContainmentCandidates;
use super::sampling::ContainmentSearch;
use super::verify::{ContainedPair, PairComparer};
use crate::error::Result;
use crate::interrupt::Interrupt;
use crate::select::ShingleSource;

/// Comparisons of a node in a round, for each partner that it is known not to go for.
const GROWTH: usize = 3;

/// A document that a larger one, which stays, largely contains.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Excerpt {
    /// The document.
    pub node: u32,
    /// The larger one.
    pub by: u32,
    /// Share of the document's shingles that the larger one has, in `[0, 1]`.
    pub containment: f64,
    /// Their Jaccard similarity, in `[0, 1]`.
    pub jaccard: f64,
}

/// What is known of a node that has larger candidates.
#[derive(Clone, Copy, PartialEq)]
enum ExcerptState {
    /// These candidates, from this place on, are not looked at yet.
    From(usize),
    /// The candidate at this place contains it, with this containment and Jaccard similarity; whether that one stays
    /// is not known yet.
    ContainedIn(usize, f64, f64),
    Kept,
    Removed,
}

/// The nodes that are contained in a larger node which itself is not removed so, in order of number; `units` has the
/// number of words of each. A larger document is never removed for a smaller one; of two with as many words, the one
/// with the lower number counts as larger. `admits(node, by, compare)` is asked once a larger one contains a node, and may
/// say that it does not go for that one; `compare` compares any node with the larger one.
///
/// The result is that of going through the nodes from the largest down and removing what a kept larger candidate
/// contains, for any number of threads. Candidates are compared from the largest down, and only until one holds the
/// node: about one comparison a removed node, where [`verify`](super::verify()) makes one a pair.
///
/// # Errors
/// [`Error::Interrupted`](crate::Error::Interrupted) if `interrupt` says so.
///
/// # Panics
/// If a node of `candidates` is not in `units`.
pub fn excerpts<S: ShingleSource>(
    candidates: &ContainmentCandidates,
    search: &ContainmentSearch,
    units: &[u32],
    source: &S,
    admits: &(impl Fn(u32, u32, &mut dyn FnMut(u32) -> ContainedPair) -> bool + Sync),
    interrupt: &dyn Interrupt,
) -> Result<Vec<Excerpt>> {
    let size = |node: u32| (std::cmp::Reverse(units[node as usize]), node);
    let mut pairs: Vec<(u32, u32)> =
        candidates.pairs.iter().map(|&(a, b)| if size(a) < size(b) { (b, a) } else { (a, b) }).collect();
    // The smaller first, from the largest down; then its partners, from the largest down.
    pairs.par_sort_unstable_by_key(|&(smaller, larger)| (size(smaller), size(larger)));
    let mut nodes = ExcerptNodes::new(&pairs, units.len());
    let mut excerpts = Vec::new();
    let mut undecided: Vec<usize> = (0..nodes.states.len()).collect();
    while !undecided.is_empty() {
        let comparisons = nodes.next_comparisons(&undecided);
        let found: Vec<Option<ExcerptState>> = comparisons
            .par_iter()
            .map_init(
                || PairComparer::new(source),
                |worker, &RoundComparison { larger, smaller, at, .. }| {
                    interrupt.check()?;
                    let pair = worker.compare(larger, smaller);
                    let containment = pair.containment_of(smaller);
                    let mut compare = |node| worker.compare(larger, node);
                    let is_held =
                        containment >= search.containment.get() && admits(smaller, larger, &mut compare);
                    Ok(is_held.then_some(ExcerptState::ContainedIn(at, containment, pair.jaccard())))
                },
            )
            .collect::<Result<_>>()?;
        for (comparison, state) in comparisons.iter().zip(found) {
            nodes.states[comparison.place].improve(state);
        }
        // From the largest down, every container is decided before what it contains, or waits too.
        undecided.retain(|&place| {
            excerpts.extend(nodes.settle(place));
            !matches!(nodes.states[place], ExcerptState::Kept | ExcerptState::Removed)
        });
    }
    excerpts.sort_unstable_by_key(|excerpt: &Excerpt| excerpt.node);
    Ok(excerpts)
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

/// The nodes that have larger candidates, from the largest down.
struct ExcerptNodes<'a> {
    /// For each, the pairs of it and a larger one, from the largest down.
    groups: Vec<&'a [(u32, u32)]>,
    states: Vec<ExcerptState>,
    /// The place of a node in the other two.
    places: Vec<Option<usize>>,
}

/// What is compared next for the node at `place`, in order of the larger one: so its set is made once for all.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct RoundComparison {
    larger: u32,
    smaller: u32,
    place: usize,
    /// The place of the pair in the node's group.
    at: usize,
}

impl<'a> ExcerptNodes<'a> {
    fn new(pairs: &'a [(u32, u32)], count: usize) -> Self {
        let groups: Vec<_> = pairs.chunk_by(|a, b| a.0 == b.0).collect();
        let mut places = vec![None; count];
        for (place, group) in groups.iter().enumerate() {
            places[group[0].0 as usize] = Some(place);
        }
        Self { states: vec![ExcerptState::From(0); groups.len()], groups, places }
    }

    /// The next comparisons of each node that waits for some; a node that has none left is kept. Takes for granted that
    /// none of them will hold it.
    fn next_comparisons(&mut self, undecided: &[usize]) -> Vec<RoundComparison> {
        let mut comparisons = Vec::new();
        for &place in undecided {
            let ExcerptState::From(from) = self.states[place] else { continue };
            let before = comparisons.len();
            // The first partner holds most nodes that any holds; a node that many did not hold is held by none.
            let most = (from * GROWTH).max(1);
            let mut next = from;
            while next < self.groups[place].len() && comparisons.len() - before < most {
                let (smaller, larger) = self.groups[place][next];
                if self.state(larger) != ExcerptState::Removed {
                    comparisons.push(RoundComparison { larger, smaller, place, at: next });
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
    fn settle(&mut self, place: usize) -> Option<Excerpt> {
        let ExcerptState::ContainedIn(at, containment, jaccard) = self.states[place] else { return None };
        let (node, by) = self.groups[place][at];
        match self.state(by) {
            ExcerptState::Kept => self.states[place] = ExcerptState::Removed,
            ExcerptState::Removed => self.states[place] = ExcerptState::From(at + 1),
            ExcerptState::From(_) | ExcerptState::ContainedIn(..) => {}
        }
        (self.states[place] == ExcerptState::Removed).then_some(Excerpt { node, by, containment, jaccard })
    }

    /// The state of any node; one that nothing larger may contain is kept.
    fn state(&self, node: u32) -> ExcerptState {
        self.places[node as usize].map_or(ExcerptState::Kept, |place| self.states[place])
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    struct ShingleLists(Vec<Vec<u64>>);

    impl ShingleSource for ShingleLists {
        type Scratch<'s> = ();

        fn scratch(&self) {}

        fn shingles<'a, 's: 'a>(&'s self, node: u32, (): &'a mut ()) -> &'a [u64] {
            &self.0[node as usize]
        }
    }

    proptest! {
        #[test]
        fn the_result_is_that_of_the_loop_from_the_largest_down(
            lists in proptest::collection::vec((0u64..30, 1u64..25, 0u64..6), 1..25), skipped in 0usize..5,
            refused in 0u32..4,
        ) {
            // Stretches of numbers, so that many are contained in one another, some in chains.
            let stretch = |&(start, length, gap): &(u64, u64, u64)| -> Vec<u64> {
                (start..start + length).filter(|n| gap == 0 || n % (gap + 1) > 0 || length < 3).collect()
            };
            let lists: Vec<Vec<u64>> = lists.iter().map(stretch).collect();
            let units: Vec<u32> = lists.iter().map(|list| list.len() as u32).collect();
            let all = (0..lists.len() as u32).flat_map(|a| (0..a).map(move |b| (b, a)));
            let admits = |node: u32, by: u32| refused == 0 || (node * 5 + by * 3) % 4 >= refused;
            let pairs: Vec<(u32, u32)> = all.filter(|(a, b)| (a * 7 + b) as usize % 7 >= skipped).collect();
            let mut order: Vec<u32> = (0..lists.len() as u32).collect();
            order.sort_by_key(|&node| (std::cmp::Reverse(units[node as usize]), node));
            let (mut kept, mut expected): (Vec<u32>, Vec<(u32, u32)>) = (Vec::new(), Vec::new());
            for node in order {
                let set: BTreeSet<u64> = lists[node as usize].iter().copied().collect();
                let holder = kept.iter().copied().find(|&by| {
                    let shared = lists[by as usize].iter().filter(|n| set.contains(n)).count();
                    pairs.contains(&(by.min(node), by.max(node))) && shared * 10 >= set.len() * 6 && admits(node, by)
                });
                match holder {
                    Some(by) => expected.push((node, by)),
                    None => kept.push(node),
                }
            }
            expected.sort_unstable();
            let candidates = ContainmentCandidates { pairs, ..Default::default() };
            let by_number = |node, by, _: &mut dyn FnMut(u32) -> ContainedPair| admits(node, by);
            let search = ContainmentSearch::default();
            let found = excerpts(&candidates, &search, &units, &ShingleLists(lists), &by_number, &()).unwrap();
            let found: Vec<(u32, u32)> = found.iter().map(|excerpt| (excerpt.node, excerpt.by)).collect();
            prop_assert_eq!(found, expected);
        }
    }
}
