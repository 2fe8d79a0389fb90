//! The maker: from a text to its entries in the columns.

use std::borrow::Cow;

use super::columns::SketchColumns;
use super::figures::Figure;
use crate::lsh::{Banding, band_keys};
use crate::params::Slots;
use crate::reuse::containment::Sampler;
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
        let ShinglingScratch { shingles, sketch } = scratch;
        let whole = if text.len() <= LONG_TEXT_BYTES {
            let shingles = self.shingler.shingles(text, shingles);
            self.sketch(columns, shingles, sketch)
        } else {
            self.sketch_in_pieces(columns, text, scratch)
        };
        if self.keep.paragraphs {
            columns.paragraphs.push(text);
        }
        let SketchColumns { figures, names, .. } = columns;
        for (place, (figure, column)) in self.keep.figures.iter().zip(figures).enumerate() {
            let number_source = |name| names.number(name);
            column.push(figure.number(value(place).as_deref(), whole.units as u64, number_source));
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
        columns: &mut SketchColumns,
        text: &str,
        scratch: &mut ShinglingScratch,
    ) -> TextIdentity {
        let ShinglingScratch { shingles, sketch } = scratch;
        let mut whole = TextIdentity::EMPTY;
        let mut pieces =
            |piece: &mut TakeShingles<'_>| whole = self.shingler.pieces(text, &mut shingles.tokens, piece);
        self.sketcher.sketch_pieces(&mut pieces, sketch, self.next_row(&mut columns.signatures));
        if let Some(sampler) = self.keep.samples {
            let units = whole.units;
            let mut pieces = |take: &mut TakeShingles<'_>| {
                self.shingler.pieces(text, &mut shingles.tokens, take);
            };
            columns.samples.push_pieces(sampler, units, &mut pieces);
        }
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
