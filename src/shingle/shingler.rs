//! The shingles of one text at once.
#![allow(clippy::cast_possible_truncation, reason = "token counts of a record of at most 4 GiB")]

use super::characters::CharacterHashes;
use super::identity::TextIdentity;
use crate::hash::{self, RollingWindow};
use crate::params::{Shingling, TextParams};
use crate::text::{TokenScratch, TokenSink, Tokenizer};

/// The shingles of one text.
#[derive(Clone, Copy, Debug)]
pub struct Shingles<'a> {
    /// One hash a position, in text order, repeats included. Empty for a text without a token.
    pub hashes: &'a [u64],
    /// What tells the text from every other; equal for texts with the same normalised tokens.
    pub identity: TextIdentity,
}

impl Shingles<'_> {
    /// Number of units (tokens, characters or bytes).
    #[inline]
    pub fn units(&self) -> usize {
        self.identity.units
    }
}

/// Memory a [`Shingler`] works in; keep one a thread.
#[derive(Default)]
pub struct ShingleScratch {
    pub(crate) tokens: TokenScratch,
    units: Vec<u64>,
    hashes: Vec<u64>,
}

impl ShingleScratch {
    /// The units and the shingles of the text that was shingled last.
    #[inline]
    pub(crate) fn last(&self) -> (&[u64], &[u64]) {
        (&self.units, &self.hashes)
    }
}

/// Turns texts into shingles.
pub struct Shingler {
    pub(super) tokenizer: Tokenizer,
    pub(super) params: TextParams,
    pub(super) characters: CharacterHashes,
    window: RollingWindow,
}

impl Shingler {
    /// A shingler for these parameters.
    pub fn new(params: &TextParams) -> Self {
        let window = RollingWindow::new(params.shingling.width() as u32);
        let characters = CharacterHashes::new(params.seed);
        Self { tokenizer: Tokenizer::new(params), params: *params, characters, window }
    }

    /// What a shingle is made of.
    pub(crate) fn shingling(&self) -> Shingling {
        self.params.shingling
    }

    /// The tokenizer beneath.
    pub fn tokenizer(&self) -> &Tokenizer {
        &self.tokenizer
    }

    /// The shingles of `text`. O(bytes).
    ///
    /// A text with fewer units than the width is one shingle of all its units.
    pub fn shingles<'a>(&self, text: &str, scratch: &'a mut ShingleScratch) -> Shingles<'a> {
        let ShingleScratch { tokens, units, hashes } = scratch;
        units.clear();
        match self.params.shingling {
            Shingling::Word(_) => self.tokenizer.tokenize(text, tokens, units),
            Shingling::Char(_) => {
                let mut sink = CharacterUnits { units, characters: &self.characters };
                self.tokenizer.tokenize(text, tokens, &mut sink);
            }
            Shingling::Byte(_) => {
                let seed = self.params.seed.0;
                units.extend(text.bytes().map(|byte| hash::chain(seed, byte.into())));
            }
        }
        let identity = self.roll(units, hashes);
        Shingles { hashes, identity }
    }

    /// The shingles of units that are hashed already; the same as [`Shingler::shingles`] gives for a text of
    /// these units. Replaces what `hashes` holds, and returns the identity of the text.
    pub fn roll(&self, units: &[u64], hashes: &mut Vec<u64>) -> TextIdentity {
        hashes.clear();
        if units.is_empty() {
            return TextIdentity::EMPTY;
        }
        hashes.reserve(units.len());
        let mut rolled = self.begin(units, hashes);
        self.slide(units, &mut rolled, hashes);
        rolled.identity(units.len())
    }

    /// The shingles of full width of units that are hashed already, without the identity of the text: replaces what
    /// `hashes` holds.
    pub(crate) fn windows(&self, units: &[u64], hashes: &mut Vec<u64>) {
        hashes.clear();
        let width = self.params.shingling.width();
        let (Some(first), Some(entering)) = (units.get(..width), units.get(width..)) else { return };
        let mut window = hash::polynomial(first.iter().copied());
        hashes.reserve(units.len());
        hashes.push(hash::mix(window));
        hashes.extend(entering.iter().zip(units).map(|(&unit, &left)| {
            window = self.window.slide(window, left, unit);
            hash::mix(window)
        }));
    }

    /// Makes the first shingle, of the first units.
    #[inline]
    pub(super) fn begin(&self, units: &[u64], hashes: &mut Vec<u64>) -> RolledHashes {
        let head = units.iter().copied().take(self.params.shingling.width());
        let window = hash::polynomial(head.clone());
        hashes.push(hash::mix(window));
        RolledHashes { window, whole: window, check: hash::absorbed(head) }
    }

    /// Slides the window over units of which the first, as many as the width, are in it already.
    #[inline]
    pub(super) fn slide(&self, units: &[u64], rolled: &mut RolledHashes, hashes: &mut Vec<u64>) {
        let entering = units.get(self.params.shingling.width()..).unwrap_or_default();
        let RolledHashes { mut window, mut whole, mut check } = *rolled;
        hashes.extend(entering.iter().zip(units).map(|(&unit, &left)| {
            whole = hash::append(whole, unit);
            check = hash::absorb(check, unit);
            window = self.window.slide(window, left, unit);
            hash::mix(window)
        }));
        *rolled = RolledHashes { window, whole, check };
    }
}

/// Hashes of the units so far: of those in the window, and of all, in two ways.
#[derive(Clone, Copy, Default)]
pub(super) struct RolledHashes {
    window: u64,
    whole: u64,
    check: u64,
}

impl RolledHashes {
    /// The identity of a text of which these are all units, at least one.
    #[inline]
    pub(super) fn identity(self, units: usize) -> TextIdentity {
        let count = units as u64;
        TextIdentity {
            fingerprint: hash::mix(self.whole ^ count),
            check: hash::mix(self.check ^ count),
            units,
        }
    }
}

/// Splits tokens into characters, a space between two tokens.
struct CharacterUnits<'a> {
    units: &'a mut Vec<u64>,
    characters: &'a CharacterHashes,
}

impl TokenSink for CharacterUnits<'_> {
    const READS_HASHES: bool = false;

    #[inline]
    fn token(&mut self, normalised: &[u8], _hash: u64, _start: usize, _end: usize) {
        if !self.units.is_empty() {
            self.units.push(self.characters.space());
        }
        self.characters.append(normalised, self.units);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(text: &str, shingling: Shingling) -> (Vec<u64>, TextIdentity) {
        let shingler = Shingler::new(&TextParams { shingling, ..TextParams::default() });
        let mut scratch = ShingleScratch::default();
        let shingles = shingler.shingles(text, &mut scratch);
        (shingles.hashes.to_vec(), shingles.identity)
    }

    #[test]
    fn a_short_text_is_one_shingle_and_an_empty_one_none() {
        assert_eq!(of("one two three", Shingling::Word(5)).0.len(), 1);
        assert_eq!(of(" ,;- ", Shingling::Word(5)).0.len(), 0);
        assert_eq!(of("a b c d e", Shingling::Word(5)).0.len(), 1);
        assert_eq!(of("a b c d e f", Shingling::Word(5)).0.len(), 2);
        assert_eq!(of("abcd", Shingling::Byte(3)).0.len(), 2);
        assert_eq!(of("Ab, c", Shingling::Char(2)), of("ab c", Shingling::Char(2)));
    }

    #[test]
    fn order_counts() {
        assert_ne!(of("a b", Shingling::Word(2)).0, of("b a", Shingling::Word(2)).0);
        assert_ne!(of("a b", Shingling::Word(1)).1, of("b a", Shingling::Word(1)).1);
    }

    proptest! {
        #[test]
        fn a_rolled_hash_equals_the_hash_of_its_units_alone(
            words in proptest::collection::vec("[a-c]{1,2}", 0..40), width in 1u16..7,
        ) {
            let (rolled, _) = of(&words.join(" "), Shingling::Word(width));
            let alone: Vec<u64> = if words.len() < usize::from(width) {
                words.first().map(|_| of(&words.join(" "), Shingling::Word(width)).0[0]).into_iter().collect()
            } else {
                words.windows(usize::from(width)).map(|w| of(&w.join(" "), Shingling::Word(width)).0[0]).collect()
            };
            prop_assert_eq!(rolled, alone);
        }
    }
}
