//! Decisions that were wrong, and runs that called themselves done.

use serde_json::{Value, json};

use crate::sandbox::{Sandbox, record};

/// The sequence of Thue and Morse over two words: the n-th word is the second if n has an odd number of one bits.
fn thue_morse(words: [&str; 2], length: u32) -> String {
    (0..length).map(|n| words[n.count_ones() as usize % 2]).collect::<Vec<_>>().join(" ")
}

/// Two texts that have no word in common at any place were exact copies: a polynomial modulo a power of two cannot
/// tell them apart.
#[test]
fn sequences_of_thue_and_morse_are_no_exact_copies() {
    let sandbox = Sandbox::new();
    let texts = [thue_morse(["gale", "fog"], 4096), thue_morse(["fog", "gale"], 4096)];
    sandbox.file("a.txt", &texts[0]);
    sandbox.file("b.txt", &texts[1]);
    sandbox.file("in.jsonl", record("a", &texts[0]) + &record("b", &texts[1]));
    let run = sandbox.run(&["explain", "a.txt", "b.txt", "--json"]).expect(0);
    let explained: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(explained["exact"], json!(false));
    assert_ne!(explained["relation"], json!("exact"));
    for options in [&[][..], &["--memory", "1G"], &["--recall", "1"], &["--paragraphs", "remove"]] {
        sandbox.run(&[&["dedup", "in.jsonl", "-o", "out", "--overwrite"], options].concat()).expect(0);
        assert_eq!(sandbox.lines("out/removed.jsonl")[0]["relation"], json!("near"), "{options:?}");
    }
    let run = sandbox.run(&["dedup", "in.jsonl", "-o", "none", "--dry-run", "--json"]).expect(0);
    let estimate: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(estimate["repeats_exact"], json!(0), "{estimate}");
}

/// As above, of paragraphs and lines of one document, which must be exact to be removed.
#[test]
fn paragraphs_of_thue_and_morse_do_not_repeat_each_other() {
    let sandbox = Sandbox::new();
    let [first, second] = [thue_morse(["gale", "fog"], 4096), thue_morse(["fog", "gale"], 4096)];
    sandbox.file("in.jsonl", record("a", &format!("{first}\n\n{second}\n\n{first}")));
    let options = ["--paragraphs", "remove", "--min-words", "1000000"];
    sandbox.run(&[&["dedup", "in.jsonl", "-o", "out"], &options[..]].concat()).expect(0);
    let kept = &sandbox.lines("out/clean/in.jsonl")[0]["text"];
    assert_eq!(kept.as_str().unwrap().trim_end(), format!("{first}\n\n{second}"));
}
