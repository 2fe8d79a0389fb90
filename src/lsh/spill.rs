//! Candidate pairs within bounded memory: spilled as sorted runs, merged, and only then compared.
//!
//! In memory a pair is compared as soon as it shares a bucket. With signatures on disk that would read two of them
//! for every pair and band, so here all pairs of ordinary buckets are written down first, one or more sorted runs a
//! band. Merging the runs brings the bands of a pair together: a pair is looked at once, and its first band is known.
#![allow(
    clippy::cast_possible_truncation,
    reason = "nodes are numbered in 32 bits, and reading refuses more"
)]

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::agreement::AgreementFloor;
use super::banding::Banding;
use super::buckets::{MetBuckets, band_partitions, first_shared, pair_buckets};
use super::pairs::CandidatePair;
use super::scope::Scope;
use crate::error::Result;
use crate::interrupt::Interrupt;
use crate::params::BucketLimit;
use crate::partition::partition_bits;
use crate::sketch::{RowBuffer, Signatures, agreement};
use crate::work::{Column, MergedRuns};

/// Distinct pairs that are compared between two writes.
const BATCH_PAIRS: usize = 1 << 16;

/// Sorted pairs of one band in the file of runs.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct SpilledRun {
    band: u32,
    start: u64,
    end: u64,
}

/// What the bands spilled so far.
pub(crate) struct Spill {
    /// The runs, one behind the other.
    pub file: Column<CandidatePair>,
    /// Where each run stands.
    pub runs: Vec<SpilledRun>,
    /// Members of the largest bucket.
    pub largest_bucket: usize,
    /// The largest bucket that is paired.
    pub bucket_limit: BucketLimit,
    /// Bytes that buffers may take together.
    pub share_bytes: usize,
}

/// The pairs of one partition.
fn pairs_of(
    entries: &[u64],
    scope: (&Scope, BucketLimit),
    interrupt: &dyn Interrupt,
) -> Result<(Vec<CandidatePair>, MetBuckets)> {
    let mut pairs = Vec::new();
    let met = pair_buckets(entries, scope, interrupt, |later, earlier| {
        pairs.push(CandidatePair { later, earlier });
        Ok(())
    })?;
    Ok((pairs, met))
}

impl Spill {
    /// Spills the pairs of one band; `keys` holds the key of each row. Returns the nodes of crowded buckets.
    ///
    /// Reads as many partitions at a time as its share of memory allows.
    pub(crate) fn band(
        &mut self,
        band: u32,
        keys: &[u32],
        rows: &[u32],
        scope: &Scope,
        interrupt: &dyn Interrupt,
    ) -> Result<Vec<u32>> {
        let mut crowded = Vec::new();
        let bits = partition_bits(rows.len());
        let partitions = 1usize << bits;
        // Half of the share for entries; the other half for pairs, of which a node has at most half a bucket.
        let half = self.share_bytes / 2;
        let per_pass = pieces(partitions, rows.len() * size_of::<u64>(), half);
        let per_group =
            pieces(partitions, rows.len() * self.bucket_limit.get() / 2 * size_of::<u64>(), half / 2);
        let most_pairs = half / 2 / size_of::<u64>();
        let mut pending: Vec<CandidatePair> = Vec::new();
        for pass in (0..partitions).step_by(per_pass) {
            let range = pass..(pass + per_pass).min(partitions);
            let key = |row: u32, _: &mut RowBuffer| Ok(keys[row as usize]);
            let entries = band_partitions(rows, bits, range.clone(), interrupt, key)?;
            for group in range.clone().step_by(per_group) {
                let group = group..(group + per_group).min(range.end);
                for (pairs, met) in
                    entries.read(group, |entries| pairs_of(entries, (scope, self.bucket_limit), interrupt))?
                {
                    if pending.len() + pairs.len() > most_pairs {
                        self.run(band, &mut pending)?;
                    }
                    pending.extend_from_slice(&pairs);
                    crowded.extend_from_slice(&met.crowded);
                    self.largest_bucket = self.largest_bucket.max(met.largest);
                }
            }
        }
        self.run(band, &mut pending)?;
        Ok(crowded)
    }

    fn run(&mut self, band: u32, pairs: &mut Vec<CandidatePair>) -> Result<()> {
        if pairs.is_empty() {
            return Ok(());
        }
        pairs.par_sort_unstable();
        let start = self.file.len();
        for piece in pairs.chunks(BATCH_PAIRS) {
            self.file.extend(piece)?;
        }
        self.runs.push(SpilledRun { band, start, end: self.file.len() });
        pairs.clear();
        Ok(())
    }

    /// Merges the runs, compares each distinct pair once, and appends those that agree in enough slots to `pairs`:
    /// the same ones that [`candidates`](super::candidates) finds, in order. The runs must have been flushed.
    pub(crate) fn merge(
        &self,
        signatures: &Signatures,
        rows: &[u32],
        banding: Banding,
        floor: AgreementFloor,
        pairs: &mut Column<CandidatePair>,
        interrupt: &dyn Interrupt,
    ) -> Result<()> {
        let is_candidate = |own: &mut RowBuffer, other: &mut RowBuffer, pair: CandidatePair, band: u32| {
            interrupt.check()?;
            let CandidatePair { later, earlier } = pair;
            let row = signatures.row(rows[later as usize] as usize, own)?;
            let other = signatures.row(rows[earlier as usize] as usize, other)?;
            Ok(agreement(row, other) >= floor.get() && first_shared(row, other, banding) == band)
        };
        let places = self.runs.iter().map(|run| run.start..run.end);
        let mut merge = MergedRuns::new(&self.file, places, self.share_bytes / 2)?;
        let mut batch: Vec<(CandidatePair, u32)> = Vec::with_capacity(BATCH_PAIRS);
        loop {
            batch.clear();
            interrupt.check()?;
            while batch.len() < BATCH_PAIRS
                && let Some((pair, run)) = merge.next()?
            {
                // Runs are in the order of bands, so the first that has a pair is of its first band.
                batch.push((pair, self.runs[run].band));
            }
            if batch.is_empty() {
                return Ok(());
            }
            let accepted: Vec<bool> = batch
                .par_iter()
                .with_min_len(256)
                .map_init(Default::default, |(own, other), &(pair, band)| {
                    is_candidate(own, other, pair, band)
                })
                .collect::<Result<_>>()?;
            let accepted = batch.iter().zip(accepted).filter(|&(_, accepted)| accepted);
            pairs.extend(accepted.map(|((pair, _), _)| pair))?;
        }
    }
}

/// How many of `count` equal pieces of `whole` bytes fit into `share`, at least one.
pub(super) fn pieces(count: usize, whole: usize, share: usize) -> usize {
    (count as u128 * share as u128 / (whole as u128).max(1)).clamp(1, count as u128) as usize
}

#[cfg(test)]
mod tests {
    use super::super::{Pairs, band_keys, candidates};
    use super::*;
    use crate::hash;
    use crate::params::{Bands, Rows, Slots, Threshold};
    use crate::sketch::Slot;
    use crate::work::{Resume, Settings, WorkDirectory, WorkKind};

    #[test]
    fn what_is_spilled_and_merged_is_what_is_found_in_memory() {
        let slots = Slots::new(12).unwrap();
        let mut signatures = Signatures::new(slots);
        let count = 30_000u32;
        for document in 0..count {
            // Families of about 15, so that buckets are paired, and one of hundreds.
            let family = if document % 100 == 0 { 0 } else { document % 2000 };
            for (slot, value) in signatures.push().iter_mut().enumerate() {
                let odd = hash::mix(u64::from(document) << 8 | slot as u64).is_multiple_of(4);
                let source = if odd { document } else { family };
                *value = hash::mix(u64::from(source) << 8 | slot as u64 | 1 << 60) as Slot;
            }
        }
        // Nodes in another order than documents.
        let rows: Vec<u32> = (0..count).map(|node| node * 7919 % count).collect();
        let banding = Banding::new(Bands(4), Rows(3), slots).unwrap();
        let floor = AgreementFloor::new(Threshold::new(0.5).unwrap(), slots);
        let expected = candidates(&signatures, &rows, banding, floor, &()).unwrap();
        assert!(expected.pairs.len() > 10_000 && expected.crowded.contains(&true));
        let mut keys = vec![Vec::new(); 4];
        for document in 0..count as usize {
            let mut buffer = RowBuffer::default();
            let row = signatures.row(document, &mut buffer).unwrap();
            band_keys(row, banding).zip(&mut keys).for_each(|(key, column)| column.push(key));
        }
        for (share_bytes, least_runs) in [(1 << 28, 4), (1 << 16, 5)] {
            let parent = tempfile::tempdir().unwrap();
            let path = parent.path().join("work");
            let work = WorkDirectory::open(
                &crate::disk::Disk::default(),
                &path,
                Resume::Anew,
                Settings::default(),
                &[],
            )
            .unwrap();
            let file = work.column("runs", WorkKind(*b"runs")).unwrap();
            let bucket_limit = BucketLimit::default();
            let mut spill = Spill { file, runs: Vec::new(), largest_bucket: 0, bucket_limit, share_bytes };
            let mut crowded = vec![false; rows.len()];
            for band in 0..4 {
                for node in spill.band(band, &keys[band as usize], &rows, &expected.scope, &()).unwrap() {
                    crowded[node as usize] = true;
                }
            }
            assert!(spill.runs.len() >= least_runs, "{} runs", spill.runs.len());
            spill.file.file().flush().unwrap();
            let mut pairs = work.column("pairs", WorkKind(*b"pair")).unwrap();
            spill.merge(&signatures, &rows, banding, floor, &mut pairs, &()).unwrap();
            pairs.file().flush().unwrap();
            assert_eq!(spill.largest_bucket, expected.largest_bucket);
            assert_eq!(crowded, expected.crowded);
            assert!(Pairs::in_file(pairs).to_vec().unwrap() == expected.pairs.to_vec().unwrap());
        }
    }
}
