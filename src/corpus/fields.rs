//! Which field of a record holds what.

use std::fmt;

use crate::error::{Error, Result};

/// A field's name, with dots between nested names: `meta.url`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldPath(String);

impl FieldPath {
    /// The path as written.
    ///
    /// # Errors
    /// [`Error::Parameter`] if it is empty.
    pub fn new(path: impl Into<String>) -> Result<Self> {
        let path = path.into();
        if path.is_empty() {
            return Err(Error::parameter("field", "\"\"", "a field name, with dots between nested names"));
        }
        Ok(Self(path))
    }

    /// The path as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for FieldPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A field that was asked for, or is to be guessed from the first record.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum FieldChoice {
    /// Guess among the usual names.
    #[default]
    Guess,
    /// This one.
    Named(FieldPath),
    /// This one if one of the first records has it; else guess.
    Preferred(FieldPath),
}

impl FieldChoice {
    /// The choice for records that need not be like those for which this one was made.
    pub(super) fn for_others(&self) -> Self {
        match self {
            Self::Named(path) => Self::Preferred(path.clone()),
            other => other.clone(),
        }
    }
}

/// Where a source is looked for if it is to be guessed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum SourceGuess {
    /// In a field of its own only.
    #[default]
    OwnField,
    /// Failing that, in the address of a record, which [`source_name`](super::source_name) makes a host of.
    OwnFieldOrAddress,
}

/// The fields in use.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Fields {
    /// Holds the text.
    pub text: FieldPath,
    /// Holds the record's own id, if records have one.
    pub id: Option<FieldPath>,
    /// Holds the source: a newspaper, an office, a site.
    pub source: Option<FieldPath>,
    /// Holds the date.
    pub date: Option<FieldPath>,
    /// Holds the title, if titles are looked at.
    pub title: Option<FieldPath>,
}

/// Usual names, the likeliest first.
pub(crate) const TEXT_NAMES: &[&str] =
    &["text", "content", "body", "raw_content", "article", "document", "fulltext", "full_text", "contents"];
pub(crate) const ID_NAMES: &[&str] = &["id", "_id", "doc_id", "docid", "document_id", "uid", "uuid"];
pub(super) const SOURCE_NAMES: &[&str] =
    &["source", "publisher", "publication", "newspaper", "site", "domain"];
/// Fields that hold where a record was found.
pub(super) const ADDRESS_NAMES: &[&str] = &["url", "link", "uri", "source_url", "page_url", "canonical_url"];
pub(super) const TITLE_NAMES: &[&str] = &["title", "headline", "heading"];
pub(super) const DATE_NAMES: &[&str] =
    &["date", "published", "publish_date", "published_at", "pubdate", "timestamp", "created"];
