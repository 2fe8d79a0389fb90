//! The maker: from a text to its entries in the columns.

use std::borrow::Cow;

use super::columns::SketchColumns;
use super::figures::Figure;
use crate::lsh::{Banding, band_keys};
use crate::params::Slots;
use crate::reuse::containment::Sampler;
use crate::reuse::items::{ItemScratch, ItemTable};
use crate::shingle::{ShingleScratch, Shingler, Shingles, TextIdentity};
use crate::sketch::{SketchScratch, Sketcher, Slot, TakeShingles};

/// Longer texts are shingled in pieces, so that what a thread needs does not grow with them: 2 MB where each letter is
/// a word.
pub(in crate::engine) const LONG_TEXT_BYTES: usize = 128 << 10;

/// What a run keeps of every document beside its signature, fingerprint and length.
#[derive(Clone, Default)]
pub(in crate::engine) struct Keep<'a> {
    /// A column of numbers each.
    pub figures: Vec<Figure<'a>>,
    /// Samples of the shingles, by this sampler.
    pub samples: Option<&'a Sampler>,
    /// Whether hashes of lines are kept.
    pub paragraphs: bool,
    /// Finds documents that hold records of the reference; their figure is the last.
    pub items: Option<&'a ItemTable>,
    /// The keys of these bands.
    pub bands: Option<Banding>,
}

/// Makes of a text what is kept of it. The same for all runs; where texts come from and columns go is the caller's
/// business.
pub(in crate::engine) struct Maker<'a> {
    pub shingler: &'a Shingler,
    sketcher: Sketcher,
    pub keep: Keep<'a>,
}

/// Memory of a thread.
#[derive(Default)]
pub(in crate::engine) struct ShinglingScratch {
    shingles: ShingleScratch,
    sketch: SketchScratch,
    items: ItemScratch,
    /// Of the last text, whether it may hold a record of the reference.
    is_met: bool,
}

impl<'a> Maker<'a> {
    pub(in crate::engine) fn new(shingler: &'a Shingler, slots: Slots, keep: Keep<'a>) -> Self {
        Self { shingler, sketcher: Sketcher::new(slots), keep }
    }

    pub(in crate::engine) fn slots(&self) -> Slots {
        self.sketcher.slots()
    }

    /// Bands of which keys are kept.
    pub(in crate::engine) fn bands(&self) -> u32 {
        self.keep.bands.map_or(0, |banding| banding.bands().0)
    }

    /// Columns without a document yet.
    pub(in crate::engine) fn columns(&self) -> SketchColumns {
        SketchColumns {
            figures: vec![Vec::new(); self.keep.figures.len()],
            band_keys: vec![Vec::new(); self.bands() as usize],
            ..SketchColumns::default()
        }
    }

    /// Adds a document; `value` gives the field that a figure, given by its place, looks at. O(bytes).
    #[inline]
    pub(in crate::engine) fn add<'v>(
        &self,
        columns: &mut SketchColumns,
        text: &str,
        scratch: &mut ShinglingScratch,
        value: impl Fn(usize) -> Option<Cow<'v, str>>,
    ) {
        self.add_searching(self.keep.items, columns, text, scratch, value);
    }

    /// Adds a record of a reference, which is searched for nothing.
    pub(in crate::engine) fn add_reference<'v>(
        &self,
        columns: &mut SketchColumns,
        text: &str,
        scratch: &mut ShinglingScratch,
        value: impl Fn(usize) -> Option<Cow<'v, str>>,
    ) {
        self.add_searching(None, columns, text, scratch, value);
    }

    #[inline]
    fn add_searching<'v>(
        &self,
        table: Option<&ItemTable>,
        columns: &mut SketchColumns,
        text: &str,
        scratch: &mut ShinglingScratch,
        value: impl Fn(usize) -> Option<Cow<'v, str>>,
    ) {
        scratch.is_met = false;
        let whole = if text.len() <= LONG_TEXT_BYTES {
            let ShinglingScratch { shingles, sketch, items, is_met } = scratch;
            let made = self.shingler.shingles(text, shingles);
            let whole = self.sketch(columns, made, sketch);
            if let Some(table) = table {
                *is_met = table.is_met(text, self.shingler.shingling(), shingles, items);
            }
            whole
        } else {
            self.sketch_in_pieces(table, columns, text, scratch)
        };
        if self.keep.paragraphs {
            columns.paragraphs.push(text);
        }
        let SketchColumns { figures, names, .. } = columns;
        for (place, (figure, column)) in self.keep.figures.iter().zip(figures).enumerate() {
            let number_source = |name| names.number(name);
            column.push(match figure {
                Figure::Item => scratch.is_met.into(),
                figure => figure.number(value(place).as_deref(), whole.units as u64, number_source),
            });
        }
    }

    /// Adds a document that is shingled already, and of which no figures are kept.
    #[inline]
    pub(in crate::engine) fn add_shingles(
        &self,
        columns: &mut SketchColumns,
        shingles: Shingles<'_>,
        scratch: &mut ShinglingScratch,
    ) {
        self.sketch(columns, shingles, &mut scratch.sketch);
    }

    #[inline]
    fn sketch(
        &self,
        columns: &mut SketchColumns,
        shingles: Shingles<'_>,
        sketch: &mut SketchScratch,
    ) -> TextIdentity {
        let Shingles { hashes, identity } = shingles;
        self.sketcher.sketch(hashes, sketch, self.next_row(&mut columns.signatures));
        if let Some(sampler) = self.keep.samples {
            columns.samples.push(sampler, hashes, identity.units);
        }
        self.describe(columns, identity)
    }

    #[cold]
    fn sketch_in_pieces(
        &self,
        table: Option<&ItemTable>,
        columns: &mut SketchColumns,
        text: &str,
        scratch: &mut ShinglingScratch,
    ) -> TextIdentity {
        let ShinglingScratch { shingles, sketch, items, is_met } = scratch;
        let mut whole = TextIdentity::EMPTY;
        // Shingles are taken notice of the first time that they are made.
        let of_run = self.shingler.shingling();
        let mut taking = table.filter(|table| table.shingling() == of_run);
        table.inspect(|table| table.begin(items));
        let mut pieces = |piece: &mut TakeShingles<'_>| {
            let taken = taking.take();
            whole = self.shingler.pieces(text, &mut shingles.tokens, |shingles: &[u64]| {
                taken.inspect(|table| table.take(shingles, items));
                piece(shingles);
            });
        };
        self.sketcher.sketch_pieces(&mut pieces, sketch, self.next_row(&mut columns.signatures));
        if let Some(sampler) = self.keep.samples {
            let units = whole.units;
            let mut pieces = |take: &mut TakeShingles<'_>| {
                self.shingler.pieces(text, &mut shingles.tokens, take);
            };
            columns.samples.push_pieces(sampler, units, &mut pieces);
        }
        *is_met = table.is_some_and(|table| table.is_met_in_pieces(text, of_run, items));
        self.describe(columns, whole)
    }

    #[inline]
    fn next_row<'s>(&self, signatures: &'s mut Vec<Slot>) -> &'s mut [Slot] {
        let start = signatures.len();
        signatures.resize(start + self.sketcher.slots().get(), 0);
        &mut signatures[start..]
    }

    #[inline]
    fn describe(&self, columns: &mut SketchColumns, whole: TextIdentity) -> TextIdentity {
        columns.fingerprints.push(whole.fingerprint);
        columns.checks.push(whole.check);
        columns.units.push(u32::try_from(whole.units).unwrap_or(u32::MAX));
        if let Some(banding) = self.keep.bands {
            let row = &columns.signatures[columns.signatures.len() - self.sketcher.slots().get()..];
            for (key, column) in band_keys(row, banding).zip(&mut columns.band_keys) {
                column.push(key);
            }
        }
        whole
    }
}
