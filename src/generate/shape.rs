//! Texts of one extreme kind each, to press on one part of a deduplicator.

use super::language::{Language, STYLES};
use super::options::{Options, Shape};
use super::prose::{Prose, number};
use super::random::{Purpose, Stream};

/// In the shape of templates, every so many words is a fact. Of 20 shingles of five words the fact touches
/// 5, so two documents share 15 of 25: a Jaccard similarity of 0.6.
const WORDS_PER_FACT: usize = 20;

/// Digits of a template's facts: two documents hardly ever share one.
const FACT_DIGITS: usize = 9;

/// Words of a short document.
const SHORT_WORDS: usize = 5;

/// What the documents of an archive are made from.
pub(super) enum Mould {
    /// Every document is prose of its own, or a copy.
    News(Prose),
    /// Every document is the same text but for its number, which stands in the gap.
    Identical(Vec<String>),
    /// Every document is the same form with other facts in the gaps.
    Template(Vec<String>),
    /// Every document is a few words, all equally likely.
    Short(Box<Language>),
    /// Every document is empty.
    Empty,
    /// One document, of prose.
    Huge(Prose),
}

impl Mould {
    pub(super) fn new(options: &Options) -> Self {
        let prose = || {
            if options.sentences.is_empty() {
                Prose::invented(options.scripts)
            } else {
                Prose::resampled(&options.sentences)
            }
        };
        match options.shape {
            Shape::News => Self::News(prose()),
            Shape::Huge { .. } => Self::Huge(prose()),
            Shape::Identical => {
                let words = options.mean_words.div_ceil(2).max(1) as usize;
                Self::Identical(gaps(options, words).into_iter().take(2).collect())
            }
            Shape::Template => Self::Template(gaps(options, WORDS_PER_FACT - 1)),
            Shape::Short => Self::Short(Box::new(Language::new(&STYLES[0]))),
            Shape::Empty => Self::Empty,
        }
    }

    /// Appends the text of a document that is not a copy.
    pub(super) fn write(&self, options: &Options, document: u64, out: &mut String) {
        let facts = || Stream::new(options.seed, Purpose::Facts, document);
        match self {
            Self::News(prose) | Self::Huge(prose) => {
                prose.document(options.seed, document, document, f64::from(options.mean_words), out);
            }
            Self::Identical(pieces) => join(pieces, out, |out| out.push_str(&(document + 1).to_string())),
            Self::Template(pieces) => {
                let mut facts = facts();
                join(pieces, out, |out| number(FACT_DIGITS, &mut facts, out));
            }
            Self::Short(language) => {
                let mut facts = facts();
                for index in 0..SHORT_WORDS {
                    out.push_str(if index > 0 { " " } else { "" });
                    out.push_str(language.words.word(facts.below(language.words.len())));
                }
            }
            Self::Empty => {}
        }
    }
}

/// The form that all documents share, about `mean_words` long and in the first language: pieces of `words`
/// words, between which the gaps are. At least two pieces.
fn gaps(options: &Options, words: usize) -> Vec<String> {
    let language = Language::new(&STYLES[0]);
    let mut form = Stream::new(options.seed, Purpose::Form, u64::MAX);
    let count = (options.mean_words as usize).div_ceil(words + 1).max(2);
    (0..count)
        .map(|_| {
            let mut piece = String::new();
            for index in 0..words {
                piece.push_str(if index > 0 { " " } else { "" });
                piece.push_str(language.words.word(language.frequent(form.bits())));
            }
            piece
        })
        .collect()
}

fn join(pieces: &[String], out: &mut String, mut fact: impl FnMut(&mut String)) {
    for (index, piece) in pieces.iter().enumerate() {
        if index > 0 {
            out.push(' ');
            fact(out);
            out.push(' ');
        }
        out.push_str(piece);
    }
}
