//! What two documents are to one another, and why.
//!
//! * `exact`: the same tokens;
//! * `template`: the same form with other facts, see below;
//! * `near`: a Jaccard similarity of at least the threshold, or each contained in the other;
//! * `excerpt`, `expansion`: the first is contained in the second, or contains it;
//! * `passages`: neither, but passages are shared;
//! * otherwise the texts have nothing to do with one another.
//!
//! # Templates
//!
//! A high similarity is not yet the same story: a form that was filled in for another town repeats nearly every word.
//! An update or a correction repeats nearly every word too. What tells them apart is what happened to the facts that
//! say what the text is *about*:
//!
//! * in a template pair the names are **exchanged**: a name that stands in one text only has, at the same place of
//!   the other text, another name that stands in that one only, and so wherever it stands;
//! * in an update, a correction or a joint release the names persist. What differs is a figure or two, sentences that
//!   were added or left out, ordinary words, or a credit.
//!
//! The texts are aligned word by word ([`crate::reuse::align`]). Where they differ, an *exchange* is a place with at
//! most eight words on either side, and at most two of them ordinary words, such that
//!
//! * both sides have a *name* that is nowhere in the other text. A name is a word written with a capital, not only in
//!   headlines and at the beginning of sentences, and never without. If at most a third of the letters differ, it is
//!   not another name but a corrected one;
//! * or, failing that, both sides have a *number*.
//!
//! Places in credits ([`crate::reuse::credits`]) do not count. Two exchanges are the same if they exchange the same words. Dates (months, days of the week) are no names. With
//! this, a pair is a template if at least two fifths of both texts are equal, and
//!
//! 1. **names**: one name is exchanged for another at two places or more, and at least one other fact is exchanged
//!    too. A single fact is what a correction changes, however often it stands there; or
//! 2. **names, once each**: at least two different names and a number are exchanged, and exchanges are at least two
//!    thirds of all places where words were replaced. In a text that was reworded, ordinary words change. This does
//!    not apply where common nouns are written with capitals too, as in German; or
//! 3. **figures**: at least three fifths of all numbers in both texts are exchanged, what was added or left out is at
//!    most a tenth of the words, and a date and three different numbers are exchanged, or four if there are no dates.
//!    An update changes the figures that are news, and adds to the text; a bulletin changes all of them, and its
//!    date. If the dates are kept, the text is an update of the same day's.
//!
//! In scripts without capitals nothing tells a name. There the first rule asks for words that were replaced by the
//! same other words at two places or more and stand nowhere else, *and* for two numbers (or two such pairs of words,
//! and one number), the second does not apply, and the third does. So without figures, no pair is called a template.
//!
//! The numbers here are not fitted to a corpus: two is the least for "everywhere" and for "more than one fact"; two
//! thirds and three fifths say "most", a tenth says "little else". How often that is right is measured on
//! `corpora/forms` and `corpora/newswire`.

mod calendar;
mod facts;
mod reason;
mod slots;

use std::ops::Range;

use crate::params::{Containment, TextParams, Threshold};
pub use crate::relation::Relation;
use crate::reuse::align::{Aligner, Passage};
use crate::reuse::credits::Credits;
use crate::shingle::{ShingleScratch, Shingler};
use crate::similarity::{SetTable, jaccard};
use crate::text::{Token, TokenScratch};
use facts::{Kind, Vocabulary};
use slots::{Dates, Exchanges, Slot};

/// What is found out about a pair.
#[derive(Clone, Debug, PartialEq)]
pub struct Related {
    /// What the first is to the second; none if they have nothing to do with one another.
    pub relation: Option<Relation>,
    /// Why, in words.
    pub reason: String,
    /// Words of each text.
    pub words: [usize; 2],
    /// Jaccard similarity of the shingle sets, in `[0, 1]`.
    pub jaccard: f64,
    /// Share of each text's shingles that the other has, in `[0, 1]`.
    pub contained: [f64; 2],
    /// What they share.
    pub passages: Vec<Passage>,
    /// Facts that stand in one text only, with another such fact at the same place of the other text: names and
    /// numbers, each counted once. What a template is told by.
    pub exchanged: usize,
}

impl Related {
    /// The share of each text's words that no passage shared with the other has, in `[0, 1]`.
    ///
    /// Within a passage, up to three words that differ count as shared: misread, or replaced in passing. More in one
    /// place are the text's own.
    pub fn own(&self) -> [f64; 2] {
        const IN_PASSING: usize = 3;
        let mut own = self.words;
        for passage in &self.passages {
            own[0] -= passage.matches();
            own[1] -= passage.matches();
            for pair in passage.runs.windows(2) {
                let gaps = [pair[1].a - pair[0].a_end(), pair[1].b - pair[0].b_end()];
                for (own, gap) in own.iter_mut().zip(gaps) {
                    *own -= if gap <= IN_PASSING { gap } else { 0 };
                }
            }
        }
        [0, 1].map(|side| reason::share(own[side], self.words[side]))
    }
}

/// Finds out what texts are to one another.
pub struct Relater {
    shingler: Shingler,
    threshold: Threshold,
    containment: Containment,
    aligner: Aligner,
    credits: Credits,
}

/// Memory of a [`Relater`]; keep one a thread.
#[derive(Default)]
pub struct RelateScratch {
    tokens: TokenScratch,
    shingles: ShingleScratch,
    sides: [Side; 2],
}

#[derive(Default)]
struct Side {
    tokens: Vec<Token>,
    set: SetTable,
}

/// Equal runs of fewer words say nothing about how two texts are aligned: they hold function words.
const LEAST_ALIGNED_WORDS: usize = 3;

impl Default for Relater {
    /// One with the default of each parameter.
    fn default() -> Self {
        Self::new(
            &TextParams::default(),
            Threshold::default(),
            Containment::default(),
            Aligner::default(),
            Credits::default(),
        )
    }
}

impl Relater {
    /// One for documents that are near-duplicates from this Jaccard similarity on, and excerpts from this containment
    /// on, with passages as `aligner` has them. `credits` are no facts; they count in all else, so blank them out
    /// first ([`blank`](crate::reuse::credits::blank)) if they should not.
    pub fn new(
        text: &TextParams,
        threshold: Threshold,
        containment: Containment,
        aligner: Aligner,
        credits: Credits,
    ) -> Self {
        Self { shingler: Shingler::new(text), threshold, containment, aligner, credits }
    }

    /// What `a` is to `b`. O(n log n) for n words in both, and the square of a gap between equal words, up to 32.
    ///
    /// ```
    /// use twicetold::reuse::relation::{Relater, Relation, RelateScratch};
    ///
    /// let relater = Relater::default();
    /// let (a, b) = ("The mayor of Pell resigned on Monday.", "THE MAYOR OF PELL RESIGNED ON MONDAY");
    /// let related = relater.relate(a, b, &mut RelateScratch::default());
    /// assert_eq!(related.relation, Some(Relation::Exact));
    /// ```
    pub fn relate(&self, a: &str, b: &str, scratch: &mut RelateScratch) -> Related {
        let texts = [a, b];
        let RelateScratch { tokens, shingles, sides } = scratch;
        for (side, text) in sides.iter_mut().zip(texts) {
            side.tokens.clear();
            self.shingler.tokenizer().tokenize(text, tokens, &mut side.tokens);
            side.set.build(self.shingler.shingles(text, shingles).hashes);
        }
        let words = [0, 1].map(|side| sides[side].tokens.len());
        let [size_a, size_b] = [0, 1].map(|side| sides[side].set.len());
        let shared = sides[0].set.overlap(&sides[1].set);
        let tokens = [&sides[0].tokens[..], &sides[1].tokens];
        let fine = Aligner { least_words: LEAST_ALIGNED_WORDS }.align(tokens[0], tokens[1]);
        let mut related = Related {
            relation: None,
            reason: String::new(),
            words,
            jaccard: jaccard(shared, size_a, size_b),
            contained: [reason::share(shared, size_a), reason::share(shared, size_b)],
            passages: Vec::new(),
            exchanged: 0,
        };
        let credits = texts.map(|text| self.credits.find(text));
        let comparison = Comparison::new(texts, tokens, &fine, &credits);
        related.passages =
            fine.into_iter().filter(|passage| passage.matches() >= self.aligner.least_words).collect();
        related.exchanged = comparison.exchanges.count();
        related.relation = self.decide(&related, &comparison);
        related.reason = reason::reason(&related, &comparison);
        related
    }

    fn decide(&self, related: &Related, comparison: &Comparison<'_>) -> Option<Relation> {
        let contained = related.contained.map(|share| share >= self.containment.get());
        if related.words[0] == 0 || related.words[1] == 0 {
            None
        } else if comparison.slots.is_empty() {
            Some(Relation::Exact)
        } else if comparison.is_template() {
            Some(Relation::Template)
        } else if related.jaccard >= self.threshold.get() || contained == [true, true] {
            Some(Relation::Near)
        } else if contained[0] {
            Some(Relation::Excerpt)
        } else if contained[1] {
            Some(Relation::Expansion)
        } else if related.passages.is_empty() {
            None
        } else {
            Some(Relation::Passages)
        }
    }
}

/// Two texts, word by word.
struct Comparison<'a> {
    tokens: [&'a [Token]; 2],
    vocabulary: Vocabulary<'a>,
    slots: Vec<Slot>,
    exchanges: Exchanges,
    /// Equal words.
    equal: usize,
}

impl<'a> Comparison<'a> {
    fn new(
        texts: [&'a str; 2],
        tokens: [&'a [Token]; 2],
        passages: &[Passage],
        credits: &[Vec<Range<usize>>; 2],
    ) -> Self {
        let vocabulary = Vocabulary::new(texts, tokens);
        let runs = slots::common_order(passages);
        let slots = slots::slots(&runs, tokens.map(<[Token]>::len));
        // A byline or an agency says nothing about what the text is about.
        let is_credit = |side: usize, words: &Range<usize>| {
            let mut words = tokens[side][words.clone()].iter();
            words.any(|word| credits[side].iter().any(|credit| credit.contains(&word.start)))
        };
        let story: Vec<Slot> =
            slots.iter().filter(|slot| !is_credit(0, &slot.a) && !is_credit(1, &slot.b)).cloned().collect();
        let exchanges = Exchanges::new(&story, tokens, &vocabulary);
        let equal = runs.iter().map(|run| run.words).sum();
        Self { tokens, vocabulary, slots, exchanges, equal }
    }

    /// See the module.
    fn is_template(&self) -> bool {
        let words = self.tokens.map(<[Token]>::len);
        if self.equal * 5 < words[0].max(words[1]) * 2 {
            return false;
        }
        let exchanges = &self.exchanges;
        let numbers = exchanges.of(Kind::Number).count();
        let names = exchanges.of(Kind::Name).count();
        let repeated = |kind| exchanges.of(kind).filter(|exchange| exchange.places > 1).count();
        let by_names = repeated(Kind::Name) > 0 && names + numbers > 1;
        let by_names_once = self.vocabulary.capitals_tell_names()
            && names > 1
            && numbers > 0
            && exchanges.fact_slots * 3 >= exchanges.substitutions * 2;
        let least_figures = match exchanges.dates {
            Dates::Exchanged => 3,
            Dates::Absent => 4,
            Dates::Kept => usize::MAX,
        };
        let by_figures = numbers >= least_figures
            && exchanges.numbers_replaced >= 0.6
            && exchanges.unmatched_words * 10 <= words[0] + words[1];
        let without_capitals = match repeated(Kind::Plain) {
            0 => false,
            1 => numbers > 1,
            _ => numbers > 0,
        };
        by_names || by_names_once || by_figures || without_capitals
    }
}
