//! Interim: replaced by the module being written beside this.

/// A set of shingle hashes.
#[derive(Default)]
pub struct SetTable(Vec<u64>);

impl SetTable {
    /// Replaces the content.
    pub fn build(&mut self, hashes: &[u64]) {
        self.0.clear();
        self.0.extend_from_slice(hashes);
        self.0.sort_unstable();
        self.0.dedup();
    }
    /// Distinct elements.
    pub fn len(&self) -> usize {
        self.0.len()
    }
    /// Whether empty.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
    /// Common elements.
    pub fn overlap(&self, other: &Self) -> usize {
        self.0.iter().filter(|h| other.0.binary_search(h).is_ok()).count()
    }
}
