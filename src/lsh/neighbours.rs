//! Pairs within crowded buckets: each member with those most like it, instead of with all.
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "nodes are numbered in 32 bits, and reading refuses more"
)]

use super::agreement::AgreementFloor;
use super::banding::Banding;
use super::buckets::{band_key, band_partitions};
use super::pairs::CandidatePair;
use crate::error::Result;
use crate::interrupt::Interrupt;
use crate::partition::{buckets, partition_bits};
use crate::sketch::{RowBuffer, Signatures, Slot, agreement};

/// The largest bucket that is paired member by member here.
const PAIRED: usize = 32;

/// Members that each is paired with, of those next to it by signature.
const NEXT_BY_SIGNATURE: usize = 2;

/// Pairs among the crowded nodes, sorted, each once; node `n` has the signature at row `rows[n]`.
///
/// In a bucket of more than [`PAIRED`] members, a member is paired with the next by number, and with the next few in the
/// order of what their signatures hold behind the band: the longer two agree there, the closer they stand, as in a
/// prefix tree. With another order in each band, a node meets those most like it among thousands that are alike. In
/// an ordinary bucket, all are paired. Pairs that agree in too few slots are left out.
///
/// Nothing is promised of a single pair. O(bands · n log n) for n crowded nodes, and at most [`PAIRED`] pairs a node and
/// band.
///
/// # Errors
/// [`crate::Error::Io`] if signatures are in a file that cannot be read, [`crate::Error::Interrupted`] if `interrupt`
/// says so.
pub fn neighbours(
    signatures: &Signatures,
    rows: &[u32],
    crowded: &[bool],
    banding: Banding,
    floor: AgreementFloor,
    interrupt: &dyn Interrupt,
) -> Result<Vec<CandidatePair>> {
    let nodes: Vec<u32> =
        (0u32..).zip(crowded).filter(|&(_, &crowded)| crowded).map(|(node, _)| node).collect();
    let rows: Vec<u32> = nodes.iter().map(|&node| rows[node as usize]).collect();
    let mut pairs = Vec::new();
    if rows.len() < 2 {
        return Ok(pairs);
    }
    let bits = partition_bits(rows.len());
    let all = 0..1usize << bits;
    for band in 0..banding.bands().0 {
        let slots = banding.slots_of(band);
        let partitions = band_partitions(&rows, bits, all.clone(), interrupt, |row, buffer| {
            Ok(band_key(&signatures.row(row as usize, buffer)?[slots.clone()]))
        })?;
        let found = partitions.read(all.clone(), |entries| {
            let mut found = Vec::new();
            for bucket in buckets(entries) {
                interrupt.check()?;
                pair_bucket(bucket, slots.end, signatures, &rows, floor, &mut found)?;
            }
            Ok(found)
        })?;
        pairs.extend(found.into_iter().flatten());
        // Most pairs are found by several bands.
        pairs.sort_unstable();
        pairs.dedup();
    }
    for pair in &mut pairs {
        *pair = CandidatePair { later: nodes[pair.later as usize], earlier: nodes[pair.earlier as usize] };
    }
    Ok(pairs)
}

/// Adds the pairs of one bucket, whose band ends at slot `end`.
fn pair_bucket(
    bucket: &[u64],
    end: usize,
    signatures: &Signatures,
    rows: &[u32],
    floor: AgreementFloor,
    found: &mut Vec<CandidatePair>,
) -> Result<()> {
    let mut members = Vec::with_capacity(bucket.len());
    for &entry in bucket {
        let mut buffer = RowBuffer::default();
        let signature = signatures.row(rows[entry as u32 as usize] as usize, &mut buffer)?;
        members.push((entry as u32, signature.to_vec()));
    }
    let mut add = |a: &(u32, Vec<Slot>), b: &(u32, Vec<Slot>)| {
        if agreement(&a.1, &b.1) >= floor.get() {
            found.push(CandidatePair { later: a.0.max(b.0), earlier: a.0.min(b.0) });
        }
    };
    if members.len() <= PAIRED {
        for (place, member) in members.iter().enumerate() {
            members[..place].iter().for_each(|other| add(member, other));
        }
        return Ok(());
    }
    members.windows(2).for_each(|pair| add(&pair[0], &pair[1]));
    members.sort_by(|a, b| {
        let by_signature = a.1[end..].cmp(&b.1[end..]).then_with(|| a.1[..end].cmp(&b.1[..end]));
        by_signature.then(a.0.cmp(&b.0))
    });
    for (place, member) in members.iter().enumerate() {
        members[place + 1..].iter().take(NEXT_BY_SIGNATURE).for_each(|other| add(member, other));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash;
    use crate::lsh::candidates;
    use crate::params::{Bands, Rows, Slots, Threshold};

    /// Forms of which most slots are equal, each told twice with few slots changed, far apart.
    #[test]
    fn a_second_telling_is_met_among_hundreds_of_forms() {
        let (forms, width) = (400usize, 64);
        let slots = Slots::new(width as u16).unwrap();
        let mut signatures = Signatures::new(slots);
        for node in 0..2 * forms {
            let form = node % forms;
            for (slot, value) in signatures.push().iter_mut().enumerate() {
                let draw = hash::mix((form * 1000 + slot) as u64);
                let own = hash::mix((node * 1000 + slot) as u64 ^ 7);
                *value = match (own % 50, draw % 6) {
                    (0, _) => (own >> 32) as Slot,
                    (_, 0) => (draw >> 32) as Slot,
                    _ => slot as Slot,
                };
            }
        }
        let rows: Vec<u32> = (0..2 * forms as u32).collect();
        let banding = Banding::new(Bands(8), Rows(8), slots).unwrap();
        let floor = AgreementFloor::new(Threshold::new(0.6).unwrap(), slots);
        let found = candidates(&signatures, &rows, banding, floor, &()).unwrap();
        assert!(found.crowded.iter().filter(|&&crowded| crowded).count() > forms);
        let pairs = neighbours(&signatures, &rows, &found.crowded, banding, floor, &()).unwrap();
        assert!(pairs.is_sorted() && pairs.windows(2).all(|pair| pair[0] != pair[1]));
        assert!(pairs.len() < rows.len() * banding.bands().0 as usize * (PAIRED + 3));
        let met = (0..forms as u32).filter(|&form| {
            let pair = CandidatePair { later: form + forms as u32, earlier: form };
            pairs.binary_search(&pair).is_ok() || found.pairs.to_vec().unwrap().binary_search(&pair).is_ok()
        });
        let met = met.count();
        assert!(met * 100 >= forms * 97, "{met} of {forms}");
    }
}
