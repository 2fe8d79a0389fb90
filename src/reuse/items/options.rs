//! What is searched for.

use crate::error::{Error, Result};
use crate::params::{Containment, Shingling, TextParams};

/// The fewest words of an item that is searched for, and of a document that may be inside one.
pub const LEAST_WORDS: usize = 8;

/// Most items that are named of one document; of pages that hold a whole test set, more are not worth a line each.
pub const MOST_ITEMS: usize = 1000;

/// A search for items inside documents.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct ItemSearch {
    /// The least share of an item's shingles that a document has to have, or of a document's that an item has.
    pub containment: Containment,
    /// What their shingles are made of; none if of the same as those of the run.
    pub shingling: Option<Shingling>,
}

impl Default for ItemSearch {
    /// A containment of 0.8, of the run's shingles.
    fn default() -> Self {
        Self { containment: Containment::new(0.8).unwrap_or_default(), shingling: None }
    }
}

impl ItemSearch {
    /// A search at this containment, by these shingles or those of the run.
    pub fn new(containment: Containment, shingling: Option<Shingling>) -> Self {
        Self { containment, shingling }
    }

    /// How texts become the shingles that items are searched by, in a run whose texts become those of `run`. Bytes differ
    /// wherever line breaks and case do, so that where the run has these, items have the usual words.
    ///
    /// # Errors
    /// [`Error::Parameter`] if bytes are asked for.
    pub fn text(&self, run: &TextParams) -> Result<TextParams> {
        let shingling = match self.shingling {
            Some(asked @ Shingling::Byte(_)) => {
                let expected = "word:N or char:N, since bytes differ where line breaks and case do";
                return Err(Error::parameter("contained-shingle", asked, expected));
            }
            Some(asked) => asked,
            None => match run.shingling {
                Shingling::Byte(_) => Shingling::default(),
                same => same,
            },
        };
        Ok(TextParams { shingling, ..*run })
    }
}

/// What is made of items that are shorter than one shingle, if there may be such.
pub(super) fn shorter(shingling: Shingling) -> Option<Shingling> {
    #[expect(clippy::cast_possible_truncation, reason = "few words")]
    let words = LEAST_WORDS as u16;
    let least = match shingling {
        Shingling::Char(_) => Shingling::Char(2 * words - 1),
        _ => Shingling::Word(words),
    };
    (shingling.width() > least.width()).then_some(least)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_unit_is_the_runs_unless_another_is_asked_for() {
        let run = |shingling| TextParams { shingling, ..TextParams::default() };
        let text = |asked: Option<Shingling>, of| {
            ItemSearch { shingling: asked, ..ItemSearch::default() }.text(&run(of)).map(|text| text.shingling)
        };
        assert_eq!(text(None, Shingling::Char(7)).unwrap(), Shingling::Char(7));
        assert_eq!(text(None, Shingling::Byte(30)).unwrap(), Shingling::Word(5));
        assert_eq!(text(Some(Shingling::Word(13)), Shingling::Word(5)).unwrap(), Shingling::Word(13));
        assert!(text(Some(Shingling::Byte(9)), Shingling::Word(5)).is_err());
        assert_eq!(ItemSearch::default().containment.get(), 0.8);
    }

    #[test]
    fn every_item_has_a_shingle_of_full_width() {
        assert_eq!(shorter(Shingling::Word(8)), None);
        assert_eq!(shorter(Shingling::Word(13)), Some(Shingling::Word(8)));
        assert_eq!(shorter(Shingling::Char(20)), Some(Shingling::Char(15)));
    }
}
