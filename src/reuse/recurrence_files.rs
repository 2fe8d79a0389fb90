//! What recurs, in work files: for runs within bounded memory.
//!
//! Samples are sorted twice: by shingle, where they are counted as [`Recurrence`](super::recurrence::Recurrence) counts
//! them, and by document, which gives each document its row of what is known of its samples. A pair of documents is
//! looked up by two reads.
#![allow(
    clippy::cast_possible_truncation,
    reason = "documents are numbered in 32 bits, and days lie within millennia"
)]

use super::containment::SpillFiles;
use super::recurrence::{Recurred, Sightings, day};
use crate::document::DocumentId;
use crate::error::Result;
use crate::interrupt::Interrupt;
use crate::work::{Column, Fixed, Sorter, take};

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

/// What is known of a sample of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct RecurrenceEntry {
    document: u32,
    sample: u32,
    recurred: u32,
}

impl Fixed for RecurrenceEntry {
    const BYTES: usize = 12;

    fn write(&self, bytes: &mut Vec<u8>) {
        self.document.write(bytes);
        self.sample.write(bytes);
        self.recurred.write(bytes);
    }

    fn read(mut bytes: &[u8]) -> Self {
        let bytes = &mut bytes;
        Self { document: take(bytes), sample: take(bytes), recurred: take(bytes) }
    }
}

/// Takes the samples of documents, in any order.
pub(crate) struct RecurrenceSorter<'a> {
    files: SpillFiles<'a>,
    samples: Sorter<SampledAt>,
}

impl<'a> RecurrenceSorter<'a> {
    pub(crate) fn new(files: SpillFiles<'a>) -> Result<Self> {
        Ok(Self { files, samples: files.sorter("form-samples")? })
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

    /// All of so many documents are there.
    pub(crate) fn finish(self, documents: usize, interrupt: &dyn Interrupt) -> Result<RecurrenceFiles> {
        let sorted = self.samples.finish()?;
        let mut rows = self.files.sorter("form-rows")?;
        // The entries of a shingle are read twice: once to count them, once to tell each document.
        let (mut counting, mut telling) = (sorted.entries()?, sorted.entries()?);
        let mut next = counting.next()?;
        while let Some((first, _)) = next {
            let mut sightings = Sightings::default();
            while let Some((entry, _)) = next.filter(|(entry, _)| entry.sample == first.sample) {
                let source = (entry.source != NO_SOURCE).then_some(entry.source);
                sightings.add(source, (entry.day != NO_DAY).then_some(entry.day.into()));
                next = counting.next()?;
            }
            let recurred = sightings.recurred();
            for _ in 0..sightings.documents() {
                let Some((entry, _)) = telling.next()? else { break };
                if recurred.is_known() {
                    let SampledAt { document, sample, .. } = entry;
                    rows.push(RecurrenceEntry { document, sample, recurred: recurred.pack() })?;
                }
            }
            interrupt.check()?;
        }
        let rows = rows.finish()?;
        let (mut entries, mut ends) = (self.files.column("form-entries")?, self.files.column("form-ends")?);
        let (mut batch, mut of_documents): (Vec<u64>, Vec<u64>) = Default::default();
        let (mut rows, mut end) = (rows.entries()?, 0u64);
        let mut next = rows.next()?;
        for document in 0..documents as u32 {
            while let Some((entry, _)) = next.filter(|(entry, _)| entry.document == document) {
                batch.push(u64::from(entry.sample) << 32 | u64::from(entry.recurred));
                end += 1;
                next = rows.next()?;
            }
            of_documents.push(end);
            if batch.len().max(of_documents.len()) >= BATCH || document as usize + 1 == documents {
                entries.extend(&batch)?;
                ends.extend(&of_documents)?;
                batch.clear();
                of_documents.clear();
            }
        }
        entries.file().flush()?;
        ends.file().flush()?;
        Ok(RecurrenceFiles { entries, ends })
    }
}

/// Entries that are written at a time.
const BATCH: usize = 1 << 12;

/// What is known of the samples of each document.
pub(crate) struct RecurrenceFiles {
    /// Sample and [`Recurred`], document by document, samples ascending.
    entries: Column<u64>,
    /// Where the entries of each document end.
    ends: Column<u64>,
}

impl RecurrenceFiles {
    /// What is known of the samples of a document.
    pub(crate) fn row(&self, document: DocumentId) -> Result<RecurrenceRow> {
        let (document, mut bytes) = (u64::from(document.0), Vec::new());
        let mut ends = Vec::new();
        self.ends.read_range(document.saturating_sub(1)..document + 1, &mut bytes, &mut ends)?;
        let (start, end) = if document == 0 { (0, ends[0]) } else { (ends[0], ends[1]) };
        let mut row = Vec::new();
        self.entries.read_range(start..end, &mut bytes, &mut row)?;
        Ok(RecurrenceRow(row))
    }
}

/// What is known of the samples of one document.
pub(crate) struct RecurrenceRow(Vec<u64>);

impl RecurrenceRow {
    /// What is known of a sample.
    pub(crate) fn of(&self, sample: u32) -> Recurred {
        let place = self.0.binary_search_by_key(&sample, |entry| (entry >> 32) as u32);
        place.map_or(Recurred::NOT, |place| Recurred::unpack(self.0[place] as u32))
    }
}
