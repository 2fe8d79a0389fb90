//! What recurs, in work files: for runs within bounded memory.
//!
//! Samples are sorted by shingle, and counted as [`Recurrence`](super::recurrence::Recurrence) counts them.
#![allow(clippy::cast_possible_truncation, reason = "days lie within millennia")]

use super::containment::SpillFiles;
use super::known_shingles::{KnownShingles, SAMPLES_UNASKED};
use super::recurrence::{Sightings, day};
use super::spilled_forms::FormAppender;
use crate::document::DocumentId;
use crate::error::Result;
use crate::interrupt::Interrupt;
use crate::work::{Fixed, Sorter, take};

/// A sampled shingle of a document, in the order in which shingles are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct SampledAt {
    sample: u32,
    source: u32,
    day: i32,
    document: u32,
}

/// No source, and no day. A source of this number, or a day before all history, would pass for none.
const NO_SOURCE: u32 = u32::MAX;
const NO_DAY: i32 = i32::MIN;

impl Fixed for SampledAt {
    const BYTES: usize = 16;

    fn write(&self, bytes: &mut Vec<u8>) {
        self.sample.write(bytes);
        self.source.write(bytes);
        self.day.cast_unsigned().write(bytes);
        self.document.write(bytes);
    }

    fn read(mut bytes: &[u8]) -> Self {
        let bytes = &mut bytes;
        let (sample, source) = (take(bytes), take(bytes));
        Self { sample, source, day: take::<u32>(bytes).cast_signed(), document: take(bytes) }
    }
}

/// Takes the samples of documents, in any order.
pub(crate) struct RecurrenceSorter<'a> {
    files: SpillFiles<'a>,
    samples: Sorter<SampledAt>,
}

impl<'a> RecurrenceSorter<'a> {
    pub(crate) fn new(files: SpillFiles<'a>) -> Result<Self> {
        Ok(Self { files, samples: files.sorter()? })
    }

    /// Adds the samples of a document, with its source and its date, where known.
    pub(crate) fn add(
        &mut self,
        document: DocumentId,
        samples: &[u32],
        (source, date): (Option<u32>, Option<i64>),
    ) -> Result<()> {
        let source = source.unwrap_or(NO_SOURCE);
        let day = date.map(day).map_or(NO_DAY, |day| day.clamp((NO_DAY + 1).into(), i32::MAX.into()) as i32);
        samples.iter().try_for_each(|&sample| {
            self.samples.push(SampledAt { sample, source, day, document: document.0 })
        })
    }

    /// All are there.
    pub(crate) fn finish(self, interrupt: &dyn Interrupt) -> Result<KnownShingles> {
        let sorted = self.samples.finish()?;
        let mut forms = FormAppender::new(self.files)?;
        let mut entries = sorted.entries()?;
        let (mut next, mut count) = (entries.next()?, 0usize);
        while let Some((SampledAt { sample, .. }, _)) = next {
            let mut sightings = Sightings::default();
            while let Some((entry, _)) = next.filter(|(entry, _)| entry.sample == sample) {
                let source = (entry.source != NO_SOURCE).then_some(entry.source);
                sightings.add(source, (entry.day != NO_DAY).then_some(entry.day.into()));
                next = entries.next()?;
            }
            forms.push(sample, sightings.recurred())?;
            count += 1;
            if count.is_multiple_of(SAMPLES_UNASKED) {
                interrupt.check()?;
            }
        }
        KnownShingles::of_files(forms.finish()?, self.files)
    }
}
