//! The columns of a run: one entry a document.
#![allow(
    clippy::cast_possible_truncation,
    reason = "documents and nodes are numbered in 32 bits, and reading refuses more; shares are for people"
)]

use std::collections::HashMap;

use super::figures::{Figure, NO_SOURCE};
use crate::document::DocumentId;
use crate::params::Slots;
use crate::reuse::containment::{Paragraphs, Samples, SpilledKeys};
use crate::shingle::TextIdentity;
use crate::sketch::{Signatures, Slot};

/// What matching needs of every document.
pub(in crate::engine) struct Sketches {
    pub signatures: Signatures,
    /// Hash of the whole token sequence.
    pub fingerprints: Vec<u64>,
    /// Another hash of it.
    pub checks: Vec<u64>,
    /// Number of tokens; a document without any is never a repeat.
    pub units: Vec<u32>,
}

impl Sketches {
    /// Takes a document out of the comparison: as one without a token it repeats nothing, and nothing repeats it.
    pub(in crate::engine) fn set_aside(&mut self, document: DocumentId) {
        self.units[document.index()] = 0;
    }

    pub(in crate::engine) fn new(slots: Slots) -> Self {
        let (fingerprints, checks, units) = Default::default();
        Self { signatures: Signatures::new(slots), fingerprints, checks, units }
    }

    /// The identity of a document's text, but for its signature.
    #[inline]
    pub(in crate::engine) fn identity(&self, document: usize) -> TextIdentity {
        TextIdentity {
            fingerprint: self.fingerprints[document],
            check: self.checks[document],
            units: self.units[document] as usize,
        }
    }
}

/// Source names, each once, numbered in order of first appearance.
#[derive(Default)]
pub(in crate::engine) struct SourceNames {
    list: Vec<String>,
    numbers: HashMap<String, u32>,
}

impl SourceNames {
    pub(super) fn number(&mut self, name: String) -> u32 {
        if let Some(&number) = self.numbers.get(&name) {
            return number;
        }
        let number = self.list.len() as u32;
        self.list.push(name.clone());
        self.numbers.insert(name, number);
        number
    }
}

/// What a piece of work gives: columns of one entry a document. Columns that a run does not keep stay empty.
#[derive(Default)]
pub(in crate::engine) struct SketchColumns {
    /// One row a document.
    pub signatures: Vec<Slot>,
    pub fingerprints: Vec<u64>,
    pub checks: Vec<u64>,
    pub units: Vec<u32>,
    /// One column a figure.
    pub figures: Vec<Vec<u64>>,
    /// The sources that figures number.
    pub(super) names: SourceNames,
    /// Sampled shingles.
    pub samples: Samples,
    /// Hashes of lines.
    pub paragraphs: Paragraphs,
    /// The keys of each band.
    pub band_keys: Vec<Vec<u32>>,
}

impl SketchColumns {
    /// The identities of the texts, but for their signatures.
    pub(in crate::engine) fn identities(&self) -> impl Iterator<Item = TextIdentity> {
        let all = self.fingerprints.iter().zip(&self.checks).zip(&self.units);
        all.map(|((&fingerprint, &check), &units)| TextIdentity { fingerprint, check, units: units as usize })
    }
}

/// Columns of all documents, in memory.
pub(in crate::engine) struct GatheredColumns {
    pub sketches: Sketches,
    pub figures: Vec<Vec<u64>>,
    names: SourceNames,
    /// The place of the figure that numbers sources.
    source_figure: Option<usize>,
    pub samples: Samples,
    pub paragraphs: Paragraphs,
    /// Both, where they are in work files.
    pub spilled: Option<SpilledKeys>,
}

impl GatheredColumns {
    pub(in crate::engine) fn new(slots: Slots, figures: &[Figure<'_>]) -> Self {
        Self {
            sketches: Sketches::new(slots),
            figures: vec![Vec::new(); figures.len()],
            names: SourceNames::default(),
            source_figure: figures.iter().position(|figure| matches!(figure, Figure::Source)),
            samples: Samples::default(),
            paragraphs: Paragraphs::default(),
            spilled: None,
        }
    }

    /// Adds the columns of the next documents.
    pub(in crate::engine) fn append(&mut self, part: SketchColumns) {
        self.sketches.signatures.append(&part.signatures);
        self.append_but_signatures(part);
    }

    /// Adds all but the signatures, which are kept elsewhere.
    pub(in crate::engine) fn append_but_signatures(&mut self, mut part: SketchColumns) {
        self.sketches.fingerprints.extend_from_slice(&part.fingerprints);
        self.sketches.checks.extend_from_slice(&part.checks);
        self.sketches.units.extend_from_slice(&part.units);
        self.samples.append(&part.samples);
        self.paragraphs.append(&part.paragraphs);
        if let Some(place) = self.source_figure {
            let numbers: Vec<u64> =
                part.names.list.into_iter().map(|name| self.names.number(name).into()).collect();
            for source in part.figures[place].iter_mut().filter(|source| **source != NO_SOURCE) {
                *source = numbers[*source as usize];
            }
        }
        for (column, part) in self.figures.iter_mut().zip(part.figures) {
            column.extend(part);
        }
    }

    /// Takes the last figure, by which documents of the inputs, so many, are to be looked at again; returns those.
    pub(in crate::engine) fn take_met(&mut self, inputs: usize) -> Vec<DocumentId> {
        let figures = self.figures.pop().unwrap_or_default();
        let met = figures.iter().take(inputs).zip(0..).filter(|&(&figure, _)| figure != 0);
        met.map(|(_, document)| DocumentId(document)).collect()
    }

    /// The names of the sources that the figures number.
    pub(in crate::engine) fn take_source_names(&mut self) -> Vec<String> {
        std::mem::take(&mut self.names).list
    }
}
