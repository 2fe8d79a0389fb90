//! Clusters in a file: an id and a cluster a line or row, or the ids of a cluster.

use super::columns::{CLUSTER_NAMES, ClusterFields, ListingFields, listed};
use super::form::ListingForm;
use super::lines::{TextLines, id_of, ids_of_array};
use super::listing::{ClusterGathering, Listing};
use super::table::{Delimiting, TableRow, rows};
use crate::corpus::{FieldPath, ID_NAMES, Value, field_text};
use crate::error::{LineFault, Result};
use crate::evaluate::{IdNumbers, KeptDocuments};

/// Documents that are removed, of rows that say so.
#[derive(Default)]
struct ToldRemovals {
    ids: Vec<u32>,
    is_told: bool,
}

impl ToldRemovals {
    fn take(&mut self, document: u32, is_kept: Option<bool>) {
        self.is_told |= is_kept.is_some();
        if is_kept == Some(false) {
            self.ids.push(document);
        }
    }

    fn kept(self) -> Option<KeptDocuments> {
        self.is_told.then_some(KeptDocuments::AllBut(self.ids))
    }
}

/// Reads objects with an id and a cluster; a document whose cluster is null is alone.
pub(super) fn read_objects(
    file: &TextLines<'_>,
    asked: &ListingFields,
    ids: &mut IdNumbers,
) -> Result<Listing> {
    let names = file.names()?;
    let fields = ClusterFields::among(&names, asked)?.ok_or_else(|| no_column(file, &names, asked))?;
    let mut paths: Vec<&FieldPath> = vec![&fields.id, &fields.cluster];
    paths.extend(&fields.kept);
    let mut gathering = ClusterGathering::new(file.path);
    let mut removed = ToldRemovals::default();
    let mut has_cluster = false;
    for object in file.objects(&paths) {
        let (line, values) = object?;
        let id = file.needed(line, values[0], &fields.id)?;
        has_cluster |= values[1].is_some();
        let cluster = match field_text(values[1]) {
            Some(cluster) => gathering.cluster(&cluster),
            None => gathering.new_cluster(),
        };
        let is_kept = match values.get(2).copied().flatten() {
            Some(Value::Other(word @ ("true" | "false"))) => Some(word == "true"),
            _ => None,
        };
        let document = gathering.put(&id, cluster, line, ids)?;
        removed.take(document, is_kept);
    }
    if !has_cluster {
        return Err(no_column(file, &names, asked));
    }
    Ok(Listing { kept: removed.kept(), ..gathering.finish(ListingForm::Clusters) })
}

fn no_column(file: &TextLines<'_>, names: &[String], asked: &ListingFields) -> crate::error::Error {
    let quoted = |asked: &Option<FieldPath>, usual: &[&str]| match asked {
        Some(field) => format!("\"{field}\""),
        None => format!("{} or another usual name", usual[0]),
    };
    let wanted = format!("{} and {}", quoted(&asked.id, ID_NAMES), quoted(&asked.label, CLUSTER_NAMES));
    let near = asked.label.as_ref().or(asked.id.as_ref());
    file.fault(1, LineFault::NoColumn { wanted, found: listed(names, near) })
}

/// Reads rows of an id and a cluster, below names or without.
pub(super) fn read_table(
    file: &TextLines<'_>,
    delimiting: Delimiting,
    asked: &ListingFields,
    ids: &mut IdNumbers,
) -> Result<Listing> {
    let mut rows = rows(file, delimiting).peekable();
    let mut columns = (0, 1, None);
    let mut width = 2;
    if let Some(first) = rows.next_if(|row| row.as_ref().is_ok_and(|row| is_header(row, asked))) {
        let names = first?.values;
        let fields = ClusterFields::among(&names, asked)?.ok_or_else(|| no_column(file, &names, asked))?;
        let place = |field: &FieldPath| {
            let found = names.iter().position(|name| name == field.as_str());
            found.ok_or_else(|| no_column(file, &names, asked))
        };
        let kept = fields.kept.as_ref().map(place).transpose()?;
        columns = (place(&fields.id)?, place(&fields.cluster)?, kept);
        width = names.len();
    } else if let Some(Ok(row)) = rows.peek()
        && (asked.id.is_some() || asked.label.is_some())
    {
        return Err(no_column(file, &row.values, asked));
    }
    let mut gathering = ClusterGathering::new(file.path);
    let mut removed = ToldRemovals::default();
    for row in rows {
        let row = row?;
        row.check(width, file)?;
        let cluster = match row.value(columns.1) {
            "" => gathering.new_cluster(),
            cluster => gathering.cluster(cluster),
        };
        let document = gathering.put(row.value(columns.0), cluster, row.line, ids)?;
        let told = columns.2.map(|column| row.value(column)).filter(|told| !told.is_empty());
        removed.take(document, told.map(|told| file.truth_value(row.line, told)).transpose()?);
    }
    Ok(Listing { kept: removed.kept(), ..gathering.finish(ListingForm::Clusters) })
}

/// Whether a first row has the names of columns.
pub(super) fn is_header(row: &TableRow, asked: &ListingFields) -> bool {
    let fields = ClusterFields::among(&row.values, asked).ok().flatten();
    let has = |field: &FieldPath| row.values.iter().any(|name| name == field.as_str());
    !row.has_number() && fields.is_some_and(|fields| has(&fields.id) && has(&fields.cluster))
}

/// Reads a list of ids a line, each of which is a cluster.
pub(super) fn read_lists(file: &TextLines<'_>, ids: &mut IdNumbers) -> Result<Listing> {
    let mut gathering = ClusterGathering::new(file.path);
    for (line, text) in file.lines() {
        let members = ids_of_array(text).ok_or_else(|| file.unreadable(line, &"not a list of ids"))?;
        let cluster = gathering.new_cluster();
        for id in members {
            gathering.put(&id, cluster, line, ids)?;
        }
    }
    Ok(gathering.finish(ListingForm::Clusters))
}

/// Lists of ids in one array of JSON; none if it is no such array.
pub(super) fn lists_of_array(text: &str) -> Option<Vec<Vec<String>>> {
    let lists: Vec<Vec<serde_json::Value>> = serde_json::from_str(text).ok()?;
    lists.into_iter().map(|list| list.into_iter().map(id_of).collect()).collect()
}

/// The clusters of such an array. Nothing tells the lines of its lists, so all are of the first.
pub(super) fn of_lists(file: &TextLines<'_>, lists: &[Vec<String>], ids: &mut IdNumbers) -> Result<Listing> {
    let mut gathering = ClusterGathering::new(file.path);
    for list in lists {
        let cluster = gathering.new_cluster();
        for id in list {
            gathering.put(id, cluster, 1, ids)?;
        }
    }
    Ok(gathering.finish(ListingForm::Clusters))
}
