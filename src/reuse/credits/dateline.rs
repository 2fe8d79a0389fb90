//! Datelines: the place, date and agency before the first sentence of a story.

/// A dateline is at most so many bytes long.
const LONGEST: usize = 120;

/// The most words of a place and a date.
const MOST_WORDS: usize = 8;

/// The fewest letters of a place with neither date nor agency: "NATO - The alliance" is the beginning of a story.
const LEAST_PLACE: usize = 5;

/// What ends a dateline, longest first. A single hyphen needs white space on both sides, or it joins two words.
const DASHES: [&str; 7] = [" -- ", " - ", " – ", " — ", "— ", "– ", "-- "];

/// The length in bytes of the dateline that `paragraph` begins with, its dash and white space included.
///
/// A dateline begins with a place and ends with a dash. Between them stand only more capitalised words (another place,
/// a month), numbers, and an agency in parentheses: no word in small letters outside the parentheses, so no part of a
/// sentence. Since "REMARKS - " and "Ann Lee (R-OH) - " have that form too, it also takes
///
/// * an agency that is known, or
/// * a place in capitals, and an agency of one word, a number (of a date), or a dash that is no hyphen. Without agency
///   and number, the place must be longer than most abbreviations, and what follows begin as a sentence does.
pub(super) fn dateline(paragraph: &str, is_agency: impl Fn(&str) -> bool) -> Option<usize> {
    let limit = paragraph.char_indices().map(|(at, _)| at).take_while(|&at| at <= LONGEST).last()?;
    let head = &paragraph[..limit];
    let (end, dash) = DASHES.iter().filter_map(|&dash| Some((head.find(dash)?, dash))).min()?;
    let before = &head[..end];
    let (outside, agency) = match before.split_once('(') {
        Some((place, rest)) => (place, Some(rest.trim_end().strip_suffix(')')?)),
        None => (before, None),
    };
    let words: Vec<&str> = outside
        .split(|c: char| c.is_whitespace() || matches!(c, ',' | '/'))
        .filter(|word| word.chars().any(char::is_alphanumeric))
        .collect();
    let first = words.first()?;
    let capitalised = |word: &&str| {
        let first = word.chars().find(|c| c.is_alphanumeric());
        first.is_some_and(|c| c.is_uppercase() || c.is_numeric())
    };
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
    (words.len() <= MOST_WORDS && words.iter().all(capitalised) && vouched).then_some(end + dash.len())
}
