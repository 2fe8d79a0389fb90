//! Laws that the readers keep on any bytes whatever, each held by tests over damaged examples and by a fuzz target.
//!
//! A law is a function of bytes that panics where it is broken: on a panic of the reader, on an answer other than that of
//! a slow and obvious reader, or on a round trip that does not come back. `docs/testing.md` says how to run both.
#![expect(clippy::unwrap_used, reason = "a law is a test")]

#[cfg(feature = "archives")]
mod archives;
mod formats;
mod scanner;
#[cfg(test)]
mod tests;

#[cfg(feature = "archives")]
pub use archives::{tar, zip};
#[cfg(feature = "parquet")]
pub use formats::parquet;
pub use formats::{csv, json_array};
#[cfg(feature = "warc")]
pub use formats::{html, warc};
pub use scanner::{json, literal};
