//! `twicetold generate`.

use std::io::{self, Write};
use std::ops::ControlFlow;
use std::path::PathBuf;

use anyhow::Context;
use clap::{Args, ValueEnum};
use twicetold::corpus::Corpus;
use twicetold::engine::{Observer, Stage};
use twicetold::generate::{ArchiveSummary, Edit, Options, Scripts, Shape, corpus_sentences, generate};
use twicetold::output::{IfNotEmpty, OutputDirectory};
use twicetold::{Error, Seed, Shingling, TextParams};

use super::args::{FieldArgs, parse_size};
use super::terminal::Terminal;

/// Make a synthetic archive with planted copies
///
/// Make a synthetic archive with planted copies whose similarities are known.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  twicetold generate -o archive --docs 1000000 --shards 8
  twicetold generate -o scans --edits ocr --ocr-rate 0.05")]
pub(crate) struct GenerateArgs {
    /// Directory for the archive
    ///
    /// Directory for the archive: docs.jsonl, truth.jsonl, manifest.json
    #[arg(long, short, value_name = "DIR")]
    output: PathBuf,
    /// Replace an archive that is in the directory
    #[arg(long)]
    overwrite: bool,
    /// How many documents
    ///
    /// How many documents; one does not depend on how many there are
    #[arg(long, value_name = "N", default_value_t = Options::default().docs)]
    docs: u64,
    /// Seed of everything that is drawn
    #[arg(long, value_name = "N", default_value_t = Options::default().seed.0)]
    seed: u64,
    /// Share of documents that are copies
    ///
    /// Share of documents that are copies, from 0 to less than 1
    #[arg(long, value_name = "SHARE", default_value_t = Options::default().duplicates)]
    duplicates: f64,
    /// What is done to copies [default: all there is]
    ///
    /// What is done to copies, each equally often: exact, light, truncate, wrap, reorder, ocr, template [default: all of
    /// them]
    #[arg(long, value_name = "EDITS", value_delimiter = ',', default_values_t = Edit::ALL, hide_default_value = true)]
    edits: Vec<Edit>,
    /// Most copies of one original
    #[arg(long, value_name = "N", default_value_t = Options::default().most_copies)]
    max_copies: u32,
    /// Rate of misread characters
    ///
    /// Rate of misread characters in `ocr`, or a range to draw each copy's from
    #[arg(long, value_name = "RATE", default_value = "0.01-0.05", value_parser = parse_rates)]
    ocr_rate: (f64, f64),
    /// Mean length of an original, in words
    #[arg(long, value_name = "N", default_value_t = Options::default().mean_words)]
    mean_words: u32,
    /// Scripts of the invented languages
    #[arg(long, value_enum, default_value_t = ScriptsArg::Latin, hide_short_help = true)]
    scripts: ScriptsArg,
    /// Make texts of the sentences of these files
    ///
    /// Make texts of the sentences of these files instead; all of them are held in memory
    #[arg(long, value_name = "FILE")]
    from: Vec<PathBuf>,
    /// Files to split the documents into
    #[arg(long, value_name = "N", default_value_t = Options::default().shards)]
    shards: u32,
    /// What documents are like; all but news are stress tests in which nothing is planted
    #[arg(long, value_enum, default_value_t = ShapeArg::News, hide_short_help = true)]
    shape: ShapeArg,
    /// Size of the one document of `--shape huge`
    #[arg(long, value_name = "SIZE", default_value = "1G", hide_short_help = true, value_parser = parse_size)]
    bytes: u64,
    /// Shingles of the similarities
    ///
    /// Shingles of the similarities in truth.jsonl: word:N, char:N or byte:N
    #[arg(long, value_name = "UNIT:N", default_value_t = Shingling::default())]
    shingle: Shingling,
    #[command(flatten)]
    fields: FieldArgs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum ScriptsArg {
    /// Plain ASCII
    Latin,
    /// Half Latin, half Cyrillic, Greek, Arabic, Chinese and Japanese
    Mixed,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum ShapeArg {
    /// Stories with planted copies
    News,
    /// One text, of which one word differs in each document
    Identical,
    /// One form filled in for each document: any two near Jaccard 0.6
    Template,
    /// One document of --bytes
    Huge,
    /// Five words a document
    Short,
    /// Empty texts
    Empty,
}

impl GenerateArgs {
    pub(crate) fn run(self, terminal: &Terminal) -> anyhow::Result<()> {
        let if_not_empty = if self.overwrite { IfNotEmpty::Overwrite } else { IfNotEmpty::Refuse };
        let sentences = self.sentences(terminal)?;
        let output = OutputDirectory::open(&self.output, if_not_empty)?;
        let options = self.into_options(sentences);
        let documents = if matches!(options.shape, Shape::Huge { .. }) { 1 } else { options.docs };
        terminal.begin(Stage::Write, documents);
        let mut done = 0;
        let summary = generate(&options, output, &mut |progress| {
            terminal.advance(progress.documents - done);
            done = progress.documents;
            if terminal.is_interrupted() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })?;
        if terminal.wants_json() {
            let json = serde_json::to_string_pretty(&summary).context("cannot write the summary as JSON")?;
            writeln!(io::stdout(), "{json}").context("cannot write to standard output")?;
        } else {
            terminal.show(&readable(&summary));
        }
        Ok(())
    }

    /// The sentences to make texts of, none if they are to be invented.
    fn sentences(&self, terminal: &Terminal) -> anyhow::Result<Vec<String>> {
        if self.from.is_empty() {
            return Ok(Vec::new());
        }
        let corpus: Corpus = self.fields.open(&self.from, &[], terminal)?;
        let sentences = corpus_sentences(&corpus)?;
        if sentences.is_empty() {
            let value = "without a sentence".to_owned();
            return Err(Error::Parameter { name: "from", value, expected: "a corpus with some text" }.into());
        }
        Ok(sentences)
    }

    fn into_options(self, sentences: Vec<String>) -> Options {
        Options {
            docs: self.docs,
            seed: Seed(self.seed),
            duplicates: self.duplicates,
            edits: self.edits,
            mean_words: self.mean_words,
            scripts: match self.scripts {
                ScriptsArg::Latin => Scripts::Latin,
                ScriptsArg::Mixed => Scripts::Mixed,
            },
            ocr_rate: self.ocr_rate,
            most_copies: self.max_copies,
            shards: self.shards,
            shape: match self.shape {
                ShapeArg::News => Shape::News,
                ShapeArg::Identical => Shape::Identical,
                ShapeArg::Template => Shape::Template,
                ShapeArg::Huge => Shape::Huge { bytes: self.bytes },
                ShapeArg::Short => Shape::Short,
                ShapeArg::Empty => Shape::Empty,
            },
            sentences,
            text: TextParams { shingling: self.shingle, ..TextParams::default() },
        }
    }
}

fn readable(summary: &ArchiveSummary) -> String {
    let mut lines = vec![("documents", summary.documents), ("planted", summary.planted)];
    lines.extend(summary.by_edit.iter().map(|(edit, count)| (edit.name(), *count)));
    lines.push(("bytes of text", summary.text_bytes));
    let lines: Vec<_> = lines.iter().map(|(name, count)| format!("{name:<14}{count}")).collect();
    lines.join("\n") + "\n"
}

/// A rate, or two with a dash between.
fn parse_rates(text: &str) -> Result<(f64, f64), String> {
    let (low, high) = text.split_once('-').unwrap_or((text, text));
    match (low.parse(), high.parse()) {
        (Ok(low), Ok(high)) => Ok((low, high)),
        _ => Err(format!("{text:?} is not a rate; write a number such as 0.03, or two such as 0.01-0.05")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_one_number_or_two() {
        assert_eq!(parse_rates("0.03"), Ok((0.03, 0.03)));
        assert_eq!(parse_rates("0.01-0.05"), Ok((0.01, 0.05)));
        for wrong in ["", "-", "0.1-", "x"] {
            assert!(parse_rates(wrong).is_err(), "{wrong}");
        }
    }
}
