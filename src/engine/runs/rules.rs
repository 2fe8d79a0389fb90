//! From sketches to everything that a run finds out about documents, wherever these are.

use super::options::Dedup;
use crate::documents::Documents;
use crate::engine::bounded::Storage;
use crate::engine::decide::{Decisions, Order, Sampled, decide, sampler};
use crate::engine::ingest::{Figure, GatheredColumns, Keep};
use crate::engine::observer::Stage;
use crate::engine::paragraphs::{Layouts, ParagraphMode, ParagraphOptions, Repeats};
use crate::engine::plan::{Comparing, Plan};
use crate::error::{Error, Result};
use crate::output::{
    Cuts, ExcerptFigures, ParagraphCounts, ParagraphParameters, RepeatedParagraph, ShortenedDocument,
    Stopwatch, TemplateFigures,
};
use crate::reuse::containment::Sampler;
use crate::select::Removal;

/// What a run does to documents, checked.
pub(super) struct RunRules<'a> {
    plan: &'a Plan<'a>,
    /// Finds excerpts, if they are looked for.
    sampler: Option<Sampler>,
    paragraphs: &'a ParagraphOptions,
}

/// What was decided.
pub(super) struct Settled {
    /// In corpus order.
    pub removals: Vec<Removal>,
    /// Ranges of kept texts that go.
    pub cuts: Cuts,
    /// Paragraphs that repeat in the kept documents, if they were looked for.
    pub paragraphs: Option<Vec<RepeatedParagraph>>,
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
        if run.comparing == Comparing::AcrossSources {
            if run.paragraphs.mode != ParagraphMode::Off {
                let expected = "given without: paragraphs are compared within sources, too";
                return Err(Error::parameter("cross-source-only", "given with paragraphs", expected));
            }
            if run.excerpts.is_some() {
                let expected = "given without: excerpts are looked for within sources, too";
                return Err(Error::parameter("cross-source-only", "given with remove-excerpts", expected));
            }
        }
        let sampler = match run.excerpts {
            Some(containment) => {
                Some(sampler(containment, run.matching.recall, run.matching.text.shingling)?)
            }
            None => None,
        };
        Ok(Self { plan, sampler, paragraphs: &run.paragraphs })
    }

    /// What has to be kept of every document.
    pub(super) fn keep(&self) -> Keep<'_> {
        Keep {
            figures: Figure::of(self.plan.priority, self.plan.comparing),
            samples: self.sampler.as_ref(),
            paragraphs: self.sampler.is_some(),
            ..Keep::default()
        }
    }

    /// Decides all documents: repeats, then excerpts, then paragraphs of those that stay.
    pub(super) fn settle(
        &self,
        documents: Documents<'_>,
        gathered: GatheredColumns,
        storage: &mut Storage,
        stopwatch: &mut Stopwatch,
    ) -> Result<Settled> {
        let GatheredColumns { sketches, figures, samples, paragraphs: lines, .. } = gathered;
        let inputs = documents.inputs();
        let without_tokens = sketches.units[..inputs].iter().filter(|&&units| units == 0).count() as u64;
        let order = Order::of_figures(figures, self.plan.priority.len(), inputs, documents.count());
        let sampled = self.sampler.as_ref().map(|sampler| {
            let units = sketches.units.clone();
            Sampled { sampler, samples, paragraphs: lines, units }
        });
        let decisions = decide(documents, sketches, &order, self.plan, storage)?;
        stopwatch.lap(Stage::Select.name());
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
            ..RunFigures::default()
        };
        if let Some(sampled) = sampled {
            let kept = order.kept(&removals);
            let (all, excerpts) =
                sampled.remove(documents, self.plan, storage.sets(documents.count()), &kept, &removals)?;
            (removals, figures.excerpts) = (all, Some(excerpts));
            stopwatch.lap(Stage::Excerpts.name());
        }
        let (mut cuts, mut paragraphs, mut shortened) = (Cuts::default(), None, None);
        if self.paragraphs.mode != ParagraphMode::Off {
            let Plan { matching, shingler, observer, .. } = self.plan;
            let shingling = matching.text.shingling;
            let layouts = Layouts { documents, shingler, shingling, options: self.paragraphs };
            let Repeats { cuts: found, table, shortened: little, counts, parameters } =
                layouts.repeats(&order.kept(&removals), matching, storage, *observer)?;
            stopwatch.lap(Stage::Paragraphs.name());
            figures.paragraphs = Some((counts, parameters));
            (cuts, paragraphs, shortened) = (found, Some(table), little);
        }
        Ok(Settled { removals, cuts, paragraphs, shortened, figures })
    }
}
