//! Samples of documents by how much they recur, in memory or, within a memory limit, in work files.
#![allow(
    clippy::cast_possible_truncation,
    reason = "documents and nodes are numbered in 32 bits, and reading refuses more"
)]

use super::containment::{
    ContainmentCandidates, KeyHolders, SampleCandidates, Sampler, Samples, SpillFiles, SpilledRows,
    candidates,
};
use super::known_shingles::{KnownShingles, SAMPLES_UNASKED};
use super::recurrence::{Recurrence, Recurring, Tellings};
use super::spilled_forms::FormAppender;
use super::story::Provenance;
use crate::document::DocumentId;
use crate::error::Result;
use crate::interrupt::Interrupt;
use crate::partition::entry;
use crate::work::{Appender, Column, Fixed, ListStorage, SortedList, WorkKind};

/// Documents that are looked at before it is asked whether to go on.
const DOCUMENTS_UNASKED: u32 = 1 << 10;

/// Of each document, the samples that are its own, and those that do not recur over days.
pub(crate) enum OwnSamples<'f> {
    Memory { own: Samples, without_forms: Samples },
    Files(Box<SpilledOwnSamples<'f>>),
}

/// The same in work files.
pub(crate) struct SpilledOwnSamples<'f> {
    files: SpillFiles<'f>,
    own: SpilledRows,
    /// Of each document, those that do not recur over days, ascending, and where they end.
    without_forms: Column<u32>,
    ends: Column<u64>,
}

/// Candidates for excerpts among nodes, and what the search met, as in [`ContainmentCandidates`].
pub(crate) struct OwnCandidates {
    /// Pairs of nodes, the lower one in the high half.
    pub pairs: SortedList<u64>,
    pub frequent_shingles: u64,
    pub affected: u64,
}

impl<'f> OwnSamples<'f> {
    /// Divides samples in memory.
    pub(crate) fn in_memory(samples: Samples, recurrence: &Recurrence) -> Self {
        let [own, without_forms] = recurrence.strip(samples);
        Self::Memory { own, without_forms }
    }

    /// Divides samples in work files by what recurs among them, which is found out, too. In memory are 4 bytes a document,
    /// and for each document that has the sample at hand some 50.
    pub(crate) fn in_files(
        samples: &SpilledRows,
        provenance: &Provenance,
        files: SpillFiles<'f>,
        interrupt: &dyn Interrupt,
    ) -> Result<(KnownShingles, Self)> {
        let documents: Vec<u32> = (0..provenance.len() as u32).collect();
        let mut sorter = files.sorter()?;
        samples.sort_by_key(&documents, &mut sorter)?;
        drop(documents);
        let sorted = sorter.finish()?;
        let (mut kept, mut recurring) = (files.sorter::<u64>()?, files.sorter::<u64>()?);
        let (mut forms, mut tellings) = (FormAppender::new(files)?, Tellings::default());
        let (mut lists, mut count) = (KeyHolders::new(&sorted)?, 0usize);
        while let Some(sample) = lists.next()? {
            count += 1;
            if count.is_multiple_of(SAMPLES_UNASKED) {
                interrupt.check()?;
            }
            let recurred = tellings.recurred(lists.nodes.iter().copied(), provenance);
            forms.push(sample, recurred)?;
            for &document in lists.nodes.iter().filter(|_| recurred.how <= Recurring::InBurst) {
                kept.push(entry(document, sample))?;
                if recurred.how != Recurring::Not {
                    recurring.push(entry(document, sample))?;
                }
            }
        }
        drop(lists);
        let known = KnownShingles::of_files(forms.finish()?, files)?;
        let (kept, recurring) = (kept.finish()?, recurring.finish()?);
        let (mut kept, mut recurring) = (kept.entries()?, recurring.entries()?);
        let (mut next, mut next_recurring) = (kept.next()?, recurring.next()?);
        let mut own_keys = Appender::new(column(files, "own")?);
        let mut own_counts = Appender::new(column(files, "own-counts")?);
        let mut without_forms = Appender::new(column(files, "without-forms")?);
        let mut ends = Appender::new(column(files, "without-forms-ends")?);
        let mut end = 0u64;
        for document in 0..provenance.len() as u32 {
            if document.is_multiple_of(DOCUMENTS_UNASKED) {
                interrupt.check()?;
            }
            let mut own = 0u32;
            while let Some((sample, _)) = next.filter(|(sample, _)| sample >> 32 == u64::from(document)) {
                without_forms.push(sample as u32)?;
                end += 1;
                if next_recurring.is_some_and(|(other, _)| other == sample) {
                    next_recurring = recurring.next()?;
                } else {
                    own_keys.push(sample as u32)?;
                    own += 1;
                }
                next = kept.next()?;
            }
            own_counts.push(own)?;
            ends.push(end)?;
        }
        let own = SpilledRows::new(own_keys.finish()?, own_counts.finish()?);
        let (without_forms, ends) = (without_forms.finish()?, ends.finish()?);
        Ok((known, Self::Files(Box::new(SpilledOwnSamples { files, own, without_forms, ends }))))
    }

    /// The samples of a document that do not recur over days, ascending, each once.
    pub(crate) fn without_forms(&self, document: DocumentId) -> Result<Vec<u32>> {
        match self {
            Self::Memory { without_forms, .. } => Ok(without_forms.distinct(document)),
            Self::Files(spilled) => {
                let SpilledOwnSamples { without_forms, ends, .. } = &**spilled;
                let (mut bytes, mut found, mut samples) = Default::default();
                let place = u64::from(document.0);
                ends.read_range(place.saturating_sub(1)..place + 1, &mut bytes, &mut found)?;
                let found: Vec<u64> = found;
                let end = found[found.len() - 1];
                let start = if place == 0 { 0 } else { found[0] };
                without_forms.read_range(start..end, &mut bytes, &mut samples)?;
                Ok(samples)
            }
        }
    }

    /// Finds, by the samples that are their own, the nodes of which one may be largely in the other; node `n` is document
    /// `documents[n]`.
    pub(crate) fn candidates(
        &self,
        documents: &[u32],
        sampler: &Sampler,
        interrupt: &dyn Interrupt,
    ) -> Result<OwnCandidates> {
        let pair = |(a, b): (u32, u32)| entry(a.min(b), a.max(b));
        match self {
            Self::Memory { own, .. } => {
                let found = candidates(own, documents, sampler, interrupt)?;
                let ContainmentCandidates { pairs, frequent_shingles, affected, .. } = found;
                let mut sorter = ListStorage::Memory.sorter()?;
                pairs.into_iter().try_for_each(|both| sorter.push(pair(both)))?;
                Ok(OwnCandidates { pairs: sorter.finish()?, frequent_shingles, affected })
            }
            Self::Files(spilled) => {
                let SpilledOwnSamples { files, own, ends, .. } = &**spilled;
                let all = ends.len() as usize;
                let found = SampleCandidates::new(own, (documents, all), sampler, *files, interrupt, &pair)?;
                let SampleCandidates { pairs, frequent_shingles, affected, .. } = found;
                Ok(OwnCandidates { pairs: SortedList::File(pairs), frequent_shingles, affected })
            }
        }
    }
}

fn column<T: Fixed>(files: SpillFiles<'_>, name: &str) -> Result<Column<T>> {
    files.directory.column(&format!("samples-{name}"), WorkKind(*b"smpl"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::containment::ContainmentSearch;
    use super::*;
    use crate::disk::Disk;
    use crate::params::{Recall, Shingling};
    use crate::work::{Resume, Settings, WorkDirectory};

    fn entries(list: &SortedList<u64>) -> Vec<u64> {
        let mut entries = list.entries().unwrap();
        std::iter::from_fn(|| entries.next().unwrap()).collect()
    }

    proptest! {
        #[test]
        fn samples_in_work_files_are_divided_as_those_in_memory(
            texts in proptest::collection::vec(
                (proptest::collection::vec(0u64..60, 0..30), proptest::option::of(0i64..9), proptest::option::of(0u32..3)),
                1..40),
            every in 2usize..5, share_bytes in 1usize..3000,
        ) {
            let search = ContainmentSearch {
                recall: Recall::new(0.9).unwrap(), least_units: 20, frequent: 9, ..Default::default()
            };
            let sampler = Sampler::new(search, Shingling::Word(1)).unwrap();
            let (mut samples, mut provenance) = (Samples::default(), Provenance::default());
            let hash = |n: &u64| crate::hash::mix(n + 1) >> 3;
            for (place, (shingles, day, source)) in texts.iter().enumerate() {
                let words = if place % 7 == 6 { 10 } else { 60 };
                samples.push(&sampler, &shingles.iter().map(hash).collect::<Vec<_>>(), words);
                provenance.push(day.map(|day| day * 86_400), *source);
            }
            let parent = tempfile::tempdir().unwrap();
            let path = parent.path().join("work");
            let directory =
                WorkDirectory::open(&Disk::default(), &path, Resume::Anew, Settings::default(), &[]).unwrap();
            let files = SpillFiles { directory: &directory, share_bytes };
            let mut spilled =
                SpilledRows::new(directory.nameless().unwrap(), directory.nameless().unwrap());
            samples.spill(&mut spilled).unwrap();
            for file in spilled.files() {
                file.flush().unwrap();
            }
            let recurrence = Recurrence::new(&samples, &provenance);
            let memory = OwnSamples::in_memory(samples, &recurrence);
            let (in_files, within) = OwnSamples::in_files(&spilled, &provenance, files, &()).unwrap();
            for document in (0..texts.len() as u32).map(DocumentId) {
                prop_assert_eq!(memory.without_forms(document).unwrap(), within.without_forms(document).unwrap());
                let hashes: Vec<u64> = texts[document.index()].0.iter().map(hash).collect();
                let known = in_files.of(&hashes, &sampler).unwrap();
                for sample in hashes.iter().filter(|&&hash| sampler.samples(hash)).map(|&hash| hash as u32) {
                    prop_assert_eq!(known.of(sample), recurrence.of(sample));
                }
            }
            let chosen: Vec<u32> = (0..texts.len() as u32).filter(|n| !(*n as usize).is_multiple_of(every)).collect();
            let expected = memory.candidates(&chosen, &sampler, &()).unwrap();
            let found = within.candidates(&chosen, &sampler, &()).unwrap();
            prop_assert_eq!(entries(&expected.pairs), entries(&found.pairs));
            prop_assert_eq!(
                (expected.frequent_shingles, expected.affected), (found.frequent_shingles, found.affected)
            );
        }
    }
}
