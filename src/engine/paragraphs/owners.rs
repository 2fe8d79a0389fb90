//! Of several documents that hold a paragraph, the one that it belongs to.
//!
//! Where one article has run into the page of another, both hold it, and the order of priority knows nothing of whose it is.
//! The places where it stands do. A document falls into **sections**: one begins with the document, and one with every
//! paragraph that opens another document, as there an article begins. Of two places the better claim has the one
//!
//! 1. that opens its document, or else is in the section that does;
//! 2. of which the title matches the section: at least half of the title's words are in the section's first paragraphs.
//!    The title is that of the record, or else the first line of the text, if it is short. Words of fewer than four letters do
//!    not count, as most of them are in any text; in scripts written without spaces every character counts;
//! 3. beside which, or beside other shared ones around it, stands a paragraph that is found nowhere else: the document has
//!    something of its own to put it in.
//!
//! Among equals the order of priority decides. All paragraphs of a section count alike but for its first, so that an article is
//! not torn between two documents.
//!
//! "Found elsewhere" is about exact copies. A near copy is compared as ever, and in the same order.
#![allow(
    clippy::cast_possible_truncation,
    reason = "documents and nodes are numbered in 32 bits, and reading refuses more; points are few"
)]

use std::ops::Range;

use rayon::prelude::*;

use super::layouts::Layouts;
use super::survey::Survey;
use crate::document::DocumentId;
use crate::documents::DocumentReader;
use crate::engine::decide::Folded;
use crate::engine::observer::Progress;
use crate::error::Result;
use crate::text::{TokenScratch, TokenSink};

/// A title says what an article is about, and so do its first paragraphs; further down anything may be named.
const TITLED_PARAGRAPHS: usize = 3;

/// Shorter words are mostly "and", "the" and "with": in half of all texts, whatever they are about. With all words, a title
/// matched the opening of another page in 9 of 100 cases, without these in 2, and of its own in 62 and 52 (2,069 news pages).
const LEAST_LETTERS: usize = 4;

/// A shorter title, such as "News" or "Weekly column", says nothing about an article.
const LEAST_TITLE_WORDS: usize = 3;

/// Of a paragraph that opens its document, of all in the section that does, of a section that the title matches, and of one
/// beside which the document has something of its own. Each counts more than all behind it.
const IS_FIRST: u8 = 8;
const OPENS: u8 = 4;
const IS_TITLED: u8 = 2;
const HAS_OWN: u8 = 1;

/// Documents looked at between two reports of progress.
const DOCUMENTS_PER_WAVE: usize = 1 << 14;

/// Numbers the distinct paragraphs anew, so that one comes before another if its owner has the better claim; and lets each be
/// represented by the occurrence that owns it. Up to 17 bytes an occurrence.
pub(super) fn in_order_of_claims(
    layouts: &Layouts<'_>,
    survey: &Survey,
    folded: Folded,
    progress: &Progress<'_>,
) -> Result<Folded> {
    let (firsts, mut node_of) = folded.into_parts();
    let nodes = firsts.len();
    drop(firsts);
    let claims = claims(layouts, survey, &node_of, nodes, progress)?;
    // For each node, the occurrence of the best claim, the first of them.
    let mut owners = vec![u32::MAX; nodes];
    for (occurrence, &node) in node_of.iter().enumerate() {
        let owner = &mut owners[node as usize];
        if *owner == u32::MAX || claims[occurrence] > claims[*owner as usize] {
            *owner = occurrence as u32;
        }
    }
    let mut order: Vec<u32> = (0..nodes as u32).collect();
    order.par_sort_unstable_by_key(|&node| {
        let owner = owners[node as usize];
        (u8::MAX - claims[owner as usize], owner)
    });
    drop(claims);
    let mut number_of = vec![0; nodes];
    for (number, &node) in order.iter().enumerate() {
        number_of[node as usize] = number as u32;
    }
    for node in &mut order {
        *node = owners[*node as usize];
    }
    drop(owners);
    for node in &mut node_of {
        *node = number_of[*node as usize];
    }
    Ok(Folded::of(order, node_of))
}

/// The claim of each occurrence.
fn claims(
    layouts: &Layouts<'_>,
    survey: &Survey,
    node_of: &[u32],
    nodes: usize,
    progress: &Progress<'_>,
) -> Result<Vec<u8>> {
    let held = HeldNodes::new(survey, node_of, nodes);
    let mut claims = vec![0; node_of.len()];
    let mut contended = Vec::new();
    for_each_document(survey, |document, own| {
        if own.clone().any(|occurrence| held.is_shared(node_of[occurrence])) {
            let claims = &mut claims[own.clone()];
            held.claim_by_place(&node_of[own.clone()], claims);
            contended.push((document, own));
        }
    });
    for wave in contended.chunks(DOCUMENTS_PER_WAVE) {
        let titled: Vec<Vec<Range<usize>>> = wave
            .par_iter()
            .map_init(
                || TitleScratch::new(layouts),
                |scratch, (document, own)| {
                    let sections = held.sections(own.clone(), node_of);
                    scratch.titled(*document, &sections, layouts, survey)
                },
            )
            .collect::<Result<_>>()?;
        for section in titled.into_iter().flatten() {
            claims[section].iter_mut().for_each(|claim| *claim += IS_TITLED);
        }
        progress.advance(0)?;
    }
    Ok(claims)
}

/// Calls `each` with every document and its occurrences, in priority order.
fn for_each_document(survey: &Survey, mut each: impl FnMut(DocumentId, Range<usize>)) {
    let mut first = 0;
    for surveyed in &survey.documents {
        let own = first..first + surveyed.occurrences as usize;
        first = own.end;
        if !own.is_empty() {
            each(surveyed.document, own);
        }
    }
}

/// Which distinct paragraphs are in several documents, and which open one.
struct HeldNodes(Vec<u8>);

impl HeldNodes {
    const SHARED: u8 = 1;
    const OPENING: u8 = 2;

    fn new(survey: &Survey, node_of: &[u32], nodes: usize) -> Self {
        let mut flags = vec![0; nodes];
        let mut last = vec![DocumentId(u32::MAX); nodes];
        for_each_document(survey, |document, own| {
            flags[node_of[own.start] as usize] |= Self::OPENING;
            for &node in &node_of[own] {
                let before = std::mem::replace(&mut last[node as usize], document);
                if before != document && before.0 != u32::MAX {
                    flags[node as usize] |= Self::SHARED;
                }
            }
        });
        Self(flags)
    }

    fn is_shared(&self, node: u32) -> bool {
        self.0[node as usize] & Self::SHARED != 0
    }

    fn is_opening(&self, node: u32) -> bool {
        self.0[node as usize] & Self::OPENING != 0
    }

    /// Adds what the paragraphs of one document can claim without its title.
    fn claim_by_place(&self, nodes: &[u32], claims: &mut [u8]) {
        let first = self.sections(0..nodes.len(), nodes).swap_remove(0);
        claims[0] += IS_FIRST;
        claims[first].iter_mut().for_each(|claim| *claim += OPENS);
        // A run of shared ones that is not all of the document stands beside one that is not.
        if !nodes.iter().all(|&node| self.is_shared(node)) {
            for claim in claims {
                *claim += HAS_OWN;
            }
        }
    }

    /// The sections of a document that has these occurrences.
    fn sections(&self, own: Range<usize>, node_of: &[u32]) -> Vec<Range<usize>> {
        let (mut sections, mut start) = (Vec::new(), own.start);
        for occurrence in own.clone().skip(1) {
            if self.is_opening(node_of[occurrence]) {
                sections.push(start..occurrence);
                start = occurrence;
            }
        }
        sections.push(start..own.end);
        sections
    }
}

/// Memory of a thread.
struct TitleScratch<'a> {
    reader: DocumentReader<'a>,
    tokens: TokenScratch,
    title: WordHashes,
    opening: WordHashes,
}

impl<'a> TitleScratch<'a> {
    fn new(layouts: &Layouts<'a>) -> Self {
        Self {
            reader: layouts.documents.reader(),
            tokens: TokenScratch::default(),
            title: WordHashes::default(),
            opening: WordHashes::default(),
        }
    }

    /// The sections of a document that its title matches.
    fn titled(
        &mut self,
        document: DocumentId,
        sections: &[Range<usize>],
        layouts: &Layouts<'_>,
        survey: &Survey,
    ) -> Result<Vec<Range<usize>>> {
        let Self { reader, tokens, title, opening } = self;
        let tokenizer = layouts.shingler.tokenizer();
        title.0.clear();
        if let Some(text) = layouts.documents.title(document) {
            tokenizer.tokenize(&text, tokens, title);
        } else {
            let start = survey.occurrences.get(sections[0].start)?.range().start;
            let above = reader.part(document, 0..start)?.trim_start();
            // If it were not short, it would be an occurrence.
            tokenizer.tokenize(above.lines().next().unwrap_or_default(), tokens, title);
        }
        title.settle();
        let mut titled = Vec::new();
        if title.0.len() < LEAST_TITLE_WORDS {
            return Ok(titled);
        }
        for section in sections {
            opening.0.clear();
            for occurrence in section.clone().take(TITLED_PARAGRAPHS) {
                let range = survey.occurrences.get(occurrence)?.range();
                tokenizer.tokenize(reader.part(document, range)?, tokens, opening);
            }
            opening.settle();
            let found = title.0.iter().filter(|word| opening.0.binary_search(word).is_ok()).count();
            if 2 * found >= title.0.len() {
                titled.push(section.clone());
            }
        }
        Ok(titled)
    }
}

/// Hashes of words.
#[derive(Default)]
struct WordHashes(Vec<u64>);

impl WordHashes {
    /// Sorted, each once.
    fn settle(&mut self) {
        self.0.sort_unstable();
        self.0.dedup();
    }
}

impl TokenSink for WordHashes {
    #[inline]
    fn token(&mut self, normalised: &[u8], hash: u64, _start: usize, _end: usize) {
        let letters = || normalised.iter().filter(|&&byte| byte & 0xc0 != 0x80).count();
        // Those of alphabets take one or two bytes.
        let is_character = normalised.len() > 2 && letters() == 1;
        if is_character || normalised.len() >= LEAST_LETTERS && letters() >= LEAST_LETTERS {
            self.0.push(hash);
        }
    }
}
