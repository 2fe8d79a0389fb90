//! The shingle sets of a corpus, one after the other in memory.

/// The set of shingle hashes of every document, in corpus order.
///
/// 8 bytes a distinct shingle and document, and 8 bytes a document. Make one a batch, in parallel, and append the
/// batches in order:
///
/// ```
/// use twicetold::similarity::SetCollection;
///
/// let mut sets = SetCollection::default();
/// sets.push(&[5, 3, 5]);
/// let mut batch = SetCollection::default();
/// batch.push(&[]);
/// batch.push(&[4]);
/// sets.append(&batch);
/// assert_eq!(sets.len(), 3);
/// assert_eq!(sets.get(0), [3, 5]);
/// assert!(sets.get(1).is_empty());
/// ```
#[derive(Clone, Debug, Default)]
pub struct SetCollection {
    /// Ascending and distinct within each set.
    hashes: Vec<u64>,
    /// Where each set ends.
    ends: Vec<usize>,
}

impl SetCollection {
    /// Adds the set of the next document, from its shingle hashes in any order, repeats allowed. O(n log n).
    pub fn push(&mut self, hashes: &[u64]) {
        let start = self.hashes.len();
        self.hashes.extend_from_slice(hashes);
        let added = &mut self.hashes[start..];
        added.sort_unstable();
        let distinct = move_distinct_to_front(added);
        self.hashes.truncate(start + distinct);
        self.ends.push(self.hashes.len());
    }

    /// Adds the sets of another collection behind these. Copies it.
    pub fn append(&mut self, other: &Self) {
        let start = self.hashes.len();
        self.hashes.extend_from_slice(&other.hashes);
        self.ends.extend(other.ends.iter().map(|end| start + end));
    }

    /// Number of sets, empty ones included.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is no set.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The hashes of a set, ascending and distinct.
    ///
    /// # Panics
    /// If `index` is not less than [`SetCollection::len`].
    pub fn get(&self, index: usize) -> &[u64] {
        let start = if index == 0 { 0 } else { self.ends[index - 1] };
        &self.hashes[start..self.ends[index]]
    }

    /// The sizes of all sets together.
    pub fn total(&self) -> usize {
        self.hashes.len()
    }
}

/// Brings the first of each run of equal numbers to the front, in order, and returns how many there are.
fn move_distinct_to_front(sorted: &mut [u64]) -> usize {
    let mut distinct = 0;
    for place in 0..sorted.len() {
        if distinct == 0 || sorted[place] != sorted[distinct - 1] {
            sorted[distinct] = sorted[place];
            distinct += 1;
        }
    }
    distinct
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn batches_appended_hold_the_sets_in_order(
            lists in proptest::collection::vec(proptest::collection::vec(0u64..40, 0..50), 0..12), cut in 0usize..12,
        ) {
            let cut = cut.min(lists.len());
            let (mut sets, mut batch) = (SetCollection::default(), SetCollection::default());
            lists[..cut].iter().for_each(|list| sets.push(list));
            lists[cut..].iter().for_each(|list| batch.push(list));
            sets.append(&batch);
            prop_assert_eq!((sets.len(), sets.is_empty()), (lists.len(), lists.is_empty()));
            let mut total = 0;
            for (index, list) in lists.into_iter().enumerate() {
                let tree: Vec<u64> = list.into_iter().collect::<BTreeSet<u64>>().into_iter().collect();
                total += tree.len();
                prop_assert_eq!(sets.get(index), tree);
            }
            prop_assert_eq!(sets.total(), total);
        }
    }
}
