//! What is found out about a pair of texts.

use crate::relation::Relation;
use crate::reuse::align::Passage;
use crate::similarity::share;

/// What is found out about a pair.
#[derive(Clone, Debug, PartialEq)]
pub struct Related {
    /// What the first is to the second; none if they have nothing to do with one another.
    pub relation: Option<Relation>,
    /// Why, in words.
    pub reason: String,
    /// Words of each text.
    pub words: [usize; 2],
    /// Jaccard similarity of the shingle sets, in `[0, 1]`.
    pub jaccard: f64,
    /// Share of each text's shingles that the other has, in `[0, 1]`.
    pub contained: [f64; 2],
    /// What they share.
    pub passages: Vec<Passage>,
    /// Facts that stand in one text only, with another such fact at the same place of the other text: names and
    /// numbers, each counted once. What a template is told by.
    pub exchanged: usize,
}

impl Related {
    /// The share of each text's words that no passage shared with the other has, in `[0, 1]`.
    ///
    /// Within a passage, up to three words that differ count as shared: misread, or replaced in passing. More in one
    /// place are the text's own.
    pub fn own(&self) -> [f64; 2] {
        const IN_PASSING: usize = 3;
        let mut own = self.words;
        for passage in &self.passages {
            own[0] -= passage.matches();
            own[1] -= passage.matches();
            for pair in passage.runs.windows(2) {
                let gaps = [pair[1].a - pair[0].a_end(), pair[1].b - pair[0].b_end()];
                for (own, gap) in own.iter_mut().zip(gaps) {
                    *own -= if gap <= IN_PASSING { gap } else { 0 };
                }
            }
        }
        [0, 1].map(|side| share(own[side], self.words[side]))
    }
}
