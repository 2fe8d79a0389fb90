//! `twicetold generate`.

use std::ops::ControlFlow;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use twicetold::corpus::Corpus;
use twicetold::engine::{Observer, Stage};
use twicetold::generate::{ArchiveSummary, Edit, Options, Scripts, Shape, corpus_sentences, generate};
use twicetold::{Seed, Shingling, TextParams};

use super::errors::CallError;
use super::output_args::OverwriteArgs;
use super::reading::FieldArgs;
use super::results::print_json;
use super::sizes::parse_size;
use super::terminal::Terminal;

/// Make a synthetic archive with planted copies
///
/// The similarity of each copy to its original is known, so the archive can be used to measure recall and speed.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  twicetold generate -o archive --docs 1000000 --shards 8
  twicetold generate -o scans --edits ocr --ocr-rate 0.05")]
pub(crate) struct GenerateArgs {
    /// Directory for the archive
    ///
    /// Gets docs.jsonl, truth.jsonl (the planted copies) and manifest.json. There is no default.
    #[arg(long, short, value_name = "DIR")]
    output: PathBuf,
    /// Number of documents
    ///
    /// A larger archive begins with the documents of a smaller one.
    #[arg(long, value_name = "N", default_value_t = Options::default().docs)]
    docs: u64,
    /// Seed of everything that is drawn
    ///
    /// The same seed gives the same archive.
    #[arg(long, value_name = "N", default_value_t = Options::default().seed.0)]
    seed: u64,
    /// Share of documents that are copies
    ///
    /// A number from 0 to less than 1.
    #[arg(long, value_name = "SHARE", default_value_t = Options::default().duplicates)]
    duplicates: f64,
    /// Kinds of changes to copies [default: all kinds]
    ///
    /// One or more of: exact, light, truncate, wrap, reorder, ocr, template; separated by commas. Each is equally frequent.
    #[arg(long, value_name = "EDITS", value_delimiter = ',', default_values_t = Edit::ALL, hide_default_value = true)]
    edits: Vec<Edit>,
    /// Most copies of one original
    #[arg(long, value_name = "N", default_value_t = Options::default().most_copies)]
    max_copies: u32,
    /// Share of misread characters
    ///
    /// For the change `ocr`: a number from 0 to 1, or a range from which each copy's share is drawn.
    #[arg(long, value_name = "RATE", default_value = "0.01-0.05", value_parser = parse_rates)]
    ocr_rate: (f64, f64),
    /// Mean length of an original, in words
    #[arg(long, value_name = "N", default_value_t = Options::default().mean_words)]
    mean_words: u32,
    /// Scripts of the invented languages
    #[arg(long, value_enum, default_value_t = ScriptsArg::Latin, hide_short_help = true)]
    scripts: ScriptsArg,
    /// Take the sentences from these files
    ///
    /// All their sentences are held in memory. By default sentences are invented.
    #[arg(long, value_name = "FILE")]
    from: Vec<PathBuf>,
    /// Number of files to write
    #[arg(long, value_name = "N", default_value_t = Options::default().shards)]
    shards: u32,
    /// Kind of archive
    ///
    /// All but `news` are stress tests, with no planted copies.
    #[arg(long, value_enum, default_value_t = ShapeArg::News, hide_short_help = true)]
    shape: ShapeArg,
    /// Size in bytes of the document of --shape huge
    ///
    /// K, M, G and T are powers of 1024.
    #[arg(long, value_name = "SIZE", default_value = "1G", hide_short_help = true, value_parser = parse_size)]
    bytes: u64,
    /// Shingles: word:N, char:N or byte:N
    ///
    /// Unit of the similarities in truth.jsonl.
    #[arg(long, value_name = "UNIT:N", default_value_t = Shingling::default())]
    shingle: Shingling,
    #[command(flatten)]
    overwrite: OverwriteArgs,
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
    /// One text; one word differs in each document
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
        let sentences = self.sentences(terminal)?;
        let output = terminal.open_output(&self.output, self.overwrite.if_not_empty())?;
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
            print_json(&summary)?;
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
            let expected = "a corpus with some text";
            return Err(CallError::Argument { argument: "--from", value, expected }.into());
        }
        Ok(sentences)
    }

    fn into_options(self, sentences: Vec<String>) -> Options {
        let mut text = TextParams::default();
        text.shingling = self.shingle;
        let mut options = Options::default();
        options.docs = self.docs;
        options.seed = Seed(self.seed);
        options.duplicates = self.duplicates;
        options.edits = self.edits;
        options.mean_words = self.mean_words;
        options.scripts = match self.scripts {
            ScriptsArg::Latin => Scripts::Latin,
            ScriptsArg::Mixed => Scripts::Mixed,
        };
        options.ocr_rate = self.ocr_rate;
        options.most_copies = self.max_copies;
        options.shards = self.shards;
        options.shape = match self.shape {
            ShapeArg::News => Shape::News,
            ShapeArg::Identical => Shape::Identical,
            ShapeArg::Template => Shape::Template,
            ShapeArg::Huge => Shape::Huge { bytes: self.bytes },
            ShapeArg::Short => Shape::Short,
            ShapeArg::Empty => Shape::Empty,
        };
        options.sentences = sentences;
        options.text = text;
        options
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
