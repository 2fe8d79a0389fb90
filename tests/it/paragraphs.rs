//! Repeated paragraphs: what goes, what stays, and that the account of it adds up.
#![allow(clippy::cast_precision_loss, reason = "small numbers of a test")]

use std::fmt::Write as _;
use std::fs;

use proptest::prelude::*;
use serde_json::Value;
use twicetold::corpus::{Corpus, OpenOptions};
use twicetold::engine::{Dedup, Matching, ParagraphMode, ParagraphOptions};
use twicetold::output::{IfNotEmpty, OutputDirectory};
use twicetold::{Recall, Threshold};

use crate::sandbox::{Sandbox, newswire, record, story};

const REMOVE: &[&str] = &["dedup", "in.jsonl", "-o", "out", "--overwrite", "--paragraphs", "remove"];

/// The texts of the clean corpus after removing the repeated paragraphs of these.
fn cleaned(sandbox: &Sandbox, texts: &[&str], more: &[&str]) -> Vec<String> {
    let lines = texts.iter().enumerate().map(|(n, text)| record(&format!("d{n}"), text));
    sandbox.file("in.jsonl", lines.collect::<String>());
    sandbox.run(&[REMOVE, more].concat()).expect(0);
    check_account(sandbox);
    let text = |line: &Value| line["text"].as_str().unwrap().to_owned();
    let left: Vec<String> = sandbox.lines("out/clean/in.jsonl").iter().map(text).collect();
    if left.len() == texts.len() {
        // Every byte that is missing was taken out with a paragraph.
        let bytes =
            texts.iter().map(|text| text.len()).sum::<usize>() - left.iter().map(String::len).sum::<usize>();
        assert_eq!(sandbox.json("out/summary.json")["paragraphs"]["removed_bytes"], bytes);
    }
    left
}

/// The table and the summary must tell the same story.
#[track_caller]
fn check_account(sandbox: &Sandbox) {
    let table = sandbox.lines("out/paragraphs.jsonl");
    let counts = &sandbox.json("out/summary.json")["paragraphs"];
    let sum = |field: &str| table.iter().map(|line| line[field].as_u64().unwrap()).sum::<u64>();
    assert_eq!(counts["repeated"], table.len());
    assert_eq!(counts["repeats"], sum("count") - table.len() as u64);
    assert_eq!(counts["removed"], sum("removed"));
    assert!(counts["judged"].as_u64() <= counts["read"].as_u64());
    assert!(table.is_sorted_by_key(|line| u64::MAX - line["count"].as_u64().unwrap()));
    for line in &table {
        assert!(line["documents"].as_u64() <= line["count"].as_u64(), "{line}");
        assert!(line["text"].as_str().unwrap().chars().count() <= 201, "{line}");
    }
}

/// As [`story`], but a sentence by its capital and its full stop.
fn sentence(topic: &str, words: usize) -> String {
    format!("About {}.", story(topic, words))
}

#[test]
fn a_scraped_page_keeps_one_headline_and_one_body() {
    let sandbox = Sandbox::new();
    let page = newswire().join("articles/newsdeck.jsonl");
    sandbox.run(&["dedup", page.to_str().unwrap(), "-o", "out", "--paragraphs", "remove"]).expect(0);
    check_account(&sandbox);
    let before = fs::read_to_string(&page).unwrap();
    let before: Vec<Value> = before.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let after = sandbox.lines("out/clean/newsdeck.jsonl");
    for id in ["newsdeck-0006", "newsdeck-0008"] {
        let text = |records: &[Value]| {
            let record = records.iter().find(|record| record["id"] == id).unwrap();
            record["text"].as_str().unwrap().to_owned()
        };
        let mut once: Vec<String> = Vec::new();
        for part in text(&before).replace("\n\n", "\n").lines() {
            if !once.iter().any(|seen| seen == part) {
                once.push(part.to_owned());
            }
        }
        assert!(once.len() >= 5 && once[0].len() < 60, "a headline and a body: {once:?}");
        assert_eq!(text(&after), once.join("\n\n"));
    }
}

#[test]
fn the_copies_may_be_set_apart_in_any_way() {
    let sandbox = Sandbox::new();
    let body = [sentence("a", 30), sentence("b", 40), "One short line.".to_owned(), sentence("c", 25)];
    let headline = "Told once would do";
    for (inner, outer) in
        [("\n\n", "\n\n"), ("\n", "\n\n"), ("\n", "\n"), ("\r\n", "\r\n\r\n"), ("\n \n", "\n\t\n")]
    {
        let once = format!("{headline}{outer}{}", body.join(inner));
        let twice = [headline, &once, &body.join(inner)].join(outer);
        assert_eq!(cleaned(&sandbox, &[&twice], &[]), [once], "{twice:?}");
    }
}

#[test]
fn everything_but_the_repeats_stays_byte_for_byte() {
    let sandbox = Sandbox::new();
    let (a, b) = (story("caf\\u00e9", 20), story("b\\/", 20));
    let line = |text: &str| format!("{{ \"n\":1.50, \"text\" : \"{text}\" ,\"id\":\"\\u0078\" }}\r\n");
    let text =
        format!(" {a}\\r\\n\\r\\n\\t{b}\\n \\n{a} \\n\\n\\n \\ud83d\\ude00 {b}\\n\\n\\u00e9nd\\n\\n{b}\\n");
    let left = format!(" {a}\\r\\n\\r\\n\\t{b}\\n \\n\\u00e9nd\\n");
    sandbox.file("in.jsonl", line(&text));
    sandbox.run(REMOVE).expect(0);
    assert_eq!(sandbox.read("out/clean/in.jsonl"), line(&left));
}

#[test]
fn titles_stay_across_documents_and_long_paragraphs_go_from_the_later() {
    let sandbox = Sandbox::new();
    let shared = story("shared", 30);
    let near = format!("{shared} once more");
    let text = |own: &str, shared: &str| format!("Weekly column\n\n{}\n\n{shared}", story(own, 40));
    let (one, two) = (text("one", &shared), text("two", &near));
    let without = |own: &str| format!("Weekly column\n\n{}", story(own, 40));
    assert_eq!(cleaned(&sandbox, &[&one, &two], &[]), [one.clone(), without("two")]);
    assert_eq!(cleaned(&sandbox, &[&one, &two], &["--keep", "longest"]), [without("one"), two.clone()]);
    let table = sandbox.lines("out/paragraphs.jsonl");
    assert_eq!(table.len(), 1);
    assert_eq!((&table[0]["id"], &table[0]["documents"]), (&Value::from("d1"), &Value::from(2)));
    assert!(table[0]["similarity"].as_f64().unwrap() >= 0.8);
    // Two words are enough if so asked, and thirty too few.
    let titleless = cleaned(&sandbox, &[&one, &two], &["--min-words", "2"]);
    assert_eq!(titleless, [one.clone(), story("two", 40)]);
    assert_eq!(cleaned(&sandbox, &[&one, &two], &["--min-words", "33"]), [one.clone(), two.clone()]);
    // A stricter threshold tells them apart.
    assert_eq!(cleaned(&sandbox, &[&one, &two], &["--threshold", "0.95"]), [one, two]);
}

#[test]
fn boilerplate_goes_everywhere_if_enough_documents_have_it() {
    let sandbox = Sandbox::new();
    let notice = story("notice", 15);
    let texts: Vec<String> =
        ["a", "b", "c"].iter().map(|own| format!("{}\n\n{notice}", story(own, 30))).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let own = |own: &str| story(own, 30);
    assert_eq!(cleaned(&sandbox, &texts, &["--boilerplate", "3"]), [own("a"), own("b"), own("c")]);
    let table = sandbox.lines("out/paragraphs.jsonl");
    assert_eq!((&table[0]["removed"], &table[0]["boilerplate"]), (&Value::from(3), &Value::from(true)));
    let left = cleaned(&sandbox, &texts, &["--boilerplate", "4"]);
    assert_eq!(left, [texts[0].to_owned(), own("b"), own("c")]);
    // Three times in one document are not three documents.
    let thrice = [notice.as_str(); 3].join("\n\n");
    assert_eq!(cleaned(&sandbox, &[&thrice], &["--boilerplate", "2"]), [notice]);
}

#[test]
fn report_lists_and_removes_nothing() {
    let sandbox = Sandbox::new();
    let notice = format!("{} \u{e9}nd", story("\u{e9}\u{4e00}", 90));
    let text = |own: &str| format!("Told twice\nTold twice\n\n{}\n\n{notice}", story(own, 100));
    let input = sandbox.file("in.jsonl", record("a", &text("a")) + &record("b", &text("b")));
    let mode = ["--paragraphs", "report", "--boilerplate", "2"];
    sandbox.run(&[&["dedup", "in.jsonl", "-o", "out"], &mode[..]].concat()).expect(0);
    check_account(&sandbox);
    assert_eq!(sandbox.read("out/clean/in.jsonl"), fs::read_to_string(input).unwrap());
    let table = sandbox.lines("out/paragraphs.jsonl");
    assert_eq!(table.len(), 1, "{table:?}");
    assert!(table.iter().all(|line| line["count"] == 2 && line["removed"] == 0));
    let shown = table[0]["text"].as_str().unwrap();
    assert!(shown.ends_with('…') && notice.starts_with(shown.trim_end_matches('…')), "{shown}");
    assert_eq!((&table[0]["documents"], &table[0]["boilerplate"]), (&Value::from(2), &Value::from(true)));
    let reported = sandbox.read("out/paragraphs.jsonl");
    sandbox.run(&[&["scan", "in.jsonl", "-o", "scanned"], &mode[..]].concat()).expect(0);
    assert_eq!(sandbox.read("scanned/paragraphs.jsonl"), reported);
    // Not asked for, not there.
    assert!(!sandbox.path("out/shortened.jsonl").exists());
    sandbox.run(&["dedup", "in.jsonl", "-o", "plain"]).expect(0);
    assert!(!sandbox.path("plain/paragraphs.jsonl").exists());
    assert!(sandbox.json("plain/summary.json")["paragraphs"].is_null());
}

#[test]
fn documents_that_are_files_lose_their_repeats_too() {
    let sandbox = Sandbox::new();
    let (a, b, c) = (story("a", 20), story("b", 20), story("c", 60));
    sandbox.file("texts/one.txt", format!("Caf\u{e9}\r\n\r\n{a}\r\n\r\nCAF\u{c9}\r\n\r\n{a}\r\n\r\n{b}\r\n"));
    sandbox.file("texts/two.txt", format!("{c}\n\n{a}\n"));
    sandbox.run(&["dedup", "texts", "-o", "out", "--paragraphs", "remove"]).expect(0);
    check_account(&sandbox);
    let read = |name: &str| {
        let (_, bytes) = sandbox.tree("out").into_iter().find(|(path, _)| path.ends_with(name)).unwrap();
        String::from_utf8(bytes).unwrap()
    };
    assert_eq!(read("one.txt"), format!("Caf\u{e9}\r\n\r\n{a}\r\n\r\n{b}\r\n"));
    assert_eq!(read("two.txt"), format!("{c}\n"));
}

#[test]
fn characters_and_bytes_as_shingles_find_the_same_plain_repeats() {
    let sandbox = Sandbox::new();
    let (a, b) = (story("\u{e4}", 30), story("b", 30));
    let text = format!("{a}\n\n{b}\n\n  {a}");
    for shingle in ["char:8", "byte:8", "word:1"] {
        assert_eq!(
            cleaned(&sandbox, &[&text], &["--shingle", shingle]),
            [format!("{a}\n\n{b}")],
            "{shingle}"
        );
    }
}

#[test]
fn each_line_is_a_paragraph_if_so_asked() {
    let sandbox = Sandbox::new();
    let (a, b, shared) = (story("a", 80), story("b", 80), story("s", 12));
    let (one, two) = (format!("{a}\n{shared}"), format!("{shared}\n{b}"));
    assert_eq!(cleaned(&sandbox, &[&one, &two], &["--paragraph-split", "line"]), [a, two.clone()]);
    assert_eq!(cleaned(&sandbox, &[&one, &two], &["--paragraph-split", "blank-line"]), [one, two]);
}

#[test]
fn lines_are_paragraphs_by_default_where_nothing_else_sets_them_apart() {
    let sandbox = Sandbox::new();
    let (a, b, c, shared) = (sentence("a", 80), sentence("b", 80), sentence("c", 80), sentence("s", 12));
    let (one, two, three) =
        (format!("{a}\n{shared}"), format!("{b}\n{shared}\n"), format!("{c}\n\n{shared}"));
    // The lines of the last are cut where a width says so.
    let wrapped = shared.replace("s3 ", "s3\n").replace("s7 ", "s7\n");
    let four = format!("{}\n{wrapped}", sentence("d", 3));
    let left = cleaned(&sandbox, &[&one, &two, &three, &four], &[]);
    assert_eq!(left, [one, format!("{b}\n"), c, four]);
    let summary = sandbox.json("out/summary.json");
    assert_eq!(summary["paragraphs"]["documents_by_line"], 2);
    assert_eq!(summary["parameters"]["paragraphs"]["split"], "auto");
    let run = sandbox.run(&[REMOVE, &[]].concat()).expect(0);
    assert!(run.stderr.contains("2 documents, a paragraph each"), "{}", run.stderr);
}

#[test]
fn where_an_article_has_run_into_another_page_its_own_page_keeps_it() {
    let sandbox = Sandbox::new();
    let article: Vec<String> = ["lead", "second", "third"].iter().map(|part| sentence(part, 20)).collect();
    let (article, own) = (article.join("\n\n"), sentence("own", 40));
    let page = format!("{own}\n\n{}\n\n{article}", sentence("more", 40));
    for texts in [[page.as_str(), &article], [&article, page.as_str()]] {
        let left = cleaned(&sandbox, &texts, &["--threshold", "0.9"]);
        assert!(left.contains(&article), "{left:?}");
        assert!(left.contains(&format!("{own}\n\n{}", sentence("more", 40))), "{left:?}");
        // Whatever is kept of whole documents.
        assert_eq!(cleaned(&sandbox, &texts, &["--threshold", "0.9", "--keep", "longest"]), left);
    }
    // A paragraph in the midst of others of its own, and on a page that has nothing of its own.
    let (whole, teasers) = (format!("{own}\n\n{article}"), format!("{own}\n\n{}", sentence("second", 20)));
    let first = format!("{}\n\n{own}", sentence("before", 20));
    let left = cleaned(&sandbox, &[&teasers, &whole, &first], &["--threshold", "0.9"]);
    assert_eq!(left, ["", &whole, &sentence("before", 20)]);
}

#[test]
fn a_title_says_whose_a_paragraph_is_in_any_format() {
    let sandbox = Sandbox::new();
    let shared = format!("The ferry is back after long repairs. {}", sentence("s", 20));
    let rows = [
        ("a", "Wheat up again this week", sentence("a", 60)),
        ("b", "Ferry back after repairs", sentence("b", 60)),
    ];
    let texts: Vec<String> = rows.iter().map(|(.., own)| format!("{shared}\n\n{own}")).collect();
    let json = |field: &str| -> String {
        let line = |((id, title, _), text): (&(&str, &str, String), &String)| {
            format!("{}\n", serde_json::json!({ "id": id, field: title, "text": text }))
        };
        rows.iter().zip(&texts).map(line).collect()
    };
    let lost = |file: &str, content: String, more: &[&str]| -> String {
        sandbox.file(file, content);
        let call = ["dedup", file, "-o", "out", "--overwrite", "--paragraphs", "remove"];
        sandbox.run(&[&call, more].concat()).expect(0);
        let table = sandbox.lines("out/paragraphs.jsonl");
        assert_eq!((table.len(), &table[0]["removed"]), (1, &Value::from(1)), "{table:?}");
        table[0]["id"].as_str().unwrap().to_owned()
    };
    assert_eq!(lost("in.jsonl", json("title"), &[]), "b");
    assert_eq!(
        sandbox.json("out/summary.json")["parameters"]["fields"][2],
        serde_json::json!(["title", "title"])
    );
    assert_eq!(lost("in.jsonl", json("name"), &[]), "a");
    assert_eq!(lost("in.jsonl", json("name"), &["--title-field", "name"]), "b");
    let csv = |((id, title, _), text): (&(&str, &str, String), &String)| format!("{id},{title},\"{text}\"\n");
    let csv: String = rows.iter().zip(&texts).map(csv).collect();
    assert_eq!(lost("in.csv", format!("id,headline,text\n{csv}"), &[]), "b");
    // A short first line is a title as well.
    let line =
        |((id, title, _), text): (&(&str, &str, String), &String)| record(id, &format!("{title}\n\n{text}"));
    assert_eq!(lost("in.jsonl", rows.iter().zip(&texts).map(line).collect(), &[]), "b");
    sandbox.run(&["dedup", "in.jsonl", "-o", "out", "--title-field", "title"]).expect(2);
    // Nobody looks at titles.
    sandbox.file("in.jsonl", json("title"));
    sandbox.run(&["dedup", "in.jsonl", "-o", "plain"]).expect(0);
    assert_eq!(sandbox.json("plain/summary.json")["parameters"]["fields"].as_array().unwrap().len(), 2);
}

#[test]
fn documents_of_which_little_is_left_are_counted_and_listed() {
    let sandbox = Sandbox::new();
    let parts: Vec<String> = ["a", "b", "c", "d"].iter().map(|part| sentence(part, 30)).collect();
    let all = parts.join("\n\n");
    let emptied = parts[..2].join("\n\n");
    let little = format!("{emptied}\n\nOwn.");
    let texts = [all.as_str(), &emptied, &little, &format!("{}\n\n{}", sentence("e", 30), parts[3])];
    let left = cleaned(&sandbox, &texts, &["--threshold", "0.99"]);
    assert_eq!(left, [&all, "", "Own.", &sentence("e", 30)]);
    let counts = &sandbox.json("out/summary.json")["paragraphs"];
    assert_eq!(
        (&counts["documents_emptied"], &counts["documents_below_tenth"]),
        (&Value::from(1), &Value::from(1))
    );
    assert_eq!(
        sandbox.lines("out/shortened.jsonl"),
        [
            serde_json::json!({ "id": "d1", "bytes": emptied.len(), "left_bytes": 0, "emptied": true, "file": "in.jsonl", "record": 2 }),
            serde_json::json!({ "id": "d2", "bytes": little.len(), "left_bytes": 4, "file": "in.jsonl", "record": 3 }),
        ]
    );
}

#[test]
fn any_number_of_threads_gives_the_same_paragraphs() {
    let sandbox = Sandbox::new();
    let mut lines = String::new();
    for n in 0..3000 {
        let mut text = format!("Headline {n}\nHeadline {n}\n\n");
        for part in 0..4 {
            // Families with variants, so that there are exact and near repeats and crowded buckets.
            let (family, variant) = ((n * 7 + part * 13) % 40 * part, n % 23);
            writeln!(
                text,
                "{} variant{variant} {}\n",
                story(&format!("f{family}w"), 25),
                story(&format!("n{n}"), part)
            )
            .unwrap();
        }
        lines.push_str(&record(&format!("d{n}"), &text));
    }
    let middle = lines.match_indices('\n').nth(1500).unwrap().0 + 1;
    sandbox.file("one.jsonl", &lines[..middle]);
    sandbox.file("two.jsonl", &lines[middle..]);
    let output = |files: [&str; 2], threads: &str| {
        let options = [
            "-o",
            "out",
            "--overwrite",
            "--paragraphs",
            "remove",
            "--boilerplate",
            "60",
            "--keep",
            "longest",
        ];
        sandbox.run(&[&["dedup", files[0], files[1], "--threads", threads], &options[..]].concat()).expect(0);
        check_account(&sandbox);
        let mut tree = sandbox.tree("out");
        tree.retain(|(name, _)| name != "timing.json");
        tree
    };
    let one = output(["one.jsonl", "two.jsonl"], "1");
    let counts = sandbox.json("out/summary.json")["paragraphs"].clone();
    assert!(counts["removed"].as_u64().unwrap() > 5000, "{counts}");
    assert!(one == output(["one.jsonl", "two.jsonl"], "2"));
    assert!(one == output(["two.jsonl", "one.jsonl"], "16"));
}

#[test]
fn what_cannot_be_meant_is_refused() {
    let sandbox = Sandbox::new();
    sandbox.file("in.jsonl", record("a", "text"));
    let refused = |arguments: &[&str], says: &str| {
        let run = sandbox.run(arguments).expect(2);
        assert!(run.stderr.contains(says), "{}", run.stderr);
    };
    refused(&[REMOVE, &["--boilerplate", "1"]].concat(), "boilerplate");
    refused(&[REMOVE, &["--min-words", "0"]].concat(), "min-words");
    refused(&["dedup", "in.jsonl", "-o", "out", "--min-words", "5"], "--paragraphs");
    refused(&["scan", "in.jsonl", "--paragraphs", "remove"], "scan");
    assert!(!sandbox.path("out/summary.json").exists());
}

/// Documents of paragraphs: families that share most words, and short ones.
fn documents() -> impl Strategy<Value = Vec<Vec<String>>> {
    let long = (0u32..6, 10u32..30, proptest::collection::vec((0u32..30, 0u32..3), 0..4));
    let long = long.prop_map(|(family, length, changes)| {
        let mut words: Vec<String> = (0..length).map(|n| format!("f{family}w{n}")).collect();
        for (place, word) in changes {
            if let Some(old) = words.get_mut(place as usize) {
                *old = format!("other{word}");
            }
        }
        words.join(" ")
    });
    let short = (0u32..4).prop_map(|n| format!("Title {n}."));
    let paragraphs = proptest::collection::vec(prop_oneof![3 => long, 1 => short], 1..6);
    proptest::collection::vec(paragraphs, 1..12)
}

fn jaccard(a: &str, b: &str) -> f64 {
    let shingles = |text: &str| {
        let words: Vec<String> = text.split(' ').map(str::to_owned).collect();
        words.windows(5.min(words.len())).map(<[String]>::to_vec).collect::<std::collections::BTreeSet<_>>()
    };
    let (a, b) = (shingles(a), shingles(b));
    let shared = a.intersection(&b).count();
    shared as f64 / (a.len() + b.len() - shared) as f64
}

fn is_short(paragraph: &str) -> bool {
    paragraph.split(' ').count() < ParagraphOptions::MIN_WORDS
}

/// The claim of each long paragraph of each document, by the definition: none has a title.
fn points(documents: &[&Vec<String>]) -> Vec<Vec<u32>> {
    let longs = |n: usize| documents[n].iter().filter(|paragraph| !is_short(paragraph));
    let is_shared =
        |paragraph: &String| documents.iter().filter(|other| other.contains(paragraph)).count() > 1;
    let opens = |paragraph: &String| (0..documents.len()).any(|n| longs(n).next() == Some(paragraph));
    let of_document = |n: usize| {
        let has_own = longs(n).any(|paragraph| !is_shared(paragraph));
        let second = longs(n).skip(1).position(&opens).map_or(usize::MAX, |place| place + 1);
        let points =
            |(place, _)| 4 * u32::from(place == 0) + 2 * u32::from(place < second) + u32::from(has_own);
        let is_contended = longs(n).any(is_shared);
        longs(n).enumerate().map(|entry| if is_contended { points(entry) } else { 0 }).collect()
    };
    (0..documents.len()).map(of_document).collect()
}

/// What stays, by the definitions, over every pair.
fn obvious(documents: &[&Vec<String>], threshold: f64) -> Vec<String> {
    let mut places: Vec<(u32, usize, usize)> = Vec::new();
    for (n, points) in points(documents).into_iter().enumerate() {
        let longs = (0..documents[n].len()).filter(|&place| !is_short(&documents[n][place]));
        places.extend(longs.zip(points).map(|(place, points)| (u32::MAX - points, n, place)));
    }
    places.sort_unstable();
    let mut kept: Vec<&str> = Vec::new();
    let mut stays: Vec<Vec<bool>> = documents.iter().map(|document| vec![true; document.len()]).collect();
    for (_, n, place) in places {
        let paragraph = &documents[n][place];
        if kept.iter().any(|other| jaccard(paragraph, other) >= threshold) {
            stays[n][place] = false;
        } else {
            kept.push(paragraph);
        }
    }
    for (document, stays) in documents.iter().zip(&mut stays) {
        short_repeats(document, stays);
    }
    let left = |(document, stays): (&&Vec<String>, &Vec<bool>)| {
        let left =
            document.iter().zip(stays).filter(|&(_, &stays)| stays).map(|(paragraph, _)| paragraph.as_str());
        left.collect::<Vec<_>>().join("\n\n")
    };
    documents.iter().zip(&stays).map(left).collect()
}

/// Takes the short paragraphs out that repeat beside long ones, which are decided.
fn short_repeats(document: &[String], stays: &mut [bool]) {
    let is_long = |place: usize| !is_short(&document[place]);
    let count = |of: &String| document.iter().filter(|paragraph| *paragraph == of).count();
    let may_go = |place: usize| !is_long(place) && count(&document[place]) <= 3;
    let before = stays.to_vec();
    for long in (0..document.len()).filter(|&place| is_long(place) && !before[place]) {
        let copies: Vec<usize> = (0..long).filter(|&copy| document[copy] == document[long]).collect();
        for &copy in copies.first().into_iter().chain(copies.last()) {
            for ahead in 1..=copy {
                if document[copy - ahead] != document[long - ahead] || !may_go(long - ahead) {
                    break;
                }
                stays[long - ahead] = false;
            }
            for behind in 1..document.len() - long {
                if copy + behind >= long
                    || document[copy + behind] != document[long + behind]
                    || !may_go(long + behind)
                {
                    break;
                }
                stays[long + behind] = false;
            }
        }
        for body in copies.first().into_iter().chain(copies.first().map(|_| &long)) {
            let above: Vec<usize> = (0..*body).rev().take_while(|&place| !is_long(place)).collect();
            doubled_head(document, &above, stays, may_go);
        }
    }
}

/// `above` are the short paragraphs above a long one that is there twice, the nearest first.
fn doubled_head(document: &[String], above: &[usize], stays: &mut [bool], may_go: impl Fn(usize) -> bool) {
    let text = |n: usize| &document[above[n]];
    for gap in 0..above.len().min(4) {
        for length in 1..=4 {
            let alike = |from: usize| {
                from + 2 * length <= above.len() && (from..from + length).all(|n| text(n) == text(n + length))
            };
            if alike(gap) {
                let mut from = gap;
                while alike(from) {
                    (from..from + length).filter(|&n| may_go(above[n])).for_each(|n| stays[above[n]] = false);
                    from += length;
                }
                return;
            }
        }
        if document.iter().filter(|paragraph| *paragraph == text(gap)).count() < 2 {
            return;
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn what_stays_is_the_greedy_set_over_all_pairs(documents in documents(), percent in 40u32..=100) {
        let threshold = f64::from(percent) / 100.0;
        let sandbox = Sandbox::new();
        let lines = documents.iter().enumerate().map(|(n, paragraphs)| record(&n.to_string(), &paragraphs.join("\n\n")));
        let path = sandbox.file("texts.jsonl", lines.collect::<String>());
        let options = OpenOptions::new(sandbox.path(""));
        let corpus = Corpus::open(&[path], &options).unwrap();
        let run = with!(Dedup::default(), matching: with!(Matching::default(), threshold: Threshold::new(threshold).unwrap(),
                recall: Recall::new(1.0).unwrap()),
            paragraphs: with!(ParagraphOptions::default(), mode: ParagraphMode::Remove));
        let outcome = run.decide(&corpus, &()).unwrap();
        let removed: Vec<usize> = outcome.removals().iter().map(|removal| removal.document.index()).collect();
        let kept: Vec<&Vec<String>> =
            documents.iter().enumerate().filter(|(n, _)| !removed.contains(n)).map(|(_, d)| d).collect();
        outcome.write(OutputDirectory::open(&sandbox.path("out"), IfNotEmpty::Refuse).unwrap(), &()).unwrap();
        check_account(&sandbox);
        let left: Vec<String> = sandbox
            .lines("out/clean/texts.jsonl")
            .iter()
            .map(|line| line["text"].as_str().unwrap().to_owned())
            .collect();
        prop_assert_eq!(left, obvious(&kept, threshold));
    }
}
