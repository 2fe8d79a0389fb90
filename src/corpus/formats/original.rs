//! A file whose records are to be read, before anything is known of its format's ways.

use std::path::Path;

use crate::corpus::bytes::SharedBytes;
use crate::corpus::compression::Compression;
use crate::corpus::format::Format;
use crate::error::Error;

/// A file of records.
#[derive(Clone, Copy)]
pub(in crate::corpus) struct Original<'a> {
    /// Its content, decompressed unless `packed` says otherwise.
    pub bytes: &'a SharedBytes,
    /// How `bytes` are compressed: only web archives are kept so, for the sake of their members.
    #[cfg_attr(not(feature = "warc"), expect(dead_code, reason = "only web archives look at it"))]
    pub packed: Compression,
    /// How the file is compressed, and its counterpart in the output will be.
    #[cfg_attr(not(feature = "warc"), expect(dead_code, reason = "only web archives look at it"))]
    pub compression: Compression,
    pub format: Format,
    /// For messages.
    pub path: &'a Path,
}

#[cfg(any(test, fuzzing))]
impl<'a> Original<'a> {
    /// A file that is not compressed.
    pub(in crate::corpus) fn plain(bytes: &'a SharedBytes, format: Format, path: &'a Path) -> Self {
        Self { bytes, packed: Compression::None, compression: Compression::None, format, path }
    }
}

impl Original<'_> {
    /// The error for a record, or for all of them, with a field of an annotation's name.
    pub(in crate::corpus) fn annotated_already(&self, field: &'static str, record: Option<u32>) -> Error {
        Error::AnnotatedAlready { path: self.path.to_path_buf(), record, field }
    }
}
