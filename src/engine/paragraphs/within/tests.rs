//! What goes within one document, and what stays.

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

const WORDS: [&str; 8] =
    ["A", "B:", "Cc", "----", "D d d d d d d d d d.", "E e e e e e e e e e.", "F f f f f f f f f f.", "G"];

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
