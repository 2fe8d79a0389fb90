//! When the documents of a group were published.

use std::collections::BTreeMap;

use super::calendar::day_of;

/// Groups on a timeline, at most.
pub(crate) const TIMELINE_ROWS: usize = 12;

/// The documents of one group by day.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct TimelineRow {
    /// The group's number in the list, from 1.
    pub number: usize,
    /// Documents by day, in days since 1970.
    days: BTreeMap<i32, u64>,
}

impl TimelineRow {
    /// A group without documents yet.
    pub(crate) fn new(number: usize) -> Self {
        Self { number, days: BTreeMap::new() }
    }

    /// Counts a document of this moment, in seconds since 1970.
    pub(crate) fn add(&mut self, seconds: i64) {
        *self.days.entry(day_of(seconds)).or_default() += 1;
    }

    /// Whether no document has a date.
    pub(crate) fn is_empty(&self) -> bool {
        self.days.is_empty()
    }

    /// First and last day, if any document has a date.
    pub(crate) fn span(&self) -> Option<(i32, i32)> {
        Some((*self.days.first_key_value()?.0, *self.days.last_key_value()?.0))
    }

    /// Days and documents, put together where `width` days fall into one: what is drawn is bounded by the plot's
    /// width, not by the corpus.
    pub(crate) fn dots(&self, width: i32) -> Vec<(i32, u64)> {
        let mut dots: Vec<(i32, u64)> = Vec::new();
        for (&day, &count) in &self.days {
            match dots.last_mut() {
                Some((first, total)) if day.div_euclid(width) == first.div_euclid(width) => *total += count,
                _ => dots.push((day, count)),
            }
        }
        dots
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_of_one_day_are_one_dot() {
        let mut row = TimelineRow::new(1);
        assert!(row.is_empty() && row.span().is_none());
        for seconds in [0, 3600, 86_400, 86_400 * 9, -1] {
            row.add(seconds);
        }
        assert_eq!(row.dots(1), [(-1, 1), (0, 2), (1, 1), (9, 1)]);
        assert_eq!(row.dots(7), [(-1, 1), (0, 3), (9, 1)]);
        assert_eq!(row.span(), Some((-1, 9)));
    }
}
