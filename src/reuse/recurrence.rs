//! Burst and recurrence: which shingles are a story's, and which are a form's.
//!
//! A story is a burst: its words appear within days, a few times in each source. A form recurs: its words appear again
//! and again, over weeks, or many times in one source, as a release for each county does on one day. So a corpus knows
//! by itself which of its words are form, in any language.
//!
//! A shingle is *form material* in one of two ways. Over days: it appears on [`LEAST_DAYS`] days or more that span
//! [`LEAST_SPAN_DAYS`] or more, days of different sources counted apart, and on [`LEAST_DAYS_A_SOURCE`] days or more for each
//! source that has it: fifty papers that print an article once each within two months do not make a form of it. In a burst:
//! [`LEAST_A_SOURCE`] documents or more have it for each source. Documents without a source are of one source, but for the
//! burst, for they may be of many. What documents neither have a date nor a source is form material from [`LEAST_UNKNOWN`]
//! documents on: there, nothing tells a form from a story told often.
//!
//! What is not form material is a document's *own*. A page without a body has nothing of its own, and a release for each
//! county has its county and its sum.
//!
//! Only sampled shingles are counted ([`Sampler`](super::containment::Sampler)), so that memory is bounded by the rate. A
//! sample is kept as 32 bits of its hash: among ten million distinct samples one in 400 shares them with another, which
//! can make form material of it a document too early.
#![allow(clippy::cast_possible_truncation, reason = "documents are numbered in 32 bits")]

use super::containment::{Sampler, Samples};
use super::story::Provenance;
use crate::document::DocumentId;
use crate::partition::buckets;

/// Days on which a form appears, at least, those of different sources counted apart. A story that is told on the day, on the
/// next and in a weekly has three, so their span counts, too.
const LEAST_DAYS: usize = 3;

/// Days from the first to the last of these, at least: in print and online, most retellings follow within three days.
const LEAST_SPAN_DAYS: i64 = 4;

/// Days for each source, at least: a source that tells a story on a second day updates it.
const LEAST_DAYS_A_SOURCE: usize = 2;

/// Documents for each source, at least. A source tells a story once, and corrects or updates it once or twice.
const LEAST_A_SOURCE: usize = 4;

/// Documents of which neither date nor source is known, at least.
const LEAST_UNKNOWN: usize = 16;

const DAY_SECONDS: i64 = 86_400;

/// How much a shingle recurs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Recurring {
    /// Not at all: it is a document's own.
    Not,
    /// Within a few days, often in each source. A page that was saved in many versions does so, too, not only a form.
    InBurst,
    /// Over days, which only forms do.
    OverDays,
}

/// The sampled shingles of a corpus that are form material.
#[derive(Clone, Debug, Default)]
pub struct Recurrence {
    over_days: SampleSet,
    in_burst: SampleSet,
}

impl Recurrence {
    /// What recurs among documents of which these are the samples. O(n log n) for n samples, 8 bytes each meanwhile, and
    /// about 8 bytes for each sample that is form material.
    pub fn new(samples: &Samples, provenance: &Provenance) -> Self {
        let documents: Vec<u32> = (0..samples.len() as u32).collect();
        let of_part = |entries: &[u64]| {
            let (mut tellings, mut forms) = (Tellings::default(), [Vec::new(), Vec::new()]);
            for bucket in buckets(entries) {
                let sample = (bucket[0] >> 32) as u32;
                match tellings.recurring(bucket, provenance) {
                    Recurring::Not => {}
                    Recurring::InBurst => forms[0].push(sample),
                    Recurring::OverDays => forms[1].push(sample),
                }
            }
            forms
        };
        // Parts are in order of their samples.
        let parts = samples.by_key(&documents, of_part);
        let all = |of: usize| SampleSet::new(parts.iter().flat_map(|part| &part[of]).copied().collect());
        Self { in_burst: all(0), over_days: all(1) }
    }

    /// How much a sample recurs.
    #[inline]
    fn of(&self, sample: u32) -> Recurring {
        if self.over_days.has(sample) {
            Recurring::OverDays
        } else if self.in_burst.has(sample) {
            Recurring::InBurst
        } else {
            Recurring::Not
        }
    }

    /// The samples that are each document's own, and those that do not recur over days.
    pub fn strip(&self, samples: Samples) -> [Samples; 2] {
        samples.divide([Recurring::Not, Recurring::InBurst], |sample| self.of(sample))
    }

    /// Adds the sampled shingles of a text to the lists of those that recur at most so much, in the order of [`Recurring`];
    /// the last list has all.
    pub fn sort(&self, sampler: &Sampler, hashes: &[u64], lists: &mut [Vec<u64>; 3]) {
        for list in &mut *lists {
            list.clear();
        }
        for &hash in hashes.iter().filter(|&&hash| sampler.samples(hash)) {
            for list in &mut lists[self.of(hash as u32) as usize..] {
                list.push(hash);
            }
        }
    }
}

/// A set of samples.
#[derive(Clone, Debug, Default)]
struct SampleSet {
    /// Ascending.
    samples: Vec<u32>,
    /// Where the samples of each value of the high bits begin; empty if there are none.
    starts: Vec<u32>,
    /// The low bits of a sample.
    low_bits: u32,
}

impl SampleSet {
    /// The set of some samples, which ascend.
    fn new(samples: Vec<u32>) -> Self {
        if samples.is_empty() {
            return Self::default();
        }
        // About one sample for each value.
        let low_bits = u32::BITS - samples.len().ilog2().max(1);
        let values = 1u64 << (u32::BITS - low_bits);
        let start =
            |value: u64| samples.partition_point(|&sample| u64::from(sample >> low_bits) < value) as u32;
        Self { starts: (0..=values).map(start).collect(), samples, low_bits }
    }

    #[inline]
    fn has(&self, sample: u32) -> bool {
        let value = (sample >> self.low_bits.min(u32::BITS - 1)) as usize;
        let Some(&[start, end]) = self.starts.get(value..value + 2).and_then(|pair| pair.first_chunk())
        else {
            return false;
        };
        self.samples[start as usize..end as usize].contains(&sample)
    }
}

/// Where and when a shingle appears.
#[derive(Default)]
struct Tellings {
    /// Days, each with the source.
    days: Vec<(Option<u32>, i64)>,
    sources: Vec<Option<u32>>,
}

impl Tellings {
    /// How much the shingle of these entries recurs: documents in order, in the low halves, repeats possible.
    fn recurring(&mut self, entries: &[u64], provenance: &Provenance) -> Recurring {
        self.days.clear();
        self.sources.clear();
        let (mut sourced, mut unknown) = (0, 0);
        for same in entries.chunk_by(|a, b| a == b) {
            let document = DocumentId(same[0] as u32);
            let (date, source) = (provenance.date(document), provenance.source(document));
            self.days.extend(date.map(|date| (source, date.div_euclid(DAY_SECONDS))));
            self.sources.push(source);
            sourced += usize::from(source.is_some());
            unknown += usize::from(date.is_none() && source.is_none());
        }
        self.days.sort_unstable();
        self.days.dedup();
        self.sources.sort_unstable();
        self.sources.dedup();
        let days = || self.days.iter().map(|&(_, day)| day);
        let span = days().max().zip(days().min()).map_or(0, |(last, first)| last - first);
        let least_days = LEAST_DAYS.max(LEAST_DAYS_A_SOURCE * self.sources.len());
        let known = self.sources.iter().flatten().count();
        if self.days.len() >= least_days && span >= LEAST_SPAN_DAYS {
            Recurring::OverDays
        } else if known > 0 && sourced >= LEAST_A_SOURCE * known || unknown >= LEAST_UNKNOWN {
            Recurring::InBurst
        } else {
            Recurring::Not
        }
    }
}
