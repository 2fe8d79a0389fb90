//! The numbers that are kept of every document beside its sketch.
#![allow(
    clippy::cast_possible_truncation,
    reason = "documents and nodes are numbered in 32 bits, and reading refuses more; shares are for people"
)]

use std::borrow::Cow;

use crate::corpus::{Corpus, FieldPath, Value, field_text, parse_date, source_name};
use crate::engine::plan::{Comparing, Representatives};
use crate::hash;
use crate::params::Seed;
use crate::select::PriorityKey;

/// A number that is kept of every document.
#[derive(Clone, Copy)]
pub(in crate::engine) enum Figure<'a> {
    /// Its rank under a priority key.
    Rank(&'a PriorityKey),
    /// A hash of its source; the same for all documents without one.
    SourceHash,
    /// Its date in seconds since 1970, as [`Figure::date`] reads it back.
    Date,
    /// The number of its source among [`SourceNames`](super::columns::SourceNames).
    Source,
    /// 1 if it is to be looked at again, since it may hold a record of the reference; else 0. Last of all, so that the
    /// ranks and the source keep their places.
    Item,
}

/// Marks a document without a date; no calendar has this moment.
const NO_DATE: i64 = i64::MIN;

/// Marks a document without a source.
pub(super) const NO_SOURCE: u64 = u64::MAX;

impl<'a> Figure<'a> {
    /// The ranks under some keys; behind them the source, if it matters.
    pub(in crate::engine) fn of(
        keys: &'a [PriorityKey],
        comparing: Comparing,
        representatives: Representatives,
    ) -> Vec<Self> {
        let needs_sources = comparing.needs_sources() || representatives.needs_sources();
        keys.iter().map(Self::Rank).chain(needs_sources.then_some(Self::SourceHash)).collect()
    }

    /// Reads a date back.
    pub(in crate::engine) fn date(figure: u64) -> Option<i64> {
        Some(figure.cast_signed()).filter(|&date| date != NO_DATE)
    }

    /// Reads a source's number back.
    pub(in crate::engine) fn source(figure: u64) -> Option<u32> {
        (figure != NO_SOURCE).then_some(figure as u32)
    }

    /// The figure, from the field that it looks at and the number of tokens.
    pub(super) fn number(
        self,
        value: Option<&str>,
        tokens: u64,
        number_source: impl FnOnce(String) -> u32,
    ) -> u64 {
        let name = || value.map(source_name).filter(|name| !name.is_empty());
        match self {
            Self::Rank(key @ PriorityKey::Source(_)) => key.rank(name().as_deref(), tokens),
            Self::Rank(key) => key.rank(value, tokens),
            Self::SourceHash => name().map_or(0, |name| hash::bytes64(name.as_bytes(), Seed(0))),
            Self::Date => value.and_then(parse_date).unwrap_or(NO_DATE).cast_unsigned(),
            Self::Source => name().map_or(NO_SOURCE, |name| number_source(name).into()),
            // The maker knows, which makes the shingles.
            Self::Item => 0,
        }
    }

    /// The field that it looks at, if it looks at one.
    fn field(self) -> Option<Field<'a>> {
        match self {
            Self::Rank(PriorityKey::Longest) | Self::Item => None,
            Self::Rank(PriorityKey::Earliest | PriorityKey::Latest) | Self::Date => Some(Field::Date),
            Self::Rank(PriorityKey::Max(path) | PriorityKey::Min(path)) => Some(Field::Named(path)),
            Self::Rank(PriorityKey::Source(_)) | Self::SourceHash | Self::Source => Some(Field::Source),
        }
    }

    /// What it looks at in a document that has a source and a date and no other field.
    pub(in crate::engine) fn value_of<'v>(
        self,
        source: Option<&'v str>,
        date: Option<&'v str>,
    ) -> Option<Cow<'v, str>> {
        let value = match self.field()? {
            Field::Date => date,
            Field::Source => source,
            Field::Named(_) => None,
        };
        value.filter(|value| !value.is_empty()).map(Cow::Borrowed)
    }
}

/// A field that a figure looks at.
enum Field<'a> {
    Date,
    Source,
    Named(&'a FieldPath),
}

/// Where the figures of a record come from.
pub(in crate::engine) struct FigureFields<'a> {
    /// The text's path, then one path for each figure that looks at a field.
    pub paths: Vec<&'a FieldPath>,
    /// For each figure, the place of its field among the values after the text.
    value_of: Vec<Option<usize>>,
}

impl<'a> FigureFields<'a> {
    pub(in crate::engine) fn new(corpus: &'a Corpus, figures: &[Figure<'a>]) -> Self {
        let fields = corpus.fields();
        let mut found = Self { paths: vec![&fields.text], value_of: Vec::new() };
        for figure in figures {
            let path = match figure.field() {
                None => None,
                Some(Field::Date) => fields.date.as_ref(),
                Some(Field::Source) => fields.source.as_ref(),
                Some(Field::Named(path)) => Some(path),
            };
            found.value_of.push(path.map(|_| found.paths.len() - 1));
            found.paths.extend(path);
        }
        found
    }

    /// What a figure, given by its place, looks at; `values` are those of the fields after the text.
    pub(in crate::engine) fn value<'v>(
        &self,
        figure: usize,
        values: &[Option<Value<'v>>],
    ) -> Option<Cow<'v, str>> {
        field_text(values.get(self.value_of[figure]?).copied().flatten()).map(Cow::Owned)
    }
}
