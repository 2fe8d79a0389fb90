//! The label files of published corpora, in the forms in which they are published. None of their data is here.
//!
//! - NEWS-COPY (Silcock et al. 2023, "Noise-robust de-duplication at scale") has pairs of ids as one array of JSON of lists of two, which
//!   [`pairs`](super::pairs) reads. Source: `utils.py` of dell-research-harvard/NEWS-COPY, which reads them so.
//! - The CORE deduplication dataset 2020 (Gyawali et al. 2020, "Deduplication of scholarly documents using locality sensitive hashing and word
//!   embeddings") has JSON Lines with `core_id` and `labelled_duplicates`, a list of other ids. Source: its description by its publishers.
//! - The gold set of SpotSigs (Theobald et al. 2008, "SpotSigs: robust and efficient near duplicate detection in large web collections") has a
//!   directory a cluster, and a page a file. Source: programs that read it so.
//! - The PAN corpora of text alignment, from 2012 on, have directories such as `02-no-obfuscation`, each with a file `pairs` of lines
//!   of a suspicious and a source document, with a blank between; those of `01-no-plagiarism` share nothing. Source: PAN's
//!   descriptions of the task and programs that took part.

use std::fs;
use std::path::{Path, PathBuf};

use super::form::ListingForm;
use super::lines::{TextLines, ids_of_array};
use super::listing::{ClusterGathering, Listing};
use super::pairs::PairGathering;
use super::table::{Delimiting, rows};
use crate::corpus::{FieldPath, Value};
use crate::error::{Error, Result};
use crate::evaluate::IdNumbers;

/// The field that tells CORE's labels from others.
pub(super) const CORE_DUPLICATES: &str = "labelled_duplicates";
const CORE_ID: &str = "core_id";

/// Of PAN's directories, that of pairs without reuse has this in its name.
const PAN_NEGATIVE: &str = "no-plagiarism";

/// Reads CORE's labels. A duplicate that has no line of its own is a document as well.
pub(super) fn read_core(
    file: &TextLines<'_>,
    id_field: Option<&FieldPath>,
    ids: &mut IdNumbers,
) -> Result<Listing> {
    let id = id_field.cloned().map_or_else(|| FieldPath::new(CORE_ID), Ok)?;
    let duplicates = FieldPath::new(CORE_DUPLICATES)?;
    let mut gathering = PairGathering::new(file);
    let mut documents = Vec::new();
    for object in file.objects(&[&id, &duplicates]) {
        let (line, values) = object?;
        let own = file.needed(line, values[0], &id)?;
        documents.push(ids.number(&own)?);
        let others = match values[1] {
            None | Some(Value::Other("null")) => Vec::new(),
            Some(Value::Other(array)) => {
                let wrong = || file.unreadable(line, &format_args!("\"{duplicates}\" is not a list of ids"));
                ids_of_array(array).ok_or_else(wrong)?
            }
            Some(_) => {
                return Err(file.unreadable(line, &format_args!("\"{duplicates}\" is not a list of ids")));
            }
        };
        for other in others {
            gathering.put(line, [&own, &other], None, None, ids)?;
            documents.extend(ids.find(&other));
        }
    }
    // Each duplicate names the other, as a rule.
    Ok(Listing { documents: Some(documents), repeated: 0, ..gathering.finish(ListingForm::Core) })
}

/// What stands in a directory, hidden names left out, in order of names.
pub(super) fn entries(directory: &Path) -> Result<Vec<PathBuf>> {
    let failed = |error| Error::io(directory, "list it")(error);
    let mut paths = Vec::new();
    for entry in fs::read_dir(directory).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        if !entry.file_name().to_string_lossy().starts_with('.') {
            paths.push(entry.path());
        }
    }
    paths.sort_unstable();
    Ok(paths)
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// The one of some names of a file by which it was met before, else the first: this program calls the one record of a text
/// `file:1`, others call it by its file.
fn known_as<const N: usize>(names: [String; N], ids: &IdNumbers) -> String {
    let known = names.iter().position(|name| ids.find(name).is_some());
    names.into_iter().nth(known.unwrap_or(0)).unwrap_or_default()
}

/// Reads a directory of directories, each of which is a cluster of the files in it. A file is called `directory/file`, or
/// `directory/file:1` if that was met before.
pub(super) fn read_directories(root: &Path, ids: &mut IdNumbers) -> Result<Listing> {
    let mut gathering = ClusterGathering::new(root);
    for directory in entries(root)?.into_iter().filter(|path| path.is_dir()) {
        let cluster = gathering.new_cluster();
        for file in entries(&directory)?.into_iter().filter(|path| path.is_file()) {
            let id = format!("{}/{}", name(&directory), name(&file));
            gathering.put(&known_as([id.clone(), format!("{id}:1")], ids), cluster, 1, ids)?;
        }
    }
    Ok(gathering.finish(ListingForm::Directories))
}

/// The files `pairs` below a directory.
pub(super) fn pan_pairs(root: &Path) -> Result<Vec<PathBuf>> {
    let directories = entries(root)?.into_iter().filter(|path| path.is_dir());
    Ok(directories.map(|directory| directory.join("pairs")).filter(|pairs| pairs.is_file()).collect())
}

/// Reads the pairs of a PAN corpus. Those of documents that share nothing were judged, and nothing is known of other pairs.
pub(super) fn read_pan(root: &Path, ids: &mut IdNumbers) -> Result<Listing> {
    let mut listing: Option<Listing> = None;
    for path in pan_pairs(root)? {
        let is_positive = !path.parent().is_some_and(|parent| name(parent).contains(PAN_NEGATIVE));
        let file = TextLines::read(&path)?;
        let mut gathering = PairGathering::new(&file);
        for row in rows(&file, Delimiting::Blank) {
            let row = row?;
            row.check(2, &file)?;
            let known = |directory: &str, name: &str| {
                let below = format!("{directory}/{name}");
                known_as([name.to_owned(), format!("{name}:1"), format!("{below}:1"), below], ids)
            };
            let (suspicious, source) = (known("susp", row.value(0)), known("src", row.value(1)));
            gathering.put(row.line, [&suspicious, &source], None, Some(is_positive), ids)?;
        }
        let read = gathering.finish(ListingForm::Pan);
        listing = Some(match listing {
            Some(before) => before.joined(read),
            None => read,
        });
    }
    listing.ok_or_else(|| Error::UnclearForm {
        path: root.to_path_buf(),
        found: "no directory with a file pairs".to_owned(),
        is_labels: true,
    })
}
