//! Samples of which something is known, in a work file that is looked up at random.
#![allow(
    clippy::cast_possible_truncation,
    reason = "samples are 32 bits of a hash; a work file fits the address space"
)]

use super::containment::SpillFiles;
use super::recurrence::{Recurred, RecurringSample};
use crate::error::Result;
use crate::work::{Appender, Column, Fixed, WorkKind, take};

/// Samples that are read at a time: 2 KB.
const BLOCK_SAMPLES: u64 = 256;

/// In a work file the one comes after the other.
impl Fixed for RecurringSample {
    const BYTES: usize = 8;

    fn write(&self, bytes: &mut Vec<u8>) {
        self.sample.write(bytes);
        self.recurred.write(bytes);
    }

    fn read(mut bytes: &[u8]) -> Self {
        let bytes = &mut bytes;
        Self { sample: take(bytes), recurred: take(bytes) }
    }
}

/// Samples of which something is known, ascending, in a work file.
#[derive(Debug)]
pub(crate) struct SpilledForms {
    samples: Column<RecurringSample>,
    /// The first sample of each block.
    firsts: Vec<u32>,
}

impl SpilledForms {
    /// What is known of these samples, which are ascending. One read for each block that some are in.
    pub(super) fn of(&self, wanted: &[u32]) -> Result<Vec<RecurringSample>> {
        let (mut found, mut bytes, mut samples) = (Vec::new(), Vec::new(), Vec::new());
        let mut read = None;
        for &sample in wanted {
            let Some(block) = self.firsts.partition_point(|&first| first <= sample).checked_sub(1) else {
                continue;
            };
            if read.replace(block) != Some(block) {
                let start = block as u64 * BLOCK_SAMPLES;
                let end = self.samples.len().min(start + BLOCK_SAMPLES);
                samples.clear();
                self.samples.read_range(start..end, &mut bytes, &mut samples)?;
            }
            let place = samples.binary_search_by_key(&sample, |form: &RecurringSample| form.sample);
            found.extend(place.map(|place| samples[place]));
        }
        Ok(found)
    }

    /// Number of samples.
    pub(super) fn len(&self) -> u64 {
        self.samples.len()
    }

    /// All of them.
    pub(super) fn to_vec(&self) -> Result<Vec<RecurringSample>> {
        self.samples.to_vec()
    }
}

/// Takes samples of which something is known, ascending.
pub(super) struct FormAppender {
    samples: Appender<RecurringSample>,
    firsts: Vec<u32>,
    count: u64,
}

impl FormAppender {
    pub(super) fn new(files: SpillFiles<'_>) -> Result<Self> {
        let samples = Appender::new(files.directory.column("forms", WorkKind(*b"form"))?);
        Ok(Self { samples, firsts: Vec::new(), count: 0 })
    }

    /// Adds a sample, unless nothing is known of it.
    pub(super) fn push(&mut self, sample: u32, recurred: Recurred) -> Result<()> {
        if !recurred.is_known() {
            return Ok(());
        }
        if self.count.is_multiple_of(BLOCK_SAMPLES) {
            self.firsts.push(sample);
        }
        self.count += 1;
        self.samples.push(RecurringSample { sample, recurred: recurred.pack() })
    }

    pub(super) fn finish(self) -> Result<SpilledForms> {
        Ok(SpilledForms { samples: self.samples.finish()?, firsts: self.firsts })
    }
}
