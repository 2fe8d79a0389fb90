//! Documents compared across sources only, or within them: held against the definition, and as its users meet it.

use proptest::prelude::*;
use serde_json::json;
use twicetold::select::Relation;
use twicetold::{Comparing, Decision, Deduplicator, Document};

use crate::brute_force::{jaccard, texts};
use crate::sandbox::{Sandbox, story};

const SOURCES: [&str; 3] = ["AP", "UPI", "Gazette"];

/// Texts that hold exact copies, each with its source; the last of them have none.
pub(crate) fn documents() -> impl Strategy<Value = Vec<Document>> {
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

/// The greedy kept set by its definition, among documents of different sources or of the same.
fn obvious(documents: &[Document], comparing: Comparing, threshold: f64) -> Vec<bool> {
    let mut kept: Vec<&Document> = Vec::new();
    let mut decided = Vec::new();
    for document in documents {
        let repeats = |other: &&Document| {
            let are_compared = (other.source != document.source) == (comparing == Comparing::AcrossSources);
            are_compared && jaccard(&other.text, &document.text) >= threshold
        };
        let stays = !kept.iter().any(repeats);
        if stays {
            kept.push(document);
        }
        decided.push(stays);
    }
    decided
}

fn deduplicator(comparing: Comparing, threshold: f64, recall: f64) -> Deduplicator {
    let builder = Deduplicator::builder().threshold(threshold).recall(recall);
    builder.comparing(comparing).build().unwrap()
}

const BOTH: [Comparing; 2] = [Comparing::AcrossSources, Comparing::WithinSources];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(80))]

    #[test]
    fn a_document_stays_unless_one_that_it_is_compared_with_is_like_it(
        documents in documents(), percent in 20u32..=100,
    ) {
        let threshold = f64::from(percent) / 100.0;
        for comparing in BOTH {
            let outcome = deduplicator(comparing, threshold, 1.0).run(documents.clone()).unwrap();
            let kept: Vec<bool> = outcome.decisions().map(|decision| decision == Decision::Kept).collect();
            prop_assert_eq!(kept, obvious(&documents, comparing, threshold));
        }
    }

    #[test]
    fn every_removal_is_justified_by_a_kept_document_that_it_is_compared_with(
        documents in documents(), percent in 40u32..=100, comparing in proptest::sample::select(&BOTH[..]),
    ) {
        let threshold = f64::from(percent) / 100.0;
        let outcome = deduplicator(comparing, threshold, 0.99).run(documents.clone()).unwrap();
        for (document, decision) in documents.iter().zip(outcome.decisions()) {
            let Decision::Removed { by, similarity, relation } = decision else { continue };
            let other = &documents[by];
            prop_assert_eq!(outcome.decision(by), Decision::Kept);
            prop_assert_eq!(document.source == other.source, comparing == Comparing::WithinSources);
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
        let deduplicator = deduplicator(Comparing::AcrossSources, 0.5, recall);
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

#[test]
fn a_large_family_of_many_sources_costs_no_square() {
    // A mill's forms are met by the few of another paper, which are of a source of their own, and by one of the mill.
    let family = (0..20_000).map(|n| Document::new(form(n)).with_source(format!("mill{n}")));
    let one = [Document::new(form(3)).with_source("mill5"), Document::new(form(5)).with_source("mill5")];
    for recall in [0.99, 1.0] {
        let outcome = deduplicator(Comparing::WithinSources, 0.5, recall)
            .run(family.clone().chain(one.clone()))
            .unwrap();
        let removed = outcome.removals().iter().map(|removal| (removal.document.index(), removal.by.index()));
        assert_eq!(removed.collect::<Vec<_>>(), [(20_000, 5), (20_001, 5)], "{recall}");
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
fn copies_of_another_source_stay_and_those_of_the_same_go() {
    let sandbox = Sandbox::new();
    let (text, other) = (story("a", 40), story("b", 40));
    let records = [
        line("1", "AP", &text),
        line("2", "UPI", &text),
        line("3", "AP", &text.to_uppercase()),
        line("4", "UPI", &text.replace("a0 ", "x ")),
        json!({ "id": "5", "text": text }).to_string() + "\n",
        json!({ "id": "6", "text": text, "source": null }).to_string() + "\n",
        json!({ "id": "7", "text": other, "source": "" }).to_string() + "\n",
        line("8", "AP", &other),
    ];
    sandbox.file("in.jsonl", records.concat());
    sandbox.run(&["dedup", "in.jsonl", "-o", "out", "--within-source-only"]).expect(0);
    let removed: Vec<[String; 3]> = sandbox
        .lines("out/removed.jsonl")
        .iter()
        .map(|line| ["id", "kept_id", "relation"].map(|name| line[name].as_str().unwrap().to_owned()))
        .collect();
    // Documents without a source count as of one.
    assert_eq!(removed, [["3", "1", "exact"], ["4", "2", "near"], ["6", "5", "exact"]]);
    assert_eq!(sandbox.json("out/summary.json")["parameters"]["within_source_only"], true);

    // A reference is compared with all, whatever its source.
    sandbox.file("old.jsonl", line("r", "Gazette", &text));
    let arguments = ["scan", "in.jsonl", "-o", "out2", "--within-source-only", "--against", "old.jsonl"];
    sandbox.run(&arguments).expect(0);
    let by_reference = sandbox.lines("out2/removed.jsonl");
    assert_eq!(by_reference.iter().filter(|line| line["reference"] == true).count(), 6);
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
    for flag in ["--cross-source-only", "--within-source-only"] {
        the_same_for_any_threads_and_memory(&sandbox, flag);
    }
}

fn the_same_for_any_threads_and_memory(sandbox: &Sandbox, flag: &str) {
    let output = |name: &str, more: &[&str]| {
        let arguments =
            ["dedup", "in.jsonl", "-o", name, "--quiet", "--overwrite", flag, "--keep", "longest"];
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
        (&["told.jsonl", "--paragraphs", "remove"], "FLAG is given with paragraphs"),
        (&["told.jsonl", "--remove-excerpts"], "FLAG is given with remove-excerpts"),
        (&["told.jsonl", "--dry-run"], "dry-run is given with FLAG"),
    ] {
        for flag in ["cross-source-only", "within-source-only"] {
            let named = format!("--{flag}");
            let run = sandbox.run(&[&["dedup", "-o", "out", &named], arguments].concat()).expect(2);
            let message = message.replace("FLAG", flag);
            assert!(run.stderr.contains(&message), "{arguments:?} says:\n{}", run.stderr);
            assert!(!sandbox.path("out/summary.json").exists());
        }
    }
    let both = ["dedup", "told.jsonl", "-o", "out", "--cross-source-only", "--within-source-only"];
    let run = sandbox.run(&both).expect(2);
    assert!(run.stderr.contains("no two documents would be compared"), "{}", run.stderr);
}
