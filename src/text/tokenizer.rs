//! Text to tokens: runs of ASCII in place, all others by way of `unicode`.

use super::boundaries::Kernel;
use super::hyphens::LineEndJoiner;
use super::token::TokenSink;
use super::unicode::{Normalizer, NormalizerScratch};
use crate::hash;
use crate::params::{DigitFolding, HyphenJoining, Seed, TextParams};

/// Texts are cut into pieces of about this size, so that the scratch memory stays in the cache.
const SEGMENT_BYTES: usize = 16 << 10;

/// Memory a [`Tokenizer`] works in; keep one a thread.
#[derive(Default)]
pub struct TokenScratch {
    lowered: Vec<u8>,
    positions: Vec<u32>,
    normalizer: NormalizerScratch,
    /// The first part of a word that a line end may have cut.
    held: Vec<u8>,
}

/// Splits text into tokens.
pub struct Tokenizer {
    digits: DigitFolding,
    hyphens: HyphenJoining,
    pub(super) seed: Seed,
    kernel: Kernel,
    pub(super) normalizer: Normalizer,
}

impl Tokenizer {
    /// A tokenizer for these parameters, with the fastest code this CPU can run. All give the same tokens.
    pub fn new(params: &TextParams) -> Self {
        Self::with_kernel(params, Kernel::detect())
    }

    pub(super) fn with_kernel(params: &TextParams, kernel: Kernel) -> Self {
        Self {
            digits: params.digits,
            hyphens: params.hyphens,
            seed: params.seed,
            kernel,
            normalizer: Normalizer::new(params.digits, params.diacritics),
        }
    }

    /// Passes the tokens of `text` to `sink`, in order. O(bytes); allocates only to grow `scratch`.
    pub fn tokenize<S: TokenSink>(&self, text: &str, scratch: &mut TokenScratch, sink: &mut S) {
        match self.hyphens {
            HyphenJoining::Keep => self.tokenize_as_cut(text, scratch, sink),
            HyphenJoining::Join => {
                let mut held = std::mem::take(&mut scratch.held);
                let mut joiner = LineEndJoiner::new(text, self.seed, &mut held, sink);
                self.tokenize_as_cut(text, scratch, &mut joiner);
                joiner.finish();
                scratch.held = held;
            }
        }
    }

    /// Tokenizes `text` with its words as line ends cut them.
    fn tokenize_as_cut<S: TokenSink>(&self, text: &str, scratch: &mut TokenScratch, sink: &mut S) {
        let bytes = text.as_bytes();
        let mut start = 0;
        while start < bytes.len() {
            let end = segment_end(bytes, start);
            if end - start > SEGMENT_BYTES {
                // One run longer than a segment, as text without spaces is. It needs no search for runs, and
                // the memory for that would grow with it.
                self.normalizer.tokenize_region(text, start, end, self.seed, &mut scratch.normalizer, sink);
            } else {
                self.segment(text, start, end, scratch, sink);
            }
            start = end;
        }
    }

    /// Tokenizes `text[start..end]`, which no run of token bytes crosses at either end.
    fn segment<S: TokenSink>(
        &self,
        text: &str,
        start: usize,
        end: usize,
        scratch: &mut TokenScratch,
        sink: &mut S,
    ) {
        let TokenScratch { lowered, positions, normalizer, .. } = scratch;
        let bytes = text.as_bytes();
        let count = self.kernel.runs(&bytes[start..end], lowered, positions);
        if self.digits == DigitFolding::Fold {
            for byte in &mut lowered[..end - start] {
                *byte = if byte.is_ascii_digit() { b'0' } else { *byte };
            }
        }
        let mut runs = positions[..count].chunks_exact(2).peekable();
        while let Some(run) = runs.next() {
            let (from, mut to) = (run[0] as usize, run[1] as usize);
            let length = to - from;
            if length <= hash::SHORT_TOKEN_BYTES {
                let block: [u8; 16] =
                    *lowered[from..].first_chunk().expect("the buffer is padded by a block");
                let masked = u128::from_le_bytes(block) & LENGTH_MASKS[length];
                if masked & NON_ASCII == 0 {
                    let hash =
                        if S::READS_HASHES { hash::short_token(&masked.to_le_bytes(), self.seed) } else { 0 };
                    sink.token(&lowered[from..to], hash, start + from, start + to);
                    continue;
                }
            } else if lowered[from..to].is_ascii() {
                let token = &lowered[from..to];
                let hash = if S::READS_HASHES { hash::bytes64(token, self.seed) } else { 0 };
                sink.token(token, hash, start + from, start + to);
                continue;
            }
            // Such runs come in rows, and starting afresh costs more than walking over a separator.
            while let Some(next) = runs.next_if(|next| !bytes[start + next[0] as usize].is_ascii()) {
                to = next[1] as usize;
            }
            self.normalizer.tokenize_region(text, start + from, start + to, self.seed, normalizer, sink);
        }
    }
}

const NON_ASCII: u128 = u128::from_le_bytes([0x80; 16]);

/// `LENGTH_MASKS[n]` keeps the first `n` of sixteen bytes.
const LENGTH_MASKS: [u128; 17] = {
    let mut masks = [u128::MAX; 17];
    let mut length = 0;
    while length < 16 {
        masks[length] = (1 << (8 * length)) - 1;
        length += 1;
    }
    masks
};

/// Whether a byte ends every run of token bytes: ASCII, and neither letter nor digit.
fn is_separator(byte: u8) -> bool {
    byte.is_ascii() && !byte.is_ascii_alphanumeric()
}

/// Where to cut the segment that begins at `start`: at a separator, so that no run is cut.
fn segment_end(bytes: &[u8], start: usize) -> usize {
    let limit = start + SEGMENT_BYTES;
    if limit >= bytes.len() {
        return bytes.len();
    }
    if let Some(back) = bytes[start + 1..limit].iter().rposition(|&b| is_separator(b)) {
        return start + 1 + back;
    }
    bytes[limit..].iter().position(|&b| is_separator(b)).map_or(bytes.len(), |ahead| limit + ahead)
}
