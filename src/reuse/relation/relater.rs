//! Finds out what two texts are to one another.

use super::comparison::AlignedTexts;
use super::family::ShingleCounts;
use super::reason;
use super::related::Related;
use crate::params::{Containment, Shingling, TextParams, Threshold};
use crate::relation::Relation;
use crate::reuse::align::{Aligner, Passage};
use crate::reuse::credits::Credits;
use crate::shingle::{ShingleScratch, Shingler, TextIdentity};
use crate::similarity::{SetTable, jaccard, share};
use crate::text::{Token, TokenScratch};

/// Finds out what texts are to one another.
pub struct Relater {
    shingler: Shingler,
    threshold: Threshold,
    containment: Containment,
    aligner: Aligner,
    credits: Credits,
}

/// In how many documents of a corpus a shingle stands; none if it is not sampled.
pub(crate) type CountShingle<'a> = &'a dyn Fn(u64) -> Option<u32>;

/// Memory of a [`Relater`]; keep one a thread.
#[derive(Default)]
pub struct RelateScratch {
    tokens: TokenScratch,
    shingles: ShingleScratch,
    units: Vec<u64>,
    hashes: Vec<u64>,
    sides: [SideTexts; 2],
}

#[derive(Default)]
struct SideTexts {
    tokens: Vec<Token>,
    set: SetTable,
    identity: TextIdentity,
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
        self.relate_within(a, b, None, scratch)
    }

    /// The same for two documents of a corpus, of whose shingles it is known how often they stand there.
    pub(crate) fn relate_within(
        &self,
        a: &str,
        b: &str,
        counts: Option<[CountShingle<'_>; 2]>,
        scratch: &mut RelateScratch,
    ) -> Related {
        let texts = [a, b];
        // Otherwise shingles do not begin at words.
        let counts = counts.filter(|_| matches!(self.shingler.shingling(), Shingling::Word(_)));
        let mut counted: Option<[ShingleCounts; 2]> = counts.map(|_| Default::default());
        let RelateScratch { tokens, shingles, units, hashes, sides } = scratch;
        for (number, (side, text)) in sides.iter_mut().zip(texts).enumerate() {
            side.tokens.clear();
            self.shingler.tokenizer().tokenize(text, tokens, &mut side.tokens);
            if let Shingling::Word(_) = self.shingler.shingling() {
                units.clear();
                units.extend(side.tokens.iter().map(|token| token.hash));
                side.identity = self.shingler.roll(units, hashes);
                side.set.build(hashes);
                if let (Some(counts), Some(counted)) = (&counts, &mut counted) {
                    counted[number] = hashes.iter().map(|&hash| counts[number](hash)).collect();
                }
            } else {
                let shingles = self.shingler.shingles(text, shingles);
                side.set.build(shingles.hashes);
                side.identity = shingles.identity;
            }
        }
        let is_exact = sides[0].identity.is_equal(sides[1].identity);
        let words = [0, 1].map(|side| sides[side].tokens.len());
        let [size_a, size_b] = [0, 1].map(|side| sides[side].set.len());
        let shared = sides[0].set.overlap(&sides[1].set);
        let tokens = [&sides[0].tokens[..], &sides[1].tokens];
        let mut fine = Aligner { least_words: LEAST_ALIGNED_WORDS }.align(tokens[0], tokens[1]);
        if is_exact && fine.is_empty() {
            // A text shorter than that is a passage if it is all repeated.
            fine.extend(Passage::whole(tokens));
        }
        let mut related = Related {
            relation: None,
            reason: String::new(),
            words,
            jaccard: jaccard(shared, size_a, size_b),
            contained: [share(shared, size_a), share(shared, size_b)],
            passages: Vec::new(),
            exchanged: 0,
        };
        let credits = texts.map(|text| self.credits.find(text));
        let comparison = AlignedTexts::new(texts, tokens, &fine, &credits, counted.as_ref());
        let least_words = if is_exact { 1 } else { self.aligner.least_words };
        related.passages = fine.into_iter().filter(|passage| passage.matches() >= least_words).collect();
        related.exchanged = comparison.exchanges.count();
        related.relation = self.decide(&related, &comparison, is_exact);
        related.reason = reason::reason(&related, &comparison);
        related
    }

    fn decide(&self, related: &Related, comparison: &AlignedTexts<'_>, is_exact: bool) -> Option<Relation> {
        let contained = related.contained.map(|share| share >= self.containment.get());
        if related.words[0] == 0 || related.words[1] == 0 {
            None
        } else if is_exact {
            Some(Relation::Exact)
        } else if comparison.slots.is_empty() {
            // The same tokens, but shingles are of bytes, and these are others.
            Some(Relation::Near)
        } else if comparison.is_template() || comparison.filled.is_some() {
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
