//! Bands to candidate pairs within bounded memory, one band after the other.

use serde::{Deserialize, Serialize};

use super::workspace::Workspace;
use crate::error::Result;
use crate::interrupt::Interrupt;
use crate::lsh::{AgreementFloor, Banding, CandidatePair, Candidates, Pairs, Scope, Spill, SpilledRun};
use crate::sketch::Signatures;
use crate::work::{Column, WorkKind};

const STAGE: &str = "candidates";

/// A file of the keys of a band.
pub(super) const BAND_KIND: WorkKind = WorkKind(*b"band");

/// The files: pairs of each band, nodes in crowded buckets, and at last the pairs to be verified.
const RUNS: &str = "runs";
const CROWDED: &str = "crowded";
const PAIRS: &str = "pairs";

/// The names of work files of one kind of text: all begin with this.
#[derive(Clone, Copy)]
pub(super) struct FileNames(pub(super) &'static str);

impl FileNames {
    /// Those of documents.
    pub(super) const DOCUMENTS: Self = Self("");

    /// A file, or a stage.
    pub(super) fn name(self, name: &str) -> String {
        format!("{}{name}", self.0)
    }

    /// The file of the keys of a band.
    pub(super) fn band(self, band: u32) -> String {
        format!("{}band-{band:04}", self.0)
    }
}

/// What is paired, and within which memory.
pub(super) struct Banded<'a> {
    pub names: FileNames,
    pub signatures: &'a Signatures,
    /// The row of each node among all that have keys.
    pub nodes: &'a [u32],
    /// How many rows have keys.
    pub rows: usize,
    /// Bytes that buffers may take.
    pub share_bytes: usize,
    pub banding: Banding,
    pub floor: AgreementFloor,
}

/// Forgets the candidates of an earlier run.
pub(super) fn forget_candidates(names: FileNames, workspace: &mut Workspace) -> Result<()> {
    workspace.directory.discard(&[RUNS, CROWDED, PAIRS].map(|name| names.name(name)))?;
    workspace.commit(&names.name(STAGE), &CandidatesState::default(), &mut [])
}

/// How far the stage came.
#[derive(Default, Serialize, Deserialize)]
struct CandidatesState {
    bands: u32,
    runs: Vec<SpilledRun>,
    largest_bucket: usize,
    is_merged: bool,
}

/// As [`candidates_within`](crate::lsh::candidates_within), from the files of band keys that reading has made.
/// `advance` takes notice of bands that are done.
pub(super) fn candidates_from_files(
    scope: Scope,
    banded: &Banded<'_>,
    advance: &dyn Fn(u64) -> Result<()>,
    interrupt: &dyn Interrupt,
    workspace: &mut Workspace,
) -> Result<Candidates> {
    let &Banded { names, signatures, nodes, rows, share_bytes, banding, floor } = banded;
    let stage = names.name(STAGE);
    let state: CandidatesState = workspace.directory.stage(&stage)?.unwrap_or_default();
    let mut found =
        Candidates { scope, largest_bucket: state.largest_bucket, ..Candidates::none(nodes.len()) };
    let mut crowded: Column<u32> = workspace.directory.column(&names.name(CROWDED), WorkKind(*b"crwd"))?;
    let mut reader = crowded.reader(0);
    while let Some(node) = reader.next()? {
        found.crowded[node as usize] = true;
    }
    let mut pairs: Column<CandidatePair> =
        workspace.directory.column(&names.name(PAIRS), WorkKind(*b"pair"))?;
    advance(state.bands.into())?;
    let bands = banding.bands().0;
    if !state.is_merged {
        let file = workspace.directory.column(&names.name(RUNS), WorkKind(*b"runs"))?;
        let (largest_bucket, bucket_limit) = (state.largest_bucket, banding.bucket_limit());
        let mut spill = Spill { file, runs: state.runs, largest_bucket, bucket_limit, share_bytes };
        for band in state.bands..bands {
            let keys = read_keys(workspace, &names.band(band), rows)?;
            for node in spill.band(band, &keys, nodes, &found.scope, interrupt)? {
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
            workspace.commit(&stage, &state, &mut [spill.file.file(), crowded.file()])?;
            advance(1)?;
        }
        spill.merge(signatures, nodes, banding, floor, &mut pairs, interrupt)?;
        found.largest_bucket = spill.largest_bucket;
        let state = CandidatesState {
            bands,
            runs: Vec::new(),
            largest_bucket: spill.largest_bucket,
            is_merged: true,
        };
        workspace.commit(&stage, &state, &mut [pairs.file()])?;
        drop(spill);
    }
    // An earlier run may have been killed before it came to this.
    let names = (0..bands).map(|band| names.band(band)).chain([names.name(RUNS)]);
    workspace.directory.discard(&names.collect::<Vec<_>>())?;
    found.pairs = Pairs::in_file(pairs);
    Ok(found)
}

/// The keys of all rows in one band.
fn read_keys(workspace: &Workspace, band: &str, rows: usize) -> Result<Vec<u32>> {
    let column: Column<u32> = workspace.directory.column(band, BAND_KIND)?;
    if column.len() != rows as u64 {
        return Err(column.damaged());
    }
    column.to_vec()
}
