//! What `report.html` shows of a run, gathered with memory that does not grow with the texts: some 50 bytes a cluster,
//! counters for pairs of sources, and the few texts that are shown, shortened.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use super::matching::{Index, Matching};
use super::observer::{Observer, Progress, Stage};
use crate::corpus::{Corpus, RecordTable, Source, TextScratch, parse_date};
use crate::document::DocumentId;
use crate::error::Result;
use crate::hash;
use crate::output::{OutputDirectory, RepeatedParagraph, Summary};
use crate::params::Seed;
use crate::report::{
    COMPARED_MEMBERS, ClusterDetails, ClusterRow, Curve, DETAILED_CLUSTERS, LISTED_CLUSTERS, Matrix, Member,
    NAMED_MEMBERS, NEAREST_DECISIONS, NearDecision, PARAGRAPHS, Paragraph, Repeated, Report,
    SimilarityHistogram, SizeHistogram, TIMELINE_ROWS, TextRef, Tile, TimelineRow, Words, date_name,
    difference, grouped, label, percent,
};
use crate::select::{Cluster, Relation, Removal, clusters};
use crate::text::Tokenizer;

/// Clusters looked at as one piece of work.
const CLUSTERS_PER_PIECE: usize = 256;

/// Characters of a text, an id and a source that a row shows.
pub(super) const TITLE_CHARACTERS: usize = 90;
pub(super) const ID_CHARACTERS: usize = 80;
pub(super) const SOURCE_CHARACTERS: usize = 60;

/// Characters of a repeated paragraph.
const PARAGRAPH_CHARACTERS: usize = 300;

/// Similarities at which the S-curve is drawn.
pub(super) const CURVE_POINTS: u32 = 200;

/// Files whose names are shown.
const NAMED_INPUTS: usize = 3;

/// A run, as far as its report needs it.
pub(super) struct Run<'a> {
    pub corpus: &'a Corpus,
    pub records: &'a RecordTable,
    pub removals: &'a [Removal],
    pub paragraphs: Option<&'a [RepeatedParagraph]>,
    pub summary: &'a Summary,
    pub matching: &'a Matching,
}

/// What is known of a cluster without its texts.
#[derive(Clone, Copy, Debug)]
struct Facts {
    lowest: f64,
    sources: u32,
    dates: Option<(i64, i64)>,
}

/// Sources are told apart by a hash of their names: names are as many as a corpus likes, and as long.
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

impl Run<'_> {
    /// Everything the page shows.
    pub(super) fn report(&self, observer: &dyn Observer) -> Result<Report> {
        let clusters = clusters(self.removals);
        let progress = Progress::begin(observer, Stage::Report, clusters.len() as u64);
        let (facts, flows) = self.facts(&clusters, &progress)?;
        let mut ranked: Vec<usize> = (0..clusters.len()).collect();
        // Clusters are in corpus order already, and the sort keeps it among those of one size.
        ranked.sort_by_key(|&index| std::cmp::Reverse(clusters[index].removals.len()));
        let tokenizer = Tokenizer::new(&self.matching.text);
        let listed = &ranked[..ranked.len().min(LISTED_CLUSTERS)];
        let rows = in_parallel(listed, |&index, scratch| self.row(&clusters[index], facts[index], scratch))?;
        let detailed = &ranked[..ranked.len().min(DETAILED_CLUSTERS)];
        let details =
            in_parallel(detailed, |&index, scratch| self.details(&clusters[index], &tokenizer, scratch))?;
        let nearest = in_parallel(&self.nearest(), |removal, scratch| {
            self.near_decision(removal, &tokenizer, scratch)
        })?;
        let mut sizes = SizeHistogram::default();
        for cluster in &clusters {
            sizes.add(cluster.removals.len() as u64 + 1);
        }
        let threshold = self.matching.threshold.get();
        let mut similarities = SimilarityHistogram::new(threshold);
        for removal in self.removals {
            match removal.relation {
                Relation::Exact => similarities.add_exact(),
                Relation::Near => similarities.add(removal.similarity),
                // Below the threshold, most of them: it is not their similarity that decided.
                Relation::Excerpt => {}
            }
        }
        let name =
            |key| flows.examples.get(&key).and_then(|&document| self.source(document)).unwrap_or_default();
        Ok(Report {
            words: Words::DEDUP,
            version: self.summary.version,
            inputs: inputs(self.corpus),
            tiles: self.tiles(),
            threshold,
            sizes,
            similarities,
            curve: curve(self.matching)?,
            matrix: Matrix::new(&flows.counts, name),
            timeline: self.timeline(&clusters, &ranked),
            groups: clusters.len() as u64,
            rows,
            details,
            nearest,
            paragraphs: self.paragraphs.map(|repeated| self.repeated(repeated)).transpose()?,
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
        let key = |document| Some(hash::bytes64(self.source(document)?.as_bytes(), Seed(0)));
        let head_key = key(head);
        let mut sources: BTreeSet<SourceKey> = head_key.into_iter().collect();
        let mut dates: Option<(i64, i64)> = None;
        let mut add_date = |document| {
            if let Some(date) = self.date(document) {
                dates = Some(dates.map_or((date, date), |(first, last)| (first.min(date), last.max(date))));
            }
        };
        add_date(head);
        let mut lowest = 1.0f64;
        for removal in &cluster.removals {
            lowest = lowest.min(removal.similarity);
            add_date(removal.document);
            if let Some(key) = key(removal.document) {
                sources.insert(key);
                if let Some(head_key) = head_key {
                    flows.add((key, removal.document), (head_key, head));
                }
            }
        }
        Facts { lowest, sources: sources.len() as u32, dates }
    }

    fn row(&self, cluster: &Cluster<'_>, facts: Facts, scratch: &mut [TextScratch; 2]) -> Result<ClusterRow> {
        let head = cluster.representative;
        Ok(ClusterRow {
            title: label(self.text(head, &mut scratch[0])?, TITLE_CHARACTERS),
            id: self.id(head),
            size: cluster.removals.len() as u64 + 1,
            lowest: facts.lowest,
            sources: (facts.sources > 0).then_some(facts.sources),
            first: facts.dates.map(|dates| date_name(dates.0)),
            last: facts.dates.map(|dates| date_name(dates.1)),
        })
    }

    fn details(
        &self,
        cluster: &Cluster<'_>,
        tokenizer: &Tokenizer,
        [kept, removed]: &mut [TextScratch; 2],
    ) -> Result<ClusterDetails> {
        let head = cluster.representative;
        let mut removals = cluster.removals.clone();
        // Exact copies last: there is nothing to see in them.
        let order = |removal: &Removal| (removal.relation == Relation::Exact, removal.document);
        removals.sort_by(|a, b| a.similarity.total_cmp(&b.similarity).then_with(|| order(a).cmp(&order(b))));
        let head_text = self.text(head, kept)?;
        let members = removals.iter().take(NAMED_MEMBERS).enumerate().map(|(place, removal)| {
            // The second exact copy would show what the first shows.
            let is_compared = place < COMPARED_MEMBERS && (place == 0 || removal.relation != Relation::Exact);
            let difference = if is_compared {
                Some(difference(tokenizer, head_text, self.text(removal.document, removed)?))
            } else {
                None
            };
            Ok(Member { difference, ..self.member(removal) })
        });
        Ok(ClusterDetails {
            representative: self.text_ref(head),
            members: members.collect::<Result<_>>()?,
            unnamed: removals.len().saturating_sub(NAMED_MEMBERS) as u64,
        })
    }

    /// The near-duplicates with the least similarity, least first.
    fn nearest(&self) -> Vec<Removal> {
        let near = self.removals.iter().filter(|removal| removal.relation == Relation::Near);
        nearest(near, |removal| (removal.similarity, removal.document))
    }

    fn near_decision(
        &self,
        removal: &Removal,
        tokenizer: &Tokenizer,
        [kept, removed]: &mut [TextScratch; 2],
    ) -> Result<NearDecision> {
        let kept_text = self.text(removal.by, kept)?;
        let difference = difference(tokenizer, kept_text, self.text(removal.document, removed)?);
        Ok(NearDecision {
            title: label(kept_text, TITLE_CHARACTERS),
            kept: self.text_ref(removal.by),
            member: Member { difference: Some(difference), ..self.member(removal) },
        })
    }

    fn member(&self, removal: &Removal) -> Member {
        let text = self.text_ref(removal.document);
        Member { text, similarity: removal.similarity, relation: removal.relation.name(), difference: None }
    }

    fn timeline(&self, clusters: &[Cluster<'_>], ranked: &[usize]) -> Vec<TimelineRow> {
        timeline(ranked.iter().map(|&index| {
            let members = clusters[index].removals.iter().map(|removal| removal.document);
            members.chain([clusters[index].representative]).filter_map(|document| self.date(document))
        }))
    }

    /// The most frequent paragraphs.
    fn repeated(&self, repeated: &[RepeatedParagraph]) -> Result<Repeated> {
        let mut ranked: Vec<&RepeatedParagraph> = repeated.iter().collect();
        ranked.sort_by_key(|paragraph| std::cmp::Reverse(paragraph.count));
        ranked.truncate(PARAGRAPHS);
        let shown = in_parallel(&ranked, |paragraph, scratch| {
            let text = self.text(paragraph.document, &mut scratch[0])?;
            Ok(Paragraph {
                text: label(text.get(paragraph.place.clone()).unwrap_or_default(), PARAGRAPH_CHARACTERS),
                count: paragraph.count,
                documents: paragraph.documents,
                removed: paragraph.removed,
            })
        })?;
        Ok(Repeated { total: repeated.len() as u64, shown })
    }

    fn tiles(&self) -> Vec<Tile> {
        let counts = self.summary.documents;
        let tile = |label, value, note| Tile { label, value: grouped(value), note };
        let files = volume(self.corpus, self.summary.bytes);
        let largest = format!("the largest of {} documents", grouped(self.summary.largest_cluster));
        let share = |part, of| format!("{} {of}", percent(part, counts.read));
        let mut tiles = vec![
            tile("Documents read", counts.read, files),
            tile("Kept", counts.kept, share(counts.kept, "of all")),
            tile("Removed", counts.removed, share(counts.removed, "of all")),
            tile("Exact copies", counts.removed_exact, share(counts.removed_exact, "of all")),
            tile("Near-duplicates", counts.removed_near, share(counts.removed_near, "of all")),
            tile(
                "Clusters",
                self.summary.clusters,
                if self.summary.clusters > 0 { largest } else { String::new() },
            ),
        ];
        if self.summary.excerpts.is_some() {
            tiles.push(tile("Excerpts", counts.removed_excerpts, share(counts.removed_excerpts, "of all")));
        }
        if let Some(reference) = self.summary.reference {
            let note = format!(
                "repeat {} of the reference's {} records",
                grouped(reference.met),
                grouped(reference.read)
            );
            tiles.push(tile("In the reference", reference.removed, note));
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

    fn parameters(&self) -> Vec<(String, String)> {
        let Summary { parameters, index, .. } = self.summary;
        let yes = |flag| if flag { "yes" } else { "no" }.to_owned();
        let mut named = vec![
            ("threshold", parameters.threshold.to_string()),
            ("recall asked for", parameters.recall.to_string()),
            ("recall predicted", format!("{:.4}", self.summary.predicted_recall)),
            ("shingles", parameters.shingle.clone()),
            ("slots in a signature", parameters.hashes.to_string()),
            ("index", index.kind.to_owned()),
        ];
        if index.bands > 0 {
            named.push(("bands × rows", format!("{} × {}", index.bands, index.rows)));
            named.push(("candidate pairs", grouped(index.candidate_pairs)));
        }
        if let Some(excerpts) = &self.summary.excerpts {
            named.push(("containment of excerpts", excerpts.containment.to_string()));
        }
        named.extend([
            ("documents in crowded buckets", grouped(index.crowded)),
            ("verification", parameters.verify.to_owned()),
            ("digits folded", yes(parameters.fold_digits)),
            ("diacritics folded", yes(parameters.fold_diacritics)),
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
        let fields =
            parameters.fields.iter().map(|(name, path)| (format!("field of the {name}"), path.clone()));
        named.into_iter().map(|(name, value)| (name.to_owned(), value)).chain(fields).collect()
    }

    fn text<'s>(&'s self, document: DocumentId, scratch: &'s mut TextScratch) -> Result<&'s str> {
        self.corpus.text(self.records.locate(document), scratch)
    }

    fn text_ref(&self, document: DocumentId) -> TextRef {
        TextRef {
            id: self.id(document),
            source: self.source(document).map(|source| label(&source, SOURCE_CHARACTERS)),
            date: self.date(document).map(date_name),
        }
    }

    fn id(&self, document: DocumentId) -> String {
        label(&self.corpus.id(self.records.locate(document)), ID_CHARACTERS)
    }

    fn source(&self, document: DocumentId) -> Option<String> {
        told(self.corpus.source_field(self.records.locate(document)))
    }

    fn date(&self, document: DocumentId) -> Option<i64> {
        parse_date(&told(self.corpus.date_field(self.records.locate(document)))?)
    }
}

/// A field's value, if it says anything.
fn told(value: Option<String>) -> Option<String> {
    value.filter(|value| value != "null" && !value.is_empty())
}

/// How much was read.
pub(super) fn volume(corpus: &Corpus, bytes: u64) -> String {
    let files = corpus.inputs().len() as u64;
    let volume = match bytes {
        bytes @ ..100_000 => format!("{:.1} kB", bytes as f64 / 1e3),
        bytes => format!("{:.1} MB", bytes as f64 / 1e6),
    };
    format!("{} {}, {volume}", grouped(files), if files == 1 { "file" } else { "files" })
}

/// What was read, in a line.
pub(super) fn inputs(corpus: &Corpus) -> String {
    let sources = corpus.inputs();
    let names: Vec<&str> = sources.iter().take(NAMED_INPUTS).map(Source::name).collect();
    match sources.len().saturating_sub(NAMED_INPUTS) {
        0 => names.join(", "),
        1 => format!("{} and 1 file more", names.join(", ")),
        more => format!("{} and {} files more", names.join(", "), grouped(more as u64)),
    }
}

/// Of decisions with a measure, those where it is least, least first; documents tell those apart where it is the same.
pub(super) fn nearest<'a, T: Copy + 'a>(
    decisions: impl Iterator<Item = &'a T>,
    measure: impl Fn(&T) -> (f64, DocumentId),
) -> Vec<T> {
    let mut near: Vec<&T> = decisions.collect();
    let order = |a: &&T, b: &&T| {
        let ((a, first), (b, second)) = (measure(a), measure(b));
        a.total_cmp(&b).then(first.cmp(&second))
    };
    if near.len() > NEAREST_DECISIONS {
        near.select_nth_unstable_by(NEAREST_DECISIONS, order);
        near.truncate(NEAREST_DECISIONS);
    }
    near.sort_unstable_by(order);
    near.into_iter().copied().collect()
}

/// The rows of groups with a date, given the dates in each group, the largest first.
pub(super) fn timeline(groups: impl Iterator<Item = impl Iterator<Item = i64>>) -> Vec<TimelineRow> {
    let rows = groups.take(DETAILED_CLUSTERS).zip(1..).filter_map(|(dates, number)| {
        let mut row = TimelineRow::new(number);
        dates.for_each(|date| row.add(date));
        (!row.is_empty()).then_some(row)
    });
    rows.take(TIMELINE_ROWS).collect()
}

/// Writes `report.html`.
pub(super) fn write(page: &Report, output: &OutputDirectory) -> Result<()> {
    let mut file = output.create("report.html")?;
    let failure = file.failure();
    page.write(&mut file).map_err(failure)?;
    file.finish()
}

/// The S-curve of an index; none if it misses nothing.
pub(super) fn curve(matching: &Matching) -> Result<Option<Curve>> {
    let index = matching.index()?;
    if index == Index::Exact {
        return Ok(None);
    }
    let point = |step: u32| {
        let similarity = f64::from(step) / f64::from(CURVE_POINTS);
        (similarity, index.recall(similarity))
    };
    let threshold = matching.threshold.get();
    let points = (0..=CURVE_POINTS).map(point).collect();
    Ok(Some(Curve { points, threshold, recall: index.recall(threshold) }))
}

/// Maps in parallel, in order, with memory for reading two texts.
pub(super) fn in_parallel<T: Sync, R: Send>(
    items: &[T],
    map: impl Fn(&T, &mut [TextScratch; 2]) -> Result<R> + Sync,
) -> Result<Vec<R>> {
    items.par_iter().map_init(Default::default, |scratch, item| map(item, scratch)).collect()
}
