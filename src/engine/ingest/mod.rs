//! Texts to columns of sketches: one maker for all runs, wherever texts come from and columns go.

mod columns;
mod figures;
mod maker;
mod pass;
mod read;
mod references;
mod unusable;

pub(super) use columns::{GatheredColumns, SketchColumns, Sketches};
pub(super) use figures::{Figure, FigureFields};
pub(super) use maker::{Keep, LONG_TEXT_BYTES, Maker, ShinglingScratch};
pub(super) use pass::{FoundRecords, MAX_DOCUMENTS, Pass, PassState, read_all};
pub(super) use read::{Ingested, as_it_is, ingest};
pub(super) use references::read_items;
