//! Writing records of a corpus again: cut, annotated, or in files of other formats than JSON Lines.

use std::io::Write;
use std::ops::Range;
use std::path::Path;

use super::formats::{Annotation, Decide, RewriteContent, RewriteTarget};
use super::inputs::Corpus;
use super::records::Location;
use super::scratch::TextScratch;
use crate::error::Result;

impl Corpus {
    /// The ranges of the bytes of [`Self::raw_record`] that hold the given ranges of the record's text.
    pub(crate) fn raw_text_ranges(
        &self,
        location: Location,
        ranges: &[Range<usize>],
        scratch: &mut TextScratch,
    ) -> Result<Vec<Range<usize>>> {
        let source = &self.sources[location.source];
        if source.is_document() {
            return Ok(ranges.to_vec());
        }
        let record = &source.lines()[location.frame.range()];
        let literal = self.text_literal(location).ok_or_else(|| source.changed())?;
        let text = scratch.text_of(literal)?;
        if ranges.iter().any(|range| text.get(range.clone()).is_none()) {
            return Err(source.changed());
        }
        // The literal is a part of the record, so the distance of their first bytes is its place.
        let start = literal.raw.as_ptr().addr() - record.as_ptr().addr();
        let raw = literal.raw_ranges(ranges);
        Ok(raw.into_iter().map(|range| start + range.start..start + range.end).collect())
    }

    /// Writes those records of a viewed source that are kept, in its format and compression; returns how many.
    pub(crate) fn rewrite(
        &self,
        source: usize,
        content: RewriteContent,
        decide: &mut Decide<'_>,
        writer: &mut dyn Write,
        path: &Path,
    ) -> Result<u64> {
        let mut output = RewriteTarget { writer, path, content };
        self.sources[source].rewrite(&self.side(source).fields, &self.rules, decide, &mut output)
    }

    /// Checks that records have a place for annotations, as far as the beginnings of files tell.
    ///
    /// # Errors
    /// [`Error::NoFieldsToAnnotate`] for texts and web archives, [`Error::AnnotatedAlready`] where the names of
    /// annotations are taken.
    ///
    /// [`Error::NoFieldsToAnnotate`]: crate::Error::NoFieldsToAnnotate
    /// [`Error::AnnotatedAlready`]: crate::Error::AnnotatedAlready
    pub(crate) fn check_place_for_annotations(&self) -> Result<()> {
        self.inputs().iter().try_for_each(|source| source.check_place_for_annotations(&self.rules))
    }

    /// The annotation of a record of lines: its place among the bytes of the source, and its own bytes.
    pub(crate) fn annotation_of_line(
        &self,
        location: Location,
        annotation: &Annotation,
    ) -> Result<(usize, Vec<u8>)> {
        let source = &self.sources[location.source];
        let range = location.frame.range();
        let (place, member) = annotation
            .member_of(&source.lines()[range.clone()])
            .ok_or_else(|| source.annotated_already(Some(location.frame.record)))?;
        Ok((range.start + place, member))
    }
}
