//! Runs of equal words, and the passages that they make.

use std::ops::Range;

use crate::text::Token;

/// Equal tokens in both texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Run {
    /// The first word in the first text.
    pub a: usize,
    /// The first word in the second text.
    pub b: usize,
    /// Number of words.
    pub words: usize,
}

impl Run {
    /// One past the last word in the first text.
    pub fn a_end(&self) -> usize {
        self.a + self.words
    }

    /// One past the last word in the second text.
    pub fn b_end(&self) -> usize {
        self.b + self.words
    }
}

/// A passage that two texts share. It begins and ends with an equal word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passage {
    /// Its words in the first text, counted from 0.
    pub a_words: Range<usize>,
    /// Its words in the second text.
    pub b_words: Range<usize>,
    /// Its bytes in the first text: both ends are boundaries of characters.
    pub a_bytes: Range<usize>,
    /// Its bytes in the second text.
    pub b_bytes: Range<usize>,
    /// The equal parts, in order in both texts; between two of them something differs.
    pub runs: Vec<Run>,
}

impl Passage {
    /// The passage of these runs, at least one.
    pub(super) fn new(runs: Vec<Run>, a: &[Token], b: &[Token]) -> Self {
        let (first, last) = (runs[0], runs[runs.len() - 1]);
        let (a_words, b_words) = (first.a..last.a_end(), first.b..last.b_end());
        let bytes =
            |words: &Range<usize>, tokens: &[Token]| tokens[words.start].start..tokens[words.end - 1].end;
        Self { a_bytes: bytes(&a_words, a), b_bytes: bytes(&b_words, b), a_words, b_words, runs }
    }

    /// All of two texts, if their tokens are the same and there is one.
    pub(in crate::reuse) fn whole([a, b]: [&[Token]; 2]) -> Option<Self> {
        let is_same = a.iter().map(|token| token.hash).eq(b.iter().map(|token| token.hash));
        (is_same && !a.is_empty()).then(|| Self::new(vec![Run { a: 0, b: 0, words: a.len() }], a, b))
    }

    /// Number of equal words.
    pub fn matches(&self) -> usize {
        self.runs.iter().map(|run| run.words).sum()
    }

    /// Words of the longer side for which the other has nothing equal.
    pub fn differences(&self) -> usize {
        self.a_words.len().max(self.b_words.len()) - self.matches()
    }
}
