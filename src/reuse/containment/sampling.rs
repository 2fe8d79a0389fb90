//! Which shingles of a document are kept, and what share of them a contained pair has in common.
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "places in a text of at most 4 GiB, and nodes numbered in 32 bits"
)]

use rayon::prelude::*;

use super::rows::{KeyRows, SpilledRows};
use crate::document::DocumentId;
use crate::error::{Error, Result};
use crate::params::{Containment, Recall, Shingling};
use crate::sketch::TakeShingles;

/// What is looked for, and how much may be missed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ContainmentSearch {
    /// The least share of the smaller document's shingles that the larger must have.
    pub containment: Containment,
    /// The least probability that such a pair is found.
    pub recall: Recall,
    /// The fewest words (or other units of a shingle) with which a document is judged. The shorter, the more has to
    /// be sampled: the rate is about inverse to it.
    pub least_units: u32,
    /// A sampled shingle in more documents than this is not looked up.
    pub frequent: u32,
}

impl Default for ContainmentSearch {
    fn default() -> Self {
        Self {
            containment: Containment::default(),
            recall: Recall::default(),
            least_units: 50,
            frequent: 1024,
        }
    }
}

/// Decides by its hash whether a shingle is sampled.
#[derive(Clone, Debug)]
pub struct Sampler {
    search: ContainmentSearch,
    /// Hashes up to this one are sampled.
    bound: u64,
    /// δ of the module; 0 if everything is sampled.
    unlucky: f64,
    /// k(m) for the first few m, from the binomial distribution.
    least_shared: Vec<u16>,
}

/// Numbers of samples for which k(m) is taken from the binomial distribution. Beyond, Hoeffding's bound is little
/// lower, and takes no table.
const TABULATED: usize = 512;

impl Sampler {
    /// A sampler for shingles of this kind.
    ///
    /// ```
    /// use twicetold::Shingling;
    /// use twicetold::reuse::containment::{ContainmentSearch, Sampler};
    ///
    /// let sampler = Sampler::new(ContainmentSearch::default(), Shingling::Word(5))?;
    /// assert!((0.15..0.17).contains(&sampler.rate()));
    /// # Ok::<(), twicetold::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Parameter`] if documents without a shingle of full width would be judged, or `frequent` is below 2.
    pub fn new(search: ContainmentSearch, shingling: Shingling) -> Result<Self> {
        let width = shingling.width() as u32;
        if search.least_units < width {
            return Err(Error::parameter(
                "least_units",
                search.least_units,
                "at least the number of units in a shingle",
            ));
        }
        if search.frequent < 2 {
            return Err(Error::parameter("frequent", search.frequent, "at least 2"));
        }
        if search.recall.is_exact() {
            return Ok(Self { search, bound: u64::MAX, unlucky: 0.0, least_shared: Vec::new() });
        }
        let missed = 1.0 - search.recall.get();
        let shared = (search.containment.get() * f64::from(search.least_units - width + 1)).ceil();
        let rate = 1.0 - (0.75 * missed).powf(1.0 / shared);
        let unlucky = 0.25 * missed;
        // A rate of 1 saturates to all hashes.
        let bound = (rate * 2f64.powi(64)) as u64;
        Ok(Self { search, bound, unlucky, least_shared: quantiles(search.containment.get(), unlucky) })
    }

    /// What the sampler was made for.
    pub fn search(&self) -> &ContainmentSearch {
        &self.search
    }

    /// One that samples so many times half of what this one does. What it samples, this one samples, too.
    pub(crate) fn halved(&self, times: u32) -> Self {
        Self { bound: self.bound.checked_shr(times).unwrap_or(0), ..self.clone() }
    }

    /// The share of all shingles that is sampled, in `(0, 1]`.
    pub fn rate(&self) -> f64 {
        self.bound as f64 / u64::MAX as f64
    }

    /// Whether the shingle of this hash is sampled. [`Samples::push`] asks by itself.
    #[inline]
    pub fn samples(&self, hash: u64) -> bool {
        hash <= self.bound
    }

    /// The least number of `samples` of a contained document that are in its container too: k(m) of the module.
    #[inline]
    pub(super) fn least_shared(&self, samples: usize) -> usize {
        if let Some(&least) = self.least_shared.get(samples) {
            return usize::from(least);
        }
        let m = samples as f64;
        let expected = self.search.containment.get() * m;
        let least = if self.unlucky == 0.0 {
            // Everything is sampled; slack for the rounding of the product.
            (expected * (1.0 - 1e-12)).ceil()
        } else {
            (expected - (m * -self.unlucky.ln() / 2.0).sqrt()).floor() + 1.0
        };
        least.max(1.0) as usize
    }
}

/// For each m below [`TABULATED`], the largest k, but at least 1, such that of m draws that succeed with probability
/// `share` fewer than k succeed with a probability of at most `unlucky`.
fn quantiles(share: f64, unlucky: f64) -> Vec<u16> {
    // The distribution of the number of successes, one draw more each time.
    let mut distribution = vec![0.0; TABULATED + 1];
    distribution[0] = 1.0;
    let quantile = |m: usize| {
        let mut below = 0.0;
        let fits = distribution[..=m].iter().take_while(|&&probability| {
            below += probability;
            below <= unlucky
        });
        let quantile = fits.count().max(1) as u16;
        for successes in (0..=m).rev() {
            let stays = distribution[successes] * (1.0 - share);
            distribution[successes + 1] += distribution[successes] * share;
            distribution[successes] = stays;
        }
        quantile
    };
    (0..TABULATED).map(quantile).collect()
}

/// The sampled shingles of documents, one after the other in memory.
///
/// Make one a batch, in parallel, and append the batches in order. 4 bytes a sample and 8 bytes a document.
///
/// A sample is kept as the low half of its hash, the high half being what chose it. Two shingles that agree there by
/// accident can make a candidate, never a result.
#[derive(Clone, Debug, Default)]
pub struct Samples(
    /// The samples of a document in any order; repeats are possible.
    KeyRows,
);

/// Documents of more samples are rid of repeats at once, lest a long one of few words takes memory for nothing. In
/// others there are few, and the index meets them without sorting each document.
const TIDIED_SAMPLES: usize = 1 << 12;

/// Sorts the keys from `start` on and leaves each once; returns where they end.
fn tidy(keys: &mut Vec<u32>, start: usize) -> usize {
    keys[start..].sort_unstable();
    let mut end = start;
    for at in start..keys.len() {
        if end == start || keys[end - 1] != keys[at] {
            keys[end] = keys[at];
            end += 1;
        }
    }
    keys.truncate(end);
    end
}

impl Samples {
    /// Adds the next document, from its shingle hashes in any order, repeats allowed. A document with fewer than the
    /// least number of units gets no sample, and so takes no part. O(n), and O(m log m) for m samples, if they are many.
    pub fn push(&mut self, sampler: &Sampler, hashes: &[u64], units: usize) {
        self.push_pieces(sampler, units, &mut |take| take(hashes));
    }

    /// As [`push`](Self::push), where `pieces` hands over the hashes in pieces.
    pub fn push_pieces(
        &mut self,
        sampler: &Sampler,
        units: usize,
        pieces: &mut dyn FnMut(&mut TakeShingles<'_>),
    ) {
        self.0.push_with(|keys| {
            if units < sampler.search.least_units as usize {
                return;
            }
            let start = keys.len();
            let mut tidied = start;
            pieces(&mut |hashes| {
                // Without a branch, which would be foretold wrongly for every sample.
                let mut end = keys.len();
                keys.resize(end + hashes.len(), 0);
                for &hash in hashes {
                    keys[end] = hash as u32;
                    end += usize::from(hash <= sampler.bound);
                }
                keys.truncate(end);
                if end - tidied > TIDIED_SAMPLES.max(tidied - start) {
                    tidied = tidy(keys, start);
                }
            });
            if tidied > start && keys.len() > tidied {
                tidy(keys, start);
            }
        });
    }

    /// Adds the documents to those in work files.
    pub(crate) fn spill(&self, rows: &mut SpilledRows) -> Result<()> {
        self.0.spill(rows)
    }

    /// Adds the documents of another batch behind these.
    pub fn append(&mut self, other: &Self) {
        self.0.append(&other.0);
    }

    /// The samples, by what `fate` says of each: those of which it is at most the first, and those of which it is at most the
    /// second. Each is asked for once, in parallel.
    pub(in crate::reuse) fn divide<F: Copy + PartialOrd + Send + Sync>(
        mut self,
        most: [F; 2],
        fate: impl Fn(u32) -> F + Sync,
    ) -> [Self; 2] {
        let fates: Vec<F> = self.0.keys().par_iter().map(|&sample| fate(sample)).collect();
        let mut first = self.clone();
        first.0.retain(|place, _| fates[place] <= most[0]);
        self.0.retain(|place, _| fates[place] <= most[1]);
        [first, self]
    }

    /// Number of documents, those without a sample included.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is no document.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The samples of one document, in any order; repeats are possible. 32 bits of the hash of each.
    ///
    /// # Panics
    /// If there is no such document.
    pub fn of(&self, document: DocumentId) -> &[u32] {
        self.row(document.0)
    }

    /// The samples of one document, ascending, each once. O(n log n).
    ///
    /// # Panics
    /// If there is no such document.
    pub fn distinct(&self, document: DocumentId) -> Vec<u32> {
        let mut samples = self.of(document).to_vec();
        samples.sort_unstable();
        samples.dedup();
        samples
    }

    /// The samples of one document, given by its number.
    pub(super) fn row(&self, row: u32) -> &[u32] {
        self.0.row(row)
    }

    /// The samples of nodes, brought together: see [`KeyRows::by_key`].
    pub(in crate::reuse) fn by_key<T: Send>(
        &self,
        rows: &[u32],
        read: impl Fn(&[u64]) -> T + Sync,
    ) -> Vec<T> {
        self.0.by_key(rows, read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash;

    fn sampler(recall: f64, least_units: u32) -> Sampler {
        let search =
            ContainmentSearch { recall: Recall::new(recall).unwrap(), least_units, ..Default::default() };
        Sampler::new(search, Shingling::Word(5)).unwrap()
    }

    /// Draws pairs of the smallest size at exactly the containment and counts those that sampling would lose.
    #[test]
    fn the_smallest_document_at_the_containment_is_found_as_often_as_stated() {
        for (recall, least_units) in [(0.9, 50), (0.97, 50), (0.99, 50), (0.99, 200)] {
            let sampler = sampler(recall, least_units);
            let size = u64::from(least_units) - 4;
            let shared = (0.6 * size as f64).ceil() as u64;
            let trials = 20_000;
            let found = (0..trials)
                .filter(|trial| {
                    let sampled = |n: &u64| hash::mix(hash::mix(trial + 1).wrapping_add(*n)) <= sampler.bound;
                    let all = (0..size).filter(sampled).count();
                    (0..shared).filter(sampled).count() >= sampler.least_shared(all)
                })
                .count();
            let rate = found as f64 / trials as f64;
            assert!(rate >= recall - 0.002, "recall {recall}: {rate}");
            assert!(rate < recall + 0.6 * (1.0 - recall), "recall {recall}: {rate} samples more than needed");
        }
    }

    #[test]
    fn a_recall_of_one_samples_everything() {
        let sampler = sampler(1.0, 50);
        assert_eq!((sampler.rate(), sampler.least_shared(10), sampler.least_shared(11)), (1.0, 6, 7));
    }

    #[test]
    fn short_documents_and_impossible_searches_are_told_apart() {
        let mut samples = Samples::default();
        samples.push(&sampler(1.0, 50), &[1, 2, 3], 49);
        samples.push(&sampler(1.0, 50), &[3, 2, 3], 50);
        assert_eq!((samples.row(0), samples.row(1)), (&[][..], &[3, 2, 3][..]));
        let long: Vec<u64> = (0..5000).map(|n| n % 7).collect();
        samples.push(&sampler(1.0, 50), &long, 5000);
        assert_eq!(samples.row(2), [0, 1, 2, 3, 4, 5, 6]);
        let wide = ContainmentSearch { least_units: 4, ..Default::default() };
        assert!(Sampler::new(wide, Shingling::Word(5)).is_err());
        let strict = ContainmentSearch { frequent: 1, ..Default::default() };
        assert!(Sampler::new(strict, Shingling::Word(5)).is_err());
    }
}
