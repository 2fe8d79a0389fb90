//! Files that a run of this program wrote: its list of them, and where there is none, their names.
//!
//! A run lists the files of its output in a hidden file beside them. By this list a later run knows what it may
//! replace, and a walk through a directory knows what is no input.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::ops::Not;
use std::path::{Component, Path};

use serde::{Deserialize, Serialize};

/// The list of a run's files, in its output directory. Hidden, so that no walk reads it.
pub(crate) const FILE_LIST: &str = ".twicetold-files.json";

/// Everything that a run may leave in its output directory.
pub(crate) const OUTPUT_NAMES: [&str; 18] = [
    "annotated",
    "clean",
    "clusters.jsonl",
    "contained.jsonl",
    "credits.csv",
    "flows.csv",
    "kept.txt",
    "paragraphs.jsonl",
    "rejected.jsonl",
    "removed.jsonl",
    "removed.txt",
    "report.html",
    "shortened.jsonl",
    "sources.csv",
    "stories.jsonl",
    "summary.json",
    "timing.json",
    "unsearched.jsonl",
];

/// The files that a run wrote, as it lists them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FileList {
    /// The version that wrote them.
    twicetold: String,
    /// Relative names, `/` between parts.
    files: BTreeSet<String>,
    /// Whether they are a corpus that was made, to be read as any other.
    #[serde(default, skip_serializing_if = "Not::not")]
    is_corpus: bool,
}

impl FileList {
    /// The list of a run's output.
    pub(crate) fn new(files: BTreeSet<String>) -> Self {
        Self { twicetold: env!("CARGO_PKG_VERSION").to_owned(), files, is_corpus: false }
    }

    /// The list of a corpus that was made.
    pub(crate) fn of_corpus(files: BTreeSet<String>) -> Self {
        Self { is_corpus: true, ..Self::new(files) }
    }

    /// Whether the files are a corpus, not what a run made of one.
    pub(crate) fn is_corpus(&self) -> bool {
        self.is_corpus
    }

    /// Reads the list of a directory, if there is one.
    pub(crate) fn read(directory: &Path) -> io::Result<Option<Self>> {
        let bytes = match fs::read(directory.join(FILE_LIST)) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        serde_json::from_slice(&bytes).map(Some).map_err(Into::into)
    }

    /// Whether it names this file.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.files.contains(name)
    }

    /// Whether it names a file below this directory.
    pub(crate) fn has_below(&self, directory: &str) -> bool {
        let prefix = format!("{directory}/");
        self.files.range(prefix.clone()..).next().is_some_and(|name| name.starts_with(&prefix))
    }
}

/// How the files of a run are told from others in its directory.
#[derive(Clone, Debug)]
pub(super) enum RunFiles {
    Listed(FileList),
    /// By [`OUTPUT_NAMES`]: the run listed none.
    Named,
}

impl RunFiles {
    /// Those of the directory that this run writes to, whatever it holds.
    pub(super) fn to_replace(directory: &Path) -> io::Result<Self> {
        Ok(FileList::read(directory)?.map_or(Self::Named, Self::Listed))
    }

    /// Those of an earlier run, if this is the output directory of one.
    pub(super) fn of_earlier_run(directory: &Path) -> io::Result<Option<Self>> {
        if let Some(list) = FileList::read(directory)? {
            return Ok((!list.is_corpus).then_some(Self::Listed(list)));
        }
        Ok(has_summary(directory).then_some(Self::Named))
    }

    /// Whether a file is one of them, by its path relative to the directory.
    pub(super) fn has(&self, path: &Path) -> bool {
        match self {
            Self::Listed(list) => list.has(&slashed(path)),
            Self::Named => {
                let first = path.components().next().and_then(|part| part.as_os_str().to_str());
                first.is_some_and(|name| OUTPUT_NAMES.contains(&name))
            }
        }
    }
}

/// Whether a directory holds a summary as this program writes it.
fn has_summary(directory: &Path) -> bool {
    #[derive(Deserialize)]
    struct SummarisedDocuments {
        #[serde(rename = "read")]
        _read: u64,
    }
    #[derive(Deserialize)]
    struct Head {
        #[serde(rename = "version")]
        _version: String,
        #[serde(rename = "documents")]
        _documents: SummarisedDocuments,
        #[serde(rename = "predicted_recall")]
        _predicted_recall: f64,
    }
    let summary = fs::read(directory.join("summary.json"));
    summary.is_ok_and(|bytes| serde_json::from_slice::<Head>(&bytes).is_ok())
}

/// The ordinary parts of a path, joined by `/`.
pub(super) fn slashed(path: &Path) -> String {
    let parts = path.components().filter_map(|component| match component {
        Component::Normal(part) => Some(part.to_string_lossy()),
        _ => None,
    });
    parts.collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_tells_files_and_the_directories_above_them() {
        let files = ["clean/a/b.jsonl", "clean-2", "summary.json"].map(str::to_owned);
        let list = FileList::new(files.into());
        assert!(list.has("summary.json") && !list.has("clean") && !list.has("clean/a"));
        assert!(list.has_below("clean") && list.has_below("clean/a") && !list.has_below("clean/b"));
        assert!(!list.has_below("clean-2"));
    }

    #[test]
    fn a_corpus_that_was_made_is_an_input_like_any_other() {
        let directory = tempfile::tempdir().unwrap();
        for (list, is_run) in [
            (FileList::new(["docs.jsonl".to_owned()].into()), true),
            (FileList::of_corpus(["docs.jsonl".to_owned()].into()), false),
        ] {
            fs::write(directory.path().join(FILE_LIST), serde_json::to_vec(&list).unwrap()).unwrap();
            assert_eq!(RunFiles::of_earlier_run(directory.path()).unwrap().is_some(), is_run);
        }
    }

    #[test]
    fn without_a_list_a_run_is_known_by_its_summary() {
        let directory = tempfile::tempdir().unwrap();
        let of = || RunFiles::of_earlier_run(directory.path()).unwrap();
        assert!(of().is_none());
        fs::write(directory.path().join("summary.json"), r#"{"version":"9","documents":[]}"#).unwrap();
        assert!(of().is_none(), "any other summary");
        let summary = r#"{"version":"0.1.0","documents":{"read":3},"predicted_recall":1.0}"#;
        fs::write(directory.path().join("summary.json"), summary).unwrap();
        let files = of().unwrap();
        assert!(files.has(Path::new("clean/x.jsonl")) && !files.has(Path::new("mine/clean/x.jsonl")));
    }
}
