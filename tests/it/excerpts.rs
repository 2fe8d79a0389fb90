//! `--remove-excerpts` against its definition, over all pairs.
#![allow(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "small numbers of a test")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use proptest::prelude::*;
use serde_json::Value;
use twicetold::corpus::{Corpus, FieldChoice, FieldPath, OpenOptions};
use twicetold::engine::{Dedup, Matching};
use twicetold::select::{Relation, Removal};
use twicetold::shingle::{ShingleScratch, Shingler};
use twicetold::{Containment, PriorityKey, Recall, TextParams, Threshold};

use crate::sandbox::{Sandbox, newswire, record, story};

/// A text as the definition sees it.
struct Text {
    shingles: BTreeSet<u64>,
    words: usize,
}

impl Text {
    fn new(text: &str) -> Self {
        let mut scratch = ShingleScratch::default();
        let shingles = Shingler::new(&TextParams::default()).shingles(text, &mut scratch);
        Self { shingles: shingles.hashes.iter().copied().collect(), words: shingles.units() }
    }

    /// The share of this text's shingles that the other has, and the Jaccard similarity.
    fn within(&self, other: &Self) -> (f64, f64) {
        let shared = self.shingles.intersection(&other.shingles).count() as f64;
        let (own, all) = (self.shingles.len() as f64, other.shingles.len() as f64);
        (shared / own, shared / (own + all - shared))
    }
}

const LEAST_WORDS: usize = 50;

/// Document, by, relation, containment, similarity.
type Gone = (u32, u32, Relation, f64, f64);

/// What the definition removes on top of near-duplicates, and how much it holds back. `ranks` are lower for the texts of
/// sources that are preferred, and all the same where none is.
fn obvious(texts: &[Text], ranks: &[usize], near: &[Removal], containment: f64) -> (Vec<Gone>, usize) {
    let removed: BTreeMap<u32, &Removal> = near.iter().map(|removal| (removal.document.0, removal)).collect();
    let mut order: Vec<u32> = (0..texts.len() as u32).filter(|n| !removed.contains_key(n)).collect();
    order.sort_by_key(|&n| (ranks[n as usize], std::cmp::Reverse(texts[n as usize].words), n));
    let (mut kept, mut gone, mut held_back) = (Vec::new(), Vec::<Gone>::new(), 0);
    for node in order {
        let text = &texts[node as usize];
        let cluster: Vec<u32> =
            near.iter().filter(|removal| removal.by.0 == node).map(|removal| removal.document.0).collect();
        // What a text is to one that comes before it, and the share of the smaller that the larger has.
        let relation = |document: u32, by: u32| {
            let (document, by) = (&texts[document as usize], &texts[by as usize]);
            if document.words <= by.words {
                (Relation::Excerpt, document.within(by))
            } else {
                (Relation::Expansion, by.within(document))
            }
        };
        // Of two of one rank only the smaller goes.
        let goes = |document: u32, by: u32| {
            let (relation, (share, _)) = relation(document, by);
            let is_preferred = ranks[by as usize] < ranks[node as usize];
            share >= containment && (relation == Relation::Excerpt || is_preferred)
        };
        let is_judged = |by: u32| text.words.min(texts[by as usize].words) >= LEAST_WORDS;
        let holders: Vec<u32> = kept.iter().copied().filter(|&by| is_judged(by) && goes(node, by)).collect();
        let takes_all = |by: u32| {
            let is_expansion = relation(node, by).0 == Relation::Expansion;
            let fits = |member: u32| is_expansion || relation(member, by).0 == Relation::Excerpt;
            cluster.iter().all(|&member| fits(member) && goes(member, by))
        };
        if let Some(&by) = holders.iter().find(|&&by| takes_all(by)) {
            gone.extend(cluster.iter().chain([&node]).map(|&document| {
                let (relation, (containment, similarity)) = relation(document, by);
                (document, by, relation, containment, similarity)
            }));
        } else {
            kept.push(node);
            held_back += usize::from(!holders.is_empty());
        }
    }
    gone.sort_by_key(|removal| removal.0);
    (gone, held_back)
}

fn dedup(
    sandbox: &Sandbox,
    threshold: f64,
    preferred: &[&str],
    excerpts: Option<f64>,
) -> (Vec<Removal>, Value) {
    let source_field = FieldChoice::Named(FieldPath::new("source").unwrap());
    let options = with!(OpenOptions::new(sandbox.path("temporary")), source_field);
    let corpus = Corpus::open(&[sandbox.path("docs.jsonl")], &options).unwrap();
    let matching = with!(Matching::default(), threshold: Threshold::new(threshold).unwrap(),
        recall: Recall::new(1.0).unwrap());
    let excerpts = excerpts.map(|containment| Containment::new(containment).unwrap());
    let preferred = PriorityKey::Source(preferred.iter().map(ToString::to_string).collect());
    let run = with!(Dedup::default(), matching, excerpts, priority: vec![preferred]);
    let outcome = run.decide(&corpus, &()).unwrap();
    (outcome.removals().to_vec(), serde_json::to_value(outcome.summary()).unwrap())
}

/// Stretches of a few stories, each with words of its own behind it: excerpts, near-duplicates and chains of both.
fn texts() -> impl Strategy<Value = Vec<String>> {
    let text = (0u8..3, 0usize..5, 4usize..16, 0usize..6, 0u8..4);
    proptest::collection::vec(text, 1..40).prop_map(|texts| {
        let make = |(topic, start, length, own, salt): (u8, usize, usize, usize, u8)| {
            let stretch = (start * 10..(start + length) * 10).map(|n| format!("t{topic}n{n}"));
            stretch.chain((0..own * 8).map(|n| format!("s{salt}n{n}"))).collect::<Vec<_>>().join(" ")
        };
        texts.into_iter().map(make).collect()
    })
}

fn is_larger_or_smaller(removal: &Removal) -> bool {
    matches!(removal.relation, Relation::Excerpt | Relation::Expansion)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn what_is_removed_is_what_the_definition_over_all_pairs_removes(
        texts in texts(), threshold in 4u32..=9, containment in 4u32..=10,
        sources in proptest::collection::vec(0usize..3, 40), preferred in 0usize..3,
    ) {
        let preferred = &["AP", "UPI"][..preferred];
        let (threshold, containment) = (f64::from(threshold) / 10.0, f64::from(containment) / 10.0);
        let sandbox = Sandbox::new();
        let sources: Vec<&str> = sources.iter().map(|&source| ["AP", "UPI", "Gazette"][source]).collect();
        let line = |(text, source)| serde_json::json!({ "text": text, "source": source }).to_string() + "\n";
        sandbox.file("docs.jsonl", texts.iter().zip(&sources).map(line).collect::<String>());
        let (near, _) = dedup(&sandbox, threshold, preferred, None);
        let (all, summary) = dedup(&sandbox, threshold, preferred, Some(containment));
        let rank = |source| preferred.iter().position(|one| one == source).unwrap_or(preferred.len());
        let ranks: Vec<usize> = sources.iter().map(rank).collect();
        let sets: Vec<Text> = texts.iter().map(|text| Text::new(text)).collect();
        let (expected, held_back) = obvious(&sets, &ranks, &near, containment);
        let found: Vec<_> = all
            .iter()
            .filter(|removal| is_larger_or_smaller(removal))
            .map(|r| (r.document.0, r.by.0, r.relation, r.containment.unwrap(), r.similarity))
            .collect();
        prop_assert_eq!(&found, &expected);
        prop_assert_eq!(&summary["excerpts"]["held_back"], &Value::from(held_back));
        let count = |name: &str| summary["documents"][name].as_u64().unwrap();
        prop_assert_eq!(count("removed_excerpts") + count("removed_expansions"), found.len() as u64);
        // Whatever else went still goes, for the same document.
        let others: Vec<Removal> =
            all.iter().filter(|removal| !is_larger_or_smaller(removal)).copied().collect();
        let is_excerpt = |removal: &&Removal| found.iter().any(|excerpt| excerpt.0 == removal.document.0);
        let still: Vec<Removal> = near.iter().filter(|removal| !is_excerpt(removal)).copied().collect();
        prop_assert_eq!(others, still);
        // And every removal names a document that stays.
        prop_assert!(all.iter().all(|removal| all.iter().all(|other| other.document != removal.by)));
    }
}

#[test]
fn a_document_stays_where_what_it_stands_for_is_not_contained_as_well() {
    let sandbox = Sandbox::new();
    let long = story("story", 200);
    let words =
        |from: usize, to: usize| (from..to).fold(String::new(), |text, n| text + &format!("story{n} "));
    // Two thirds of the second are in the first, but not of the third, which repeats the second.
    let short = words(0, 66) + &story("own", 33);
    let repeat = words(10, 66) + &story("own", 33) + " " + &story("more", 5);
    sandbox.file("a.jsonl", record("long", &long) + &record("short", &short) + &record("repeat", &repeat));
    let arguments = ["dedup", "a.jsonl", "-o", "out", "--threshold", "0.7", "--remove-excerpts"];
    sandbox.run(&[&arguments[..], &["--containment", "0.6"]].concat()).expect(0);
    let removed = sandbox.lines("out/removed.jsonl");
    let named = |line: &Value| {
        (line["id"].clone(), line["kept_id"].clone(), line["relation"].clone(), line["containment"].is_null())
    };
    let [repeat] = &removed[..] else { panic!("{removed:?}") };
    assert_eq!(named(repeat), ("repeat".into(), "short".into(), "near".into(), true));
    assert_eq!(sandbox.json("out/summary.json")["excerpts"]["held_back"], 1);
    sandbox.run(&[&arguments[..], &["--containment", "0.5", "--overwrite"]].concat()).expect(0);
    let removed = sandbox.lines("out/removed.jsonl");
    let [short, repeat] = &removed[..] else { panic!("{removed:?}") };
    assert_eq!(named(short), ("short".into(), "long".into(), "excerpt".into(), false));
    assert_eq!(named(repeat), ("repeat".into(), "long".into(), "excerpt".into(), false));
    let clusters = sandbox.lines("out/clusters.jsonl");
    let [cluster] = &clusters[..] else { panic!("{clusters:?}") };
    assert_eq!(cluster["representative"], "long");
    assert_eq!(cluster["members"][2]["containment"], repeat["containment"]);
}

#[test]
fn a_short_document_goes_if_a_larger_one_has_its_paragraph() {
    let sandbox = Sandbox::new();
    let notice = "Write to the editor of this paper about anything that you have read here and did not like";
    let letter = format!("{}\n\n  {notice}\r\n{}", story("long", 40), story("more", 20));
    let longer = format!("{letter}\n{}", story("yet", 30));
    // Half of this one is the notice's; the other is too short to be judged.
    let half = format!("{notice}\n{}", story("own", 18));
    let short = "Write to the editor of this paper, please";
    let records =
        [("notice", notice), ("letter", &letter), ("longer", &longer), ("half", &half), ("short", short)];
    let lines: String = records.iter().map(|(id, text)| record(id, text)).collect();
    sandbox.file("a.jsonl", lines + &record("tail", short));
    sandbox.run(&["dedup", "a.jsonl", "-o", "out", "--remove-excerpts"]).expect(0);
    let removed = sandbox.lines("out/removed.jsonl");
    let named: Vec<_> =
        removed.iter().map(|line| [&line["id"], &line["kept_id"], &line["relation"]]).collect();
    assert_eq!(
        named,
        [["notice", "longer", "excerpt"], ["letter", "longer", "excerpt"], ["tail", "short", "exact"]]
    );
    let excerpts = &sandbox.json("out/summary.json")["excerpts"];
    assert_eq!(excerpts["least_words_by_paragraph"], 10);
    // The notice with three larger ones; of these, only the half is short, and has the notice's paragraph.
    assert_eq!(excerpts["paragraph_pairs"], 3 + 2);
}

#[test]
fn the_excerpts_of_the_newswire_corpus_are_found_and_justified() {
    let sandbox = Sandbox::new();
    let articles = newswire().join("articles");
    sandbox.run(&["dedup", articles.to_str().unwrap(), "-o", "out", "--remove-excerpts"]).expect(0);
    let mut texts = BTreeMap::new();
    for entry in fs::read_dir(&articles).unwrap() {
        for line in fs::read_to_string(entry.unwrap().path()).unwrap().lines() {
            let article: Value = serde_json::from_str(line).unwrap();
            texts.insert(article["id"].to_string(), Text::new(article["text"].as_str().unwrap()));
        }
    }
    let removed = sandbox.lines("out/removed.jsonl");
    let gone: BTreeSet<String> = removed.iter().map(|line| line["id"].to_string()).collect();
    let excerpts: Vec<&Value> = removed.iter().filter(|line| line["relation"] == "excerpt").collect();
    assert!(excerpts.len() >= 5, "{}", excerpts.len());
    for line in excerpts {
        assert!(!gone.contains(&line["kept_id"].to_string()), "{line}");
        let (document, kept) = (&texts[&line["id"].to_string()], &texts[&line["kept_id"].to_string()]);
        let (containment, similarity) = document.within(kept);
        assert!(containment >= 0.6 && document.words <= kept.words, "{line}");
        // The parser of the test may be off by the last bit.
        for (name, exact) in [("containment", containment), ("similarity", similarity)] {
            assert!((line[name].as_f64().unwrap() - exact).abs() < 1e-12, "{line}");
        }
    }
    // Nothing is left to remove.
    let kept: Vec<(&String, &Text)> = texts.iter().filter(|(id, _)| !gone.contains(*id)).collect();
    for (id, document) in &kept {
        let larger = kept.iter().filter(|(other, text)| other != id && text.words > document.words);
        let holder = larger.clone().find(|(_, text)| document.within(text).0 >= 0.6);
        assert!(document.words < LEAST_WORDS || holder.is_none(), "{id} in {}", holder.unwrap().0);
    }
}

#[test]
fn excerpts_are_the_same_for_any_number_of_threads() {
    let sandbox = Sandbox::new();
    sandbox
        .run(&["generate", "--docs", "2000", "--seed", "4", "--duplicates", "0.4", "-o", "corpus"])
        .expect(0);
    for threads in ["1", "2", "5"] {
        let arguments = ["dedup", "corpus", "-o", threads, "--remove-excerpts", "--threads", threads];
        sandbox.run(&arguments).expect(0);
    }
    let tree = |name: &str| {
        let files = sandbox.tree(name).into_iter().filter(|(name, _)| name != "timing.json");
        files.collect::<Vec<_>>()
    };
    assert!(sandbox.json("1/summary.json")["documents"]["removed_excerpts"].as_u64() > Some(10));
    assert!(tree("1") == tree("2") && tree("1") == tree("5"));
}

/// Stories, excerpts of them with near-duplicates, short ones that share a line, and a footer that more have than are
/// looked up one by one.
fn excerpted(documents: usize) -> String {
    let mut lines = String::new();
    let footer = story("footer", 40);
    for n in 0..documents {
        let own = story(&format!("own{n}w"), 30 + n % 60);
        let told = story(&format!("told{}w", n % (documents / 8)), 120);
        let words: Vec<&str> = told.split(' ').collect();
        let text = match n % 6 {
            0 => told.clone(),
            1 => words[n % 40..n % 40 + 60].join(" "),
            2 => format!("{own} {}", words[10..90].join(" ")),
            3 => format!("{}\n{}", words[..20].join(" "), story(&format!("s{n}w"), n % 7)),
            4 => format!("{}\n{}\n{own}", words[..20].join(" "), words[20..].join(" ")),
            _ => format!("{own} {footer}"),
        };
        lines.push_str(&record(&format!("d{n}"), &text));
    }
    lines
}

#[test]
fn excerpts_are_the_same_within_any_limit_of_memory() {
    let sandbox = Sandbox::new();
    sandbox.file("docs.jsonl", excerpted(9_000));
    let output = |name: &str| {
        let files = ["clean/docs.jsonl", "removed.jsonl", "clusters.jsonl"];
        let summary: Value = sandbox.json(&format!("{name}/summary.json"));
        (files.map(|file| sandbox.read(&format!("{name}/{file}"))), summary["excerpts"].clone())
    };
    let ways: [&[&str]; 3] = [&[], &["--keep", "longest", "--containment", "0.5"], &["--keep-templates"]];
    for (index, way) in ways.into_iter().enumerate() {
        let common =
            ["dedup", "docs.jsonl", "--remove-excerpts", "--no-report", "--quiet", "--threads", "2", "-o"];
        let free = format!("free{index}");
        sandbox.run(&[&common[..], &[&free], way].concat()).expect(0);
        let expected = output(&free);
        let figures = &expected.1;
        assert!(figures["exact_lookups"].as_u64() > Some(1_000), "{figures}");
        assert!(figures["paragraph_pairs"].as_u64() > Some(100), "{figures}");
        assert!(figures["candidate_pairs"].as_u64() > Some(1_000), "{figures}");
        for memory in ["40M", "200M"] {
            let bounded = format!("bounded{index}-{memory}");
            sandbox.run(&[&common[..], &[&bounded, "--memory", memory], way].concat()).expect(0);
            assert!(expected == output(&bounded), "{way:?} within {memory}");
        }
    }
}

/// An agency's text, a page that wraps it with a near copy of that page, a paper's excerpt of it, and a longer page of the
/// agency's.
fn wrapped(sandbox: &Sandbox) {
    let text = story("wire", 90);
    let page = format!("{} {text} {}", story("before", 20), story("after", 30));
    let line = |id: &str, source: &str, text: &str| {
        serde_json::json!({ "id": id, "source": source, "text": text }).to_string() + "\n"
    };
    let cut: Vec<&str> = text.split(' ').take(60).collect();
    let records = [
        line("page", "Gazette", &page),
        line("again", "Post", &page.replace("before3 ", "other ")),
        line("text", "AP", &text),
        line("cut", "Gazette", &cut.join(" ")),
    ];
    sandbox.file("in.jsonl", records.concat());
}

#[test]
fn a_preferred_source_keeps_its_own_text_and_the_pages_around_it_go() {
    let sandbox = Sandbox::new();
    wrapped(&sandbox);
    let removed = |name: &str, flags: &[&str]| -> Vec<String> {
        sandbox.run(&[&["dedup", "in.jsonl", "-o", name, "--remove-excerpts"], flags].concat()).expect(0);
        let lines = sandbox.lines(&format!("{name}/removed.jsonl"));
        let said = |line: &Value| {
            format!("{} {} {}", line["id"], line["relation"], line["kept_id"]).replace('"', "")
        };
        lines.iter().map(said).collect()
    };
    // The larger stays, unless a source is preferred before all else.
    let by_size = ["again near page", "text excerpt page", "cut excerpt page"];
    assert_eq!(removed("size", &[]), by_size);
    assert_eq!(removed("late", &["--prefer-source", "AP", "--keep", "longest,source"]), by_size);
    assert_eq!(removed("none", &["--prefer-source", "Reuters"]), by_size);
    let preferred = ["page expansion text", "again expansion text", "cut excerpt text"];
    assert_eq!(removed("ap", &["--prefer-source", "AP,Post", "--keep", "longest"]), preferred);
    assert_eq!(removed("bounded", &["--prefer-source", "AP,Post", "--memory", "24M"]), preferred);
    let line = &sandbox.lines("ap/removed.jsonl")[0];
    assert_eq!(line["containment"], 1.0);
    assert!(line["similarity"].as_f64().unwrap() < 0.8);
    let summary = sandbox.json("ap/summary.json");
    assert_eq!(summary["documents"]["removed_expansions"], 2);
    assert_eq!(summary["documents"]["removed_excerpts"], 1);
    assert_eq!(sandbox.lines("ap/clusters.jsonl")[0]["copies"], 4);
    // A reference is preferred to nothing: a page that contains one stays, and what one contains goes.
    sandbox.file("old.jsonl", record("old", &story("wire", 90)));
    let against = removed("against", &["--prefer-source", "AP", "--against", "old.jsonl"]);
    assert_eq!(against, ["again near page", "text exact old", "cut excerpt old"]);
}
