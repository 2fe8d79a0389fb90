//! The figures of a run: what `summary.json` and `timing.json` hold.
#![allow(
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "documents are numbered in 32 bits; shares and rates are for people"
)]

use std::ops::Not;
use std::time::Instant;

use serde::Serialize;

use super::audit::AuditFigures;
use super::excerpts::{ExcerptFigures, TemplateFigures};
use super::items::ItemFigures;
use crate::error::{Error, Result};
use crate::relation::RelationCounts;

/// Counts and parameters of a run. Nothing in it differs between two runs over the same input.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Summary {
    /// The program's version.
    pub version: &'static str,
    /// Documents by what became of them.
    pub documents: DocumentCounts,
    /// What came of the reference, where there was one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference: Option<ReferenceCounts>,
    /// Kept documents, and records of the reference, that at least one other repeats.
    pub clusters: u64,
    /// Members of the largest cluster, its representative included; 0 if there is none.
    pub largest_cluster: u64,
    /// Sources of at least 1,000 documents that lost more than 95 % of them, by name; left out where there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub source_losses: Vec<SourceLoss>,
    /// How records of the reference were searched for inside documents, where they were.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contained: Option<ItemFigures>,
    /// How excerpts were looked for, where they were.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub excerpts: Option<ExcerptFigures>,
    /// What became of forms filled in with other facts, where they are kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub templates: Option<TemplateFigures>,
    /// What became of paragraphs, where they were looked at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paragraphs: Option<ParagraphCounts>,
    /// Decompressed bytes read, those of the reference included.
    pub bytes: u64,
    /// Probability that a pair at the threshold is found, in `[0, 1]`.
    pub predicted_recall: f64,
    /// What was measured of it, on some documents drawn at random; none where none were drawn.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub audit: Option<AuditFigures>,
    /// How the index was bounded, and what the bounds met.
    pub index: IndexParameters,
    /// What was asked for.
    pub parameters: Parameters,
}

/// Documents by what became of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct DocumentCounts {
    /// Records found in the input.
    pub read: u64,
    /// Records in the clean corpus.
    pub kept: u64,
    /// Records that repeat a kept one.
    pub removed: u64,
    /// The removed by what they are to the kept one, in all `removed`.
    #[serde(flatten, serialize_with = "RelationCounts::as_removals")]
    pub removed_as: RelationCounts,
    /// Of the kept, those that repeat another and stay on account of their source, where sources keep some of each cluster.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kept_for_source: Option<u64>,
    /// Records that could not be read.
    pub rejected: u64,
    /// Of the kept, those without a token, which are never compared.
    pub without_tokens: u64,
}

impl DocumentCounts {
    /// Checks that the counts go together: every record is kept, removed or rejected, and every removed one as something.
    /// They do not say what was written: that is counted where it is.
    ///
    /// # Errors
    /// [`Error::Unbalanced`] if not.
    pub fn check(&self) -> Result<()> {
        let accounted = self.kept + self.removed + self.rejected;
        if self.read == accounted && self.removed == self.removed_as.total() {
            Ok(())
        } else {
            Err(Error::Unbalanced { read: self.read, accounted })
        }
    }

    /// Checks that every record ended in exactly one place: so many as were counted in what was `written`, and so many
    /// `elsewhere`, are all that could be read.
    ///
    /// # Errors
    /// [`Error::Unbalanced`] if not.
    pub(crate) fn check_written(&self, written: u64, elsewhere: u64) -> Result<()> {
        let accounted = written + elsewhere + self.rejected;
        if accounted == self.read { Ok(()) } else { Err(Error::Unbalanced { read: self.read, accounted }) }
    }
}

/// The reference that the input was compared with. None of its records is counted among the documents.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ReferenceCounts {
    /// Files.
    pub files: u64,
    /// Records found in them.
    pub read: u64,
    /// Of these, the ones that could not be read.
    pub rejected: u64,
    /// Of these, the ones that a removed record names as what it repeats.
    pub met: u64,
    /// Records of the input that were removed since they repeat one.
    pub removed: u64,
}

/// A source of which next to nothing is left.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct SourceLoss {
    /// What the source field says, else the file, or the directory of a file that is one document.
    pub source: String,
    /// Its documents.
    pub documents: u64,
    /// Of these, the ones that are removed.
    pub removed: u64,
}

/// Paragraphs by what became of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ParagraphCounts {
    /// Paragraphs with a token in kept documents.
    pub read: u64,
    /// Of these, the ones long enough to be compared with those of other documents.
    pub judged: u64,
    /// Distinct paragraphs, and lines within one document, that occur more than once.
    pub repeated: u64,
    /// Occurrences of these but for the first of each.
    pub repeats: u64,
    /// Occurrences taken out of the clean corpus: the repeats, and the first of what is boilerplate.
    pub removed: u64,
    /// Bytes of text taken out with them.
    pub removed_bytes: u64,
    /// Kept documents that lost a paragraph.
    pub documents_shortened: u64,
    /// Of these, the ones that lost all their words.
    pub documents_emptied: u64,
    /// Of these, the others that have less than a tenth of their text left.
    pub documents_below_tenth: u64,
    /// Kept documents in which ends of lines set paragraphs apart, because the call or the text said so.
    pub documents_by_line: u64,
}

/// The index that was used.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct IndexParameters {
    /// `bands`, or `exact` where nothing may be missed.
    pub kind: &'static str,
    /// Number of bands, 0 for `exact`.
    pub bands: u32,
    /// Rows in a band, 0 for `exact`.
    pub rows: u32,
    /// Slots that must agree before two texts are compared.
    pub agreement_floor: u32,
    /// Pairs that shared a bucket and reached the floor.
    pub candidate_pairs: u64,
    /// Members of the largest bucket.
    pub largest_bucket: u64,
    /// Documents in buckets too large to be paired, for which an exact index was used instead.
    pub crowded: u64,
    /// Whether each of those was compared with all of them that stayed, since nearly all share rare shingles.
    pub compared_as_wholes: bool,
}

/// What was asked for.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
#[expect(clippy::struct_excessive_bools, reason = "each says whether a flag was given")]
pub struct Parameters {
    /// The preset that was chosen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preset: Option<&'static str>,
    /// The least similarity that removes.
    pub threshold: f64,
    /// The recall asked for.
    pub recall: f64,
    /// Slots in a signature.
    pub hashes: usize,
    /// The largest bucket whose pairs were all looked at.
    pub bucket_limit: usize,
    /// Tokens to shingles, such as `word:5`.
    pub shingle: String,
    /// Whether digits were told apart.
    pub fold_digits: bool,
    /// Whether diacritics were told apart.
    pub fold_diacritics: bool,
    /// Whether words cut at line ends were put together.
    pub join_hyphens: bool,
    /// Seed of every hash.
    pub seed: u64,
    /// `exact` or `signature`.
    pub verify: &'static str,
    /// Whether documents of one source were not compared with each other.
    #[serde(skip_serializing_if = "Not::not")]
    pub cross_source_only: bool,
    /// Whether only documents of one source were compared with each other.
    #[serde(skip_serializing_if = "Not::not")]
    pub within_source_only: bool,
    /// Priority keys, as on the command line; `none` where nothing of a cluster was kept.
    pub keep: Vec<String>,
    /// How many documents of a source were kept of each cluster, where sources keep some.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub per_source: Option<u32>,
    /// How paragraphs were looked at, where they were.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paragraphs: Option<ParagraphParameters>,
    /// Fields in use.
    pub fields: Vec<(&'static str, String)>,
}

/// How repeated paragraphs were looked for.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ParagraphParameters {
    /// `report` or `remove`.
    pub mode: &'static str,
    /// `blank-line` or `line`.
    pub split: &'static str,
    /// Tokens that a paragraph needed to be compared across documents.
    pub min_words: usize,
    /// Documents in which a paragraph counts as boilerplate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub boilerplate: Option<u64>,
    /// Slots in a paragraph's signature.
    pub hashes: usize,
    /// Bands of a paragraph's signature, 0 where nothing may be missed.
    pub bands: u32,
    /// Rows in a band, 0 likewise.
    pub rows: u32,
    /// Probability that a pair of paragraphs at the threshold is found, in `[0, 1]`.
    pub predicted_recall: f64,
}

/// Time, CPU and memory; the only figures that may differ between two runs.
#[derive(Clone, Debug, Default, Serialize)]
#[non_exhaustive]
pub struct Timing {
    /// Stages in order.
    pub stages: Vec<StageTiming>,
    /// The whole run, wall clock.
    pub seconds: f64,
    /// The whole run, all threads.
    pub cpu_seconds: f64,
    /// Decompressed megabytes (10^6) a second, wall clock.
    pub megabytes_per_second: f64,
    /// Most memory that was resident at a time, mapped input included, in bytes.
    pub peak_memory_bytes: u64,
    /// Threads used.
    pub threads: usize,
}

/// What one stage took.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct StageTiming {
    /// The stage.
    pub name: &'static str,
    /// Wall clock.
    pub seconds: f64,
    /// All threads.
    pub cpu_seconds: f64,
    /// Most memory that had been resident by its end, in bytes.
    pub peak_memory_bytes: u64,
}

/// What this process has used so far.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Usage {
    /// All threads, user and system.
    pub cpu_seconds: f64,
    /// Most memory resident at a time.
    pub peak_memory_bytes: u64,
}

impl Usage {
    /// Asks the system; zero where it cannot tell.
    #[cfg(unix)]
    pub fn now() -> Self {
        use nix::sys::resource::{UsageWho, getrusage};
        use nix::sys::time::TimeValLike;

        let Ok(usage) = getrusage(UsageWho::RUSAGE_SELF) else {
            return Self { cpu_seconds: 0.0, peak_memory_bytes: 0 };
        };
        let microseconds = usage.user_time().num_microseconds() + usage.system_time().num_microseconds();
        // Linux counts in kibibytes, Apple's systems in bytes.
        let unit = if cfg!(target_vendor = "apple") { 1 } else { 1024 };
        Self { cpu_seconds: microseconds as f64 / 1e6, peak_memory_bytes: usage.max_rss() as u64 * unit }
    }

    /// Asks the system; zero where it cannot tell.
    #[cfg(not(unix))]
    pub fn now() -> Self {
        Self { cpu_seconds: 0.0, peak_memory_bytes: 0 }
    }
}

/// Measures the stages of a run.
#[derive(Debug)]
pub(crate) struct Stopwatch {
    started: Instant,
    stage_started: Instant,
    before: Usage,
    at_stage: Usage,
    stages: Vec<StageTiming>,
}

impl Stopwatch {
    /// Starts measuring.
    pub(crate) fn start() -> Self {
        let (now, usage) = (Instant::now(), Usage::now());
        Self { started: now, stage_started: now, before: usage, at_stage: usage, stages: Vec::new() }
    }

    /// Ends the stage that began with the last call.
    pub(crate) fn lap(&mut self, name: &'static str) {
        let (now, usage) = (Instant::now(), Usage::now());
        self.stages.push(StageTiming {
            name,
            seconds: (now - self.stage_started).as_secs_f64(),
            cpu_seconds: usage.cpu_seconds - self.at_stage.cpu_seconds,
            peak_memory_bytes: usage.peak_memory_bytes,
        });
        self.stage_started = now;
        self.at_stage = usage;
    }

    /// The figures of the whole run over so many bytes.
    pub(crate) fn finish(self, bytes: u64, threads: usize) -> Timing {
        let usage = Usage::now();
        let seconds = self.started.elapsed().as_secs_f64();
        Timing {
            stages: self.stages,
            seconds,
            cpu_seconds: usage.cpu_seconds - self.before.cpu_seconds,
            megabytes_per_second: bytes as f64 / 1e6 / seconds.max(1e-9),
            peak_memory_bytes: usage.peak_memory_bytes,
            threads,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::relation::Relation;

    #[test]
    fn counts_that_do_not_add_up_are_refused() {
        let counts = DocumentCounts {
            read: 3,
            kept: 1,
            removed: 1,
            removed_as: [Relation::Near].into_iter().collect(),
            rejected: 1,
            ..Default::default()
        };
        assert!(counts.check().is_ok());
        assert!(DocumentCounts { kept: 2, ..counts }.check().is_err());
        assert!(DocumentCounts { removed_as: RelationCounts::default(), ..counts }.check().is_err());
        assert!(counts.check_written(1, 1).is_ok() && counts.check_written(2, 0).is_ok());
        for (written, elsewhere) in [(0, 1), (1, 0), (2, 1)] {
            let refused = counts.check_written(written, elsewhere);
            assert!(matches!(refused, Err(Error::Unbalanced { read: 3, .. })), "{written} {elsewhere}");
        }
    }

    #[test]
    #[cfg(unix)]
    fn usage_grows_with_work() {
        let before = Usage::now();
        let mut sum = 0u64;
        while Usage::now().cpu_seconds <= before.cpu_seconds {
            sum = std::hint::black_box(sum + 1);
        }
        assert!(before.peak_memory_bytes > 100_000, "{before:?}");
    }
}
