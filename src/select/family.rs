//! How the nodes of crowded buckets are looked up among those of them that stay.
//!
//! By the rarest shingles of each, as a rule. But shingles of a few letters at a low threshold are all frequent: then
//! nearly every two sets share one of the rarest, and it takes longer to find the others than to compare with all. A
//! sample of pairs tells.
#![allow(
    clippy::cast_possible_truncation,
    reason = "nodes are numbered in 32 bits, and reading refuses more"
)]

use super::crowd::Crowd;
use super::frequencies::{CrowdPrefix, Frequencies};
use super::verify::{ShingleSource, Verifier};
use crate::error::Result;
use crate::interrupt::Interrupt;
use crate::lsh::Scope;
use crate::similarity::{Measure, SetCollection, shared_of_ascending};

/// Nodes whose pairs are the sample.
const SAMPLED_NODES: usize = 64;

/// A longer text is left out of the sample, which is held in memory.
const MOST_SHINGLES: usize = 1 << 16;

/// The share of the sampled pairs that would have to be found by rare shingles, though they are not similar, for all
/// pairs to be compared instead.
///
/// To find out that a pair is not similar takes a text read and shingled again, some forty times as long as to compare
/// two sets as wholes.
const FOUND_IN_VAIN: f64 = 0.03;

/// The order of shingles among crowded nodes, and the way of looking them up.
pub(crate) struct CrowdFamily {
    frequencies: Frequencies,
    /// Whether sets are compared as wholes.
    as_wholes: bool,
    bytes: usize,
}

/// Refuses an exact index of so many bytes, before it is made, where memory is bounded.
pub(crate) type ChargeIndex<'c> = dyn Fn(usize) -> Result<()> + Sync + 'c;

/// Memory without a bound.
#[expect(clippy::unnecessary_wraps, reason = "it is asked as one that refuses")]
pub(crate) fn uncharged(_: usize) -> Result<()> {
    Ok(())
}

impl CrowdFamily {
    /// Takes notice of all crowded nodes. Reads each once, and a few of them twice. `charge` is asked whether there is memory
    /// for that.
    ///
    /// # Errors
    /// [`crate::Error::Interrupted`] if `interrupt` says so, and those of `charge`.
    pub(crate) fn new<S: ShingleSource>(
        nodes: &[u32],
        measure: Measure,
        source: &S,
        charge: &ChargeIndex<'_>,
        interrupt: &dyn Interrupt,
    ) -> Result<Self> {
        charge(Frequencies::bytes(nodes.len()))?;
        let frequencies = Frequencies::count(nodes, measure, source, interrupt)?;
        let as_wholes = share_found_in_vain(nodes, measure, source, &frequencies)? > FOUND_IN_VAIN;
        Ok(Self { frequencies, as_wholes, bytes: Frequencies::bytes(nodes.len()) })
    }

    /// Bytes that it takes.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Whether all pairs are compared, since rare shingles would find most of them in vain.
    pub(crate) fn is_compared_as_wholes(&self) -> bool {
        self.as_wholes
    }

    /// What a crowd is asked with, and keeps, of a set.
    pub(crate) fn prefix(&self, shingles: &[u64]) -> CrowdPrefix {
        if self.as_wholes { self.frequencies.whole(shingles) } else { self.frequencies.prefix(shingles) }
    }
}

/// Of the pairs in a sample that are not similar, the share that rare shingles find.
fn share_found_in_vain<S: ShingleSource>(
    nodes: &[u32],
    measure: Measure,
    source: &S,
    frequencies: &Frequencies,
) -> Result<f64> {
    let mut verifier = Verifier::new(source);
    let (mut sets, mut crowd, scope) = (SetCollection::default(), Crowd::default(), Scope::default());
    let (mut dissimilar, mut in_vain) = (0u32, 0u32);
    for &node in nodes.iter().step_by(nodes.len().div_ceil(SAMPLED_NODES).max(1)) {
        let shingles = verifier.shingles(node);
        if shingles.is_empty() || shingles.len() > MOST_SHINGLES {
            continue;
        }
        let prefix = frequencies.prefix(shingles);
        let number = sets.len();
        sets.push(shingles);
        let found = crowd.all_similar(&prefix, measure, &scope);
        for earlier in 0..number {
            let (a, b) = (sets.get(number), sets.get(earlier));
            if !measure.admits(shared_of_ascending(a, b), a.len(), b.len()) {
                dissimilar += 1;
                in_vain += u32::from(found.binary_search(&(earlier as u32)).is_ok());
            }
        }
        crowd.insert(number as u32, &prefix, &scope)?;
    }
    Ok(f64::from(in_vain) / f64::from(dissimilar.max(1)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::hash::mix;
    use crate::params::{Containment, Threshold};
    use crate::select::CrowdLookup;

    struct ShingleSets(Vec<Vec<u64>>);

    impl ShingleSource for ShingleSets {
        type Scratch<'s> = ();

        fn scratch(&self) {}

        fn shingles<'a, 's: 'a>(&'s self, node: u32, (): &'a mut ()) -> &'a [u64] {
            &self.0[node as usize]
        }
    }

    fn measure(percent: u32, of_jaccard: bool) -> Measure {
        let share = f64::from(percent) / 100.0;
        if of_jaccard {
            Measure::Jaccard(Threshold::new(share).unwrap())
        } else {
            Measure::Containment(Containment::new(share).unwrap())
        }
    }

    fn family(sets: Vec<Vec<u64>>, measure: Measure) -> CrowdFamily {
        let nodes: Vec<u32> = (0..sets.len() as u32).collect();
        CrowdFamily::new(&nodes, measure, &ShingleSets(sets), &uncharged, &()).unwrap()
    }

    proptest! {
        #[test]
        fn every_similar_set_is_found_by_rare_shingles_and_as_a_whole(
            sets in proptest::collection::vec(proptest::collection::btree_set(0u64..60, 1..40), 1..40),
            percent in 5u32..=100, of_jaccard: bool, most in 1usize..9, as_wholes: bool,
        ) {
            let sets: Vec<Vec<u64>> = sets.iter().map(|set| set.iter().map(|&n| mix(n)).collect()).collect();
            let measure = measure(percent, of_jaccard);
            let family = CrowdFamily { as_wholes, ..family(sets.clone(), measure) };
            let (mut crowd, scope) = (Crowd::default(), Scope::default());
            for (number, set) in sets.iter().enumerate() {
                let prefix = family.prefix(set);
                let (mut all, mut found) = (Vec::new(), Vec::new());
                let mut lookup = CrowdLookup::new(most);
                let mut is_last = false;
                while !is_last {
                    is_last = crowd.similar(&prefix, measure, (&scope, None), &mut lookup, &mut found);
                    prop_assert!(found.is_sorted_by(|a, b| a < b));
                    all.append(&mut found);
                }
                for (earlier, other) in sets[..number].iter().enumerate() {
                    let shared = other.iter().filter(|n| set.contains(n)).count();
                    let times = all.iter().filter(|&&n| n as usize == earlier).count();
                    prop_assert!(times == 1 || !measure.admits(shared, set.len(), other.len()) && times == 0);
                }
                crowd.insert(number as u32, &prefix, &scope).unwrap();
            }
        }
    }

    #[test]
    fn all_are_compared_where_rare_shingles_find_nearly_all_in_vain() {
        // Of 300 shingles each has some 150: any two are alike by a third.
        let of_few = |n: u64| (0..300u64).filter(|i| mix(n << 9 | i).is_multiple_of(2)).map(mix).collect();
        let background: Vec<Vec<u64>> = (1..200).map(of_few).collect();
        assert!(family(background.clone(), measure(40, true)).is_compared_as_wholes());
        // Of 20,000 shingles each has some 150: hardly two share one.
        let of_many =
            |n: u64| (0..20_000u64).filter(|i| mix(n << 20 | i).is_multiple_of(133)).map(mix).collect();
        let unlike: Vec<Vec<u64>> = (1..200).map(of_many).collect();
        assert!(!family(unlike, measure(95, true)).is_compared_as_wholes());
        // Forms below the threshold, and copies above it, are found by what is rare in them.
        for own in [2, 22] {
            let filled_in = |n: u64| (1..171).chain((0..own).map(|i| (n << 20) + i)).map(mix).collect();
            assert!(!family((1..200).map(filled_in).collect(), measure(80, true)).is_compared_as_wholes());
        }
    }
}
