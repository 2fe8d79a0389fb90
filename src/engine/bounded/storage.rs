//! Storage for data that grows with the corpus: memory or work files. The only place that distinguishes the two.

use std::borrow::Cow;
use std::path::PathBuf;

use super::candidates::{Banded, FileNames, candidates_from_files};
use super::ingest::ingest_to_files;
use super::journal::DecisionJournal;
use super::sets::SetAllowance;
use super::workspace::{Budget, OutOfCore, Workspace};
use crate::corpus::Corpus;
use crate::engine::ingest::{Ingested, Keep, Maker, ingest, read_items};
use crate::engine::observer::{Observer, Progress, Stage};
use crate::engine::plan::{Index, Plan};
use crate::error::Result;
use crate::lsh::{Candidates, Scope, candidates_within};
use crate::output::OutputDirectory;
use crate::reuse::containment::{Sampler, SpillFiles};
use crate::reuse::items::{ItemShingler, ItemTable};
use crate::sketch::Signatures;
use crate::work::{ListStorage, OutputMark};

/// Memory, or the work files of a run within a memory limit.
pub(in crate::engine) enum Storage {
    /// With what a thread may hold of the texts that it compares.
    Memory(SetAllowance),
    Files(Box<Workspace>),
}

/// How large an exact index may be, which is in memory.
#[derive(Clone, Copy)]
pub(in crate::engine) struct IndexLimit {
    /// None if there is no limit.
    budget: Option<Budget>,
    documents: usize,
    /// It may take one of so many equal parts of what is left.
    share: usize,
    what: &'static str,
}

impl IndexLimit {
    /// Refuses an index of so many bytes that does not fit.
    ///
    /// # Errors
    /// [`crate::Error::MemoryTooSmall`] with what it would need.
    pub(in crate::engine) fn check(self, bytes: usize) -> Result<()> {
        let Some(budget) = self.budget else { return Ok(()) };
        budget.check_single(self.documents, bytes * self.share, || self.what.to_owned())
    }
}

impl Storage {
    /// Memory without a limit.
    pub(in crate::engine) fn in_memory() -> Self {
        Self::Memory(SetAllowance::UNBOUNDED)
    }

    /// Prepares a run over `corpus`; `sampler` finds excerpts, if they are looked for.
    pub(in crate::engine) fn open(
        options: Option<&OutOfCore>,
        corpus: &Corpus,
        plan: &Plan<'_>,
        sampler: Option<&Sampler>,
    ) -> Result<Self> {
        let Some(options) = options else { return Ok(Self::in_memory()) };
        Workspace::open(options, corpus, plan, sampler).map(Box::new).map(Self::Files)
    }

    /// Prepares a run over stories. What an earlier one left in its directory is removed.
    pub(in crate::engine) fn of_stories(options: Option<&OutOfCore>) -> Result<Self> {
        let Some(options) = options else { return Ok(Self::in_memory()) };
        Workspace::of_stories(options).map(Box::new).map(Self::Files)
    }

    /// Reads all records of `corpus`, or those that an earlier run did not come to. `prepared` changes a text before it is
    /// sketched.
    pub(in crate::engine) fn ingest(
        &mut self,
        corpus: &Corpus,
        plan: &Plan<'_>,
        keep: Keep<'_>,
        prepared: impl for<'t> Fn(&'t str) -> Cow<'t, str> + Sync,
    ) -> Result<Ingested> {
        let maker = |keep| Maker::new(&plan.shingler, plan.matching.slots, keep);
        match self {
            Self::Memory(_) => ingest(corpus, &maker(keep), prepared, plan.observer),
            Self::Files(workspace) => {
                let keep = Keep { bands: plan.index.banding(), ..keep };
                ingest_to_files(corpus, &maker(keep), prepared, plan.observer, workspace)
            }
        }
    }

    /// Reads the records of the references that are to be found inside documents. In a run within a memory limit their
    /// table is a part of what the run may use.
    ///
    /// # Errors
    /// [`crate::Error::MemoryTooSmall`] if it does not fit.
    pub(in crate::engine) fn items(
        &mut self,
        corpus: &Corpus,
        shingler: ItemShingler,
        observer: &dyn Observer,
    ) -> Result<ItemTable> {
        let spill = self.spill_directory();
        read_items(corpus, shingler, observer, spill.as_deref(), |bytes| {
            if let Self::Files(workspace) = self {
                let what = || "the shingles of the reference, which --contained keeps in memory".to_owned();
                workspace.budget = workspace.budget.beside(bytes as u64, what)?;
            }
            Ok(())
        })
    }

    /// Where long texts go as they are read again; none if all is in memory.
    pub(in crate::engine) fn spill_directory(&self) -> Option<PathBuf> {
        match self {
            Self::Memory(_) => None,
            Self::Files(workspace) => Some(workspace.directory.path().to_owned()),
        }
    }

    /// What a thread may hold of the texts that it compares, beside so many documents.
    pub(in crate::engine) fn sets(&self, documents: usize) -> SetAllowance {
        match self {
            Self::Memory(sets) => *sets,
            Self::Files(workspace) => workspace.budget.sets(documents),
        }
    }

    /// Where candidates for excerpts go, beside so many documents; none if all is in memory.
    pub(in crate::engine) fn excerpt_files(&self, documents: usize) -> Option<SpillFiles<'_>> {
        match self {
            Self::Memory(_) => None,
            Self::Files(workspace) => Some(SpillFiles {
                directory: &workspace.directory,
                share_bytes: workspace.budget.share(documents) / 2,
            }),
        }
    }

    /// Where lists are that grow with so many documents.
    pub(in crate::engine) fn lists(&self, documents: usize) -> ListStorage<'_> {
        match self {
            Self::Memory(_) => ListStorage::Memory,
            Self::Files(workspace) => ListStorage::Files {
                directory: &workspace.directory,
                share_bytes: workspace.budget.share(documents) / 4,
            },
        }
    }

    /// What an exact index of the documents in large buckets may take.
    pub(in crate::engine) fn index_limit(&self, documents: usize) -> IndexLimit {
        self.index_limit_of(documents, 0, "an exact index of the documents in large buckets")
    }

    /// What an exact index of paragraphs may take, beside so many documents and parts of them.
    pub(in crate::engine) fn part_index_limit(&self, (documents, parts): (usize, usize)) -> IndexLimit {
        self.index_limit_of(documents, parts, "an exact index of the paragraphs in large buckets")
    }

    /// What an exact index in the search for excerpts may take, for which half of the share is left.
    pub(in crate::engine) fn excerpt_index_limit(&self, documents: usize) -> IndexLimit {
        let what = "an exact index of the documents that share text with very many";
        IndexLimit { share: 2, ..self.index_limit_of(documents, 0, what) }
    }

    fn index_limit_of(&self, documents: usize, parts: usize, what: &'static str) -> IndexLimit {
        let budget = match self {
            Self::Memory(_) => None,
            Self::Files(workspace) => Some(workspace.budget.beside_parts(parts)),
        };
        IndexLimit { budget, documents, share: 1, what }
    }

    /// Into how many parts folding so many documents is split.
    pub(in crate::engine) fn fold_parts(&self, documents: usize) -> u32 {
        match self {
            Self::Memory(_) => 1,
            Self::Files(workspace) => workspace.budget.fold_parts(documents),
        }
    }

    /// The candidate pairs among `nodes` of so many `documents`.
    pub(in crate::engine) fn candidates(
        &mut self,
        scope: Scope,
        signatures: &Signatures,
        nodes: &[u32],
        documents: usize,
        plan: &Plan<'_>,
    ) -> Result<Candidates> {
        let Index::Bands { banding, floor } = plan.index else {
            return Ok(Candidates { scope, ..Candidates::all_crowded(nodes.len()) });
        };
        let progress = Progress::begin(plan.observer, Stage::Candidates, plan.index.steps());
        match self {
            Self::Memory(_) => {
                let found = candidates_within(scope, signatures, nodes, banding, floor, &progress)?;
                progress.advance(plan.index.steps())?;
                Ok(found)
            }
            Self::Files(workspace) => {
                let names = FileNames::DOCUMENTS;
                let share_bytes = workspace.budget.share(documents);
                let banded =
                    Banded { names, signatures, nodes, rows: documents, share_bytes, banding, floor };
                let advance = |bands| progress.advance(bands);
                candidates_from_files(scope, &banded, &advance, &progress, workspace)
            }
        }
    }

    /// Where decisions are noted as they are made.
    pub(in crate::engine) fn journal(&mut self) -> Result<DecisionJournal<'_>> {
        match self {
            Self::Memory(_) => Ok(DecisionJournal::none()),
            Self::Files(workspace) => DecisionJournal::open(workspace),
        }
    }

    /// Takes note that this output is about to stand, so that a later run of which the same is `asked` knows that this one
    /// was done.
    pub(in crate::engine) fn mark_output(&mut self, output: &OutputDirectory, asked: u64) -> Result<()> {
        match self {
            Self::Memory(_) => Ok(()),
            Self::Files(workspace) => {
                workspace.directory.mark_output(OutputMark { times: output.times()?, asked })
            }
        }
    }

    /// Removes the work files, once the output stands.
    pub(in crate::engine) fn remove(self) -> Result<()> {
        match self {
            Self::Memory(_) => Ok(()),
            Self::Files(workspace) => workspace.directory.remove(),
        }
    }
}
