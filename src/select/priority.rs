//! Which of two documents that repeat each other stays: an ordered list of keys, corpus order last.
#![allow(
    clippy::cast_possible_truncation,
    reason = "nodes are numbered in 32 bits, and reading refuses more"
)]

use std::fmt;

use rayon::prelude::*;

use crate::corpus::{FieldPath, parse_date};

/// One criterion of priority.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum PriorityKey {
    /// The document with more tokens stays.
    Longest,
    /// The document with the earlier date stays; one without a date goes last.
    Earliest,
    /// The document with the later date stays; one without a date goes last.
    Latest,
    /// The document with the greater number in this field stays; one without goes last.
    Max(FieldPath),
    /// The document with the smaller number in this field stays; one without goes last.
    Min(FieldPath),
    /// The document whose source comes first in this list stays; other sources go last.
    Source(Vec<String>),
}

impl fmt::Display for PriorityKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Longest => write!(f, "longest"),
            Self::Earliest => write!(f, "earliest"),
            Self::Latest => write!(f, "latest"),
            Self::Max(field) => write!(f, "max:{field}"),
            Self::Min(field) => write!(f, "min:{field}"),
            Self::Source(sources) => write!(f, "source:{}", sources.join(",")),
        }
    }
}

/// The rank of what lacks a value: behind everything.
const MISSING: u64 = u64::MAX;

impl PriorityKey {
    /// The field that the key names itself; the others look at fields that the corpus knows.
    pub fn field(&self) -> Option<&FieldPath> {
        match self {
            Self::Max(path) | Self::Min(path) => Some(path),
            _ => None,
        }
    }

    /// The document's rank under this key, lower first. `value` is the field that the key looks at, `tokens`
    /// the length of the text.
    pub fn rank(&self, value: Option<&str>, tokens: u64) -> u64 {
        let number = || value.and_then(|v| v.trim().parse::<f64>().ok()).filter(|n| !n.is_nan());
        let date = || value.and_then(parse_date);
        match self {
            Self::Longest => MISSING - 1 - tokens,
            Self::Earliest => date().map_or(MISSING, ascending_integer),
            Self::Latest => date().map_or(MISSING, |seconds| MISSING - 1 - ascending_integer(seconds)),
            Self::Max(_) => number().map_or(MISSING, |n| MISSING - 1 - ascending_float(n)),
            Self::Min(_) => number().map_or(MISSING, ascending_float),
            Self::Source(preferred) => value
                .and_then(|source| preferred.iter().position(|p| p == source))
                .map_or(MISSING, |place| place as u64),
        }
    }
}

/// Maps integers to unsigned ones in the same order.
fn ascending_integer(value: i64) -> u64 {
    value.cast_unsigned() ^ (1 << 63)
}

/// Maps numbers to unsigned integers in the same order (IEEE 754 totalOrder); below [`MISSING`] for every
/// number, since the greatest is positive infinity.
fn ascending_float(value: f64) -> u64 {
    // Negative and positive zero are equal to a reader.
    let bits = (value + 0.0).to_bits();
    if bits >> 63 == 1 { !bits } else { bits ^ (1 << 63) }
}

/// Documents in priority order: by their ranks under each key in turn, then in corpus order.
///
/// `ranks` holds one column a key, one entry a document. O(n log n).
pub fn priority_order(ranks: &[Vec<u64>], documents: usize) -> Vec<u32> {
    let mut order: Vec<u32> = (0..documents as u32).collect();
    if !ranks.is_empty() {
        let key = |document: u32| ranks.iter().map(move |column| column[document as usize]);
        order.par_sort_unstable_by(|&a, &b| key(a).cmp(key(b)).then(a.cmp(&b)));
    }
    order
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn each_key_orders_as_its_name_says() {
        let less = |key: &PriorityKey, a: Option<&str>, b: Option<&str>| key.rank(a, 3) < key.rank(b, 3);
        let field = FieldPath::new("score").unwrap();
        assert!(PriorityKey::Longest.rank(None, 9) < PriorityKey::Longest.rank(None, 8));
        assert!(less(&PriorityKey::Earliest, Some("2007-01-02"), Some("2007-01-03")));
        assert!(less(&PriorityKey::Latest, Some("2007-01-03"), Some("2007-01-02")));
        assert!(less(&PriorityKey::Latest, Some("1905-01-03"), None));
        assert!(less(&PriorityKey::Max(field.clone()), Some("10"), Some("9.5")));
        assert!(less(&PriorityKey::Min(field.clone()), Some("-10"), Some("9.5")));
        assert!(less(&PriorityKey::Min(field), Some("1e300"), Some("much")));
        let wires = PriorityKey::Source(vec!["AP".into(), "Reuters".into()]);
        assert!(less(&wires, Some("AP"), Some("Reuters")));
        assert!(less(&wires, Some("Reuters"), Some("Gazette")));
    }

    #[test]
    fn later_keys_break_ties_and_corpus_order_breaks_the_rest() {
        let ranks = [vec![1, 0, 1, 1], vec![5, 9, 4, 5]];
        assert_eq!(priority_order(&ranks, 4), [1, 2, 0, 3]);
        assert_eq!(priority_order(&[], 3), [0, 1, 2]);
    }

    proptest! {
        #[test]
        fn numbers_keep_their_order_as_ranks(a in any::<f64>(), b in any::<f64>(), m in any::<i64>(), n in any::<i64>()) {
            prop_assume!(!a.is_nan() && !b.is_nan());
            prop_assert_eq!(a.partial_cmp(&b).unwrap(), ascending_float(a).cmp(&ascending_float(b)));
            prop_assert_eq!(m.cmp(&n), ascending_integer(m).cmp(&ascending_integer(n)));
        }
    }
}
