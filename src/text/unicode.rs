//! The path for text that is not plain ASCII.
//!
//! Text is taken cluster by cluster: a character that never joins what stands before it, with those behind it
//! that may. Nearly every cluster is one character whose treatment a table gives ([`super::characters`]), or is
//! seen to be in normal form already; the others are normalised ([`super::normalise`]).

use super::TokenSink;
use super::characters::{Character, Characters, Kind};
use super::normalise::ClusterNormaliser;
use crate::hash;
use crate::params::{DiacriticFolding, DigitFolding, Seed};

/// Memory a [`Normalizer`] works in.
#[derive(Default)]
pub(super) struct NormalizerScratch {
    word: Vec<u8>,
    cluster: ClusterNormaliser,
}

/// Splits runs that hold non-ASCII characters into tokens.
pub(super) struct Normalizer {
    characters: Characters,
}

impl Normalizer {
    pub(super) fn new(digits: DigitFolding, diacritics: DiacriticFolding) -> Self {
        Self { characters: Characters::new(digits, diacritics) }
    }

    /// Passes the tokens of `text[start..end]` to `sink`. No token crosses either end, and the character behind
    /// the end is no combining one.
    pub(super) fn tokenize_region<S: TokenSink>(
        &self,
        text: &str,
        start: usize,
        end: usize,
        seed: Seed,
        scratch: &mut NormalizerScratch,
        sink: &mut S,
    ) {
        let NormalizerScratch { word, cluster } = scratch;
        let mut token = OpenToken { word, length: 0, start, end: start, seed, sink };
        let mut position = self.region_start(text, start, end);
        let mut chars = text[position..end].chars();
        let Some(mut c) = chars.next() else { return };
        let mut character = self.characters.get(c);
        loop {
            let behind = position + c.len_utf8();
            let next = chars.next();
            let next_character = next.map(|next| self.characters.get(next));
            let single = next_character.is_none_or(|next| next.starts_cluster());
            if let (true, Some(kind)) = (single, character.kind) {
                token.push(kind, character, position, behind);
                let (Some(next), Some(next_character)) = (next, next_character) else { break };
                (position, c, character) = (behind, next, next_character);
            } else {
                position = self.cluster(text, position, end, cluster, &mut token);
                chars = text[position..end].chars();
                let Some(next) = chars.next() else { break };
                (c, character) = (next, self.characters.get(next));
            }
        }
        token.finish();
    }

    /// Where to begin: one character early if the first of the region may join the separator before it, as
    /// U+0338 joins `=` to become `≠`.
    fn region_start(&self, text: &str, start: usize, end: usize) -> usize {
        let joins = text[start..end].chars().next().is_some_and(|c| !self.characters.get(c).starts_cluster());
        start - usize::from(joins && start > 0)
    }

    /// Takes the cluster that begins at `start` and returns where it ends.
    fn cluster<S: TokenSink>(
        &self,
        text: &str,
        start: usize,
        end: usize,
        normaliser: &mut ClusterNormaliser,
        token: &mut OpenToken<'_, S>,
    ) -> usize {
        let mut stop = end;
        let mut is_normal = true;
        let mut last_class = 0;
        for (offset, c) in text[start..end].char_indices() {
            let character = self.characters.get(c);
            if offset > 0 && character.starts_cluster() {
                stop = start + offset;
                break;
            }
            if character.kind != Some(Kind::Dropped) {
                // The quick check of UAX 15: nothing that may compose, and marks in canonical order.
                let class = character.combining_class;
                is_normal &= character.kind.is_some() && (class == 0 || last_class <= class);
                last_class = class;
            }
        }
        if is_normal {
            let mut position = start;
            for c in text[start..stop].chars() {
                let character = self.characters.get(c);
                let behind = position + c.len_utf8();
                token.push(character.kind.unwrap_or(Kind::Separator), character, position, behind);
                position = behind;
            }
        } else {
            for piece in normaliser.normalise(&self.characters, text, start, stop) {
                let mut utf8 = [0; 4];
                let length = piece.character.encode_utf8(&mut utf8).len() as u8;
                token.push_bytes(piece.kind(), utf8, length, piece.start, piece.end);
            }
        }
        stop
    }
}

/// The token that is being put together.
struct OpenToken<'a, S> {
    /// The normalised form, with room behind it.
    word: &'a mut Vec<u8>,
    /// Bytes of `word` in use.
    length: usize,
    start: usize,
    end: usize,
    seed: Seed,
    sink: &'a mut S,
}

impl<S: TokenSink> OpenToken<'_, S> {
    #[inline]
    fn push(&mut self, kind: Kind, character: &Character, start: usize, end: usize) {
        self.push_bytes(kind, character.utf8, character.length, start, end);
    }

    /// Adds a piece of normalised text that came from `start..end`.
    #[inline]
    fn push_bytes(&mut self, kind: Kind, utf8: [u8; 4], length: u8, start: usize, end: usize) {
        match kind {
            Kind::Word => {
                if self.length == 0 {
                    self.start = start;
                }
                self.end = end;
                if self.length + hash::SHORT_TOKEN_BYTES > self.word.len() {
                    self.word.resize(2 * self.word.len() + hash::SHORT_TOKEN_BYTES, 0);
                }
                if let Some(room) = self.word[self.length..].first_chunk_mut() {
                    *room = utf8;
                }
                self.length += usize::from(length);
            }
            Kind::Separator => self.finish(),
            Kind::Alone => {
                self.finish();
                let mut padded = [0; hash::SHORT_TOKEN_BYTES];
                padded[..4].copy_from_slice(&utf8);
                let hash = hash::short_token(&padded, self.seed);
                self.sink.token(&utf8[..usize::from(length)], hash, start, end);
            }
            Kind::Dropped => {}
        }
    }

    /// Passes on what has come together, if anything.
    #[inline]
    fn finish(&mut self) {
        if self.length > 0 {
            let hash = super::padded_hash(self.word, self.length, self.seed);
            self.sink.token(&self.word[..self.length], hash, self.start, self.end);
            self.length = 0;
        }
    }
}
