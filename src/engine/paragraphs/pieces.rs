//! The pieces of a text: its paragraphs, and the lines of those that have several; and which of them are equal.
#![allow(
    clippy::cast_possible_truncation,
    reason = "documents and nodes are numbered in 32 bits, and reading refuses more; shares are for people"
)]

use std::ops::Range;

use super::page::{Page, fingerprint};

/// Marks a piece without a token, which repeats nothing.
const NO_GROUP: u32 = u32::MAX;

/// Memory for looking for equal pieces; keep one a thread.
#[derive(Default)]
pub(super) struct TextPieces {
    /// For each piece, the first with the same tokens.
    groups: Vec<u32>,
    /// The first piece of each paragraph: the whole of it. Its lines follow, if there are several.
    wholes: Vec<u32>,
    sorted: Vec<TextPiece>,
}

/// A piece with a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct TextPiece {
    fingerprint: u64,
    /// Its number, in reading order.
    number: u32,
    /// The places of its first token and behind its last.
    tokens: (u32, u32),
}

impl TextPiece {
    /// Whether the tokens are the same: the fingerprints say which pieces may be equal, the tokens which are.
    fn is_equal(&self, other: &Self, page: &Page) -> bool {
        self.fingerprint == other.fingerprint && page.tokens(self.places()) == page.tokens(other.places())
    }

    fn places(&self) -> Range<usize> {
        self.tokens.0 as usize..self.tokens.1 as usize
    }
}

impl TextPieces {
    /// Replaces the content by the pieces of `page`. O(n log n) for `n` pieces.
    pub(super) fn read(&mut self, page: &Page) {
        let Self { groups, wholes, sorted } = self;
        wholes.clear();
        sorted.clear();
        let mut count = 0;
        let mut add = |places: Range<usize>| {
            if !places.is_empty() {
                let tokens = (places.start as u32, places.end as u32);
                sorted.push(TextPiece {
                    fingerprint: fingerprint(page.tokens(places)),
                    number: count,
                    tokens,
                });
            }
            count += 1;
        };
        let mut first = 0;
        for paragraph in 0..page.layout().len() {
            let lines = page.layout().lines_of(paragraph);
            wholes.push(first);
            first += 1;
            add(page.paragraph(paragraph));
            if lines.len() > 1 {
                first += lines.len() as u32;
                lines.for_each(|line| add(page.line(line)));
            }
        }
        groups.clear();
        groups.resize(first as usize, NO_GROUP);
        sorted.sort_unstable();
        for equals in sorted.chunk_by(|a, b| a.is_equal(b, page)) {
            for piece in equals {
                groups[piece.number as usize] = equals[0].number;
            }
        }
    }

    /// Whether any two long pieces have the same tokens; without such, nothing goes. A paragraph that has only one line
    /// with tokens counts, too.
    pub(super) fn any_long_repeat(&self, min_words: usize) -> bool {
        self.sorted.windows(2).any(|pair| {
            let [first, second] = [0, 1].map(|n| self.groups[pair[n].number as usize]);
            first == second && pair[0].places().len() >= min_words
        })
    }

    /// The piece of a paragraph.
    pub(super) fn whole(&self, paragraph: usize) -> usize {
        self.wholes[paragraph] as usize
    }

    /// The first piece with the same tokens, which may be itself; none if it has no token.
    pub(super) fn group(&self, piece: usize) -> Option<usize> {
        Some(self.groups[piece] as usize).filter(|&group| group != NO_GROUP as usize)
    }

    /// Number of pieces.
    pub(super) fn len(&self) -> usize {
        self.groups.len()
    }

    /// The piece that a line of a paragraph is. `line` counts from the paragraph's first, of `lines`.
    fn line_piece(&self, paragraph: usize, line: usize, lines: usize) -> usize {
        // The only line of a paragraph is the whole of it.
        self.wholes[paragraph] as usize + if lines == 1 { 0 } else { 1 + line }
    }
}

/// The lines of a text as pieces of it.
pub(super) struct PlacedLines {
    /// For each line, its piece.
    pieces: Vec<u32>,
    /// For each piece with a token, where it begins and ends, in tokens.
    tokens: Vec<(u32, u32)>,
    /// For each piece, where the one before it with the same tokens begins; itself if there is none.
    previous: Vec<u32>,
    /// For each group, how many lines there are of it.
    counts: Vec<u32>,
}

impl PlacedLines {
    /// O(n) for `n` lines.
    pub(super) fn new(page: &Page, pieces: &TextPieces) -> Self {
        let mut lines = Self {
            pieces: Vec::with_capacity(page.layout().lines().len()),
            tokens: vec![(0, 0); pieces.len()],
            previous: vec![0; pieces.len()],
            counts: vec![0; pieces.len()],
        };
        for paragraph in 0..page.layout().len() {
            let own = page.layout().lines_of(paragraph).len();
            for line in 0..own {
                let piece = pieces.line_piece(paragraph, line, own);
                lines.pieces.push(piece as u32);
                if let Some(group) = pieces.group(piece) {
                    lines.counts[group] += 1;
                }
            }
        }
        // Equal ones stand together, in reading order.
        let (mut last, mut before, mut start) = (None, 0, 0);
        for piece in &pieces.sorted {
            let number = piece.number as usize;
            lines.tokens[number] = piece.tokens;
            let group = pieces.group(number);
            if group != last {
                (before, start) = (piece.tokens.0, piece.tokens.0);
            } else if piece.tokens.0 != start {
                // A paragraph with tokens in one line only begins where this line begins.
                (before, start) = (start, piece.tokens.0);
            }
            last = group;
            lines.previous[number] = before;
        }
        lines
    }

    /// The piece of a line.
    pub(super) fn piece(&self, line: usize) -> usize {
        self.pieces[line] as usize
    }

    /// The places of a piece's tokens.
    pub(super) fn tokens(&self, piece: usize) -> Range<usize> {
        let (start, end) = self.tokens[piece];
        start as usize..end as usize
    }

    /// How many lines there are of a group.
    pub(super) fn count(&self, group: usize) -> u32 {
        self.counts[group]
    }

    /// Where earlier copies of a piece stand, in tokens: the first one and the last.
    pub(super) fn copies(
        &self,
        piece: usize,
        pieces: &TextPieces,
    ) -> impl Iterator<Item = Range<usize>> + use<> {
        let own = self.tokens(piece);
        let first = pieces.group(piece).map_or(own.start, |group| self.tokens(group).start);
        let last = self.previous[piece] as usize;
        let starts = [Some(first), Some(last).filter(|&last| last != first)];
        starts
            .into_iter()
            .flatten()
            .filter(move |&start| start < own.start)
            .map(move |start| start..start + own.len())
    }
}
