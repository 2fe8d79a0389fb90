//! Where runs of token bytes begin and end, 64 bytes at a time.
//!
//! One portable body does the work; the compiler turns its byte loops into vector instructions. It is
//! compiled again for the wider instruction sets of x86-64 and the best is chosen at run time, so the result
//! is the same on every CPU by construction. On aarch64 the portable body already uses NEON, which is part of
//! the baseline there.
#![allow(clippy::cast_possible_truncation, reason = "places in a text of at most 4 GiB")]

/// Which compilation of the portable body to call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kernel {
    /// For the target's baseline instructions.
    Portable,
    /// For 32-byte vectors.
    #[cfg(target_arch = "x86_64")]
    Avx2,
    /// For 64-byte vectors and byte masks.
    #[cfg(target_arch = "x86_64")]
    Avx512,
}

impl Kernel {
    /// The kernels this CPU can run, slowest first.
    pub(super) fn available() -> Vec<Self> {
        #[allow(unused_mut, reason = "only x86-64 has more than one")]
        let mut kernels = vec![Self::Portable];
        #[cfg(target_arch = "x86_64")]
        {
            if is_x86_feature_detected!("avx2")
                && is_x86_feature_detected!("bmi1")
                && is_x86_feature_detected!("bmi2")
                && is_x86_feature_detected!("popcnt")
            {
                kernels.push(Self::Avx2);
                if is_x86_feature_detected!("avx512bw") && is_x86_feature_detected!("avx512vl") {
                    kernels.push(Self::Avx512);
                }
            }
        }
        kernels
    }

    /// The fastest kernel this CPU can run.
    pub(super) fn detect() -> Self {
        *Self::available().last().expect("the portable kernel runs everywhere")
    }

    /// Finds the maximal runs of ASCII letters, ASCII digits and non-ASCII bytes in `bytes`.
    ///
    /// Fills `lowered` with `bytes`, ASCII letters lowered, and at least 16 zero bytes behind them. Fills
    /// `positions` with the first byte of each run and the one past its last, in turn, and returns how many
    /// positions are valid, an even number.
    pub(super) fn runs(self, bytes: &[u8], lowered: &mut Vec<u8>, positions: &mut Vec<u32>) -> usize {
        let padded = bytes.len().next_multiple_of(BLOCK) + BLOCK;
        if lowered.len() < padded {
            lowered.resize(padded, 0);
        }
        if positions.len() < padded + BLOCK {
            positions.resize(padded + BLOCK, 0);
        }
        match self {
            Self::Portable => runs_portable(bytes, lowered, positions),
            #[cfg(target_arch = "x86_64")]
            #[expect(unsafe_code, reason = "the instruction set was detected at run time")]
            // SAFETY: `available` makes this variant only where the CPU has every feature that the function
            // was compiled for. The function itself is safe code.
            Self::Avx2 => unsafe { runs_avx2(bytes, lowered, positions) },
            #[cfg(target_arch = "x86_64")]
            #[expect(unsafe_code, reason = "the instruction set was detected at run time")]
            // SAFETY: as above.
            Self::Avx512 => unsafe { runs_avx512(bytes, lowered, positions) },
        }
    }
}

const BLOCK: usize = 64;

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,bmi1,bmi2,popcnt")]
fn runs_avx2(bytes: &[u8], lowered: &mut [u8], positions: &mut [u32]) -> usize {
    runs_portable(bytes, lowered, positions)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,bmi1,bmi2,popcnt,avx512bw,avx512vl")]
fn runs_avx512(bytes: &[u8], lowered: &mut [u8], positions: &mut [u32]) -> usize {
    runs_portable(bytes, lowered, positions)
}

#[inline(always)]
#[expect(clippy::inline_always, reason = "must be compiled into each caller with its instruction set")]
fn runs_portable(bytes: &[u8], lowered: &mut [u8], positions: &mut [u32]) -> usize {
    let mut count = 0;
    let mut inside = 0;
    let (blocks, rest) = bytes.as_chunks::<BLOCK>();
    let (lowered_blocks, _) = lowered.as_chunks_mut::<BLOCK>();
    for (index, (block, low)) in blocks.iter().zip(lowered_blocks.iter_mut()).enumerate() {
        let mask = classify(block, low);
        count += flatten(mask ^ (mask << 1 | inside), (index * BLOCK) as u32, &mut positions[count..]);
        inside = mask >> (BLOCK - 1);
    }
    // What is left, padded by separators. Always done, since a run may reach the end of the last block.
    let mut block = [0; BLOCK];
    block[..rest.len()].copy_from_slice(rest);
    let index = blocks.len();
    let mask = classify(&block, &mut lowered_blocks[index]);
    count += flatten(mask ^ (mask << 1 | inside), (index * BLOCK) as u32, &mut positions[count..]);
    if let Some(padding) = lowered_blocks.get_mut(index + 1) {
        padding.fill(0);
    }
    count
}

/// Lowers ASCII letters and returns a bit a byte, set for letters, digits and non-ASCII bytes.
#[inline(always)]
#[expect(clippy::inline_always, reason = "must be compiled into each caller with its instruction set")]
#[expect(clippy::needless_bitwise_bool, reason = "a branch would keep the loop from becoming vector code")]
fn classify(block: &[u8; BLOCK], lowered: &mut [u8; BLOCK]) -> u64 {
    let mut inside = [0u8; BLOCK];
    for ((&byte, low), inside) in block.iter().zip(lowered.iter_mut()).zip(inside.iter_mut()) {
        let upper = byte.wrapping_sub(b'A') < 26;
        let folded = byte | (u8::from(upper) << 5);
        *low = folded;
        let letter = folded.wrapping_sub(b'a') < 26;
        let digit = byte.wrapping_sub(b'0') < 10;
        *inside = u8::from(letter | digit | (byte >= 0x80));
    }
    let mut mask = 0;
    for (index, eight) in inside.as_chunks::<8>().0.iter().enumerate() {
        // Gathers the lowest bit of each byte into the top byte of the product.
        let bits = u64::from_le_bytes(*eight).wrapping_mul(0x0102_0408_1020_4080) >> 56;
        mask |= bits << (8 * index);
    }
    mask
}

/// Writes the positions of the set bits, and returns how many there are.
///
/// Writes eight at a time and lets the surplus be overwritten: a branch a bit would be mispredicted.
#[inline(always)]
#[expect(clippy::inline_always, reason = "must be compiled into each caller with its instruction set")]
fn flatten(mut bits: u64, base: u32, positions: &mut [u32]) -> usize {
    let count = bits.count_ones() as usize;
    let out: &mut [u32; BLOCK] = positions.first_chunk_mut().expect("room for a block");
    for eight in out.as_chunks_mut::<8>().0 {
        for position in eight {
            *position = base.wrapping_add(bits.trailing_zeros());
            bits &= bits.wrapping_sub(1);
        }
        if bits == 0 {
            break;
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn obvious(bytes: &[u8]) -> Vec<(usize, usize)> {
        let inside = |b: u8| b.is_ascii_alphanumeric() || b >= 0x80;
        let mut runs = Vec::new();
        let mut start = None;
        for (index, &byte) in bytes.iter().enumerate() {
            match (start, inside(byte)) {
                (None, true) => start = Some(index),
                (Some(from), false) => {
                    runs.push((from, index));
                    start = None;
                }
                _ => {}
            }
        }
        runs.extend(start.map(|from| (from, bytes.len())));
        runs
    }

    proptest! {
        #[test]
        fn every_kernel_finds_the_runs_of_the_obvious_loop(
            text in proptest::collection::vec(
                prop_oneof![Just(b' '), Just(b'a'), Just(b'Z'), Just(b'9'), Just(0xC3), any::<u8>()], 0..400),
            stale in 0usize..300,
        ) {
            for kernel in Kernel::available() {
                let (mut lowered, mut positions) = (vec![0xAA; stale], vec![7; stale]);
                let count = kernel.runs(&text, &mut lowered, &mut positions);
                let found: Vec<_> =
                    positions[..count].chunks(2).map(|p| (p[0] as usize, p[1] as usize)).collect();
                prop_assert_eq!(&found, &obvious(&text), "{:?}", kernel);
                prop_assert_eq!(&lowered[..text.len()], &text.to_ascii_lowercase()[..]);
                prop_assert!(lowered[text.len()..text.len() + 16].iter().all(|&b| b == 0));
            }
        }
    }
}
