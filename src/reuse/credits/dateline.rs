//! Datelines: the place, date and agency before the first sentence of a story.

use super::calendar::is_month;

/// A dateline is at most so many characters long.
const LONGEST: usize = 120;

/// The most words of a place and a date.
const MOST_WORDS: usize = 8;

/// The fewest letters of a place with neither date nor agency: "NATO - The alliance" is the beginning of a story.
const LEAST_PLACE: usize = 5;

/// What ends a dateline, longest first. A single hyphen needs white space on both sides, or it joins two words.
const DASHES: [&str; 7] = [" -- ", " - ", " – ", " — ", "— ", "– ", "-- "];

/// What stands around an agency that a dateline names.
const BRACKETS: [(char, char); 3] = [('(', ')'), ('（', '）'), ('/', '/')];

/// The most words of the name of an agency.
const AGENCY_WORDS: usize = 4;

/// Words in small letters that a date holds beside its month.
const DATE_PARTICLES: [&str; 4] = ["de", "do", "del", "of"];

/// Arabic words that begin or make sentences, and so are no place. A script without capitals has no better sign of it.
const NO_PLACES: &[&str] = &[
    "قال",
    "قالت",
    "وقال",
    "وقالت",
    "ذكر",
    "ذكرت",
    "وذكرت",
    "أفاد",
    "أفادت",
    "وأفادت",
    "نقل",
    "نقلت",
    "ونقلت",
    "أعلن",
    "أعلنت",
    "أكد",
    "أكدت",
    "كتب",
    "نشرت",
    "وكالة",
    "الوكالة",
    "لوكالة",
    "لرويترز",
    "مراسل",
    "بحسب",
    "حسب",
    "وفق",
    "وفقا",
    "عن",
    "في",
    "من",
    "على",
    "إلى",
    "الى",
    "أن",
    "ان",
    "مع",
    "هذا",
    "هذه",
    "تقرير",
    "خبر",
];

/// A dateline at the beginning of a paragraph.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Dateline<'a> {
    /// Its bytes, with its dash and white space.
    pub length: usize,
    /// The agency as it is written.
    pub agency: Option<&'a str>,
}

/// The dateline that `paragraph` begins with.
///
/// A dateline begins with a place and ends with a dash. Between them stand only more capitalised words (another place,
/// a month), numbers, and an agency in parentheses: no word in small letters outside the parentheses, so no part of a
/// sentence. Since "REMARKS - " and "Ann Lee (R-OH) - " have that form too, it also takes
///
/// * an agency that is known, or
/// * a place in capitals, and an agency of one word, a number (of a date), or a dash that is no hyphen. Without agency
///   and number, the place must be longer than most abbreviations, and what follows begin as a sentence does.
///
/// Where an agency is known, it may stand behind the dash, in strokes, or before a dash without parentheses, names of
/// months may be in small letters, and scripts without capitals have datelines, too.
pub(super) fn dateline(paragraph: &str, is_agency: impl Fn(&str) -> bool) -> Option<Dateline<'_>> {
    let limit = paragraph.char_indices().map(|(at, _)| at).take_while(|&at| at <= LONGEST).last()?;
    let head = match paragraph.char_indices().nth(LONGEST) {
        Some(_) => &paragraph[..limit],
        None => paragraph,
    };
    by_form(paragraph, &paragraph[..limit], &is_agency)
        .or_else(|| in_brackets(head, &is_agency))
        .or_else(|| beside_dash(head, &is_agency))
}

fn by_form<'a>(paragraph: &'a str, head: &'a str, is_agency: &impl Fn(&str) -> bool) -> Option<Dateline<'a>> {
    let (end, dash) = DASHES.iter().filter_map(|&dash| Some((head.find(dash)?, dash))).min()?;
    let before = &head[..end];
    let (outside, agency) = match before.split_once('(') {
        Some((place, rest)) => (place, Some(rest.trim_end().strip_suffix(')')?)),
        None => (before, None),
    };
    let words = words(outside);
    let first = words.first()?;
    let in_capitals = first.chars().filter(|c| c.is_alphabetic()).count() > 1
        && first.chars().all(|c| !c.is_alphabetic() || c.is_uppercase());
    let sentence = paragraph[end + dash.len()..].chars().find(|c| c.is_alphanumeric());
    let stands_alone = !dash.contains('-')
        && words.iter().map(|word| word.chars().count()).sum::<usize>() >= LEAST_PLACE
        && !before.trim_end().ends_with('.')
        && sentence.is_some_and(|c| !c.is_lowercase());
    let vouched = match agency {
        Some(agency) => is_agency(agency) || in_capitals && agency.split_whitespace().count() == 1,
        None => in_capitals && (words.iter().any(|word| word.starts_with(char::is_numeric)) || stands_alone),
    };
    let is_dateline = words.len() <= MOST_WORDS && words.iter().all(|word| is_capitalised(word)) && vouched;
    is_dateline.then_some(Dateline { length: end + dash.len(), agency })
}

/// "القاهرة (رويترز) - ", "Madrid, 5 ene (EFE).- ", "МОСКВА, 5 января. /ТАСС/. ".
fn in_brackets<'a>(head: &'a str, is_agency: &impl Fn(&str) -> bool) -> Option<Dateline<'a>> {
    let (open, (opening, closing)) = head.char_indices().find_map(|(at, c)| {
        BRACKETS.iter().find(|&&(opening, _)| opening == c).map(|&brackets| (at, brackets))
    })?;
    let (place, rest) = (&head[..open], &head[open + opening.len_utf8()..]);
    let (agency, behind) = rest.split_once(closing)?;
    if !is_agency(agency) || !is_place(place) {
        return None;
    }
    let ends_sentence = behind.trim_start().trim_start_matches('.');
    let text = ends_sentence.trim_start().trim_start_matches(['-', '–', '—', '−']);
    // Strokes and a full stop are enough: they stand around no other word.
    let is_ended = text.len() < ends_sentence.trim_start().len() || opening == '/' && behind.starts_with('.');
    is_ended.then(|| Dateline { length: head.len() - text.trim_start().len(), agency: Some(agency) })
}

/// "МОСКВА, 5 янв - РИА Новости. ", "دمشق-سانا", "رام الله 5-1-2024 وفا- ".
fn beside_dash<'a>(head: &'a str, is_agency: &impl Fn(&str) -> bool) -> Option<Dateline<'a>> {
    let dashes = head.char_indices().filter(|&(_, c)| matches!(c, '-' | '–' | '—' | '−'));
    for (at, dash) in dashes {
        let (before, behind) = (head[..at].trim_end(), head[at + dash.len_utf8()..].trim_start());
        // Without white space a dash joins two words, as in "(R-PA)", but not in Arabic.
        let joins = before.len() == at && !before.ends_with(is_caseless_letter);
        if let Some(length) = agency_before_stop(behind, is_agency).filter(|_| !joins)
            && is_place(before)
            && !before.is_empty()
        {
            let agency = &behind[..length];
            let text = behind[length..].trim_start_matches(['.', '-', '–', '—', ' ', '\u{a0}']);
            return Some(Dateline { length: head.len() - text.len(), agency: Some(agency) });
        }
        let of_place = last_words(before).find(|&start| is_agency(before[start..].trim()));
        if let Some(start) = of_place
            && before[..start].contains(|c: char| c.is_numeric())
            && is_place(&before[..start])
        {
            let agency = Some(before[start..].trim());
            return Some(Dateline { length: head.len() - behind.len(), agency });
        }
    }
    None
}

/// The length of the name of an agency that a text begins with and that a full stop, a dash or the end of the line
/// follows.
fn agency_before_stop(text: &str, is_agency: &impl Fn(&str) -> bool) -> Option<usize> {
    let at_end = std::iter::once(text.trim_end().len());
    let stops = text.char_indices().filter(|&(_, c)| matches!(c, '.' | '-' | '–' | '—')).map(|(at, _)| at);
    let mut ends = stops.take(2).chain(at_end);
    ends.find(|&end| {
        let name = text[..end].trim_end();
        name.split_whitespace().count() <= AGENCY_WORDS && is_agency(name)
    })
}

/// Where the last few words of a text begin, from the most words to the last.
fn last_words(text: &str) -> impl Iterator<Item = usize> {
    let starts = text.split_whitespace().rev().take(AGENCY_WORDS);
    let starts: Vec<usize> = starts.map(|word| word.as_ptr().addr() - text.as_ptr().addr()).collect();
    starts.into_iter().rev()
}

/// Whether words are places and a date, as far as that shows: no word in small letters but months, and in a script
/// without capitals few words, none of which makes a sentence.
fn is_place(text: &str) -> bool {
    let words = words(text);
    let is_caseless = |word: &str| word.chars().find(|c| c.is_alphabetic()).is_some_and(is_caseless_letter);
    words.len() <= MOST_WORDS
        && !text.contains(['(', ')'])
        && words.iter().filter(|word| is_caseless(word)).count() <= AGENCY_WORDS
        && words.iter().all(|word| {
            let bare = word.trim_matches(|c: char| !c.is_alphanumeric());
            is_capitalised(word)
                || is_month(bare)
                || DATE_PARTICLES.contains(&bare)
                || is_caseless(word) && !NO_PLACES.contains(&bare)
        })
}

/// A letter of a script that has no capitals, but for those without spaces, where a word is a whole sentence.
fn is_caseless_letter(c: char) -> bool {
    matches!(c, '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{feff}')
}

fn words(text: &str) -> Vec<&str> {
    text.split(|c: char| c.is_whitespace() || matches!(c, ',' | '/' | '،'))
        .filter(|word| word.chars().any(char::is_alphanumeric))
        .collect()
}

fn is_capitalised(word: &str) -> bool {
    let first = word.chars().find(|c| c.is_alphanumeric());
    first.is_some_and(|c| c.is_uppercase() || c.is_numeric())
}
