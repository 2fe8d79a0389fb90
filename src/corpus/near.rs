//! Bytes that mostly stand a few places ahead, as escapes do in programs written as JSON.
//!
//! A search by vectors costs as much for three bytes as for sixty. So the first bytes are looked at eight at a time, in
//! one number, and what lies beyond is left to `memchr`.
#![allow(clippy::cast_possible_truncation, reason = "a place within a number of eight bytes")]

/// Numbers of eight bytes that are looked at before vectors are.
const NUMBERS: usize = 4;

/// One in every byte.
const ONES: u64 = 0x0101_0101_0101_0101;
/// The high bit of every byte.
const HIGHS: u64 = 0x8080_8080_8080_8080;

/// The first place of `byte`.
#[inline]
pub(super) fn find(byte: u8, bytes: &[u8]) -> Option<usize> {
    match among_the_first(bytes, |number| zeros(number ^ (ONES * u64::from(byte)))) {
        Ok(place) => Some(place),
        Err(passed) => memchr::memchr(byte, &bytes[passed..]).map(|ahead| passed + ahead),
    }
}

/// The first place of either byte.
#[inline]
pub(super) fn find_either(one: u8, other: u8, bytes: &[u8]) -> Option<usize> {
    let marks = |number| zeros(number ^ (ONES * u64::from(one))) | zeros(number ^ (ONES * u64::from(other)));
    match among_the_first(bytes, marks) {
        Ok(place) => Some(place),
        Err(passed) => memchr::memchr2(one, other, &bytes[passed..]).map(|ahead| passed + ahead),
    }
}

/// The first place that `marks` marks in the first numbers, or how many bytes these were.
#[inline]
fn among_the_first(bytes: &[u8], marks: impl Fn(u64) -> u64) -> Result<usize, usize> {
    let (numbers, _) = bytes.as_chunks::<8>();
    let mut passed = 0;
    for number in numbers.iter().take(NUMBERS) {
        let marked = marks(u64::from_le_bytes(*number));
        if marked != 0 {
            return Ok(passed + (marked.trailing_zeros() / 8) as usize);
        }
        passed += 8;
    }
    Err(passed)
}

/// Marks bytes that are zero by their high bit. A byte above one that is zero may be marked, too; the lowest mark is right.
#[inline]
const fn zeros(number: u64) -> u64 {
    number.wrapping_sub(ONES) & !number & HIGHS
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_first_place_is_that_of_the_obvious_loop(
            bytes in proptest::collection::vec(
                prop_oneof![8 => Just(b'a'), 1 => Just(b'"'), 1 => Just(b'#'), 1 => Just(b'\\'), 1 => any::<u8>()], 0..90),
        ) {
            for tail in (0..bytes.len()).map(|start| &bytes[start..]) {
                prop_assert_eq!(find(b'\\', tail), tail.iter().position(|&byte| byte == b'\\'));
                let either = tail.iter().position(|&byte| byte == b'\\' || byte == b'"');
                prop_assert_eq!(find_either(b'"', b'\\', tail), either);
            }
        }
    }
}
