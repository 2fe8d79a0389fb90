//! Corpus to sketches: one parallel pass over the bytes.

use std::borrow::Cow;

use super::matching::Comparing;
use super::observer::Observer;
use super::pass::{Found, read_all};
use crate::corpus::{Corpus, FieldPath, Value, value_text};
use crate::error::Result;
use crate::hash;
use crate::params::{Seed, Slots};
use crate::reuse::containment::{Paragraphs, Sampler, Samples};
use crate::select::PriorityKey;
use crate::shingle::{ShingleScratch, Shingler, Shingles, TextIdentity};
use crate::sketch::{Signatures, SketchScratch, Sketcher, Slot, TakeShingles};

/// What the first pass keeps of every document.
pub(crate) struct Ingested {
    /// The records, and what could not be read.
    pub found: Found,
    /// How many of the documents are of the inputs; the others, behind them, are of references.
    pub inputs: usize,
    /// One row a document.
    pub sketches: Sketches,
    /// One column a figure, one number a document.
    pub ranks: Vec<Vec<u64>>,
    /// Documents of the inputs without a token.
    pub without_tokens: u64,
    /// What excerpts are found by, if there was a sampler.
    pub excerpts: Option<ExcerptKeys>,
}

/// What matching needs of every document.
pub(crate) struct Sketches {
    pub signatures: Signatures,
    /// Hash of the whole token sequence.
    pub fingerprints: Vec<u64>,
    /// Number of tokens; a document without any is never a repeat.
    pub units: Vec<u32>,
}

impl Sketches {
    pub(crate) fn new(slots: Slots) -> Self {
        Self { signatures: Signatures::new(slots), fingerprints: Vec::new(), units: Vec::new() }
    }

    /// Leaves nothing behind.
    pub(super) fn take(&mut self) -> Self {
        let empty = Self::new(self.signatures.slots());
        std::mem::replace(self, empty)
    }

    pub(super) fn extend(&mut self, columns: &Columns) {
        self.fingerprints.extend_from_slice(&columns.fingerprints);
        self.units.extend_from_slice(&columns.units);
    }
}

/// Memory of a thread.
#[derive(Default)]
pub(super) struct Worker {
    shingles: ShingleScratch,
    sketch: SketchScratch,
}

/// Longer texts are shingled in pieces, so that what a thread needs does not grow with them.
pub(super) const LONG_TEXT_BYTES: usize = 4 << 20;

impl Worker {
    /// Writes the signature of a text, and adds its samples.
    #[inline]
    pub(super) fn sketch(
        &mut self,
        shingler: &Shingler,
        sketcher: Sketcher,
        text: &str,
        signature: &mut [Slot],
        sampling: Option<(&Sampler, &mut Samples)>,
    ) -> TextIdentity {
        let Self { shingles, sketch } = self;
        if text.len() <= LONG_TEXT_BYTES {
            let Shingles { hashes, fingerprint, units } = shingler.shingles(text, shingles);
            sketcher.sketch(hashes, sketch, signature);
            if let Some((sampler, samples)) = sampling {
                samples.push(sampler, hashes, units);
            }
            return TextIdentity { fingerprint, units };
        }
        let mut whole = TextIdentity::EMPTY;
        let mut pieces =
            |piece: &mut TakeShingles<'_>| whole = shingler.pieces(text, &mut shingles.tokens, piece);
        sketcher.sketch_pieces(&mut pieces, sketch, signature);
        if let Some((sampler, samples)) = sampling {
            let mut sampled = Vec::new();
            pieces(&mut |shingles| sampled.extend(shingles.iter().filter(|&&hash| sampler.samples(hash))));
            samples.push(sampler, &sampled, whole.units);
        }
        whole
    }
}

/// What is kept of each document, one row each, to find those that contain one another.
#[derive(Default)]
pub(super) struct ExcerptKeys {
    pub samples: Samples,
    pub paragraphs: Paragraphs,
}

/// What a chunk gives beside its signatures.
#[derive(Default)]
pub(super) struct Columns {
    pub fingerprints: Vec<u64>,
    pub units: Vec<u32>,
    /// One column a figure.
    pub ranks: Vec<Vec<u64>>,
}

/// A number that is kept of every document.
#[derive(Clone, Copy)]
pub(super) enum Figure<'a> {
    /// Its rank under a priority key.
    Rank(&'a PriorityKey),
    /// What tells its source from others; the same for all documents without one.
    Source,
}

impl<'a> Figure<'a> {
    /// The ranks under some keys; behind them the source, if documents are not compared within their sources.
    pub(super) fn all(keys: &'a [PriorityKey], comparing: Comparing) -> Vec<Self> {
        let source = (comparing == Comparing::AcrossSources).then_some(Self::Source);
        keys.iter().map(Self::Rank).chain(source).collect()
    }

    fn of(self, value: Option<&str>, tokens: u64) -> u64 {
        match self {
            Self::Rank(key) => key.rank(value, tokens),
            Self::Source => value
                .filter(|source| !source.is_empty() && *source != "null")
                .map_or(0, |source| hash::bytes64(source.as_bytes(), Seed(0))),
        }
    }
}

impl Columns {
    /// Without a document yet.
    pub(super) fn of(figures: usize) -> Self {
        Self { ranks: vec![Vec::new(); figures], ..Self::default() }
    }

    /// Adds a document; `value` gives what a figure, given by its place, looks at.
    #[inline]
    pub(super) fn describe<'v>(
        &mut self,
        text: TextIdentity,
        figures: &[Figure<'_>],
        value: impl Fn(usize) -> Option<Cow<'v, str>>,
    ) {
        self.fingerprints.push(text.fingerprint);
        self.units.push(u32::try_from(text.units).unwrap_or(u32::MAX));
        for (place, (figure, column)) in figures.iter().zip(&mut self.ranks).enumerate() {
            column.push(figure.of(value(place).as_deref(), text.units as u64));
        }
    }
}

/// Reads all records of `corpus`; with a sampler, keeps samples of their shingles.
pub(crate) fn ingest(
    corpus: &Corpus,
    shingler: &Shingler,
    slots: Slots,
    figures: &[Figure<'_>],
    sampler: Option<&Sampler>,
    observer: &dyn Observer,
) -> Result<Ingested> {
    let sketcher = Sketcher::new(slots);
    let ranking = Ranking::new(corpus, figures);
    let mut sketches = Sketches::new(slots);
    let mut ranks = vec![Vec::new(); figures.len()];
    let mut excerpts = sampler.map(|_| ExcerptKeys::default());
    let found = read_all(
        corpus,
        &ranking.paths,
        observer,
        || (Vec::<Slot>::new(), ranking.columns(), ExcerptKeys::default()),
        |worker: &mut Worker, (signatures, columns, keys), record, values| {
            let start = signatures.len();
            signatures.resize(start + slots.get(), 0);
            let sampling = sampler.map(|sampler| {
                keys.paragraphs.push(record.text);
                (sampler, &mut keys.samples)
            });
            let whole = worker.sketch(shingler, sketcher, record.text, &mut signatures[start..], sampling);
            ranking.describe(whole, values, columns);
        },
        |(signatures, columns, part)| {
            if let Some(keys) = &mut excerpts {
                keys.samples.append(&part.samples);
                keys.paragraphs.append(&part.paragraphs);
            }
            sketches.signatures.append(&signatures);
            sketches.extend(&columns);
            for (column, part) in ranks.iter_mut().zip(columns.ranks) {
                column.extend(part);
            }
        },
    )?;
    Ok(Ingested { excerpts, ..Ingested::new(corpus, found, sketches, ranks) })
}

impl Ingested {
    pub(super) fn new(corpus: &Corpus, found: Found, sketches: Sketches, ranks: Vec<Vec<u64>>) -> Self {
        let inputs = corpus.input_documents(&found.records);
        let without_tokens = sketches.units[..inputs].iter().filter(|&&units| units == 0).count() as u64;
        Self { found, inputs, sketches, ranks, without_tokens, excerpts: None }
    }
}

/// Where the figures of a document come from.
pub(super) struct Ranking<'a> {
    figures: &'a [Figure<'a>],
    /// The text's path, then one path for each figure that looks at a field.
    pub paths: Vec<&'a FieldPath>,
    /// For each figure, the place of its field among the values after the text.
    value_of: Vec<Option<usize>>,
}

impl<'a> Ranking<'a> {
    pub(super) fn new(corpus: &'a Corpus, figures: &'a [Figure<'a>]) -> Self {
        let fields = corpus.fields();
        let mut ranking = Self { figures, paths: vec![&fields.text], value_of: Vec::new() };
        for figure in figures {
            let path = match figure {
                Figure::Rank(PriorityKey::Longest) => None,
                Figure::Rank(PriorityKey::Earliest | PriorityKey::Latest) => fields.date.as_ref(),
                Figure::Rank(PriorityKey::Max(path) | PriorityKey::Min(path)) => Some(path),
                Figure::Rank(PriorityKey::Source(_)) | Figure::Source => fields.source.as_ref(),
            };
            ranking.value_of.push(path.map(|_| ranking.paths.len() - 1));
            ranking.paths.extend(path);
        }
        ranking
    }

    pub(super) fn columns(&self) -> Columns {
        Columns::of(self.figures.len())
    }

    /// Adds a document; `values` are those of the fields after the text.
    #[inline]
    pub(super) fn describe(&self, text: TextIdentity, values: &[Option<Value<'_>>], columns: &mut Columns) {
        columns.describe(text, self.figures, |figure| {
            let value = values.get(self.value_of[figure]?).copied().flatten();
            value.map(|value| value_text(value).into())
        });
    }
}
