//! What selection costs on shapes that would be quadratic, counted in texts read.
#![allow(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "a few thousand nodes")]

use std::sync::atomic::{AtomicU64, Ordering};

use super::*;
use crate::hash::mix;
use crate::lsh::Candidates;
use crate::params::{Slots, Threshold};
use crate::sketch::{Signatures, SketchScratch, Sketcher};

/// Counts how often a text is read.
struct CountedReads {
    sets: Vec<Vec<u64>>,
    reads: AtomicU64,
}

impl ShingleSource for CountedReads {
    type Scratch<'s> = ();

    fn scratch(&self) {}

    fn shingles<'a, 's: 'a>(&'s self, node: u32, (): &'a mut ()) -> &'a [u64] {
        self.reads.fetch_add(1, Ordering::Relaxed);
        &self.sets[node as usize]
    }
}

/// Texts removed and texts read when all are in one large bucket.
fn removed_and_reads(threshold: f64, sets: Vec<Vec<u64>>) -> (usize, u64) {
    let slots = Slots::new(64).unwrap();
    let mut signatures = Signatures::new(slots);
    for set in &sets {
        Sketcher::new(slots).sketch(set, &mut SketchScratch::default(), signatures.push());
    }
    let rows: Vec<u32> = (0..sets.len() as u32).collect();
    let threshold = Threshold::new(threshold).unwrap();
    let selection = Selection { threshold, verification: Verification::Exact };
    let source = CountedReads { sets, reads: AtomicU64::new(0) };
    let candidates = Candidates::all_crowded(rows.len());
    let removed = select(&candidates, &signatures, &rows, selection, &source, &()).unwrap();
    (removed.len(), source.reads.into_inner())
}

/// A text of a family: so many shingles of the form, and of its own.
fn filled_in(number: u64, form: u64, own: u64) -> Vec<u64> {
    let own = (0..own).map(|place| mix((number + 1) << 20 | place));
    (1..=form).map(mix).chain(own).collect()
}

/// The form with words exchanged at three places, each of which changes five shingles.
fn scattered(number: u64) -> Vec<u64> {
    let places: Vec<u64> = (0..3).map(|n| mix(number * 3 + n) % 196).collect();
    let shingle = |n: u64| {
        let is_own = places.iter().any(|&place| (place..place + 5).contains(&n));
        mix(if is_own { (number + 1) << 20 | n } else { n + 1 })
    };
    (0..196).map(shingle).collect()
}

const COUNTS: [u64; 2] = [1500, 6000];

#[test]
fn forms_below_the_threshold_are_read_twice() {
    for count in COUNTS {
        // Each pair has 170 of 214 shingles in common: 0.794.
        let sets = (0..count).map(|number| filled_in(number, 170, 22)).collect();
        let (removed, reads) = removed_and_reads(0.8, sets);
        assert_eq!(removed, 0);
        // Once to count shingles, and once to look up; a few for a sample, too. Few shingles share a counter with one of
        // the form.
        assert!(reads < 2 * count + 64 + count / 50, "{reads} of {count}");
    }
}

#[test]
fn forms_of_all_sizes_are_read_a_few_times() {
    for (threshold, share) in [(0.8, 0.25), (0.9, 0.05)] {
        for count in COUNTS {
            let sets = (0..count).map(|number| filled_in(number, 146, 5 + mix(number) % 75)).collect();
            let (removed, reads) = removed_and_reads(threshold, sets);
            assert!(removed as f64 > share * count as f64, "{removed} of {count} at {threshold}");
            assert!(reads < 5 * count, "{reads} of {count} at {threshold}");
        }
    }
}

#[test]
fn forms_with_scattered_changes_are_read_a_few_times() {
    for count in COUNTS {
        let (removed, reads) = removed_and_reads(0.9, (0..count).map(scattered).collect());
        assert!(removed < count as usize / 50, "{removed} of {count}");
        assert!(reads < 5 * count, "{reads} of {count}");
    }
}

#[test]
fn near_copies_are_each_compared_once() {
    for count in COUNTS {
        let sets = (0..count).map(|number| filled_in(number, 190, 2)).collect();
        let (removed, reads) = removed_and_reads(0.8, sets);
        assert_eq!(removed as u64, count - 1);
        assert!(reads < 5 * count, "{reads} of {count}");
    }
}
