//! Candidates for documents too short to be sampled: a paragraph of theirs is a paragraph of a larger document.
#![allow(
    clippy::cast_possible_truncation,
    reason = "places in a text of at most 4 GiB, and nodes numbered in 32 bits"
)]

use std::ops::RangeInclusive;

use memchr::memchr_iter;
use rayon::prelude::*;

use super::rows::{KeyRows, SpilledRows};
use super::sampling::ContainmentSearch;
use crate::error::Result;
use crate::hash;
use crate::params::Seed;
use crate::partition::buckets;

/// The fewest words of a document that is judged by its paragraphs. Shorter ones, such as a name and a date, are
/// repeated by accident.
pub const LEAST_UNITS: u32 = 10;

/// Bytes of a paragraph. Shorter lines are headings, bylines, what stands in a table; longer ones are in no document
/// that is short.
const BYTES: RangeInclusive<usize> = 24..=1024;

/// The fewest bytes of text for each paragraph of which a hash is kept.
pub(crate) const LEAST_PARAGRAPH_BYTES: usize = *BYTES.start();

/// A short document is compared with so many of those that have its paragraph, from the largest down. A paragraph may
/// stand in every document of a corpus, and one container is enough.
const LARGEST: usize = 8;

/// Which paragraphs documents have, one document after the other in memory: 4 bytes a paragraph and 8 a document.
///
/// A paragraph is a line, without the white space around it; two are the same if their bytes are. Kept of it are 32
/// bits of its hash: two that agree there by accident can make a candidate, never a result.
#[derive(Clone, Debug, Default)]
pub struct Paragraphs(KeyRows);

impl Paragraphs {
    /// Adds the next document. O(n) for n bytes.
    pub fn push(&mut self, text: &str) {
        let text = text.as_bytes();
        let mut start = 0;
        let lines = memchr_iter(b'\n', text).chain([text.len()]).map(|end| {
            let line = &text[start..end];
            start = end + 1;
            line.trim_ascii()
        });
        let paragraphs = lines.filter(|line| BYTES.contains(&line.len()));
        self.0.push(paragraphs.map(|line| (hash::bytes64(line, Seed(0)) >> 32) as u32));
    }

    /// Adds the documents to those in work files.
    pub(crate) fn spill(&self, rows: &mut SpilledRows) -> Result<()> {
        self.0.spill(rows)
    }

    /// Adds the documents of another batch behind these.
    pub fn append(&mut self, other: &Self) {
        self.0.append(&other.0);
    }
}

/// Pairs of a node too short to be sampled and a larger one that has a paragraph of it, sorted, each once: the smaller
/// first. Node `n` has the paragraphs at row `rows[n]`, and `units[n]` words.
///
/// A node meets at most the 8 largest that have a paragraph of it. Nothing is promised of a single pair: a paragraph
/// that was changed by a letter is another one.
///
/// # Panics
/// If a row is not in `paragraphs`, or there are fewer `units` than rows.
pub fn candidates_by_paragraphs(
    paragraphs: &Paragraphs,
    rows: &[u32],
    units: &[u32],
    search: &ContainmentSearch,
) -> Vec<(u32, u32)> {
    let Paragraphs(paragraphs) = paragraphs;
    let found = paragraphs.by_key(rows, |sorted| {
        let mut pairs = Vec::new();
        for bucket in buckets(sorted) {
            let mut nodes: Vec<u32> = bucket.iter().map(|&entry| entry as u32).collect();
            nodes.dedup();
            pair_with_largest(&mut nodes, units, search, |pair| pairs.push(pair));
        }
        pairs
    });
    let mut pairs = found.concat();
    pairs.par_sort_unstable();
    pairs.dedup();
    pairs
}

/// The pairs of the nodes that have a paragraph, each there once.
pub(super) fn pair_with_largest(
    nodes: &mut [u32],
    units: &[u32],
    search: &ContainmentSearch,
    mut take: impl FnMut((u32, u32)),
) {
    let is_short = |node: u32| (LEAST_UNITS..search.least_units).contains(&units[node as usize]);
    let size = |node: u32| (std::cmp::Reverse(units[node as usize]), node);
    if nodes.len() < 2 || !nodes.iter().any(|&node| is_short(node)) {
        return;
    }
    let largest = LARGEST.min(nodes.len());
    nodes.select_nth_unstable_by_key(largest - 1, |&node| size(node));
    for &node in nodes.iter().filter(|&&node| is_short(node)) {
        let larger = nodes[..largest].iter().filter(|&&other| size(other) < size(node));
        larger.for_each(|&other| take((node, other)));
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn each_short_text_meets_the_largest_that_have_a_line_of_it(
            texts in proptest::collection::vec((proptest::collection::vec(0u8..12, 0..6), 5u32..80), 0..40),
        ) {
            let line = |n: &u8| format!("  a line of words, number {n:>4}{} ", if n.is_multiple_of(5) { "" } else { "\r" });
            let mut paragraphs = Paragraphs::default();
            for (lines, _) in &texts {
                paragraphs.push(&lines.iter().map(line).chain(["short".to_owned()]).collect::<Vec<_>>().join("\n"));
            }
            let search = ContainmentSearch::default();
            let rows: Vec<u32> = (0..texts.len() as u32).rev().collect();
            let units: Vec<u32> = rows.iter().map(|&row| texts[row as usize].1).collect();
            let lines = |node: u32| &texts[rows[node as usize] as usize].0;
            let mut expected = BTreeSet::new();
            for node in (0..texts.len() as u32).filter(|&n| (10..50).contains(&units[n as usize])) {
                for line in lines(node) {
                    let mut others: Vec<u32> =
                        (0..texts.len() as u32).filter(|&other| lines(other).contains(line)).collect();
                    others.sort_by_key(|&other| (std::cmp::Reverse(units[other as usize]), other));
                    let before = others.iter().take(8).take_while(|&&other| other != node);
                    expected.extend(before.map(|&other| (node, other)));
                }
            }
            let found = candidates_by_paragraphs(&paragraphs, &rows, &units, &search);
            prop_assert_eq!(found, expected.into_iter().collect::<Vec<_>>());
        }
    }
}
