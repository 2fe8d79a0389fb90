//! How files are compressed: names, magic bytes, and compressing alike.

use std::io::{self, Write};

/// How a file is compressed. The output is compressed alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Compression {
    /// Not at all.
    None,
    /// gzip, possibly of many members.
    Gzip,
    /// Zstandard, possibly of many frames.
    Zstd,
    /// bzip2, possibly of many streams.
    Bzip2,
    /// xz, possibly of many streams.
    Xz,
    /// LZ4, possibly of many frames.
    Lz4,
}

/// What xz compresses with where nothing else is asked for.
#[cfg(feature = "xz")]
const XZ_PRESET: u32 = 6;

/// The ending that each adds to a name.
const ENDINGS: &[(&str, Compression)] = &[
    (".gz", Compression::Gzip),
    (".zst", Compression::Zstd),
    (".bz2", Compression::Bzip2),
    (".xz", Compression::Xz),
    (".lz4", Compression::Lz4),
];

impl Compression {
    /// Recognises a file by its name; the second value is the name without the compression's ending.
    pub fn of_name(name: &str) -> (Self, &str) {
        for &(ending, compression) in ENDINGS {
            if let Some(inner) = name.strip_suffix(ending) {
                return (compression, inner);
            }
        }
        (Self::None, name)
    }

    /// The endings of compressed files, for messages: `.gz, .zst or .xz`.
    pub(super) fn endings() -> String {
        let (last, others) = ENDINGS.split_last().expect("there are some");
        let others: Vec<&str> = others.iter().map(|(ending, _)| *ending).collect();
        format!("{} or {}", others.join(", "), last.0)
    }

    /// Recognises a file by its first bytes.
    pub(super) fn of_content(head: &[u8]) -> Self {
        match head {
            [0x1f, 0x8b, 8, ..] => Self::Gzip,
            // A frame, or a skippable frame, as parallel compressors put before one.
            [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Self::Zstd,
            // A block, or the end of a stream without any.
            [b'B', b'Z', b'h', b'1'..=b'9', 0x31, 0x41, 0x59, 0x26, ..]
            | [b'B', b'Z', b'h', b'1'..=b'9', 0x17, 0x72, 0x45, 0x38, ..] => Self::Bzip2,
            [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Self::Xz,
            [0x04, 0x22, 0x4d, 0x18, ..] => Self::Lz4,
            _ => Self::None,
        }
    }

    /// Compresses a block, so that it can stand behind others: as a member, frame or stream of its own.
    pub(crate) fn compress_block(self, block: &[u8]) -> io::Result<Vec<u8>> {
        if self == Self::Zstd {
            // As a stream, the same block would be copied on its way in.
            return zstd::bulk::compress(block, zstd::DEFAULT_COMPRESSION_LEVEL);
        }
        let mut compressor = self.compress(Vec::new())?;
        compressor.write_all(block)?;
        compressor.finish()
    }

    /// Wraps a writer so that what is written is compressed. Call [`Compressor::finish`] at the end.
    pub(crate) fn compress<W: Write>(self, writer: W) -> io::Result<Compressor<W>> {
        Ok(match self {
            Self::None => Compressor::None(writer),
            Self::Gzip => {
                Compressor::Gzip(flate2::write::GzEncoder::new(writer, flate2::Compression::default()))
            }
            Self::Zstd => Compressor::Zstd(zstd::Encoder::new(writer, zstd::DEFAULT_COMPRESSION_LEVEL)?),
            #[cfg(feature = "bzip2")]
            Self::Bzip2 => {
                Compressor::Bzip2(bzip2::write::BzEncoder::new(writer, bzip2::Compression::default()))
            }
            #[cfg(feature = "xz")]
            Self::Xz => {
                let options = lzma_rust2::XzOptions::with_preset(XZ_PRESET);
                Compressor::Xz(Box::new(lzma_rust2::XzWriter::new(writer, options)?))
            }
            #[cfg(feature = "lz4")]
            Self::Lz4 => Compressor::Lz4(Box::new(lz4_flex::frame::FrameEncoder::new(writer))),
            // Such a file cannot have been read either.
            #[allow(unreachable_patterns, reason = "reached only without some of the features")]
            _ => return Err(io::ErrorKind::Unsupported.into()),
        })
    }
}

/// A writer that compresses.
pub(crate) enum Compressor<W: Write> {
    None(W),
    Gzip(flate2::write::GzEncoder<W>),
    Zstd(zstd::Encoder<'static, W>),
    #[cfg(feature = "bzip2")]
    Bzip2(bzip2::write::BzEncoder<W>),
    #[cfg(feature = "xz")]
    Xz(Box<lzma_rust2::XzWriter<W>>),
    #[cfg(feature = "lz4")]
    Lz4(Box<lz4_flex::frame::FrameEncoder<W>>),
}

impl<W: Write> Compressor<W> {
    /// Writes what is buffered and the end mark, and gives the inner writer back.
    pub(crate) fn finish(self) -> io::Result<W> {
        match self {
            Self::None(writer) => Ok(writer),
            Self::Gzip(encoder) => encoder.finish(),
            Self::Zstd(encoder) => encoder.finish(),
            #[cfg(feature = "bzip2")]
            Self::Bzip2(encoder) => encoder.finish(),
            #[cfg(feature = "xz")]
            Self::Xz(encoder) => encoder.finish(),
            #[cfg(feature = "lz4")]
            Self::Lz4(encoder) => encoder.finish().map_err(io::Error::other),
        }
    }

    fn inner(&mut self) -> &mut dyn Write {
        match self {
            Self::None(writer) => writer,
            Self::Gzip(encoder) => encoder,
            Self::Zstd(encoder) => encoder,
            #[cfg(feature = "bzip2")]
            Self::Bzip2(encoder) => encoder,
            #[cfg(feature = "xz")]
            Self::Xz(encoder) => encoder,
            #[cfg(feature = "lz4")]
            Self::Lz4(encoder) => encoder,
        }
    }
}

impl<W: Write> Write for Compressor<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.inner().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner().flush()
    }
}
