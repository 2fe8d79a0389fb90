//! Decisions in a work file, so that a later run goes on with them.

use super::workspace::Workspace;
use crate::error::Result;
use crate::select::{Removed, SelectionState};
use crate::work::{Kind, WorkFile};

/// Bytes of a decision: the node that is removed, the one it repeats, their similarity.
const REMOVED_BYTES: usize = 16;

/// Bytes read at a time from the work of an earlier run.
const READ_BYTES: usize = 1 << 18;

/// The name of the stage and of its file.
const SELECT: &str = "select";

/// The decisions of a run so far. Of a run in memory nothing is noted.
pub(in crate::engine) struct Journal<'a>(Option<Entries<'a>>);

struct Entries<'a> {
    workspace: &'a mut Workspace,
    file: WorkFile,
    documents: usize,
}

impl<'a> Journal<'a> {
    pub(super) fn none() -> Self {
        Self(None)
    }

    pub(super) fn open(workspace: &'a mut Workspace, documents: usize) -> Result<Self> {
        let file = workspace.directory.file(SELECT, Kind(*b"slct"))?;
        Ok(Self(Some(Entries { workspace, file, documents })))
    }

    /// How far an earlier run came, and what it removed until then.
    pub(in crate::engine) fn earlier(&self) -> Result<Option<(SelectionState, Vec<Removed>)>> {
        let Some(entries) = &self.0 else { return Ok(None) };
        let Some(state) = entries.workspace.directory.stage(SELECT)? else { return Ok(None) };
        let mut removed = Vec::new();
        let mut reader = entries.file.reader(0..entries.file.len(), READ_BYTES);
        while let Some([a, b, c, d, e, f, g, h, similarity @ ..]) = reader.entry::<REMOVED_BYTES>()? {
            removed.push(Removed {
                node: u32::from_le_bytes([a, b, c, d]),
                by: u32::from_le_bytes([e, f, g, h]),
                similarity: f64::from_le_bytes(similarity),
            });
        }
        Ok(Some((state, removed)))
    }

    /// Notes the decisions of a block. `index_bytes` is the memory that selection takes.
    ///
    /// # Errors
    /// [`crate::Error::MemoryTooSmall`] if that is too much; [`crate::Error::Io`] if nothing can be written.
    pub(in crate::engine) fn add(
        &mut self,
        removed: &[Removed],
        state: SelectionState,
        index_bytes: usize,
        is_done: bool,
    ) -> Result<()> {
        let Some(Entries { workspace, file, documents }) = &mut self.0 else { return Ok(()) };
        workspace.budget.check_single(*documents, index_bytes, || {
            "an exact index of the documents in large buckets".to_owned()
        })?;
        for Removed { node, by, similarity } in removed {
            let mut entry = [0; REMOVED_BYTES];
            entry[..4].copy_from_slice(&node.to_le_bytes());
            entry[4..8].copy_from_slice(&by.to_le_bytes());
            entry[8..].copy_from_slice(&similarity.to_le_bytes());
            file.append(&entry)?;
        }
        if is_done || workspace.is_due() {
            workspace.commit(SELECT, &state, &mut [file])?;
        }
        Ok(())
    }
}
