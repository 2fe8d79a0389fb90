//! `dedup` and `scan`: corpus in, decisions out.

use std::io::Write;
use std::path::Path;

use super::losses::source_losses;
use super::options::Dedup;
use super::rules::{RunRules, Settled};
use super::safety::{SafetyCheck, SafetyStops, source_of};
use super::summary::{ReadCounts, summary};
use crate::corpus::{Corpus, Rejected};
use crate::documents::{DocumentStore, Documents, RecordStore};
use crate::engine::bounded::Storage;
use crate::engine::decide::SearchedItems;
use crate::engine::ingest::{Ingested, as_it_is};
use crate::engine::observer::{Observer, Progress, Stage};
use crate::engine::paragraphs::ParagraphMode;
use crate::engine::plan::{Comparing, Representatives, Strictness};
use crate::error::{Error, Result};
use crate::hash;
use crate::interrupt::Interrupt;
use crate::output::{
    CleanSink, Cuts, DocumentCounts, HeldItem, Ids, Mode, OutputDirectory, Records, RepeatedParagraph,
    ShortenedDocument, Stopwatch, Summary, Tables, Timing, UnsearchedItem, write_clean,
};
use crate::params::Seed;
use crate::select::{PriorityKey, Removal, Removals};

/// What a run decided. Nothing is written yet.
pub struct Outcome<'a> {
    store: RecordStore<'a>,
    rejected: Vec<Rejected>,
    removals: Removals,
    cuts: Cuts,
    /// What repeats in the kept documents, if it was looked for.
    paragraphs: Option<Vec<RepeatedParagraph>>,
    /// Records of the reference that documents hold, and those that were not searched for, if they were looked for.
    items: Option<(Vec<HeldItem>, Vec<UnsearchedItem>)>,
    /// Of which documents little is left, if paragraphs are removed.
    shortened: Option<Vec<ShortenedDocument>>,
    summary: Summary,
    stopwatch: Stopwatch,
    storage: Storage,
    /// Everything that was asked for.
    run: Dedup,
}

/// What of a run is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// Records and tables.
    Records,
    /// Tables alone.
    Tables,
}

impl Dedup {
    /// Reads `corpus` and decides every document.
    ///
    /// # Errors
    /// [`Error::Parameter`] if the parameters do not fit together or the corpus lacks a field that they need;
    /// [`Error::Strict`] if a record was rejected and none may be; [`Error::NothingUsable`] if there is no document;
    /// [`Error::Io`] and [`Error::Damaged`] if a file cannot be read; [`Error::InputChanged`] if one changed meanwhile;
    /// [`Error::Interrupted`] if the observer asks for it.
    pub fn decide<'a>(&self, corpus: &'a Corpus, observer: &dyn Observer) -> Result<Outcome<'a>> {
        corpus.unchanged(self.decisions(corpus, observer))
    }

    fn decisions<'a>(&self, corpus: &'a Corpus, observer: &dyn Observer) -> Result<Outcome<'a>> {
        let mut stopwatch = Stopwatch::start();
        let plan = self.plan(observer)?;
        self.check_mode(corpus)?;
        self.check_fields(corpus)?;
        self.check_items(corpus)?;
        let rules = RunRules::new(self, &plan)?;
        let mut storage = Storage::open(self.out_of_core.as_ref(), corpus, &plan, rules.sampler())?;
        let items = match rules.item_shingler()? {
            Some(shingler) => {
                let items = storage.items(corpus, shingler, observer)?;
                stopwatch.lap(Stage::References.name());
                Some(items)
            }
            None => None,
        };
        let Ingested { found, mut gathered } =
            storage.ingest(corpus, &plan, rules.keep(items.as_ref()), as_it_is)?;
        if self.strictness == Strictness::Strict {
            found.check_none_rejected(corpus)?;
        }
        found.check_usable(corpus, observer)?;
        stopwatch.lap(Stage::Read.name());
        let store = RecordStore::new(corpus, found.records).spilling_to(storage.spill_directory());
        let of_references = found.rejected.iter().filter(|rejected| corpus.is_reference(rejected.source));
        let read = ReadCounts {
            documents: store.count(),
            inputs: store.inputs(),
            references: corpus.references().len() as u64,
            rejected: found.rejected.len() as u64,
            rejected_references: of_references.count() as u64,
            bytes: found.bytes,
        };
        let searched =
            items.as_ref().map(|table| SearchedItems { table, met: gathered.take_met(read.inputs) });
        let settled =
            rules.settle(Documents::new(&store), gathered, searched, &mut storage, &mut stopwatch)?;
        let Settled { removals, cuts, paragraphs, shortened, items, .. } = settled;
        let source_of = |document| Some(source_of(&store, document));
        let losses = source_losses(read.inputs, &removals.removed, source_of, &observer)?;
        let summary = summary(&plan, Some(corpus), read, (&removals, losses), settled.figures);
        summary.documents.check()?;
        Ok(Outcome {
            store,
            rejected: found.rejected,
            removals,
            cuts,
            paragraphs,
            items,
            shortened,
            summary,
            stopwatch,
            storage,
            run: self.clone(),
        })
    }

    /// Whether there is nothing left to do, since an earlier run that is to be gone on with was killed when its output stood
    /// at `output`. A commit that was cut off is finished.
    ///
    /// # Errors
    /// [`Error::WorkDamaged`] if its work is not what it was; [`Error::OutputInUse`] if a run is writing there;
    /// [`Error::Io`] if a file cannot be moved or read.
    pub fn is_done(&self, output: &Path, written: Written) -> Result<bool> {
        self.out_of_core
            .as_ref()
            .map_or(Ok(false), |bounded| bounded.output_stands(output, self.asked(written)))
    }

    /// Removes the work files of an earlier run that [is done](Self::is_done).
    ///
    /// # Errors
    /// [`Error::WorkMismatch`] if its parameters or inputs were other ones; [`Error::Parameter`] if the parameters do not
    /// fit together; [`Error::Io`] if the files cannot be removed.
    pub fn end(&self, corpus: &Corpus, observer: &dyn Observer) -> Result<()> {
        let plan = self.plan(observer)?;
        let rules = RunRules::new(self, &plan)?;
        Storage::open(self.out_of_core.as_ref(), corpus, &plan, rules.sampler())?.remove()
    }

    /// A hash of all that is asked for, but for where and within how much memory.
    fn asked(&self, written: Written) -> u64 {
        let asked = format!("{:?} {written:?}", Self { out_of_core: None, ..self.clone() });
        hash::bytes64(asked.as_bytes(), Seed(0))
    }

    /// Only a corpus without what is removed can be without paragraphs.
    fn check_mode(&self, corpus: &Corpus) -> Result<()> {
        if self.mode != Mode::Remove && self.paragraphs.mode == ParagraphMode::Remove {
            let expected = "report or off in the modes annotate and list, which cut nothing";
            return Err(Error::parameter("paragraphs", "remove", expected));
        }
        self.mode.check(corpus)
    }

    /// Records that are searched for inside documents have to be somewhere.
    fn check_items(&self, corpus: &Corpus) -> Result<()> {
        if self.matching.items.is_some() && corpus.references().is_empty() {
            let expected = "given with against, which names the records to be found inside documents";
            return Err(Error::parameter("contained", "given without a reference", expected));
        }
        Ok(())
    }

    /// Keys that look at a field need to know which.
    fn check_fields(&self, corpus: &Corpus) -> Result<()> {
        let lacking_for = |flag: &'static str, expected| Error::Parameter {
            name: flag,
            value: "not given, and none of the usual names is in the first record".to_owned(),
            expected,
        };
        let lacking = |flag| lacking_for(flag, "named, since a priority key needs it");
        let needed = match (self.comparing, self.representatives) {
            (Comparing::AcrossSources, _) => Some("named, since cross-source-only asks for it"),
            (Comparing::WithinSources, _) => Some("named, since within-source-only asks for it"),
            (Comparing::All, Representatives::PerSource(_)) => Some("named, since per-source asks for it"),
            (Comparing::All, _) => None,
        };
        if let Some(expected) = needed.filter(|_| corpus.fields().source.is_none()) {
            return Err(lacking_for("source-field", expected));
        }
        for key in &self.priority {
            match key {
                PriorityKey::Earliest | PriorityKey::Latest if corpus.fields().date.is_none() => {
                    return Err(lacking("date-field"));
                }
                PriorityKey::Source(_) if corpus.fields().source.is_none() => {
                    return Err(lacking("source-field"));
                }
                _ => {}
            }
        }
        Ok(())
    }
}

impl Outcome<'_> {
    /// The figures.
    pub fn summary(&self) -> &Summary {
        &self.summary
    }

    /// What is removed, in corpus order.
    pub fn removals(&self) -> &[Removal] {
        &self.removals.removed
    }

    /// Documents that repeat another, named as in a removal, and stay on account of their source, in corpus order.
    pub fn spared(&self) -> &[Removal] {
        &self.removals.spared
    }

    /// Which documents hold which records of the reference, by document, the one that it is removed for first; none where
    /// these were not searched for inside documents.
    pub fn held_items(&self) -> &[HeldItem] {
        self.items.as_ref().map_or(&[], |(held, _)| held)
    }

    /// Checks the limits whose passing should end the run before it writes.
    ///
    /// # Errors
    /// [`Error::TooManyRejected`], [`Error::TooManyRemoved`], [`Error::TooLargeCluster`] and [`Error::TooManyRemovedFromSource`] for the limit
    /// that was passed, with examples; [`Error::Io`] if their texts cannot be read again.
    pub fn check(&self, stops: &SafetyStops) -> Result<()> {
        SafetyCheck { store: &self.store, removals: &self.removals, rejected: &self.rejected }.check(stops)
    }

    /// Writes `report.html`, a page for a person to look at; it gets its final name with the rest of the output.
    ///
    /// # Errors
    /// [`Error::Io`] and [`Error::Damaged`] if it cannot be written or a text cannot be read again,
    /// [`Error::Interrupted`] if the observer asks for it.
    #[cfg(feature = "report")]
    pub fn write_report(&mut self, output: &OutputDirectory, observer: &dyn Observer) -> Result<()> {
        let run = crate::engine::report::DedupRun {
            inputs: crate::engine::report::InputFiles::of(self.store.corpus()),
            documents: Documents::new(&self.store),
            removals: &self.removals,
            paragraphs: self.paragraphs.as_deref(),
            summary: &self.summary,
            matching: &self.run.matching,
        };
        crate::engine::report::write(&run.report(observer)?, output)?;
        self.stopwatch.lap(Stage::Report.name());
        Ok(())
    }

    /// Writes what the mode makes of the corpus, and the tables, and gives them their final names.
    ///
    /// # Errors
    /// [`Error::Io`] if something cannot be written, [`Error::InputChanged`] if an input is not what was judged,
    /// [`Error::Interrupted`] if the observer asks for it; nothing is left in the directory then.
    pub fn write(self, output: OutputDirectory, observer: &dyn Observer) -> Result<(Summary, Timing)> {
        match self.run.mode {
            Mode::Remove | Mode::Annotate => {
                self.write_records(&mut CleanSink::Directory(&output), observer)?;
            }
            Mode::List => {
                let [kept, removed] = self.ids().write(&output)?;
                self.summary.documents.check_written(kept, removed)?;
            }
        }
        self.write_rest(output, Written::Records, &observer)
    }

    /// Writes the tables only, without a clean corpus.
    ///
    /// # Errors
    /// As [`Outcome::write`].
    pub fn write_tables(self, output: OutputDirectory) -> Result<(Summary, Timing)> {
        self.write_rest(output, Written::Tables, &())
    }

    /// Writes the tables, and gives everything its final name.
    fn write_rest(
        mut self,
        output: OutputDirectory,
        written: Written,
        interrupt: &dyn Interrupt,
    ) -> Result<(Summary, Timing)> {
        let corpus = self.store.corpus();
        let tables = Tables { store: &self.store };
        tables.removed(&output, &self.removals, self.held_items())?;
        interrupt.check()?;
        if let Some((held, unsearched)) = &self.items {
            tables.contained(&output, held)?;
            tables.unsearched(&output, unsearched)?;
            interrupt.check()?;
        }
        tables.clusters(&output, &self.removals)?;
        tables.rejected(&output, &self.rejected)?;
        interrupt.check()?;
        if let Some(paragraphs) = &self.paragraphs {
            tables.paragraphs(&output, paragraphs)?;
        }
        if let Some(shortened) = &self.shortened {
            tables.shortened(&output, shortened)?;
        }
        output.write_json("summary.json", &self.summary)?;
        self.stopwatch.lap(Stage::Write.name());
        let mut storage = std::mem::replace(&mut self.storage, Storage::in_memory());
        let asked = self.run.asked(written);
        let (summary, timing) = self.finish();
        output.write_json("timing.json", &timing)?;
        // The tables read records again.
        corpus.unchanged(Ok(()))?;
        // A commit is not given up.
        interrupt.check()?;
        storage.mark_output(&output, asked)?;
        output.commit()?;
        storage.remove()?;
        Ok((summary, timing))
    }

    /// Writes the kept records to one stream, packed as they were, one source after the other; all records, annotated,
    /// or the ids of the kept ones, if that is the mode.
    ///
    /// # Errors
    /// [`Error::Io`] if the stream does not take them, [`Error::InputChanged`] if an input is not what was judged, of
    /// which some may be written already, [`Error::Interrupted`] if the observer asks for it.
    pub fn write_stream(&self, stream: &mut dyn Write, observer: &dyn Observer) -> Result<()> {
        let written = match self.run.mode {
            Mode::Remove | Mode::Annotate => self.write_records(&mut CleanSink::Stream(stream), observer),
            Mode::List => {
                let listed = self.ids().lines(true, &mut |lines| {
                    stream.write_all(lines).map_err(Error::io("standard output".as_ref(), "write it"))
                });
                let check = |kept| self.summary.documents.check_written(kept, self.summary.documents.removed);
                self.store.corpus().or_change(listed).and_then(check)
            }
        };
        self.store.corpus().unchanged(written)
    }

    /// Ends the run without writing a file.
    pub fn finish(self) -> (Summary, Timing) {
        let timing = self.stopwatch.finish(self.summary.bytes, rayon::current_num_threads());
        (self.summary, timing)
    }

    fn ids(&self) -> Ids<'_> {
        Ids { documents: Documents::new(&self.store), removals: self.removals() }
    }

    fn write_records(&self, sink: &mut CleanSink<'_>, observer: &dyn Observer) -> Result<()> {
        let progress = Progress::begin(observer, Stage::Write, self.summary.documents.kept);
        let advance = |documents| progress.advance(documents);
        let DocumentCounts { removed, .. } = self.summary.documents;
        let (records, elsewhere) = match self.run.mode {
            Mode::Annotate => (Records::Annotated(self.items.as_ref().map(|(held, _)| &held[..])), 0),
            _ => (Records::Kept(&self.cuts), removed),
        };
        let written = write_clean(&self.store, &self.removals, records, sink, &advance);
        let written = self.store.corpus().or_change(written)?;
        self.summary.documents.check_written(written, elsewhere)
    }
}
