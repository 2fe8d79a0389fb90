//! `dedup` and `scan`: corpus in, decisions out.

use std::io::Write;

use super::decide::{Decisions, Texts, decide};
use super::excerpts::{Sampled, sampler};
use super::ingest::{Figure, Ingested, ingest};
use super::ingest_to_files::ingest_to_files;
use super::matching::{Comparing, Index, Matching, TemplateRule};
use super::observer::{Observer, Progress, Stage};
use super::order::Order;
use super::paragraphs::{Layouts, ParagraphMode, ParagraphOptions, Repeats};
use super::pass::Found;
use super::safety::{Judged, SafetyStops};
use super::workspace::{OutOfCore, Workspace};
use crate::corpus::{Corpus, Rejected};
use crate::document::DocumentId;
use crate::error::{Error, Result};
use crate::output::{
    CleanSink, Cuts, DocumentCounts, Ids, IndexParameters, Mode, OutputDirectory, Parameters, Records,
    ReferenceCounts, RepeatedParagraph, Stopwatch, Summary, Tables, Timing, write_clean,
};
use crate::params::{Containment, DiacriticFolding, DigitFolding};
use crate::reuse::containment::Sampler;
use crate::select::{PriorityKey, Removal, Verification, clusters};
use crate::shingle::Shingler;

/// What to do about records that cannot be read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Strictness {
    /// List them and go on.
    #[default]
    Lenient,
    /// End the run before anything is written.
    Strict,
}

/// A run over one corpus.
#[derive(Clone, Debug, Default)]
pub struct Dedup {
    /// What counts as a repeat.
    pub matching: Matching,
    /// Which documents are compared.
    pub comparing: Comparing,
    /// Which of two repeats stays.
    pub priority: Vec<PriorityKey>,
    /// What to do about bad records.
    pub strictness: Strictness,
    /// The least containment in a larger kept document with which a kept document goes; none if none goes.
    pub excerpts: Option<Containment>,
    /// What to do about paragraphs that repeat in what is kept.
    pub paragraphs: ParagraphOptions,
    /// What is made of the corpus.
    pub mode: Mode,
    /// How to keep within bounded memory; none if memory is not bounded.
    pub out_of_core: Option<OutOfCore>,
}

/// What a run decided. Nothing is written yet.
pub struct Outcome<'a> {
    corpus: &'a Corpus,
    found: Found,
    removals: Vec<Removal>,
    cuts: Cuts,
    mode: Mode,
    /// What repeats in the kept documents, if it was looked for.
    paragraphs: Option<Vec<RepeatedParagraph>>,
    #[cfg(feature = "report")]
    matching: Matching,
    summary: Summary,
    stopwatch: Stopwatch,
    workspace: Option<Workspace>,
}

impl Dedup {
    /// Reads `corpus` and decides every document.
    ///
    /// # Errors
    /// [`Error::Parameter`] if the parameters do not fit together or the corpus lacks a field that they need;
    /// [`Error::Strict`] if a record was rejected and none may be; [`Error::Io`] and [`Error::Damaged`] if a file
    /// cannot be read; [`Error::Interrupted`] if the observer asks for it.
    pub fn decide<'a>(&self, corpus: &'a Corpus, observer: &dyn Observer) -> Result<Outcome<'a>> {
        let mut stopwatch = Stopwatch::start();
        let index = self.matching.index()?;
        self.paragraphs.check()?;
        self.check_mode(corpus)?;
        self.check_fields(corpus)?;
        self.check_memory()?;
        let sampler = self.sampler()?;
        let shingler = Shingler::new(&self.matching.text);
        let mut workspace =
            self.out_of_core.as_ref().map(|options| Workspace::open(options, corpus, self)).transpose()?;
        let (slots, figures) = (self.matching.slots, &Figure::all(&self.priority, self.comparing));
        let Ingested { found, inputs, sketches, ranks, without_tokens, excerpts } = match &mut workspace {
            None => ingest(corpus, &shingler, slots, figures, sampler.as_ref(), observer)?,
            Some(workspace) => {
                ingest_to_files(corpus, &shingler, slots, index.banding(), figures, observer, workspace)?
            }
        };
        if self.strictness == Strictness::Strict {
            found.check_none_rejected(corpus)?;
        }
        stopwatch.lap(Stage::Read.name());
        let order = Order::of_figures(ranks, self.priority.len(), inputs, found.records.len());
        let sampled = sampler.as_ref().zip(excerpts).map(|(sampler, keys)| Sampled {
            sampler,
            keys,
            units: sketches.units.clone(),
        });
        let texts = Texts { corpus, records: &found.records, shingler: &shingler };
        let mut decisions =
            decide(&texts, sketches, &order, &self.matching, index, observer, workspace.as_mut())?;
        stopwatch.lap(Stage::Select.name());
        let mut excerpts = None;
        if let Some(sampled) = sampled {
            let removals = std::mem::take(&mut decisions.removals);
            let kept = order.kept(&removals);
            let (removals, figures) = sampled.remove(&texts, &self.matching, &kept, &removals, observer)?;
            (decisions.removals, excerpts) = (removals, Some(figures));
            stopwatch.lap(Stage::Excerpts.name());
        }
        let mut summary = self.summary(Some(corpus), &found, inputs, &decisions, index);
        summary.documents.without_tokens = without_tokens;
        summary.excerpts = excerpts;
        summary.documents.check()?;
        let removals = decisions.removals;
        let (mut cuts, mut paragraphs) = (Cuts::default(), None);
        if self.paragraphs.mode != ParagraphMode::Off {
            let repeats = self.repeats(&texts, &order.kept(&removals), observer)?;
            stopwatch.lap(Stage::Paragraphs.name());
            summary.paragraphs = Some(repeats.counts);
            summary.parameters.paragraphs = Some(repeats.parameters);
            (cuts, paragraphs) = (repeats.cuts, Some(repeats.table));
        }
        Ok(Outcome {
            corpus,
            found,
            removals,
            cuts,
            mode: self.mode,
            paragraphs,
            #[cfg(feature = "report")]
            matching: self.matching,
            summary,
            stopwatch,
            workspace,
        })
    }

    /// Whether what was asked for can be done within bounded memory, if it has to be.
    fn check_memory(&self) -> Result<()> {
        let refused = |with: &str| {
            Err(Error::Parameter {
                name: "memory",
                value: format!("given with {with}"),
                expected: "left out, since what that needs to know of documents has to stay in memory",
            })
        };
        match &self.out_of_core {
            Some(_) if self.excerpts.is_some() => refused("remove-excerpts"),
            Some(_) if self.matching.templates == TemplateRule::Keep => refused("keep-templates"),
            _ => Ok(()),
        }
    }

    /// The sampler that finds excerpts, if they are looked for.
    fn sampler(&self) -> Result<Option<Sampler>> {
        let Some(containment) = self.excerpts else { return Ok(None) };
        sampler(containment, self.matching.recall, self.matching.text.shingling).map(Some)
    }

    fn repeats(&self, texts: &Texts<'_>, kept: &[DocumentId], observer: &dyn Observer) -> Result<Repeats> {
        let layouts = Layouts { texts, shingling: self.matching.text.shingling, options: &self.paragraphs };
        layouts.repeats(kept, &self.matching, observer)
    }

    /// Only a corpus without what is removed can be without paragraphs.
    fn check_mode(&self, corpus: &Corpus) -> Result<()> {
        if self.mode != Mode::Remove && self.paragraphs.mode == ParagraphMode::Remove {
            let expected = "report or off with --mode annotate and list, which cut nothing";
            return Err(Error::parameter("paragraphs", "remove", expected));
        }
        self.mode.check(corpus)
    }

    /// Keys that look at a field need to know which.
    fn check_fields(&self, corpus: &Corpus) -> Result<()> {
        let lacking_for = |flag: &'static str, expected| Error::Parameter {
            name: flag,
            value: "not given, and none of the usual names is in the first record".to_owned(),
            expected,
        };
        let lacking = |flag| lacking_for(flag, "named, since a priority key needs it");
        if self.comparing == Comparing::AcrossSources {
            if self.paragraphs.mode != ParagraphMode::Off {
                let expected = "given without: paragraphs are compared within sources, too";
                return Err(Error::parameter("cross-source-only", "given with --paragraphs", expected));
            }
            if self.excerpts.is_some() {
                let expected = "given without: excerpts are looked for within sources, too";
                return Err(Error::parameter("cross-source-only", "given with --remove-excerpts", expected));
            }
            if corpus.fields().source.is_none() {
                return Err(lacking_for("source-field", "named, since --cross-source-only asks for it"));
            }
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

    /// The figures but for documents without a token; no corpus if documents came from elsewhere.
    pub(super) fn summary(
        &self,
        corpus: Option<&Corpus>,
        found: &Found,
        inputs: usize,
        decisions: &Decisions,
        index: Index,
    ) -> Summary {
        let removals = &decisions.removals;
        let of_references =
            |rejected: &&Rejected| corpus.is_some_and(|corpus| corpus.is_reference(rejected.source));
        let rejected_references = found.rejected.iter().filter(of_references).count() as u64;
        let rejected = found.rejected.len() as u64 - rejected_references;
        let (inputs, removed) = (inputs as u64, removals.len() as u64);
        let clusters = clusters(removals);
        let references = corpus.map_or(0, |corpus| corpus.references().len() as u64);
        let reference = (references > 0).then(|| {
            let met = clusters.iter().filter(|c| u64::from(c.representative.0) >= inputs);
            ReferenceCounts {
                files: references,
                read: found.records.len() as u64 - inputs + rejected_references,
                rejected: rejected_references,
                met: met.clone().count() as u64,
                removed: met.map(|cluster| cluster.removals.len() as u64).sum(),
            }
        });
        Summary {
            version: env!("CARGO_PKG_VERSION"),
            documents: DocumentCounts {
                read: inputs + rejected,
                kept: inputs - removed,
                removed,
                removed_as: removals.iter().map(|removal| removal.relation).collect(),
                rejected,
                without_tokens: 0,
            },
            reference,
            clusters: clusters.len() as u64,
            largest_cluster: clusters.iter().map(|c| c.removals.len() as u64 + 1).max().unwrap_or(0),
            excerpts: None,
            templates: decisions.templates,
            paragraphs: None,
            bytes: found.bytes,
            predicted_recall: index.recall(self.matching.threshold.get()),
            index: index_parameters(index, decisions),
            parameters: self.parameters(corpus),
        }
    }

    fn parameters(&self, corpus: Option<&Corpus>) -> Parameters {
        let Matching { text, threshold, recall, slots, verification, .. } = self.matching;
        let fields = corpus.map(Corpus::fields);
        let named = [
            ("text", fields.map(|fields| &fields.text)),
            ("id", fields.and_then(|fields| fields.id.as_ref())),
            ("source", fields.and_then(|fields| fields.source.as_ref())),
            ("date", fields.and_then(|fields| fields.date.as_ref())),
            ("text of references", corpus.and_then(Corpus::reference_fields).map(|fields| &fields.text)),
        ];
        Parameters {
            threshold: threshold.get(),
            recall: recall.get(),
            hashes: slots.get(),
            shingle: text.shingling.to_string(),
            fold_digits: text.digits == DigitFolding::Fold,
            fold_diacritics: text.diacritics == DiacriticFolding::Fold,
            seed: text.seed.0,
            verify: match verification {
                Verification::Exact => "exact",
                Verification::Signature => "signature",
            },
            cross_source_only: self.comparing == Comparing::AcrossSources,
            keep: self.priority.iter().map(ToString::to_string).collect(),
            paragraphs: None,
            fields: named.into_iter().filter_map(|(name, path)| Some((name, path?.to_string()))).collect(),
        }
    }
}

fn index_parameters(index: Index, decisions: &Decisions) -> IndexParameters {
    let (kind, bands, rows, agreement_floor) = match index {
        Index::Bands { banding, floor } => ("bands", banding.bands().0, banding.rows().0, floor.get()),
        Index::Exact => ("exact", 0, 0, 0),
    };
    IndexParameters {
        kind,
        bands,
        rows,
        agreement_floor,
        candidate_pairs: decisions.candidate_pairs,
        largest_bucket: decisions.largest_bucket,
        crowded: decisions.crowded,
    }
}

impl Outcome<'_> {
    /// The figures.
    pub fn summary(&self) -> &Summary {
        &self.summary
    }

    /// What is removed, in corpus order.
    pub fn removals(&self) -> &[Removal] {
        &self.removals
    }

    /// Checks the limits whose passing should end the run before it writes.
    ///
    /// # Errors
    /// [`Error::TooManyRemoved`], [`Error::TooLargeCluster`] and [`Error::TooManyRemovedFromSource`] for the limit
    /// that was passed, with examples; [`Error::Io`] if their texts cannot be read again.
    pub fn check(&self, stops: &SafetyStops) -> Result<()> {
        Judged { corpus: self.corpus, records: &self.found.records, removals: &self.removals }.check(stops)
    }

    /// Writes `report.html`, a page for a person to look at; it gets its final name with the rest of the output.
    ///
    /// # Errors
    /// [`Error::Io`] and [`Error::Damaged`] if it cannot be written or a text cannot be read again,
    /// [`Error::Interrupted`] if the observer asks for it.
    #[cfg(feature = "report")]
    pub fn write_report(&mut self, output: &OutputDirectory, observer: &dyn Observer) -> Result<()> {
        let run = super::report::dedup::Run {
            corpus: self.corpus,
            records: &self.found.records,
            removals: &self.removals,
            paragraphs: self.paragraphs.as_deref(),
            summary: &self.summary,
            matching: &self.matching,
        };
        super::report::write(&run.report(observer)?, output)?;
        self.stopwatch.lap(Stage::Report.name());
        Ok(())
    }

    /// Writes what the mode makes of the corpus, and the tables, and gives them their final names.
    ///
    /// # Errors
    /// [`Error::Io`] if something cannot be written, [`Error::Interrupted`] if the observer asks for it; nothing is
    /// left in the directory then.
    pub fn write(self, output: OutputDirectory, observer: &dyn Observer) -> Result<(Summary, Timing)> {
        match self.mode {
            Mode::Remove | Mode::Annotate => {
                self.write_records(&mut CleanSink::Directory(&output), observer)?;
            }
            Mode::List => self.ids().write(&output)?,
        }
        self.write_tables(output)
    }

    /// Writes the tables only, without a clean corpus.
    ///
    /// # Errors
    /// As [`Outcome::write`].
    pub fn write_tables(mut self, output: OutputDirectory) -> Result<(Summary, Timing)> {
        let tables = Tables { corpus: self.corpus, records: &self.found.records };
        tables.removed(&output, &self.removals)?;
        tables.clusters(&output, &self.removals)?;
        tables.rejected(&output, &self.found.rejected)?;
        if let Some(paragraphs) = &self.paragraphs {
            tables.paragraphs(&output, paragraphs)?;
        }
        output.write_json("summary.json", &self.summary)?;
        self.stopwatch.lap(Stage::Write.name());
        let workspace = self.workspace.take();
        let (summary, timing) = self.finish();
        output.write_json("timing.json", &timing)?;
        output.commit()?;
        workspace.map_or(Ok(()), |workspace| workspace.directory.remove())?;
        Ok((summary, timing))
    }

    /// Writes the kept records to one stream, packed as they were, one source after the other; all records, annotated,
    /// or the ids of the kept ones, if that is the mode.
    ///
    /// # Errors
    /// [`Error::Io`] if the stream does not take them, [`Error::Interrupted`] if the observer asks for it.
    pub fn write_stream(&self, stream: &mut dyn Write, observer: &dyn Observer) -> Result<()> {
        match self.mode {
            Mode::Remove | Mode::Annotate => self.write_records(&mut CleanSink::Stream(stream), observer),
            Mode::List => self.ids().lines(true, &mut |lines| {
                stream.write_all(lines).map_err(Error::io("standard output".as_ref(), "write it"))
            }),
        }
    }

    /// Ends the run without writing a file.
    pub fn finish(self) -> (Summary, Timing) {
        let timing = self.stopwatch.finish(self.summary.bytes, rayon::current_num_threads());
        (self.summary, timing)
    }

    fn ids(&self) -> Ids<'_> {
        Ids { corpus: self.corpus, records: &self.found.records, removals: &self.removals }
    }

    fn write_records(&self, sink: &mut CleanSink<'_>, observer: &dyn Observer) -> Result<()> {
        let progress = Progress::begin(observer, Stage::Write, self.summary.documents.kept);
        let advance = |documents| progress.advance(documents);
        let DocumentCounts { read, removed, rejected, .. } = self.summary.documents;
        let (records, elsewhere) = match self.mode {
            Mode::Annotate => (Records::Annotated, rejected),
            _ => (Records::Kept(&self.cuts), removed + rejected),
        };
        let written = write_clean(self.corpus, &self.found.records, &self.removals, records, sink, &advance)?;
        if written + elsewhere == read {
            Ok(())
        } else {
            Err(Error::Unbalanced { read, accounted: written + elsewhere })
        }
    }
}
