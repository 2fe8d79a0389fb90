//! The members of an archive that become sources.
#![allow(
    clippy::cast_possible_truncation,
    reason = "a record is at most 4 GiB, which is checked where it is framed; a mapped file fits the address space"
)]

use std::io::{Read, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};

use crate::corpus::bytes::SharedBytes;
use crate::corpus::compression::Compression;
use crate::corpus::format::Format;
use crate::corpus::options::OpenOptions;
use crate::corpus::recognise::{FileKind, HEAD_BYTES, compression, detect, of_name};
use crate::corpus::source::{Contents, Source};
use crate::corpus::spool::Spools;
use crate::corpus::unpack::{self, MaxRatio};
use crate::error::Result;

/// Gathers the members that are sources.
pub(super) struct Finder<'a> {
    pub(super) path: &'a Path,
    name: &'a str,
    options: &'a OpenOptions,
    spools: &'a Spools,
    found: Vec<FoundMember>,
    skipped: Vec<PathBuf>,
}

struct FoundMember {
    name: String,
    format: Format,
    compression: Compression,
    content: MemberBytes,
    packed_by_record: bool,
}

enum MemberBytes {
    /// A range of the archive.
    Inside(Range<usize>),
    /// Unpacked.
    Spooled(SharedBytes),
}

impl<'a> Finder<'a> {
    pub(super) fn new(path: &'a Path, name: &'a str, options: &'a OpenOptions, spools: &'a Spools) -> Self {
        Self { path, name, options, spools, found: Vec::new(), skipped: Vec::new() }
    }

    /// Whether a member with this name is to be a source; remembers those that are not.
    pub(super) fn wants(&mut self, name: &str) -> bool {
        let base = name.rsplit('/').next().unwrap_or(name);
        let is_hidden = base.starts_with('.');
        let is_known =
            matches!(of_name(base), Some((FileKind::Records(_), _))) || self.options.format.is_some();
        if !is_hidden && !is_known {
            self.skip(name);
        }
        is_known && !is_hidden
    }

    pub(super) fn skip(&mut self, name: &str) {
        self.skipped.push(self.path.join(name.trim_start_matches('/')));
    }

    /// Adds a member that stands in the archive as it is.
    pub(super) fn add_inside(&mut self, name: &str, archive: &[u8], range: Range<usize>) -> Result<usize> {
        let bytes = &archive[range.clone()];
        let head = &bytes[..bytes.len().min(HEAD_BYTES as usize)];
        let compression = compression(name, head);
        if compression == Compression::None {
            let format = self.format(name, head);
            return Ok(self.push(name, format, compression, MemberBytes::Inside(range), false));
        }
        let format = self.format(name, &unpacked_head(compression, bytes, self.path));
        if format.is_packed_by_record(compression, bytes) {
            return Ok(self.push(name, format, compression, MemberBytes::Inside(range), true));
        }
        self.add_packed(name, compression, bytes, bytes.len() as u64)
    }

    /// Adds a member that has to be unpacked: `input` gives it, out of `packed` bytes of the archive.
    pub(super) fn add_packed(
        &mut self,
        name: &str,
        compression: Compression,
        input: impl Read,
        packed: u64,
    ) -> Result<usize> {
        let ratio = MaxRatio(self.options.max_ratio);
        let path = self.path;
        let (mut head, mut total) = (Vec::new(), 0);
        let mut spool = self.spools.writer();
        unpack::unpack(compression, input, path, ratio, &mut |bytes| {
            total += bytes.len() as u64;
            ratio.check(packed, total, path)?;
            let missing = (HEAD_BYTES as usize).saturating_sub(head.len());
            head.extend_from_slice(&bytes[..bytes.len().min(missing)]);
            spool.write_all(bytes).map_err(|error| self.spools.failed(error))
        })?;
        let format = self.format(name, &head);
        Ok(self.push(name, format, compression, MemberBytes::Spooled(spool.finish()?), false))
    }

    /// The format of a member. One that turns out to be an archive within the archive is read as its name says, and
    /// rejected.
    fn format(&self, name: &str, head: &[u8]) -> Format {
        let by_name = match of_name(name) {
            Some((FileKind::Records(format), _)) => format,
            _ => Format::Text,
        };
        self.options.format.unwrap_or(match detect(name, head) {
            Some(FileKind::Records(format)) => format,
            _ => by_name,
        })
    }

    fn push(
        &mut self,
        name: &str,
        format: Format,
        compression: Compression,
        content: MemberBytes,
        packed_by_record: bool,
    ) -> usize {
        let name = format!("{}/{name}", self.name);
        self.found.push(FoundMember { name, format, compression, content, packed_by_record });
        self.found.len() - 1
    }

    pub(super) fn finish(self, archive: &SharedBytes) -> (Vec<Source>, Vec<PathBuf>) {
        let sources = self.found.into_iter().map(|found| {
            let FoundMember { name, format, compression, content, packed_by_record } = found;
            let bytes = match content {
                MemberBytes::Spooled(bytes) => bytes,
                MemberBytes::Inside(range) => archive.part(range),
            };
            let packed = if packed_by_record { compression } else { Compression::None };
            let contents = Contents::new(format, bytes, packed, self.options.split.as_ref());
            Source {
                name,
                path: self.path.to_path_buf(),
                format,
                compression,
                contents,
                archive: None,
                state: None,
            }
        });
        (sources.collect(), self.skipped)
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
