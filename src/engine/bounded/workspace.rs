//! A run within bounded memory: what it may use, where its work files are, and how far an earlier run came.
#![allow(
    clippy::cast_possible_truncation,
    reason = "documents and nodes are numbered in 32 bits, and reading refuses more; shares are for people"
)]

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde::Serialize;

use super::sets::SetAllowance;
use crate::corpus::Corpus;
use crate::disk::Disk;
use crate::engine::plan::{Comparing, Index, Matching, Plan, Representatives, TemplateRule};
use crate::error::{Error, Result};
use crate::hash;
use crate::output::{OutputDirectory, WORK};
use crate::params::{DiacriticFolding, DigitFolding, HyphenJoining, Seed};
use crate::reuse::containment::Sampler;
use crate::select::Verification;
use crate::shingle::TEXT_RULES_VERSION;
use crate::work::{Resume, Settings, WorkDirectory, WorkFile};

/// How a run keeps within bounded memory.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct OutOfCore {
    /// Most bytes that may be resident, mapped input not counted.
    pub memory_bytes: u64,
    /// Where work files are kept, which only this program may use. It is removed when the run is done, and survives
    /// one that is interrupted.
    pub directory: PathBuf,
    /// What to do with the work of an earlier run.
    pub resume: Resume,
    /// Where tests have it fail.
    pub(crate) disk: Disk,
}

impl OutOfCore {
    /// A limit of so many bytes, with work files in `directory`.
    pub fn new(memory_bytes: u64, directory: PathBuf, resume: Resume) -> Self {
        Self { memory_bytes, directory, resume, disk: Disk::default() }
    }

    /// The directory for work files within an output directory.
    pub fn directory_within(output: &Path) -> PathBuf {
        output.join(WORK)
    }

    /// A directory for work files below `temp_dir`: the same for the same output, another for another.
    ///
    /// ```
    /// use std::path::Path;
    /// use twicetold::engine::OutOfCore;
    ///
    /// let below = |output: &str| OutOfCore::directory_below(Path::new("/scratch"), Path::new(output));
    /// assert_eq!(below("/data/clean"), below("/data/clean"));
    /// assert_ne!(below("/data/clean"), below("/data/cleaner"));
    /// ```
    pub fn directory_below(temp_dir: &Path, output: &Path) -> PathBuf {
        let hash = hash::bytes64(output.as_os_str().as_encoded_bytes(), Seed(0));
        temp_dir.join(format!("twicetold-work-{hash:016x}"))
    }

    /// Whether an earlier run, which is to be gone on with and was `asked` for the same, was killed when its output stood at
    /// `output`. A commit that was cut off is finished.
    ///
    /// # Errors
    /// [`Error::WorkDamaged`] if work is not what it was; [`Error::OutputInUse`] if a run is writing there; [`Error::Io`] if
    /// a file cannot be moved or read.
    pub(in crate::engine) fn output_stands(&self, output: &Path, asked: u64) -> Result<bool> {
        if self.resume == Resume::Anew {
            return Ok(false);
        }
        let mark = WorkDirectory::output_mark(&self.directory)?.filter(|mark| mark.asked == asked);
        mark.map_or(Ok(false), |mark| OutputDirectory::stands(&self.disk, output, mark.times))
    }
}

/// Time between two statements of how far a stage came.
const COMMIT_INTERVAL: Duration = Duration::from_millis(100);

/// The work directory of a run and its memory.
pub(in crate::engine) struct Workspace {
    pub directory: WorkDirectory,
    pub budget: Budget,
    committed: Instant,
}

impl Workspace {
    /// Prepares a run over `corpus` with these parameters.
    /// `sampler` finds excerpts, if they are looked for.
    pub(in crate::engine) fn open(
        options: &OutOfCore,
        corpus: &Corpus,
        plan: &Plan<'_>,
        sampler: Option<&Sampler>,
    ) -> Result<Self> {
        let document_bytes = match (sampler, plan.representatives) {
            (Some(_), _) => EXCERPT_DOCUMENT_BYTES,
            (None, Representatives::One) => DOCUMENT_BYTES,
            (None, _) => REPRESENTATIVE_DOCUMENT_BYTES,
        };
        let budget = Budget::new(options, document_bytes);
        budget.check(0)?;
        let settings = settings(corpus, plan, sampler);
        let inputs = corpus.stamps();
        let directory =
            WorkDirectory::open(&options.disk, &options.directory, options.resume, settings, &inputs)?;
        Ok(Self { directory, budget, committed: Instant::now() })
    }

    /// Prepares a run over stories, which no later one goes on with.
    pub(super) fn of_stories(options: &OutOfCore) -> Result<Self> {
        let budget = Budget::new(options, STORY_DOCUMENT_BYTES);
        budget.check(0)?;
        let directory = WorkDirectory::transient(&options.disk, &options.directory)?;
        Ok(Self { directory, budget, committed: Instant::now() })
    }

    /// States how far a stage came.
    pub(in crate::engine) fn commit(
        &mut self,
        stage: &str,
        state: &impl Serialize,
        files: &mut [&mut WorkFile],
    ) -> Result<()> {
        self.directory.commit(stage, state, files)?;
        self.committed = Instant::now();
        Ok(())
    }

    /// Whether it is time to state how far a stage came: not so often that it costs time.
    pub(in crate::engine) fn is_due(&self) -> bool {
        self.committed.elapsed() >= COMMIT_INTERVAL
    }
}

/// The memory of a run.
#[derive(Clone, Copy, Debug)]
pub(in crate::engine) struct Budget {
    limit: u64,
    /// For each document.
    document_bytes: u64,
    /// Bytes of what stays in memory for the whole run, whatever it reads.
    charged: u64,
}

/// Bytes that a run keeps in memory of every document at most: 16 for its place, 20 for its fingerprints and length
/// and 20 for folding; later 16 for its place, 9 for what it was folded into and whether it is kept, 12 for its
/// bands; at last 16 for its place and 28 if it is removed.
pub(super) const DOCUMENT_BYTES: u64 = 56;

/// The same where excerpts are looked for: 16 for its place, 4 each for its order, its length, its number among the kept
/// ones and its place by size, both ways; 40 if it is removed, and then 32 to name another document, and 24 for what was
/// found out when it was compared with that.
const EXCERPT_DOCUMENT_BYTES: u64 = 128;

/// The same for stories: 16 for its place, 12 for its date and source, 4 for its length and 12 for its node; beside these at
/// most 80 while documents are folded or what recurs in all of them is found out, 60 while pairs are linked, and 56 if it is
/// in a story of several.
const STORY_DOCUMENT_BYTES: u64 = 128;

/// The same where not just one document of a cluster stays: 16 for its place, 8 for its order and its source; 40 if it repeats
/// another, 12 to find out whether it stays, and 40 beside the others that do, or that go for their cluster.
const REPRESENTATIVE_DOCUMENT_BYTES: u64 = 116;

/// Room for so many documents is a part of what any run takes, so that the floor that is named suffices for small ones.
const FEW_DOCUMENTS: usize = 1 << 14;

/// Bytes that a run keeps in memory of every paragraph that is judged, at most: 8 for folding, 8 for its bands and
/// whether it is kept, 4 for what is decided about it.
const PART_BYTES: u64 = 20;

/// Bytes of each paragraph that repeats: the decision, its line of the table, and its range.
const REPEATED_PART_BYTES: u64 = 160;

/// Bytes of a document in the part of it that is being folded.
const FOLD_BYTES: usize = 16;

/// Bytes that a run takes whatever it reads: the program itself, and buffers of the files.
const FIXED_BYTES: u64 = 6 << 20;

/// Bytes of each thread: its stack, and what the allocator sets aside for it.
const THREAD_BYTES: u64 = 1 << 20;

/// The least that buffers can work with.
const LEAST_SHARE_BYTES: u64 = 6 << 20;

impl Budget {
    /// The limit of a run that keeps so many bytes of each document.
    pub(super) fn new(options: &OutOfCore, document_bytes: u64) -> Self {
        Self { limit: options.memory_bytes, document_bytes, charged: 0 }
    }

    fn fixed_bytes(self) -> u64 {
        FIXED_BYTES + THREAD_BYTES * rayon::current_num_threads() as u64 + self.charged
    }

    /// The same beside so many bytes of `what`, which stay in memory for the whole run.
    ///
    /// # Errors
    /// [`Error::MemoryTooSmall`] with what that would need.
    pub(super) fn beside(self, charged: u64, what: impl FnOnce() -> String) -> Result<Self> {
        let beside = Self { charged, ..self };
        let needed = beside.fixed_bytes() + LEAST_SHARE_BYTES + FEW_DOCUMENTS as u64 * self.document_bytes;
        if needed <= self.limit {
            Ok(beside)
        } else {
            Err(Error::MemoryTooSmall { limit: self.limit, needed, what: what() })
        }
    }

    /// What is left for buffers beside so many documents.
    pub(in crate::engine) fn share(self, documents: usize) -> usize {
        let taken = self.fixed_bytes() + documents as u64 * self.document_bytes;
        self.limit.saturating_sub(taken).max(LEAST_SHARE_BYTES) as usize
    }

    /// What a thread may hold of the texts that it compares, beside so many documents: together a quarter of what is
    /// left, since an index of kept documents may need the rest.
    pub(in crate::engine) fn sets(self, documents: usize) -> SetAllowance {
        SetAllowance::within(self.share(documents) / (4 * rayon::current_num_threads()))
    }

    /// Into how many parts folding so many documents is split.
    pub(in crate::engine) fn fold_parts(self, documents: usize) -> u32 {
        (documents * FOLD_BYTES).div_ceil(self.share(documents)).max(1) as u32
    }

    /// Refuses a number of documents for which the limit is too low.
    ///
    /// # Errors
    /// [`Error::MemoryTooSmall`] with what they would need.
    pub(in crate::engine) fn check(self, documents: usize) -> Result<()> {
        let counted = documents.max(FEW_DOCUMENTS) as u64;
        let needed = self.fixed_bytes() + LEAST_SHARE_BYTES + counted * self.document_bytes;
        let what = match documents {
            0..=FEW_DOCUMENTS => "any run".to_owned(),
            _ => format!("{documents} documents"),
        };
        if needed <= self.limit {
            Ok(())
        } else {
            Err(Error::MemoryTooSmall { limit: self.limit, needed, what })
        }
    }

    /// What is left of the limit beside so many parts of documents.
    pub(super) fn beside_parts(self, parts: usize) -> Self {
        Self { limit: self.limit.saturating_sub(parts as u64 * PART_BYTES), ..self }
    }

    /// Refuses a number of paragraphs, so many of which repeat, for which the limit is too low.
    ///
    /// # Errors
    /// [`Error::MemoryTooSmall`] with what they would need.
    pub(super) fn check_parts(self, documents: usize, parts: usize, repeats: usize) -> Result<()> {
        let bytes = parts as u64 * PART_BYTES + repeats as u64 * REPEATED_PART_BYTES;
        let what = || match repeats {
            0 => format!("{parts} paragraphs"),
            _ => format!("{parts} paragraphs of which {repeats} repeat"),
        };
        let room = self.share(documents) - LEAST_SHARE_BYTES as usize;
        if bytes <= room as u64 {
            return Ok(());
        }
        let needed = self.limit.max(self.fixed_bytes() + LEAST_SHARE_BYTES) + bytes - room as u64;
        Err(Error::MemoryTooSmall { limit: self.limit, needed, what: what() })
    }

    /// Refuses a single need that does not fit beside the documents.
    ///
    /// # Errors
    /// [`Error::MemoryTooSmall`] with what it would need.
    pub(in crate::engine) fn check_single(
        self,
        documents: usize,
        bytes: usize,
        what: impl FnOnce() -> String,
    ) -> Result<()> {
        let share = self.share(documents);
        if bytes <= share {
            return Ok(());
        }
        let needed = self.limit.max(self.fixed_bytes()) + (bytes - share) as u64;
        Err(Error::MemoryTooSmall { limit: self.limit, needed, what: what() })
    }
}

/// Everything that the decisions depend on beside the content of the inputs.
fn settings(corpus: &Corpus, plan: &Plan<'_>, sampler: Option<&Sampler>) -> Settings {
    let mut settings = Settings::default();
    let Matching { text, threshold, slots, verification, .. } = &plan.matching;
    settings.add("threshold", threshold.get());
    settings.add("hashes", slots.get());
    match plan.index {
        Index::Bands { banding, floor } => {
            settings.add("bands", banding.bands().0);
            settings.add("rows", banding.rows().0);
            settings.add("bucket-limit", banding.bucket_limit().get());
            settings.add("agreement floor", floor.get());
        }
        Index::Exact => settings.add("bands", "exact"),
    }
    settings.add("rules of tokens and shingles", TEXT_RULES_VERSION);
    settings.add("shingle", text.shingling);
    settings.add("fold-digits", text.digits == DigitFolding::Fold);
    settings.add("fold-diacritics", text.diacritics == DiacriticFolding::Fold);
    settings.add("join-hyphens", text.hyphens == HyphenJoining::Join);
    settings.add("seed", text.seed.0);
    settings.add(
        "verify",
        match verification {
            Verification::Exact => "exact",
            Verification::Signature => "signature",
        },
    );
    settings.add("keep", plan.keep_names().join(","));
    let fields = corpus.fields();
    settings.add("text-field", &fields.text);
    let optional = [("id-field", &fields.id), ("source-field", &fields.source), ("date-field", &fields.date)];
    for (name, path) in optional {
        settings.add(name, path.as_ref().map_or("none", |path| path.as_str()));
    }
    match sampler.map(Sampler::search) {
        Some(search) => {
            settings.add("remove-excerpts", search.containment.get());
            settings.add("share of shingles sampled for excerpts", sampler.map_or(0.0, Sampler::rate));
        }
        None => settings.add("remove-excerpts", "none"),
    }
    settings.add("keep-templates", plan.matching.templates == TemplateRule::Keep);
    let items = plan.matching.items.map(|search| {
        let text = search.text(&plan.matching.text)?;
        Ok::<_, Error>(format!("{} of {}", search.containment.get(), text.shingling))
    });
    settings.add("contained", items.and_then(Result::ok).unwrap_or_else(|| "none".to_owned()));
    settings.add("cross-source-only", plan.comparing == Comparing::AcrossSources);
    settings.add("within-source-only", plan.comparing == Comparing::WithinSources);
    match plan.representatives {
        Representatives::PerSource(most) => settings.add("per-source", most),
        _ => settings.add("per-source", "none"),
    }
    settings.add("against", corpus.references().len());
    if let Some(fields) = corpus.reference_fields() {
        settings.add("against-text-field", &fields.text);
    }
    for (name, value) in corpus.reading_settings() {
        settings.add(name, value);
    }
    settings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_that_was_called_too_small_suffices_as_raised() {
        let within = |limit| Budget { limit, document_bytes: DOCUMENT_BYTES, charged: 0 };
        let budget = within(64 << 20);
        assert!(budget.check(1000).is_ok());
        let Err(Error::MemoryTooSmall { needed, .. }) = budget.check(10_000_000) else {
            panic!("it must refuse")
        };
        assert!(needed > 10_000_000 * DOCUMENT_BYTES);
        assert!(within(needed).check(10_000_000).is_ok());
        assert!(within(needed - 1).check(10_000_000).is_err());
        let Err(Error::MemoryTooSmall { needed, .. }) = budget.check_single(1000, 1 << 30, String::new)
        else {
            panic!("it must refuse")
        };
        assert!(within(needed).check_single(1000, 1 << 30, String::new).is_ok());
    }

    #[test]
    fn what_stays_in_memory_is_taken_from_all_that_is_left() {
        let within = |limit| Budget { limit, document_bytes: DOCUMENT_BYTES, charged: 0 };
        let budget = within(64 << 20);
        let beside = budget.beside(20 << 20, String::new).unwrap();
        assert_eq!(beside.share(1000), budget.share(1000) - (20 << 20));
        let Err(Error::MemoryTooSmall { needed, .. }) = budget.beside(60 << 20, String::new) else {
            panic!("it must refuse")
        };
        let raised = within(needed).beside(60 << 20, String::new).unwrap();
        assert!(raised.check(1000).is_ok());
    }
}
