//! Lines that a width made, and lines that a writer made.
//!
//! Whether two lines belong to one sentence cannot be known for sure in every script; so there are two signs of wrapping,
//! and either is enough:
//!
//! * lines end inside a sentence, in scripts that have case: a line ends in no mark that ends a sentence, and the next one
//!   goes on in lower case;
//! * lines end where the next word would not have fitted, and mostly not where a sentence ends.

use std::ops::RangeInclusive;

/// Prose is wrapped at so many characters: narrower lines are lists and menus, wider ones paragraphs of their own.
const WIDTHS: RangeInclusive<usize> = 24..=100;

/// Of so many line ends in wrapped prose, one at least is inside a sentence. Of 9,760 pages and releases with a paragraph a
/// line, 2 have so many; of 23,921 scanned pages of codes, four in five have one line end in two.
const RUN_ON_ONE_IN: usize = 5;

/// Marks that end a sentence, or announce what the next line says.
const SENTENCE_ENDS: &[char] = &[
    '.', '!', '?', '…', ':', ';', '。', '！', '？', '：', '；', '｡', '؟', '؛', '۔', '।', '॥', '։', '።', '။',
    '។',
];

/// Marks after which a sentence goes on, whatever the next line begins with.
const COMMAS: &[char] = &[',', '，', '、', '､', '،', '՝'];

/// Colons in the scripts that have one.
const COLONS: &[char] = &[':', '：', '﹕', '︓', '፥', '፦'];

/// Whether a sentence of the line `before` goes on in the line `after`, as far as marks and case say.
pub(crate) fn runs_on(before: &str, after: &str) -> bool {
    let Some(last) = last_mark(before) else { return false };
    if COMMAS.contains(&last) {
        return true;
    }
    !SENTENCE_ENDS.contains(&last)
        && after.chars().find(|c| c.is_alphanumeric()).is_some_and(char::is_lowercase)
}

/// Whether a line announces what follows, as the name of a speaker or the head of a list does.
pub(crate) fn ends_in_colon(line: &str) -> bool {
    last_mark(line).is_some_and(|last| COLONS.contains(&last))
}

/// Whether the lines, of which none is blank, are wrapped prose. O(bytes).
pub(crate) fn is_wrapped<'t>(lines: impl Iterator<Item = &'t str> + Clone) -> bool {
    let (mut ends, mut inside, mut at_sentence) = (0, 0, 0);
    for (before, after) in lines.clone().zip(lines.clone().skip(1)) {
        ends += 1;
        inside += usize::from(runs_on(before, after));
        at_sentence += usize::from(last_mark(before).is_some_and(|last| SENTENCE_ENDS.contains(&last)));
    }
    // A single one may be a name that begins in lower case.
    if inside * RUN_ON_ONE_IN >= ends && inside >= ends.min(2) && inside > 0 {
        return true;
    }
    2 * at_sentence < ends && is_filled(lines, ends)
}

/// Whether most of the inner lines, which are `ends`, reach three quarters of the greatest width, the next line's first
/// word included, as only wrapping makes them.
fn is_filled<'t>(lines: impl Iterator<Item = &'t str> + Clone, ends: usize) -> bool {
    // Bytes are at least as many as characters and at most four times as many.
    if lines.clone().any(|line| line.len() > 4 * WIDTHS.end()) {
        return false;
    }
    let width = lines.clone().map(|line| line.chars().count()).max().unwrap_or(0);
    if !WIDTHS.contains(&width) {
        return false;
    }
    let reaches = |&(before, after): &(&str, &str)| {
        let first_word = after.trim_start().chars().take_while(|c| !c.is_whitespace()).count();
        4 * (before.chars().count() + first_word) >= 3 * width
    };
    let reaching = lines.clone().zip(lines.skip(1)).filter(reaches).count();
    3 * reaching >= 2 * ends
}

/// The last character of a line, but for quotes, brackets, emphasis and white space behind it.
fn last_mark(line: &str) -> Option<char> {
    let closes = |c: char| {
        c.is_whitespace()
            || matches!(
                c,
                '"' | '\''
                    | '”'
                    | '’'
                    | '»'
                    | '›'
                    | ')'
                    | ']'
                    | '}'
                    | '*'
                    | '_'
                    | '」'
                    | '』'
                    | '）'
                    | '】'
                    | '》'
            )
    };
    line.chars().rev().find(|&c| !closes(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrapped(text: &str) -> bool {
        is_wrapped(text.lines())
    }

    #[test]
    fn a_sentence_runs_on_where_neither_a_mark_nor_a_capital_says_otherwise() {
        assert!(runs_on("none of the ships", "of them came"));
        assert!(runs_on("the mayor, (who had asked)", "\"went\" home"));
        assert!(runs_on("to the market,", "Crane Street"));
        assert!(!runs_on("It was late.", "so they went"));
        assert!(!runs_on("He said: “It was late.”", "so they went"));
        assert!(!runs_on("A headline", "The body of it"));
        assert!(!runs_on("REPORTER:", "so they went"));
        assert!(!runs_on("", ""));
    }

    #[test]
    fn a_label_ends_in_a_colon_in_any_script() {
        assert!(
            ["REPORTER:", "**The minister:**", "记者：", "Q (again):  "]
                .iter()
                .all(|line| ends_in_colon(line))
        );
        assert!(!["Yes.", "at 10:30", "", ":x"].iter().any(|line| ends_in_colon(line)));
    }

    #[test]
    fn prose_of_a_width_is_wrapped_and_a_paragraph_a_line_is_not() {
        let prose = "The harbour master wrote the names of all the captains down, and\nmany of them stood in the book until \
                     the spring, when the ice in\nthe roads went out. Nobody had asked for that. It was the custom of\nthe place.";
        assert!(wrapped(prose));
        assert!(wrapped(&prose.to_uppercase()));
        // Fixed width without case: cut anywhere.
        assert!(wrapped(
            "港口的主人把所有船長的名字都寫在一本很厚的書裡他們中的很多人\n一直在書裡等到春天來臨冰雪融化沒有人要求過這\
             件事這是當地的\n習俗沒有別的原因大家都這樣做了很多年直到書寫滿了為止後來的人\n再也找不到它"
        ));
        assert!(!wrapped(
            "Ferry back after repairs\nby A. Writer\nThe ferry is back after repairs that took a year.\nYes."
        ));
        assert!(!wrapped("Home\nNews\nSport\nWeather"));
        assert!(!wrapped("One line."));
        assert!(!wrapped(""));
        // As wide as each other, but each a sentence.
        assert!(!wrapped(
            "The council met on Tuesday evening.\nThe council met on Thursday evening.\nNobody came to the third meeting."
        ));
    }
}
