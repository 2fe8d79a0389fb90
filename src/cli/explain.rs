//! `twicetold explain`.

use std::env;
use std::fmt::Write as _;
use std::fs;
use std::io::{self, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;
use twicetold::engine::{Explanation, Matching, Wanted, explain, texts_of};
use twicetold::output::{RecordedRemoval, recorded_removal};
#[cfg(feature = "report")]
use twicetold::report::PairPage;
use twicetold::{Containment, Error};

use super::against::References;
use super::args::{FieldArgs, MatchArgs};
use super::columns::Look;
use super::past_run;
use super::terminal::Terminal;

/// Columns of what is not a terminal.
const WIDTH: u16 = 100;

/// Show two texts side by side, and what they share
///
/// Show two texts side by side with the passages they share, how similar they are, what the one is to the other, and
/// why: two files, two ids of a corpus, or, of an earlier run, a removed document beside the one that was kept for it.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  twicetold explain a.txt b.txt
  twicetold explain wire-0001 newsdeck-0001 --in corpora/newswire/articles
  twicetold explain newsdeck-0001 --run clean --in corpora/newswire/articles
  twicetold explain page-17 --run clean --in crawl/ --against evaluation/
  twicetold explain a.txt b.txt --html pair.html")]
pub(crate) struct ExplainArgs {
    /// A text file, or an id with --in
    a: String,
    /// Another; optional with --run
    ///
    /// Another one; if it is left out with --run, what A was removed for
    b: Option<String>,
    /// Files or directories in which to look the ids up
    #[arg(long = "in", value_name = "INPUT", num_args = 1..)]
    corpus: Vec<PathBuf>,
    /// Output directory of the run that removed A
    ///
    /// Output directory of the run of dedup or scan that removed A; --in names that run's input, since a removed text is
    /// nowhere else, and --against its reference. Threshold, shingles and bands are those of the run, whatever the flags say
    #[arg(long, value_name = "DIR", requires = "corpus")]
    run: Option<PathBuf>,
    /// Also look the ids up in these references
    ///
    /// Files or directories of reference records in which to look the ids up, behind the inputs: what the run was given
    /// with the same flag. Shows what was removed since it repeats one of them
    #[arg(long, value_name = "REF", num_args = 1.., requires = "corpus")]
    against: Vec<PathBuf>,
    /// Field of the text in the reference [default: guessed]
    ///
    /// Field that holds the text of reference records [default: the one named for the input, if it is there; else the
    /// first of the usual names]
    #[arg(long, value_name = "FIELD", hide_short_help = true)]
    against_text_field: Option<String>,
    /// Write a page to this file
    ///
    /// Write the same as a page to this file, which needs nothing else to be looked at
    #[cfg(feature = "report")]
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    html: Option<PathBuf>,
    /// Replace a file of this name, whatever it is
    ///
    /// Replace a file that --html names even if it is no page of this command; a text that is shown is never replaced
    #[cfg(feature = "report")]
    #[arg(long, requires = "html", hide_short_help = true, help_heading = "Output")]
    overwrite: bool,
    /// Columns to fill [default: the terminal's, else 100]
    #[arg(long, value_name = "N", help_heading = "Output")]
    width: Option<u16>,
    /// Least containment of an excerpt [default: 0.6]
    ///
    /// Least share of the shingles of a text that the other has for it to be called an excerpt, above 0 and at most 1
    #[arg(long, value_name = "C", help_heading = "Comparing")]
    containment: Option<f64>,
    #[command(flatten)]
    fields: FieldArgs,
    #[command(flatten)]
    matching: MatchArgs,
}

/// What is explained.
struct Subject {
    names: [String; 2],
    texts: [String; 2],
    /// Why a run removed the first for the second.
    removal: Option<RecordedRemoval>,
}

impl ExplainArgs {
    pub(crate) fn run(self, terminal: &Terminal) -> anyhow::Result<()> {
        #[cfg(feature = "report")]
        if let Some(path) = &self.html {
            self.check_page(path)?;
        }
        let mut matching = self.matching.matching()?;
        let mut containment = self.containment.map_or(Ok(Containment::default()), Containment::new)?;
        if let Some(run) = &self.run {
            (matching, containment) = past_run::parameters(run, matching, containment)?;
        }
        let subject = self.subject(terminal)?;
        let [a, b] = &subject.texts;
        let explained = explain(a, b, &matching, containment)?;
        #[cfg(feature = "report")]
        if let Some(path) = &self.html {
            write_page(path, &subject, &explained, &matching)?;
            terminal.note(&format!("wrote {}", path.display()));
        }
        let shown = if terminal.wants_json() {
            let mut value = serde_json::to_value(&explained).context("cannot make JSON")?;
            value["removal"] = serde_json::to_value(&subject.removal).context("cannot make JSON")?;
            format!("{value:#}\n")
        } else {
            self.readable(&subject, &explained, &matching)
        };
        io::stdout().write_all(shown.as_bytes()).context("cannot write to standard output")
    }

    /// Refuses to write the page over something else.
    #[cfg(feature = "report")]
    fn check_page(&self, path: &Path) -> Result<(), Error> {
        let refused =
            |expected| Err(Error::Parameter { name: "html", value: path.display().to_string(), expected });
        let Ok(page) = fs::canonicalize(path) else { return Ok(()) };
        let texts = [Some(&self.a), self.b.as_ref()].into_iter().flatten().map(PathBuf::from);
        let inputs = texts.filter(|_| self.corpus.is_empty()).chain(self.corpus.iter().cloned());
        for input in inputs.chain(self.against.iter().cloned()) {
            if fs::canonicalize(&input).is_ok_and(|input| page == input) {
                return refused("another file than those that are read");
            }
        }
        if self.overwrite || is_page(&page) {
            return Ok(());
        }
        refused("a new file or an earlier page of this command; --overwrite replaces any other")
    }

    fn subject(&self, terminal: &Terminal) -> anyhow::Result<Subject> {
        if self.corpus.is_empty() {
            let Some(b) = self.b.as_deref() else { return Err(second_missing().into()) };
            let texts = [read_text(Path::new(&self.a))?, read_text(Path::new(b))?];
            return Ok(Subject { names: [self.a.clone(), b.to_owned()], texts, removal: None });
        }
        let removal = match &self.run {
            Some(run) => recorded_removal(run, &self.a)?.filter(|removal| self.is_asked_for(removal)),
            None => None,
        };
        let (wanted, names) = match (&removal, &self.b) {
            (Some(removal), _) => (self.recorded(removal)?, [&removal.id, &removal.kept_id]),
            (None, Some(b)) => ([Wanted::Id(&self.a), Wanted::Id(b)], [&self.a, b]),
            (None, None) => return Err(self.second_unknown().into()),
        };
        let corpus = self.fields.open_against(&self.corpus, self.references(), terminal)?;
        let texts = texts_of(&corpus, &wanted, terminal)?;
        let texts = texts.try_into().expect("one text for each of two documents");
        Ok(Subject { names: names.map(String::clone), texts, removal })
    }

    fn references(&self) -> References<'_> {
        References { paths: &self.against, text_field: self.against_text_field.as_deref() }
    }

    /// Whether a removal of A is to be shown: any, unless a second document is named.
    fn is_asked_for(&self, removal: &RecordedRemoval) -> bool {
        self.b.as_ref().is_none_or(|b| removal.kept_id == *b)
    }

    /// Where the documents of a removal are: ids alone do not tell, if others have the same.
    fn recorded<'a>(&self, removal: &'a RecordedRemoval) -> Result<[Wanted<'a>; 2], Error> {
        let RecordedRemoval { file, kept_file, .. } = removal;
        let (removed, record) = (Wanted::Record { file, record: removal.record }, removal.kept_record);
        if !removal.reference {
            return Ok([removed, Wanted::Record { file: kept_file, record }]);
        }
        if self.against.is_empty() {
            return Err(Error::ReferenceNotNamed {
                id: removal.id.clone(),
                kept_id: removal.kept_id.clone(),
                file: kept_file.clone(),
                record,
            });
        }
        Ok([removed, Wanted::ReferenceRecord { file: kept_file, record }])
    }

    /// The error for a document that is to be shown beside nothing.
    fn second_unknown(&self) -> Error {
        if self.run.is_none() {
            return second_missing();
        }
        Error::Parameter {
            name: "A",
            value: self.a.clone(),
            expected: "the id of a document that the run removed; with a second id, any two are shown",
        }
    }

    fn readable(&self, subject: &Subject, explained: &Explanation, matching: &Matching) -> String {
        let mut shown = String::new();
        let relation = [("relation", format!("{}: {}", verdict(explained), explained.reason))];
        for (name, value) in relation.into_iter().chain(facts(subject, explained, matching)) {
            writeln!(shown, "{name:<14} {value}").expect("a string takes everything");
        }
        let [a, b] = subject.texts.each_ref().map(String::as_str);
        let names = subject.names.each_ref().map(String::as_str);
        shown + "\n" + &self.look().beside(names, [a, b], &explained.blocks)
    }

    fn look(&self) -> Look {
        let terminal = terminal_size::terminal_size_of(io::stdout()).map(|(width, _)| width.0);
        let unwelcome = env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let dumb = env::var_os("TERM").is_some_and(|terminal| terminal == "dumb");
        Look {
            width: self.width.or(terminal).unwrap_or(WIDTH).into(),
            colours: io::stdout().is_terminal() && !unwelcome && !dumb,
        }
    }
}

fn second_missing() -> Error {
    Error::Parameter {
        name: "B",
        value: "not given".to_owned(),
        expected: "a second text, unless --run names a run that removed the first",
    }
}

fn verdict(explained: &Explanation) -> &'static str {
    explained.relation.unwrap_or("unrelated")
}

/// Names and values of what there is to know.
fn facts(subject: &Subject, explained: &Explanation, matching: &Matching) -> Vec<(&'static str, String)> {
    let compared = &explained.comparison;
    let mut facts = Vec::new();
    if let Some(removal) = &subject.removal {
        let containment =
            removal.containment.map_or(String::new(), |share| format!(", containment {share:.4}"));
        let reference = if removal.reference { " of the reference" } else { "" };
        facts.push((
            "removed",
            format!(
                "as {} for {}{reference}, similarity {:.4}{containment}",
                removal.relation, removal.kept_id, removal.similarity
            ),
        ));
    }
    let [own_a, own_b] = explained.own.map(|share| format!("{:.0} %", share * 100.0));
    let shared = match compared.bands {
        0 => "exact index: every pair is a candidate".to_owned(),
        bands => format!("{} of {bands}; one makes a candidate pair", compared.bands_shared),
    };
    facts.extend([
        ("Jaccard", format!("{:.4}; near-duplicates from {} on", compared.jaccard, explained.threshold)),
        ("estimated", format!("{:.4} from {} slots", compared.estimated_jaccard, matching.slots.get())),
        (
            "A within B",
            format!("{:.4}; excerpts from {} on", compared.containment_of_a, explained.containment),
        ),
        ("B within A", format!("{:.4}", compared.containment_of_b)),
        ("bands shared", shared),
        (
            "words",
            format!("{} and {}, of which {own_a} and {own_b} own", compared.tokens_a, compared.tokens_b),
        ),
        (
            "shingles",
            format!(
                "{} and {}, {} shared",
                compared.shingles_a, compared.shingles_b, compared.shingles_shared
            ),
        ),
        ("passages", format!("{} shared", explained.passages.len())),
    ]);
    facts
}

#[cfg(feature = "report")]
fn write_page(
    path: &Path,
    subject: &Subject,
    explained: &Explanation,
    matching: &Matching,
) -> Result<(), Error> {
    let page = PairPage {
        version: env!("CARGO_PKG_VERSION"),
        names: subject.names.each_ref().map(String::as_str),
        verdict: verdict(explained),
        reason: &explained.reason,
        facts: &facts(subject, explained, matching),
        texts: subject.texts.each_ref().map(String::as_str),
        blocks: &explained.blocks,
    };
    let mut html = Vec::new();
    let failed = |source| Error::Io { path: path.to_path_buf(), action: "write it", source };
    page.write(&mut html).map_err(failed)?;
    fs::write(path, html).map_err(failed)
}

/// Whether a file is a page of this command, by how it begins; an empty file will do.
#[cfg(feature = "report")]
fn is_page(path: &Path) -> bool {
    let mut head = Vec::new();
    let read = fs::File::open(path).and_then(|file| file.take(512).read_to_end(&mut head));
    let head = String::from_utf8_lossy(&head);
    read.is_ok() && (head.is_empty() || head.contains(PairPage::MARK))
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
