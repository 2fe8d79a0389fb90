//! Memory for reading texts; where memory is bounded, long ones go to temporary files.

use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use super::bytes::Mapped;
use super::literal::StringLiteral;
use crate::error::{Error, Result};

/// Texts of more bytes, as they stand in their source, go to temporary files where memory is bounded.
pub(crate) const LONG_TEXT_BYTES: usize = 256 << 10;

/// Bytes written to a temporary file at a time.
const BUFFER_BYTES: usize = 1 << 16;

/// Memory for reading texts; keep one a thread.
#[derive(Debug, Default)]
pub(crate) struct TextScratch {
    pub(super) file: Vec<u8>,
    decoded: String,
    /// Where long texts go, if memory is bounded.
    pub(super) spill: Option<PathBuf>,
    pub(super) spilled: Option<SpilledText>,
}

impl TextScratch {
    /// Puts long texts into temporary files in `directory`, if there is one.
    pub(crate) fn spilling_to(directory: Option<PathBuf>) -> Self {
        Self { spill: directory, ..Self::default() }
    }

    /// What a literal stands for.
    pub(super) fn text_of<'a>(&'a mut self, literal: StringLiteral<'a>) -> Result<&'a str> {
        match &self.spill {
            Some(directory) if literal.raw.len() > LONG_TEXT_BYTES && literal.plain().is_none() => {
                self.spilled.insert(SpilledText::decoded(literal, directory)?).text()
            }
            _ => Ok(literal.decode(&mut self.decoded)),
        }
    }
}

/// A text in a file that is mapped, mostly a nameless temporary one: the system may take its memory back.
#[derive(Debug)]
pub(crate) struct SpilledText {
    bytes: Mapped,
    /// Where it is, for messages.
    path: PathBuf,
}

impl SpilledText {
    /// The bytes of a file.
    pub(super) fn mapped(bytes: Mapped, path: &Path) -> Self {
        Self { bytes, path: path.to_owned() }
    }

    /// What a literal stands for, in a temporary file in `directory`.
    pub(super) fn decoded(literal: StringLiteral<'_>, directory: &Path) -> Result<Self> {
        let file = tempfile::tempfile_in(directory).map_err(Error::io(directory, "make a temporary file"))?;
        let mut writer = BufWriter::with_capacity(BUFFER_BYTES, &file);
        let written = literal.write(&mut writer).and_then(|()| writer.flush());
        written.map_err(Error::io(directory, "write a temporary file"))?;
        drop(writer);
        Ok(Self::mapped(Mapped::new(&file, directory)?, directory))
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The text.
    ///
    /// # Errors
    /// [`Error::Io`] if it is no text any more.
    pub(crate) fn text(&self) -> Result<&str> {
        simdutf8::basic::from_utf8(&self.bytes)
            .map_err(|error| Error::io(&self.path, "read it again")(std::io::Error::other(error)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_the_same_from_a_temporary_file() {
        let directory = tempfile::tempdir().unwrap();
        for escape in ["", r"\n", r"\u00e9\\"] {
            let raw = format!("{}{escape}", "some words é ".repeat(30_000));
            let literal = StringLiteral { raw: &raw };
            let mut bounded = TextScratch::spilling_to(Some(directory.path().to_owned()));
            let text = bounded.text_of(literal).unwrap().to_owned();
            assert_eq!(text, TextScratch::default().text_of(literal).unwrap());
            assert_eq!(bounded.spilled.is_some(), !escape.is_empty());
        }
        assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0);
    }
}
