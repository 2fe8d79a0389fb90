//! Records of a reference inside documents: held against the definition, and as users meet them.
#![allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "small numbers of a test")]

use std::collections::BTreeSet;
use std::path::PathBuf;

use proptest::prelude::*;
use serde_json::{Value, json};
use twicetold::corpus::{Corpus, OpenOptions};
use twicetold::engine::{Dedup, Matching, OutOfCore, Resume};
use twicetold::{Containment, Deduplicator, Document, ItemSearch, Recall, Shingling};

use crate::brute_force::lines;
use crate::sandbox::{Sandbox, record, story};

fn sets(text: &str, width: usize) -> BTreeSet<Vec<&str>> {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.windows(width).map(<[&str]>::to_vec).collect()
}

fn share(of: &BTreeSet<Vec<&str>>, within: &BTreeSet<Vec<&str>>) -> f64 {
    if of.is_empty() { 0.0 } else { of.intersection(within).count() as f64 / of.len() as f64 }
}

/// How much of an item a document has, by the definition, and how much of the document the item has.
fn shares(document: &str, item: &str, width: usize) -> [f64; 2] {
    let words = |text: &str| text.split_whitespace().count();
    if words(item) < 8 {
        return [0.0; 2];
    }
    let own = if words(item) < width { 8 } else { width };
    let held = share(&sets(item, own), &sets(document, own));
    let is_judged = words(document) >= width.max(8) && words(item) >= width;
    [held, if is_judged { share(&sets(document, width), &sets(item, width)) } else { 0.0 }]
}

/// Items of few words that come again and again, and documents that hold some, changed here and there.
fn items_and_documents() -> impl Strategy<Value = (Vec<String>, Vec<String>)> {
    let words = |most| proptest::collection::vec(0u32..12, 1..most);
    let items = proptest::collection::vec((words(40), any::<bool>()), 1..12);
    let pieces =
        proptest::collection::vec((any::<prop::sample::Index>(), words(30), 0u32..4, 0u32..50), 0..5);
    (items, proptest::collection::vec(pieces, 1..20)).prop_map(|(items, documents)| {
        let text = |words: &[u32]| words.iter().map(|word| format!("w{word}")).collect::<Vec<_>>().join(" ");
        let prefix = "please read all of the text below with care and then answer this";
        let items: Vec<String> = items
            .iter()
            .map(|(words, is_long)| if *is_long { format!("{prefix} {}", text(words)) } else { text(words) })
            .collect();
        let document = |pieces: &Vec<(prop::sample::Index, Vec<u32>, u32, u32)>| {
            let mut document: Vec<String> = Vec::new();
            for (item, filler, what, place) in pieces {
                let mut of_item: Vec<String> =
                    items[item.index(items.len())].split(' ').map(str::to_owned).collect();
                if *what > 1 {
                    document.push(text(filler));
                }
                if *what == 3 {
                    let place = *place as usize % of_item.len();
                    "changed".clone_into(&mut of_item[place]);
                }
                document.extend(of_item);
            }
            document.join(" ")
        };
        let documents = documents.iter().map(document).collect();
        (items, documents)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn what_holds_an_item_goes_and_nothing_else_does(
        (items, documents) in items_and_documents(), percent in 40u32..=100,
        width in prop_oneof![Just(5u16), Just(3), Just(8), Just(13), Just(20)],
    ) {
        let containment = f64::from(percent) / 100.0;
        let unit = Shingling::Word(width);
        let width = usize::from(width);
        // By files, by files within bounded memory, and by texts in memory.
        let sandbox = Sandbox::new();
        let path: PathBuf = sandbox.file("texts.jsonl", lines(&documents));
        let against = vec![sandbox.file("items.jsonl", lines(&items))];
        let options = with!(OpenOptions::new(sandbox.path("")), against);
        let corpus = Corpus::open(&[path], &options).unwrap();
        let search = ItemSearch::new(Containment::new(containment).unwrap(), Some(unit));
        let matching =
            with!(Matching::default(), recall: Recall::new(1.0).unwrap(), items: Some(search));
        let run = with!(Dedup::default(), matching);
        let outcome = run.decide(&corpus, &()).unwrap();
        let work = OutOfCore::new(64 << 20, sandbox.path("work"), Resume::Anew);
        let bounded = with!(run.clone(), out_of_core: Some(work)).decide(&corpus, &()).unwrap();
        let mut intake =
            Deduplicator::builder().recall(1.0).contained(containment, Some(unit)).build().unwrap().intake();
        for batch in documents.chunks(7) {
            intake.add(batch.iter().map(String::as_str)).unwrap();
        }
        intake.add_references(items.iter().map(String::as_str)).unwrap();
        let all: Vec<Document> = documents.iter().chain(&items).map(|text| Document::new(text.as_str())).collect();
        let decided = intake.decide(&all, &()).unwrap();
        for other in [bounded.removals(), decided.removals()] {
            prop_assert_eq!(outcome.removals(), other);
        }
        for other in [bounded.held_items(), decided.held_items()] {
            prop_assert_eq!(outcome.held_items(), other);
        }

        // Every pair of the definition is there, with its shares, and no other.
        let mut expected = Vec::new();
        for (document, text) in documents.iter().enumerate() {
            for (item, of_item) in items.iter().enumerate() {
                let [held, inside] = shares(text, of_item, width);
                if held >= containment || inside >= containment {
                    expected.push((document, documents.len() + item, held));
                }
            }
        }
        let mut found: Vec<_> = outcome
            .held_items()
            .iter()
            .map(|held| (held.document.index(), held.item.index(), held.containment))
            .collect();
        found.sort_by_key(|&(document, item, _)| (document, item));
        prop_assert_eq!(&found, &expected);
        for removal in outcome.removals() {
            let document = removal.document.index();
            let is_expected = expected.iter().any(|&(holder, ..)| holder == document);
            if let Some(containment) = removal.containment {
                prop_assert!(is_expected);
                let item = &items[removal.by.index() - documents.len()];
                let [held, inside] = shares(&documents[document], item, width);
                prop_assert_eq!(containment, held.max(inside));
                let is_excerpt = inside > held;
                match removal.relation.name() {
                    "excerpt" => prop_assert!(is_excerpt),
                    "expansion" => prop_assert!(!is_excerpt),
                    _ => prop_assert!(removal.similarity >= 0.8),
                }
            } else {
                prop_assert!(!is_expected);
            }
        }
        let removed: BTreeSet<usize> = outcome.removals().iter().map(|removal| removal.document.index()).collect();
        prop_assert!(expected.iter().all(|(document, ..)| removed.contains(document)));
    }
}

fn run(sandbox: &Sandbox, more: &[&str]) -> String {
    let arguments =
        ["dedup", "pages.jsonl", "--against", "items.jsonl", "-o", "out", "--contained", "--overwrite"];
    sandbox.run(&[&arguments[..], more].concat()).expect(0).stderr
}

/// A sentence of so many words, each of which is found nowhere else.
fn items(sandbox: &Sandbox, sizes: &[usize]) -> Vec<String> {
    let items: Vec<String> =
        sizes.iter().zip(0..).map(|(&size, n)| story(&format!("item{n}x"), size)).collect();
    let records: String = items.iter().zip(0..).map(|(text, n)| record(&format!("item-{n}"), text)).collect();
    sandbox.file("items.jsonl", records);
    items
}

#[test]
fn an_item_is_found_whatever_stands_around_it_and_however_it_is_written() {
    let sandbox = Sandbox::new();
    let items = items(&sandbox, &[8, 13, 60, 8]);
    let wrapped = |text: &str| {
        let words: Vec<&str> = text.split(' ').collect();
        words.chunks(3).map(|line| line.join(" ")).collect::<Vec<_>>().join("\r\n  ")
    };
    let loud = |text: &str| format!("\u{201c}{}!\u{201d}", text.to_uppercase().replace(' ', ", "));
    let page = |before: usize, item: &str, behind: usize| {
        format!("{}\u{2014}\n{item}\n{}", story("before", before), story("behind", behind))
    };
    let pages = [
        ("plain", page(100_000, &items[0], 0), 0),
        ("wrapped", page(50, &wrapped(&items[1]), 3000), 1),
        ("loud", page(500, &loud(&items[2]), 20), 2),
        ("alone", loud(&wrapped(&items[3])), 3),
    ];
    // Four of nine shingles of an item are not the item.
    let quoting =
        format!("{} {}", story("clean", 90), items[1].split(' ').take(8).collect::<Vec<_>>().join(" "));
    let records: String = pages.iter().map(|(id, text, _)| record(id, text)).collect();
    sandbox
        .file("pages.jsonl", records + &record("clean", &story("clean", 200)) + &record("quoting", &quoting));
    for unit in ["word:5", "word:8", "word:13", "word:3", "char:9", "char:30"] {
        run(&sandbox, &["--contained-shingle", unit]);
        let found: Vec<Value> = sandbox.lines("out/contained.jsonl");
        assert_eq!(found.len(), pages.len(), "{unit}: {found:?}");
        for (line, (id, text, item)) in found.iter().zip(&pages) {
            assert_eq!(
                (&line["id"], &line["item_id"]),
                (&json!(id), &json!(format!("item-{item}"))),
                "{unit}"
            );
            assert_eq!(line["containment"], 1.0, "{unit}: {line}");
            let [start, end] = ["start", "end"].map(|key| line[key].as_u64().unwrap() as usize);
            let words = |text: &str| -> Vec<String> {
                let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
                words.map(str::to_lowercase).collect()
            };
            assert_eq!(words(&text[start..end]), words(&items[*item]), "{unit} of {id}");
        }
        let removed: Vec<Value> = sandbox.lines("out/removed.jsonl");
        assert_eq!(removed.iter().map(|line| &line["reference"]).collect::<Vec<_>>(), vec![&json!(true); 4]);
        assert_eq!(removed[0]["relation"], "expansion");
        assert_eq!(removed[3]["relation"], "exact");
        assert_eq!((&removed[1]["start"], &removed[1]["end"]), (&found[1]["start"], &found[1]["end"]));
        let summary = sandbox.json("out/summary.json");
        assert_eq!(summary["documents"]["removed_expansions"], 3);
        assert_eq!(summary["contained"]["shingle"], unit);
        assert_eq!(
            (&summary["contained"]["documents"], &summary["reference"]["removed"]),
            (&json!(4), &json!(4))
        );
    }
}

#[test]
fn a_page_of_many_items_names_them_all_and_a_document_inside_an_item_goes_as_its_excerpt() {
    let sandbox = Sandbox::new();
    let items = items(&sandbox, &[30; 120]);
    let page = items[..100].join(" and so on ") + " and no more";
    let words = |n: usize, from: usize, to: usize| {
        items[n].split(' ').skip(from).take(to).collect::<Vec<_>>().join(" ")
    };
    // Two items that overlap in a third of their words stand where they overlap.
    let inside = words(110, 3, 20);
    let short = words(111, 3, 7);
    let cut = format!("{} {}", story("own", 40), words(112, 0, 29));
    let half = format!("{} {}", story("other", 40), words(113, 0, 15));
    let pages = [("page", &page), ("inside", &inside), ("short", &short), ("cut", &cut), ("half", &half)];
    sandbox.file("pages.jsonl", pages.map(|(id, text)| record(id, text)).concat());
    let told = run(&sandbox, &[]);
    assert!(
        told.contains("3 hold 102 of 120 records searched for, to 0.8 of their word:5 shingles"),
        "{told}"
    );
    let found: Vec<Value> = sandbox.lines("out/contained.jsonl");
    let of = |id: &str| found.iter().filter(|line| line["id"] == id).collect::<Vec<_>>();
    let named: BTreeSet<&str> = of("page").iter().map(|line| line["item_id"].as_str().unwrap()).collect();
    assert_eq!((of("page").len(), named.len()), (100, 100));
    for line in of("page") {
        let item = line["item_id"].as_str().unwrap().strip_prefix("item-").unwrap().parse::<usize>().unwrap();
        let [start, end] = ["start", "end"].map(|key| line[key].as_u64().unwrap() as usize);
        assert_eq!(&page[start..end], items[item]);
    }
    let lines: Vec<Value> = sandbox.lines("out/removed.jsonl");
    let removed: Vec<_> =
        lines.iter().map(|line| (&line["id"], &line["relation"], &line["containment"])).collect();
    let expected =
        [("page", "expansion", 1.0), ("inside", "excerpt", 1.0), ("cut", "expansion", 25.0 / 26.0)];
    let expected = expected.map(|(id, relation, share)| (json!(id), json!(relation), json!(share)));
    assert_eq!(removed, expected.iter().map(|(a, b, c)| (a, b, c)).collect::<Vec<_>>());
    assert_eq!(of("inside")[0]["inside"], 1.0);
    // Below half of the containment, the half goes too.
    run(&sandbox, &["--containment", "0.4"]);
    assert_eq!(sandbox.lines("out/removed.jsonl").len(), 4);
}

/// A common instruction makes nothing of a document that has only that, as long as it is less of an item than asked for.
#[test]
fn what_many_items_share_flags_nothing_until_it_is_enough_of_an_item() {
    let sandbox = Sandbox::new();
    let prefix = story("instruction", 60);
    let item = |n: usize, own: usize| {
        record(&format!("item-{n}"), &format!("{prefix} {}", story(&format!("q{n}x"), own)))
    };
    // 56 shingles are shared, of 76.
    sandbox.file("items.jsonl", (0..500).map(|n| item(n, 20)).collect::<String>());
    let holder = format!("{} {prefix} {}", story("own", 30), story("q7x", 20));
    let clean = format!("{} {prefix} {}", story("clean", 30), story("rest", 40));
    sandbox.file("pages.jsonl", record("clean", &clean) + &record("holder", &holder));
    run(&sandbox, &[]);
    let found: Vec<Value> = sandbox.lines("out/contained.jsonl");
    assert_eq!(
        found.iter().map(|line| (&line["id"], &line["item_id"])).collect::<Vec<_>>(),
        [(&json!("holder"), &json!("item-7"))]
    );
    // 56 of 66 are 0.85: now it is enough, and said of every item.
    sandbox.file("items.jsonl", (0..500).map(|n| item(n, 10)).collect::<String>());
    run(&sandbox, &[]);
    let found: Vec<Value> = sandbox.lines("out/contained.jsonl");
    assert_eq!(found.iter().filter(|line| line["id"] == "clean").count(), 500);
    assert_eq!(sandbox.lines("out/removed.jsonl")[0]["containment"], json!(56.0 / 66.0));
}

#[test]
fn short_records_are_counted_and_named() {
    let sandbox = Sandbox::new();
    items(&sandbox, &[7, 8, 1]);
    sandbox.file("pages.jsonl", record("a", &format!("{} {}", story("item0x", 7), story("own", 40))));
    let told = run(&sandbox, &[]);
    assert!(
        told.contains("2 of fewer than 8 words not searched for, listed in out/unsearched.jsonl"),
        "{told}"
    );
    let lines: Vec<Value> = sandbox.lines("out/unsearched.jsonl");
    assert_eq!(lines[1], json!({ "id": "item-2", "file": "items.jsonl", "record": 3 }));
    assert_eq!(lines.len(), 2);
    assert_eq!(sandbox.read("out/contained.jsonl"), "");
}

#[test]
fn a_search_needs_a_reference_and_shingles_of_words_or_letters() {
    let sandbox = Sandbox::new();
    sandbox.file("pages.jsonl", record("a", &story("a", 40)));
    sandbox.file("items.jsonl", record("b", &story("b", 40)));
    let lacking = sandbox.run(&["dedup", "pages.jsonl", "-o", "out", "--contained"]).expect(2);
    assert!(lacking.stderr.contains("against"), "{}", lacking.stderr);
    let against = ["dedup", "pages.jsonl", "-o", "out", "--against", "items.jsonl"];
    let bytes =
        sandbox.run(&[&against[..], &["--contained", "--contained-shingle", "byte:9"]].concat()).expect(2);
    assert!(bytes.stderr.contains("word:N or char:N"), "{}", bytes.stderr);
    sandbox.run(&[&against[..], &["--contained-shingle", "word:9"]].concat()).expect(2);
    // A run whose own shingles are bytes searches by words.
    sandbox.run(&[&against[..], &["--contained", "--shingle", "byte:20"]].concat()).expect(0);
    assert_eq!(sandbox.json("out/summary.json")["contained"]["shingle"], "word:5");
}

/// The same bytes for any number of threads and any limit of memory, and a run that was asked to go on.
#[test]
fn the_result_depends_on_nothing_but_the_input() {
    let sandbox = Sandbox::new();
    let items = items(&sandbox, &[40; 50]);
    let page = |n: usize| {
        let item = if n.is_multiple_of(3) { items[n % 50].as_str() } else { "" };
        let long = if n == 9 { 60_000 } else { 30 };
        record(
            &format!("page-{n}"),
            &format!("{} {item} {}", story(&format!("p{}x", n / 2), 60), story("tail", long)),
        )
    };
    sandbox.file("pages.jsonl", (0..400).map(page).collect::<String>());
    let mut trees = Vec::new();
    for (number, more) in [
        vec!["--threads", "1"],
        vec!["--threads", "2"],
        vec!["--memory", "32M"],
        vec!["--memory", "64M", "--threads", "2", "--contained-shingle", "word:5"],
    ]
    .iter()
    .enumerate()
    {
        let output = format!("out{number}");
        let arguments =
            ["dedup", "pages.jsonl", "--against", "items.jsonl", "--contained", "-q", "-o", &output];
        sandbox.run(&[&arguments[..], more].concat()).expect(0);
        let mut tree = sandbox.tree(&output);
        tree.retain(|(name, _)| name != "timing.json");
        trees.push(tree);
    }
    assert!(trees.windows(2).all(|pair| pair[0] == pair[1]));
    assert_eq!(sandbox.lines("out0/contained.jsonl").len(), 134);
}

#[test]
fn a_table_that_does_not_fit_is_refused_with_what_it_needs() {
    let sandbox = Sandbox::new();
    sandbox.file("pages.jsonl", record("a", &story("a", 40)));
    let texts: String = (0..100).map(|n| record(&n.to_string(), &story(&format!("t{n}x"), 4000))).collect();
    sandbox.file("items.jsonl", texts);
    let arguments = [
        "dedup",
        "pages.jsonl",
        "--against",
        "items.jsonl",
        "--contained",
        "-o",
        "out",
        "--threads",
        "1",
        "--memory",
    ];
    let refused = sandbox.run(&[&arguments[..], &["20M"]].concat()).expect(2);
    assert!(refused.stderr.contains("shingles of the reference"), "{}", refused.stderr);
    sandbox.run(&[&arguments[..], &["48M"]].concat()).expect(0);
}

#[test]
fn records_are_annotated_with_which_item_where_and_how_much() {
    let sandbox = Sandbox::new();
    let items = items(&sandbox, &[20]);
    let holder = format!("{} {}", story("own", 30), items[0]);
    sandbox.file("pages.jsonl", record("a", &holder) + &record("b", &story("b", 40)));
    run(&sandbox, &["--mode", "annotate"]);
    let lines: Vec<Value> = sandbox.lines("out/annotated/pages.jsonl");
    let expected = json!({
        "cluster": 1, "kept": false, "kept_id": "item-0", "similarity": 16.0 / 46.0, "relation": "expansion",
        "copies": null,
        "reference": true, "containment": 1.0, "start": holder.len() - items[0].len(), "end": holder.len(),
    });
    assert_eq!(lines[0]["twicetold"], expected);
    assert_eq!(lines[1]["twicetold"]["start"], Value::Null);
    sandbox.file("table.csv", format!("id,text\na,{holder}\nb,{}\n", story("b", 40)));
    let arguments =
        ["dedup", "table.csv", "--against", "items.jsonl", "-o", "csv", "--contained", "--mode", "annotate"];
    sandbox.run(&arguments).expect(0);
    let table = sandbox.read("csv/annotated/table.csv");
    assert!(
        table
            .lines()
            .next()
            .unwrap()
            .ends_with(",twicetold_reference,twicetold_containment,twicetold_start,twicetold_end")
    );
    let place = format!(",true,1.0,{},{}", holder.len() - items[0].len(), holder.len());
    assert!(table.lines().nth(1).unwrap().ends_with(&place), "{table}");
    assert!(table.lines().nth(2).unwrap().ends_with(",false,,,"), "{table}");
    run(&sandbox, &[]);
    let explain = ["explain", "a", "--run", "out", "--in", "pages.jsonl", "--against", "items.jsonl"];
    let shown = sandbox.run(&explain).expect(0).stdout;
    assert!(shown.contains("as expansion for item-0 of the reference"), "{shown}");
    assert!(
        shown.contains(&format!("in bytes {} to {} of A", holder.len() - items[0].len(), holder.len())),
        "{shown}"
    );
    assert!(shown.starts_with("relation       expansion"), "{shown}");
}

/// What `--remove-excerpts` removes, it also removes where the larger document is of the reference.
#[test]
fn an_excerpt_of_a_reference_record_goes_with_remove_excerpts() {
    let sandbox = Sandbox::new();
    let whole = story("story", 200);
    let cut: String = whole.split(' ').take(90).collect::<Vec<_>>().join(" ");
    sandbox.file("items.jsonl", record("whole", &whole) + &record("cut-too", &cut));
    let longer = format!("{whole} {}", story("more", 300));
    let near = cut.replace("story45 ", "another ");
    sandbox.file(
        "pages.jsonl",
        record("near", &near) + &record("longer", &longer) + &record("part", &story("story", 80)),
    );
    sandbox
        .run(&["dedup", "pages.jsonl", "--against", "items.jsonl", "-o", "out", "--remove-excerpts"])
        .expect(0);
    let removed: Vec<Value> = sandbox.lines("out/removed.jsonl");
    let said: Vec<_> =
        removed.iter().map(|line| (&line["id"], &line["relation"], &line["reference"])).collect();
    let (near, part, relation, excerpt, yes) =
        (json!("near"), json!("part"), json!("near"), json!("excerpt"), json!(true));
    assert_eq!(said, [(&near, &relation, &yes), (&part, &relation, &yes)], "{excerpt}");
    let other = story("story", 70);
    sandbox.file("pages.jsonl", record("longer", &story("more", 300)) + &record("part", &other));
    sandbox
        .run(&[
            "dedup",
            "pages.jsonl",
            "--against",
            "items.jsonl",
            "-o",
            "out",
            "--remove-excerpts",
            "--overwrite",
        ])
        .expect(0);
    let removed: Vec<Value> = sandbox.lines("out/removed.jsonl");
    assert_eq!(removed.len(), 1);
    assert_eq!(
        (&removed[0]["id"], &removed[0]["relation"], &removed[0]["reference"]),
        (&part, &excerpt, &yes)
    );
    assert_eq!(removed[0]["containment"], 1.0);
}
