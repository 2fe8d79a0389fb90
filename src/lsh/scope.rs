//! Which nodes are compared with which.
#![allow(
    clippy::cast_possible_truncation,
    reason = "nodes are numbered in 32 bits, and reading refuses more"
)]

/// Which pairs of nodes count: by default, all.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    pinned: u32,
    /// For each node, the source it is of; none if sources do not matter.
    sources: Option<Vec<u32>>,
    /// For each node, the first one of equal tokens, where several nodes may have equal tokens.
    equals: Option<Vec<u32>>,
}

impl Scope {
    /// The first `pinned` nodes stay whatever they are like, so they are not compared among themselves.
    pub fn pinned(pinned: u32) -> Self {
        Self { pinned, ..Self::default() }
    }

    /// The same, and other nodes are not compared within their source; `sources` gives that of each node, whatever the
    /// numbers.
    #[must_use]
    pub fn across(self, sources: Vec<u32>) -> Self {
        Self { sources: Some(sources), ..self }
    }

    /// The same, and a node is compared with the first one of equal tokens before any other; `equals` gives that of each
    /// node, which may be itself.
    #[must_use]
    pub fn with_equals(self, equals: Vec<u32>) -> Self {
        Self { equals: Some(equals), ..self }
    }

    /// The first of the nodes of equal tokens, if a node is compared with that.
    pub(crate) fn equal_before(&self, node: u32) -> Option<u32> {
        let first = *self.equals.as_ref()?.get(node as usize)?;
        (first < node && self.compares(node, first)).then_some(first)
    }

    /// How many nodes stay whatever they are like; they are the first ones.
    #[inline]
    pub(crate) fn first_free(&self) -> u32 {
        self.pinned
    }

    /// Whether nodes may stay that are like one another.
    pub(crate) fn keeps_similar(&self) -> bool {
        self.pinned > 0 || self.sources.is_some()
    }

    /// The source within which a node is not compared, if there is one.
    #[inline]
    pub(crate) fn source(&self, node: u32) -> Option<u32> {
        match &self.sources {
            Some(sources) if node >= self.pinned => Some(sources[node as usize]),
            _ => None,
        }
    }

    /// Whether a node is compared with one before it.
    #[inline]
    pub(crate) fn compares(&self, later: u32, earlier: u32) -> bool {
        debug_assert!(earlier < later);
        later >= self.pinned && self.source(later).is_none_or(|source| self.source(earlier) != Some(source))
    }

    /// Whether a bucket, whose entries end with the nodes in ascending order, holds a pair that counts.
    pub(super) fn has_pair(&self, bucket: &[u64]) -> bool {
        let Some((&last, others)) = bucket.split_last() else { return false };
        // Of nodes that are not all of one source, one is of another than the last.
        others.iter().any(|&earlier| self.compares(last as u32, earlier as u32))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_has_a_pair_if_any_two_of_it_are_compared() {
        let sources = vec![0, 0, 1, 1, 2, 1];
        for scope in [
            Scope::default(),
            Scope::pinned(2),
            Scope::pinned(6),
            Scope::default().across(sources.clone()),
            Scope::pinned(2).across(sources),
        ] {
            for subset in 0u32..1 << 6 {
                let bucket: Vec<u64> = (0u64..6).filter(|&node| subset >> node & 1 == 1).collect();
                let pair = |&later: &u64| {
                    bucket
                        .iter()
                        .any(|&earlier| earlier < later && scope.compares(later as u32, earlier as u32))
                };
                assert_eq!(scope.has_pair(&bucket), bucket.iter().any(pair), "{scope:?} {bucket:?}");
            }
        }
    }
}
