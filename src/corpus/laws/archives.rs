//! The law of archives: one that is written again with all its members is read as it was.

use std::io::Write;
use std::path::{Path, PathBuf};

use super::formats::shared;
use crate::corpus::archives::{self, OpenedArchive};
use crate::corpus::compression::Compression;
use crate::corpus::options::OpenOptions;
use crate::corpus::recognise::ArchiveKind;
use crate::corpus::source::{Contents, OriginalBytes, Source};
use crate::corpus::spool::Spools;
use crate::error::{Error, Result};

fn open(kind: ArchiveKind, bytes: &[u8]) -> Result<OpenedArchive> {
    let directory = std::env::temp_dir();
    let (options, spools) = (OpenOptions::new(directory.clone()), Spools::new(&directory));
    let name = (PathBuf::from("law"), "law".to_owned());
    archives::open(kind, name, None, Compression::None, shared(bytes), &options, &spools)
}

/// The bytes of a member, and how they are still compressed.
fn content(source: &Source) -> (&[u8], Compression) {
    match &source.contents {
        Contents::TextFile => (b"", Compression::None),
        Contents::Text(bytes) | Contents::Lines(bytes) => (bytes, Compression::None),
        Contents::Viewed { original: OriginalBytes::Held(bytes), packed, .. } => (bytes, *packed),
        Contents::Viewed { original: OriginalBytes::InFile, .. } => {
            panic!("a member is in no file of its own")
        }
    }
}

fn rewritten(kind: ArchiveKind, bytes: &[u8]) {
    let Ok(OpenedArchive { archive, sources, .. }) = open(kind, bytes) else { return };
    let path = Path::new("law");
    let mut member = |place: usize, writer: &mut dyn Write| {
        let source: &Source = &sources[place];
        let failed = |error| Error::io(path, "write it")(error);
        let (bytes, packed) = content(source);
        let compression = if packed == Compression::None { source.compression } else { Compression::None };
        let mut compressor = compression.compress(writer).map_err(failed)?;
        compressor.write_all(bytes).and_then(|()| compressor.finish()?.flush()).map_err(failed)?;
        Ok(Some(1))
    };
    let mut written = Vec::new();
    let kept = match archive.rewrite(&mut member, &mut written, path) {
        Ok(kept) => kept,
        // What stands between the members that are read is looked at only now.
        Err(Error::Malformed { .. }) if kind == ArchiveKind::Zip => return,
        Err(error) => panic!("{error}"),
    };
    assert_eq!(kept as usize, sources.len());
    let again = open(kind, &written).unwrap_or_else(|error| panic!("{error}: {:?}", error_source(&error)));
    let shown = |sources: &[Source]| -> Vec<(String, Vec<u8>)> {
        sources.iter().map(|source| (source.name.clone(), content(source).0.to_vec())).collect()
    };
    assert_eq!(shown(&again.sources), shown(&sources));
}

fn error_source(error: &Error) -> Option<String> {
    std::error::Error::source(error).map(ToString::to_string)
}

/// A tape archive written again has the members that it had.
pub fn tar(bytes: &[u8]) {
    rewritten(ArchiveKind::Tar, bytes);
}

/// A zip archive written again has the members that it had.
pub fn zip(bytes: &[u8]) {
    rewritten(ArchiveKind::Zip, bytes);
}
