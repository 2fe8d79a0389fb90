//! What is done to an original to make a copy, and which passages survive it.
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "sizes that a caller chooses, far below 2^53; parts of a random number"
)]

use std::ops::Range;

use super::noise;
use super::options::Edit;
use super::prose::Prose;
use super::random::Stream;
use super::truth::PlantedPassage;
use crate::text::Token;

/// The shingle width for which [`Edit::Light`] aims at its range of similarities, that of `word:5`.
const AIMED_WIDTH: i32 = 5;

/// The Jaccard similarities that light edits aim at.
const LIGHT_JACCARD: Range<f64> = 0.6..0.98;

/// The part of the words that a truncated copy keeps.
const KEPT_PART: Range<f64> = 0.3..0.8;

/// The words of the local paragraphs around a wrapped copy, as a part of the original's.
const LOCAL_PART: Range<f64> = 0.15..1.2;

/// A text and its tokens.
#[derive(Clone, Copy)]
pub(super) struct Tokenized<'a> {
    pub(super) text: &'a str,
    pub(super) tokens: &'a [Token],
}

/// What an edit draws from beside the original.
pub(super) struct Material<'a> {
    /// How to edit.
    pub(super) stream: Stream,
    /// The facts of what is written anew.
    pub(super) facts: Stream,
    pub(super) prose: &'a Prose,
    pub(super) ocr_rate: (f64, f64),
}

impl Material<'_> {
    /// Appends the copy to `copy`, and the passages it shares with the original, where they are known.
    ///
    /// A template made from an invented language is not made here but by writing the form again.
    pub(super) fn apply(
        mut self,
        edit: Edit,
        original: Tokenized,
        copy: &mut String,
        passages: &mut Vec<PlantedPassage>,
    ) {
        match edit {
            Edit::Exact => copy.push_str(original.text),
            Edit::Light => self.light(original, copy),
            Edit::Truncate => self.truncate(original, copy, passages),
            Edit::Wrap => self.wrap(original, copy, passages),
            Edit::Reorder => self.reorder(original, copy, passages),
            Edit::Ocr => self.ocr(original, copy, passages),
            Edit::Template => self.refill(original, copy),
        }
    }

    fn part(&mut self, of: &Range<f64>) -> f64 {
        of.start + self.stream.unit() * (of.end - of.start)
    }

    /// Replaces, inserts and deletes words, and changes case and punctuation, which leave the tokens equal.
    fn light(&mut self, original: Tokenized, copy: &mut String) {
        let jaccard = self.part(&LIGHT_JACCARD);
        // Of n shingles on either side a share s survives: J = s n / (2 n - s n).
        let rate = 1.0 - fifth_root(2.0 * jaccard / (1.0 + jaccard));
        let tokens = original.tokens;
        let mut edited: Vec<bool> = tokens.iter().map(|_| self.stream.chance(rate)).collect();
        if !edited.contains(&true) {
            let one = self.stream.below(edited.len());
            edited.iter_mut().skip(one).take(1).for_each(|edited| *edited = true);
        }
        let mut done = 0;
        for (token, &edited) in tokens.iter().zip(&edited) {
            if token.start < done {
                continue; // One character that became two tokens.
            }
            let (gap, word) = (&original.text[done..token.start], &original.text[token.start..token.end]);
            done = token.end;
            if !edited {
                if self.stream.chance(rate) {
                    respell(&mut self.stream, gap, word, copy);
                } else {
                    copy.push_str(gap);
                    copy.push_str(word);
                }
                continue;
            }
            let other = tokens[self.stream.below(tokens.len())];
            let other = &original.text[other.start..other.end];
            match self.stream.below(3) {
                0 if gap == " " || tokens.len() == 1 => copy.push_str(gap.trim_start()),
                1 => {
                    copy.push_str(gap);
                    copy.push_str(other);
                    copy.push(' ');
                    copy.push_str(word);
                }
                _ => {
                    copy.push_str(gap);
                    copy.push_str(other);
                }
            }
        }
        copy.push_str(&original.text[done..]);
    }

    /// Keeps the beginning: in half of the cases to the end of a paragraph, where one ends in range.
    fn truncate(&mut self, original: Tokenized, copy: &mut String, passages: &mut Vec<PlantedPassage>) {
        let part = self.part(&KEPT_PART);
        let count = original.tokens.len();
        let token = |part: f64| original.tokens.get(((count as f64 * part) as usize).max(1) - 1);
        let mut end = token(part).map_or(original.text.len(), |token| token.end);
        if self.stream.chance(0.5) {
            let least = token(KEPT_PART.start).map_or(0, |token| token.end);
            end = original.text[..end].rfind("\n\n").filter(|&paragraph| paragraph >= least).unwrap_or(end);
        }
        copy.push_str(&original.text[..end]);
        passages.push(PlantedPassage::new(0..end, 0..end));
    }

    /// Adds local paragraphs before, after, or on both sides.
    fn wrap(&mut self, original: Tokenized, copy: &mut String, passages: &mut Vec<PlantedPassage>) {
        let words = (original.tokens.len() as f64 * self.part(&LOCAL_PART)) as usize;
        let before = match self.stream.below(3) {
            0 => 0,
            1 => words,
            _ => words / 2,
        };
        if before > 0 {
            self.prose.paragraphs(&mut self.stream, self.facts.fork(), before, copy);
            copy.push_str("\n\n");
        }
        let start = copy.len();
        copy.push_str(original.text);
        passages.push(PlantedPassage::new(0..original.text.len(), start..copy.len()));
        // At least something, so that a wrapped copy is not an exact one.
        let after = (words - before).max(usize::from(before == 0));
        if after > 0 {
            copy.push_str("\n\n");
            self.prose.paragraphs(&mut self.stream, self.facts.fork(), after, copy);
        }
    }

    /// Puts the paragraphs in another order; a single paragraph is cut in two.
    fn reorder(&mut self, original: Tokenized, copy: &mut String, passages: &mut Vec<PlantedPassage>) {
        let (mut pieces, between) = match paragraphs(original.text) {
            one if one.len() < 2 => (halves(original), " "),
            many => (many, "\n\n"),
        };
        let in_order = pieces.clone();
        for index in (1..pieces.len()).rev() {
            pieces.swap(index, self.stream.below(index + 1));
        }
        if pieces == in_order {
            pieces.rotate_left(1);
        }
        for (index, piece) in pieces.iter().enumerate() {
            if index > 0 {
                copy.push_str(between);
            }
            let start = copy.len();
            copy.push_str(&original.text[piece.clone()]);
            passages.push(PlantedPassage::new(piece.clone(), start..copy.len()));
        }
        passages.sort_unstable_by_key(|passage| passage.a_bytes);
    }

    /// Misreads characters at a rate drawn for the copy; a passage is a paragraph.
    fn ocr(&mut self, original: Tokenized, copy: &mut String, passages: &mut Vec<PlantedPassage>) {
        let (low, high) = self.ocr_rate;
        let rate = self.part(&(low..high));
        for (index, paragraph) in paragraphs(original.text).into_iter().enumerate() {
            if index > 0 {
                copy.push_str("\n\n");
            }
            let start = copy.len();
            noise::misread(&original.text[paragraph.clone()], rate, &mut self.stream, copy);
            passages.push(PlantedPassage::new(paragraph, start..copy.len()));
        }
    }

    /// Replaces numbers by other numbers, and words with a capital inside a sentence by other such words.
    fn refill(&mut self, original: Tokenized, copy: &mut String) {
        let text = original.text;
        let names: Vec<&str> = (0..original.tokens.len())
            .filter(|&index| is_name(original, index))
            .map(|index| &text[original.tokens[index].start..original.tokens[index].end])
            .collect();
        let mut done = 0;
        for (index, token) in original.tokens.iter().enumerate() {
            if token.start < done {
                continue;
            }
            copy.push_str(&text[done..token.start]);
            let word = &text[token.start..token.end];
            if is_name(original, index) {
                // An invented name: another one's beginning with this one's letters shifted.
                let other = names[self.facts.below(names.len())];
                copy.push_str(other);
                copy.extend(word.chars().rev().filter(|letter| letter.is_lowercase()).take(3));
            } else {
                copy.extend(word.chars().map(|letter| match letter {
                    '0'..='9' => char::from(b'0' + self.facts.below(10) as u8),
                    other => other,
                }));
            }
            done = token.end;
        }
        copy.push_str(&text[done..]);
    }
}

/// Whether a token has a capital and follows a word of the same sentence.
fn is_name(original: Tokenized, index: usize) -> bool {
    let Some(before) = index.checked_sub(1).and_then(|before| original.tokens.get(before)) else {
        return false;
    };
    let token = original.tokens[index];
    original.text[token.start..token.end].starts_with(char::is_uppercase)
        && original.text.get(before.end..token.start) == Some(" ")
}

/// Writes the same token with other capitals or other marks before it.
fn respell(stream: &mut Stream, gap: &str, word: &str, copy: &mut String) {
    match stream.below(3) {
        0 => copy.push_str(if gap == " " { ", " } else { gap }),
        1 => copy.push_str(if gap == ", " { " " } else { gap }),
        _ => {
            copy.push_str(gap);
            copy.push_str(&word.to_ascii_uppercase());
            return;
        }
    }
    copy.push_str(word);
}

/// Where the paragraphs stand: what blank lines separate.
pub(super) fn paragraphs(text: &str) -> Vec<Range<usize>> {
    let mut start = 0;
    let paragraphs = text.split("\n\n").map(|paragraph| {
        let range = start..start + paragraph.len();
        start = range.end + 2;
        range
    });
    paragraphs.filter(|range| !range.is_empty()).collect()
}

fn halves(original: Tokenized) -> Vec<Range<usize>> {
    let middle = original.tokens.get(original.tokens.len() / 2).map_or(0, |token| token.start);
    let first = original.text[..middle].trim_end().len();
    [0..first, middle..original.text.len()].into_iter().filter(|range| !range.is_empty()).collect()
}

/// The fifth root of a number in `[0, 1]`, by halving the interval: products are the same on every machine.
fn fifth_root(x: f64) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..50 {
        let middle = f64::midpoint(low, high);
        let power = (0..AIMED_WIDTH).fold(1.0, |power, _| power * middle);
        *if power < x { &mut low } else { &mut high } = middle;
    }
    low
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fifth_root_is_one() {
        for x in [0.0, 0.1, 0.75, 0.99, 1.0] {
            assert!((fifth_root(x).powi(5) - x).abs() < 1e-9, "{x}");
        }
    }

    #[test]
    fn paragraphs_are_what_blank_lines_separate() {
        let text = "one\n\ntwo\nlines\n\n\n\nthree";
        let found: Vec<_> = paragraphs(text).into_iter().map(|range| &text[range]).collect();
        assert_eq!(found, ["one", "two\nlines", "three"]);
        assert!(paragraphs("").is_empty());
    }
}
