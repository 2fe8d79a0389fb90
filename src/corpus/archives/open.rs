//! Archives of either kind: opened, and written again.

use std::io::Write;
use std::path::{Path, PathBuf};

use super::archive::{Archive, WriteMember};
use super::finder::Finder;
use super::{tar, zip};
use crate::corpus::bytes::SharedBytes;
use crate::corpus::compression::Compression;
use crate::corpus::file_state::FileState;
use crate::corpus::options::OpenOptions;
use crate::corpus::recognise::ArchiveKind;
use crate::corpus::source::Source;
use crate::corpus::spool::Spools;
use crate::error::{Error, Result};

/// An archive, opened.
pub(in crate::corpus) struct OpenedArchive {
    pub archive: Archive,
    pub sources: Vec<Source>,
    /// Members that are files of unknown kinds.
    pub skipped: Vec<PathBuf>,
}

/// Opens an archive of these bytes.
pub(in crate::corpus) fn open(
    kind: ArchiveKind,
    (path, name): (PathBuf, String),
    state: Option<FileState>,
    compression: Compression,
    bytes: SharedBytes,
    options: &OpenOptions,
    spools: &Spools,
) -> Result<OpenedArchive> {
    let mut found = Finder::new(&path, &name, options, spools);
    let members = match kind {
        ArchiveKind::Tar => tar::open(&bytes, &mut found)?,
        ArchiveKind::Zip => zip::open(&bytes, &mut found)?,
    };
    let (sources, skipped) = found.finish(&bytes);
    let temp_dir = options.temp_dir.clone();
    let archive = Archive { name, path, state, kind, compression, bytes, members, temp_dir };
    Ok(OpenedArchive { archive, sources, skipped })
}

impl Archive {
    /// Writes it again, with its members as `member` writes them; returns the number of records.
    pub(crate) fn rewrite(
        &self,
        member: &mut WriteMember<'_>,
        writer: &mut dyn Write,
        path: &Path,
    ) -> Result<u64> {
        let failed = |error| Error::io(path, "write it")(error);
        let mut compressor = self.compression.compress(writer).map_err(failed)?;
        let kept = match self.kind {
            ArchiveKind::Tar => tar::rewrite(self, member, &mut compressor, path)?,
            ArchiveKind::Zip => zip::rewrite(self, member, &mut compressor, path)?,
        };
        compressor.finish().and_then(Write::flush).map_err(failed)?;
        Ok(kept)
    }
}
