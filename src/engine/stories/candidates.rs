//! Which nodes are worth comparing: near-duplicates by bands, excerpts by sampled shingles.
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "documents and nodes are numbered in 32 bits, and reading refuses more; shares are for people"
)]

use rayon::prelude::*;

use super::linking::{Linking, Pair};
use super::nodes::Nodes;
use super::texts::StoryTexts;
use super::window::Window;
use crate::engine::bounded::Storage;
use crate::engine::observer::{Progress, Stage};
use crate::engine::plan::{Index, Plan};
use crate::error::Result;
use crate::interrupt::Interrupt;
use crate::lsh::{Scope, neighbours_within};
use crate::partition::entry;
use crate::reuse::containment::Sampler;
use crate::reuse::own_samples::{OwnCandidates, OwnSamples};
use crate::reuse::story::Provenance;
use crate::shingle::ShingleScratch;
use crate::similarity::Measure;
use crate::sketch::{RowBuffer, Signatures, agreement};
use crate::work::{ListStorage, SortedList};

/// Nodes of one story, within one span of time where there is a window, that stand in the search for excerpts.
pub(super) const STAND_INS: usize = 16;

/// What the index met.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct NearFigures {
    /// Candidate pairs.
    pub pairs: u64,
    pub largest_bucket: u64,
    pub crowded: u64,
}

/// What the search for excerpts found.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct ContainedFigures {
    /// Candidate pairs.
    pub pairs: u64,
    /// Nodes of large stories that others stood in for.
    pub left_out: u64,
    /// Sampled shingles in too many nodes to be looked up.
    pub frequent_shingles: u64,
    /// Nodes that have one of these among their rarest.
    pub affected: u64,
}

/// Ranks candidate pairs.
pub(super) struct Ranking<'a> {
    pub signatures: &'a Signatures,
    pub nodes: &'a Nodes,
    /// Number of units of each document.
    pub units: &'a [u32],
}

/// Shares are ranked in so many steps.
const STEPS: f64 = 1000.0;

/// Pairs that are ranked at a time.
const RANKED_PAIRS: usize = 1 << 16;

impl Ranking<'_> {
    /// The pair, ranked by its Jaccard similarity as far as the signatures tell.
    fn by_jaccard(&self, a: u32, b: u32) -> Result<Pair> {
        Ok(Pair { rank: rank(self.jaccard(a, b)?), a: a.min(b), b: a.max(b) })
    }

    /// The pair, ranked by the share of the smaller text that is in the larger, as far as signatures and sizes tell.
    fn by_containment(&self, a: u32, b: u32) -> Result<Pair> {
        let jaccard = self.jaccard(a, b)?;
        let [a_units, b_units] = [a, b].map(|node| f64::from(self.units[self.nodes.first(node).index()]));
        // |A ∩ B| = J |A ∪ B| = J (|A| + |B|) / (1 + J)
        let shared = jaccard * (a_units + b_units) / (1.0 + jaccard);
        Ok(Pair { rank: rank(shared / a_units.min(b_units)), a: a.min(b), b: a.max(b) })
    }

    fn jaccard(&self, a: u32, b: u32) -> Result<f64> {
        let (mut own, mut other) = (RowBuffer::default(), RowBuffer::default());
        let [a, b] = [a, b].map(|node| self.nodes.first(node).index());
        let (a, b) = (self.signatures.row(a, &mut own)?, self.signatures.row(b, &mut other)?);
        Ok(f64::from(agreement(a, b)) / self.signatures.slots().get() as f64)
    }
}

fn rank(share: f64) -> u16 {
    ((1.0 - share.clamp(0.0, 1.0)) * STEPS) as u16
}

/// The pairs that the bands find; with a recall of 1, all pairs whose similarity is at least the threshold.
pub(super) fn near(
    ranking: &Ranking<'_>,
    plan: &Plan<'_>,
    texts: StoryTexts<'_>,
    storage: &mut Storage,
) -> Result<(SortedList<Pair>, NearFigures)> {
    let documents = ranking.units.len();
    let Index::Bands { banding, floor } = plan.index else {
        let progress = Progress::begin(plan.observer, Stage::Candidates, plan.index.steps());
        let (mut reader, mut scratch) = (texts.reader(), ShingleScratch::default());
        let mut ranked = storage.lists(documents).sorter()?;
        let mut count = 0;
        storage.join_sets(
            (ranking.nodes.len() as u32, documents),
            Measure::Jaccard(plan.matching.threshold),
            &mut |node, sets| {
                let text = reader.text(ranking.nodes.first(node))?;
                sets.push(plan.shingler.shingles(&text, &mut scratch).hashes);
                Ok(())
            },
            &progress,
            &mut |a, b| {
                count += 1;
                ranked.push(ranking.by_jaccard(a, b)?)
            },
        )?;
        return Ok((ranked.finish()?, NearFigures { pairs: count, ..NearFigures::default() }));
    };
    let rows = ranking.nodes.firsts();
    let found = storage.candidates(Scope::default(), ranking.signatures, &rows, documents, plan)?;
    let (lists, interrupt) = (storage.lists(documents), &plan.observer);
    let mut all = lists.sorter()?;
    let mut stream = found.pairs.stream(0);
    let mut of_node = Vec::new();
    while let Some(pair) = stream.peek()? {
        stream.take_of(pair.later, &mut of_node)?;
        of_node.drain(..).try_for_each(|pair| all.push(pair))?;
    }
    drop(stream);
    neighbours_within(
        lists.share_bytes(),
        ranking.signatures,
        (&rows, &found.crowded),
        (banding, floor),
        interrupt,
        &mut |found| found.iter().try_for_each(|&pair| all.push(pair)),
    )?;
    let crowded = found.crowded.iter().filter(|&&crowded| crowded).count() as u64;
    let largest_bucket = found.largest_bucket as u64;
    drop((rows, found));
    let all = all.finish()?;
    let (mut entries, mut batch) = (all.entries()?, Vec::new());
    let (mut ranked, mut count) = (lists.sorter()?, 0);
    while entries.next_batch(RANKED_PAIRS, &mut batch)? {
        interrupt.check()?;
        let pairs = batch.par_iter().map(|pair| ranking.by_jaccard(pair.earlier, pair.later));
        for pair in pairs.collect::<Result<Vec<_>>>()? {
            ranked.push(pair)?;
            count += 1;
        }
    }
    Ok((ranked.finish()?, NearFigures { pairs: count, largest_bucket, crowded }))
}

/// The pairs of which one may be largely in the other, between stories as they are so far, but for those that were compared.
pub(super) fn contained(
    ranking: &Ranking<'_>,
    samples: &OwnSamples<'_>,
    sampler: &Sampler,
    linking: &mut Linking<'_>,
    (provenance, window): (&Provenance, Option<Window>),
    lists: ListStorage<'_>,
    interrupt: &dyn Interrupt,
) -> Result<(SortedList<Pair>, ContainedFigures)> {
    let (chosen, left_out) = stand_ins(ranking, linking, provenance, window);
    let documents: Vec<u32> = chosen.iter().map(|&node| ranking.nodes.first(node).0).collect();
    let OwnCandidates { pairs, frequent_shingles, affected } =
        samples.candidates(&documents, sampler, interrupt)?;
    drop(documents);
    // Stand-ins are in order, so that pairs of their nodes are.
    let mut count = 0;
    let mut open = linking.not_failed(&pairs, &mut |pair| {
        count += 1;
        entry(chosen[(pair >> 32) as usize], chosen[pair as u32 as usize])
    })?;
    drop((pairs, chosen));
    let (mut entries, mut batch) = (open.entries()?, Vec::new());
    let mut ranked = lists.sorter()?;
    while entries.next_batch(RANKED_PAIRS, &mut batch)? {
        interrupt.check()?;
        let pairs = batch.par_iter().map(|&pair| ranking.by_containment((pair >> 32) as u32, pair as u32));
        for pair in pairs.collect::<Result<Vec<_>>>()? {
            ranked.push(pair)?;
        }
    }
    Ok((ranked.finish()?, ContainedFigures { pairs: count, left_out, frequent_shingles, affected }))
}

/// The nodes that are searched, in order, and how many others there are.
///
/// Ten thousand tellings of a story would make all of its shingles frequent. Of a story, and with a window of each
/// stretch of time as long, a few stand in for all: those that are evenly spread by length, from the shortest to the
/// longest.
fn stand_ins(
    ranking: &Ranking<'_>,
    linking: &mut Linking<'_>,
    provenance: &Provenance,
    window: Option<Window>,
) -> (Vec<u32>, u64) {
    let all = 0..ranking.nodes.len() as u32;
    let mut groups: Vec<(u32, i64, u32, u32)> = all
        .map(|node| {
            let first = ranking.nodes.first(node);
            let length = window.map_or(i64::MAX, |window| window.seconds().max(1));
            let stretch = provenance.date(first).map_or(i64::MIN, |date| date.div_euclid(length));
            let stretch = if window.is_some() { stretch } else { 0 };
            (linking.component(node), stretch, ranking.units[first.index()], node)
        })
        .collect();
    groups.par_sort_unstable();
    let mut chosen = Vec::with_capacity(groups.len());
    for group in groups.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)) {
        let last = group.len() - 1;
        let steps = STAND_INS.min(group.len());
        chosen.extend((0..steps).map(|step| group[step * last / (steps - 1).max(1)].3));
    }
    chosen.sort_unstable();
    let left_out = (groups.len() - chosen.len()) as u64;
    (chosen, left_out)
}
