//! Wire credits: what an agency or a paper puts around a story, and is no part of it.
//!
//! Datelines, bylines, names of agencies and notices of rights differ from paper to paper, and make tellings of one
//! story look less alike, or tellings of different ones more. They are recognised by a list of rules that a file can
//! add to (see `credits.txt` beside this module for the form and the built-in ones), and by the form of datelines.
//!
//! Precision comes first: a rule applies only to a whole line, a whole sentence or the end of a paragraph, and a
//! dateline or byline only if it holds no ordinary word. So "By the time the boat came" and "Copyright law was
//! changed" stay. A credit in a form that is not known stays too; it costs a few shingles.
//!
//! ```
//! use twicetold::reuse::credits::{Credits, blank};
//!
//! let text = "By Ann Lee\n\nPARIS (AP) - The boats are back. (c) 2012 Cable. All rights reserved.";
//! let credits = Credits::default().find(text);
//! assert_eq!(blank(text, &credits).trim(), "The boats are back.");
//! ```

mod calendar;
mod dateline;
mod east_asian;
#[cfg(test)]
mod languages;
mod list;

use std::borrow::Cow;
use std::ops::Range;
use std::path::Path;

use crate::error::Result;
use dateline::{Dateline, dateline};
use list::{Agency, CreditRules, begins_with, words, words_if_any_begins};

/// Lines at either end of a text that may be bylines.
const BYLINE_LINES: usize = 3;

/// Paragraphs at the beginning of a text that may begin with a dateline: a headline and a byline may come first.
const DATELINE_LINES: usize = 4;

/// The most words after a byline's first.
const BYLINE_WORDS: usize = 10;

/// The most words of a sentence that is a credit.
const SENTENCE_WORDS: usize = 40;

/// The most words of a line that is a credit.
const LINE_WORDS: usize = 20;

/// Characters at the end of a paragraph in which an agency is looked for.
const LONGEST_AGENCY: usize = 60;

/// Words in small letters that a byline may hold: it lists names and offices.
const BYLINE_PARTICLES: &[&str] = &[
    "and",
    "of",
    "for",
    "the",
    "in",
    "at",
    "with",
    "und",
    "von",
    "van",
    "der",
    "den",
    "et",
    "de",
    "du",
    "la",
    "le",
    "y",
    "del",
    "e",
    "da",
    "do",
    "di",
    "i",
    "og",
    "och",
    "en",
    "staff",
    "writer",
    "correspondent",
    "editor",
    "reporter",
];

/// Recognises credits.
#[derive(Clone, Debug)]
pub struct Credits {
    rules: CreditRules,
}

/// A credit in a text.
struct Credit {
    range: Range<usize>,
    /// The place in the list of the agency that it names.
    agency: Option<usize>,
}

impl Default for Credits {
    /// The built-in rules.
    fn default() -> Self {
        let mut rules = CreditRules::default();
        let builtin = rules.add(include_str!("credits.txt"), Path::new("credits.txt"));
        debug_assert!(builtin.is_ok(), "a test reads the built-in list");
        Self { rules }
    }
}

impl Credits {
    /// Adds the rules of a list in the form of `credits.txt`. `path` is where it was read, for messages.
    ///
    /// # Errors
    /// [`Error::BadCreditRule`](crate::Error::BadCreditRule) for a line that is no rule.
    pub fn add(&mut self, list: &str, path: &Path) -> Result<()> {
        self.rules.add(list, path)
    }

    /// The credits of a text as ranges of bytes, in order, none touching another. O(bytes), and a look at
    /// all rules for each sentence.
    pub fn find(&self, text: &str) -> Vec<Range<usize>> {
        merged(self.all(text).into_iter().map(|credit| credit.range).collect())
    }

    /// The agency that a text is credited to: that of the first of its credits that names one, by the name that the
    /// list has for it. A text that only mentions an agency is credited to none.
    ///
    /// ```
    /// use twicetold::reuse::credits::Credits;
    ///
    /// let credits = Credits::default();
    /// assert_eq!(credits.credited("PARIS, Jan 3 (Reuters) - Prices rose."), Some("Reuters"));
    /// assert_eq!(credits.credited("The Associated Press closed an office."), None);
    /// ```
    pub fn credited(&self, text: &str) -> Option<&str> {
        let named =
            self.all(text).into_iter().filter_map(|credit| Some((credit.range.start, credit.agency?)));
        named.min_by_key(|&(start, _)| start).map(|(_, agency)| self.rules.agencies[agency].name.as_str())
    }

    fn all(&self, text: &str) -> Vec<Credit> {
        let lines = lines(text);
        let mut found = Vec::new();
        for (place, line) in lines.iter().enumerate() {
            let start = line.start;
            let body = &text[line.clone()];
            let at_an_end = place < BYLINE_LINES || place + BYLINE_LINES >= lines.len();
            if self.is_line(body) || at_an_end && self.is_byline(body) {
                found.push(Credit { range: line.clone(), agency: self.agency_within(body) });
                continue;
            }
            if place < DATELINE_LINES {
                if let Some(Dateline { length, agency }) =
                    dateline(body, |agency| self.agency(agency).is_some())
                {
                    let agency = agency.and_then(|agency| self.agency(agency));
                    found.push(Credit { range: start..start + length, agency });
                } else if let Some((length, agency)) = east_asian::dateline(body, self.unspaced()) {
                    found.push(Credit { range: start..start + length, agency: Some(agency) });
                }
            }
            let sentences = sentences(body);
            let credits = sentences.iter().filter(|sentence| self.is_sentence(&body[(*sentence).clone()]));
            found.extend(credits.map(|sentence| Credit {
                range: start + sentence.start..start + sentence.end,
                agency: self.agency_within(&body[sentence.clone()]),
            }));
            if let Some((from, agency)) = self.agency_at_end(body) {
                found.push(Credit { range: start + from..line.end, agency: Some(agency) });
            }
        }
        found
    }

    fn is_line(&self, line: &str) -> bool {
        let CreditRules { agencies, lines, .. } = &self.rules;
        let phrases = agencies.iter().map(|agency| &agency.phrase);
        words_if_any_begins(line, phrases, LINE_WORDS).is_some() && self.agency(line).is_some()
            || words_if_any_begins(line, lines.iter(), LINE_WORDS)
                .is_some_and(|words| lines.iter().any(|phrase| begins_with(&words, phrase)))
    }

    /// The names of agencies in scripts without spaces, and their places in the list.
    fn unspaced(&self) -> impl Iterator<Item = (usize, &str)> + Clone {
        let agencies = self.rules.agencies.iter().enumerate();
        agencies.filter_map(|(place, agency)| Some((place, agency.unspaced.as_deref()?)))
    }

    /// The place in the list of the agency of this name. One of up to three letters has to be in capitals, or as the
    /// list has it: "Pa" and "ap" are what scanning leaves of other words.
    fn agency(&self, name: &str) -> Option<usize> {
        let name = name.trim_matches(|c: char| !c.is_alphanumeric());
        let letters = name.chars().filter(|c| c.is_alphabetic());
        let initials = letters.clone().count() > 3 || !letters.clone().any(char::is_lowercase);
        let words: Vec<_> = words(name).collect();
        let whole = |agency: &Agency| {
            words.len() == agency.phrase.len()
                && begins_with(&words, &agency.phrase)
                && (initials || agency.written == name)
        };
        self.rules.agencies.iter().position(whole)
    }

    /// The first agency that a credit names.
    fn agency_within(&self, credit: &str) -> Option<usize> {
        let words: Vec<_> = words(credit).collect();
        (0..words.len()).find_map(|first| {
            let names =
                self.rules.agencies.iter().filter(|agency| begins_with(&words[first..], &agency.phrase));
            let longest = names.max_by_key(|agency| agency.phrase.len())?;
            let end = words.get(first + longest.phrase.len()).map_or(credit.len(), |&(_, start)| start);
            self.agency(&credit[words[first].1..end])
        })
    }

    fn is_byline(&self, line: &str) -> bool {
        let bylines = &self.rules.bylines;
        let Some(words) = words_if_any_begins(line, bylines.iter(), LINE_WORDS) else { return false };
        let Some(phrase) = bylines.iter().find(|phrase| begins_with(&words, phrase)) else { return false };
        let names = &words[phrase.len()..];
        let name = |(word, start): &(String, usize)| {
            line[*start..].starts_with(char::is_uppercase) || BYLINE_PARTICLES.contains(&word.as_str())
        };
        // The first word after "By" is a name, and a sentence that ends in a full stop is none.
        (1..=BYLINE_WORDS).contains(&names.len())
            && line[names[0].1..].starts_with(char::is_uppercase)
            && names.iter().all(name)
            && !line.trim_end().ends_with(['.', '!', '?', ':'])
    }

    fn is_sentence(&self, sentence: &str) -> bool {
        let sentences = &self.rules.sentences;
        words_if_any_begins(sentence, sentences.iter(), SENTENCE_WORDS)
            .is_some_and(|words| sentences.iter().any(|phrase| begins_with(&words, phrase)))
    }

    /// Where an agency at the end of a paragraph begins, and its place in the list: in parentheses, or behind a dash or
    /// `©`.
    fn agency_at_end(&self, line: &str) -> Option<(usize, usize)> {
        let end = line.trim_end().trim_end_matches('.');
        let tail = end.char_indices().map(|(at, _)| at).rev().nth(LONGEST_AGENCY).unwrap_or_default();
        let trimmed = &end[tail..];
        let (name, opens): (&str, &[&str]) = match trimmed.strip_suffix([')', ']', '）']) {
            Some(inner) => (inner, &["(", "[", "（"]),
            None => (trimmed, &[" - ", " -- ", " – ", " — ", "©"]),
        };
        let (at, open) = opens.iter().filter_map(|&open| Some((name.rfind(open)?, open))).max()?;
        Some((tail + at, self.agency(&name[at + open.len()..])?))
    }
}

/// The text with these ranges blanked: every byte but line ends becomes a space, so all else keeps its place. Ranges
/// must lie on boundaries of characters, as those of [`Credits::find`] do.
pub fn blank<'a>(text: &'a str, ranges: &[Range<usize>]) -> Cow<'a, str> {
    if ranges.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut blanked = String::with_capacity(text.len());
    let mut at = 0;
    for range in ranges {
        blanked.push_str(&text[at..range.start]);
        blanked.extend(text[range.clone()].bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' }));
        at = range.end;
    }
    blanked.push_str(&text[at..]);
    Cow::Owned(blanked)
}

/// Lines that hold more than white space.
fn lines(text: &str) -> Vec<Range<usize>> {
    let mut start = 0;
    let mut lines = Vec::new();
    for line in text.split_inclusive('\n') {
        let indent = line.len() - line.trim_start().len();
        let length = line.trim().len();
        if length > 0 {
            lines.push(start + indent..start + indent + length);
        }
        start += line.len();
    }
    lines
}

/// The sentences of a line: what ends in a full stop, question or exclamation mark before white space.
fn sentences(line: &str) -> Vec<Range<usize>> {
    let mut start = 0;
    let mut sentences = Vec::new();
    let mut characters = line.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        let end = at + character.len_utf8();
        let before_space = characters.peek().is_none_or(|(_, next)| next.is_whitespace());
        if matches!(character, '。' | '！' | '？') || matches!(character, '.' | '!' | '?') && before_space
        {
            sentences.push(start..end);
            start = end;
        }
    }
    if !line[start..].trim().is_empty() {
        sentences.push(start..line.len());
    }
    sentences
}

/// Sorted, and those that touch joined.
fn merged(mut ranges: Vec<Range<usize>>) -> Vec<Range<usize>> {
    ranges.sort_unstable_by_key(|range| (range.start, range.end));
    let mut merged: Vec<Range<usize>> = Vec::with_capacity(ranges.len());
    for range in ranges {
        match merged.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            _ => merged.push(range),
        }
    }
    merged
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn left(text: &str) -> String {
        let credits = Credits::default().find(text);
        blank(text, &credits).split_whitespace().collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn credits_are_left_out() {
        for (text, story) in [
            ("WASHINGTON (AP) — The bill passed.", "The bill passed."),
            ("PARIS, Jan 3 (Reuters) - Prices rose.", "Prices rose."),
            ("PORT ALDER, Monday — Ships waited.", "Ships waited."),
            ("SKAITH — Ships waited.", "Ships waited."),
            ("DUNMARROW (Northline) - Ships waited.", "Ships waited."),
            ("Paris (AFP) - Les prix montent.", "Les prix montent."),
            ("MOSKAU (dpa) - Es schneit.", "Es schneit."),
            ("МОСКВА, 3 января (ТАСС) — Идёт снег.", "Идёт снег."),
            ("МОСКВА (ТАСС) — Идёт снег.", "Идёт снег."),
            ("By Ann Lee and Bo Chan\nAssociated Press\n\nPrices rose.", "Prices rose."),
            ("By ANN LEE, Associated Press Writer\nPrices rose.", "Prices rose."),
            ("Von Anke Piepho\nEs schneit.", "Es schneit."),
            ("Prices rose.\n\nBy Ann Lee", "Prices rose."),
            ("Prices rose. (Reuters)", "Prices rose."),
            ("Prices rose. - AP", "Prices rose."),
            ("雪が降った。（共同通信）", "雪が降った。"),
            ("Prices rose. Copyright 2012 The Associated Press. All rights reserved.", "Prices rose."),
            (
                "Prices rose.\nThis material may not be published, broadcast, rewritten or redistributed.",
                "Prices rose.",
            ),
            ("Les prix montent. Tous droits réservés.", "Les prix montent."),
            ("Media contact: Lena Ortiz, 555 0143\nPrices rose.", "Prices rose."),
        ] {
            assert_eq!(left(text), story);
        }
    }

    #[test]
    fn sentences_of_a_story_stay() {
        for text in [
            "By the time the boat came, Ann Lee had left.",
            "By Monday Ann Lee had left",
            "By Christmas.",
            "Copyright law was changed in 2012, and all rights reserved to authors were listed.",
            "The Associated Press (AP) said on Monday that it would close two offices.",
            "He works for the news agency Reuters",
            "REMARKS - Mr. President, I rise today.",
            "REMARKS (AS PREPARED) -- Thank you.",
            "Today, U.S. Senator Ann Lee (R-OH) - Chairman - spoke.",
            "TITLE II.— Of courts.",
            "Prices rose.\nPa ;\nap",
            "C., 59 d. In such a case the court decides.",
            "NATO — The alliance met in Brussels.",
            "NATO - the alliance of 30 states - met in Brussels.",
            "IBM said profits rose 12 per cent - more than expected - in the quarter.",
            "The Ministers (all of them) met - and parted.",
            "Contact between the two villages ended in 1911.",
            "He shouted: I did it - AP exams are over for good.",
            "Reuters said on Monday that prices rose.",
            "Por la noche llegó el barco",
            "Par temps clair, on voit Villebrive",
        ] {
            assert_eq!(left(text), text.split_whitespace().collect::<Vec<_>>().join(" "));
        }
    }

    #[test]
    fn a_list_of_ones_own_adds_rules_and_a_bad_line_is_named() {
        let mut credits = Credits::default();
        credits
            .add("# ours\n\nagency Northline\nsentence Our wire service\n", Path::new("ours.txt"))
            .unwrap();
        let text = "Ships waited. Our wire services helped. Our wire service helped. (Northline)";
        let expected = "Ships waited. Our wire services helped.";
        assert_eq!(blank(text, &credits.find(text)).trim(), expected);
        let wrong = credits.add("agency X\n\nslogan Y\n", Path::new("ours.txt")).unwrap_err();
        assert_eq!(wrong.to_string().split(": ").next(), Some("ours.txt:3"));
        assert!(credits.add("agency", Path::new("ours.txt")).is_err());
    }

    #[test]
    fn the_built_in_list_is_read_whole() {
        let mut rules = CreditRules::default();
        rules.add(include_str!("credits.txt"), Path::new("credits.txt")).unwrap();
        assert!(rules.agencies.len() > 50 && rules.sentences.len() > 20);
    }

    proptest! {
        #[test]
        fn ranges_are_in_order_and_blanking_moves_nothing(
            parts in proptest::collection::vec("(By |Ann |—| - |\\(AP\\)|©|é |PARIS|\\. |\n|All rights reserved|。|[a-z]{1,4} )", 0..30),
        ) {
            let text = parts.concat();
            let credits = Credits::default().find(&text);
            prop_assert!(credits.windows(2).all(|pair| pair[0].end < pair[1].start));
            let blanked = blank(&text, &credits);
            prop_assert_eq!(blanked.len(), text.len());
            let kept = |at: &usize| credits.iter().all(|range| !range.contains(at));
            prop_assert!((0..text.len()).filter(kept).all(|at| blanked.as_bytes()[at] == text.as_bytes()[at]));
        }
    }
}
