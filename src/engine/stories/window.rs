//! How close in time two documents must lie to be linked.

use std::fmt;
use std::str::FromStr;

use crate::error::{Error, Result};

/// A span of time.
///
/// ```
/// use twicetold::engine::Window;
/// let window: Window = "14d".parse()?;
/// assert_eq!(window.seconds(), 14 * 24 * 3600);
/// assert_eq!(window.to_string(), "14d");
/// # Ok::<(), twicetold::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Window(i64);

/// Units, the longest first, and their seconds.
const UNITS: [(char, i64); 5] = [('w', 604_800), ('d', 86_400), ('h', 3600), ('m', 60), ('s', 1)];

impl Window {
    /// Its length.
    pub fn seconds(self) -> i64 {
        self.0
    }

    /// Whether two moments lie so close.
    #[inline]
    pub fn spans(self, a: i64, b: i64) -> bool {
        a.abs_diff(b) <= self.0.unsigned_abs()
    }
}

impl Default for Window {
    /// Four days: an event is told on its day, on the next, and over a weekend.
    fn default() -> Self {
        Self(4 * 86_400)
    }
}

impl FromStr for Window {
    type Err = Error;

    /// Reads `14d`, `36h`, `2w`; also `m` and `s`, for minutes and seconds.
    fn from_str(text: &str) -> Result<Self> {
        let wrong =
            || Error::parameter("window", text, "a whole number of weeks, days or hours, as 2w, 14d or 36h");
        let text = text.trim();
        let unit = text.chars().next_back().ok_or_else(wrong)?;
        let &(_, seconds) =
            UNITS.iter().find(|(name, _)| *name == unit.to_ascii_lowercase()).ok_or_else(wrong)?;
        let count: u32 = text[..text.len() - unit.len_utf8()].trim().parse().map_err(|_| wrong())?;
        Ok(Self(i64::from(count) * seconds))
    }
}

impl fmt::Display for Window {
    /// In days, or in the longest unit that it is a whole number of.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let divides = |&&(unit, seconds): &&(char, i64)| unit != 'w' && self.0 % seconds == 0;
        let (unit, seconds) = UNITS.iter().find(divides).copied().unwrap_or(('s', 1));
        write!(f, "{}{unit}", self.0 / seconds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_read_and_written() {
        for (text, seconds, written) in [
            ("14d", 1_209_600, "14d"),
            ("2w", 1_209_600, "14d"),
            ("36h", 129_600, "36h"),
            (" 90 M ", 5400, "90m"),
            ("0d", 0, "0d"),
        ] {
            let window: Window = text.parse().unwrap();
            assert_eq!((window.seconds(), window.to_string().as_str()), (seconds, written));
            assert_eq!(window.to_string().parse::<Window>().unwrap(), window);
        }
        for wrong in ["", "14", "d", "-1d", "1.5d", "14 days", "4294967296d", "1é"] {
            assert!(wrong.parse::<Window>().is_err(), "{wrong}");
        }
        let day: Window = "1d".parse().unwrap();
        assert!(day.spans(0, 86_400) && day.spans(86_400, 0) && !day.spans(0, 86_401));
        assert!(!day.spans(i64::MIN, i64::MAX));
    }
}
