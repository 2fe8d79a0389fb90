//! The tables beside the clean corpus: `removed.jsonl`, `clusters.jsonl`, `rejected.jsonl`.

use std::io::Write;
use std::ops::Not;

use rayon::prelude::*;
use serde::Serialize;

use super::directory::OutputDirectory;
use super::items::{HeldItem, first_held};
use crate::corpus::{Rejected, parse_date};
use crate::documents::{Descriptions, DocumentPlace, DocumentStore, Documents, RecordStore};
use crate::error::Result;
use crate::select::{Cluster, Relation, Removal, Removals};

/// Lines put together at a time.
const LINES_PER_WAVE: usize = 1 << 14;

/// Writes tables about the documents of one run.
pub(crate) struct Tables<'a> {
    /// The documents.
    pub store: &'a RecordStore<'a>,
}

#[derive(Serialize)]
struct RemovedLine<'a> {
    id: &'a str,
    file: &'a str,
    record: u32,
    kept_id: &'a str,
    kept_file: &'a str,
    kept_record: u32,
    #[serde(skip_serializing_if = "Not::not")]
    reference: bool,
    similarity: f64,
    relation: Relation,
    #[serde(skip_serializing_if = "Not::not")]
    none_kept: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    containment: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    start: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end: Option<usize>,
}

#[derive(Serialize)]
struct ClusterLine<'a> {
    representative: &'a str,
    #[serde(skip_serializing_if = "Not::not")]
    reference: bool,
    copies: u32,
    members: Vec<MemberLine<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    sources: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    first_date: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_date: Option<&'a str>,
}

#[derive(Serialize)]
struct MemberLine<'a> {
    id: &'a str,
    file: &'a str,
    record: u32,
    #[serde(skip_serializing_if = "Not::not")]
    reference: bool,
    similarity: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    containment: Option<f64>,
    #[serde(skip_serializing_if = "Not::not")]
    kept: bool,
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
    /// One line a removed record; of one that holds a record of the reference, also where.
    ///
    /// # Errors
    /// [`crate::Error::Io`] if it cannot be written.
    pub(crate) fn removed(
        &self,
        output: &OutputDirectory,
        removals: &Removals,
        held: &[HeldItem],
    ) -> Result<()> {
        let of_wave = |wave: &[Removal]| {
            let documents = wave.iter().flat_map(|removal| [removal.document, removal.by]);
            Ok(self.documents().describe_all(documents))
        };
        write_lines(output, "removed.jsonl", &removals.removed, of_wave, |removal, described| {
            let (removed, kept) = (self.store.place(removal.document), self.store.place(removal.by));
            let held = first_held(held, removal.document);
            Ok(json_line(&RemovedLine {
                id: &described.of(removal.document).id,
                file: removed.file,
                record: removed.record,
                kept_id: &described.of(removal.by).id,
                kept_file: kept.file,
                kept_record: kept.record,
                reference: kept.is_reference,
                similarity: removal.similarity,
                relation: removal.relation,
                none_kept: removals.removal(removal.by).is_some(),
                containment: removal.containment,
                start: held.map(|held| held.place.start),
                end: held.map(|held| held.place.end),
            }))
        })
    }

    /// One line a cluster.
    ///
    /// # Errors
    /// [`crate::Error::Io`] if it cannot be written.
    pub(crate) fn clusters(&self, output: &OutputDirectory, removals: &Removals) -> Result<()> {
        let of_wave = |wave: &[Cluster<'_>]| {
            let members = wave.iter().flat_map(|cluster| cluster.removals.iter().chain(&cluster.spared));
            let members = members.map(|member| member.document);
            let representatives = wave.iter().map(|cluster| cluster.representative);
            Ok(self.documents().describe_all(members.chain(representatives)))
        };
        write_lines(output, "clusters.jsonl", &removals.clusters(), of_wave, |cluster, described| {
            Ok(json_line(&self.cluster(cluster, described)))
        })
    }

    /// One line a record that could not be read.
    ///
    /// # Errors
    /// [`crate::Error::Io`] if it cannot be written.
    pub(crate) fn rejected(&self, output: &OutputDirectory, rejected: &[Rejected]) -> Result<()> {
        let corpus = self.store.corpus();
        write_lines(
            output,
            "rejected.jsonl",
            rejected,
            |_| Ok(()),
            |rejected, ()| {
                Ok(json_line(&RejectedLine {
                    file: corpus.sources()[rejected.source].name(),
                    reference: corpus.is_reference(rejected.source),
                    line: rejected.frame.record,
                    byte: rejected.byte,
                    reason: rejected.reason.to_string(),
                }))
            },
        )
    }

    fn cluster<'s>(&'s self, cluster: &Cluster<'_>, described: &'s Descriptions) -> ClusterLine<'s> {
        let mut documents = vec![(cluster.representative, 1.0, None, false)];
        for (repeats, kept) in [(&cluster.removals, false), (&cluster.spared, true)] {
            let member = |one: &&Removal| (one.document, one.similarity, one.containment, kept);
            documents.extend(repeats.iter().map(member));
        }
        documents.sort_unstable_by_key(|&(document, ..)| document);
        let (mut sources, mut dates) = (Vec::new(), Vec::new());
        let mut members = Vec::with_capacity(documents.len());
        for (document, similarity, containment, kept) in documents {
            let description = described.of(document);
            sources.extend(description.source.as_deref());
            dates.extend(description.date.as_deref().and_then(|date| Some((parse_date(date)?, date))));
            let DocumentPlace { file, record, is_reference } = self.store.place(document);
            let id = &description.id;
            let reference = is_reference;
            members.push(MemberLine { id, file, record, reference, similarity, containment, kept });
        }
        sources.sort_unstable();
        sources.dedup();
        dates.sort_unstable();
        ClusterLine {
            representative: &described.of(cluster.representative).id,
            reference: self.store.place(cluster.representative).is_reference,
            copies: cluster.copies(),
            members,
            sources,
            first_date: dates.first().map(|&(_, text)| text),
            last_date: dates.last().map(|&(_, text)| text),
        }
    }

    pub(super) fn documents(&self) -> Documents<'_> {
        Documents::new(self.store)
    }
}

/// Writes one line of JSON an item, in order. Lines are made in parallel, a wave of items at a time; `prepare` gathers
/// what the lines of a wave need.
pub(super) fn write_lines<T: Sync, C: Sync>(
    output: &OutputDirectory,
    name: &str,
    items: &[T],
    prepare: impl Fn(&[T]) -> Result<C>,
    line: impl Fn(&T, &C) -> Result<Vec<u8>> + Sync,
) -> Result<()> {
    let mut file = output.create(name)?;
    let failure = file.failure();
    for wave in items.chunks(LINES_PER_WAVE) {
        let prepared = prepare(wave)?;
        let lines: Vec<Vec<u8>> = wave.par_iter().map(|item| line(item, &prepared)).collect::<Result<_>>()?;
        for bytes in lines {
            file.write_all(&bytes).map_err(&failure)?;
        }
    }
    file.finish()
}

/// A line of JSON.
pub(super) fn json_line(line: &impl Serialize) -> Vec<u8> {
    let mut bytes = serde_json::to_vec(line).expect("strings, numbers and lists of them are always JSON");
    bytes.push(b'\n');
    bytes
}
