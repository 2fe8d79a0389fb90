//! `twicetold compare`.

use std::fmt::Write as _;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;
use twicetold::Error;
use twicetold::engine::{Comparison, compare, texts_by_id};

use super::args::{FieldArgs, MatchArgs};
use super::terminal::Terminal;

/// Compare two texts: two files, or two ids of a corpus
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  twicetold compare a.txt b.txt
  twicetold compare wire-0001 newsdeck-0001 --in corpora/newswire/articles")]
pub(crate) struct CompareArgs {
    /// A text file, or an id if --in is given
    a: String,
    /// Another one
    b: String,
    /// Files or directories in which to look the ids up
    #[arg(long = "in", value_name = "INPUT", num_args = 1..)]
    corpus: Vec<PathBuf>,
    #[command(flatten)]
    fields: FieldArgs,
    #[command(flatten)]
    matching: MatchArgs,
}

impl CompareArgs {
    pub(crate) fn run(self, terminal: &Terminal) -> anyhow::Result<()> {
        let matching = self.matching.matching()?;
        let [a, b] = self.texts(terminal)?;
        let compared = compare(&a, &b, &matching)?;
        let text = if terminal.wants_json() {
            format!("{:#}\n", serde_json::to_value(compared).context("cannot make JSON")?)
        } else {
            readable(&compared, self.matching.threshold)
        };
        io::stdout().write_all(text.as_bytes()).context("cannot write to standard output")
    }

    fn texts(&self, terminal: &Terminal) -> anyhow::Result<[String; 2]> {
        if self.corpus.is_empty() {
            return Ok([read_text(Path::new(&self.a))?, read_text(Path::new(&self.b))?]);
        }
        let corpus = self.fields.open(&self.corpus, &[], terminal)?;
        let texts = texts_by_id(&corpus, &[&self.a, &self.b], terminal)?;
        Ok(texts.try_into().expect("one text for each of two ids"))
    }
}

fn read_text(path: &Path) -> Result<String, Error> {
    let bytes = fs::read(path).map_err(|source| match source.kind() {
        io::ErrorKind::NotFound => Error::MissingInput { path: path.to_path_buf() },
        _ => Error::Io { path: path.to_path_buf(), action: "read it", source },
    })?;
    String::from_utf8(bytes).map_err(|error| Error::Io {
        path: path.to_path_buf(),
        action: "read it as text",
        source: io::Error::new(io::ErrorKind::InvalidData, error),
    })
}

fn readable(compared: &Comparison, threshold: f64) -> String {
    let mut text = String::new();
    let verdict = if compared.exact {
        "the same tokens"
    } else if compared.jaccard >= threshold {
        "near-duplicates"
    } else {
        "below the threshold"
    };
    let bands = match compared.bands {
        0 => "exact index".to_owned(),
        bands => format!("{} of {bands}", compared.bands_shared),
    };
    for (name, value) in [
        ("verdict", format!("{verdict} (threshold {threshold})")),
        ("Jaccard", format!("{:.4}", compared.jaccard)),
        ("estimated", format!("{:.4}", compared.estimated_jaccard)),
        ("A within B", format!("{:.4}", compared.containment_of_a)),
        ("B within A", format!("{:.4}", compared.containment_of_b)),
        ("bands shared", bands),
        ("tokens", format!("{} and {}", compared.tokens_a, compared.tokens_b)),
        (
            "shingles",
            format!(
                "{} and {}, {} shared",
                compared.shingles_a, compared.shingles_b, compared.shingles_shared
            ),
        ),
    ] {
        writeln!(text, "{name:<14} {value}").expect("a string takes everything");
    }
    text
}
