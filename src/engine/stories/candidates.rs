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
use crate::engine::plan::{Index, Plan};
use crate::error::Result;
use crate::interrupt::Interrupt;
use crate::lsh::{candidates, neighbours};
use crate::reuse::containment::{self, Sampler, Samples};
use crate::reuse::story::Provenance;
use crate::shingle::{ShingleScratch, Shingler};
use crate::similarity::{Measure, SetCollection, join};
use crate::sketch::{RowBuffer, Signatures, agreement};

/// Nodes of one story, within one span of time where there is a window, that stand in the search for excerpts.
pub(super) const STAND_INS: usize = 16;

/// Candidate pairs, and what the index met.
#[derive(Default)]
pub(super) struct Near {
    pub pairs: Vec<Pair>,
    pub largest_bucket: u64,
    pub crowded: u64,
}

/// What the search for excerpts found.
pub(super) struct Contained {
    pub pairs: Vec<Pair>,
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
    interrupt: &dyn Interrupt,
) -> Result<Near> {
    let Index::Bands { banding, floor } = plan.index else {
        let sets = sets(ranking.nodes, texts, &plan.shingler)?;
        let similar = join(&sets, Measure::Jaccard(plan.matching.threshold), interrupt)?;
        let pairs = similar.pairs().map(|pair| ranking.by_jaccard(pair.a, pair.b));
        return Ok(Near { pairs: pairs.collect::<Result<_>>()?, ..Near::default() });
    };
    let rows = ranking.nodes.firsts();
    let found = candidates(ranking.signatures, &rows, banding, floor, interrupt)?;
    let among_crowded = neighbours(ranking.signatures, &rows, &found.crowded, banding, floor, interrupt)?;
    let mut all = Vec::with_capacity(found.pairs.len() as usize + among_crowded.len());
    let mut stream = found.pairs.stream(0);
    while let Some(pair) = stream.peek()? {
        stream.take_of(pair.later, &mut all)?;
    }
    all.extend(among_crowded);
    all.par_sort_unstable();
    all.dedup();
    let pairs = all.par_iter().map(|pair| ranking.by_jaccard(pair.earlier, pair.later));
    Ok(Near {
        pairs: pairs.collect::<Result<_>>()?,
        largest_bucket: found.largest_bucket as u64,
        crowded: found.crowded.iter().filter(|&&crowded| crowded).count() as u64,
    })
}

/// The shingle sets of all nodes.
fn sets(nodes: &Nodes, texts: StoryTexts<'_>, shingler: &Shingler) -> Result<SetCollection> {
    let mut sets = SetCollection::default();
    let (mut reader, mut scratch) = (texts.reader(), ShingleScratch::default());
    for node in 0..nodes.len() as u32 {
        let text = reader.text(nodes.first(node))?;
        sets.push(shingler.shingles(&text, &mut scratch).hashes);
    }
    Ok(sets)
}

/// The pairs of which one may be largely in the other, between stories as they are so far.
pub(super) fn contained(
    ranking: &Ranking<'_>,
    samples: &Samples,
    sampler: &Sampler,
    linking: &mut Linking<'_>,
    provenance: &Provenance,
    window: Option<Window>,
    interrupt: &dyn Interrupt,
) -> Result<Contained> {
    let (chosen, left_out) = stand_ins(ranking, linking, provenance, window);
    let rows: Vec<u32> = chosen.iter().map(|&node| ranking.nodes.first(node).0).collect();
    let found = containment::candidates(samples, &rows, sampler, interrupt)?;
    let pairs = found
        .pairs
        .par_iter()
        .map(|&(a, b)| ranking.by_containment(chosen[a as usize], chosen[b as usize]))
        .collect::<Result<_>>()?;
    Ok(Contained { pairs, left_out, frequent_shingles: found.frequent_shingles, affected: found.affected })
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
