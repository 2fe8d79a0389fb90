//! Memory for reading texts.

/// Memory for reading texts; keep one a thread.
#[derive(Debug, Default)]
pub(crate) struct TextScratch {
    pub(super) file: Vec<u8>,
    pub(super) decoded: String,
}
