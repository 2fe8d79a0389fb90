//! Where documents come from.

use std::io;
use std::path::Path;

use crate::corpus::Description;
use crate::document::DocumentId;
use crate::error::{Error, Result};

/// Gives each document of a run on demand, as often as it is asked for.
///
/// Documents are numbered from 0. Those of references, which are compared with and never removed, have the highest
/// numbers.
pub trait DocumentStore: Sync {
    /// Number of documents.
    fn count(&self) -> usize;

    /// How many of these are inputs; those behind them are references.
    fn inputs(&self) -> usize {
        self.count()
    }

    /// The text of a document, borrowed where it stands in memory as it is; else it replaces the content of `buffer`,
    /// and none is returned.
    ///
    /// # Errors
    /// [`Error::Io`](crate::Error::Io) and [`Error::Damaged`](crate::Error::Damaged) if it cannot be read any more.
    fn read<'s>(&'s self, document: DocumentId, buffer: &mut String) -> Result<Option<&'s str>>;

    /// The most bytes that the text of a document can have, as far as that is known without reading it; 0 where it is not.
    fn most_bytes(&self, _document: DocumentId) -> usize {
        0
    }

    /// Id, source and date of a document; its number, from 1, where nothing else is known.
    fn describe(&self, document: DocumentId) -> Description {
        Description { id: (document.index() + 1).to_string(), ..Description::default() }
    }

    /// The title of a document, where that is known beside its text.
    fn title(&self, _document: DocumentId) -> Option<String> {
        None
    }

    /// The error for a document whose text is not what it was.
    fn changed(&self, document: DocumentId) -> Error {
        let cause = io::Error::other("its text is not what it was");
        Error::io(Path::new(&format!("document {}", document.index() + 1)), "read it again")(cause)
    }

    /// Where a document stands; its number where it stands in no file.
    fn place(&self, document: DocumentId) -> DocumentPlace<'_> {
        DocumentPlace { file: "", record: document.0.saturating_add(1), is_reference: false }
    }
}

/// Where a document stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DocumentPlace<'a> {
    /// The file's name in the output; empty for documents in memory.
    pub file: &'a str,
    /// Number of the record in the file, from 1.
    pub record: u32,
    /// Whether it is of a reference.
    pub is_reference: bool,
}
