//! A file written again: the fate of each record, and where the bytes go.

use std::io::Write;
use std::ops::Range;
use std::path::Path;

use super::annotation::{Annotation, AnnotationMembers};
use crate::error::{Error, Result};

/// What is to become of a record.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum RecordFate<'a> {
    /// It is left out.
    Drop,
    /// It stays as it is.
    Keep,
    /// It stays without these ranges of its text, which are ascending and apart.
    Cut(&'a [Range<usize>]),
    /// It stays, with an annotation.
    Annotate(Annotation),
}

/// Says what is to become of a record, by its number. Asked in ascending order, once a record.
pub(crate) type Decide<'a> = dyn FnMut(u32) -> RecordFate<'a> + 'a;

/// Where a rewritten file goes.
pub(crate) struct RewriteTarget<'a> {
    /// Takes the bytes.
    pub writer: &'a mut dyn Write,
    /// For messages.
    pub path: &'a Path,
    pub content: RewriteContent,
}

/// What a rewritten file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RewriteContent {
    /// The records that are kept.
    Kept,
    /// All records, each with its annotation, of these members.
    Annotated(AnnotationMembers),
}

impl RewriteTarget<'_> {
    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.writer.write_all(bytes).map_err(Error::io(self.path, "write it"))
    }

    /// Writes several pieces.
    pub(super) fn write_all(&mut self, pieces: &[impl AsRef<[u8]>]) -> Result<()> {
        pieces.iter().try_for_each(|piece| self.write(piece.as_ref()))
    }

    /// Writes `bytes` without some ranges, which ascend.
    pub(super) fn write_without(&mut self, bytes: &[u8], cuts: &[Range<usize>]) -> Result<()> {
        let mut from = 0;
        for cut in cuts {
            // As in `without`.
            self.write(bytes.get(from..cut.start).unwrap_or_default())?;
            from = cut.end;
        }
        self.write(bytes.get(from..).unwrap_or_default())
    }
}

/// The rest of `text` without some ranges, which are ascending and apart.
pub(super) fn without(text: &[u8], cuts: &[Range<usize>]) -> Vec<u8> {
    let mut left = Vec::with_capacity(text.len());
    let mut from = 0;
    // A file that was cut short since has less text; the run ends when that is found.
    for cut in cuts {
        left.extend_from_slice(text.get(from..cut.start).unwrap_or_default());
        from = cut.end;
    }
    left.extend_from_slice(text.get(from..).unwrap_or_default());
    left
}
