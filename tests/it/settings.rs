//! Settings from a file, the environment and flags; help, completions and what goes to standard error.

use std::fs;
use std::process::Stdio;

use serde_json::Value;

use crate::sandbox::{Run, Sandbox, record, story};

/// The settings in effect, as TOML.
fn settings(sandbox: &Sandbox, arguments: &[&str], variables: &[(&str, &str)]) -> toml::Table {
    let mut all = vec!["dedup", "--print-config"];
    all.extend(arguments);
    run_with(sandbox, &all, variables).expect(0).stdout.parse().unwrap()
}

fn run_with(sandbox: &Sandbox, arguments: &[&str], variables: &[(&str, &str)]) -> Run {
    let mut command = sandbox.command(arguments);
    command.envs(variables.iter().copied()).stdin(Stdio::null());
    Run::from(command.output().unwrap())
}

#[test]
fn a_flag_is_stronger_than_a_variable_and_a_variable_than_the_file() {
    let sandbox = Sandbox::new();
    sandbox.file(
        "s.toml",
        "threshold = 0.5\nrecall = 0.9\nquiet = true\n[dedup]\nkeep = [\"longest\", \"first\"]\nrows = 3\n",
    );
    let found = settings(&sandbox, &["--config", "s.toml"], &[]);
    let dedup = &found["dedup"];
    assert_eq!((dedup["threshold"].as_float(), dedup["recall"].as_float()), (Some(0.5), Some(0.9)));
    assert_eq!((dedup["rows"].as_integer(), found["quiet"].as_bool()), (Some(3), Some(true)));
    assert_eq!(dedup["keep"].as_array().unwrap().len(), 2);
    let variables =
        [("TWICETOLD_THRESHOLD", "0.6"), ("TWICETOLD_RECALL", "0.95"), ("TWICETOLD_CONFIG", "s.toml")];
    let found = settings(&sandbox, &["--threshold", "0.7", "--keep", "latest"], &variables);
    let dedup = &found["dedup"];
    assert_eq!((dedup["threshold"].as_float(), dedup["recall"].as_float()), (Some(0.7), Some(0.95)));
    assert_eq!(dedup["keep"].as_array().unwrap().len(), 1);
    assert_eq!(dedup["rows"].as_integer(), Some(3));
}

#[test]
fn the_table_of_a_command_is_stronger_than_what_stands_above_and_weaker_than_a_variable() {
    let sandbox = Sandbox::new();
    sandbox.file("s.toml", "threshold = 0.5\n[dedup]\nthreshold = 0.6\n[scan]\nthreshold = 0.7\n");
    let of = |variables: &[(&str, &str)]| {
        settings(&sandbox, &["--config=s.toml"], variables)["dedup"]["threshold"].as_float()
    };
    assert_eq!(of(&[]), Some(0.6));
    assert_eq!(of(&[("TWICETOLD_THRESHOLD", "0.9")]), Some(0.9));
    assert_eq!(of(&[("TWICETOLD_THRESHOLD", "")]), Some(0.6));
}

#[test]
fn settings_change_what_a_run_does() {
    let sandbox = Sandbox::new();
    let near = story("a", 60).replace("a30 ", "other ");
    sandbox.file("in.jsonl", record("1", &story("a", 60)) + &record("2", &near));
    sandbox.file("s.toml", "threshold = 0.95\n[dedup]\noutput = \"out\"\noverwrite = true\n");
    let removed = || sandbox.json("out/summary.json")["documents"]["removed"].as_u64().unwrap();
    sandbox.run(&["dedup", "in.jsonl", "--config", "s.toml"]).expect(0);
    assert_eq!(removed(), 0);
    sandbox.run(&["dedup", "in.jsonl", "--config", "s.toml", "-t", "0.8"]).expect(0);
    assert_eq!(removed(), 1);
    // A flag can take back what a file switches on.
    let run = sandbox.run(&["dedup", "in.jsonl", "--config", "s.toml", "--overwrite=false"]).expect(2);
    assert!(run.stderr.contains("not empty"), "{}", run.stderr);
}

#[test]
fn a_typed_flag_puts_aside_a_setting_that_it_excludes() {
    let sandbox = Sandbox::new();
    sandbox.file("in.jsonl", record("1", &story("a", 60)) + &record("2", &story("a", 30)));
    sandbox.file("s.toml", "[truth]\ncontainment = 0.9\n");
    let lines = |arguments: &[&str]| sandbox.run(arguments).expect(0).stdout.lines().count();
    assert_eq!(lines(&["truth", "in.jsonl", "--config", "s.toml"]), 1);
    assert_eq!(lines(&["truth", "in.jsonl", "--config", "s.toml", "--threshold", "0.9"]), 0);
}

#[test]
fn details_of_paragraphs_may_wait_in_a_file_and_what_it_switches_on_is_on() {
    let sandbox = Sandbox::new();
    sandbox.file("in.jsonl", record("1", &story("a", 60)));
    let run = |content: &str, flags: &[&str], status: i32| {
        sandbox.file("s.toml", content);
        let call = ["dedup", "in.jsonl", "-o", "out", "--overwrite", "--config", "s.toml"];
        sandbox.run(&[&call, flags].concat()).expect(status).stderr
    };
    let min_words = || sandbox.json("out/summary.json")["parameters"]["paragraphs"]["min_words"].clone();
    run("min-words = 7\nboilerplate = 9\nparagraph-split = \"line\"\n", &[], 0);
    assert!(min_words().is_null());
    run("min-words = 7\n", &["--paragraphs", "report"], 0);
    assert_eq!(min_words(), 7);
    run("paragraphs = \"report\"\n", &["--min-words", "8"], 0);
    assert_eq!(min_words(), 8);
    let refused = run("min-words = 7\n", &["--boilerplate", "9"], 2);
    assert!(refused.contains("--boilerplate does nothing without --paragraphs report"), "{refused}");
    let refused = run("paragraphs = \"remove\"\n", &["--paragraphs", "off", "--min-words", "8"], 2);
    assert!(refused.contains("--min-words does nothing without"), "{refused}");
}

#[test]
fn wrong_settings_are_refused_with_their_place_and_what_was_likely_meant() {
    let sandbox = Sandbox::new();
    for (content, message) in [
        ("\ntreshold = 0.5\n", "s.toml:2: there is no setting treshold; did you mean threshold?"),
        ("[dedub]\nthreshold = 0.5\n", "s.toml:1: there is no setting dedub; did you mean [dedup]?"),
        (
            "[dedup]\nthreads = 4\n",
            "s.toml:2: there is no setting threads; did you mean threads above all tables?",
        ),
        ("[dedup]\nshards = 4\n", "did you mean shards of [generate]?"),
        ("zzz = 1\n", "s.toml:1: there is no setting zzz\n"),
        ("hashes = -1\n", "s.toml:1: hashes cannot be \"-1\""),
        ("hashes = [1, 2]\n", "it takes one value"),
        ("strict = \"maybe\"\n", "it must be true or false"),
        ("verify = \"never\"\n", "it must be one of exact, signature"),
        ("max-record = \"lots\"\n", "is not a size"),
        ("threshold = { a = 1 }\n", "threshold cannot be a table"),
        ("threshold 0.5\n", "s.toml:1: not valid TOML"),
        ("config = \"s.toml\"\n", "there is no setting config"),
    ] {
        sandbox.file("s.toml", content);
        let run = sandbox.run(&["dedup", "in", "--config", "s.toml", "-o", "out"]).expect(2);
        assert!(run.stderr.contains(message), "{content:?} says:\n{}", run.stderr);
    }
    let run = sandbox.run(&["dedup", "in", "--config", "none.toml", "-o", "out"]).expect(2);
    assert!(run.stderr.contains("none.toml: cannot read the settings"), "{}", run.stderr);
    let run = run_with(&sandbox, &["dedup", "in"], &[("TWICETOLD_TRESHOLD", "0.5")]).expect(2);
    assert!(run.stderr.contains("did you mean TWICETOLD_THRESHOLD?"), "{}", run.stderr);
    let run = run_with(&sandbox, &["dedup", "in"], &[("TWICETOLD_HASHES", "many")]).expect(2);
    assert!(run.stderr.contains("TWICETOLD_HASHES: hashes cannot be \"many\""), "{}", run.stderr);
    // Help is given all the same.
    run_with(&sandbox, &["dedup", "-h"], &[("TWICETOLD_TRESHOLD", "0.5")]).expect(0);
}

#[test]
fn printed_settings_give_the_same_settings_again() {
    let sandbox = Sandbox::new();
    let typed = [
        "dedup",
        "--print-config",
        "--keep",
        "max:score,longest",
        "-t",
        "1",
        "--text-field",
        "5",
        "--strict",
        "--temp-dir",
        "a \"quoted\" name",
        "--abort-if-removed",
        "60%",
    ];
    let first = sandbox.run(&typed).expect(0).stdout;
    assert!(first.contains("text-field = 5 "), "{first}");
    sandbox.file("s.toml", &first);
    let second = sandbox.run(&["dedup", "--print-config", "--config", "s.toml"]).expect(0).stdout;
    assert_eq!(first.parse::<toml::Table>().unwrap(), second.parse::<toml::Table>().unwrap());
    assert!(second.contains("# s.toml:"), "{second}");
}

#[test]
fn the_settings_file_explains_every_setting_and_sets_the_defaults() {
    let sandbox = Sandbox::new();
    sandbox.run(&["config", "init", "s.toml"]).expect(0);
    let run = sandbox.run(&["config", "init", "s.toml"]).expect(2);
    assert!(run.stderr.contains("there already"), "{}", run.stderr);
    let template = sandbox.read("s.toml");
    assert!(
        template
            .parse::<toml::Table>()
            .unwrap()
            .values()
            .all(|section| section.as_table().unwrap().is_empty())
    );
    let printed = sandbox.run(&["config", "init", "-"]).expect(0).stdout;
    assert_eq!(printed, template);
    for command in ["dedup", "scan", "explain", "truth", "curve", "generate"] {
        let defaults = sandbox.run(&[command, "--print-config"]).expect(0).stdout;
        for line in defaults.lines().filter(|line| !line.is_empty() && !line.starts_with('[')) {
            let key = line.trim_start_matches('#').split(' ').next().unwrap();
            assert!(template.contains(&format!("\n#{key} = ")), "{command} has {key}");
        }
        // With every default that is shown set, nothing changes.
        let set: String = template
            .lines()
            .filter(|line| !line.starts_with("# "))
            .map(|line| {
                line.strip_prefix('#')
                    .filter(|line| !line.starts_with('#') && !is_placeholder(line))
                    .unwrap_or(line)
            })
            .flat_map(|line| [line, "\n"])
            .collect();
        sandbox.file("all.toml", &set);
        let again = sandbox.run(&[command, "--print-config", "--config", "all.toml"]).expect(0).stdout;
        assert_eq!(again.parse::<toml::Table>().unwrap(), defaults.parse::<toml::Table>().unwrap(), "{set}");
    }
}

/// Whether a setting in the template has no default.
fn is_placeholder(line: &str) -> bool {
    let value = line.split_once(" = ").map_or("", |(_, value)| value);
    value.trim_matches(['[', ']', '"']).starts_with(|c: char| c.is_ascii_uppercase())
}

#[test]
fn completions_and_manual_pages_know_the_flags() {
    let sandbox = Sandbox::new();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = sandbox.run(&["completions", shell]).expect(0).stdout;
        assert!(script.contains("abort-if-removed") && script.contains("config"), "{shell}");
    }
    let page = sandbox.run(&["man", "dedup"]).expect(0).stdout;
    assert!(
        page.starts_with(".ie") && page.contains("fold\\-digits") && page.contains("twicetold\\-dedup"),
        "{page}"
    );
    assert!(sandbox.run(&["man"]).expect(0).stdout.contains("twicetold\\-dedup"));
    assert!(sandbox.run(&["man", "dedub"]).expect(2).stderr.contains("there is no command dedub"));
}

#[test]
fn a_log_in_json_is_a_line_an_event() {
    let sandbox = Sandbox::new();
    sandbox.file("in.jsonl", record("1", &story("a", 60)) + &record("2", &story("a", 60)));
    let events = |arguments: &[&str], status| -> Vec<Value> {
        let run = sandbox.run(arguments).expect(status);
        run.stderr.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    let told = events(&["dedup", "in.jsonl", "-o", "out", "--log-format", "json"], 0);
    let stages: Vec<_> = told.iter().filter(|event| event["event"] == "stage").collect();
    assert_eq!(stages[0]["stage"], "read");
    assert_eq!(stages[0]["done"], fs::metadata(sandbox.path("in.jsonl")).unwrap().len());
    assert!(told.iter().any(|event| event["event"] == "note"));
    assert_eq!(told.last().unwrap()["summary"]["documents"]["removed"], 1);
    let told = events(&["dedup", "nowhere", "-o", "out2", "--log-format", "json"], 2);
    assert_eq!((&told[0]["event"], &told[0]["status"]), (&"error".into(), &2.into()));
}

#[test]
fn a_pipe_sees_no_colour_and_a_mistyped_flag_gets_a_suggestion() {
    let sandbox = Sandbox::new();
    for arguments in
        [&["dedup", "--help"][..], &["dedup", "nowhere", "-o", "x"], &["dedup", "a", "--treshold", "1"]]
    {
        let run = sandbox.run(arguments);
        assert!(!(run.stdout + &run.stderr).contains('\u{1b}'), "{arguments:?}");
    }
    let run = sandbox.run(&["dedup", "a", "--treshold", "0.5"]).expect(2);
    assert!(run.stderr.contains("'--threshold'"), "{}", run.stderr);
}
