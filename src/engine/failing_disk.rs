//! A disk that fails, at every operation of a run within bounded memory in turn: the output is the old one or the new one
//! whole, and going on gives what an undisturbed run gives.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::bounded::OutOfCore;
use super::paragraphs::ParagraphMode;
use super::runs::{Dedup, Written};
use super::stories::Stories;
use crate::corpus::{Corpus, OpenOptions};
use crate::disk::{Disk, Fault};
use crate::error::{Error, Result};
use crate::output::{IfNotEmpty, OutputDirectory};
use crate::params::{Bands, Slots};
use crate::work::Resume;

/// What a directory holds that lasts, by relative names.
type Tree = BTreeMap<String, Vec<u8>>;

/// What is no output, and what differs from run to run.
const PASSING: [&str; 4] = [".twicetold-lock", ".twicetold-work", ".twicetold-partial", "timing.json"];

fn record(id: &str, text: &str) -> String {
    format!("{}\n", serde_json::json!({ "id": id, "text": text }))
}

/// Texts that no run of five words joins.
fn story(topic: &str, words: usize) -> String {
    (0..words).map(|n| format!("{topic}{n}")).collect::<Vec<_>>().join(" ")
}

/// Files with copies, likenesses and repeated paragraphs; first, in the middle and last those without a record, or without
/// one that can be read.
fn corpus(directory: &Path) {
    let paragraph = story("same", 40);
    let page = |topic: &str| format!("{}\n\n{paragraph}\n\n{}", story(topic, 30), story(topic, 20));
    let like = |number: usize| format!("{} w{number}", story("like", 60));
    let files = [
        ("a.jsonl", String::new()),
        ("b.jsonl", "not a record\n".to_owned()),
        ("c.jsonl", record("1", &page("one")) + &record("2", &like(1)) + "nor this\n"),
        ("d.jsonl", String::new()),
        ("e.jsonl", "nor this\n".to_owned()),
        ("f.jsonl", record("3", &like(2)) + &record("4", &page("two")) + &record("5", &page("two"))),
        ("g.txt", like(3)),
        ("h.jsonl", "nor this\n".to_owned()),
        ("i.jsonl", String::new()),
    ];
    fs::create_dir(directory).unwrap();
    for (name, content) in files {
        fs::write(directory.join(name), content).unwrap();
    }
}

/// A corpus and a directory for the output.
struct Runs {
    parent: tempfile::TempDir,
    command: RunCommand,
}

/// What is run.
#[derive(Clone, Copy)]
enum RunCommand {
    Dedup(ParagraphMode),
    Stories,
}

impl Runs {
    fn new(command: RunCommand) -> Self {
        let parent = tempfile::tempdir().unwrap();
        corpus(&parent.path().join("in"));
        Self { parent, command }
    }

    fn output(&self) -> PathBuf {
        self.parent.path().join("out")
    }

    fn work(&self) -> PathBuf {
        OutOfCore::directory_within(&self.output())
    }

    /// A run as the command line has it, within a memory limit.
    fn run(&self, disk: &Disk, resume: Resume, if_not_empty: IfNotEmpty) -> Result<()> {
        let inputs = Corpus::open(&[self.parent.path().join("in")], &OpenOptions::new(std::env::temp_dir()))?;
        let mut out_of_core = OutOfCore::new(64 << 20, self.work(), resume);
        out_of_core.disk = disk.clone();
        // Few files of bands: each is some operations more.
        let (slots, bands) = (Slots::new(12).unwrap(), Some(Bands(3)));
        let open = || OutputDirectory::open_on(disk.clone(), &self.output(), if_not_empty);
        match self.command {
            RunCommand::Dedup(paragraphs) => {
                let mut dedup = Dedup::default();
                dedup.paragraphs.mode = paragraphs;
                (dedup.matching.slots, dedup.matching.bands) = (slots, bands);
                dedup.out_of_core = Some(out_of_core);
                if dedup.is_done(&self.output(), Written::Records)? {
                    return dedup.end(&inputs, &());
                }
                let output = open()?;
                dedup.decide(&inputs, &())?.write(output, &()).map(drop)
            }
            RunCommand::Stories => {
                let mut stories = Stories::default();
                (stories.matching.slots, stories.matching.bands) = (slots, bands);
                stories.out_of_core = Some(out_of_core);
                let output = open()?;
                stories.tell(&inputs, &())?.write(output).map(drop)
            }
        }
    }

    /// What lasts of the output.
    fn tree(&self) -> Tree {
        fn collect(root: &Path, directory: &Path, tree: &mut Tree) {
            for entry in fs::read_dir(directory).into_iter().flatten() {
                let path = entry.unwrap().path();
                let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
                if PASSING.contains(&&*name) {
                    continue;
                }
                if path.is_dir() {
                    collect(root, &path, tree);
                } else {
                    tree.insert(name, fs::read(&path).unwrap());
                }
            }
        }
        let mut tree = Tree::new();
        collect(&self.output(), &self.output(), &mut tree);
        tree
    }

    /// Puts an output into place.
    fn put(&self, tree: &Tree) {
        drop(fs::remove_dir_all(self.output()));
        for (name, content) in tree {
            let path = self.output().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        }
    }
}

/// Stops a run at every operation in turn, with and without an output to replace.
fn stop_at_every_operation(command: RunCommand, fault: fn(usize) -> Fault) {
    let runs = Runs::new(command);
    runs.run(&Disk::default(), Resume::Anew, IfNotEmpty::Refuse).unwrap();
    let new = runs.tree();
    let table = match command {
        RunCommand::Dedup(_) => "removed.jsonl",
        RunCommand::Stories => "stories.jsonl",
    };
    assert!(new[table].len() > 100 && new["rejected.jsonl"].len() > 100);
    // Another output of the same names, and one that goes.
    let old: Tree = {
        let output = OutputDirectory::open(&runs.output(), IfNotEmpty::Overwrite).unwrap();
        for name in ["clean/c.jsonl", "clean/old.jsonl", table, "summary.json"] {
            output.create(name).unwrap().finish().unwrap();
        }
        output.commit().unwrap();
        runs.tree()
    };
    let (mut had_old, mut had_new) = (0, 0);
    for number in 1.. {
        // Without an output half of the time.
        let before = if number % 2 == 0 { Tree::new() } else { old.clone() };
        runs.put(&before);
        let disk = Disk::with(fault(number));
        let result = runs.run(&disk, Resume::Anew, IfNotEmpty::Overwrite);
        if let Err(error) = &result {
            let is_said =
                matches!(error, Error::Io { .. } | Error::Unwritable { .. } | Error::OutputUnfinished { .. });
            assert!(is_said && disk.has_failed(), "operation {number}: {error}");
        }
        // A commit that was cut off is finished by whoever comes next.
        if runs.output().exists() {
            drop(OutputDirectory::open(&runs.output(), IfNotEmpty::Overwrite).unwrap());
        }
        let found = runs.tree();
        if found == before {
            had_old += 1;
        } else {
            assert!(found == new, "operation {number}: {:?}", found.keys());
            had_new += 1;
        }
        if result.is_ok() {
            assert!(found == new, "operation {number}");
        }
        // What an undisturbed run left would be refused; what is left of one that is gone on with is not, until all of its
        // work is gone.
        let is_work_left = runs.work().join("manifest.json").exists();
        let is_done = found == new && is_work_left && matches!(command, RunCommand::Dedup(_));
        let refuse = is_done || found == Tree::new();
        let if_not_empty = if refuse { IfNotEmpty::Refuse } else { IfNotEmpty::Overwrite };
        if let Err(error) = runs.run(&Disk::default(), Resume::Continue, if_not_empty) {
            panic!("operation {number}, going on: {error}");
        }
        assert!(runs.tree() == new, "operation {number}, going on");
        assert!(!runs.work().exists());
        if !disk.has_failed() {
            break;
        }
    }
    assert!(had_old > 30 && had_new > 5, "{had_old} and {had_new}");
}

#[test]
fn a_run_can_be_gone_on_with_whatever_operation_fails() {
    stop_at_every_operation(RunCommand::Dedup(ParagraphMode::Off), Fault::failure);
}

#[test]
fn a_run_can_be_gone_on_with_wherever_it_is_killed() {
    stop_at_every_operation(RunCommand::Dedup(ParagraphMode::Off), Fault::death);
}

#[test]
fn a_run_can_be_gone_on_with_wherever_it_is_killed_in_the_middle_of_a_write() {
    stop_at_every_operation(RunCommand::Dedup(ParagraphMode::Remove), Fault::death_in_a_write);
}

#[test]
fn a_run_over_stories_leaves_the_old_output_or_the_new_one_whatever_operation_fails() {
    stop_at_every_operation(RunCommand::Stories, Fault::failure);
}

#[test]
fn a_run_over_stories_leaves_the_old_output_or_the_new_one_wherever_it_is_killed() {
    stop_at_every_operation(RunCommand::Stories, Fault::death_in_a_write);
}
