//! Bands to candidate pairs within bounded memory, one band after the other.

use serde::{Deserialize, Serialize};

use super::ingest::{BAND_KIND, band_file};
use super::workspace::Workspace;
use crate::engine::observer::Progress;
use crate::error::Result;
use crate::lsh::{AgreementFloor, Banding, CandidatePair, Candidates, Pairs, Scope, Spill, SpilledRun};
use crate::sketch::Signatures;
use crate::work::{Column, WorkKind};

const STAGE: &str = "candidates";

/// The files: pairs of each band, nodes in crowded buckets, and at last the pairs to be verified.
const RUNS: &str = "runs";
const CROWDED: &str = "crowded";
const PAIRS: &str = "pairs";

/// How far the stage came.
#[derive(Default, Serialize, Deserialize)]
struct CandidatesState {
    bands: u32,
    runs: Vec<SpilledRun>,
    largest_bucket: usize,
    is_merged: bool,
}

/// As [`candidates_within`](crate::lsh::candidates_within), from the files of band keys that reading has made of so many
/// `documents`.
pub(super) fn candidates_from_files(
    scope: Scope,
    signatures: &Signatures,
    nodes: &[u32],
    documents: usize,
    (banding, floor): (Banding, AgreementFloor),
    progress: &Progress<'_>,
    workspace: &mut Workspace,
) -> Result<Candidates> {
    let state: CandidatesState = workspace.directory.stage(STAGE)?.unwrap_or_default();
    let mut found =
        Candidates { scope, largest_bucket: state.largest_bucket, ..Candidates::none(nodes.len()) };
    let mut crowded: Column<u32> = workspace.directory.column(CROWDED, WorkKind(*b"crwd"))?;
    let mut reader = crowded.reader(0);
    while let Some(node) = reader.next()? {
        found.crowded[node as usize] = true;
    }
    let mut pairs: Column<CandidatePair> = workspace.directory.column(PAIRS, WorkKind(*b"pair"))?;
    progress.advance(state.bands.into())?;
    let bands = banding.bands().0;
    if !state.is_merged {
        let file = workspace.directory.column(RUNS, WorkKind(*b"runs"))?;
        let share_bytes = workspace.budget.share(documents);
        let mut spill = Spill { file, runs: state.runs, largest_bucket: state.largest_bucket, share_bytes };
        for band in state.bands..bands {
            let keys = read_keys(workspace, band, documents)?;
            for node in spill.band(band, &keys, nodes, &found.scope, progress)? {
                if !std::mem::replace(&mut found.crowded[node as usize], true) {
                    crowded.extend([&node])?;
                }
            }
            let state = CandidatesState {
                bands: band + 1,
                runs: spill.runs.clone(),
                largest_bucket: spill.largest_bucket,
                is_merged: false,
            };
            workspace.commit(STAGE, &state, &mut [spill.file.file(), crowded.file()])?;
            progress.advance(1)?;
        }
        spill.merge(signatures, nodes, banding, floor, &mut pairs, progress)?;
        found.largest_bucket = spill.largest_bucket;
        let state = CandidatesState {
            bands,
            runs: Vec::new(),
            largest_bucket: spill.largest_bucket,
            is_merged: true,
        };
        workspace.commit(STAGE, &state, &mut [pairs.file()])?;
        drop(spill);
    }
    // An earlier run may have been killed before it came to this.
    let names = (0..bands).map(band_file).chain([RUNS.to_owned()]);
    workspace.directory.discard(&names.collect::<Vec<_>>())?;
    found.pairs = Pairs::in_file(pairs);
    Ok(found)
}

/// The keys of all documents in one band.
fn read_keys(workspace: &Workspace, band: u32, documents: usize) -> Result<Vec<u32>> {
    let column: Column<u32> = workspace.directory.column(&band_file(band), BAND_KIND)?;
    if column.len() != documents as u64 {
        return Err(column.damaged());
    }
    column.to_vec()
}
