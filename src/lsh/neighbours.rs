//! Pairs within crowded buckets: each member with those most like it, instead of with all.
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "nodes are numbered in 32 bits, and reading refuses more"
)]

use std::ops::Range;

use super::agreement::AgreementFloor;
use super::banding::Banding;
use super::buckets::{band_key, band_partitions};
use super::pairs::CandidatePair;
use super::spill::pieces;
use crate::error::Result;
use crate::interrupt::Interrupt;
use crate::partition::{buckets, partition_bits};
use crate::sketch::{RowBuffer, Signatures, Slot, agreement};

/// The largest bucket that is paired member by member here.
const PAIRED: usize = 32;

/// Members that each is paired with, of those next to it by signature.
const NEXT_BY_SIGNATURE: usize = 2;

/// Slots that are compared as one number.
const SLOTS_A_KEY: usize = 4;

/// Pairs among the crowded nodes, sorted, each once; node `n` has the signature at row `rows[n]`.
///
/// In a bucket of more than 32 members, a member is paired with the next by number, and with the next few in the
/// order of what their signatures hold behind the band: the longer two agree there, the closer they stand, as in a
/// prefix tree. With another order in each band, a node meets those most like it among thousands that are alike. In
/// an ordinary bucket, all are paired. Pairs that agree in too few slots are left out.
///
/// Nothing is promised of a single pair. O(bands · n log n) for n crowded nodes, and at most 32 pairs a node and
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
    let mut pairs = Vec::new();
    neighbours_within(usize::MAX, signatures, (rows, crowded), (banding, floor), interrupt, &mut |found| {
        pairs.extend_from_slice(found);
        // Most pairs are found by several bands.
        pairs.sort_unstable();
        pairs.dedup();
        Ok(())
    })?;
    Ok(pairs)
}

/// Takes pairs that were found.
type TakeNeighbours<'t> = dyn FnMut(&[CandidatePair]) -> Result<()> + 't;

/// As [`neighbours`], handing over pairs as they are found, some of them several times, and holding about so many bytes of
/// them at a time; beside these, 32 bytes a crowded node.
pub(crate) fn neighbours_within(
    share_bytes: usize,
    signatures: &Signatures,
    (rows, crowded): (&[u32], &[bool]),
    (banding, floor): (Banding, AgreementFloor),
    interrupt: &dyn Interrupt,
    take: &mut TakeNeighbours<'_>,
) -> Result<()> {
    let nodes: Vec<u32> =
        (0u32..).zip(crowded).filter(|&(_, &crowded)| crowded).map(|(node, _)| node).collect();
    let rows: Vec<u32> = nodes.iter().map(|&node| rows[node as usize]).collect();
    if rows.len() < 2 {
        return Ok(());
    }
    let bits = partition_bits(rows.len());
    let partitions = 1usize << bits;
    // Half of a bucket a member.
    let group = pieces(partitions, rows.len() * PAIRED / 2 * size_of::<CandidatePair>(), share_bytes / 2);
    for band in 0..banding.bands().0 {
        let slots = banding.slots_of(band);
        let entries = band_partitions(&rows, bits, 0..partitions, interrupt, |row, buffer| {
            Ok(band_key(&signatures.row(row as usize, buffer)?[slots.clone()]))
        })?;
        for start in (0..partitions).step_by(group) {
            let found = entries.read(start..(start + group).min(partitions), |entries| {
                let mut pairing =
                    BucketPairing { end: slots.end, signatures, rows: &rows, floor, found: Vec::new() };
                for bucket in buckets(entries) {
                    interrupt.check()?;
                    pairing.pair(bucket)?;
                }
                Ok(pairing.found)
            })?;
            let mut found = found.concat();
            for pair in &mut found {
                *pair = CandidatePair {
                    later: nodes[pair.later as usize],
                    earlier: nodes[pair.earlier as usize],
                };
            }
            take(&found)?;
        }
    }
    Ok(())
}

/// Pairs the members of buckets of one band, which ends at slot `end`.
struct BucketPairing<'a> {
    end: usize,
    signatures: &'a Signatures,
    rows: &'a [u32],
    floor: AgreementFloor,
    found: Vec<CandidatePair>,
}

impl BucketPairing<'_> {
    fn pair(&mut self, bucket: &[u64]) -> Result<()> {
        let mut members: Vec<u32> = bucket.iter().map(|&entry| entry as u32).collect();
        if members.len() <= PAIRED {
            return self.pair_with_next(&members, PAIRED);
        }
        self.pair_with_next(&members, 1)?;
        self.sort(&mut members, 0)?;
        self.pair_with_next(&members, NEXT_BY_SIGNATURE)
    }

    /// Pairs each member with so many that come next.
    fn pair_with_next(&mut self, members: &[u32], next: usize) -> Result<()> {
        let (mut own, mut other) = (RowBuffer::default(), RowBuffer::default());
        for (place, &a) in members.iter().enumerate() {
            let row = self.signatures.row(self.rows[a as usize] as usize, &mut own)?;
            for &b in members[place + 1..].iter().take(next) {
                let other = self.signatures.row(self.rows[b as usize] as usize, &mut other)?;
                if agreement(row, other) >= self.floor.get() {
                    self.found.push(CandidatePair { later: a.max(b), earlier: a.min(b) });
                }
            }
        }
        Ok(())
    }

    /// Sorts members, whose signatures agree in so many slots from the band's end on and around it, by the slots that
    /// come then, and by number where all agree. 16 bytes a member.
    fn sort(&self, members: &mut [u32], agreed: usize) -> Result<()> {
        let width = self.signatures.slots().get();
        if members.len() < 2 || agreed >= width {
            members.sort_unstable();
            return Ok(());
        }
        let mut buffer = RowBuffer::default();
        let mut keyed = Vec::with_capacity(members.len());
        for &member in &*members {
            let row = self.signatures.row(self.rows[member as usize] as usize, &mut buffer)?;
            let slots = (agreed..agreed + SLOTS_A_KEY)
                .map(|slot| if slot < width { row[(self.end + slot) % width] } else { 0 });
            keyed.push((slots.fold(0, |key, slot| key << Slot::BITS | u64::from(slot)), member));
        }
        keyed.sort_unstable();
        let mut groups = Vec::new();
        for (place, member) in members.iter_mut().enumerate() {
            *member = keyed[place].1;
            if place > 0 && keyed[place].0 == keyed[place - 1].0 {
                match groups.last_mut() {
                    Some(Range { end, .. }) if *end == place => *end += 1,
                    _ => groups.push(place - 1..place + 1),
                }
            }
        }
        drop(keyed);
        groups.into_iter().try_for_each(|group| self.sort(&mut members[group], agreed + SLOTS_A_KEY))
    }
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

    /// By the obvious sort of whole signatures, without partitions or keys.
    #[test]
    fn neighbours_are_those_of_the_obvious_sort_within_any_memory() {
        let (count, width) = (300u64, 10);
        let slots = Slots::new(width as u16).unwrap();
        let mut signatures = Signatures::new(slots);
        for node in 0..count {
            for (slot, value) in signatures.push().iter_mut().enumerate() {
                // Some signatures are equal.
                *value = (hash::mix(node % 250 * 100 + slot as u64) % 3) as Slot;
            }
        }
        let rows: Vec<u32> = (0..count as u32).rev().collect();
        let banding = Banding::new(Bands(3), Rows(2), slots).unwrap();
        let floor = AgreementFloor::new(Threshold::new(0.5).unwrap(), slots);
        let crowded: Vec<bool> = (0..count).map(|node| node % 11 != 0).collect();
        let row = |node: u32| {
            let mut buffer = RowBuffer::default();
            signatures.row(rows[node as usize] as usize, &mut buffer).unwrap().to_vec()
        };
        let mut expected = std::collections::BTreeSet::new();
        let mut add = |a: u32, b: u32| {
            if agreement(&row(a), &row(b)) >= floor.get() {
                expected.insert(CandidatePair { later: a.max(b), earlier: a.min(b) });
            }
        };
        for band in 0..3 {
            let band = banding.slots_of(band);
            let mut by_key = std::collections::BTreeMap::<Vec<Slot>, Vec<u32>>::new();
            for node in (0..count as u32).filter(|&node| crowded[node as usize]) {
                by_key.entry(row(node)[band.clone()].to_vec()).or_default().push(node);
            }
            for mut members in by_key.into_values() {
                if members.len() <= PAIRED {
                    for &a in &members {
                        members.iter().filter(|&&b| b < a).for_each(|&b| add(a, b));
                    }
                    continue;
                }
                members.windows(2).for_each(|pair| add(pair[0], pair[1]));
                members
                    .sort_by_key(|&node| ([&row(node)[band.end..], &row(node)[..band.end]].concat(), node));
                members.windows(2).for_each(|pair| add(pair[0], pair[1]));
                members.windows(3).for_each(|pair| add(pair[0], pair[2]));
            }
        }
        assert!(expected.len() > 500, "{}", expected.len());
        let expected: Vec<CandidatePair> = expected.into_iter().collect();
        assert_eq!(neighbours(&signatures, &rows, &crowded, banding, floor, &()).unwrap(), expected);
        let mut found = Vec::new();
        neighbours_within(1, &signatures, (&rows, &crowded), (banding, floor), &(), &mut |some| {
            found.extend_from_slice(some);
            Ok(())
        })
        .unwrap();
        found.sort_unstable();
        found.dedup();
        assert_eq!(found, expected);
    }
}
