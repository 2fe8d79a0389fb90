//! Two texts set beside one another, block by block, as a page or a terminal shows them.

use std::ops::Range;

use super::align::{Passage, common_order};
use crate::text::Token;

/// What a stretch of text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mark {
    /// Not shared.
    Own,
    /// Equal in both texts, at the same place.
    Shared,
    /// Within a shared passage, but other words than there, or none.
    Differing,
    /// Within a passage that stands elsewhere in the other text; passages are numbered from 1.
    Moved(usize),
}

/// A stretch of one text.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Span {
    /// Its bytes; both ends are boundaries of characters.
    pub bytes: Range<usize>,
    /// What it is.
    pub mark: Mark,
}

/// A part of both texts that belongs side by side: a shared passage, or what stands between two.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Block {
    /// The number of the shared passage, from 1; none between passages.
    pub passage: Option<usize>,
    /// The text of either side, in order; together the spans of all blocks are the whole text.
    pub sides: [Vec<Span>; 2],
}

/// Cuts two texts into blocks, given their tokens and the passages they share, in the order of the first text. Passages in
/// the same order in both become blocks of their own, with the punctuation that follows; the others are marked as moved.
///
/// O(n) for n bytes, and O(p²) for p passages.
pub fn beside(texts: [&str; 2], tokens: [&[Token]; 2], passages: &[Passage]) -> Vec<Block> {
    let order = common_order(passages);
    let moved: Vec<usize> = (0..passages.len()).filter(|place| order.binary_search(place).is_err()).collect();
    let mut blocks = Vec::with_capacity(2 * order.len() + 1);
    let mut at = [0, 0];
    let between = |to: [usize; 2], at: &mut [usize; 2], blocks: &mut Vec<Block>| {
        let sides = [0, 1].map(|side| own(at[side]..to[side], side, passages, &moved));
        if sides != [const { Vec::new() }; 2] {
            blocks.push(Block { passage: None, sides });
        }
        *at = to;
    };
    for place in order {
        let passage = &passages[place];
        between([passage.a_bytes.start, passage.b_bytes.start], &mut at, &mut blocks);
        let mut sides = [0, 1].map(|side| shared(passage, side, tokens[side]));
        at = [passage.a_bytes.end, passage.b_bytes.end];
        for side in [0, 1] {
            let rest = texts[side].get(at[side]..).unwrap_or_default();
            let word = |c: char| c.is_whitespace() || c.is_alphanumeric();
            let end = at[side] + rest.find(word).unwrap_or(rest.len());
            // A mark of its own may begin with such a character.
            if !passages.iter().any(|other| (at[side]..end).contains(&bytes_of(other, side).start)) {
                if let Some(last) = sides[side].last_mut() {
                    last.bytes.end = end;
                }
                at[side] = end;
            }
        }
        blocks.push(Block { passage: Some(place + 1), sides });
    }
    between(texts.map(str::len), &mut at, &mut blocks);
    blocks
}

fn bytes_of(passage: &Passage, side: usize) -> &Range<usize> {
    if side == 0 { &passage.a_bytes } else { &passage.b_bytes }
}

/// The spans of a stretch without a shared passage in its place.
fn own(bytes: Range<usize>, side: usize, passages: &[Passage], moved: &[usize]) -> Vec<Span> {
    let within = moved.iter().filter(|&&place| {
        let passage = bytes_of(&passages[place], side);
        bytes.start <= passage.start && passage.end <= bytes.end
    });
    let mut inner: Vec<usize> = within.copied().collect();
    inner.sort_unstable_by_key(|&place| bytes_of(&passages[place], side).start);
    let mut spans = Vec::new();
    let mut at = bytes.start;
    for place in inner {
        let passage = bytes_of(&passages[place], side);
        push(&mut spans, at..passage.start, Mark::Own);
        push(&mut spans, passage.clone(), Mark::Moved(place + 1));
        at = passage.end;
    }
    push(&mut spans, at..bytes.end, Mark::Own);
    spans
}

/// The spans of a passage.
fn shared(passage: &Passage, side: usize, tokens: &[Token]) -> Vec<Span> {
    let mut spans = Vec::new();
    let mut at = bytes_of(passage, side).start;
    for run in &passage.runs {
        let first = if side == 0 { run.a } else { run.b };
        let (start, end) = (tokens[first].start, tokens[first + run.words - 1].end);
        push(&mut spans, at..start.max(at), Mark::Differing);
        push(&mut spans, start.max(at)..end, Mark::Shared);
        at = end;
    }
    spans
}

fn push(spans: &mut Vec<Span>, bytes: Range<usize>, mark: Mark) {
    if !bytes.is_empty() {
        spans.push(Span { bytes, mark });
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::params::TextParams;
    use crate::reuse::align::Aligner;
    use crate::text::{TokenScratch, Tokenizer};

    fn blocks(texts: [&str; 2], least_words: usize) -> Vec<Block> {
        let tokens = texts.map(|text| {
            let mut tokens = Vec::new();
            Tokenizer::new(&TextParams::default()).tokenize(text, &mut TokenScratch::default(), &mut tokens);
            tokens
        });
        let passages = Aligner { least_words }.align(&tokens[0], &tokens[1]);
        beside(texts, [&tokens[0], &tokens[1]], &passages)
    }

    fn shown(text: &str, spans: &[Span]) -> Vec<(String, Mark)> {
        spans.iter().map(|span| (text[span.bytes.clone()].to_owned(), span.mark)).collect()
    }

    #[test]
    fn a_passage_stands_beside_itself_and_tells_what_differs() {
        let texts = ["Now: the boat left Pell at noon today.", "the boat left Hull at noon today, they say"];
        let blocks = blocks(texts, 5);
        let passages: Vec<_> = blocks.iter().map(|block| block.passage).collect();
        assert_eq!(passages, [None, Some(1), None]);
        let left = shown(texts[0], &blocks[1].sides[0]);
        let [(shared, Mark::Shared), (pell, Mark::Differing), (rest, Mark::Shared)] = &left[..] else {
            panic!("{left:?}")
        };
        assert_eq!(
            (shared.as_str(), pell.trim(), rest.as_str()),
            ("the boat left", "Pell", "at noon today.")
        );
        assert_eq!(shown(texts[1], &blocks[2].sides[1]), [(" they say".to_owned(), Mark::Own)]);
    }

    #[test]
    fn a_passage_that_was_moved_is_marked_in_both() {
        let texts = [
            "a b c d e f g h i j k l. one two three four five",
            "one two three four five; a b c d e f g h i j k l",
        ];
        let blocks = blocks(texts, 5);
        assert_eq!(shown(texts[0], &blocks[2].sides[0]).last().unwrap().1, Mark::Moved(2));
        assert_eq!(
            shown(texts[1], &blocks[0].sides[1])[0],
            ("one two three four five".to_owned(), Mark::Moved(2))
        );
    }

    proptest! {
        #[test]
        fn all_blocks_together_are_both_texts(a in "([abcé雾] ?){0,60}", b in "([abcé雾] ?){0,60}", least in 2usize..6) {
            let blocks = blocks([&a, &b], least);
            for (side, text) in [&a, &b].into_iter().enumerate() {
                let spans = blocks.iter().flat_map(|block| &block.sides[side]);
                let all: String = spans.map(|span| &text[span.bytes.clone()]).collect();
                prop_assert_eq!(&all, text);
            }
        }
    }
}
