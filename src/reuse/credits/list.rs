//! The list of rules, and reading it.

use std::path::Path;

use super::east_asian;
use crate::error::{Error, Result};

/// The words of a phrase, in lower case and without punctuation.
pub(super) type Phrase = Vec<String>;

/// Stands for any number in a phrase.
pub(super) const NUMBER: &str = "#";

/// An agency, by one of the names that it is credited by.
#[derive(Clone, Debug)]
pub(super) struct Agency {
    pub(super) phrase: Phrase,
    /// The same as it is written in the list.
    pub(super) written: String,
    /// What it is called, whatever name is written.
    pub(super) name: String,
    /// The name as one piece, if it is in a script without spaces.
    pub(super) unspaced: Option<String>,
}

impl Agency {
    /// From a rule: what is written, and behind "=" what the agency is called, if that is another name.
    fn new(text: &str) -> Self {
        let (written, name) = text.split_once(" = ").unwrap_or((text, text));
        let phrase: Phrase = words(written).map(|(word, _)| word).collect();
        let written = written.trim().to_owned();
        let unspaced = Some(&written).filter(|name| east_asian::is_name(name)).cloned();
        Self { phrase, written, name: name.trim().to_owned(), unspaced }
    }
}

/// Rules, by kind.
#[derive(Clone, Debug, Default)]
pub(super) struct CreditRules {
    pub(super) agencies: Vec<Agency>,
    pub(super) bylines: Vec<Phrase>,
    pub(super) sentences: Vec<Phrase>,
    pub(super) lines: Vec<Phrase>,
}

impl CreditRules {
    /// Adds the rules of a list. `path` is for messages.
    pub(super) fn add(&mut self, list: &str, path: &Path) -> Result<()> {
        for (number, line) in (1..).zip(list.lines()) {
            let line = line.trim();
            if line.is_empty() || line.starts_with("# ") || line == "#" {
                continue;
            }
            let (kind, text) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
            let bad = || Error::BadCreditRule { path: path.to_path_buf(), line: number };
            if kind == "agency" {
                let agency = Agency::new(text);
                if agency.phrase.is_empty() || agency.name.is_empty() {
                    return Err(bad());
                }
                self.agencies.push(agency);
                continue;
            }
            let rules = match kind {
                "byline" => &mut self.bylines,
                "sentence" => &mut self.sentences,
                "line" => &mut self.lines,
                _ => return Err(bad()),
            };
            let phrase: Phrase = words(text).map(|(word, _)| word).collect();
            if phrase.is_empty() {
                return Err(bad());
            }
            rules.push(phrase);
        }
        Ok(())
    }
}

/// The words of a text in lower case, and the byte where each begins. What stands between white space is a word, less
/// the punctuation at its ends; `©`, `(c)` and `#` are words.
pub(super) fn words(text: &str) -> impl Iterator<Item = (String, usize)> {
    text.split_whitespace().filter_map(move |piece| {
        let start = piece.as_ptr().addr() - text.as_ptr().addr();
        if piece.get(..3).is_some_and(|sign| sign.eq_ignore_ascii_case("(c)")) {
            return Some(("(c)".to_owned(), start));
        }
        let ahead = piece.trim_start_matches(is_punctuation);
        let word = ahead.trim_end_matches(is_punctuation);
        (!word.is_empty()).then(|| (word.to_lowercase(), start + piece.len() - ahead.len()))
    })
}

fn is_punctuation(character: char) -> bool {
    !character.is_alphanumeric() && character != '©' && character != '#'
}

/// The words of `text`, if it has at most `most` and some phrase begins as it does; else nothing, at the cost of its
/// first word.
pub(super) fn words_if_any_begins<'p>(
    text: &str,
    mut phrases: impl Iterator<Item = &'p Phrase>,
    most: usize,
) -> Option<Vec<(String, usize)>> {
    let (first, _) = words(text).next()?;
    phrases.find(|phrase| phrase[0] == first)?;
    let words: Vec<_> = words(text).take(most + 1).collect();
    (words.len() <= most).then_some(words)
}

/// Whether words begin with a phrase.
pub(super) fn begins_with(words: &[(String, usize)], phrase: &Phrase) -> bool {
    words.len() >= phrase.len()
        && words.iter().zip(phrase).all(|((word, _), wanted)| {
            word == wanted || wanted == NUMBER && word.starts_with(|c: char| c.is_ascii_digit())
        })
}
