//! Which documents an evaluation is about, and which ids only one side names.
#![allow(clippy::cast_possible_truncation, reason = "documents are numbered in 32 bits")]

use super::given::{FoundDuplicates, KeptDocuments, KnownDuplicates, Labels, ToolResult};
use super::side::OrderedPair;

/// Stands for an id that no document of the evaluation has.
const NOT_EVALUATED: u32 = u32::MAX;

/// The documents of an evaluation, numbered from 0 in order of the numbers of their ids.
#[derive(Debug)]
pub(super) struct Population {
    /// By the number of an id, that of its document.
    places: Vec<u32>,
    /// How many documents there are.
    pub count: usize,
    /// Ids that the result names, but not the labels, nor the corpus if there is one; ascending.
    pub only_in_result: Vec<u32>,
    /// Ids of the evaluation that the result does not name; ascending.
    pub not_in_result: Vec<u32>,
    /// Ids of the labels that are not in the corpus, if there is one; ascending.
    pub not_in_corpus: Vec<u32>,
    /// Ids of the corpus, if there is one, that have no label; ascending.
    pub unlabelled: Vec<u32>,
}

impl Population {
    /// Takes the ids, of which there are so many, that the labels are about, within `corpus` if there is one. Labels that are
    /// pairs are about all documents: those of the corpus, else those that either side names.
    pub(super) fn new(ids: usize, result: &ToolResult, labels: &Labels, corpus: Option<&[u32]>) -> Self {
        let set = |numbers: &mut dyn Iterator<Item = u32>| {
            let mut is_in = vec![false; ids];
            numbers.for_each(|number| is_in[number as usize] = true);
            is_in
        };
        let in_result = set(&mut named_by_result(result));
        let in_labels = set(&mut named_by_labels(labels));
        let in_corpus = corpus.map(|corpus| set(&mut corpus.iter().copied()));
        let is_about_all =
            labels.documents.is_none() && matches!(labels.duplicates, KnownDuplicates::Pairs(_));
        let has_label = |id: usize| in_labels[id] || is_about_all;
        let is_in = |id: usize| match &in_corpus {
            Some(in_corpus) => in_corpus[id] && has_label(id),
            None => in_labels[id] || is_about_all && in_result[id],
        };
        let mut places = vec![NOT_EVALUATED; ids];
        let mut count = 0;
        for id in (0..ids).filter(|&id| is_in(id)) {
            places[id] = count;
            count += 1;
        }
        let all = |is_one: &dyn Fn(usize) -> bool| {
            (0..ids).filter(|&id| is_one(id)).map(|id| id as u32).collect::<Vec<u32>>()
        };
        let corpus_has = |id: usize| in_corpus.as_ref().is_none_or(|in_corpus| in_corpus[id]);
        Self {
            only_in_result: all(&|id| in_result[id] && !is_in(id)),
            not_in_result: all(&|id| is_in(id) && !in_result[id]),
            not_in_corpus: all(&|id| in_labels[id] && !corpus_has(id)),
            unlabelled: all(&|id| in_corpus.is_some() && corpus_has(id) && !has_label(id)),
            count: count as usize,
            places,
        }
    }

    /// The document of an id, if it is evaluated.
    pub(super) fn place(&self, id: u32) -> Option<u32> {
        Some(self.places[id as usize]).filter(|&place| place != NOT_EVALUATED)
    }

    /// The documents of a pair of ids, if both are evaluated and they are two.
    pub(super) fn pair(&self, a: u32, b: u32) -> Option<OrderedPair> {
        let (a, b) = (self.place(a)?, self.place(b)?);
        (a != b).then(|| (a.min(b), a.max(b)))
    }
}

fn named_by_result(result: &ToolResult) -> impl Iterator<Item = u32> {
    let (members, pairs): (&[_], &[_]) = match &result.duplicates {
        FoundDuplicates::Clusters(members) => (members, &[]),
        FoundDuplicates::Pairs(pairs) => (&[], pairs),
        FoundDuplicates::Untold => (&[], &[]),
    };
    let kept: &[u32] = match &result.kept {
        Some(KeptDocuments::Listed(ids) | KeptDocuments::AllBut(ids)) => ids,
        None => &[],
    };
    let members = members.iter().map(|member| member.document);
    members.chain(pairs.iter().flat_map(|pair| [pair.a, pair.b])).chain(kept.iter().copied())
}

fn named_by_labels(labels: &Labels) -> impl Iterator<Item = u32> {
    let (members, pairs, more): (&[_], &[_], &[_]) = match &labels.duplicates {
        KnownDuplicates::Clusters(members) => (members, &[], &[]),
        KnownDuplicates::Pairs(pairs) => (&[], pairs, &[]),
        KnownDuplicates::Judged { positive, negative } => (&[], positive, negative),
    };
    let members = members.iter().map(|member| member.document);
    let documents = labels.documents.iter().flatten().copied();
    members.chain(pairs.iter().chain(more).flat_map(|pair| [pair.a, pair.b])).chain(documents)
}
