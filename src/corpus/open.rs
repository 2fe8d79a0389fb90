//! Files to sources: what each is, and its bytes within reach.

use std::fs::File;
use std::io::{self, Read, Seek};
use std::path::{Path, PathBuf};

use super::bytes::SharedBytes;
use super::compression::Compression;
use super::discover::{InputFile, is_stdin};
use super::format::{self, ArchiveKind, Format, KNOWN_NAMES, Kind};
use super::options::OpenOptions;
use super::source::{Contents, Source};
use super::unpack::{self, MaxRatio};
use crate::error::{Error, Result};

/// Decompressed bytes looked at to tell what a file is.
pub(super) const HEAD_BYTES: u64 = 1 << 13;

/// Opens a file: maps it, or unpacks it to a temporary file and maps that.
pub(super) fn open(file: InputFile, options: &OpenOptions) -> Result<Opened> {
    let InputFile { path, mut name } = file;
    let is_stdin = is_stdin(&path);
    let mut input = if is_stdin {
        let path = Path::new("standard input");
        let ratio = MaxRatio(options.max_ratio);
        unpack::spool(Compression::None, io::stdin().lock(), path, ratio, &options.temp_dir)?
    } else {
        File::open(&path).map_err(Error::io(&path, "open it"))?
    };
    let (compression, head) = look(&mut input, &path, &name)?;
    let kind = match (options.format, format::detect(&name, &head)) {
        (Some(format), Some(Kind::Records(_)) | None) => Kind::Records(format),
        (None, None) if is_stdin => Kind::Records(Format::JsonLines),
        (_, Some(kind)) => kind,
        (None, None) => return Err(Error::UnknownFormat { path, known: KNOWN_NAMES }),
    };
    let unpacked = |whole: SharedBytes| {
        if compression == Compression::None {
            return Ok(whole);
        }
        let ratio = MaxRatio(options.max_ratio);
        let spool = unpack::spool(compression, &input, &path, ratio, &options.temp_dir)?;
        SharedBytes::map(&spool, &path)
    };
    let format = match kind {
        Kind::Records(format) => format,
        Kind::Archive(kind) => {
            let bytes = unpacked(SharedBytes::map(&input, &path)?)?;
            if is_stdin {
                name.push_str(".archive");
            }
            return open_archive(kind, (path, name), compression, bytes, options);
        }
    };
    if is_stdin {
        name = format!("{name}.{format}");
    }
    let contents = if format == Format::Text && options.split.is_none() && !is_stdin {
        Contents::TextFile
    } else {
        let whole = SharedBytes::map(&input, &path)?;
        if format == Format::Warc && is_packed_by_record(compression, &whole) {
            contents(format, whole, compression, options)
        } else {
            contents(format, unpacked(whole)?, Compression::None, options)
        }
    };
    Ok(Opened::Source(Source { name, path, format, compression, contents, archive: None }))
}

/// What a file turned out to be.
pub(super) enum Opened {
    Source(Source),
    #[cfg(feature = "archives")]
    Archive(super::archives::Opened),
}

#[cfg(feature = "archives")]
fn open_archive(
    kind: ArchiveKind,
    file: (PathBuf, String),
    compression: Compression,
    bytes: SharedBytes,
    options: &OpenOptions,
) -> Result<Opened> {
    super::archives::open(kind, file, compression, bytes, options).map(Opened::Archive)
}

#[cfg(not(feature = "archives"))]
fn open_archive(
    _: ArchiveKind,
    (path, _): (PathBuf, String),
    _: Compression,
    _: SharedBytes,
    _: &OpenOptions,
) -> Result<Opened> {
    Err(unpack::lacks(&path, "archives"))
}

/// What a source of decompressed bytes holds.
pub(super) fn contents(
    format: Format,
    bytes: SharedBytes,
    packed: Compression,
    options: &OpenOptions,
) -> Contents {
    match format {
        Format::JsonLines => Contents::Lines(bytes),
        Format::Text if options.split.is_none() => Contents::Text(bytes),
        _ => Contents::Viewed { original: bytes, packed, view: None },
    }
}

/// Whether a web archive is compressed so that its records can be copied without unpacking them.
#[cfg(feature = "warc")]
pub(super) fn is_packed_by_record(compression: Compression, bytes: &[u8]) -> bool {
    compression == Compression::Gzip && super::formats::warc::is_packed_by_record(bytes)
}

#[cfg(not(feature = "warc"))]
pub(super) fn is_packed_by_record(_: Compression, _: &[u8]) -> bool {
    false
}

/// How a file is compressed, and how its content begins; leaves it at its start.
fn look(input: &mut File, path: &Path, name: &str) -> Result<(Compression, Vec<u8>)> {
    let read = |error| Error::io(path, "read it")(error);
    let mut head = Vec::new();
    // A spool is at its end when it has been filled.
    input.rewind().map_err(read)?;
    input.by_ref().take(HEAD_BYTES).read_to_end(&mut head).map_err(read)?;
    input.rewind().map_err(read)?;
    let compression = compression(name, &head);
    if compression != Compression::None {
        head.clear();
        // What is damaged is told when it is read in earnest.
        drop(unpack::reader(compression, &*input, path)?.take(HEAD_BYTES).read_to_end(&mut head));
        input.rewind().map_err(read)?;
    }
    Ok((compression, head))
}

/// How a file is compressed, by its name and its first bytes: a name is not believed against readable text.
pub(super) fn compression(name: &str, head: &[u8]) -> Compression {
    let by_name = format::of_name(name).map_or(Compression::None, |(_, compression)| compression);
    match Compression::of_content(head) {
        Compression::None if format::is_text(head) => Compression::None,
        Compression::None => by_name,
        found => found,
    }
}
