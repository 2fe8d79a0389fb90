//! What a run is asked to do with documents and their corpus.

use crate::engine::bounded::OutOfCore;
use crate::engine::decide::AuditSample;
use crate::engine::observer::Observer;
use crate::engine::paragraphs::ParagraphOptions;
use crate::engine::plan::{Comparing, Matching, Plan, Representatives, Strictness};
use crate::error::Result;
use crate::output::Mode;
use crate::params::Containment;
use crate::select::PriorityKey;

/// A run over one corpus.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Dedup {
    /// What counts as a repeat.
    pub matching: Matching,
    /// Which documents are compared.
    pub comparing: Comparing,
    /// Which of two repeats stays.
    pub priority: Vec<PriorityKey>,
    /// How many documents of a cluster stay.
    pub representatives: Representatives,
    /// What to do about bad records.
    pub strictness: Strictness,
    /// The least containment in a larger kept document with which a kept document goes; none if none goes.
    pub excerpts: Option<Containment>,
    /// What to do about paragraphs that repeat in what is kept.
    pub paragraphs: ParagraphOptions,
    /// How many documents are drawn to measure what the index misses.
    pub audit: AuditSample,
    /// What is made of the corpus.
    pub mode: Mode,
    /// How to keep within bounded memory; none if memory is not bounded.
    pub out_of_core: Option<OutOfCore>,
}

impl Dedup {
    /// The run, checked and ready.
    ///
    /// # Errors
    /// As [`Plan::new`].
    pub(super) fn plan<'a>(&'a self, observer: &'a dyn Observer) -> Result<Plan<'a>> {
        let plan = Plan::new(self.matching, self.comparing, &self.priority, observer)?;
        Ok(plan.with_representatives(self.representatives))
    }
}
