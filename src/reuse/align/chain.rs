//! Runs to chains: what follows one another in both texts.

use super::passage::Run;

/// A gap of so many words in either text ends a chain.
const LONGEST_GAP: usize = 32;

/// Runs before one that are looked at for the best to continue. A bound on the time that texts full of repeats take.
const LOOK_BACK: usize = 64;

/// What a matched word earns; see the module for what gaps cost.
const MATCH: usize = 4;

/// Chains of `runs` (sorted), best first. Every run is in at most one; runs in a chain follow one another in both
/// texts without overlapping. O(runs).
pub(super) fn chains(runs: &[Run]) -> Vec<Vec<Run>> {
    let mut links: Vec<ChainLink> = Vec::with_capacity(runs.len());
    for (place, run) in runs.iter().enumerate() {
        let mut best = ChainLink { score: MATCH * run.words, before: None };
        for before in (place.saturating_sub(LOOK_BACK)..place).rev() {
            let score = joined(links[before].score, &runs[before], run);
            if let Some(score) = score.filter(|&score| score > best.score) {
                best = ChainLink { score, before: Some(before) };
            }
        }
        links.push(best);
    }
    let mut ends: Vec<usize> = (0..runs.len()).collect();
    ends.sort_by_key(|&end| std::cmp::Reverse(links[end].score));
    let mut used = vec![false; runs.len()];
    let mut chains = Vec::new();
    for end in ends {
        let mut chain = Vec::new();
        let mut next = Some(end);
        while let Some(place) = next.filter(|&place| !used[place]) {
            used[place] = true;
            chain.push(runs[place]);
            next = links[place].before;
        }
        if !chain.is_empty() {
            chain.reverse();
            without_overlap(&mut chain);
            chains.push(chain);
        }
    }
    chains
}

#[derive(Clone, Copy)]
struct ChainLink {
    /// Of the best chain that ends with the run.
    score: usize,
    before: Option<usize>,
}

/// The score of a chain with `run` behind one of `score` that ends with `before`, if it can follow and is worth it.
fn joined(score: usize, before: &Run, run: &Run) -> Option<usize> {
    let overlap = before.a_end().saturating_sub(run.a).max(before.b_end().saturating_sub(run.b));
    if overlap >= run.words {
        return None;
    }
    let (gap_a, gap_b) = (run.a + overlap - before.a_end(), run.b + overlap - before.b_end());
    if gap_a.max(gap_b) >= LONGEST_GAP {
        return None;
    }
    let cost = gap_a.min(gap_b) + 2 * gap_a.abs_diff(gap_b);
    (score + MATCH * (run.words - overlap)).checked_sub(cost)
}

/// Cuts from each run what the one before it has already.
fn without_overlap(chain: &mut [Run]) {
    for place in 1..chain.len() {
        let (before, run) = (chain[place - 1], &mut chain[place]);
        let overlap = before.a_end().saturating_sub(run.a).max(before.b_end().saturating_sub(run.b));
        *run = Run { a: run.a + overlap, b: run.b + overlap, words: run.words - overlap };
    }
}
