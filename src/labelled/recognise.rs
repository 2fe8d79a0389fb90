//! What a file or a directory says of documents, told by its content.

use std::path::Path;

use super::clusters::{self, lists_of_array};
use super::columns::{ClusterFields, ListingFields, PairFields};
use super::form::ListingForm;
use super::lines::{TextLines, ids_of_array};
use super::pairs;
use super::published::{CORE_DUPLICATES, entries, pan_pairs};
use super::table::{Delimiting, TableRow, rows};
use crate::corpus::{ANNOTATION_FIELD, ID_NAMES, TEXT_NAMES, names_of};
use crate::error::{Error, Result};

/// How the lines of a file are written.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Writing {
    /// An object of JSON a line.
    Objects,
    /// A list of JSON a line.
    Lists,
    /// One list of lists.
    OneList(Vec<Vec<String>>),
    /// Rows of a table, or an id a line.
    Rows(Delimiting),
}

impl Writing {
    /// How a file is written. One that is called JSON is not taken for a list of ids because it is damaged.
    pub(super) fn of(file: &TextLines<'_>, is_labels: bool) -> Result<Self> {
        let first = file.first().unwrap_or_default().trim();
        let is_json = file.path.to_string_lossy().contains(".json");
        if first.starts_with('{') && (is_json || names_of(first).is_ok()) {
            return Ok(Self::Objects);
        }
        if first.starts_with('[') {
            if ids_of_array(first).is_some() {
                return Ok(Self::Lists);
            }
            if let Some(lists) = lists_of_array(file.text()) {
                return Ok(Self::OneList(lists));
            }
            if is_json {
                return Err(unclear(
                    file.path,
                    "JSON that is no list of ids, and no list of such lists",
                    is_labels,
                ));
            }
        }
        Ok(Self::Rows(Delimiting::of(file)))
    }
}

fn unclear(path: &Path, found: impl Into<String>, is_labels: bool) -> Error {
    Error::UnclearForm { path: path.to_path_buf(), found: found.into(), is_labels }
}

/// The form of a directory.
pub(super) fn directory_form(path: &Path, is_labels: bool) -> Result<ListingForm> {
    if path.join("stories.jsonl").is_file() {
        Ok(ListingForm::Stories)
    } else if path.join("removed.jsonl").is_file() && path.join("clusters.jsonl").is_file() {
        Ok(ListingForm::Dedup)
    } else if !pan_pairs(path)?.is_empty() {
        Ok(ListingForm::Pan)
    } else if is_labels && entries(path)?.iter().any(|entry| entry.is_dir()) {
        Ok(ListingForm::Directories)
    } else {
        Err(unclear(
            path,
            "a directory without clusters.jsonl and removed.jsonl, or stories.jsonl",
            is_labels,
        ))
    }
}

/// The form of a file. A row of two ids without names is never guessed: it may be a pair, or a document and its cluster.
pub(super) fn file_form(
    file: &TextLines<'_>,
    writing: &Writing,
    asked: &ListingFields,
    is_labels: bool,
) -> Result<ListingForm> {
    match writing {
        Writing::Objects => {
            let names = file.names()?;
            form_of_names(&names, asked, is_labels).ok_or_else(|| {
                unclear(file.path, format!("objects with the fields {}", names.join(", ")), is_labels)
            })
        }
        // Lists of two that overlap are pairs, and lists of two that do not mean the same either way.
        Writing::OneList(lists) if lists.iter().all(|list| list.len() == 2) => Ok(ListingForm::Pairs),
        Writing::OneList(_) | Writing::Lists => Ok(ListingForm::Clusters),
        Writing::Rows(Delimiting::Escaped | Delimiting::Blank) => Ok(ListingForm::Pairs),
        Writing::Rows(delimiting) => {
            let mut rows = rows(file, *delimiting);
            let Some(row) = rows.next().transpose()? else {
                return if is_labels {
                    Err(unclear(file.path, "nothing", is_labels))
                } else {
                    Ok(ListingForm::Kept)
                };
            };
            form_of_row(&row, file, asked, is_labels)
                .ok_or_else(|| unclear(file.path, format!("rows of {} values", row.values.len()), is_labels))
        }
    }
}

fn form_of_names(names: &[String], asked: &ListingFields, is_labels: bool) -> Option<ListingForm> {
    let has = |name: &str| names.iter().any(|other| other == name);
    let is_about_pairs = PairFields::among(names, asked).ok().flatten().is_some();
    let cluster = ClusterFields::among(names, asked).ok().flatten().map(|fields| fields.cluster);
    let has_cluster = cluster.is_some();
    // Records with a text are those that a tool kept, with any fields of their own, or all of them with what it says of each.
    let is_record = !is_labels && asked.label.is_none() && TEXT_NAMES.iter().any(|name| has(name));
    if is_record && cluster.is_some_and(|cluster| !cluster.as_str().starts_with(ANNOTATION_FIELD)) {
        None
    } else if asked.label.is_some() && has_cluster && !is_about_pairs {
        Some(ListingForm::Clusters)
    } else if has(CORE_DUPLICATES) {
        Some(ListingForm::Core)
    } else if is_about_pairs {
        Some(ListingForm::Pairs)
    } else if has_cluster {
        Some(ListingForm::Clusters)
    } else if !is_labels && (asked.id.is_some() || ID_NAMES.iter().any(|name| has(name))) {
        Some(ListingForm::Kept)
    } else {
        None
    }
}

fn form_of_row(
    row: &TableRow,
    file: &TextLines<'_>,
    asked: &ListingFields,
    is_labels: bool,
) -> Option<ListingForm> {
    let is_share = |text: &str| text.trim().parse::<f64>().is_ok_and(|share| (0.0..=1.0).contains(&share));
    let name = file.path.to_string_lossy();
    let is_table = [".csv", ".tsv"].iter().any(|ending| name.contains(ending)) || row.values.len() == 1;
    if pairs::is_header(row, asked) {
        Some(ListingForm::Pairs)
    } else if clusters::is_header(row, asked) || asked.label.is_some() && row.values.len() > 1 {
        // A name that is asked for and not there is told by whoever reads the table.
        Some(ListingForm::Clusters)
    } else if matches!(row.values.len(), 3 | 4) && is_share(row.value(2)) {
        Some(ListingForm::Pairs)
    } else if !is_labels && (row.values.len() == 1 || !is_table && !first_has_tab(file)) {
        // An id may hold commas, such as an address.
        Some(ListingForm::Kept)
    } else {
        None
    }
}

fn first_has_tab(file: &TextLines<'_>) -> bool {
    file.first().is_some_and(|first| first.contains('\t'))
}
