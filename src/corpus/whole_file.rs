//! Small files as wholes, unpacked: those that are no corpus, but tell of one.

use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::path::Path;

use super::compression::Compression;
use super::discover::is_stdin;
use super::options::OpenOptions;
use super::recognise;
use super::unpack::{MaxRatio, unpack};
use crate::error::{Error, Result};

/// Reads a file to its end, or standard input for `-`, and unpacks it if it is compressed. All of it is held in memory.
///
/// # Errors
/// [`Error::MissingInput`] if there is no such file, [`Error::Io`] if it cannot be read, [`Error::Damaged`] and [`Error::Bomb`] if
/// it cannot be unpacked within bounds.
pub(crate) fn read_whole(path: &Path) -> Result<Vec<u8>> {
    let mut raw = Vec::new();
    if is_stdin(path) {
        io::stdin().lock().read_to_end(&mut raw).map_err(Error::io(path, "read standard input"))?;
    } else {
        let file = File::open(path).map_err(|source| match source.kind() {
            ErrorKind::NotFound => Error::MissingInput { path: path.to_path_buf() },
            _ => Error::io(path, "open it")(source),
        });
        file?.read_to_end(&mut raw).map_err(Error::io(path, "read it"))?;
    }
    let compression = recognise::compression(&path.to_string_lossy(), &raw);
    if compression == Compression::None {
        return Ok(raw);
    }
    let mut unpacked = Vec::new();
    unpack(compression, &raw[..], path, MaxRatio(OpenOptions::MAX_RATIO), &mut |bytes| {
        unpacked.extend_from_slice(bytes);
        Ok(())
    })?;
    Ok(unpacked)
}
