//! Corpus to columns in memory: one parallel pass over the bytes.

use std::borrow::Cow;

use super::columns::{GatheredColumns, SketchColumns};
use super::figures::FigureFields;
use super::maker::{Maker, ShinglingScratch};
use super::pass::{FoundRecords, read_all};
use crate::corpus::Corpus;
use crate::engine::observer::Observer;
use crate::error::Result;

/// What the first pass keeps of every document.
pub(in crate::engine) struct Ingested {
    /// The records, and what could not be read.
    pub found: FoundRecords,
    pub gathered: GatheredColumns,
}

/// Leaves a text as it is.
pub(in crate::engine) fn as_it_is(text: &str) -> Cow<'_, str> {
    Cow::Borrowed(text)
}

/// Reads all records of `corpus`; `prepared` changes a text before it is sketched.
pub(in crate::engine) fn ingest(
    corpus: &Corpus,
    maker: &Maker<'_>,
    prepared: impl for<'t> Fn(&'t str) -> Cow<'t, str> + Sync,
    observer: &dyn Observer,
) -> Result<Ingested> {
    let fields = FigureFields::new(corpus, &maker.keep.figures);
    let mut gathered = GatheredColumns::new(maker.slots(), &maker.keep.figures);
    let found = read_all(
        corpus,
        &fields.paths,
        observer,
        || maker.columns(),
        |scratch: &mut ShinglingScratch, columns: &mut SketchColumns, record, values| {
            let (text, value) = (prepared(record.text), |figure| fields.value(figure, values));
            if record.is_reference {
                maker.add_reference(columns, &text, scratch, value);
            } else {
                maker.add(columns, &text, scratch, value);
            }
        },
        |columns| gathered.append(columns),
    )?;
    Ok(Ingested { found, gathered })
}
