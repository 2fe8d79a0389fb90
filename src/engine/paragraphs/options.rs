//! How repeated paragraphs are looked for.

use crate::error::{Error, Result};
use crate::text::ParagraphSplit;

/// What to do about repeated paragraphs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ParagraphMode {
    /// Do not look for them.
    #[default]
    Off,
    /// List them, and leave every document as it is.
    Report,
    /// List them, and take them out of the clean corpus.
    Remove,
}

/// How repeated paragraphs are looked for, and what becomes of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ParagraphOptions {
    /// What to do about them.
    pub mode: ParagraphMode,
    /// Tokens that a paragraph must have to be compared with those of other documents; at least 1.
    pub min_words: usize,
    /// Documents in which a paragraph must occur to be removed from all of them; at least 2.
    pub boilerplate: Option<u64>,
    /// What sets paragraphs apart.
    pub split: ParagraphSplit,
}

impl ParagraphOptions {
    /// About the shortest sentence that is unlikely to be written twice by chance, and enough for six shingles.
    pub const MIN_WORDS: usize = 10;

    /// Checks the ranges.
    ///
    /// # Errors
    /// [`Error::Parameter`] unless `min_words` is at least 1 and `boilerplate` at least 2.
    pub fn check(&self) -> Result<()> {
        if self.min_words == 0 {
            return Err(Error::parameter("min-words", 0, "at least 1"));
        }
        match self.boilerplate {
            Some(documents @ 0..2) => Err(Error::parameter("boilerplate", documents, "at least 2 documents")),
            _ => Ok(()),
        }
    }
}

impl Default for ParagraphOptions {
    fn default() -> Self {
        Self {
            mode: ParagraphMode::Off,
            min_words: Self::MIN_WORDS,
            boilerplate: None,
            split: ParagraphSplit::default(),
        }
    }
}
