//! A run over one corpus.

use super::candidates::{self, Ranking};
use super::cohesion::Cohesion;
use super::judge::{Judge, LEAST_WORDS};
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
use crate::engine::decide::Folded;
use crate::engine::ingest::{Figure, GatheredColumns, Ingested, Keep, Maker, ingest};
use crate::engine::observer::{Observer, Progress, Stage};
use crate::engine::plan::{Comparing, Matching, Plan, Strictness};
use crate::error::{Error, Result};
use crate::output::{OutputDirectory, Stopwatch, StorySummary, StoryTables, Tables, Timing};
use crate::params::Containment;
use crate::reuse::align::Aligner;
use crate::reuse::containment::{ContainmentSearch, Sampler};
use crate::reuse::recurrence::Recurrence;
use crate::reuse::relation::Relater;
use crate::reuse::story::{Provenance, RoundUp, Story};

/// The stories that were found. Nothing is written yet.
pub struct StoriesOutcome<'a> {
    store: RecordStore<'a>,
    rejected: Vec<Rejected>,
    provenance: Provenance,
    stories: Vec<Story>,
    round_ups: Vec<RoundUp>,
    #[cfg(feature = "report")]
    options: Stories,
    summary: StorySummary,
    stopwatch: Stopwatch,
}

/// The least share of the one's own shingles that the other has among its own.
const LEAST_OWN_CONTAINED: f64 = 0.5;

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

impl Stories {
    /// Reads `corpus` and finds its stories.
    ///
    /// Memory: some 300 bytes a document with the default signatures, and 8 to 12 a candidate pair.
    ///
    /// # Errors
    /// [`Error::Parameter`] if the parameters do not fit together, or a window is asked for and documents have no date;
    /// [`Error::Strict`] if a record was rejected and none may be; [`Error::NothingUsable`] if there is no document;
    /// [`Error::Io`] and [`Error::Damaged`] if a file cannot be read; [`Error::InputChanged`] if one changed meanwhile;
    /// [`Error::Interrupted`] if the observer asks for it.
    pub fn tell<'a>(&self, corpus: &'a Corpus, observer: &dyn Observer) -> Result<StoriesOutcome<'a>> {
        corpus.unchanged(self.find(corpus, observer))
    }

    fn sampler(&self) -> Result<Sampler> {
        let Matching { text, recall, .. } = self.matching;
        let width = u32::try_from(text.shingling.width()).unwrap_or(u32::MAX);
        let containment = Containment::new(LEAST_OWN_CONTAINED)?;
        let least_units = LEAST_WORDS.max(width);
        let search = ContainmentSearch { containment, recall, least_units, ..Default::default() };
        Sampler::new(search, text.shingling)
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

    fn find<'a>(&self, corpus: &'a Corpus, observer: &dyn Observer) -> Result<StoriesOutcome<'a>> {
        let mut stopwatch = Stopwatch::start();
        let plan = Plan::new(self.matching, Comparing::All, &[], observer)?;
        let Matching { text, slots, .. } = self.matching;
        let sampler = self.sampler()?;
        self.check_window(corpus)?;
        let credits = self.strip_credits.as_ref();
        let keep = Keep { figures: PROVENANCE.to_vec(), samples: Some(&sampler), ..Keep::default() };
        let maker = Maker::new(&plan.shingler, slots, keep);
        let Ingested { found, mut gathered } =
            ingest(corpus, &maker, |text| without_credits(text, credits), observer)?;
        if self.strictness == Strictness::Strict {
            found.check_none_rejected(corpus)?;
        }
        found.check_usable(corpus, observer)?;
        stopwatch.lap(Stage::Read.name());
        let provenance = provenance(&mut gathered);
        let GatheredColumns { sketches, samples, .. } = gathered;
        let recurrence = Recurrence::new(&samples, &provenance);
        let [own_samples, samples] = recurrence.strip(samples);
        let units = sketches.units.clone();
        let order = provenance.in_order_of_time();
        let (folded, signatures) = Folded::new(sketches, &order, None, 1)?;
        let nodes = Nodes::new(&folded, &order);
        drop((folded, order));
        let store = RecordStore::new(corpus, found.records);
        let texts = StoryTexts { documents: Documents::new(&store), credits };
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
            shingler: &plan.shingler,
            relater: &relater,
            provenance: &provenance,
            window: self.window,
            recurrence: &recurrence,
            sampler: &sampler,
            units: &units,
            threshold: self.matching.threshold,
            containment: self.containment,
            least_units: LEAST_WORDS_CONTAINED,
        };
        let progress = Progress::begin(observer, Stage::Candidates, plan.index.steps());
        let ranking = Ranking { signatures: &signatures, nodes: &nodes, units: &units };
        let mut near = candidates::near(&ranking, &plan, texts, &progress)?;
        progress.advance(plan.index.steps())?;
        stopwatch.lap(Stage::Candidates.name());
        let progress = Progress::begin(observer, Stage::Link, 0);
        let near_pairs = near.pairs.len() as u64;
        let mut linking = Linking::new(&nodes, &provenance, self.window);
        linking.link(std::mem::take(&mut near.pairs), &judge, &progress)?;
        let mut contained = candidates::contained(
            &ranking,
            &own_samples,
            &sampler,
            &mut linking,
            &provenance,
            self.window,
            &progress,
        )?;
        drop(own_samples);
        let contained_pairs = contained.pairs.len() as u64;
        linking.link(std::mem::take(&mut contained.pairs), &judge, &progress)?;
        let cohesion = Cohesion { nodes: &nodes, provenance: &provenance, samples: &samples };
        let round_ups = cohesion.separate(&mut linking);
        let tally = linking.tally;
        let telling = Telling { nodes: &nodes, provenance: &provenance, judge: &judge, samples: &samples };
        let (stories, round_ups) = telling.stories(linking, round_ups, &progress)?;
        stopwatch.lap(Stage::Link.name());
        let figures = StoryFigures {
            provenance: &provenance,
            units: &units,
            rejected: found.rejected.len() as u64,
            bytes: found.bytes,
            sampler: &sampler,
            near,
            near_pairs,
            contained,
            contained_pairs,
            tally,
        };
        let summary = summary(self, corpus, &plan, &stories, &round_ups, &figures);
        summary.check()?;
        Ok(StoriesOutcome {
            store,
            rejected: found.rejected,
            provenance,
            stories,
            round_ups,
            #[cfg(feature = "report")]
            options: self.clone(),
            summary,
            stopwatch,
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
        };
        tables.stories(&output)?;
        tables.sources(&output)?;
        tables.flows(&output)?;
        Tables { store: &self.store }.rejected(&output, &self.rejected)?;
        output.write_json("summary.json", &self.summary)?;
        self.stopwatch.lap(Stage::Write.name());
        let timing = self.stopwatch.finish(self.summary.bytes, rayon::current_num_threads());
        output.write_json("timing.json", &timing)?;
        // The tables read records again.
        self.store.corpus().unchanged(Ok(()))?;
        output.commit()?;
        Ok((self.summary, timing))
    }
}
