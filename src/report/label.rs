//! Texts cut short for a line of a table.

/// The beginning of a text on one line: runs of white space and control characters become one space, and after
/// `limit` characters an ellipsis says that there is more. O(limit), however long the text is.
///
/// ```
/// assert_eq!(twicetold::report::label("Gale  turns\ninland", 9), "Gale turn…");
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_is_one_line_of_limited_length() {
        assert_eq!(label(" a\u{0}b \t c ", 10), "a b c");
        assert_eq!(label("\u{5d0}\u{5d1}\u{5d2}", 2), "\u{5d0}\u{5d1}…");
        assert_eq!(label("", 5), "");
        assert_eq!(label("abc", 3), "abc");
        assert_eq!(label("ab  ", 2), "ab");
    }
}
