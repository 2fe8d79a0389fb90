//! Inputs of which nothing could be used: named, and no success if they are all.

use super::pass::FoundRecords;
use crate::corpus::{Corpus, Rejected};
use crate::engine::observer::Observer;
use crate::error::{Error, Result, UnusableInput};

/// Unusable inputs that are named; of more the number is enough.
const NAMED: usize = 3;

impl FoundRecords {
    /// Tells the observer of files all of whose records were rejected, the first of them by name.
    ///
    /// # Errors
    /// [`Error::NothingUsable`] if the inputs gave no document.
    pub(in crate::engine) fn check_usable(&self, corpus: &Corpus, observer: &dyn Observer) -> Result<()> {
        // In corpus order, as they were read.
        let by_source = self.rejected.chunk_by(|a, b| a.source == b.source);
        let unusable = by_source.filter(|records| self.records.of_source(records[0].source).is_empty());
        let count = unusable.clone().count();
        let mut named = unusable.take(NAMED).map(|records| unusable_input(corpus, records));
        if corpus.input_documents(&self.records) == 0 {
            let rejected = self.rejected.len() as u64;
            return Err(Error::NothingUsable { rejected, first: named.next().map(Box::new) });
        }
        if count > 0 {
            observer.inputs_unusable(&named.collect::<Vec<_>>(), count);
        }
        Ok(())
    }
}

/// What is to be said of a file with these records, all rejected.
fn unusable_input(corpus: &Corpus, records: &[Rejected]) -> UnusableInput {
    let source = &corpus.sources()[records[0].source];
    let hint = source.looks_like_utf16().then_some("it looks like UTF-16; convert it to UTF-8");
    UnusableInput {
        file: source.name().to_owned(),
        records: records.len() as u64,
        reason: records[0].reason.to_string(),
        fields: corpus.field_names_of(records[0].source),
        hint,
    }
}
