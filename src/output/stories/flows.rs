//! Who tells what again: counts by source, and from source to source.
#![allow(
    clippy::cast_possible_truncation,
    reason = "documents are numbered in 32 bits; shares and rates are for people"
)]

use std::collections::BTreeMap;

use serde::Serialize;

use crate::document::DocumentId;
use crate::reuse::story::{Provenance, Story};

/// What a source tells, and what becomes of it. The first is the sum of the next five.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct SourceCounts {
    /// Documents of this source.
    pub documents: u64,
    /// Those that no other document is linked with.
    pub alone: u64,
    /// Those that are the origin of a story told again.
    pub origins: u64,
    /// Those that tell a story of this source again.
    pub repeats: u64,
    /// Those that tell a story of another source again.
    pub copied: u64,
    /// Those that tell a story again whose origin has no source.
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
        let from = provenance.source(story.origin);
        let mut elsewhere = 0;
        for member in &story.members {
            let Some(to) = provenance.source(member.document) else {
                continue;
            };
            let own = &mut counts[to as usize];
            match from {
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
        source.alone =
            source.documents - source.origins - source.repeats - source.copied - source.unattributed;
    }
    counts
}

/// From source to source, by the numbers of both. O(n log n).
pub(crate) fn flows(stories: &[Story], provenance: &Provenance) -> Vec<Flow> {
    let mut delays: BTreeMap<(u32, u32), (u64, Vec<i64>)> = BTreeMap::new();
    for story in stories {
        let Some(from) = provenance.source(story.origin) else { continue };
        for member in &story.members {
            let Some(to) = provenance.source(member.document) else { continue };
            let (documents, delays) = delays.entry((from, to)).or_default();
            *documents += 1;
            delays.extend(provenance.delay(story.origin, member.document));
        }
    }
    let flow = |((from, to), (documents, mut delays)): ((u32, u32), (u64, Vec<i64>))| {
        delays.sort_unstable();
        let middle = delays.len().saturating_sub(1) / 2;
        Flow { from, to, documents, median_delay_seconds: delays.get(middle).copied() }
    };
    delays.into_iter().map(flow).collect()
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
        Story { origin: DocumentId(origin), members: members.iter().map(retelling).collect() }
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
            Flow { from: 0, to: 0, documents: 1, median_delay_seconds: Some(7) },
            Flow { from: 0, to: 1, documents: 4, median_delay_seconds: Some(30) },
        ];
        assert_eq!(found, expected);
    }
}
