//! Which nodes are compared with which.
use crate::error::Result;
use crate::hash;

/// Which pairs of nodes count: by default, all.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    pinned: u32,
    /// For each node, the source it is of; none if sources do not matter.
    sources: Option<Vec<u32>>,
    /// Which nodes these set apart.
    apart: SourcesApart,
    /// For each node, the first one of equal tokens, where several nodes may have equal tokens.
    equals: Option<Vec<u32>>,
}

/// Which nodes are not compared on account of their sources.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum SourcesApart {
    /// Those of one source.
    #[default]
    Equal,
    /// Those of different ones.
    Different,
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
        Self { sources: Some(sources), apart: SourcesApart::Equal, ..self }
    }

    /// The same, and other nodes are compared within their source only.
    #[must_use]
    pub fn within(self, sources: Vec<u32>) -> Self {
        Self { sources: Some(sources), apart: SourcesApart::Different, ..self }
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

    /// The source of a node that does not stay whatever it is like, if sources matter.
    #[inline]
    fn source(&self, node: u32) -> Option<u32> {
        match &self.sources {
            Some(sources) if node >= self.pinned => Some(sources[node as usize]),
            _ => None,
        }
    }

    /// The source within which a node is not compared, if there is one.
    #[inline]
    pub(crate) fn source_not_compared(&self, node: u32) -> Option<u32> {
        self.source(node).filter(|_| self.apart == SourcesApart::Equal)
    }

    /// A shingle as an index of nodes has it in which those that are not compared on account of different sources are to share
    /// nothing: one for each source that is compared with itself only.
    #[inline]
    pub(crate) fn key(&self, node: u32, shingle: u64) -> u64 {
        match self.source(node) {
            Some(source) if self.apart == SourcesApart::Different => {
                hash::chain(hash::spread(source.into()), shingle)
            }
            _ => shingle,
        }
    }

    /// Whether a node is compared with one before it.
    #[inline]
    pub(crate) fn compares(&self, later: u32, earlier: u32) -> bool {
        debug_assert!(earlier < later);
        let (own, other) = (self.source(later), self.source(earlier));
        let are_apart = || match self.apart {
            SourcesApart::Equal => own == other,
            SourcesApart::Different => own != other,
        };
        later >= self.pinned && (own.is_none() || other.is_none() || !are_apart())
    }

    /// Hands over the parts of a bucket, given as nodes in ascending order, that hold a pair that counts; every such pair is
    /// in one. The nodes that stay whatever they are like are in every part, and so the bucket is one part if these are more
    /// than `most_pinned`.
    pub(super) fn parts(
        &self,
        bucket: &[u32],
        most_pinned: usize,
        mut part: impl FnMut(&[u32]) -> Result<()>,
    ) -> Result<()> {
        if self.apart == SourcesApart::Equal {
            let Some((&last, others)) = bucket.split_last() else { return Ok(()) };
            // Of nodes that are not all of one source, one is of another than the last.
            let has_pair = others.iter().any(|&earlier| self.compares(last, earlier));
            return if has_pair { part(bucket) } else { Ok(()) };
        }
        let (pinned, free) = bucket.split_at(bucket.partition_point(|&node| node < self.pinned));
        if pinned.len() > most_pinned {
            return if free.is_empty() { Ok(()) } else { part(bucket) };
        }
        let mut free = free.to_vec();
        free.sort_unstable_by_key(|&node| (self.source(node), node));
        for of_source in free.chunk_by(|&a, &b| self.source(a) == self.source(b)) {
            if pinned.len() + of_source.len() > 1 {
                part(&[pinned, of_source].concat())?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_of_a_bucket_hold_all_pairs_that_are_compared() {
        let sources = vec![0, 0, 1, 1, 2, 1];
        for scope in [
            Scope::default(),
            Scope::pinned(2),
            Scope::pinned(6),
            Scope::default().across(sources.clone()),
            Scope::pinned(2).across(sources.clone()),
            Scope::default().within(sources.clone()),
            Scope::pinned(2).within(sources.clone()),
            Scope::pinned(6).within(sources),
        ] {
            for subset in 0u32..1 << 6 {
                let bucket: Vec<u32> = (0u32..6).filter(|&node| subset >> node & 1 == 1).collect();
                let pairs = |nodes: &[u32]| {
                    let before = |&later: &u32| nodes.iter().map(move |&earlier| (later, earlier));
                    let all = nodes.iter().flat_map(before).filter(|(later, earlier)| earlier < later);
                    all.filter(|&(later, earlier)| scope.compares(later, earlier)).collect::<Vec<_>>()
                };
                let mut expected = pairs(&bucket);
                expected.sort_unstable();
                for most_pinned in [0, 1, 9] {
                    let mut found = Vec::new();
                    let mut take = |part: &[u32]| {
                        assert!(part.is_sorted() && !pairs(part).is_empty(), "{scope:?} {part:?}");
                        found.extend(pairs(part));
                        Ok(())
                    };
                    scope.parts(&bucket, most_pinned, &mut take).unwrap();
                    found.sort_unstable();
                    assert_eq!(found, expected, "{scope:?} {bucket:?}");
                }
            }
        }
    }
}
