//! From sketches to everything that a run finds out about documents, wherever these are.
#![allow(
    clippy::cast_possible_truncation,
    reason = "documents are numbered in 32 bits, and reading refuses more"
)]

use rayon::prelude::*;

use super::options::Dedup;
use crate::document::DocumentId;
use crate::documents::Documents;
use crate::engine::bounded::Storage;
use crate::engine::decide::{
    AuditSample, Decisions, ExcerptKeys, FoundItems, Order, Sampled, SearchedItems, decide, sampler,
};
use crate::engine::ingest::{Figure, GatheredColumns, Keep};
use crate::engine::observer::Stage;
use crate::engine::paragraphs::{Layouts, ParagraphMode, ParagraphOptions, Repeats};
use crate::engine::plan::{Comparing, Matching, Plan, Representatives};
use crate::error::{Error, Result};
use crate::output::{
    AuditFigures, Cuts, ExcerptFigures, HeldItem, ItemFigures, ParagraphCounts, ParagraphParameters,
    RepeatedParagraph, ShortenedDocument, Stopwatch, TemplateFigures, UnsearchedItem,
};
use crate::reuse::containment::Sampler;
use crate::reuse::items::{ItemShingler, ItemTable};
use crate::select::Removals;

/// What a run does to documents, checked.
pub(super) struct RunRules<'a> {
    plan: &'a Plan<'a>,
    /// Finds excerpts, if they are looked for.
    sampler: Option<Sampler>,
    paragraphs: &'a ParagraphOptions,
    audit: AuditSample,
}

/// What was decided.
pub(super) struct Settled {
    pub removals: Removals,
    /// Ranges of kept texts that go.
    pub cuts: Cuts,
    /// Paragraphs that repeat in the kept documents, if they were looked for.
    pub paragraphs: Option<Vec<RepeatedParagraph>>,
    /// Records of the reference that documents hold, and those that were not searched for, if they were looked for.
    pub items: Option<(Vec<HeldItem>, Vec<UnsearchedItem>)>,
    /// Kept documents of which little is left, if paragraphs are removed.
    pub shortened: Option<Vec<ShortenedDocument>>,
    pub figures: RunFigures,
}

/// How that was found.
#[derive(Default)]
pub(super) struct RunFigures {
    /// Documents of the inputs without a token.
    pub without_tokens: u64,
    pub largest_bucket: u64,
    pub candidate_pairs: u64,
    pub crowded: u64,
    pub compared_as_wholes: bool,
    pub templates: Option<TemplateFigures>,
    pub audit: Option<AuditFigures>,
    pub items: Option<ItemFigures>,
    pub excerpts: Option<ExcerptFigures>,
    pub paragraphs: Option<(ParagraphCounts, ParagraphParameters)>,
}

impl<'a> RunRules<'a> {
    /// Checks what `run` asks for.
    ///
    /// # Errors
    /// [`Error::Parameter`] if it does not fit together.
    pub(super) fn new(run: &'a Dedup, plan: &'a Plan<'a>) -> Result<Self> {
        run.paragraphs.check()?;
        check_sources(run)?;
        let sampler = match run.excerpts {
            Some(containment) => {
                Some(sampler(containment, run.matching.recall, run.matching.text.shingling)?)
            }
            None => None,
        };
        if let Some(search) = &run.matching.items {
            search.text(&run.matching.text)?;
        }
        Ok(Self { plan, sampler, paragraphs: &run.paragraphs, audit: run.audit })
    }

    /// What makes shingles of the records of the reference, if they are searched for inside documents.
    ///
    /// # Errors
    /// [`Error::Parameter`] if their shingles cannot be what is asked for.
    pub(super) fn item_shingler(&self) -> Result<Option<ItemShingler>> {
        let Matching { text, items, .. } = &self.plan.matching;
        items.as_ref().map(|search| ItemShingler::new(search, text)).transpose()
    }

    /// Finds excerpts, if they are looked for.
    pub(super) fn sampler(&self) -> Option<&Sampler> {
        self.sampler.as_ref()
    }

    /// What has to be kept of every document; with `items`, a figure says which hold some.
    pub(super) fn keep<'k>(&'k self, items: Option<&'k ItemTable>) -> Keep<'k> {
        let Plan { priority, comparing, representatives, .. } = *self.plan;
        let figures = Figure::of(priority, comparing, representatives).into_iter();
        Keep {
            figures: figures.chain(items.map(|_| Figure::Item)).collect(),
            items,
            samples: self.sampler.as_ref(),
            paragraphs: self.sampler.is_some(),
            ..Keep::default()
        }
    }

    /// Decides all documents: those that hold a record of the reference, repeats, then excerpts, then paragraphs of those that stay.
    pub(super) fn settle(
        &self,
        documents: Documents<'_>,
        gathered: GatheredColumns,
        items: Option<SearchedItems<'_>>,
        storage: &mut Storage,
        stopwatch: &mut Stopwatch,
    ) -> Result<Settled> {
        let GatheredColumns { mut sketches, figures, samples, paragraphs: lines, spilled, .. } = gathered;
        let inputs = documents.inputs();
        let without_tokens = sketches.units[..inputs].iter().filter(|&&units| units == 0).count() as u64;
        let order = Order::of_figures(figures, self.plan.priority, inputs, documents.count());
        let sampled = self.sampler.as_ref().map(|sampler| {
            let units = sketches.units.clone();
            let keys = match spilled {
                Some(keys) => ExcerptKeys::Files(Box::new(keys)),
                None => ExcerptKeys::Memory { samples, lines },
            };
            Sampled { sampler, keys, units }
        });
        let found = match items {
            Some(items) => {
                let sets = storage.sets(documents.count());
                let found = items.remove(documents, &mut sketches, self.plan, sets)?;
                stopwatch.lap(Stage::Items.name());
                Some(found)
            }
            None => None,
        };
        let decided = decide(documents, sketches, &order, self.plan, storage)?;
        let decisions = decided.decisions();
        stopwatch.lap(Stage::Select.name());
        let audit = decided.audit(self.audit, &decisions.removals, storage.sets(documents.count()))?;
        if audit.is_some() {
            stopwatch.lap(Stage::Audit.name());
        }
        let recurring = decided.into_recurring();
        let Decisions {
            mut removals,
            largest_bucket,
            candidate_pairs,
            crowded,
            compared_as_wholes,
            templates,
        } = decisions;
        let mut figures = RunFigures {
            without_tokens,
            largest_bucket,
            candidate_pairs,
            crowded,
            compared_as_wholes,
            templates,
            audit,
            ..RunFigures::default()
        };
        let items = found.map(|FoundItems { removals: of_items, held, unsearched, figures: of_search }| {
            removals.extend(of_items);
            removals.par_sort_unstable_by_key(|removal| removal.document);
            figures.items = Some(of_search);
            (held, unsearched)
        });
        if let Some(sampled) = sampled {
            let mut kept = order.kept(&removals);
            let preference = order.preference(&kept);
            let references = (inputs..documents.count()).map(|document| DocumentId(document as u32));
            kept.extend(references);
            let (all, excerpts) = sampled.remove(
                documents,
                self.plan,
                storage,
                recurring.as_ref(),
                (&kept, &preference),
                removals,
            )?;
            (removals, figures.excerpts) = (all, Some(excerpts));
            stopwatch.lap(Stage::Excerpts.name());
        }
        let removals = self.plan.representatives.of(removals, &order);
        if let Some(audit) = &mut figures.audit {
            // A document that repeats another may have come to stay as one of its source.
            let removed = &removals.removed;
            for decision in &mut audit.nearest {
                let place = removed.binary_search_by_key(&decision.document, |removal| removal.document);
                decision.removed = place.is_ok();
            }
        }
        let (mut cuts, mut paragraphs, mut shortened) = (Cuts::default(), None, None);
        if self.paragraphs.mode != ParagraphMode::Off {
            let Plan { matching, shingler, observer, .. } = self.plan;
            let shingling = matching.text.shingling;
            let layouts = Layouts { documents, shingler, shingling, options: self.paragraphs };
            let Repeats { cuts: found, table, shortened: little, counts, parameters } =
                layouts.repeats(&order.kept(&removals.removed), matching, storage, *observer)?;
            stopwatch.lap(Stage::Paragraphs.name());
            figures.paragraphs = Some((counts, parameters));
            (cuts, paragraphs, shortened) = (found, Some(table), little);
        }
        Ok(Settled { removals, cuts, paragraphs, items, shortened, figures })
    }
}

/// Checks that what sources are to decide goes together.
fn check_sources(run: &Dedup) -> Result<()> {
    let (name, compared) = match run.comparing {
        Comparing::All => ("", [""; 2]),
        Comparing::AcrossSources => (
            "cross-source-only",
            [
                "given without: paragraphs are compared within sources, too",
                "given without: excerpts are looked for within sources, too",
            ],
        ),
        Comparing::WithinSources => (
            "within-source-only",
            [
                "given without: paragraphs are compared across sources, too",
                "given without: excerpts are looked for across sources, too",
            ],
        ),
    };
    let has_paragraphs = run.paragraphs.mode != ParagraphMode::Off;
    if run.comparing != Comparing::All {
        if has_paragraphs {
            return Err(Error::parameter(name, "given with paragraphs", compared[0]));
        }
        if run.excerpts.is_some() {
            return Err(Error::parameter(name, "given with remove-excerpts", compared[1]));
        }
    }
    if matches!(run.representatives, Representatives::PerSource(_)) {
        if has_paragraphs {
            let expected =
                "given without: of documents that stay beside one that they repeat, all paragraphs repeat";
            return Err(Error::parameter("per-source", "given with paragraphs", expected));
        }
        if run.comparing == Comparing::AcrossSources {
            let expected = "given without: documents of one source are not compared there, and all stay";
            return Err(Error::parameter("per-source", "given with cross-source-only", expected));
        }
    }
    Ok(())
}
