//! Samples that are form material, in a work file that is looked up at random.
#![allow(
    clippy::cast_possible_truncation,
    reason = "samples are 32 bits of a hash; a work file fits the address space"
)]

use super::containment::SpillFiles;
use crate::error::Result;
use crate::work::{Appender, Column, Fixed, WorkKind, take};

/// Samples that are read at a time: 1.3 KB.
const BLOCK_SAMPLES: u64 = 256;

/// A sample that recurs, and the number that says how much.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct RecurringSample {
    pub sample: u32,
    pub how: u8,
}

impl Fixed for RecurringSample {
    const BYTES: usize = 5;

    fn write(&self, bytes: &mut Vec<u8>) {
        self.sample.write(bytes);
        bytes.push(self.how);
    }

    fn read(mut bytes: &[u8]) -> Self {
        let sample = take(&mut bytes);
        Self { sample, how: bytes[0] }
    }
}

/// Samples that are form material, ascending, in a work file.
#[derive(Debug)]
pub(super) struct SpilledForms {
    samples: Column<RecurringSample>,
    /// The first sample of each block.
    firsts: Vec<u32>,
}

/// Memory for looking up.
#[derive(Default)]
pub(super) struct FormBlock {
    bytes: Vec<u8>,
    samples: Vec<RecurringSample>,
}

impl SpilledForms {
    /// How much a sample recurs; none if it does not. One read of a block.
    pub(super) fn of(&self, sample: u32, memory: &mut FormBlock) -> Result<Option<u8>> {
        let Some(block) = self.firsts.partition_point(|&first| first <= sample).checked_sub(1) else {
            return Ok(None);
        };
        let start = block as u64 * BLOCK_SAMPLES;
        let end = self.samples.len().min(start + BLOCK_SAMPLES);
        let FormBlock { bytes, samples } = memory;
        samples.clear();
        self.samples.read_range(start..end, bytes, samples)?;
        let place = samples.binary_search_by_key(&sample, |form| form.sample);
        Ok(place.ok().map(|place| samples[place].how))
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

/// Takes samples that are form material, ascending.
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

    pub(super) fn push(&mut self, form: RecurringSample) -> Result<()> {
        if self.count.is_multiple_of(BLOCK_SAMPLES) {
            self.firsts.push(form.sample);
        }
        self.count += 1;
        self.samples.push(form)
    }

    pub(super) fn finish(self) -> Result<SpilledForms> {
        Ok(SpilledForms { samples: self.samples.finish()?, firsts: self.firsts })
    }
}
