//! The figures of a run.

use super::rules::RunFigures;
use crate::corpus::Corpus;
use crate::engine::plan::{Comparing, Index, IndexShape, Matching, Plan, Representatives};
use crate::output::{DocumentCounts, IndexParameters, Parameters, ReferenceCounts, SourceLoss, Summary};
use crate::params::{DiacriticFolding, DigitFolding, HyphenJoining};
use crate::select::{Cluster, Removals, Verification};

/// What was read.
#[derive(Clone, Copy, Default)]
pub(super) struct ReadCounts {
    /// Documents, those of references included.
    pub documents: usize,
    /// Documents of the inputs.
    pub inputs: usize,
    /// Files of references.
    pub references: u64,
    /// Records that could not be read, those of references included.
    pub rejected: u64,
    pub rejected_references: u64,
    /// Decompressed bytes.
    pub bytes: u64,
}

/// The figures; no corpus if documents came from elsewhere.
pub(super) fn summary(
    plan: &Plan<'_>,
    corpus: Option<&Corpus>,
    read: ReadCounts,
    (removals, source_losses): (&Removals, Vec<SourceLoss>),
    figures: RunFigures,
) -> Summary {
    let rejected = read.rejected - read.rejected_references;
    let (inputs, removed) = (read.inputs as u64, removals.removed.len() as u64);
    let clusters = removals.clusters();
    let has_references = read.references > 0 || read.documents > read.inputs;
    let reference = has_references.then(|| {
        let met = clusters.iter().filter(|c| u64::from(c.representative.0) >= inputs);
        ReferenceCounts {
            files: read.references,
            read: read.documents as u64 - inputs + read.rejected_references,
            rejected: read.rejected_references,
            met: met.clone().count() as u64,
            removed: met.map(|cluster| cluster.removals.len() as u64).sum(),
        }
    });
    let index = index_parameters(plan.index, &figures);
    let (paragraphs, paragraph_parameters) = figures.paragraphs.unzip();
    Summary {
        version: env!("CARGO_PKG_VERSION"),
        documents: DocumentCounts {
            read: inputs + rejected,
            kept: inputs - removed,
            removed,
            removed_as: removals.removed.iter().map(|removal| removal.relation).collect(),
            kept_for_source: plan.representatives.needs_sources().then_some(removals.spared.len() as u64),
            rejected,
            without_tokens: figures.without_tokens,
        },
        reference,
        clusters: clusters.len() as u64,
        largest_cluster: clusters.iter().map(Cluster::documents).max().unwrap_or(0),
        audit: figures.audit,
        source_losses,
        contained: figures.items,
        excerpts: figures.excerpts,
        templates: figures.templates,
        paragraphs,
        bytes: read.bytes,
        predicted_recall: plan.index.recall(plan.matching.threshold.get()),
        index,
        parameters: Parameters { paragraphs: paragraph_parameters, ..parameters(plan, corpus) },
    }
}

fn parameters(plan: &Plan<'_>, corpus: Option<&Corpus>) -> Parameters {
    let Matching { preset, text, threshold, recall, slots, bucket_limit, verification, .. } = plan.matching;
    let fields = corpus.map(Corpus::fields);
    let named = [
        ("text", fields.map(|fields| &fields.text)),
        ("id", fields.and_then(|fields| fields.id.as_ref())),
        ("source", fields.and_then(|fields| fields.source.as_ref())),
        ("date", fields.and_then(|fields| fields.date.as_ref())),
        ("title", fields.and_then(|fields| fields.title.as_ref())),
        ("text of references", corpus.and_then(Corpus::reference_fields).map(|fields| &fields.text)),
    ];
    Parameters {
        preset,
        threshold: threshold.get(),
        recall: recall.get(),
        hashes: slots.get(),
        bucket_limit: bucket_limit.get(),
        shingle: text.shingling.to_string(),
        fold_digits: text.digits == DigitFolding::Fold,
        fold_diacritics: text.diacritics == DiacriticFolding::Fold,
        join_hyphens: text.hyphens == HyphenJoining::Join,
        seed: text.seed.0,
        verify: match verification {
            Verification::Exact => "exact",
            Verification::Signature => "signature",
        },
        cross_source_only: plan.comparing == Comparing::AcrossSources,
        within_source_only: plan.comparing == Comparing::WithinSources,
        keep: plan.keep_names(),
        per_source: match plan.representatives {
            Representatives::PerSource(most) => Some(most.get()),
            _ => None,
        },
        paragraphs: None,
        fields: named.into_iter().filter_map(|(name, path)| Some((name, path?.to_string()))).collect(),
    }
}

fn index_parameters(index: Index, figures: &RunFigures) -> IndexParameters {
    let IndexShape { kind, bands, rows, agreement_floor } = index.shape();
    IndexParameters {
        kind,
        bands,
        rows,
        agreement_floor,
        candidate_pairs: figures.candidate_pairs,
        largest_bucket: figures.largest_bucket,
        crowded: figures.crowded,
        compared_as_wholes: figures.compared_as_wholes,
    }
}
