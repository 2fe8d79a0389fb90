//! The documents of a corpus with their labels, for an evaluation.

use crate::corpus::{Corpus, FieldPath, Value, field_text};
use crate::document::DocumentId;
use crate::documents::{DocumentStore, RecordStore};
use crate::engine::ingest::read_all;
use crate::engine::observer::Observer;
use crate::error::{Error, Result};

/// A document, by its id.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LabelledDocument {
    /// Its own id, else `file:record`.
    pub id: String,
    /// What the label field holds; none without a field, or where it holds nothing.
    pub label: Option<String>,
    /// Its record in the file, from 1.
    pub record: u32,
}

/// The documents of `corpus`, in order, each with what the field `label` holds. A record that cannot be read is none.
///
/// # Errors
/// [`Error::Io`] and [`Error::Damaged`] if a file cannot be read, [`Error::NothingUsable`] if there is no document,
/// [`Error::NoField`] if no document has the field, [`Error::InputChanged`] if a file changed meanwhile, [`Error::Interrupted`] if the
/// observer asks for it.
pub fn documents_of(
    corpus: &Corpus,
    label: Option<&FieldPath>,
    observer: &dyn Observer,
) -> Result<Vec<LabelledDocument>> {
    let mut paths = vec![&corpus.fields().text];
    paths.extend(label);
    let mut labels: Vec<Option<String>> = Vec::new();
    let read = read_all(
        corpus,
        &paths,
        observer,
        Vec::new,
        |(): &mut (), part: &mut Vec<Option<String>>, _, values: &[Option<Value<'_>>]| {
            part.push(field_text(values.first().copied().flatten()));
        },
        |part| labels.extend(part),
    );
    let found = corpus.unchanged(read)?;
    found.check_usable(corpus, observer)?;
    if let Some(label) = label
        && labels.iter().all(Option::is_none)
    {
        let names = corpus.field_names_of(0);
        return Err(Error::NoField {
            path: corpus.sources()[0].name().into(),
            wanted: format!("\"{label}\""),
            found: names.join(", "),
            nearest: None,
            purpose: "label",
        });
    }
    let store = RecordStore::new(corpus, found.records);
    let documents = (0u32..).zip(labels).map(|(number, label)| {
        let document = DocumentId(number);
        let record = store.locate(document).frame.record;
        LabelledDocument { id: store.describe(document).id, label, record }
    });
    Ok(documents.collect())
}
