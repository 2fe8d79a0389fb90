//! Reading a file or a directory of any form.

use std::path::Path;

use super::columns::ListingFields;
use super::form::ListingForm;
use super::lines::TextLines;
use super::listing::Listing;
use super::recognise::{Writing, directory_form, file_form};
use super::table::Delimiting;
use super::{clusters, kept, pairs, published, runs};
use crate::error::{Error, Result};
use crate::evaluate::IdNumbers;

/// Which of the two sides is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListingSide {
    /// What a tool says.
    Result,
    /// What it is held to.
    Labels,
}

/// Reads what a file or a directory says of documents, and numbers their ids. `form` says how it is to be read; without one it
/// is told by the content. `-` is standard input, and a compressed file is unpacked. O(bytes), all of which are held in memory.
///
/// # Errors
/// [`Error::UnclearForm`] if its form cannot be told, or is none that it could have, [`Error::BadLine`] with the first line that
/// cannot be used, [`Error::MissingInput`], [`Error::Io`] and [`Error::Damaged`] if it cannot be read.
pub fn read_listing(
    path: &Path,
    side: ListingSide,
    form: Option<ListingForm>,
    fields: &ListingFields,
    ids: &mut IdNumbers,
) -> Result<Listing> {
    let is_labels = side == ListingSide::Labels;
    if path.is_dir() {
        let form = form.map_or_else(|| directory_form(path, is_labels), Ok)?;
        return match form {
            ListingForm::Dedup => runs::read_dedup(path, ids),
            ListingForm::Stories => runs::read_stories(path, ids),
            ListingForm::Directories => published::read_directories(path, ids),
            ListingForm::Pan => published::read_pan(path, ids),
            ListingForm::Kept | ListingForm::Clusters | ListingForm::Pairs | ListingForm::Core => {
                let found = format!("a directory, where {form} is a file");
                Err(Error::UnclearForm { path: path.to_path_buf(), found, is_labels })
            }
        };
    }
    let file = TextLines::read(path)?;
    let writing = Writing::of(&file, is_labels)?;
    let form = form.map_or_else(|| file_form(&file, &writing, fields, is_labels), Ok)?;
    match (form, writing) {
        (ListingForm::Kept, Writing::Objects) => kept::read_objects(&file, fields, ids),
        (ListingForm::Kept, _) => kept::read_lines(&file, ids),
        (ListingForm::Clusters, Writing::Objects) => clusters::read_objects(&file, fields, ids),
        (ListingForm::Clusters, Writing::Lists) => clusters::read_lists(&file, ids),
        (ListingForm::Clusters, Writing::OneList(lists)) => clusters::of_lists(&file, &lists, ids),
        (ListingForm::Clusters, Writing::Rows(Delimiting::Escaped)) => {
            clusters::read_table(&file, Delimiting::By(b'\t'), fields, ids)
        }
        (ListingForm::Clusters, Writing::Rows(delimiting)) => {
            clusters::read_table(&file, delimiting, fields, ids)
        }
        (ListingForm::Pairs, Writing::Objects) => pairs::read_objects(&file, fields, ids),
        (ListingForm::Pairs, Writing::Lists) => pairs::read_lists(&file, ids),
        (ListingForm::Pairs, Writing::OneList(lists)) => pairs::of_lists(&file, &lists, ids),
        (ListingForm::Pairs, Writing::Rows(delimiting)) => pairs::read_table(&file, delimiting, fields, ids),
        (ListingForm::Core, _) => published::read_core(&file, fields.id.as_ref(), ids),
        (ListingForm::Dedup | ListingForm::Stories | ListingForm::Directories | ListingForm::Pan, _) => {
            let found = format!("a file, where {form} is a directory");
            Err(Error::UnclearForm { path: path.to_path_buf(), found, is_labels })
        }
    }
}
