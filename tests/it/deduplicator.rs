//! The library over documents of the caller, held against the run over files.

use std::num::NonZeroU32;

use proptest::prelude::*;
use serde_json::json;
use twicetold::corpus::{Corpus, OpenOptions};
use twicetold::engine::{Dedup, Matching, Observer, ParagraphMode, ParagraphOptions, TemplateRule};
use twicetold::select::Verification;
use twicetold::{
    Comparing, Containment, Decision, Deduplicator, Document, Error, PriorityKey, Recall, Representatives,
    Threshold,
};

use crate::brute_force::texts;
use crate::sandbox::{Sandbox, story};

/// Documents with sources and dates, some of which are missing or wrong; the first has both, as a field that no record
/// has cannot be named.
fn documents() -> impl Strategy<Value = Vec<Document>> {
    let about = proptest::collection::vec((0usize..4, 0u32..40), 60);
    (texts(60), about).prop_map(|(texts, about)| {
        let make = |(text, (source, day)): (String, (usize, u32))| {
            let mut document = Document::new(text);
            document.source = ["AP", "UPI", "Gazette"].get(source).map(ToString::to_string);
            document.date = (day > 2).then(|| format!("2001-01-{day:02}"));
            document
        };
        let mut documents: Vec<Document> = texts.into_iter().zip(about).map(make).collect();
        if let Some(first) = documents.first_mut() {
            first.source.get_or_insert_with(|| "AP".to_owned());
            first.date.get_or_insert_with(|| "2001-01-15".to_owned());
        }
        documents
    })
}

fn lines(documents: &[Document]) -> String {
    let line = |document: &Document| {
        let mut record = json!({ "text": document.text });
        for (name, value) in [("source", &document.source), ("date", &document.date)] {
            if let Some(value) = value {
                record[name] = value.clone().into();
            }
        }
        format!("{record}\n")
    };
    documents.iter().map(line).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(50))]

    #[test]
    fn it_decides_as_the_run_over_files_does(
        documents in documents(), percent in 40u32..=100, exact in any::<bool>(), estimated in any::<bool>(),
        keys in proptest::sample::subsequence(vec![0, 1, 2], 0..=3), sources in 0u8..3, staying in 0u8..3,
    ) {
        let (threshold, recall) = (f64::from(percent) / 100.0, if exact { 1.0 } else { 0.95 });
        let verification = if estimated { Verification::Signature } else { Verification::Exact };
        let wires = PriorityKey::Source(vec!["AP".into(), "UPI".into()]);
        let all = [PriorityKey::Longest, PriorityKey::Latest, wires];
        let priority: Vec<PriorityKey> = keys.iter().map(|&key| all[key].clone()).collect();

        let comparing = [Comparing::All, Comparing::AcrossSources, Comparing::WithinSources][usize::from(sources)];
        let representatives = match staying {
            0 => Representatives::One,
            1 if comparing != Comparing::AcrossSources => Representatives::PerSource(NonZeroU32::MIN),
            _ => Representatives::Nobody,
        };
        let mut builder = Deduplicator::builder().threshold(threshold).recall(recall).verification(verification)
            .comparing(comparing).representatives(representatives);
        for key in &priority {
            builder = builder.keep(key.clone());
        }
        let deduplicator = builder.build().unwrap();
        let outcome = deduplicator.run(documents.iter().cloned()).unwrap();

        let sandbox = Sandbox::new();
        let path = sandbox.file("in.jsonl", lines(&documents));
        let named = |name: &str| twicetold::corpus::FieldChoice::Named(twicetold::corpus::FieldPath::new(name).unwrap());
        let (source_field, date_field) = (named("source"), named("date"));
        let options = with!(OpenOptions::new(sandbox.path("")), source_field, date_field);
        let corpus = Corpus::open(&[path], &options).unwrap();
        let matching = with!(Matching::default(), threshold: Threshold::new(threshold).unwrap(),
            recall: Recall::new(recall).unwrap(),
            verification);
        let expected = with!(Dedup::default(), matching, comparing, priority, representatives).decide(&corpus, &()).unwrap();
        prop_assert_eq!(outcome.removals(), expected.removals());
        prop_assert_eq!(outcome.spared(), expected.spared());
        prop_assert_eq!(outcome.summary().documents, expected.summary().documents);
        prop_assert_eq!(&outcome.summary().index, &expected.summary().index);
        prop_assert_eq!(outcome.clusters().len() as u64, expected.summary().clusters);

        // In batches of any size, it is the same.
        let mut intake = deduplicator.intake();
        for batch in documents.chunks(7) {
            intake.add(batch).unwrap();
        }
        let batched = intake.decide(&documents, &()).unwrap();
        prop_assert_eq!(batched.removals(), outcome.removals());
        prop_assert_eq!(batched.summary(), outcome.summary());

        let kept: Vec<Document> = outcome.kept().cloned().collect();
        prop_assert_eq!(outcome.documents(), &documents[..]);
        prop_assert_eq!(kept.len() as u64, outcome.summary().documents.kept);
        prop_assert_eq!(outcome.into_kept().collect::<Vec<_>>(), kept);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(30))]

    #[test]
    fn excerpts_templates_paragraphs_and_references_are_those_of_the_run_over_files(
        documents in documents(), references in texts(12), excerpts in any::<bool>(), keep in any::<bool>(),
    ) {
        let paragraphs = with!(ParagraphOptions::default(), mode: ParagraphMode::Remove, min_words: 4);
        let templates = if keep { TemplateRule::Keep } else { TemplateRule::Remove };
        let containment = excerpts.then_some(0.7);
        let mut builder = Deduplicator::builder().recall(1.0).templates(templates).paragraphs(paragraphs);
        if let Some(containment) = containment {
            builder = builder.excerpts(containment);
        }
        let references: Vec<Document> = references.into_iter().map(Document::new).collect();
        let mut intake = builder.build().unwrap().intake();
        intake.add(&documents).unwrap();
        intake.add_references(&references).unwrap();
        prop_assert!(intake.add(&documents).is_err());
        let all: Vec<Document> = documents.iter().chain(&references).cloned().collect();
        let decided = intake.decide(&all, &()).unwrap();

        let sandbox = Sandbox::new();
        let path = sandbox.file("in.jsonl", lines(&documents));
        let against = vec![sandbox.file("reference.jsonl", lines(&references))];
        let options = with!(OpenOptions::new(sandbox.path("")), against);
        let corpus = Corpus::open(&[path], &options).unwrap();
        let matching = with!(Matching::default(), recall: Recall::new(1.0).unwrap(), templates);
        let excerpts = containment.map(|containment| Containment::new(containment).unwrap());
        let expected =
            with!(Dedup::default(), matching, excerpts, paragraphs).decide(&corpus, &()).unwrap();
        prop_assert_eq!(decided.removals(), expected.removals());
        prop_assert_eq!(decided.summary().documents, expected.summary().documents);
        prop_assert_eq!(decided.summary().paragraphs, expected.summary().paragraphs);
        prop_assert_eq!(&decided.summary().excerpts, &expected.summary().excerpts);
        prop_assert_eq!(decided.summary().reference.map(|r| r.removed), expected.summary().reference.map(|r| r.removed));
        let cut: usize = decided.kept_documents().map(|document| decided.cuts(document).len()).sum();
        prop_assert_eq!(cut > 0, decided.summary().paragraphs.unwrap().removed_bytes > 0);
    }
}

#[test]
fn an_observer_ends_a_run_and_an_intake_crosses_threads() {
    struct Impatient;
    impl Observer for Impatient {
        fn is_interrupted(&self) -> bool {
            true
        }
    }
    let deduplicator = Deduplicator::builder().build().unwrap();
    let documents: Vec<Document> = vec!["one two three four five six".into(), "seven".into()];
    let mut intake = deduplicator.intake();
    let (intake, documents) = std::thread::spawn(move || {
        intake.add(&documents).unwrap();
        (intake, documents)
    })
    .join()
    .unwrap();
    assert!(matches!(intake.decide(&documents, &Impatient), Err(Error::Interrupted)));
    let mut intake = deduplicator.intake();
    intake.add(["one", "two", "three"]).unwrap();
    assert!(matches!(intake.decide(&documents, &()), Err(Error::Parameter { .. })), "two are not three");
}

#[test]
fn decisions_are_the_same_for_any_number_of_threads_and_over_many_waves() {
    let texts: Vec<String> = (0..30_000u32)
        .map(|n| format!("{} {}", story(&format!("f{}w", n % 5000), 12), story(&format!("n{}x", n % 11), 1)))
        .collect();
    let deduplicator = Deduplicator::builder().threshold(0.7).build().unwrap();
    let run = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| deduplicator.run(texts.iter().map(String::as_str)).unwrap())
    };
    let (one, three) = (run(1), run(3));
    assert_eq!(one.removals(), three.removals());
    assert_eq!(one.summary().documents.removed, 25_000);
    let Decision::Removed { by, .. } = one.decision(29_999) else { panic!("it repeats document 4999") };
    assert_eq!((by, one.decision(4999)), (4999, Decision::Kept));
}

#[test]
fn nothing_and_empty_texts_are_kept() {
    let deduplicator = Deduplicator::builder().build().unwrap();
    assert_eq!(deduplicator.run(Vec::<Document>::new()).unwrap().documents().len(), 0);
    let outcome = deduplicator.run(["", "...", ""]).unwrap();
    assert_eq!((outcome.removals().len(), outcome.summary().documents.without_tokens), (0, 3));
}

#[test]
fn what_cannot_be_is_refused_when_it_is_built() {
    let field = twicetold::corpus::FieldPath::new("score").unwrap();
    for builder in [
        Deduplicator::builder().threshold(0.0),
        Deduplicator::builder().recall(1.5),
        Deduplicator::builder().hashes(0),
        Deduplicator::builder().keep(PriorityKey::Max(field)),
    ] {
        assert!(matches!(builder.build(), Err(Error::Parameter { .. })));
    }
}
