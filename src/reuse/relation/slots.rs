//! Where two texts differ, and whether a fact was exchanged for another there.
#![allow(
    clippy::cast_precision_loss,
    reason = "places in a text of at most 4 GiB, and nodes numbered in 32 bits"
)]

use std::collections::BTreeMap;
use std::ops::Range;

use super::facts::{Vocabulary, WordKind, letters};
use crate::hash;
use crate::reuse::align::{Passage, Run, common_order as common_order_of};
use crate::text::Token;

/// A slot holds at most so many words on either side; where more differs, the text was rewritten.
pub(super) const MOST_WORDS: usize = 8;

/// At most so many words in small letters on either side come with an exchanged name: "the town of", "and".
const MOST_SMALL: usize = 2;

/// Places count as different if there are so many words from the beginning of one to that of the other: "University of
/// Clarion in Clarion" says it once.
const FAR_APART: usize = 12;

/// A place where two texts differ: words between two runs that are equal, or before the first or behind the last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct TextSlot {
    pub(super) a: Range<usize>,
    pub(super) b: Range<usize>,
}

/// The equal runs that stand in the same order in both texts, with the most words.
pub(super) fn common_order(passages: &[Passage]) -> Vec<Run> {
    common_order_of(passages).into_iter().flat_map(|place| passages[place].runs.iter().copied()).collect()
}

/// The places where texts of so many words differ, given what is equal.
pub(super) fn slots(runs: &[Run], words: [usize; 2]) -> Vec<TextSlot> {
    let mut slots = Vec::with_capacity(runs.len() + 1);
    let (mut at_a, mut at_b) = (0, 0);
    let end = Run { a: words[0], b: words[1], words: 0 };
    for run in runs.iter().chain([&end]) {
        if at_a < run.a || at_b < run.b {
            slots.push(TextSlot { a: at_a..run.a, b: at_b..run.b });
        }
        (at_a, at_b) = (run.a_end(), run.b_end());
    }
    slots
}

/// One fact exchanged for another, wherever that was done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Exchange {
    pub(super) kind: WordKind,
    /// Words of the first text, where it was first done.
    pub(super) a: Range<usize>,
    /// Words of the second text there.
    pub(super) b: Range<usize>,
    /// Number of places, each some way behind the one before.
    pub(super) places: usize,
    /// Where the last of them begins in the first text.
    last: usize,
}

/// What became of the months and days of the week in a pair.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Dates {
    /// There are none in one of the texts.
    #[default]
    Absent,
    /// All stand in both texts where they stand.
    Kept,
    /// At least one was exchanged for another, or the number beside it was.
    Exchanged,
}

/// What the slots of a pair come to.
#[derive(Debug, Default)]
pub(super) struct Exchanges {
    /// In order of the first text.
    pub(super) facts: Vec<Exchange>,
    /// Slots with a fact exchanged.
    pub(super) fact_slots: usize,
    /// Slots with words on both sides.
    pub(super) substitutions: usize,
    /// What became of the dates.
    pub(super) dates: Dates,
    /// Words that one text has more than the other where no fact was exchanged: what was added or left out.
    pub(super) unmatched_words: usize,
    /// Share of the number words that differ from those at the same place: the smaller share of both texts.
    pub(super) numbers_replaced: f64,
}

impl Exchanges {
    pub(super) fn of(&self, kind: WordKind) -> impl Iterator<Item = &Exchange> {
        self.facts.iter().filter(move |exchange| exchange.kind == kind)
    }

    /// Number of facts exchanged. Where nothing tells a name, what was replaced in one place only may be none.
    pub(super) fn count(&self) -> usize {
        self.facts.iter().filter(|exchange| exchange.kind != WordKind::Plain || exchange.places > 1).count()
    }

    /// Looks at every slot.
    pub(super) fn new(slots: &[TextSlot], tokens: [&[Token]; 2], vocabulary: &Vocabulary<'_>) -> Self {
        let reader = SlotReader { tokens, vocabulary };
        let mut exchanges = Self::default();
        let mut known: BTreeMap<(u64, u64), usize> = BTreeMap::new();
        let mut replaced = [0usize; 2];
        for slot in slots {
            exchanges.substitutions += usize::from(!slot.a.is_empty() && !slot.b.is_empty());
            if reader.exchanges_date(slot) {
                exchanges.dates = Dates::Exchanged;
            }
            let facts = reader.exchanged(slot);
            let kind = facts.first().map(|&(kind, ..)| kind);
            if kind.is_none() {
                exchanges.unmatched_words += slot.a.len().abs_diff(slot.b.len());
            }
            exchanges.fact_slots += usize::from(kind.is_some());
            if kind == Some(WordKind::Number) {
                replaced[0] += reader.count_numbers(0, &slot.a);
                replaced[1] += reader.count_numbers(1, &slot.b);
            }
            // A pair of words that was exchanged before makes this the same exchange again.
            let before = facts.iter().find_map(|&(_, a, b)| known.get(&(a, b)).copied());
            if let (Some(place), true) = (before, kind.is_some()) {
                let exchange = &mut exchanges.facts[place];
                if slot.a.start >= exchange.last + FAR_APART {
                    exchange.places += 1;
                    exchange.last = slot.a.start;
                }
            } else if let Some(kind) = kind {
                let exchange =
                    Exchange { kind, a: slot.a.clone(), b: slot.b.clone(), places: 1, last: slot.a.start };
                exchanges.facts.push(exchange);
            }
            let place = before.or(exchanges.facts.len().checked_sub(1));
            for (_, a, b) in facts {
                known.entry((a, b)).or_insert(place.unwrap_or_default());
            }
        }
        let share = |side: usize| {
            let all = reader.count_numbers(side, &(0..tokens[side].len()));
            if all == 0 { 0.0 } else { replaced[side] as f64 / all as f64 }
        };
        exchanges.numbers_replaced = share(0).min(share(1));
        let dated = (0..2).all(|side| reader.has(WordKind::Date, side, &(0..tokens[side].len())));
        if dated && exchanges.dates == Dates::Absent {
            exchanges.dates = Dates::Kept;
        }
        exchanges
    }
}

/// Reads the words of places.
pub(super) struct SlotReader<'a> {
    pub(super) tokens: [&'a [Token]; 2],
    pub(super) vocabulary: &'a Vocabulary<'a>,
}

impl SlotReader<'_> {
    fn kinds(&self, side: usize, words: &Range<usize>) -> impl Iterator<Item = (WordKind, &Token)> {
        let kinds = self.vocabulary.kinds(side, words.clone()).iter().copied();
        kinds.zip(&self.tokens[side][words.clone()])
    }

    /// Whether the words of both sides are alike but for their spelling, and none is a number.
    pub(super) fn is_respelt(&self, slot: &TextSlot) -> bool {
        let has_number = self.has(WordKind::Number, 0, &slot.a) || self.has(WordKind::Number, 1, &slot.b);
        !has_number && self.same_spelt_otherwise(slot)
    }

    fn has(&self, kind: WordKind, side: usize, words: &Range<usize>) -> bool {
        self.kinds(side, words).any(|(found, _)| found == kind)
    }

    fn exchanges_date(&self, slot: &TextSlot) -> bool {
        let sides = [&slot.a, &slot.b];
        let both = |kind| (0..2).all(|side| self.has(kind, side, sides[side]));
        // The day of a month that stays.
        let beside = slot.a.start.saturating_sub(1)..(slot.a.end + 1).min(self.tokens[0].len());
        both(WordKind::Date) || both(WordKind::Number) && self.has(WordKind::Date, 0, &beside)
    }

    fn count_numbers(&self, side: usize, words: &Range<usize>) -> usize {
        self.kinds(side, words).filter(|&(kind, _)| kind == WordKind::Number).count()
    }

    /// The pairs of words of which the first was exchanged for the second in this slot, as hashes; none if the slot
    /// is not a place in a form. Names count before numbers, numbers before what is only known to be replaced.
    fn exchanged(&self, slot: &TextSlot) -> Vec<(WordKind, u64, u64)> {
        let sides = [&slot.a, &slot.b];
        if sides.iter().any(|words| words.is_empty() || words.len() > MOST_WORDS) {
            return Vec::new();
        }
        let small = |side: usize| {
            let words = self.kinds(side, sides[side]);
            words.filter(|&(kind, token)| self.vocabulary.is_small(side, kind, token)).count()
        };
        if self.vocabulary.is_cased() && small(0).max(small(1)) > MOST_SMALL {
            return Vec::new();
        }
        let names = |side: usize| -> Vec<&Token> {
            let exclusive = |(kind, token): &(WordKind, &Token)| {
                *kind == WordKind::Name && self.vocabulary.is_exclusive(side, token)
            };
            self.kinds(side, sides[side]).filter(exclusive).map(|(_, token)| token).collect()
        };
        let pairs = |kind: WordKind, a: &[&Token], b: &[&Token]| -> Vec<(WordKind, u64, u64)> {
            a.iter().flat_map(|a| b.iter().map(move |b| (kind, a.hash, b.hash))).collect()
        };
        let (names_a, names_b) = (names(0), names(1));
        if !names_a.is_empty() && !names_b.is_empty() {
            return if self.same_spelt_otherwise(slot) {
                Vec::new()
            } else {
                pairs(WordKind::Name, &names_a, &names_b)
            };
        }
        let numbers = |side: usize| -> Vec<&Token> {
            self.kinds(side, sides[side])
                .filter(|(kind, _)| *kind == WordKind::Number)
                .map(|(_, t)| t)
                .collect()
        };
        let (numbers_a, numbers_b) = (numbers(0), numbers(1));
        if !numbers_a.is_empty() && !numbers_b.is_empty() {
            return pairs(WordKind::Number, &numbers_a[..1], &numbers_b[..1]);
        }
        if self.vocabulary.is_cased() || !numbers_a.is_empty() || !numbers_b.is_empty() {
            return Vec::new();
        }
        // Without capitals nothing says what is a name. The whole of both sides is one exchange; whether it is a
        // name's can only show where it is done again.
        let whole = |side: usize| {
            let words = &self.tokens[side][sides[side].clone()];
            hash::few_tokens(words.iter().map(|token| token.hash))
        };
        let moved = self.stands_in_other(0, &slot.a) || self.stands_in_other(1, &slot.b);
        if moved { Vec::new() } else { vec![(WordKind::Plain, whole(0), whole(1))] }
    }

    /// Whether the words of one text stand in the other too, one behind the other.
    fn stands_in_other(&self, side: usize, words: &Range<usize>) -> bool {
        let wanted = &self.tokens[side][words.clone()];
        let equal = |window: &[Token]| window.iter().zip(wanted).all(|(a, b)| a.hash == b.hash);
        self.tokens[1 - side].windows(wanted.len()).any(equal)
    }

    /// Whether both sides are so alike that one corrects the other's spelling: at most a third of the letters of the
    /// longer are to be changed.
    fn same_spelt_otherwise(&self, slot: &TextSlot) -> bool {
        let spelt = |side: usize, words: &Range<usize>| -> Vec<char> {
            let words = self.tokens[side][words.clone()].iter();
            words
                .flat_map(|token| letters(self.vocabulary.word(side, token)).chars().collect::<Vec<_>>())
                .collect()
        };
        let (a, b) = (spelt(0, &slot.a), spelt(1, &slot.b));
        edit_distance(&a, &b) * 3 <= a.len().max(b.len())
    }
}

/// Letters to be replaced, added or left out to turn one word into the other. O(|a| |b|).
fn edit_distance(a: &[char], b: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (place, letter) in a.iter().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], place + 1);
        for (column, other) in b.iter().enumerate() {
            let paired = diagonal + usize::from(letter != other);
            diagonal = row[column + 1];
            row[column + 1] = paired.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[b.len()]
}
