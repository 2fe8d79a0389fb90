//! What a work directory was made with, and how far its run came.

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::file::Committed;
use super::settings::Settings;
use crate::disk::Disk;
use crate::error::{Error, Result};
use crate::hash;
use crate::params::Seed;

/// The file's name, and the name under which it is written before it takes the place of the one before.
pub(super) const MANIFEST: &str = "manifest.json";
const NEXT_MANIFEST: &str = "manifest.json.next";

/// The first word of the first line, which also states the format's version and the checksum of what follows.
const MAGIC: &str = "twicetold-work-1";

/// One input as it was: enough to notice that it has changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct InputStamp {
    /// Its name in the output.
    pub name: String,
    /// Its size in bytes.
    pub bytes: u64,
    /// When it was last changed, in nanoseconds since 1970; none for standard input.
    pub modified: Option<u64>,
    /// Hash of some blocks of its content; zero where content is read only when it is needed.
    pub sample: u64,
}

impl std::fmt::Display for InputStamp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} bytes", self.bytes)?;
        if let Some(modified) = self.modified {
            write!(f, " changed at {}.{:09} s", modified / 1_000_000_000, modified % 1_000_000_000)?;
        }
        write!(f, " with content {:016x}", self.sample)
    }
}

/// What a work directory was made with, and what of it counts.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Manifest {
    /// The program's version.
    pub version: String,
    /// What the results depend on beside the inputs.
    pub settings: Settings,
    /// Length and checksum of each file.
    pub files: BTreeMap<String, Committed>,
    /// How far each stage came.
    pub stages: BTreeMap<String, serde_json::Value>,
}

impl Manifest {
    /// Reads the manifest of a directory, none if there is none.
    pub(super) fn read(directory: &Path) -> Result<Option<Self>> {
        let path = directory.join(MANIFEST);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) if error.kind() == io::ErrorKind::InvalidData => {
                return Err(Error::WorkDamaged { path });
            }
            Err(error) => return Err(Error::io(&path, "read it")(error)),
        };
        let parsed = text.split_once('\n').and_then(|(first, rest)| {
            if first != first_line(rest) {
                return None;
            }
            serde_json::from_str(rest).ok()
        });
        parsed.map(Some).ok_or(Error::WorkDamaged { path })
    }

    /// Puts this manifest in the place of the one before.
    pub(super) fn write(&self, disk: &Disk, directory: &Path) -> Result<()> {
        let (path, next) = (directory.join(MANIFEST), directory.join(NEXT_MANIFEST));
        let failed = Error::io(&path, "write it");
        let written = serde_json::to_string_pretty(self).map_err(io::Error::from).and_then(|json| {
            let mut file = disk.open(&next, OpenOptions::new().write(true).create(true).truncate(true))?;
            file.write_all(format!("{}\n{json}", first_line(&json)).as_bytes())?;
            disk.rename(&next, &path)
        });
        written.map_err(failed)
    }
}

fn first_line(rest: &str) -> String {
    format!("{MAGIC} {:016x}", hash::bytes64(rest.as_bytes(), Seed(0)))
}
