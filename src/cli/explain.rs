//! `twicetold explain`.

use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};
#[cfg(feature = "report")]
use std::{fs, io::Read};

use anyhow::Context;
use clap::Args;
use twicetold::corpus::SourceGuess;
use twicetold::engine::{
    Explanation, Matching, Stories, StoryVerdict, Wanted, explain, template_reason, texts_of,
};
use twicetold::output::{RecordedRemoval, recorded_removal};
#[cfg(feature = "report")]
use twicetold::report::PairPage;
use twicetold::{Containment, Error};

use super::against::References;
use super::colour::is_coloured;
use super::columns::Look;
use super::comparing::MatchArgs;
use super::errors::CallError;
use super::harmless::harmless;
use super::past_run;
use super::reading::FieldArgs;
use super::results::{print_json, print_raw};
use super::terminal::Terminal;
use super::text_file::read_text;

/// Columns of what is not a terminal.
const WIDTH: u16 = 100;

/// Show two texts side by side, and what they share
///
/// Shows the passages that both have, how similar the texts are, how they relate (copy, excerpt, expansion ...) and why.
/// The texts are two files, two ids of a corpus, or a document that an earlier run removed beside the one it kept. Of two
/// ids it is also said whether `stories` links them in that corpus, where what recurs in it counts for nothing, and
/// whether `--keep-templates` keeps both.
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
    /// The second text; optional with --run
    ///
    /// By default, with --run, the record that the run kept instead of A.
    b: Option<String>,
    /// Files or directories to look the ids up in
    ///
    /// By default A and B are text files.
    #[arg(long = "in", value_name = "INPUT", num_args = 1..)]
    corpus: Vec<PathBuf>,
    /// Output directory of the run that removed A
    ///
    /// A run of dedup or scan. Name its input with --in, since the removed text is nowhere else, and its reference with
    /// --against. Threshold, shingles and bands are those of the run, whatever the flags say.
    #[arg(long, value_name = "DIR", requires = "corpus")]
    run: Option<PathBuf>,
    /// Also look the ids up in these references
    ///
    /// Files or directories of reference records, as the run was given them with the same flag. Needed to show a document
    /// that was removed because it repeats one of them.
    #[arg(long, value_name = "REF", num_args = 1.., requires = "corpus")]
    against: Vec<PathBuf>,
    /// Text field of the references [default: guessed]
    ///
    /// By default the field named for the input, if the references have it; otherwise the first of the usual names.
    #[arg(long, value_name = "FIELD", hide_short_help = true)]
    against_text_field: Option<String>,
    /// Write a page to this file
    ///
    /// An HTML page that shows the same and needs no other file. By default none is written.
    #[cfg(feature = "report")]
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    html: Option<PathBuf>,
    /// Replace any file that --html names
    ///
    /// By default only an earlier page of this command is replaced. A text that is shown is never replaced.
    #[cfg(feature = "report")]
    #[arg(long, requires = "html", hide_short_help = true, help_heading = "Output")]
    overwrite: bool,
    /// Width in columns [default: the terminal's, else 100]
    #[arg(long, value_name = "N", help_heading = "Output")]
    width: Option<u16>,
    /// Least containment of an excerpt [default: 0.6]
    ///
    /// Containment is the share of a text's shingles that the other text has: a number above 0 and at most 1. A lower value
    /// calls more texts excerpts.
    #[arg(long, value_name = "C", help_heading = "Comparing")]
    containment: Option<f64>,
    #[command(flatten)]
    fields: FieldArgs,
    #[command(flatten)]
    matching: MatchArgs,
}

/// The two texts to explain.
struct TextPair {
    names: [String; 2],
    texts: [String; 2],
    /// Why a run removed the first for the second.
    removal: Option<RecordedRemoval>,
    /// Whether `stories` links the two in their corpus, and why.
    story: Option<StoryVerdict>,
    /// Why `--keep-templates` keeps both in their corpus, if it does.
    template: Option<String>,
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
        let subject = self.subject(&matching, containment, terminal)?;
        let [a, b] = &subject.texts;
        let explained = explain(a, b, &matching, containment)?;
        #[cfg(feature = "report")]
        if let Some(path) = &self.html {
            write_page(path, &subject, &explained, &matching)?;
            terminal.note(&format!("wrote {}", path.display()));
        }
        if terminal.wants_json() {
            let mut value = serde_json::to_value(&explained).context("cannot make JSON")?;
            value["removal"] = serde_json::to_value(&subject.removal).context("cannot make JSON")?;
            if let Some(StoryVerdict { is_linked, reason, .. }) = &subject.story {
                value["story"] = serde_json::json!({ "linked": is_linked, "reason": reason });
            }
            value["template"] = serde_json::to_value(&subject.template).context("cannot make JSON")?;
            return print_json(&value);
        }
        print_raw(self.readable(&subject, &explained, &matching).as_bytes())
    }

    /// Refuses to write the page over something else.
    #[cfg(feature = "report")]
    fn check_page(&self, path: &Path) -> Result<(), CallError> {
        let refused = |expected| {
            Err(CallError::Argument { argument: "--html", value: path.display().to_string(), expected })
        };
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

    fn subject(
        &self,
        matching: &Matching,
        containment: Containment,
        terminal: &Terminal,
    ) -> anyhow::Result<TextPair> {
        if self.corpus.is_empty() {
            let Some(b) = self.b.as_deref() else { return Err(second_missing().into()) };
            let texts = [read_text(Path::new(&self.a))?, read_text(Path::new(b))?];
            let names = [self.a.clone(), b.to_owned()];
            return Ok(TextPair { names, texts, removal: None, story: None, template: None });
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
        let references = self.references();
        let is_plain = removal.is_none() && self.against.is_empty();
        let corpus = if is_plain {
            let guess = SourceGuess::OwnFieldOrAddress;
            self.fields.open_guessing(&self.corpus, &[], guess, None, terminal)?
        } else {
            self.fields.open_against(&self.corpus, references, terminal)?
        };
        let texts = texts_of(&corpus, &wanted, terminal)?;
        let texts = texts.try_into().expect("one text for each of two documents");
        let story = is_plain.then(|| {
            let mut stories = Stories::default();
            (stories.matching, stories.containment) = (*matching, containment);
            stories.verdict(&corpus, wanted, terminal)
        });
        let template = is_plain.then(|| template_reason(&corpus, wanted, matching, terminal));
        let (names, story) = (names.map(String::clone), story.transpose()?);
        let template = template.transpose()?.flatten();
        Ok(TextPair { names, texts, removal, story, template })
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
    fn second_unknown(&self) -> CallError {
        if self.run.is_none() {
            return second_missing();
        }
        CallError::Argument {
            argument: "A",
            value: self.a.clone(),
            expected: "the id of a document that the run removed; with a second id, any two are shown",
        }
    }

    fn readable(&self, subject: &TextPair, explained: &Explanation, matching: &Matching) -> String {
        let mut shown = String::new();
        let relation = [("relation", format!("{}: {}", verdict(explained), explained.reason))];
        for (name, value) in relation.into_iter().chain(facts(subject, explained, matching)) {
            writeln!(shown, "{name:<14} {}", harmless(&value)).expect("a string takes everything");
        }
        let [a, b] = subject.texts.each_ref().map(String::as_str);
        let names = subject.names.each_ref().map(String::as_str);
        shown + "\n" + &self.look().beside(names, [a, b], &explained.blocks)
    }

    fn look(&self) -> Look {
        let terminal = terminal_size::terminal_size_of(io::stdout()).map(|(width, _)| width.0);
        Look { width: self.width.or(terminal).unwrap_or(WIDTH).into(), colours: is_coloured(&io::stdout()) }
    }
}

fn second_missing() -> CallError {
    CallError::missing("B", "a second text, unless --run names a run that removed the first")
}

fn verdict(explained: &Explanation) -> &'static str {
    explained.relation.unwrap_or("unrelated")
}

/// Names and values of what there is to know.
fn facts(subject: &TextPair, explained: &Explanation, matching: &Matching) -> Vec<(&'static str, String)> {
    let compared = &explained.comparison;
    let mut facts = Vec::new();
    if let Some(removal) = &subject.removal {
        let containment =
            removal.containment.map_or(String::new(), |share| format!(", containment {share:.4}"));
        let place = match (removal.start, removal.end) {
            (Some(start), Some(end)) => format!(", in bytes {start} to {end} of A"),
            _ => String::new(),
        };
        let reference = if removal.reference { " of the reference" } else { "" };
        let gone = if removal.none_kept { ", which went, too" } else { "" };
        facts.push((
            "removed",
            format!(
                "as {} for {}{reference}{gone}, similarity {:.4}{containment}{place}",
                removal.relation, removal.kept_id, removal.similarity
            ),
        ));
    }
    if let Some(StoryVerdict { is_linked, reason, .. }) = &subject.story {
        facts.push(("story", format!("{}: {reason}", if *is_linked { "linked" } else { "not linked" })));
    }
    if let Some(reason) = &subject.template {
        facts.push(("template", format!("kept apart by --keep-templates: {reason}")));
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
    subject: &TextPair,
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

#[cfg(test)]
mod tests {
    use super::*;

    fn facts_of(removal: Option<RecordedRemoval>) -> Vec<(&'static str, String)> {
        let texts = ["The boat left Pell at noon today", "The boat left Pell at noon today, they say"];
        let pair = TextPair {
            names: ["a", "b"].map(str::to_owned),
            texts: texts.map(str::to_owned),
            removal,
            story: None,
            template: None,
        };
        let matching = Matching::default();
        let explained = explain(texts[0], texts[1], &matching, Containment::default()).unwrap();
        facts(&pair, &explained, &matching)
    }

    #[test]
    fn the_facts_are_those_of_the_shingles() {
        // 3 shingles of five words, and 5, of which 3 are shared.
        let facts = facts_of(None);
        let fact = |name| facts.iter().find(|fact| fact.0 == name).map(|fact| fact.1.as_str());
        assert_eq!(fact("Jaccard"), Some("0.6000; near-duplicates from 0.8 on"));
        assert_eq!(fact("A within B"), Some("1.0000; excerpts from 0.6 on"));
        assert_eq!(fact("B within A"), Some("0.6000"));
        assert_eq!(fact("shingles"), Some("3 and 5, 3 shared"));
        assert_eq!(fact("removed"), None);
    }

    #[test]
    fn a_recorded_removal_is_the_first_fact() {
        let line = serde_json::json!({
            "id": "a", "file": "in.jsonl", "record": 1, "kept_id": "b", "kept_file": "last.jsonl", "kept_record": 7,
            "reference": true, "similarity": 0.6, "relation": "excerpt", "containment": 1.0,
        });
        let removal = serde_json::from_value(line).unwrap();
        let expected = "as excerpt for b of the reference, similarity 0.6000, containment 1.0000";
        assert_eq!(facts_of(Some(removal))[0], ("removed", expected.to_owned()));
    }
}
