//! Text to paragraphs and lines, and text without some of them.
//!
//! A line ends at a line feed, a carriage return, the two together, a next-line character (U+0085), a line
//! separator (U+2028) or a paragraph separator (U+2029). A line of nothing but white space is blank. A paragraph
//! is a run of lines with neither a blank line nor a paragraph separator inside; or, where the caller says so, or where
//! a text has nothing else to set paragraphs apart, every line that is not blank.

use std::ops::Range;

use memchr::{memchr2, memchr3_iter};

use super::wrapping::{is_wrapped, runs_on};

/// What sets paragraphs apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ParagraphSplit {
    /// Blank lines; in a text without any, every end of a line that is not inside a sentence, unless the lines are wrapped
    /// prose.
    #[default]
    Auto,
    /// Blank lines, and paragraph separators.
    BlankLine,
    /// Every line is a paragraph.
    Line,
}

/// Where the paragraphs and lines of a text stand; keep one a thread.
#[derive(Debug, Default)]
pub struct Layout {
    /// The lines that are not blank, without what ends them, in bytes of the text.
    lines: Vec<Range<usize>>,
    /// The lines of each paragraph.
    paragraphs: Vec<Range<usize>>,
    is_by_line: bool,
}

impl Layout {
    /// Replaces the content by the paragraphs of `text`. O(bytes), no allocation once it has grown.
    ///
    /// ```
    /// use twicetold::text::{Layout, ParagraphSplit};
    /// let mut layout = Layout::default();
    /// let text = "Headline\r\nby A. Writer\r\n \r\nBody.";
    /// layout.read(text, ParagraphSplit::BlankLine);
    /// let paragraphs: Vec<&str> = layout.paragraphs().map(|range| &text[range]).collect();
    /// assert_eq!(paragraphs, ["Headline\r\nby A. Writer", "Body."]);
    /// ```
    pub fn read(&mut self, text: &str, split: ParagraphSplit) {
        self.lines.clear();
        self.paragraphs.clear();
        let mut first = 0;
        for_each_line(text, |line, end| {
            let blank = is_blank(&text[line.clone()]);
            if !blank {
                self.lines.push(line);
            }
            if blank || end == LineEnd::Paragraph || split == ParagraphSplit::Line {
                self.end_paragraph(&mut first);
            }
        });
        self.end_paragraph(&mut first);
        self.is_by_line = match split {
            ParagraphSplit::Line => true,
            ParagraphSplit::BlankLine => false,
            // Nothing but ends of lines sets anything apart.
            ParagraphSplit::Auto => {
                let Self { lines, paragraphs, .. } = &*self;
                let lines_of_text = lines.iter().map(|line| &text[line.clone()]);
                paragraphs.len() == 1 && lines.len() > 1 && !is_wrapped(lines_of_text)
            }
        };
        if split == ParagraphSplit::Auto && self.is_by_line {
            self.paragraphs.clear();
            // A line end inside a sentence sets nothing apart.
            let Self { lines, paragraphs, .. } = self;
            let line = |line: usize| &text[lines[line].clone()];
            let mut first = 0;
            for next in 1..=lines.len() {
                if next == lines.len() || !runs_on(line(next - 1), line(next)) {
                    paragraphs.push(first..next);
                    first = next;
                }
            }
        }
    }

    /// Whether ends of lines set paragraphs apart, because the caller or the text says so.
    pub fn is_by_line(&self) -> bool {
        self.is_by_line
    }

    fn end_paragraph(&mut self, first: &mut usize) {
        if *first < self.lines.len() {
            self.paragraphs.push(*first..self.lines.len());
            *first = self.lines.len();
        }
    }

    /// Number of paragraphs.
    pub fn len(&self) -> usize {
        self.paragraphs.len()
    }

    /// Whether the text has no paragraph.
    pub fn is_empty(&self) -> bool {
        self.paragraphs.is_empty()
    }

    /// The lines that are not blank, each without what ends it, in bytes of the text.
    pub fn lines(&self) -> &[Range<usize>] {
        &self.lines
    }

    /// The lines of a paragraph, as places in [`Layout::lines`].
    pub fn lines_of(&self, paragraph: usize) -> Range<usize> {
        self.paragraphs[paragraph].clone()
    }

    /// The paragraph of a line. O(log n).
    pub fn paragraph_of(&self, line: usize) -> usize {
        self.paragraphs.partition_point(|lines| lines.end <= line)
    }

    /// A paragraph, in bytes of the text: from the start of its first line to the end of its last.
    pub fn paragraph(&self, paragraph: usize) -> Range<usize> {
        let lines = &self.lines[self.paragraphs[paragraph].clone()];
        // A paragraph has at least one line.
        lines[0].start..lines[lines.len() - 1].end
    }

    /// All paragraphs, in bytes of the text.
    pub fn paragraphs(&self) -> impl Iterator<Item = Range<usize>> {
        (0..self.len()).map(|paragraph| self.paragraph(paragraph))
    }

    /// The ranges to cut out of the text so that it loses some paragraphs, and some lines of others.
    ///
    /// Each goes with the separator that follows it, up to the next paragraph or line; at the end of the text (or
    /// of the paragraph, for a line) with the one before it. What stays, stays byte for byte. Ascending, and apart
    /// from one another. `paragraphs` and `lines` hold one entry a paragraph and a line; the lines of a paragraph
    /// that goes are not looked at.
    pub fn cuts(&self, paragraphs: &[bool], lines: &[bool]) -> Vec<Range<usize>> {
        let mut cuts = Vec::new();
        let mut next = 0;
        while next < self.len() {
            if paragraphs[next] {
                let run = run_at(next, self.len(), paragraphs);
                next = run.end;
                cut(run, 0..self.len(), |paragraph| self.paragraph(paragraph), &mut cuts);
            } else {
                self.cut_lines(self.lines_of(next), lines, &mut cuts);
                next += 1;
            }
        }
        cuts
    }

    fn cut_lines(&self, all: Range<usize>, gone: &[bool], cuts: &mut Vec<Range<usize>>) {
        let mut next = all.start;
        while next < all.end {
            let run = run_at(next, all.end, gone);
            next = run.end.max(next + 1);
            cut(run, all.clone(), |line| self.lines[line].clone(), cuts);
        }
    }
}

/// The items from `start` on that go together; none if that item stays.
fn run_at(start: usize, end: usize, gone: &[bool]) -> Range<usize> {
    start..start + gone[start..end].iter().take_while(|&&gone| gone).count()
}

/// Adds the cut that takes the items of `run` out of `all`.
fn cut(
    run: Range<usize>,
    all: Range<usize>,
    place: impl Fn(usize) -> Range<usize>,
    cuts: &mut Vec<Range<usize>>,
) {
    if run.is_empty() {
        return;
    }
    let range = if run.end < all.end {
        place(run.start).start..place(run.end).start
    } else if run.start > all.start {
        place(run.start - 1).end..place(run.end - 1).end
    } else {
        place(run.start).start..place(run.end - 1).end
    };
    match cuts.last_mut() {
        Some(last) if last.end == range.start => last.end = range.end,
        _ => cuts.push(range),
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum LineEnd {
    Line,
    Paragraph,
}

/// Calls `line` with the range of every line, without what ends it, and how it ends.
fn for_each_line(text: &str, mut line: impl FnMut(Range<usize>, LineEnd)) {
    let bytes = text.as_bytes();
    let mut start = 0;
    while start < bytes.len() {
        let end = memchr2(b'\n', b'\r', &bytes[start..]).map_or(bytes.len(), |ahead| start + ahead);
        let mut from = start;
        // The last bytes of U+0085, U+2028 and U+2029; all three are rare in most languages.
        for at in memchr3_iter(0x85, 0xa8, 0xa9, &bytes[start..end]).map(|ahead| start + ahead) {
            let (length, kind) = match bytes[at] {
                0x85 if bytes[from..=at].ends_with("\u{85}".as_bytes()) => (2, LineEnd::Line),
                0xa8 if bytes[from..=at].ends_with("\u{2028}".as_bytes()) => (3, LineEnd::Line),
                0xa9 if bytes[from..=at].ends_with("\u{2029}".as_bytes()) => (3, LineEnd::Paragraph),
                _ => continue,
            };
            line(from..at + 1 - length, kind);
            from = at + 1;
        }
        line(from..end, LineEnd::Line);
        start = end + if bytes[end..].starts_with(b"\r\n") { 2 } else { 1 };
    }
}

/// Whether a reader sees nothing in this line. Scraped pages keep zero-width spaces in lines that look empty.
fn is_blank(line: &str) -> bool {
    line.chars().all(|c| c.is_whitespace() || matches!(c, '\u{200b}' | '\u{feff}'))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn layout(text: &str, split: ParagraphSplit) -> Layout {
        let mut layout = Layout::default();
        layout.read(text, split);
        layout
    }

    /// Each paragraph with its lines marked by `|`.
    fn shape(text: &str, split: ParagraphSplit) -> Vec<String> {
        let layout = layout(text, split);
        let lines = |p| layout.lines()[layout.lines_of(p)].iter().map(|line| &text[line.clone()]);
        (0..layout.len()).map(|p| lines(p).collect::<Vec<_>>().join("|")).collect()
    }

    #[test]
    fn blank_lines_of_every_kind_end_a_paragraph() {
        let shape = |text| shape(text, ParagraphSplit::BlankLine);
        assert_eq!(shape("a\nb\n\nc"), ["a|b", "c"]);
        assert_eq!(shape("a\r\nb\r\n\r\nc\r\n"), ["a|b", "c"]);
        assert_eq!(shape("a\rb\r\rc"), ["a|b", "c"]);
        assert_eq!(shape("\n\n a\n \t\u{a0}\u{3000}\n\u{200b}\n\nb "), [" a", "b "]);
        assert_eq!(shape("a\u{2028}b\u{2029}c\u{85}d"), ["a|b", "c|d"]);
        // These end in the same bytes as line ends do.
        assert_eq!(
            shape("\u{c5}a\u{e9}b\u{428}c\u{201c}\u{a8}\u{a9}"),
            ["\u{c5}a\u{e9}b\u{428}c\u{201c}\u{a8}\u{a9}"]
        );
        assert_eq!(shape(""), [""; 0]);
        assert_eq!(shape(" \n\t\n"), [""; 0]);
    }

    #[test]
    fn every_line_is_a_paragraph_if_so_asked() {
        assert_eq!(shape("a\nb\n\nc\u{2029}d", ParagraphSplit::Line), ["a", "b", "c", "d"]);
    }

    #[test]
    fn lines_are_paragraphs_where_nothing_else_is_unless_a_width_made_them() {
        let shape = |text| shape(text, ParagraphSplit::Auto);
        assert_eq!(shape("\nHeadline\nBody.\n\n"), ["Headline", "Body."]);
        assert_eq!(shape("Headline\nby A. Writer\n\nBody."), ["Headline|by A. Writer", "Body."]);
        assert_eq!(
            shape("The names of all the captains\nof the fleet"),
            ["The names of all the captains|of the fleet"]
        );
        // A single line end inside a sentence makes no wrapped prose, and sets nothing apart.
        assert_eq!(
            shape("Headline\nBody of it and more\nof it.\nOther.\nLast."),
            ["Headline", "Body of it and more|of it.", "Other.", "Last."]
        );
        assert_eq!(shape("Headline"), ["Headline"]);
        assert_eq!(shape("\n"), [""; 0]);
    }

    fn without(text: &str, paragraphs: &[usize], lines: &[usize]) -> String {
        let layout = layout(text, ParagraphSplit::BlankLine);
        let marked = |length, marks: &[usize]| (0..length).map(|n| marks.contains(&n)).collect::<Vec<_>>();
        let mut left = String::new();
        let mut at = 0;
        for cut in layout.cuts(&marked(layout.len(), paragraphs), &marked(layout.lines().len(), lines)) {
            left.push_str(&text[at..cut.start]);
            at = cut.end;
        }
        left + &text[at..]
    }

    #[test]
    fn a_paragraph_goes_with_one_separator() {
        let text = " a\n\nb\n \n\n  c\r\n\r\nd\n";
        assert_eq!(without(text, &[0], &[]), "b\n \n\n  c\r\n\r\nd\n");
        assert_eq!(without(text, &[1], &[]), " a\n\n  c\r\n\r\nd\n");
        assert_eq!(without(text, &[1, 2], &[]), " a\n\nd\n");
        assert_eq!(without(text, &[3], &[]), " a\n\nb\n \n\n  c\n");
        assert_eq!(without(text, &[2, 3], &[]), " a\n\nb\n");
        assert_eq!(without(text, &[0, 1, 2, 3], &[]), "\n");
    }

    #[test]
    fn a_line_goes_with_one_line_end() {
        let text = "a\nb\r\nc\n\nd\ne\n";
        assert_eq!(without(text, &[], &[0]), "b\r\nc\n\nd\ne\n");
        assert_eq!(without(text, &[], &[1]), "a\nc\n\nd\ne\n");
        assert_eq!(without(text, &[], &[2]), "a\nb\n\nd\ne\n");
        assert_eq!(without(text, &[], &[2, 4]), "a\nb\n\nd\n");
        assert_eq!(without(text, &[1], &[2]), "a\nb\n");
    }

    proptest! {
        #[test]
        fn what_stays_is_the_paragraphs_and_lines_that_were_not_marked(
            text in "[ab \n\r\u{85}\u{e9}\u{2028}\u{2029}]{0,60}", marks in any::<[u64; 2]>(), by_line in any::<bool>(),
        ) {
            let split = if by_line { ParagraphSplit::Line } else { ParagraphSplit::BlankLine };
            let before = layout(&text, split);
            let bit = |marks: u64, n: usize| marks >> (n % 64) & 1 == 1;
            let paragraphs: Vec<bool> = (0..before.len()).map(|p| bit(marks[0], p)).collect();
            // A paragraph that stays keeps its first line at least.
            let firsts: Vec<usize> = (0..before.len()).map(|p| before.lines_of(p).start).collect();
            let lines: Vec<bool> =
                (0..before.lines().len()).map(|n| bit(marks[1], n) && !firsts.contains(&n)).collect();
            let cuts = before.cuts(&paragraphs, &lines);
            prop_assert!(cuts.iter().all(|cut| !cut.is_empty()));
            prop_assert!(cuts.windows(2).all(|pair| pair[0].end < pair[1].start), "{:?}", cuts);
            let mut left = text.clone();
            for cut in cuts.iter().rev() {
                left.replace_range(cut.clone(), "");
            }
            let expected: Vec<Vec<&str>> = (0..before.len())
                .filter(|&p| !paragraphs[p])
                .map(|p| before.lines_of(p).filter(|&n| !lines[n]).map(|n| &text[before.lines()[n].clone()]).collect())
                .collect();
            let after = layout(&left, split);
            let found: Vec<Vec<&str>> = (0..after.len())
                .map(|p| after.lines_of(p).map(|n| &left[after.lines()[n].clone()]).collect())
                .collect();
            prop_assert_eq!(found, expected);
        }
    }
}
