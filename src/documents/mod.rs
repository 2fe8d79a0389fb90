//! The documents of a run: text, id, source, date and place of each.
//!
//! A run keeps sketches of documents and forgets their texts. Whatever needs a document again, to verify a candidate
//! pair, to fill a table, to draw a report, asks [`Documents`] for it. A [`DocumentStore`] knows where they
//! are: [`RecordStore`] for records of files, a slice of [`Document`] for texts in memory.

mod held;
mod reader;
mod records;
mod store;

pub use held::Document;
pub(crate) use reader::{Descriptions, DocumentReader, Documents};
pub(crate) use records::RecordStore;
pub use store::{DocumentPlace, DocumentStore};
