//! Groups of documents around a head, as the pages show them.
#![allow(
    clippy::cast_precision_loss,
    reason = "documents and nodes are numbered in 32 bits, and reading refuses more; shares are for people"
)]

use std::cmp::Ordering;

use rayon::prelude::*;

use crate::corpus::{Corpus, Description, Source, parse_date};
use crate::document::DocumentId;
use crate::documents::{DocumentReader, Documents};
use crate::engine::plan::{Index, Matching};
use crate::error::Result;
use crate::least::least;
use crate::output::OutputDirectory;
use crate::report::{
    COMPARED_MEMBERS, ClusterDetails, ClusterMember, ClusterRow, Curve, DETAILED_CLUSTERS, Difference,
    LISTED_CLUSTERS, NAMED_MEMBERS, NEAREST_DECISIONS, NearDecision, Report, TIMELINE_ROWS, TextRef, Tile,
    TimelineRow, date_name, difference, grouped, label,
};
use crate::text::Tokenizer;

/// Characters of a text, an id and a source that a row shows.
const TITLE_CHARACTERS: usize = 90;
const ID_CHARACTERS: usize = 80;
const SOURCE_CHARACTERS: usize = 60;

/// Similarities at which the S-curve is drawn.
const CURVE_POINTS: u32 = 200;

/// Files whose names are shown.
const NAMED_INPUTS: usize = 3;

/// Writes `report.html`.
pub(in crate::engine) fn write(page: &Report, output: &OutputDirectory) -> Result<()> {
    let mut file = output.create("report.html")?;
    let failure = file.failure();
    page.write(&mut file).map_err(failure)?;
    file.finish()
}

/// A member of a group that is not its head: a document that was removed, or that tells a story again.
#[derive(Clone, Copy, Debug)]
pub(super) struct GroupMember {
    pub document: DocumentId,
    /// What it is measured against: the head, or a member by which it is linked with the head.
    pub with: DocumentId,
    /// Similarity or containment, in `[0, 1]`.
    pub measure: f64,
    /// What it is to that document.
    pub relation: &'static str,
    pub is_exact: bool,
}

impl GroupMember {
    /// By what it is measured with, the least first; no two documents are equal.
    fn by_measure(&self, other: &Self) -> Ordering {
        self.measure.total_cmp(&other.measure).then(self.document.cmp(&other.document))
    }
}

/// What a row says of a group beside its head and its size.
#[derive(Clone, Copy, Debug)]
pub(super) struct Facts {
    /// The least measure of a member.
    pub lowest: f64,
    /// Distinct sources.
    pub sources: u32,
    /// The earliest and the latest date.
    pub dates: Option<(i64, i64)>,
}

/// Documents as the page shows them.
pub(super) struct ShownDocuments<'a> {
    pub documents: Documents<'a>,
    pub tokenizer: Tokenizer,
}

/// The earliest and the latest of some dates.
pub(super) fn span(dates: impl IntoIterator<Item = i64>) -> Option<(i64, i64)> {
    let span = |span: Option<(i64, i64)>, date| {
        Some(span.map_or((date, date), |(first, last)| (first.min(date), last.max(date))))
    };
    dates.into_iter().fold(None, span)
}

impl<'a> ShownDocuments<'a> {
    /// A line of the list of groups.
    pub(super) fn row(
        &self,
        head: DocumentId,
        size: u64,
        facts: Facts,
        reader: &mut DocumentReader<'_>,
    ) -> Result<ClusterRow> {
        Ok(ClusterRow {
            title: label(reader.text(head)?, TITLE_CHARACTERS),
            id: label(&self.documents.id(head), ID_CHARACTERS),
            size,
            lowest: facts.lowest,
            sources: (facts.sources > 0).then_some(facts.sources),
            first: facts.dates.map(|dates| date_name(dates.0)),
            last: facts.dates.map(|dates| date_name(dates.1)),
        })
    }

    /// What opens below that line: the members that differ most from the head, the first of them side by side with it.
    pub(super) fn details(
        &self,
        head: DocumentId,
        repeats: impl ExactSizeIterator<Item = GroupMember>,
        readers: &mut [DocumentReader<'_>; 2],
    ) -> Result<ClusterDetails> {
        let all = repeats.len();
        // What is measured against the head itself can best be set beside it; exact copies last, for there is nothing to
        // see in them.
        let named = least(repeats, NAMED_MEMBERS, |a, b| {
            let order = |repeat: &GroupMember| (repeat.with != head, repeat.is_exact);
            order(a).cmp(&order(b)).then_with(|| a.by_measure(b))
        });
        let members = named.iter().enumerate().map(|(place, repeat)| {
            // The second exact copy would show what the first shows.
            let is_compared = place < COMPARED_MEMBERS && (place == 0 || !repeat.is_exact);
            let difference =
                if is_compared { Some(self.difference(head, repeat.document, readers)?) } else { None };
            Ok(self.member(repeat, difference))
        });
        Ok(ClusterDetails {
            representative: self.text_ref(head),
            members: members.collect::<Result<_>>()?,
            unnamed: (all - named.len()) as u64,
        })
    }

    /// The decisions that were closest: of `repeats`, those with the least measure, least first.
    pub(super) fn nearest(&self, repeats: impl Iterator<Item = GroupMember>) -> Result<Vec<NearDecision>> {
        let nearest = least(repeats, NEAREST_DECISIONS, GroupMember::by_measure);
        self.in_parallel(&nearest, |repeat, readers| {
            let difference = self.difference(repeat.with, repeat.document, readers)?;
            Ok(NearDecision {
                title: label(readers[0].text(repeat.with)?, TITLE_CHARACTERS),
                kept: self.text_ref(repeat.with),
                member: self.member(repeat, Some(difference)),
            })
        })
    }

    /// The rows of groups with a date, given the documents of each group, the largest first.
    pub(super) fn timeline(
        &self,
        groups: impl Iterator<Item = impl Iterator<Item = DocumentId>>,
    ) -> Vec<TimelineRow> {
        let rows = groups.take(DETAILED_CLUSTERS).zip(1..).filter_map(|(documents, number)| {
            let mut row = TimelineRow::new(number);
            documents.filter_map(|document| self.documents.date(document)).for_each(|date| row.add(date));
            (!row.is_empty()).then_some(row)
        });
        rows.take(TIMELINE_ROWS).collect()
    }

    fn member(&self, repeat: &GroupMember, difference: Option<Difference>) -> ClusterMember {
        ClusterMember {
            text: self.text_ref(repeat.document),
            similarity: repeat.measure,
            relation: repeat.relation,
            difference,
        }
    }

    fn difference(
        &self,
        left: DocumentId,
        right: DocumentId,
        [first, second]: &mut [DocumentReader<'_>; 2],
    ) -> Result<Difference> {
        Ok(difference(&self.tokenizer, first.text(left)?, second.text(right)?))
    }

    fn text_ref(&self, document: DocumentId) -> TextRef {
        let Description { id, source, date } = self.documents.describe(document);
        TextRef {
            id: label(&id, ID_CHARACTERS),
            source: source.map(|source| label(&source, SOURCE_CHARACTERS)),
            date: date.and_then(|date| parse_date(&date)).map(date_name),
        }
    }

    /// Maps in parallel, in order, with readers for two texts.
    pub(super) fn in_parallel<T: Sync, R: Send>(
        &self,
        items: &[T],
        map: impl Fn(&T, &mut [DocumentReader<'a>; 2]) -> Result<R> + Sync,
    ) -> Result<Vec<R>> {
        let readers = || [self.documents.reader(), self.documents.reader()];
        items.par_iter().map_init(readers, |readers, item| map(item, readers)).collect()
    }
}

/// The groups that are listed, and those whose texts are in the page, of groups in the order of their size.
pub(super) fn shown<T>(ranked: &[T]) -> (&[T], &[T]) {
    let first = |limit: usize| &ranked[..ranked.len().min(limit)];
    (first(LISTED_CLUSTERS), first(DETAILED_CLUSTERS))
}

pub(super) fn tile(label: &'static str, value: u64, note: String) -> Tile {
    Tile { label, value: grouped(value), note }
}

/// How large the largest group is; nothing if there is none.
pub(super) fn largest(size: u64) -> String {
    if size == 0 { String::new() } else { format!("the largest of {} documents", grouped(size)) }
}

pub(super) fn yes_or_no(flag: bool) -> String {
    if flag { "yes" } else { "no" }.to_owned()
}

/// Names and values of parameters, and behind them the fields that were used.
pub(super) fn with_fields(
    named: Vec<(&'static str, String)>,
    fields: &[(&'static str, String)],
) -> Vec<(String, String)> {
    let fields = fields.iter().map(|(name, path)| (format!("field of the {name}"), path.clone()));
    named.into_iter().map(|(name, value)| (name.to_owned(), value)).chain(fields).collect()
}

/// The files that were read, as the page names them.
pub(in crate::engine) struct InputFiles {
    /// The first few names, and how many more there are.
    pub names: String,
    files: u64,
}

impl InputFiles {
    /// The inputs of a corpus.
    pub(in crate::engine) fn of(corpus: &Corpus) -> Self {
        let sources = corpus.inputs();
        let named: Vec<&str> = sources.iter().take(NAMED_INPUTS).map(Source::name).collect();
        let names = match sources.len().saturating_sub(NAMED_INPUTS) {
            0 => named.join(", "),
            1 => format!("{} and 1 file more", named.join(", ")),
            more => format!("{} and {} files more", named.join(", "), grouped(more as u64)),
        };
        Self { names, files: sources.len() as u64 }
    }

    /// How many they are, and their size.
    pub(super) fn volume(&self, bytes: u64) -> String {
        let volume = match bytes {
            bytes @ ..100_000 => format!("{:.1} kB", bytes as f64 / 1e3),
            bytes => format!("{:.1} MB", bytes as f64 / 1e6),
        };
        let files = if self.files == 1 { "file" } else { "files" };
        format!("{} {files}, {volume}", grouped(self.files))
    }
}

/// The S-curve of an index; none if it misses nothing.
pub(super) fn curve(matching: &Matching) -> Result<Option<Curve>> {
    let index = matching.index()?;
    if index == Index::Exact {
        return Ok(None);
    }
    let point = |step: u32| {
        let similarity = f64::from(step) / f64::from(CURVE_POINTS);
        (similarity, index.recall(similarity))
    };
    let threshold = matching.threshold.get();
    let points = (0..=CURVE_POINTS).map(point).collect();
    Ok(Some(Curve { points, threshold, recall: index.recall(threshold) }))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_least_items_are_those_that_a_sort_puts_first(
            items in proptest::collection::hash_set(0..1000u32, 0..200), limit in 0usize..30,
        ) {
            let mut sorted: Vec<u32> = items.iter().copied().collect();
            sorted.sort_unstable();
            sorted.truncate(limit);
            prop_assert_eq!(least(items.into_iter(), limit, Ord::cmp), sorted);
        }
    }
}
