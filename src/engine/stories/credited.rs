//! The agencies that documents of stories are credited to.

use rayon::prelude::*;

use crate::document::DocumentId;
use crate::documents::Documents;
use crate::error::Result;
use crate::reuse::credits::Credits;
use crate::reuse::story::{Credited, RoundUp, Story};

/// Reads the documents of stories, and those that cover several, once more for the agencies that they credit. `credits`
/// is the list that was stripped, else the built-in one.
pub(super) fn credited(
    documents: Documents<'_>,
    stories: &[Story],
    round_ups: &[RoundUp],
    credits: Option<&Credits>,
) -> Result<Credited> {
    let builtin = Credits::default();
    let credits = credits.unwrap_or(&builtin);
    let of_stories = stories.iter().flat_map(Story::documents);
    let mut told: Vec<DocumentId> =
        of_stories.chain(round_ups.iter().map(|round_up| round_up.document)).collect();
    told.sort_unstable();
    let agency = |&document: &DocumentId| {
        let mut reader = documents.reader();
        Ok(credits.credited(reader.text(document)?).map(|agency| (document, agency.to_owned())))
    };
    let found: Vec<Option<(DocumentId, String)>> = told.par_iter().map(agency).collect::<Result<_>>()?;
    Ok(Credited::new(found.into_iter().flatten().collect()))
}
