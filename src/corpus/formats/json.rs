//! JSON files that are not lines: one array of objects, or objects one after the other.
#![allow(
    clippy::cast_possible_truncation,
    reason = "a record is at most 4 GiB, which is checked where it is framed; a mapped file fits the address space"
)]

use std::ops::Range;

use memchr::memchr2;

use super::annotation::FIELD;
use super::original::Original;
use super::rewriting::{Decide, RecordFate, RewriteTarget};
use super::row::FormatFunctions;
use super::rules::{FieldName, RECORDS_FOR_GUESSING, WantedFields};
use super::view::{ViewCell, ViewWriter};
use crate::corpus::fields::{FieldPath, Fields};
use crate::corpus::json::{self, Value};
use crate::corpus::jsonl;
use crate::error::Result;

pub(super) const FUNCTIONS: FormatFunctions = FormatFunctions {
    field_names: |original, _| Ok(field_names(original.bytes)),
    has_field: |original, path, _| Ok(has_field(original.bytes, path)),
    view: |original, wanted, _, writer| view(original.bytes, wanted, writer),
    rewrite: |original, fields, _, decide, target| rewrite(original, fields, decide, target),
    annotation_fields: |_| Some(&[FIELD]),
    is_packed_by_record: None,
};

/// The elements of a file in order, each as its range. They are told apart by brackets and quotes alone, so that one
/// that is not valid does not hide the next.
struct Elements<'a> {
    bytes: &'a [u8],
    at: usize,
    is_array: bool,
}

impl<'a> Elements<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        let mark = if bytes.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
        let mut elements = Self { bytes, at: mark, is_array: false };
        elements.white_space();
        if elements.peek() == Some(b'[') {
            elements.is_array = true;
            elements.at += 1;
        }
        elements
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn white_space(&mut self) {
        while self.peek().is_some_and(|byte| byte.is_ascii_whitespace()) {
            self.at += 1;
        }
    }

    /// Goes to the end of a value: a comma or a closing bracket at its own level, or, after an object outside of an
    /// array, its closing brace.
    fn skip_value(&mut self) {
        let mut depth = 0u32;
        while let Some(byte) = self.peek() {
            match byte {
                b'"' => {
                    self.skip_string();
                    continue;
                }
                b'{' | b'[' => depth += 1,
                b'}' | b']' => {
                    if depth == 0 && self.is_array {
                        return;
                    }
                    depth = depth.saturating_sub(1);
                    if depth == 0 && !self.is_array {
                        self.at += 1;
                        return;
                    }
                }
                b',' if depth == 0 && self.is_array => return,
                _ => {}
            }
            self.at += 1;
        }
    }

    /// Goes behind the string that begins here.
    fn skip_string(&mut self) {
        self.at += 1;
        while let Some(ahead) = memchr2(b'"', b'\\', &self.bytes[self.at.min(self.bytes.len())..]) {
            self.at += ahead + 1;
            if self.bytes[self.at - 1] == b'"' {
                return;
            }
            self.at += 1;
        }
        self.at = self.bytes.len();
    }
}

impl Iterator for Elements<'_> {
    type Item = Range<usize>;

    fn next(&mut self) -> Option<Range<usize>> {
        self.white_space();
        if self.peek() == Some(b',') {
            self.at += 1;
            self.white_space();
        }
        match self.peek() {
            None => return None,
            // What stands behind the array, if anything, is no element; it is copied with its end.
            Some(b']') if self.is_array && self.bytes[self.at + 1..].trim_ascii().is_empty() => return None,
            // A bracket too many is an element that cannot be read.
            Some(b']' | b'}') if self.is_array => {
                let start = self.at;
                self.at += 1;
                self.skip_value();
                return Some(start..self.at);
            }
            Some(_) => {}
        }
        let start = self.at;
        // Of two commas the second is left to stand before the next element, lest that has none where this one is dropped.
        self.skip_value();
        Some(start..start + self.bytes[start..self.at].trim_ascii_end().len())
    }
}

fn field_names(bytes: &[u8]) -> Option<Vec<FieldName>> {
    let mut elements = Elements::new(bytes).take(RECORDS_FOR_GUESSING);
    elements.find_map(|range| json::field_names(str::from_utf8(&bytes[range]).ok()?).ok())
}

fn has_field(bytes: &[u8], path: &FieldPath) -> bool {
    let mut values = Vec::new();
    Elements::new(bytes).take(RECORDS_FOR_GUESSING).any(|range| {
        let Ok(element) = str::from_utf8(&bytes[range]) else { return false };
        json::lookup(element, &[path], &mut values).is_ok() && values[0].is_some()
    })
}

fn view(bytes: &[u8], wanted: WantedFields<'_>, view: &mut ViewWriter<'_>) -> Result<()> {
    let paths = wanted.paths();
    let mut values = Vec::new();
    for range in Elements::new(bytes) {
        let place = range.start as u64..range.end as u64;
        if let Err(fault) = jsonl::parse(&bytes[range], &paths, &mut values) {
            view.reject(place, fault)?;
            continue;
        }
        let compact: Vec<Option<String>> = values.iter().map(|value| compact(*value)).collect();
        let cells = paths.iter().zip(&values).zip(&compact).filter_map(|((path, value), compact)| {
            let cell = match (value, compact) {
                (Some(Value::String(literal)), _) => ViewCell::Escaped(literal.raw),
                (_, Some(json)) => ViewCell::Json(json),
                _ => return None,
            };
            Some((path.as_str(), cell))
        });
        view.record(place, cells)?;
    }
    Ok(())
}

/// A value other than a string, on one line.
fn compact(value: Option<Value<'_>>) -> Option<String> {
    match value? {
        Value::String(_) => None,
        Value::Object(raw) | Value::Other(raw) if raw.contains(['\n', '\r']) => {
            let tree: serde_json::Value = serde_json::from_str(raw).ok()?;
            Some(tree.to_string())
        }
        Value::Object(raw) | Value::Other(raw) => Some(raw.to_owned()),
    }
}

fn rewrite(
    original: &Original<'_>,
    fields: &Fields,
    decide: &mut Decide<'_>,
    output: &mut RewriteTarget<'_>,
) -> Result<u64> {
    let bytes: &[u8] = original.bytes;
    let mut elements = Elements::new(bytes);
    let is_array = elements.is_array;
    let (mut kept, mut record) = (0, 0);
    // What stands before an element belongs to it, except that the first one kept follows the opening bracket as the
    // first one did.
    let mut opening = None;
    let mut end_of_last = elements.at;
    for range in elements.by_ref() {
        record += 1;
        let before = end_of_last..range.start;
        let opening = opening.get_or_insert(0..range.start);
        end_of_last = range.end;
        let decision = decide(record);
        if decision == RecordFate::Drop {
            continue;
        }
        output.write(&bytes[if kept == 0 { opening.clone() } else { before }])?;
        kept += 1;
        let element = &bytes[range];
        match decision {
            RecordFate::Cut(cuts) => output.write_without(element, &raw_cuts(element, &fields.text, cuts))?,
            RecordFate::Annotate(annotation) => {
                let (place, member) = annotation
                    .member_of(element)
                    .ok_or_else(|| original.annotated_already(FIELD, Some(record)))?;
                output.write_all(&[&element[..place], &member, &element[place..]])?;
            }
            _ => output.write(element)?,
        }
    }
    if kept == 0 {
        // Nothing but what stood before the first element; where there was none, all of it. A comma may follow in the tail,
        // and of two one would be taken for an element.
        let before_first = |opening: Range<usize>| {
            let head = bytes[opening].trim_ascii_end();
            head.strip_suffix(b",").unwrap_or(head)
        };
        output.write(opening.map_or(&bytes[..end_of_last], before_first))?;
    }
    let tail = &bytes[end_of_last..];
    output.write(tail)?;
    if is_array && tail.trim_ascii().is_empty() {
        // It was cut short, which is told by the rejection of its last element.
        output.write(b"]\n")?;
    }
    Ok(kept)
}

/// The ranges of an element that hold the given ranges of its text.
fn raw_cuts(element: &[u8], text: &FieldPath, cuts: &[Range<usize>]) -> Vec<Range<usize>> {
    let Ok(literal) = jsonl::parse(element, &[text], &mut Vec::new()) else { return Vec::new() };
    // The literal is a part of the element, so the distance of their first bytes is its place.
    let start = literal.raw.as_ptr().addr() - element.as_ptr().addr();
    let raw = literal.raw_ranges(cuts).into_iter();
    raw.map(|range| start + range.start..start + range.end).collect()
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::path::Path;

    use proptest::prelude::*;

    use super::super::rewriting::RewriteContent;
    use super::*;
    use crate::corpus::bytes::SharedBytes;
    use crate::corpus::format::Format;

    fn elements(text: &str) -> Vec<&str> {
        Elements::new(text.as_bytes()).map(|range| &text[range]).collect()
    }

    fn rewritten(text: &str, keep: &[u32]) -> String {
        let fields =
            Fields { text: FieldPath::new("t").unwrap(), id: None, source: None, date: None, title: None };
        let mut written = Vec::new();
        let mut output =
            RewriteTarget { writer: &mut written, path: Path::new("x"), content: RewriteContent::Kept };
        let mut decide = |n| if keep.contains(&n) { RecordFate::Keep } else { RecordFate::Drop };
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        let bytes = SharedBytes::map(&file, Path::new("x")).unwrap();
        let original = Original::plain(&bytes, Format::Json, Path::new("x"));
        let kept = rewrite(&original, &fields, &mut decide, &mut output).unwrap();
        assert_eq!(kept, keep.len() as u64);
        String::from_utf8(written).unwrap()
    }

    #[test]
    fn elements_are_told_apart_even_where_they_are_not_valid() {
        assert_eq!(
            elements(r#"[ {"a":"],{\""} ,{"b":[1,{}]}, 3 ] "#),
            [r#"{"a":"],{\""}"#, r#"{"b":[1,{}]}"#, "3"]
        );
        assert_eq!(elements("{\n\"a\":1}\n{}{}"), ["{\n\"a\":1}", "{}", "{}"]);
        assert_eq!(elements(r#"[{"a":tru},{"b":1}"#), [r#"{"a":tru}"#, r#"{"b":1}"#]);
        assert_eq!(elements(r#"[{"a":1},{"b":"#), [r#"{"a":1}"#, r#"{"b":"#]);
        assert_eq!(elements("[1]]"), ["1", "]"]);
        assert_eq!(elements("[1,, 2,,]"), ["1", "", "2", ""]);
        assert!(elements("[]").is_empty() && elements("").is_empty() && elements(" [ ").is_empty());
    }

    #[test]
    fn what_is_kept_makes_an_array_again() {
        let text = "[\n  {\"t\":\"a\"},\n  {\"t\":\"b\"},\n  {\"t\":\"c\"}\n]\n";
        assert_eq!(rewritten(text, &[1, 2, 3]), text);
        assert_eq!(rewritten(text, &[2, 3]), "[\n  {\"t\":\"b\"},\n  {\"t\":\"c\"}\n]\n");
        assert_eq!(rewritten(text, &[1]), "[\n  {\"t\":\"a\"}\n]\n");
        assert_eq!(rewritten(text, &[]), "[\n]\n");
        assert_eq!(rewritten("[]", &[]), "[]");
        assert_eq!(rewritten("[]", &[]), "[]");
        assert_eq!(rewritten(" \t", &[]), " \t");
        assert_eq!(rewritten("[,{\"t\":\"a\"},]", &[]), "[,]");
        assert_eq!(rewritten(",{},", &[]), ",");
        assert_eq!(rewritten("[{\"t\":\"a\"},{\"t\":", &[1]), "[{\"t\":\"a\"}]\n");
    }

    #[test]
    fn cuts_are_made_in_the_escaped_text() {
        let element = br#"{"t" : "a\nbc", "u":1}"#;
        let cuts = raw_cuts(element, &FieldPath::new("t").unwrap(), &[1..2, 2..3]);
        let mut written = Vec::new();
        RewriteTarget { writer: &mut written, path: Path::new("x"), content: RewriteContent::Kept }
            .write_without(element, &cuts)
            .unwrap();
        assert_eq!(written, br#"{"t" : "ac", "u":1}"#);
    }

    proptest! {
        #[test]
        fn any_choice_of_elements_is_what_serde_json_makes_of_it(
            values in proptest::collection::vec("[a\"\\\\,{}\\[\\]\u{e9}\n]{0,6}", 0..6),
            keep in any::<[bool; 6]>(),
            pretty in any::<bool>(),
        ) {
            let objects: Vec<_> = values.iter().map(|value| serde_json::json!({ "t": value, "x": [value, {}] })).collect();
            let text = if pretty { serde_json::to_string_pretty(&objects) } else { serde_json::to_string(&objects) };
            let numbers: Vec<u32> = (1..=objects.len() as u32).filter(|&n| keep[n as usize - 1]).collect();
            let written: Vec<serde_json::Value> = serde_json::from_str(&rewritten(&text.unwrap(), &numbers)).unwrap();
            let expected: Vec<_> = numbers.iter().map(|&n| objects[n as usize - 1].clone()).collect();
            prop_assert_eq!(written, expected);
        }

        #[test]
        fn any_bytes_are_gone_through_once(bytes in proptest::collection::vec(prop_oneof![
            Just(b'['), Just(b']'), Just(b'{'), Just(b'}'), Just(b'"'), Just(b','), Just(b'\\'), Just(b' '), Just(b'x')], 0..40)) {
            let mut from = 0;
            for range in Elements::new(&bytes) {
                prop_assert!(range.start >= from && range.end >= range.start);
                from = range.end;
            }
        }
    }
}
