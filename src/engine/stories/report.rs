//! What `report.html` shows of stories.

use std::collections::BTreeMap;

use super::Stories;
use super::read::Texts;
use crate::corpus::{Corpus, RecordTable, TextScratch};
use crate::document::DocumentId;
use crate::engine::observer::{Observer, Progress, Stage};
use crate::engine::report::{
    ID_CHARACTERS, SOURCE_CHARACTERS, TITLE_CHARACTERS, curve, in_parallel, inputs, nearest, timeline, volume,
};
use crate::error::Result;
use crate::output::{StorySummary, flows};
use crate::report::{
    COMPARED_MEMBERS, ClusterDetails, ClusterRow, DETAILED_CLUSTERS, LISTED_CLUSTERS, Matrix, Member,
    NAMED_MEMBERS, NearDecision, Report, SimilarityHistogram, SizeHistogram, TextRef, Tile, TimelineRow,
    Words, date_name, difference, grouped, label, percent,
};
use crate::reuse::relation::Relation;
use crate::reuse::story::{Provenance, Retelling, Story};
use crate::text::Tokenizer;

/// A run, as far as its report needs it.
pub(super) struct Run<'a> {
    pub corpus: &'a Corpus,
    pub records: &'a RecordTable,
    pub provenance: &'a Provenance,
    pub stories: &'a [Story],
    pub options: &'a Stories,
    pub summary: &'a StorySummary,
}

impl Run<'_> {
    /// Everything the page shows.
    pub(super) fn report(&self, observer: &dyn Observer) -> Result<Report> {
        let mut ranked: Vec<&Story> = self.stories.iter().collect();
        ranked.sort_by_key(|story| std::cmp::Reverse(story.members.len()));
        let listed = &ranked[..ranked.len().min(LISTED_CLUSTERS)];
        let detailed = &ranked[..ranked.len().min(DETAILED_CLUSTERS)];
        let progress = Progress::begin(observer, Stage::Report, listed.len() as u64);
        let texts = Texts { corpus: self.corpus, records: self.records, credits: None };
        let tokenizer = Tokenizer::new(&self.options.matching.text);
        let rows = in_parallel(listed, |story, scratch| {
            progress.advance(1)?;
            self.row(story, &texts, &mut scratch[0])
        })?;
        let details =
            in_parallel(detailed, |story, scratch| self.details(story, &texts, &tokenizer, scratch))?;
        let nearest = in_parallel(&self.nearest(), |member, scratch| {
            self.near_decision(member, &texts, &tokenizer, scratch)
        })?;
        let mut sizes = SizeHistogram::default();
        let threshold = self.options.containment.get().min(self.options.matching.threshold.get());
        let mut similarities = SimilarityHistogram::new(threshold);
        for story in self.stories {
            sizes.add(story.members.len() as u64 + 1);
            for member in &story.members {
                match member.link.relation {
                    Relation::Exact => similarities.add_exact(),
                    _ => similarities.add(member.link.containment()),
                }
            }
        }
        Ok(Report {
            words: Words::STORIES,
            version: self.summary.version,
            inputs: inputs(self.corpus),
            tiles: self.tiles(),
            threshold,
            sizes,
            similarities,
            curve: curve(&self.options.matching)?,
            matrix: self.matrix(),
            timeline: self.timeline(&ranked),
            groups: self.stories.len() as u64,
            rows,
            details,
            nearest,
            paragraphs: None,
            parameters: self.parameters(),
        })
    }

    fn matrix(&self) -> Option<Matrix> {
        let flows = flows(self.stories, self.provenance);
        // A row is the source that tells again.
        let counts: BTreeMap<(u32, u32), u64> =
            flows.iter().map(|flow| ((flow.to, flow.from), flow.documents)).collect();
        Matrix::new(&counts, |source| self.provenance.names()[source as usize].clone())
    }

    fn row(&self, story: &Story, texts: &Texts<'_>, scratch: &mut TextScratch) -> Result<ClusterRow> {
        let documents = || std::iter::once(story.origin).chain(story.members.iter().map(|m| m.document));
        let mut sources: Vec<u32> = documents().filter_map(|d| self.provenance.source(d)).collect();
        sources.sort_unstable();
        sources.dedup();
        let dates = || documents().filter_map(|document| self.provenance.date(document));
        let lowest = story.members.iter().map(|member| member.link.containment()).fold(1.0, f64::min);
        Ok(ClusterRow {
            title: label(&texts.read(story.origin, scratch)?, TITLE_CHARACTERS),
            id: self.id(story.origin),
            size: story.members.len() as u64 + 1,
            lowest,
            sources: (!sources.is_empty()).then_some(sources.len() as u32),
            first: dates().min().map(date_name),
            last: dates().max().map(date_name),
        })
    }

    fn details(
        &self,
        story: &Story,
        texts: &Texts<'_>,
        tokenizer: &Tokenizer,
        [origin, member]: &mut [TextScratch; 2],
    ) -> Result<ClusterDetails> {
        let mut members: Vec<&Retelling> = story.members.iter().collect();
        // What is linked with the origin itself can be set beside it; exact copies last, for there is nothing to see.
        members.sort_by(|a, b| {
            let order = |m: &Retelling| (m.with != story.origin, m.link.relation == Relation::Exact);
            let containment = a.link.containment().total_cmp(&b.link.containment());
            order(a).cmp(&order(b)).then(containment).then(a.document.cmp(&b.document))
        });
        let origin_text = texts.read(story.origin, origin)?;
        let shown = members.iter().take(NAMED_MEMBERS).enumerate().map(|(place, retelling)| {
            let is_compared =
                place < COMPARED_MEMBERS && (place == 0 || retelling.link.relation != Relation::Exact);
            let difference = if is_compared {
                Some(difference(tokenizer, &origin_text, &texts.read(retelling.document, member)?))
            } else {
                None
            };
            Ok(Member { difference, ..self.member(retelling) })
        });
        Ok(ClusterDetails {
            representative: self.text_ref(story.origin),
            members: shown.collect::<Result<_>>()?,
            unnamed: members.len().saturating_sub(NAMED_MEMBERS) as u64,
        })
    }

    /// The documents told again with the least containment, least first.
    fn nearest(&self) -> Vec<Retelling> {
        let members = self.stories.iter().flat_map(|story| &story.members);
        let near = members.filter(|member| member.link.relation != Relation::Exact);
        nearest(near, |member| (member.link.containment(), member.document))
    }

    fn near_decision(
        &self,
        retelling: &Retelling,
        texts: &Texts<'_>,
        tokenizer: &Tokenizer,
        [first, second]: &mut [TextScratch; 2],
    ) -> Result<NearDecision> {
        let told = texts.read(retelling.with, first)?;
        let again = texts.read(retelling.document, second)?;
        Ok(NearDecision {
            title: label(&told, TITLE_CHARACTERS),
            kept: self.text_ref(retelling.with),
            member: Member {
                difference: Some(difference(tokenizer, &told, &again)),
                ..self.member(retelling)
            },
        })
    }

    fn member(&self, retelling: &Retelling) -> Member {
        Member {
            text: self.text_ref(retelling.document),
            similarity: retelling.link.containment(),
            relation: retelling.link.relation.name(),
            difference: None,
        }
    }

    fn timeline(&self, ranked: &[&Story]) -> Vec<TimelineRow> {
        timeline(ranked.iter().map(|story| {
            let members = story.members.iter().map(|member| member.document);
            members.chain([story.origin]).filter_map(|document| self.provenance.date(document))
        }))
    }

    fn tiles(&self) -> Vec<Tile> {
        let StorySummary { documents, links, .. } = self.summary;
        let told = documents.in_stories + documents.alone;
        let tile = |label, value, note| Tile { label, value: grouped(value), note };
        let of_all = |part| format!("{} of all", percent(part, told));
        let largest = format!("the largest of {} documents", grouped(self.summary.largest_story));
        let elsewhere: u64 = flows(self.stories, self.provenance)
            .iter()
            .filter(|flow| flow.from != flow.to)
            .map(|flow| flow.documents)
            .sum();
        let mut tiles = vec![
            tile("Documents", told, volume(self.corpus, self.summary.bytes)),
            tile("Stories", self.summary.stories, "those told once included".to_owned()),
            tile(
                "Told again",
                self.summary.stories_retold,
                if self.stories.is_empty() { String::new() } else { largest },
            ),
            tile("Exact copies", links.exact, of_all(links.exact)),
            tile("Near-duplicates", links.near, of_all(links.near)),
            tile(
                "Cut or added to",
                links.excerpt + links.expansion,
                format!("{} excerpts, {} expansions", grouped(links.excerpt), grouped(links.expansion)),
            ),
        ];
        if !self.provenance.names().is_empty() {
            let sources = format!("among {} sources", grouped(self.provenance.names().len() as u64));
            tiles.push(tile("Told by another source", elsewhere, sources));
        }
        if documents.rejected > 0 {
            tiles.push(tile("Could not be read", documents.rejected, "listed in rejected.jsonl".to_owned()));
        }
        tiles
    }

    fn parameters(&self) -> Vec<(String, String)> {
        let StorySummary { parameters, index, not_linked, bounded, .. } = self.summary;
        let yes = |flag| if flag { "yes" } else { "no" }.to_owned();
        let mut named = vec![
            ("threshold of near-duplicates", parameters.threshold.to_string()),
            ("containment of excerpts", parameters.containment.to_string()),
            ("words of an excerpt, at least", parameters.least_words.to_string()),
            ("window", parameters.window.clone().unwrap_or_else(|| "none".to_owned())),
            ("credits left out", yes(parameters.strip_credits)),
            ("recall asked for", parameters.recall.to_string()),
            ("recall predicted", format!("{:.4}", self.summary.predicted_recall)),
            ("shingles", parameters.shingle.clone()),
            ("slots in a signature", parameters.hashes.to_string()),
            ("index", index.kind.to_owned()),
        ];
        if index.bands > 0 {
            named.push(("bands × rows", format!("{} × {}", index.bands, index.rows)));
        }
        named.extend([
            ("shingles sampled", format!("{:.1} %", index.sampling_rate * 100.0)),
            ("candidate pairs", grouped(index.near_candidates + index.containment_candidates)),
            ("pairs compared", grouped(index.compared)),
            ("templates not linked", grouped(not_linked.templates)),
            ("kept apart on account of templates", grouped(not_linked.kept_apart)),
            ("pairs outside the window", grouped(not_linked.outside_window)),
            ("pairs passed over", grouped(bounded.pairs_passed_over)),
            ("documents in crowded buckets", grouped(bounded.crowded)),
            ("documents stood in for", grouped(bounded.stood_in_for)),
            ("digits folded", yes(parameters.fold_digits)),
            ("diacritics folded", yes(parameters.fold_diacritics)),
            ("seed", parameters.seed.to_string()),
        ]);
        let fields =
            parameters.fields.iter().map(|(name, path)| (format!("field of the {name}"), path.clone()));
        named.into_iter().map(|(name, value)| (name.to_owned(), value)).chain(fields).collect()
    }

    fn text_ref(&self, document: DocumentId) -> TextRef {
        TextRef {
            id: self.id(document),
            source: self.provenance.source_name(document).map(|source| label(source, SOURCE_CHARACTERS)),
            date: self.provenance.date(document).map(date_name),
        }
    }

    fn id(&self, document: DocumentId) -> String {
        label(&self.corpus.id(self.records.locate(document)), ID_CHARACTERS)
    }
}
