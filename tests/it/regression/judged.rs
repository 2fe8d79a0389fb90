//! Decisions that were wrong, and runs that called themselves done.

#[cfg(unix)]
use std::{
    io::Write,
    process::{Command, Stdio},
};

use serde_json::{Value, json};

use crate::sandbox::{Sandbox, record, story};

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
    sandbox.file("in.jsonl", record("a", &format!("{first}.\n{second}.\n{first}.")));
    let options = ["--paragraphs", "remove", "--paragraph-split", "blank-line"];
    sandbox.run(&[&["dedup", "in.jsonl", "-o", "out"], &options[..]].concat()).expect(0);
    let kept = &sandbox.lines("out/clean/in.jsonl")[0]["text"];
    assert_eq!(kept.as_str().unwrap().trim_end(), format!("{first}.\n{second}."));
}

/// Nested keys of one name gave the value of an earlier one that the last no longer has.
#[test]
fn the_last_of_equal_keys_replaces_all_below_the_others() {
    let sandbox = Sandbox::new();
    let lines = [r#"{"m":{"t":"gale at sea"},"m":5}"#, r#"{"m":{"t":"fog"},"m":{"t":"gale at night"}}"#];
    sandbox.file("in.jsonl", lines.join("\n"));
    sandbox.run(&["dedup", "in.jsonl", "--text-field", "m.t", "-o", "out"]).expect(0);
    assert_eq!(sandbox.lines("out/rejected.jsonl")[0]["line"], json!(1));
    assert_eq!(sandbox.read("out/clean/in.jsonl").trim_end(), lines[1]);
}

/// `202301021530` was a second of the year 8380, so that it was later than any date.
#[test]
fn digits_that_are_a_date_of_the_calendar_are_one() {
    let sandbox = Sandbox::new();
    let line =
        |id: &str, date: &str| format!("{}\n", json!({ "id": id, "date": date, "text": story("a", 60) }));
    for (early, late) in [
        ("202301021530", "2023-01-02T15:31:00Z"),
        ("20230102153059", "202301021531"),
        ("20230101", "202301010001"),
    ] {
        sandbox.file("in.jsonl", line("late", late) + &line("early", early));
        sandbox.run(&["dedup", "in.jsonl", "-o", "out", "--keep", "earliest", "--overwrite"]).expect(0);
        assert_eq!(sandbox.lines("out/removed.jsonl")[0]["kept_id"], json!("early"), "{early} {late}");
    }
}

/// Inputs of which nothing can be used, each with a word of the message.
fn unusable() -> [(&'static str, Vec<u8>, &'static str); 6] {
    let utf16 = |text: &str| -> Vec<u8> {
        "\u{feff}".encode_utf16().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect()
    };
    let noise = (0u32..2000).map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes()[2]).collect();
    [
        ("utf16.jsonl", utf16(&record("a", "gale at sea")), "UTF-16"),
        ("utf16.txt", utf16("gale at sea"), "UTF-16"),
        ("noise.jsonl", noise, "rejected"),
        ("other.jsonl", b"{\"body_of_it\":1}\n{\"body_of_it\":2}\n".to_vec(), "body_of_it"),
        ("empty.jsonl", Vec::new(), "hold no record"),
        ("blank.jsonl", b"\n\n\n".to_vec(), "hold no record"),
    ]
}

/// Runs that could use nothing ended with status 0.
#[test]
fn a_run_that_could_use_nothing_fails_and_says_why_whatever_the_command() {
    let sandbox = Sandbox::new();
    for (name, bytes, word) in unusable() {
        sandbox.file(name, bytes);
        for command in [
            &["dedup", name, "-o", "out"][..],
            &["dedup", name, "-o", "out", "--memory", "1G"],
            &["dedup", name, "-o", "out", "--dry-run"],
            &["scan", name],
            &["stories", name, "-o", "out"],
            &["truth", name],
        ] {
            let run = sandbox.run(&[command, &["--text-field", "text"]].concat());
            // A field that the first record lacks is a wrong call, as ever.
            let status = if name == "other.jsonl" { 2 } else { 1 };
            let run = run.expect(status);
            assert!(run.stderr.contains(word), "{command:?}: {}", run.stderr);
            assert!(!sandbox.path("out/summary.json").exists(), "{command:?}");
        }
    }
    let run = sandbox.run_with_input(&["dedup", "-"], b"").expect(1);
    assert_eq!(run.stderr, "twicetold: no document: the inputs hold no record\n");
}

/// Such a file beside others is named, and the rest is done.
#[test]
fn an_unusable_file_beside_others_is_named_with_its_fields() {
    let sandbox = Sandbox::new();
    sandbox.file("in/good.jsonl", record("a", &story("a", 40)));
    for (name, bytes, _) in unusable() {
        sandbox.file(&format!("in/{name}"), bytes);
    }
    for command in [
        &["dedup", "in", "-o", "out"][..],
        &["scan", "in"],
        &["stories", "in", "-o", "told"],
        &["truth", "in"],
    ] {
        let run = sandbox.run(command).expect(0);
        let named =
            run.stderr.lines().filter(|line| line.contains("rejected: ") || line.contains("rejected, the"));
        let named: Vec<&str> = named.collect();
        assert_eq!(named.len(), 3, "{command:?}: {}", run.stderr);
        assert!(named[1].contains("its fields are body_of_it"), "{command:?}: {}", run.stderr);
        assert!(run.stderr.contains("1 more files"), "{command:?}: {}", run.stderr);
    }
    assert_eq!(sandbox.lines("out/clean/good.jsonl").len(), 1);
}

/// The corpus was lost, with status 0.
#[cfg(unix)]
#[test]
fn a_closed_standard_output_is_no_place_for_a_corpus() {
    let sandbox = Sandbox::new();
    sandbox.file("in.jsonl", record("a", "gale at sea"));
    let program = env!("CARGO_BIN_EXE_twicetold");
    for (redirected, status) in [
        ("dedup - < in.jsonl >&-", 1),
        ("dedup - --mode list < in.jsonl >&-", 1),
        ("truth in.jsonl >&-", 1),
        ("dedup - <&-", 1),
        ("dedup - < in.jsonl > /dev/null", 0),
        ("dedup in.jsonl -o out >&-", 0),
    ] {
        let mut shell = Command::new("sh");
        shell.args(["-c", &format!("{program} {redirected}")]).current_dir(sandbox.path("."));
        let output = shell.env_remove("TWICETOLD_BLESS").env_remove("TWICETOLD_DATA").output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(status), "{redirected}: {said}");
        assert!(
            status == 0 || said.lines().any(|line| line.starts_with("twicetold: ")),
            "{redirected}: {said}"
        );
    }
}

/// Part and share were rounded apart: 57 of 100 are not more than 57 %.
#[test]
fn a_stop_for_rejected_records_is_exact_and_names_the_first() {
    let sandbox = Sandbox::new();
    let good: String = (0..43).map(|n| record(&n.to_string(), &story(&format!("t{n}x"), 40))).collect();
    sandbox.file("in.jsonl", good + &"{\"id\":1}\n".repeat(57));
    sandbox.run(&["dedup", "in.jsonl", "-o", "out", "--abort-if-rejected", "57%"]).expect(0);
    for command in [&["dedup", "in.jsonl", "-o", "no"][..], &["scan", "in.jsonl"]] {
        for share in ["56.9%", "0.5699"] {
            let run = sandbox.run(&[command, &["--abort-if-rejected", share]].concat()).expect(4);
            assert!(run.stderr.contains("57 of 100 records"), "{}", run.stderr);
            assert!(run.stderr.contains("in.jsonl:44: no field \"text\""), "{}", run.stderr);
        }
    }
    assert!(!sandbox.path("no").exists());
}

/// A failed run within bounded memory left its work without a word.
#[test]
fn a_failed_run_says_where_its_work_is() {
    let sandbox = Sandbox::new();
    sandbox.file("in.jsonl", record("a", &story("a", 40)) + &record("b", &story("a", 40)));
    let call = ["dedup", "in.jsonl", "-o", "out", "--memory", "1G"];
    let run = sandbox.run(&[&call[..], &["--abort-if-removed", "10%"]].concat()).expect(4);
    assert!(run.stderr.contains("out/.twicetold-work"), "{}", run.stderr);
    assert!(run.stderr.contains("--resume"), "{}", run.stderr);
    // What decides which texts are read is among the settings, and so are the rules of tokens.
    for flags in [&["--id-field", "text"][..], &["--no-header"], &["--split", "line"]] {
        let run = sandbox.run(&[&call[..], &["--resume"], flags].concat()).expect(2);
        assert!(run.stderr.contains(&format!("{}=", &flags[0][2..])), "{}", run.stderr);
    }
    let manifest = sandbox.read("out/.twicetold-work/manifest.json");
    assert!(manifest.contains("rules of tokens and shingles"), "{manifest}");
    let run = sandbox.run(&[&call[..], &["--resume"]].concat()).expect(0);
    assert!(!run.stderr.contains("kept in"), "{}", run.stderr);
}

/// What clears a screen, and what turns the order of letters round.
const EVIL: &str = "a\u{1b}[2Jb\u{9b}31mc\u{7f}d\u{202e}e";

/// Whether text could steer a terminal.
fn steers(text: &str) -> bool {
    text.chars().any(|c| c.is_control() && !"\n\t".contains(c) || ('\u{202a}'..='\u{202e}').contains(&c))
}

#[test]
fn control_characters_do_not_reach_standard_error() {
    let sandbox = Sandbox::new();
    let twice = record(EVIL, &story("a", 40)) + &record("b", &story("a", 40));
    let file = format!("{EVIL}.jsonl");
    sandbox.file(&format!("in/{file}"), &twice);
    sandbox.file(
        &format!("in/bad{EVIL}.jsonl"),
        format!("{{\"{EVIL}\":1}}\n").replace(['\u{1b}', '\u{7f}'], ""),
    );
    sandbox.file(&format!("in/{EVIL}.unknown"), "x");
    for (command, status) in [
        (&["dedup", "in", "-o", "out", "--overwrite"][..], 0),
        (&["dedup", "in", "-o", "out", "--overwrite", "--log-format", "json"], 0),
        (&["dedup", "in", "-o", "out", "--overwrite", "--abort-if-cluster", "1"], 4),
        (&["dedup", "in", "-o", EVIL], 0),
        (&["dedup", EVIL, "-o", "other"], 2),
        (&["dedup", "in", "-o", "other", "--text-field", EVIL], 2),
        (&["dedup", "in", "-o", "other", "--text-field", EVIL, "--log-format", "json"], 2),
        (&["dedup", "in", "--threshold", EVIL], 2),
        (&["scan", "in", "--strict"], 3),
        (&["explain", EVIL, "b", "--in", "in"], 0),
        (&["explain", EVIL, "none", "--in", "in"], 2),
        (&["truth", "in"], 0),
        (&[EVIL], 2),
    ] {
        let run = sandbox.run(command).expect(status);
        assert!(!steers(&run.stderr), "{command:?}: {:?}", run.stderr);
        if command[0] == "explain" {
            assert!(!steers(&run.stdout), "{command:?}: {:?}", run.stdout);
        }
    }
}

/// Whoever reads the output may have enough of it: no failure, and nothing to complain of.
#[cfg(unix)]
#[test]
fn a_reader_that_has_gone_ends_a_run_quietly() {
    let sandbox = Sandbox::new();
    sandbox.file("in.jsonl", (0..400).map(|n| record(&n.to_string(), &story("a", 12))).collect::<String>());
    sandbox.file("a.txt", story("a", 20_000));
    let stdin = std::fs::read(sandbox.path("in.jsonl")).unwrap();
    for command in [
        &["truth", "in.jsonl"][..],
        &["truth", "in.jsonl", "--json"],
        &["scan", "in.jsonl", "--json"],
        &["explain", "a.txt", "a.txt"],
        &["explain", "a.txt", "a.txt", "--json"],
        &["dedup", "--help"],
        &["man", "dedup"],
        &["completions", "bash"],
        &["config", "init", "-"],
        &["curve"],
        &["dedup", "-"],
        &["dedup", "-", "--mode", "list"],
    ] {
        let mut command = sandbox.command(command);
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        drop(child.stdin.take().unwrap().write_all(&stdin));
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(0), "{command:?}: {said}");
        assert!(!said.contains("cannot write") && !said.contains("panicked"), "{command:?}: {said}");
    }
}

/// A cell of ours that a spreadsheet would take for a formula, and one that would end a row.
#[test]
fn cells_are_no_formulas_and_end_no_row() {
    let sandbox = Sandbox::new();
    let ids = ["=1+1", "-2", "@x", "tab\tand\nline\r\\end", "plain"];
    let records = ids.map(|id| format!("{}\n", json!({ "id": id, "source": id, "text": story("a", 60) })));
    sandbox.file("in.jsonl", records.concat());
    let shown = sandbox.run(&["truth", "in.jsonl"]).expect(0).stdout;
    let cells: Vec<Vec<&str>> = shown.lines().map(|line| line.split('\t').collect()).collect();
    assert_eq!(cells.len(), 10);
    assert_eq!(cells[0], ["'=1+1", "'-2", "1.0000", "1.0000"]);
    assert_eq!(cells[2][1], "tab\\tand\\nline\\r\\\\end");
    let lines = sandbox.run(&["truth", "in.jsonl", "--json"]).expect(0).stdout;
    let pairs: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(pairs[2], json!({ "a": ids[0], "b": ids[3], "jaccard": 1.0, "containment": 1.0 }));

    sandbox.run(&["stories", "in.jsonl", "-o", "told"]).expect(0);
    for table in ["told/sources.csv", "told/flows.csv"] {
        let written = sandbox.read(table);
        let mut reader = csv_rows(&written);
        assert!(reader.any(|cell| cell == "'=1+1"), "{written}");
        assert!(!csv_rows(&written).any(|cell| cell.starts_with(['=', '-', '@'])), "{written}");
    }
    let table = "id,text\n=1+1,gale at sea\n-2,gale at sea\n";
    sandbox.file("in.csv", table);
    sandbox.run(&["dedup", "in.csv", "-o", "marked", "--mode", "annotate"]).expect(0);
    let marked = sandbox.read("marked/annotated/in.csv");
    // What the record says itself stays as it is.
    assert!(marked.lines().nth(2).unwrap().starts_with("-2,gale at sea,1,false,'=1+1,"), "{marked}");
}

/// The cells of a table without quoted line ends or commas, but for those of one id.
fn csv_rows(table: &str) -> impl Iterator<Item = &str> {
    table.lines().flat_map(|line| line.split(',')).map(|cell| cell.trim_matches('"'))
}
