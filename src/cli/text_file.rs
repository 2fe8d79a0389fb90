//! Small text files that a flag names.

use std::fs;
use std::io;
use std::path::Path;

use twicetold::Error;

/// Reads a whole file as text.
pub(super) fn read_text(path: &Path) -> Result<String, Error> {
    let bytes = fs::read(path).map_err(|source| match source.kind() {
        io::ErrorKind::NotFound => Error::MissingInput { path: path.to_path_buf() },
        _ => Error::Io { path: path.to_path_buf(), action: "read it", source },
    })?;
    String::from_utf8(bytes).map_err(|error| Error::Io {
        path: path.to_path_buf(),
        action: "read it as text",
        source: io::Error::new(io::ErrorKind::InvalidData, error),
    })
}
