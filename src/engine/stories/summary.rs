//! The figures of a run over stories.
#![allow(
    clippy::cast_possible_truncation,
    reason = "documents and nodes are numbered in 32 bits, and reading refuses more; shares are for people"
)]

use super::candidates::{ContainedFigures, NearFigures};
use super::linking::LinkTally;
use super::options::Stories;
use crate::corpus::Corpus;
use crate::document::DocumentId;
use crate::engine::plan::{IndexShape, Matching, Plan};
use crate::output::{BoundCounts, StoryDocuments, StoryIndex, StoryParameters, StorySummary, UnlinkedCounts};
use crate::params::{DiacriticFolding, DigitFolding, HyphenJoining};
use crate::reuse::containment::Sampler;
use crate::reuse::story::{Provenance, RoundUp, Story};

/// What a run knows beside its stories.
pub(super) struct StoryFigures<'a> {
    pub provenance: &'a Provenance,
    /// Number of units of each document.
    pub units: &'a [u32],
    pub rejected: u64,
    /// Decompressed bytes read.
    pub bytes: u64,
    pub sampler: &'a Sampler,
    pub near: NearFigures,
    pub contained: ContainedFigures,
    pub tally: LinkTally,
}

/// Sums up a run.
pub(super) fn summary(
    options: &Stories,
    corpus: &Corpus,
    plan: &Plan<'_>,
    stories: &[Story],
    round_ups: &[RoundUp],
    figures: &StoryFigures<'_>,
) -> StorySummary {
    let StoryFigures { provenance, units, rejected, sampler, .. } = *figures;
    let documents = provenance.len() as u64;
    let in_stories = stories.iter().map(|story| story.members.len() as u64 + 1).sum::<u64>();
    let all = || (0..documents as u32).map(DocumentId);
    let StoryFigures { near, contained, tally, .. } = figures;
    let IndexShape { kind, bands, rows, agreement_floor } = plan.index.shape();
    StorySummary {
        version: env!("CARGO_PKG_VERSION"),
        documents: StoryDocuments {
            read: documents + rejected,
            in_stories,
            alone: documents - in_stories,
            rejected,
            round_ups: round_ups.len() as u64,
            without_tokens: units.iter().filter(|&&units| units == 0).count() as u64,
            without_date: all().filter(|&document| provenance.date(document).is_none()).count() as u64,
            without_source: all().filter(|&document| provenance.source(document).is_none()).count() as u64,
        },
        stories: documents - in_stories + stories.len() as u64,
        stories_retold: stories.len() as u64,
        largest_story: stories.iter().map(|story| story.members.len() as u64 + 1).max().unwrap_or(0),
        links: stories.iter().flat_map(|story| &story.members).map(|member| member.link.relation).collect(),
        not_linked: UnlinkedCounts {
            templates: tally.templates,
            forms: tally.forms,
            kept_apart: tally.kept_apart,
            outside_window: tally.outside_window,
        },
        bounded: BoundCounts {
            pairs_passed_over: tally.passed_over,
            crowded: near.crowded,
            stood_in_for: contained.left_out,
            frequent_shingles: contained.frequent_shingles,
            without_frequent_shingles: contained.affected,
        },
        bytes: figures.bytes,
        predicted_recall: plan.index.recall(plan.matching.threshold.get()),
        index: StoryIndex {
            kind,
            bands,
            rows,
            agreement_floor,
            largest_bucket: near.largest_bucket,
            sampling_rate: sampler.rate(),
            near_candidates: near.pairs,
            containment_candidates: contained.pairs,
            compared: tally.compared,
        },
        parameters: parameters(options, corpus, sampler.search().least_units),
    }
}

fn parameters(options: &Stories, corpus: &Corpus, least_words: u32) -> StoryParameters {
    let Matching { preset, text, threshold, recall, slots, bucket_limit, .. } = options.matching;
    let fields = corpus.fields();
    let named = [
        ("text", Some(&fields.text)),
        ("id", fields.id.as_ref()),
        ("source", fields.source.as_ref()),
        ("date", fields.date.as_ref()),
    ];
    StoryParameters {
        preset,
        threshold: threshold.get(),
        containment: options.containment.get(),
        least_words,
        recall: recall.get(),
        window: options.window.map(|window| window.to_string()),
        strip_credits: options.strip_credits.is_some(),
        hashes: slots.get(),
        bucket_limit: bucket_limit.get(),
        shingle: text.shingling.to_string(),
        fold_digits: text.digits == DigitFolding::Fold,
        fold_diacritics: text.diacritics == DiacriticFolding::Fold,
        join_hyphens: text.hyphens == HyphenJoining::Join,
        seed: text.seed.0,
        fields: named.into_iter().filter_map(|(name, path)| Some((name, path?.to_string()))).collect(),
    }
}
