//! `explain`: two texts, what they share, what they are to one another, and why.

use serde::Serialize;

use super::compare::{Comparison, compare};
use crate::engine::plan::Matching;
use crate::error::Result;
use crate::params::Containment;
use crate::reuse::align::{Aligner, Passage};
use crate::reuse::beside::{Block, beside};
use crate::reuse::credits::Credits;
use crate::reuse::relation::{RelateScratch, Relater, Relation};
use crate::text::{Token, TokenScratch, Tokenizer};

/// Words of the shorter text below which shorter passages are shown too: ten words are most of such a text.
const SHORT_TEXT: usize = 30;

/// The fewest words of a passage of short texts.
const SHORT_PASSAGE: usize = 3;

/// Everything that is found out about two texts.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Explanation {
    /// What the first is to the second: `exact`, `near`, `excerpt`, `expansion`, `passages` or `template`; none if
    /// they have nothing to do with one another.
    pub relation: Option<&'static str>,
    /// Why, in words.
    pub reason: String,
    /// The least Jaccard similarity of near-duplicates.
    pub threshold: f64,
    /// The least containment of an excerpt.
    pub containment: f64,
    /// The figures.
    #[serde(flatten)]
    pub comparison: Comparison,
    /// Share of each text's words that no shared passage has, in `[0, 1]`.
    pub own: [f64; 2],
    /// What they share, in the order of the first text.
    pub passages: Vec<SharedPassage>,
    /// Both texts cut into parts that belong side by side.
    #[serde(skip)]
    pub blocks: Vec<Block>,
}

/// A passage that both texts have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct SharedPassage {
    /// Its first word in either text, from 0.
    pub first_word: [usize; 2],
    /// Its words in either text.
    pub words: [usize; 2],
    /// Its first byte in either text.
    pub first_byte: [usize; 2],
    /// Its bytes in either text.
    pub bytes: [usize; 2],
    /// Words that are equal.
    pub equal_words: usize,
}

impl SharedPassage {
    fn new(passage: &Passage) -> Self {
        let (words, bytes) = ([&passage.a_words, &passage.b_words], [&passage.a_bytes, &passage.b_bytes]);
        Self {
            first_word: words.map(|range| range.start),
            words: words.map(ExactSizeIterator::len),
            first_byte: bytes.map(|range| range.start),
            bytes: bytes.map(ExactSizeIterator::len),
            equal_words: passage.matches(),
        }
    }
}

/// Explains two texts. O(n log n) for n words in both.
///
/// # Errors
/// [`crate::Error::Parameter`] if the parameters do not fit together.
///
/// ```
/// use twicetold::Containment;
/// use twicetold::engine::{Matching, explain};
///
/// let (short, long) = ("The boat left at noon.", "Local news: the boat left at noon, we hear from the harbour.");
/// let explained = explain(short, long, &Matching::default(), Containment::default())?;
/// assert_eq!(explained.relation, Some("excerpt"));
/// assert_eq!(explained.passages[0].words, [5, 5]);
/// # Ok::<(), twicetold::Error>(())
/// ```
pub fn explain(a: &str, b: &str, matching: &Matching, containment: Containment) -> Result<Explanation> {
    let comparison = compare(a, b, matching)?;
    let tokenizer = Tokenizer::new(&matching.text);
    let tokens = [a, b].map(|text| {
        let mut tokens: Vec<Token> = Vec::new();
        tokenizer.tokenize(text, &mut TokenScratch::default(), &mut tokens);
        tokens
    });
    let aligner = match tokens[0].len().min(tokens[1].len()) {
        SHORT_TEXT.. => Aligner::default(),
        _ => Aligner { least_words: SHORT_PASSAGE },
    };
    let relater = Relater::new(&matching.text, matching.threshold, containment, aligner, Credits::default());
    let related = relater.relate(a, b, &mut RelateScratch::default());
    Ok(Explanation {
        relation: related.relation.map(Relation::name),
        own: related.own(),
        passages: related.passages.iter().map(SharedPassage::new).collect(),
        blocks: beside([a, b], [&tokens[0], &tokens[1]], &related.passages),
        reason: related.reason,
        threshold: matching.threshold.get(),
        containment: containment.get(),
        comparison,
    })
}
