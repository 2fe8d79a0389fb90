//! Shingles of long texts, a piece at a time, in memory that does not grow with the text.

use super::identity::TextIdentity;
use super::shingler::{RolledHashes, Shingler};
use crate::hash;
use crate::params::Shingling;
use crate::text::{TokenScratch, TokenSink};

/// Units of a piece: few enough to stay in the cache, many more than the widest shingle.
const PIECE_UNITS: usize = 1 << 14;

impl Shingler {
    /// Passes the shingles of `text` to `piece`, some at a time, in text order: all together those that
    /// [`Shingler::shingles`] gives. O(bytes).
    pub fn pieces(&self, text: &str, tokens: &mut TokenScratch, piece: impl FnMut(&[u64])) -> TextIdentity {
        let mut pieces = PiecewiseShingles {
            shingler: self,
            units: Vec::with_capacity(PIECE_UNITS),
            hashes: Vec::with_capacity(PIECE_UNITS),
            rolled: RolledHashes::default(),
            token: Vec::new(),
            count: 0,
            has_begun: false,
            piece,
        };
        match self.params.shingling {
            Shingling::Byte(_) => {
                let seed = self.params.seed.0;
                text.bytes().for_each(|byte| pieces.push(hash::chain(seed, byte.into())));
            }
            _ => self.tokenizer.tokenize(text, tokens, &mut pieces),
        }
        pieces.finish()
    }
}

/// A text of which only the last piece is in memory.
struct PiecewiseShingles<'a, F> {
    shingler: &'a Shingler,
    /// The last units of the piece before, as many as a shingle has, then those of this piece.
    units: Vec<u64>,
    hashes: Vec<u64>,
    rolled: RolledHashes,
    /// The characters of a token.
    token: Vec<u64>,
    count: usize,
    /// Whether there was a piece before.
    has_begun: bool,
    piece: F,
}

impl<F: FnMut(&[u64])> PiecewiseShingles<'_, F> {
    #[inline]
    fn push(&mut self, unit: u64) {
        self.units.push(unit);
        self.count += 1;
        if self.units.len() == PIECE_UNITS {
            self.end_piece();
        }
    }

    fn end_piece(&mut self) {
        self.hashes.clear();
        if !self.has_begun {
            self.rolled = self.shingler.begin(&self.units, &mut self.hashes);
            self.has_begun = true;
        }
        self.shingler.slide(&self.units, &mut self.rolled, &mut self.hashes);
        (self.piece)(&self.hashes);
        let width = self.shingler.params.shingling.width();
        self.units.drain(..self.units.len().saturating_sub(width));
    }

    fn finish(mut self) -> TextIdentity {
        if self.count == 0 {
            return TextIdentity::EMPTY;
        }
        self.end_piece();
        self.rolled.identity(self.count)
    }
}

impl<F: FnMut(&[u64])> TokenSink for PiecewiseShingles<'_, F> {
    #[inline]
    fn token(&mut self, normalised: &[u8], hash: u64, _start: usize, _end: usize) {
        match self.shingler.params.shingling {
            Shingling::Char(_) => {
                let characters = &self.shingler.characters;
                if self.count > 0 {
                    self.push(characters.space());
                }
                let mut units = std::mem::take(&mut self.token);
                units.clear();
                characters.append(normalised, &mut units);
                for &unit in &units {
                    self.push(unit);
                }
                self.token = units;
            }
            _ => self.push(hash),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::shingler::ShingleScratch;
    use super::*;
    use crate::params::TextParams;

    #[test]
    fn pieces_put_together_are_the_shingles_of_the_text() {
        let word = |n: u64| format!("w{} ", hash::mix(n) % 5000);
        for shingling in [Shingling::Word(5), Shingling::Char(7), Shingling::Byte(64), Shingling::Word(1)] {
            let shingler = Shingler::new(&TextParams { shingling, ..TextParams::default() });
            for words in [0, 1, 3, 5, 6, 5000, PIECE_UNITS, PIECE_UNITS + 1, 40_000] {
                let text: String = (0..words as u64).map(word).collect();
                let mut scratch = ShingleScratch::default();
                let expected = shingler.shingles(&text, &mut scratch);
                let mut hashes = Vec::new();
                let whole = shingler.pieces(&text, &mut TokenScratch::default(), |piece| {
                    hashes.extend_from_slice(piece);
                });
                assert!(hashes == expected.hashes, "{shingling} of {words} words");
                assert_eq!(whole, expected.identity);
            }
        }
    }
}
