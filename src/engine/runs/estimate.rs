//! A dry run: what a run would find and cost, from a sample, with nothing written.
//!
//! No sample of records taken at random can tell how much of a corpus repeats: a share of 1 % of the records holds
//! 0.01 % of its pairs, and how large clusters are cannot be told from it (Charikar, Chaudhuri, Motwani and
//! Narasayya, "Towards estimation error guarantees for distinct values", PODS 2000). So every record is read, but
//! sketched and compared only if its text says so, in such a way that repeats are sampled together (Gibbons,
//! "Distinct sampling for highly-accurate answers to distinct values queries", VLDB 2001):
//!
//! - Documents of equal tokens are counted in full, by two hashes of 8 bytes each.
//! - Of the distinct ones, those are sampled whose smallest shingle hash, hashed again, lies below a bound. Two
//!   documents of Jaccard similarity `s` have the same smallest shingle hash with probability `s`, so with a share `p`
//!   sampled both are in with probability `p(s + (1 - s)p)`, and a removal found in the sample stands for the
//!   inverse of that many (Horvitz and Thompson's estimator).
//! - A smallest shingle that very many documents share would make the estimate a matter of luck. Such groups are
//!   always looked at, through some members of each.
//!
//! The interval covers the sampling error, at about 95 %. Beside it, groups of near-duplicates whose common original
//! has another smallest shingle are counted a little high: by at most the share `(1 - s) / s` of the near-duplicates.
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "documents and nodes are numbered in 32 bits, and reading refuses more; shares are for people"
)]

use std::time::Instant;

use rayon::prelude::*;
use serde::Serialize;

use super::options::Dedup;
use crate::corpus::{Compression, Corpus, Frame, Record, RecordTable, Value};
use crate::document::DocumentId;
use crate::documents::{Documents, RecordStore};
use crate::engine::bounded::{Storage, TrialLimit};
use crate::engine::decide::{Order, decide};
use crate::engine::ingest::{
    GatheredColumns, Keep, LONG_TEXT_BYTES, Maker, ShinglingScratch, Sketches, read_all,
};
use crate::engine::observer::Observer;
use crate::engine::plan::{Comparing, Plan, Representatives};
use crate::error::{Error, Result};
use crate::hash;
use crate::select::Removal;
use crate::shingle::{ShingleScratch, Shingler, TextIdentity};
use crate::sketch::Slot;

/// Documents in a sample, on average, beside those of large groups. With this many, the standard error of a share is
/// below half a percent of the corpus where clusters are small.
const SAMPLE_DOCUMENTS: usize = 50_000;

/// Members through which a large group is judged.
const GROUP_MEMBERS: usize = 32;

/// A group is large if it holds more than one in so many documents, so there are at most so many large groups.
const LARGE_ONE_IN: usize = 1000;

/// Standard errors on either side of an estimate in its interval.
const INTERVAL: f64 = 2.0;

/// What a run would find and cost.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Estimate {
    /// Records that could be read.
    pub documents: u64,
    /// Records that could not.
    pub rejected: u64,
    /// Documents that were compared for this estimate.
    pub sampled: u64,
    /// Documents with the tokens of an earlier one. Counted, not estimated.
    pub repeats_exact: u64,
    /// Documents that would be removed, those included.
    pub removed: u64,
    /// The least that is likely.
    pub removed_low: u64,
    /// The most that is likely.
    pub removed_high: u64,
    /// Decompressed bytes of the input.
    pub bytes: u64,
    /// Wall clock of a run before it writes, with as many threads.
    pub seconds: f64,
    /// Memory of a run beside the mapped input, in bytes.
    pub memory_bytes: u64,
    /// Work files of a run within a memory limit, in bytes; 0 without one.
    pub work_bytes: u64,
    /// The clean corpus as it would be stored, compressed as the input is, in bytes.
    pub output_bytes: u64,
    /// Temporary files that compressed input is unpacked to, in bytes.
    pub temporary_bytes: u64,
}

/// What the pass over all records keeps of each.
#[derive(Clone, Copy)]
struct Glance {
    /// Equal for copies.
    identity: TextIdentity,
    /// The smallest shingle hash, hashed again.
    key: u64,
}

impl Glance {
    /// A long text is shingled in pieces, so that it takes no memory.
    fn new(text: &str, shingler: &Shingler, scratch: &mut ShingleScratch) -> Self {
        let mut smallest = None;
        let mut note = |hashes: &[u64]| smallest = smallest.into_iter().chain(hashes.iter().copied()).min();
        let identity = if text.len() <= LONG_TEXT_BYTES {
            let shingles = shingler.shingles(text, scratch);
            note(shingles.hashes);
            shingles.identity
        } else {
            shingler.pieces(text, &mut scratch.tokens, &mut note)
        };
        Self { identity, key: hash::mix(smallest.unwrap_or_default()) }
    }
}

/// Documents that are compared, and what each stands for.
struct Sample {
    documents: Vec<u32>,
    /// For each, the group it is in.
    groups: Vec<u32>,
    /// Distinct documents of each group, and how many of them are in the sample.
    sizes: Vec<(usize, usize)>,
    /// The share of small groups that is in the sample.
    share: f64,
}

/// A number of documents or bytes, and the variance of its estimate.
#[derive(Clone, Copy, Default)]
struct Estimated {
    documents: f64,
    bytes: f64,
    variance: f64,
}

impl Dedup {
    /// Estimates what [`decide`](Self::decide) and writing would find and cost. Which of several repeats stays is not
    /// looked at.
    ///
    /// Reads every record; 40 bytes of memory a document. Within a memory limit, that limit is kept, and the figures are
    /// those of a run within it.
    ///
    /// # Errors
    /// As [`decide`](Self::decide); [`Error::MemoryTooSmall`] if the limit is too low for this, or for the run itself;
    /// [`Error::Parameter`] for a reference, and for documents that are compared across
    /// sources only.
    pub fn estimate(&self, corpus: &Corpus, observer: &dyn Observer) -> Result<Estimate> {
        corpus.unchanged(self.glanced(corpus, observer))
    }

    fn glanced(&self, corpus: &Corpus, observer: &dyn Observer) -> Result<Estimate> {
        self.check_estimable(corpus)?;
        let started = Instant::now();
        let plan = self.plan(observer)?;
        let mut glances: Vec<Glance> = Vec::new();
        let limit = self.out_of_core.as_ref();
        let shingling = plan.shingler.shingling();
        let limit = limit.map(|options| TrialLimit::open(options, shingling)).transpose()?;
        let read = |scratch: &mut ShingleScratch,
                    part: &mut Vec<Glance>,
                    record: Record<'_>,
                    _: &[Option<Value<'_>>]| {
            part.push(Glance::new(record.text, &plan.shingler, scratch));
        };
        let paths = [&corpus.fields().text];
        let found = match &limit {
            None => read_all(corpus, &paths, observer, Vec::new, read, |part| glances.extend(part)),
            Some(limit) => {
                let merge = |part| glances.extend::<Vec<Glance>>(part);
                limit.read_all(corpus, &paths, observer, Vec::new, read, merge)
            }
        }?;
        found.check_usable(corpus, observer)?;
        let read_seconds = started.elapsed().as_secs_f64();

        let started = Instant::now();
        let length = |document: u32| u64::from(found.records.locate(DocumentId(document)).frame.length);
        let (distinct, repeats) = told_apart(&glances);
        let sample = Sample::new(&distinct, &glances, SAMPLE_DOCUMENTS);
        let records = sample.records(&found.records, corpus.sources().len());
        let sampled = records.len();
        let signature_bytes = plan.matching.slots.get() * size_of::<Slot>();
        let mut storage = match &limit {
            None => Storage::in_memory(),
            Some(limit) => limit.storage(glances.len(), sampled, signature_bytes)?,
        };
        let spill = limit.as_ref().map(|limit| limit.directory().to_owned());
        let store = RecordStore::new(corpus, records).spilling_to(spill);
        let sketches = sketches(Documents::new(&store), &plan)?;
        let order = Order::new(&[], sampled, sampled);
        let decisions = decide(Documents::new(&store), sketches, &order, &plan, &mut storage)?.decisions();
        let near = sample.estimate(&decisions.removals, &length);
        let sample_seconds = started.elapsed().as_secs_f64();

        let documents = found.records.len() as u64;
        let (exact, most) = (repeats.len() as f64, repeats.len() + distinct.len().saturating_sub(1));
        let error = INTERVAL * near.variance.sqrt();
        let whole = |number: f64| (number.round().max(0.0) as u64).min(most as u64);
        let removed_bytes =
            repeats.par_iter().map(|&document| length(document)).sum::<u64>() as f64 + near.bytes;
        let kept_share = 1.0 - (removed_bytes / found.bytes.max(1) as f64).min(1.0);
        let scale = distinct.len() as f64 / sample.documents.len().max(1) as f64;
        let sources = corpus.sources().iter();
        let stored: u64 = sources.clone().map(crate::corpus::Source::stored_bytes).sum();
        let unpacked = sources.filter(|source| source.compression() != Compression::None);
        let unbounded = documents * self.bytes_a_document();
        let memory_bytes =
            limit.as_ref().map_or(Ok(unbounded), |limit| limit.run_bytes(glances.len(), unbounded))?;
        Ok(Estimate {
            documents,
            rejected: found.rejected.len() as u64,
            sampled: sample.documents.len() as u64,
            repeats_exact: repeats.len() as u64,
            removed: whole(exact + near.documents),
            removed_low: whole(exact + (near.documents - error).max(decisions.removals.len() as f64)),
            removed_high: whole(exact + near.documents + error),
            bytes: found.bytes,
            seconds: read_seconds + sample_seconds * scale,
            memory_bytes,
            work_bytes: if limit.is_some() { documents * self.work_bytes_a_document(&plan) } else { 0 },
            output_bytes: (stored as f64 * kept_share).round() as u64,
            temporary_bytes: unpacked.map(|source| source.lines().len() as u64).sum(),
        })
    }

    /// The estimate is made for documents all of which are compared, none of which is sure to stay, and one of a cluster of
    /// which does.
    fn check_estimable(&self, corpus: &Corpus) -> Result<()> {
        let given = match (self.comparing, self.representatives) {
            _ if !corpus.references().is_empty() => "given with against",
            (Comparing::AcrossSources, _) => "given with cross-source-only",
            (Comparing::WithinSources, _) => "given with within-source-only",
            (Comparing::All, Representatives::PerSource(_)) => "given with per-source",
            (Comparing::All, Representatives::Nobody) => "given with keep none",
            (Comparing::All, Representatives::One) => return Ok(()),
        };
        let expected = "given without; scan finds what would be removed, and writes no clean corpus";
        Err(Error::parameter("dry-run", given, expected))
    }

    /// Work files that a run within a memory limit makes for each document: its place and its hashes, its signature, its
    /// keys and its ranks. Candidate pairs, of which the sample says little, are left out.
    fn work_bytes_a_document(&self, plan: &Plan<'_>) -> u64 {
        let signature = self.matching.slots.get() * size_of::<Slot>();
        let keys = plan.index.banding().map_or(0, |banding| banding.bands().0 as usize) * size_of::<u32>();
        (40 + signature + keys + self.priority.len() * size_of::<u64>()) as u64
    }

    /// Memory that a run needs for each document: its place, its sketch and its ranks; the order and the folding of
    /// equal documents; the entries of one band, twice, while they are sorted.
    fn bytes_a_document(&self) -> u64 {
        let sketch = self.matching.slots.get() * size_of::<Slot>() + size_of::<u64>() + size_of::<u32>();
        let ranks = self.priority.len() * size_of::<u64>();
        let folding = 4 * size_of::<u32>();
        let band = 2 * size_of::<u64>();
        (size_of::<Frame>() + sketch + ranks + folding + band) as u64
    }
}

/// Documents that are sketched as one piece of work.
const DOCUMENTS_PER_TASK: usize = 64;

/// Sketches of some documents, in their order.
fn sketches(documents: Documents<'_>, plan: &Plan<'_>) -> Result<Sketches> {
    let slots = plan.matching.slots;
    let maker = Maker::new(&plan.shingler, slots, Keep::default());
    let all: Vec<u32> = (0..documents.count() as u32).collect();
    let parts = all
        .par_chunks(DOCUMENTS_PER_TASK)
        .map_init(
            || (documents.reader(), ShinglingScratch::default()),
            |(reader, scratch), documents| {
                let mut columns = maker.columns();
                for &document in documents {
                    maker.add(&mut columns, reader.text(DocumentId(document))?, scratch, |_| None);
                }
                Ok(columns)
            },
        )
        .collect::<Result<Vec<_>>>()?;
    let mut gathered = GatheredColumns::new(slots, &[]);
    for columns in parts {
        gathered.append(columns);
    }
    Ok(gathered.sketches)
}

/// The first document of each sequence of tokens, in corpus order, and the documents that repeat one.
fn told_apart(glances: &[Glance]) -> (Vec<u32>, Vec<u32>) {
    let identity = |&document: &u32| glances[document as usize].identity;
    let mut entries: Vec<u32> =
        (0..glances.len() as u32).filter(|document| identity(document).units > 0).collect();
    entries.par_sort_unstable_by_key(|document| {
        let TextIdentity { fingerprint, check, units } = identity(document);
        (check, fingerprint, units, *document)
    });
    let (mut distinct, mut repeats) = (Vec::new(), Vec::new());
    for equal in entries.chunk_by(|a, b| identity(a).is_equal(identity(b))) {
        distinct.push(equal[0]);
        repeats.extend_from_slice(&equal[1..]);
    }
    distinct.par_sort_unstable();
    repeats.par_sort_unstable();
    (distinct, repeats)
}

impl Sample {
    fn new(distinct: &[u32], glances: &[Glance], documents: usize) -> Self {
        let share = (documents as f64 / distinct.len().max(1) as f64).min(1.0);
        let large = GROUP_MEMBERS.max(distinct.len() / LARGE_ONE_IN);
        let mut entries: Vec<(u64, u32)> =
            distinct.iter().map(|&document| (glances[document as usize].key, document)).collect();
        entries.par_sort_unstable();
        let (mut members, mut sizes) = (Vec::new(), Vec::new());
        for group in entries.chunk_by(|a, b| a.0 == b.0) {
            let is_large = share < 1.0 && group.len() > large;
            if !is_large && group[0].0 as f64 >= share * 2f64.powi(64) && share < 1.0 {
                continue;
            }
            let taken = if is_large { GROUP_MEMBERS } else { group.len() };
            let number = sizes.len() as u32;
            members.extend((0..taken).map(|place| (group[place * group.len() / taken].1, number)));
            sizes.push((group.len(), taken));
        }
        members.sort_unstable();
        let (documents, groups) = members.into_iter().unzip();
        Self { documents, groups, sizes, share }
    }

    /// The places of the sampled documents.
    fn records(&self, all: &RecordTable, sources: usize) -> RecordTable {
        let mut records = RecordTable::default();
        let mut documents = self.documents.iter().copied().peekable();
        for source in 0..sources {
            records.begin_source();
            let end = all.of_source(source).end;
            while let Some(document) = documents.next_if(|&document| (document as usize) < end) {
                records.extend([all.locate(DocumentId(document)).frame]);
            }
        }
        records
    }

    /// What the removals in the sample, whose documents are numbered within it, say about all.
    fn estimate(&self, removals: &[Removal], length: &dyn Fn(u32) -> u64) -> Estimated {
        let mut of_groups = vec![(0usize, Estimated::default()); self.sizes.len()];
        for removal in removals {
            let place = removal.document.index();
            let (group, document) = (self.groups[place] as usize, self.documents[place]);
            let (size, taken) = self.sizes[group];
            // A group that is looked at through some of its members is there for certain.
            let stands_for =
                if taken < size { (size - 1) as f64 / (taken - 1) as f64 } else { 1.0 / self.share };
            let together = removal.similarity + (1.0 - removal.similarity) * self.share;
            let weight = stands_for / together;
            let (found, sum) = &mut of_groups[group];
            *found += 1;
            sum.documents += weight;
            sum.bytes += weight * length(document) as f64;
        }
        let unsampled = 1.0 - self.share;
        // One more group than was found, so that finding none does not seem to prove that there is none.
        let mut total = Estimated { variance: unsampled / self.share.powi(2), ..Estimated::default() };
        for (&(size, taken), (found, sum)) in self.sizes.iter().zip(of_groups) {
            total.documents += sum.documents;
            total.bytes += sum.bytes;
            total.variance += if taken < size {
                let share = (found + 1) as f64 / (taken + 1) as f64;
                (size as f64).powi(2) * share * (1.0 - share) / (taken - 1) as f64
            } else {
                unsampled * sum.documents.powi(2)
            };
        }
        total
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::select::Relation;

    /// Glances of a corpus of near-duplicates: clusters of the given sizes, each a star around its first document,
    /// whose members have its smallest shingle hash with probability `similarity`.
    fn glances(sizes: &[usize], similarity: f64, seed: u64) -> Vec<(Glance, usize)> {
        let mut glances = Vec::new();
        for (cluster, &size) in sizes.iter().enumerate() {
            for member in 0..size {
                let number = glances.len() as u64;
                let chance = hash::draw(seed, number) as f64 / 2f64.powi(64);
                let of = if member == 0 || chance < similarity { cluster as u64 } else { 1 << 40 | number };
                let key = hash::mix(hash::mix(of ^ hash::mix(seed)));
                glances.push((
                    Glance { identity: TextIdentity { fingerprint: number, check: number, units: 1 }, key },
                    cluster,
                ));
            }
        }
        glances
    }

    /// What a sample of so many documents says about a corpus; also whether the interval holds the truth.
    fn estimated(sizes: &[usize], similarity: f64, documents: usize, seed: u64) -> (f64, bool) {
        let all = glances(sizes, similarity, seed);
        let only: Vec<Glance> = all.iter().map(|&(glance, _)| glance).collect();
        let (distinct, repeats) = told_apart(&only);
        assert!(repeats.is_empty());
        let sample = Sample::new(&distinct, &only, documents);
        let mut kept = std::collections::BTreeMap::new();
        let mut removals = Vec::new();
        for (place, &document) in sample.documents.iter().enumerate() {
            let cluster = all[document as usize].1;
            match kept.get(&cluster) {
                None => {
                    kept.insert(cluster, place);
                }
                Some(&by) => removals.push(Removal {
                    document: DocumentId(place as u32),
                    by: DocumentId(by as u32),
                    similarity,
                    relation: Relation::Near,
                    containment: None,
                }),
            }
        }
        let estimate = sample.estimate(&removals, &|_| 1);
        let truth = (all.len() - sizes.len()) as f64;
        assert!((estimate.bytes - estimate.documents).abs() < 1e-6);
        (estimate.documents, (estimate.documents - truth).abs() <= INTERVAL * estimate.variance.sqrt())
    }

    #[test]
    fn a_sample_foretells_what_all_would_say_within_its_interval() {
        // Pairs among singles; clusters of ten; one of a third of the corpus; nothing to find.
        let pairs = [vec![2; 2000], vec![1; 16_000]].concat();
        let tens = [vec![10; 500], vec![1; 15_000]].concat();
        let giant = [vec![6000], vec![1; 14_000]].concat();
        for (sizes, similarity) in
            [(&pairs, 0.85), (&tens, 0.95), (&tens, 1.0), (&giant, 0.97), (&vec![1; 20_000], 0.9)]
        {
            let truth = (sizes.iter().sum::<usize>() - sizes.len()) as f64;
            let trials: Vec<(f64, bool)> =
                (0..40).map(|seed| estimated(sizes, similarity, 4000, seed)).collect();
            let within = trials.iter().filter(|(_, within)| *within).count();
            let mean = trials.iter().map(|(estimate, _)| estimate).sum::<f64>() / trials.len() as f64;
            // The bias that the module's text allows, and three standard errors of 40 trials of about 5 %.
            let high = truth * (1.0 + (1.0 - similarity) / similarity);
            assert!(mean >= truth * 0.97 && mean <= high * 1.03, "{mean} for {truth} to {high}");
            assert!(within >= 34, "{within} of 40 intervals hold {truth}; the mean is {mean}");
        }
    }

    #[test]
    fn everything_in_the_sample_is_no_estimate() {
        let (estimate, within) = estimated(&[5, 1, 1, 40, 2], 0.9, 1000, 1);
        assert_eq!((estimate, within), (44.0, true));
    }
}
