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
        for memory in ["16M", "64M"] {
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
    let mut kills = 0;
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
        assert!(!sandbox.path("out/clean").exists() && !sandbox.path("out/summary.json").exists());
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
    assert!(!sandbox.path("out/.twicetold-work").exists());
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
    let refused = sandbox.run(&dedup("out", &["--memory", "16M", "--threads", "2"])).expect(2);
    assert!(refused.stderr.contains("too small for a record of"), "{}", refused.stderr);
    // The size that it names suffices.
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
    let peak = |more: &[&str], output: &str| {
        let mut child = spawn(&sandbox, &dedup(output, more));
        let status = format!("/proc/{}/status", child.id());
        let mut peak = 0;
        while child.try_wait().unwrap().is_none() {
            let text = fs::read_to_string(&status).unwrap_or_default();
            let line = text.lines().find_map(|line| line.strip_prefix("RssAnon:"));
            let resident = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok());
            peak = peak.max(resident.unwrap_or(0) * 1024);
            thread::sleep(Duration::from_millis(1));
        }
        assert!(child.wait().unwrap().success());
        peak
    };
    let (free, bounded) = (peak(&[], "free"), peak(&["--memory", "24M", "--threads", "2"], "bounded"));
    assert!(free > 32 << 20, "the case must need more than the limit: {free}");
    assert!(bounded < 24 << 20, "{bounded}");
    assert!(output(&sandbox, "free") == output(&sandbox, "bounded"));
}
