//! The page of `stories`.
#![allow(
    clippy::cast_possible_truncation,
    reason = "documents and nodes are numbered in 32 bits, and reading refuses more; shares are for people"
)]

use std::collections::BTreeMap;

use super::groups::{
    Facts, GroupMember, InputFiles, ShownDocuments, curve, largest, shown, span, tile, with_fields, yes_or_no,
};
use crate::document::DocumentId;
use crate::documents::Documents;
use crate::engine::observer::{Observer, Progress, Stage};
use crate::engine::plan::Matching;
use crate::error::Result;
use crate::output::{StorySummary, credit_flows, flows};
use crate::params::Containment;
use crate::report::{Matrix, Report, SimilarityHistogram, SizeHistogram, Tile, Words, grouped, percent};
use crate::reuse::relation::Relation;
use crate::reuse::story::{Credited, Provenance, Retelling, Story};
use crate::text::Tokenizer;

/// A run, as far as its report needs it.
pub(in crate::engine) struct StoriesRun<'a> {
    pub inputs: InputFiles,
    pub documents: Documents<'a>,
    pub provenance: &'a Provenance,
    pub stories: &'a [Story],
    pub credited: &'a Credited,
    pub matching: &'a Matching,
    pub containment: Containment,
    pub summary: &'a StorySummary,
}

/// Agencies that a tile names.
const SHOWN_AGENCIES: usize = 3;

impl From<&Retelling> for GroupMember {
    fn from(retelling: &Retelling) -> Self {
        Self {
            document: retelling.document,
            with: retelling.with,
            measure: retelling.link.containment(),
            relation: retelling.link.relation.name(),
            is_exact: retelling.link.relation == Relation::Exact,
        }
    }
}

impl StoriesRun<'_> {
    /// Everything the page shows.
    pub(in crate::engine) fn report(&self, observer: &dyn Observer) -> Result<Report> {
        let mut ranked: Vec<&Story> = self.stories.iter().collect();
        ranked.sort_by_key(|story| std::cmp::Reverse(story.members.len()));
        let documents =
            ShownDocuments { documents: self.documents, tokenizer: Tokenizer::new(&self.matching.text) };
        let (listed, detailed) = shown(&ranked);
        let progress = Progress::begin(observer, Stage::Report, listed.len() as u64);
        let rows = documents.in_parallel(listed, |story, [reader, _]| {
            progress.advance(1)?;
            let facts = self.facts(story);
            documents.row(story.origin, story.members.len() as u64 + 1, facts, reader)
        })?;
        let details = documents.in_parallel(detailed, |story, readers| {
            documents.details(story.origin, story.members.iter().map(GroupMember::from), readers)
        })?;
        let retellings = self.stories.iter().flat_map(|story| &story.members).map(GroupMember::from);
        let nearest = documents.nearest(retellings.filter(|repeat| !repeat.is_exact))?;
        let timeline = documents.timeline(ranked.iter().map(|story| members(story)));
        let mut sizes = SizeHistogram::default();
        let threshold = self.containment.get().min(self.matching.threshold.get());
        let mut similarities = SimilarityHistogram::new(threshold);
        for story in self.stories {
            sizes.add(story.members.len() as u64 + 1);
            for member in &story.members {
                match member.link.relation {
                    Relation::Exact => similarities.add_exact(),
                    _ => similarities.add(member.link.containment()),
                }
            }
        }
        Ok(Report {
            words: Words::STORIES,
            version: self.summary.version,
            inputs: self.inputs.names.clone(),
            tiles: self.tiles(),
            threshold,
            sizes,
            similarities,
            curve: curve(self.matching)?,
            matrix: self.matrix(),
            timeline,
            groups: self.stories.len() as u64,
            rows,
            details,
            nearest,
            paragraphs: None,
            parameters: self.parameters(),
        })
    }

    fn matrix(&self) -> Option<Matrix> {
        let flows = flows(self.stories, self.provenance);
        // A row is the source that tells again.
        let counts: BTreeMap<(u32, u32), u64> = flows
            .iter()
            .filter(|flow| flow.documents > 0)
            .map(|flow| ((flow.to, flow.from), flow.documents))
            .collect();
        Matrix::new(&counts, |source| self.provenance.names()[source as usize].clone())
    }

    fn facts(&self, story: &Story) -> Facts {
        let mut sources: Vec<u32> = members(story).filter_map(|d| self.provenance.source(d)).collect();
        sources.sort_unstable();
        sources.dedup();
        Facts {
            lowest: story.members.iter().map(|member| member.link.containment()).fold(1.0, f64::min),
            sources: sources.len() as u32,
            dates: span(members(story).filter_map(|document| self.provenance.date(document))),
        }
    }

    fn tiles(&self) -> Vec<Tile> {
        let StorySummary { documents, links, .. } = self.summary;
        let told = documents.in_stories + documents.alone;
        let of_all = |part| format!("{} of all", percent(part, told));
        let elsewhere: u64 = flows(self.stories, self.provenance)
            .iter()
            .filter(|flow| flow.from != flow.to)
            .map(|flow| flow.documents)
            .sum();
        let mut tiles = vec![
            tile("Documents", told, self.inputs.volume(self.summary.bytes)),
            tile("Stories", self.summary.stories, "those told once included".to_owned()),
            tile("Told again", self.summary.stories_retold, largest(self.summary.largest_story)),
            tile("Exact copies", links[Relation::Exact], of_all(links[Relation::Exact])),
            tile("Near-duplicates", links[Relation::Near], of_all(links[Relation::Near])),
            tile(
                "Cut or added to",
                links[Relation::Excerpt] + links[Relation::Expansion],
                format!(
                    "{} excerpts, {} expansions",
                    grouped(links[Relation::Excerpt]),
                    grouped(links[Relation::Expansion])
                ),
            ),
        ];
        if !self.provenance.names().is_empty() {
            let sources = format!("among {} sources", grouped(self.provenance.names().len() as u64));
            tiles.push(tile("Told by another source", elsewhere, sources));
        }
        let mut agencies: BTreeMap<&str, u64> = BTreeMap::new();
        for flow in credit_flows(self.stories, self.provenance, self.credited) {
            *agencies.entry(flow.from).or_default() += flow.documents;
        }
        if !agencies.is_empty() {
            let mut most: Vec<(&str, u64)> =
                agencies.iter().map(|(&agency, &count)| (agency, count)).collect();
            most.sort_by_key(|&(agency, count)| (std::cmp::Reverse(count), agency));
            let shown = most.iter().take(SHOWN_AGENCIES);
            let shown: Vec<String> =
                shown.map(|&(agency, count)| format!("{} {agency}", grouped(count))).collect();
            tiles.push(tile("Credited to an agency", agencies.values().sum(), shown.join(", ")));
        }
        if documents.rejected > 0 {
            tiles.push(tile("Could not be read", documents.rejected, "listed in rejected.jsonl".to_owned()));
        }
        tiles
    }

    fn parameters(&self) -> Vec<(String, String)> {
        let StorySummary { parameters, index, not_linked, bounded, .. } = self.summary;
        let mut named = vec![
            ("threshold of near-duplicates", parameters.threshold.to_string()),
            ("containment of excerpts", parameters.containment.to_string()),
            ("words of an excerpt, at least", parameters.least_words.to_string()),
            ("window", parameters.window.clone().unwrap_or_else(|| "none".to_owned())),
            ("credits left out", yes_or_no(parameters.strip_credits)),
            ("recall asked for", parameters.recall.to_string()),
            ("recall predicted", format!("{:.4}", self.summary.predicted_recall)),
            ("shingles", parameters.shingle.clone()),
            ("slots in a signature", parameters.hashes.to_string()),
            ("index", index.kind.to_owned()),
        ];
        if index.bands > 0 {
            named.push(("bands × rows", format!("{} × {}", index.bands, index.rows)));
        }
        named.extend([
            ("shingles sampled", format!("{:.1} %", index.sampling_rate * 100.0)),
            ("candidate pairs", grouped(index.near_candidates + index.containment_candidates)),
            ("pairs compared", grouped(index.compared)),
            ("templates not linked", grouped(not_linked.templates)),
            ("forms not linked", grouped(not_linked.forms)),
            ("kept apart on account of templates", grouped(not_linked.kept_apart)),
            ("pairs outside the window", grouped(not_linked.outside_window)),
            ("pairs passed over", grouped(bounded.pairs_passed_over)),
            ("documents in crowded buckets", grouped(bounded.crowded)),
            ("documents stood in for", grouped(bounded.stood_in_for)),
            ("digits folded", yes_or_no(parameters.fold_digits)),
            ("diacritics folded", yes_or_no(parameters.fold_diacritics)),
            ("words cut at line ends joined", yes_or_no(parameters.join_hyphens)),
            ("seed", parameters.seed.to_string()),
        ]);
        with_fields(named, &parameters.fields)
    }
}

/// The documents of a story.
fn members(story: &Story) -> impl Iterator<Item = DocumentId> {
    story.members.iter().map(|member| member.document).chain([story.origin])
}
