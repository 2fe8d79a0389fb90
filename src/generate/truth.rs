//! What is known of a planted copy: how similar it is to its original, and where they agree.

use std::ops::Range;

use serde::Serialize;

use super::options::Edit;
use super::record::write_id;
use crate::shingle::{ShingleScratch, Shingler};
use crate::similarity::{SetTable, containment, jaccard};
use crate::text::{Token, TokenScratch};

/// A passage that an original (`a`) and its copy (`b`) share: half-open ranges of bytes in the decoded
/// texts, and of tokens.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct PlantedPassage {
    pub(super) a_bytes: [usize; 2],
    pub(super) b_bytes: [usize; 2],
    a_words: [usize; 2],
    b_words: [usize; 2],
}

impl PlantedPassage {
    /// A passage whose tokens are not counted yet.
    pub(super) fn new(a: Range<usize>, b: Range<usize>) -> Self {
        let (a_bytes, b_bytes) = ([a.start, a.end], [b.start, b.end]);
        Self { a_bytes, b_bytes, a_words: [0; 2], b_words: [0; 2] }
    }

    /// Finds the tokens that begin in the passage.
    pub(super) fn count_words(&mut self, original: &[Token], copy: &[Token]) {
        let words = |tokens: &[Token], bytes: [usize; 2]| {
            bytes.map(|byte| tokens.partition_point(|token| token.start < byte))
        };
        self.a_words = words(original, self.a_bytes);
        self.b_words = words(copy, self.b_bytes);
    }
}

/// The exact similarity of two texts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Likeness {
    /// Share of the shingles of either that are in both.
    pub(super) jaccard: f64,
    /// Share of the shingles of the one with fewer that are in the other.
    pub(super) containment: f64,
}

/// Tokens and shingles of pairs of texts; keep one a thread.
#[derive(Default)]
pub(super) struct LikenessScratch {
    shingles: ShingleScratch,
    tokens: TokenScratch,
    sets: [SetTable; 2],
}

impl LikenessScratch {
    /// Replaces what `tokens` holds by the tokens of `text`.
    pub(super) fn tokenize(&mut self, shingler: &Shingler, text: &str, tokens: &mut Vec<Token>) {
        tokens.clear();
        shingler.tokenizer().tokenize(text, &mut self.tokens, tokens);
    }

    /// Compares the sets of shingles. Both figures are 0 when a text has no token.
    pub(super) fn likeness(&mut self, shingler: &Shingler, original: &str, copy: &str) -> Likeness {
        for (set, text) in self.sets.iter_mut().zip([original, copy]) {
            set.build(shingler.shingles(text, &mut self.shingles).hashes);
        }
        let [a, b] = &self.sets;
        let common = a.overlap(b);
        Likeness {
            jaccard: jaccard(common, a.len(), b.len()),
            containment: containment(common, a.len(), b.len()),
        }
    }
}

/// One line of `truth.jsonl`.
#[derive(Serialize)]
struct TruthLine<'a> {
    id: &'a str,
    of: &'a str,
    edit: Edit,
    kind: &'static str,
    jaccard: f64,
    containment: f64,
    #[serde(skip_serializing_if = "<[PlantedPassage]>::is_empty")]
    passages: &'a [PlantedPassage],
}

/// Appends the line of one planted copy.
pub(super) fn write_planted(
    document: u64,
    original: u64,
    edit: Edit,
    likeness: Likeness,
    passages: &[PlantedPassage],
    out: &mut Vec<u8>,
) {
    let (mut id, mut of) = (String::new(), String::new());
    write_id(document, &mut id);
    write_id(original, &mut of);
    let kind = if edit == Edit::Template { "template" } else { "copy" };
    let Likeness { jaccard, containment } = likeness;
    let planted = TruthLine { id: &id, of: &of, edit, kind, jaccard, containment, passages };
    serde_json::to_writer(&mut *out, &planted).expect("memory takes all that is written to it");
    out.push(b'\n');
}
