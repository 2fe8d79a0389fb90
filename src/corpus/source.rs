//! One input: what it holds, and its bytes.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use super::bytes::{Mapped, SharedBytes};
use super::compression::Compression;
use super::fields::{FieldPath, Fields};
use super::file_state::FileState;
use super::format::Format;
use super::formats::{
    ANNOTATION_FIELD, Access, Decide, FieldName, Original, ReadingRules, RewriteTarget, Split, View,
    ViewWriter, WantedFields,
};
use super::scratch::SpilledText;
use super::spool::Spools;
use super::unpack;
use crate::error::{Error, Result};

/// What a compressed text, which is unpacked only when it is read, is taken to grow by.
const EXPECTED_EXPANSION: u64 = 16;

/// Bytes of a compressed text that are unpacked at a time.
const SPILL_BYTES: usize = 1 << 16;

/// One input file, standard input, or a member of an archive.
#[derive(Debug)]
pub struct Source {
    pub(super) name: String,
    pub(super) path: PathBuf,
    pub(super) format: Format,
    pub(super) compression: Compression,
    pub(super) contents: Contents,
    /// The archive it is a member of.
    pub(super) archive: Option<usize>,
    /// What its file, which may be an archive, was when it was opened; none of a stream.
    pub(super) state: Option<FileState>,
}

/// Where the bytes of a source are.
#[derive(Debug)]
pub(super) enum Contents {
    /// One text, in a file that is read whenever it is needed: directories hold more files than can be mapped at
    /// once.
    TextFile,
    /// One text, in memory: a member of an archive, decompressed.
    Text(SharedBytes),
    /// JSON Lines, decompressed.
    Lines(SharedBytes),
    /// Any other format.
    Viewed {
        original: OriginalBytes,
        /// How `original` is still compressed.
        packed: Compression,
        /// `None` until the fields are settled.
        view: Option<View>,
    },
}

/// Where the bytes of a file are that is read through a view.
#[derive(Debug)]
pub(super) enum OriginalBytes {
    Held(SharedBytes),
    /// In the file itself. It is mapped when it is wanted, for the view and to be written again: most of the time it is
    /// not, and there may be more files than maps.
    InFile,
}

impl Contents {
    /// Of these bytes, which are decompressed unless `packed` says otherwise.
    pub(super) fn new(
        format: Format,
        bytes: SharedBytes,
        packed: Compression,
        split: Option<&Split>,
    ) -> Self {
        match format.row().access {
            Access::Lines => Self::Lines(bytes),
            Access::WholeFile if split.is_none() => Self::Text(bytes),
            Access::WholeFile | Access::View => {
                Self::Viewed { original: OriginalBytes::Held(bytes), packed, view: None }
            }
        }
    }
}

impl Source {
    /// Its name in the output: relative, unique within the run; of a member, behind that of its archive.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The file it stands in.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// What it holds.
    pub fn format(&self) -> Format {
        self.format
    }

    /// How it is compressed, and its counterpart in the output will be.
    pub fn compression(&self) -> Compression {
        self.compression
    }

    /// The archive it is a member of, by its number in the corpus.
    pub(crate) fn archive(&self) -> Option<usize> {
        self.archive
    }

    /// Its size as it is stored, compressed if it is; that of its content where it is not a file of its own.
    pub(crate) fn stored_bytes(&self) -> u64 {
        match self.state {
            Some(state) if self.archive.is_none() => state.bytes,
            _ => self.lines().len() as u64,
        }
    }

    /// Whether it is a file of text that is one document.
    pub(crate) fn is_document(&self) -> bool {
        matches!(self.contents, Contents::TextFile | Contents::Text(_))
    }

    /// Whether its records are lines whose bytes are in memory.
    pub(crate) fn is_lines(&self) -> bool {
        matches!(self.contents, Contents::Lines(_))
    }

    /// Whether it is read through a view of its fields.
    pub(crate) fn is_viewed(&self) -> bool {
        matches!(self.contents, Contents::Viewed { .. })
    }

    /// Its records as lines of JSON: the source itself, or a view of it.
    pub(crate) fn lines(&self) -> &[u8] {
        match &self.contents {
            Contents::Lines(bytes) => bytes,
            Contents::Viewed { view: Some(view), .. } => &view.lines,
            _ => &[],
        }
    }

    /// Its rejected records, if it has a view.
    pub(super) fn view(&self) -> Option<&View> {
        match &self.contents {
            Contents::Viewed { view, .. } => view.as_ref(),
            _ => None,
        }
    }

    /// Has `work` look at the file of its records; `None` if it is one document.
    fn with_original<T>(&self, work: impl FnOnce(&Original<'_>) -> Result<T>) -> Result<Option<T>> {
        let (bytes, packed) = match &self.contents {
            Contents::Viewed { original: OriginalBytes::Held(bytes), packed, .. } => (bytes.clone(), *packed),
            Contents::Viewed { original: OriginalBytes::InFile, packed, .. } => {
                let file = File::open(&self.path).map_err(Error::io(&self.path, "open it"))?;
                self.check_open(&file)?;
                (SharedBytes::map(&file, &self.path)?, *packed)
            }
            Contents::Lines(bytes) => (bytes.clone(), Compression::None),
            Contents::TextFile | Contents::Text(_) => return Ok(None),
        };
        let (compression, format, path) = (self.compression, self.format, self.path_in_messages());
        work(&Original { bytes: &bytes, packed, compression, format, path }).map(Some)
    }

    /// Checks that a file that was opened again is what it was: what is read now must be what is read at any other time.
    fn check_open(&self, file: &File) -> Result<()> {
        self.state.map_or(Ok(()), |state| state.check_open(file, &self.path))
    }

    /// The file it stands in; a member of an archive by its name.
    fn path_in_messages(&self) -> &Path {
        if self.archive.is_some() { Path::new(&self.name) } else { &self.path }
    }

    /// Checks that its records can be annotated, as far as the first of them tell.
    pub(super) fn check_place_for_annotations(&self, rules: &ReadingRules) -> Result<()> {
        let checked = self.with_original(|original| original.check_place_for_annotations(rules))?;
        checked.ok_or_else(|| {
            let path = self.path_in_messages().to_path_buf();
            Error::NoFieldsToAnnotate { path, format: self.format.name() }
        })
    }

    /// The error for a record of lines that has the field of annotations.
    pub(super) fn annotated_already(&self, record: Option<u32>) -> Error {
        let path = self.path_in_messages().to_path_buf();
        Error::AnnotatedAlready { path, record, field: ANNOTATION_FIELD }
    }

    /// The fields of its first readable record.
    pub(super) fn field_names(&self, rules: &ReadingRules) -> Result<Option<Vec<FieldName>>> {
        Ok(self.with_original(|original| original.field_names(rules))?.flatten())
    }

    /// Whether one of its first records has a field.
    pub(super) fn has_field(&self, path: &FieldPath, rules: &ReadingRules) -> Result<bool> {
        Ok(self.with_original(|original| original.has_field(path, rules))?.unwrap_or(false))
    }

    /// Makes the view, if it is read through one.
    pub(super) fn make_view(
        &mut self,
        wanted: WantedFields<'_>,
        rules: &ReadingRules,
        spools: &Spools,
    ) -> Result<()> {
        if !self.is_viewed() {
            return Ok(());
        }
        let made = self.with_original(|original| {
            let mut writer = ViewWriter::new(spools, rules.max_record_bytes);
            original.view(wanted, rules, &mut writer)?;
            writer.finish()
        })?;
        if let Contents::Viewed { view, .. } = &mut self.contents {
            *view = made;
        }
        Ok(())
    }

    /// Writes those records of a viewed source that are kept, in its format and compression.
    pub(super) fn rewrite(
        &self,
        fields: &Fields,
        rules: &ReadingRules,
        decide: &mut Decide<'_>,
        output: &mut RewriteTarget<'_>,
    ) -> Result<u64> {
        if !self.is_viewed() {
            return Ok(0);
        }
        let failed = |error| Error::io(output.path, "write it")(error);
        let compression = if self.format.compresses_records() { Compression::None } else { self.compression };
        let mut compressor = compression.compress(&mut *output.writer).map_err(failed)?;
        let mut inner = RewriteTarget { writer: &mut compressor, path: output.path, content: output.content };
        let kept = self.with_original(|original| original.rewrite(fields, rules, decide, &mut inner))?;
        compressor.finish().and_then(Write::flush).map_err(failed)?;
        Ok(kept.unwrap_or(0))
    }

    /// Whether its content begins as text in UTF-16 does: with a mark, or with a zero in every other byte.
    pub(crate) fn looks_like_utf16(&self) -> bool {
        const HEAD_BYTES: u8 = 64;
        let mut buffer = Vec::new();
        let of_original = |original: &Original<'_>| {
            Ok(original.bytes[..original.bytes.len().min(HEAD_BYTES.into())].to_vec())
        };
        let original = self.with_original(of_original).unwrap_or_default();
        let head = match &original {
            Some(head) => head,
            None => self.document(HEAD_BYTES.into(), &mut buffer).unwrap_or_default(),
        };
        let has_mark = head.starts_with(&[0xff, 0xfe]) || head.starts_with(&[0xfe, 0xff]);
        let is_zero = |first: usize| head.iter().skip(first).step_by(2).all(|&byte| byte == 0);
        has_mark || head.len() > 1 && (is_zero(0) != is_zero(1))
    }

    /// The whole of a source that is one document, up to one byte beyond `limit`.
    pub(crate) fn document<'a>(&'a self, limit: u64, buffer: &'a mut Vec<u8>) -> Result<&'a [u8]> {
        if let Contents::Text(bytes) = &self.contents {
            let beyond = usize::try_from(limit.saturating_add(1)).unwrap_or(usize::MAX);
            return Ok(&bytes[..bytes.len().min(beyond)]);
        }
        let file = File::open(&self.path).map_err(Error::io(&self.path, "open it"))?;
        self.check_open(&file)?;
        buffer.clear();
        let reader = unpack::reader(self.compression, file, &self.path)?;
        let result = reader.take(limit.saturating_add(1)).read_to_end(buffer);
        result.map_err(unpack::failure(self.compression, &self.path))?;
        Ok(buffer)
    }

    /// What the text of a document is taken to be long, at most.
    pub(super) fn expected_bytes(&self) -> u64 {
        if let Contents::Text(bytes) = &self.contents {
            return bytes.len() as u64;
        }
        let size = self.state.map_or(0, |state| state.bytes);
        match self.compression() {
            Compression::None => size,
            _ => size.saturating_mul(EXPECTED_EXPANSION),
        }
    }

    /// The text of a document in a file of its own, mapped: as it stands or, if it is compressed, unpacked to a temporary
    /// file in `directory`, but for what is beyond `limit` bytes; none if it is mapped already.
    pub(super) fn spill(&self, limit: u64, directory: &Path) -> Result<Option<SpilledText>> {
        if matches!(self.contents, Contents::Text(_)) {
            return Ok(None);
        }
        let file = File::open(&self.path).map_err(Error::io(&self.path, "open it"))?;
        self.check_open(&file)?;
        if self.compression == Compression::None {
            return Ok(Some(SpilledText::mapped(Mapped::new(&file, &self.path)?, &self.path)));
        }
        let mut reader = unpack::reader(self.compression, file, &self.path)?.take(limit.saturating_add(1));
        let mut spool =
            tempfile::tempfile_in(directory).map_err(Error::io(directory, "make a temporary file"))?;
        let mut buffer = vec![0; SPILL_BYTES];
        loop {
            let count = match reader.read(&mut buffer) {
                Ok(0) => break,
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(unpack::failure(self.compression, &self.path)(error)),
            };
            spool.write_all(&buffer[..count]).map_err(Error::io(directory, "write a temporary file"))?;
        }
        Ok(Some(SpilledText::mapped(Mapped::new(&spool, directory)?, directory)))
    }

    pub(super) fn changed(&self) -> Error {
        Error::InputChanged { path: self.path.clone() }
    }
}
