//! Corpus to what linking needs of every document: one pass, and texts read again.

use std::borrow::Cow;
use std::collections::HashMap;

use super::super::ingest::{Sketches, Worker};
use super::super::observer::Observer;
use super::super::pass::{Found, read_all};
use crate::corpus::{
    Corpus, FieldPath, RecordTable, TextScratch, Value, parse_date, source_name, value_text,
};
use crate::document::DocumentId;
use crate::error::Result;
use crate::params::Slots;
use crate::reuse::containment::{Sampler, Samples};
use crate::reuse::credits::{Credits, blank};
use crate::reuse::story::Provenance;
use crate::shingle::Shingler;
use crate::sketch::{Sketcher, Slot};

/// What the pass keeps.
pub(super) struct Read {
    pub found: Found,
    /// One row a document.
    pub sketches: Sketches,
    /// Sampled shingles of each document.
    pub samples: Samples,
    pub provenance: Provenance,
}

/// How texts become shingles.
#[derive(Clone, Copy)]
pub(super) struct Reader<'a> {
    pub corpus: &'a Corpus,
    pub shingler: &'a Shingler,
    pub sampler: &'a Sampler,
    pub slots: Slots,
    /// Left out of every text.
    pub credits: Option<&'a Credits>,
}

/// What a chunk gives.
#[derive(Default)]
struct Part {
    signatures: Vec<Slot>,
    fingerprints: Vec<u64>,
    units: Vec<u32>,
    samples: Samples,
    dates: Vec<Option<i64>>,
    /// Numbers in `names`.
    sources: Vec<Option<u32>>,
    names: Names,
}

/// Source names, each once.
#[derive(Default)]
struct Names {
    list: Vec<String>,
    numbers: HashMap<String, u32>,
}

impl Names {
    fn number(&mut self, name: String) -> u32 {
        if let Some(&number) = self.numbers.get(&name) {
            return number;
        }
        let number = self.list.len() as u32;
        self.list.push(name.clone());
        self.numbers.insert(name, number);
        number
    }
}

impl Reader<'_> {
    /// Reads all records.
    pub(super) fn read(&self, observer: &dyn Observer) -> Result<Read> {
        let fields = self.corpus.fields();
        let mut paths: Vec<&FieldPath> = vec![&fields.text];
        let date_at = add(&mut paths, fields.date.as_ref());
        let source_at = add(&mut paths, fields.source.as_ref());
        let mut sketches = Sketches::new(self.slots);
        let (mut samples, mut provenance, mut names) =
            (Samples::default(), Provenance::default(), Names::default());
        let found = read_all(
            self.corpus,
            &paths,
            observer,
            Part::default,
            |worker: &mut Worker, part, record, values| {
                self.describe(record.text, worker, part);
                let value = |at: Option<usize>| at.and_then(|at| text_of(values.get(at).copied().flatten()));
                part.dates.push(value(date_at).and_then(|date| parse_date(&date)));
                let source =
                    value(source_at).map(|source| source_name(&source)).filter(|name| !name.is_empty());
                let source = source.map(|name| part.names.number(name));
                part.sources.push(source);
            },
            |part| {
                sketches.signatures.append(&part.signatures);
                sketches.fingerprints.extend_from_slice(&part.fingerprints);
                sketches.units.extend_from_slice(&part.units);
                samples.append(&part.samples);
                let numbers: Vec<u32> = part.names.list.into_iter().map(|name| names.number(name)).collect();
                for (date, source) in part.dates.into_iter().zip(part.sources) {
                    provenance.push(date, source.map(|source| numbers[source as usize]));
                }
            },
        )?;
        provenance.name_sources(names.list);
        Ok(Read { found, sketches, samples, provenance })
    }

    fn describe(&self, text: &str, worker: &mut Worker, part: &mut Part) {
        let text = without(text, self.credits);
        let start = part.signatures.len();
        part.signatures.resize(start + self.slots.get(), 0);
        let signature = &mut part.signatures[start..];
        let sampling = Some((self.sampler, &mut part.samples));
        let whole = worker.sketch(self.shingler, Sketcher::new(self.slots), &text, signature, sampling);
        part.fingerprints.push(whole.fingerprint);
        part.units.push(u32::try_from(whole.units).unwrap_or(u32::MAX));
    }
}

/// Asks for a field, and returns its place among the values behind the text.
fn add<'a>(paths: &mut Vec<&'a FieldPath>, path: Option<&'a FieldPath>) -> Option<usize> {
    paths.push(path?);
    Some(paths.len() - 2)
}

/// A value that is there and not null, as text.
fn text_of(value: Option<Value<'_>>) -> Option<String> {
    match value? {
        Value::Other("null") => None,
        value => Some(value_text(value)),
    }
}

/// A text without its credits, if they are to be left out.
fn without<'t>(text: &'t str, credits: Option<&Credits>) -> Cow<'t, str> {
    credits.map_or(Cow::Borrowed(text), |credits| blank(text, &credits.find(text)))
}

/// The documents' texts, read again as they are compared.
#[derive(Clone, Copy)]
pub(super) struct Texts<'a> {
    pub corpus: &'a Corpus,
    pub records: &'a RecordTable,
    pub credits: Option<&'a Credits>,
}

impl Texts<'_> {
    pub(super) fn read<'s>(
        &'s self,
        document: DocumentId,
        scratch: &'s mut TextScratch,
    ) -> Result<Cow<'s, str>> {
        Ok(without(self.corpus.text(self.records.locate(document), scratch)?, self.credits))
    }
}
