//! Files to records: what is read, where each record stands, and what could not be read.
//!
//! Every input becomes a run of bytes in memory that costs no memory: a plain file is mapped, a compressed one
//! is unpacked to a temporary file and that is mapped. A record is then a range of bytes, and can be read again
//! at any time: to verify a candidate pair, to write what is kept. Formats other than JSON Lines are read through a
//! view (see `formats`), so that all the rest knows of lines of JSON and of whole texts only.

#[cfg(feature = "archives")]
mod archives;
mod bytes;
mod compression;
mod date;
mod discover;
mod fields;
mod format;
mod formats;
mod host;
mod inputs;
mod json;
mod jsonl;
mod literal;
mod open;
mod options;
mod records;
mod run_files;
mod settle;
mod source;
mod stamp;
mod unpack;

#[cfg(feature = "archives")]
pub(crate) use archives::Archive;
pub use compression::Compression;
pub use date::{date_text, parse_date};
pub use fields::{FieldChoice, FieldPath, Fields};
pub use format::{Format, KNOWN_NAMES};
pub(crate) use formats::{Annotation, Content, Decision, Members};
pub use host::source_name;
pub(crate) use inputs::{Chunk, Described, value_text};
pub use inputs::{Corpus, TextScratch};
pub(crate) use json::Value;
pub use literal::StringLiteral;
pub use options::{Header, OpenOptions, SourceGuess, Split};
pub use records::{Frame, Location, Record, RecordTable, RejectReason, Rejected};
pub(crate) use run_files::{FILE_LIST, FileList, OUTPUT_NAMES};
pub use source::Source;
pub(crate) use stamp::ChunkExtent;
