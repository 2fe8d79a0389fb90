//! Faults of runs within a limit of memory.
#![allow(clippy::cast_possible_truncation, reason = "small numbers of a test")]

use std::fmt::Write;
use std::fs;
use std::process::Stdio;

use crate::sandbox::{Sandbox, record, story};

/// A run that was killed behind its commit could not be gone on with: its own output was in the way, and its work files
/// stayed for good.
#[test]
fn a_run_that_was_killed_when_its_output_stood_is_done() {
    let sandbox = Sandbox::new();
    let lines: String =
        (0..3000).map(|n| record(&format!("d{n}"), &story(&format!("w{}x", n % 2500), 9))).collect();
    sandbox.file("in/a.jsonl", lines);
    for (output, command) in [("out", "dedup"), ("tables", "scan")] {
        let arguments = [command, "in", "-o", output, "--quiet", "--memory", "32M", "--temp-dir", "scratch"];
        fs::create_dir_all(sandbox.path("scratch")).unwrap();
        let mut child = sandbox.command(&arguments).stdin(Stdio::null()).spawn().unwrap();
        // Its work files are there once it is about to commit; they are put back as they were then.
        let work = loop {
            let found =
                fs::read_dir(sandbox.path("scratch")).unwrap().next().map(|entry| entry.unwrap().path());
            let manifest = found.as_ref().and_then(|work| fs::read(work.join("manifest.json")).ok());
            if manifest.is_some_and(|text| String::from_utf8_lossy(&text).contains("\"output\"")) {
                child.kill().unwrap();
                break found.unwrap();
            }
            assert!(child.try_wait().unwrap().is_none(), "{command} ended unseen");
        };
        child.wait().unwrap();
        let other = [&arguments[..], &["--resume", "--threshold", "0.7"]].concat();
        if sandbox.path(&format!("{output}/summary.json")).exists() {
            sandbox.run(&other).expect(2);
        }
        let resume = [&arguments[..], &["--resume"]].concat();
        sandbox.run(&resume).expect(0);
        assert!(!work.exists(), "{command}");
        assert!(sandbox.path(&format!("{output}/summary.json")).exists());
        assert!(sandbox.path("out/clean/a.jsonl").exists());
        // Without work there is nothing to go on with, and the output is in the way.
        sandbox.run(&resume).expect(2);
    }
}

/// Documents of many kinds of families: stories that several papers tell, excerpts and round-ups of them, forms of offices,
/// pages saved again and again, copies; of dates and sources, some of which are not known.
fn told_corpus(documents: u64) -> String {
    let draw = |n: u64, of: u64, kind: u64| {
        let mut mixed =
            (n + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ kind.wrapping_mul(0xd6e8_feb8_6659_fd93);
        mixed = (mixed ^ mixed >> 32).wrapping_mul(0xd6e8_feb8_6659_fd93);
        (mixed >> 33) % of
    };
    let telling = |topic: u64, words: usize| story(&format!("t{topic}w"), words);
    let mut lines = String::new();
    for n in 0..documents {
        let topic = draw(n, documents / 6, 1);
        let letter = |place: u64| char::from(b'a' + draw(n, 26, 20 + place) as u8);
        let town = format!("T{}", (0..6).map(letter).collect::<String>());
        let form = format!(
            "The council of {town} will receive {} crowns for its harbour, the ministry said. It is to mend the quays and \
             the old sheds by the water, which have been closed since the storm, and to pay for a new light at the end of \
             the pier. The mayor of {town} said that the town had waited for this for years and that work would begin.",
            1000 + draw(n, 90_000, 3)
        );
        let text = match n % 10 {
            0..=3 => {
                format!("{} {}", telling(topic, 90), story(&format!("own{n}w"), draw(n, 12, 4) as usize))
            }
            4 => telling(topic, 40 + draw(n, 45, 5) as usize),
            5 => format!("{} {} {}", telling(topic, 60), telling(topic + 1, 60), telling(topic + 2, 60)),
            6 | 7 => form,
            8 => format!("{} saved {}", story(&format!("page{}w", n % 5), 70), draw(n, 40, 6)),
            _ => story(&format!("s{n}w"), draw(n, 60, 7) as usize),
        };
        let mut line = serde_json::json!({ "id": format!("d{n}"), "text": text });
        if n % 13 != 0 {
            let day = topic % 25 + draw(n, 3, 8);
            line["date"] = format!("2001-03-{:02}", day + 1).into();
        }
        if n % 17 != 0 {
            line["source"] = format!("paper{}", draw(n, 9, 9)).into();
        }
        writeln!(lines, "{line}").unwrap();
    }
    lines
}

#[test]
fn stories_are_the_same_within_the_lowest_limit() {
    let sandbox = Sandbox::new();
    sandbox.file("in/a.jsonl", told_corpus(3_000));
    // These have templates that do not recur.
    sandbox.run(&["generate", "-o", "made", "--docs", "3000", "--mean-words", "80", "--quiet"]).expect(0);
    sandbox.file("in/b.jsonl", sandbox.read("made/docs.jsonl"));
    fs::create_dir(sandbox.path("scratch")).unwrap();
    let ways: [&[&str]; 4] = [
        &[],
        &["--window", "none", "--containment", "0.4", "--bands", "40", "--rows", "2"],
        &["--strip-credits", "--threshold", "0.5"],
        &["--recall", "1", "--no-report"],
    ];
    for (index, way) in ways.into_iter().enumerate() {
        let stories = |output: &str, more: &[&str]| {
            let arguments =
                [&["stories", "in", "-o", output, "--quiet", "--threads", "1"], way, more].concat();
            sandbox.run(&arguments).expect(0);
            let mut tree = sandbox.tree(output);
            tree.retain(|(name, _)| name != "timing.json");
            tree
        };
        let free = stories(&format!("free{index}"), &[]);
        assert!(sandbox.lines(&format!("free{index}/stories.jsonl")).len() > 100, "{way:?}");
        let bounded = stories(&format!("bounded{index}"), &["--memory", "16M"]);
        assert!(free == bounded, "{way:?}");
        let elsewhere = stories(&format!("elsewhere{index}"), &["--memory", "16M", "--temp-dir", "scratch"]);
        assert!(free == elsewhere, "{way:?} elsewhere");
    }
    assert_eq!(fs::read_dir(sandbox.path("scratch")).unwrap().count(), 0);
    let summary = sandbox.json("free0/summary.json");
    assert!(summary["bounded"]["crowded"].as_u64() > Some(100), "{summary}");
    for kind in ["templates", "forms", "kept_apart"] {
        assert!(summary["not_linked"][kind].as_u64() > Some(20), "{summary}");
    }
    let refused = sandbox.run(&["stories", "in", "-o", "out", "--memory", "4M"]).expect(2);
    assert!(
        refused.stderr.contains("--memory") && refused.stderr.contains("takes about"),
        "{}",
        refused.stderr
    );
}
