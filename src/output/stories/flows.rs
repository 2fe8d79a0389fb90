//! Who tells what again: counts by source, and from source to source.
#![allow(
    clippy::cast_possible_truncation,
    reason = "documents are numbered in 32 bits; shares and rates are for people"
)]

use std::collections::BTreeMap;

use serde::Serialize;

use crate::document::DocumentId;
use crate::reuse::story::{Credited, Provenance, Story};

/// What a source tells, and what becomes of it. The first is the sum of the next six.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct SourceCounts {
    /// Documents of this source.
    pub documents: u64,
    /// Those that no other document is linked with.
    pub alone: u64,
    /// Those that are the origin of a story told again.
    pub origins: u64,
    /// Those that tell a story of which nobody knows who told it first, and have its first date.
    pub tied: u64,
    /// Those that tell a story of this source again.
    pub repeats: u64,
    /// Those that tell a story of another source again.
    pub copied: u64,
    /// Those that tell a story again whose origin has no source, or is not known.
    pub unattributed: u64,
    /// Origins whose story another source told again.
    pub reused: u64,
    /// Documents of other sources that tell a story of this one again.
    pub reuses: u64,
}

/// Documents of one source that tell stories of another, or of itself, again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Flow {
    /// The number of the origins' source.
    pub from: u32,
    /// The number of the other documents' source.
    pub to: u32,
    /// These documents.
    pub documents: u64,
    /// Such documents of stories that several sources told at the same moment, `from` being but the first of these in
    /// corpus order.
    pub tied: u64,
    /// Median of their delays from the origin in seconds, of those where both dates are known: the lower of two.
    pub median_delay_seconds: Option<i64>,
}

/// Counts by source, each at its number. O(documents).
pub(super) fn source_counts(stories: &[Story], provenance: &Provenance) -> Vec<SourceCounts> {
    let mut counts = vec![SourceCounts::default(); provenance.names().len()];
    for document in 0..provenance.len() as u32 {
        if let Some(source) = provenance.source(DocumentId(document)) {
            counts[source as usize].documents += 1;
        }
    }
    for story in stories {
        let origin_date = provenance.date(story.origin);
        let is_tied = |document| story.ties > 0 && provenance.date(document) == origin_date;
        let from = provenance.source(story.origin).filter(|_| story.ties == 0);
        if is_tied(story.origin)
            && let Some(source) = provenance.source(story.origin)
        {
            counts[source as usize].tied += 1;
        }
        let mut elsewhere = 0;
        for member in &story.members {
            let Some(to) = provenance.source(member.document) else {
                continue;
            };
            let own = &mut counts[to as usize];
            match from {
                _ if is_tied(member.document) => own.tied += 1,
                None => own.unattributed += 1,
                Some(from) if from == to => own.repeats += 1,
                Some(_) => {
                    own.copied += 1;
                    elsewhere += 1;
                }
            }
        }
        if let Some(from) = from {
            let origin = &mut counts[from as usize];
            origin.origins += 1;
            origin.reused += u64::from(elsewhere > 0);
            origin.reuses += elsewhere;
        }
    }
    for source in &mut counts {
        source.alone = source.documents
            - source.origins
            - source.tied
            - source.repeats
            - source.copied
            - source.unattributed;
    }
    counts
}

/// From source to source, by the numbers of both. O(n log n).
pub(crate) fn flows(stories: &[Story], provenance: &Provenance) -> Vec<Flow> {
    let mut delays: BTreeMap<(u32, u32), (Flow, Vec<i64>)> = BTreeMap::new();
    for story in stories {
        let Some(from) = provenance.source(story.origin) else { continue };
        for member in &story.members {
            let Some(to) = provenance.source(member.document) else { continue };
            let none = Flow { from, to, documents: 0, tied: 0, median_delay_seconds: None };
            let (flow, delays) = delays.entry((from, to)).or_insert((none, Vec::new()));
            if story.ties > 0 {
                flow.tied += 1;
            } else {
                flow.documents += 1;
                delays.extend(provenance.delay(story.origin, member.document));
            }
        }
    }
    let flow = |(flow, mut delays): (Flow, Vec<i64>)| {
        delays.sort_unstable();
        let middle = delays.len().saturating_sub(1) / 2;
        Flow { median_delay_seconds: delays.get(middle).copied(), ..flow }
    };
    delays.into_values().map(flow).collect()
}

/// Documents of one source that are credited to one agency, in stories told again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CreditFlow<'a> {
    /// The agency.
    pub from: &'a str,
    /// The number of the documents' source; none for those without one.
    pub to: Option<u32>,
    pub documents: u64,
    /// Stories that these are in.
    pub stories: u64,
}

/// From agency to source, by the name of the one and the number of the other. O(n log n).
pub(crate) fn credit_flows<'a>(
    stories: &[Story],
    provenance: &Provenance,
    credited: &'a Credited,
) -> Vec<CreditFlow<'a>> {
    let mut counts: BTreeMap<(&str, Option<u32>), (u64, u64)> = BTreeMap::new();
    for story in stories {
        let mut in_story: BTreeMap<(&str, Option<u32>), u64> = BTreeMap::new();
        for document in story.documents() {
            if let Some(agency) = credited.of(document) {
                *in_story.entry((agency, provenance.source(document))).or_default() += 1;
            }
        }
        for (flow, documents) in in_story {
            let (all, stories) = counts.entry(flow).or_default();
            *all += documents;
            *stories += 1;
        }
    }
    let flow = |((from, to), (documents, stories))| CreditFlow { from, to, documents, stories };
    counts.into_iter().map(flow).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reuse::story::{Link, Retelling};

    fn story(origin: u32, members: &[u32]) -> Story {
        let retelling = |&document: &u32| Retelling {
            document: DocumentId(document),
            with: DocumentId(origin),
            link: Link::EXACT,
        };
        Story { origin: DocumentId(origin), ties: 0, members: members.iter().map(retelling).collect() }
    }

    #[test]
    fn documents_without_a_source_or_a_date_are_counted_where_they_can_be() {
        let mut provenance = Provenance::default();
        let told = [
            (Some(0), Some(0)),
            (Some(10), Some(1)),
            (Some(50), Some(1)),
            (None, Some(1)),
            (Some(5), None),
            (Some(7), Some(0)),
            (Some(9), Some(1)),
            (None, None),
            (Some(30), Some(1)),
        ];
        for (date, source) in told {
            provenance.push(date, source);
        }
        provenance.name_sources(vec!["a".to_owned(), "b".to_owned()]);
        let stories = [story(0, &[1, 2, 3, 5, 8]), story(4, &[6])];
        let counts = source_counts(&stories, &provenance);
        let a =
            SourceCounts { documents: 2, origins: 1, repeats: 1, reused: 1, reuses: 4, ..Default::default() };
        let b = SourceCounts { documents: 5, copied: 4, unattributed: 1, ..Default::default() };
        assert_eq!(counts, [a, b]);
        let found = flows(&stories, &provenance);
        let expected = [
            Flow { from: 0, to: 0, documents: 1, tied: 0, median_delay_seconds: Some(7) },
            Flow { from: 0, to: 1, documents: 4, tied: 0, median_delay_seconds: Some(30) },
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn of_a_story_that_two_papers_told_at_once_no_flow_is_known() {
        let mut provenance = Provenance::default();
        for (date, source) in [(0, 0), (0, 1), (9, 2)] {
            provenance.push(Some(date), Some(source));
        }
        provenance.name_sources(["a", "b", "c"].map(str::to_owned).to_vec());
        let tied = Story { ties: 1, ..story(0, &[1, 2]) };
        let counts = source_counts(std::slice::from_ref(&tied), &provenance);
        let one = SourceCounts { documents: 1, ..Default::default() };
        let first = SourceCounts { tied: 1, ..one };
        assert_eq!(counts, [first, first, SourceCounts { unattributed: 1, ..one }]);
        let found = flows(&[tied], &provenance);
        assert!(found.iter().all(|flow| (flow.documents, flow.tied) == (0, 1)), "{found:?}");
    }
}
