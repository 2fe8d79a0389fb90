//! Exact repeats within one document: short paragraphs, and lines of any length.
//!
//! Pieces are taken in reading order: a paragraph, then, if it has several, its lines. **Long** pieces, of at least
//! `min_words` tokens, go if an earlier piece that stays has the same tokens. **Short** ones are mostly the form of a text:
//! the name of a speaker, an answer, a subheading. They repeat without being copies; so a short line goes only
//!
//! * inside a *repeated block*: it stands beside a long piece that goes, or beside a short one that goes by this rule, and
//!   its like stands beside an earlier copy of that piece in the same way;
//! * or in a *doubled head*: it repeats the lines directly before it, above a long piece that the document has twice.
//!
//! Even there it stays if it ends in a colon, if it occurs more than three times in the document, or if the sentence that
//! it belongs to runs on into a line that stays. So nothing goes of which the document does not keep a copy, whatever else
//! it loses.
//!
//! Lines of *wrapped* prose are no pieces in a reader's sense: taking one out would tear a sentence. In a paragraph that
//! looks wrapped, repeated lines go only where the copying is plain: several in a row repeat others in the same order, one
//! of them long, or they follow what they repeat at once, or are all its lines; and then only from where a sentence begins.

use std::ops::Range;

use super::page::Page;
use super::pieces::{PlacedLines, TextPieces};
use crate::text::{Layout, ends_in_colon, is_wrapped, runs_on};

/// A short line that a document has more often is part of its form, as "Yes." is in an interview. A page scraped twice has
/// its lines twice, and a headline once more where it is doubled above the body.
const MOST_OCCURRENCES: u32 = 3;

/// Most lines of a head that is doubled: a headline, a subheading, a byline and a date.
const HEAD_LINES: usize = 4;

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

impl Losses {
    /// Whether a line stays.
    pub(super) fn keeps(&self, line: usize, layout: &Layout) -> bool {
        !self.lines[line] && !self.paragraphs[layout.paragraph_of(line)]
    }
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
/// `page` and `pieces` are those of `text`; `gone` has an entry a paragraph. O(n log n) for `n` lines and tokens.
pub(super) fn judge(text: &str, page: &Page, pieces: &TextPieces, min_words: usize, gone: &[bool]) -> Losses {
    let mut judge = ParagraphJudge {
        text,
        page,
        pieces,
        min_words,
        gone,
        lines: PlacedLines::new(page, pieces),
        staying: vec![None; pieces.len()],
        repeats: vec![0; pieces.len()],
        removed: Vec::new(),
        losses: Losses {
            paragraphs: gone.to_vec(),
            lines: vec![false; page.layout().lines().len()],
            repeats: Vec::new(),
        },
    };
    for paragraph in 0..gone.len() {
        judge.long_pieces(paragraph);
    }
    judge.short_lines();
    judge.emptied_paragraphs();
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
    /// For each paragraph, whether it goes whatever the document holds.
    gone: &'a [bool],
    lines: PlacedLines,
    /// For each group, where the piece stands that stays.
    staying: Vec<Option<Range<usize>>>,
    /// For each group, how many pieces go.
    repeats: Vec<u64>,
    /// The long pieces that go, in reading order.
    removed: Vec<usize>,
    losses: Losses,
}

impl ParagraphJudge<'_> {
    /// Decides about a paragraph, if it is long, and about its long lines; and about all its lines, if they are wrapped.
    fn long_pieces(&mut self, paragraph: usize) {
        let piece = self.pieces.whole(paragraph);
        let Some(group) = self.pieces.group(piece) else { return };
        if self.gone[paragraph] {
            self.removed.push(piece);
            return;
        }
        if self.staying[group].is_some() && self.page.paragraph(paragraph).len() >= self.min_words {
            self.repeats[group] += 1;
            self.losses.paragraphs[paragraph] = true;
            self.removed.push(piece);
            return;
        }
        let lines = self.page.layout().lines_of(paragraph);
        if lines.len() > 1 {
            self.long_lines(lines);
        }
        self.staying[group].get_or_insert_with(|| self.page.layout().paragraph(paragraph));
    }

    /// Judges the lines of a paragraph that is not itself a repeat.
    fn long_lines(&mut self, lines: Range<usize>) {
        let mut repeated = Vec::with_capacity(lines.len());
        for line in lines.clone() {
            let earlier = self.group(line).map(|group| &mut self.staying[group]);
            repeated.push(earlier.is_some_and(|earlier| {
                let is_repeat = earlier.is_some();
                earlier.get_or_insert_with(|| self.page.layout().lines()[line].clone());
                is_repeat
            }));
        }
        if !repeated.contains(&true) {
            return;
        }
        if is_wrapped(self.page.layout().lines()[lines.clone()].iter().map(|line| &self.text[line.clone()])) {
            self.wrapped_lines(&lines, &repeated);
        } else {
            for line in lines.clone() {
                if repeated[line - lines.start] && self.is_long(line) {
                    self.take_out(line);
                }
            }
        }
    }

    /// Takes runs of lines out of wrapped prose that repeat others in the same order.
    fn wrapped_lines(&mut self, lines: &Range<usize>, repeated: &[bool]) {
        let with_tokens = lines.clone().filter(|&line| self.group(line).is_some()).count();
        let mut next = lines.start;
        while next < lines.end {
            let goes = |line: usize| repeated[line - lines.start];
            let Some(long) = (next..lines.end).find(|&line| goes(line) && self.is_long(line)) else { return };
            let is_free = |line: usize| {
                (next..lines.end).contains(&line) && goes(line) && (self.is_long(line) || self.may_go(line))
            };
            let (own, mut run) = (self.page.line(long), long..long + 1);
            for copy in self.lines.copies(self.lines.piece(long), self.pieces) {
                let before = self.alike_before(own.start, copy.start, is_free);
                let behind = self.alike_behind(own.end, copy.end, is_free);
                let (first, last) = (before.last().unwrap_or(&long), behind.last().unwrap_or(&long));
                if last - first >= run.len() {
                    run = *first..last + 1;
                }
            }
            next = run.end;
            while !run.is_empty() && run.start > lines.start && self.runs_on_above(run.start) {
                run.start += 1;
            }
            while !run.is_empty() && run.end < lines.end && self.runs_on_below(run.end - 1) {
                run.end -= 1;
            }
            let is_plain = run.len() >= 2 || run.len() == with_tokens || self.follows_its_like(&run);
            if is_plain && run.clone().any(|line| self.is_long(line)) {
                run.for_each(|line| self.take_out(line));
            }
        }
    }

    /// Decides about short lines, once all long pieces that go are known.
    fn short_lines(&mut self) {
        let mut is_head_seen = vec![false; self.pieces.len()];
        for piece in std::mem::take(&mut self.removed) {
            let own = self.lines.tokens(piece);
            for copy in self.lines.copies(piece, self.pieces) {
                let is_free = |line: usize| !self.is_long(line) && self.may_go(line);
                let mut before = self.alike_before(own.start, copy.start, is_free);
                let mut behind = self.alike_behind(own.end, copy.end, is_free);
                // Of a sentence that begins or goes on in a line that stays, nothing goes.
                while before.last().is_some_and(|&line| self.runs_on_above(line)) {
                    before.pop();
                }
                while behind.last().is_some_and(|&line| self.runs_on_below(line)) {
                    behind.pop();
                }
                before.into_iter().chain(behind).for_each(|line| self.take_out(line));
            }
            let Some(first) = self.pieces.group(piece) else { continue };
            if self.lines.tokens(first).start == own.start {
                continue;
            }
            self.doubled_head(own.start);
            if !std::mem::replace(&mut is_head_seen[first], true) {
                self.doubled_head(self.lines.tokens(first).start);
            }
        }
    }

    /// Takes out what repeats directly what is before it, above the long piece that begins at `token`, of which there are two.
    /// Between the two, as a dateline does, may stand what the document has twice.
    fn doubled_head(&mut self, token: usize) {
        let mut above = Vec::new();
        let mut at = token;
        while let Some(line) =
            self.page.line_to(at).filter(|&line| above.len() < 4 * HEAD_LINES && !self.is_long(line))
        {
            at = self.page.line(line).start;
            above.push(line);
        }
        let group = |n: usize| above.get(n).and_then(|&line: &usize| self.group(line));
        let alike = |a: usize, b: usize, length: usize| (0..length).all(|n| group(a + n) == group(b + n));
        let mut doubled = 0..0;
        'found: for gap in 0..HEAD_LINES.min(above.len()) {
            for length in 1..=HEAD_LINES {
                let mut end = gap;
                while end + 2 * length <= above.len() && alike(end, end + length, length) {
                    end += length;
                }
                if end > gap {
                    doubled = gap..end;
                    break 'found;
                }
            }
            if group(gap).is_none_or(|group| self.lines.count(group) < 2) {
                break;
            }
        }
        for &line in &above[doubled] {
            if self.may_go(line) {
                self.take_out(line);
            }
        }
    }

    /// Paragraphs that lose all their lines go as wholes.
    fn emptied_paragraphs(&mut self) {
        for paragraph in 0..self.gone.len() {
            let mut with_tokens =
                self.page.layout().lines_of(paragraph).filter(|&line| self.group(line).is_some()).peekable();
            // Rules and other lines without a token do not stand alone.
            if with_tokens.peek().is_some() && with_tokens.all(|line| self.losses.lines[line]) {
                self.losses.paragraphs[paragraph] = true;
            }
        }
    }

    /// The lines before the place `at` of which the like stand before `copy`, the nearest first, as long as they are free to go
    /// or gone already. Only lines of which the like stand in a paragraph that does not go count.
    fn alike_before(&self, mut at: usize, mut copy: usize, is_free: impl Fn(usize) -> bool) -> Vec<usize> {
        let mut found = Vec::new();
        while let (Some(line), Some(like)) = (self.page.line_to(at), self.page.line_to(copy)) {
            let (own, other) = (self.page.line(line), copy.saturating_sub(self.page.line(line).len())..copy);
            let is_alike =
                self.page.line_from(other.start).is_some() && self.is_alike(own.clone(), other.clone());
            if !is_alike || !self.adds(line, like, &is_free, &mut found) {
                break;
            }
            (at, copy) = (own.start, other.start);
        }
        found
    }

    /// As [`Self::alike_before`], of what is behind.
    fn alike_behind(&self, mut at: usize, mut copy: usize, is_free: impl Fn(usize) -> bool) -> Vec<usize> {
        let mut found = Vec::new();
        while let (Some(line), Some(like)) = (self.page.line_from(at), self.page.line_from(copy)) {
            let (own, other) = (self.page.line(line), copy..copy + self.page.line(line).len());
            let is_alike =
                self.page.line_to(other.end).is_some() && self.is_alike(own.clone(), other.clone());
            if !is_alike || !self.adds(line, like, &is_free, &mut found) {
                break;
            }
            (at, copy) = (own.end, other.end);
        }
        found
    }

    fn is_alike(&self, own: Range<usize>, other: Range<usize>) -> bool {
        other.end <= own.start && self.page.tokens(own) == self.page.tokens(other)
    }

    /// Whether one can go on beyond this line; adds it, unless it is gone.
    fn adds(
        &self,
        line: usize,
        like: usize,
        is_free: impl Fn(usize) -> bool,
        found: &mut Vec<usize>,
    ) -> bool {
        let layout = self.page.layout();
        if self.gone[layout.paragraph_of(like)] || self.losses.paragraphs[layout.paragraph_of(line)] {
            return false;
        }
        if self.losses.lines[line] {
            return !self.is_long(line);
        }
        let adds = is_free(line);
        if adds {
            found.push(line);
        }
        adds
    }

    fn take_out(&mut self, line: usize) {
        if std::mem::replace(&mut self.losses.lines[line], true) {
            return;
        }
        if let Some(group) = self.group(line) {
            self.repeats[group] += 1;
        }
        if self.is_long(line) {
            self.removed.push(self.lines.piece(line));
        }
    }

    fn group(&self, line: usize) -> Option<usize> {
        self.pieces.group(self.lines.piece(line))
    }

    fn is_long(&self, line: usize) -> bool {
        self.page.line(line).len() >= self.min_words
    }

    /// Whether a short line may be a copy, for all that it says itself.
    fn may_go(&self, line: usize) -> bool {
        let count = self.group(line).map_or(0, |group| self.lines.count(group));
        count <= MOST_OCCURRENCES && !ends_in_colon(self.line(line))
    }

    fn line(&self, line: usize) -> &str {
        &self.text[self.page.layout().lines()[line].clone()]
    }

    /// Whether the sentence of a line begins in one above that stays.
    fn runs_on_above(&self, line: usize) -> bool {
        line.checked_sub(1)
            .is_some_and(|above| self.stays(above) && runs_on(self.line(above), self.line(line)))
    }

    /// Whether the sentence of a line goes on in one below that stays.
    fn runs_on_below(&self, line: usize) -> bool {
        let below = line + 1;
        below < self.losses.lines.len() && self.stays(below) && runs_on(self.line(line), self.line(below))
    }

    fn stays(&self, line: usize) -> bool {
        self.losses.keeps(line, self.page.layout())
    }

    /// Whether the lines of `run` repeat, in order, those that stand directly before them in their paragraph.
    fn follows_its_like(&self, run: &Range<usize>) -> bool {
        let length = run.len();
        length > 0
            && run.start >= length
            && run.clone().all(|line| self.group(line) == self.group(line - length))
    }
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
        assert_eq!(left(text), text);
    }

    #[test]
    fn wrapped_prose_loses_lines_only_from_where_a_sentence_begins() {
        let shared = "Nobody had asked for any of that in those days, and it was only the\n\
                      custom of the place to write the names of all the ships in the book";
        let text = format!(
            "{shared}\nuntil the spring.\n\nIn the end the mayor, who was new and had come from elsewhere, said\n{shared}\nof the sea.\n"
        );
        assert_eq!(left(&text), text);
        let text = text
            .replace("elsewhere, said", "elsewhere.")
            .replace("\nof the", ".\nOf the")
            .replace("book\nuntil", "book.\nUntil");
        let without = text
            .rsplit_once(shared)
            .map(|(before, behind)| format!("{before}{}", behind.trim_start_matches(['.', '\n'])));
        assert_eq!(Some(left(&text)), without);
    }

    #[test]
    fn the_form_of_a_conversation_stays() {
        let answer =
            |n: usize| format!("The ferry number {n} is back after repairs that took {n} months and more.");
        let said = |n| format!("REPORTER:\n\n{}\n\nTHE MINISTER:\n\nYes.", answer(n));
        let interview = [said(1), said(2), said(3), said(4)].join("\n\n");
        assert_eq!(left(&interview), interview);
        // Even beside what goes, and where it is the same as beside the copy.
        let again = format!("{interview}\n\n{}", said(4));
        assert_eq!(left(&again), format!("{interview}\n\nREPORTER:\n\nTHE MINISTER:\n\nYes."));
    }

    #[test]
    fn a_short_line_goes_beside_a_longer_one_in_the_same_order_only() {
        let (a, b) = (BODY[0], BODY[2]);
        let once = format!("Subheading\n\n{a}\n\nThe end\n\n{b}");
        assert_eq!(left(&format!("{once}\n\n{once}")), once);
        // Elsewhere it heads something else.
        let other = format!("{once}\n\nThe end\n\nMore of it.\n\nSubheading");
        assert_eq!(left(&other), other);
        // In another order it is not the same block.
        assert_eq!(left(&format!("{once}\n\n{a}\n\nSubheading")), format!("{once}\n\nSubheading"));
        // The sentence goes on.
        assert_eq!(
            left(&format!("{once}\n\nMore of it.\n\n{a}\n\nThe end\nof it all.")),
            format!("{once}\n\nMore of it.\n\nThe end\nof it all.")
        );
    }

    #[test]
    fn a_headline_doubled_above_one_body_stays() {
        let text = format!("Headline\n\nHeadline\n\n{}\n\n{}", BODY[0], BODY[2]);
        assert_eq!(left(&text), text);
        let doubled = format!("{text}\n\n{}", BODY[0]);
        assert_eq!(left(&doubled), format!("Headline\n\n{}\n\n{}", BODY[0], BODY[2]));
        // With a byline, once or twice.
        for (head, once) in [("H\nby A\nH\nby A\n\n", "H\nby A\n\n"), ("H\nH\nby A\n\n", "H\nby A\n\n")] {
            let page = |head: &str| format!("{head}{}\n\n{}", BODY[0], BODY[2]);
            assert_eq!(left(&format!("{}\n\nby A\n\n{}", page(head), BODY[0])), page(once), "{head:?}");
        }
    }

    #[test]
    fn lines_without_a_token_stay_unless_all_around_them_goes() {
        let long = BODY[0];
        assert_eq!(
            left(&format!("{long}\n===\n\ntext\n\n***\n\nother\n\n***\n\n{long}\n***\n")),
            format!("{long}\n===\n\ntext\n\n***\n\nother\n\n***\n")
        );
    }

    #[test]
    fn what_a_lost_paragraph_held_does_not_count_as_kept() {
        let long = BODY[0];
        let text = format!("Dateline\n{long}\n\nother\n\nDateline\n\n{long}");
        assert_eq!(left_without(&text, &[0]), format!("other\n\nDateline\n\n{long}"));
        assert_eq!(left(&text), format!("Dateline\n{long}\n\nother"));
    }

    #[test]
    fn case_and_punctuation_make_no_difference_and_repeats_are_counted() {
        let (mut page, mut pieces) = (Page::default(), TextPieces::default());
        let text = "Yes, one two three!\n\nno\n\nYES ONE two three\n\n(yes) one, two, three";
        page.read(text, &Tokenizer::new(&TextParams::default()), ParagraphSplit::BlankLine);
        pieces.read(&page);
        assert!(pieces.any_long_repeat(4) && !pieces.any_long_repeat(5));
        let losses = judge(text, &page, &pieces, 4, &[false; 4]);
        assert_eq!(losses.paragraphs, [false, false, true, true]);
        assert_eq!(losses.repeats, [Repeat { place: 0..19, repeats: 2 }]);
        assert_eq!(judge(text, &page, &pieces, 5, &[false; 4]).paragraphs, [false; 4]);
    }

    /// Lines and what is before them, most of them short.
    fn some_lines() -> impl Strategy<Value = Vec<(usize, &'static str)>> {
        proptest::collection::vec(
            (
                0usize..8,
                prop_oneof!["\n", "\r\n", "\n\n"].prop_map(|end| match end.as_str() {
                    "\n" => "\n",
                    "\r\n" => "\r\n",
                    _ => "\n\n",
                }),
            ),
            0..40,
        )
    }

    const WORDS: [&str; 8] = [
        "A",
        "B:",
        "Cc",
        "----",
        "D d d d d d d d d d.",
        "E e e e e e e e e e.",
        "F f f f f f f f f f.",
        "G",
    ];

    proptest! {
        #[test]
        fn no_line_is_lost_altogether_and_only_repeats_go(lines in some_lines()) {
            let text: String = lines.iter().flat_map(|&(word, end)| [WORDS[word], end]).collect();
            let left = left(&text);
            let set = |text: &str| {
                let with_tokens = text.lines().filter(|line| line.chars().any(char::is_alphanumeric));
                with_tokens.map(str::to_owned).collect::<std::collections::BTreeSet<_>>()
            };
            prop_assert_eq!(set(&left), set(&text));
            let mut rest = text.lines();
            prop_assert!(left.lines().filter(|l| !l.is_empty()).all(|line| rest.any(|other| other == line)));
        }

        #[test]
        fn a_short_line_goes_only_beside_a_long_one_that_goes_or_above_one_that_is_there_twice(lines in some_lines()) {
            let text: String = lines.iter().flat_map(|&(word, end)| [WORDS[word], end]).collect();
            let (mut page, mut pieces) = (Page::default(), TextPieces::default());
            page.read(&text, &Tokenizer::new(&TextParams::default()), ParagraphSplit::BlankLine);
            pieces.read(&page);
            let losses = judge(&text, &page, &pieces, 10, &vec![false; page.layout().len()]);
            // Lines with tokens, whether they go, and whether they are long or in a long paragraph that goes.
            let lines: Vec<(&str, bool, bool)> = (0..page.layout().lines().len())
                .map(|line| {
                    let paragraph = page.layout().paragraph_of(line);
                    let is_long = page.line(line).len() >= 10
                        || (losses.paragraphs[paragraph] && page.paragraph(paragraph).len() >= 10);
                    let goes = losses.lines[line] || losses.paragraphs[paragraph];
                    (&text[page.layout().lines()[line].clone()], goes, is_long)
                })
                .filter(|&(line, ..)| line != "----")
                .collect();
            let count = |of: &str| lines.iter().filter(|&&(line, ..)| line == of).count();
            for (n, &(line, goes, is_long)) in lines.iter().enumerate() {
                if !goes || is_long {
                    continue;
                }
                prop_assert!(!line.ends_with(':') && count(line) <= 3, "{line} of {text:?}");
                let stops = |&&(_, goes, is_long): &&(&str, bool, bool)| is_long || !goes;
                let goes_and_is_long = |&(_, goes, _): &(&str, bool, bool)| goes;
                let before = lines[..n].iter().rev().find(stops).is_some_and(goes_and_is_long);
                let behind = lines[n..].iter().find(stops).is_some_and(goes_and_is_long);
                let follows_its_like = (1..=n.min(HEAD_LINES)).any(|back| lines[n - back].0 == line);
                let above_doubled =
                    lines[n..].iter().find(|&&(.., is_long)| is_long).is_some_and(|&(line, ..)| count(line) > 1);
                prop_assert!(before || behind || (follows_its_like && above_doubled), "{line} of {text:?}");
            }
        }
    }
}
