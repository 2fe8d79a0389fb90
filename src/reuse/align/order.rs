//! Passages that stand in the same order in both texts.

use super::passage::Passage;

/// Which of these passages, in the order of the first text, stand in the same order in the second: the choice with the
/// most equal words. The others were moved.
///
/// O(n²) for n passages.
pub fn common_order(passages: &[Passage]) -> Vec<usize> {
    let mut best: Vec<(usize, Option<usize>)> = Vec::with_capacity(passages.len());
    for (place, passage) in passages.iter().enumerate() {
        let before = (0..place)
            .filter(|&before| passages[before].b_words.end <= passage.b_words.start)
            .max_by_key(|&before| best[before].0);
        best.push((passage.matches() + before.map_or(0, |before| best[before].0), before));
    }
    let mut next = (0..best.len()).max_by_key(|&place| best[place].0);
    let mut order = Vec::new();
    while let Some(place) = next {
        order.push(place);
        next = best[place].1;
    }
    order.reverse();
    order
}
