//! Work files: where a run keeps what does not fit the memory it may use.
//!
//! A [`WorkDirectory`] holds files that only grow, and a manifest. A file's bytes count once the manifest states
//! their number and checksum, and the manifest is replaced as a whole, by renaming. So a run that is killed at any
//! moment leaves a state that a later run can go on from: what lies beyond the stated length is cut off. Nothing
//! is forced to disk early; should the machine itself fail, the checksums tell whether what remained is whole.

mod column;
mod directory;
mod file;
#[cfg(any(test, fuzzing))]
pub(crate) mod law;
mod list;
mod manifest;
mod runs;
mod settings;

pub(crate) use column::{Appender, Column, ColumnReader, Fixed, RowBytes, RowColumn, take};
pub use directory::Resume;
pub(crate) use directory::{OutputMark, WorkDirectory};
pub(crate) use file::{WorkFile, WorkKind};
pub(crate) use list::{List, ListEntries, ListSorter, ListStorage, SortedList};
pub(crate) use manifest::InputStamp;
pub(crate) use runs::{MergedRuns, Sorted, Sorter};
pub(crate) use settings::Settings;
