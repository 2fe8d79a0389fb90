//! What an archive is made of, and how its copies are edited.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;

use crate::error::{Error, Result};
use crate::params::{Seed, TextParams};

/// What is done to an original to make a copy of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Edit {
    /// Nothing.
    Exact,
    /// A few words replaced, inserted and deleted, capitals and commas changed; aims at a Jaccard similarity
    /// between 0.6 and 0.98, evenly.
    Light,
    /// Cut to its first 30 to 80 %.
    Truncate,
    /// Local paragraphs before or after, 15 to 120 % as long as the original.
    Wrap,
    /// Its paragraphs in another order.
    Reorder,
    /// Misread characters, at a rate drawn for each copy from [`Options::ocr_rate`].
    Ocr,
    /// The same form with other names, numbers and dates: not a copy of the story.
    Template,
}

impl Edit {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::Exact, Self::Light, Self::Truncate, Self::Wrap, Self::Reorder, Self::Ocr, Self::Template];

    /// The name on the command line and in `truth.jsonl`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Light => "light",
            Self::Truncate => "truncate",
            Self::Wrap => "wrap",
            Self::Reorder => "reorder",
            Self::Ocr => "ocr",
            Self::Template => "template",
        }
    }
}

impl fmt::Display for Edit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Edit {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let found = Self::ALL.into_iter().find(|edit| edit.name() == text);
        found.ok_or_else(|| {
            Error::parameter("edits", text, "of exact, light, truncate, wrap, reorder, ocr and template")
        })
    }
}

/// What the documents are like. All but [`Shape::News`] are to press on one part of a deduplicator: nothing is
/// planted in them, and `truth.jsonl` is empty.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Shape {
    /// News stories with planted copies.
    #[default]
    News,
    /// One text, in which one word differs in every document: a single bucket holds them all.
    Identical,
    /// One form filled in for every document: any two have a Jaccard similarity near 0.6 in shingles of five
    /// words, below a usual threshold, yet in many shared buckets. For 100 words or more.
    Template,
    /// A single document of so many bytes. [`Options::docs`] is not looked at.
    Huge {
        /// Bytes of the decoded text.
        bytes: u64,
    },
    /// Five words a document, all words equally likely.
    Short,
    /// Empty texts.
    Empty,
}

/// Which scripts the invented languages use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Scripts {
    /// Latin letters, without any character outside ASCII.
    #[default]
    Latin,
    /// Half of the documents in Latin letters; the others Cyrillic, Greek, Arabic, Chinese and Japanese.
    Mixed,
}

/// What archive to make.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Options {
    /// How many documents.
    pub docs: u64,
    /// Seed of everything that is drawn.
    pub seed: Seed,
    /// The share of documents that are copies, in `[0, 1)`.
    pub duplicates: f64,
    /// How copies are made, each equally often. One that is named twice is used twice as often.
    pub edits: Vec<Edit>,
    /// Mean length of an original in words. Lengths are log-normal.
    pub mean_words: u32,
    /// Which scripts to write in.
    pub scripts: Scripts,
    /// Least and highest rate of misread characters in [`Edit::Ocr`].
    pub ocr_rate: (f64, f64),
    /// The most copies of one original. With many duplicates and few copies allowed, fewer copies are made.
    pub most_copies: u32,
    /// Into how many files the documents are split, in order and of equal numbers.
    pub shards: u32,
    /// What the documents are like.
    pub shape: Shape,
    /// Sentences to make the texts of, instead of invented ones. Few sentences make many accidental
    /// similarities, which are not in the truth.
    pub sentences: Vec<String>,
    /// Tokens and shingles for the similarities in the truth.
    pub text: TextParams,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            docs: 100_000,
            seed: Seed(1),
            duplicates: 0.2,
            edits: Edit::ALL.to_vec(),
            mean_words: 400,
            scripts: Scripts::default(),
            ocr_rate: (0.01, 0.05),
            most_copies: 50,
            shards: 1,
            shape: Shape::default(),
            sentences: Vec::new(),
            text: TextParams::default(),
        }
    }
}

impl Options {
    /// The most shards: their names have five digits.
    pub const MAX_SHARDS: u32 = 100_000;

    pub(super) fn check(&self) -> Result<()> {
        let unit = |x: f64| (0.0..=1.0).contains(&x);
        if !unit(self.duplicates) || self.duplicates >= 1.0 {
            return Err(Error::parameter("duplicates", self.duplicates, "a number from 0 to less than 1"));
        }
        if self.duplicates > 0.0 && self.edits.is_empty() {
            return Err(Error::parameter("edits", "empty", "at least one, or duplicates 0"));
        }
        let (low, high) = self.ocr_rate;
        if !unit(low) || !unit(high) || low > high {
            let given = format!("{low}-{high}");
            return Err(Error::parameter("ocr-rate", given, "two numbers from 0 to 1, the lower first"));
        }
        if !(1..=1_000_000).contains(&self.mean_words) {
            return Err(Error::parameter("mean-words", self.mean_words, "a whole number from 1 to 1000000"));
        }
        if self.most_copies == 0 {
            return Err(Error::parameter("max-copies", self.most_copies, "at least 1, or duplicates 0"));
        }
        if !(1..=Self::MAX_SHARDS).contains(&self.shards) {
            return Err(Error::parameter("shards", self.shards, "a whole number from 1 to 100000"));
        }
        if !self.sentences.is_empty() && self.sentences.iter().all(|sentence| sentence.trim().is_empty()) {
            return Err(Error::parameter("from", "blank", "a corpus with at least one sentence"));
        }
        Ok(())
    }
}
