//! Where to begin: short sequences of tokens that stand in both texts, grown to runs.

use super::passage::Run;
use crate::hash;
use crate::text::Token;

/// Tokens in a seed. Where one word in four is misread, four words in ten still begin a seed of three, but only three
/// in ten one of four.
pub(super) const SEED_WORDS: usize = 3;

/// Most combinations of places for one sequence: four in each text, say.
const MOST_COMBINATIONS: usize = 16;

/// How far a run is grown over tokens that are in no seed: those that stand in the texts too often.
const MOST_GROWTH: usize = 64;

/// The runs of equal tokens found from seeds, in order of the first text, then the second. Two runs may overlap where
/// a text repeats itself. What both texts begin or end with is found even if it is all refrain.
pub(super) fn runs(a: &[Token], b: &[Token]) -> Vec<Run> {
    let mut seeds = seeds(a, b);
    let ahead = a.iter().zip(b).take_while(|(a, b)| a.hash == b.hash).count();
    let behind = a.iter().rev().zip(b.iter().rev()).take_while(|(a, b)| a.hash == b.hash).count();
    if ahead >= SEED_WORDS {
        seeds.push(Run { a: 0, b: 0, words: ahead });
    }
    if behind >= SEED_WORDS {
        seeds.push(Run { a: a.len() - behind, b: b.len() - behind, words: behind });
    }
    // By diagonal: what continues another seed stands behind it.
    let diagonal = |run: &Run| run.b + a.len() - run.a;
    seeds.sort_unstable_by_key(|run| (diagonal(run), run.a));
    let mut runs: Vec<Run> = Vec::new();
    for seed in seeds {
        match runs.last_mut() {
            Some(last) if diagonal(last) == diagonal(&seed) && seed.a <= last.a_end() => {
                last.words = last.words.max(seed.a_end() - last.a);
            }
            _ => runs.push(seed),
        }
    }
    for run in &mut runs {
        grow(run, a, b);
    }
    runs.sort_unstable();
    runs.dedup();
    runs
}

/// Grows a run while the tokens beside it are equal.
fn grow(run: &mut Run, a: &[Token], b: &[Token]) {
    let equal = |(a, b): &(&Token, &Token)| a.hash == b.hash;
    let ahead = a[run.a_end()..].iter().zip(&b[run.b_end()..]).take(MOST_GROWTH).take_while(equal).count();
    let behind =
        a[..run.a].iter().rev().zip(b[..run.b].iter().rev()).take(MOST_GROWTH).take_while(equal).count();
    *run = Run { a: run.a - behind, b: run.b - behind, words: run.words + ahead + behind };
}

fn seeds(a: &[Token], b: &[Token]) -> Vec<Run> {
    let (a, b) = (places(a), places(b));
    let mut seeds = Vec::new();
    let mut rest = &b[..];
    for same in a.chunk_by(|x, y| x.0 == y.0) {
        rest = &rest[rest.partition_point(|other| other.0 < same[0].0)..];
        let count = rest.iter().take_while(|other| other.0 == same[0].0).take(MOST_COMBINATIONS + 1).count();
        if count * same.len() <= MOST_COMBINATIONS {
            for &(_, in_a) in same {
                let runs = rest[..count].iter();
                seeds.extend(runs.map(|&(_, in_b)| Run {
                    a: in_a as usize,
                    b: in_b as usize,
                    words: SEED_WORDS,
                }));
            }
        }
    }
    seeds
}

/// The sequences of a text by their hash, and where each begins; sorted.
fn places(tokens: &[Token]) -> Vec<(u64, u32)> {
    let hash = |window: &[Token]| hash::mix(hash::polynomial(window.iter().map(|token| token.hash)));
    let mut places: Vec<(u64, u32)> = tokens.windows(SEED_WORDS).map(hash).zip(0..).collect();
    places.sort_unstable();
    places
}
