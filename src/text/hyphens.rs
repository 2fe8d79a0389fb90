//! Words that a line end has cut in two, put together again.
//!
//! A hyphen at the end of a line is dropped with the line end, so that the two parts are one token, if a letter stands
//! before it and a letter begins the next line. The next line begins in lower case, or both letters are capitals: "Anglo-"
//! before "Saxon" is a compound. Blank lines end words, and so do other marks. A compound in lower case that was cut at its
//! own hyphen becomes one word, too: nothing in the text tells.

use super::characters::CharacterKind;
use super::token::TokenSink;
use crate::hash;
use crate::params::Seed;

/// The marks that divide words: hyphens, the soft hyphen, and the sign that recognition programs write for one.
const HYPHENS: [char; 4] = ['-', '\u{2010}', '\u{ad}', '¬'];

/// Holds tokens back that a hyphen follows, and joins them to the next where a line end cut them.
pub(super) struct LineEndJoiner<'a, S> {
    text: &'a str,
    seed: Seed,
    sink: &'a mut S,
    /// The normalised form of the token that is held back; empty if none is.
    held: &'a mut Vec<u8>,
    hash: u64,
    start: usize,
    end: usize,
}

impl<'a, S: TokenSink> LineEndJoiner<'a, S> {
    pub(super) fn new(text: &'a str, seed: Seed, held: &'a mut Vec<u8>, sink: &'a mut S) -> Self {
        held.clear();
        Self { text, seed, sink, held, hash: 0, start: 0, end: 0 }
    }

    /// Passes on the token that is held back.
    pub(super) fn finish(&mut self) {
        if !self.held.is_empty() {
            self.sink.token(self.held, self.hash, self.start, self.end);
            self.held.clear();
        }
    }

    /// Whether a token that ends at `end` may go on in the next line: one look at one byte for nearly all.
    #[inline]
    fn may_go_on(&self, end: usize) -> bool {
        matches!(self.text.as_bytes().get(end), Some(b'-' | 0xc2 | 0xe2))
            && self.text[end..].starts_with(HYPHENS)
    }

    /// Whether the token that begins at `start` is the rest of the one that is held back.
    fn goes_on(&self, normalised: &[u8], start: usize) -> bool {
        self.text.get(self.end..start).is_some_and(is_line_end_hyphen)
            && last_of(self.held).is_some_and(is_letter)
            && first_of(normalised).is_some_and(is_letter)
            && {
                let before = self.text[self.start..self.end].chars().rev().find(|c| c.is_alphabetic());
                let after = self.text[start..].chars().find(|c| c.is_alphabetic());
                !after.is_some_and(char::is_uppercase) || before.is_some_and(char::is_uppercase)
            }
    }
}

impl<S: TokenSink> TokenSink for LineEndJoiner<'_, S> {
    const READS_HASHES: bool = S::READS_HASHES;

    #[inline]
    fn token(&mut self, normalised: &[u8], hash: u64, start: usize, end: usize) {
        if !self.held.is_empty() {
            if self.goes_on(normalised, start) {
                self.held.extend_from_slice(normalised);
                self.end = end;
                if S::READS_HASHES {
                    self.hash = hash::token(self.held, self.seed);
                }
                if !self.may_go_on(end) {
                    self.finish();
                }
                return;
            }
            self.finish();
        }
        if self.may_go_on(end) {
            self.held.extend_from_slice(normalised);
            (self.hash, self.start, self.end) = (hash, start, end);
        } else {
            self.sink.token(normalised, hash, start, end);
        }
    }
}

/// Whether what stands between two tokens is one hyphen at the end of a line, with white space around the line end.
fn is_line_end_hyphen(between: &str) -> bool {
    let Some(rest) = between.strip_prefix(HYPHENS) else { return false };
    let is_line_end = |c| matches!(c, '\n' | '\r' | '\u{85}' | '\u{2028}');
    let blank = |text: &str| text.chars().all(|c| c.is_whitespace() && !is_line_end(c) && c != '\u{2029}');
    let Some((before, after)) = rest.split_once(is_line_end) else { return false };
    let after = if rest.as_bytes()[before.len()] == b'\r' {
        after.strip_prefix('\n').unwrap_or(after)
    } else {
        after
    };
    blank(before) && blank(after)
}

/// Whether a character of normalised text is a letter, or a mark on one, of a script that parts its words by spaces.
fn is_letter(c: char) -> bool {
    CharacterKind::of(c) == CharacterKind::Word && !c.is_numeric()
}

fn first_of(normalised: &[u8]) -> Option<char> {
    str::from_utf8(normalised).ok()?.chars().next()
}

fn last_of(normalised: &[u8]) -> Option<char> {
    str::from_utf8(normalised).ok()?.chars().next_back()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{TokenScratch, Tokenizer};
    use super::*;
    use crate::params::{HyphenJoining, TextParams};

    #[derive(Default)]
    struct Words(Vec<(String, u64, usize, usize)>);

    impl TokenSink for Words {
        fn token(&mut self, normalised: &[u8], hash: u64, start: usize, end: usize) {
            self.0.push((String::from_utf8(normalised.to_vec()).unwrap(), hash, start, end));
        }
    }

    fn tokens(text: &str, hyphens: HyphenJoining) -> Vec<(String, u64, usize, usize)> {
        let tokenizer = Tokenizer::new(&TextParams { hyphens, ..TextParams::default() });
        let mut words = Words::default();
        tokenizer.tokenize(text, &mut TokenScratch::default(), &mut words);
        words.0
    }

    fn joined(text: &str) -> Vec<String> {
        tokens(text, HyphenJoining::Join).into_iter().map(|token| token.0).collect()
    }

    #[test]
    fn a_word_is_joined_whatever_the_hyphen_and_the_line_end() {
        for hyphen in HYPHENS {
            for line_end in ["\n", "\r\n", "\r", " \n", "\n  ", "\u{85}", "\u{2028}"] {
                assert_eq!(
                    joined(&format!("the har{hyphen}{line_end}bour")),
                    ["the", "harbour"],
                    "{hyphen:?} {line_end:?}"
                );
            }
        }
        assert_eq!(joined("anti-\ndis-\nestab-\r\nlished, no"), ["antidisestablished", "no"]);
        assert_eq!(
            joined("PRESI-\nDENT der Über-\nraschung été-\u{a0}\nêtre"),
            ["president", "der", "überraschung", "étéêtre"]
        );
        assert_eq!(joined("при-\nвет"), ["привет"]);
    }

    #[test]
    fn what_is_no_word_cut_at_a_line_end_stays_apart() {
        for (text, words) in [
            ("co-operate", vec!["co", "operate"]),
            ("Anglo-\nSaxon", vec!["anglo", "saxon"]),
            ("1914-\n1918", vec!["1914", "1918"]),
            ("page 3-\nthe", vec!["page", "3", "the"]),
            ("he said -\nand", vec!["he", "said", "and"]),
            ("he said--\nand", vec!["he", "said", "and"]),
            ("har-\n\nbour", vec!["har", "bour"]),
            ("har-\r\n\r\nbour", vec!["har", "bour"]),
            ("har-\u{2029}bour", vec!["har", "bour"]),
            ("har-\n\"bour", vec!["har", "bour"]),
            ("漢-\n字", vec!["漢", "字"]),
            ("end-", vec!["end"]),
            ("-\nend", vec!["end"]),
        ] {
            assert_eq!(joined(text), words, "{text:?}");
        }
    }

    #[test]
    fn a_joined_word_has_the_hash_of_the_word_and_the_place_of_both_parts() {
        let text = "x har-\nbour y";
        let found = tokens(text, HyphenJoining::Join);
        assert_eq!((found[1].2, found[1].3), (2, 11));
        assert_eq!(found[1].1, tokens("harbour", HyphenJoining::Keep)[0].1);
        // Long words are hashed another way than short ones.
        let long = tokens("incomprehen-\nsibilities", HyphenJoining::Join);
        assert_eq!(long[0].1, tokens("incomprehensibilities", HyphenJoining::Keep)[0].1);
    }

    /// The rule again, on a text that is put together by hand: lines of words, some of them cut.
    fn lines() -> impl Strategy<Value = (String, Vec<String>)> {
        let word = "[a-z]{1,9}|[а-я]{2,6}|[A-Z][a-z]{1,5}|[0-9]{1,4}";
        let hyphen = proptest::sample::select(HYPHENS.to_vec());
        let line_end = proptest::sample::select(vec!["\n", "\r\n", "\r"]);
        proptest::collection::vec((word, any::<bool>(), hyphen, line_end, 1usize..5), 0..30).prop_map(
            |words| {
                let (mut text, mut expected) = (String::new(), Vec::new());
                for (word, is_cut, hyphen, line_end, at) in words {
                    let letters: Vec<char> = word.chars().collect();
                    if is_cut && at < letters.len() && !letters[0].is_numeric() {
                        text.extend(&letters[..at]);
                        text.push(hyphen);
                        text.push_str(line_end);
                        text.extend(&letters[at..]);
                    } else {
                        text.push_str(&word);
                    }
                    text.push_str(line_end);
                    expected.push(word.to_lowercase());
                }
                (text, expected)
            },
        )
    }

    proptest! {
        #[test]
        fn cut_words_are_the_words_that_were_cut((text, expected) in lines()) {
            prop_assert_eq!(joined(&text), expected);
        }

        #[test]
        fn joining_changes_nothing_where_no_hyphen_ends_a_line(text in "[ -~é漢]{0,80}[ -,.-~é漢](\n[a-z]{0,9}[.,;:]\n?){0,5}") {
            prop_assert_eq!(tokens(&text, HyphenJoining::Join), tokens(&text, HyphenJoining::Keep));
        }

        #[test]
        fn joined_text_has_nothing_left_to_join(text in "([a-zA-Zé0-9]{1,4}[-\u{ad}¬ ]{0,2}[\n\r]{0,2} ?){0,20}") {
            let once = joined(&text);
            prop_assert_eq!(joined(&once.join(" ")), once);
        }

        #[test]
        fn the_way_of_ascii_and_that_of_any_text_join_alike(text in "([a-zA-Z0-9]{1,4}-?[\n\r ]{1,2}){0,20}") {
            // A character of no case and no kin ends the way of ASCII for its whole segment of runs.
            let beside = joined(&text.replace('x', "é"));
            prop_assert_eq!(joined(&text), beside.into_iter().map(|word| word.replace('é', "x")).collect::<Vec<_>>());
        }
    }
}
