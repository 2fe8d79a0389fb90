//! Fast Similarity Sketching.
//!
//! Source: Dahlgaard, Knudsen, Thorup, "Fast Similarity Sketching", FOCS 2017, algorithm 1. Round `i` throws
//! every element into one of `k` slots by a fresh hash; a slot keeps its least (round, hash). Later rounds
//! are not thrown but dealt: each serves one slot and draws a hash from every element, so that every slot is
//! filled whatever the set. Rounds stop as soon as no slot is empty: later ones could not lower any value. The
//! cost is O(n + k log k) for `n` elements, where k-permutation MinHash takes O(n k), and the estimate is
//! unbiased and at least as concentrated.
//!
//! In the paper `k` rounds are thrown before any is dealt, which bounds the time of its analysis; here it is
//! `k / 8`. Neither the order of values nor the symmetry between elements that makes the estimate unbiased
//! depends on the number, and a slot that was dealt to is a slot of k-permutation MinHash. But a set of few
//! elements fills few slots a throw, and one dealt round fills a slot for certain, two with one hash. The
//! number must be the same for all sets: values of one slot are compared across them. An eighth was the best
//! of the powers of two for sets of 1 to 100 elements, by the benchmark `stages`.
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "slots are the low bits of hashes"
)]

use super::slot::Slot;
use crate::hash;
use crate::params::Slots;

/// An empty slot: above every value.
const EMPTY: u64 = u64::MAX;

/// One round is thrown for so many slots.
const SLOTS_A_THROWN_ROUND: u64 = 8;

/// Few slots are empty once less than one in so many is.
const SPARSE: usize = 16;

/// Sets of so few elements leave nearly every slot empty, and it pays to deal to all without looking.
const FEW: usize = 8;

/// Bits of a value that hold the hash; the round stands above them.
const HASH_BITS: u32 = 48;

/// Memory a [`Sketcher`] works in; keep one a thread.
#[derive(Default)]
pub struct SketchScratch {
    values: Vec<u64>,
}

/// The values of the slots, addressed by hashes.
trait SlotValues {
    /// The slot of a hash, from its high bits; the value is made of the low ones.
    fn slot(&mut self, hashed: u64) -> &mut u64;
}

impl SlotValues for [u64] {
    #[inline]
    fn slot(&mut self, hashed: u64) -> &mut u64 {
        let slots = self.len() as u64;
        &mut self[(((hashed >> 32) * slots) >> 32) as usize]
    }
}

/// The usual width is a power of two: the compiler sees that every place is in range, and a throw costs a multiplication
/// less.
impl SlotValues for [u64; 128] {
    #[inline]
    fn slot(&mut self, hashed: u64) -> &mut u64 {
        &mut self[(hashed >> 57) as usize]
    }
}

/// Takes some of a set's shingles.
pub type TakeShingles<'a> = dyn FnMut(&[u64]) + 'a;

/// Makes signatures of one width.
#[derive(Clone, Copy, Debug)]
pub struct Sketcher {
    slots: Slots,
}

impl Sketcher {
    /// A sketcher for signatures of this width.
    pub fn new(slots: Slots) -> Self {
        Self { slots }
    }

    /// The width of a signature.
    pub fn slots(&self) -> Slots {
        self.slots
    }

    /// Writes the signature of the set of `shingles` to `signature`, which must be as wide as this sketcher.
    ///
    /// Repeats change nothing, nor does order. An empty set gives all zeros, which means nothing: callers
    /// must not compare it. O(n + k log k), no allocation after the first call.
    ///
    /// # Panics
    /// If `signature` has another width.
    pub fn sketch(&self, shingles: &[u64], scratch: &mut SketchScratch, signature: &mut [Slot]) {
        assert_eq!(signature.len(), self.slots.get(), "one slot a hash");
        if shingles.is_empty() {
            signature.fill(0);
            return;
        }
        let values = &mut scratch.values;
        values.clear();
        values.resize(self.slots.get(), EMPTY);
        match <&mut [u64; 128]>::try_from(values.as_mut_slice()) {
            Ok(values) => thrown_rounds(values, shingles),
            Err(_) => thrown_rounds(values.as_mut_slice(), shingles),
        }
        if values.contains(&EMPTY) {
            dealt_rounds(thrown(values.len()), shingles, values);
        }
        for (slot, &value) in signature.iter_mut().zip(values.iter()) {
            // The low bits: a minimum is biased in its high bits only.
            *slot = value as Slot;
        }
    }

    /// As [`Sketcher::sketch`], for a set that comes in pieces: `pieces` passes all of them to its argument, and is
    /// called once, or twice for a set of few elements.
    ///
    /// # Panics
    /// If `signature` has another width.
    pub fn sketch_pieces(
        &self,
        pieces: &mut dyn FnMut(&mut TakeShingles<'_>),
        scratch: &mut SketchScratch,
        signature: &mut [Slot],
    ) {
        assert_eq!(signature.len(), self.slots.get(), "one slot a hash");
        let values = &mut scratch.values;
        values.clear();
        values.resize(self.slots.get(), EMPTY);
        pieces(&mut |shingles| first_round(values.as_mut_slice(), shingles));
        if !values.contains(&EMPTY) {
            for (slot, &value) in signature.iter_mut().zip(values.iter()) {
                *slot = value as Slot;
            }
            return;
        }
        // Only a set of few elements leaves a slot empty, however often they are repeated.
        let mut distinct: Vec<u64> = Vec::new();
        pieces(&mut |shingles| {
            distinct.extend_from_slice(shingles);
            distinct.sort_unstable();
            distinct.dedup();
        });
        self.sketch(&distinct, scratch, signature);
    }
}

/// How many rounds are thrown for so many slots.
fn thrown(slots: usize) -> u64 {
    (slots as u64 / SLOTS_A_THROWN_ROUND).max(1)
}

/// Throws until no slot is empty, or no round is left.
#[inline]
fn thrown_rounds<V: SlotValues + AsRef<[u64]> + ?Sized>(values: &mut V, shingles: &[u64]) {
    first_round(values, shingles);
    let slots = values.as_ref().len();
    let mut empty = values.as_ref().iter().filter(|&&value| value == EMPTY).count();
    for round in 1..thrown(slots) {
        if empty == 0 {
            break;
        }
        empty -= if empty * SPARSE < slots {
            late_round(round, shingles, values)
        } else {
            early_round(round, shingles, values)
        };
    }
}

/// One-permutation hashing, which is all that a long document needs.
#[inline]
fn first_round<V: SlotValues + ?Sized>(values: &mut V, shingles: &[u64]) {
    for &shingle in shingles {
        let slot = values.slot(shingle);
        *slot = (*slot).min(shingle & low_bits(HASH_BITS));
    }
}

/// Throws once more while many slots are empty. Changes those only, and returns how many it filled.
#[inline]
fn early_round<V: SlotValues + ?Sized>(round: u64, shingles: &[u64], values: &mut V) -> usize {
    let mut filled = 0;
    for &shingle in shingles {
        let (hashed, value) = throw(round, shingle);
        let slot = values.slot(hashed);
        filled += usize::from(*slot == EMPTY);
        *slot = (*slot).min(value);
    }
    filled
}

/// Does the same once few slots are empty: nearly every throw is in vain, and a branch foresees that.
#[inline]
fn late_round<V: SlotValues + ?Sized>(round: u64, shingles: &[u64], values: &mut V) -> usize {
    let mut filled = 0;
    for &shingle in shingles {
        let (hashed, value) = throw(round, shingle);
        let slot = values.slot(hashed);
        if value < *slot {
            filled += usize::from(*slot == EMPTY);
            *slot = value;
        }
    }
    filled
}

/// The hash by which an element falls in a later round, and its value there.
#[inline]
fn throw(round: u64, shingle: u64) -> (u64, u64) {
    let hashed = hash::draw(shingle, round);
    (hashed, (round << HASH_BITS) | (hashed & low_bits(HASH_BITS)))
}

/// Gives each slot that is still empty the least hash of its own, all of them in round `round`.
///
/// Two slots share the halves of one hash. Thirty-two bits do for each: only sets of few elements leave slots
/// empty for so long. Slots filled before are not changed, since they hold values of earlier rounds.
fn dealt_rounds(round: u64, shingles: &[u64], values: &mut [u64]) {
    let base = round << HASH_BITS;
    let deal = |shingle: u64, index: u64, pair: &mut [u64; 2]| {
        let hashed = hash::draw(shingle, round + index);
        pair[0] = pair[0].min(base | (hashed & low_bits(32)));
        pair[1] = pair[1].min(base | (hashed >> 32));
    };
    let width = values.len() as u64;
    let (pairs, last) = values.as_chunks_mut::<2>();
    if shingles.len() <= FEW {
        for &shingle in shingles {
            for (index, pair) in (0..).zip(pairs.iter_mut()) {
                deal(shingle, index, pair);
            }
        }
    } else {
        for (index, pair) in (0..).zip(pairs).filter(|(_, pair)| pair.contains(&EMPTY)) {
            for &shingle in shingles {
                deal(shingle, index, pair);
            }
        }
    }
    if let [value] = last {
        let mut pair = [*value, 0];
        for &shingle in shingles {
            deal(shingle, width / 2, &mut pair);
        }
        *value = pair[0];
    }
}

/// A mask of so many low bits.
const fn low_bits(count: u32) -> u64 {
    (1 << count) - 1
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{agreement, k_permutation};
    use super::*;

    /// Two sets of the given sizes of union and intersection, made of fresh hashes.
    fn pair(union: usize, overlap: usize, trial: u64) -> (Vec<u64>, Vec<u64>) {
        let hashed = |n: usize| hash::mix((trial << 32) ^ hash::mix(n as u64 + 1));
        let own = (union - overlap) / 2;
        let a = (0..overlap + own).map(hashed).collect();
        let b = (0..overlap).chain(overlap + own..union).map(hashed).collect();
        (a, b)
    }

    fn signature(slots: u16, set: &[u64]) -> Vec<Slot> {
        let slots = Slots::new(slots).unwrap();
        let mut signature = vec![0; slots.get()];
        Sketcher::new(slots).sketch(set, &mut SketchScratch::default(), &mut signature);
        signature
    }

    fn estimate(a: &[Slot], b: &[Slot]) -> f64 {
        f64::from(agreement(a, b)) / a.len() as f64
    }

    /// Mean and variance of the error of an estimator over `trials` fresh pairs.
    fn error_of(
        trials: u64,
        union: usize,
        overlap: usize,
        estimate: impl Fn(&[u64], &[u64]) -> f64,
    ) -> (f64, f64) {
        let truth = overlap as f64 / union as f64;
        let errors: Vec<f64> = (0..trials)
            .map(|trial| {
                let (a, b) = pair(union, overlap, trial);
                estimate(&a, &b) - truth
            })
            .collect();
        let mean = errors.iter().sum::<f64>() / errors.len() as f64;
        let variance = errors.iter().map(|e| (e - mean).powi(2)).sum::<f64>() / errors.len() as f64;
        (mean, variance)
    }

    #[test]
    fn unbiased_and_no_more_variable_than_k_permutation_minhash() {
        for (union, trials) in [(5usize, 4000u64), (20, 3000), (100, 2000), (1000, 1000), (50_000, 60)] {
            for jaccard in [0.1, 0.3, 0.5, 0.8, 0.95] {
                let overlap = (jaccard * union as f64).round() as usize;
                let truth = overlap as f64 / union as f64;
                let (bias, variance) =
                    error_of(trials, union, overlap, |a, b| estimate(&signature(128, a), &signature(128, b)));
                // k independent permutations give a binomial share: variance J (1 - J) / k exactly.
                let reference = truth * (1.0 - truth) / 128.0;
                let deviation = (reference / trials as f64).sqrt();
                assert!(
                    bias.abs() <= 4.0 * deviation + 1e-4,
                    "union {union}, J {truth}: bias {bias:.5}, standard error {deviation:.5}"
                );
                // The sample variance of n normal errors has a relative standard deviation of sqrt(2 / n).
                let tolerance = 1.0 + 4.0 * (2.0 / trials as f64).sqrt();
                assert!(
                    variance <= reference * tolerance + 1e-9,
                    "union {union}, J {truth}: variance {variance:.6}, reference {reference:.6}"
                );
            }
        }
    }

    #[test]
    fn a_small_set_within_a_large_one_is_measured_without_bias() {
        // The small one is dealt to in most slots, where the large one was thrown.
        for (slots, small, large) in
            [(128u16, 1usize, 4usize), (128, 4, 40), (32, 8, 12), (33, 9, 90), (64, 30, 600)]
        {
            let (trials, truth) = (4000u64, small as f64 / large as f64);
            let total: f64 = (0..trials)
                .map(|trial| {
                    let (all, _) = pair(large, large, trial);
                    estimate(&signature(slots, &all), &signature(slots, &all[..small]))
                })
                .sum();
            let bias = total / trials as f64 - truth;
            let deviation = (truth * (1.0 - truth) / f64::from(slots) / trials as f64).sqrt();
            assert!(bias.abs() <= 4.0 * deviation + 1e-4, "{small} in {large}: {bias:.5}, {deviation:.5}");
        }
    }

    /// The least (round, hash) a slot over all rounds, none of them cut short.
    fn obvious(slots: u16, set: &[u64]) -> Vec<Slot> {
        let slot_of = |hashed: u64| (((hashed >> 32) * u64::from(slots)) >> 32) as usize;
        let mut values = vec![EMPTY; usize::from(slots)];
        let thrown = (u64::from(slots) / SLOTS_A_THROWN_ROUND).max(1);
        for &element in set {
            let first = (slot_of(element), element & low_bits(HASH_BITS));
            let later = (1..thrown).map(|round| {
                let hashed = hash::draw(element, round);
                (slot_of(hashed), (round << HASH_BITS) | (hashed & low_bits(HASH_BITS)))
            });
            let dealt = (0..usize::from(slots)).map(|slot| {
                let hashed = hash::draw(element, thrown + slot as u64 / 2);
                let half = if slot % 2 == 0 { hashed & low_bits(32) } else { hashed >> 32 };
                (slot, (thrown << HASH_BITS) | half)
            });
            for (slot, value) in std::iter::once(first).chain(later).chain(dealt) {
                values[slot] = values[slot].min(value);
            }
        }
        values.into_iter().map(|value| value as Slot).collect()
    }

    #[test]
    fn the_reference_itself_behaves_as_its_theory_says() {
        let (bias, variance) = error_of(400, 100, 50, |a, b| {
            let (a, b) = (k_permutation::signature(128, a), k_permutation::signature(128, b));
            a.iter().zip(&b).filter(|(x, y)| x == y).count() as f64 / 128.0
        });
        let reference = 0.25 / 128.0;
        assert!(bias.abs() < 4.0 * (reference / 400.0f64).sqrt(), "bias {bias}");
        assert!((variance / reference - 1.0).abs() < 4.0 * (2.0f64 / 400.0).sqrt(), "variance {variance}");
    }

    #[test]
    fn pieces_give_the_signature_of_the_whole() {
        for count in [0, 1, 7, 130, 2_000, 20_000] {
            let set: Vec<u64> = (1..=count).map(hash::mix).collect();
            let slots = Slots::new(128).unwrap();
            let mut made = vec![7; slots.get()];
            let mut pieces = |piece: &mut TakeShingles<'_>| set.chunks(1000).cycle().take(25).for_each(piece);
            Sketcher::new(slots).sketch_pieces(&mut pieces, &mut SketchScratch::default(), &mut made);
            assert_eq!(made, signature(128, &set), "{count} elements");
        }
    }

    #[test]
    fn one_element_fills_every_slot() {
        for slots in [1, 2, 63, 64, 128, 1000] {
            let one = signature(slots, &[42]);
            assert_eq!(one, signature(slots, &[42, 42, 42]));
            assert_eq!(agreement(&one, &signature(slots, &[43])), 0, "{slots} slots");
        }
    }

    proptest! {
        #[test]
        fn every_slot_holds_the_least_of_all_rounds(
            set in proptest::collection::vec(any::<u64>(), 1..300), few in 1usize..20, slots in 1u16..200,
        ) {
            let few = &set[..few.min(set.len())];
            prop_assert_eq!(signature(slots, few), obvious(slots, few));
            prop_assert_eq!(signature(slots, &set), obvious(slots, &set));
            prop_assert_eq!(signature(128, &set), obvious(128, &set));
        }

        #[test]
        fn order_and_repeats_change_nothing(
            mut set in proptest::collection::vec(any::<u64>(), 1..300), slots in 1u16..200,
        ) {
            let first = signature(slots, &set);
            set.reverse();
            set.extend_from_within(..set.len() / 2);
            prop_assert_eq!(first, signature(slots, &set));
        }
    }
}
