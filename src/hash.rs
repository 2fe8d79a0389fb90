//! Every hash function of the program, and the only user of `xxhash-rust`.
//!
//! No other hash function may influence output: the standard library's hashers may change between
//! releases, and randomly keyed ones change from run to run.
//!
//! Bytes are hashed by xxh3 under a fixed seed. What is hashed already is put together by the functions below, which
//! are cheaper: [`mix`] scrambles one number, [`chain`] and [`append`] take in one more, [`spread`] only moves low bits up.
#![allow(clippy::cast_possible_truncation, reason = "parts of a hash are taken on purpose")]

use xxhash_rust::xxh3::{Xxh3, xxh3_64_with_seed};

/// Seed of every hash. Part of the fingerprint: signatures of different seeds cannot be compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seed(pub u64);

impl Default for Seed {
    /// An arbitrary constant, the same in every release.
    fn default() -> Self {
        Self(0x7477_6963_6574_6f6c)
    }
}

/// Tokens up to this many bytes are hashed as one zero-padded block.
pub(crate) const SHORT_TOKEN_BYTES: usize = 16;

/// Hashes any byte string with xxh3-64.
#[inline]
pub(crate) fn bytes64(bytes: &[u8], seed: Seed) -> u64 {
    xxh3_64_with_seed(bytes, seed.0)
}

/// Hashes a token of at most sixteen bytes, given zero-padded to sixteen.
///
/// The length is a constant, so the compiler keeps one branch-free path of xxh3. Padding loses
/// nothing: no token contains a zero byte.
#[inline]
pub(crate) fn short_token(padded: &[u8; SHORT_TOKEN_BYTES], seed: Seed) -> u64 {
    xxh3_64_with_seed(padded, seed.0)
}

/// Hashes a token of any length, equal to [`short_token`] where that applies: what the tokenizer does with
/// its blocks, in plain words.
pub(crate) fn token(bytes: &[u8], seed: Seed) -> u64 {
    if bytes.len() <= SHORT_TOKEN_BYTES {
        let mut padded = [0; SHORT_TOKEN_BYTES];
        padded[..bytes.len()].copy_from_slice(bytes);
        short_token(&padded, seed)
    } else {
        bytes64(bytes, seed)
    }
}

/// A bijection on 64 bits in which every input bit reaches every output bit.
///
/// The constants are the "Mix13" variant of D. Stafford, "Better Bit Mixing", 2011.
#[inline]
pub(crate) const fn mix(mut x: u64) -> u64 {
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// The `index`-th of a sequence of numbers drawn from `x`, at half the cost of [`mix`].
///
/// Each bit of the two halves of the number is uniform over well mixed `x`, and numbers of different indices
/// are independent for all practical purposes: this is the generator wyrand by Wang Yi (public domain,
/// "wyhash", 2019), seeded with `x` and advanced to `index` in one step.
#[inline]
pub(crate) const fn draw(x: u64, index: u64) -> u64 {
    let state = x.wrapping_add(index.wrapping_mul(0xa076_1d64_78bd_642f));
    let product = (state as u128) * ((state ^ 0xe703_7ed1_a0b4_28db) as u128);
    (product as u64) ^ ((product >> 64) as u64)
}

/// 2^64 divided by the golden ratio, and odd: multiplying by it loses nothing, and steps of it visit every number of 64
/// bits, far apart.
pub(crate) const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

/// Carries differences in the low bits of a key to its high bits, at the cost of one multiplication.
#[inline]
pub(crate) const fn spread(key: u64) -> u64 {
    key.wrapping_mul(GOLDEN)
}

/// The hash of a sequence of numbers, from that of all before the last: the order counts.
#[inline]
pub(crate) const fn chain(before: u64, number: u64) -> u64 {
    mix(before ^ number)
}

/// The polynomial over a sequence of hashes, from that over all before the last. Not mixed: [`mix`] the last one.
#[inline]
pub(crate) const fn append(before: u64, unit: u64) -> u64 {
    before.wrapping_mul(GOLDEN).wrapping_add(unit)
}

/// The polynomial over a whole sequence; see [`append`].
#[inline]
pub(crate) fn polynomial(units: impl IntoIterator<Item = u64>) -> u64 {
    units.into_iter().fold(0, append)
}

/// A hash of a sequence of hashes, from that over all before the last; a second one beside [`append`], and independent of
/// it: the rotation takes high bits down, so that no law of arithmetic makes sequences equal, as it makes those of Thue and
/// Morse under a polynomial modulo a power of two. [`mix`] the last one.
///
/// A bijection of either argument, so that no step loses anything.
#[inline]
pub(crate) const fn absorb(before: u64, unit: u64) -> u64 {
    (before.rotate_left(29) ^ unit).wrapping_mul(0xa076_1d64_78bd_642f)
}

/// What [`absorb`] begins with.
pub(crate) const NOTHING_ABSORBED: u64 = 0xe703_7ed1_a0b4_28db;

/// [`absorb`] over a whole sequence.
#[inline]
pub(crate) fn absorbed(units: impl IntoIterator<Item = u64>) -> u64 {
    units.into_iter().fold(NOTHING_ABSORBED, absorb)
}

/// Slides the polynomial of [`append`] over a sequence, so that a window of any width costs two multiplications.
#[derive(Clone, Copy)]
pub(crate) struct RollingWindow {
    /// The weight of the unit that leaves.
    leaving: u64,
}

impl RollingWindow {
    /// A window of so many units.
    pub(crate) const fn new(width: u32) -> Self {
        Self { leaving: GOLDEN.wrapping_pow(width) }
    }

    /// The polynomial of the next window, which `left` has left and `unit` has entered.
    #[inline]
    pub(crate) const fn slide(self, window: u64, left: u64, unit: u64) -> u64 {
        append(window, unit.wrapping_sub(left.wrapping_mul(self.leaving)))
    }
}

/// A hash of a sequence of token hashes, and of its length: one multiplication a token, since these are mixed.
#[inline]
pub(crate) fn token_sequence(tokens: &[u64]) -> u64 {
    // Odd, so that no step loses anything.
    const FACTOR: u64 = 0xff51_afd7_ed55_8ccd;
    tokens.iter().fold(mix(tokens.len() as u64), |sum, &token| (sum ^ token).wrapping_mul(FACTOR))
}

/// A hash of a few token hashes, without a multiplication.
#[inline]
pub(crate) fn few_tokens(tokens: impl IntoIterator<Item = u64>) -> u64 {
    tokens.into_iter().fold(0, |sum: u64, token| sum.rotate_left(7) ^ token)
}

/// A checksum or fingerprint over data that arrives in pieces.
pub(crate) struct Digest(Xxh3);

impl Digest {
    pub(crate) fn new(seed: Seed) -> Self {
        Self(Xxh3::with_seed(seed.0))
    }

    pub(crate) fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    pub(crate) fn finish(&self) -> u64 {
        self.0.digest()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_and_long_paths_agree_at_the_boundary() {
        let seed = Seed(7);
        assert_eq!(token(b"abcdefghijklmnop", seed), short_token(b"abcdefghijklmnop", seed));
        assert_ne!(token(b"abcdefghijklmnop", seed), token(b"abcdefghijklmnopq", seed));
        assert_ne!(token(b"a", seed), token(b"a", Seed(8)));
    }

    #[test]
    fn xxh3_is_the_published_function() {
        // XXH3_64bits of the empty string with seed 0, from the reference implementation's test vectors.
        assert_eq!(bytes64(b"", Seed(0)), 0x2d06_8005_38d3_94c2);
    }

    #[test]
    fn a_sliding_polynomial_is_that_of_the_window_alone() {
        let units: Vec<u64> = (0..40).map(mix).collect();
        for width in 1..9 {
            let window = RollingWindow::new(width as u32);
            let mut rolling = polynomial(units[..width].iter().copied());
            for (start, &entering) in units[width..].iter().enumerate() {
                rolling = window.slide(rolling, units[start], entering);
                assert_eq!(rolling, polynomial(units[start + 1..=start + width].iter().copied()));
            }
        }
    }

    #[test]
    fn sequences_of_thue_and_morse_collide_under_the_polynomial_only() {
        let sequence =
            |of: [u64; 2]| -> Vec<u64> { (0u32..4096).map(|n| of[n.count_ones() as usize % 2]).collect() };
        let (one, other) = (mix(1), mix(2));
        let [first, second] = [sequence([one, other]), sequence([other, one])];
        assert_eq!(polynomial(first.iter().copied()), polynomial(second.iter().copied()));
        assert_ne!(absorbed(first), absorbed(second));
    }

    #[test]
    fn a_digest_does_not_depend_on_how_the_data_is_cut() {
        let mut pieces = Digest::new(Seed(1));
        pieces.update(b"told ");
        pieces.update(b"twice");
        assert_eq!(pieces.finish(), bytes64(b"told twice", Seed(1)));
    }
}
