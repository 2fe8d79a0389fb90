//! Presets: what they set, what is stronger, and that two noisy scans of one text are found by one.

use std::process::Stdio;

use crate::sandbox::{Run, Sandbox, record, story};

const PRESETS: [&str; 5] = ["web", "ocr", "news", "code", "short"];
const COMMANDS: [&str; 6] = ["dedup", "scan", "stories", "explain", "truth", "curve"];

/// The settings in effect, as TOML, without the preset's own name.
fn settings(sandbox: &Sandbox, command: &str, arguments: &[&str], variables: &[(&str, &str)]) -> toml::Table {
    let mut call = sandbox.command(&[&[command, "--print-config"], arguments].concat());
    call.envs(variables.iter().copied()).stdin(Stdio::null());
    let printed: toml::Table = Run::from(call.output().unwrap()).expect(0).stdout.parse().unwrap();
    let mut own = printed[command].as_table().unwrap().clone();
    own.remove("preset");
    own
}

#[test]
fn a_printed_preset_is_a_settings_file_that_sets_the_same() {
    let sandbox = Sandbox::new();
    for preset in PRESETS {
        let printed = sandbox.run(&["config", "--preset", preset]).expect(0).stdout;
        sandbox.file("p.toml", &printed);
        for command in COMMANDS {
            let by_file = settings(&sandbox, command, &["--config", "p.toml"], &[]);
            assert_eq!(
                settings(&sandbox, command, &["--preset", preset], &[]),
                by_file,
                "{preset} {command}"
            );
        }
    }
}

#[test]
fn web_is_what_holds_without_a_preset() {
    let sandbox = Sandbox::new();
    for command in COMMANDS {
        let defaults = settings(&sandbox, command, &[], &[]);
        assert_eq!(settings(&sandbox, command, &["--preset", "web"], &[]), defaults, "{command}");
        assert_ne!(settings(&sandbox, command, &["--preset", "ocr"], &[]), defaults, "{command}");
    }
}

#[test]
fn a_preset_is_weaker_than_a_file_a_variable_and_a_flag() {
    let sandbox = Sandbox::new();
    sandbox.file("s.toml", "threshold = 0.5\nhashes = 64\npreset = \"short\"\n[scan]\npreset = \"ocr\"\n");
    let of = |command: &str, arguments: &[&str], variables: &[(&str, &str)]| {
        let found = settings(&sandbox, command, arguments, variables);
        (
            found["threshold"].as_float(),
            found["hashes"].as_integer(),
            found["shingle"].as_str().map(str::to_owned),
        )
    };
    let shingle = |text: &str| Some(text.to_owned());
    // The file names the preset; a command's table is stronger than what stands above, and both weaker than a flag.
    assert_eq!(of("dedup", &["--config", "s.toml"], &[]), (Some(0.5), Some(64), shingle("char:4")));
    assert_eq!(of("scan", &["--config", "s.toml"], &[]), (Some(0.5), Some(64), shingle("char:8")));
    let variables = [("TWICETOLD_PRESET", "ocr"), ("TWICETOLD_HASHES", "32")];
    assert_eq!(of("dedup", &["--config", "s.toml"], &variables), (Some(0.5), Some(32), shingle("char:8")));
    let flags = ["--config", "s.toml", "--preset=short", "-t", "0.9"];
    assert_eq!(of("dedup", &flags, &variables), (Some(0.9), Some(32), shingle("char:4")));
}

#[test]
fn an_unknown_preset_is_refused_with_those_that_there_are() {
    let sandbox = Sandbox::new();
    let typed = sandbox.run(&["dedup", "in", "-o", "out", "--preset", "scans"]).expect(2).stderr;
    sandbox.file("s.toml", "preset = \"scans\"\n");
    let in_file = sandbox.run(&["dedup", "in", "-o", "out", "--config", "s.toml"]).expect(2).stderr;
    for preset in PRESETS {
        assert!(typed.contains(preset), "{typed}");
        assert!(in_file.contains(preset), "{in_file}");
    }
}

#[test]
fn the_summary_names_the_preset() {
    let sandbox = Sandbox::new();
    sandbox.file("in.jsonl", record("1", &story("a", 60)));
    for preset in PRESETS {
        sandbox.run(&["dedup", "in.jsonl", "-o", "out", "--overwrite", "--preset", preset]).expect(0);
        assert_eq!(sandbox.json("out/summary.json")["parameters"]["preset"], *preset);
        sandbox.run(&["stories", "in.jsonl", "-o", "told", "--overwrite", "--preset", preset]).expect(0);
        assert_eq!(sandbox.json("told/summary.json")["parameters"]["preset"], *preset);
    }
}

#[test]
fn scans_with_one_letter_in_twenty_misread_are_found() {
    let sandbox = Sandbox::new();
    let made = ["generate", "-o", "scans", "--docs", "1500", "--edits", "ocr", "--ocr-rate", "0.05"];
    sandbox.run(&made).expect(0);
    let roots: std::collections::HashMap<String, String> = sandbox
        .lines("scans/truth.jsonl")
        .iter()
        .map(|pair| (pair["id"].as_str().unwrap().to_owned(), pair["of"].as_str().unwrap().to_owned()))
        .collect();
    sandbox.run(&["scan", "scans/docs.jsonl", "-o", "found", "--preset", "ocr"]).expect(0);
    let root = |id: &str| roots.get(id).cloned().unwrap_or_else(|| id.to_owned());
    let removed = sandbox.lines("found/removed.jsonl");
    for removal in &removed {
        let (id, kept) = (removal["id"].as_str().unwrap(), removal["kept_id"].as_str().unwrap());
        assert_eq!(root(id), root(kept), "{removal}");
    }
    assert!(100 * removed.len() >= 95 * roots.len(), "{} of {}", removed.len(), roots.len());
}
