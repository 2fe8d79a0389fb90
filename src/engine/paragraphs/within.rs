//! Exact repeats within one document: short paragraphs, and lines of any length.
//!
//! Pieces are taken in reading order: a paragraph, then, if it has several, its lines. A piece goes if an earlier
//! piece that stays has the same tokens. So nothing goes of which the document does not keep a copy, whatever else
//! it loses.
//!
//! Lines of *wrapped* prose are no pieces in a reader's sense: the last line of a paragraph may be "of them.", and
//! taking the second one out would tear a sentence. In a paragraph that looks wrapped, repeated lines go only where
//! the copying is plain: they are all its lines, or they follow what they repeat at once, or several in a row repeat
//! and hold a paragraph's worth of words together.
#![allow(
    clippy::cast_possible_truncation,
    reason = "documents and nodes are numbered in 32 bits, and reading refuses more; shares are for people"
)]

use std::ops::{Range, RangeInclusive};

use super::page::{Page, fingerprint};

/// Marks a piece without a token, which repeats nothing.
const NO_GROUP: u32 = u32::MAX;

/// Prose is wrapped at so many characters: narrower lines are lists and menus, wider ones paragraphs of their own.
const WRAPPED_WIDTHS: RangeInclusive<usize> = 24..=100;

/// Memory for looking for equal pieces; keep one a thread.
#[derive(Default)]
pub(super) struct TextPieces {
    /// For each piece, the first with the same tokens.
    groups: Vec<u32>,
    /// The first piece of each paragraph: the whole of it. Its lines follow, if there are several.
    wholes: Vec<u32>,
    sorted: Vec<TextPiece>,
}

/// A piece with a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct TextPiece {
    fingerprint: u64,
    /// Its number, in reading order.
    number: u32,
    /// The places of its first token and behind its last.
    tokens: (u32, u32),
}

impl TextPiece {
    /// Whether the tokens are the same: the fingerprints say which pieces may be equal, the tokens which are.
    fn is_equal(&self, other: &Self, page: &Page) -> bool {
        let tokens = |piece: &Self| page.tokens(piece.tokens.0 as usize..piece.tokens.1 as usize);
        self.fingerprint == other.fingerprint && tokens(self) == tokens(other)
    }
}

impl TextPieces {
    /// Replaces the content by the pieces of `page`. O(n log n) for `n` pieces.
    pub(super) fn read(&mut self, page: &Page) {
        let Self { groups, wholes, sorted } = self;
        wholes.clear();
        sorted.clear();
        let mut count = 0;
        let mut add = |places: Range<usize>| {
            if !places.is_empty() {
                let tokens = (places.start as u32, places.end as u32);
                sorted.push(TextPiece {
                    fingerprint: fingerprint(page.tokens(places)),
                    number: count,
                    tokens,
                });
            }
            count += 1;
        };
        let mut first = 0;
        for paragraph in 0..page.layout().len() {
            let lines = page.layout().lines_of(paragraph);
            wholes.push(first);
            first += 1;
            add(page.paragraph(paragraph));
            if lines.len() > 1 {
                first += lines.len() as u32;
                lines.for_each(|line| add(page.line(line)));
            }
        }
        groups.clear();
        groups.resize(first as usize, NO_GROUP);
        sorted.sort_unstable();
        for equals in sorted.chunk_by(|a, b| a.is_equal(b, page)) {
            for piece in equals {
                groups[piece.number as usize] = equals[0].number;
            }
        }
    }

    /// Whether any two pieces have the same tokens. A paragraph that has only one line with tokens counts, too.
    pub(super) fn any_repeat(&self) -> bool {
        self.sorted.windows(2).any(|pair| {
            let [first, second] = [0, 1].map(|n| self.groups[pair[n].number as usize]);
            first == second
        })
    }

    /// The group of a paragraph, none without a token.
    fn whole(&self, paragraph: usize) -> Option<usize> {
        Some(self.groups[self.wholes[paragraph] as usize] as usize)
            .filter(|&group| group != NO_GROUP as usize)
    }
}

/// What a document loses.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Losses {
    /// For each paragraph, whether all of it goes.
    pub paragraphs: Vec<bool>,
    /// For each line, whether it goes; of no account in paragraphs that go.
    pub lines: Vec<bool>,
    /// What repeats within the document.
    pub repeats: Vec<Repeat>,
}

/// A paragraph or line that a document repeats.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Repeat {
    /// The occurrence that stays, in bytes of the text.
    pub place: Range<usize>,
    /// Occurrences that go.
    pub repeats: u64,
}

/// Finds the exact repeats within a document that loses the paragraphs `gone` in any case.
///
/// `page` and `pieces` are those of `text`; `gone` has an entry a paragraph.
pub(super) fn judge(text: &str, page: &Page, pieces: &TextPieces, min_words: usize, gone: &[bool]) -> Losses {
    let mut judge = ParagraphJudge {
        text,
        page,
        pieces,
        min_words,
        staying: vec![None; pieces.groups.len()],
        repeats: vec![0; pieces.groups.len()],
        losses: Losses {
            paragraphs: gone.to_vec(),
            lines: vec![false; page.layout().lines().len()],
            repeats: Vec::new(),
        },
    };
    for (paragraph, &gone) in gone.iter().enumerate() {
        if !gone {
            judge.paragraph(paragraph);
        }
    }
    let ParagraphJudge { staying, repeats, mut losses, .. } = judge;
    let found = repeats.into_iter().zip(staying).filter(|&(repeats, _)| repeats > 0);
    losses.repeats = found.filter_map(|(repeats, place)| Some(Repeat { place: place?, repeats })).collect();
    losses
}

struct ParagraphJudge<'a> {
    text: &'a str,
    page: &'a Page,
    pieces: &'a TextPieces,
    min_words: usize,
    /// For each group, where the piece stands that stays.
    staying: Vec<Option<Range<usize>>>,
    /// For each group, how many pieces go.
    repeats: Vec<u64>,
    losses: Losses,
}

impl ParagraphJudge<'_> {
    fn paragraph(&mut self, paragraph: usize) {
        let Some(group) = self.pieces.whole(paragraph) else { return };
        if self.staying[group].is_some() {
            self.repeats[group] += 1;
            self.losses.paragraphs[paragraph] = true;
            return;
        }
        let lines = self.page.layout().lines_of(paragraph);
        if lines.len() > 1 {
            self.lines(paragraph, lines);
        }
        if !self.losses.paragraphs[paragraph] {
            self.staying[group].get_or_insert_with(|| self.page.layout().paragraph(paragraph));
        }
    }

    /// Judges the lines of a paragraph that is not itself a repeat.
    fn lines(&mut self, paragraph: usize, lines: Range<usize>) {
        let first_piece = self.pieces.wholes[paragraph] as usize + 1;
        let groups = &self.pieces.groups[first_piece..first_piece + lines.len()];
        let mut repeated = Vec::with_capacity(groups.len());
        for (line, &group) in lines.clone().zip(groups) {
            let earlier = (group != NO_GROUP).then(|| &mut self.staying[group as usize]);
            repeated.push(earlier.is_some_and(|earlier| {
                let is_repeat = earlier.is_some();
                earlier.get_or_insert_with(|| self.page.layout().lines()[line].clone());
                is_repeat
            }));
        }
        if !repeated.contains(&true) {
            return;
        }
        let with_tokens = groups.iter().filter(|&&group| group != NO_GROUP).count();
        let wrapped = self.is_wrapped(lines.clone());
        let mut start = 0;
        let mut going = 0;
        for run in repeated.chunk_by(|a, b| a == b) {
            let range = start..start + run.len();
            start = range.end;
            let words: usize = range.clone().map(|n| self.page.line(lines.start + n).len()).sum();
            let plain = !wrapped
                || run.len() == with_tokens
                || (run.len() >= 2 && words >= self.min_words)
                || follows_its_like(groups, range.clone());
            if run[0] && plain {
                going += run.len();
                for n in range {
                    self.losses.lines[lines.start + n] = true;
                    self.repeats[groups[n] as usize] += 1;
                }
            }
        }
        // Rules and other lines without a token do not stand alone.
        self.losses.paragraphs[paragraph] = going == with_tokens;
    }

    /// Whether the lines of a paragraph end where the next word would not have fitted: most inner ones reach three
    /// quarters of the greatest width, the next line's first word included, as only wrapping makes them.
    fn is_wrapped(&self, lines: Range<usize>) -> bool {
        let all = &self.page.layout().lines()[lines.clone()];
        let characters = |range: Range<usize>| self.text[range].chars().count();
        let widths: Vec<usize> = all.iter().cloned().map(characters).collect();
        let width = widths.iter().copied().max().unwrap_or(0);
        let reaches = |&(line, own): &(usize, &usize)| {
            4 * (own + characters(self.page.first_word(lines.start + line + 1))) >= 3 * width
        };
        let inner = widths.len() - 1;
        let reaching = widths[..inner].iter().enumerate().filter(reaches).count();
        WRAPPED_WIDTHS.contains(&width) && 3 * reaching >= 2 * inner
    }
}

/// Whether the lines of `run` repeat, in order, those that stand directly before them.
fn follows_its_like(groups: &[u32], run: Range<usize>) -> bool {
    (1..=run.len().min(run.start)).any(|back| run.clone().all(|n| groups[n] == groups[n - back]))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::params::TextParams;
    use crate::text::{ParagraphSplit, Tokenizer};

    /// What is left of a text.
    fn left(text: &str) -> String {
        left_without(text, &[])
    }

    fn left_without(text: &str, gone: &[usize]) -> String {
        let (mut page, mut pieces) = (Page::default(), TextPieces::default());
        page.read(text, &Tokenizer::new(&TextParams::default()), ParagraphSplit::BlankLine);
        pieces.read(&page);
        let gone: Vec<bool> = (0..page.layout().len()).map(|p| gone.contains(&p)).collect();
        let losses = judge(text, &page, &pieces, 10, &gone);
        let mut left = text.to_owned();
        for cut in page.layout().cuts(&losses.paragraphs, &losses.lines).iter().rev() {
            left.replace_range(cut.clone(), "");
        }
        left
    }

    const BODY: [&str; 3] = [
        "A kilometre and a half of lorries stood nose to tail along Crane Street on Wednesday night after the bridge opened.",
        "There is no spare.",
        "By midnight a foundry on the far bank had agreed to pour a new one if somebody could bring the pattern across.",
    ];

    #[test]
    fn a_page_told_twice_is_told_once_whatever_sets_its_parts_apart() {
        let headline = "Swing bridge stuck open";
        for inner in ["\n", "\n\n", "\r\n", "\n \n"] {
            let body = BODY.join(inner);
            for outer in ["\n", "\n\n"] {
                let once = [headline, &body].join(outer);
                let twice = [headline, headline, &body, &body].join(outer);
                assert_eq!(left(&twice), once, "{twice:?}");
                let again = [once.as_str(), once.as_str()].join(outer);
                assert_eq!(left(&again), once, "{again:?}");
            }
        }
        // The copies are laid out differently.
        let text = format!("{}\n\n{}\n", BODY.join("\n\n"), BODY.join("\n"));
        assert_eq!(left(&text), format!("{}\n", BODY.join("\n\n")));
        let text = format!("{}\n\n{}\n", BODY.join("\n"), BODY.join("\n\n"));
        assert_eq!(left(&text), format!("{}\n", BODY.join("\n")));
    }

    #[test]
    fn wrapped_prose_keeps_lines_that_look_alike_by_accident() {
        let text = "It was said of the ships that lay in the roads that winter that none\n\
                    of them.\n\n\
                    The harbour master wrote the names of all the captains down, and many\n\
                    of them.\n\n\
                    of them.\n";
        let expected = text.strip_suffix("\n\nof them.\n").unwrap().to_owned() + "\n";
        assert_eq!(left(text), expected);
    }

    #[test]
    fn lines_without_a_token_stay_unless_all_around_them_goes() {
        assert_eq!(
            left("Title one\n===\n\ntext\n\n***\n\nother\n\n***\n\nTitle one\n***\n"),
            "Title one\n===\n\ntext\n\n***\n\nother\n\n***\n"
        );
    }

    #[test]
    fn what_a_lost_paragraph_held_does_not_count_as_kept() {
        let text = "Dateline\nmuch more that stands elsewhere as well\n\nother\n\nDateline";
        assert_eq!(left_without(text, &[0]), "other\n\nDateline");
        assert_eq!(left(text), "Dateline\nmuch more that stands elsewhere as well\n\nother");
    }

    #[test]
    fn case_and_punctuation_make_no_difference_and_counts_are_told() {
        let (mut page, mut pieces) = (Page::default(), TextPieces::default());
        let text = "Yes!\n\nno\n\nYES\n\n(yes)";
        page.read(text, &Tokenizer::new(&TextParams::default()), ParagraphSplit::BlankLine);
        pieces.read(&page);
        assert!(pieces.any_repeat());
        let losses = judge(text, &page, &pieces, 10, &[false; 4]);
        assert_eq!(losses.paragraphs, [false, false, true, true]);
        assert_eq!(losses.repeats, [Repeat { place: 0..4, repeats: 2 }]);
    }

    proptest! {
        #[test]
        fn no_line_is_lost_altogether_and_only_repeats_go(
            lines in proptest::collection::vec((0usize..7, prop_oneof!["\n", "\r\n", "\n\n"]), 0..30),
        ) {
            // Single words, so that equal tokens mean equal lines; some wide enough to look wrapped.
            let words = ["a", "bb", "ccc", "----", "d2345678901234567890123456789", "e2345678901234567890123456", "F"];
            let text: String = lines.iter().flat_map(|(word, end)| [words[*word], end.as_str()]).collect();
            let left = left(&text);
            let set = |text: &str| {
                let with_tokens = text.lines().filter(|line| line.chars().any(char::is_alphanumeric));
                with_tokens.map(str::to_owned).collect::<std::collections::BTreeSet<_>>()
            };
            prop_assert_eq!(set(&left), set(&text));
            let mut rest = text.lines();
            prop_assert!(left.lines().filter(|l| !l.is_empty()).all(|line| rest.any(|other| other == line)));
        }
    }
}
