//! Source by source: who repeats whom.

use std::collections::BTreeMap;

/// Sources that have a row of their own; the rest are put together.
const NAMED_SOURCES: usize = 12;

/// Documents by the source that repeats and the source that is repeated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Matrix {
    names: Vec<String>,
    /// `counts[row][column]`: documents of source `row` that repeat one of source `column`.
    counts: Vec<Vec<u64>>,
    /// Sources that are put together in the last row and column.
    others: usize,
}

impl Matrix {
    /// The sources with the most documents on either side, most first; `flows` counts documents by repeating and
    /// repeated source, `name` says what a source is called. None if there is no flow.
    ///
    /// Names are asked for only where they are shown, so sources can be told apart by something smaller. O(n log n).
    pub(crate) fn new<K: Ord + Copy>(
        flows: &BTreeMap<(K, K), u64>,
        mut name: impl FnMut(K) -> String,
    ) -> Option<Self> {
        let mut totals: BTreeMap<K, u64> = BTreeMap::new();
        for (&(from, to), &count) in flows {
            *totals.entry(from).or_default() += count;
            *totals.entry(to).or_default() += count;
        }
        let mut named: Vec<(u64, String, K)> = {
            let mut ranked: Vec<(u64, K)> = totals.iter().map(|(&key, &total)| (total, key)).collect();
            ranked.sort_unstable_by(|a, b| b.cmp(a));
            ranked.truncate(NAMED_SOURCES);
            ranked.into_iter().map(|(total, key)| (total, name(key), key)).collect()
        };
        if named.is_empty() {
            return None;
        }
        named.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
        let places: BTreeMap<K, usize> =
            named.iter().enumerate().map(|(place, entry)| (entry.2, place)).collect();
        let others = totals.len() - named.len();
        let size = named.len() + usize::from(others > 0);
        let mut counts = vec![vec![0; size]; size];
        let place = |key: &K| places.get(key).copied().unwrap_or(named.len());
        for ((from, to), count) in flows {
            counts[place(from)][place(to)] += count;
        }
        Some(Self { names: named.into_iter().map(|(_, name, _)| name).collect(), counts, others })
    }

    /// What the rows and columns are called.
    pub(crate) fn headings(&self) -> Vec<String> {
        let mut headings = self.names.clone();
        if self.others > 0 {
            headings.push(format!("{} others", crate::number::Grouped(self.others as u64)));
        }
        headings
    }

    /// The rows, in the order of the headings.
    pub(crate) fn rows(&self) -> &[Vec<u64>] {
        &self.counts
    }

    /// The largest count, at least 1.
    pub(crate) fn largest(&self) -> u64 {
        self.counts.iter().flatten().copied().max().unwrap_or(0).max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_sources_are_named_and_no_document_is_lost() {
        let flows: BTreeMap<(u32, u32), u64> = (0..40)
            .flat_map(|from| [((from, from), 1), ((from, (from + 1) % 40), u64::from(from))])
            .collect();
        let matrix = Matrix::new(&flows, |key| format!("s{key}")).unwrap();
        assert_eq!(matrix.headings().len(), NAMED_SOURCES + 1);
        assert_eq!(matrix.headings()[0], "s39");
        assert_eq!(matrix.headings()[NAMED_SOURCES], "28 others");
        let total: u64 = matrix.rows().iter().flatten().sum();
        assert_eq!(total, flows.values().sum::<u64>());
        assert!(Matrix::new(&BTreeMap::<(u32, u32), u64>::new(), |_| String::new()).is_none());
    }
}
