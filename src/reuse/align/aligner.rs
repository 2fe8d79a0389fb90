//! Seeds to chains to passages.
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "places in a text of at most 4 GiB, and nodes numbered in 32 bits"
)]

use super::chain::chains;
use super::passage::Passage;
use super::{fill, seeds};
use crate::text::Token;

/// What counts as a shared passage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Aligner {
    /// The fewest equal words of a passage. Shorter ones are stock phrases more often than not.
    pub least_words: usize,
}

impl Default for Aligner {
    fn default() -> Self {
        Self { least_words: 10 }
    }
}

impl Aligner {
    /// The passages that texts of these tokens share, in the order of the first text. No word is in two of them.
    ///
    /// O(n log n) for n tokens in both texts.
    ///
    /// ```
    /// use twicetold::TextParams;
    /// use twicetold::reuse::align::Aligner;
    /// use twicetold::text::{TokenScratch, Tokenizer};
    ///
    /// let (mut a, mut b) = (Vec::new(), Vec::new());
    /// let (story, page) = ("The boat left at noon.", "Local news: the boat left at noon, we hear.");
    /// let tokenizer = Tokenizer::new(&TextParams::default());
    /// tokenizer.tokenize(story, &mut TokenScratch::default(), &mut a);
    /// tokenizer.tokenize(page, &mut TokenScratch::default(), &mut b);
    /// let passages = Aligner { least_words: 5 }.align(&a, &b);
    /// assert_eq!(passages[0].a_words, 0..5);
    /// assert_eq!(&page[passages[0].b_bytes.clone()], "the boat left at noon");
    /// ```
    pub fn align(&self, a: &[Token], b: &[Token]) -> Vec<Passage> {
        let runs = seeds::runs(a, b);
        let mut covered = fill::Covered::new(a.len(), b.len());
        let mut passages = Vec::new();
        for chain in chains(&runs) {
            let Some(runs) = covered.free_part(&chain) else { continue };
            let runs = fill::complete(&runs, a, b, &covered);
            let passage = Passage::new(runs, a, b);
            if passage.matches() >= self.least_words {
                covered.cover(&passage);
                passages.push(passage);
            }
        }
        passages.sort_unstable_by_key(|passage| passage.a_words.start);
        passages
    }
}

#[cfg(test)]
mod tests {
    use std::ops::Range;

    use proptest::prelude::*;

    use super::*;
    use crate::hash;
    use crate::params::TextParams;
    use crate::text::{TokenScratch, Tokenizer};

    /// A stream of pseudo-random numbers, the same on every machine.
    struct Random(u64);

    impl Random {
        fn below(&mut self, bound: usize) -> usize {
            self.0 = self.0.wrapping_add(hash::GOLDEN);
            (hash::mix(self.0) % bound as u64) as usize
        }

        /// Words with about the skew of a language: few that are everywhere, many that are rare.
        fn words(&mut self, count: usize) -> Vec<String> {
            let word = |random: &mut Self| {
                let magnitude = 1 << random.below(13);
                let number = magnitude + random.below(magnitude);
                // Every number another word of three to seven letters.
                let letters = hash::mix(number as u64);
                let length = 3 + letters % 5;
                (0..length).map(|place| char::from(b'a' + (letters >> (5 * place + 8)) as u8 % 26)).collect()
            };
            (0..count).map(|_| word(self)).collect()
        }
    }

    fn tokens(text: &str) -> Vec<Token> {
        let mut tokens = Vec::new();
        Tokenizer::new(&TextParams::default()).tokenize(text, &mut TokenScratch::default(), &mut tokens);
        tokens
    }

    fn align(a: &str, b: &str) -> Vec<Passage> {
        let (a_tokens, b_tokens) = (tokens(a), tokens(b));
        let passages = Aligner::default().align(&a_tokens, &b_tokens);
        for passage in &passages {
            check(passage, &a_tokens, &b_tokens);
            assert!(a.is_char_boundary(passage.a_bytes.start) && b.is_char_boundary(passage.b_bytes.end));
        }
        passages
    }

    /// What every passage promises.
    fn check(passage: &Passage, a: &[Token], b: &[Token]) {
        let mut before = (passage.a_words.start, passage.b_words.start);
        assert_eq!((passage.runs[0].a, passage.runs[0].b), before);
        for run in &passage.runs {
            assert!(run.words > 0 && (run.a, run.b) >= before && run.a >= before.0 && run.b >= before.1);
            before = (run.a_end(), run.b_end());
            assert!((0..run.words).all(|place| a[run.a + place].hash == b[run.b + place].hash));
        }
        assert_eq!(before, (passage.a_words.end, passage.b_words.end));
        assert_eq!(passage.a_bytes, a[passage.a_words.start].start..a[passage.a_words.end - 1].end);
    }

    /// Misreads about so many characters in a thousand: another letter, a lost one, a word in two, two in one.
    fn misread(words: &[String], per_mille: usize, random: &mut Random) -> Vec<String> {
        let mut read = String::new();
        for character in words.join(" ").chars() {
            if random.below(1000) >= per_mille {
                read.push(character);
                continue;
            }
            match (random.below(8), character) {
                (0, _) | (_, ' ') => {}
                (1, _) => read.extend([character, ' ']),
                _ => read.push(char::from(b'a' + random.below(26) as u8)),
            }
        }
        read.split_whitespace().map(str::to_owned).collect()
    }

    /// One planted passage: its words in the two texts.
    type PlantedPlaces = (Range<usize>, Range<usize>);

    /// Share of planted passages that are met within five words at both ends in both texts.
    fn share_met(
        cases: usize,
        mut plant: impl FnMut(&mut Random) -> (String, String, Vec<PlantedPlaces>),
    ) -> f64 {
        let mut random = Random(7);
        let (mut met, mut planted) = (0, 0);
        for _ in 0..cases {
            let (a, b, expected) = plant(&mut random);
            let passages = align(&a, &b);
            for (in_a, in_b) in expected {
                planted += 1;
                let near = |found: &Range<usize>, planted: &Range<usize>| {
                    found.start.abs_diff(planted.start) <= 5 && found.end.abs_diff(planted.end) <= 5
                };
                met +=
                    usize::from(passages.iter().any(|p| near(&p.a_words, &in_a) && near(&p.b_words, &in_b)));
            }
        }
        f64::from(met as u32) / f64::from(planted as u32)
    }

    #[test]
    fn truncations_are_met_within_five_words() {
        let met = share_met(100, |random| {
            let words = random.words(300);
            let kept = 100 + random.below(150);
            (words.join(" "), words[..kept].join(" "), vec![(0..kept, 0..kept)])
        });
        assert!(met >= 0.95, "{met}");
    }

    #[test]
    fn wraps_are_met_within_five_words() {
        let met = share_met(100, |random| {
            let (story, before, after) = (random.words(200), random.words(60), random.words(60));
            let wrapped = [&before[..], &story, &after].concat();
            (story.join(" "), wrapped.join(", "), vec![(0..200, 60..260)])
        });
        assert!(met >= 0.95, "{met}");
    }

    #[test]
    fn reordered_paragraphs_are_met_within_five_words() {
        let met = share_met(60, |random| {
            let parts: Vec<Vec<String>> = (0..5).map(|_| random.words(60)).collect();
            let order = [3, 1, 4, 0, 2];
            let moved: Vec<Vec<String>> = order.iter().map(|&part| parts[part].clone()).collect();
            let place = |at: usize| 60 * at..60 * at + 60;
            let planted = order.iter().enumerate().map(|(to, &from)| (place(from), place(to))).collect();
            (parts.concat().join(" "), moved.concat().join(" "), planted)
        });
        assert!(met >= 0.95, "{met}");
    }

    #[test]
    fn passages_misread_in_one_character_of_twenty_are_met_within_five_words() {
        let met = share_met(200, |random| {
            let story = random.words(150);
            let read = misread(&story, 50, random);
            let (before, after) = (random.words(80), random.words(80));
            let length = read.len();
            let wrapped = [&before[..], &read, &after].concat();
            (story.join(" "), wrapped.join(" "), vec![(0..150, 80..80 + length)])
        });
        assert!(met >= 0.95, "{met}");
    }

    #[test]
    fn unrelated_texts_share_nothing() {
        let mut random = Random(3);
        for _ in 0..50 {
            assert_eq!(align(&random.words(400).join(" "), &random.words(400).join(" ")), []);
        }
    }

    #[test]
    fn refrains_neither_take_forever_nor_hide_what_is_around_them() {
        let mut random = Random(5);
        let (refrain, story) = ("la di da ".repeat(20_000), random.words(100).join(" "));
        let passages = align(&format!("{refrain} {story}"), &format!("{story} {refrain}"));
        assert!(passages.iter().any(|passage| passage.a_words == (60_000..60_100)), "{passages:?}");
        let same = align(&refrain, &refrain);
        assert_eq!((same.len(), same[0].matches()), (1, 60_000));
    }

    #[test]
    fn the_bytes_cut_the_exact_text_out_of_both() {
        let a = "Überraschung! Die Fähre nach Ärö fährt ab heute wieder täglich um sieben Uhr, hieß es.";
        let b = "HEUTE: DIE FÄHRE NACH ÄRÖ FÄHRT AB HEUTE WIEDER TÄGLICH UM SIEBEN UHR.";
        let passages = align(a, b);
        assert_eq!(passages.len(), 1);
        assert_eq!(
            &a[passages[0].a_bytes.clone()],
            "Die Fähre nach Ärö fährt ab heute wieder täglich um sieben Uhr"
        );
        assert_eq!(
            &b[passages[0].b_bytes.clone()],
            "DIE FÄHRE NACH ÄRÖ FÄHRT AB HEUTE WIEDER TÄGLICH UM SIEBEN UHR"
        );
        assert_eq!((passages[0].matches(), passages[0].differences()), (12, 0));
    }

    proptest! {
        /// Few words, so that everything repeats and overlaps.
        #[test]
        fn passages_keep_their_promises_and_share_no_word(
            a in "([abc] ){0,80}", b in "([abc] ){0,80}", least_words in 1usize..12,
        ) {
            let (a, b) = (tokens(&a), tokens(&b));
            let passages = Aligner { least_words }.align(&a, &b);
            let (mut in_a, mut in_b) = (vec![0; a.len()], vec![0; b.len()]);
            for passage in &passages {
                check(passage, &a, &b);
                prop_assert!(passage.matches() >= least_words);
                in_a[passage.a_words.clone()].iter_mut().for_each(|count| *count += 1);
                in_b[passage.b_words.clone()].iter_mut().for_each(|count| *count += 1);
            }
            prop_assert!(in_a.iter().chain(&in_b).all(|&count| count <= 1));
            prop_assert!(passages.is_sorted_by_key(|passage| passage.a_words.start));
        }
    }
}
