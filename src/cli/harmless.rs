//! Text that steers no terminal: the one way in which ids, texts, fields and names of files are shown.
//!
//! A record may hold anything, also what clears a screen, sets a title, or shows letters in another order. So whatever
//! goes to standard error, and to standard output where that is a terminal, has control characters replaced and controls of
//! direction left out; in JSON both are escaped. Line ends and tabs stay.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::{self, Write};

/// A character as it may be shown: what steers a terminal is replaced, what steers direction is left out.
pub(super) fn harmless_character(character: char) -> Option<char> {
    match character {
        _ if steers_direction(character) => None,
        _ if character.is_control() => Some(char::REPLACEMENT_CHARACTER),
        _ => Some(character),
    }
}

fn steers_direction(character: char) -> bool {
    matches!(
        character,
        '\u{200e}' | '\u{200f}' | '\u{61c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
    )
}

fn is_harmless(character: char) -> bool {
    matches!(character, '\n' | '\t') || harmless_character(character) == Some(character)
}

/// Text as it may be shown.
pub(super) fn harmless(text: &str) -> Cow<'_, str> {
    if text.chars().all(is_harmless) {
        return Cow::Borrowed(text);
    }
    let shown = |c| if is_harmless(c) { Some(c) } else { harmless_character(c) };
    Cow::Owned(text.chars().filter_map(shown).collect())
}

/// JSON as it may be shown: the same value, for such characters stand in strings only.
pub(super) fn harmless_json(json: &str) -> Cow<'_, str> {
    if json.chars().all(is_harmless) {
        return Cow::Borrowed(json);
    }
    let mut shown = String::with_capacity(json.len() + 16);
    for character in json.chars() {
        if is_harmless(character) {
            shown.push(character);
        } else {
            write!(shown, "\\u{:04x}", u32::from(character)).expect("a string takes everything");
        }
    }
    Cow::Owned(shown)
}

/// Passes text on as it may be shown, wherever it is cut into pieces; bytes that are no text are replaced.
pub(super) struct HarmlessWriter<W> {
    inner: W,
    /// The beginning of a character that is not yet whole.
    begun: Vec<u8>,
}

impl<W: Write> HarmlessWriter<W> {
    pub(super) fn new(inner: W) -> Self {
        Self { inner, begun: Vec::new() }
    }
}

impl<W: Write> Write for HarmlessWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.begun.extend_from_slice(bytes);
        let mut rest = &self.begun[..];
        let mut shown = String::new();
        for chunk in rest.utf8_chunks() {
            shown.push_str(&harmless(chunk.valid()));
            // At most three bytes at the end may be the beginning of a character.
            let (invalid, is_last) =
                (chunk.invalid(), chunk.invalid().as_ptr_range().end == rest.as_ptr_range().end);
            if is_last && is_begun(invalid) {
                rest = invalid;
                break;
            }
            if !invalid.is_empty() {
                shown.push(char::REPLACEMENT_CHARACTER);
            }
            if is_last {
                rest = &[];
                break;
            }
        }
        let rest = rest.to_vec();
        self.inner.write_all(shown.as_bytes())?;
        self.begun = rest;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// Whether bytes are the beginning of a character that more bytes could make whole.
fn is_begun(bytes: &[u8]) -> bool {
    !bytes.is_empty() && str::from_utf8(bytes).is_err_and(|error| error.error_len().is_none())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const EVIL: &str = "a\u{1b}[2J\u{7}\u{9b}31m\u{7f}\u{202e}b\r\u{2066}c\n\td";

    #[test]
    fn control_characters_are_replaced_and_those_of_direction_left_out() {
        assert_eq!(harmless(EVIL), "a\u{fffd}[2J\u{fffd}\u{fffd}31m\u{fffd}b\u{fffd}c\n\td");
        assert!(matches!(harmless("né\n"), Cow::Borrowed(_)));
    }

    #[test]
    fn json_is_the_same_value() {
        let value = serde_json::json!({ "id": EVIL, "ü": 1 });
        for json in [value.to_string(), format!("{value:#}")] {
            let shown = harmless_json(&json);
            assert!(shown.chars().all(is_harmless), "{shown}");
            assert_eq!(serde_json::from_str::<serde_json::Value>(&shown).unwrap(), value);
        }
    }

    proptest! {
        #[test]
        fn pieces_are_shown_as_the_whole(
            text in "[a-c\u{1b}\u{9b}é雾👩\u{202e}\n]{0,20}", cuts in proptest::collection::vec(1usize..4, 1..9),
        ) {
            let mut writer = HarmlessWriter::new(Vec::new());
            let mut rest = text.as_bytes();
            for &cut in cuts.iter().cycle() {
                if rest.is_empty() {
                    break;
                }
                let (piece, behind) = rest.split_at(cut.min(rest.len()));
                writer.write_all(piece).unwrap();
                rest = behind;
            }
            prop_assert_eq!(String::from_utf8(writer.inner).unwrap(), harmless(&text));
        }
    }
}
