//! What a run measures of itself: does its index find what it is predicted to find, on this very corpus?
//!
//! Some distinct documents are drawn at random, and for each the similar ones are looked for in another way than the run's:
//! by bands of their own, which miss a pair at the threshold about once in five thousand times. The texts of such pairs are
//! compared, and for each pair that is similar the candidates of the run are asked whether they hold it. What is
//! measured so is what bands, floor and crowded buckets lose. What the sketches themselves do to a text is not: both
//! ways rest on them.
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "documents and nodes are numbered in 32 bits, and reading refuses more; shares are for people"
)]

use super::decisions::Decided;
use super::node_shingles::NodeShingles;
use crate::engine::bounded::SetAllowance;
use crate::engine::observer::{Progress, Stage};
use crate::error::Result;
use crate::hash;
use crate::least::least;
use crate::lsh::{AuditIndex, CandidatePair, Candidates};
use crate::output::{AuditFigures, NearestDecision};
use crate::relation::Relation;
use crate::select::{Removal, similarities};

/// Of how many documents one is drawn, unless a caller says how many, and how many are drawn at most. The audit then takes
/// 2 to 7 % of a run's CPU time (benches/RESULTS.md, "The audit").
const ONE_IN: usize = 100;
const MOST_DOCUMENTS: usize = 1000;

/// Pairs that are compared for each document that is drawn, at most, where a caller says how many documents; else one.
const PAIRS_A_DOCUMENT: usize = 200;

/// Decisions nearest the threshold.
const NEAREST: usize = 10;

/// How many documents are drawn for the audit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum AuditSample {
    /// One in a hundred, at most a thousand.
    #[default]
    OneInHundred,
    /// So many; with 0, there is no audit.
    Documents(u32),
}

impl AuditSample {
    /// Of so many nodes, how many are drawn, and how many pairs are compared.
    fn sizes(self, nodes: usize) -> (usize, usize) {
        match self {
            Self::OneInHundred => {
                let drawn = (nodes / ONE_IN).min(MOST_DOCUMENTS);
                (drawn, drawn)
            }
            Self::Documents(documents) => {
                let drawn = nodes.min(documents as usize);
                (drawn, drawn * PAIRS_A_DOCUMENT)
            }
        }
    }
}

impl Decided<'_> {
    /// The audit; none where no document is drawn.
    ///
    /// # Errors
    /// [`crate::Error::Io`] if signatures, pairs or texts cannot be read again, [`crate::Error::Interrupted`] if the
    /// observer asks for it.
    pub(in crate::engine) fn audit(
        &self,
        sample: AuditSample,
        removals: &[Removal],
        sets: SetAllowance,
    ) -> Result<Option<AuditFigures>> {
        let nodes = &self.folded.documents;
        let first = self.found.scope.first_free();
        let (drawn, most) = sample.sizes(nodes.len() - first as usize);
        if drawn == 0 {
            return Ok(None);
        }
        let progress = Progress::begin(self.plan.observer, Stage::Audit, drawn as u64);
        let sampled = draw(first, nodes, drawn);
        let index = AuditIndex::new(self.plan.matching.threshold, self.signatures.slots())?;
        let scope = &self.found.scope;
        // One more tells whether there are more.
        let mut pairs = index.pairs(&sampled, &self.signatures, nodes, scope, most + 1, &progress)?;
        let pairs_drawn = pairs.len() > most;
        pairs.truncate(most);
        let source = NodeShingles::new(self.documents, &self.plan.shingler, nodes, sets);
        let compared = compare(&sampled, &pairs, &source, &progress)?;
        source.check()?;
        let figures = self.figures(&index, (drawn, pairs_drawn), &compared, removals)?;
        progress.advance(drawn as u64)?;
        Ok(Some(figures))
    }

    fn figures(
        &self,
        index: &AuditIndex,
        (drawn, pairs_drawn): (usize, bool),
        compared: &[(CandidatePair, f64)],
        removals: &[Removal],
    ) -> Result<AuditFigures> {
        let threshold = self.plan.matching.threshold.get();
        let (mut found, mut both_kept, mut predicted) = (0, 0, 0.0);
        let similar = || compared.iter().filter(|&&(_, similarity)| similarity >= threshold);
        for &(pair, similarity) in similar() {
            found += u64::from(finds(&self.found, pair)?);
            both_kept += u64::from(self.keeps_both(pair));
            predicted += self.plan.index.recall(similarity);
        }
        let count = similar().count() as u64;
        let share = |part: f64| (count > 0).then(|| part / count as f64);
        Ok(AuditFigures {
            documents: drawn as u64,
            compared: compared.len() as u64,
            pairs_drawn,
            similar: count,
            found,
            measured_recall: share(found as f64),
            recall_interval: (count > 0).then(|| interval(found, count)),
            predicted_recall: share(predicted),
            both_kept,
            predicted_recall_of_audit: index.recall(threshold),
            nearest: self.nearest(compared, removals),
        })
    }

    fn keeps_both(&self, pair: CandidatePair) -> bool {
        [pair.later, pair.earlier]
            .iter()
            .all(|node| self.removed.binary_search_by_key(node, |removed| removed.node).is_err())
    }

    /// Of all removals, and of the compared pairs of which both stay, those nearest the threshold.
    fn nearest(&self, compared: &[(CandidatePair, f64)], removals: &[Removal]) -> Vec<NearestDecision> {
        let threshold = self.plan.matching.threshold.get();
        let near = removals.iter().filter(|removal| removal.relation == Relation::Near);
        let removed = near.map(|removal| (removal.similarity, removal.document, removal.by, true));
        let below =
            compared.iter().filter(|&&(pair, similarity)| similarity < threshold && self.keeps_both(pair));
        let kept = below.map(|&(CandidatePair { later, earlier }, similarity)| {
            (similarity, self.folded.document_of(later), self.folded.document_of(earlier), false)
        });
        let by_distance = |a: &(f64, _, _, _), b: &(f64, _, _, _)| {
            let distance = |similarity: f64| (similarity - threshold).abs();
            distance(a.0).total_cmp(&distance(b.0)).then_with(|| (a.1, a.2).cmp(&(b.1, b.2)))
        };
        let described = |(similarity, document, kept, removed)| NearestDecision {
            document,
            kept,
            id: self.documents.id(document),
            kept_id: self.documents.id(kept),
            similarity,
            removed,
        };
        least(removed.chain(kept), NEAREST, by_distance).into_iter().map(described).collect()
    }
}

/// So many of the nodes from `first` on, ascending. A node is drawn by its document, so that it does not matter in which
/// order documents are decided.
fn draw(first: u32, nodes: &[u32], drawn: usize) -> Vec<u32> {
    let numbered = (first..nodes.len() as u32).map(|node| (hash::mix(nodes[node as usize].into()), node));
    let mut sampled: Vec<u32> = least(numbered, drawn, Ord::cmp).into_iter().map(|(_, node)| node).collect();
    sampled.sort_unstable();
    sampled
}

/// The similarity of each pair, in their order. Those of one sampled node are compared one after the other.
fn compare(
    sampled: &[u32],
    pairs: &[CandidatePair],
    source: &NodeShingles<'_>,
    progress: &Progress<'_>,
) -> Result<Vec<(CandidatePair, f64)>> {
    let mut ordered: Vec<(u32, u32)> = pairs
        .iter()
        .map(|&CandidatePair { later, earlier }| match sampled.binary_search(&later) {
            Ok(_) => (later, earlier),
            Err(_) => (earlier, later),
        })
        .collect();
    ordered.sort_unstable();
    let similarities = similarities(&ordered, source, progress)?;
    let pair = |(node, other): (u32, u32)| CandidatePair { later: node.max(other), earlier: node.min(other) };
    Ok(ordered.into_iter().map(pair).zip(similarities).collect())
}

/// Whether the index finds a pair: it is a candidate, or both are among those that the exact index compares.
fn finds(found: &Candidates, pair: CandidatePair) -> Result<bool> {
    let CandidatePair { later, earlier } = pair;
    Ok(found.crowded[later as usize] && found.crowded[earlier as usize]
        || found.scope.equal_before(later) == Some(earlier)
        || found.pairs.contains(pair)?)
}

/// Wilson's interval for the share of successes among so many trials, at 95 %.
///
/// Source: Wilson 1927, "Probable inference, the law of succession, and statistical inference".
fn interval(successes: u64, trials: u64) -> [f64; 2] {
    const Z: f64 = 1.96;
    let (n, share) = (trials as f64, successes as f64 / trials as f64);
    let middle = share + Z * Z / (2.0 * n);
    let reach = Z * (share * (1.0 - share) / n + Z * Z / (4.0 * n * n)).sqrt();
    let whole = 1.0 + Z * Z / n;
    [((middle - reach) / whole).max(0.0), ((middle + reach) / whole).min(1.0)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_is_the_published_one() {
        // Newcombe 1998, "Two-sided confidence intervals for the single proportion", table I, method 3.
        for (successes, trials, low, high) in [
            (81, 263, 0.2553, 0.3662),
            (15, 148, 0.0624, 0.1605),
            (0, 20, 0.0, 0.1611),
            (1, 29, 0.0061, 0.1718),
        ] {
            let [l, h] = interval(successes, trials);
            assert!((l - low).abs() < 1e-4 && (h - high).abs() < 1e-4, "{successes} {trials}: {l} {h}");
        }
        assert_eq!(interval(7, 7)[1], 1.0);
    }

    #[test]
    fn nodes_are_drawn_by_their_documents() {
        let nodes: Vec<u32> = (0..1000).collect();
        let reversed: Vec<u32> = (0..1000).rev().collect();
        let documents = |nodes: &[u32]| {
            let mut drawn: Vec<u32> = draw(0, nodes, 30).iter().map(|&node| nodes[node as usize]).collect();
            drawn.sort_unstable();
            drawn
        };
        assert_eq!(documents(&nodes), documents(&reversed));
        assert_eq!(draw(990, &nodes, 30), (990..1000).collect::<Vec<_>>());
    }
}
