//! Relations in words.

use std::ops::Range;

use super::comparison::AlignedTexts;
use super::facts::WordKind;
use super::related::Related;
use super::slots::Exchange;
use crate::relation::Relation;

/// Exchanges that a reason names.
const EXAMPLES: usize = 3;

/// Why the pair is related as it is.
pub(super) fn reason(related: &Related, comparison: &AlignedTexts<'_>) -> String {
    let [a, b] = related.words;
    match related.relation {
        None if a == 0 || b == 0 => "a text without a word repeats nothing".to_owned(),
        None => "no passage is shared".to_owned(),
        Some(Relation::Exact) => format!("the same {}", counted(a, "word")),
        Some(Relation::Near) => near(comparison, a.max(b)),
        Some(Relation::Template) => template(comparison),
        Some(Relation::Excerpt) => contained(related.contained[0], a, b, "is in the longer text"),
        Some(Relation::Expansion) => contained(related.contained[1], b, a, "of the shorter text is in it"),
        Some(Relation::Passages) => passages(related),
    }
}

fn near(comparison: &AlignedTexts<'_>, words: usize) -> String {
    if comparison.slots.is_empty() {
        return format!("the same {}, written in other bytes", counted(words, "word"));
    }
    let differing: usize = comparison.slots.iter().map(|slot| slot.a.len().max(slot.b.len())).sum();
    let facts = comparison.slots.iter().all(|slot| {
        [(0, &slot.a), (1, &slot.b)].into_iter().all(|(side, words)| {
            comparison.vocabulary.kinds(side, words.clone()).iter().all(|&kind| kind != WordKind::Plain)
        })
    });
    let what = if facts { ", all numbers, names or dates" } else { "" };
    let places = counted(comparison.slots.len(), "place");
    format!("differs in {differing} of {}{what}, at {places}", counted(words, "word"))
}

fn template(comparison: &AlignedTexts<'_>) -> String {
    let facts = &comparison.exchanges.facts;
    if let Some(filled) = comparison.filled.as_ref().filter(|_| !comparison.is_template()) {
        let shown = filled.slots.iter().take(EXAMPLES);
        let examples: Vec<String> = shown
            .map(|slot| format!("{} / {}", cut(comparison, 0, &slot.a), cut(comparison, 1, &slot.b)))
            .collect();
        return format!(
            "the same form with other facts: {} documents of the corpus or more have two fifths of it, and these two differ at {} where all of them do, such as {}",
            filled.documents,
            counted(filled.slots.len(), "place"),
            examples.join(", ")
        );
    }
    let places: usize = facts.iter().map(|exchange| exchange.places).sum();
    // What was exchanged most often says best what the texts are about.
    let mut telling: Vec<&Exchange> = facts.iter().collect();
    telling.sort_by_key(|exchange| (exchange.kind == WordKind::Number, std::cmp::Reverse(exchange.places)));
    let examples: Vec<String> = telling
        .into_iter()
        .take(EXAMPLES)
        .map(|exchange| {
            let (a, b) = (cut(comparison, 0, &exchange.a), cut(comparison, 1, &exchange.b));
            let often =
                if exchange.places > 1 { format!(" ({} times)", exchange.places) } else { String::new() };
            format!("{a} / {b}{often}")
        })
        .collect();
    format!(
        "the same form with other facts: names or numbers are exchanged at {}, such as {}",
        counted(places, "place"),
        examples.join(", ")
    )
}

/// The text of some words, with single spaces.
fn cut(comparison: &AlignedTexts<'_>, side: usize, words: &Range<usize>) -> String {
    let tokens = comparison.tokens[side][words.clone()].iter();
    let words: Vec<&str> = tokens.map(|token| comparison.vocabulary.word(side, token)).collect();
    format!("“{}”", words.join(" "))
}

fn contained(share: f64, shorter: usize, longer: usize, what: &str) -> String {
    format!("{} {what}: {shorter} words against {longer}", percent(share))
}

fn passages(related: &Related) -> String {
    let [own_a, own_b] = related.own();
    format!(
        "{} shared: {} of the first text, {} of the second",
        if related.passages.len() == 1 {
            "a passage is".to_owned()
        } else {
            format!("{} passages are", related.passages.len())
        },
        percent(1.0 - own_a),
        percent(1.0 - own_b)
    )
}

fn percent(share: f64) -> String {
    format!("{:.0} %", share * 100.0)
}

fn counted(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}
