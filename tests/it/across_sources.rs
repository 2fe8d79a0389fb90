//! Documents compared across sources only: held against the definition, and as its users meet it.

use proptest::prelude::*;
use serde_json::json;
use twicetold::select::Relation;
use twicetold::{Comparing, Decision, Deduplicator, Document};

use crate::brute_force::{jaccard, texts};
use crate::sandbox::{Sandbox, story};

const SOURCES: [&str; 3] = ["AP", "UPI", "Gazette"];

/// Texts that hold exact copies, each with its source; the last of them have none.
fn documents() -> impl Strategy<Value = Vec<Document>> {
    let copies = proptest::collection::vec((any::<proptest::sample::Index>(), any::<bool>()), 60);
    let sources = proptest::collection::vec(0usize..4, 60);
    (texts(60), copies, sources).prop_map(|(texts, copies, sources)| {
        let mut documents: Vec<Document> = Vec::new();
        for ((text, (copied, is_copy)), source) in texts.iter().zip(copies).zip(sources) {
            let text = if is_copy { &texts[copied.index(texts.len())] } else { text };
            let source = SOURCES.get(source).map(ToString::to_string);
            let mut document = Document::new(text.as_str());
            document.source = source;
            documents.push(document);
        }
        documents
    })
}

/// The greedy kept set by its definition.
fn obvious(documents: &[Document], threshold: f64) -> Vec<bool> {
    let mut kept: Vec<&Document> = Vec::new();
    let mut decided = Vec::new();
    for document in documents {
        let repeats = |other: &&Document| {
            other.source != document.source && jaccard(&other.text, &document.text) >= threshold
        };
        let stays = !kept.iter().any(repeats);
        if stays {
            kept.push(document);
        }
        decided.push(stays);
    }
    decided
}

fn deduplicator(threshold: f64, recall: f64) -> Deduplicator {
    let builder = Deduplicator::builder().threshold(threshold).recall(recall);
    builder.comparing(Comparing::AcrossSources).build().unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(80))]

    #[test]
    fn a_document_stays_unless_one_of_another_source_is_like_it(documents in documents(), percent in 20u32..=100) {
        let threshold = f64::from(percent) / 100.0;
        let outcome = deduplicator(threshold, 1.0).run(documents.clone()).unwrap();
        let kept: Vec<bool> = outcome.decisions().map(|decision| decision == Decision::Kept).collect();
        prop_assert_eq!(kept, obvious(&documents, threshold));
    }

    #[test]
    fn every_removal_is_justified_by_a_kept_document_of_another_source(
        documents in documents(), percent in 40u32..=100,
    ) {
        let threshold = f64::from(percent) / 100.0;
        let outcome = deduplicator(threshold, 0.99).run(documents.clone()).unwrap();
        for (document, decision) in documents.iter().zip(outcome.decisions()) {
            let Decision::Removed { by, similarity, relation } = decision else { continue };
            let other = &documents[by];
            prop_assert_eq!(outcome.decision(by), Decision::Kept);
            prop_assert_ne!(&document.source, &other.source);
            prop_assert_eq!(similarity, jaccard(&document.text, &other.text));
            prop_assert!(similarity >= threshold);
            prop_assert_eq!(relation == Relation::Exact, document.text == other.text);
        }
    }
}

/// One of thousands of texts that differ in three words of sixty, which come from small lists.
fn form(n: usize) -> String {
    let mut words: Vec<String> = (0..60).map(|word| format!("w{word}")).collect();
    for (place, word) in [(10, n % 28), (30, n / 28 % 28), (50, n / 784)] {
        words[place] = format!("p{place}v{word}");
    }
    words.join(" ")
}

#[test]
fn a_large_family_of_one_source_costs_no_square() {
    let family = || (0..20_000).map(|n| Document::new(form(n)).with_source("mill"));
    let few = |numbers: [usize; 3]| numbers.map(|n| Document::new(form(n)).with_source("paper"));
    for recall in [0.99, 1.0] {
        let deduplicator = deduplicator(0.5, recall);
        // Those that come first stay, with all of their source.
        let outcome = deduplicator.run(family().chain(few([20_100, 20_200, 7]))).unwrap();
        assert_eq!(outcome.removals().len(), 3);
        assert!(outcome.removals().iter().all(|removal| removal.document.index() >= 20_000));
        assert_eq!(
            outcome.decision(20_002),
            Decision::Removed { by: 7, similarity: 1.0, relation: Relation::Exact }
        );
        let outcome = deduplicator.run(few([20_100, 20_200, 7]).into_iter().chain(family())).unwrap();
        assert_eq!(outcome.removals().len(), 20_000);
        assert!(outcome.removals().iter().all(|removal| removal.by.index() < 3));
        assert_eq!(outcome.summary().clusters, 3);
    }
}

fn line(id: &str, source: &str, text: &str) -> String {
    format!("{}\n", json!({ "id": id, "source": source, "text": text }))
}

#[test]
fn copies_within_a_source_stay_and_those_of_another_go() {
    let sandbox = Sandbox::new();
    let (text, other) = (story("a", 40), story("b", 40));
    let records = [
        line("1", "AP", &text),
        line("2", "AP", &text.to_uppercase()),
        line("3", "UPI", &text),
        line("4", "UPI", &other),
        line("5", "AP", &text),
        line("6", "UPI", &other.replace("b0 ", "x ")),
        line("7", "AP", &other),
        line("8", "AP", &other),
    ];
    sandbox.file("in.jsonl", records.concat());
    sandbox.run(&["dedup", "in.jsonl", "-o", "out", "--cross-source-only"]).expect(0);
    let removed: Vec<[String; 3]> = sandbox
        .lines("out/removed.jsonl")
        .iter()
        .map(|line| ["id", "kept_id", "relation"].map(|name| line[name].as_str().unwrap().to_owned()))
        .collect();
    assert_eq!(removed, [["3", "1", "exact"], ["7", "4", "exact"], ["8", "4", "exact"]]);
    assert_eq!(sandbox.json("out/summary.json")["parameters"]["cross_source_only"], true);

    // A reference is compared with all, whatever its source.
    sandbox.file("old.jsonl", line("r", "AP", &text));
    let arguments = ["scan", "in.jsonl", "-o", "out2", "--cross-source-only", "--against", "old.jsonl"];
    sandbox.run(&arguments).expect(0);
    let by_reference = sandbox.lines("out2/removed.jsonl");
    let by_reference =
        by_reference.iter().filter(|line| line["reference"] == true && line["relation"] == "exact");
    assert_eq!(by_reference.count(), 4);
}

#[test]
fn the_output_is_the_same_for_any_threads_and_memory() {
    let sandbox = Sandbox::new();
    let mut lines = String::new();
    for n in 0..6000 {
        let text = if n % 4 == 0 { form(n) } else { story(&format!("f{}w", n % 1500), 12 + n % 3) };
        lines.push_str(&line(&format!("d{n}"), SOURCES[n / 2 % 3], &text));
    }
    sandbox.file("in.jsonl", lines);
    let output = |name: &str, more: &[&str]| {
        let arguments =
            ["dedup", "in.jsonl", "-o", name, "--quiet", "--cross-source-only", "--keep", "longest"];
        sandbox.run(&[&arguments[..], more].concat()).expect(0);
        let mut tree = sandbox.tree(name);
        tree.retain(|(name, _)| name != "timing.json");
        tree
    };
    let expected = output("out", &[]);
    let summary = sandbox.json("out/summary.json");
    assert!(summary["documents"]["removed"].as_u64().unwrap() > 1000, "{summary:#}");
    assert!(summary["index"]["crowded"].as_u64().unwrap() > 1000, "{summary:#}");
    assert!(expected == output("one", &["--threads", "1"]));
    assert!(expected == output("five", &["--threads", "5"]));
    assert!(expected == output("bounded", &["--memory", "24M"]));
}

#[test]
fn what_has_no_sources_is_refused() {
    let sandbox = Sandbox::new();
    sandbox.file("in.jsonl", "{\"text\": \"a b c\"}\n");
    sandbox.file("told.jsonl", line("1", "AP", "a b c"));
    for (arguments, message) in [
        (&["in.jsonl"][..], "source-field is not given, and none of the usual names is in the first record"),
        (&["told.jsonl", "--paragraphs", "remove"], "cross-source-only is given with paragraphs"),
        (&["told.jsonl", "--dry-run"], "dry-run is given with cross-source-only"),
    ] {
        let run =
            sandbox.run(&[&["dedup", "-o", "out", "--cross-source-only"], arguments].concat()).expect(2);
        assert!(run.stderr.contains(message), "{arguments:?} says:\n{}", run.stderr);
        assert!(!sandbox.path("out/summary.json").exists());
    }
}
