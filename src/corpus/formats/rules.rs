//! How records are told apart, and which of their fields are wanted.

use std::fmt;
use std::str::FromStr;

use crate::corpus::fields::{FieldPath, Fields};
use crate::error::Error;

/// Records looked at for one that shows the fields.
pub(super) const RECORDS_FOR_GUESSING: usize = 1000;

/// A field's name, and its length if it holds a string.
pub(in crate::corpus) type FieldName = (String, Option<usize>);

/// How records are told apart.
#[derive(Clone, Debug)]
pub(in crate::corpus) struct ReadingRules {
    pub split: Option<Split>,
    pub header: Header,
    pub max_record_bytes: u64,
    #[cfg_attr(
        not(any(feature = "parquet", feature = "warc")),
        expect(dead_code, reason = "only formats that compress their parts look at it")
    )]
    pub max_ratio: u64,
}

/// Whether a table begins with the names of its columns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Header {
    /// It does.
    #[default]
    Present,
    /// It does not; columns are called by their numbers, from 1.
    Absent,
}

/// What separates the documents of a plain text file. Blank documents do not count.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Split {
    /// Each line is a document.
    Line,
    /// One or more blank lines.
    BlankLine,
    /// Whatever this expression matches; `^` and `$` match at lines.
    Pattern(regex::bytes::Regex),
}

impl FromStr for Split {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        match text {
            "line" => Ok(Self::Line),
            "blank-line" => Ok(Self::BlankLine),
            _ => regex::bytes::RegexBuilder::new(text)
                .multi_line(true)
                .build()
                .map(Self::Pattern)
                .map_err(|_| Error::parameter("split", text, "line, blank-line or a regular expression")),
        }
    }
}

impl fmt::Display for Split {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Line => "line",
            Self::BlankLine => "blank-line",
            Self::Pattern(pattern) => pattern.as_str(),
        })
    }
}

/// The fields that go into a view.
#[derive(Clone, Copy)]
pub(in crate::corpus) struct WantedFields<'a> {
    pub fields: &'a Fields,
    pub more: &'a [FieldPath],
}

impl<'a> WantedFields<'a> {
    /// Their paths, the text's first, each once.
    pub(super) fn paths(self) -> Vec<&'a FieldPath> {
        let Fields { text, id, source, date, title } = self.fields;
        let mut paths: Vec<&FieldPath> = Vec::new();
        let others = [id, source, date, title].into_iter().filter_map(Option::as_ref);
        for path in std::iter::once(text).chain(others) {
            if !paths.contains(&path) {
                paths.push(path);
            }
        }
        for path in self.more {
            if !paths.contains(&path) {
                paths.push(path);
            }
        }
        paths
    }
}
