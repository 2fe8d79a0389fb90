//! Sketches of parts of documents, which are more than documents and so take less memory each.
#![allow(
    clippy::cast_possible_truncation,
    reason = "documents and nodes are numbered in 32 bits, and reading refuses more; shares are for people"
)]

use super::candidates::{BAND_KIND, Banded, FileNames, candidates_from_files, forget_candidates};
use super::sets::SetAllowance;
use super::storage::Storage;
use crate::engine::ingest::{SketchColumns, Sketches};
use crate::engine::plan::Index;
use crate::error::Result;
use crate::interrupt::Interrupt;
use crate::lsh::{Candidates, Scope, candidates};
use crate::params::Slots;
use crate::shingle::TextIdentity;
use crate::sketch::{RowBuffer, Signatures};
use crate::work::{Column, Fixed, RowColumn, WorkKind, take};

/// The names of the work files of parts.
pub(super) const PARTS: FileNames = FileNames("paragraph-");

/// The files: identities and signatures of parts, and where they stand.
const IDENTITIES: &str = "identities";
const SIGNATURES: &str = "signatures";
const OCCURRENCES: &str = "occurrences";

/// Bytes of a part that is being folded: a hash of it and its number.
const FOLD_BYTES: usize = 16;

impl Fixed for TextIdentity {
    const BYTES: usize = 24;

    fn write(&self, bytes: &mut Vec<u8>) {
        self.fingerprint.write(bytes);
        self.check.write(bytes);
        (self.units as u64).write(bytes);
    }

    fn read(mut bytes: &[u8]) -> Self {
        let (fingerprint, check) = (take(&mut bytes), take(&mut bytes));
        Self { fingerprint, check, units: take::<u64>(&mut bytes) as usize }
    }
}

/// Sketches of parts of documents, in order.
pub(in crate::engine) enum PartSketches {
    Memory(Sketches),
    Files(PartFiles),
}

/// Sketches of parts in work files.
pub(in crate::engine) struct PartFiles {
    identities: Column<TextIdentity>,
    signatures: RowColumn,
    bands: Vec<Column<u32>>,
}

/// Distinct parts of those in work files.
pub(in crate::engine) struct FoldedParts {
    /// For each distinct one, the first part that it stands for.
    pub firsts: Vec<u32>,
    /// For each part, the distinct one that it is.
    pub node_of: Vec<u32>,
    pub signatures: Signatures,
}

impl Storage {
    /// For sketches of parts, none yet. What an earlier run found out about parts is found out again.
    pub(in crate::engine) fn parts(&mut self, slots: Slots, index: Index) -> Result<PartSketches> {
        let Self::Files(workspace) = self else { return Ok(PartSketches::Memory(Sketches::new(slots))) };
        let bands = index.banding().map_or(0, |banding| banding.bands().0);
        let names = [IDENTITIES, SIGNATURES, OCCURRENCES].map(|name| PARTS.name(name));
        let names: Vec<String> = names.into_iter().chain((0..bands).map(|band| PARTS.band(band))).collect();
        workspace.directory.discard(&names)?;
        forget_candidates(PARTS, workspace)?;
        let directory = &workspace.directory;
        let band = |band| directory.column(&PARTS.band(band), BAND_KIND);
        Ok(PartSketches::Files(PartFiles {
            identities: directory.column(&PARTS.name(IDENTITIES), WorkKind(*b"idnt"))?,
            signatures: directory.row_column(&PARTS.name(SIGNATURES), WorkKind(*b"sign"), slots.get())?,
            bands: (0..bands).map(band).collect::<Result<_>>()?,
        }))
    }

    /// A work file of where parts stand; none if all is in memory.
    pub(in crate::engine) fn part_places<T: Fixed>(&self) -> Result<Option<Column<T>>> {
        let Self::Files(workspace) = self else { return Ok(None) };
        workspace.directory.column(&PARTS.name(OCCURRENCES), WorkKind(*b"occu")).map(Some)
    }

    /// The candidate pairs among distinct parts, `nodes`, of so many `parts` in so many `documents`.
    pub(in crate::engine) fn part_candidates(
        &mut self,
        signatures: &Signatures,
        nodes: &[u32],
        (documents, parts): (usize, usize),
        index: Index,
        interrupt: &dyn Interrupt,
    ) -> Result<Candidates> {
        let Index::Bands { banding, floor } = index else { return Ok(Candidates::all_crowded(nodes.len())) };
        match self {
            Self::Memory(_) => candidates(signatures, nodes, banding, floor, interrupt),
            Self::Files(workspace) => {
                let share_bytes = workspace.budget.beside_parts(parts).share(documents);
                let banded =
                    Banded { names: PARTS, signatures, nodes, rows: parts, share_bytes, banding, floor };
                candidates_from_files(Scope::default(), &banded, &|_| Ok(()), interrupt, workspace)
            }
        }
    }

    /// Bytes that a wave of parts may take beside so many documents and parts; none if there is no bound.
    pub(in crate::engine) fn part_wave_bytes(&self, documents: usize, parts: usize) -> Option<usize> {
        match self {
            Self::Memory(_) => None,
            Self::Files(workspace) => Some(workspace.budget.beside_parts(parts).share(documents) / 2),
        }
    }

    /// What a thread may hold of the parts that it compares, beside so many documents and parts.
    pub(in crate::engine) fn part_sets(&self, (documents, parts): (usize, usize)) -> SetAllowance {
        match self {
            Self::Memory(sets) => *sets,
            Self::Files(workspace) => workspace.budget.beside_parts(parts).sets(documents),
        }
    }

    /// Refuses a number of parts and of repeats among them for which the limit is too low.
    ///
    /// # Errors
    /// [`crate::Error::MemoryTooSmall`] with what they would need.
    pub(in crate::engine) fn check_parts(
        &self,
        documents: usize,
        parts: usize,
        repeats: usize,
    ) -> Result<()> {
        match self {
            Self::Memory(_) => Ok(()),
            Self::Files(workspace) => workspace.budget.check_parts(documents, parts, repeats),
        }
    }
}

impl PartSketches {
    /// Adds the sketches of the next parts.
    pub(in crate::engine) fn append(&mut self, columns: &SketchColumns) -> Result<()> {
        match self {
            Self::Memory(sketches) => {
                sketches.signatures.append(&columns.signatures);
                sketches.fingerprints.extend_from_slice(&columns.fingerprints);
                sketches.checks.extend_from_slice(&columns.checks);
                sketches.units.extend_from_slice(&columns.units);
                Ok(())
            }
            Self::Files(files) => {
                let identities: Vec<TextIdentity> = columns.identities().collect();
                files.identities.extend(&identities)?;
                files.signatures.extend(&columns.signatures)?;
                for (file, keys) in files.bands.iter_mut().zip(&columns.band_keys) {
                    file.extend(keys)?;
                }
                Ok(())
            }
        }
    }
}

impl PartFiles {
    /// States that all parts are there, so that their keys can be read.
    pub(in crate::engine) fn seal(&mut self, storage: &mut Storage) -> Result<()> {
        let Storage::Files(workspace) = storage else { return Ok(()) };
        let Self { identities, signatures, bands } = self;
        let mut files = vec![identities.file(), signatures.file()];
        files.extend(bands.iter_mut().map(Column::file));
        workspace.commit(&PARTS.name("read"), &true, &mut files)
    }

    /// Folds equal parts, as documents are folded: 8 bytes a part, and 16 a part of those looked at together, which are
    /// as many as memory allows. `documents` is the number of documents beside them.
    pub(in crate::engine) fn fold(
        self,
        slots: Slots,
        documents: usize,
        storage: &Storage,
    ) -> Result<FoldedParts> {
        let count = self.identities.len() as usize;
        let share = storage.part_wave_bytes(documents, count).unwrap_or(usize::MAX);
        let passes = (count * FOLD_BYTES).div_ceil(share).max(1) as u32;
        let signatures = Signatures::in_file(slots, self.signatures);
        // Until distinct ones are numbered, the first equal part.
        let mut node_of: Vec<u32> = (0..count as u32).collect();
        let mut buffers = <(RowBuffer, RowBuffer)>::default();
        for pass in 0..passes {
            let mut entries = Vec::new();
            let mut reader = self.identities.reader(0);
            let mut part = 0u32;
            // Of the two hashes the one that has no families of texts that collide, as for documents.
            while let Some(TextIdentity { check, .. }) = reader.next()? {
                if (u128::from(check) * u128::from(passes)) >> 64 == u128::from(pass) {
                    entries.push((check, part));
                }
                part += 1;
            }
            entries.sort_unstable();
            for group in entries.chunk_by(|a, b| a.0 == b.0).filter(|group| group.len() > 1) {
                fold(group, &self.identities, &signatures, &mut node_of, &mut buffers)?;
            }
        }
        let mut firsts = Vec::new();
        for part in 0..count {
            let first = node_of[part] as usize;
            if first == part {
                node_of[part] = firsts.len() as u32;
                firsts.push(part as u32);
            } else {
                // An earlier part, so that it is numbered already.
                node_of[part] = node_of[first];
            }
        }
        Ok(FoldedParts { firsts, node_of, signatures })
    }
}

/// Finds which parts of one hash are equal.
fn fold(
    group: &[(u64, u32)],
    identities: &Column<TextIdentity>,
    signatures: &Signatures,
    first_of: &mut [u32],
    (own, other): &mut (RowBuffer, RowBuffer),
) -> Result<()> {
    let mut distinct: Vec<(TextIdentity, u32)> = Vec::new();
    for &(_, part) in group {
        let identity = identities.get(part.into())?;
        let row = signatures.row(part as usize, own)?;
        let mut first = part;
        for &(earlier, place) in &distinct {
            if identity.is_equal(earlier) && signatures.row(place as usize, other)? == row {
                first = place;
                break;
            }
        }
        if first == part {
            distinct.push((identity, part));
        }
        first_of[part as usize] = first;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identity_has_the_bytes_that_the_documentation_states() {
        let mut bytes = Vec::new();
        let identity = TextIdentity { fingerprint: 1, check: 2, units: 3 };
        identity.write(&mut bytes);
        assert_eq!(bytes, [1u64, 2, 3].map(u64::to_le_bytes).concat());
        assert_eq!(TextIdentity::read(&bytes), identity);
    }
}
