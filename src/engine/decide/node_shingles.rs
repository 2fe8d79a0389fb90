//! The shingles of nodes, made again from the texts whenever selection compares them.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::templates::Templates;
use crate::document::DocumentId;
use crate::documents::{DocumentReader, Documents};
use crate::engine::bounded::SetAllowance;
use crate::error::{Error, Result};
use crate::select::{Judgement, ShingleSource};
use crate::shingle::{ShingleScratch, Shingler};
use crate::similarity::SetCounts;

/// Gives selection the shingles of a node. It cannot fail there, so a failure is kept until the block ends.
pub(super) struct NodeShingles<'a> {
    documents: Documents<'a>,
    shingler: &'a Shingler,
    /// The document of each node.
    nodes: &'a [u32],
    sets: SetAllowance,
    templates: Option<&'a Templates<'a>>,
    failure: Mutex<Option<Error>>,
}

impl<'a> NodeShingles<'a> {
    /// Node `n` has the text of document `nodes[n]`.
    pub(super) fn new(
        documents: Documents<'a>,
        shingler: &'a Shingler,
        nodes: &'a [u32],
        sets: SetAllowance,
    ) -> Self {
        Self { documents, shingler, nodes, sets, templates: None, failure: Mutex::new(None) }
    }

    /// The same, and templates are kept apart.
    pub(super) fn with_templates(self, templates: Option<&'a Templates<'a>>) -> Self {
        Self { templates, ..self }
    }

    /// What keeps templates apart, if they are.
    pub(super) fn templates(&self) -> Option<&'a Templates<'a>> {
        self.templates
    }

    /// Reports the first failure, if there was one.
    pub(super) fn check(&self) -> Result<()> {
        self.failure().take().map_or(Ok(()), Err)
    }

    fn failure(&self) -> MutexGuard<'_, Option<Error>> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ShingleSource for NodeShingles<'_> {
    type Scratch<'s>
        = (DocumentReader<'s>, ShingleScratch)
    where
        Self: 's;

    fn scratch(&self) -> Self::Scratch<'_> {
        (self.documents.reader(), ShingleScratch::default())
    }

    fn shingles<'a, 's: 'a>(
        &'s self,
        node: u32,
        (reader, scratch): &'a mut (DocumentReader<'s>, ShingleScratch),
    ) -> &'a [u64] {
        match reader.text(DocumentId(self.nodes[node as usize])) {
            Ok(text) => self.shingler.shingles(text, scratch).hashes,
            Err(error) => {
                // One failure is reported; the others follow from it or are alike.
                self.failure().get_or_insert(error);
                &[]
            }
        }
    }

    fn counts<'s>(
        &'s self,
        a: u32,
        b: u32,
        (reader, scratch): &mut (DocumentReader<'s>, ShingleScratch),
    ) -> Option<SetCounts> {
        let pair = [a, b].map(|node| DocumentId(self.nodes[node as usize]));
        let is_long =
            |&one: &DocumentId| self.sets.is_exceeded(self.documents.most_bytes(one), self.shingler);
        if !self.sets.is_bounded() || !pair.iter().any(is_long) {
            return None;
        }
        let counted = self.sets.count(self.shingler, scratch, |number, take| {
            take(reader.text(pair[number])?);
            Ok(())
        });
        Some(counted.unwrap_or_else(|error| {
            self.failure().get_or_insert(error);
            SetCounts::default()
        }))
    }

    fn judge(&self, node: u32, kept: u32) -> Judgement {
        let Some(templates) = self.templates else { return Judgement::Repeat };
        let [document, by] = [node, kept].map(|node| DocumentId(self.nodes[node as usize]));
        templates.judge(node, document, by).unwrap_or_else(|error| {
            self.failure().get_or_insert(error);
            Judgement::Enough
        })
    }
}
