//! The reports in a real browser: they open, groups can be opened by mouse and by keyboard, texts stay texts, nothing
//! complains.
//!
//! Screenshots are kept in `target/report-screenshots/`. Where Chromium is missing, the tests say that they were skipped.

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::ops::Deref;
use std::path::PathBuf;

use serde_json::json;

use crate::sandbox::{Sandbox, newswire, story};
use crate::webdriver::{Browser, keys};

/// A report, open in a browser.
struct Page {
    browser: Browser,
    /// Of the report's file.
    address: String,
    _sandbox: Sandbox,
}

impl Deref for Page {
    type Target = Browser;

    fn deref(&self) -> &Browser {
        &self.browser
    }
}

impl Page {
    /// Has a command write a report on a corpus, and opens it; none if there is no browser.
    fn of(command: &str, corpus: &str) -> Option<Self> {
        let sandbox = Sandbox::new();
        sandbox.file("archive.jsonl", corpus);
        Self::open(command, "archive.jsonl", sandbox)
    }

    /// That on the newswire corpus.
    fn of_newswire(command: &str) -> Option<Self> {
        Self::open(command, newswire().join("articles").to_str().unwrap(), Sandbox::new())
    }

    fn open(command: &str, input: &str, sandbox: Sandbox) -> Option<Self> {
        let Some(browser) = Browser::start() else {
            // Past the capture of the test's output, so that it is seen.
            let note =
                format!("skipped: the report of {command} in a browser (no chromium or chromedriver)\n");
            std::io::stderr().write_all(note.as_bytes()).unwrap();
            return None;
        };
        sandbox.run(&[command, input, "-o", "out", "--quiet"]).expect(0);
        let address = format!("file://{}", sandbox.path("out/report.html").display());
        browser.open(&address);
        Some(Self { browser, address, _sandbox: sandbox })
    }

    fn count(&self, selector: &str) -> u64 {
        let count = self.run(&format!("return document.querySelectorAll('{selector}').length"));
        count.as_u64().unwrap()
    }

    fn title(&self) -> String {
        self.run("return document.title").as_str().unwrap().to_owned()
    }

    /// The id of the element that has the focus.
    fn focus(&self) -> String {
        self.run("return document.activeElement.id").as_str().unwrap().to_owned()
    }

    /// On which side the last line of a text stands, which does not fill its line.
    fn side(&self, selector: &str) -> String {
        let script = "const element = document.querySelector('SELECTOR'), range = document.createRange();
            range.selectNodeContents(element);
            const runs = [...range.getClientRects()], box = element.getBoundingClientRect();
            const line = runs.filter((run) => run.bottom > runs.at(-1).top);
            const before = Math.min(...line.map((run) => run.left)) - box.left;
            const behind = box.right - Math.max(...line.map((run) => run.right));
            return before > behind ? 'right' : 'left'";
        self.run(&script.replace("SELECTOR", selector)).as_str().unwrap().to_owned()
    }

    /// Checks that neither the page nor the list of a group's documents is wider than what is seen of it.
    fn expect_all_in_sight(&self) {
        let hidden = "return [document.documentElement, document.querySelector('.members')].map((element) => \
                      element.scrollWidth - element.clientWidth)";
        assert_eq!(self.run(hidden), json!([0, 0]), "pixels are out of sight");
    }

    fn scroll_to(&self, id: &str) {
        self.run(&format!("document.getElementById('{id}').scrollIntoView()"));
    }

    /// Keeps a picture of the window.
    fn keep(&self, name: &str) {
        let directory =
            PathBuf::from(env!("CARGO_TARGET_TMPDIR")).parent().unwrap().join("report-screenshots");
        fs::create_dir_all(&directory).unwrap();
        fs::write(directory.join(format!("{name}.png")), self.screenshot()).unwrap();
    }

    /// With nothing but the keyboard: to the list, into a group, from one of its documents to the next, and on.
    fn go_through_by_keyboard(&self) {
        self.open_anew("");
        self.press(&[keys::TAB]);
        assert_eq!(self.run("return document.activeElement.className"), "skip");
        self.press(&[keys::ENTER]);
        for _ in 0..10 {
            if self.focus() != "cluster-1" {
                self.press(&[keys::TAB]);
            }
        }
        assert_eq!(self.focus(), "cluster-1", "few steps lead from the skip link to the first row");
        self.press(&[keys::DOWN, keys::ENTER]);
        assert_eq!((self.focus().as_str(), self.count(".panel")), ("cluster-2", 1));
        self.press(&[keys::UP, keys::ENTER]);
        assert_eq!((self.focus().as_str(), self.count(".panel")), ("cluster-1", 1));
        // Past the list of documents, which scrolls, to its first button, and to the second.
        self.press(&[keys::TAB, keys::TAB, keys::TAB, keys::ENTER]);
        let pressed = ".members tbody tr:nth-child(2) button[aria-pressed=\"true\"]";
        assert_eq!((self.count(pressed), self.count(".pair .text")), (1, 2));
        self.press(&[keys::ESCAPE]);
        assert_eq!((self.focus().as_str(), self.count(".panel")), ("cluster-1", 0));
        self.press(&[keys::PAGE_DOWN]);
        assert_eq!(self.focus(), "cluster-26");
    }

    /// Opens the report at a place of it, as a new reader of that address.
    fn open_anew(&self, place: &str) {
        self.browser.open("about:blank");
        self.browser.open(&format!("{}{place}", self.address));
    }

    /// Looks at both themes on a wide screen and a telephone, and keeps pictures.
    fn look_at_both_themes(&self, name: &str) {
        self.open_anew("#cluster=1");
        let colour = |selector: &str, property: &str| {
            let script = format!("return getComputedStyle(document.querySelector('{selector}')).{property}");
            self.run(&script).as_str().unwrap().to_owned()
        };
        let paper = || colour("body", "backgroundColor");
        let mut seen = Vec::new();
        for (width, theme) in [(1280, "light"), (1280, "dark"), (390, "light"), (390, "dark")] {
            self.emulate(width, theme);
            self.expect_all_in_sight();
            for (text, ground) in [("body", "body"), (".pair del", ".pair del"), (".pair ins", ".pair ins")] {
                let contrast = contrast(&colour(text, "color"), &colour(ground, "backgroundColor"));
                assert!(contrast >= 4.5, "{theme}: {text} has a contrast of {contrast:.1}");
            }
            seen.push((paper(), colour(".plot rect", "fill")));
            self.run("scrollTo(0, 0)");
            self.keep(&format!("{name}-{width}-{theme}-top"));
            for (place, part) in [("cluster-1", "cluster"), ("nearest", "nearest"), ("sources", "sources")] {
                self.scroll_to(place);
                self.keep(&format!("{name}-{width}-{theme}-{part}"));
            }
        }
        assert_ne!(seen[0].0, seen[1].0, "the dark theme has dark paper");
        assert_ne!(seen[0].1, seen[1].1, "and bars of another colour");
        assert_eq!(seen[0], seen[2]);
        // The button goes against the system's theme: automatic, light, dark.
        self.click("#theme");
        assert_eq!(paper(), seen[0].0);
        self.click("#theme");
        assert_eq!(paper(), seen[1].0);
    }
}

/// The contrast of two opaque colours by WCAG 2, from 1 to 21; they are given as `rgb(0, 0, 0)`.
fn contrast(one: &str, other: &str) -> f64 {
    let luminance = |colour: &str| {
        let channels = colour.strip_prefix("rgb(").and_then(|colour| colour.strip_suffix(')'));
        let linear =
            channels.unwrap_or_else(|| panic!("{colour} is not opaque")).split(", ").map(|channel| {
                let value: f64 = channel.parse::<f64>().unwrap() / 255.0;
                if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
            });
        linear.zip([0.2126, 0.7152, 0.0722]).map(|(value, weight)| value * weight).sum::<f64>()
    };
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

/// What the texts of a group begin with: the first is written from right to left, the second holds markup.
fn opening(group: usize) -> String {
    let hebrew = "\u{5d4}\u{5e1}\u{5e4}\u{5d9}\u{5e0}\u{5d4} \u{5d4}\u{5d2}\u{5d9}\u{5e2}\u{5d4} \u{5dc}\u{5e0}\u{5de}\u{5dc} ";
    match group {
        0 => hebrew.repeat(4),
        1 => "<script>document.title = 'told'</script><b>bold</b> ".to_owned(),
        _ => format!("Story {group} "),
    }
}

/// A record of one of so many papers, on one of so many days; in the fourth group ids give no place to break a line.
fn line(group: usize, copy: usize, [papers, days]: [usize; 2], text: &str) -> String {
    let (source, date) = (format!("Paper {}", copy % papers), format!("2007-04-{:02}", 1 + copy % days));
    let id = format!("{group}-{copy}{}", if group == 3 { "<".repeat(200) } else { String::new() });
    let record = json!({ "id": id, "text": text, "source": source, "date": date });
    format!("{record}\n")
}

/// A corpus with every turn of the page: many clusters, markup, two directions of writing, dates and sources.
fn repeats() -> String {
    let mut lines = String::new();
    for group in 0..60 {
        for copy in 0..if group == 0 { 30 } else { 2 } {
            let (shared, own) = (story(&format!("n{group}w"), 60), story(&format!("c{copy}w"), 3));
            let text = format!("{}{shared} {own}", opening(group));
            write!(lines, "{}", line(group, copy, [4, 28], &text)).unwrap();
        }
    }
    lines
}

/// The same of stories: each is told in full, then word for word, cut short, and inside a longer article.
fn stories() -> String {
    // Each tells a story once, and soon: what a paper prints again and again is a form.
    const PAPERS_AND_DAYS: [usize; 2] = [40, 4];
    let mut lines = String::new();
    for group in 0..40 {
        let told = format!("{}{}", opening(group), story(&format!("n{group}w"), 200));
        let cut: String = told.split_inclusive(' ').take(60).collect();
        let wrapped = format!("{told} {}", story(&format!("more{group}w"), 500));
        let tellings = [told.clone(), told, cut, wrapped];
        for (copy, text) in tellings.iter().enumerate() {
            lines.push_str(&line(group, copy, PAPERS_AND_DAYS, text));
        }
        for copy in 4..if group == 0 { 34 } else { 4 } {
            lines.push_str(&line(
                group,
                copy,
                PAPERS_AND_DAYS,
                &format!("{} {}", tellings[0], story(&format!("c{copy}w"), 3)),
            ));
        }
    }
    lines + &line(99, 0, PAPERS_AND_DAYS, &story("alone", 60))
}

#[test]
fn a_reader_opens_clusters_in_the_report() {
    let Some(page) = Page::of("dedup", &repeats()) else { return };
    assert_eq!(page.title(), "What was told twice – twicetold");
    assert_eq!(page.count("#groups-list .row:not(.heads)"), 25);
    assert_eq!(page.count(".panel"), 0);

    // By mouse.
    page.click("#cluster-1");
    assert_eq!(page.count(".panel"), 1);
    assert_eq!(page.count(".pair .text"), 2);
    assert!(page.count(".pair del") > 0 && page.count(".pair ins") > 0);
    assert_eq!(page.side(".pair .text"), "right", "Hebrew is written from right to left");
    assert_eq!(page.run("return location.hash"), "#cluster=1");
    page.scroll_to("cluster-1");
    page.keep("right-to-left");
    page.click(".panel tbody tr:nth-child(2) button");
    assert!(page.text(".panel tbody tr:nth-child(2)").starts_with("0-"));
    page.click("#cluster-2");
    assert!(page.text(".pair .text").starts_with("<script>document.title = 'told'</script><b>bold</b>"));
    assert_eq!(page.title(), "What was told twice – twicetold");
    assert_eq!(page.side(".pair .text"), "left");
    page.click("#cluster-2");
    assert_eq!(page.count(".panel"), 0);

    page.go_through_by_keyboard();

    // By address, and by search.
    page.open_anew("#cluster=60");
    assert_eq!(page.count("#cluster-60[aria-expanded=\"true\"]"), 1);
    page.click("#groups-list input");
    page.press(&["s", "t", "o", "r", "y", " ", "4", "2"]);
    assert_eq!(page.count("#groups-list .row:not(.heads)"), 1);
    assert_eq!(page.complaints(), Vec::<String>::new());
}

#[test]
fn a_reader_goes_through_the_stories_of_the_report() {
    let Some(page) = Page::of("stories", &stories()) else { return };
    assert_eq!(page.title(), "Stories told again – twicetold");
    assert_eq!(page.count("#groups-list .row:not(.heads)"), 25);

    // By mouse.
    page.click("#cluster-1");
    assert_eq!(page.text(".members th"), "retold");
    assert_eq!(page.count(".members tbody tr"), 20);
    assert!(page.text(".panel").contains("And 13 more, in stories.jsonl."), "{}", page.text(".panel"));
    assert!(page.text(".pair h4").starts_with("origin: 0-0"));
    assert_eq!(page.side(".pair .text"), "right", "Hebrew is written from right to left");
    assert_eq!(
        page.run("return getComputedStyle(document.querySelector(\"#cluster-1 .title\")).direction"),
        "rtl"
    );
    page.scroll_to("cluster-1");
    page.keep("stories-right-to-left");

    page.click("#cluster-2");
    let members = page.text(".members tbody");
    for relation in ["exact", "excerpt", "expansion"] {
        assert!(members.contains(relation), "{members}");
    }
    assert_eq!(
        page.count(".members button"),
        2,
        "the exact copy comes last and is not set beside the origin"
    );
    assert!(page.text(".pair .text").starts_with("<script>document.title = 'told'</script><b>bold</b>"));
    assert_eq!(page.side(".pair .text"), "left");
    page.click(".members tbody tr:nth-child(2) button");
    assert!(page.count(".pair ins") > 0, "what the longer article adds is marked");
    page.scroll_to("cluster-2");
    page.keep("stories-expansion");
    assert_eq!(page.title(), "Stories told again – twicetold");
    assert_eq!(page.count("script"), 5, "no text has become one");

    // The decisions that were closest.
    page.click("#decision-1");
    assert_eq!(page.count("#nearest .pair .text"), 2);
    assert!(
        page.text("#nearest .heads").starts_with("No.")
            && page.text("#nearest .panel h4").starts_with("compared with: ")
    );

    page.go_through_by_keyboard();
    page.open_anew("#cluster=40");
    assert_eq!(page.count("#cluster-40[aria-expanded=\"true\"]"), 1);
    page.emulate(390, "light");
    page.open_anew("#cluster=4");
    assert!(page.text(".members").starts_with("3-2<<<<"));
    page.keep("stories-390-long-ids");
    page.expect_all_in_sight();
    assert_eq!(page.complaints(), Vec::<String>::new());
}

#[test]
fn the_report_is_readable_in_both_themes_and_on_a_telephone() {
    let Some(page) = Page::of_newswire("dedup") else { return };
    page.look_at_both_themes("newswire");
    assert_eq!(page.complaints(), Vec::<String>::new());
}

#[test]
fn the_report_of_stories_is_readable_in_both_themes_and_on_a_telephone() {
    let Some(page) = Page::of_newswire("stories") else { return };
    page.look_at_both_themes("stories");
    assert_eq!(page.complaints(), Vec::<String>::new());
}
