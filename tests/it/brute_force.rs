//! Similarity by its definition, and small corpora in which it straddles any threshold.
#![allow(clippy::cast_precision_loss, reason = "small numbers of a test")]

use std::collections::BTreeSet;

use proptest::prelude::*;

/// Texts of families that share most words, so that similarities straddle the threshold.
pub(crate) fn texts(most: usize) -> impl Strategy<Value = Vec<String>> {
    let text = (0u32..5, 5u32..40, proptest::collection::vec((0u32..60, 0u32..4), 0..6));
    let make = |(family, length, changes): (u32, u32, Vec<(u32, u32)>)| {
        let mut words: Vec<String> = (0..length).map(|n| format!("f{family}w{n}")).collect();
        for (place, word) in changes {
            if let Some(old) = words.get_mut(place as usize) {
                *old = format!("other{word}");
            }
        }
        words.join(" ")
    };
    proptest::collection::vec(text.prop_map(make), 1..most)
}

fn shingles(text: &str) -> BTreeSet<Vec<&str>> {
    let words: Vec<&str> = text.split(' ').collect();
    if words.len() < 5 { BTreeSet::from([words]) } else { words.windows(5).map(<[&str]>::to_vec).collect() }
}

/// The Jaccard similarity of the shingle sets.
pub(crate) fn jaccard(a: &str, b: &str) -> f64 {
    let (a, b) = (shingles(a), shingles(b));
    let shared = a.intersection(&b).count();
    shared as f64 / (a.len() + b.len() - shared) as f64
}

/// Texts as JSON Lines.
pub(crate) fn lines(texts: &[String]) -> String {
    let lines: Vec<String> =
        texts.iter().map(|text| serde_json::json!({ "text": text }).to_string()).collect();
    lines.join("\n")
}

/// Texts of which each is 0.8 or hardly more similar to the one behind or before it, and nothing like any other.
pub(crate) fn pairs_at_four_fifths(pairs: u32) -> Vec<String> {
    let mut texts = Vec::new();
    for topic in 0..pairs {
        let words: Vec<String> = (0..49).map(|n| format!("t{topic}w{n}")).collect();
        // Four shingles lie in the change at the end, one in that at the start: 40 of 50 are shared.
        let mut changed = words.clone();
        "x".clone_into(&mut changed[0]);
        "y".clone_into(&mut changed[45]);
        texts.extend([words.join(" "), changed.join(" ")]);
    }
    texts
}
