//! The forms of files and directories that tell of documents.

use std::fmt;
use std::str::FromStr;

use crate::error::{Error, Result};

/// What a file or a directory says of documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ListingForm {
    /// The output directory of `twicetold dedup` or `scan`: clusters, and what was removed.
    Dedup,
    /// The output directory of `twicetold stories`: stories are clusters.
    Stories,
    /// The ids of kept documents, one a line.
    Kept,
    /// Clusters: an id and a cluster a line, or a list of ids a line.
    Clusters,
    /// Pairs of duplicates, perhaps with their similarity, or with 1 for duplicates and 0 for others.
    Pairs,
    /// An id and the ids of its duplicates a line, as the CORE deduplication dataset has them.
    Core,
    /// A directory for each cluster, as the gold set of SpotSigs has them.
    Directories,
    /// A directory of the PAN text alignment corpora: a list of pairs for each way of reuse, and one of pairs without.
    Pan,
}

impl ListingForm {
    /// Each of them.
    pub const ALL: [Self; 8] = [
        Self::Dedup,
        Self::Stories,
        Self::Kept,
        Self::Clusters,
        Self::Pairs,
        Self::Core,
        Self::Directories,
        Self::Pan,
    ];

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Dedup => "dedup",
            Self::Stories => "stories",
            Self::Kept => "kept",
            Self::Clusters => "clusters",
            Self::Pairs => "pairs",
            Self::Core => "core",
            Self::Directories => "directories",
            Self::Pan => "pan",
        }
    }
}

impl fmt::Display for ListingForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for ListingForm {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        Self::ALL.into_iter().find(|form| form.name() == name).ok_or_else(|| {
            Error::parameter("form", name, "dedup, stories, kept, clusters, pairs, core, directories or pan")
        })
    }
}
