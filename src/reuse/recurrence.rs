//! Burst and recurrence: which shingles are a story's, and which are a form's.
//!
//! A story is a burst: its words appear within days, a few times in each source. A form recurs: its words appear again
//! and again, over weeks, or many times in one source, as a release for each county does on one day. So a corpus knows
//! by itself which of its words are form, in any language.
//!
//! A shingle is *form material* in one of two ways. Over days: it appears on three days or more that span four or more, days
//! of different sources counted apart, and on two days or more for each source that has it: fifty papers that print an
//! article once each within two months do not make a form of it. In a burst: four documents or more have it for each
//! source. Documents without a source are of one source, but for the burst, for they may be of many. What documents
//! neither have a date nor a source is form material in a burst from sixteen documents on: there, nothing tells a form from a
//! story told often.
//!
//! What is not form material is a document's *own*. A page without a body has nothing of its own, and a release for each
//! county has its county and its sum.
//!
//! Only sampled shingles are counted ([`Sampler`]), so that memory is bounded by the rate. A
//! sample is kept as 32 bits of its hash: among ten million distinct samples one in 400 shares them with another, which
//! can make form material of it a document too early.
#![allow(clippy::cast_possible_truncation, reason = "documents are numbered in 32 bits")]

use super::containment::{KeyHolders, Sampler, Samples, SpillFiles, SpilledRows};
use super::spilled_forms::{FormAppender, FormBlock, RecurringSample, SpilledForms};
use super::story::Provenance;
use crate::document::DocumentId;
use crate::error::Result;
use crate::interrupt::Interrupt;
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

impl Recurring {
    /// That of its place among all.
    fn of_number(number: u8) -> Self {
        [Self::Not, Self::InBurst, Self::OverDays][usize::from(number).min(2)]
    }
}

/// The sampled shingles of a corpus that are form material.
#[derive(Debug, Default)]
pub struct Recurrence {
    /// Samples, ascending.
    forms: Vec<u32>,
    /// How much each recurs.
    how: Vec<Recurring>,
    /// Where the forms of each value of the high bits begin; empty if there are none.
    starts: Vec<u32>,
    /// The low bits of a sample.
    low_bits: u32,
    /// All of them instead, where they are too many for memory.
    spilled: Option<SpilledForms>,
}

/// Takes a sample, how much it recurs, and the documents that have it.
pub(crate) type TakeRecurring<'t> = dyn FnMut(Recurring, &[u32], u32) -> Result<()> + 't;

/// Bytes of a sample that is form material, in memory.
const FORM_BYTES: usize = 9;

/// Samples that are looked at before it is asked whether to go on.
const SAMPLES_UNASKED: usize = 1 << 12;

impl Recurrence {
    /// What recurs among documents of which these are the samples. O(n log n) for n samples, 8 bytes each meanwhile, and
    /// about 8 bytes for each sample that is form material.
    pub fn new(samples: &Samples, provenance: &Provenance) -> Self {
        let documents: Vec<u32> = (0..samples.len() as u32).collect();
        let of_part = |entries: &[u64]| {
            let mut tellings = Tellings::default();
            let recurring =
                |bucket: &[u64]| ((bucket[0] >> 32) as u32, tellings.recurring(bucket, provenance));
            buckets(entries).map(recurring).filter(|form| form.1 != Recurring::Not).collect::<Vec<_>>()
        };
        // Parts are in order of their samples.
        let (forms, how): (Vec<u32>, Vec<Recurring>) =
            samples.by_key(&documents, of_part).into_iter().flatten().unzip();
        Self::of_forms(forms, how)
    }

    /// As [`new`](Self::new), from samples in work files. `take` gets each sample with its documents.
    pub(crate) fn in_files(
        samples: &SpilledRows,
        provenance: &Provenance,
        files: SpillFiles<'_>,
        interrupt: &dyn Interrupt,
        take: &mut TakeRecurring<'_>,
    ) -> Result<Self> {
        let documents: Vec<u32> = (0..provenance.len() as u32).collect();
        let mut sorter = files.sorter()?;
        samples.sort_by_key(&documents, &mut sorter)?;
        drop(documents);
        let sorted = sorter.finish()?;
        let (mut forms, mut tellings) = (FormAppender::new(files)?, Tellings::default());
        let mut lists = KeyHolders::new(&sorted)?;
        let (mut entries, mut count) = (Vec::new(), 0usize);
        while let Some(sample) = lists.next()? {
            count += 1;
            if count.is_multiple_of(SAMPLES_UNASKED) {
                interrupt.check()?;
            }
            let mut how = Recurring::Not;
            if lists.nodes.len() > 1 {
                entries.clear();
                entries.extend(lists.nodes.iter().map(|&document| u64::from(document)));
                how = tellings.recurring(&entries, provenance);
            }
            if how != Recurring::Not {
                forms.push(RecurringSample { sample, how: how as u8 })?;
            }
            take(how, &lists.nodes, sample)?;
        }
        let forms = forms.finish()?;
        if forms.len() as usize > files.share_bytes / (4 * FORM_BYTES) {
            return Ok(Self { spilled: Some(forms), ..Self::default() });
        }
        let forms = forms.to_vec()?;
        Ok(Self::of_forms(
            forms.iter().map(|form| form.sample).collect(),
            forms.iter().map(|form| Recurring::of_number(form.how)).collect(),
        ))
    }

    /// The table of these samples, ascending.
    fn of_forms(forms: Vec<u32>, how: Vec<Recurring>) -> Self {
        if forms.is_empty() {
            return Self::default();
        }
        // About one form for each value.
        let low_bits = u32::BITS - forms.len().ilog2().max(1);
        let values = 1u64 << (u32::BITS - low_bits);
        let start = |value: u64| forms.partition_point(|&form| u64::from(form >> low_bits) < value) as u32;
        Self { starts: (0..=values).map(start).collect(), forms, how, low_bits, spilled: None }
    }

    /// How much a sample recurs.
    #[inline]
    fn of(&self, sample: u32) -> Recurring {
        let value = (sample >> self.low_bits.min(u32::BITS - 1)) as usize;
        let Some(&[start, end]) = self.starts.get(value..value + 2).and_then(|pair| pair.first_chunk())
        else {
            return Recurring::Not;
        };
        let range = start as usize..end as usize;
        let place = self.forms[range.clone()].iter().position(|&form| form == sample);
        place.map_or(Recurring::Not, |place| self.how[range.start + place])
    }

    /// The samples that are each document's own, and those that do not recur over days.
    pub fn strip(&self, samples: Samples) -> [Samples; 2] {
        samples.divide([Recurring::Not, Recurring::InBurst], |sample| self.of(sample))
    }

    /// Adds the sampled shingles of a text to the lists of those that recur at most so much, in the order of [`Recurring`];
    /// the last list has all.
    ///
    /// # Errors
    /// [`Error::Io`](crate::Error::Io) if these are in a work file that cannot be read.
    pub fn sort(&self, sampler: &Sampler, hashes: &[u64], lists: &mut [Vec<u64>; 3]) -> Result<()> {
        for list in &mut *lists {
            list.clear();
        }
        let mut block = FormBlock::default();
        for &hash in hashes.iter().filter(|&&hash| sampler.samples(hash)) {
            let sample = hash as u32;
            let how = match &self.spilled {
                None => self.of(sample),
                Some(forms) => forms.of(sample, &mut block)?.map_or(Recurring::Not, Recurring::of_number),
            };
            for list in &mut lists[how as usize..] {
                list.push(hash);
            }
        }
        Ok(())
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

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use proptest::prelude::*;

    use super::super::containment::ContainmentSearch;
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
                let expected = if days.len() >= 3 && days.len() >= 2 * by_source.len() && span >= 4 {
                    Recurring::OverDays
                } else if named > 0 && of_named >= 4 * named
                    || on.iter().filter(|document| document.1.is_none() && document.2.is_none()).count() >= 16
                {
                    Recurring::InBurst
                } else {
                    Recurring::Not
                };
                prop_assert_eq!(recurrence.of(shingle as u32), expected, "{}", shingle);
            }
            let mut lists = Default::default();
            recurrence.sort(&sampler, &(0..40).collect::<Vec<_>>(), &mut lists).unwrap();
            let [own, without_forms, all] = &lists;
            prop_assert_eq!(all.len(), 40);
            prop_assert!(own.iter().all(|&hash| recurrence.of(hash as u32) == Recurring::Not));
            prop_assert!(without_forms.len() >= own.len());
        }
    }
}
