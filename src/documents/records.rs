//! Records of files as documents.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::{Mutex, OnceLock, PoisonError};

use super::store::{DocumentPlace, DocumentStore};
use crate::corpus::{
    Corpus, Description, Frame, LONG_TEXT_BYTES, Location, RecordTable, Source, SpilledText,
};
use crate::document::DocumentId;
use crate::error::{Error, Result};

/// The records of a corpus that could be read, each a document, in corpus order.
pub(crate) struct RecordStore<'a> {
    corpus: &'a Corpus,
    records: RecordTable,
    inputs: usize,
    spilled: Option<SpilledTexts>,
    described: Mutex<Described>,
}

/// Descriptions that were read: a run asks for those of what it removed several times, for its tables and its page, and
/// each time the whole record is read.
#[derive(Default)]
struct Described {
    descriptions: BTreeMap<DocumentId, Description>,
    bytes: usize,
}

/// Memory of descriptions that are kept; those read later are read again each time.
const DESCRIBED_BYTES: usize = 2 << 20;

impl Described {
    fn keep(&mut self, document: DocumentId, description: &Description) {
        let Description { id, source, date } = description;
        let text = |text: &Option<String>| text.as_ref().map_or(0, String::len);
        let bytes = 2 * size_of::<Description>() + id.len() + text(source) + text(date);
        if self.bytes + bytes <= DESCRIBED_BYTES && !self.descriptions.contains_key(&document) {
            self.bytes += bytes;
            self.descriptions.insert(document, description.clone());
        }
    }
}

/// Long texts that go to files, at most: the longest. A process has some 65,000 maps.
const MOST_SPILLED: usize = 1 << 14;

/// Long texts that were read again, where memory is bounded.
struct SpilledTexts {
    directory: PathBuf,
    /// The long documents, ascending.
    documents: Vec<u32>,
    /// Of each, its text, once it was read.
    texts: Vec<OnceLock<SpilledText>>,
}

impl<'a> RecordStore<'a> {
    /// Takes the places of the records of `corpus`.
    pub(crate) fn new(corpus: &'a Corpus, records: RecordTable) -> Self {
        let inputs = corpus.input_documents(&records);
        Self { corpus, records, inputs, spilled: None, described: Mutex::default() }
    }

    /// The same, and long texts are read by way of temporary files in `directory`, if there is one: each is decoded
    /// once, and its memory is the system's to take back.
    pub(crate) fn spilling_to(self, directory: Option<PathBuf>) -> Self {
        let spilled = directory.map(|directory| {
            let frames = (0u32..).zip(self.records.frames(0..self.records.len()));
            let long = frames.filter(|(_, frame)| frame.length as usize > LONG_TEXT_BYTES);
            let mut long: Vec<(u32, u32)> = long.map(|(document, frame)| (frame.length, document)).collect();
            if long.len() > MOST_SPILLED {
                long.select_nth_unstable_by_key(MOST_SPILLED, |&one| std::cmp::Reverse(one));
                long.truncate(MOST_SPILLED);
            }
            let mut documents: Vec<u32> = long.into_iter().map(|(_, document)| document).collect();
            documents.sort_unstable();
            let texts = documents.iter().map(|_| OnceLock::new()).collect();
            SpilledTexts { directory, documents, texts }
        });
        Self { spilled, ..self }
    }

    /// Where long texts go as they are read; none if all is in memory.
    pub(crate) fn spill_directory(&self) -> Option<PathBuf> {
        self.spilled.as_ref().map(|spilled| spilled.directory.clone())
    }

    /// A long text that would take memory to read; none if this is not one.
    fn spilled(&self, document: DocumentId) -> Result<Option<&str>> {
        let Some(SpilledTexts { directory, documents, texts }) = &self.spilled else { return Ok(None) };
        let Ok(place) = documents.binary_search(&document.0) else { return Ok(None) };
        if let Some(text) = texts[place].get() {
            return text.text().map(Some);
        }
        let Some(text) = self.corpus.spilled_text(self.locate(document), directory)? else {
            return Ok(None);
        };
        // Another thread may have been as fast, with the same text.
        texts[place].get_or_init(|| text).text().map(Some)
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

    /// The source of a document, if a field says it. Not kept for the next time, as descriptions are: whoever asks for it
    /// mostly asks for those of all documents.
    pub(crate) fn source(&self, document: DocumentId) -> Option<String> {
        self.corpus.source(self.locate(document))
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
        if let Some(text) = self.spilled(document)? {
            return Ok(Some(text));
        }
        self.corpus.read_text(self.locate(document), buffer)
    }

    fn most_bytes(&self, document: DocumentId) -> usize {
        // No escape of a literal is shorter than the character that it stands for.
        self.locate(document).frame.length as usize
    }

    fn describe(&self, document: DocumentId) -> Description {
        // A thread that failed while it held the lock left whole descriptions.
        let described = || self.described.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(description) = described().descriptions.get(&document) {
            return description.clone();
        }
        let description = self.corpus.describe(self.locate(document));
        described().keep(document, &description);
        description
    }

    fn title(&self, document: DocumentId) -> Option<String> {
        self.corpus.title(self.locate(document))
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
