//! Sketches to decisions: fold, bucket, verify, choose.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::candidates_from_files::candidates_from_files;
use super::fold::Folded;
use super::ingest::Sketches;
use super::matching::{Index, Matching, TemplateRule};
use super::observer::{Observer, Progress, Stage};
use super::order::Order;
use super::templates::Templates;
use super::workspace::Workspace;
use crate::corpus::{Corpus, RecordTable, TextScratch};
use crate::document::DocumentId;
use crate::error::{Error, Result};
use crate::lsh::{Candidates, Scope, candidates_within};
use crate::output::TemplateFigures;
use crate::select::{Judgement, Relation, Removal, Removed, SelectionState, Selector, ShingleSource};
use crate::shingle::{ShingleScratch, Shingler, Shingles};
use crate::work::{Kind, WorkFile};

/// What became of the documents.
pub(crate) struct Decisions {
    /// What is removed, in corpus order.
    pub removals: Vec<Removal>,
    /// Members of the largest bucket.
    pub largest_bucket: u64,
    /// Pairs that shared a bucket and agreed in enough slots.
    pub candidate_pairs: u64,
    /// Distinct documents in buckets too large to be paired, which the exact index took over.
    pub crowded: u64,
    /// What became of templates, if they are kept.
    pub templates: Option<TemplateFigures>,
}

/// Decides all documents of the inputs. With a workspace, what does not fit its memory is
/// kept in files, and what an earlier run decided is not decided again.
pub(crate) fn decide<T: Reread>(
    texts: &T,
    sketches: Sketches,
    order: &Order,
    matching: &Matching,
    index: Index,
    observer: &dyn Observer,
    mut workspace: Option<&mut Workspace>,
) -> Result<Decisions> {
    let documents = order.documents().len();
    let parts = workspace.as_ref().map_or(1, |workspace| workspace.budget.fold_parts(documents));
    let (folded, signatures) = Folded::new(sketches, order.documents(), order.sources(), parts)?;
    let nodes = &folded.documents;
    // Decided first, a reference stands for its node whatever equals it.
    let references = nodes.partition_point(|&document| document as usize >= order.inputs());
    let mut scope = Scope::pinned(references as u32);
    if let Some(sources) = order.sources() {
        scope = scope.across(nodes.iter().map(|&document| sources[document as usize]).collect());
    }
    if let Some(equals) = folded.equals() {
        scope = scope.with_equals(equals.to_vec());
    }
    let progress = Progress::begin(observer, Stage::Candidates, index.steps());
    let found = match (index, &mut workspace) {
        (Index::Bands { banding, floor }, None) => {
            let found = candidates_within(scope, &signatures, nodes, banding, floor)?;
            progress.advance(index.steps())?;
            found
        }
        (Index::Bands { banding, floor }, Some(workspace)) => {
            let bands = (banding, floor);
            candidates_from_files(scope, &signatures, nodes, documents, bands, &progress, workspace)?
        }
        (Index::Exact, _) => Candidates { scope, ..Candidates::all_crowded(nodes.len()) },
    };
    let templates =
        (matching.templates == TemplateRule::Keep).then(|| Templates::new(texts, matching, nodes.len()));
    let source = NodeTexts { templates: templates.as_ref(), ..NodeTexts::new(texts, nodes) };
    let selector = Selector::new(&found, &signatures, nodes, matching.selection(), &source);
    let removed = decide_all(selector, nodes.len(), documents, &source, observer, workspace)?;
    Ok(Decisions {
        removals: removals(&folded, &removed, order.inputs() as u32),
        largest_bucket: found.largest_bucket as u64,
        candidate_pairs: found.pairs.len(),
        crowded: found.crowded.iter().filter(|&&crowded| crowded).count() as u64,
        templates: templates.as_ref().map(|templates| {
            templates.figures(|node| removed.binary_search_by_key(&node, |repeat| repeat.node).is_err())
        }),
    })
}

/// Bytes of a decision in its file: the node that is removed, the one it repeats, their similarity.
const REMOVED_BYTES: usize = 16;

/// Bytes read at a time from the work of an earlier run.
const READ_BYTES: usize = 1 << 18;

/// The name of the stage and of its file.
const SELECT: &str = "select";

/// Runs the selection, block by block, from where an earlier run stopped.
fn decide_all<T: Reread>(
    mut selector: Selector<'_, NodeTexts<'_, T>>,
    nodes: usize,
    documents: usize,
    source: &NodeTexts<'_, T>,
    observer: &dyn Observer,
    workspace: Option<&mut Workspace>,
) -> Result<Vec<Removed>> {
    let mut journal = workspace.map(Journal::open).transpose()?;
    let mut removed = Vec::new();
    if let Some(journal) = &journal
        && let Some(state) = journal.workspace.directory.stage(SELECT)?
    {
        removed = journal.read()?;
        selector.restore(state, &removed);
    }
    let progress = Progress::begin(observer, Stage::Select, nodes as u64);
    let mut decided = 0;
    loop {
        progress.advance(selector.decided() - decided)?;
        decided = selector.decided();
        let start = removed.len();
        let is_done = !selector.decide_block(&mut removed)?;
        source.check()?;
        if let Some(journal) = &mut journal {
            let bytes = selector.index_bytes();
            journal.workspace.budget.check_single(documents, bytes, || {
                "an exact index of the documents in large buckets".to_owned()
            })?;
            journal.add(&removed[start..], selector.state(), is_done)?;
        }
        if is_done {
            progress.advance(nodes as u64 - decided)?;
            return Ok(removed);
        }
    }
}

/// The decisions in a file, for a run that goes on with this one.
struct Journal<'a> {
    workspace: &'a mut Workspace,
    file: WorkFile,
}

impl<'a> Journal<'a> {
    fn open(workspace: &'a mut Workspace) -> Result<Self> {
        let file = workspace.directory.file(SELECT, Kind(*b"slct"))?;
        Ok(Self { workspace, file })
    }

    fn read(&self) -> Result<Vec<Removed>> {
        let mut removed = Vec::new();
        let mut reader = self.file.reader(0..self.file.len(), READ_BYTES);
        while let Some([a, b, c, d, e, f, g, h, similarity @ ..]) = reader.entry::<REMOVED_BYTES>()? {
            removed.push(Removed {
                node: u32::from_le_bytes([a, b, c, d]),
                by: u32::from_le_bytes([e, f, g, h]),
                similarity: f64::from_le_bytes(similarity),
            });
        }
        Ok(removed)
    }

    fn add(&mut self, removed: &[Removed], state: SelectionState, is_done: bool) -> Result<()> {
        for Removed { node, by, similarity } in removed {
            let mut entry = [0; REMOVED_BYTES];
            entry[..4].copy_from_slice(&node.to_le_bytes());
            entry[4..8].copy_from_slice(&by.to_le_bytes());
            entry[8..].copy_from_slice(&similarity.to_le_bytes());
            self.file.append(&entry)?;
        }
        if is_done || self.workspace.is_due() {
            self.workspace.commit(SELECT, &state, &mut [&mut self.file])?;
        }
        Ok(())
    }
}

/// Carries the decisions about nodes over to the first so many documents.
pub(super) fn removals(folded: &Folded, removed: &[Removed], documents: u32) -> Vec<Removal> {
    let mut is_kept = vec![true; folded.documents.len()];
    for repeat in removed {
        is_kept[repeat.node as usize] = false;
    }
    let decide = |document: DocumentId| {
        let node = folded.node_of(document)?;
        if is_kept[node as usize] {
            if folded.is_within_sources() {
                // A copy from another source is a node of its own.
                return None;
            }
            let by = folded.document_of(node);
            let exact =
                Removal { document, by, similarity: 1.0, relation: Relation::Exact, containment: None };
            return (by != document).then_some(exact);
        }
        let place = removed.binary_search_by_key(&node, |repeat| repeat.node).ok()?;
        let Removed { by, similarity, .. } = removed[place];
        let relation = if folded.are_equal(node, by) { Relation::Exact } else { Relation::Near };
        Some(Removal { document, by: folded.document_of(by), similarity, relation, containment: None })
    };
    (0..documents).filter_map(|document| decide(DocumentId(document))).collect()
}

/// Gives the text or the shingles of a document whenever they are needed.
pub(crate) trait Reread: Sync {
    /// Memory that it takes; one a thread.
    type Scratch: Default + Send;

    /// The text of a document.
    fn text<'s>(&'s self, document: DocumentId, scratch: &'s mut Self::Scratch) -> Result<&'s str>;

    /// The shingles of a document, repeats included.
    fn shingles<'s>(&'s self, document: DocumentId, scratch: &'s mut Self::Scratch) -> Result<&'s [u64]>;
}

/// The documents' texts, read again when they are needed.
pub(crate) struct Texts<'a> {
    pub corpus: &'a Corpus,
    pub records: &'a RecordTable,
    pub shingler: &'a Shingler,
}

/// Gives selection the shingles of a node. It cannot fail there, so a failure is kept until the block ends.
pub(super) struct NodeTexts<'a, T> {
    texts: &'a T,
    documents: &'a [u32],
    templates: Option<&'a Templates<'a, T>>,
    failure: Mutex<Option<Error>>,
}

/// Memory for reading a text and shingling it; one a thread.
#[derive(Default)]
pub(crate) struct ReadScratch {
    text: TextScratch,
    shingles: ShingleScratch,
}

impl Texts<'_> {
    /// The text of a document, read again.
    pub(crate) fn read<'s>(&'s self, document: DocumentId, scratch: &'s mut TextScratch) -> Result<&'s str> {
        self.corpus.text(self.records.locate(document), scratch)
    }

    /// The error for a document whose text is not what it was.
    pub(crate) fn changed(&self, document: DocumentId) -> Error {
        self.corpus.changed(self.records.locate(document))
    }

    /// The shingles of a document, and what else is known of it then.
    pub(crate) fn shingled<'s>(
        &self,
        document: DocumentId,
        scratch: &'s mut ReadScratch,
    ) -> Result<Shingles<'s>> {
        let text = self.corpus.text(self.records.locate(document), &mut scratch.text)?;
        Ok(self.shingler.shingles(text, &mut scratch.shingles))
    }
}

impl Reread for Texts<'_> {
    type Scratch = ReadScratch;

    fn text<'s>(&'s self, document: DocumentId, scratch: &'s mut ReadScratch) -> Result<&'s str> {
        self.read(document, &mut scratch.text)
    }

    fn shingles<'s>(&'s self, document: DocumentId, scratch: &'s mut ReadScratch) -> Result<&'s [u64]> {
        Ok(self.shingled(document, scratch)?.hashes)
    }
}

impl<'a, T> NodeTexts<'a, T> {
    /// Node `n` has the text of `documents[n]`.
    pub(super) fn new(texts: &'a T, documents: &'a [u32]) -> Self {
        Self { texts, documents, templates: None, failure: Mutex::new(None) }
    }

    /// Tells what went wrong, if something did.
    pub(super) fn check(&self) -> Result<()> {
        self.failure().take().map_or(Ok(()), Err)
    }

    fn failure(&self) -> MutexGuard<'_, Option<Error>> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T: Reread> ShingleSource for NodeTexts<'_, T> {
    type Scratch = T::Scratch;

    fn shingles<'s>(&'s self, node: u32, scratch: &'s mut T::Scratch) -> &'s [u64] {
        match self.texts.shingles(DocumentId(self.documents[node as usize]), scratch) {
            Ok(shingles) => shingles,
            Err(error) => {
                // One failure is told; the others follow from it or are alike.
                self.failure().get_or_insert(error);
                &[]
            }
        }
    }

    fn judge(&self, node: u32, kept: u32) -> Judgement {
        let Some(templates) = self.templates else { return Judgement::Repeat };
        let [document, by] = [node, kept].map(|node| DocumentId(self.documents[node as usize]));
        templates.judge(node, document, by).unwrap_or_else(|error| {
            self.failure().get_or_insert(error);
            Judgement::Enough
        })
    }
}
