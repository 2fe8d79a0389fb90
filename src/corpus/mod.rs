//! Files to records: what is read, where each record stands, and what could not be read.
//!
//! Every input becomes a run of bytes in memory that costs no memory: a plain file is mapped, a compressed one
//! is unpacked to a temporary file and that is mapped. A record is then a range of bytes, and can be read again
//! at any time: to verify a candidate pair, to write what is kept. Formats other than JSON Lines are read through a
//! view (see `formats`), so that all the rest knows of lines of JSON and of whole texts only.

mod address;
#[cfg(feature = "archives")]
mod archives;
mod bytes;
mod cell;
mod compression;
mod date;
mod discover;
mod fields;
mod file_state;
mod format;
mod formats;
mod gather;
mod inputs;
mod json;
mod jsonl;
#[cfg(any(test, fuzzing))]
pub(crate) mod laws;
mod literal;
mod naming;
mod near;
mod open;
mod options;
mod recognise;
mod records;
mod reread;
mod rewrite;
mod run_files;
mod scratch;
mod settle;
mod source;
mod spool;
mod stamp;
mod unpack;
mod values;
mod walk;
mod whole_file;

pub use address::source_name;
#[cfg(feature = "archives")]
pub(crate) use archives::Archive;
pub use cell::guarded_cell;
pub use compression::Compression;
pub use date::{date_text, parse_date};
pub use discover::{Obstacle, PassedOver};
pub use fields::{FieldChoice, FieldPath, Fields, SourceGuess};
pub(crate) use fields::{ID_NAMES, TEXT_NAMES};
pub use format::Format;
pub(crate) use formats::{ANNOTATION_FIELD, guess_delimiter};
pub(crate) use formats::{Annotation, AnnotationMembers, RecordFate, RewriteContent};
pub use formats::{Header, Split};
pub use inputs::Corpus;
pub(crate) use json::Value;
pub use options::OpenOptions;
pub use recognise::KNOWN_NAMES;
pub use records::RejectReason;
pub(crate) use records::{Frame, Location, Record, RecordTable, Rejected};
pub use reread::Description;
pub(crate) use run_files::{FILE_LIST, FileList, OUTPUT_NAMES};
pub(crate) use scratch::{LONG_TEXT_BYTES, SpilledText, TextScratch};
pub use source::Source;
pub(crate) use stamp::ChunkExtent;
pub(crate) use values::{field_text, names_of, values_of};
pub(crate) use walk::Chunk;
pub(crate) use whole_file::read_whole;
