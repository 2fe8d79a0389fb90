//! `stories.jsonl`, `sources.csv`, `flows.csv` and `credits.csv`.
#![allow(
    clippy::cast_precision_loss,
    reason = "documents are numbered in 32 bits; shares and rates are for people"
)]

use std::borrow::Cow;
use std::cmp::Reverse;

use serde::Serialize;

use super::flows::{credit_flows, flows, source_counts};
use crate::corpus::{date_text, guarded_cell};
use crate::document::DocumentId;
use crate::documents::{Descriptions, DocumentPlace, Documents};
use crate::error::Result;
use crate::output::directory::{OutputDirectory, StagedFile};
use crate::output::tables::{json_line, write_lines};
use crate::reuse::story::{Credited, Provenance, Retelling, RoundUp, Story};

/// Writes tables about the stories of one run.
pub(crate) struct StoryTables<'a> {
    /// The documents.
    pub documents: Documents<'a>,
    /// Where and when they were told.
    pub provenance: &'a Provenance,
    /// The stories of two or more documents.
    pub stories: &'a [Story],
    /// The documents that cover several.
    pub round_ups: &'a [RoundUp],
    /// The agencies that their documents are credited to.
    pub credited: &'a Credited,
}

/// A line of `stories.jsonl`.
#[derive(Clone, Copy)]
enum StoryRow<'a> {
    Story(&'a Story),
    RoundUp(&'a RoundUp),
}

impl StoryRow<'_> {
    fn first(&self) -> DocumentId {
        match self {
            Self::Story(story) => story.origin,
            Self::RoundUp(round_up) => round_up.document,
        }
    }

    fn documents(&self) -> impl Iterator<Item = DocumentId> {
        let (members, reports): (&[Retelling], &[DocumentId]) = match self {
            Self::Story(story) => (&story.members, &[]),
            Self::RoundUp(round_up) => (&[], &round_up.reports),
        };
        let others = members.iter().map(|member| member.document).chain(reports.iter().copied());
        std::iter::once(self.first()).chain(others)
    }
}

#[derive(Serialize)]
struct StoryLine<'a> {
    origin: OriginTold<'a>,
    documents: usize,
    members: Vec<StoryMemberLine<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    sources: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    first_date: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_date: Option<String>,
    /// Ids of the origins of the stories that it covers.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    reports: Vec<&'a str>,
}

/// A document, and where and when it was told.
#[derive(Serialize)]
struct Told<'a> {
    id: &'a str,
    file: &'a str,
    record: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    credited: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    date: Option<String>,
}

/// The origin of a story.
#[derive(Serialize)]
struct OriginTold<'a> {
    #[serde(flatten)]
    told: Told<'a>,
    /// How many others have its date, if any.
    #[serde(skip_serializing_if = "Option::is_none")]
    tie: Option<u32>,
}

#[derive(Serialize)]
struct StoryMemberLine<'a> {
    #[serde(flatten)]
    told: Told<'a>,
    relation: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    with: Option<&'a str>,
    similarity: f64,
    contained: f64,
    contains: f64,
    own: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    delay_seconds: Option<i64>,
}

#[derive(Serialize)]
struct SourceLine<'a> {
    source: Cow<'a, str>,
    documents: u64,
    alone: u64,
    origins: u64,
    tied: u64,
    repeats: u64,
    copied: u64,
    unattributed: u64,
    share_copied: String,
    reused: u64,
    share_reused: String,
    reuses: u64,
}

#[derive(Serialize)]
struct FlowLine<'a> {
    from: Cow<'a, str>,
    to: Cow<'a, str>,
    documents: u64,
    tied: u64,
    median_delay_seconds: Option<i64>,
}

#[derive(Serialize)]
struct CreditLine<'a> {
    from: Cow<'a, str>,
    to: Cow<'a, str>,
    documents: u64,
    stories: u64,
}

impl StoryTables<'_> {
    /// `stories.jsonl`: one line a story, or a document that covers several, in order of time.
    ///
    /// # Errors
    /// [`crate::Error::Io`] if it cannot be written.
    pub(crate) fn stories(&self, output: &OutputDirectory) -> Result<()> {
        let stories = self.stories.iter().map(StoryRow::Story);
        let mut rows: Vec<StoryRow<'_>> =
            stories.chain(self.round_ups.iter().map(StoryRow::RoundUp)).collect();
        rows.sort_by_key(|row| {
            let date = self.provenance.date(row.first());
            (date.is_none(), date, row.first())
        });
        let of_wave = |wave: &[StoryRow<'_>]| {
            Ok(self.documents.describe_all(wave.iter().flat_map(StoryRow::documents)))
        };
        write_lines(output, "stories.jsonl", &rows, of_wave, |row, described| {
            Ok(json_line(&match row {
                StoryRow::Story(story) => self.story(story, described),
                StoryRow::RoundUp(round_up) => self.round_up(round_up, described),
            }))
        })
    }

    /// `sources.csv`: one line a source, that of most documents first.
    ///
    /// # Errors
    /// [`crate::Error::Io`] if it cannot be written.
    pub(crate) fn sources(&self, output: &OutputDirectory) -> Result<()> {
        let names = self.provenance.names();
        let counts = source_counts(self.stories, self.provenance);
        let mut rows: Vec<_> = names.iter().zip(counts).collect();
        rows.sort_by_key(|&(name, counts)| (Reverse(counts.documents), name));
        let share = |part: u64, whole: u64| format!("{:.4}", part as f64 / whole.max(1) as f64);
        let lines = rows.into_iter().map(|(name, counts)| SourceLine {
            source: guarded_cell(name),
            documents: counts.documents,
            alone: counts.alone,
            origins: counts.origins,
            tied: counts.tied,
            repeats: counts.repeats,
            copied: counts.copied,
            unattributed: counts.unattributed,
            share_copied: share(counts.copied, counts.documents),
            reused: counts.reused,
            share_reused: share(counts.reused, counts.documents),
            reuses: counts.reuses,
        });
        let head = [
            "source",
            "documents",
            "alone",
            "origins",
            "tied",
            "repeats",
            "copied",
            "unattributed",
            "share_copied",
            "reused",
            "share_reused",
            "reuses",
        ];
        write_table(output.create("sources.csv")?, &head, lines)
    }

    /// `flows.csv`: one line a pair of sources, that of most documents first.
    ///
    /// # Errors
    /// [`crate::Error::Io`] if it cannot be written.
    pub(crate) fn flows(&self, output: &OutputDirectory) -> Result<()> {
        let name = |source: u32| self.provenance.names()[source as usize].as_str();
        let mut rows = flows(self.stories, self.provenance);
        rows.sort_by_key(|flow| {
            (Reverse(flow.documents), Reverse(flow.tied), name(flow.from), name(flow.to))
        });
        let lines = rows.iter().map(|flow| FlowLine {
            from: guarded_cell(name(flow.from)),
            to: guarded_cell(name(flow.to)),
            documents: flow.documents,
            tied: flow.tied,
            median_delay_seconds: flow.median_delay_seconds,
        });
        write_table(
            output.create("flows.csv")?,
            &["from", "to", "documents", "tied", "median_delay_seconds"],
            lines,
        )
    }

    /// `credits.csv`: one line an agency and a source that credits it, in stories told again, that of most documents
    /// first.
    ///
    /// # Errors
    /// [`crate::Error::Io`] if it cannot be written.
    pub(crate) fn credits(&self, output: &OutputDirectory) -> Result<()> {
        let name =
            |source: Option<u32>| source.map_or("", |to| self.provenance.names()[to as usize].as_str());
        let mut rows = credit_flows(self.stories, self.provenance, self.credited);
        rows.sort_by_key(|flow| (Reverse(flow.documents), flow.from, name(flow.to)));
        let lines = rows.iter().map(|flow| CreditLine {
            from: guarded_cell(flow.from),
            to: guarded_cell(name(flow.to)),
            documents: flow.documents,
            stories: flow.stories,
        });
        write_table(output.create("credits.csv")?, &["from", "to", "documents", "stories"], lines)
    }

    fn story<'s>(&'s self, story: &Story, described: &'s Descriptions) -> StoryLine<'s> {
        let documents = || std::iter::once(story.origin).chain(story.members.iter().map(|m| m.document));
        let mut sources: Vec<&str> = documents().filter_map(|d| self.provenance.source_name(d)).collect();
        sources.sort_unstable();
        sources.dedup();
        let dates = || documents().filter_map(|document| self.provenance.date(document));
        StoryLine {
            origin: OriginTold {
                told: self.told(story.origin, described),
                tie: Some(story.ties).filter(|&ties| ties > 0),
            },
            documents: story.members.len() + 1,
            members: story
                .members
                .iter()
                .map(|member| self.member(story.origin, member, described))
                .collect(),
            sources,
            first_date: dates().min().map(date_text),
            last_date: dates().max().map(date_text),
            reports: Vec::new(),
        }
    }

    fn round_up<'s>(&'s self, round_up: &RoundUp, described: &'s Descriptions) -> StoryLine<'s> {
        let date = self.provenance.date(round_up.document).map(date_text);
        StoryLine {
            origin: OriginTold { told: self.told(round_up.document, described), tie: None },
            documents: 1,
            members: Vec::new(),
            sources: self.provenance.source_name(round_up.document).into_iter().collect(),
            first_date: date.clone(),
            last_date: date,
            reports: round_up.reports.iter().map(|&origin| described.of(origin).id.as_str()).collect(),
        }
    }

    fn member<'s>(
        &'s self,
        origin: DocumentId,
        member: &Retelling,
        described: &'s Descriptions,
    ) -> StoryMemberLine<'s> {
        let Retelling { document, with, link } = *member;
        StoryMemberLine {
            told: self.told(document, described),
            relation: link.relation.name(),
            with: (with != origin).then(|| described.of(with).id.as_str()),
            similarity: link.jaccard,
            contained: link.contained[0],
            contains: link.contained[1],
            own: link.own[0],
            delay_seconds: self.provenance.delay(origin, document),
        }
    }

    fn told<'s>(&'s self, document: DocumentId, described: &'s Descriptions) -> Told<'s> {
        let DocumentPlace { file, record, .. } = self.documents.place(document);
        Told {
            id: &described.of(document).id,
            file,
            record,
            source: self.provenance.source_name(document),
            credited: self.credited.of(document),
            date: self.provenance.date(document).map(date_text),
        }
    }
}

/// Writes a table with its head, which is there even if no line is.
fn write_table<L: Serialize>(file: StagedFile, head: &[&str], lines: impl Iterator<Item = L>) -> Result<()> {
    let failure = file.failure();
    let mut writer = csv::WriterBuilder::new().has_headers(false).from_writer(file);
    let failed = |error: csv::Error| failure(error.into());
    writer.write_record(head).map_err(failed)?;
    for line in lines {
        writer.serialize(line).map_err(failed)?;
    }
    let file = writer.into_inner().map_err(|error| failure(error.into_error()))?;
    file.finish()
}
