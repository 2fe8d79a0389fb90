//! Output directories of this program.

use std::path::Path;

use serde::Deserialize;

use super::form::ListingForm;
use super::lines::{TextLines, bad_line};
use super::listing::{ClusterGathering, Listing};
use crate::error::{LineFault, Result};
use crate::evaluate::{IdNumbers, IdPair, KeptDocuments};
use crate::output::RecordedRemoval;

/// A document in a table of a run.
#[derive(Deserialize)]
struct TableMember {
    id: String,
    /// Whether it is of a reference, which is no document of the corpus.
    #[serde(default)]
    reference: bool,
    similarity: Option<f64>,
    with: Option<String>,
}

/// A line of `clusters.jsonl`.
#[derive(Deserialize)]
struct ListedCluster {
    members: Vec<TableMember>,
}

/// A line of `stories.jsonl`.
#[derive(Deserialize)]
struct ListedStory {
    origin: TableMember,
    #[serde(default)]
    members: Vec<TableMember>,
}

/// The lines of a table that are of a type.
fn parsed<'t, T: Deserialize<'t>>(file: &'t TextLines<'_>) -> impl Iterator<Item = Result<(u64, T)>> {
    file.lines().map(|(line, text)| {
        Ok((line, serde_json::from_str(text).map_err(|error| file.unreadable(line, &error))?))
    })
}

/// Reads the output of `dedup` or `scan`: clusters from `clusters.jsonl`, and what was removed from `removed.jsonl`. Documents of
/// neither are alone and kept.
pub(super) fn read_dedup(directory: &Path, ids: &mut IdNumbers) -> Result<Listing> {
    let clusters_path = directory.join("clusters.jsonl");
    let clusters = TextLines::read(&clusters_path)?;
    let mut gathering = ClusterGathering::new(&clusters_path);
    for line in parsed::<ListedCluster>(&clusters) {
        let (line, cluster) = line?;
        let number = gathering.new_cluster();
        let mut seen = Vec::with_capacity(cluster.members.len());
        for member in cluster.members.iter().filter(|member| !member.reference) {
            seen.push(gathering.put(&member.id, number, line, ids)?);
        }
        // Two documents of one id cannot be told apart by ids.
        seen.sort_unstable();
        if let Some(twice) = seen.windows(2).find(|two| two[0] == two[1]) {
            let id = ids.literal(twice[0]);
            return Err(bad_line(&clusters_path, line, LineFault::TwoDocuments { id }));
        }
    }
    let removed_path = directory.join("removed.jsonl");
    let removed = TextLines::read(&removed_path)?;
    let mut gone = Vec::new();
    let mut similarities = Vec::new();
    for line in parsed::<RecordedRemoval>(&removed) {
        let (_, removal) = line?;
        let document = ids.number(&removal.id)?;
        gone.push(document);
        if !removal.reference {
            similarities.push(IdPair {
                a: document,
                b: ids.number(&removal.kept_id)?,
                similarity: Some(removal.similarity),
            });
        }
    }
    let kept = Some(KeptDocuments::AllBut(gone));
    Ok(Listing { kept, similarities, ..gathering.finish(ListingForm::Dedup) })
}

/// Reads the output of `stories`: a story is a cluster. A round-up belongs to none, and is alone.
pub(super) fn read_stories(directory: &Path, ids: &mut IdNumbers) -> Result<Listing> {
    let path = directory.join("stories.jsonl");
    let stories = TextLines::read(&path)?;
    let mut gathering = ClusterGathering::new(&path);
    let mut similarities = Vec::new();
    for line in parsed::<ListedStory>(&stories) {
        let (line, ListedStory { origin, members }) = line?;
        let story = gathering.new_cluster();
        gathering.put(&origin.id, story, line, ids)?;
        for member in &members {
            let a = gathering.put(&member.id, story, line, ids)?;
            let with = member.with.as_ref().unwrap_or(&origin.id);
            similarities.push(IdPair { a, b: ids.number(with)?, similarity: member.similarity });
        }
    }
    Ok(Listing { similarities, ..gathering.finish(ListingForm::Stories) })
}
