//! The only user of `xxhash-rust`: every hash in the program is made here, from a fixed seed.
//!
//! No other hash function may influence output: the standard library's hashers may change between
//! releases, and randomly keyed ones change from run to run.

use xxhash_rust::xxh3::{Xxh3, xxh3_64_with_seed};

use crate::params::Seed;

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
#[cfg(test)]
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
    fn a_digest_does_not_depend_on_how_the_data_is_cut() {
        let mut pieces = Digest::new(Seed(1));
        pieces.update(b"told ");
        pieces.update(b"twice");
        assert_eq!(pieces.finish(), bytes64(b"told twice", Seed(1)));
    }
}
