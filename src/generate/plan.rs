//! Which documents are copies, and of which originals, without memory of what came before.
//!
//! Documents are planned in stretches of [`STRETCH`]. Each document draws whether it is an original. Each
//! original draws in which stretch its copies appear: its own, or one later stretch. The later stretch is found
//! by a permutation between ranges of stretches that double in length, so every stretch knows the one
//! earlier stretch that it copies from, and no other stretch copies the same originals. That makes a hard
//! limit on the copies of one original possible, and lets any stretch be planned alone.
//!
//! Within a stretch the copies fall on originals by a Zipf-like law: a few are copied often, most once or never.
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "sizes that a caller chooses, far below 2^53; parts of a random number"
)]

use super::random::{Purpose, Stream};
use crate::hash;
use crate::params::Seed;

/// Documents planned at once.
pub(super) const STRETCH: u64 = 1 << 14;

/// Of all copies, the share whose original lies in an earlier stretch, where there is one.
const FAR_SHARE: f64 = 0.5;

/// What a document draws before any copy is assigned.
enum Draw {
    /// An original whose copies appear in its own stretch.
    Near(Stream),
    /// An original whose copies appear in the range of stretches `2^k .. 2^(k+1)`.
    Far(u32, Stream),
    /// A copy.
    Copy(Stream),
}

/// The originals of one stretch's documents.
pub(super) struct ArchivePlan {
    first: u64,
    origins: Vec<Option<u64>>,
}

impl ArchivePlan {
    /// Plans the given stretch. O([`STRETCH`]) time and memory.
    pub(super) fn new(seed: Seed, stretch: u64, duplicates: f64, most_copies: u32) -> Self {
        let first = stretch * STRETCH;
        let mut far = CopiableOriginals::default();
        if let Some((earlier, level)) = source(seed, stretch) {
            for document in earlier * STRETCH..(earlier + 1) * STRETCH {
                match draw(seed, document, duplicates) {
                    Draw::Far(of, mut stream) if of == level => far.add(document, &mut stream),
                    _ => {}
                }
            }
        }
        let mut near = CopiableOriginals::default();
        let origins = (first..first + STRETCH).map(|document| match draw(seed, document, duplicates) {
            Draw::Near(mut stream) => {
                near.add(document, &mut stream);
                None
            }
            Draw::Far(..) => None,
            Draw::Copy(mut stream) => {
                let from_far = near.0.is_empty() || stream.chance(FAR_SHARE);
                let open = if from_far && !far.0.is_empty() { &mut far } else { &mut near };
                open.take(&mut stream, most_copies)
            }
        });
        let origins = origins.collect();
        Self { first, origins }
    }

    /// The original of which this document of the stretch is a copy.
    pub(super) fn origin(&self, document: u64) -> Option<u64> {
        document.checked_sub(self.first).and_then(|index| *self.origins.get(index as usize)?)
    }
}

fn draw(seed: Seed, document: u64, duplicates: f64) -> Draw {
    let mut stream = Stream::new(seed, Purpose::ArchivePlan, document);
    // The first of a stretch is always an original, so that there is one to copy.
    let leads = document.is_multiple_of(STRETCH);
    if stream.chance(duplicates) && !leads {
        Draw::Copy(stream)
    } else if leads || !stream.chance(FAR_SHARE) {
        Draw::Near(stream)
    } else {
        // Of the ranges that lie ahead, each gets half as many as the one before it.
        let ahead = u64::BITS - (document / STRETCH).leading_zeros();
        Draw::Far(ahead + stream.bits().trailing_zeros(), stream)
    }
}

/// The stretch that the given one copies from, and the level `k` of the range `2^k .. 2^(k+1)` it lies in.
fn source(seed: Seed, stretch: u64) -> Option<(u64, u32)> {
    let level = stretch.checked_ilog2()?;
    let size = 1 << level;
    let shift = hash::mix(seed.0 ^ u64::from(level)) & (size - 1);
    Some(((stretch - size) ^ shift, level))
}

/// The originals that may be copied still, and how often each was. The first ones are copied most.
#[derive(Default)]
struct CopiableOriginals(Vec<(u64, u32)>);

impl CopiableOriginals {
    /// Adds an original at a random place, whose holder moves to the end: being old does not make popular.
    fn add(&mut self, document: u64, stream: &mut Stream) {
        self.0.push((document, 0));
        let last = self.0.len() - 1;
        self.0.swap(stream.below(last + 1), last);
    }

    /// Picks an original, if one is left.
    fn take(&mut self, stream: &mut Stream, most_copies: u32) -> Option<u64> {
        let index = stream.log_uniform(self.0.len().max(1));
        let (document, copies) = self.0.get_mut(index)?;
        let document = *document;
        *copies += 1;
        if *copies >= most_copies {
            self.0.swap_remove(index);
        }
        Some(document)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;

    const MOST: u32 = 20;

    fn copies(duplicates: f64, stretches: u64) -> BTreeMap<u64, Vec<u64>> {
        let mut copies: BTreeMap<u64, Vec<u64>> = BTreeMap::new();
        let mut chosen = BTreeSet::new();
        for stretch in 0..stretches {
            let plan = ArchivePlan::new(Seed(5), stretch, duplicates, MOST);
            for document in stretch * STRETCH..(stretch + 1) * STRETCH {
                if let Some(origin) = plan.origin(document) {
                    copies.entry(origin).or_default().push(document);
                    chosen.insert(document);
                }
            }
        }
        assert!(copies.keys().all(|origin| !chosen.contains(origin)), "a copy was copied");
        copies
    }

    #[test]
    fn copies_follow_their_originals_and_none_is_copied_too_often() {
        let copies = copies(0.3, 6);
        assert!(copies.iter().all(|(origin, copies)| copies.iter().all(|copy| copy > origin)));
        assert!(copies.values().all(|copies| copies.len() <= MOST as usize));
        assert!(copies.values().any(|copies| copies.len() == MOST as usize), "some are copied often");
        assert!(copies.values().filter(|copies| copies.len() == 1).count() > copies.len() / 4, "most once");
        let far = |(origin, copies): (&u64, &Vec<u64>)| copies[0] / STRETCH > origin / STRETCH;
        assert!(copies.iter().any(far), "some copies are far from their original");
    }

    #[test]
    fn the_share_of_copies_is_the_one_asked_for() {
        for share in [0.05, 0.2, 0.6] {
            let made = copies(share, 4).values().map(Vec::len).sum::<usize>() as f64;
            let asked = share * (4 * STRETCH) as f64;
            assert!((made / asked - 1.0).abs() < 0.1, "{made} of {asked}");
        }
        assert!(copies(0.0, 1).is_empty());
    }

    #[test]
    fn no_two_stretches_of_a_level_copy_from_the_same_one() {
        for level in 1..8u64 {
            let range = 1 << level..2 << level;
            let sources: BTreeSet<_> = range.map(|stretch| source(Seed(9), stretch).unwrap().0).collect();
            assert_eq!(sources, (0..1 << level).collect());
        }
        assert_eq!(source(Seed(9), 0), None);
    }
}
