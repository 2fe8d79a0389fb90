//! Texts cut short, to be shown.

/// The beginning of a text on one line: runs of white space and control characters become one space, and after
/// `limit` characters an ellipsis says that there is more. O(limit), however long the text is.
///
/// ```
/// assert_eq!(twicetold::text::label("Gale  turns\ninland", 9), "Gale turn…");
/// ```
pub fn label(text: &str, limit: usize) -> String {
    let mut shown = String::new();
    let mut count = 0;
    let mut gap = false;
    // A bound on what is looked at: a text may begin with a megabyte of spaces.
    for character in text.chars().take(limit.saturating_mul(8)) {
        if character.is_whitespace() || character.is_control() {
            gap = count > 0;
            continue;
        }
        if count + usize::from(gap) >= limit {
            shown.push('…');
            return shown;
        }
        if std::mem::take(&mut gap) {
            shown.push(' ');
            count += 1;
        }
        shown.push(character);
        count += 1;
    }
    shown
}

/// A text without the white space around it, cut to `limit` characters; an ellipsis says so. Unlike a [`label`], it keeps
/// its line breaks.
///
/// ```
/// assert_eq!(twicetold::text::shortened(" Gale\nturns inland ", 9), "Gale\nturn…");
/// ```
pub fn shortened(text: &str, limit: usize) -> String {
    let text = text.trim();
    match text.char_indices().nth(limit) {
        Some((end, _)) => format!("{}…", text[..end].trim_end()),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_cut_between_characters() {
        assert_eq!(shortened(" \u{e9}t\u{e9}\n", 200), "\u{e9}t\u{e9}");
        let exact = "\u{4e00}".repeat(200);
        assert_eq!(shortened(&exact, 200), exact);
        assert_eq!(shortened(&format!("{exact}\u{4e8c}"), 200), format!("{exact}…"));
    }

    #[test]
    fn a_label_is_one_line_of_limited_length() {
        assert_eq!(label(" a\u{0}b \t c ", 10), "a b c");
        assert_eq!(label("\u{5d0}\u{5d1}\u{5d2}", 2), "\u{5d0}\u{5d1}…");
        assert_eq!(label("", 5), "");
        assert_eq!(label("abc", 3), "abc");
        assert_eq!(label("ab  ", 2), "ab");
    }
}
