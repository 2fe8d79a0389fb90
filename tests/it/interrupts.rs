//! Signals in the middle of every stage: the run ends soon, says so with its status, and leaves what was there before.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::sandbox::{Sandbox, record};

/// A second is promised; the rest is for machines that have more to do.
const BOUND: Duration = Duration::from_secs(5);

/// One text with 22 words of its own in each document, so that most pairs are just below 0.8: all are crowded, few go.
fn family(documents: usize) -> String {
    let mut random = 1u64;
    let mut word = || {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (random >> 33) % 50_000
    };
    let mut lines = String::new();
    for document in 0..documents {
        let mut text = String::new();
        for n in 0..174 {
            write!(text, "base{n} ").unwrap();
        }
        for _ in 0..22 {
            write!(text, "w{} ", word()).unwrap();
        }
        lines += &record(&document.to_string(), &text);
    }
    lines
}

fn send(child: &Child, signal: Signal) {
    kill(Pid::from_raw(child.id().cast_signed()), signal).unwrap();
}

/// How a run ended: its status, how long after the first signal, and what it said afterwards.
struct Ended {
    status: Option<i32>,
    after: Duration,
    said: String,
}

/// Starts a run and sends it these signals, one after the other, when it comes to a stage.
fn interrupt_in(sandbox: &Sandbox, arguments: &[&str], stage: &str, signals: &[Signal]) -> Ended {
    let mut child = sandbox
        .command(arguments)
        .args(["--log-format", "json"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let mut said = String::new();
    let begin = format!("\"event\":\"begin\",\"stage\":\"{stage}\"");
    while !said.contains(&begin) {
        let length = stderr.read_line(&mut said).unwrap();
        assert!(length > 0, "{arguments:?} does not come to {stage}:\n{said}");
    }
    let sent = Instant::now();
    for &signal in signals {
        send(&child, signal);
        sleep(Duration::from_millis(2));
    }
    said.clear();
    stderr.read_to_string(&mut said).unwrap();
    let status = child.wait().unwrap().code();
    Ended { status, after: sent.elapsed(), said }
}

/// What the output directory holds but for work files.
fn output(sandbox: &Sandbox) -> Vec<(String, Vec<u8>)> {
    if !sandbox.path("out").exists() {
        return Vec::new();
    }
    let is_work = |name: &str| name.starts_with(".twicetold-work");
    sandbox.tree("out").into_iter().filter(|(name, _)| !is_work(name)).collect()
}

/// Interrupts a run in a stage until it did not end by itself before that, and returns what it said.
fn is_interrupted(
    sandbox: &Sandbox,
    arguments: &[&str],
    stage: &str,
    signals: &[Signal],
    status: i32,
) -> String {
    for _ in 0..20 {
        let before = output(sandbox);
        let ended = interrupt_in(sandbox, arguments, stage, signals);
        let at =
            format!("{arguments:?} at {stage}: {:?} after {:?}\n{}", ended.status, ended.after, ended.said);
        assert!(ended.after < BOUND, "{at}");
        if ended.status == Some(0) {
            continue;
        }
        assert_eq!(ended.status, Some(status), "{at}");
        assert!(ended.said.contains("interrupted; nothing was written"), "{at}");
        assert!(ended.said.contains(&format!("\"status\":{status}")), "{at}");
        let after = output(sandbox);
        let names =
            |tree: &[(String, Vec<u8>)]| tree.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
        assert!(before == after, "{at}\n{:?}\n{:?}", names(&before), names(&after));
        assert!(!sandbox.path("out/.twicetold-partial").exists(), "{at}");
        return ended.said;
    }
    panic!("{arguments:?} is through {stage} before a signal comes");
}

#[test]
fn a_signal_is_heard_in_every_stage_and_the_old_output_stands() {
    let sandbox = Sandbox::new();
    sandbox.file("small.jsonl", family(3));
    sandbox.file("in.jsonl", family(4000));
    let dedup = ["dedup", "in.jsonl", "--threshold", "0.8", "-o", "out", "--overwrite"];
    let with = |flags: &[&'static str]| [&dedup[..], flags].concat();
    let stories = vec!["stories", "in.jsonl", "--source-field", "id", "-o", "out", "--overwrite"];
    let truth = vec!["truth", "in.jsonl", "--threshold", "0.8"];
    let mut cases = vec![
        (with(&[]), "read"),
        (with(&[]), "candidates"),
        (with(&[]), "select"),
        (with(&[]), "write"),
        (with(&["--mode", "annotate"]), "write"),
        (with(&["--recall", "1"]), "select"),
        (with(&["--remove-excerpts"]), "excerpts"),
        (with(&["--paragraphs", "remove"]), "paragraphs"),
        (stories.clone(), "candidates"),
        (stories, "link"),
        (truth, "join"),
    ];
    if cfg!(feature = "report") {
        cases.push((with(&[]), "report"));
    }
    sandbox.run(&["dedup", "small.jsonl", "-o", "out"]).expect(0);
    for (arguments, stage) in cases {
        is_interrupted(&sandbox, &arguments, stage, &[Signal::SIGINT], 130);
    }
}

#[test]
fn the_status_says_which_signal_came_and_a_second_one_leaves_nothing_either() {
    let sandbox = Sandbox::new();
    sandbox.file("in.jsonl", family(4000));
    let arguments = ["dedup", "in.jsonl", "--threshold", "0.8", "-o", "out"];
    // With nohup, which tests may be run with as well, SIGHUP is not heard.
    let (int, term) = (Signal::SIGINT, Signal::SIGTERM);
    let cases = [(&[int][..], 130), (&[term], 143), (&[int, int], 130), (&[int, term, int], 130)];
    for (signals, status) in cases {
        is_interrupted(&sandbox, &arguments, "select", signals, status);
        assert!(!sandbox.path("out").exists(), "{signals:?}");
    }
}

#[test]
fn work_within_a_memory_limit_is_kept_and_can_be_gone_on_with() {
    let sandbox = Sandbox::new();
    sandbox.file("in.jsonl", family(4000));
    let free = ["dedup", "in.jsonl", "--threshold", "0.8", "--no-report", "-o", "free"];
    sandbox.run(&free).expect(0);
    let arguments =
        ["dedup", "in.jsonl", "--threshold", "0.8", "--no-report", "-o", "out", "--memory", "256M"];
    for (stage, signals) in [("candidates", &[Signal::SIGTERM][..]), ("select", &[Signal::SIGTERM; 2])] {
        let said = is_interrupted(&sandbox, &arguments, stage, signals, 143);
        assert!(said.contains(".twicetold-work") && said.contains("--resume"), "{said}");
        assert!(sandbox.path("out/.twicetold-work").exists());
    }
    sandbox.run(&[&arguments[..], &["--resume"]].concat()).expect(0);
    let lasting = |name: &str| {
        let tree = sandbox.tree(name).into_iter();
        tree.filter(|(name, _)| name != "timing.json").collect::<Vec<_>>()
    };
    assert!(lasting("out") == lasting("free"));
}

/// While input is awaited there is no stage.
#[test]
fn ctrl_c_ends_a_run_that_waits_for_input_without_leaving_anything() {
    for signals in [&[Signal::SIGINT][..], &[Signal::SIGINT; 2]] {
        let sandbox = Sandbox::new();
        let mut command = sandbox.command(&["dedup", "-", "-o", "deep/out"]);
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let stdin = child.stdin.take().unwrap();
        // It has taken the signals over when it opens its output.
        while !sandbox.path("deep/out/.twicetold-partial/new").exists() {
            assert!(child.try_wait().unwrap().is_none(), "it ended by itself");
            sleep(Duration::from_millis(1));
        }
        let sent = Instant::now();
        for &signal in signals {
            send(&child, signal);
        }
        let output = child.wait_with_output().unwrap();
        drop(stdin);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(130), "{said}");
        assert!(said.contains("interrupted") && sent.elapsed() < BOUND, "{said}");
        assert!(!sandbox.path("deep").exists());
    }
}
