//! The own parts of two texts: what recurs in the corpus is a form's, the rest is their own.
//!
//! Two texts that are alike as wholes may be two forms filled in differently. What is not form material decides: half of
//! what the one has of its own must be the other's own. Versions of one page that were saved in a row have nothing of
//! their own either, so near-duplicates may count among it what recurs in a burst.

use super::containment::{ContainmentSearch, Sampler};
use super::recurrence::Recurring;
use crate::error::Result;
use crate::params::{Containment, Recall, Shingling};
use crate::similarity::SetTable;

/// Of shorter texts it is not known what is their own.
pub(crate) const LEAST_WORDS: u32 = 20;

/// Samples that a text must have of its own.
pub(crate) const LEAST_OWN: usize = 3;

/// The least share of the one's own shingles that the other has among its own.
const LEAST_OWN_CONTAINED: f64 = 0.5;

/// What samples shingles, to find out which recur.
///
/// # Errors
/// As [`Sampler::new`].
pub(crate) fn sampler(recall: Recall, shingling: Shingling) -> Result<Sampler> {
    let width = u32::try_from(shingling.width()).unwrap_or(u32::MAX);
    let containment = Containment::new(LEAST_OWN_CONTAINED)?;
    let least_units = LEAST_WORDS.max(width);
    let search = ContainmentSearch { containment, recall, least_units, ..Default::default() };
    Sampler::new(search, shingling)
}

/// Sampled shingles of a text, by how much they recur.
#[derive(Default)]
struct SampledSets {
    /// Those that do not recur.
    own: SetTable,
    /// Those that do not recur over days.
    without_forms: SetTable,
    all: SetTable,
}

/// The own parts of two texts. Keep one a thread.
#[derive(Default)]
pub(crate) struct OwnParts {
    sides: [SampledSets; 2],
    lists: [Vec<u64>; 3],
}

impl OwnParts {
    /// Takes the shingles of one of the two texts; `recurring` says how much a sample recurs.
    pub(crate) fn set(
        &mut self,
        side: usize,
        sampler: &Sampler,
        hashes: &[u64],
        recurring: impl Fn(u32) -> Recurring,
    ) {
        let [own, without_forms, all] = &mut self.lists;
        own.clear();
        without_forms.clear();
        all.clear();
        for &hash in hashes.iter().filter(|&&hash| sampler.samples(hash)) {
            #[allow(clippy::cast_possible_truncation, reason = "a sample is the low half of a hash")]
            let how = recurring(hash as u32);
            all.push(hash);
            if how < Recurring::OverDays {
                without_forms.push(hash);
            }
            if how == Recurring::Not {
                own.push(hash);
            }
        }
        let sets = &mut self.sides[side];
        sets.own.build(own);
        sets.without_forms.build(without_forms);
        sets.all.build(all);
    }

    /// Whether enough is sampled of both texts to know what recurs in them.
    pub(crate) fn is_known(&self) -> bool {
        self.sides.iter().all(|sets| sets.all.len() >= LEAST_OWN)
    }

    /// Whether half of what one has of its own is the other's own.
    pub(crate) fn agree(&self) -> bool {
        let [a, b] = &self.sides;
        agree(&a.own, &b.own)
    }

    /// The same, counting as own what recurs in a burst.
    pub(crate) fn agree_as_versions(&self) -> bool {
        let [a, b] = &self.sides;
        agree(&a.without_forms, &b.without_forms)
    }

    /// Whether both have something of their own that recurs in no way, and it does not agree.
    pub(crate) fn disagree(&self) -> bool {
        let [a, b] = &self.sides;
        a.own.len().min(b.own.len()) >= LEAST_OWN && !agree(&a.own, &b.own)
    }

    /// Samples that each text has of its own.
    pub(crate) fn own(&self) -> [usize; 2] {
        self.sides.each_ref().map(|sets| sets.own.len())
    }

    /// The figures, in words.
    pub(crate) fn figures(&self) -> String {
        let percent = |part: usize, whole: usize| (100 * part).div_ceil(whole.max(1));
        let [a, b] = &self.sides;
        let [of_a, of_b] = [a, b].map(|sets| percent(sets.all.len() - sets.own.len(), sets.all.len()));
        let own = percent(a.own.overlap(&b.own), a.own.len().min(b.own.len()));
        format!(
            "{of_a} % and {of_b} % of what was sampled of them recurs in the corpus, and {own} % of the rest of the smaller is in the other"
        )
    }
}

fn agree(a: &SetTable, b: &SetTable) -> bool {
    let least = a.len().min(b.len());
    least >= LEAST_OWN && 2 * a.overlap(b) >= least
}
