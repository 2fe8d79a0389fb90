//! Dates as corpora write them.

use jiff::civil::{Date, DateTime};
use jiff::fmt::{rfc2822, strtime};
use jiff::tz::TimeZone;
use jiff::{Timestamp, civil::Time};

/// Forms besides ISO 8601 and RFC 2822, tried in turn.
const FORMS: &[&str] = &[
    "%d%b%Y",               // 10Apr2007
    "%d-%b-%Y %H:%M:%S%.f", // 19-OCT-1987 14:38:02.17
    "%d-%b-%Y %H:%M",       // 19-OCT-1987 14:38
    "%d-%b-%Y",             // 19-OCT-1987
    "%d %b %Y",             // 10 Apr 2007
    "%d %B %Y",             // 10 April 2007
    "%b %d, %Y",            // Apr 10, 2007
    "%B %d, %Y",            // April 10, 2007
    "%a, %d %b %Y",         // Tue, 10 Apr 2007
    "%a %b %d %H:%M:%S %Y", // Tue Apr 10 14:38:02 2007
    "%Y/%m/%d %H:%M:%S",
    "%Y/%m/%d",
];

/// The moment that `text` names, in seconds since 1970 (UTC); a date without an offset counts as UTC, one
/// without a time as midnight.
///
/// Reads ISO 8601, RFC 2822, `10Apr2007`, `19-OCT-1987 14:38`, `April 10, 2007`, `2007/04/10`, `20070410`, and
/// numbers of nine digits or more as seconds (or, from thirteen digits, milliseconds) since 1970. The rule for digits
/// alone: eight, twelve or fourteen are year, month, day and, where they follow, hour, minute and second, if that is a
/// moment of the calendar in a year from 1000 on; twelve that are none are seconds, eight and fourteen are no date.
///
/// ```
/// use twicetold::corpus::parse_date;
/// assert_eq!(parse_date("1970-01-02"), Some(86_400));
/// assert_eq!(parse_date("02JAN1970"), Some(86_400));
/// assert_eq!(parse_date("soon"), None);
/// ```
pub fn parse_date(text: &str) -> Option<i64> {
    let text = text.trim();
    if text.is_empty() {
        return None;
    }
    let utc = |moment: DateTime| TimeZone::UTC.to_timestamp(moment).ok().map(Timestamp::as_second);
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        return match calendar_digits(text) {
            Some(moment) => utc(moment),
            None if matches!(text.len(), 9..=13) => {
                let number: i64 = text.parse().ok()?;
                Some(if text.len() == 13 { number / 1000 } else { number })
            }
            None => None,
        };
    }
    if let Ok(moment) = text.parse::<Timestamp>() {
        return Some(moment.as_second());
    }
    if let Ok(moment) = text.parse::<DateTime>() {
        return utc(moment);
    }
    if let Ok(date) = text.parse::<Date>() {
        return utc(date.to_datetime(Time::midnight()));
    }
    if let Ok(moment) = rfc2822::parse(text) {
        return Some(moment.timestamp().as_second());
    }
    FORMS.iter().find_map(|form| {
        let parsed = strtime::parse(form, text).ok()?;
        let date = parsed.to_date().ok()?;
        utc(date.to_datetime(parsed.to_time().unwrap_or(Time::midnight())))
    })
}

/// The moment that digits write one after the other, from the year down: `20070410`, `200704101438`, and
/// `20070410143802`, as the Wayback Machine writes.
fn calendar_digits(digits: &str) -> Option<DateTime> {
    if !matches!(digits.len(), 8 | 12 | 14) || digits.starts_with('0') {
        return None;
    }
    let pair = |at: usize| digits.get(at..at + 2).map_or(Some(0), |pair| pair.parse::<i8>().ok());
    let year = digits[..4].parse().ok()?;
    DateTime::new(year, pair(4)?, pair(6)?, pair(8)?, pair(10)?, pair(12)?, 0).ok()
}

/// A moment in seconds since 1970, as `2007-04-10T14:38:02Z`; one outside the years that dates can have as the nearest
/// that is.
///
/// ```
/// assert_eq!(twicetold::corpus::date_text(1_176_163_200), "2007-04-10T00:00:00Z");
/// ```
pub fn date_text(seconds: i64) -> String {
    let seconds = seconds.clamp(Timestamp::MIN.as_second(), Timestamp::MAX.as_second());
    Timestamp::from_second(seconds).unwrap_or_default().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_documented_form_is_read() {
        let april = parse_date("2007-04-10").unwrap();
        assert_eq!(april, 1_176_163_200);
        for form in [
            "10Apr2007",
            "10 Apr 2007",
            "April 10, 2007",
            "2007/04/10",
            "20070410",
            "Tue, 10 Apr 2007",
            "2007-04-10T00:00:00Z",
            "2007-04-10T02:00:00+02:00",
            "2007-04-10 00:00:00",
            "1176163200",
            "1176163200000",
            "Tue, 10 Apr 2007 00:00:00 +0000",
            " 2007-04-10 ",
        ] {
            assert_eq!(parse_date(form), Some(april), "{form}");
        }
        assert_eq!(parse_date("19-OCT-1987 14:38"), parse_date("1987-10-19T14:38:00Z"));
        for form in ["19-OCT-1987 14:38:00.00", "19 Oct 1987 14:38:00 GMT", "Mon, 19 Oct 1987 16:38:00 +0200"]
        {
            assert_eq!(parse_date(form), parse_date("1987-10-19T14:38:00Z"), "{form}");
        }
        assert_eq!(parse_date("10APR2007"), Some(april));
        assert_eq!(parse_date(&date_text(april)), Some(april));
        assert_eq!(parse_date(&date_text(i64::MAX)).map(date_text), Some(date_text(i64::MAX)));
        for (form, same) in [
            ("202301021530", Some("2023-01-02T15:30:00Z")),
            ("20230102153045", Some("2023-01-02T15:30:45Z")),
            ("202313021530", Some("8381-01-16T21:32:10Z")),
            ("176116320000", Some("7550-11-27T08:00:00Z")),
            ("20231302", None),
            ("20230102153061", None),
            ("00010101", None),
        ] {
            assert_eq!(parse_date(form).map(date_text).as_deref(), same, "{form}");
        }
        for other in ["", "yesterday", "2007-13-45", "12", "10Foo2007"] {
            assert_eq!(parse_date(other), None, "{other}");
        }
    }
}
