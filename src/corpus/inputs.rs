//! The inputs of a run: their sources, and the fields in use.

use std::collections::BTreeSet;
use std::ops::Range;
use std::path::PathBuf;

#[cfg(feature = "archives")]
use super::archives::Archive;
use super::discover::PassedOver;
use super::fields::{FieldPath, Fields};
use super::formats::{Header, ReadingRules};
use super::records::RecordTable;
use super::settle::Guesses;
use super::source::Source;

/// The inputs of a run.
#[derive(Debug)]
pub struct Corpus {
    pub(super) sources: Vec<Source>,
    /// With the number of its first source.
    #[cfg(feature = "archives")]
    pub(super) archives: Vec<(Archive, usize)>,
    pub(super) input: CorpusSide,
    /// What the sources behind the inputs are compared by, if there are any.
    pub(super) reference: Option<CorpusSide>,
    pub(super) skipped: Vec<PathBuf>,
    pub(super) passed_over: Vec<PassedOver>,
    pub(super) earlier_outputs: Vec<PathBuf>,
    pub(super) rules: ReadingRules,
}

/// Inputs or references: some neighbouring sources, and what was settled about them.
#[derive(Debug)]
pub(super) struct CorpusSide {
    pub(super) sources: Range<usize>,
    pub(super) fields: Fields,
    pub(super) guesses: Guesses,
}

impl Corpus {
    /// The inputs, in corpus order, and the references behind them.
    pub fn sources(&self) -> &[Source] {
        &self.sources
    }

    /// The inputs alone.
    pub fn inputs(&self) -> &[Source] {
        &self.sources[self.input.sources.clone()]
    }

    /// The references alone; empty if none was asked for.
    pub fn references(&self) -> &[Source] {
        &self.sources[self.input.sources.end..]
    }

    /// Whether a source, given by its number, is a reference.
    pub fn is_reference(&self, source: usize) -> bool {
        source >= self.input.sources.end
    }

    /// How many of the documents are of the inputs; those of the references have the numbers behind them.
    pub(crate) fn input_documents(&self, records: &RecordTable) -> usize {
        records.before_source(self.input.sources.end)
    }

    pub(super) fn side(&self, source: usize) -> &CorpusSide {
        self.reference.as_ref().filter(|_| self.is_reference(source)).unwrap_or(&self.input)
    }

    /// The fields in use.
    pub fn fields(&self) -> &Fields {
        &self.input.fields
    }

    /// The fields in use in the references, if there are any.
    pub fn reference_fields(&self) -> Option<&Fields> {
        self.reference.as_ref().map(|side| &side.fields)
    }

    /// The fields that were guessed: what for, and which.
    pub fn guesses(&self) -> &[(&'static str, FieldPath)] {
        &self.input.guesses
    }

    /// The fields of the references that were guessed.
    pub fn reference_guesses(&self) -> &[(&'static str, FieldPath)] {
        self.reference.as_ref().map_or(&[], |side| &side.guesses)
    }

    /// Files in the given directories that were passed over, since their names are not known; sorted.
    pub fn skipped(&self) -> &[PathBuf] {
        &self.skipped
    }

    /// What stands in the given directories and cannot be read: links without an end, pipes and the like; by reason.
    pub fn passed_over(&self) -> &[PassedOver] {
        &self.passed_over
    }

    /// Directories among the inputs to which an earlier run wrote; its files there are not read.
    pub fn earlier_outputs(&self) -> &[PathBuf] {
        &self.earlier_outputs
    }

    /// The fields of the first readable record of a source, given by its number; none if there is no such record.
    pub(crate) fn field_names_of(&self, source: usize) -> Vec<String> {
        let names = self.sources[source].field_names(&self.rules).ok().flatten().unwrap_or_default();
        names.into_iter().map(|(name, _)| name).collect()
    }

    /// How the inputs are cut into records: what decides which texts are read, beside the fields, by the names of the
    /// command line.
    pub(crate) fn reading_settings(&self) -> [(&'static str, String); 4] {
        let ReadingRules { split, header, max_record_bytes, .. } = &self.rules;
        let formats: BTreeSet<&str> = self.sources.iter().map(|source| source.format().name()).collect();
        [
            ("format", formats.into_iter().collect::<Vec<_>>().join(", ")),
            ("split", split.as_ref().map_or_else(|| "none".to_owned(), ToString::to_string)),
            ("no-header", (*header == Header::Absent).to_string()),
            ("max-record", max_record_bytes.to_string()),
        ]
    }

    /// The longest record that is read, in bytes.
    pub(crate) fn max_record_bytes(&self) -> u64 {
        self.rules.max_record_bytes
    }

    /// Total size of what is read as lines, in bytes; of a file that is not JSON Lines, that of its view.
    pub fn mapped_bytes(&self) -> u64 {
        self.sources.iter().map(|source| source.lines().len() as u64).sum()
    }

    /// The archives among the inputs, each with the number of its first source, in corpus order.
    #[cfg(feature = "archives")]
    pub(crate) fn archives(&self) -> &[(Archive, usize)] {
        &self.archives[..self.archives.partition_point(|(_, first)| !self.is_reference(*first))]
    }
}
