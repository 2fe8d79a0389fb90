//! String literals of JSON: decoding, and finding the raw bytes of a decoded range.

use std::io::{self, Write};
use std::ops::Range;

use memchr::memchr;

use super::near;

/// A string literal inside a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct StringLiteral<'a> {
    /// What stands between the quotes, escapes and all.
    pub raw: &'a str,
}

impl<'a> StringLiteral<'a> {
    /// The string it stands for, if it is written without an escape.
    pub(crate) fn plain(self) -> Option<&'a str> {
        memchr(b'\\', self.raw.as_bytes()).is_none().then_some(self.raw)
    }

    /// The string it stands for; uses `scratch` only if there is an escape.
    pub(crate) fn decode(self, scratch: &'a mut String) -> &'a str {
        if let Some(plain) = self.plain() {
            return plain;
        }
        scratch.clear();
        unescape(self.raw, scratch);
        scratch
    }

    /// Writes the string it stands for.
    pub(super) fn write(self, out: &mut dyn Write) -> io::Result<()> {
        LiteralPieces::new(self.raw).try_for_each(|(_, piece)| out.write_all(piece.as_bytes()))
    }

    /// The range of raw bytes that decode to each of the given ranges of the decoded string, which must be
    /// ascending and lie on character boundaries.
    pub(crate) fn raw_ranges(self, decoded: &[Range<usize>]) -> Vec<Range<usize>> {
        let mut pieces = LiteralPieces::new(self.raw);
        let (mut raw, mut length) = (0, 0);
        let mut locate = |target: usize| {
            while length < target {
                let Some((raw_length, piece)) = pieces.next() else { break };
                if length + piece.len() > target && piece.len() == raw_length {
                    // Inside a piece without escapes: the same number of bytes on both sides.
                    let ahead = target - length;
                    pieces.rest = &self.raw[raw + ahead..];
                    raw += ahead;
                    length += ahead;
                } else {
                    raw += raw_length;
                    length += piece.len();
                }
            }
            raw
        };
        decoded.iter().map(|range| locate(range.start)..locate(range.end)).collect()
    }
}

/// Appends what a raw literal stands for. An unpaired surrogate becomes U+FFFD; any other malformed escape
/// cannot occur in a literal that a parser has accepted, and is kept as it stands.
pub(super) fn unescape(raw: &str, out: &mut String) {
    out.reserve(raw.len());
    let mut rest = raw;
    while let Some(plain) = near::find(b'\\', rest.as_bytes()) {
        let (length, character) = escape(&rest[plain..]);
        out.push_str(&rest[..plain]);
        out.push(character);
        rest = &rest[plain + length..];
    }
    out.push_str(rest);
}

/// Splits a raw literal into pieces without escapes and single escapes, each with its raw length.
struct LiteralPieces<'a> {
    rest: &'a str,
}

impl<'a> LiteralPieces<'a> {
    fn new(raw: &'a str) -> Self {
        Self { rest: raw }
    }
}

impl<'a> Iterator for LiteralPieces<'a> {
    type Item = (usize, LiteralPiece<'a>);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let (length, piece) = match near::find(b'\\', self.rest.as_bytes()) {
            Some(0) => {
                let (length, character) = escape(self.rest);
                (length, LiteralPiece::character(character))
            }
            Some(plain) => (plain, LiteralPiece::Plain(&self.rest[..plain])),
            None => (self.rest.len(), LiteralPiece::Plain(self.rest)),
        };
        self.rest = &self.rest[length..];
        Some((length, piece))
    }
}

/// A stretch of a decoded string.
enum LiteralPiece<'a> {
    Plain(&'a str),
    Character([u8; 4], usize),
}

impl LiteralPiece<'_> {
    fn character(character: char) -> Self {
        let mut bytes = [0; 4];
        let length = character.encode_utf8(&mut bytes).len();
        Self::Character(bytes, length)
    }
}

impl std::ops::Deref for LiteralPiece<'_> {
    type Target = str;

    #[inline]
    fn deref(&self) -> &str {
        match self {
            Self::Plain(text) => text,
            Self::Character(bytes, length) => str::from_utf8(&bytes[..*length]).unwrap_or_default(),
        }
    }
}

/// The escape at the start of `rest`: its raw length and its character.
#[inline]
fn escape(rest: &str) -> (usize, char) {
    match rest.as_bytes().get(1) {
        Some(b'n') => (2, '\n'),
        Some(b't') => (2, '\t'),
        Some(b'r') => (2, '\r'),
        Some(b'b') => (2, '\u{8}'),
        Some(b'f') => (2, '\u{c}'),
        Some(&byte @ (b'"' | b'\\' | b'/')) => (2, byte.into()),
        Some(b'u') => unicode_escape(rest),
        _ => (1, '\\'),
    }
}

/// The escape `\uXXXX` at the start of `rest`, or two that are halves of one character.
fn unicode_escape(rest: &str) -> (usize, char) {
    let unit = |from: usize| {
        let digits = rest.get(from..from + 4)?;
        u32::from_str_radix(digits, 16).ok()
    };
    match unit(2) {
        Some(high @ 0xd800..0xdc00) => match rest.get(6..8).filter(|&mark| mark == "\\u").and(unit(8)) {
            Some(low @ 0xdc00..0xe000) => {
                let code = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
                (12, char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER))
            }
            _ => (6, char::REPLACEMENT_CHARACTER),
        },
        Some(code) => (6, char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER)),
        None => (1, '\\'),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn decoded(raw: &str) -> String {
        let mut out = String::new();
        unescape(raw, &mut out);
        out
    }

    #[test]
    fn an_unpaired_surrogate_becomes_the_replacement_character() {
        assert_eq!(decoded(r"a\ud83dz"), "a\u{fffd}z");
        assert_eq!(decoded(r"\udc00\ud83d\u0041"), "\u{fffd}\u{fffd}A");
        assert_eq!(decoded(r"\ud83d\ude00"), "\u{1f600}");
    }

    proptest! {
        #[test]
        fn decoding_equals_that_of_serde_json(text in any::<String>(), ascii in any::<bool>()) {
            let mut literal = serde_json::to_string(&text).unwrap();
            if ascii {
                let escape = |c: char| match c {
                    ' '..='~' => c.to_string(),
                    _ => c.encode_utf16(&mut [0; 2]).iter().fold(String::new(), |all, u| all + &format!("\\u{u:04X}")),
                };
                literal = literal.chars().map(escape).collect();
            }
            prop_assert_eq!(decoded(&literal[1..literal.len() - 1]), text);
        }

        #[test]
        fn raw_ranges_decode_to_the_ranges_asked_for(text in "[a-c\n\"é\u{1f600}]{0,40}", cuts in any::<[u8; 4]>()) {
            let literal = serde_json::to_string(&text).unwrap();
            let raw = &literal[1..literal.len() - 1];
            let mut at: Vec<usize> = cuts.iter().map(|&cut| {
                (0..=usize::from(cut) % (text.len() + 1)).rev().find(|&i| text.is_char_boundary(i)).unwrap()
            }).collect();
            at.sort_unstable();
            let ranges = [at[0]..at[1], at[2]..at[3]];
            for (range, raw_range) in ranges.iter().zip(StringLiteral { raw }.raw_ranges(&ranges)) {
                prop_assert_eq!(decoded(&raw[raw_range]), &text[range.clone()]);
            }
        }
    }
}
