//! Sources of which next to nothing is left: what a run says about them without being asked.
//!
//! Records are read again for it only where something speaks for it: those that are removed, if they are many, and then
//! kept ones, up to where enough of each source is kept. So an ordinary run reads little more than its tables do.
#![allow(
    clippy::cast_possible_truncation,
    reason = "documents are numbered in 32 bits, and reading refuses more"
)]

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::safety::Share;
use crate::document::DocumentId;
use crate::error::Result;
use crate::hash;
use crate::interrupt::Interrupt;
use crate::output::SourceLoss;
use crate::params::Seed;
use crate::select::Removal;

/// Smaller sources are not spoken of: of a few documents all may well be repeats.
const LEAST_DOCUMENTS: u64 = 1000;

/// The share of a source's documents that may go without a word.
const MOST_REMOVED: f64 = 0.95;

/// Documents whose sources are looked up as one piece of work, and pieces between two looks at whether more is needed.
const CHUNK_DOCUMENTS: usize = 1 << 10;
const CHUNKS_PER_WAVE: usize = 16;

/// Sources are told apart by a hash of their names: names are as many as a corpus likes, and as long.
type SourceHash = u64;

/// Documents of a source that go, and how many stay as far as is known.
#[derive(Clone, Copy)]
struct LossTally {
    removed: u64,
    kept: u64,
    example: DocumentId,
}

/// The sources of at least 1,000 documents that lose more than 95 % of them, by name. Of `inputs` documents `removals` go,
/// in corpus order; `source_of` gives the name of a document's source, if it has one.
///
/// # Errors
/// [`crate::Error::Interrupted`] if `interrupt` says so.
pub(super) fn source_losses(
    inputs: usize,
    removals: &[Removal],
    source_of: impl Fn(DocumentId) -> Option<String> + Sync,
    interrupt: &dyn Interrupt,
) -> Result<Vec<SourceLoss>> {
    let limit = Share::new(MOST_REMOVED)?;
    let hash_of = |document| Some(hash::bytes64(source_of(document)?.as_bytes(), Seed(0)));
    let may_lose = |tally: &LossTally| limit.is_passed(tally.removed, LEAST_DOCUMENTS);
    if !limit.is_passed(removals.len() as u64, LEAST_DOCUMENTS) {
        return Ok(Vec::new());
    }
    let mut tallies: BTreeMap<SourceHash, LossTally> = BTreeMap::new();
    for wave in removals.chunks(CHUNK_DOCUMENTS * CHUNKS_PER_WAVE) {
        interrupt.check()?;
        let hashes: Vec<_> = wave.par_iter().map(|removal| hash_of(removal.document)).collect();
        for (removal, hash) in wave.iter().zip(hashes) {
            let Some(hash) = hash else { continue };
            let none = LossTally { removed: 0, kept: 0, example: removal.document };
            tallies.entry(hash).or_insert(none).removed += 1;
        }
    }
    tallies.retain(|_, tally| may_lose(tally));
    let passes = |tally: &LossTally| limit.is_passed(tally.removed, tally.removed + tally.kept);
    let is_kept =
        |document: &DocumentId| removals.binary_search_by_key(document, |removal| removal.document).is_err();
    for start in (0..inputs).step_by(CHUNK_DOCUMENTS * CHUNKS_PER_WAVE) {
        if tallies.is_empty() {
            break;
        }
        interrupt.check()?;
        let end = inputs.min(start + CHUNK_DOCUMENTS * CHUNKS_PER_WAVE);
        let wave = (start as u32..end as u32).into_par_iter().map(DocumentId);
        for hash in wave.filter(is_kept).filter_map(hash_of).collect::<Vec<_>>() {
            tallies.entry(hash).and_modify(|tally| tally.kept += 1);
        }
        tallies.retain(|_, tally| passes(tally));
    }
    let large = tallies.values().filter(|tally| tally.removed + tally.kept >= LEAST_DOCUMENTS);
    let mut losses: Vec<SourceLoss> = large
        .map(|tally| SourceLoss {
            source: source_of(tally.example).unwrap_or_default(),
            documents: tally.removed + tally.kept,
            removed: tally.removed,
        })
        .collect();
    losses.sort_unstable_by(|a, b| a.source.cmp(&b.source));
    Ok(losses)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::select::Relation;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(60))]

        #[test]
        fn the_losses_are_those_of_counting_all(
            shares in proptest::collection::vec((0u32..2400, 940u32..1000), 1..5), nameless in 0usize..5, salt in any::<u64>(),
        ) {
            // Of the first so many documents of each source about so many in a thousand go.
            let mut documents: Vec<(usize, u32, u32)> = Vec::new();
            for (source, &(count, thousandths)) in shares.iter().enumerate() {
                documents.extend((0..count).map(|n| (source, n, thousandths)));
            }
            documents.sort_by_key(|&(source, n, _)| hash::mix(salt ^ ((source as u64) << 32 | u64::from(n))));
            let removals: Vec<Removal> = (0u32..)
                .zip(&documents)
                .filter(|&(_, &(_, n, thousandths))| n % 1000 < thousandths)
                .map(|(document, _)| Removal {
                    document: DocumentId(document),
                    by: DocumentId(0),
                    similarity: 1.0,
                    relation: Relation::Exact,
                    containment: None,
                })
                .collect();
            let source_of = |document: DocumentId| {
                let source = documents[document.index()].0;
                (source != nameless).then(|| format!("source {source}"))
            };
            let found = source_losses(documents.len(), &removals, source_of, &()).unwrap();
            let mut expected = Vec::new();
            for source in (0..shares.len()).filter(|&source| source != nameless) {
                let of_source = documents.iter().filter(|one| one.0 == source);
                let (count, removed) = of_source.fold((0u64, 0u64), |(count, removed), &(_, n, thousandths)| {
                    (count + 1, removed + u64::from(n % 1000 < thousandths))
                });
                if count >= 1000 && removed * 100 > count * 95 {
                    expected.push(SourceLoss { source: format!("source {source}"), documents: count, removed });
                }
            }
            prop_assert_eq!(found, expected);
        }
    }
}
