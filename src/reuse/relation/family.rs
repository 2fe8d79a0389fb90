//! Slots of a form that many documents of a corpus are filled in from.
//!
//! A pair alone does not show that a plain word is a fact: "south of the town" and "north-east of the town" may be a
//! correction. A corpus shows it. In a form that was filled in often, what stands around a slot is in many documents, and
//! what stands in it is in few: so many ways to go on are more than the versions of one text. An edit of one copy
//! leaves the other copy with the words that most have there.
//!
//! * Both texts are of a *family* if two fifths of either recur in sixteen documents or more.
//! * A place at which they differ, words on either side of it, is a *slot* of the form if in each text what stands
//!   across the place is in at most a quarter of the family's documents, and in at most a quarter of those that have
//!   what touches it. A word that is only spelt otherwise fills no slot.
//! * They are the same form with other facts if at least two thirds of these places are slots.
//!
//! Only documents of which neither date nor source is known are counted: where these are known, they tell better.

use std::ops::Range;

use super::slots::{MOST_WORDS, TextSlot};

/// Documents of a family, at least: as many as make [`recurrence`](crate::reuse::recurrence) doubt that a text is told
/// only.
const LEAST_FAMILY: u32 = 16;

/// Ways in which a slot is filled, at least. A text is corrected or updated once or twice, so it has three versions.
const LEAST_FILLINGS: u32 = 4;

/// In how many documents of a corpus each shingle of a text stands; none of those that are not sampled.
pub(super) type ShingleCounts = Vec<Option<u32>>;

/// The slots that the texts of a pair fill differently.
#[derive(Debug)]
pub(super) struct FilledSlots {
    /// Documents that have two fifths of the texts.
    pub documents: u32,
    pub slots: Vec<TextSlot>,
}

/// The slots of the form that both texts, of so many words, are filled in from, if they are. `is_respelt` says of a
/// place whether its words are only spelt otherwise. O(n log n).
pub(super) fn filled_slots(
    counts: &[ShingleCounts; 2],
    places: &[TextSlot],
    words: [usize; 2],
    is_respelt: impl Fn(&TextSlot) -> bool,
) -> Option<FilledSlots> {
    let [a, b] = counts.each_ref().map(|counts| family(counts));
    let documents = a?.min(b?);
    if documents < LEAST_FAMILY {
        return None;
    }
    let inner = |slot: &&TextSlot| {
        slot.a.start.min(slot.b.start) > 0 && slot.a.end < words[0] && slot.b.end < words[1]
    };
    let (mut slots, mut judged) = (Vec::new(), 0usize);
    for slot in places.iter().filter(inner) {
        let sides = [&slot.a, &slot.b];
        let across = [0, 1].map(|side| across(&counts[side], sides[side], words[side]));
        let [Some(in_a), Some(in_b)] = across else { continue };
        judged += 1;
        let filling = in_a.max(in_b);
        let around = [0, 1].map(|side| around(&counts[side], sides[side], words[side]));
        let is_slot = filling.saturating_mul(LEAST_FILLINGS) <= documents.min(around[0]).min(around[1])
            && sides.iter().all(|words| words.len() <= MOST_WORDS)
            && !is_respelt(slot);
        if is_slot {
            slots.push(slot.clone());
        }
    }
    let is_form = !slots.is_empty() && slots.len() * 3 >= judged * 2;
    is_form.then_some(FilledSlots { documents, slots })
}

/// In how many documents two fifths of a text stand, as far as it is sampled.
fn family(counts: &[Option<u32>]) -> Option<u32> {
    let mut sampled: Vec<u32> = counts.iter().copied().flatten().collect();
    sampled.sort_unstable_by(|a, b| b.cmp(a));
    sampled.get((2 * sampled.len()).div_ceil(5).checked_sub(1)?).copied()
}

/// The shingles that stand across a place of a text of so many words: with words of the place, or of both sides of it. A
/// text of fewer words than a shingle has one.
fn touching(counts: &[Option<u32>], place: &Range<usize>, words: usize, beside: usize) -> Range<usize> {
    let width = words - counts.len() + 1;
    let start = (place.start + 1).saturating_sub(width + beside);
    start..(place.end.max(place.start) + beside).min(counts.len()).max(start)
}

/// In how many documents the rarest shingle across a place stands.
fn across(counts: &[Option<u32>], place: &Range<usize>, words: usize) -> Option<u32> {
    counts[touching(counts, place, words, 0)].iter().copied().flatten().min()
}

/// In how many documents the most frequent shingle stands that touches a place.
fn around(counts: &[Option<u32>], place: &Range<usize>, words: usize) -> u32 {
    counts[touching(counts, place, words, 1)].iter().copied().flatten().max().unwrap_or(0)
}
