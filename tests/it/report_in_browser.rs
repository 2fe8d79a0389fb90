//! The report in a real browser: it opens, clusters can be opened by mouse and by keyboard, nothing complains.
//!
//! Screenshots are kept in `target/report-screenshots/`. Where Chromium is missing, the test says that it was skipped.

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::PathBuf;

use crate::sandbox::{Sandbox, newswire, story};
use crate::webdriver::{Browser, keys};

/// Keeps a picture of the window.
fn keep(browser: &Browser, name: &str) {
    let directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).parent().unwrap().join("report-screenshots");
    fs::create_dir_all(&directory).unwrap();
    fs::write(directory.join(format!("{name}.png")), browser.screenshot()).unwrap();
}

/// A corpus with every turn of the page: many clusters, markup, two directions of writing, dates and sources.
fn corpus() -> String {
    let hebrew = "\u{5d4}\u{5e1}\u{5e4}\u{5d9}\u{5e0}\u{5d4} \u{5d4}\u{5d2}\u{5d9}\u{5e2}\u{5d4} \u{5dc}\u{5e0}\u{5de}\u{5dc} ";
    let mut lines = String::new();
    for n in 0..60 {
        for copy in 0..if n == 0 { 30 } else { 2 } {
            let opening = match n {
                0 => hebrew.repeat(4),
                1 => "<script>document.title = 'told'</script><b>bold</b> ".to_owned(),
                _ => format!("Story {n} "),
            };
            let text =
                format!("{opening}{} {}", story(&format!("n{n}w"), 60), story(&format!("c{copy}w"), 3));
            let (source, date) = (format!("Paper {}", copy % 4), format!("2007-04-{:02}", 1 + copy % 28));
            let record = serde_json::json!({
                "id": format!("{n}-{copy}"), "text": text, "source": source, "date": date,
            });
            writeln!(lines, "{record}").unwrap();
        }
    }
    lines
}

#[test]
fn a_reader_opens_clusters_in_the_report() {
    let Some(browser) = Browser::start() else {
        // Past the capture of the test's output, so that it is seen.
        writeln!(std::io::stderr(), "skipped: the report in a browser (no chromium or chromedriver)")
            .unwrap();
        return;
    };
    let sandbox = Sandbox::new();
    sandbox.file("archive.jsonl", corpus());
    sandbox.run(&["dedup", "archive.jsonl", "-o", "out", "--quiet"]).expect(0);
    let address = format!("file://{}", sandbox.path("out/report.html").display());
    browser.open(&address);
    assert_eq!(browser.run("return document.title"), "What was told twice – twicetold");
    let count =
        |selector: &str| browser.run(&format!("return document.querySelectorAll('{selector}').length"));
    assert_eq!(count("#groups-list .row:not(.heads)"), 25);
    assert_eq!(count(".panel"), 0);

    // By mouse.
    browser.click("#cluster-1");
    assert_eq!(count(".panel"), 1);
    assert_eq!(count(".pair .text"), 2);
    assert!(count(".pair del").as_u64() > Some(0) && count(".pair ins").as_u64() > Some(0));
    let direction = |selector: &str| {
        browser.run(&format!("return getComputedStyle(document.querySelector('{selector}')).direction"))
    };
    assert_eq!(direction(".pair .text"), "rtl", "Hebrew is written from right to left");
    assert_eq!(browser.run("return location.hash"), "#cluster=1");
    browser.run("document.getElementById('cluster-1').scrollIntoView()");
    keep(&browser, "right-to-left");
    browser.click(".panel tbody tr:nth-child(2) button");
    assert!(browser.text(".panel tbody tr:nth-child(2)").starts_with("0-"));
    browser.click("#cluster-1");
    assert_eq!(count(".panel"), 0);

    // By keyboard: down, open, close, next page.
    browser.press(&[keys::DOWN, keys::ENTER]);
    assert_eq!(browser.run("return document.activeElement.id"), "cluster-2");
    assert_eq!(count(".panel"), 1);
    assert!(browser.text(".pair .text").starts_with("<script>document.title = 'told'</script><b>bold</b>"));
    assert_eq!(browser.run("return document.title"), "What was told twice – twicetold");
    assert_eq!(direction(".pair .text"), "ltr");
    browser.press(&[keys::ESCAPE]);
    assert_eq!(count(".panel"), 0);
    browser.press(&["\u{e00f}"]);
    assert_eq!(browser.run("return document.activeElement.id"), "cluster-26");

    // By address, and by search.
    browser.open(&format!("{address}#cluster=60"));
    assert_eq!(count("#cluster-60[aria-expanded=\"true\"]"), 1);
    browser.click("#groups-list input");
    browser.press(&["s", "t", "o", "r", "y", " ", "4", "2"]);
    assert_eq!(count("#groups-list .row:not(.heads)"), 1);
    assert_eq!(browser.complaints(), Vec::<String>::new());
}

#[test]
fn the_report_is_readable_in_both_themes_and_on_a_telephone() {
    let Some(browser) = Browser::start() else {
        writeln!(std::io::stderr(), "skipped: the report's looks (no chromium or chromedriver)").unwrap();
        return;
    };
    let sandbox = Sandbox::new();
    sandbox.run(&["dedup", newswire().join("articles").to_str().unwrap(), "-o", "out", "--quiet"]).expect(0);
    browser.open(&format!("file://{}#cluster=1", sandbox.path("out/report.html").display()));
    let paper = || browser.run("return getComputedStyle(document.body).backgroundColor");
    let bars = || browser.run("return getComputedStyle(document.querySelector('.plot rect')).fill");
    let mut seen = Vec::new();
    for (width, theme) in [(1280, "light"), (1280, "dark"), (390, "light"), (390, "dark")] {
        browser.emulate(width, theme);
        let overflow = browser.run("return document.documentElement.scrollWidth - innerWidth");
        assert!(overflow.as_i64() <= Some(0), "{width} {theme}: {overflow} pixels too wide");
        seen.push((paper(), bars()));
        browser.run("scrollTo(0, 0)");
        keep(&browser, &format!("newswire-{width}-{theme}-top"));
        browser.run("document.getElementById('cluster-1').scrollIntoView()");
        keep(&browser, &format!("newswire-{width}-{theme}-cluster"));
    }
    assert_ne!(seen[0].0, seen[1].0, "the dark theme has dark paper");
    assert_ne!(seen[0].1, seen[1].1, "and bars of another colour");
    assert_eq!(seen[0], seen[2]);
    // The button goes against the system's theme: automatic, light, dark.
    browser.click("#theme");
    assert_eq!(paper(), seen[0].0);
    browser.click("#theme");
    assert_eq!(paper(), seen[1].0);
    assert_eq!(browser.complaints(), Vec::<String>::new());
}
