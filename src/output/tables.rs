//! The tables beside the clean corpus: `removed.jsonl`, `clusters.jsonl`, `rejected.jsonl`.

use std::io::Write;
use std::ops::Not;

use rayon::prelude::*;
use serde::Serialize;

use super::directory::OutputDirectory;
use crate::corpus::{Corpus, Described, Location, RecordTable, Rejected, parse_date};
use crate::document::DocumentId;
use crate::error::Result;
use crate::select::{Cluster, Relation, Removal, clusters};

/// Lines put together at a time.
const LINES_PER_WAVE: usize = 1 << 14;

/// Writes tables about the documents of one run.
pub struct Tables<'a> {
    /// The corpus.
    pub corpus: &'a Corpus,
    /// Its records.
    pub records: &'a RecordTable,
}

#[derive(Serialize)]
struct RemovedLine<'a> {
    id: String,
    file: &'a str,
    record: u32,
    kept_id: String,
    kept_file: &'a str,
    kept_record: u32,
    #[serde(skip_serializing_if = "Not::not")]
    reference: bool,
    similarity: f64,
    relation: Relation,
    #[serde(skip_serializing_if = "Option::is_none")]
    containment: Option<f64>,
}

#[derive(Serialize)]
struct ClusterLine<'a> {
    representative: String,
    #[serde(skip_serializing_if = "Not::not")]
    reference: bool,
    members: Vec<MemberLine<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    sources: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    first_date: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_date: Option<String>,
}

#[derive(Serialize)]
struct MemberLine<'a> {
    id: String,
    file: &'a str,
    record: u32,
    #[serde(skip_serializing_if = "Not::not")]
    reference: bool,
    similarity: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    containment: Option<f64>,
}

#[derive(Serialize)]
struct RejectedLine<'a> {
    file: &'a str,
    #[serde(skip_serializing_if = "Not::not")]
    reference: bool,
    line: u32,
    byte: u64,
    reason: String,
}

impl Tables<'_> {
    /// One line a removed record.
    ///
    /// # Errors
    /// [`crate::Error::Io`] if it cannot be written.
    pub fn removed(&self, output: &OutputDirectory, removals: &[Removal]) -> Result<()> {
        write_lines(output, "removed.jsonl", removals, |removal| {
            let (removed, kept) = (self.locate(removal.document), self.locate(removal.by));
            Ok(RemovedLine {
                id: self.corpus.id(removed),
                file: self.file(removed),
                record: removed.frame.record,
                kept_id: self.corpus.id(kept),
                kept_file: self.file(kept),
                kept_record: kept.frame.record,
                reference: self.corpus.is_reference(kept.source),
                similarity: removal.similarity,
                relation: removal.relation,
                containment: removal.containment,
            })
        })
    }

    /// One line a cluster.
    ///
    /// # Errors
    /// [`crate::Error::Io`] if it cannot be written.
    pub fn clusters(&self, output: &OutputDirectory, removals: &[Removal]) -> Result<()> {
        write_lines(output, "clusters.jsonl", &clusters(removals), |cluster| Ok(self.cluster(cluster)))
    }

    /// One line a record that could not be read.
    ///
    /// # Errors
    /// [`crate::Error::Io`] if it cannot be written.
    pub fn rejected(&self, output: &OutputDirectory, rejected: &[Rejected]) -> Result<()> {
        write_lines(output, "rejected.jsonl", rejected, |rejected| {
            Ok(RejectedLine {
                file: self.corpus.sources()[rejected.source].name(),
                reference: self.corpus.is_reference(rejected.source),
                line: rejected.frame.record,
                byte: rejected.byte,
                reason: rejected.reason.to_string(),
            })
        })
    }

    fn cluster(&self, cluster: &Cluster<'_>) -> ClusterLine<'_> {
        let mut documents = vec![(cluster.representative, 1.0, None)];
        let members = cluster.removals.iter();
        documents.extend(members.map(|member| (member.document, member.similarity, member.containment)));
        documents.sort_unstable_by_key(|&(document, ..)| document);
        let (mut sources, mut dates) = (Vec::new(), Vec::new());
        let mut members = Vec::with_capacity(documents.len());
        for (document, similarity, containment) in documents {
            let location = self.locate(document);
            let Described { id, source, date } = self.corpus.described(location);
            sources.extend(source.filter(|source| source != "null"));
            dates.extend(date.and_then(|date| Some((parse_date(&date)?, date))));
            members.push(MemberLine {
                id,
                file: self.file(location),
                record: location.frame.record,
                reference: self.corpus.is_reference(location.source),
                similarity,
                containment,
            });
        }
        sources.sort_unstable();
        sources.dedup();
        dates.sort_unstable();
        let representative = self.locate(cluster.representative);
        ClusterLine {
            representative: self.corpus.id(representative),
            reference: self.corpus.is_reference(representative.source),
            members,
            sources,
            first_date: dates.first().map(|(_, text)| text.clone()),
            last_date: dates.last().map(|(_, text)| text.clone()),
        }
    }

    pub(super) fn locate(&self, document: DocumentId) -> Location {
        self.records.locate(document)
    }

    pub(super) fn file(&self, location: Location) -> &str {
        self.corpus.sources()[location.source].name()
    }
}

/// Writes one line of JSON an item, in order; lines are made in parallel.
pub(super) fn write_lines<T: Sync, L: Serialize>(
    output: &OutputDirectory,
    name: &str,
    items: &[T],
    line: impl Fn(&T) -> Result<L> + Sync,
) -> Result<()> {
    let mut file = output.create(name)?;
    let failure = file.failure();
    for wave in items.chunks(LINES_PER_WAVE) {
        let lines: Vec<Vec<u8>> = wave
            .par_iter()
            .map(|item| {
                let mut bytes = serde_json::to_vec(&line(item)?).map_err(|error| failure(error.into()))?;
                bytes.push(b'\n');
                Ok(bytes)
            })
            .collect::<Result<_>>()?;
        for bytes in lines {
            file.write_all(&bytes).map_err(&failure)?;
        }
    }
    file.finish()
}
