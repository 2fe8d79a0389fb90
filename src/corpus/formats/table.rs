//! The formats: a row for each. A new one is a file with its functions, a variant of [`Format`] and a row here.

use std::fmt;
use std::str::FromStr;
use std::sync::LazyLock;

use super::original::Original;
#[cfg(feature = "parquet")]
use super::parquet;
use super::rewriting::{Decide, RewriteContent, RewriteTarget};
use super::row::{Access, FormatFunctions, FormatRow};
use super::rules::{FieldName, ReadingRules, WantedFields};
use super::view::ViewWriter;
#[cfg(feature = "warc")]
use super::warc;
use super::{csv, json, json_lines, text};
use crate::corpus::compression::Compression;
use crate::corpus::fields::{FieldPath, Fields};
use crate::corpus::format::Format;
use crate::corpus::unpack;
use crate::error::{Error, Result};

/// All formats, in the order of messages.
pub(in crate::corpus) const FORMATS: &[FormatRow] = &[
    FormatRow {
        format: Format::JsonLines,
        endings: &["jsonl", "ndjson"],
        magic: None,
        access: Access::Lines,
        feature: None,
        functions: Some(&json_lines::FUNCTIONS),
    },
    FormatRow {
        format: Format::Json,
        endings: &["json"],
        magic: None,
        access: Access::View,
        feature: None,
        functions: Some(&json::FUNCTIONS),
    },
    FormatRow {
        format: Format::Csv,
        endings: &["csv"],
        magic: None,
        access: Access::View,
        feature: None,
        functions: Some(&csv::FUNCTIONS),
    },
    FormatRow {
        format: Format::Tsv,
        endings: &["tsv", "tab"],
        magic: None,
        access: Access::View,
        feature: None,
        functions: Some(&csv::FUNCTIONS),
    },
    FormatRow {
        format: Format::Text,
        endings: &["txt", "text"],
        magic: None,
        access: Access::WholeFile,
        feature: None,
        functions: Some(&text::FUNCTIONS),
    },
    FormatRow {
        format: Format::Parquet,
        endings: &["parquet", "pq"],
        magic: Some(b"PAR1"),
        access: Access::View,
        feature: Some("parquet"),
        #[cfg(feature = "parquet")]
        functions: Some(&parquet::FUNCTIONS),
        #[cfg(not(feature = "parquet"))]
        functions: None,
    },
    FormatRow {
        format: Format::Warc,
        endings: &["warc", "wet"],
        magic: Some(b"WARC/"),
        access: Access::View,
        feature: Some("warc"),
        #[cfg(feature = "warc")]
        functions: Some(&warc::FUNCTIONS),
        #[cfg(not(feature = "warc"))]
        functions: None,
    },
];

impl Format {
    /// All of them.
    pub const ALL: [Self; FORMATS.len()] = {
        let mut all = [Self::JsonLines; FORMATS.len()];
        let mut at = 0;
        while at < all.len() {
            all[at] = FORMATS[at].format;
            at += 1;
        }
        all
    };

    /// Its name: as on the command line, and as the usual ending of a file.
    pub fn name(self) -> &'static str {
        self.row().endings[0]
    }

    /// The names of all formats, for messages: `jsonl, json or csv`.
    pub fn names() -> &'static str {
        static NAMES: LazyLock<String> =
            LazyLock::new(|| listed(FORMATS.iter().map(|row| row.endings[0].to_owned())));
        &NAMES
    }

    /// The endings of the files that are read: `.jsonl, .json or .csv`.
    pub(in crate::corpus) fn endings() -> String {
        listed(FORMATS.iter().flat_map(|row| row.endings).map(|ending| format!(".{ending}")))
    }

    pub(in crate::corpus) fn row(self) -> &'static FormatRow {
        FORMATS.iter().find(|row| row.format == self).expect("a test looks for the row of each format")
    }

    /// The format of files with an ending.
    pub(in crate::corpus) fn of_ending(ending: &str) -> Option<Self> {
        FORMATS.iter().find(|row| row.endings.contains(&ending)).map(|row| row.format)
    }

    /// The format of files that begin so.
    pub(in crate::corpus) fn of_magic(head: &[u8]) -> Option<Self> {
        let begins_so = |row: &&FormatRow| row.magic.is_some_and(|magic| head.starts_with(magic));
        FORMATS.iter().find(begins_so).map(|row| row.format)
    }

    /// Whether a compressed file can be copied record by record without unpacking it.
    pub(in crate::corpus) fn is_packed_by_record(self, compression: Compression, bytes: &[u8]) -> bool {
        let function = self.row().functions.and_then(|functions| functions.is_packed_by_record);
        function.is_some_and(|is_packed_by_record| is_packed_by_record(compression, bytes))
    }

    /// Whether `rewrite` compresses each record by itself.
    pub(in crate::corpus) fn compresses_records(self) -> bool {
        self.row().functions.is_some_and(|functions| functions.is_packed_by_record.is_some())
    }
}

/// `a, b or c`.
fn listed(names: impl Iterator<Item = String>) -> String {
    let mut names: Vec<String> = names.collect();
    let last = names.pop().unwrap_or_default();
    if names.is_empty() { last } else { format!("{} or {last}", names.join(", ")) }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Format {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        Self::of_ending(text).ok_or_else(|| Error::parameter("format", text, Self::names()))
    }
}

impl Original<'_> {
    fn functions(&self) -> Result<&'static FormatFunctions> {
        let FormatRow { functions, feature, .. } = self.format.row();
        functions.ok_or_else(|| unpack::lacks(self.path, feature.unwrap_or_else(|| self.format.name())))
    }

    /// The fields of the first record that can be read.
    pub(in crate::corpus) fn field_names(&self, rules: &ReadingRules) -> Result<Option<Vec<FieldName>>> {
        (self.functions()?.field_names)(self, rules)
    }

    /// Whether one of the first records has a field.
    pub(in crate::corpus) fn has_field(&self, path: &FieldPath, rules: &ReadingRules) -> Result<bool> {
        (self.functions()?.has_field)(self, path, rules)
    }

    /// Reads all records into `view`.
    pub(in crate::corpus) fn view(
        &self,
        wanted: WantedFields<'_>,
        rules: &ReadingRules,
        view: &mut ViewWriter<'_>,
    ) -> Result<()> {
        (self.functions()?.view)(self, wanted, rules, view)
    }

    /// Checks that records have fields, and that the first ones have none of the names of an annotation's.
    pub(in crate::corpus) fn check_place_for_annotations(&self, rules: &ReadingRules) -> Result<()> {
        let Some(names) = (self.functions()?.annotation_fields)(rules) else {
            let path = self.path.to_path_buf();
            return Err(Error::NoFieldsToAnnotate { path, format: self.format.name() });
        };
        for &name in names {
            if self.has_field(&FieldPath::new(name)?, rules)? {
                return Err(self.annotated_already(name, None));
            }
        }
        Ok(())
    }

    /// Writes the records that are kept, and everything around them; returns how many they are.
    pub(in crate::corpus) fn rewrite(
        &self,
        fields: &Fields,
        rules: &ReadingRules,
        decide: &mut Decide<'_>,
        target: &mut RewriteTarget<'_>,
    ) -> Result<u64> {
        if matches!(target.content, RewriteContent::Annotated(_)) {
            self.check_place_for_annotations(rules)?;
        }
        (self.functions()?.rewrite)(self, fields, rules, decide, target)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_format_has_one_row_and_each_ending_one_format() {
        for (format, row) in Format::ALL.into_iter().zip(FORMATS) {
            assert_eq!(
                (format.row().format, format.row().endings),
                (format, row.endings),
                "one row of {format}"
            );
            assert_eq!(format.name().parse::<Format>().unwrap(), format);
            assert!(row.functions.is_some() || row.feature.is_some(), "{format}");
            for ending in row.endings {
                assert_eq!(Format::of_ending(ending), Some(format), "{ending}");
            }
        }
        // The compiler asks for a number here when a format is added, and the number for a row.
        let place = |format| match format {
            Format::JsonLines => 0,
            Format::Json => 1,
            Format::Csv => 2,
            Format::Tsv => 3,
            Format::Text => 4,
            Format::Parquet => 5,
            Format::Warc => 6,
        };
        assert!(Format::ALL.into_iter().map(place).eq(0..7));
    }

    #[test]
    fn messages_list_all_formats() {
        assert_eq!(Format::names(), "jsonl, json, csv, tsv, txt, parquet or warc");
        assert!("docx".parse::<Format>().unwrap_err().to_string().contains("parquet or warc"));
    }
}
