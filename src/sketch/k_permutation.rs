//! MinHash with k independent hash functions: the slow reference that tests compare the sketch with.
//!
//! Source: Broder 1997, "On the resemblance and containment of documents".

use crate::hash;

/// The least hash of the set under each of `slots` functions. O(n k).
pub(super) fn signature(slots: u64, set: &[u64]) -> Vec<u64> {
    (1..=slots)
        .map(|function| {
            let key = hash::mix(function);
            set.iter().map(|&element| hash::mix(element ^ key)).min().unwrap_or(u64::MAX)
        })
        .collect()
}
