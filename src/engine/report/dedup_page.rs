//! The page of `dedup`, gathered with memory that does not grow with the texts: some 50 bytes a cluster, counters for
//! pairs of sources, and the few texts that are shown, shortened.
#![allow(
    clippy::cast_possible_truncation,
    reason = "documents and nodes are numbered in 32 bits, and reading refuses more; shares are for people"
)]

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use super::groups::{
    Facts, GroupMember, InputFiles, ShownDocuments, curve, largest, shown, span, tile, with_fields, yes_or_no,
};
use crate::corpus::{Description, parse_date};
use crate::document::DocumentId;
use crate::documents::Documents;
use crate::engine::observer::{Observer, Progress, Stage};
use crate::engine::plan::Matching;
use crate::error::Result;
use crate::hash;
use crate::output::{NearestDecision, RepeatedParagraph, Summary};
use crate::params::Seed;
use crate::report::{
    Matrix, NearDecision, PARAGRAPHS, Paragraph, Repeated, Report, SimilarityHistogram, SizeHistogram, Tile,
    Words, grouped, label, percent,
};
use crate::select::{Cluster, Relation, Removal, Removals};
use crate::text::Tokenizer;

/// Clusters looked at as one piece of work.
const CLUSTERS_PER_PIECE: usize = 256;

/// Characters of a repeated paragraph.
const PARAGRAPH_CHARACTERS: usize = 300;

/// A run, as far as its report needs it.
pub(in crate::engine) struct DedupRun<'a> {
    pub inputs: InputFiles,
    pub documents: Documents<'a>,
    pub removals: &'a Removals,
    pub paragraphs: Option<&'a [RepeatedParagraph]>,
    pub summary: &'a Summary,
    pub matching: &'a Matching,
}

impl From<&Removal> for GroupMember {
    fn from(removal: &Removal) -> Self {
        Self {
            document: removal.document,
            with: removal.by,
            measure: removal.similarity,
            relation: removal.relation.name(),
            is_exact: removal.relation == Relation::Exact,
        }
    }
}

impl From<&NearestDecision> for GroupMember {
    fn from(decision: &NearestDecision) -> Self {
        Self {
            document: decision.document,
            with: decision.kept,
            measure: decision.similarity,
            relation: NearDecision::KEPT,
            is_exact: false,
        }
    }
}

/// Sources are distinguished by a hash of their names: names are as many as a corpus likes, and as long.
type SourceKey = u64;

/// Documents by the source that repeats and the one that is repeated, and for each source a document that has it.
#[derive(Default)]
struct Flows {
    counts: BTreeMap<(SourceKey, SourceKey), u64>,
    examples: BTreeMap<SourceKey, DocumentId>,
}

impl Flows {
    fn add(&mut self, from: (SourceKey, DocumentId), to: (SourceKey, DocumentId)) {
        *self.counts.entry((from.0, to.0)).or_default() += 1;
        for (key, document) in [from, to] {
            self.examples.entry(key).or_insert(document);
        }
    }

    fn merge(&mut self, other: Self) {
        for (pair, count) in other.counts {
            *self.counts.entry(pair).or_default() += count;
        }
        for (key, document) in other.examples {
            self.examples.entry(key).or_insert(document);
        }
    }
}

impl DedupRun<'_> {
    /// Everything the page shows.
    pub(in crate::engine) fn report(&self, observer: &dyn Observer) -> Result<Report> {
        let clusters = self.removals.clusters();
        let documents =
            ShownDocuments { documents: self.documents, tokenizer: Tokenizer::new(&self.matching.text) };
        let progress = Progress::begin(observer, Stage::Report, clusters.len() as u64);
        let (facts, flows) = self.facts(&clusters, &progress)?;
        let mut ranked: Vec<usize> = (0..clusters.len()).collect();
        // Clusters are in corpus order already, and the sort keeps it among those of one size.
        ranked.sort_by_key(|&index| std::cmp::Reverse(clusters[index].documents()));
        let (listed, detailed) = shown(&ranked);
        let rows = documents.in_parallel(listed, |&index, [reader, _]| {
            let cluster = &clusters[index];
            documents.row(cluster.representative, cluster.documents(), facts[index], reader)
        })?;
        let details = documents.in_parallel(detailed, |&index, readers| {
            let cluster = &clusters[index];
            let members: Vec<GroupMember> = repeats(cluster).collect();
            documents.details(cluster.representative, members.into_iter(), readers)
        })?;
        let is_member = |removal: &&Removal| !self.removals.is_representative(removal.document);
        let repeats = self.removals.removed.iter().filter(is_member);
        let near = repeats.filter(|removal| removal.relation == Relation::Near);
        let audited = self.summary.audit.iter().flat_map(|audit| &audit.nearest);
        let kept = audited.filter(|decision| !decision.removed).map(GroupMember::from);
        let nearest = documents.nearest(kept.chain(near.map(GroupMember::from)))?;
        let timeline = documents.timeline(ranked.iter().map(|&index| members(&clusters[index])));
        let mut sizes = SizeHistogram::default();
        for cluster in &clusters {
            sizes.add(cluster.documents());
        }
        let threshold = self.matching.threshold.get();
        let mut similarities = SimilarityHistogram::new(threshold);
        for removal in &self.removals.removed {
            match removal.relation {
                Relation::Exact => similarities.add_exact(),
                Relation::Near => similarities.add(removal.similarity),
                // Below the threshold, most of them: it is not their similarity that decided.
                _ => {}
            }
        }
        let name = |key| {
            flows.examples.get(&key).and_then(|&document| self.documents.source(document)).unwrap_or_default()
        };
        Ok(Report {
            words: Words::DEDUP,
            version: self.summary.version,
            inputs: self.inputs.names.clone(),
            tiles: self.tiles(),
            threshold,
            sizes,
            similarities,
            curve: curve(self.matching)?,
            matrix: Matrix::new(&flows.counts, name),
            timeline,
            groups: clusters.len() as u64,
            rows,
            details,
            nearest,
            paragraphs: self
                .paragraphs
                .map(|repeated| repeated_paragraphs(repeated, &documents))
                .transpose()?,
            parameters: self.parameters(),
        })
    }

    fn facts(&self, clusters: &[Cluster<'_>], progress: &Progress<'_>) -> Result<(Vec<Facts>, Flows)> {
        let pieces: Vec<(Vec<Facts>, Flows)> = clusters
            .par_chunks(CLUSTERS_PER_PIECE)
            .map(|piece| {
                let mut flows = Flows::default();
                let facts = piece.iter().map(|cluster| self.facts_of(cluster, &mut flows)).collect();
                progress.advance(piece.len() as u64)?;
                Ok((facts, flows))
            })
            .collect::<Result<_>>()?;
        let mut all = (Vec::with_capacity(clusters.len()), Flows::default());
        for (facts, flows) in pieces {
            all.0.extend(facts);
            all.1.merge(flows);
        }
        Ok(all)
    }

    fn facts_of(&self, cluster: &Cluster<'_>, flows: &mut Flows) -> Facts {
        let head = cluster.representative;
        let mut dates = Vec::new();
        let mut key = |document| {
            let Description { source, date, .. } = self.documents.describe(document);
            dates.extend(date.and_then(|date| parse_date(&date)));
            Some(hash::bytes64(source?.as_bytes(), Seed(0)))
        };
        let head_key = key(head);
        let mut sources: BTreeSet<SourceKey> = head_key.into_iter().collect();
        let mut lowest = 1.0f64;
        for removal in cluster.removals.iter().chain(&cluster.spared) {
            lowest = lowest.min(removal.similarity);
            if let Some(key) = key(removal.document) {
                sources.insert(key);
                if let Some(head_key) = head_key {
                    flows.add((key, removal.document), (head_key, head));
                }
            }
        }
        Facts { lowest, sources: sources.len() as u32, dates: span(dates) }
    }

    fn tiles(&self) -> Vec<Tile> {
        let counts = self.summary.documents;
        let files = self.inputs.volume(self.summary.bytes);
        let share = |part, of| format!("{} {of}", percent(part, counts.read));
        let mut tiles = vec![
            tile("Documents read", counts.read, files),
            tile("Kept", counts.kept, share(counts.kept, "of all")),
            tile("Removed", counts.removed, share(counts.removed, "of all")),
            tile(
                "Exact copies",
                counts.removed_as[Relation::Exact],
                share(counts.removed_as[Relation::Exact], "of all"),
            ),
            tile(
                "Near-duplicates",
                counts.removed_as[Relation::Near],
                share(counts.removed_as[Relation::Near], "of all"),
            ),
            tile("Clusters", self.summary.clusters, largest(self.summary.largest_cluster)),
        ];
        if self.summary.excerpts.is_some() || self.summary.contained.is_some() {
            tiles.push(tile(
                "Excerpts",
                counts.removed_as[Relation::Excerpt],
                share(counts.removed_as[Relation::Excerpt], "of all"),
            ));
        }
        let expansions = counts.removed_as[Relation::Expansion];
        if expansions > 0 && self.summary.contained.is_none() {
            tiles.push(tile("Expansions", expansions, share(expansions, "of all")));
        }
        if let Some(contained) = &self.summary.contained {
            let note = format!(
                "hold {} of {} records searched for; contained.jsonl says where",
                grouped(contained.found),
                grouped(contained.searched)
            );
            tiles.push(tile("Hold a reference record", contained.documents, note));
        }
        if let Some(reference) = self.summary.reference {
            let note = format!(
                "repeat {} of the reference's {} records",
                grouped(reference.met),
                grouped(reference.read)
            );
            tiles.push(tile("In the reference", reference.removed, note));
        }
        if let Some(spared) = counts.kept_for_source {
            let note = "of the kept: they repeat another".to_owned();
            tiles.push(tile("Kept for their source", spared, note));
        }
        if counts.rejected > 0 {
            tiles.push(tile("Could not be read", counts.rejected, "listed in rejected.jsonl".to_owned()));
        }
        if let Some(paragraphs) = self.summary.paragraphs {
            let note = format!("of {} that repeat", grouped(paragraphs.repeats));
            tiles.push(tile("Paragraphs taken out", paragraphs.removed, note));
        }
        tiles
    }

    /// What the audit measured, in words.
    fn measured_recall(&self) -> String {
        let Some(audit) = &self.summary.audit else { return "not measured".to_owned() };
        audit.measured().unwrap_or_else(|| {
            let documents = grouped(audit.documents);
            format!("not measured: {documents} documents drawn are similar to no other")
        })
    }

    fn parameters(&self) -> Vec<(String, String)> {
        let Summary { parameters, index, .. } = self.summary;
        let mut named = vec![
            ("threshold", parameters.threshold.to_string()),
            ("recall asked for", parameters.recall.to_string()),
            ("recall predicted", format!("{:.4}", self.summary.predicted_recall)),
            ("recall measured", self.measured_recall()),
            ("shingles", parameters.shingle.clone()),
            ("slots in a signature", parameters.hashes.to_string()),
            ("index", index.kind.to_owned()),
        ];
        if index.bands > 0 {
            named.push(("bands × rows", format!("{} × {}", index.bands, index.rows)));
            named.push(("candidate pairs", grouped(index.candidate_pairs)));
        }
        if let Some(contained) = &self.summary.contained {
            let value = format!("{} of {}", contained.containment, contained.shingle);
            named.push(("containment of reference records", value));
            named.push(("reference records too short", grouped(contained.too_short)));
        }
        if let Some(excerpts) = &self.summary.excerpts {
            named.push(("containment of excerpts", excerpts.containment.to_string()));
        }
        named.extend([
            ("documents in crowded buckets", grouped(index.crowded)),
            ("verification", parameters.verify.to_owned()),
            ("digits folded", yes_or_no(parameters.fold_digits)),
            ("diacritics folded", yes_or_no(parameters.fold_diacritics)),
            ("words cut at line ends joined", yes_or_no(parameters.join_hyphens)),
            ("seed", parameters.seed.to_string()),
            (
                "kept first",
                if parameters.keep.is_empty() {
                    "corpus order".to_owned()
                } else {
                    parameters.keep.join(", ")
                },
            ),
        ]);
        if parameters.cross_source_only {
            named.push(("compared", "documents of different sources only".to_owned()));
        }
        if parameters.within_source_only {
            named.push(("compared", "documents of one source only".to_owned()));
        }
        if let Some(most) = parameters.per_source {
            named.push(("kept of each source in a cluster", grouped(most.into())));
        }
        with_fields(named, &parameters.fields)
    }
}

/// The documents of a cluster.
fn members(cluster: &Cluster<'_>) -> impl Iterator<Item = DocumentId> {
    repeats(cluster).map(|repeat| repeat.document).chain([cluster.representative])
}

/// Those of them that repeat the kept one; that some of these stay is said where they are named.
fn repeats(cluster: &Cluster<'_>) -> impl Iterator<Item = GroupMember> {
    let removed = cluster.removals.iter().copied().map(GroupMember::from);
    removed.chain(cluster.spared.iter().map(|&spared| {
        let relation = match spared.relation {
            Relation::Exact => "exact, stays",
            Relation::Near => "near, stays",
            Relation::Excerpt => "excerpt, stays",
            _ => "stays",
        };
        GroupMember { relation, ..GroupMember::from(spared) }
    }))
}

/// The most frequent paragraphs.
fn repeated_paragraphs(repeated: &[RepeatedParagraph], documents: &ShownDocuments<'_>) -> Result<Repeated> {
    let mut ranked: Vec<&RepeatedParagraph> = repeated.iter().collect();
    ranked.sort_by_key(|paragraph| std::cmp::Reverse(paragraph.count));
    ranked.truncate(PARAGRAPHS);
    let shown = documents.in_parallel(&ranked, |paragraph, [reader, _]| {
        let text = reader.text(paragraph.document)?;
        Ok(Paragraph {
            text: label(text.get(paragraph.place.clone()).unwrap_or_default(), PARAGRAPH_CHARACTERS),
            count: paragraph.count,
            documents: paragraph.documents,
            removed: paragraph.removed,
        })
    })?;
    Ok(Repeated { total: repeated.len() as u64, shown })
}
