//! What is known of the sampled shingles of a corpus, in memory or, within a memory limit, in work files.
#![allow(
    clippy::cast_possible_truncation,
    reason = "a sample is the low half of a hash; a work file fits the address space"
)]

use super::containment::{Sampler, SpillFiles};
use super::recurrence::{Recurred, Recurrence, RecurringSample};
use super::spilled_forms::SpilledForms;
use crate::error::Result;

/// Bytes of a sample of which something is known, in memory.
const KNOWN_BYTES: usize = 12;

/// Samples that are counted before it is asked whether to go on.
pub(super) const SAMPLES_UNASKED: usize = 1 << 12;

/// What is known of the samples of all documents.
pub(crate) enum KnownShingles {
    Memory(Recurrence),
    Files(SpilledForms),
}

/// What is known of the samples of a text.
pub(crate) enum KnownSamples<'a> {
    All(&'a Recurrence),
    /// Of these, ascending; of others nothing.
    Some(Vec<RecurringSample>),
}

impl KnownShingles {
    /// Those of a work file, in memory if they are few.
    pub(super) fn of_files(forms: SpilledForms, files: SpillFiles<'_>) -> Result<Self> {
        if forms.len() as usize > files.share_bytes / (4 * KNOWN_BYTES) {
            return Ok(Self::Files(forms));
        }
        Ok(Self::Memory(Recurrence::of_samples(forms.to_vec()?)))
    }

    /// What is known of the shingles of a text, of which those that `sampler` samples will be asked for.
    pub(crate) fn of(&self, hashes: &[u64], sampler: &Sampler) -> Result<KnownSamples<'_>> {
        match self {
            Self::Memory(recurrence) => Ok(KnownSamples::All(recurrence)),
            Self::Files(forms) => {
                let sampled = hashes.iter().filter(|&&hash| sampler.samples(hash));
                let mut samples: Vec<u32> = sampled.map(|&hash| hash as u32).collect();
                samples.sort_unstable();
                samples.dedup();
                forms.of(&samples).map(KnownSamples::Some)
            }
        }
    }
}

impl KnownSamples<'_> {
    /// What is known of a sample.
    pub(crate) fn of(&self, sample: u32) -> Recurred {
        match self {
            Self::All(recurrence) => recurrence.of(sample),
            Self::Some(known) => {
                let place = known.binary_search_by_key(&sample, |form| form.sample);
                place.map_or(Recurred::NOT, |place| Recurred::unpack(known[place].recurred))
            }
        }
    }

    /// In how many documents without date and source a shingle stands; none if it is not sampled.
    pub(crate) fn count(&self, sampler: &Sampler, hash: u64) -> Option<u32> {
        sampler.samples(hash).then(|| self.of(hash as u32).untraced)
    }
}
