//! `report.html`: the page for a person to look at.

use std::fmt::Write;

use serde_json::Value;
use twicetold::report::PAGE_BYTES;

use crate::sandbox::{Sandbox, newswire, record, story};

/// What a JSON block of the page holds.
fn block(page: &str, id: &str) -> Value {
    let (_, rest) = page.split_once(&format!("<script type=\"application/json\" id=\"{id}\">")).unwrap();
    serde_json::from_str(rest.split_once("</script>").unwrap().0).unwrap()
}

fn report_of(sandbox: &Sandbox, arguments: &[&str]) -> String {
    let mut all = vec!["dedup", "-o", "out", "--overwrite", "--quiet"];
    all.extend(arguments);
    sandbox.run(&all).expect(0);
    sandbox.read("out/report.html")
}

#[test]
fn markup_in_texts_ids_sources_and_file_names_is_only_text() {
    let evil = "<script>alert('told twice')</script><!-- <img src=x onerror=alert(1)> \"&amp; ";
    let sandbox = Sandbox::new();
    let line = |id: &str, text: &str| {
        let record = serde_json::json!({ "id": id, "text": text, "source": evil, "date": evil });
        format!("{record}\n")
    };
    let text = format!("{evil} {}", story("w", 30));
    let file = "a<b>&c.jsonl";
    sandbox
        .file(file, line(&format!("1{evil}"), &text) + &line(&format!("2{evil}"), &format!("{text} more")));
    let page = report_of(&sandbox, &[file, "--threshold", "0.5"]);
    assert!(!page.contains("<script>alert") && !page.contains("<img") && !page.contains("<!-- "));
    assert!(!page.contains("a<b>"));
    // Nothing but our own: the page's three blocks of data for the script, its words, and the script itself.
    assert_eq!(page.matches("<script").count(), 5);
    assert_eq!(page.matches("</script").count(), 5);
    let details = block(&page, "details");
    assert_eq!(details[0]["members"].as_array().unwrap().len(), 1);
    assert!(details[0]["representative"]["id"].as_str().unwrap().contains("<script>alert"));
    let pieces = details[0]["members"][0]["difference"]["pieces"].to_string();
    assert!(pieces.contains("<script>alert('told twice')</script>"), "{pieces}");
}

#[test]
fn a_page_needs_no_network_and_names_no_time() {
    let page = report_of(&Sandbox::new(), &[newswire().join("articles").to_str().unwrap()]);
    let outside = ["src=\"", "url(", "@import", "<link rel=\"stylesheet\"", "fetch(", "XMLHttpRequest"];
    for word in outside {
        assert!(!page.contains(word), "{word}");
    }
    // The namespace of SVG is a name, not an address that is looked up.
    let addresses = page.matches("http").count();
    assert_eq!(
        addresses,
        page.matches("http-equiv").count() + page.matches("http://www.w3.org/2000/svg").count()
    );
}

#[test]
fn a_hundred_thousand_clusters_fit_and_the_page_says_what_it_left_out() {
    let sandbox = Sandbox::new();
    let mut lines = String::new();
    for n in 0..100_000 {
        let text = format!("\u{5e9}\u{5dc}\u{5d5}\u{5dd} <b>{n}</b> {}", story(&format!("n{n}w"), 12));
        for copy in 0..2 {
            let record = serde_json::json!({ "id": format!("{n}-{copy}"), "text": text, "source": format!("s{copy}") });
            writeln!(lines, "{record}").unwrap();
        }
    }
    sandbox.file("many.jsonl", lines);
    let page = report_of(&sandbox, &["many.jsonl"]);
    assert!(page.len() <= PAGE_BYTES, "{}", page.len());
    assert_eq!(block(&page, "words")["total"], 100_000);
    let rows = block(&page, "rows").as_array().unwrap().len();
    assert!((5_000..100_000).contains(&rows), "{rows}");
    assert!(page.contains("of 100,000 clusters ("), "what is left out must be said");
    assert_eq!(block(&page, "details").as_array().unwrap().len(), 60);
}

#[test]
fn long_and_hostile_texts_do_not_make_a_long_page() {
    let sandbox = Sandbox::new();
    let mut lines = String::new();
    for n in 0..150 {
        // Characters that take six bytes each where they are escaped.
        let text = format!("<<<<<<<<\u{1}\u{1}\u{1}{n} ").repeat(3000);
        for copy in 0..8 {
            let id = format!("{n}-{copy}{}", "<".repeat(5000));
            lines.push_str(&record(&id, &format!("{text} {}", story(&format!("c{copy}w"), 300))));
        }
    }
    sandbox.file("long.jsonl", lines);
    let page = report_of(&sandbox, &["long.jsonl", "--threshold", "0.01", "--recall", "1"]);
    assert!(page.len() <= PAGE_BYTES, "{}", page.len());
    assert!(!block(&page, "details").as_array().unwrap().is_empty());
}

#[test]
fn the_page_shows_what_the_tables_say() {
    let sandbox = Sandbox::new();
    let articles = newswire().join("articles").to_str().unwrap().to_owned();
    let page = report_of(&sandbox, &[&articles, "--keep", "earliest"]);
    let clusters = sandbox.lines("out/clusters.jsonl");
    let rows = block(&page, "rows");
    assert_eq!(rows.as_array().unwrap().len(), clusters.len());
    for row in rows.as_array().unwrap() {
        let same = |cluster: &&Value| cluster["representative"] == row["id"];
        let cluster = clusters.iter().find(same).unwrap();
        assert_eq!(row["size"], cluster["members"].as_array().unwrap().len());
        assert_eq!(row["sources"], cluster["sources"].as_array().unwrap().len());
        assert_eq!(row["first"].as_str(), cluster["first_date"].as_str().map(|date| &date[..10]));
    }
    let sizes: Vec<u64> = rows.as_array().unwrap().iter().map(|row| row["size"].as_u64().unwrap()).collect();
    assert!(sizes.is_sorted_by(|a, b| a >= b), "{sizes:?}");
    let removed = sandbox.lines("out/removed.jsonl");
    let mut near: Vec<f64> = removed
        .iter()
        .filter(|line| line["relation"] == "near")
        .map(|line| line["similarity"].as_f64().unwrap())
        .collect();
    near.sort_by(f64::total_cmp);
    let shown: Vec<f64> = block(&page, "near")
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["similarity"].as_f64().unwrap())
        .collect();
    assert_eq!(shown, near[..shown.len()]);
    assert_eq!(shown.len(), near.len().min(40));
    assert!(page.contains("class=\"matrix\"") && page.contains("<circle"), "matrix and timeline are there");
}

#[test]
fn a_corpus_without_repeats_sources_or_dates_says_so() {
    let sandbox = Sandbox::new();
    sandbox.file("one.jsonl", record("a", &story("x", 20)) + &record("b", &story("y", 20)));
    let page = report_of(&sandbox, &["one.jsonl"]);
    assert!(page.contains("nothing was removed"));
    sandbox.file("two.jsonl", record("a", &story("x", 20)) + &record("b", &story("x", 20)));
    let page = report_of(&sandbox, &["two.jsonl", "--recall", "1"]);
    for said in ["no decision was close", "have no source", "have no date", "none is missed"] {
        assert!(page.contains(said), "{said}");
    }
}

#[test]
fn repeated_paragraphs_are_shown_as_text_where_they_were_looked_for() {
    let sandbox = Sandbox::new();
    let shared = format!("<i>Subscribe</i> {}", story("s", 20));
    let mut lines = String::new();
    for n in 0..5 {
        let text =
            format!("{}\n\n{shared}\n\n{}", story(&format!("a{n}x"), 60), story(&format!("b{n}x"), 60));
        lines.push_str(&record(&n.to_string(), &text));
    }
    sandbox.file("five.jsonl", lines);
    assert!(!report_of(&sandbox, &["five.jsonl"]).contains("id=\"paragraphs\""));
    let page = report_of(&sandbox, &["five.jsonl", "--paragraphs", "report"]);
    let (_, section) = page.split_once("id=\"paragraphs\"").unwrap();
    let (section, _) = section.split_once("</section>").unwrap();
    assert!(section.contains("&#60;i&#62;Subscribe"), "{section}");
    assert!(section.contains("<td class=\"number\">5</td>"), "{section}");
}

#[test]
fn no_report_is_written_where_none_is_wanted() {
    let sandbox = Sandbox::new();
    sandbox.file("one.jsonl", record("a", &story("x", 20)));
    report_of(&sandbox, &["one.jsonl"]);
    sandbox.run(&["dedup", "one.jsonl", "-o", "out", "--overwrite", "--no-report"]).expect(0);
    assert!(
        !sandbox.path("out/report.html").exists(),
        "a page of an earlier run would contradict the tables"
    );
}
