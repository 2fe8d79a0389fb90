//! What names a document, in every stage.

/// A document's place in corpus order: files by name, then records as they stand in each.
///
/// Four bytes bound a run at 4,294,967,295 documents; reading stops with a clear error beyond that.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DocumentId(pub u32);

impl DocumentId {
    /// The document's index into per-document tables.
    #[inline]
    pub fn index(self) -> usize {
        self.0 as usize
    }
}
