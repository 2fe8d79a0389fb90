//! Documents in memory.

use super::store::DocumentStore;
use crate::corpus::{Description, source_name};
use crate::document::DocumentId;
use crate::error::Result;

/// A document in memory, as a caller has it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Document {
    /// The text.
    pub text: String,
    /// What the caller calls it; never compared.
    pub id: Option<String>,
    /// Where it comes from: a newspaper, a site. [`PriorityKey::Source`](crate::select::PriorityKey::Source) looks at
    /// it.
    pub source: Option<String>,
    /// When it was published, in any form that [`parse_date`](crate::corpus::parse_date) reads.
    /// [`PriorityKey::Earliest`](crate::select::PriorityKey::Earliest) and
    /// [`PriorityKey::Latest`](crate::select::PriorityKey::Latest) look at it.
    pub date: Option<String>,
    /// Its title, if it is not in the text. Of documents that share paragraphs it says whose they are.
    pub title: Option<String>,
}

impl Document {
    /// A document of which nothing but the text is known.
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }

    /// The same with an id.
    #[must_use]
    pub fn with_id(self, id: impl Into<String>) -> Self {
        Self { id: Some(id.into()), ..self }
    }

    /// The same with a source.
    #[must_use]
    pub fn with_source(self, source: impl Into<String>) -> Self {
        Self { source: Some(source.into()), ..self }
    }

    /// The same with a date.
    #[must_use]
    pub fn with_date(self, date: impl Into<String>) -> Self {
        Self { date: Some(date.into()), ..self }
    }

    /// The same with a title.
    #[must_use]
    pub fn with_title(self, title: impl Into<String>) -> Self {
        Self { title: Some(title.into()), ..self }
    }
}

impl From<String> for Document {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

impl From<&str> for Document {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl DocumentStore for Vec<Document> {
    fn count(&self) -> usize {
        self.len()
    }

    fn read<'s>(&'s self, document: DocumentId, _buffer: &mut String) -> Result<Option<&'s str>> {
        Ok(Some(&self[document.index()].text))
    }

    fn most_bytes(&self, document: DocumentId) -> usize {
        self[document.index()].text.len()
    }

    fn describe(&self, document: DocumentId) -> Description {
        let Document { id, source, date, .. } = &self[document.index()];
        let given = |value: &Option<String>| value.clone().filter(|value| !value.is_empty());
        Description {
            id: given(id).unwrap_or_else(|| (document.index() + 1).to_string()),
            source: given(source).map(|source| source_name(&source)),
            date: given(date),
        }
    }

    fn title(&self, document: DocumentId) -> Option<String> {
        self[document.index()].title.clone().filter(|title| !title.is_empty())
    }
}
