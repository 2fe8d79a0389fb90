//! Decisions in a work file, so that a later run goes on with them.

use super::workspace::Workspace;
use crate::error::Result;
use crate::select::{Removed, SelectionState};
use crate::work::{Column, Fixed, WorkKind, take};

/// The node that is removed, the one it repeats, their similarity.
impl Fixed for Removed {
    const BYTES: usize = 16;

    fn write(&self, bytes: &mut Vec<u8>) {
        self.node.write(bytes);
        self.by.write(bytes);
        self.similarity.write(bytes);
    }

    fn read(mut bytes: &[u8]) -> Self {
        Self { node: take(&mut bytes), by: take(&mut bytes), similarity: take(&mut bytes) }
    }
}

/// Of how many kept nodes a node was found to be a template.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::engine) struct TemplateCount {
    pub node: u32,
    pub kept: u32,
}

impl Fixed for TemplateCount {
    const BYTES: usize = 8;

    fn write(&self, bytes: &mut Vec<u8>) {
        self.node.write(bytes);
        self.kept.write(bytes);
    }

    fn read(mut bytes: &[u8]) -> Self {
        Self { node: take(&mut bytes), kept: take(&mut bytes) }
    }
}

/// The name of the stage and of its file.
const SELECT: &str = "select";

/// The file of nodes that are templates of others.
const TEMPLATES: &str = "templates";

/// What an earlier run decided.
pub(in crate::engine) struct EarlierDecisions {
    /// How far it came.
    pub state: SelectionState,
    /// What it removed until then.
    pub removed: Vec<Removed>,
    /// What it found to be templates.
    pub templates: Vec<TemplateCount>,
}

/// The decisions of a run so far. Of a run in memory nothing is noted.
pub(in crate::engine) struct DecisionJournal<'a>(Option<Entries<'a>>);

struct Entries<'a> {
    workspace: &'a mut Workspace,
    decisions: Column<Removed>,
    templates: Column<TemplateCount>,
}

impl<'a> DecisionJournal<'a> {
    pub(super) fn none() -> Self {
        Self(None)
    }

    pub(super) fn open(workspace: &'a mut Workspace) -> Result<Self> {
        let decisions = workspace.directory.column(SELECT, WorkKind(*b"slct"))?;
        let templates = workspace.directory.column(TEMPLATES, WorkKind(*b"tmpl"))?;
        Ok(Self(Some(Entries { workspace, decisions, templates })))
    }

    /// What an earlier run decided, if it came to it.
    pub(in crate::engine) fn earlier(&self) -> Result<Option<EarlierDecisions>> {
        let Some(entries) = &self.0 else { return Ok(None) };
        let Some(state) = entries.workspace.directory.stage(SELECT)? else { return Ok(None) };
        let removed = entries.decisions.to_vec()?;
        Ok(Some(EarlierDecisions { state, removed, templates: entries.templates.to_vec()? }))
    }

    /// Notes the decisions of a block.
    ///
    /// # Errors
    /// [`crate::Error::Io`] if nothing can be written.
    pub(in crate::engine) fn add(
        &mut self,
        removed: &[Removed],
        found: &[TemplateCount],
        state: SelectionState,
        is_done: bool,
    ) -> Result<()> {
        let Some(Entries { workspace, decisions, templates }) = &mut self.0 else { return Ok(()) };
        decisions.extend(removed)?;
        templates.extend(found)?;
        if is_done || workspace.is_due() {
            workspace.commit(SELECT, &state, &mut [decisions.file(), templates.file()])?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decision_has_the_bytes_that_the_documentation_states() {
        let removed = Removed { node: 1, by: 2, similarity: 1.0 };
        let mut bytes = Vec::new();
        removed.write(&mut bytes);
        assert_eq!(bytes, [1, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xf0, 0x3f]);
        let Removed { node, by, similarity } = Removed::read(&bytes);
        assert_eq!((node, by, similarity), (1, 2, 1.0));
        let count = TemplateCount { node: 1, kept: 2 };
        bytes.clear();
        count.write(&mut bytes);
        assert_eq!(bytes, [1, 0, 0, 0, 2, 0, 0, 0]);
        assert_eq!(TemplateCount::read(&bytes), count);
    }
}
