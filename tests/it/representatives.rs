//! How many documents of a cluster stay, and how many each stands for: held against the definition, and as its users meet
//! it.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU32;

use proptest::prelude::*;
use serde_json::{Value, json};
use twicetold::{
    Comparing, Decision, Deduplicated, Deduplicator, DeduplicatorBuilder, Document, PriorityKey, Removal,
    Representatives,
};

use crate::across_sources::documents;
use crate::sandbox::{Sandbox, story};

fn per_source(most: u32) -> Representatives {
    Representatives::PerSource(NonZeroU32::new(most).unwrap())
}

fn run(
    builder: DeduplicatorBuilder,
    representatives: Representatives,
    documents: &[Document],
) -> Deduplicated {
    builder.representatives(representatives).build().unwrap().run(documents.to_vec()).unwrap()
}

/// Which documents stay by the definition, given the removals by which one of each cluster does, and the documents in
/// priority order.
fn stay_per_source(
    documents: &[Document],
    removals: &[Removal],
    by_priority: &[usize],
    most: usize,
) -> BTreeSet<usize> {
    let by: BTreeMap<usize, usize> =
        removals.iter().map(|removal| (removal.document.index(), removal.by.index())).collect();
    let mut stay: BTreeSet<usize> = (0..documents.len()).filter(|one| !by.contains_key(one)).collect();
    for &document in by_priority {
        let Some(kept) = by.get(&document) else { continue };
        let of_source = |&&one: &&usize| {
            documents[one].source == documents[document].source
                && (one == *kept || by.get(&one) == Some(kept))
        };
        if stay.iter().filter(of_source).count() < most {
            stay.insert(document);
        }
    }
    stay
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(80))]

    #[test]
    fn each_source_keeps_so_many_of_a_cluster(
        documents in documents(), percent in 20u32..=90, most in 1u32..4, longest in any::<bool>(),
        excerpts in any::<bool>(), within in any::<bool>(),
    ) {
        let mut builder = Deduplicator::builder().threshold(f64::from(percent) / 100.0).recall(1.0);
        let mut by_priority: Vec<usize> = (0..documents.len()).collect();
        if longest {
            builder = builder.keep(PriorityKey::Longest);
            by_priority.sort_by_key(|&one| std::cmp::Reverse(documents[one].text.split(' ').count()));
        }
        if within {
            builder = builder.comparing(Comparing::WithinSources);
        } else if excerpts {
            builder = builder.excerpts(0.7);
        }
        let one = run(builder.clone(), Representatives::One, &documents);
        let some = run(builder, per_source(most), &documents);
        let expected = stay_per_source(&documents, one.removals(), &by_priority, most as usize);
        prop_assert_eq!(some.kept_documents().collect::<BTreeSet<_>>(), expected);
        // All that goes, and all that stays, is what it is where one of each cluster stays.
        let mut all = [some.removals(), some.spared()].concat();
        all.sort_by_key(|removal| removal.document);
        prop_assert_eq!(&all[..], one.removals());
        let counts = some.summary().documents;
        prop_assert_eq!(counts.kept_for_source, Some(some.spared().len() as u64));
        prop_assert_eq!(counts.kept + counts.removed, documents.len() as u64);
        prop_assert_eq!(some.clusters().len(), one.clusters().len());
        prop_assert_eq!(some.summary().largest_cluster, one.summary().largest_cluster);
    }

    #[test]
    fn nothing_of_a_cluster_stays_where_nobody_does(
        documents in documents(), percent in 20u32..=90, excerpts in any::<bool>(),
    ) {
        let mut builder = Deduplicator::builder().threshold(f64::from(percent) / 100.0).recall(1.0);
        if excerpts {
            builder = builder.excerpts(0.7);
        }
        let one = run(builder.clone(), Representatives::One, &documents);
        let nobody = run(builder, Representatives::Nobody, &documents);
        let of_clusters: BTreeSet<usize> =
            one.removals().iter().flat_map(|removal| [removal.document.index(), removal.by.index()]).collect();
        let kept: Vec<usize> = (0..documents.len()).filter(|one| !of_clusters.contains(one)).collect();
        prop_assert_eq!(nobody.kept_documents().collect::<Vec<_>>(), kept);
        prop_assert_eq!(nobody.clusters(), one.clusters());
        // A removal names another of its cluster, as like it as the other way round.
        for removal in nobody.removals() {
            if one.decision(removal.document.index()) != Decision::Kept {
                prop_assert!(one.removals().contains(removal));
                continue;
            }
            let reversed = one.removals().iter().filter(|other| other.by == removal.document);
            let most = reversed.clone().map(|other| other.similarity).fold(0.0, f64::max);
            let named = reversed.clone().find(|other| other.document == removal.by).unwrap();
            prop_assert_eq!((removal.similarity, named.similarity), (most, most));
            prop_assert_eq!(removal.relation, named.relation.reversed());
        }
        prop_assert_eq!(nobody.summary().documents.removed_as.total(), nobody.summary().documents.removed);
    }

    #[test]
    fn copies_of_all_kept_documents_are_all_documents(
        documents in documents(), percent in 20u32..=90,
        representatives in proptest::sample::select(vec![Representatives::One, per_source(1), Representatives::Nobody]),
    ) {
        let builder = Deduplicator::builder().threshold(f64::from(percent) / 100.0).excerpts(0.7);
        let outcome = run(builder, representatives, &documents);
        let copies = outcome.copies();
        for (document, &copies) in copies.iter().enumerate() {
            let removed = outcome.removals().iter().filter(|removal| removal.by.index() == document).count();
            let expected = if outcome.decision(document) == Decision::Kept { removed + 1 } else { 0 };
            prop_assert_eq!(copies as usize, expected);
        }
        if representatives != Representatives::Nobody {
            prop_assert_eq!(copies.iter().sum::<u32>() as usize, documents.len());
        }
    }
}

fn line(id: &str, source: Option<&str>, text: &str) -> String {
    format!("{}\n", json!({ "id": id, "source": source, "text": text }))
}

/// A story that two papers told twice each and one paper once, one that has no source twice, and a story told once.
fn news(sandbox: &Sandbox) {
    let text = story("a", 40);
    let near = |word: &str| text.replace("a0 ", word);
    let records = [
        line("1", Some("AP"), &text),
        line("2", Some("UPI"), &near("x ")),
        line("3", Some("AP"), &text),
        line("4", None, &near("y ")),
        line("5", Some("UPI"), &text),
        line("6", Some("Post"), &text.to_uppercase()),
        line("7", None, &text),
        line("8", Some("Post"), &story("b", 40)),
    ];
    sandbox.file("in.jsonl", records.concat());
}

fn ids(lines: &[Value]) -> Vec<&str> {
    lines.iter().map(|line| line["id"].as_str().unwrap()).collect()
}

#[test]
fn the_output_says_which_documents_stay_for_their_source() {
    let sandbox = Sandbox::new();
    news(&sandbox);
    let arguments = ["dedup", "in.jsonl", "-o", "out", "--per-source", "1", "--mode", "annotate"];
    sandbox.run(&arguments).expect(0);
    assert_eq!(ids(&sandbox.lines("out/removed.jsonl")), ["3", "5", "7"]);
    let summary = sandbox.json("out/summary.json");
    assert_eq!(summary["documents"]["kept"], 5);
    assert_eq!(summary["documents"]["kept_for_source"], 3);
    assert_eq!(summary["parameters"]["per_source"], 1);
    assert_eq!((&summary["clusters"], &summary["largest_cluster"]), (&json!(1), &json!(7)));
    let cluster = &sandbox.lines("out/clusters.jsonl")[0];
    assert_eq!((&cluster["representative"], &cluster["copies"]), (&json!("1"), &json!(4)));
    let members = cluster["members"].as_array().unwrap();
    assert_eq!(ids(members), ["1", "2", "3", "4", "5", "6", "7"]);
    let kept: Vec<Value> = members.iter().filter(|member| member["kept"] == true).cloned().collect();
    assert_eq!(ids(&kept), ["2", "4", "6"]);
    let annotated = sandbox.lines("out/annotated/in.jsonl");
    let expected = json!({ "cluster": 1, "kept": true, "kept_id": "1", "similarity": 1.0, "relation": "exact", "copies": 1 });
    assert_eq!(annotated[5]["twicetold"], expected);
    assert_eq!(annotated[0]["twicetold"]["copies"], 4);
    assert_eq!(annotated[7]["twicetold"]["copies"], 1);

    // A source may keep any number; then nothing goes.
    sandbox.run(&["dedup", "in.jsonl", "-o", "all", "--per-source", "4294967295"]).expect(0);
    assert_eq!(sandbox.read("all/removed.jsonl"), "");
    assert_eq!(sandbox.read("all/clean/in.jsonl"), sandbox.read("in.jsonl"));
    assert_eq!(sandbox.lines("all/clusters.jsonl")[0]["copies"], 1);
    // Too large a cluster is one of many members, whatever stays of it.
    sandbox.run(&["scan", "in.jsonl", "--per-source", "9", "--abort-if-cluster", "6"]).expect(4);
    sandbox.run(&["scan", "in.jsonl", "--per-source", "9", "--abort-if-removed", "0%"]).expect(0);
    // What repeats a reference goes.
    sandbox.file("old.jsonl", line("r", Some("AP"), &story("a", 40)));
    sandbox.run(&["dedup", "in.jsonl", "-o", "new", "--per-source", "9", "--against", "old.jsonl"]).expect(0);
    assert_eq!(sandbox.lines("new/removed.jsonl").len(), 7);
    assert_eq!(sandbox.json("new/summary.json")["documents"]["kept_for_source"], 0);
}

#[test]
fn of_a_cluster_nothing_stays_if_none_is_kept() {
    let sandbox = Sandbox::new();
    news(&sandbox);
    for mode in ["remove", "annotate", "list"] {
        let arguments = ["dedup", "in.jsonl", "-o", mode, "--keep", "none", "--mode", mode];
        sandbox.run(&arguments).expect(0);
        let removed = sandbox.lines(&format!("{mode}/removed.jsonl"));
        assert_eq!(ids(&removed), ["1", "2", "3", "4", "5", "6", "7"]);
        assert_eq!((&removed[0]["kept_id"], &removed[0]["relation"]), (&json!("3"), &json!("exact")));
        assert!(removed.iter().all(|line| line["none_kept"] == true));
        assert_eq!(sandbox.lines(&format!("{mode}/clusters.jsonl"))[0]["representative"], "1");
        assert_eq!(sandbox.json(&format!("{mode}/summary.json"))["parameters"]["keep"], json!(["none"]));
    }
    assert_eq!(ids(&sandbox.lines("remove/clean/in.jsonl")), ["8"]);
    assert_eq!(sandbox.read("list/kept.txt"), "8\n");
    let annotated = sandbox.lines("annotate/annotated/in.jsonl");
    let expected = json!({ "cluster": 1, "kept": false, "kept_id": "3", "similarity": 1.0, "relation": "exact", "copies": null });
    assert_eq!(annotated[0]["twicetold"], expected);
    // A reference stays; what repeats it has gone for it alone.
    sandbox.file("old.jsonl", line("r", Some("AP"), &story("b", 40)));
    let arguments = ["dedup", "in.jsonl", "-o", "new", "--keep", "none", "--against", "old.jsonl"];
    sandbox.run(&arguments).expect(0);
    let removed = sandbox.lines("new/removed.jsonl");
    assert_eq!(
        (removed.len(), &removed[7]["reference"], &removed[7]["none_kept"]),
        (8, &json!(true), &Value::Null)
    );
    assert_eq!(sandbox.read("new/clean/in.jsonl"), "");
    // An excerpt has an expansion that goes with it.
    let long = story("c", 120);
    let short: Vec<&str> = long.split(' ').take(80).collect();
    sandbox.file("long.jsonl", line("l", Some("AP"), &long) + &line("s", Some("AP"), &short.join(" ")));
    sandbox.run(&["dedup", "long.jsonl", "-o", "ex", "--keep", "none", "--remove-excerpts"]).expect(0);
    let relations: Vec<Value> =
        sandbox.lines("ex/removed.jsonl").iter().map(|line| line["relation"].clone()).collect();
    assert_eq!(relations, ["expansion", "excerpt"]);
}

#[test]
fn the_output_is_the_same_for_any_threads_memory_and_order_of_inputs() {
    let sandbox = Sandbox::new();
    let mut files = [String::new(), String::new()];
    for n in 0..4000usize {
        let source = [Some("AP"), Some("UPI"), None, Some("Post")][n / 3 % 4];
        let text = match n % 7 {
            0 => story(&format!("own{n}w"), 60),
            1 => story(&format!("f{}w", n % 90), 60).split(' ').take(52).collect::<Vec<_>>().join(" "),
            _ => story(&format!("f{}w", n % 90), 60) + &format!("end{}", n % 4),
        };
        files[n % 2].push_str(&line(&format!("d{n}"), source, &text));
    }
    sandbox.file("a.jsonl", &files[0]);
    sandbox.file("b.jsonl", &files[1]);
    let ways: [&[&str]; 5] = [
        &["--remove-excerpts", "--prefer-source", "UPI,Post"],
        &["--per-source", "2", "--keep", "longest"],
        &["--per-source", "1", "--remove-excerpts", "--mode", "annotate"],
        &["--per-source", "1", "--within-source-only"],
        &["--keep", "none", "--remove-excerpts", "--mode", "list"],
    ];
    for way in ways {
        let output = |name: &str, inputs: [&str; 2], more: &[&str]| {
            let arguments = ["dedup", inputs[0], inputs[1], "-o", name, "--quiet", "--overwrite"];
            sandbox.run(&[&arguments[..], way, more].concat()).expect(0);
            let mut tree = sandbox.tree(name);
            tree.retain(|(name, _)| name != "timing.json");
            tree
        };
        let expected = output("out", ["a.jsonl", "b.jsonl"], &[]);
        assert!(sandbox.lines("out/removed.jsonl").len() > 1000, "{way:?}");
        assert!(expected == output("one", ["b.jsonl", "a.jsonl"], &["--threads", "1"]), "{way:?}");
        assert!(expected == output("five", ["b.jsonl", "a.jsonl"], &["--threads", "5"]), "{way:?}");
        assert!(expected == output("bounded", ["a.jsonl", "b.jsonl"], &["--memory", "24M"]), "{way:?}");
    }
}

#[test]
fn what_does_not_go_together_is_refused() {
    let sandbox = Sandbox::new();
    sandbox.file("plain.jsonl", "{\"text\": \"a b c\"}\n");
    news(&sandbox);
    for (arguments, message) in [
        (&["plain.jsonl", "--per-source", "1"][..], "source-field is not given, and none of the usual names"),
        (&["in.jsonl", "--per-source", "0"], "a whole number from 1 on"),
        (&["in.jsonl", "--per-source=-1"], "a whole number from 1 on"),
        (&["in.jsonl", "--per-source", "4294967296"], "a whole number from 1 on"),
        (
            &["in.jsonl", "--per-source", "1", "--cross-source-only"],
            "per-source is given with cross-source-only",
        ),
        (&["in.jsonl", "--per-source", "1", "--paragraphs", "remove"], "per-source is given with paragraphs"),
        (&["in.jsonl", "--per-source", "1", "--keep", "none"], "--keep is none"),
        (&["in.jsonl", "--per-source", "1", "--dry-run"], "dry-run is given with per-source"),
        (&["in.jsonl", "--keep", "none", "--dry-run"], "dry-run is given with keep none"),
        (&["in.jsonl", "--keep", "longest,none"], "none alone"),
        (&["in.jsonl", "--keep", "none", "--prefer-source", "AP"], "none alone"),
    ] {
        let run = sandbox.run(&[&["dedup", "-o", "out"], arguments].concat()).expect(2);
        assert!(run.stderr.contains(message), "{arguments:?} says:\n{}", run.stderr);
        assert!(!sandbox.path("out/summary.json").exists());
    }
}
