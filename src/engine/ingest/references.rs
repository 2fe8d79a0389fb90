//! References to a table of their shingles, before the inputs are read.

use std::path::Path;

use super::pass::Pass;
use crate::corpus::Corpus;
use crate::engine::observer::Observer;
use crate::error::Result;
use crate::reuse::items::{ItemShingler, ItemShingles, ItemTable, table_bytes};
use crate::shingle::ShingleScratch;

/// Bytes read as one piece of work: items are small, and a piece waits in memory until it is added.
const CHUNK_BYTES: usize = 1 << 18;

/// Pieces of work between two looks at how large the table becomes.
const CHUNKS_PER_WAVE: usize = 32;

/// Reads the records of the references into a table. `charge` is told how many bytes it takes, as it grows; long texts go
/// by way of temporary files in `spill`, if there is one.
///
/// # Errors
/// What `charge` returns; else as reading a corpus.
pub(in crate::engine) fn read_items(
    corpus: &Corpus,
    shingler: ItemShingler,
    observer: &dyn Observer,
    spill: Option<&Path>,
    mut charge: impl FnMut(usize) -> Result<()>,
) -> Result<ItemTable> {
    let mut pass = Pass::over_references(corpus, CHUNK_BYTES, observer);
    if let Some(directory) = spill {
        pass = pass.spilling_to(directory);
    }
    let mut items = ItemShingles::default();
    loop {
        let read = pass.wave(
            CHUNKS_PER_WAVE,
            ItemShingles::default,
            |scratch: &mut ShingleScratch, part: &mut ItemShingles, record, _| {
                shingler.add(part, record.text, scratch);
            },
            |part, _, _| {
                items.append(&part);
                Ok(())
            },
        )?;
        charge(table_bytes(&items))?;
        if read == 0 {
            return ItemTable::new(shingler, items);
        }
    }
}
