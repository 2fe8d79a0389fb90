//! Finds text that is told twice: exact copies, near-duplicates, reprints, excerpts, repeated paragraphs.
#![cfg_attr(docsrs, feature(doc_cfg))]

mod components;
mod document;
mod documents;
mod error;
mod hash;
mod params;
mod partition;
mod relation;
mod work;

pub mod corpus;
pub mod engine;
pub mod generate;
pub mod lsh;
pub mod output;
#[cfg(feature = "report")]
pub mod report;
pub mod reuse;
pub mod select;
pub mod shingle;
pub mod similarity;
pub mod sketch;
pub mod text;

pub use document::DocumentId;
pub use documents::{
    Description, Descriptions, Document, DocumentReader, DocumentStore, Documents, Place, RecordStore,
};
pub use engine::{
    BorrowedDocument, Comparing, DecidedDocuments, Decision, Deduplicated, Deduplicator, DeduplicatorBuilder,
    Intake,
};
pub use error::{Error, Example, Examples, Result};
pub use params::{
    Bands, Containment, DiacriticFolding, DigitFolding, Recall, Rows, Seed, Shingling, Slots, TextParams,
    Threshold,
};
pub use select::PriorityKey;
