//! Sizes in bytes, as they are typed.
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "sizes and shares for people"
)]

/// A size in bytes, with an optional K, M, G or T for powers of 1024.
pub(super) fn parse_size(text: &str) -> Result<u64, String> {
    let wrong = || format!("{text:?} is not a size; write a number with K, M, G or T, such as 256M");
    let upper = text.trim().to_ascii_uppercase();
    let upper = upper.strip_suffix('B').unwrap_or(&upper);
    let upper = upper.strip_suffix('I').unwrap_or(upper);
    let shift = match upper.as_bytes().last() {
        Some(b'K') => 10,
        Some(b'M') => 20,
        Some(b'G') => 30,
        Some(b'T') => 40,
        _ => 0,
    };
    let number = if shift > 0 { &upper[..upper.len() - 1] } else { upper };
    let size = number.trim().parse::<f64>().map_err(|_| wrong())? * (1u64 << shift) as f64;
    if size >= 1.0 && size < u64::MAX as f64 { Ok(size as u64) } else { Err(wrong()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_in_powers_of_1024() {
        assert_eq!(parse_size("4096"), Ok(4096));
        assert_eq!(parse_size("256M"), Ok(256 << 20));
        assert_eq!(parse_size("1.5g"), Ok(3 << 29));
        assert_eq!(parse_size("2KiB"), Ok(2048));
        for wrong in ["", "M", "-1", "0", "lots", "1X", "nan"] {
            assert!(parse_size(wrong).is_err(), "{wrong}");
        }
    }
}
