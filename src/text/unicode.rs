//! The path for text that is not plain ASCII (a first, plain version: correct but slow).

use unicode_normalization::UnicodeNormalization;

use super::TokenSink;
use crate::hash;
use crate::params::{DiacriticFolding, DigitFolding, Seed};

/// Splits runs that hold non-ASCII characters into tokens.
pub(super) struct Normalizer {
    _digits: DigitFolding,
    _diacritics: DiacriticFolding,
}

impl Normalizer {
    pub(super) fn new(digits: DigitFolding, diacritics: DiacriticFolding) -> Self {
        Self { _digits: digits, _diacritics: diacritics }
    }

    /// Passes the tokens of `text[start..end]` to `sink`.
    pub(super) fn tokenize_region<S: TokenSink>(
        &self,
        text: &str,
        start: usize,
        end: usize,
        seed: Seed,
        word: &mut Vec<u8>,
        sink: &mut S,
    ) {
        word.clear();
        for c in text[start..end].nfkc().flat_map(char::to_lowercase) {
            if c.is_alphanumeric() {
                let mut buffer = [0; 4];
                word.extend_from_slice(c.encode_utf8(&mut buffer).as_bytes());
            } else if !word.is_empty() {
                sink.token(word, hash::token(word, seed), start, end);
                word.clear();
            }
        }
        if !word.is_empty() {
            sink.token(word, hash::token(word, seed), start, end);
        }
    }
}
