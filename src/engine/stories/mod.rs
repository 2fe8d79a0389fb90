//! `stories`: which documents tell the same story, who told it first, and who told it again.
//!
//! Two documents are *linked* if they have the same tokens, or are near-duplicates, or one is largely contained in the
//! other, and what they are to one another ([`Relater`]) is no template; and if, with a window, they lie close enough in
//! time. A story is a component of links. See `linking` for how few comparisons that takes.

mod candidates;
mod forms;
mod judge;
mod linking;
mod nodes;
mod read;
mod tell;
mod window;

use super::dedup::Strictness;
use super::fold::Folded;
use super::matching::{Index, Matching};
use super::observer::{Observer, Progress, Stage};
use super::pass::Found;
use crate::corpus::Corpus;
use crate::document::DocumentId;
use crate::error::{Error, Result};
use crate::output::{
    BoundCounts, OutputDirectory, Stopwatch, StoryDocuments, StoryIndex, StoryParameters, StorySummary,
    StoryTables, Tables, Timing, UnlinkedCounts,
};
use crate::params::{Containment, DiacriticFolding, DigitFolding};
use crate::reuse::align::Aligner;
use crate::reuse::containment::{ContainmentSearch, Sampler};
use crate::reuse::credits::Credits;
use crate::reuse::relation::Relater;
use crate::reuse::story::{Provenance, Story};
use crate::shingle::Shingler;
use candidates::{Contained, Near, Ranking};
use judge::Judge;
use linking::{Linking, Tally};
use nodes::Nodes;
use read::{Read, Reader, Texts};
use tell::Telling;
pub use window::Window;

/// A run over one corpus.
#[derive(Clone, Debug, Default)]
pub struct Stories {
    /// What near-duplicates are.
    pub matching: Matching,
    /// The least share of the smaller document's shingles in the larger for an excerpt or an expansion.
    pub containment: Containment,
    /// How close in time linked documents must lie; none if time does not matter.
    pub window: Option<Window>,
    /// Left out of every text before it is compared.
    pub strip_credits: Option<Credits>,
    /// What to do about bad records.
    pub strictness: Strictness,
}

/// The stories that were found. Nothing is written yet.
pub struct StoriesOutcome<'a> {
    corpus: &'a Corpus,
    found: Found,
    provenance: Provenance,
    stories: Vec<Story>,
    #[cfg(feature = "report")]
    options: Stories,
    summary: StorySummary,
    stopwatch: Stopwatch,
}

/// What is found out beside the stories.
struct Figures {
    near: Near,
    near_pairs: u64,
    contained: Contained,
    contained_pairs: u64,
    tally: Tally,
}

impl Stories {
    /// Reads `corpus` and finds its stories.
    ///
    /// Memory: some 300 bytes a document with the default signatures, and 8 to 12 a candidate pair.
    ///
    /// # Errors
    /// [`Error::Parameter`] if the parameters do not fit together, or a window is asked for and documents have no date;
    /// [`Error::Strict`] if a record was rejected and none may be; [`Error::Io`] and [`Error::Damaged`] if a file
    /// cannot be read; [`Error::Interrupted`] if the observer asks for it.
    pub fn tell<'a>(&self, corpus: &'a Corpus, observer: &dyn Observer) -> Result<StoriesOutcome<'a>> {
        let mut stopwatch = Stopwatch::start();
        let Matching { text, slots, recall, .. } = self.matching;
        let index = self.matching.index()?;
        let search = ContainmentSearch { containment: self.containment, recall, ..Default::default() };
        let sampler = Sampler::new(search, text.shingling)?;
        if self.window.is_some() && corpus.fields().date.is_none() {
            return Err(Error::Parameter {
                name: "date-field",
                value: "not given, and none of the usual names is in the first record".to_owned(),
                expected: "named, since --window needs it",
            });
        }
        let (shingler, credits) = (Shingler::new(&text), self.strip_credits.as_ref());
        let reader = Reader { corpus, shingler: &shingler, sampler: &sampler, slots, credits };
        let Read { found, sketches, samples, provenance } = reader.read(observer)?;
        if self.strictness == Strictness::Strict {
            found.check_none_rejected(corpus)?;
        }
        stopwatch.lap(Stage::Read.name());
        let units = sketches.units.clone();
        let order = provenance.in_order_of_time();
        let (folded, signatures) = Folded::new(sketches, &order, None, 1)?;
        let nodes = Nodes::new(&folded, &order, &provenance, self.window);
        drop((folded, order));
        let texts = Texts { corpus, records: &found.records, credits };
        let relater = Relater::new(
            &text,
            self.matching.threshold,
            self.containment,
            Aligner::default(),
            credits.cloned().unwrap_or_default(),
        );
        let judge = Judge {
            texts,
            nodes: &nodes,
            shingler: &shingler,
            relater: &relater,
            units: &units,
            threshold: self.matching.threshold,
            containment: self.containment,
            least_units: search.least_units,
        };
        let progress = Progress::begin(observer, Stage::Candidates, index.steps());
        let ranking = Ranking { signatures: &signatures, nodes: &nodes, units: &units };
        let mut near = candidates::near(&ranking, &self.matching, index, &texts, &shingler)?;
        progress.advance(index.steps())?;
        stopwatch.lap(Stage::Candidates.name());
        let progress = Progress::begin(observer, Stage::Link, 0);
        let near_pairs = near.pairs.len() as u64;
        let mut linking = Linking::new(&nodes, &provenance, self.window);
        linking.link(std::mem::take(&mut near.pairs), &judge, &progress)?;
        let mut contained =
            candidates::contained(&ranking, &samples, &sampler, &mut linking, &provenance, self.window)?;
        drop(samples);
        let contained_pairs = contained.pairs.len() as u64;
        linking.link(std::mem::take(&mut contained.pairs), &judge, &progress)?;
        let tally = linking.tally;
        let telling = Telling { nodes: &nodes, provenance: &provenance, window: self.window, judge: &judge };
        let stories = telling.stories(linking, &progress)?;
        stopwatch.lap(Stage::Link.name());
        let figures = Figures { near, near_pairs, contained, contained_pairs, tally };
        let summary = self.summary(corpus, &found, &provenance, &units, &stories, &figures, &sampler, index);
        summary.check()?;
        Ok(StoriesOutcome {
            corpus,
            found,
            provenance,
            stories,
            #[cfg(feature = "report")]
            options: self.clone(),
            summary,
            stopwatch,
        })
    }

    #[expect(clippy::too_many_arguments, reason = "a summary sums up everything")]
    fn summary(
        &self,
        corpus: &Corpus,
        found: &Found,
        provenance: &Provenance,
        units: &[u32],
        stories: &[Story],
        figures: &Figures,
        sampler: &Sampler,
        index: Index,
    ) -> StorySummary {
        let documents = found.records.len() as u64;
        let in_stories = stories.iter().map(|story| story.members.len() as u64 + 1).sum::<u64>();
        let rejected = found.rejected.len() as u64;
        let all = || (0..documents as u32).map(DocumentId);
        let Figures { near, near_pairs, contained, contained_pairs, tally } = figures;
        let (kind, bands, rows, agreement_floor) = match index {
            Index::Bands { banding, floor } => ("bands", banding.bands().0, banding.rows().0, floor.get()),
            Index::Exact => ("exact", 0, 0, 0),
        };
        StorySummary {
            version: env!("CARGO_PKG_VERSION"),
            documents: StoryDocuments {
                read: documents + rejected,
                in_stories,
                alone: documents - in_stories,
                rejected,
                without_tokens: units.iter().filter(|&&units| units == 0).count() as u64,
                without_date: all().filter(|&document| provenance.date(document).is_none()).count() as u64,
                without_source: all().filter(|&document| provenance.source(document).is_none()).count()
                    as u64,
            },
            stories: documents - in_stories + stories.len() as u64,
            stories_retold: stories.len() as u64,
            largest_story: stories.iter().map(|story| story.members.len() as u64 + 1).max().unwrap_or(0),
            links: stories.iter().flat_map(|s| &s.members).map(|member| member.link.relation).collect(),
            not_linked: UnlinkedCounts {
                templates: tally.templates,
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
            bytes: found.bytes,
            predicted_recall: index.recall(self.matching.threshold.get()),
            index: StoryIndex {
                kind,
                bands,
                rows,
                agreement_floor,
                largest_bucket: near.largest_bucket,
                sampling_rate: sampler.rate(),
                near_candidates: *near_pairs,
                containment_candidates: *contained_pairs,
                compared: tally.compared,
            },
            parameters: self.parameters(corpus, sampler.search().least_units),
        }
    }

    fn parameters(&self, corpus: &Corpus, least_words: u32) -> StoryParameters {
        let Matching { text, threshold, recall, slots, .. } = self.matching;
        let fields = corpus.fields();
        let named = [
            ("text", Some(&fields.text)),
            ("id", fields.id.as_ref()),
            ("source", fields.source.as_ref()),
            ("date", fields.date.as_ref()),
        ];
        StoryParameters {
            threshold: threshold.get(),
            containment: self.containment.get(),
            least_words,
            recall: recall.get(),
            window: self.window.map(|window| window.to_string()),
            strip_credits: self.strip_credits.is_some(),
            hashes: slots.get(),
            shingle: text.shingling.to_string(),
            fold_digits: text.digits == DigitFolding::Fold,
            fold_diacritics: text.diacritics == DiacriticFolding::Fold,
            seed: text.seed.0,
            fields: named.into_iter().filter_map(|(name, path)| Some((name, path?.to_string()))).collect(),
        }
    }
}

impl StoriesOutcome<'_> {
    /// The figures.
    pub fn summary(&self) -> &StorySummary {
        &self.summary
    }

    /// The stories of two or more documents, in order of time of their origins.
    pub fn stories(&self) -> &[Story] {
        &self.stories
    }

    /// The id of a document.
    pub fn id(&self, document: DocumentId) -> String {
        self.corpus.id(self.found.records.locate(document))
    }

    /// Writes `report.html`, a page for a person to look at; it gets its final name with the rest of the output.
    ///
    /// # Errors
    /// [`Error::Io`] and [`Error::Damaged`] if it cannot be written or a text cannot be read again,
    /// [`Error::Interrupted`] if the observer asks for it.
    #[cfg(feature = "report")]
    pub fn write_report(&mut self, output: &OutputDirectory, observer: &dyn Observer) -> Result<()> {
        let run = crate::engine::report::stories::Run {
            corpus: self.corpus,
            records: &self.found.records,
            provenance: &self.provenance,
            stories: &self.stories,
            options: &self.options,
            summary: &self.summary,
        };
        crate::engine::report::write(&run.report(observer)?, output)?;
        self.stopwatch.lap(Stage::Report.name());
        Ok(())
    }

    /// Writes the tables and gives them their final names.
    ///
    /// # Errors
    /// [`Error::Io`] if something cannot be written; nothing is left in the directory then.
    pub fn write(mut self, output: OutputDirectory) -> Result<(StorySummary, Timing)> {
        let tables = StoryTables {
            corpus: self.corpus,
            records: &self.found.records,
            provenance: &self.provenance,
            stories: &self.stories,
        };
        tables.stories(&output)?;
        tables.sources(&output)?;
        tables.flows(&output)?;
        let records = &self.found.records;
        Tables { corpus: self.corpus, records }.rejected(&output, &self.found.rejected)?;
        output.write_json("summary.json", &self.summary)?;
        self.stopwatch.lap(Stage::Write.name());
        let timing = self.stopwatch.finish(self.summary.bytes, rayon::current_num_threads());
        output.write_json("timing.json", &timing)?;
        output.commit()?;
        Ok((self.summary, timing))
    }
}
