//! Corpus to sketches: one parallel pass over the bytes.

use super::observer::Observer;
use super::pass::{Found, read_all};
use crate::corpus::{Corpus, FieldPath, value_text};
use crate::error::Result;
use crate::params::Slots;
use crate::select::PriorityKey;
use crate::shingle::{ShingleScratch, Shingler};
use crate::sketch::{Signatures, SketchScratch, Sketcher, Slot};

/// What the first pass keeps of every document.
pub(crate) struct Ingested {
    /// The records, and what could not be read.
    pub found: Found,
    /// One row a document.
    pub sketches: Sketches,
    /// One column a priority key, one rank a document.
    pub ranks: Vec<Vec<u64>>,
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
}

/// Memory of a thread.
#[derive(Default)]
struct Worker {
    shingles: ShingleScratch,
    sketch: SketchScratch,
}

/// What a chunk gives.
struct Part {
    signatures: Vec<Slot>,
    fingerprints: Vec<u64>,
    units: Vec<u32>,
    ranks: Vec<Vec<u64>>,
}

/// Reads all records of `corpus`.
pub(crate) fn ingest(
    corpus: &Corpus,
    shingler: &Shingler,
    slots: Slots,
    keys: &[PriorityKey],
    observer: &dyn Observer,
) -> Result<Ingested> {
    let sketcher = Sketcher::new(slots);
    let wanted = Wanted::new(corpus, keys);
    let mut sketches = Sketches::new(slots);
    let mut ranks = vec![Vec::new(); keys.len()];
    let found = read_all(
        corpus,
        &wanted.paths,
        observer,
        || Part {
            signatures: Vec::new(),
            fingerprints: Vec::new(),
            units: Vec::new(),
            ranks: vec![Vec::new(); keys.len()],
        },
        |worker: &mut Worker, part, record, values| {
            let shingles = shingler.shingles(record.text, &mut worker.shingles);
            let start = part.signatures.len();
            part.signatures.resize(start + slots.get(), 0);
            sketcher.sketch(shingles.hashes, &mut worker.sketch, &mut part.signatures[start..]);
            part.fingerprints.push(shingles.fingerprint);
            part.units.push(u32::try_from(shingles.units).unwrap_or(u32::MAX));
            for ((key, column), place) in keys.iter().zip(&mut part.ranks).zip(&wanted.value_of_key) {
                let value = place.and_then(|place| values.get(place).copied().flatten());
                column.push(key.rank(value.map(value_text).as_deref(), shingles.units as u64));
            }
        },
        |part| {
            sketches.signatures.append(&part.signatures);
            sketches.fingerprints.extend_from_slice(&part.fingerprints);
            sketches.units.extend_from_slice(&part.units);
            for (column, part) in ranks.iter_mut().zip(part.ranks) {
                column.extend(part);
            }
        },
    )?;
    Ok(Ingested { found, sketches, ranks })
}

/// Which fields the priority keys look at.
struct Wanted<'a> {
    /// The text's path, then one path for each key that looks at a field.
    paths: Vec<&'a FieldPath>,
    /// For each key, the place of its field among the values after the text.
    value_of_key: Vec<Option<usize>>,
}

impl<'a> Wanted<'a> {
    fn new(corpus: &'a Corpus, keys: &'a [PriorityKey]) -> Self {
        let fields = corpus.fields();
        let mut wanted = Self { paths: vec![&fields.text], value_of_key: Vec::new() };
        for key in keys {
            let path = match key {
                PriorityKey::Longest => None,
                PriorityKey::Earliest | PriorityKey::Latest => fields.date.as_ref(),
                PriorityKey::Max(path) | PriorityKey::Min(path) => Some(path),
                PriorityKey::Source(_) => fields.source.as_ref(),
            };
            wanted.value_of_key.push(path.map(|_| wanted.paths.len() - 1));
            wanted.paths.extend(path);
        }
        wanted
    }
}
