//! An archive's documents, made in parallel, and its files, written in order.
#![allow(
    clippy::cast_possible_truncation,
    reason = "sizes that a caller chooses, far below 2^53; parts of a random number"
)]

use std::io::Write;
use std::ops::{ControlFlow, Range};
use std::sync::Arc;

use rayon::prelude::*;

use super::edit::{Material, Tokenized};
use super::manifest::{ArchiveManifest, ArchiveSummary, FileSummary, hexadecimal};
use super::options::{Edit, Options, Shape};
use super::plan::{ArchivePlan, STRETCH};
use super::random::{Purpose, Stream};
use super::record::{RecordHeader, write_text};
use super::shape::Mould;
use super::truth::{LikenessScratch, PlantedPassage, write_planted};
use crate::error::{Error, Result};
use crate::hash::Digest;
use crate::output::{OutputDirectory, StagedFile};
use crate::params::Seed;
use crate::shingle::Shingler;
use crate::text::Token;

/// About how much text one task makes: enough for its start to cost nothing, small beside the memory of a
/// thread.
const TASK_BYTES: u64 = 1 << 20;

/// About how many bytes a word has, with the space behind it.
const WORD_BYTES: u64 = 7;

/// Tasks in the air for each thread.
const TASKS_PER_THREAD: usize = 2;

const TRUTH_NAME: &str = "truth.jsonl";
const MANIFEST_NAME: &str = "manifest.json";

/// How far the work is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ArchiveProgress {
    /// Documents written.
    pub documents: u64,
    /// Bytes written, of documents and truth.
    pub bytes: u64,
}

/// Makes an archive in `output`. The documentation of this module describes its files.
///
/// Uses the rayon pool it is called in. Memory is bounded by the number of threads, whatever the number of
/// documents; a document much longer than a megabyte counts for itself. `progress` is called after each few
/// megabytes, and ends the work by [`ControlFlow::Break`]. Files get their names when all of them are complete;
/// what a failed run had written is removed.
///
/// # Errors
/// [`Error::Parameter`] for options out of range, [`Error::Interrupted`] if `progress` said so, [`Error::Io`].
///
/// # Example
/// ```
/// use std::ops::ControlFlow;
/// use twicetold::generate::{Options, generate};
/// use twicetold::output::{IfNotEmpty, OutputDirectory};
///
/// let directory = tempfile::tempdir()?;
/// let output = OutputDirectory::open(directory.path(), IfNotEmpty::Refuse)?;
/// let mut options = Options::default();
/// options.docs = 100;
/// let summary = generate(&options, output, &mut |_| ControlFlow::Continue(()))?;
/// assert_eq!(summary.documents, 100);
/// assert!(directory.path().join("truth.jsonl").exists());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn generate(
    options: &Options,
    output: OutputDirectory,
    progress: &mut (dyn FnMut(ArchiveProgress) -> ControlFlow<()> + Send),
) -> Result<ArchiveSummary> {
    options.check()?;
    let maker = ArchiveMaker::new(options);
    let mut writer = ArchiveWriter::new(output, options, progress)?;
    let mut tasks = Tasks::new(options);
    let (mut made, mut written): (Vec<Made>, Vec<Made>) = Default::default();
    loop {
        let tasks = tasks.by_ref().take(rayon::current_num_threads() * TASKS_PER_THREAD);
        // With buffers that were used before, since fresh memory costs the system as much as writing does.
        let next: Vec<(Task, Made)> = tasks.map(|task| (task, written.pop().unwrap_or_default())).collect();
        let last = next.is_empty();
        // While these are made, the ones before are written.
        let (outcome, new) = rayon::join(
            || made.iter().try_for_each(|made| writer.write(made)),
            || next.into_par_iter().map(|(task, buffers)| maker.make(&task, buffers)).collect(),
        );
        outcome?;
        written = std::mem::replace(&mut made, new);
        if last {
            return writer.finish();
        }
    }
}

/// Something to make.
struct Task {
    /// In which of the files of documents it belongs.
    shard: usize,
    kind: TaskKind,
}

enum TaskKind {
    Documents(Range<u64>, Arc<ArchivePlan>),
    /// So many bytes of the one huge document, and whether they are its first, its last.
    Part {
        number: u64,
        bytes: u64,
        first: bool,
        last: bool,
    },
}

/// Everything there is to make, in order.
struct Tasks<'a> {
    options: &'a Options,
    next: u64,
    documents_per_task: u64,
    plan: Option<(u64, Arc<ArchivePlan>)>,
}

impl<'a> Tasks<'a> {
    fn new(options: &'a Options) -> Self {
        let words = u64::from(options.mean_words);
        let documents_per_task = (TASK_BYTES / (WORD_BYTES * words)).clamp(1, 4096);
        Self { options, next: 0, documents_per_task, plan: None }
    }

    fn plan(&mut self, stretch: u64) -> Arc<ArchivePlan> {
        if let Some((_, plan)) = self.plan.as_ref().filter(|(of, _)| *of == stretch) {
            return Arc::clone(plan);
        }
        let options = self.options;
        let duplicates = if options.shape == Shape::News { options.duplicates } else { 0.0 };
        let plan = Arc::new(ArchivePlan::new(options.seed, stretch, duplicates, options.most_copies));
        self.plan = Some((stretch, Arc::clone(&plan)));
        plan
    }
}

impl Iterator for Tasks<'_> {
    type Item = Task;

    fn next(&mut self) -> Option<Task> {
        let start = self.next;
        if let Shape::Huge { bytes } = self.options.shape {
            let parts = bytes.div_ceil(TASK_BYTES).max(1);
            self.next += 1;
            let length = (bytes - start.min(parts - 1) * TASK_BYTES).min(TASK_BYTES);
            let part =
                TaskKind::Part { number: start, bytes: length, first: start == 0, last: start + 1 == parts };
            return (start < parts).then_some(Task { shard: 0, kind: part });
        }
        if start >= self.options.docs {
            return None;
        }
        let per_shard = self.options.docs.div_ceil(u64::from(self.options.shards));
        let ends = [
            start / per_shard * per_shard + per_shard,
            start / STRETCH * STRETCH + STRETCH,
            self.options.docs,
        ];
        self.next = ends.into_iter().fold(start + self.documents_per_task, u64::min);
        let plan = self.plan(start / STRETCH);
        Some(Task { shard: (start / per_shard) as usize, kind: TaskKind::Documents(start..self.next, plan) })
    }
}

/// What a task gave.
#[derive(Default)]
struct Made {
    shard: usize,
    documents: u64,
    text_bytes: u64,
    records: Vec<u8>,
    truth: Vec<u8>,
    planted: Vec<Edit>,
}

impl Made {
    /// Empties it, and keeps its memory.
    fn clear(&mut self) {
        let Self { shard, documents, text_bytes, records, truth, planted } = self;
        (*shard, *documents, *text_bytes) = (0, 0, 0);
        records.clear();
        truth.clear();
        planted.clear();
    }
}

/// Makes documents. The same for all threads.
struct ArchiveMaker<'a> {
    options: &'a Options,
    mould: Mould,
    shingler: Shingler,
}

/// What a task works in.
#[derive(Default)]
struct MakerScratch {
    original: String,
    copy: String,
    line: String,
    original_tokens: Vec<Token>,
    copy_tokens: Vec<Token>,
    passages: Vec<PlantedPassage>,
    comparison: LikenessScratch,
}

impl<'a> ArchiveMaker<'a> {
    fn new(options: &'a Options) -> Self {
        Self { options, mould: Mould::new(options), shingler: Shingler::new(&options.text) }
    }

    /// Does a task. What `made` held is replaced.
    fn make(&self, task: &Task, mut made: Made) -> Made {
        made.clear();
        made.shard = task.shard;
        match &task.kind {
            TaskKind::Documents(documents, plan) => {
                let mut scratch = MakerScratch::default();
                for document in documents.clone() {
                    self.document(document, plan.origin(document), &mut scratch, &mut made);
                }
            }
            &TaskKind::Part { number, bytes, first, last } => {
                self.part(number, bytes, first, last, &mut made);
            }
        }
        made
    }

    fn document(&self, document: u64, original: Option<u64>, scratch: &mut MakerScratch, made: &mut Made) {
        scratch.original.clear();
        self.mould.write(self.options, original.unwrap_or(document), &mut scratch.original);
        if let Some(original) = original {
            self.copy(document, original, scratch, made);
        }
        let text = if original.is_some() { &scratch.copy } else { &scratch.original };
        let header = RecordHeader::new(self.options.seed, document, original);
        header.open(&mut made.records, &mut scratch.line);
        write_text(text, &mut made.records);
        header.close(&mut made.records, &mut scratch.line);
        made.documents += 1;
        made.text_bytes += text.len() as u64;
    }

    /// Makes a copy of what stands in `scratch.original`, and records the truth.
    fn copy(&self, document: u64, original: u64, scratch: &mut MakerScratch, made: &mut Made) {
        let Mould::News(prose) = &self.mould else {
            return; // Only news are planned to be copied.
        };
        let options = self.options;
        let MakerScratch { original: text, copy, original_tokens, copy_tokens, passages, comparison, .. } =
            scratch;
        copy.clear();
        passages.clear();
        comparison.tokenize(&self.shingler, text, original_tokens);
        let mut stream = Stream::new(options.seed, Purpose::Edit, document);
        let edit = options.edits[stream.below(options.edits.len())];
        if edit == Edit::Template && options.sentences.is_empty() {
            prose.document(options.seed, original, document, f64::from(options.mean_words), copy);
        } else {
            let facts = Stream::new(options.seed, Purpose::Facts, document);
            let material = Material { stream, facts, prose, ocr_rate: options.ocr_rate };
            material.apply(edit, Tokenized { text, tokens: original_tokens }, copy, passages);
        }
        comparison.tokenize(&self.shingler, copy, copy_tokens);
        for passage in passages.iter_mut() {
            passage.count_words(original_tokens, copy_tokens);
        }
        let likeness = comparison.likeness(&self.shingler, text, copy);
        write_planted(document, original, edit, likeness, passages, &mut made.truth);
        made.planted.push(edit);
    }

    /// Makes a part of the one huge document.
    fn part(&self, number: u64, bytes: u64, first: bool, last: bool, made: &mut Made) {
        let Mould::Huge(prose) = &self.mould else {
            return; // Only the huge document has parts.
        };
        let options = self.options;
        let (mut text, mut line) = (String::new(), String::new());
        let mut form = Stream::new(options.seed, Purpose::Form, number);
        let mut facts = Stream::new(options.seed, Purpose::Facts, number);
        while text.len() < bytes as usize {
            prose.paragraphs(&mut form, facts.fork(), options.mean_words as usize, &mut text);
            text.push_str("\n\n");
        }
        let whole = (0..=bytes as usize).rev().find(|&end| text.is_char_boundary(end));
        text.truncate(whole.unwrap_or(0));
        // A character that did not fit leaves up to three bytes.
        text.extend(std::iter::repeat_n(' ', bytes as usize - text.len()));
        let header = RecordHeader::new(options.seed, 0, None);
        if first {
            header.open(&mut made.records, &mut line);
        }
        write_text(&text, &mut made.records);
        if last {
            header.close(&mut made.records, &mut line);
        }
        made.documents = u64::from(last);
        made.text_bytes = bytes;
    }
}

/// A file that is being written, and what will be said of it.
struct File {
    staged: StagedFile,
    digest: Digest,
    summary: FileSummary,
}

impl File {
    fn new(output: &OutputDirectory, name: String) -> Result<Self> {
        let staged = output.create(&name)?;
        let summary = FileSummary { name, records: 0, bytes: 0, xxh3: String::new() };
        Ok(Self { staged, digest: Digest::new(Seed(0)), summary })
    }

    fn write(&mut self, bytes: &[u8], records: u64) -> Result<()> {
        self.staged.write_all(bytes).map_err(self.staged.failure())?;
        self.digest.update(bytes);
        self.summary.bytes += bytes.len() as u64;
        self.summary.records += records;
        Ok(())
    }

    fn finish(mut self) -> Result<FileSummary> {
        self.staged.finish()?;
        self.summary.xxh3 = hexadecimal(self.digest.finish());
        Ok(self.summary)
    }
}

/// Writes what was made, in order.
struct ArchiveWriter<'a> {
    output: OutputDirectory,
    options: &'a Options,
    /// The file of documents being written; those before it are in the summary.
    shard: File,
    truth: File,
    summary: ArchiveSummary,
    bytes: u64,
    progress: &'a mut (dyn FnMut(ArchiveProgress) -> ControlFlow<()> + Send),
}

impl<'a> ArchiveWriter<'a> {
    fn new(
        output: OutputDirectory,
        options: &'a Options,
        progress: &'a mut (dyn FnMut(ArchiveProgress) -> ControlFlow<()> + Send),
    ) -> Result<Self> {
        let shard = File::new(&output, shard_name(options, 0))?;
        let truth = File::new(&output, TRUTH_NAME.to_owned())?;
        let edits = Edit::ALL.into_iter().filter(|edit| options.edits.contains(edit));
        let by_edit = edits.map(|edit| (edit, 0)).collect();
        let summary = ArchiveSummary { by_edit, ..ArchiveSummary::default() };
        Ok(Self { output, options, shard, truth, summary, bytes: 0, progress })
    }

    /// Finishes the files of documents before the given one.
    fn advance(&mut self, shard: usize) -> Result<()> {
        while self.summary.files.len() < shard {
            let name = shard_name(self.options, self.summary.files.len() + 1);
            let next = File::new(&self.output, name)?;
            self.summary.files.push(std::mem::replace(&mut self.shard, next).finish()?);
        }
        Ok(())
    }

    fn write(&mut self, made: &Made) -> Result<()> {
        self.advance(made.shard)?;
        let planted = made.planted.len() as u64;
        self.shard.write(&made.records, made.documents)?;
        self.truth.write(&made.truth, planted)?;
        self.summary.documents += made.documents;
        self.summary.text_bytes += made.text_bytes;
        self.summary.planted += planted;
        for (edit, count) in &mut self.summary.by_edit {
            *count += made.planted.iter().filter(|planted| *planted == edit).count() as u64;
        }
        self.bytes += (made.records.len() + made.truth.len()) as u64;
        match (self.progress)(ArchiveProgress { documents: self.summary.documents, bytes: self.bytes }) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(Error::Interrupted),
        }
    }

    /// Gives every file its name. Files of an earlier archive are removed, as they would contradict the new ones.
    fn finish(mut self) -> Result<ArchiveSummary> {
        let shards = if matches!(self.options.shape, Shape::Huge { .. }) { 1 } else { self.options.shards };
        self.advance(shards as usize - 1)?;
        let Self { output, options, shard, truth, mut summary, .. } = self;
        summary.files.extend([shard.finish()?, truth.finish()?]);
        output.write_json(MANIFEST_NAME, &ArchiveManifest::new(options, &summary))?;
        output.commit_corpus(is_archive_name)?;
        Ok(summary)
    }
}

/// Whether an archive has, or may have, a file of this name.
fn is_archive_name(name: &str) -> bool {
    let shard = name.strip_prefix("docs-").and_then(|rest| rest.strip_suffix(".jsonl"));
    let numbered =
        shard.is_some_and(|digits| digits.len() == 5 && digits.bytes().all(|b| b.is_ascii_digit()));
    numbered || ["docs.jsonl", TRUTH_NAME, MANIFEST_NAME].contains(&name)
}

fn shard_name(options: &Options, shard: usize) -> String {
    match options.shards {
        1 => "docs.jsonl".to_owned(),
        _ => format!("docs-{shard:05}.jsonl"),
    }
}
