//! The way back to a document.

use std::ops::Range;

use rayon::prelude::*;

use super::store::{DocumentPlace, DocumentStore};
use crate::corpus::{Description, parse_date};
use crate::document::DocumentId;
use crate::error::Result;

/// The documents of a run.
#[derive(Clone, Copy)]
pub(crate) struct Documents<'d> {
    store: &'d dyn DocumentStore,
    inputs: usize,
}

impl<'d> Documents<'d> {
    /// The documents of a store.
    pub(crate) fn new(store: &'d dyn DocumentStore) -> Self {
        Self::with_inputs(store, store.inputs())
    }

    /// The documents of a store, of which the first so many are inputs, whatever the store says.
    pub(crate) fn with_inputs(store: &'d dyn DocumentStore, inputs: usize) -> Self {
        Self { store, inputs }
    }

    /// Number of documents.
    pub(crate) fn count(self) -> usize {
        self.store.count()
    }

    /// How many of these are inputs; those with higher numbers are references.
    pub(crate) fn inputs(self) -> usize {
        self.inputs
    }

    /// Reads texts; one a thread.
    pub(crate) fn reader(self) -> DocumentReader<'d> {
        DocumentReader { documents: self, recent: Default::default(), next: 0 }
    }

    /// The most bytes that a document's text can have, known without reading it; 0 where it is not. O(log sources).
    pub(crate) fn most_bytes(self, document: DocumentId) -> usize {
        self.store.most_bytes(document)
    }

    /// Id, source and date of a document, read in one go. O(bytes of its record).
    pub(crate) fn describe(self, document: DocumentId) -> Description {
        self.store.describe(document)
    }

    /// Id, source and date of some documents, each read once, in parallel.
    pub(crate) fn describe_all(self, documents: impl IntoIterator<Item = DocumentId>) -> Descriptions {
        let mut documents: Vec<DocumentId> = documents.into_iter().collect();
        documents.par_sort_unstable();
        documents.dedup();
        let descriptions = documents.par_iter().map(|&document| self.describe(document)).collect();
        Descriptions { documents, descriptions }
    }

    /// A document's own id, or `file:record`.
    pub(crate) fn id(self, document: DocumentId) -> String {
        self.describe(document).id
    }

    /// The title of a document, where that is known beside its text.
    pub(crate) fn title(self, document: DocumentId) -> Option<String> {
        self.store.title(document)
    }

    /// A document's source.
    pub(crate) fn source(self, document: DocumentId) -> Option<String> {
        self.describe(document).source
    }

    /// A document's date, in seconds since 1970.
    pub(crate) fn date(self, document: DocumentId) -> Option<i64> {
        parse_date(&self.describe(document).date?)
    }

    /// Where a document stands.
    pub(crate) fn place(self, document: DocumentId) -> DocumentPlace<'d> {
        self.store.place(document)
    }
}

/// Id, source and date of some documents.
#[derive(Clone, Debug, Default)]
pub(crate) struct Descriptions {
    /// Ascending.
    documents: Vec<DocumentId>,
    descriptions: Vec<Description>,
}

impl Descriptions {
    /// Those of one document. O(log n).
    ///
    /// # Panics
    /// If it was not among those asked for.
    pub(crate) fn of(&self, document: DocumentId) -> &Description {
        let place = self.documents.binary_search(&document);
        &self.descriptions[place.expect("only documents that were asked for are looked up")]
    }
}

/// Texts that a reader keeps at hand. Neighbours in corpus order tend to repeat the same document, and the next paragraph
/// that is asked for mostly stands in the same text.
const RECENT_TEXTS: usize = 8;

/// Of decoded texts longer than this, one is kept: more would take too much memory a thread.
const LONG_TEXT_BYTES: usize = 64 << 10;

/// Reads texts of documents and remembers the last ones, long or short. One a thread.
pub(crate) struct DocumentReader<'d> {
    documents: Documents<'d>,
    recent: [RecentText<'d>; RECENT_TEXTS],
    next: usize,
}

/// A text that was read: in the store, or decoded here.
#[derive(Default)]
struct RecentText<'d> {
    document: Option<DocumentId>,
    stored: Option<&'d str>,
    decoded: String,
}

impl RecentText<'_> {
    fn text(&self) -> &str {
        self.stored.unwrap_or(&self.decoded)
    }
}

impl DocumentReader<'_> {
    /// The text of a document. O(bytes of its record), O(1) if it was asked for lately.
    ///
    /// # Errors
    /// [`Error::Io`](crate::Error::Io) and [`Error::Damaged`](crate::Error::Damaged) if it cannot be read any more.
    pub(crate) fn text(&mut self, document: DocumentId) -> Result<&str> {
        let known = self.recent.iter().position(|recent| recent.document == Some(document));
        let place = match known {
            Some(place) => place,
            None => self.read(document)?,
        };
        Ok(self.recent[place].text())
    }

    /// A part of a document's text, as it was found before.
    ///
    /// # Errors
    /// As [`text`](Self::text); [`Error::Io`](crate::Error::Io) if the text has no such part any more.
    pub(crate) fn part(&mut self, document: DocumentId, range: Range<usize>) -> Result<&str> {
        let documents = self.documents;
        self.text(document)?.get(range).ok_or_else(|| documents.store.changed(document))
    }

    fn read(&mut self, document: DocumentId) -> Result<usize> {
        let place = self.next;
        let recent = &mut self.recent[place];
        recent.document = None;
        recent.stored = self.documents.store.read(document, &mut recent.decoded)?;
        recent.document = Some(document);
        let is_long = |recent: &RecentText<'_>| recent.decoded.capacity() > LONG_TEXT_BYTES;
        if is_long(&self.recent[place]) {
            for (other, recent) in self.recent.iter_mut().enumerate() {
                if other != place && is_long(recent) {
                    *recent = RecentText::default();
                }
            }
        }
        self.next = (place + 1) % RECENT_TEXTS;
        Ok(place)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    /// Texts of so many letters, decoded at each reading and counted.
    struct Counted(Vec<usize>, AtomicUsize);

    impl DocumentStore for Counted {
        fn count(&self) -> usize {
            self.0.len()
        }

        fn read<'s>(&'s self, document: DocumentId, buffer: &mut String) -> Result<Option<&'s str>> {
            self.1.fetch_add(1, Ordering::Relaxed);
            buffer.clear();
            buffer.extend(std::iter::repeat_n('a', self.0[document.index()]));
            Ok(None)
        }

        fn describe(&self, document: DocumentId) -> Description {
            self.1.fetch_add(1, Ordering::Relaxed);
            Description { id: document.0.to_string(), ..Description::default() }
        }
    }

    #[test]
    fn the_last_text_is_remembered_however_long_it_is() {
        let store = Counted(vec![1, 1 << 20, 1 << 20], AtomicUsize::new(0));
        let mut reader = Documents::new(&store).reader();
        for (document, reads) in [(0, 1), (0, 1), (1, 2), (1, 2), (0, 2), (2, 3), (2, 3), (0, 3), (1, 4)] {
            assert_eq!(reader.text(DocumentId(document)).unwrap().len(), store.0[document as usize]);
            assert_eq!(store.1.load(Ordering::Relaxed), reads, "{document}");
        }
        let held: usize = reader.recent.iter().map(|recent| recent.decoded.capacity()).sum();
        assert!(held < 2 << 20, "one long text at a time: {held}");
    }

    #[test]
    fn a_document_is_described_once_however_often_it_is_named() {
        let store = Counted(vec![1; 4], AtomicUsize::new(0));
        let described = Documents::new(&store).describe_all([3, 1, 3, 3, 1].map(DocumentId));
        assert_eq!(store.1.load(Ordering::Relaxed), 2);
        assert_eq!(
            (described.of(DocumentId(1)).id.as_str(), described.of(DocumentId(3)).id.as_str()),
            ("1", "3")
        );
    }
}
