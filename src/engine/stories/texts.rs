//! The texts of documents as stories compare them: without their credits, if these are to be left out.

use std::borrow::Cow;

use crate::document::DocumentId;
use crate::documents::{DocumentReader, Documents};
use crate::error::Result;
use crate::reuse::credits::{Credits, blank};

/// A text without its credits, if they are to be left out.
pub(super) fn without_credits<'t>(text: &'t str, credits: Option<&Credits>) -> Cow<'t, str> {
    credits.map_or(Cow::Borrowed(text), |credits| blank(text, &credits.find(text)))
}

/// The documents' texts, read again as they are compared.
#[derive(Clone, Copy)]
pub(super) struct StoryTexts<'a> {
    pub documents: Documents<'a>,
    /// Left out of every text.
    pub credits: Option<&'a Credits>,
}

impl<'a> StoryTexts<'a> {
    pub(super) fn reader(self) -> StoryReader<'a> {
        StoryReader { reader: self.documents.reader(), credits: self.credits }
    }
}

/// Reads texts; one a thread.
pub(super) struct StoryReader<'a> {
    reader: DocumentReader<'a>,
    credits: Option<&'a Credits>,
}

impl StoryReader<'_> {
    pub(super) fn text(&mut self, document: DocumentId) -> Result<Cow<'_, str>> {
        Ok(without_credits(self.reader.text(document)?, self.credits))
    }
}
