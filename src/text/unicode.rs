//! The path for text that is not plain ASCII.
//!
//! Text is taken cluster by cluster: a character that never joins what stands before it, with those behind it
//! that may. Nearly every cluster is one character whose treatment a table gives ([`super::characters`]), or is
//! seen to be in normal form already; the others are normalised ([`super::normalise`]).

use unicode_normalization::char::compose;

use super::characters::{Character, CharacterKind, Characters};
use super::normalise::ClusterNormaliser;
use super::token::TokenSink;
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

    /// Passes the tokens of `text[start..end]` to `sink`. Before it and behind it stand ASCII separators or
    /// nothing.
    pub(super) fn tokenize_region<S: TokenSink>(
        &self,
        text: &str,
        start: usize,
        end: usize,
        seed: Seed,
        scratch: &mut NormalizerScratch,
        sink: &mut S,
    ) {
        let mut output = TokenOutput { word: &mut scratch.word, seed, sink };
        let mut token = OpenToken::default();
        let mut position = start;
        let mut chars = text[start..end].chars();
        let Some(first) = chars.next() else { return };
        let mut character = self.characters.get(first);
        if start > 0 && !character.starts_cluster() {
            // It may join the separator before it, as U+0338 joins `=` to become `≠`.
            position -= 1;
            chars = text[position..end].chars();
            let Some(separator) = chars.next() else { return };
            character = self.characters.get(separator);
        }
        loop {
            let behind = end - chars.as_str().len();
            let next = chars.next().map(|next| self.characters.get(next));
            if let Some(kind) = character.kind
                && next.is_none_or(Character::starts_cluster)
            {
                token.push(kind, character, position, behind, &mut output);
                let Some(next) = next else { break };
                (position, character) = (behind, next);
            } else {
                (position, token) =
                    self.cluster(text, position, end, token, &mut output, &mut scratch.cluster);
                chars = text[position..end].chars();
                let Some(next) = chars.next() else { break };
                character = self.characters.get(next);
            }
        }
        token.finish(&mut output);
    }

    /// Takes the cluster that begins at `start`, and returns where it ends and the token that is open then.
    ///
    /// The token goes by value so that the caller can keep it in registers.
    #[inline(never)]
    fn cluster<S: TokenSink>(
        &self,
        text: &str,
        start: usize,
        end: usize,
        mut token: OpenToken,
        output: &mut TokenOutput<'_, S>,
        normaliser: &mut ClusterNormaliser,
    ) -> (usize, OpenToken) {
        let mut stop = end;
        let mut is_normal = true;
        let mut last_class = 0;
        // The one character that the cluster is canonically equivalent to, if there is one.
        let mut composed = None;
        for (offset, c) in text[start..end].char_indices() {
            let character = self.characters.get(c);
            if offset > 0 && character.starts_cluster() {
                stop = start + offset;
                break;
            }
            composed = if offset == 0 { Some(c) } else { composed.and_then(|before| compose(before, c)) };
            if character.kind != Some(CharacterKind::Dropped) {
                // The quick check of UAX 15: nothing that may compose, and marks in canonical order.
                let class = character.combining_class;
                is_normal &= character.kind.is_some() && (class == 0 || last_class <= class);
                last_class = class;
            }
        }
        let composed = composed.map(|c| self.characters.get(c));
        if is_normal {
            let mut position = start;
            for c in text[start..stop].chars() {
                let character = self.characters.get(c);
                let behind = position + c.len_utf8();
                token.push(
                    character.kind.unwrap_or(CharacterKind::Separator),
                    character,
                    position,
                    behind,
                    output,
                );
                position = behind;
            }
        } else if let Some((character, kind)) = composed.and_then(|c| Some((c, c.kind?))) {
            token.push(kind, character, start, stop, output);
        } else {
            for piece in normaliser.normalise(&self.characters, text, start, stop) {
                let kind = self.characters.get(piece.character).own_kind();
                let mut utf8 = [0; 4];
                let length = piece.character.encode_utf8(&mut utf8).len();
                token.push_bytes(kind, utf8, length, piece.start, piece.end, output);
            }
        }
        (stop, token)
    }
}

/// Where finished tokens go.
struct TokenOutput<'a, S> {
    /// The normalised form of the open token, with room behind it.
    word: &'a mut Vec<u8>,
    seed: Seed,
    sink: &'a mut S,
}

/// The token that is being put together.
#[derive(Clone, Copy, Default)]
struct OpenToken {
    /// Its first sixteen bytes: read back from memory they would have to wait for the writes.
    block: u128,
    /// Its length in bytes.
    length: usize,
    start: usize,
    end: usize,
}

#[expect(clippy::inline_always, reason = "a call would force the open token out of its registers")]
impl OpenToken {
    #[inline(always)]
    fn push<S: TokenSink>(
        &mut self,
        kind: CharacterKind,
        character: Character,
        start: usize,
        end: usize,
        output: &mut TokenOutput<'_, S>,
    ) {
        self.push_bytes(kind, character.utf8, usize::from(character.length), start, end, output);
    }

    /// Adds a piece of normalised text that came from `start..end`: `length` bytes, zero-padded to four.
    #[inline(always)]
    fn push_bytes<S: TokenSink>(
        &mut self,
        kind: CharacterKind,
        utf8: [u8; 4],
        length: usize,
        start: usize,
        end: usize,
        output: &mut TokenOutput<'_, S>,
    ) {
        let bits = u128::from(u32::from_le_bytes(utf8));
        if kind == CharacterKind::Word {
            if self.length == 0 {
                self.start = start;
            }
            self.end = end;
            if self.length < hash::SHORT_TOKEN_BYTES {
                self.block |= bits << (8 * self.length);
            }
            match output.word.get_mut(self.length..).and_then(<[u8]>::first_chunk_mut) {
                Some(room) => *room = utf8,
                None => output.extend(self.length, utf8),
            }
            self.length += length;
        } else if kind != CharacterKind::Dropped {
            self.finish(output);
            if kind == CharacterKind::Alone {
                let hash = hash::short_token(&bits.to_le_bytes(), output.seed);
                output.sink.token(&utf8[..length], hash, start, end);
            }
        }
    }

    /// Passes on what has come together, if anything.
    #[inline(always)]
    fn finish<S: TokenSink>(&mut self, output: &mut TokenOutput<'_, S>) {
        if self.length > 0 {
            let normalised = &output.word[..self.length];
            let hash = if !S::READS_HASHES {
                0
            } else if self.length <= hash::SHORT_TOKEN_BYTES {
                hash::short_token(&self.block.to_le_bytes(), output.seed)
            } else {
                long_hash(normalised, output.seed)
            };
            output.sink.token(normalised, hash, self.start, self.end);
            (self.block, self.length) = (0, 0);
        }
    }
}

/// Apart, so that what it needs is not made ready for every region.
#[inline(never)]
fn long_hash(normalised: &[u8], seed: Seed) -> u64 {
    hash::bytes64(normalised, seed)
}

impl<S> TokenOutput<'_, S> {
    #[cold]
    fn extend(&mut self, length: usize, utf8: [u8; 4]) {
        self.word.truncate(length);
        self.word.extend_from_slice(&utf8);
        self.word.resize(2 * self.word.len().max(hash::SHORT_TOKEN_BYTES), 0);
    }
}
