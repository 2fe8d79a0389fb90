//! Days on an axis: their names, and where its marks stand.
#![allow(clippy::cast_possible_truncation, reason = "places on a chart, and shares for people")]

use jiff::ToSpan;
use jiff::civil::{Date, date};

const EPOCH: Date = date(1970, 1, 1);

/// The day of a moment in seconds since 1970 (UTC), in days since 1970, held to the years that dates can have.
pub(crate) fn day_of(seconds: i64) -> i32 {
    let limit = 2_000_000;
    seconds.div_euclid(86_400).clamp(-limit, limit) as i32
}

fn date_of(day: i32) -> Date {
    EPOCH.saturating_add(i64::from(day).days())
}

fn day_number(date: Date) -> i32 {
    // Both dates lie within the calendar, so that their distance in days does as well.
    date.since(EPOCH).map_or(0, |span| span.get_days())
}

/// The day of a moment in seconds since 1970 (UTC), as `2007-04-10`.
pub(crate) fn date_name(seconds: i64) -> String {
    date_of(day_of(seconds)).to_string()
}

/// Days from `first` to `last` at which an axis is marked, at most `limit` of them: firsts of years or months where
/// the axis is long, single days where it is short.
pub(crate) fn marks(first: i32, last: i32, limit: u32) -> Vec<i32> {
    let within = |day: &i32| (first..=last).contains(day);
    let count = |days: i32| (last - first) / days;
    let fits = |days: i32| count(days) < limit.cast_signed();
    if let Some(&step) = [1, 2, 7, 14].iter().find(|&&step| fits(step)) {
        return (first..=last).filter(|day| day.rem_euclid(step) == 0).take(limit as usize).collect();
    }
    let start = date_of(first);
    let months = [1, 2, 3, 6, 12, 24, 60, 120, 240, 600, 1200, 6000];
    let step = months.into_iter().find(|&months| fits(months * 30)).unwrap_or(12_000);
    let month = i32::from(start.year()) * 12 + i32::from(start.month()) - 1;
    let first_mark = month.div_euclid(step) * step;
    (0..)
        .map(|n| first_mark + n * step)
        .map_while(|month| {
            let year = i16::try_from(month.div_euclid(12)).ok()?;
            Date::new(year, month.rem_euclid(12) as i8 + 1, 1).ok()
        })
        .map(day_number)
        .take_while(|&day| day <= last)
        .filter(within)
        .take(limit as usize)
        .collect()
}

/// What a mark is called: no more of the date than tells it from its neighbours.
pub(crate) fn mark_name(day: i32, first: i32, last: i32) -> String {
    let date = date_of(day);
    match last - first {
        span if span > 365 * 12 => format!("{:04}", date.year()),
        span if span > 60 => date.strftime("%b %Y").to_string(),
        _ => date.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_have_names() {
        assert_eq!(date_name(0), "1970-01-01");
        assert_eq!(date_name(-1), "1969-12-31");
        assert_eq!(date_name(1_176_163_200), "2007-04-10");
        assert_eq!(date_name(i64::MAX).len(), 10);
    }

    #[test]
    fn an_axis_of_any_length_has_some_marks_within_it() {
        for span in [0, 1, 3, 10, 40, 100, 400, 3000, 20_000, 200_000] {
            for first in [-300_000, -5, 0, 13_579] {
                let marks = marks(first, first + span, 8);
                assert!(marks.len() <= 8, "{span}");
                assert!(marks.iter().all(|day| (first..=first + span).contains(day)));
                assert!(marks.is_sorted());
                assert!(span < 3 || marks.len() >= 2, "{first} {span} {marks:?}");
            }
        }
        let year = day_number(date(2006, 12, 20));
        let names: Vec<_> =
            marks(year, year + 200, 8).into_iter().map(|day| mark_name(day, year, year + 200)).collect();
        assert_eq!(
            names,
            ["Jan 2007", "Feb 2007", "Mar 2007", "Apr 2007", "May 2007", "Jun 2007", "Jul 2007"]
        );
    }
}
