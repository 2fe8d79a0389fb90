//! Finds text that is told twice: exact copies, near-duplicates, reprints, excerpts, repeated paragraphs.
//!
//! Shingles of documents are hashed into MinHash signatures, bands of these find candidate pairs, and the texts decide:
//! a removed document names a kept one, and their exact similarity is at least the threshold.
//!
//! # Documents that you read yourself
//!
//! ```
//! use twicetold::{Decision, Deduplicator, Document, PriorityKey};
//!
//! let rows = [
//!     ("2001-05-02", "The council voted on Monday to close the old bridge"),
//!     ("2001-05-01", "The council voted on MONDAY to close the old bridge!"),
//! ];
//! let deduplicator = Deduplicator::builder().threshold(0.8).keep(PriorityKey::Earliest).build()?;
//! let outcome = deduplicator.run(rows.map(|(date, text)| Document::new(text).with_date(date)))?;
//! assert!(matches!(outcome.decision(0), Decision::Removed { by: 1, .. }));
//! # Ok::<(), twicetold::Error>(())
//! ```
//!
//! [`Deduplicator::run`] holds the documents and gives them back. [`Deduplicator::intake`] takes borrowed texts in
//! batches and holds sketches only; a [`DocumentStore`] of yours gives it texts again when candidates are compared.
//!
//! # Files
//!
//! ```no_run
//! use twicetold::corpus::{Corpus, OpenOptions};
//! use twicetold::engine::Dedup;
//! use twicetold::output::{IfNotEmpty, OutputDirectory};
//!
//! let output = OutputDirectory::open("clean".as_ref(), IfNotEmpty::Refuse)?;
//! let corpus = Corpus::open(&["news".into()], &OpenOptions::new(std::env::temp_dir()))?;
//! let outcome = Dedup::default().decide(&corpus, &())?;
//! let (summary, _timing) = outcome.write(output, &())?;
//! println!("{} of {} documents stay", summary.documents.kept, summary.documents.read);
//! # Ok::<(), twicetold::Error>(())
//! ```
//!
//! # Which module when
//!
//! | module | for |
//! |---|---|
//! | the root | documents in memory: [`Deduplicator`], [`Intake`], and the types of parameters |
//! | [`engine`] | whole runs over files: [`Dedup`](engine::Dedup), [`Stories`](engine::Stories), [`truth`](engine::truth), [`explain`](engine::explain); [`Observer`](engine::Observer) watches a run and may end it |
//! | [`corpus`] | opening files: formats, fields, compression, archives |
//! | [`output`] | the output directory, the tables, the summary |
//! | [`evaluate`], [`labelled`] | any tool's result against labels: the figures, and reading both from files |
//! | [`generate`] | synthetic archives with planted truth, for measuring |
//! | `report` | the page for a person to look at (feature `report`) |
//! | `text`, `shingle`, `sketch`, `lsh`, `similarity`, `select`, `reuse` | the stages, for those who build pipelines of their own (feature `stages`; they may change with any release) |
//!
//! # Features
//!
//! All are on by default but `stages`: `cli` (the program), and one for each heavy format or output: `archives`, `bzip2`,
//! `lz4`, `parquet`, `report`, `warc`, `xz`. A library without the program: `default-features = false`.
#![cfg_attr(docsrs, feature(doc_cfg))]
#![cfg_attr(
    not(all(feature = "stages", feature = "report")),
    allow(
        dead_code,
        unreachable_pub,
        unused_imports,
        reason = "some is for the report, some is public with the stages only"
    )
)]

mod components;
mod disk;
mod document;
mod documents;
mod error;
mod hash;
mod interrupt;
mod least;
mod params;
mod partition;
mod relation;
mod work;

/// What holds for any bytes whatever; see `fuzz/`.
#[cfg(any(test, fuzzing))]
pub mod laws {
    pub use crate::corpus::laws::*;
    pub use crate::work::law::work_files;
}

pub mod corpus;
pub mod engine;
pub mod evaluate;
pub mod generate;
pub mod labelled;
#[doc(hidden)]
pub mod nearest;
#[doc(hidden)]
pub mod number;
pub mod output;
#[cfg(feature = "report")]
pub mod report;

#[cfg(not(feature = "stages"))]
mod lsh;
#[cfg(feature = "stages")]
pub mod lsh;
#[cfg(not(feature = "stages"))]
mod reuse;
#[cfg(feature = "stages")]
pub mod reuse;
#[cfg(not(feature = "stages"))]
mod select;
#[cfg(feature = "stages")]
pub mod select;
#[cfg(not(feature = "stages"))]
mod shingle;
#[cfg(feature = "stages")]
pub mod shingle;
#[cfg(not(feature = "stages"))]
mod similarity;
#[cfg(feature = "stages")]
pub mod similarity;
#[cfg(not(feature = "stages"))]
mod sketch;
#[cfg(feature = "stages")]
pub mod sketch;
#[cfg(not(feature = "stages"))]
mod text;
#[cfg(feature = "stages")]
pub mod text;

pub use corpus::Description;
pub use document::DocumentId;
pub use documents::{Document, DocumentPlace, DocumentStore};
pub use engine::{
    BorrowedDocument, Comparing, DecidedDocuments, Decision, Deduplicated, Deduplicator, DeduplicatorBuilder,
    Intake, Representatives,
};
pub use error::{Error, Example, Examples, Result, UnusableInput};
pub use interrupt::Interrupt;
pub use lsh::{AgreementFloor, Banding};
pub use params::{
    Bands, BucketLimit, Containment, DiacriticFolding, DigitFolding, HyphenJoining, Recall, Rows, Seed,
    Shingling, Slots, TextParams, Threshold,
};
pub use relation::{Relation, RelationCounts};
pub use reuse::credits::Credits;
pub use reuse::items::ItemSearch;
pub use select::{Cluster, PriorityKey, Removal, Verification};
pub use similarity::{JoinPair, Measure};
pub use text::ParagraphSplit;

/// The Rust of the README, which is compiled and run with the examples of the library.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
