//! Progress reports of a run, and a way to cancel it.

use crate::error::{Result, UnusableInput};
use crate::interrupt::Interrupt;

/// A part of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Stage {
    /// Reading the records of a reference that are searched for inside documents, counted in bytes; of documents that were
    /// read before, looking them through, counted in documents.
    References,
    /// Reading, tokenising, sketching. Counted in bytes.
    Read,
    /// Bands to candidate pairs. Counted in bands.
    Candidates,
    /// Verifying candidates and choosing what is kept. Counted in documents.
    Select,
    /// Measuring what the index misses. Counted in documents.
    Audit,
    /// Looking again at documents that hold records of a reference. Counted in documents.
    Items,
    /// Finding kept documents that a larger one contains. Counted in documents.
    Excerpts,
    /// Comparing candidates and joining them to stories. Counted in pairs of documents.
    Link,
    /// Finding repeated paragraphs. Counted in documents.
    Paragraphs,
    /// Joining all similar pairs exactly. Counted in documents.
    Join,
    /// Gathering what the report shows. Counted in clusters.
    Report,
    /// Writing the output. Counted in documents.
    Write,
}

impl Stage {
    /// Its name in messages and in `timing.json`.
    pub fn name(self) -> &'static str {
        match self {
            Self::References => "references",
            Self::Read => "read",
            Self::Candidates => "candidates",
            Self::Select => "select",
            Self::Audit => "audit",
            Self::Items => "items",
            Self::Excerpts => "excerpts",
            Self::Link => "link",
            Self::Paragraphs => "paragraphs",
            Self::Join => "join",
            Self::Report => "report",
            Self::Write => "write",
        }
    }
}

/// Watches a run and may end it. Called from many threads.
///
/// `()` watches nothing.
pub trait Observer: Sync {
    /// A stage begins, of so many units.
    fn begin(&self, _stage: Stage, _total: u64) {}
    /// So many more units of the stage are done.
    fn advance(&self, _units: u64) {}
    /// The stage has come to a file: its number, from 1, of so many, and its name. Told again and again, and not in order,
    /// where several are read at a time.
    fn file(&self, _number: usize, _total: usize, _name: &str) {}
    /// All records of so many files were rejected: the first of these files, and their number. Called once, if at all.
    fn inputs_unusable(&self, _first: &[UnusableInput], _count: usize) {}
    /// Whether the run should end as soon as it can, leaving nothing behind.
    fn is_interrupted(&self) -> bool {
        false
    }
}

impl Observer for () {}

/// Reports the units of a stage as they are done, and turns an interruption into an error.
pub(crate) struct Progress<'a>(&'a dyn Observer);

impl<'a> Progress<'a> {
    pub(crate) fn begin(observer: &'a dyn Observer, stage: Stage, total: u64) -> Self {
        observer.begin(stage, total);
        Self(observer)
    }

    /// Reports which file is read.
    pub(crate) fn file(&self, number: usize, total: usize, name: &str) {
        self.0.file(number, total, name);
    }

    /// Reports that so many more units are done.
    ///
    /// # Errors
    /// [`Error::Interrupted`] if the run should end.
    pub(crate) fn advance(&self, units: u64) -> Result<()> {
        self.0.advance(units);
        self.check()
    }
}

impl Interrupt for Progress<'_> {
    fn is_asked(&self) -> bool {
        self.0.is_interrupted()
    }
}

impl Interrupt for &dyn Observer {
    fn is_asked(&self) -> bool {
        self.is_interrupted()
    }
}
