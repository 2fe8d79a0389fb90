//! What `report.html` shows of a run.
//!
//! The page of `dedup` is about clusters, that of `stories` about stories. Both are groups of documents around a head,
//! the kept document or the origin, and are shown alike: which groups are listed, which members are named, which are set
//! side by side, and what is said of a document is settled here. The modules below say what their groups are, and give
//! the figures around them.

pub(super) mod dedup;
pub(super) mod stories;

use std::cmp::Ordering;

use rayon::prelude::*;

use super::matching::{Index, Matching};
use crate::corpus::{Corpus, RecordTable, Source, TextScratch};
use crate::document::DocumentId;
use crate::error::Result;
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
pub(super) fn write(page: &Report, output: &OutputDirectory) -> Result<()> {
    let mut file = output.create("report.html")?;
    let failure = file.failure();
    page.write(&mut file).map_err(failure)?;
    file.finish()
}

/// A member of a group that is not its head: a document that was removed, or that tells a story again.
#[derive(Clone, Copy, Debug)]
struct Repeat {
    document: DocumentId,
    /// What it is measured against: the head, or a member by which it is linked with the head.
    with: DocumentId,
    /// Similarity or containment, in `[0, 1]`.
    measure: f64,
    /// What it is to that document.
    relation: &'static str,
    is_exact: bool,
}

impl Repeat {
    /// By what it is measured with, the least first; no two documents are equal.
    fn by_measure(&self, other: &Self) -> Ordering {
        self.measure.total_cmp(&other.measure).then(self.document.cmp(&other.document))
    }
}

/// What a row says of a group beside its head and its size.
#[derive(Clone, Copy, Debug)]
struct Facts {
    /// The least measure of a member.
    lowest: f64,
    /// Distinct sources.
    sources: u32,
    /// The earliest and the latest date.
    dates: Option<(i64, i64)>,
}

/// The documents of a run, and what is known of them.
struct Documents<'a> {
    corpus: &'a Corpus,
    records: &'a RecordTable,
    tokenizer: Tokenizer,
    source: &'a (dyn Fn(DocumentId) -> Option<String> + Sync),
    date: &'a (dyn Fn(DocumentId) -> Option<i64> + Sync),
}

/// The earliest and the latest of some dates.
fn span(dates: impl IntoIterator<Item = i64>) -> Option<(i64, i64)> {
    let span = |span: Option<(i64, i64)>, date| {
        Some(span.map_or((date, date), |(first, last)| (first.min(date), last.max(date))))
    };
    dates.into_iter().fold(None, span)
}

impl Documents<'_> {
    /// A line of the list of groups.
    fn row(
        &self,
        head: DocumentId,
        size: u64,
        facts: Facts,
        scratch: &mut TextScratch,
    ) -> Result<ClusterRow> {
        Ok(ClusterRow {
            title: label(self.text(head, scratch)?, TITLE_CHARACTERS),
            id: self.id(head),
            size,
            lowest: facts.lowest,
            sources: (facts.sources > 0).then_some(facts.sources),
            first: facts.dates.map(|dates| date_name(dates.0)),
            last: facts.dates.map(|dates| date_name(dates.1)),
        })
    }

    /// What opens below that line: the members that differ most from the head, the first of them side by side with it.
    fn details(
        &self,
        head: DocumentId,
        repeats: impl ExactSizeIterator<Item = Repeat>,
        scratch: &mut [TextScratch; 2],
    ) -> Result<ClusterDetails> {
        let all = repeats.len();
        // What is measured against the head itself can best be set beside it; exact copies last, for there is nothing to
        // see in them.
        let named = least(repeats, NAMED_MEMBERS, |a, b| {
            let order = |repeat: &Repeat| (repeat.with != head, repeat.is_exact);
            order(a).cmp(&order(b)).then_with(|| a.by_measure(b))
        });
        let members = named.iter().enumerate().map(|(place, repeat)| {
            // The second exact copy would show what the first shows.
            let is_compared = place < COMPARED_MEMBERS && (place == 0 || !repeat.is_exact);
            let difference =
                if is_compared { Some(self.difference(head, repeat.document, scratch)?) } else { None };
            Ok(self.member(repeat, difference))
        });
        Ok(ClusterDetails {
            representative: self.text_ref(head),
            members: members.collect::<Result<_>>()?,
            unnamed: (all - named.len()) as u64,
        })
    }

    /// The decisions that were closest: of `repeats`, those with the least measure, least first.
    fn nearest(&self, repeats: impl Iterator<Item = Repeat>) -> Result<Vec<NearDecision>> {
        let nearest = least(repeats, NEAREST_DECISIONS, Repeat::by_measure);
        in_parallel(&nearest, |repeat, scratch| {
            let difference = self.difference(repeat.with, repeat.document, scratch)?;
            Ok(NearDecision {
                title: label(self.text(repeat.with, &mut scratch[0])?, TITLE_CHARACTERS),
                kept: self.text_ref(repeat.with),
                member: self.member(repeat, Some(difference)),
            })
        })
    }

    /// The rows of groups with a date, given the documents of each group, the largest first.
    fn timeline(&self, groups: impl Iterator<Item = impl Iterator<Item = DocumentId>>) -> Vec<TimelineRow> {
        let rows = groups.take(DETAILED_CLUSTERS).zip(1..).filter_map(|(documents, number)| {
            let mut row = TimelineRow::new(number);
            documents.filter_map(self.date).for_each(|date| row.add(date));
            (!row.is_empty()).then_some(row)
        });
        rows.take(TIMELINE_ROWS).collect()
    }

    fn member(&self, repeat: &Repeat, difference: Option<Difference>) -> ClusterMember {
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
        [first, second]: &mut [TextScratch; 2],
    ) -> Result<Difference> {
        Ok(difference(&self.tokenizer, self.text(left, first)?, self.text(right, second)?))
    }

    fn text<'s>(&'s self, document: DocumentId, scratch: &'s mut TextScratch) -> Result<&'s str> {
        self.corpus.text(self.records.locate(document), scratch)
    }

    fn text_ref(&self, document: DocumentId) -> TextRef {
        TextRef {
            id: self.id(document),
            source: (self.source)(document).map(|source| label(&source, SOURCE_CHARACTERS)),
            date: (self.date)(document).map(date_name),
        }
    }

    fn id(&self, document: DocumentId) -> String {
        label(&self.corpus.id(self.records.locate(document)), ID_CHARACTERS)
    }
}

/// The groups that are listed, and those whose texts are in the page, of groups in the order of their size.
fn shown<T>(ranked: &[T]) -> (&[T], &[T]) {
    let first = |limit: usize| &ranked[..ranked.len().min(limit)];
    (first(LISTED_CLUSTERS), first(DETAILED_CLUSTERS))
}

/// The first `limit` of some items in an order in which no two are equal. O(n) time, O(limit) memory.
fn least<T>(items: impl Iterator<Item = T>, limit: usize, order: impl Fn(&T, &T) -> Ordering) -> Vec<T> {
    let mut first = Vec::new();
    for item in items {
        first.push(item);
        if first.len() > 2 * limit {
            first.select_nth_unstable_by(limit, &order);
            first.truncate(limit);
        }
    }
    first.sort_unstable_by(&order);
    first.truncate(limit);
    first
}

fn tile(label: &'static str, value: u64, note: String) -> Tile {
    Tile { label, value: grouped(value), note }
}

/// How large the largest group is; nothing if there is none.
fn largest(size: u64) -> String {
    if size == 0 { String::new() } else { format!("the largest of {} documents", grouped(size)) }
}

fn yes_or_no(flag: bool) -> String {
    if flag { "yes" } else { "no" }.to_owned()
}

/// Names and values of parameters, and behind them the fields that were used.
fn with_fields(
    named: Vec<(&'static str, String)>,
    fields: &[(&'static str, String)],
) -> Vec<(String, String)> {
    let fields = fields.iter().map(|(name, path)| (format!("field of the {name}"), path.clone()));
    named.into_iter().map(|(name, value)| (name.to_owned(), value)).chain(fields).collect()
}

/// How much was read.
fn volume(corpus: &Corpus, bytes: u64) -> String {
    let files = corpus.inputs().len() as u64;
    let volume = match bytes {
        bytes @ ..100_000 => format!("{:.1} kB", bytes as f64 / 1e3),
        bytes => format!("{:.1} MB", bytes as f64 / 1e6),
    };
    format!("{} {}, {volume}", grouped(files), if files == 1 { "file" } else { "files" })
}

/// What was read, in a line.
fn inputs(corpus: &Corpus) -> String {
    let sources = corpus.inputs();
    let names: Vec<&str> = sources.iter().take(NAMED_INPUTS).map(Source::name).collect();
    match sources.len().saturating_sub(NAMED_INPUTS) {
        0 => names.join(", "),
        1 => format!("{} and 1 file more", names.join(", ")),
        more => format!("{} and {} files more", names.join(", "), grouped(more as u64)),
    }
}

/// The S-curve of an index; none if it misses nothing.
fn curve(matching: &Matching) -> Result<Option<Curve>> {
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

/// Maps in parallel, in order, with memory for reading two texts.
fn in_parallel<T: Sync, R: Send>(
    items: &[T],
    map: impl Fn(&T, &mut [TextScratch; 2]) -> Result<R> + Sync,
) -> Result<Vec<R>> {
    items.par_iter().map_init(Default::default, |scratch, item| map(item, scratch)).collect()
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
