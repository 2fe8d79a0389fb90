//! The list of rules, and reading it.

use std::path::Path;

use crate::error::{Error, Result};

/// The words of a phrase, in lower case and without punctuation.
pub(super) type Phrase = Vec<String>;

/// Stands for any number in a phrase.
pub(super) const NUMBER: &str = "#";

/// Rules, by kind.
#[derive(Clone, Debug, Default)]
pub(super) struct CreditRules {
    pub(super) agencies: Vec<Phrase>,
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
            let rules = match kind {
                "agency" => &mut self.agencies,
                "byline" => &mut self.bylines,
                "sentence" => &mut self.sentences,
                "line" => &mut self.lines,
                _ => return Err(Error::BadCreditRule { path: path.to_path_buf(), line: number }),
            };
            let phrase: Phrase = words(text).map(|(word, _)| word).collect();
            if phrase.is_empty() {
                return Err(Error::BadCreditRule { path: path.to_path_buf(), line: number });
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
pub(super) fn words_if_any_begins(
    text: &str,
    phrases: &[Phrase],
    most: usize,
) -> Option<Vec<(String, usize)>> {
    let (first, _) = words(text).next()?;
    phrases.iter().find(|phrase| phrase[0] == first)?;
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
