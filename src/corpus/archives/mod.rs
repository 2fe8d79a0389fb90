//! Archives: files that hold files.
//!
//! Members whose names are known become sources of their own, called after the archive and the member. Members that
//! are compressed are unpacked to one temporary file for the whole archive. Writing goes through the archive again in
//! its order: members that were sources are written anew under their old names, dates and modes, and all others are
//! copied as they stand. The name of a member is only ever written into an archive, never taken for a path.

mod names;
mod tar;
mod zip;
mod zip_directory;

use std::fs::File;
use std::io::{BufWriter, Read, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};

use super::bytes::SharedBytes;
use super::compression::Compression;
use super::format::{self, ArchiveKind, Format, Kind};
use super::open::{self, HEAD_BYTES};
use super::options::OpenOptions;
use super::source::Source;
use super::unpack::{self, MaxRatio};
use crate::error::{Error, Result};

/// An archive among the inputs.
#[derive(Debug)]
pub(crate) struct Archive {
    name: String,
    path: PathBuf,
    kind: ArchiveKind,
    compression: Compression,
    /// The archive, decompressed.
    bytes: SharedBytes,
    members: Vec<Member>,
    temp_dir: PathBuf,
}

/// A member in the archive's order.
#[derive(Debug)]
struct Member {
    place: Place,
    /// Which of the archive's sources it is, if any.
    source: Option<usize>,
    /// The name that it is written under, if an earlier member has its own.
    another_name: Option<String>,
}

/// Where a member stands.
#[derive(Clone, Debug)]
enum Place {
    Tar(tar::Entry),
    /// Number in the central directory.
    Zip(usize),
}

/// An archive, opened.
pub(super) struct Opened {
    pub archive: Archive,
    pub sources: Vec<Source>,
    /// Members that are files of unknown kinds.
    pub skipped: Vec<PathBuf>,
}

/// Writes a member that is a source; `None` if nothing of it is left, else the number of records.
pub(crate) type WriteMember<'a> = dyn FnMut(usize, &mut dyn Write) -> Result<Option<u64>> + 'a;

impl Archive {
    /// Its name in the output.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

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

    fn malformed(&self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
        malformed(self.kind, &self.path, source)
    }
}

fn malformed(
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

/// Opens an archive of these bytes.
pub(super) fn open(
    kind: ArchiveKind,
    (path, name): (PathBuf, String),
    compression: Compression,
    bytes: SharedBytes,
    options: &OpenOptions,
) -> Result<Opened> {
    let mut found = Finder::new(&path, &name, options);
    let members = match kind {
        ArchiveKind::Tar => tar::open(&bytes, &mut found)?,
        ArchiveKind::Zip => zip::open(&bytes, &mut found)?,
    };
    let (sources, skipped) = found.finish(&bytes)?;
    let temp_dir = options.temp_dir.clone();
    let archive = Archive { name, path, kind, compression, bytes, members, temp_dir };
    Ok(Opened { archive, sources, skipped })
}

/// Gathers the members that are sources.
struct Finder<'a> {
    path: &'a Path,
    name: &'a str,
    options: &'a OpenOptions,
    found: Vec<Found>,
    skipped: Vec<PathBuf>,
    /// What had to be unpacked, one after the other.
    spool: Option<BufWriter<File>>,
    spooled: usize,
}

struct Found {
    name: String,
    format: Format,
    compression: Compression,
    content: Content,
    packed_by_record: bool,
}

enum Content {
    /// A range of the archive.
    Inside(Range<usize>),
    /// A range of the spool.
    Spooled(Range<usize>),
}

impl<'a> Finder<'a> {
    fn new(path: &'a Path, name: &'a str, options: &'a OpenOptions) -> Self {
        let (found, skipped) = (Vec::new(), Vec::new());
        Self { path, name, options, found, skipped, spool: None, spooled: 0 }
    }

    /// Whether a member with this name is to be a source; remembers those that are not.
    fn wants(&mut self, name: &str) -> bool {
        let base = name.rsplit('/').next().unwrap_or(name);
        let is_hidden = base.starts_with('.');
        let is_known =
            matches!(format::of_name(base), Some((Kind::Records(_), _))) || self.options.format.is_some();
        if !is_hidden && !is_known {
            self.skip(name);
        }
        is_known && !is_hidden
    }

    fn skip(&mut self, name: &str) {
        self.skipped.push(self.path.join(name.trim_start_matches('/')));
    }

    /// Adds a member that stands in the archive as it is.
    fn add_inside(&mut self, name: &str, archive: &[u8], range: Range<usize>) -> Result<usize> {
        let bytes = &archive[range.clone()];
        let head = &bytes[..bytes.len().min(HEAD_BYTES as usize)];
        let compression = open::compression(name, head);
        let packed_by_record = open::is_packed_by_record(compression, bytes)
            && self.format(name, &unpacked_head(compression, bytes, self.path)) == Format::Warc;
        if compression == Compression::None || packed_by_record {
            let head = if packed_by_record { b"WARC/" } else { head };
            let format = self.format(name, head);
            return Ok(self.push(name, format, compression, Content::Inside(range), packed_by_record));
        }
        self.add_packed(name, compression, bytes, bytes.len() as u64)
    }

    /// Adds a member that has to be unpacked: `input` gives it, out of `packed` bytes of the archive.
    fn add_packed(
        &mut self,
        name: &str,
        compression: Compression,
        input: impl Read,
        packed: u64,
    ) -> Result<usize> {
        let directory = &self.options.temp_dir;
        let failed = |error| Error::io(directory, "write a temporary file")(error);
        let spool = match &mut self.spool {
            Some(spool) => spool,
            none => {
                let file = tempfile::tempfile_in(directory).map_err(failed)?;
                none.insert(BufWriter::new(file))
            }
        };
        let ratio = MaxRatio(self.options.max_ratio);
        let (path, start) = (self.path, self.spooled);
        let (mut head, mut total) = (Vec::new(), 0);
        unpack::unpack(compression, input, path, ratio, &mut |bytes| {
            total += bytes.len();
            ratio.check(packed, total as u64, path)?;
            let missing = (HEAD_BYTES as usize).saturating_sub(head.len());
            head.extend_from_slice(&bytes[..bytes.len().min(missing)]);
            spool.write_all(bytes).map_err(failed)
        })?;
        self.spooled += total;
        let format = self.format(name, &head);
        Ok(self.push(name, format, compression, Content::Spooled(start..start + total), false))
    }

    /// The format of a member. One that turns out to be an archive within the archive is read as its name says, and
    /// rejected.
    fn format(&self, name: &str, head: &[u8]) -> Format {
        let by_name = match format::of_name(name) {
            Some((Kind::Records(format), _)) => format,
            _ => Format::Text,
        };
        self.options.format.unwrap_or(match format::detect(name, head) {
            Some(Kind::Records(format)) => format,
            _ => by_name,
        })
    }

    fn push(
        &mut self,
        name: &str,
        format: Format,
        compression: Compression,
        content: Content,
        packed_by_record: bool,
    ) -> usize {
        let name = format!("{}/{name}", self.name);
        self.found.push(Found { name, format, compression, content, packed_by_record });
        self.found.len() - 1
    }

    fn finish(self, archive: &SharedBytes) -> Result<(Vec<Source>, Vec<PathBuf>)> {
        let directory = &self.options.temp_dir;
        let spool = match self.spool {
            Some(spool) => {
                let failed = Error::io(directory, "write a temporary file");
                Some(SharedBytes::map(
                    &spool.into_inner().map_err(|error| failed(error.into_error()))?,
                    directory,
                )?)
            }
            None => None,
        };
        let sources = self.found.into_iter().map(|found| {
            let Found { name, format, compression, content, packed_by_record } = found;
            let bytes = match (content, &spool) {
                (Content::Spooled(range), Some(spool)) => spool.part(range),
                (Content::Inside(range) | Content::Spooled(range), _) => archive.part(range),
            };
            let packed = if packed_by_record { compression } else { Compression::None };
            let contents = open::contents(format, bytes, packed, self.options);
            Source { name, path: self.path.to_path_buf(), format, compression, contents, archive: None }
        });
        Ok((sources.collect(), self.skipped))
    }
}

/// The beginning of what `bytes` unpack to.
fn unpacked_head(compression: Compression, bytes: &[u8], path: &Path) -> Vec<u8> {
    let mut head = Vec::new();
    if let Ok(reader) = unpack::reader(compression, bytes, path) {
        // What is damaged is told when it is read in earnest.
        drop(reader.take(HEAD_BYTES).read_to_end(&mut head));
    }
    head
}

/// A member written to memory if it is a small text, as most are, else to a temporary file.
fn made(
    archive: &Archive,
    source: usize,
    member: &mut WriteMember<'_>,
) -> Result<Option<(tempfile::SpooledTempFile, u64, u64)>> {
    use std::io::{Seek, SeekFrom};
    let failed = |error| Error::io(&archive.temp_dir, "write a temporary file")(error);
    let mut file = tempfile::SpooledTempFile::new_in(MEMBER_IN_MEMORY_BYTES, &archive.temp_dir);
    let Some(kept) = member(source, &mut file)? else { return Ok(None) };
    let length = file.stream_position().map_err(failed)?;
    file.seek(SeekFrom::Start(0)).map_err(failed)?;
    Ok(Some((file, length, kept)))
}

/// Members up to this size are put together in memory.
const MEMBER_IN_MEMORY_BYTES: usize = 4 << 20;
