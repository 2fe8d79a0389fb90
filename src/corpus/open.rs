//! Files to sources: what each is, and its bytes within reach.

use std::fs::File;
use std::io::{self, Read, Seek};
use std::path::{Path, PathBuf};

use super::bytes::SharedBytes;
use super::compression::Compression;
use super::discover::is_stdin;
use super::file_state::FileState;
use super::format::Format;
use super::formats::Access;
use super::naming::{InputFile, InputKind};
use super::options::OpenOptions;
use super::recognise::{self, ArchiveKind, FileKind, HEAD_BYTES, KNOWN_NAMES};
use super::source::{Contents, OriginalBytes, Source};
use super::spool::Spools;
use super::unpack::{self, MaxRatio};
use crate::error::{Error, Result};

/// Opens a file: brings its bytes within reach, unpacked if it is compressed.
pub(super) fn open(file: InputFile, options: &OpenOptions, spools: &Spools) -> Result<OpenedFile> {
    let InputFile { path, mut name, kind } = file;
    let opened = Opening::new(&path, kind, options, spools)?;
    let (compression, unpacked_head) = opened.look(&name)?;
    let head = unpacked_head.as_deref().unwrap_or(opened.head());
    let file_kind = match (options.format, recognise::detect(&name, head)) {
        (Some(format), Some(FileKind::Records(_)) | None) => FileKind::Records(format),
        (None, None) if kind == InputKind::Stream => FileKind::Records(Format::JsonLines),
        (_, Some(kind)) => kind,
        (None, None) => return Err(Error::UnknownFormat { path, known: &KNOWN_NAMES }),
    };
    let state = opened.state();
    let format = match file_kind {
        FileKind::Records(format) => format,
        FileKind::Archive(kind) => {
            let bytes = opened.unpacked(compression)?;
            if is_stdin(&path) {
                name.push_str(".archive");
            }
            return open_archive(kind, (path, name), state, compression, bytes, options, spools);
        }
    };
    if is_stdin(&path) {
        name = format!("{name}.{format}");
    }
    let (access, split) = (format.row().access, options.split.as_ref());
    let is_viewed = access == Access::View || access == Access::WholeFile && split.is_some();
    let is_file = kind == InputKind::File;
    let contents = if is_viewed {
        let is_packed_by_record = compression != Compression::None
            && format.is_packed_by_record(compression, &opened.where_it_stands()?);
        let packed = if is_packed_by_record { compression } else { Compression::None };
        let original = match packed == compression {
            true if is_file => OriginalBytes::InFile,
            true => OriginalBytes::Held(opened.where_it_stands()?),
            false => OriginalBytes::Held(opened.unpacked(compression)?),
        };
        Contents::Viewed { original, packed, view: None }
    } else if access == Access::WholeFile && is_file {
        Contents::TextFile
    } else {
        Contents::new(format, opened.unpacked(compression)?, Compression::None, split)
    };
    Ok(OpenedFile::Source(Source { name, path, format, compression, contents, archive: None, state }))
}

/// A file or a stream that is being opened.
struct Opening<'a> {
    path: &'a Path,
    input: OpenInput,
    ratio: MaxRatio,
    spools: &'a Spools,
}

enum OpenInput {
    /// With its beginning.
    File(File, FileState, Vec<u8>),
    /// Read to its end.
    Stream(SharedBytes),
}

impl<'a> Opening<'a> {
    fn new(path: &'a Path, kind: InputKind, options: &OpenOptions, spools: &'a Spools) -> Result<Self> {
        let ratio = MaxRatio(options.max_ratio);
        let open = || File::open(path).map_err(Error::io(path, "open it"));
        let input = match kind {
            InputKind::Stream if is_stdin(path) => {
                let path = Path::new("standard input");
                OpenInput::Stream(unpack::spool(Compression::None, io::stdin().lock(), path, ratio, spools)?)
            }
            InputKind::Stream => {
                OpenInput::Stream(unpack::spool(Compression::None, open()?, path, ratio, spools)?)
            }
            InputKind::File => {
                let file = open()?;
                let state = FileState::of_open(&file, path)?;
                let most = state.bytes.min(HEAD_BYTES);
                let mut head = Vec::with_capacity(usize::try_from(most).unwrap_or_default());
                // No more than its size, so that most small files are read in one go.
                (&file).take(most).read_to_end(&mut head).map_err(Error::io(path, "read it"))?;
                OpenInput::File(file, state, head)
            }
        };
        Ok(Self { path, input, ratio, spools })
    }

    /// None of a stream.
    fn state(&self) -> Option<FileState> {
        match &self.input {
            OpenInput::File(_, state, _) => Some(*state),
            OpenInput::Stream(_) => None,
        }
    }

    /// How its content begins, as it stands.
    fn head(&self) -> &[u8] {
        match &self.input {
            OpenInput::File(_, _, head) => head,
            OpenInput::Stream(bytes) => &bytes[..bytes.len().min(usize::try_from(HEAD_BYTES).unwrap_or(0))],
        }
    }

    /// Its content from the start.
    fn reader(&self) -> Result<Box<dyn Read + '_>> {
        match &self.input {
            OpenInput::File(_, state, head) if state.bytes <= head.len() as u64 => Ok(Box::new(&**head)),
            OpenInput::File(file, ..) => {
                let mut file = file;
                file.rewind().map_err(Error::io(self.path, "read it"))?;
                Ok(Box::new(file))
            }
            OpenInput::Stream(bytes) => Ok(Box::new(&**bytes)),
        }
    }

    /// How it is compressed; and how its content begins if it is, unpacked.
    fn look(&self, name: &str) -> Result<(Compression, Option<Vec<u8>>)> {
        let compression = recognise::compression(name, self.head());
        if compression == Compression::None {
            return Ok((compression, None));
        }
        let mut head = Vec::new();
        // What is damaged is told when it is read in earnest.
        drop(unpack::reader(compression, self.reader()?, self.path)?.take(HEAD_BYTES).read_to_end(&mut head));
        Ok((compression, Some(head)))
    }

    /// A map of the file itself, for a moment; of a stream what was read.
    fn where_it_stands(&self) -> Result<SharedBytes> {
        match &self.input {
            OpenInput::File(file, ..) => SharedBytes::map(file, self.path),
            OpenInput::Stream(bytes) => Ok(bytes.clone()),
        }
    }

    /// Its content, unpacked and within reach.
    fn unpacked(&self, compression: Compression) -> Result<SharedBytes> {
        match &self.input {
            _ if compression != Compression::None => {
                unpack::spool(compression, self.reader()?, self.path, self.ratio, self.spools)
            }
            OpenInput::File(file, state, head) => self.spools.whole(file, state.bytes, head, self.path),
            OpenInput::Stream(bytes) => Ok(bytes.clone()),
        }
    }
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
    spools: &Spools,
) -> Result<OpenedFile> {
    super::archives::open(kind, file, state, compression, bytes, options, spools).map(OpenedFile::Archive)
}

#[cfg(not(feature = "archives"))]
fn open_archive(
    _: ArchiveKind,
    (path, _): (PathBuf, String),
    _: Option<FileState>,
    _: Compression,
    _: SharedBytes,
    _: &OpenOptions,
    _: &Spools,
) -> Result<OpenedFile> {
    Err(unpack::lacks(&path, "archives"))
}
