//! What shapes of input cost that are known to be bad, counted in bytes of texts that are read again and not in seconds.
//!
//! Of each shape there is a corpus and one of twice the size: what is read for the second is at most 2.3 times what is
//! read for the first.
#![allow(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "counts of small corpora")]

use std::sync::atomic::{AtomicU64, Ordering};

use twicetold::engine::{ParagraphMode, ParagraphOptions};
use twicetold::{Deduplicator, DeduplicatorBuilder, DocumentId, DocumentStore, Result};

/// Texts that are decoded whenever they are asked for; counts their bytes.
struct CountedTexts {
    texts: Vec<String>,
    decoded: AtomicU64,
}

impl DocumentStore for CountedTexts {
    fn count(&self) -> usize {
        self.texts.len()
    }

    fn read<'s>(&'s self, document: DocumentId, buffer: &mut String) -> Result<Option<&'s str>> {
        buffer.clear();
        buffer.push_str(&self.texts[document.index()]);
        self.decoded.fetch_add(buffer.len() as u64, Ordering::Relaxed);
        Ok(None)
    }
}

/// Numbers that look like chance and are the same in every run.
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % end
    }

    fn words(&mut self, count: usize) -> Vec<String> {
        (0..count).map(|_| format!("w{}", self.below(50_000))).collect()
    }
}

/// Bytes that a run over some texts reads again, each byte of the texts counting once.
fn decoded(builder: &DeduplicatorBuilder, texts: Vec<String>) -> u64 {
    let mut intake = builder.clone().build().unwrap().intake();
    intake.add(texts.iter().map(String::as_str)).unwrap();
    let store = CountedTexts { texts, decoded: AtomicU64::new(0) };
    // One thread, so that what threads keep at hand makes no difference.
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    pool.install(|| intake.decide(&store, &()).map(drop)).unwrap();
    store.decoded.into_inner()
}

/// Checks that twice as much costs about twice as much.
fn grows_with_the_input(builder: &DeduplicatorBuilder, size: usize, shape: impl Fn(usize) -> Vec<String>) {
    let bytes: usize = shape(size).iter().map(String::len).sum();
    let (once, twice) = (decoded(builder, shape(size)), decoded(builder, shape(2 * size)));
    let limit = once as f64 * 2.3 + 2.0 * bytes as f64;
    assert!(twice as f64 <= limit, "{size}: {bytes} bytes of text, {once} read again; twice that: {twice}");
}

fn removing_paragraphs() -> DeduplicatorBuilder {
    let paragraphs = with!(ParagraphOptions::default(), mode: ParagraphMode::Remove);
    Deduplicator::builder().paragraphs(paragraphs)
}

#[test]
fn lines_of_one_document() {
    grows_with_the_input(&removing_paragraphs(), 2000, |count| {
        let mut chance = Chance(1);
        let lines: Vec<String> = (0..count).map(|_| chance.words(4).join(" ")).collect();
        vec![[lines.join("\n"), lines.join("\n")].join("\n")]
    });
}

#[test]
fn nearly_equal_paragraphs_of_one_document() {
    grows_with_the_input(&removing_paragraphs(), 400, |count| {
        let mut chance = Chance(2);
        let base = chance.words(40);
        let paragraphs: Vec<String> = (0..count)
            .map(|_| {
                let mut words = base.clone();
                words.insert(chance.below(40), chance.words(1).remove(0));
                words.join(" ")
            })
            .collect();
        vec![paragraphs.join("\n\n")]
    });
}

#[test]
fn short_lines_between_paragraphs_that_repeat() {
    grows_with_the_input(&removing_paragraphs(), 500, |count| {
        let mut chance = Chance(9);
        let mut part = |_| format!("{}\n\n{}", chance.words(3).join(" "), chance.words(20).join(" "));
        let parts: Vec<String> = (0..count).map(&mut part).collect();
        vec![[parts.join("\n\n"), parts.join("\n\n")].join("\n\n")]
    });
}

#[test]
fn a_paragraph_that_all_documents_hold() {
    grows_with_the_input(&removing_paragraphs(), 500, |count| {
        let mut chance = Chance(10);
        let notice = chance.words(20).join(" ");
        let own = |_| format!("{}\n\n{notice}\n\n{}", chance.words(40).join(" "), chance.words(40).join(" "));
        (0..count).map(own).collect()
    });
}

#[test]
fn identical_documents() {
    grows_with_the_input(&Deduplicator::builder(), 2000, |count| vec![Chance(3).words(200).join(" "); count]);
}

#[test]
fn copies_with_a_word_changed() {
    grows_with_the_input(&Deduplicator::builder(), 1000, |count| {
        let mut chance = Chance(4);
        let base = chance.words(200);
        let copy = |_| {
            let mut words = base.clone();
            words[chance.below(200)] = chance.words(1).remove(0);
            words.join(" ")
        };
        (0..count).map(copy).collect()
    });
}

#[test]
fn a_footer_of_all_documents() {
    grows_with_the_input(&Deduplicator::builder().excerpts(0.6), 500, |count| {
        let mut chance = Chance(5);
        let footer = chance.words(200).join(" ");
        (0..count).map(|_| format!("{}\n\n{footer}", chance.words(100).join(" "))).collect()
    });
}

#[test]
fn a_family_just_below_the_threshold() {
    grows_with_the_input(&Deduplicator::builder().threshold(0.8), 500, |count| {
        let mut chance = Chance(6);
        let base = chance.words(174);
        (0..count).map(|_| [base.clone(), chance.words(22)].concat().join(" ")).collect()
    });
}

#[test]
fn a_family_with_words_exchanged_at_scattered_places() {
    grows_with_the_input(&Deduplicator::builder().threshold(0.9), 3000, |count| {
        let mut chance = Chance(7);
        let base = chance.words(200);
        let text = |_| {
            let mut words = base.clone();
            for _ in 0..3 {
                words[chance.below(200)] = chance.words(1).remove(0);
            }
            words.join(" ")
        };
        (0..count).map(text).collect()
    });
}

#[test]
fn a_family_of_unequal_sizes() {
    grows_with_the_input(&Deduplicator::builder().threshold(0.8), 500, |count| {
        let mut chance = Chance(8);
        let base = chance.words(150);
        let text = |_| {
            let own = 5 + chance.below(75);
            [base.clone(), chance.words(own)].concat().join(" ")
        };
        (0..count).map(text).collect()
    });
}

/// Each text is read once for what it holds, and again only where it goes: what all items begin with makes none go.
#[test]
fn documents_with_what_all_items_of_a_reference_begin_with() {
    let mut chance = Chance(7);
    let begin = chance.words(60).join(" ");
    let mut texts = |count: usize, own: usize| -> Vec<String> {
        (0..count).map(|_| format!("{begin} {}", chance.words(own).join(" "))).collect()
    };
    let (documents, items) = (texts(400, 90), texts(2000, 20));
    let bytes: usize = documents.iter().chain(&items).map(String::len).sum();
    let decoded = |builder: DeduplicatorBuilder| {
        let mut intake = builder.build().unwrap().intake();
        intake.add(documents.iter().map(String::as_str)).unwrap();
        intake.add_references(items.iter().map(String::as_str)).unwrap();
        let texts = [&documents[..], &items].concat();
        let store = CountedTexts { texts, decoded: AtomicU64::new(0) };
        let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
        let decided = pool.install(|| intake.decide(&store, &()).unwrap());
        assert!(decided.removals().is_empty());
        store.decoded.into_inner() as usize
    };
    let plain = decoded(Deduplicator::builder());
    let searched = decoded(Deduplicator::builder().contained(0.8, None));
    assert_eq!(searched, plain + bytes);
}
