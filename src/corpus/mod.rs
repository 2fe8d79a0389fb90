//! Files to records: what is read, where each record stands, and what could not be read.
//!
//! Every input becomes a run of bytes in memory that costs no memory: a plain file is mapped, a compressed one
//! is unpacked to a temporary file and that is mapped. A record is then a range of bytes, and can be read again
//! at any time: to verify a candidate pair, to write what is kept.

mod bytes;
mod compression;
mod date;
mod discover;
mod fields;
mod json;
mod jsonl;
mod literal;
mod records;
mod source;
mod stamp;

pub use compression::Compression;
pub use date::parse_date;
pub use discover::{Format, KNOWN_NAMES, STDIN_NAME};
pub use fields::{FieldChoice, FieldPath, Fields};
pub(crate) use json::Value;
pub use literal::StringLiteral;
pub use records::{Frame, Location, Record, RecordTable, RejectReason, Rejected};
pub(crate) use source::{Chunk, value_text};
pub use source::{Corpus, OpenOptions, Source, TextScratch};
pub(crate) use stamp::ChunkExtent;
