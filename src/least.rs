//! The first so many of some items, without sorting the others.

use std::cmp::Ordering;

/// The first `limit` of some items in an order in which no two are equal, in that order. O(n) time, O(limit) memory.
pub(crate) fn least<T>(
    items: impl IntoIterator<Item = T>,
    limit: usize,
    order: impl Fn(&T, &T) -> Ordering,
) -> Vec<T> {
    let mut first = Vec::new();
    for item in items {
        first.push(item);
        if first.len() > 2 * limit {
            leave_least(&mut first, limit, &order);
        }
    }
    first.sort_unstable_by(&order);
    first.truncate(limit);
    first
}

/// Leaves the first `limit` of some items, in any order.
pub(crate) fn leave_least<T>(items: &mut Vec<T>, limit: usize, order: impl Fn(&T, &T) -> Ordering) {
    if items.len() > limit {
        items.select_nth_unstable_by(limit, order);
        items.truncate(limit);
    }
}
