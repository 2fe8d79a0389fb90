//! Finds text that is told twice: exact copies, near-duplicates, reprints, excerpts, repeated paragraphs.
#![cfg_attr(docsrs, feature(doc_cfg))]

mod document;
mod error;
mod hash;
mod params;
mod partition;
mod work;

pub mod corpus;
pub mod engine;
pub mod generate;
pub mod lsh;
#[doc(hidden)]
pub mod nearest;
pub mod number;
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
pub use engine::{Comparing, Decision, Deduplicated, Deduplicator, DeduplicatorBuilder, Document, Intake};
pub use error::{Error, Example, Examples, Result};
pub use params::{
    Bands, Containment, DiacriticFolding, DigitFolding, Recall, Rows, Seed, Shingling, Slots, TextParams,
    Threshold,
};
