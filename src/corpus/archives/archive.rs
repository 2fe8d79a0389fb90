//! An archive and its members.

use std::io::{Seek, SeekFrom, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};

use crate::corpus::bytes::SharedBytes;
use crate::corpus::compression::Compression;
use crate::corpus::file_state::FileState;
use crate::corpus::recognise::ArchiveKind;
use crate::error::{Error, Result};

/// Members up to this size are put together in memory.
const MEMBER_IN_MEMORY_BYTES: usize = 4 << 20;

/// An archive among the inputs.
#[derive(Debug)]
pub(crate) struct Archive {
    pub(super) name: String,
    pub(super) path: PathBuf,
    /// What its file was when it was opened; none of a stream.
    pub(super) state: Option<FileState>,
    pub(super) kind: ArchiveKind,
    pub(super) compression: Compression,
    /// The archive, decompressed.
    pub(super) bytes: SharedBytes,
    pub(super) members: Vec<ArchiveMember>,
    pub(super) temp_dir: PathBuf,
}

/// A member in the archive's order.
#[derive(Debug)]
pub(super) struct ArchiveMember {
    pub(super) place: Place,
    /// Which of the archive's sources it is, if any.
    pub(super) source: Option<usize>,
    /// The name that it is written under, if an earlier member has its own.
    pub(super) another_name: Option<String>,
}

/// Where a member stands.
#[derive(Clone, Debug)]
pub(super) enum Place {
    Tar(TarEntry),
    /// Number in the central directory.
    Zip(usize),
}

/// Where a member of a tape archive stands.
#[derive(Clone, Debug)]
pub(super) struct TarEntry {
    /// With the extensions before its head, and what fills its last block.
    pub whole: Range<usize>,
    /// First byte of its head.
    pub head: usize,
}

/// Writes a member that is a source; `None` if nothing of it is left, else the number of records.
pub(crate) type WriteMember<'a> = dyn FnMut(usize, &mut dyn Write) -> Result<Option<u64>> + 'a;

impl Archive {
    /// Its name in the output.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// What its file was when it was opened; none of a stream.
    pub(in crate::corpus) fn state(&self) -> Option<FileState> {
        self.state
    }

    /// Checks that its file is what it was.
    pub(in crate::corpus) fn check_unchanged(&self) -> Result<()> {
        self.state.map_or(Ok(()), |state| state.check(&self.path))
    }

    pub(super) fn malformed(&self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
        malformed(self.kind, &self.path, source)
    }
}

pub(super) fn malformed(
    kind: ArchiveKind,
    path: &Path,
    source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
) -> Error {
    let format = match kind {
        ArchiveKind::Tar => "tar",
        ArchiveKind::Zip => "zip",
    };
    Error::Malformed { path: path.to_path_buf(), format, source: source.into() }
}

/// A member written to memory if it is a small text, as most are, else to a temporary file.
pub(super) fn made(
    archive: &Archive,
    source: usize,
    member: &mut WriteMember<'_>,
) -> Result<Option<(tempfile::SpooledTempFile, u64, u64)>> {
    let failed = |error| Error::io(&archive.temp_dir, "write a temporary file")(error);
    let mut file = tempfile::SpooledTempFile::new_in(MEMBER_IN_MEMORY_BYTES, &archive.temp_dir);
    let Some(kept) = member(source, &mut file)? else { return Ok(None) };
    let length = file.stream_position().map_err(failed)?;
    file.seek(SeekFrom::Start(0)).map_err(failed)?;
    Ok(Some((file, length, kept)))
}
