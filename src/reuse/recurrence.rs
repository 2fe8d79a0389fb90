//! Burst and recurrence: which shingles are a story's, and which are a form's.
//!
//! A story is a burst: its words appear within days, a few times in each source. A form recurs: its words appear again
//! and again, over weeks, or many times in one source, as a release for each county does on one day. So a corpus knows
//! by itself which of its words are form, in any language.
//!
//! A shingle is *form material* in one of two ways. Over days: it appears on three days or more that span four or more, days
//! of different sources counted apart, and on two days or more for each source that has it: fifty papers that print an
//! article once each within two months do not make a form of it. In a burst: four documents or more have it for each
//! source. Documents without a source are of one source, but for the burst, for they may be of many. What sixteen
//! documents or more have that neither have a date nor a source is *untraced*: nothing in when and where it appears
//! tells a form from a story told often, only the places at which these differ ([`super::relation`]).
//!
//! What is not form material is a document's *own*. A page without a body has nothing of its own, and a release for each
//! county has its county and its sum.
//!
//! Only sampled shingles are counted ([`Sampler`](super::containment::Sampler)), so that memory is bounded by the rate. A
//! sample is kept as 32 bits of its hash: among ten million distinct samples one in 400 shares them with another, which
//! can make form material of it a document too early.
#![allow(clippy::cast_possible_truncation, reason = "documents are numbered in 32 bits")]

use super::containment::Samples;
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
    /// In many documents of which neither date nor source is known: it is of a form, or of a story told often.
    Untraced,
    /// Within a few days, often in each source. A page that was saved in many versions does so, too, not only a form.
    InBurst,
    /// Over days, which only forms do.
    OverDays,
}

/// Fewest documents without date and source whose number is kept: a sample that is not known is one document's.
const LEAST_COUNTED: usize = 2;

/// What is known of a sampled shingle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Recurred {
    pub how: Recurring,
    /// Documents that have it and neither a date nor a source; 1 at least.
    pub untraced: u32,
}

impl Recurred {
    /// Nothing, so that it is one document's.
    pub(crate) const NOT: Self = Self { how: Recurring::Not, untraced: 1 };

    /// Bits of the number of documents; the rest says how much a shingle recurs.
    const COUNT_BITS: u32 = 30;

    const HOW: [Recurring; 4] =
        [Recurring::Not, Recurring::Untraced, Recurring::InBurst, Recurring::OverDays];

    /// Whether there is more to say than of a shingle that is not known.
    pub(super) fn is_known(self) -> bool {
        self.how != Recurring::Not || self.untraced as usize >= LEAST_COUNTED
    }

    pub(super) fn pack(self) -> u32 {
        let most = (1 << Self::COUNT_BITS) - 1;
        (self.how as u32) << Self::COUNT_BITS | self.untraced.min(most)
    }

    pub(super) fn unpack(packed: u32) -> Self {
        let how = Self::HOW[(packed >> Self::COUNT_BITS) as usize];
        Self { how, untraced: packed & ((1 << Self::COUNT_BITS) - 1) }
    }
}

/// A sample, and what is known of it, packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RecurringSample {
    pub sample: u32,
    pub recurred: u32,
}

/// The sampled shingles of a corpus that are form material, or that several documents have of which nothing else is known.
#[derive(Clone, Debug, Default)]
pub struct Recurrence {
    /// Samples, ascending.
    forms: Vec<u32>,
    /// What is known of each, packed.
    known: Vec<u32>,
    /// Where the forms of each value of the high bits begin; empty if there are none.
    starts: Vec<u32>,
    /// The low bits of a sample.
    low_bits: u32,
}

impl Recurrence {
    /// What recurs among documents of which these are the samples. O(n log n) for n samples, 8 bytes each meanwhile, and
    /// about 8 bytes for each sample that is form material.
    pub fn new(samples: &Samples, provenance: &Provenance) -> Self {
        let documents: Vec<u32> = (0..samples.len() as u32).collect();
        let of_part = |entries: &[u64]| {
            let mut tellings = Tellings::default();
            let recurred =
                |bucket: &[u64]| ((bucket[0] >> 32) as u32, tellings.of_bucket(bucket, provenance));
            let known = buckets(entries).map(recurred).filter(|form| form.1.is_known());
            let packed =
                |(sample, recurred): (u32, Recurred)| RecurringSample { sample, recurred: recurred.pack() };
            known.map(packed).collect::<Vec<_>>()
        };
        // Parts are in order of their samples.
        let known = samples.by_key(&documents, of_part).into_iter().flatten();
        Self::of_samples(known)
    }

    /// The table of these samples, ascending.
    pub(super) fn of_samples(samples: impl IntoIterator<Item = RecurringSample>) -> Self {
        let (forms, known): (Vec<u32>, Vec<u32>) =
            samples.into_iter().map(|form| (form.sample, form.recurred)).unzip();
        if forms.is_empty() {
            return Self::default();
        }
        // About one form for each value.
        let low_bits = u32::BITS - forms.len().ilog2().max(1);
        let values = 1u64 << (u32::BITS - low_bits);
        let start = |value: u64| forms.partition_point(|&form| u64::from(form >> low_bits) < value) as u32;
        Self { starts: (0..=values).map(start).collect(), forms, known, low_bits }
    }

    /// What is known of a sample.
    #[inline]
    pub(crate) fn of(&self, sample: u32) -> Recurred {
        let value = (sample >> self.low_bits.min(u32::BITS - 1)) as usize;
        let Some(&[start, end]) = self.starts.get(value..value + 2).and_then(|pair| pair.first_chunk())
        else {
            return Recurred::NOT;
        };
        let range = start as usize..end as usize;
        let place = self.forms[range.clone()].iter().position(|&form| form == sample);
        place.map_or(Recurred::NOT, |place| Recurred::unpack(self.known[range.start + place]))
    }

    /// The samples that are each document's own, and those that do not recur over days.
    pub fn strip(&self, samples: Samples) -> [Samples; 2] {
        samples.divide([Recurring::Not, Recurring::InBurst], |sample| self.of(sample).how)
    }
}

/// Where and when a shingle appears, counted source by source and day by day.
#[derive(Default)]
pub(super) struct Sightings {
    last: Option<(Option<u32>, Option<i64>)>,
    /// Days, those of different sources counted apart.
    days: usize,
    sources: usize,
    named_sources: usize,
    sourced: usize,
    untraced: usize,
    first_day: Option<i64>,
    last_day: Option<i64>,
}

impl Sightings {
    /// Counts a document. Documents come by source, and within a source by day.
    pub(super) fn add(&mut self, source: Option<u32>, day: Option<i64>) {
        if self.last.is_none_or(|(last, _)| last != source) {
            self.sources += 1;
            self.named_sources += usize::from(source.is_some());
        }
        self.days += usize::from(day.is_some() && self.last != Some((source, day)));
        self.sourced += usize::from(source.is_some());
        self.untraced += usize::from(source.is_none() && day.is_none());
        if day.is_some() {
            self.first_day = self.first_day.min(day).or(day);
            self.last_day = self.last_day.max(day);
        }
        self.last = Some((source, day));
    }

    /// How much the shingle recurs.
    pub(super) fn recurred(&self) -> Recurred {
        let span = self.last_day.zip(self.first_day).map_or(0, |(last, first)| last - first);
        let least_days = LEAST_DAYS.max(LEAST_DAYS_A_SOURCE * self.sources);
        let how = if self.days >= least_days && span >= LEAST_SPAN_DAYS {
            Recurring::OverDays
        } else if self.named_sources > 0 && self.sourced >= LEAST_A_SOURCE * self.named_sources {
            Recurring::InBurst
        } else if self.untraced >= LEAST_UNKNOWN {
            Recurring::Untraced
        } else {
            Recurring::Not
        };
        Recurred { how, untraced: (self.untraced as u32).max(1) }
    }
}

/// The day of a moment.
pub(super) fn day(date: i64) -> i64 {
    date.div_euclid(DAY_SECONDS)
}

/// Memory for counting.
#[derive(Default)]
pub(super) struct Tellings {
    /// Source and day of each document.
    all: Vec<(Option<u32>, Option<i64>)>,
}

impl Tellings {
    /// How much the shingle of these entries recurs, whose low halves are documents.
    fn of_bucket(&mut self, entries: &[u64], provenance: &Provenance) -> Recurred {
        self.recurred(entries.iter().map(|&entry| entry as u32), provenance)
    }

    /// How much the shingle of these documents recurs: in order, repeats possible.
    pub(super) fn recurred(
        &mut self,
        documents: impl IntoIterator<Item = u32>,
        provenance: &Provenance,
    ) -> Recurred {
        self.all.clear();
        let mut last = None;
        for document in documents {
            if last.replace(document) != Some(document) {
                let document = DocumentId(document);
                self.all.push((provenance.source(document), provenance.date(document).map(day)));
            }
        }
        self.all.sort_unstable();
        let mut sightings = Sightings::default();
        for &(source, day) in &self.all {
            sightings.add(source, day);
        }
        sightings.recurred()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use proptest::prelude::*;

    use super::super::containment::{ContainmentSearch, Sampler};
    use super::*;
    use crate::params::{Recall, Shingling};

    proptest! {
        /// Counted over the documents of each shingle, without samples, tables or partitions.
        #[test]
        fn what_recurs_is_what_the_definition_says(
            documents in proptest::collection::vec(
                (proptest::collection::btree_set(0u64..40, 0..30), proptest::option::of(0i64..12), proptest::option::of(0u32..4)),
                0..40),
        ) {
            let search = ContainmentSearch { recall: Recall::new(1.0).unwrap(), least_units: 5, ..Default::default() };
            let sampler = Sampler::new(search, Shingling::Word(5)).unwrap();
            let (mut samples, mut provenance) = (Samples::default(), Provenance::default());
            for (set, day, source) in &documents {
                samples.push(&sampler, &set.iter().copied().collect::<Vec<_>>(), 50);
                provenance.push(day.map(|day| day * DAY_SECONDS + 7), *source);
            }
            let recurrence = Recurrence::new(&samples, &provenance);
            for shingle in 0..40u64 {
                let on: Vec<_> = documents.iter().filter(|document| document.0.contains(&shingle)).collect();
                let days: BTreeSet<(Option<u32>, i64)> =
                    on.iter().filter_map(|&&(_, day, source)| Some((source, day?))).collect();
                let mut by_source: BTreeMap<Option<u32>, usize> = BTreeMap::new();
                for (.., source) in &on {
                    *by_source.entry(*source).or_default() += 1;
                }
                let named = by_source.keys().flatten().count();
                let of_named = on.iter().filter(|document| document.2.is_some()).count();
                let span = days.iter().map(|day| day.1).max().unwrap_or(0) - days.iter().map(|day| day.1).min().unwrap_or(0);
                let untraced = on.iter().filter(|document| document.1.is_none() && document.2.is_none()).count();
                let expected = if days.len() >= 3 && days.len() >= 2 * by_source.len() && span >= 4 {
                    Recurring::OverDays
                } else if named > 0 && of_named >= 4 * named {
                    Recurring::InBurst
                } else if untraced >= 16 {
                    Recurring::Untraced
                } else {
                    Recurring::Not
                };
                let recurred = recurrence.of(shingle as u32);
                prop_assert_eq!(recurred.how, expected, "{}", shingle);
                prop_assert_eq!(recurred.untraced as usize, untraced.max(1), "{}", shingle);
            }
        }
    }
}
