//! The library's one error type.
#![allow(clippy::cast_precision_loss, reason = "sizes for people")]

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// A result of this library.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Everything that can end a run.
///
/// A record that cannot be read does not end a run: it is rejected and accounted for.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The operating system refused something.
    #[error("{path}: cannot {action}", path = .path.display())]
    Io {
        /// The file or directory.
        path: PathBuf,
        /// What was tried: a verb and its object.
        action: &'static str,
        /// What the system said.
        source: io::Error,
    },
    /// An input that was named is not there.
    #[error("{path}: no such file or directory; check the name", path = .path.display())]
    MissingInput {
        /// The path as it was given.
        path: PathBuf,
    },
    /// An input whose kind is not known.
    #[error("{path}: not a format this program reads ({known})", path = .path.display())]
    UnknownFormat {
        /// The path as it was given.
        path: PathBuf,
        /// The names it knows.
        known: &'static str,
    },
    /// The inputs hold no file that can be read.
    #[error("no input: the given directories hold no file with a known name ({known})")]
    NoInput {
        /// The names it knows.
        known: &'static str,
    },
    /// A parameter outside its range, or in conflict with another.
    #[error("{name} is {value}, but must be {expected}")]
    Parameter {
        /// The parameter's name; on the command line, its flag without the dashes.
        name: &'static str,
        /// What was given.
        value: String,
        /// What is allowed.
        expected: &'static str,
    },
    /// A field that was asked for, or a usual one that was looked for, is not in the first record.
    #[error(
        "{path}: no field {wanted}; this file has: {found}{hint}",
        path = .path.display(),
        hint = .nearest.as_ref().map(|name| format!("; did you mean \"{name}\"?")).unwrap_or_default()
    )]
    NoField {
        /// The file that was looked at.
        path: PathBuf,
        /// The names looked for.
        wanted: String,
        /// The fields that the first record has.
        found: String,
        /// The one whose name is nearest to what was asked for.
        nearest: Option<String>,
        /// What the field is wanted for: `text`, `id`, `source`, `date`, `label`, or `text of references`.
        purpose: &'static str,
    },
    /// A compressed file that ends too early or does not decode.
    #[error(
        "{path}: the compressed data is damaged or cut short; fetch or make the file again",
        path = .path.display()
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What the decoder said.
        source: io::Error,
    },
    /// An input that is not what it was when the run opened it.
    #[error(
        "{path}: changed during the run, which therefore has no result; run again when nothing writes to it",
        path = .path.display()
    )]
    InputChanged {
        /// The file.
        path: PathBuf,
    },
    /// A file that unpacks to far more than it should.
    #[error(
        "{path}: unpacks to more than {ratio} times its size",
        path = .path.display()
    )]
    Bomb {
        /// The file.
        path: PathBuf,
        /// The most that is allowed.
        ratio: u64,
    },
    /// A file whose structure is broken, so that its records cannot be told.
    #[error(
        "{path}: not a whole {format} file",
        path = .path.display()
    )]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What it was read as.
        format: &'static str,
        /// What the reader said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A file in a format that was left out when the program was built.
    #[error(
        "{path}: this build does not read it; build with the feature \"{feature}\"",
        path = .path.display()
    )]
    FormatNotBuilt {
        /// The file.
        path: PathBuf,
        /// The cargo feature.
        feature: &'static str,
    },
    /// A file whose records have no place for an annotation.
    #[error("{path}: a {format} file has no fields to add to", path = .path.display())]
    NoFieldsToAnnotate {
        /// The file.
        path: PathBuf,
        /// What it holds.
        format: &'static str,
    },
    /// A file that holds what an annotation would add.
    #[error(
        "{path}{}: has a field {field} already",
        record.map(|record| format!(":{record}")).unwrap_or_default(), path = .path.display()
    )]
    AnnotatedAlready {
        /// The file.
        path: PathBuf,
        /// The record, from 1; none if it is a column, or a field of one of the first records.
        record: Option<u32>,
        /// The field or column.
        field: &'static str,
    },
    /// The output directory holds files already.
    #[error("{path}: the output directory is not empty", path = .path.display())]
    OutputNotEmpty {
        /// The directory.
        path: PathBuf,
    },
    /// Another run is writing to the output directory.
    #[error("{path}: another run is writing here; wait for it or choose another directory", path = .path.display())]
    OutputInUse {
        /// The directory.
        path: PathBuf,
    },
    /// A file in the way of the output that no run lists as its own.
    #[error(
        "{path}: not a file that an earlier run lists, so it is not replaced; move it away or choose another directory",
        path = .path.display()
    )]
    OutputForeign {
        /// The file or directory.
        path: PathBuf,
    },
    /// The new output is whole, but some of it has not got its final name.
    #[error(
        "{path}: the new output is complete, but not all of it could be moved into place; the next run into this \
         directory does that first",
        path = .path.display()
    )]
    OutputUnfinished {
        /// The directory.
        path: PathBuf,
        /// What went wrong.
        source: Box<Error>,
    },
    /// An input that the output would replace.
    #[error(
        "{path}: lies in the output directory and would be replaced; move it, or write to another directory",
        path = .path.display()
    )]
    InputReplaced {
        /// The input.
        path: PathBuf,
    },
    /// An input directory in which there is nothing but what an earlier run wrote.
    #[error(
        "{path}: holds the output of an earlier run, which is not read as input; name its directory clean to read that",
        path = .path.display()
    )]
    OnlyEarlierOutput {
        /// The directory.
        path: PathBuf,
    },
    /// The output directory cannot be made or written.
    #[error("{path}: cannot write to the output directory; check its permissions or choose another", path = .path.display())]
    Unwritable {
        /// The directory.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Records were rejected and the run was told to accept none.
    #[error("{count} records were rejected, the first at {first}")]
    Strict {
        /// How many.
        count: u64,
        /// Where, and why.
        first: String,
    },
    /// A line of a list of credits that is no rule.
    #[error(
        "{path}:{line}: not a rule; begin the line with agency, byline, sentence or line, then what is recognised",
        path = .path.display()
    )]
    BadCreditRule {
        /// The list.
        path: PathBuf,
        /// Counted from 1.
        line: usize,
    },
    /// A line of a result or of labels that cannot be used.
    #[error("{path}:{line}: {reason}", path = .path.display())]
    BadLine {
        /// The file.
        path: PathBuf,
        /// Counted from 1.
        line: u64,
        /// What is wrong with it.
        reason: LineFault,
    },
    /// A result or labels of which it cannot be told what they hold.
    #[error("{path}: it cannot be told what it says of documents ({found})", path = .path.display())]
    UnclearForm {
        /// The file or directory.
        path: PathBuf,
        /// What was found there.
        found: String,
        /// Whether it was named as labels.
        is_labels: bool,
    },
    /// A result and labels that name no document in common.
    #[error(
        "no document is in both: {result} has {example}, {labels} has {other}",
        result = .result.display(), labels = .labels.display()
    )]
    NoCommonId {
        /// The result.
        result: PathBuf,
        /// The labels.
        labels: PathBuf,
        /// The first id of the result, as a literal.
        example: String,
        /// The first id of the labels, as a literal.
        other: String,
    },
    /// An id that is in none of the inputs.
    #[error("no document with id {id}; ids are compared letter by letter")]
    UnknownId {
        /// The id as it was given.
        id: String,
    },
    /// A place in a table of an earlier run at which there is no record.
    #[error("{file}:{record}: no such record in the {}", if *is_reference { "references" } else { "inputs" })]
    UnknownRecord {
        /// The file, as in the table.
        file: String,
        /// Its record, from 1.
        record: u32,
        /// Whether it should be among the references.
        is_reference: bool,
    },
    /// A document that an earlier run removed for a record of a reference, where the reference was not named.
    #[error("{id} was removed for {kept_id} ({file}:{record}), a record of a reference that was not named")]
    ReferenceNotNamed {
        /// The removed document.
        id: String,
        /// The id of the record that it repeats.
        kept_id: String,
        /// That record's file.
        file: String,
        /// Its record in the file, from 1.
        record: u32,
    },
    /// More documents than [`crate::DocumentId`] can number.
    #[error("more than {limit} documents; split the corpus and compare the parts with each other")]
    TooManyDocuments {
        /// The most there may be.
        limit: u64,
    },
    /// More shingles than a join can number.
    #[error(
        "more than {limit} shingles over all documents; split the corpus and compare the parts with each other"
    )]
    TooManyShingles {
        /// The most there may be.
        limit: u64,
    },
    /// More paragraphs than can be numbered.
    #[error("more than {limit} paragraphs")]
    TooManyParagraphs {
        /// The most there may be.
        limit: u64,
    },
    /// A file of a work directory is not what it was.
    #[error(
        "{path}: this work file is damaged or cut short",
        path = .path.display()
    )]
    WorkDamaged {
        /// The file.
        path: PathBuf,
    },
    /// A work directory was made with other parameters, other inputs or by another version.
    #[error(
        "{path}: built with {what}={built}, asked for {what}={asked}",
        path = .path.display()
    )]
    WorkMismatch {
        /// The directory.
        path: PathBuf,
        /// What differs.
        what: String,
        /// Its value when the work was begun.
        built: String,
        /// Its value now.
        asked: String,
    },
    /// What stands in the place of the work directory was not made by this program.
    #[error("{path}: holds files of another kind", path = .path.display())]
    WorkForeign {
        /// The directory.
        path: PathBuf,
    },
    /// The memory that a run may use does not suffice.
    #[error("a limit of {} is too small for {what}, which takes about {}", limited(*.limit), mebibytes(*.needed))]
    MemoryTooSmall {
        /// What the run may use, in bytes.
        limit: u64,
        /// What it would need, in bytes.
        needed: u64,
        /// What needs it.
        what: String,
    },
    /// A safety stop: more documents would be removed than the caller allows.
    #[error(
        "safety stop: {removed} of {documents} documents ({share}) would be removed, more than {limit}; nothing was \
         written{examples}",
        share = percent(*removed as f64 / *documents as f64), limit = percent(*limit)
    )]
    TooManyRemoved {
        /// How many would be removed.
        removed: u64,
        /// How many there are.
        documents: u64,
        /// The share allowed.
        limit: f64,
        /// Some of those removed.
        examples: Examples,
    },
    /// A safety stop: a cluster is larger than the caller allows.
    #[error(
        "safety stop: the cluster of {representative} has {documents} documents, more than {limit}; nothing was \
         written{examples}"
    )]
    TooLargeCluster {
        /// The id of the document that would be kept.
        representative: String,
        /// How many documents it has, this one included.
        documents: u64,
        /// How many are allowed.
        limit: u64,
        /// Some of those removed, the least similar first.
        examples: Examples,
    },
    /// A safety stop: a source would lose more documents than the caller allows.
    #[error(
        "safety stop: source {name:?} would lose {removed} of its {documents} documents ({share}), more than \
         {limit}; nothing was written{examples}",
        share = percent(*removed as f64 / *documents as f64), limit = percent(*limit)
    )]
    TooManyRemovedFromSource {
        /// The source.
        name: String,
        /// How many it would lose.
        removed: u64,
        /// How many it has.
        documents: u64,
        /// The share allowed.
        limit: f64,
        /// Some of those removed.
        examples: Examples,
    },
    /// The inputs gave no document: they hold no record, or each was rejected.
    #[error("{}", nothing_usable(*.rejected, .first.as_deref()))]
    NothingUsable {
        /// Rejected records.
        rejected: u64,
        /// The first file of which all records were rejected.
        first: Option<Box<UnusableInput>>,
    },
    /// A safety stop: more records were rejected than the caller allows.
    #[error(
        "safety stop: {rejected} of {records} records ({share}) were rejected, more than {limit}; nothing was written; \
         the first is {first}",
        share = percent(*rejected as f64 / *records as f64), limit = percent(*limit)
    )]
    TooManyRejected {
        /// How many were rejected.
        rejected: u64,
        /// How many there are.
        records: u64,
        /// The share allowed.
        limit: f64,
        /// Where, and why.
        first: String,
    },
    /// The counts of a run do not add up: a defect of this program.
    #[error(
        "the counts do not add up: {read} records read, but {accounted} accounted for; please report this"
    )]
    Unbalanced {
        /// Records read.
        read: u64,
        /// Records kept, removed or rejected.
        accounted: u64,
    },
    /// The run was told to stop.
    #[error("interrupted; nothing was written")]
    Interrupted,
}

impl Error {
    /// A parameter error.
    pub(crate) fn parameter(name: &'static str, value: impl fmt::Display, expected: &'static str) -> Self {
        Self::Parameter { name, value: value.to_string(), expected }
    }

    /// Adds the path and the attempted action to an error of the operating system.
    pub(crate) fn io(path: &Path, action: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { path: path.to_path_buf(), action, source }
    }

    /// Whether a limit that the caller set ended the run, rather than a failure.
    pub fn is_safety_stop(&self) -> bool {
        matches!(
            self,
            Self::TooManyRemoved { .. }
                | Self::TooManyRejected { .. }
                | Self::TooLargeCluster { .. }
                | Self::TooManyRemovedFromSource { .. }
        )
    }

    /// Whether the call was wrong (arguments, missing file), rather than the run having failed.
    pub fn is_usage(&self) -> bool {
        matches!(
            self,
            Self::MissingInput { .. }
                | Self::UnknownFormat { .. }
                | Self::FormatNotBuilt { .. }
                | Self::NoInput { .. }
                | Self::Parameter { .. }
                | Self::NoField { .. }
                | Self::BadCreditRule { .. }
                | Self::NoFieldsToAnnotate { .. }
                | Self::AnnotatedAlready { .. }
                | Self::OutputNotEmpty { .. }
                | Self::OutputForeign { .. }
                | Self::OutputInUse { .. }
                | Self::InputReplaced { .. }
                | Self::OnlyEarlierOutput { .. }
                | Self::Unwritable { .. }
                | Self::BadLine { .. }
                | Self::UnclearForm { .. }
                | Self::NoCommonId { .. }
                | Self::UnknownId { .. }
                | Self::UnknownRecord { .. }
                | Self::ReferenceNotNamed { .. }
                | Self::WorkMismatch { .. }
                | Self::WorkForeign { .. }
                | Self::MemoryTooSmall { .. }
        )
    }
}

/// A size for a message, rounded up.
/// A limit in mebibytes, rounded down, so that it never looks like what would do.
fn limited(bytes: u64) -> String {
    match (bytes % (1 << 20) * 10) >> 20 {
        0 => format!("{}M", bytes >> 20),
        tenths => format!("{}.{tenths}M", bytes >> 20),
    }
}

fn mebibytes(bytes: u64) -> String {
    format!("{}M", bytes.div_ceil(1 << 20))
}

/// What is wrong with a line of a result or of labels.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LineFault {
    /// It is not text, not JSON, or lacks a field.
    #[error("{message}")]
    Unreadable {
        /// What its reader said.
        message: String,
    },
    /// A table without a column that is needed.
    #[error("no column {wanted}; the table has: {found}")]
    NoColumn {
        /// The names looked for.
        wanted: String,
        /// The names found.
        found: String,
    },
    /// A row that is too short or too long.
    #[error("{found} values, where {expected} are needed")]
    Width {
        /// Values needed.
        expected: usize,
        /// Values found.
        found: usize,
    },
    /// An id that is empty.
    #[error("an empty id")]
    EmptyId,
    /// A value that does not mean anything here.
    #[error("{value} is no {expected}")]
    Value {
        /// What stands there, as a literal.
        value: String,
        /// What should.
        expected: &'static str,
    },
    /// An id that stands in two clusters.
    #[error("{id} is in another cluster by line {first}; a document can be in one only")]
    TwoClusters {
        /// The id, as a literal.
        id: String,
        /// The line that said otherwise.
        first: u64,
    },
    /// An id that two documents have.
    #[error("{id} is the id of two documents, which ids cannot tell apart")]
    TwoDocuments {
        /// The id, as a literal.
        id: String,
    },
    /// A pair that is called duplicates, and not.
    #[error("{a} and {b} are judged otherwise by line {first}")]
    Contradiction {
        /// One of the pair, as a literal.
        a: String,
        /// The other.
        b: String,
        /// The line that said otherwise.
        first: u64,
    },
}

/// Documents that a run would remove, each with the one that it repeats.
#[derive(Clone, Debug, PartialEq)]
pub struct Examples(pub Vec<Example>);

/// A document that a run would remove.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Example {
    /// Its id.
    pub id: String,
    /// The id of the document that it repeats.
    pub kept_id: String,
    /// Their similarity.
    pub similarity: f64,
    /// The beginning of its text.
    pub text: String,
    /// The beginning of the other's text.
    pub kept_text: String,
}

impl fmt::Display for Examples {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Example { id, kept_id, similarity, text, kept_text } in &self.0 {
            write!(f, "\n  {id} repeats {kept_id}, similarity {similarity:.4}")?;
            write!(f, "\n    removed: {text}\n    kept:    {kept_text}")?;
        }
        Ok(())
    }
}

/// A file all of whose records were rejected.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct UnusableInput {
    /// Its name in the corpus.
    pub file: String,
    /// How many records it has.
    pub records: u64,
    /// Why the first of them was rejected.
    pub reason: String,
    /// The fields of its first readable record, if it has one.
    pub fields: Vec<String>,
    /// What is likely wrong, and what to do.
    pub hint: Option<&'static str>,
}

impl fmt::Display for UnusableInput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, records, reason, fields, hint } = self;
        match records {
            1 => write!(f, "{file}: its only record was rejected: {reason}")?,
            _ => write!(f, "{file}: all of its {records} records were rejected, the first: {reason}")?,
        }
        if !fields.is_empty() {
            write!(f, "; its fields are {}", fields.join(", "))?;
        }
        hint.map_or(Ok(()), |hint| write!(f, "; {hint}"))
    }
}

/// The message for inputs without a document.
fn nothing_usable(rejected: u64, first: Option<&UnusableInput>) -> String {
    match first {
        Some(first) if first.records == rejected => first.to_string(),
        Some(first) => format!("no document: all {rejected} records were rejected; {first}"),
        None => "no document: the inputs hold no record".to_owned(),
    }
}

/// A share as people write it, to a tenth.
fn percent(share: f64) -> String {
    format!("{} %", (share * 1000.0).round() / 10.0)
}
