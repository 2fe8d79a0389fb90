//! Texts: paragraphs of sentences, from an invented language or from sentences that were given.
//!
//! A text has a form (its lengths, common words, and where its facts stand) and facts (people, places,
//! numbers, dates). The two are drawn from streams of their own, so the same form can be filled in again.
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "sizes that a caller chooses, far below 2^53; parts of a random number"
)]

use std::fmt::Write;

use super::language::{DateStyle, Language, STYLES};
use super::options::Scripts;
use super::random::{Purpose, Stream};
use crate::params::Seed;

/// Spread of document lengths: deviation of the logarithm, near that of news archives.
const LENGTH_SIGMA: f64 = 0.6;

/// Of 256 words in a clause, how many give way to a number, a share, a person, a place and a date.
const FACTS_OF_256: [u64; 5] = [5, 2, 4, 4, 1];

/// Of 256 words in a clause, how many are followed by a comma.
const COMMAS_OF_256: u64 = 14;

/// Of documents in mixed scripts, the share in the first, plain language.
const PLAIN_SHARE: f64 = 0.5;

/// Where words come from.
pub(super) enum Prose {
    /// The invented languages, of which one or all are used.
    Invented(Vec<Language>),
    /// Sentences that were given, each with its number of words.
    Resampled(Vec<(String, usize)>),
}

/// People and places that a text speaks of, and the stream of its numbers and dates.
struct StoryFacts {
    people: [(usize, usize); 4],
    places: [usize; 3],
    stream: Stream,
}

impl StoryFacts {
    fn new(language: &Language, mut stream: Stream) -> Self {
        let (given, family) = (language.given_names.len(), language.family_names.len());
        Self {
            people: std::array::from_fn(|_| (stream.below(given), stream.below(family))),
            places: std::array::from_fn(|_| stream.below(language.places.len())),
            stream,
        }
    }
}

impl Prose {
    pub(super) fn invented(scripts: Scripts) -> Self {
        let count = match scripts {
            Scripts::Latin => 1,
            Scripts::Mixed => STYLES.len(),
        };
        Self::Invented(STYLES[..count].iter().map(Language::new).collect())
    }

    pub(super) fn resampled(sentences: &[String]) -> Self {
        let trimmed =
            sentences.iter().map(|sentence| sentence.trim()).filter(|sentence| !sentence.is_empty());
        Self::Resampled(trimmed.map(|text| (text.to_owned(), words_of(text))).collect())
    }

    /// Appends the text whose form belongs to document `form` and whose facts to document `facts`.
    pub(super) fn document(&self, seed: Seed, form: u64, facts: u64, mean_words: f64, out: &mut String) {
        let mut stream = Stream::new(seed, Purpose::Form, form);
        let length = stream.log_normal(mean_words, LENGTH_SIGMA).min(20.0 * mean_words);
        self.paragraphs(&mut stream, Stream::new(seed, Purpose::Facts, facts), length.max(1.0) as usize, out);
    }

    /// Appends paragraphs, separated by blank lines, of at least `words` words in all.
    pub(super) fn paragraphs(&self, form: &mut Stream, facts: Stream, words: usize, out: &mut String) {
        match self {
            Self::Invented(languages) => {
                let plain = languages.len() == 1 || form.chance(PLAIN_SHARE);
                let language = &languages[if plain { 0 } else { 1 + form.below(languages.len() - 1) }];
                let mut facts = StoryFacts::new(language, facts);
                fill(form, words, language.style.space, out, |form, out| {
                    sentence(language, form, &mut facts, out)
                });
            }
            Self::Resampled(sentences) => fill(form, words, " ", out, |form, out| {
                // The list is not empty: checked with the options.
                let (text, words) = &sentences[form.below(sentences.len())];
                out.push_str(text);
                *words
            }),
        }
    }
}

/// Words of a given sentence: at least one for every twelve characters, for scripts without spaces.
fn words_of(text: &str) -> usize {
    text.split_whitespace().count().max(text.chars().count().div_ceil(12))
}

/// Appends sentences until there are `words` words, in paragraphs of 30 to 90.
fn fill(
    form: &mut Stream,
    words: usize,
    space: &str,
    out: &mut String,
    mut sentence: impl FnMut(&mut Stream, &mut String) -> usize,
) {
    let mut written = 0;
    while written < words {
        if written > 0 {
            out.push_str("\n\n");
        }
        let until = (written + form.between(30, 90)).min(words);
        let start = out.len();
        while written < until {
            if out.len() > start {
                out.push_str(space);
            }
            written += sentence(form, out).max(1);
        }
    }
}

/// Appends a sentence of one of a few kinds, and returns its number of words.
fn sentence(language: &Language, form: &mut Stream, facts: &mut StoryFacts, out: &mut String) -> usize {
    let style = language.style;
    let start = out.len();
    let written = match form.below(16) {
        0 | 1 => {
            out.push_str(style.open_quote);
            let words = form.between(6, 16);
            clause(language, form, facts, words, out);
            out.push_str(style.close_quote);
            out.push_str(style.said);
            person(language, form.bits(), facts, out);
            words + 3
        }
        2 => {
            date(style.date, &mut facts.stream, out);
            out.push_str(style.comma);
            let words = form.between(8, 20);
            clause(language, form, facts, words, out);
            words + 3
        }
        3 | 4 => {
            person(language, form.bits(), facts, out);
            out.push_str(style.said);
            let words = form.between(8, 18);
            clause(language, form, facts, words, out);
            words + 3
        }
        5 => {
            place(language, form.bits(), facts, out);
            out.push_str(style.comma);
            let words = form.between(6, 16);
            clause(language, form, facts, words, out);
            words + 1
        }
        _ => {
            let bits = form.bits();
            out.push_str(language.words.capitalised(language.frequent(bits)));
            out.push_str(style.space);
            let words = form.between(7, 24);
            clause(language, form, facts, words, out);
            words + 1
        }
    };
    // A clause begins with a small letter; in a quotation it is the first of the sentence.
    if out[start..].starts_with('"') {
        out[start + 1..start + 2].make_ascii_uppercase();
    }
    out.push_str(style.stop);
    written
}

/// Appends `words` words, some of which give way to facts. Each takes one draw from the form.
fn clause(language: &Language, form: &mut Stream, facts: &mut StoryFacts, words: usize, out: &mut String) {
    const NUMBER: u64 = FACTS_OF_256[0];
    const SHARE: u64 = NUMBER + FACTS_OF_256[1];
    const PERSON: u64 = SHARE + FACTS_OF_256[2];
    const PLACE: u64 = PERSON + FACTS_OF_256[3];
    const DATE: u64 = PLACE + FACTS_OF_256[4];
    let style = language.style;
    for index in 0..words {
        let bits = form.bits();
        match bits >> 56 {
            DATE.. => out.push_str(language.words.word(language.frequent(bits))),
            PLACE.. => date(style.date, &mut facts.stream, out),
            PERSON.. => place(language, bits, facts, out),
            SHARE.. => person(language, bits, facts, out),
            NUMBER.. => {
                number(1 + bits as usize % 2, &mut facts.stream, out);
                out.push_str(style.percent);
            }
            _ => number(1 + bits as usize % 4, &mut facts.stream, out),
        }
        if index + 1 < words {
            let comma = (bits >> 48) & 0xff < COMMAS_OF_256;
            out.push_str(if comma { style.comma } else { style.space });
        }
    }
}

fn person(language: &Language, bits: u64, facts: &StoryFacts, out: &mut String) {
    let (given, family) = facts.people[bits as usize % facts.people.len()];
    out.push_str(language.given_names.capitalised(given));
    out.push_str(language.style.space);
    out.push_str(language.family_names.capitalised(family));
}

fn place(language: &Language, bits: u64, facts: &StoryFacts, out: &mut String) {
    out.push_str(language.places.capitalised(facts.places[bits as usize % facts.places.len()]));
}

/// Appends a number of so many digits, the first not 0.
pub(super) fn number(digits: usize, facts: &mut Stream, out: &mut String) {
    for index in 0..digits {
        let digit = if index == 0 { facts.between(1, 9) } else { facts.below(10) };
        out.push(char::from(b'0' + digit as u8));
    }
}

fn date(style: DateStyle, facts: &mut Stream, out: &mut String) {
    let (year, month, day) = (facts.between(1990, 2029), facts.below(12), facts.between(1, 28));
    let written = match style {
        DateStyle::Words(months) => write!(out, "{day} {} {year}", months[month]),
        DateStyle::Dotted => write!(out, "{day}.{}.{year}", month + 1),
        DateStyle::Ideographic => write!(out, "{year}年{}月{day}日", month + 1),
    };
    debug_assert!(written.is_ok(), "a string takes all that is written to it");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(prose: &Prose, form: u64, facts: u64) -> String {
        let mut text = String::new();
        prose.document(Seed(1), form, facts, 300.0, &mut text);
        text
    }

    #[test]
    fn the_same_form_with_other_facts_keeps_its_common_words() {
        let prose = Prose::invented(Scripts::Latin);
        let (one, other) = (document(&prose, 3, 3), document(&prose, 3, 4));
        assert_ne!(one, other);
        assert_eq!(one, document(&prose, 3, 3));
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        let (one, other) = (words(&one), words(&other));
        assert_eq!(one.len(), other.len());
        let plain = |word: &str| word.bytes().all(|b| b.is_ascii_lowercase());
        let differing = one.iter().zip(&other).filter(|(a, b)| a != b);
        let (mut facts, mut common) = (0, 0);
        differing.for_each(|(word, _)| *if plain(word) { &mut common } else { &mut facts } += 1);
        assert_eq!(common, 0, "only names, numbers and dates differ");
        assert!(facts > 10);
    }

    #[test]
    fn the_mean_length_is_the_one_asked_for_and_latin_texts_are_ascii() {
        let prose = Prose::invented(Scripts::Latin);
        let texts: Vec<_> = (0..2000).map(|n| document(&prose, n, n)).collect();
        let words = texts.iter().map(|text| text.split_whitespace().count()).sum::<usize>() as f64 / 2000.0;
        assert!((words - 310.0).abs() < 30.0, "{words}");
        assert!(texts.iter().all(|text| text.is_ascii()));
        assert!(texts.iter().any(|text| text.contains("\n\n")));
    }

    #[test]
    fn mixed_scripts_hold_every_script() {
        let prose = Prose::invented(Scripts::Mixed);
        let all: String = (0..200).map(|n| document(&prose, n, n)).collect();
        for letter in ['e', 'и', 'α', 'ن', '山', 'か'] {
            assert!(all.contains(letter), "{letter}");
        }
    }

    #[test]
    fn resampled_texts_are_made_of_the_given_sentences() {
        let prose =
            Prose::resampled(&["One two.".to_owned(), "  ".to_owned(), "Three four five.".to_owned()]);
        let text = document(&prose, 0, 0);
        assert!(
            crate::generate::sentences(&text)
                .all(|sentence| sentence == "One two." || sentence == "Three four five.")
        );
        assert!(text.contains("\n\n"));
    }
}
