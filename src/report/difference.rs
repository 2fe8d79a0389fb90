//! Where two texts differ, token by token, shortened to what a person wants to see.

use serde::Serialize;

use crate::reuse::align::{Aligner, Run, common_order};
use crate::text::{Token, TokenScratch, Tokenizer};

/// Bytes of each text that are compared; what follows is not looked at. Bounds the time of one comparison.
pub(crate) const COMPARED_BYTES: usize = 16 << 10;

/// Fewer equal words in a row than this, but for those at both ends, are not told apart from what is around them: in
/// unrelated sentences they are function words.
const LEAST_SHARED: Aligner = Aligner { least_words: 3 };

/// Tokens shown at either end of a run that both texts share.
const CONTEXT: usize = 25;

/// Tokens shown of two texts with no difference.
const LEAD: usize = 120;

/// Tokens shown of a run that only one text has.
const OWN: usize = 120;

/// Bytes of one pair that are shown, counted in both texts. Pieces after that are left out.
const SHOWN_BYTES: usize = 5000;

/// A run of one or both texts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum DifferencePiece {
    /// The same characters in both.
    Both(String),
    /// The same tokens in both, written differently: case, punctuation, white space.
    Alike(String, String),
    /// In the first text only.
    Left(String),
    /// In the second text only.
    Right(String),
    /// So many words of both, alike, are not shown.
    Gap(usize),
    /// So many words of the first text only are not shown.
    LeftGap(usize),
    /// So many words of the second text only are not shown.
    RightGap(usize),
}

/// Two texts side by side.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Difference {
    /// From beginning to end.
    pub pieces: Vec<DifferencePiece>,
    /// Whether a text was too long to be compared to its end.
    pub cut: bool,
}

/// Sets two texts side by side. Tokens are equal as they are for similarity, so only what counted is told apart.
///
/// Long runs that both share are shortened to their ends, long runs of one text to their beginning; at most about
/// 5,000 bytes are shown, and 16 KiB of each text looked at. A passage that was moved is shown in one place of each
/// text. O(n log n) for n tokens, and O(p²) for p shared passages.
pub(crate) fn difference(tokenizer: &Tokenizer, left: &str, right: &str) -> Difference {
    let (left_text, right_text) = (beginning(left), beginning(right));
    let cut = left_text.len() < left.len() || right_text.len() < right.len();
    let (left, right) = (Tokens::new(tokenizer, left_text), Tokens::new(tokenizer, right_text));
    let runs = shared_runs(&left.tokens, &right.tokens);
    let mut shown = PiecesShown { left: &left, right: &right, bytes: 0, pieces: Vec::new() };
    let is_all = runs.first().is_some_and(|run| run.words == left.count().max(right.count()));
    let (head, tail) = if is_all { (LEAD, 0) } else { (CONTEXT, CONTEXT) };
    let end = Run { a: left.count(), b: right.count(), words: 0 };
    let mut next = (0, 0);
    for run in runs.iter().chain([&end]) {
        if shown.bytes >= SHOWN_BYTES {
            break;
        }
        shown.own(&left, next.0, run.a, DifferencePiece::Left, DifferencePiece::LeftGap);
        shown.own(&right, next.1, run.b, DifferencePiece::Right, DifferencePiece::RightGap);
        shown.equal(run.a, run.b, run.words, head, tail);
        next = (run.a_end(), run.b_end());
    }
    if next.0 < left.count() {
        shown.pieces.push(DifferencePiece::LeftGap(left.count() - next.0));
    }
    if next.1 < right.count() {
        shown.pieces.push(DifferencePiece::RightGap(right.count() - next.1));
    }
    Difference { pieces: shown.pieces, cut }
}

/// Equal runs that follow one another in both texts: their common beginning and end, and between these the passages
/// that stand in the same order, of all such choices that with the most words.
fn shared_runs(left: &[Token], right: &[Token]) -> Vec<Run> {
    let equal = |(left, right): &(&Token, &Token)| left.hash == right.hash;
    let head = left.iter().zip(right).take_while(equal).count();
    let tail = left[head..].iter().rev().zip(right[head..].iter().rev()).take_while(equal).count();
    let inner = |tokens: &[Token]| head..tokens.len() - tail;
    let passages = LEAST_SHARED.align(&left[inner(left)], &right[inner(right)]);
    let mut runs = Vec::new();
    runs.extend((head > 0).then_some(Run { a: 0, b: 0, words: head }));
    for place in common_order(&passages) {
        runs.extend(passages[place].runs.iter().map(|run| Run { a: run.a + head, b: run.b + head, ..*run }));
    }
    runs.extend((tail > 0).then_some(Run { a: left.len() - tail, b: right.len() - tail, words: tail }));
    runs
}

/// The part of a text that is compared.
fn beginning(text: &str) -> &str {
    let end = (0..=text.len().min(COMPARED_BYTES)).rev().find(|&end| text.is_char_boundary(end));
    &text[..end.unwrap_or(0)]
}

/// A text and its tokens.
struct Tokens<'a> {
    text: &'a str,
    tokens: Vec<Token>,
}

impl<'a> Tokens<'a> {
    fn new(tokenizer: &Tokenizer, text: &'a str) -> Self {
        let mut tokens = Vec::new();
        tokenizer.tokenize(text, &mut TokenScratch::default(), &mut tokens);
        Self { text, tokens }
    }

    fn count(&self) -> usize {
        self.tokens.len()
    }

    /// The text of some tokens, with what stands between each and the next, and before the first of all: all tokens
    /// together give all the text, if there is one.
    fn text(&self, start: usize, end: usize) -> &'a str {
        if start == end {
            return "";
        }
        let place =
            |index: usize, outside: usize| self.tokens.get(index).map_or(outside, |token| token.start);
        let from = if start == 0 { 0 } else { place(start, self.text.len()) };
        let to = if end >= self.tokens.len() { self.text.len() } else { place(end, self.text.len()) };
        // Two tokens can come of one character, and then the first of them has no text of its own.
        self.text.get(from..to.max(from)).unwrap_or("")
    }
}

/// Pieces, as they are put together.
struct PiecesShown<'a> {
    left: &'a Tokens<'a>,
    right: &'a Tokens<'a>,
    bytes: usize,
    pieces: Vec<DifferencePiece>,
}

impl PiecesShown<'_> {
    /// A run of `length` equal tokens, of which `head` are shown at its beginning and `tail` at its end.
    fn equal(&mut self, left: usize, right: usize, length: usize, head: usize, tail: usize) {
        // A gap that hides less than it takes to read about it is not worth having.
        if length <= head + tail + CONTEXT {
            self.both(left, right, length);
            return;
        }
        self.both(left, right, head);
        self.pieces.push(DifferencePiece::Gap(length - head - tail));
        self.both(left + length - tail, right + length - tail, tail);
    }

    fn both(&mut self, left: usize, right: usize, length: usize) {
        let (a, b) = (self.left.text(left, left + length), self.right.text(right, right + length));
        self.bytes += a.len() + b.len();
        if a.is_empty() && b.is_empty() {
            return;
        }
        self.pieces.push(if a == b {
            DifferencePiece::Both(a.to_owned())
        } else {
            DifferencePiece::Alike(a.to_owned(), b.to_owned())
        });
    }

    fn own(
        &mut self,
        tokens: &Tokens<'_>,
        start: usize,
        end: usize,
        piece: impl Fn(String) -> DifferencePiece,
        gap: impl Fn(usize) -> DifferencePiece,
    ) {
        let shown = if end - start <= OWN + CONTEXT { end } else { start + OWN };
        let text = tokens.text(start, shown);
        self.bytes += text.len();
        if !text.is_empty() {
            self.pieces.push(piece(text.to_owned()));
        }
        if shown < end {
            self.pieces.push(gap(end - shown));
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::params::TextParams;

    fn between(left: &str, right: &str) -> Difference {
        difference(&Tokenizer::new(&TextParams::default()), left, right)
    }

    /// One side put together again.
    fn side(difference: &Difference, is_left: bool) -> String {
        let text = |piece: &DifferencePiece| match (piece, is_left) {
            (DifferencePiece::Both(text), _)
            | (DifferencePiece::Alike(text, _) | DifferencePiece::Left(text), true)
            | (DifferencePiece::Alike(_, text) | DifferencePiece::Right(text), false) => text.clone(),
            _ => String::new(),
        };
        difference.pieces.iter().map(text).collect()
    }

    #[test]
    fn case_and_punctuation_are_alike() {
        let found = between("The pier, fell", "the PIER fell");
        assert_eq!(found.pieces, [DifferencePiece::Alike("The pier, fell".into(), "the PIER fell".into())]);
    }

    #[test]
    fn characters_of_scripts_without_spaces_differ_one_by_one() {
        let found = between("海上起雾", "海上起风");
        let expected = [
            DifferencePiece::Both("海上起".into()),
            DifferencePiece::Left("雾".into()),
            DifferencePiece::Right("风".into()),
        ];
        assert_eq!(found.pieces, expected);
    }

    #[test]
    fn of_passages_in_another_order_the_most_words_are_shared() {
        let found = between(
            "one two three four five, six seven eight nine.",
            "Six seven eight nine. One two three four five!",
        );
        let expected = [
            DifferencePiece::Right("Six seven eight nine. ".into()),
            DifferencePiece::Alike("one two three four five, ".into(), "One two three four five!".into()),
            DifferencePiece::Left("six seven eight nine.".into()),
        ];
        assert_eq!(found.pieces, expected);
    }

    #[test]
    fn a_long_shared_run_keeps_its_ends() {
        let words = |name: &str, count: usize| -> String {
            (0..count).fold(String::new(), |text, n| text + &format!("{name}{n} "))
        };
        let shared = words("w", 500);
        let found = between(&format!("one {shared}"), &format!("two {shared}"));
        let gaps: Vec<_> =
            found.pieces.iter().filter(|piece| matches!(piece, DifferencePiece::Gap(_))).collect();
        assert_eq!(gaps, [&DifferencePiece::Gap(500 - 2 * CONTEXT)]);
        assert!(side(&found, true).starts_with("one w0 ") && side(&found, true).ends_with("w499 "));
        let same = between(&shared, &shared);
        assert_eq!(same.pieces.last(), Some(&DifferencePiece::Gap(500 - LEAD)));
    }

    #[test]
    fn what_is_shown_is_bounded_and_the_rest_is_counted() {
        let mixed =
            |step: usize| (0..2000).fold(String::new(), |text, n| text + &format!("w{} ", n - n % step));
        let (left, right) = (mixed(3), mixed(5));
        let found = between(&left, &right);
        let shown = side(&found, true).len() + side(&found, false).len();
        assert!(shown < SHOWN_BYTES + 4 * 1024, "{shown}");
        assert!(matches!(found.pieces.last(), Some(DifferencePiece::RightGap(words)) if *words > 1000));
        assert!(!found.cut);
        assert!(between(&left.repeat(3), &right).cut);
    }

    proptest! {
        #[test]
        fn short_texts_are_shown_whole(left in "[.]?a([a-c ,.é雾ﬁ\u{5d0}\n]){0,60}", right in "[ ]?b([a-cA-C ,.é雾ﬁ\u{5d0}]){0,60}") {
            let found = between(&left, &right);
            prop_assert_eq!(side(&found, true), left);
            prop_assert_eq!(side(&found, false), right);
        }
    }
}
