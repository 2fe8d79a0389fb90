//! Forms that were taken for copies, and credits that nobody named. Issue 13, points 2 and 3.

use std::collections::BTreeSet;

use serde_json::json;

use crate::sandbox::{Sandbox, record, story};

const DIRECTIONS: [&str; 3] = ["north", "east", "south-west"];

/// A stub of a place: the form of a family, in which plain words fill the slots.
fn stub(place: usize) -> String {
    format!(
        "is a village in the district of Upper Dale{place}, within the old county of the lakes, in the hills of the \
         country. It lies about a day on foot {} of Dale{place} and on the way to the capital of the region, and has a \
         chapel of its own",
        DIRECTIONS[place % DIRECTIONS.len()]
    )
}

fn gone(sandbox: &Sandbox, arguments: &[&str]) -> BTreeSet<String> {
    let all = ["dedup", "-o", "out", "--overwrite", "-t", "0.6", "--keep-templates"];
    sandbox.run(&[&all[..], arguments].concat()).expect(0);
    let removed = sandbox.lines("out/removed.jsonl");
    removed.iter().map(|line| line["id"].as_str().unwrap().to_owned()).collect()
}

/// Each of these stubs went on account of another place.
#[test]
fn stubs_of_a_family_stay_whatever_words_tell_them_apart_and_copies_of_one_go() {
    let sandbox = Sandbox::new();
    let stubs: String = (0..24).map(|place| record(&place.to_string(), &stub(place))).collect();
    sandbox.file("stubs.jsonl", stubs);
    let copies = [
        record("copy", &stub(0)),
        // An edit of the frame is one document's; the others go on as before.
        record("edited", &stub(4).replace("the hills", "the mountains")),
        record("cut", stub(6).trim_end_matches(" of its own")),
    ];
    sandbox.file("copies.jsonl", copies.concat());
    // Of two equal ones the first in corpus order stays, of others the longer.
    let expected: BTreeSet<String> = ["0", "4", "cut"].map(str::to_owned).into();
    let first = ["stubs.jsonl", "copies.jsonl", "--keep", "longest"];
    for options in [&[][..], &["--recall", "1"], &["--threads", "1"], &["--memory", "64M"]] {
        assert_eq!(gone(&sandbox, &[&first, options].concat()), expected, "{options:?}");
    }
    let removed = sandbox.read("out/removed.jsonl");
    assert_eq!(gone(&sandbox, &["copies.jsonl", "stubs.jsonl", "--keep", "longest"]), expected);
    assert_eq!(sandbox.read("out/removed.jsonl"), removed);
}

/// What many documents print without date or source recurs as a form does; their edits are at places of their own.
#[test]
fn an_article_that_many_print_without_date_or_source_is_no_form() {
    let sandbox = Sandbox::new();
    let words: Vec<String> = story("wire", 400).split(' ').map(str::to_owned).collect();
    let copies: String = (0..20)
        .map(|n| {
            let mut copy = words.clone();
            copy[20 * n] = format!("edit{n}");
            copy[20 * n + 10] = format!("{}", 1000 + n);
            record(&n.to_string(), &copy.join(" "))
        })
        .collect();
    sandbox.file("copies.jsonl", copies);
    assert_eq!(gone(&sandbox, &["copies.jsonl"]).len(), 19);
}

/// A release for each town, on many days: the own parts differ, which a pair of them may not show.
#[test]
fn releases_that_share_what_recurs_over_days_stay_and_a_copy_goes() {
    let sandbox = Sandbox::new();
    let release = |n: usize| {
        let text = format!(
            "{} The grant of {} crowns goes to the fire service of Port {n}x for {}. {}",
            story("head", 40),
            1000 + n * 37,
            story(&format!("need{n}x"), 12),
            story("foot", 60)
        );
        json!({ "id": n.to_string(), "text": text, "source": "office", "date": format!("2020-{:02}-{:02}", 1 + n / 28, 1 + n % 28) })
    };
    let mut releases: Vec<_> = (0..20).map(release).collect();
    let mut copy = release(7);
    copy["id"] = json!("copy");
    copy["text"] = json!(copy["text"].as_str().unwrap().replace("head11", "heed11"));
    releases.push(copy);
    sandbox.file("releases.jsonl", releases.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"));
    assert_eq!(gone(&sandbox, &["releases.jsonl"]), BTreeSet::from(["copy".to_owned()]));
}

/// A paper that prints a dispatch was its source, whoever wrote it.
#[test]
fn a_credited_agency_is_named_beside_the_source_and_counted() {
    let sandbox = Sandbox::new();
    let text = story("wire", 100);
    let article = |id: &str, source: &str, text: String| {
        format!("{}\n", json!({ "id": id, "text": text, "source": source, "date": "2024-01-05" }))
    };
    let news = [
        article("a", "Post", format!("PARIS (AP) - {text}")),
        article("b", "Echo", format!("{text}. (Associated Press)")),
        article("c", "Echo", format!("Reuters and others said: {text}")),
        article("d", "Post", format!("{} ({})", story("other", 100), "Reuters")),
    ];
    sandbox.file("news.jsonl", news.concat());
    sandbox.run(&["stories", "news.jsonl", "-o", "told"]).expect(0);
    let told = &sandbox.lines("told/stories.jsonl")[0];
    assert_eq!((&told["origin"]["id"], &told["origin"]["credited"]), (&json!("a"), &json!("AP")));
    let members = told["members"].as_array().unwrap();
    let credited: Vec<_> = members.iter().map(|member| (&member["id"], member.get("credited"))).collect();
    assert_eq!(credited, [(&json!("b"), Some(&json!("AP"))), (&json!("c"), None)]);
    assert_eq!(sandbox.read("told/credits.csv"), "from,to,documents,stories\nAP,Echo,1,1\nAP,Post,1,1\n");
}
