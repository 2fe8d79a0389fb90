//! Numbers as a person reads them.
#![allow(clippy::cast_precision_loss, reason = "counts and shares for people")]

use std::fmt;

/// A count with a comma between groups of three digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Grouped(pub u64);

impl fmt::Display for Grouped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.0.to_string();
        let mut grouped = String::with_capacity(digits.len() * 4 / 3);
        for (index, digit) in digits.chars().enumerate() {
            if index > 0 && (digits.len() - index).is_multiple_of(3) {
                grouped.push(',');
            }
            grouped.push(digit);
        }
        f.pad(&grouped)
    }
}

/// A count with a comma between groups of three digits.
///
/// ```
/// assert_eq!(twicetold::number::grouped(1_234_567), "1,234,567");
/// ```
pub fn grouped(count: u64) -> String {
    Grouped(count).to_string()
}

/// `part` of `whole` in percent; a share too small or too near the whole to show says so.
pub(crate) fn percent(part: u64, whole: u64) -> String {
    if whole == 0 {
        return "0 %".to_owned();
    }
    let percent = part as f64 * 100.0 / whole as f64;
    match part {
        0 => "0 %".to_owned(),
        _ if part == whole => "100 %".to_owned(),
        _ if percent < 0.1 => "< 0.1 %".to_owned(),
        _ if percent > 99.9 => "> 99.9 %".to_owned(),
        _ => format!("{percent:.1} %"),
    }
}

/// A count and its noun: `1 cluster`, `2 clusters`.
#[cfg(feature = "report")]
pub(crate) fn counted(count: u64, one: &str, many: &str) -> String {
    format!("{} {}", Grouped(count), if count == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_stand_in_threes() {
        let shown: Vec<String> =
            [0, 999, 1000, 12_345, 100_000, 1_234_567].iter().map(|&n| Grouped(n).to_string()).collect();
        assert_eq!(shown, ["0", "999", "1,000", "12,345", "100,000", "1,234,567"]);
    }

    #[test]
    fn a_share_is_never_rounded_to_nothing_or_to_all() {
        assert_eq!(percent(0, 0), "0 %");
        assert_eq!(percent(1, 1_000_000), "< 0.1 %");
        assert_eq!(percent(999_999, 1_000_000), "> 99.9 %");
        assert_eq!(percent(1, 3), "33.3 %");
        assert_eq!(percent(3, 3), "100 %");
    }
}
