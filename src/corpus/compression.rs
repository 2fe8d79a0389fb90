//! Compressed files: unpacked once, to a temporary file.

use std::fs::File;
use std::io::{self, BufWriter, Read, Write};
use std::path::Path;

use crate::error::{Error, Result};

/// How a file is compressed. The output is compressed alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    /// Not at all.
    None,
    /// gzip, possibly of many members.
    Gzip,
    /// Zstandard, possibly of many frames.
    Zstd,
}

/// Bytes moved at a time.
const BUFFER_BYTES: usize = 1 << 18;

/// The widest window accepted, as a power of two: what `zstd --long=31` makes.
const ZSTD_WINDOW_LOG: u32 = 31;

impl Compression {
    /// Recognises a file by its name; the second value is the name without the compression's ending.
    pub fn of_name(name: &str) -> (Self, &str) {
        for (ending, compression) in [(".gz", Self::Gzip), (".zst", Self::Zstd)] {
            if let Some(inner) = name.strip_suffix(ending) {
                return (compression, inner);
            }
        }
        (Self::None, name)
    }

    /// Copies `input` to a nameless temporary file in `directory`, decompressed.
    pub(super) fn spool(self, input: impl Read, path: &Path, directory: &Path) -> Result<File> {
        let spool =
            tempfile::tempfile_in(directory).map_err(Error::io(directory, "make a temporary file"))?;
        let mut reader: Box<dyn Read> = match self {
            Self::None => Box::new(input),
            Self::Gzip => Box::new(flate2::read::MultiGzDecoder::new(input)),
            Self::Zstd => {
                let mut decoder =
                    zstd::Decoder::new(input).map_err(Error::io(path, "start decompressing"))?;
                decoder.window_log_max(ZSTD_WINDOW_LOG).map_err(Error::io(path, "start decompressing"))?;
                Box::new(decoder)
            }
        };
        let mut writer = BufWriter::with_capacity(BUFFER_BYTES, &spool);
        let mut buffer = vec![0; BUFFER_BYTES];
        loop {
            let count = match reader.read(&mut buffer) {
                Ok(0) => break,
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(source) if self == Self::None => {
                    return Err(Error::io(path, "read it")(source));
                }
                Err(source) => return Err(Error::Damaged { path: path.to_path_buf(), source }),
            };
            writer.write_all(&buffer[..count]).map_err(Error::io(directory, "write a temporary file"))?;
        }
        writer.flush().map_err(Error::io(directory, "write a temporary file"))?;
        drop(writer);
        Ok(spool)
    }

    /// Wraps a writer so that what is written is compressed. Call [`Compressor::finish`] at the end.
    pub(crate) fn compress<W: Write>(self, writer: W) -> io::Result<Compressor<W>> {
        Ok(match self {
            Self::None => Compressor::None(writer),
            Self::Gzip => {
                Compressor::Gzip(flate2::write::GzEncoder::new(writer, flate2::Compression::default()))
            }
            Self::Zstd => Compressor::Zstd(zstd::Encoder::new(writer, zstd::DEFAULT_COMPRESSION_LEVEL)?),
        })
    }
}

/// A writer that compresses.
pub(crate) enum Compressor<W: Write> {
    None(W),
    Gzip(flate2::write::GzEncoder<W>),
    Zstd(zstd::Encoder<'static, W>),
}

impl<W: Write> Compressor<W> {
    /// Writes what is buffered and the end mark, and gives the inner writer back.
    pub(crate) fn finish(self) -> io::Result<W> {
        match self {
            Self::None(writer) => Ok(writer),
            Self::Gzip(encoder) => encoder.finish(),
            Self::Zstd(encoder) => encoder.finish(),
        }
    }
}

impl<W: Write> Write for Compressor<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::None(writer) => writer.write(bytes),
            Self::Gzip(encoder) => encoder.write(bytes),
            Self::Zstd(encoder) => encoder.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::None(writer) => writer.flush(),
            Self::Gzip(encoder) => encoder.flush(),
            Self::Zstd(encoder) => encoder.flush(),
        }
    }
}
