//! Two texts word by word: where they differ, and whether facts were exchanged there.

use std::ops::Range;

use super::facts::{Vocabulary, WordKind};
use super::family::{FilledSlots, ShingleCounts, filled_slots};
use super::slots::{self, Dates, Exchanges, SlotReader, TextSlot};
use crate::reuse::align::Passage;
use crate::text::Token;

/// Two texts, word by word.
pub(super) struct AlignedTexts<'a> {
    pub(super) tokens: [&'a [Token]; 2],
    pub(super) vocabulary: Vocabulary<'a>,
    pub(super) slots: Vec<TextSlot>,
    pub(super) exchanges: Exchanges,
    /// Slots of a form of the corpus that the texts fill differently, if they do and the corpus is known.
    pub(super) filled: Option<FilledSlots>,
    /// Equal words.
    equal: usize,
}

impl<'a> AlignedTexts<'a> {
    pub(super) fn new(
        texts: [&'a str; 2],
        tokens: [&'a [Token]; 2],
        passages: &[Passage],
        credits: &[Vec<Range<usize>>; 2],
        counts: Option<&[ShingleCounts; 2]>,
    ) -> Self {
        let vocabulary = Vocabulary::new(texts, tokens);
        let runs = slots::common_order(passages);
        let slots = slots::slots(&runs, tokens.map(<[Token]>::len));
        // A byline or an agency says nothing about what the text is about.
        let is_credit = |side: usize, words: &Range<usize>| {
            let mut words = tokens[side][words.clone()].iter();
            words.any(|word| credits[side].iter().any(|credit| credit.contains(&word.start)))
        };
        let story: Vec<TextSlot> =
            slots.iter().filter(|slot| !is_credit(0, &slot.a) && !is_credit(1, &slot.b)).cloned().collect();
        let exchanges = Exchanges::new(&story, tokens, &vocabulary);
        let reader = SlotReader { tokens, vocabulary: &vocabulary };
        let words = tokens.map(<[Token]>::len);
        let filled =
            counts.and_then(|counts| filled_slots(counts, &story, words, |slot| reader.is_respelt(slot)));
        let equal = runs.iter().map(|run| run.words).sum();
        Self { tokens, vocabulary, slots, exchanges, filled, equal }
    }

    /// Whether they are the same form with other facts; see [`super`].
    pub(super) fn is_template(&self) -> bool {
        let words = self.tokens.map(<[Token]>::len);
        if self.equal * 5 < words[0].max(words[1]) * 2 {
            return false;
        }
        let exchanges = &self.exchanges;
        let numbers = exchanges.of(WordKind::Number).count();
        let names = exchanges.of(WordKind::Name).count();
        let repeated = |kind| exchanges.of(kind).filter(|exchange| exchange.places > 1).count();
        let by_names = repeated(WordKind::Name) > 0 && names + numbers > 1;
        let by_names_once = self.vocabulary.capitals_tell_names()
            && names > 1
            && numbers > 0
            && exchanges.fact_slots * 3 >= exchanges.substitutions * 2;
        let is_nothing_added = exchanges.unmatched_words * 10 <= words[0] + words[1];
        let by_names_alone =
            names > 0 && numbers > 0 && exchanges.fact_slots == exchanges.substitutions && is_nothing_added;
        let least_figures = match exchanges.dates {
            Dates::Exchanged => 3,
            Dates::Absent => 4,
            Dates::Kept => usize::MAX,
        };
        let by_figures = numbers >= least_figures && exchanges.numbers_replaced >= 0.6 && is_nothing_added;
        let without_capitals = match repeated(WordKind::Plain) {
            0 => false,
            1 => numbers > 1,
            _ => numbers > 0,
        };
        by_names || by_names_once || by_names_alone || by_figures || without_capitals
    }
}
