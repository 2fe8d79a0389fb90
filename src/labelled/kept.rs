//! Lists of kept ids: one a line, as `twicetold dedup --mode list` writes them too.

use super::columns::ListingFields;
use super::form::ListingForm;
use super::lines::TextLines;
use super::listing::{Listing, ListingContent};
use crate::corpus::{FieldPath, ID_NAMES};
use crate::error::Result;
use crate::evaluate::{IdNumbers, KeptDocuments};

fn gather<'t>(
    lines: impl Iterator<Item = Result<std::borrow::Cow<'t, str>>>,
    ids: &mut IdNumbers,
) -> Result<Listing> {
    let mut kept = Vec::new();
    let mut is_listed: Vec<bool> = Vec::new();
    let mut repeated = 0;
    for id in lines {
        let document = ids.number(&id?)?;
        is_listed.resize(is_listed.len().max(ids.len()), false);
        if std::mem::replace(&mut is_listed[document as usize], true) {
            repeated += 1;
        } else {
            kept.push(document);
        }
    }
    let kept = Some(KeptDocuments::Listed(kept));
    Ok(Listing { kept, repeated, ..Listing::new(ListingForm::Kept, ListingContent::Untold) })
}

/// Reads an id a line. A line that is a string of JSON is one, as ids are written that hold line ends.
pub(super) fn read_lines(file: &TextLines<'_>, ids: &mut IdNumbers) -> Result<Listing> {
    let id = |(_, line): (u64, &'_ str)| {
        let decoded = line.starts_with('"').then(|| serde_json::from_str::<String>(line).ok()).flatten();
        Ok(decoded.map_or_else(|| line.to_owned().into(), Into::into))
    };
    gather(file.lines().map(id), ids)
}

/// Reads objects with an id: the records of a corpus that was kept, say.
pub(super) fn read_objects(
    file: &TextLines<'_>,
    asked: &ListingFields,
    ids: &mut IdNumbers,
) -> Result<Listing> {
    let field = if let Some(field) = &asked.id {
        field.clone()
    } else {
        let names = file.names()?;
        let usual = ID_NAMES.iter().find(|usual| names.iter().any(|name| name == *usual));
        FieldPath::new(*usual.unwrap_or(&ID_NAMES[0]))?
    };
    let paths = [&field];
    let objects = file.objects(&paths);
    gather(
        objects.map(|object| {
            let (line, values) = object?;
            Ok(file.needed(line, values[0], &field)?.into())
        }),
        ids,
    )
}
