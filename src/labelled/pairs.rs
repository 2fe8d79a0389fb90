//! Pairs in a file: two ids a line or row, perhaps with how similar they are or whether they are duplicates.

use std::collections::HashMap;

use super::columns::{ListingFields, PairFields, listed};
use super::form::ListingForm;
use super::lines::{TextLines, ids_of_array};
use super::listing::{Listing, ListingContent};
use super::table::{Delimiting, TableRow, rows};
use crate::corpus::{FieldPath, Value, field_text};
use crate::error::{LineFault, Result};
use crate::evaluate::{IdNumbers, IdPair, id_literal};

/// Pairs as they are read.
pub(super) struct PairGathering<'a> {
    file: &'a TextLines<'a>,
    positive: Vec<IdPair>,
    negative: Vec<IdPair>,
    /// By the ids of a pair, the lower first, what was said of it and where. Only asked by key.
    seen: HashMap<(u32, u32), (bool, u64)>,
    is_judged: bool,
    repeated: u64,
    self_pairs: u64,
}

impl<'a> PairGathering<'a> {
    pub(super) fn new(file: &'a TextLines<'a>) -> Self {
        let (positive, negative, seen) = (Vec::new(), Vec::new(), HashMap::new());
        Self { file, positive, negative, seen, is_judged: false, repeated: 0, self_pairs: 0 }
    }

    /// Takes a pair, and whether it is one of duplicates if that was judged.
    pub(super) fn put(
        &mut self,
        line: u64,
        [a, b]: [&str; 2],
        similarity: Option<f64>,
        verdict: Option<bool>,
        ids: &mut IdNumbers,
    ) -> Result<()> {
        if a.is_empty() || b.is_empty() {
            return Err(self.file.fault(line, LineFault::EmptyId));
        }
        let pair = IdPair { a: ids.number(a)?, b: ids.number(b)?, similarity };
        self.is_judged |= verdict.is_some();
        let is_positive = verdict.unwrap_or(true);
        if pair.a == pair.b {
            self.self_pairs += 1;
            return Ok(());
        }
        let (said, first) =
            *self.seen.entry((pair.a.min(pair.b), pair.a.max(pair.b))).or_insert((is_positive, line));
        if said != is_positive {
            return Err(self
                .file
                .fault(line, LineFault::Contradiction { a: id_literal(a), b: id_literal(b), first }));
        }
        if first != line {
            self.repeated += 1;
        }
        let pairs = if is_positive { &mut self.positive } else { &mut self.negative };
        pairs.push(pair);
        Ok(())
    }

    pub(super) fn finish(self, form: ListingForm) -> Listing {
        let similarities =
            self.positive.iter().chain(&self.negative).filter(|pair| pair.similarity.is_some());
        let similarities = similarities.copied().collect();
        let content = if self.is_judged {
            ListingContent::Judged { positive: self.positive, negative: self.negative }
        } else {
            ListingContent::Pairs(self.positive)
        };
        let Self { repeated, self_pairs, .. } = self;
        Listing { similarities, repeated, self_pairs, ..Listing::new(form, content) }
    }
}

/// Reads objects with two ids.
pub(super) fn read_objects(
    file: &TextLines<'_>,
    asked: &ListingFields,
    ids: &mut IdNumbers,
) -> Result<Listing> {
    let names = file.names()?;
    let fields = PairFields::among(&names, asked)?.ok_or_else(|| no_columns(file, &names))?;
    let mut paths: Vec<&FieldPath> = vec![&fields.a, &fields.b];
    paths.extend(&fields.similarity);
    paths.extend(&fields.verdict);
    let mut gathering = PairGathering::new(file);
    for object in file.objects(&paths) {
        let (line, values) = object?;
        let (a, b) = (file.needed(line, values[0], &fields.a)?, file.needed(line, values[1], &fields.b)?);
        let mut more = values[2..].iter().copied();
        let mut next = |field: &Option<FieldPath>| -> Option<Value<'_>> {
            field.as_ref().and_then(|_| more.next().flatten())
        };
        let similarity = field_text(next(&fields.similarity)).map(|text| file.share(line, &text));
        let verdict = match (&fields.verdict, next(&fields.verdict)) {
            (Some(field), value) => Some(file.truth_value(line, &file.needed(line, value, field)?)?),
            (None, _) => None,
        };
        gathering.put(line, [&a, &b], similarity.transpose()?, verdict, ids)?;
    }
    Ok(gathering.finish(ListingForm::Pairs))
}

fn no_columns(file: &TextLines<'_>, names: &[String]) -> crate::error::Error {
    let wanted = "a and b, id1 and id2, or other usual names of two ids".to_owned();
    file.fault(1, LineFault::NoColumn { wanted, found: listed(names, None) })
}

/// Places of the columns of a table.
#[derive(Clone, Copy, Debug)]
struct PairColumns {
    a: usize,
    b: usize,
    similarity: Option<usize>,
    verdict: Option<usize>,
    width: usize,
}

impl PairColumns {
    /// Those of a table without names: two ids; behind them a similarity, or 1 and 0 alone; behind that a containment.
    fn unnamed(width: usize, has_verdicts: bool) -> Self {
        let third = (width > 2).then_some(2);
        let (similarity, verdict) = if has_verdicts { (None, third) } else { (third, None) };
        Self { a: 0, b: 1, similarity, verdict, width }
    }
}

/// Reads rows of two ids, below names or without.
pub(super) fn read_table(
    file: &TextLines<'_>,
    delimiting: Delimiting,
    asked: &ListingFields,
    ids: &mut IdNumbers,
) -> Result<Listing> {
    let mut rows_left = rows(file, delimiting).peekable();
    let columns = if let Some(first) =
        rows_left.next_if(|row| row.as_ref().is_ok_and(|row| is_header(row, asked)))
    {
        let names = first?.values;
        let fields = PairFields::among(&names, asked)?.ok_or_else(|| no_columns(file, &names))?;
        let place = |field: &FieldPath| {
            let found = names.iter().position(|name| name == field.as_str());
            let missing =
                || LineFault::NoColumn { wanted: format!("\"{field}\""), found: listed(&names, Some(field)) };
            found.ok_or_else(|| file.fault(1, missing()))
        };
        PairColumns {
            a: place(&fields.a)?,
            b: place(&fields.b)?,
            similarity: fields.similarity.as_ref().map(place).transpose()?,
            verdict: fields.verdict.as_ref().map(place).transpose()?,
            width: names.len(),
        }
    } else {
        let width = match rows_left.peek() {
            Some(Ok(row)) => row.values.len().clamp(2, 4),
            _ => 2,
        };
        // A similarity is hardly ever written as a bare 0 or 1, and never all of them.
        let is_verdict = |row: Result<TableRow>| row.is_ok_and(|row| matches!(row.value(2), "0" | "1"));
        PairColumns::unnamed(width, width == 3 && rows(file, delimiting).all(is_verdict))
    };
    let mut gathering = PairGathering::new(file);
    for row in rows_left {
        let row = row?;
        row.check(columns.width, file)?;
        let filled =
            |column: Option<usize>| column.map(|column| row.value(column)).filter(|text| !text.is_empty());
        let similarity = filled(columns.similarity).map(|text| file.share(row.line, text)).transpose()?;
        let verdict =
            columns.verdict.map(|column| file.truth_value(row.line, row.value(column))).transpose()?;
        gathering.put(row.line, [row.value(columns.a), row.value(columns.b)], similarity, verdict, ids)?;
    }
    Ok(gathering.finish(ListingForm::Pairs))
}

/// Whether a first row has the names of columns.
pub(super) fn is_header(row: &TableRow, asked: &ListingFields) -> bool {
    !row.has_number() && PairFields::among(&row.values, asked).ok().flatten().is_some()
}

/// The pairs of an array of JSON, given as lists of two ids. Nothing tells their lines, so all are of the first.
pub(super) fn of_lists(file: &TextLines<'_>, lists: &[Vec<String>], ids: &mut IdNumbers) -> Result<Listing> {
    let mut gathering = PairGathering::new(file);
    for list in lists {
        put_list(&mut gathering, 1, list, ids)?;
    }
    Ok(gathering.finish(ListingForm::Pairs))
}

/// Reads a list of two ids a line.
pub(super) fn read_lists(file: &TextLines<'_>, ids: &mut IdNumbers) -> Result<Listing> {
    let mut gathering = PairGathering::new(file);
    for (line, text) in file.lines() {
        let list = ids_of_array(text).ok_or_else(|| file.unreadable(line, &"not a list of ids"))?;
        put_list(&mut gathering, line, &list, ids)?;
    }
    Ok(gathering.finish(ListingForm::Pairs))
}

fn put_list(
    gathering: &mut PairGathering<'_>,
    line: u64,
    list: &[String],
    ids: &mut IdNumbers,
) -> Result<()> {
    let [a, b] = list else {
        return Err(gathering.file.fault(line, LineFault::Width { expected: 2, found: list.len() }));
    };
    gathering.put(line, [a, b], None, None, ids)
}
