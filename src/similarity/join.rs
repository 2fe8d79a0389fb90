//! Every similar pair of sets, by prefix filtering.
#![allow(
    clippy::cast_possible_truncation,
    reason = "sets are numbered in 32 bits, which the collection checks; counts are far below 2^53"
)]

use rayon::prelude::*;

use super::collection::SetCollection;
use super::dense::DenseSets;
use super::measure::Measure;
use super::pairs::{ClassPair, SimilarPairs};
use crate::error::{Error, Result};
use crate::interrupt::Interrupt;

/// Finds every pair of documents whose shingle sets are similar, and no other: exact, whatever the threshold.
///
/// The result does not depend on the number of threads.
///
/// Memory beside `sets`: at most about 20 bytes for each shingle of each distinct set; 4 bytes a distinct set and one
/// bit a shared shingle for each piece of work under way; and the result, see [`SimilarPairs`].
///
/// Time: all shingles are sorted once. Then, for each shingle, the sets that look it up meet the sets that are indexed
/// by it: for Jaccard those that have it among their rarest and are of like size, for containment all that have it
/// times those that have it among their rarest. The lower the threshold, the longer the prefixes and the more frequent
/// the shingles in them. Copies cost one hash and one comparison of their set, and take no part in the rest. 8.3 million
/// shingles of 17,301 documents (58 MB of text) take one CPU second and 135 MB, at a Jaccard similarity of 0.4 and at
/// a containment of 0.6 alike.
///
/// ```
/// use twicetold::Threshold;
/// use twicetold::similarity::{Measure, SetCollection, join};
///
/// let mut sets = SetCollection::default();
/// sets.push(&[1, 2, 3, 4]);
/// sets.push(&[7, 8]);
/// sets.push(&[2, 3, 4]);
/// let similar = join(&sets, Measure::Jaccard(Threshold::new(0.5)?), &())?;
/// let pairs: Vec<_> = similar.pairs().map(|pair| (pair.a, pair.b, pair.jaccard)).collect();
/// assert_eq!(pairs, [(0, 2, 0.75)]);
/// # Ok::<(), twicetold::Error>(())
/// ```
///
/// # Errors
/// [`Error::TooManyShingles`] for 2^32 shingles or more over all documents, about 25 GB of text; [`Error::Interrupted`] if
/// `interrupt` says so.
pub fn join(sets: &SetCollection, measure: Measure, interrupt: &dyn Interrupt) -> Result<SimilarPairs> {
    let most = u32::MAX as usize;
    if sets.total() > most || sets.len() > most {
        return Err(Error::TooManyShingles { limit: most as u64 });
    }
    let dense = DenseSets::new(sets);
    let index = PrefixIndex::new(&dense, measure);
    let pairs: Vec<Vec<ClassPair>> = (0..dense.classes.len())
        .into_par_iter()
        .map_init(|| Probe::new(&dense, &index, measure), |probe, class| probe.partners(class, interrupt))
        .collect::<Result<_>>()?;
    Ok(SimilarPairs::new(sets.len(), &dense, &pairs.concat()))
}

/// As [`join`], but pairs are handed over as they are found, in no order that means anything, each once: the number of one
/// set, that of a later one, and how many shingles they share. At most so many bytes of them are held, but for those of
/// one set.
///
/// # Errors
/// As [`join`], and those of `take`.
pub(crate) fn join_in_batches(
    sets: &SetCollection,
    measure: Measure,
    share_bytes: usize,
    interrupt: &dyn Interrupt,
    take: &mut dyn FnMut(u32, u32, u32) -> Result<()>,
) -> Result<()> {
    let dense = DenseSets::new(sets);
    let index = PrefixIndex::new(&dense, measure);
    let classes = dense.classes.len();
    let batch = share_bytes / (classes.max(1) * size_of::<ClassPair>());
    for start in (0..classes).step_by(batch.clamp(1, classes.max(1))) {
        let end = (start + batch.max(1)).min(classes);
        let found: Vec<Vec<ClassPair>> = (start..end)
            .into_par_iter()
            .map_init(|| Probe::new(&dense, &index, measure), |probe, class| probe.partners(class, interrupt))
            .collect::<Result<_>>()?;
        for (class, pairs) in (start..end).zip(found) {
            let documents = dense.documents(class);
            for (place, &a) in documents.iter().enumerate() {
                for &b in &documents[place + 1..] {
                    take(a, b, dense.size(class) as u32)?;
                }
            }
            for ClassPair { found, overlap, .. } in pairs {
                for &a in documents {
                    for &b in dense.documents(found as usize) {
                        take(a.min(b), a.max(b), overlap)?;
                    }
                }
            }
        }
    }
    Ok(())
}

/// A place where a shingle stands in a set's prefix.
#[derive(Clone, Copy, Default)]
struct ClassPosting {
    /// The set, by its place in the order by size.
    class: u32,
    /// How many of its shingles come after this one.
    rest: u32,
}

/// For each shingle, the sets that have it among their rarest.
struct PrefixIndex {
    /// Shingle by shingle in order of rank, then in order of size.
    postings: Vec<ClassPosting>,
    /// Where the postings of each rank end.
    ends: Vec<u32>,
}

impl PrefixIndex {
    fn new(dense: &DenseSets, measure: Measure) -> Self {
        let prefix = |class: usize| {
            let length = dense.shared_in_prefix(class, measure.short_prefix(dense.size(class)));
            &dense.ranks(class)[..length]
        };
        let mut ends = vec![0u32; dense.vocabulary];
        for class in 0..dense.classes.len() {
            for &rank in prefix(class) {
                ends[rank as usize] += 1;
            }
        }
        let mut start = 0;
        for end in &mut ends {
            // Where the rank starts for now; placing its postings moves it to the end.
            (*end, start) = (start, start + *end);
        }
        let mut postings = vec![ClassPosting::default(); start as usize];
        for class in 0..dense.classes.len() {
            let last = dense.ranks(class).len() as u32;
            for (place, &rank) in (1..).zip(prefix(class)) {
                let end = &mut ends[rank as usize];
                postings[*end as usize] = ClassPosting { class: class as u32, rest: last - place };
                *end += 1;
            }
        }
        Self { postings, ends }
    }

    #[inline]
    fn postings(&self, rank: u32) -> &[ClassPosting] {
        let start = if rank == 0 { 0 } else { self.ends[rank as usize - 1] };
        &self.postings[start as usize..self.ends[rank as usize] as usize]
    }
}

/// Ranks counted between two looks at whether the rest can still suffice.
const STRIDE: usize = 64;

/// Marks a candidate that cannot become similar any more.
const RULED_OUT: u32 = u32::MAX;

/// Looks up one set after the other. Holds memory for it.
struct Probe<'a> {
    dense: &'a DenseSets,
    index: &'a PrefixIndex,
    measure: Measure,
    /// Shared shingles met so far, for each class; zero between two lookups.
    met: Vec<u32>,
    /// The classes for which `met` is not zero.
    candidates: Vec<u32>,
    /// One bit a rank: the shingles of the set that is looked up; zero between two lookups.
    bitmap: Vec<u64>,
}

impl<'a> Probe<'a> {
    fn new(dense: &'a DenseSets, index: &'a PrefixIndex, measure: Measure) -> Self {
        let met = vec![0; dense.classes.len()];
        let bitmap = vec![0; dense.vocabulary.div_ceil(64)];
        Self { dense, index, measure, met, candidates: Vec::new(), bitmap }
    }

    /// The similar sets among those before this one in the order by size.
    fn partners(&mut self, class: usize, interrupt: &dyn Interrupt) -> Result<Vec<ClassPair>> {
        interrupt.check()?;
        self.collect_candidates(class);
        if self.candidates.is_empty() {
            return Ok(Vec::new());
        }
        let ranks = self.dense.ranks(class);
        for &rank in ranks {
            self.bitmap[rank as usize / 64] |= 1 << (rank % 64);
        }
        let mut partners = Vec::new();
        let size = self.dense.size(class);
        for &other in &self.candidates {
            interrupt.check()?;
            let met = std::mem::take(&mut self.met[other as usize]);
            if met == RULED_OUT {
                continue;
            }
            let other_size = self.dense.size(other as usize);
            let least = self.measure.least_overlap(size, other_size);
            if let Some(overlap) = self.overlap(self.dense.ranks(other as usize), least)
                && self.measure.admits(overlap, size, other_size)
            {
                partners.push(ClassPair { probed: class as u32, found: other, overlap: overlap as u32 });
            }
        }
        self.candidates.clear();
        for &rank in ranks {
            self.bitmap[rank as usize / 64] = 0;
        }
        Ok(partners)
    }

    /// Looks the prefix up. Postings are in order of size, so those of sets that are too small, and those of sets
    /// that come later and will find this one themselves, are cut off at both ends.
    fn collect_candidates(&mut self, class: usize) {
        let Self { dense, index, measure, met, candidates, .. } = self;
        let size = dense.size(class);
        let ranks = dense.ranks(class);
        let prefix = dense.shared_in_prefix(class, measure.long_prefix(size));
        let least_size = measure.least_size(size);
        let smallest = dense.classes.partition_point(|other| (other.size as usize) < least_size) as u32;
        for (place, &rank) in (1..).zip(&ranks[..prefix]) {
            let rest = (ranks.len() - place) as u32;
            let postings = index.postings(rank);
            let start = postings.partition_point(|posting| posting.class < smallest);
            for posting in postings[start..].iter().take_while(|posting| (posting.class as usize) < class) {
                let met = &mut met[posting.class as usize];
                if *met == RULED_OUT {
                    continue;
                }
                if *met == 0 {
                    candidates.push(posting.class);
                }
                *met += 1;
                // All that both hold before this shingle was met, since both prefixes hold all before it.
                let most = *met + rest.min(posting.rest);
                if (most as usize) < measure.least_overlap(size, dense.size(posting.class as usize)) {
                    *met = RULED_OUT;
                }
            }
        }
    }

    /// How many of `ranks` are in the bitmap, unless it cannot be `least`.
    fn overlap(&self, ranks: &[u32], least: usize) -> Option<usize> {
        let (mut overlap, mut rest) = (0, ranks.len());
        for stride in ranks.chunks(STRIDE) {
            if overlap + rest < least {
                return None;
            }
            let bits = stride.iter().map(|&rank| self.bitmap[rank as usize / 64] >> (rank % 64) & 1);
            overlap += bits.sum::<u64>() as usize;
            rest -= stride.len();
        }
        Some(overlap)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::super::measure::{containment, jaccard};
    use super::super::pairs::JoinPair;
    use super::*;
    use crate::hash;
    use crate::params::{Containment, Threshold};

    /// How a set comes from an earlier one: where it starts in it, how much of it is left out, what is added.
    type Step = (usize, u64, Vec<u64>);

    /// Families of sets that overlap to every degree: each is made from an earlier one by leaving out and adding.
    /// Some are empty, of one element, or copies; numbers under 12 are boilerplate that many share.
    fn families() -> impl Strategy<Value = Vec<BTreeSet<u64>>> {
        let element = prop_oneof![0u64..12, 0u64..100_000];
        let step = (0usize..100, 0u64..9, proptest::collection::vec(element, 0..8));
        proptest::collection::vec(step, 0..40).prop_map(|steps: Vec<Step>| {
            let mut sets: Vec<BTreeSet<u64>> = Vec::new();
            for (parent, kept_of_eight, added) in steps {
                let parent = sets.get(parent % (sets.len() + 1)).cloned().unwrap_or_default();
                let kept =
                    parent.into_iter().filter(|&n| hash::mix(n ^ (added.len() as u64)) % 8 < kept_of_eight);
                let added = added.iter().flat_map(|&n| if n < 12 { n..n + 1 } else { n..n + n % 9 });
                sets.push(kept.chain(added).collect());
            }
            sets
        })
    }

    fn collect(sets: &[BTreeSet<u64>], spread: bool) -> SetCollection {
        let mut collection = SetCollection::default();
        for set in sets {
            collection.push(&set.iter().map(|&n| if spread { hash::mix(n) } else { n }).collect::<Vec<_>>());
        }
        collection
    }

    fn brute_force(sets: &[BTreeSet<u64>], measure: Measure) -> Vec<JoinPair> {
        let mut pairs = Vec::new();
        for (a, first) in sets.iter().enumerate() {
            for (b, second) in sets.iter().enumerate().skip(a + 1) {
                let overlap = first.intersection(second).count();
                let jaccard = jaccard(overlap, first.len(), second.len());
                let containment = containment(overlap, first.len(), second.len());
                let similar = match measure {
                    Measure::Jaccard(t) => jaccard >= t.get(),
                    Measure::Containment(c) => containment >= c.get(),
                };
                if similar {
                    let (a, b, overlap) = (a as u32, b as u32, overlap as u32);
                    pairs.push(JoinPair { a, b, overlap, jaccard, containment });
                }
            }
        }
        pairs
    }

    fn measures(value: f64) -> [Measure; 2] {
        [
            Measure::Jaccard(Threshold::new(value).unwrap()),
            Measure::Containment(Containment::new(value).unwrap()),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(400))]
        #[test]
        fn the_join_finds_exactly_what_comparing_all_pairs_finds(
            sets in families(), threshold in 0.05f64..=1.0, spread: bool,
        ) {
            let collection = collect(&sets, spread);
            for measure in measures(threshold) {
                let found = join(&collection, measure, &()).unwrap();
                let pairs: Vec<JoinPair> = found.pairs().collect();
                prop_assert_eq!(found.count(), pairs.len() as u64);
                for share_bytes in [0, 300, 1 << 20] {
                    let mut batched = Vec::new();
                    join_in_batches(&collection, measure, share_bytes, &(), &mut |a, b, overlap| {
                        batched.push((a, b, overlap));
                        Ok(())
                    }).unwrap();
                    batched.sort_unstable();
                    let expected: Vec<_> = pairs.iter().map(|pair| (pair.a, pair.b, pair.overlap)).collect();
                    prop_assert_eq!(batched, expected);
                }
                prop_assert_eq!(pairs, brute_force(&sets, measure));
            }
        }

        /// Thresholds that some pair meets exactly.
        #[test]
        fn a_pair_exactly_at_the_threshold_is_found(sets in families(), choice in 0usize..1000) {
            let collection = collect(&sets, true);
            let all = brute_force(&sets, measures(1e-9)[0]);
            prop_assume!(!all.is_empty());
            let pair = all[choice % all.len()];
            for measure in measures(pair.jaccard).into_iter().chain(measures(pair.containment)) {
                let pairs: Vec<JoinPair> = join(&collection, measure, &()).unwrap().pairs().collect();
                prop_assert_eq!(pairs, brute_force(&sets, measure));
            }
        }
    }

    #[test]
    fn empty_and_single_element_sets_pair_with_their_copies_only_if_they_hold_something() {
        let sets: Vec<BTreeSet<u64>> = [&[][..], &[0], &[], &[0], &[5], &[5, 0]]
            .iter()
            .map(|set| set.iter().copied().collect())
            .collect();
        let collection = collect(&sets, false);
        let [jaccard, containment] = measures(1.0);
        let pairs = |measure| -> Vec<(u32, u32)> {
            join(&collection, measure, &()).unwrap().pairs().map(|pair| (pair.a, pair.b)).collect()
        };
        assert_eq!(pairs(jaccard), [(1, 3)]);
        assert_eq!(pairs(containment), [(1, 3), (1, 5), (3, 5), (4, 5)]);
        assert_eq!(join(&SetCollection::default(), jaccard, &()).unwrap().count(), 0);
    }

    #[test]
    fn many_copies_are_counted_without_being_listed() {
        let mut sets = SetCollection::default();
        let text: Vec<u64> = (0..20).map(hash::mix).collect();
        for document in 0..100_000 {
            sets.push(if document % 2 == 0 { &text } else { &text[1..] });
        }
        let similar = join(&sets, measures(0.9)[0], &()).unwrap();
        assert_eq!(similar.count(), 100_000 * 99_999 / 2);
        let first: Vec<(u32, u32, u32)> = similar.pairs().take(3).map(|p| (p.a, p.b, p.overlap)).collect();
        assert_eq!(first, [(0, 1, 19), (0, 2, 20), (0, 3, 19)]);
    }

    #[test]
    fn any_number_of_threads_gives_the_same_pairs() {
        let mut sets = SetCollection::default();
        for document in 0..3000u64 {
            let story = document / 7 * 1000;
            let set: Vec<u64> = (0..60).map(|n| hash::mix(story + n + document % 7 * (n % 3))).collect();
            sets.push(&set);
        }
        for measure in measures(0.5) {
            let with = |threads| -> Vec<JoinPair> {
                let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
                pool.install(|| join(&sets, measure, &()).unwrap().pairs().collect())
            };
            let one = with(1);
            assert!(one.len() > 3000);
            assert!([2, 7, 16].into_iter().all(|threads| with(threads) == one));
        }
    }
}
