//! Records of files as documents.

use std::ops::Range;

use super::store::{DocumentPlace, DocumentStore};
use crate::corpus::{Corpus, Description, Frame, Location, RecordTable, Source};
use crate::document::DocumentId;
use crate::error::{Error, Result};

/// The records of a corpus that could be read, each a document, in corpus order.
pub(crate) struct RecordStore<'a> {
    corpus: &'a Corpus,
    records: RecordTable,
    inputs: usize,
}

impl<'a> RecordStore<'a> {
    /// Takes the places of the records of `corpus`.
    pub(crate) fn new(corpus: &'a Corpus, records: RecordTable) -> Self {
        let inputs = corpus.input_documents(&records);
        Self { corpus, records, inputs }
    }

    /// The files.
    pub(crate) fn corpus(&self) -> &'a Corpus {
        self.corpus
    }

    /// Where a document's bytes stand. O(log sources).
    ///
    /// # Panics
    /// If there are not so many documents.
    pub(crate) fn locate(&self, document: DocumentId) -> Location {
        self.records.locate(document)
    }

    /// The file of a document.
    pub(crate) fn file(&self, document: DocumentId) -> &'a Source {
        &self.corpus.sources()[self.locate(document).source]
    }

    /// The documents of a file, given by its number.
    pub(crate) fn of_file(&self, file: usize) -> Range<usize> {
        self.records.of_source(file)
    }

    /// The places of some documents, in order.
    pub(crate) fn frames(&self, documents: Range<usize>) -> impl Iterator<Item = Frame> + '_ {
        self.records.frames(documents)
    }
}

impl DocumentStore for RecordStore<'_> {
    fn count(&self) -> usize {
        self.records.len()
    }

    fn inputs(&self) -> usize {
        self.inputs
    }

    fn read<'s>(&'s self, document: DocumentId, buffer: &mut String) -> Result<Option<&'s str>> {
        self.corpus.read_text(self.locate(document), buffer)
    }

    fn most_bytes(&self, document: DocumentId) -> usize {
        // No escape of a literal is shorter than the character that it stands for.
        self.locate(document).frame.length as usize
    }

    fn describe(&self, document: DocumentId) -> Description {
        self.corpus.describe(self.locate(document))
    }

    fn changed(&self, document: DocumentId) -> Error {
        self.corpus.changed(self.locate(document))
    }

    fn place(&self, document: DocumentId) -> DocumentPlace<'_> {
        let Location { source, frame } = self.locate(document);
        DocumentPlace {
            file: self.corpus.sources()[source].name(),
            record: frame.record,
            is_reference: self.corpus.is_reference(source),
        }
    }
}
