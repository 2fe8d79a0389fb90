//! Exact repeats within one document: short paragraphs, and lines of any length.
//!
//! Pieces are taken in reading order: a paragraph, then, if it has several, its lines. **Long** pieces, of at least
//! `min_words` tokens, go if an earlier piece that stays has the same tokens. **Short** ones are mostly the form of a text:
//! the name of a speaker, an answer, a subheading. They repeat without being copies; so a short line goes only
//!
//! * inside a *repeated block*: it stands beside a long piece that goes, or beside a short one that goes by this rule, and
//!   its like stands beside an earlier copy of that piece in the same way;
//! * or in a *doubled head*: it repeats the lines directly before it, above a long piece that the document has twice.
//!
//! Even there it stays if it ends in a colon, if it occurs more than three times in the document, or if the sentence that
//! it belongs to runs on into a line that stays. So nothing goes of which the document does not keep a copy, whatever else
//! it loses.
//!
//! Lines of *wrapped* prose are no pieces in a reader's sense: taking one out would tear a sentence. In a paragraph that
//! looks wrapped, repeated lines go only where the copying is plain: several in a row repeat others in the same order, one
//! of them long, or they follow what they repeat at once, or are all its lines; and then only from where a sentence begins.

use std::ops::Range;

use super::page::Page;
use super::pieces::{PlacedLines, TextPieces};
use crate::text::{Layout, ends_in_colon, is_wrapped, runs_on};

/// A short line that a document has more often is part of its form, as "Yes." is in an interview. A page scraped twice has
/// its lines twice, and a headline once more where it is doubled above the body.
const MOST_OCCURRENCES: u32 = 3;

/// Most lines of a head that is doubled: a headline, a subheading, a byline and a date.
const HEAD_LINES: usize = 4;

/// What a document loses.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Losses {
    /// For each paragraph, whether all of it goes.
    pub paragraphs: Vec<bool>,
    /// For each line, whether it goes; of no account in paragraphs that go.
    pub lines: Vec<bool>,
    /// What repeats within the document.
    pub repeats: Vec<Repeat>,
}

impl Losses {
    /// Whether a line stays.
    pub(super) fn keeps(&self, line: usize, layout: &Layout) -> bool {
        !self.lines[line] && !self.paragraphs[layout.paragraph_of(line)]
    }
}

/// A paragraph or line that a document repeats.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Repeat {
    /// The occurrence that stays, in bytes of the text.
    pub place: Range<usize>,
    /// Occurrences that go.
    pub repeats: u64,
}

/// Finds the exact repeats within a document that loses the paragraphs `gone` in any case.
///
/// `page` and `pieces` are those of `text`; `gone` has an entry a paragraph. O(n log n) for `n` lines and tokens.
pub(super) fn judge(text: &str, page: &Page, pieces: &TextPieces, min_words: usize, gone: &[bool]) -> Losses {
    let mut judge = ParagraphJudge {
        text,
        page,
        pieces,
        min_words,
        gone,
        lines: PlacedLines::new(page, pieces),
        staying: vec![None; pieces.len()],
        repeats: vec![0; pieces.len()],
        removed: Vec::new(),
        losses: Losses {
            paragraphs: gone.to_vec(),
            lines: vec![false; page.layout().lines().len()],
            repeats: Vec::new(),
        },
    };
    for paragraph in 0..gone.len() {
        judge.long_pieces(paragraph);
    }
    judge.short_lines();
    judge.emptied_paragraphs();
    let ParagraphJudge { staying, repeats, mut losses, .. } = judge;
    let found = repeats.into_iter().zip(staying).filter(|&(repeats, _)| repeats > 0);
    losses.repeats = found.filter_map(|(repeats, place)| Some(Repeat { place: place?, repeats })).collect();
    losses
}

struct ParagraphJudge<'a> {
    text: &'a str,
    page: &'a Page,
    pieces: &'a TextPieces,
    min_words: usize,
    /// For each paragraph, whether it goes whatever the document holds.
    gone: &'a [bool],
    lines: PlacedLines,
    /// For each group, where the piece stands that stays.
    staying: Vec<Option<Range<usize>>>,
    /// For each group, how many pieces go.
    repeats: Vec<u64>,
    /// The long pieces that go, in reading order.
    removed: Vec<usize>,
    losses: Losses,
}

impl ParagraphJudge<'_> {
    /// Decides about a paragraph, if it is long, and about its long lines; and about all its lines, if they are wrapped.
    fn long_pieces(&mut self, paragraph: usize) {
        let piece = self.pieces.whole(paragraph);
        let Some(group) = self.pieces.group(piece) else { return };
        if self.gone[paragraph] {
            self.removed.push(piece);
            return;
        }
        if self.staying[group].is_some() && self.page.paragraph(paragraph).len() >= self.min_words {
            self.repeats[group] += 1;
            self.losses.paragraphs[paragraph] = true;
            self.removed.push(piece);
            return;
        }
        let lines = self.page.layout().lines_of(paragraph);
        if lines.len() > 1 {
            self.long_lines(lines);
        }
        self.staying[group].get_or_insert_with(|| self.page.layout().paragraph(paragraph));
    }

    /// Judges the lines of a paragraph that is not itself a repeat.
    fn long_lines(&mut self, lines: Range<usize>) {
        let mut repeated = Vec::with_capacity(lines.len());
        for line in lines.clone() {
            let earlier = self.group(line).map(|group| &mut self.staying[group]);
            repeated.push(earlier.is_some_and(|earlier| {
                let is_repeat = earlier.is_some();
                earlier.get_or_insert_with(|| self.page.layout().lines()[line].clone());
                is_repeat
            }));
        }
        if !repeated.contains(&true) {
            return;
        }
        if is_wrapped(self.page.layout().lines()[lines.clone()].iter().map(|line| &self.text[line.clone()])) {
            self.wrapped_lines(&lines, &repeated);
        } else {
            for line in lines.clone() {
                if repeated[line - lines.start] && self.is_long(line) {
                    self.take_out(line);
                }
            }
        }
    }

    /// Takes runs of lines out of wrapped prose that repeat others in the same order.
    fn wrapped_lines(&mut self, lines: &Range<usize>, repeated: &[bool]) {
        let with_tokens = lines.clone().filter(|&line| self.group(line).is_some()).count();
        let mut next = lines.start;
        while next < lines.end {
            let goes = |line: usize| repeated[line - lines.start];
            let Some(long) = (next..lines.end).find(|&line| goes(line) && self.is_long(line)) else { return };
            let is_free = |line: usize| {
                (next..lines.end).contains(&line) && goes(line) && (self.is_long(line) || self.may_go(line))
            };
            let (own, mut run) = (self.page.line(long), long..long + 1);
            for copy in self.lines.copies(self.lines.piece(long), self.pieces) {
                let before = self.alike_before(own.start, copy.start, is_free);
                let behind = self.alike_behind(own.end, copy.end, is_free);
                let (first, last) = (before.last().unwrap_or(&long), behind.last().unwrap_or(&long));
                if last - first >= run.len() {
                    run = *first..last + 1;
                }
            }
            next = run.end;
            while !run.is_empty() && run.start > lines.start && self.runs_on_above(run.start) {
                run.start += 1;
            }
            while !run.is_empty() && run.end < lines.end && self.runs_on_below(run.end - 1) {
                run.end -= 1;
            }
            let is_plain = run.len() >= 2 || run.len() == with_tokens || self.follows_its_like(&run);
            if is_plain && run.clone().any(|line| self.is_long(line)) {
                run.for_each(|line| self.take_out(line));
            }
        }
    }

    /// Decides about short lines, once all long pieces that go are known.
    fn short_lines(&mut self) {
        let mut is_head_seen = vec![false; self.pieces.len()];
        for piece in std::mem::take(&mut self.removed) {
            let own = self.lines.tokens(piece);
            for copy in self.lines.copies(piece, self.pieces) {
                let is_free = |line: usize| !self.is_long(line) && self.may_go(line);
                let mut before = self.alike_before(own.start, copy.start, is_free);
                let mut behind = self.alike_behind(own.end, copy.end, is_free);
                // Of a sentence that begins or goes on in a line that stays, nothing goes.
                while before.last().is_some_and(|&line| self.runs_on_above(line)) {
                    before.pop();
                }
                while behind.last().is_some_and(|&line| self.runs_on_below(line)) {
                    behind.pop();
                }
                before.into_iter().chain(behind).for_each(|line| self.take_out(line));
            }
            let Some(first) = self.pieces.group(piece) else { continue };
            if self.lines.tokens(first).start == own.start {
                continue;
            }
            self.doubled_head(own.start);
            if !std::mem::replace(&mut is_head_seen[first], true) {
                self.doubled_head(self.lines.tokens(first).start);
            }
        }
    }

    /// Takes out what repeats directly what is before it, above the long piece that begins at `token`, of which there are two.
    /// Between the two, as a dateline does, may stand what the document has twice.
    fn doubled_head(&mut self, token: usize) {
        let mut above = Vec::new();
        let mut at = token;
        while let Some(line) =
            self.page.line_to(at).filter(|&line| above.len() < 4 * HEAD_LINES && !self.is_long(line))
        {
            at = self.page.line(line).start;
            above.push(line);
        }
        let group = |n: usize| above.get(n).and_then(|&line: &usize| self.group(line));
        let alike = |a: usize, b: usize, length: usize| (0..length).all(|n| group(a + n) == group(b + n));
        let mut doubled = 0..0;
        'found: for gap in 0..HEAD_LINES.min(above.len()) {
            for length in 1..=HEAD_LINES {
                let mut end = gap;
                while end + 2 * length <= above.len() && alike(end, end + length, length) {
                    end += length;
                }
                if end > gap {
                    doubled = gap..end;
                    break 'found;
                }
            }
            if group(gap).is_none_or(|group| self.lines.count(group) < 2) {
                break;
            }
        }
        for &line in &above[doubled] {
            if self.may_go(line) {
                self.take_out(line);
            }
        }
    }

    /// Paragraphs that lose all their lines go as wholes.
    fn emptied_paragraphs(&mut self) {
        for paragraph in 0..self.gone.len() {
            let mut with_tokens =
                self.page.layout().lines_of(paragraph).filter(|&line| self.group(line).is_some()).peekable();
            // Rules and other lines without a token do not stand alone.
            if with_tokens.peek().is_some() && with_tokens.all(|line| self.losses.lines[line]) {
                self.losses.paragraphs[paragraph] = true;
            }
        }
    }

    /// The lines before the place `at` of which the like stand before `copy`, the nearest first, as long as they are free to go
    /// or gone already. Only lines of which the like stand in a paragraph that does not go count.
    fn alike_before(&self, mut at: usize, mut copy: usize, is_free: impl Fn(usize) -> bool) -> Vec<usize> {
        let mut found = Vec::new();
        while let (Some(line), Some(like)) = (self.page.line_to(at), self.page.line_to(copy)) {
            let (own, other) = (self.page.line(line), copy.saturating_sub(self.page.line(line).len())..copy);
            let is_alike =
                self.page.line_from(other.start).is_some() && self.is_alike(own.clone(), other.clone());
            if !is_alike || !self.adds(line, like, &is_free, &mut found) {
                break;
            }
            (at, copy) = (own.start, other.start);
        }
        found
    }

    /// As [`Self::alike_before`], of what is behind.
    fn alike_behind(&self, mut at: usize, mut copy: usize, is_free: impl Fn(usize) -> bool) -> Vec<usize> {
        let mut found = Vec::new();
        while let (Some(line), Some(like)) = (self.page.line_from(at), self.page.line_from(copy)) {
            let (own, other) = (self.page.line(line), copy..copy + self.page.line(line).len());
            let is_alike =
                self.page.line_to(other.end).is_some() && self.is_alike(own.clone(), other.clone());
            if !is_alike || !self.adds(line, like, &is_free, &mut found) {
                break;
            }
            (at, copy) = (own.end, other.end);
        }
        found
    }

    fn is_alike(&self, own: Range<usize>, other: Range<usize>) -> bool {
        other.end <= own.start && self.page.tokens(own) == self.page.tokens(other)
    }

    /// Whether one can go on beyond this line; adds it, unless it is gone.
    fn adds(
        &self,
        line: usize,
        like: usize,
        is_free: impl Fn(usize) -> bool,
        found: &mut Vec<usize>,
    ) -> bool {
        let layout = self.page.layout();
        if self.gone[layout.paragraph_of(like)] || self.losses.paragraphs[layout.paragraph_of(line)] {
            return false;
        }
        if self.losses.lines[line] {
            return !self.is_long(line);
        }
        let adds = is_free(line);
        if adds {
            found.push(line);
        }
        adds
    }

    fn take_out(&mut self, line: usize) {
        if std::mem::replace(&mut self.losses.lines[line], true) {
            return;
        }
        if let Some(group) = self.group(line) {
            self.repeats[group] += 1;
        }
        if self.is_long(line) {
            self.removed.push(self.lines.piece(line));
        }
    }

    fn group(&self, line: usize) -> Option<usize> {
        self.pieces.group(self.lines.piece(line))
    }

    fn is_long(&self, line: usize) -> bool {
        self.page.line(line).len() >= self.min_words
    }

    /// Whether a short line may be a copy, for all that it says itself.
    fn may_go(&self, line: usize) -> bool {
        let count = self.group(line).map_or(0, |group| self.lines.count(group));
        count <= MOST_OCCURRENCES && !ends_in_colon(self.line(line))
    }

    fn line(&self, line: usize) -> &str {
        &self.text[self.page.layout().lines()[line].clone()]
    }

    /// Whether the sentence of a line begins in one above that stays.
    fn runs_on_above(&self, line: usize) -> bool {
        line.checked_sub(1)
            .is_some_and(|above| self.stays(above) && runs_on(self.line(above), self.line(line)))
    }

    /// Whether the sentence of a line goes on in one below that stays.
    fn runs_on_below(&self, line: usize) -> bool {
        let below = line + 1;
        below < self.losses.lines.len() && self.stays(below) && runs_on(self.line(line), self.line(below))
    }

    fn stays(&self, line: usize) -> bool {
        self.losses.keeps(line, self.page.layout())
    }

    /// Whether the lines of `run` repeat, in order, those that stand directly before them in their paragraph.
    fn follows_its_like(&self, run: &Range<usize>) -> bool {
        let length = run.len();
        length > 0
            && run.start >= length
            && run.clone().all(|line| self.group(line) == self.group(line - length))
    }
}

#[cfg(test)]
mod tests;
