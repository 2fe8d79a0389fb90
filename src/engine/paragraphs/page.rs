//! One text, laid out and tokenised once: the tokens of its paragraphs and lines as slices.
#![allow(
    clippy::cast_possible_truncation,
    reason = "documents and nodes are numbered in 32 bits, and reading refuses more; shares are for people"
)]

use std::ops::Range;

use crate::hash;
use crate::text::{Layout, ParagraphSplit, TokenScratch, TokenSink, Tokenizer};

/// The paragraphs, lines and tokens of a text; keep one a thread.
#[derive(Default)]
pub(super) struct Page {
    layout: Layout,
    hashes: Vec<u64>,
    /// First byte of each token; a record is shorter than 4 GiB.
    starts: Vec<u32>,
    /// For each line, how many tokens begin before its end.
    tokens_before: Vec<usize>,
    scratch: TokenScratch,
}

impl Page {
    /// Replaces the content. O(bytes), no allocation once it has grown.
    pub(super) fn read(&mut self, text: &str, tokenizer: &Tokenizer, split: ParagraphSplit) {
        let Self { layout, hashes, starts, tokens_before, scratch } = self;
        layout.read(text, split);
        hashes.clear();
        starts.clear();
        tokenizer.tokenize(text, scratch, &mut PlacedTokens { hashes, starts });
        tokens_before.clear();
        let mut token = 0;
        for line in layout.lines() {
            token += starts[token..].iter().take_while(|&&start| (start as usize) < line.end).count();
            tokens_before.push(token);
        }
    }

    pub(super) fn layout(&self) -> &Layout {
        &self.layout
    }

    /// The places of the tokens of a line.
    pub(super) fn line(&self, line: usize) -> Range<usize> {
        self.first_token(line)..self.tokens_before[line]
    }

    /// The places of the tokens of a paragraph.
    pub(super) fn paragraph(&self, paragraph: usize) -> Range<usize> {
        let lines = self.layout.lines_of(paragraph);
        self.first_token(lines.start)..self.tokens_before[lines.end - 1]
    }

    /// Hashes of the tokens at some places.
    pub(super) fn tokens(&self, places: Range<usize>) -> &[u64] {
        &self.hashes[places]
    }

    /// The line whose first token stands at a place.
    pub(super) fn line_from(&self, token: usize) -> Option<usize> {
        let line = self.tokens_before.partition_point(|&before| before <= token);
        (line < self.tokens_before.len() && self.first_token(line) == token).then_some(line)
    }

    /// The line whose last token stands before a place.
    pub(super) fn line_to(&self, token: usize) -> Option<usize> {
        let line = self.tokens_before.partition_point(|&before| before < token);
        (token > 0 && self.tokens_before.get(line) == Some(&token)).then_some(line)
    }

    fn first_token(&self, line: usize) -> usize {
        line.checked_sub(1).map_or(0, |before| self.tokens_before[before])
    }
}

/// A fingerprint of a sequence of token hashes.
pub(super) fn fingerprint(tokens: &[u64]) -> u64 {
    hash::token_sequence(tokens)
}

struct PlacedTokens<'a> {
    hashes: &'a mut Vec<u64>,
    starts: &'a mut Vec<u32>,
}

impl TokenSink for PlacedTokens<'_> {
    #[inline]
    fn token(&mut self, _normalised: &[u8], hash: u64, start: usize, _end: usize) {
        self.hashes.push(hash);
        self.starts.push(start as u32);
    }
}
