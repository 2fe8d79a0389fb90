//! Compressed bytes to plain ones, within bounds.

use std::cell::Cell;
use std::io::{self, Read, Write};
use std::path::Path;
use std::rc::Rc;

use super::bytes::SharedBytes;
use super::compression::Compression;
use super::spool::Spools;
use crate::error::{Error, Result};

/// Bytes moved at a time.
const BUFFER_BYTES: usize = 1 << 18;

/// The widest window accepted, as a power of two: what `zstd --long=31` makes.
const ZSTD_WINDOW_LOG: u32 = 31;

/// Unpacked bytes to which the bound on the ratio does not apply: small files may well be one word repeated.
const FREE_BYTES: u64 = 16 << 20;

/// How many times its size a file may unpack to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct MaxRatio(pub u64);

impl MaxRatio {
    /// Checks a file of which `packed` bytes gave `unpacked`.
    pub(super) fn check(self, packed: u64, unpacked: u64, path: &Path) -> Result<()> {
        if unpacked > FREE_BYTES && unpacked > packed.saturating_mul(self.0) {
            return Err(Error::Bomb { path: path.to_path_buf(), ratio: self.0 });
        }
        Ok(())
    }
}

/// Refuses a format that this build lacks.
pub(super) fn lacks(path: &Path, feature: &'static str) -> Error {
    Error::FormatNotBuilt { path: path.to_path_buf(), feature }
}

/// A reader of what `input` holds, decompressed.
pub(super) fn reader<'a>(
    compression: Compression,
    input: impl Read + 'a,
    path: &Path,
) -> Result<Box<dyn Read + 'a>> {
    Ok(match compression {
        Compression::None => Box::new(input),
        Compression::Gzip => Box::new(flate2::read::MultiGzDecoder::new(input)),
        Compression::Zstd => {
            let failed = |error| Error::io(path, "start decompressing")(error);
            let mut decoder = zstd::Decoder::new(input).map_err(failed)?;
            decoder.window_log_max(ZSTD_WINDOW_LOG).map_err(failed)?;
            Box::new(decoder)
        }
        #[cfg(feature = "bzip2")]
        Compression::Bzip2 => Box::new(bzip2::read::MultiBzDecoder::new(input)),
        #[cfg(not(feature = "bzip2"))]
        Compression::Bzip2 => return Err(lacks(path, "bzip2")),
        #[cfg(feature = "xz")]
        Compression::Xz => Box::new(lzma_rust2::XzReader::new(input, true)),
        #[cfg(not(feature = "xz"))]
        Compression::Xz => return Err(lacks(path, "xz")),
        #[cfg(feature = "lz4")]
        Compression::Lz4 => Box::new(lz4::Lz4Frames::new(input)),
        #[cfg(not(feature = "lz4"))]
        Compression::Lz4 => return Err(lacks(path, "lz4")),
    })
}

/// Turns a failure to read into an error that says whether the file or the system is to blame.
pub(super) fn failure(compression: Compression, path: &Path) -> impl Fn(io::Error) -> Error {
    move |source| match compression {
        Compression::None => Error::io(path, "read it")(source),
        _ => Error::Damaged { path: path.to_path_buf(), source },
    }
}

/// Brings what `input` holds within reach, decompressed.
pub(super) fn spool(
    compression: Compression,
    input: impl Read,
    path: &Path,
    ratio: MaxRatio,
    spools: &Spools,
) -> Result<SharedBytes> {
    let mut writer = spools.writer();
    unpack(compression, input, path, ratio, &mut |bytes| {
        writer.write_all(bytes).map_err(|error| spools.failed(error))
    })?;
    writer.finish()
}

/// Hands over what `input` holds, decompressed, piece by piece; returns how much it was.
pub(super) fn unpack(
    compression: Compression,
    input: impl Read,
    path: &Path,
    ratio: MaxRatio,
    take: &mut dyn FnMut(&[u8]) -> Result<()>,
) -> Result<u64> {
    let packed = Rc::new(Cell::new(0));
    let counted = Counted { input, count: Rc::clone(&packed) };
    let mut reader = reader(compression, counted, path)?;
    let mut buffer = vec![0; BUFFER_BYTES];
    let mut unpacked = 0;
    loop {
        let count = match reader.read(&mut buffer) {
            Ok(0) => return Ok(unpacked),
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(source) => return Err(failure(compression, path)(source)),
        };
        unpacked += count as u64;
        if compression != Compression::None {
            ratio.check(packed.get(), unpacked, path)?;
        }
        take(&buffer[..count])?;
    }
}

/// Counts what is read.
struct Counted<R> {
    input: R,
    count: Rc<Cell<u64>>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.input.read(buffer)?;
        self.count.set(self.count.get() + count as u64);
        Ok(count)
    }
}

#[cfg(feature = "lz4")]
mod lz4 {
    use std::io::{self, BufRead, BufReader, Read};

    use lz4_flex::frame::FrameDecoder;

    /// Frames one after the other.
    ///
    /// The decoder stops at the end of a frame, and also, without a word, where the input ends between two
    /// blocks; the reader beneath it therefore never ends quietly, and the end is looked for between frames only.
    pub(super) struct Lz4Frames<R: Read> {
        decoder: FrameDecoder<Endless<R>>,
        within_frame: bool,
    }

    impl<R: Read> Lz4Frames<R> {
        pub(super) fn new(input: R) -> Self {
            Self { decoder: FrameDecoder::new(Endless(BufReader::new(input))), within_frame: false }
        }
    }

    impl<R: Read> Read for Lz4Frames<R> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            if buffer.is_empty() {
                return Ok(0);
            }
            loop {
                if !self.within_frame && self.decoder.get_mut().0.fill_buf()?.is_empty() {
                    return Ok(0);
                }
                let count = self.decoder.read(buffer)?;
                self.within_frame = count > 0;
                if count > 0 {
                    return Ok(count);
                }
            }
        }
    }

    struct Endless<R>(BufReader<R>);

    impl<R: Read> Read for Endless<R> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            match self.0.read(buffer)? {
                0 if !buffer.is_empty() => {
                    Err(io::Error::new(io::ErrorKind::InvalidData, "it ends within a frame"))
                }
                count => Ok(count),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ALL: &[Compression] = &[
        Compression::Gzip,
        Compression::Zstd,
        #[cfg(feature = "bzip2")]
        Compression::Bzip2,
        #[cfg(feature = "xz")]
        Compression::Xz,
        #[cfg(feature = "lz4")]
        Compression::Lz4,
    ];

    fn packed(compression: Compression, bytes: &[u8]) -> Vec<u8> {
        let mut compressor = compression.compress(Vec::new()).unwrap();
        compressor.write_all(bytes).unwrap();
        compressor.finish().unwrap()
    }

    fn unpacked(compression: Compression, bytes: &[u8], ratio: u64) -> Result<Vec<u8>> {
        let mut out = Vec::new();
        unpack(compression, bytes, Path::new("x"), MaxRatio(ratio), &mut |piece| {
            out.extend_from_slice(piece);
            Ok(())
        })?;
        Ok(out)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(20))]
        #[test]
        fn streams_one_after_the_other_give_all_that_was_packed(
            parts in proptest::collection::vec(proptest::collection::vec(0u8..4, 0..3000), 1..4),
        ) {
            for &compression in ALL {
                let stream: Vec<u8> = parts.iter().flat_map(|part| packed(compression, part)).collect();
                prop_assert_eq!(Compression::of_content(&stream), compression);
                prop_assert_eq!(unpacked(compression, &stream, 1000).unwrap(), parts.concat());
            }
        }
    }

    #[test]
    fn a_stream_cut_short_anywhere_is_damaged() {
        for &compression in ALL {
            let whole = packed(compression, &b"a line of text that is told\n".repeat(20_000));
            let near_end = whole.len() - 20..whole.len();
            for length in (1..whole.len()).step_by(whole.len() / 50 + 1).chain(near_end) {
                let result = unpacked(compression, &whole[..length], 100_000);
                assert!(matches!(result, Err(Error::Damaged { .. })), "{compression:?} {length}");
            }
        }
    }

    #[test]
    fn a_bomb_is_refused_and_a_small_file_of_one_byte_repeated_is_not() {
        let bomb = packed(Compression::Zstd, &vec![b' '; 20 << 20]);
        assert!(matches!(unpacked(Compression::Zstd, &bomb, 1000), Err(Error::Bomb { ratio: 1000, .. })));
        let small = packed(Compression::Zstd, &vec![b' '; 1 << 20]);
        assert_eq!(unpacked(Compression::Zstd, &small, 1000).unwrap().len(), 1 << 20);
    }
}
