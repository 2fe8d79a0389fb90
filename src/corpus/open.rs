//! Files to sources: what each is, and its bytes within reach.

use std::fs::File;
use std::io::{self, Read, Seek};
use std::path::{Path, PathBuf};

use super::bytes::SharedBytes;
use super::compression::Compression;
use super::discover::{InputFile, is_stdin};
use super::file_state::FileState;
use super::format::Format;
use super::formats::Access;
use super::options::OpenOptions;
use super::recognise::{self, ArchiveKind, FileKind, HEAD_BYTES, KNOWN_NAMES};
use super::source::{Contents, Source};
use super::unpack::{self, MaxRatio};
use crate::error::{Error, Result};

/// Opens a file: maps it, or unpacks it to a temporary file and maps that.
pub(super) fn open(file: InputFile, options: &OpenOptions) -> Result<OpenedFile> {
    let InputFile { path, mut name } = file;
    let is_stdin = is_stdin(&path);
    let mut input = if is_stdin {
        let path = Path::new("standard input");
        let ratio = MaxRatio(options.max_ratio);
        unpack::spool(Compression::None, io::stdin().lock(), path, ratio, &options.temp_dir)?
    } else {
        File::open(&path).map_err(Error::io(&path, "open it"))?
    };
    let state = if is_stdin { None } else { Some(FileState::of_open(&input, &path)?) };
    let (compression, head) = look(&mut input, &path, &name)?;
    let kind = match (options.format, recognise::detect(&name, &head)) {
        (Some(format), Some(FileKind::Records(_)) | None) => FileKind::Records(format),
        (None, None) if is_stdin => FileKind::Records(Format::JsonLines),
        (_, Some(kind)) => kind,
        (None, None) => return Err(Error::UnknownFormat { path, known: &KNOWN_NAMES }),
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
        FileKind::Records(format) => format,
        FileKind::Archive(kind) => {
            let bytes = unpacked(SharedBytes::map(&input, &path)?)?;
            if is_stdin {
                name.push_str(".archive");
            }
            return open_archive(kind, (path, name), state, compression, bytes, options);
        }
    };
    if is_stdin {
        name = format!("{name}.{format}");
    }
    let contents = if format.row().access == Access::WholeFile && options.split.is_none() && !is_stdin {
        Contents::TextFile
    } else {
        let whole = SharedBytes::map(&input, &path)?;
        let split = options.split.as_ref();
        if format.is_packed_by_record(compression, &whole) {
            Contents::new(format, whole, compression, split)
        } else {
            Contents::new(format, unpacked(whole)?, Compression::None, split)
        }
    };
    Ok(OpenedFile::Source(Source { name, path, format, compression, contents, archive: None, state }))
}

/// What a file turned out to be.
pub(super) enum OpenedFile {
    Source(Source),
    #[cfg(feature = "archives")]
    Archive(super::archives::OpenedArchive),
}

#[cfg(feature = "archives")]
fn open_archive(
    kind: ArchiveKind,
    file: (PathBuf, String),
    state: Option<FileState>,
    compression: Compression,
    bytes: SharedBytes,
    options: &OpenOptions,
) -> Result<OpenedFile> {
    super::archives::open(kind, file, state, compression, bytes, options).map(OpenedFile::Archive)
}

#[cfg(not(feature = "archives"))]
fn open_archive(
    _: ArchiveKind,
    (path, _): (PathBuf, String),
    _: Option<FileState>,
    _: Compression,
    _: SharedBytes,
    _: &OpenOptions,
) -> Result<OpenedFile> {
    Err(unpack::lacks(&path, "archives"))
}

/// How a file is compressed, and how its content begins; leaves it at its start.
fn look(input: &mut File, path: &Path, name: &str) -> Result<(Compression, Vec<u8>)> {
    let read = |error| Error::io(path, "read it")(error);
    let mut head = Vec::new();
    // A spool is at its end when it has been filled.
    input.rewind().map_err(read)?;
    input.by_ref().take(HEAD_BYTES).read_to_end(&mut head).map_err(read)?;
    input.rewind().map_err(read)?;
    let compression = recognise::compression(name, &head);
    if compression != Compression::None {
        head.clear();
        // What is damaged is told when it is read in earnest.
        drop(unpack::reader(compression, &*input, path)?.take(HEAD_BYTES).read_to_end(&mut head));
        input.rewind().map_err(read)?;
    }
    Ok((compression, head))
}
