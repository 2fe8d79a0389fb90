//! JSON Lines: finding the lines, and the text in each.
#![allow(
    clippy::cast_possible_truncation,
    reason = "a record is at most 4 GiB, which is checked where it is framed; a mapped file fits the address space"
)]

use std::ops::Range;

use memchr::{memchr, memchr_iter};

use super::fields::FieldPath;
use super::json::{self, Fault, Value};
use super::literal::StringLiteral;
use super::records::{Frame, RejectReason};

/// Cuts a source into ranges of about `target` bytes, each ending behind a line end or at the end.
pub(super) fn chunks(bytes: &[u8], start: usize, target: usize) -> Vec<Range<usize>> {
    let mut chunks = Vec::new();
    let mut from = start;
    while from < bytes.len() {
        let aim = from.saturating_add(target).min(bytes.len());
        let end = memchr(b'\n', &bytes[aim - 1..]).map_or(bytes.len(), |ahead| aim + ahead);
        chunks.push(from..end);
        from = end;
    }
    chunks
}

/// The lines of a chunk, blank ones left out; `record` counts all lines from 1 at the chunk's start. Also gives
/// the number of lines.
pub(super) fn frames(bytes: &[u8], chunk: Range<usize>, frames: &mut Vec<(Frame, u64)>) -> u32 {
    let mut start = chunk.start;
    let mut line = 0;
    let ends = memchr_iter(b'\n', &bytes[chunk.clone()]).map(|at| chunk.start + at + 1);
    let last = (chunk.end > chunk.start && bytes[chunk.end - 1] != b'\n').then_some(chunk.end);
    for end in ends.chain(last) {
        line += 1;
        if !bytes[start..end].iter().all(u8::is_ascii_whitespace) {
            let length = (end - start) as u64;
            // A frame's length is 32 bits wide; longer lines are rejected, whatever the limit.
            let frame = Frame { offset: start as u64, length: length as u32, record: line };
            frames.push((frame, length));
        }
        start = end;
    }
    line
}

/// The literal of the text field, and the values of other fields.
pub(super) fn parse<'a>(
    line: &'a [u8],
    paths: &[&FieldPath],
    values: &mut Vec<Option<Value<'a>>>,
) -> Result<StringLiteral<'a>, Fault> {
    let line = simdutf8::compat::from_utf8(line)
        .map_err(|error| Fault { at: error.valid_up_to(), reason: RejectReason::InvalidUtf8 })?;
    json::lookup(line, paths, values)?;
    let field = || paths[0].to_string();
    match values[0] {
        Some(Value::String(literal)) => Ok(literal),
        Some(_) => Err(Fault { at: 0, reason: RejectReason::NotAString { field: field() } }),
        None => Err(Fault { at: 0, reason: RejectReason::NoField { field: field() } }),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn chunks_and_frames_cover_every_line_once(
            text in proptest::collection::vec(prop_oneof![Just(b'\n'), Just(b'a'), Just(b' ')], 0..200),
            target in 1usize..50,
        ) {
            let mut found = Vec::new();
            let mut lines = 0;
            let mut expected_start = 0;
            for chunk in chunks(&text, 0, target) {
                prop_assert_eq!(chunk.start, expected_start);
                expected_start = chunk.end;
                let mut here = Vec::new();
                let count = frames(&text, chunk, &mut here);
                found.extend(here.into_iter().map(|(f, _)| (f.range(), f.record + lines)));
                lines += count;
            }
            prop_assert_eq!(expected_start, text.len());
            let mut start = 0;
            let mut expected = Vec::new();
            for (line, number) in text.split_inclusive(|&b| b == b'\n').zip(1u32..) {
                if line.contains(&b'a') {
                    expected.push((start..start + line.len(), number));
                }
                start += line.len();
            }
            prop_assert_eq!(found, expected);
        }
    }
}
