//! `twicetold eval`.

mod exported;
mod measured;
mod shown;

use std::path::{Path, PathBuf};
use std::str::FromStr;

use clap::Args;
use twicetold::corpus::{Corpus, FieldPath};
use twicetold::engine::{Observer, documents_of, truth};
use twicetold::evaluate::{
    EvaluateOptions, Evaluation, IdNumbers, IdPair, KnownDuplicates, Labels, evaluate,
};
use twicetold::labelled::{ClusterGathering, Listing, ListingFields, ListingForm, ListingSide, read_listing};
use twicetold::{Error, Measure, Seed, Threshold};

use super::comparing::TextArgs;
use super::errors::CallError;
use super::reading::FieldArgs;
use super::results::{print, print_json};
use super::terminal::Terminal;
use measured::MeasuredResult;

/// Measure any tool's result by labels
///
/// RESULT is what a tool found: an output directory of dedup, scan or stories, or a file of clusters, of pairs, or of the ids
/// that it keeps. LABELS say which documents are duplicates: clusters, a field of a corpus, pairs, or what truth
/// prints. Both are told by their content. Prints how much was found and how much of it is right, by pairs, by clusters and of what is
/// kept, with intervals of 95 %.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  twicetold eval clean --labels corpora/newswire/labels.jsonl
  twicetold truth news.jsonl --threshold 0.5 > truth.tsv
  twicetold eval clean --labels truth.tsv --threshold 0.8
  twicetold eval kept.txt --labels labels.csv --csv
  twicetold eval pairs.tsv --labels news.jsonl --label-field story --corpus news.jsonl")]
pub(crate) struct EvalArgs {
    /// A directory or file of a tool; - is standard input
    ///
    /// A file of kept ids has one a line. One of clusters has an id and a cluster a line, in JSON Lines, CSV or TSV, or a list of
    /// ids in JSON a line. One of pairs has two ids a line, and perhaps their similarity. docs/format.md has all forms.
    #[arg(value_name = "RESULT")]
    result: PathBuf,
    /// What the result is held to; - is standard input
    ///
    /// A file of clusters or pairs as above, pairs with a column of 1 and 0, the output of truth, or a corpus with --label-field. Also the
    /// labels of NEWS-COPY, CORE 2020, SpotSigs and PAN.
    #[arg(long, value_name = "LABELS")]
    labels: PathBuf,
    /// Form of the result [default: by content]
    ///
    /// One of dedup, stories, kept, clusters or pairs. Needed for two columns without names, which may be pairs or clusters.
    #[arg(long, value_name = "FORM", help_heading = "Forms")]
    form: Option<ListingForm>,
    /// Form of the labels [default: by content]
    ///
    /// One of dedup, stories, clusters, pairs, core, directories, pan or corpus.
    #[arg(long, value_name = "FORM", help_heading = "Forms")]
    labels_form: Option<LabelsForm>,
    /// Field of the labels' cluster [default: guessed]
    ///
    /// Of pairs, the one that holds 1 for duplicates and 0 for others. With this field, labels may be a corpus in any format
    /// that dedup reads.
    #[arg(long, value_name = "FIELD", help_heading = "Forms")]
    label_field: Option<String>,
    /// Field of the result's cluster [default: guessed]
    #[arg(long, value_name = "FIELD", help_heading = "Forms", hide_short_help = true)]
    result_field: Option<String>,
    /// Field of the result's id [default: guessed]
    ///
    /// --id-field is that of the labels and of the corpus.
    #[arg(long, value_name = "FIELD", help_heading = "Forms", hide_short_help = true)]
    result_id_field: Option<String>,
    /// Least similarity of a labelled pair [default: none]
    ///
    /// A number above 0 and at most 1, for labels that have similarities, as those of truth have. Pairs below it are no
    /// duplicates.
    #[arg(long, short, value_name = "J", help_heading = "Measuring")]
    threshold: Option<f64>,
    /// Files of all documents, named by a side or not
    ///
    /// Without them, a document that stands in no pair of the labels is counted only if the result names it. If neither labels nor
    /// result have similarities, those of the bins are computed exactly, with all shingles in memory.
    #[arg(long, value_name = "INPUT", num_args = 1.., help_heading = "Measuring")]
    corpus: Vec<PathBuf>,
    /// Lower ends of bins
    ///
    /// Similarities, ascending, with commas between them, or none. Pairs below the first, or of unknown similarity, stand in a row of their own.
    #[arg(long, value_name = "J,J...", default_value = "0.5,0.6,0.7,0.8,0.9,1", help_heading = "Measuring")]
    bins: Bins,
    /// Draws for intervals; 0 for none
    ///
    /// Intervals are of 95 %. A draw takes as many labelled clusters as there are, with replacement. More draws make the
    /// ends of intervals steadier, and take longer.
    #[arg(long, value_name = "N", default_value_t = EvaluateOptions::REPLICATES, help_heading = "Measuring")]
    bootstrap: u32,
    /// Print CSV
    ///
    /// A line a figure: its name, the bin that it is of, its value, and the ends of its interval.
    #[arg(long, help_heading = "Output")]
    csv: bool,
    #[command(flatten)]
    fields: FieldArgs,
    #[command(flatten)]
    text: TextArgs,
}

/// The form of labels: of a listing, or a corpus with a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum LabelsForm {
    Corpus,
    Listing(ListingForm),
}

impl FromStr for LabelsForm {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        if name == "corpus" { Ok(Self::Corpus) } else { name.parse().map(Self::Listing) }
    }
}

/// The lower ends of bins, ascending; none of them for no bins.
#[derive(Clone, Debug)]
struct Bins(Vec<f64>);

impl FromStr for Bins {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "none" {
            return Ok(Self(Vec::new()));
        }
        let ends: Option<Vec<f64>> = text
            .split(',')
            .map(|end| end.trim().parse().ok().filter(|end| (0.0..=1.0).contains(end)))
            .collect();
        let ends = ends.filter(|ends| ends.is_sorted_by(|a, b| a < b));
        ends.map(Self).ok_or_else(|| format!("{text:?} is not ascending numbers from 0 to 1, nor none"))
    }
}

impl EvalArgs {
    pub(crate) fn run(self, terminal: &Terminal) -> anyhow::Result<()> {
        self.check(terminal)?;
        let field = |name: &Option<String>| name.as_deref().map(FieldPath::new).transpose();
        let mut ids = IdNumbers::default();
        let mut result_fields = ListingFields::default();
        result_fields.id = field(&self.result_id_field)?;
        result_fields.label = field(&self.result_field)?;
        let result = read_listing(&self.result, ListingSide::Result, self.form, &result_fields, &mut ids)?;
        remark(&result, "the result", terminal);
        let named_by_result = ids.len();
        let corpus = match &self.corpus[..] {
            [] => None,
            inputs => Some(self.fields.open(inputs, &[], terminal)?),
        };
        let documents = corpus.as_ref().map(|corpus| numbered(corpus, &mut ids, terminal)).transpose()?;
        let (labels, labels_form, known) = self.labels(&mut ids, terminal)?;
        self.check_threshold(&labels)?;
        if corpus.is_none() && are_strangers(&labels, named_by_result) {
            terminal.note(
                "no document of the result stands in a labelled pair; ids are compared letter by letter, and --corpus \
                 names all documents",
            );
        }
        let (similarities, source) = if self.bins.0.is_empty() {
            (Vec::new(), None)
        } else if !known.is_empty() {
            (known, Some("labels"))
        } else if let Some(corpus) = &corpus {
            (self.computed(corpus, &mut ids, terminal)?, Some("corpus"))
        } else {
            (result.similarities.clone(), Some("result").filter(|_| !result.similarities.is_empty()))
        };
        let result_form = result.form.to_string();
        let found = result.into_result(&self.result)?;
        let mut options = EvaluateOptions::default();
        options.threshold = self.threshold;
        options.bins.clone_from(&self.bins.0);
        options.replicates = self.bootstrap;
        options.seed = Seed(self.text.seed);
        let observer: &dyn Observer = terminal;
        let evaluation =
            evaluate(ids.len(), &found, &labels, documents.as_deref(), &similarities, &options, &observer)?;
        self.check_common(&evaluation, &ids)?;
        let shown = MeasuredResult {
            evaluation: &evaluation,
            ids: &ids,
            forms: [result_form, labels_form],
            paths: [&self.result, &self.labels],
            threshold: self.threshold,
            similarities: source,
            bootstrap: self.bootstrap,
            seed: self.text.seed,
        };
        if terminal.wants_json() {
            print_json(&exported::json(&shown))
        } else if self.csv {
            print(&exported::csv(&shown))
        } else {
            print(&shown::readable(&shown))
        }
    }

    fn check(&self, terminal: &Terminal) -> Result<(), CallError> {
        if self.csv && terminal.wants_json() {
            return Err(CallError::Argument {
                argument: "--csv",
                value: "given".to_owned(),
                expected: "left out beside --json",
            });
        }
        if self.result == self.labels && self.result == Path::new("-") {
            return Err(CallError::Argument {
                argument: "--labels",
                value: "-".to_owned(),
                expected: "a file where the result is standard input",
            });
        }
        Ok(())
    }

    /// The labels, their form, and the similarities that they have.
    fn labels(
        &self,
        ids: &mut IdNumbers,
        terminal: &Terminal,
    ) -> anyhow::Result<(Labels, String, Vec<IdPair>)> {
        let label = self.label_field.as_deref().map(FieldPath::new).transpose()?;
        let form = match self.labels_form {
            Some(LabelsForm::Corpus) => None,
            Some(LabelsForm::Listing(form)) => Some(Some(form)),
            None if label.is_some() && is_corpus(&self.labels) => None,
            None => Some(None),
        };
        let Some(form) = form else {
            let label = label.ok_or_else(|| {
                CallError::missing(
                    "--label-field",
                    "the field that holds the cluster, for a corpus of labels",
                )
            })?;
            let inputs = [self.labels.clone()];
            let corpus = self.fields.open(&inputs, std::slice::from_ref(&label), terminal)?;
            let members = field_clusters(&corpus, &label, ids, &self.labels, terminal)?;
            return Ok((members.into_labels(&self.labels)?, "corpus".to_owned(), Vec::new()));
        };
        let mut fields = ListingFields::default();
        fields.label = label;
        fields.id = self.fields.id_field.as_deref().map(FieldPath::new).transpose()?;
        let mut listing = read_listing(&self.labels, ListingSide::Labels, form, &fields, ids)?;
        remark(&listing, "the labels", terminal);
        let known = std::mem::take(&mut listing.similarities);
        let form = listing.form.to_string();
        Ok((listing.into_labels(&self.labels)?, form, known))
    }

    fn check_threshold(&self, labels: &Labels) -> anyhow::Result<()> {
        let Some(threshold) = self.threshold else { return Ok(()) };
        Threshold::new(threshold)?;
        let has_all = match &labels.duplicates {
            KnownDuplicates::Pairs(pairs) => pairs.iter().all(|pair| pair.similarity.is_some()),
            _ => false,
        };
        if has_all {
            return Ok(());
        }
        let (argument, value) = ("--threshold", threshold.to_string());
        let expected = "left out where labels are no pairs with similarities";
        Err(CallError::Argument { argument, value, expected }.into())
    }

    /// Exact similarities of the pairs of a corpus, from the first bin on.
    fn computed(
        &self,
        corpus: &Corpus,
        ids: &mut IdNumbers,
        terminal: &Terminal,
    ) -> anyhow::Result<Vec<IdPair>> {
        let least = self.bins.0.iter().copied().find(|&end| end > 0.0).unwrap_or(1.0);
        let truth = truth(corpus, &self.text.params(), Measure::Jaccard(Threshold::new(least)?), terminal)?;
        let mut pairs = Vec::new();
        for pair in truth.pairs()? {
            let pair = pair?;
            let (a, b) = (ids.number(&truth.id(pair.a))?, ids.number(&truth.id(pair.b))?);
            pairs.push(IdPair { a, b, similarity: Some(pair.jaccard) });
        }
        truth.check_inputs()?;
        Ok(pairs)
    }

    /// Refuses labels of nothing, and a result that is about other documents, or has their ids in another form.
    fn check_common(&self, evaluation: &Evaluation, ids: &IdNumbers) -> Result<(), Error> {
        if evaluation.documents == 0 && evaluation.not_in_corpus.is_empty() {
            let (path, found) = (self.labels.clone(), "no document".to_owned());
            return Err(Error::UnclearForm { path, found, is_labels: true });
        }
        let named_by_result = evaluation.documents - evaluation.not_in_result.len() as u64;
        let (Some(&only), Some(&other)) =
            (evaluation.only_in_result.first(), evaluation.not_in_result.first())
        else {
            return Ok(());
        };
        if named_by_result > 0 {
            return Ok(());
        }
        Err(Error::NoCommonId {
            result: self.result.clone(),
            labels: self.labels.clone(),
            example: ids.literal(only),
            other: ids.literal(other),
        })
    }
}

/// Whether labelled pairs name none of the ids that were met before them. It may be so, since a document in no pair is one
/// without a duplicate.
fn are_strangers(labels: &Labels, met_before: usize) -> bool {
    let KnownDuplicates::Pairs(pairs) = &labels.duplicates else { return false };
    let is_new = |id: u32| id as usize >= met_before;
    met_before > 0 && !pairs.is_empty() && pairs.iter().all(|pair| is_new(pair.a) && is_new(pair.b))
}

/// Whether labels with a field are read as a corpus: all that is no plain file of lines.
fn is_corpus(labels: &Path) -> bool {
    let name = labels.to_string_lossy();
    let is_lines = [".jsonl", ".ndjson", ".csv", ".tsv"].iter().any(|ending| name.ends_with(ending));
    labels != Path::new("-") && (labels.is_dir() || !is_lines)
}

/// The numbers of the ids of a corpus.
fn numbered(corpus: &Corpus, ids: &mut IdNumbers, terminal: &Terminal) -> anyhow::Result<Vec<u32>> {
    let documents = documents_of(corpus, None, terminal)?;
    Ok(documents.iter().map(|document| ids.number(&document.id)).collect::<Result<_, _>>()?)
}

/// The clusters that a field of a corpus tells. A document of which it tells none has no label.
fn field_clusters(
    corpus: &Corpus,
    label: &FieldPath,
    ids: &mut IdNumbers,
    path: &Path,
    terminal: &Terminal,
) -> anyhow::Result<Listing> {
    let mut gathering = ClusterGathering::new(path);
    let mut unlabelled = 0u64;
    for document in documents_of(corpus, Some(label), terminal)? {
        let Some(label) = &document.label else {
            unlabelled += 1;
            continue;
        };
        let cluster = gathering.cluster(label);
        gathering.put(&document.id, cluster, document.record.into(), ids)?;
    }
    if unlabelled > 0 {
        terminal.note(&format!("{unlabelled} documents of the labels have nothing in \"{label}\""));
    }
    Ok(gathering.finish(ListingForm::Clusters))
}

/// Tells what a listing says to no effect.
fn remark(listing: &Listing, side: &str, terminal: &Terminal) {
    for (count, what) in [
        (listing.repeated, "ids or pairs a second time, which count once"),
        (listing.self_pairs, "pairs of a document and itself, which count for nothing"),
    ] {
        if count > 0 {
            terminal.note(&format!("{side} has {count} {what}"));
        }
    }
}
