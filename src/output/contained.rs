//! `contained.jsonl` and `unsearched.jsonl`: which documents hold which records of the reference, and which records were
//! too short to be searched for.

use serde::Serialize;

use super::directory::OutputDirectory;
use super::items::{HeldItem, UnsearchedItem};
use super::tables::{Tables, json_line, write_lines};
use crate::documents::{DocumentPlace, DocumentStore};
use crate::error::Result;

#[derive(Serialize)]
struct HeldLine<'a> {
    id: &'a str,
    file: &'a str,
    record: u32,
    item_id: &'a str,
    item_file: &'a str,
    item_record: u32,
    start: usize,
    end: usize,
    containment: f64,
    shared: u64,
    shingles: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    inside: Option<f64>,
}

#[derive(Serialize)]
struct UnsearchedLine<'a> {
    id: &'a str,
    file: &'a str,
    record: u32,
}

impl Tables<'_> {
    /// One line a document and a record that it holds.
    ///
    /// # Errors
    /// [`crate::Error::Io`] if it cannot be written.
    pub(crate) fn contained(&self, output: &OutputDirectory, held: &[HeldItem]) -> Result<()> {
        let prepare = |wave: &[HeldItem]| {
            Ok(self.documents().describe_all(wave.iter().flat_map(|held| [held.document, held.item])))
        };
        write_lines(output, "contained.jsonl", held, prepare, |held, described| {
            let (holder, item) = (self.store.place(held.document), self.store.place(held.item));
            Ok(json_line(&HeldLine {
                id: &described.of(held.document).id,
                file: holder.file,
                record: holder.record,
                item_id: &described.of(held.item).id,
                item_file: item.file,
                item_record: item.record,
                start: held.place.start,
                end: held.place.end,
                containment: held.containment,
                shared: held.shared,
                shingles: held.item_shingles,
                inside: held.inside,
            }))
        })
    }

    /// One line a record of the reference that was too short to be searched for.
    ///
    /// # Errors
    /// [`crate::Error::Io`] if it cannot be written.
    pub(crate) fn unsearched(&self, output: &OutputDirectory, items: &[UnsearchedItem]) -> Result<()> {
        let prepare =
            |wave: &[UnsearchedItem]| Ok(self.documents().describe_all(wave.iter().map(|item| item.0)));
        write_lines(output, "unsearched.jsonl", items, prepare, |item, described| {
            let DocumentPlace { file, record, .. } = self.store.place(item.0);
            Ok(json_line(&UnsearchedLine { id: &described.of(item.0).id, file, record }))
        })
    }
}
