//! A dry run within bounded memory: what it may hold, and what the run itself would.
#![allow(
    clippy::cast_possible_truncation,
    reason = "documents and nodes are numbered in 32 bits, and reading refuses more; shares are for people"
)]

use std::path::Path;

use super::reading::BoundedReading;
use super::storage::Storage;
use super::workspace::{Budget, DOCUMENT_BYTES, OutOfCore};
use crate::corpus::{Corpus, FieldPath, LONG_TEXT_BYTES, Record, Value};
use crate::engine::ingest::FoundRecords;
use crate::engine::observer::Observer;
use crate::error::Result;
use crate::params::Shingling;
use crate::work::{Settings, WorkDirectory};

/// Bytes that a dry run keeps of every document: 16 for its place, 32 for its hashes, and to group them 4 for each of
/// three lists, 16 for its place among the distinct ones, and 12 if it is sampled.
const GLANCED_BYTES: u64 = 88;

/// Bytes of each document of the sample beside its signature: what a run in memory keeps, and its candidate pairs.
const SAMPLED_BYTES: usize = 160;

/// The bounds of a dry run.
pub(in crate::engine) struct TrialLimit {
    options: OutOfCore,
    budget: Budget,
    /// Where long texts go.
    directory: WorkDirectory,
    shingling: Shingling,
}

impl TrialLimit {
    /// Prepares a dry run; its directory is made, and is the caller's to remove.
    pub(in crate::engine) fn open(options: &OutOfCore, shingling: Shingling) -> Result<Self> {
        let budget = Budget::new(options, GLANCED_BYTES);
        budget.check(0)?;
        let directory =
            WorkDirectory::open(&options.disk, &options.directory, options.resume, Settings::default(), &[])?;
        Ok(Self { options: options.clone(), budget, directory, shingling })
    }

    /// Where long texts go as they are read.
    pub(in crate::engine) fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// As [`read_all`](crate::engine::ingest::read_all), where `read` keeps little of a record.
    pub(in crate::engine) fn read_all<W: Default, P: Send>(
        &self,
        corpus: &Corpus,
        paths: &[&FieldPath],
        observer: &dyn Observer,
        begin: impl Fn() -> P + Sync,
        read: impl Fn(&mut W, &mut P, Record<'_>, &[Option<Value<'_>>]) + Sync,
        mut merge: impl FnMut(P),
    ) -> Result<FoundRecords> {
        let reading = BoundedReading {
            budget: self.budget,
            directory: self.directory(),
            shingling: self.shingling,
            shingle_bytes: 4 * size_of::<u64>(),
            most_text_bytes: LONG_TEXT_BYTES,
            record_bytes: 2 * GLANCED_BYTES as usize,
        };
        reading.read_all(corpus, paths, observer, begin, read, |part| {
            merge(part);
            Ok(())
        })
    }

    /// Memory for so many sampled ones of `documents`, whose signatures take so many bytes each.
    ///
    /// # Errors
    /// [`crate::Error::MemoryTooSmall`] with what they would need.
    pub(in crate::engine) fn storage(
        &self,
        documents: usize,
        sampled: usize,
        signature_bytes: usize,
    ) -> Result<Storage> {
        let bytes = sampled * (signature_bytes + SAMPLED_BYTES);
        self.budget.check_single(documents, 2 * bytes, || format!("a sample of {sampled} documents"))?;
        Ok(Storage::Memory(self.budget.sets(documents)))
    }

    /// The memory of a run over so many documents, which would take so much if it had no limit.
    ///
    /// # Errors
    /// [`crate::Error::MemoryTooSmall`] if it would be refused.
    pub(in crate::engine) fn run_bytes(&self, documents: usize, unbounded: u64) -> Result<u64> {
        Budget::new(&self.options, DOCUMENT_BYTES).check(documents)?;
        Ok(unbounded.min(self.options.memory_bytes))
    }
}
