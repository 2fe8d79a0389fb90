//! A run over one corpus.

use super::candidates::{self, Ranking};
use super::cohesion::Cohesion;
use super::credited::credited;
use super::judge::{Judge, StoryVerdict};
use super::linking::Linking;
use super::nodes::Nodes;
use super::options::Stories;
use super::summary::{StoryFigures, summary};
use super::tell::Telling;
use super::texts::{StoryTexts, without_credits};
use super::window::Window;
use crate::corpus::{Corpus, Rejected};
use crate::document::DocumentId;
use crate::documents::{Documents, RecordStore};
use crate::engine::bounded::Storage;
use crate::engine::decide::Folded;
use crate::engine::ingest::{Figure, GatheredColumns, Ingested, Keep};
use crate::engine::observer::{Observer, Progress, Stage};
use crate::engine::plan::{Comparing, Matching, Plan, Strictness};
use crate::engine::runs::Wanted;
use crate::error::{Error, Result};
use crate::interrupt::Interrupt;
use crate::output::{OutputDirectory, Stopwatch, StorySummary, StoryTables, Tables, Timing};
use crate::reuse::align::Aligner;
use crate::reuse::containment::{Sampler, Samples, SpilledKeys, SpilledRows};
use crate::reuse::known_shingles::KnownShingles;
use crate::reuse::own;
use crate::reuse::own_samples::OwnSamples;
use crate::reuse::recurrence::Recurrence;
use crate::reuse::relation::Relater;
use crate::reuse::story::{Credited, Provenance, RoundUp, Story};
use crate::shingle::Shingler;
use crate::sketch::Signatures;

/// The stories that were found. Nothing is written yet.
pub struct StoriesOutcome<'a> {
    store: RecordStore<'a>,
    rejected: Vec<Rejected>,
    provenance: Provenance,
    stories: Vec<Story>,
    round_ups: Vec<RoundUp>,
    credited: Credited,
    #[cfg(feature = "report")]
    options: Stories,
    summary: StorySummary,
    stopwatch: Stopwatch,
    storage: Storage,
}

/// Shorter texts are linked as near-duplicates only.
const LEAST_WORDS_CONTAINED: u32 = 50;

/// The figures that tell where and when a document was told.
const PROVENANCE: [Figure<'static>; 2] = [Figure::Date, Figure::Source];

/// Where and when documents were told, from the figures of [`PROVENANCE`].
fn provenance(gathered: &mut GatheredColumns) -> Provenance {
    let mut provenance = Provenance::default();
    let figures = std::mem::take(&mut gathered.figures);
    for (&date, &source) in figures[0].iter().zip(&figures[1]) {
        provenance.push(Figure::date(date), Figure::source(source));
    }
    provenance.name_sources(gathered.take_source_names());
    provenance
}

/// Nodes of stories that are told at a time within a memory limit: each takes some 300 bytes meanwhile.
const TOLD_NODES: usize = 1 << 13;

/// What is known of a corpus before its documents are compared.
struct ReadCorpus<'a> {
    store: RecordStore<'a>,
    rejected: Vec<Rejected>,
    /// Decompressed bytes.
    bytes: u64,
    provenance: Provenance,
    nodes: Nodes,
    signatures: Signatures,
    /// Number of units of each document.
    units: Vec<u32>,
}

/// The sampled shingles of all documents.
enum ReadSamples {
    Memory(Samples),
    Files(SpilledRows),
}

impl ReadSamples {
    /// What recurs among them, and which of them do not.
    fn divide<'f>(
        self,
        provenance: &Provenance,
        storage: &'f Storage,
        interrupt: &dyn Interrupt,
    ) -> Result<(KnownShingles, OwnSamples<'f>)> {
        match self {
            Self::Files(samples) => {
                let files = storage.excerpt_files(provenance.len());
                let files = files.expect("samples are in work files only where the rest is");
                OwnSamples::in_files(&samples, provenance, files, interrupt)
            }
            Self::Memory(samples) => {
                let recurrence = Recurrence::new(&samples, provenance);
                let samples = OwnSamples::in_memory(samples, &recurrence);
                Ok((KnownShingles::Memory(recurrence), samples))
            }
        }
    }
}

impl Stories {
    fn judge<'a>(
        &'a self,
        read: &'a ReadCorpus<'_>,
        recurrence: &'a KnownShingles,
        (shingler, relater, sampler): (&'a Shingler, &'a Relater, &'a Sampler),
    ) -> Judge<'a> {
        let ReadCorpus { nodes, provenance, units, store, .. } = read;
        let texts = StoryTexts { documents: Documents::new(store), credits: self.strip_credits.as_ref() };
        let (window, threshold, containment) = (self.window, self.matching.threshold, self.containment);
        let least_units = LEAST_WORDS_CONTAINED;
        Judge {
            texts,
            nodes,
            shingler,
            relater,
            provenance,
            window,
            recurrence,
            sampler,
            units,
            threshold,
            containment,
            least_units,
        }
    }

    /// What two documents of a corpus are to one another as stories see it: whether they are linked, and why.
    ///
    /// # Errors
    /// As [`tell`](Self::tell), and [`Error::UnknownId`] or [`Error::UnknownRecord`] if there is no such document.
    pub fn verdict(
        &self,
        corpus: &Corpus,
        wanted: [Wanted<'_>; 2],
        observer: &dyn Observer,
    ) -> Result<StoryVerdict> {
        let plan = Plan::new(self.matching, Comparing::All, &[], observer)?;
        let (sampler, relater) = (self.sampler()?, self.relater());
        let mut storage = Storage::in_memory();
        let (read, samples) = self.read(corpus, &plan, &sampler, &mut storage)?;
        let (recurrence, _) = samples.divide(&read.provenance, &storage, &observer)?;
        let judge = self.judge(&read, &recurrence, (&plan.shingler, &relater, &sampler));
        let node = |wanted: Wanted<'_>| Ok::<_, Error>(read.nodes.node_of(wanted.find(&read.store)?));
        let [Some(a), Some(b)] = [node(wanted[0])?, node(wanted[1])?] else {
            return Ok(StoryVerdict { is_linked: false, reason: "a text has no words".to_owned() });
        };
        judge.verdict(a, b)
    }

    /// Reads `corpus` and finds its stories.
    ///
    /// Memory: some 300 bytes a document with the default signatures, 16 for each sample, which half of all shingles are,
    /// and 8 to 12 a candidate pair; or what the limit says.
    ///
    /// # Errors
    /// [`Error::Parameter`] if the parameters do not fit together, or a window is asked for and documents have no date;
    /// [`Error::Strict`] if a record was rejected and none may be; [`Error::NothingUsable`] if there is no document;
    /// [`Error::Io`] and [`Error::Damaged`] if a file cannot be read; [`Error::InputChanged`] if one changed meanwhile;
    /// [`Error::MemoryTooSmall`] if the limit is too low for so many documents; [`Error::Interrupted`] if the observer asks
    /// for it.
    pub fn tell<'a>(&self, corpus: &'a Corpus, observer: &dyn Observer) -> Result<StoriesOutcome<'a>> {
        corpus.unchanged(self.find(corpus, observer))
    }

    fn sampler(&self) -> Result<Sampler> {
        own::sampler(self.matching.recall, self.matching.text.shingling)
    }

    fn check_window(&self, corpus: &Corpus) -> Result<()> {
        if self.window.is_some_and(|window| window != Window::default()) && corpus.fields().date.is_none() {
            return Err(Error::Parameter {
                name: "date-field",
                value: "not given, and none of the usual names is in the first record".to_owned(),
                expected: "named, since a window needs it",
            });
        }
        Ok(())
    }

    /// Reads a corpus and folds its copies.
    fn read<'a>(
        &self,
        corpus: &'a Corpus,
        plan: &Plan<'_>,
        sampler: &Sampler,
        storage: &mut Storage,
    ) -> Result<(ReadCorpus<'a>, ReadSamples)> {
        let credits = self.strip_credits.as_ref();
        let keep = Keep { figures: PROVENANCE.to_vec(), samples: Some(sampler), ..Keep::default() };
        let Ingested { found, mut gathered } =
            storage.ingest(corpus, plan, keep, |text| without_credits(text, credits))?;
        if self.strictness == Strictness::Strict {
            found.check_none_rejected(corpus)?;
        }
        found.check_usable(corpus, plan.observer)?;
        let provenance = provenance(&mut gathered);
        let GatheredColumns { sketches, samples, spilled, .. } = gathered;
        let samples = match spilled {
            Some(SpilledKeys { samples, .. }) => ReadSamples::Files(samples),
            None => ReadSamples::Memory(samples),
        };
        let units = sketches.units.clone();
        let order = provenance.in_order_of_time();
        let (folded, signatures) =
            Folded::new(sketches, &order, None, storage.fold_parts(found.records.len()))?;
        let read = ReadCorpus {
            store: RecordStore::new(corpus, found.records).spilling_to(storage.spill_directory()),
            rejected: found.rejected,
            bytes: found.bytes,
            nodes: Nodes::new(&folded, &order),
            provenance,
            signatures,
            units,
        };
        Ok((read, samples))
    }

    fn relater(&self) -> Relater {
        let Matching { text, threshold, .. } = &self.matching;
        let credits = self.strip_credits.clone().unwrap_or_default();
        Relater::new(text, *threshold, self.containment, Aligner::default(), credits)
    }

    fn find<'a>(&self, corpus: &'a Corpus, observer: &dyn Observer) -> Result<StoriesOutcome<'a>> {
        let mut stopwatch = Stopwatch::start();
        let plan = Plan::new(self.matching, Comparing::All, &[], observer)?;
        let (sampler, relater) = (self.sampler()?, self.relater());
        self.check_window(corpus)?;
        let mut storage = Storage::of_stories(self.out_of_core.as_ref())?;
        let (read, samples) = self.read(corpus, &plan, &sampler, &mut storage)?;
        stopwatch.lap(Stage::Read.name());
        let ReadCorpus { nodes, provenance, units, .. } = &read;
        let texts =
            StoryTexts { documents: Documents::new(&read.store), credits: self.strip_credits.as_ref() };
        let ranking = Ranking { signatures: &read.signatures, nodes, units };
        let (near_pairs, near) = candidates::near(&ranking, &plan, texts, &mut storage)?;
        let (recurrence, samples) = samples.divide(provenance, &storage, &observer)?;
        stopwatch.lap(Stage::Candidates.name());
        let judge = self.judge(&read, &recurrence, (&plan.shingler, &relater, &sampler));
        let progress = Progress::begin(observer, Stage::Link, 0);
        let lists = storage.lists(provenance.len());
        let mut linking = Linking::new(nodes, provenance, self.window, lists)?;
        linking.link(near_pairs, &judge, &progress)?;
        let told = (provenance, self.window);
        let (contained_pairs, contained) =
            candidates::contained(&ranking, &samples, &sampler, &mut linking, told, lists, &progress)?;
        linking.link(contained_pairs, &judge, &progress)?;
        let cohesion = Cohesion { nodes, provenance, samples: &samples };
        let round_ups = cohesion.separate(&mut linking)?;
        linking.end()?;
        let tally = linking.tally;
        let most_nodes = if self.out_of_core.is_some() { TOLD_NODES } else { usize::MAX };
        let telling = Telling { nodes, provenance, judge: &judge, samples: &samples, most_nodes };
        let (stories, round_ups) = telling.stories(linking, round_ups, lists, &progress)?;
        let credited = credited(judge.texts.documents, &stories, &round_ups, self.strip_credits.as_ref())?;
        stopwatch.lap(Stage::Link.name());
        let figures = StoryFigures {
            provenance,
            units,
            rejected: read.rejected.len() as u64,
            bytes: read.bytes,
            sampler: &sampler,
            near,
            contained,
            tally,
        };
        let summary = summary(self, corpus, &plan, &stories, &round_ups, &figures);
        summary.check()?;
        drop(samples);
        Ok(StoriesOutcome {
            store: read.store,
            rejected: read.rejected,
            provenance: read.provenance,
            stories,
            round_ups,
            credited,
            #[cfg(feature = "report")]
            options: self.clone(),
            summary,
            stopwatch,
            storage,
        })
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

    /// The documents that cover several stories and belong to none, in order of time.
    pub fn round_ups(&self) -> &[RoundUp] {
        &self.round_ups
    }

    /// The id of a document.
    pub fn id(&self, document: DocumentId) -> String {
        Documents::new(&self.store).id(document)
    }

    /// Writes `report.html`, a page for a person to look at; it gets its final name with the rest of the output.
    ///
    /// # Errors
    /// [`Error::Io`] and [`Error::Damaged`] if it cannot be written or a text cannot be read again,
    /// [`Error::Interrupted`] if the observer asks for it.
    #[cfg(feature = "report")]
    pub fn write_report(&mut self, output: &OutputDirectory, observer: &dyn Observer) -> Result<()> {
        let run = crate::engine::report::StoriesRun {
            inputs: crate::engine::report::InputFiles::of(self.store.corpus()),
            documents: Documents::new(&self.store),
            provenance: &self.provenance,
            stories: &self.stories,
            credited: &self.credited,
            matching: &self.options.matching,
            containment: self.options.containment,
            summary: &self.summary,
        };
        crate::engine::report::write(&run.report(observer)?, output)?;
        self.stopwatch.lap(Stage::Report.name());
        Ok(())
    }

    /// Writes the tables and gives them their final names.
    ///
    /// # Errors
    /// [`Error::Io`] if something cannot be written, [`Error::InputChanged`] if an input is not what it was; nothing is
    /// left in the directory then.
    pub fn write(mut self, output: OutputDirectory) -> Result<(StorySummary, Timing)> {
        let documents = Documents::new(&self.store);
        let tables = StoryTables {
            documents,
            provenance: &self.provenance,
            stories: &self.stories,
            round_ups: &self.round_ups,
            credited: &self.credited,
        };
        tables.stories(&output)?;
        tables.sources(&output)?;
        tables.flows(&output)?;
        tables.credits(&output)?;
        Tables { store: &self.store }.rejected(&output, &self.rejected)?;
        output.write_json("summary.json", &self.summary)?;
        self.stopwatch.lap(Stage::Write.name());
        let timing = self.stopwatch.finish(self.summary.bytes, rayon::current_num_threads());
        output.write_json("timing.json", &timing)?;
        // The tables read records again.
        self.store.corpus().unchanged(Ok(()))?;
        output.commit()?;
        self.storage.remove()?;
        Ok((self.summary, timing))
    }
}
