//! Which words of a text are facts: names, numbers and dates.
#![allow(
    clippy::cast_precision_loss,
    reason = "places in a text of at most 4 GiB, and nodes numbered in 32 bits"
)]

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::ops::Range;

use super::calendar;
use crate::text::Token;

/// What a word tells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum WordKind {
    /// A word with a digit, or a written numeral where these are told by their characters.
    Number,
    /// A month or a day of the week.
    Date,
    /// A capitalised word that is known as a name; see [`Vocabulary`].
    Name,
    /// Any other word.
    #[default]
    Plain,
}

/// Words of either side of a name that are looked at.
const NEIGHBOURS: usize = 3;

/// What both texts of a pair tell about their words.
pub(super) struct Vocabulary<'a> {
    /// By token hash.
    seen: HashMap<u64, SeenWord, OfHashes>,
    /// Of each word of each text.
    kinds: [Vec<WordKind>; 2],
    texts: [&'a str; 2],
    cased: bool,
    telling: bool,
}

/// What is known of a word.
#[derive(Clone, Copy, Default)]
struct SeenWord {
    /// It is written with a capital among words that are not, at least once: neither a headline nor the first word of a
    /// sentence makes a name.
    as_name: bool,
    /// It is written without a capital, at least once, and so is no name.
    as_word: bool,
    /// What it is if it is no name.
    otherwise: WordKind,
    /// Whether each text has it.
    stands_in: [bool; 2],
}

impl SeenWord {
    fn kind(self) -> WordKind {
        if self.otherwise == WordKind::Plain && self.as_name && !self.as_word {
            WordKind::Name
        } else {
            self.otherwise
        }
    }
}

/// Places in a table for keys that are hashes already.
type OfHashes = BuildHasherDefault<HashItself>;

#[derive(Default)]
struct HashItself(u64);

impl Hasher for HashItself {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(byte);
        }
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}

/// Where more than this share of the words inside a sentence have a capital, common nouns have it too, as in German,
/// and a capital does not tell a name. Running English has a tenth to a fifth.
const COMMON_CAPITALS: f64 = 0.25;

/// How a word is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Case {
    Upper,
    Lower,
    None,
}

fn case(word: &str) -> Case {
    // Most words.
    if let Some(&first) = word.as_bytes().first()
        && first.is_ascii_alphanumeric()
    {
        return match first {
            b'A'..=b'Z' => Case::Upper,
            b'a'..=b'z' => Case::Lower,
            _ => Case::None,
        };
    }
    match word.chars().find(|c| c.is_alphanumeric()) {
        Some(c) if c.is_uppercase() => Case::Upper,
        Some(c) if c.is_lowercase() => Case::Lower,
        _ => Case::None,
    }
}

impl<'a> Vocabulary<'a> {
    pub(super) fn new(texts: [&'a str; 2], tokens: [&[Token]; 2]) -> Self {
        let mut seen: HashMap<u64, SeenWord, OfHashes> = HashMap::default();
        let (mut cased, mut all) = (0, 0);
        let (mut capitals, mut small) = (0, 0);
        for (side, (text, tokens)) in texts.into_iter().zip(tokens).enumerate() {
            let cases: Vec<Case> = tokens.iter().map(|token| case(&text[token.start..token.end])).collect();
            cased += cases.iter().filter(|&&case| case != Case::None).count();
            all += cases.len();
            for (place, (token, &case)) in tokens.iter().zip(&cases).enumerate() {
                let seen = seen.entry(token.hash).or_insert_with(|| {
                    let word = &text[token.start..token.end];
                    let otherwise = if calendar::is_number(word) {
                        WordKind::Number
                    } else if calendar::is_date(&letters(word)) {
                        WordKind::Date
                    } else {
                        WordKind::Plain
                    };
                    SeenWord { otherwise, ..SeenWord::default() }
                });
                seen.stands_in[side] = true;
                seen.as_word |= case == Case::Lower;
                if case == Case::Upper && stands_out(place, tokens, &cases, text) {
                    capitals += 1;
                    // One letter is an initial, or a pronoun that is always written so.
                    seen.as_name =
                        seen.as_name || letters(&text[token.start..token.end]).chars().nth(1).is_some();
                }
                small += usize::from(case == Case::Lower);
            }
        }
        // Every word that stands in a text was seen there.
        let kind = |token: &Token| seen.get(&token.hash).map_or(WordKind::Plain, |seen| seen.kind());
        let kinds = tokens.map(|tokens| tokens.iter().map(kind).collect());
        let telling = capitals as f64 <= COMMON_CAPITALS * (capitals + small) as f64;
        Self { seen, kinds, texts, cased: cased * 2 > all, telling }
    }

    /// Whether the texts are in a script that tells capitals from small letters.
    pub(super) fn is_cased(&self) -> bool {
        self.cased
    }

    /// Whether a capital says much: only names, and what stands first, are written with one.
    pub(super) fn capitals_tell_names(&self) -> bool {
        self.cased && self.telling
    }

    /// A word of text `side` as it is written.
    pub(super) fn word(&self, side: usize, token: &Token) -> &'a str {
        &self.texts[side][token.start..token.end]
    }

    /// Whether a word of text `side`, of this kind, is written in small letters, so neither a name nor a part of one.
    pub(super) fn is_small(&self, side: usize, kind: WordKind, token: &Token) -> bool {
        kind == WordKind::Plain && case(self.word(side, token)) != Case::Upper
    }

    /// Kinds of some words of text `side`.
    pub(super) fn kinds(&self, side: usize, words: Range<usize>) -> &[WordKind] {
        &self.kinds[side][words]
    }

    /// Whether a word of text `side` is nowhere in the other text.
    pub(super) fn is_exclusive(&self, side: usize, token: &Token) -> bool {
        !self.seen.get(&token.hash).is_some_and(|seen| seen.stands_in[1 - side])
    }
}

/// A word in lower case, without what stands around it.
pub(super) fn letters(word: &str) -> String {
    word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase()
}

/// Whether a capitalised word is neither the first of its sentence nor in a headline.
fn stands_out(place: usize, tokens: &[Token], cases: &[Case], text: &str) -> bool {
    let Some(before) = place.checked_sub(1) else { return false };
    let between = text.get(tokens[before].end..tokens[place].start).unwrap_or_default();
    if between.contains(['.', '!', '?', ':', '\n', '"', '“', '„', '«', '¿', '¡', ';', '•', '*', '|'])
    {
        return false;
    }
    let around = cases[place.saturating_sub(NEIGHBOURS)..place].iter();
    let around = around.chain(cases[place + 1..].iter().take(NEIGHBOURS));
    let count = |wanted: Case| around.clone().filter(|&&case| case == wanted).count();
    count(Case::Lower) >= count(Case::Upper)
}
