//! A run within bounded memory gives what any run gives, is killed without harm, and keeps to its limit.

use std::fs;
use std::process::{Child, Stdio};
use std::thread;
use std::time::Duration;

use crate::sandbox::{Sandbox, record, story};

/// Documents of families, some too large to be paired, in two files, with exact copies, dates, empty texts and
/// lines that cannot be read.
fn corpus(sandbox: &Sandbox, documents: usize) {
    let mut files = [String::new(), String::new()];
    for n in 0..documents {
        let (family, variant) = (n % 211, n / 211 % 40);
        let words = if family < 4 { 12 } else { 30 };
        let text = match n % 17 {
            0 => story(&format!("exact{}w", n % 50), 20),
            1 => "...".to_owned(),
            _ => {
                format!("{} v{variant} {}", story(&format!("f{family}w"), words), story(&format!("n{n}w"), 2))
            }
        };
        let date = format!("2001-{:02}-{:02}", n % 12 + 1, n % 28 + 1);
        let line = serde_json::json!({ "id": format!("d{n}"), "date": date, "text": text });
        let file = &mut files[n * 2 / documents];
        file.push_str(&line.to_string());
        file.push('\n');
        match n % 101 {
            7 => file.push_str("{\"text\": 5}\n"),
            8 => file.push_str("\n  \n"),
            9 => file.push_str("{\"text\": \"cut sh\n"),
            _ => {}
        }
    }
    for (name, content) in ["in/a.jsonl", "in/b.jsonl"].into_iter().zip(files) {
        sandbox.file(name, content);
    }
}

/// Everything that a run left, but for `timing.json`.
fn output(sandbox: &Sandbox, name: &str) -> Vec<(String, Vec<u8>)> {
    let mut tree = sandbox.tree(name);
    tree.retain(|(name, _)| name != "timing.json");
    assert!(tree.len() >= 5, "{:?}", tree.iter().map(|file| &file.0).collect::<Vec<_>>());
    tree
}

fn dedup<'a>(output: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    [&["dedup", "in", "-o", output, "--quiet"], more].concat()
}

fn spawn(sandbox: &Sandbox, arguments: &[&str]) -> Child {
    sandbox.command(arguments).stdin(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
}

#[test]
fn a_limit_changes_nothing_in_the_output() {
    let sandbox = Sandbox::new();
    corpus(&sandbox, 20_000);
    let ways: [&[&str]; 5] = [
        &[],
        &["--keep", "latest,longest"],
        &["--verify", "signature", "--threshold", "0.7"],
        &["--recall", "1"],
        &["--bands", "40", "--rows", "2", "--threads", "1"],
    ];
    for (index, way) in ways.into_iter().enumerate() {
        let free = format!("free{index}");
        sandbox.run(&dedup(&free, way)).expect(0);
        let expected = output(&sandbox, &free);
        // The exact index of large buckets takes up to 26 MB here.
        for memory in ["32M", "64M"] {
            let bounded = format!("bounded{index}-{memory}");
            sandbox.run(&dedup(&bounded, &[way, &["--memory", memory]].concat())).expect(0);
            assert!(expected == output(&sandbox, &bounded), "{way:?} within {memory}");
        }
    }
    let removed = sandbox.lines("free0/removed.jsonl");
    let crowded = sandbox.json("free0/summary.json")["index"]["crowded"].as_u64().unwrap();
    assert!(removed.len() > 10_000 && crowded > 100, "{} {crowded}", removed.len());
}

#[test]
fn a_run_killed_again_and_again_goes_on_and_gives_the_same() {
    let sandbox = Sandbox::new();
    corpus(&sandbox, 40_000);
    sandbox.run(&dedup("free", &["--keep", "latest"])).expect(0);
    let arguments = dedup("out", &["--keep", "latest", "--memory", "32M", "--resume", "--threads", "1"]);
    let (mut kills, mut is_committed) = (0, false);
    let mut stages_seen = Vec::new();
    for attempt in 0.. {
        // Longer and longer, so that each run comes further than the one before whatever the machine is doing.
        let delay = Duration::from_millis(30 + 35 * attempt + attempt * attempt);
        let mut child = spawn(&sandbox, &arguments);
        thread::sleep(delay);
        if let Some(status) = child.try_wait().unwrap() {
            assert!(status.success(), "{:?}", child.wait_with_output());
            break;
        }
        child.kill().unwrap();
        child.wait().unwrap();
        kills += 1;
        if sandbox.path("out/summary.json").exists() {
            // Killed when its output stood already, and nothing was left to do but to take its work away.
            is_committed = true;
            break;
        }
        assert!(!sandbox.path("out/clean").exists());
        if let Ok(manifest) = fs::read_to_string(sandbox.path("out/.twicetold-work/manifest.json")) {
            for stage in ["\"read\"", "\"candidates\"", "\"select\""] {
                if manifest.contains(stage) && !stages_seen.contains(&stage) {
                    stages_seen.push(stage);
                }
            }
        }
    }
    assert!(kills >= 3 && stages_seen.contains(&"\"read\""), "{kills} kills, {stages_seen:?}");
    assert!(output(&sandbox, "free") == output(&sandbox, "out"), "after {kills} kills");
    assert!(is_committed || !sandbox.path("out/.twicetold-work").exists());
}

/// Starts a run and kills it once its manifest holds this.
fn kill_when(sandbox: &Sandbox, arguments: &[&str], manifest: &str, holds: &str) {
    let mut child = spawn(sandbox, arguments);
    loop {
        let text = fs::read_to_string(sandbox.path(manifest)).unwrap_or_default();
        if text.contains(holds) {
            break;
        }
        assert!(child.try_wait().unwrap().is_none(), "it ended before {holds} was in {manifest}");
    }
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn work_made_with_other_parameters_or_inputs_is_refused_and_damage_is_named() {
    let sandbox = Sandbox::new();
    corpus(&sandbox, 40_000);
    let begin = dedup("out", &["--memory", "32M", "--threads", "1"]);
    let manifest = "out/.twicetold-work/manifest.json";
    kill_when(&sandbox, &begin, manifest, "\"read\"");

    let other = [&begin[..], &["--resume", "--bands", "16", "--rows", "8"]].concat();
    let refused = sandbox.run(&other).expect(2);
    assert!(refused.stderr.contains("built with bands=21, asked for bands=16"), "{}", refused.stderr);
    let other = [&begin[..], &["--resume", "--join-hyphens"]].concat();
    let refused = sandbox.run(&other).expect(2);
    assert!(
        refused.stderr.contains("built with join-hyphens=false, asked for join-hyphens=true"),
        "{}",
        refused.stderr
    );
    let other = [&begin[..], &["--resume", "--text-field", "id"]].concat();
    let refused = sandbox.run(&other).expect(2);
    assert!(
        refused.stderr.contains("built with text-field=text, asked for text-field=id"),
        "{}",
        refused.stderr
    );

    let resume = [&begin[..], &["--resume"]].concat();
    let a = sandbox.read("in/a.jsonl");
    sandbox.file("in/a.jsonl", format!("{a}{}", record("new", "a record more")));
    let refused = sandbox.run(&resume).expect(2);
    assert!(refused.stderr.contains("built with input a.jsonl="), "{}", refused.stderr);

    // Without the flag the work of the other run is of no interest.
    sandbox.run(&begin).expect(0);
    sandbox.run(&dedup("free", &[])).expect(0);
    assert!(output(&sandbox, "free") == output(&sandbox, "out"));

    let begin = dedup("again", &["--memory", "32M", "--threads", "1"]);
    kill_when(&sandbox, &begin, "again/.twicetold-work/manifest.json", "\"read\"");
    let signatures = sandbox.path("again/.twicetold-work/signatures");
    let mut bytes = fs::read(&signatures).unwrap();
    bytes[1000] ^= 4;
    fs::write(&signatures, bytes).unwrap();
    let resume = [&begin[..], &["--resume"]].concat();
    let damaged = sandbox.run(&resume).expect(1);
    assert!(damaged.stderr.contains("signatures: this work file is damaged"), "{}", damaged.stderr);
    assert!(!sandbox.path("again/summary.json").exists());
}

#[test]
fn work_files_go_where_they_are_told_and_are_gone_at_the_end() {
    let sandbox = Sandbox::new();
    corpus(&sandbox, 40_000);
    fs::create_dir(sandbox.path("scratch")).unwrap();
    let begin = dedup("out", &["--memory", "32M", "--temp-dir", "scratch"]);
    let mut child = spawn(&sandbox, &begin);
    let work = loop {
        if let Some(entry) = fs::read_dir(sandbox.path("scratch")).unwrap().next() {
            break entry.unwrap().path();
        }
        assert!(child.try_wait().unwrap().is_none(), "no work directory was seen");
    };
    assert!(child.wait().unwrap().success());
    assert!(!work.exists() && !sandbox.path("out/.twicetold-work").exists());
}

#[test]
fn a_limit_that_cannot_be_kept_is_refused_with_what_is_needed() {
    let sandbox = Sandbox::new();
    sandbox.file("in/a.jsonl", record("a", &story("a", 100)));
    let refused = sandbox.run(&dedup("out", &["--memory", "1M"])).expect(2);
    assert!(refused.stderr.contains("a limit of 1M is too small for any run"), "{}", refused.stderr);
    sandbox.file("in/a.jsonl", record("a", &story("a", 400_000)));
    let refused = sandbox.run(&dedup("out", &["--memory", "8M", "--threads", "2"])).expect(2);
    // The size that it names suffices, however long the record.
    let needed = refused.stderr.split("takes about ").nth(1).unwrap().split(';').next().unwrap().to_owned();
    sandbox.run(&dedup("out", &["--memory", &needed, "--threads", "2"])).expect(0);
}

#[test]
#[cfg(target_os = "linux")]
fn memory_stays_below_the_limit() {
    let sandbox = Sandbox::new();
    let mut lines = String::new();
    for n in 0..150_000 {
        lines.push_str(&record(&format!("d{n}"), &story(&format!("w{}x", n % 120_000), 6)));
    }
    sandbox.file("in/a.jsonl", lines);
    let peak = |more: &[&str], output: &str| anonymous_peak(&sandbox, &dedup(output, more));
    let (free, bounded) = (peak(&[], "free"), peak(&["--memory", "24M", "--threads", "2"], "bounded"));
    assert!(free > 32 << 20, "the case must need more than the limit: {free}");
    assert!(bounded < 24 << 20, "{bounded}");
    assert!(output(&sandbox, "free") == output(&sandbox, "bounded"));
}

/// Documents of several paragraphs, some of which stand in many, of two sources, some of them forms; a few are long.
fn pages(sandbox: &Sandbox, documents: usize) {
    let mut lines = String::new();
    for n in 0..documents {
        let own = story(&format!("p{n}w"), 30);
        let shared = story(&format!("s{}w", n % 300), 24);
        let near = story(&format!("s{}w", n % 300), 23) + "changed";
        let hashed = (n as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let letter = |place: u32| char::from(b'a' + (hashed >> (place * 7) & 0x7f) as u8 % 26);
        let town = format!("T{}", (0..8).map(letter).collect::<String>());
        let form = format!(
            "The council of {town} will receive {} crowns for its harbour, the ministry said. It is to mend the quays and \
             the old sheds by the water, which have been closed since the storm, and to pay for a new light at the end of \
             the pier. The mayor of {town} said that the town had waited for this for years and that work would begin.",
            1000 + n * 17
        );
        let mut paragraphs = match n % 5 {
            0 => vec![own, shared],
            1 => vec![own, near.clone(), "Short line".to_owned(), "Short line".to_owned()],
            2 => vec![form],
            3 => vec![story(&format!("p{}w", n - 3), 30), shared],
            _ => vec![story(&format!("twin{}w", n / 20), 60), format!("by line {}", n % 3)],
        };
        if n % 701 == 4 {
            paragraphs.push(story(&format!("long{}w", n / 1402), 9_000));
        }
        let (id, source) = (format!("d{n}"), format!("paper{}", n % 2));
        let text = paragraphs.join("\n\n");
        lines.push_str(&serde_json::json!({ "id": id, "source": source, "text": text }).to_string());
        lines.push('\n');
    }
    sandbox.file("in/pages.jsonl", lines);
}

#[test]
fn every_option_gives_the_same_within_the_lowest_limit() {
    let sandbox = Sandbox::new();
    pages(&sandbox, 3_000);
    sandbox.file("old/a.jsonl", record("old", &story("twin3w", 60)) + &record("new", &story("never", 40)));
    let ways: [&[&str]; 9] = [
        &["--paragraphs", "remove", "--boilerplate", "50"],
        &["--paragraphs", "report", "--min-words", "1", "--paragraph-split", "line"],
        &["--paragraphs", "report", "--recall", "1"],
        &["--keep-templates", "--threshold", "0.5"],
        &["--keep-templates", "--threshold", "0.5", "--paragraphs", "remove", "--keep", "longest"],
        &["--mode", "annotate"],
        &["--mode", "list", "--shingle", "char:5", "--threshold", "0.7"],
        &["--against", "old"],
        &["--cross-source-only"],
    ];
    for (index, way) in ways.into_iter().enumerate() {
        let (free, bounded) = (format!("free{index}"), format!("bounded{index}"));
        sandbox.run(&dedup(&free, &[way, &["--threads", "2"]].concat())).expect(0);
        // An exact index stays in memory, and a decision for each paragraph.
        let memory = match way {
            way if way.contains(&"--recall") => "48M",
            way if way.contains(&"--paragraphs") => "18M",
            // Shingles of letters make nearly all documents alike, and counting those takes 16 MB.
            way if way.contains(&"char:5") => "32M",
            _ => "15M",
        };
        sandbox.run(&dedup(&bounded, &[way, &["--threads", "2", "--memory", memory]].concat())).expect(0);
        assert!(output(&sandbox, &free) == output(&sandbox, &bounded), "{way:?} within {memory}");
        assert!(!sandbox.lines(&format!("{free}/removed.jsonl")).is_empty(), "{way:?}");
    }
    let summary = sandbox.json("free3/summary.json");
    assert!(summary["templates"]["kept_apart"].as_u64().unwrap() > 10, "{summary}");
    assert!(sandbox.lines("free0/paragraphs.jsonl").len() > 100);
}

#[test]
fn a_run_that_keeps_templates_and_looks_at_paragraphs_goes_on_where_it_was_killed() {
    let sandbox = Sandbox::new();
    pages(&sandbox, 3_000);
    let way = ["--keep-templates", "--threshold", "0.5", "--paragraphs", "remove"];
    sandbox.run(&dedup("free", &way)).expect(0);
    // A run that is killed behind its last rename has an output.
    let more = ["--memory", "24M", "--resume", "--threads", "1", "--overwrite"];
    let bounded = [&way[..], &more].concat();
    let arguments = dedup("out", &bounded);
    let mut kills = 0;
    for attempt in 0.. {
        let mut child = spawn(&sandbox, &arguments);
        thread::sleep(Duration::from_millis(40 + 40 * attempt + attempt * attempt));
        if let Some(status) = child.try_wait().unwrap() {
            assert!(status.success(), "{:?}", child.wait_with_output());
            break;
        }
        child.kill().unwrap();
        child.wait().unwrap();
        kills += 1;
    }
    assert!(kills >= 3, "{kills}");
    assert!(output(&sandbox, "free") == output(&sandbox, "out"), "after {kills} kills");
}

#[test]
fn a_run_without_an_output_directory_keeps_its_work_files_where_it_is_told() {
    let sandbox = Sandbox::new();
    pages(&sandbox, 2_000);
    fs::create_dir(sandbox.path("scratch")).unwrap();
    let bounded = ["--memory", "15M", "--temp-dir", "scratch", "--threads", "2"];
    let lines = sandbox.read("in/pages.jsonl");
    let free = sandbox.run_with_input(&["dedup", "-", "--quiet"], lines.as_bytes()).expect(0);
    let arguments = [&["dedup", "-", "--quiet"][..], &bounded].concat();
    let within = sandbox.run_with_input(&arguments, lines.as_bytes()).expect(0);
    assert!(free.stdout == within.stdout && free.stdout.len() > 1000);
    sandbox.run(&[&["scan", "in", "--quiet"][..], &bounded].concat()).expect(0);
    assert_eq!(fs::read_dir(sandbox.path("scratch")).unwrap().count(), 0);
    let refused = sandbox.run(&["scan", "in", "--memory", "14M", "--resume"]).expect(2);
    assert!(refused.stderr.contains("--output"), "{}", refused.stderr);
}

/// The most bytes that a run keeps in memory, mapped files not counted, since the system may take these back.
#[cfg(target_os = "linux")]
fn anonymous_peak(sandbox: &Sandbox, arguments: &[&str]) -> u64 {
    let mut child = spawn(sandbox, arguments);
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    while child.try_wait().unwrap().is_none() {
        let text = fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("RssAnon:"));
        let resident = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok());
        peak = peak.max(resident.unwrap_or(0) * 1024);
        thread::sleep(Duration::from_millis(1));
    }
    assert!(child.wait().unwrap().success(), "{arguments:?}");
    peak
}

#[test]
#[cfg(target_os = "linux")]
fn long_records_are_verified_below_the_limit() {
    let sandbox = Sandbox::new();
    // With an escape, so that the text has to be decoded.
    let long = story("w", 900_000) + "\nthe end";
    let changed = format!("another beginning {long}");
    sandbox.file("in/a.jsonl", record("a", &long) + &record("b", &changed));
    let bounded = dedup("bounded", &["--memory", "24M", "--threads", "2", "--no-report"]);
    let free = anonymous_peak(&sandbox, &dedup("free", &["--threads", "2", "--no-report"]));
    let peak = anonymous_peak(&sandbox, &bounded);
    assert!(free > 24 << 20, "the case must need more than the limit: {free}");
    assert!(peak < 24 << 20, "{peak}");
    assert!(output(&sandbox, "free") == output(&sandbox, "bounded"));
    assert_eq!(sandbox.lines("bounded/removed.jsonl").len(), 1);
}

#[test]
#[cfg(target_os = "linux")]
fn paragraphs_stay_below_the_limit() {
    let sandbox = Sandbox::new();
    let mut lines = String::new();
    for n in 0..60_000 {
        let paragraph = |place: usize| story(&format!("w{n}p{place}x"), 12);
        lines.push_str(&record(&format!("d{n}"), &[0, 1, 2, 3, 4].map(paragraph).join("\n\n")));
    }
    sandbox.file("in/a.jsonl", lines);
    let way = ["--paragraphs", "remove", "--threads", "2", "--no-report"];
    let free = anonymous_peak(&sandbox, &dedup("free", &way));
    let bounded = dedup("bounded", &[&way[..], &["--memory", "24M"]].concat());
    let peak = anonymous_peak(&sandbox, &bounded);
    assert!(free > 32 << 20, "the case must need more than the limit: {free}");
    assert!(peak < 24 << 20, "{peak}");
    assert!(output(&sandbox, "free") == output(&sandbox, "bounded"));
}

#[test]
fn the_exact_join_prints_the_same_within_a_limit() {
    let sandbox = Sandbox::new();
    corpus(&sandbox, 3_000);
    fs::create_dir(sandbox.path("scratch")).unwrap();
    for way in [&["--threshold", "0.4"][..], &["--containment", "0.7", "--json"]] {
        let truth = |more: &[&str]| {
            sandbox.run(&[&["truth", "in", "--quiet", "--threads", "2"], way, more].concat()).expect(0).stdout
        };
        let free = truth(&[]);
        assert!(free.lines().count() > 2_000, "{}", free.lines().count());
        for memory in ["15M", "16M", "100M"] {
            assert!(free == truth(&["--memory", memory, "--temp-dir", "scratch"]), "{way:?} within {memory}");
        }
    }
    assert_eq!(fs::read_dir(sandbox.path("scratch")).unwrap().count(), 0);
    let refused = sandbox.run(&["truth", "in", "--memory", "4M"]).expect(2);
    assert!(refused.stderr.contains("--memory"), "{}", refused.stderr);
}

#[test]
#[cfg(target_os = "linux")]
fn the_exact_join_and_a_dry_run_stay_below_the_limit() {
    let sandbox = Sandbox::new();
    let text = |n: u64| story(&format!("w{}x", n % 16_000), 90) + &format!(" number {n}");
    sandbox.file("in/a.jsonl", (0..20_000).map(|n| record(&format!("d{n}"), &text(n))).collect::<String>());
    let within = |arguments: &[&str], limit: &str| {
        let common = ["--quiet", "--threads", "2"];
        let free = anonymous_peak(&sandbox, &[arguments, &common].concat());
        let peak = anonymous_peak(&sandbox, &[arguments, &common, &["--memory", limit]].concat());
        (free >> 20, peak >> 20)
    };
    let (free, peak) = within(&["truth", "in", "--threshold", "0.8"], "24M");
    assert!(free > 24 && peak < 24, "{free} {peak}");
    let (_, peak) = within(&["dedup", "in", "--dry-run"], "32M");
    assert!(peak < 32, "{peak}");
}

#[test]
fn a_dry_run_says_what_the_run_would_do_within_the_limit() {
    let sandbox = Sandbox::new();
    corpus(&sandbox, 5_000);
    let estimate = |more: &[&str]| {
        let run = sandbox.run(&[&["dedup", "in", "--dry-run", "--json", "--quiet"], more].concat()).expect(0);
        serde_json::from_str::<serde_json::Value>(&run.stdout).unwrap()
    };
    let (free, within) = (estimate(&[]), estimate(&["--memory", "40M"]));
    for figure in
        ["documents", "rejected", "sampled", "repeats_exact", "removed", "removed_low", "removed_high"]
    {
        assert_eq!(free[figure], within[figure], "{figure}");
    }
    assert_eq!(free["work_bytes"], 0);
    assert!(within["work_bytes"].as_u64() > Some(380 * 4_000), "{within}");
    assert!(within["memory_bytes"].as_u64() <= Some(40 << 20), "{within}");
    let refused = sandbox.run(&["dedup", "in", "--dry-run", "--memory", "4M"]).expect(2);
    assert!(refused.stderr.contains("--memory"), "{}", refused.stderr);
}
