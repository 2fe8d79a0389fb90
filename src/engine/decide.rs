//! Sketches to decisions: fold, bucket, verify, choose.

use std::sync::OnceLock;

use super::fold::Folded;
use super::ingest::Sketches;
use super::matching::{Index, Matching};
use super::observer::{Observer, Progress, Stage};
use crate::corpus::{Corpus, RecordTable, TextScratch};
use crate::document::DocumentId;
use crate::error::{Error, Result};
use crate::lsh::{Candidates, candidates};
use crate::select::{Decision, Relation, Removal, ShingleSource, select};
use crate::shingle::{ShingleScratch, Shingler};

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
}

/// Decides all documents; `order` lists them in priority order.
pub(crate) fn decide(
    texts: &Texts<'_>,
    sketches: &Sketches,
    order: &[u32],
    matching: &Matching,
    index: Index,
    observer: &dyn Observer,
) -> Result<Decisions> {
    let folded = Folded::new(sketches, order);
    let nodes = &folded.documents;
    let progress = Progress::begin(observer, Stage::Candidates, nodes.len() as u64);
    let found = match index {
        Index::Bands { banding, floor } => candidates(&sketches.signatures, nodes, banding, floor),
        Index::Exact => Candidates { pairs: Vec::new(), crowded: vec![true; nodes.len()], largest_bucket: 0 },
    };
    progress.advance(nodes.len() as u64)?;
    let progress = Progress::begin(observer, Stage::Select, nodes.len() as u64);
    let source = NodeTexts { texts, documents: nodes, failure: OnceLock::new() };
    let chosen = select(&found, &sketches.signatures, nodes, matching.selection(), &source);
    if let Some(error) = source.failure.into_inner() {
        return Err(error);
    }
    progress.advance(nodes.len() as u64)?;
    Ok(Decisions {
        removals: removals(&folded, &chosen, order.len() as u32),
        largest_bucket: found.largest_bucket as u64,
        candidate_pairs: found.pairs.len() as u64,
        crowded: found.crowded.iter().filter(|&&crowded| crowded).count() as u64,
    })
}

/// Carries the decisions about nodes over to all documents.
pub(super) fn removals(folded: &Folded, chosen: &[Decision], documents: u32) -> Vec<Removal> {
    let decide = |document: DocumentId| {
        let node = folded.node_of(document)?;
        match chosen[node as usize] {
            Decision::Removed { by, similarity } => {
                let by = folded.document_of(by);
                Some(Removal { document, by, similarity, relation: Relation::Near })
            }
            Decision::Kept => {
                let by = folded.document_of(node);
                let exact = Removal { document, by, similarity: 1.0, relation: Relation::Exact };
                (by != document).then_some(exact)
            }
        }
    };
    (0..documents).filter_map(|document| decide(DocumentId(document))).collect()
}

/// The documents' texts, read again when they are needed.
pub(crate) struct Texts<'a> {
    pub corpus: &'a Corpus,
    pub records: &'a RecordTable,
    pub shingler: &'a Shingler,
}

/// Gives selection the shingles of a node. It cannot fail there, so a failure is kept until selection ends.
struct NodeTexts<'a> {
    texts: &'a Texts<'a>,
    documents: &'a [u32],
    failure: OnceLock<Error>,
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

    /// The shingles of a document, repeats included.
    pub(crate) fn shingles<'s>(
        &self,
        document: DocumentId,
        scratch: &'s mut ReadScratch,
    ) -> Result<&'s [u64]> {
        let text = self.corpus.text(self.records.locate(document), &mut scratch.text)?;
        Ok(self.shingler.shingles(text, &mut scratch.shingles).hashes)
    }
}

impl ShingleSource for NodeTexts<'_> {
    type Scratch = ReadScratch;

    fn shingles<'s>(&'s self, node: u32, scratch: &'s mut ReadScratch) -> &'s [u64] {
        match self.texts.shingles(DocumentId(self.documents[node as usize]), scratch) {
            Ok(shingles) => shingles,
            Err(error) => {
                // Only the first failure is told; the others follow from it.
                drop(self.failure.set(error));
                &[]
            }
        }
    }
}
