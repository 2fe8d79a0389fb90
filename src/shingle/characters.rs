//! Hashes of characters, the units of `char:N`.

use crate::hash::{self, Seed};

/// What hashes characters. Those of ASCII are looked up: mixing each anew took a tenth of the time of a run with `char:8`.
pub(super) struct CharacterHashes {
    seed: Seed,
    ascii: [u64; 128],
}

impl CharacterHashes {
    pub(super) fn new(seed: Seed) -> Self {
        Self { seed, ascii: std::array::from_fn(|code| hash::chain(seed.0, code as u64)) }
    }

    /// That of the space between two tokens.
    #[inline]
    pub(super) fn space(&self) -> u64 {
        self.ascii[usize::from(b' ')]
    }

    /// Adds the hashes of the characters of a token.
    #[inline]
    pub(super) fn append(&self, token: &[u8], units: &mut Vec<u64>) {
        let (before, mut seen) = (units.len(), 0);
        units.extend(token.iter().map(|&byte| {
            seen |= byte;
            self.ascii[usize::from(byte & 0x7f)]
        }));
        if !seen.is_ascii() {
            units.truncate(before);
            self.append_any(token, units);
        }
    }

    /// Apart, so that the way of ASCII stays short.
    #[inline(never)]
    fn append_any(&self, token: &[u8], units: &mut Vec<u64>) {
        let token = str::from_utf8(token).unwrap_or_default();
        units.extend(token.chars().map(|character| hash::chain(self.seed.0, character.into())));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_character_has_one_hash_whatever_stands_beside_it() {
        let characters = CharacterHashes::new(Seed(5));
        let of = |text: &str| {
            let mut units = Vec::new();
            characters.append(text.as_bytes(), &mut units);
            units
        };
        assert_eq!(of("a0z ~"), of("a0z ~é")[..5]);
        assert_eq!(of(" "), [characters.space()]);
        assert_eq!(of("漢é").len(), 2);
    }
}
