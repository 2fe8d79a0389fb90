//! Archives: files that hold files.
//!
//! Members whose names are known become sources of their own, called after the archive and the member. Members that
//! are compressed are unpacked to one temporary file for the whole archive. Writing goes through the archive again in
//! its order: members that were sources are written anew under their old names, dates and modes, and all others are
//! copied as they stand. The name of a member is only ever written into an archive, never taken for a path.

mod archive;
mod finder;
mod names;
mod open;
mod tar;
mod zip;
mod zip_directory;

pub(crate) use archive::Archive;
pub(super) use open::{OpenedArchive, open};
