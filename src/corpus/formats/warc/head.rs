//! Heads of records and responses: a first line, and named fields.

use std::ops::Range;

use memchr::{memchr, memmem};

/// The value of a named field.
pub(super) fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines().skip(1).find_map(|line| {
        let (found, value) = line.split_once(':')?;
        found.trim().eq_ignore_ascii_case(name).then_some(value.trim())
    })
}

/// The blank line that ends the head at the start of `bytes`, with the end of the line before it; lines end with or
/// without a carriage return.
///
/// Looks at no byte behind it, so that reading a file of many records costs what the file is long. A line that begins
/// a record is in no head: without that stop, each of many heads that do not end would be searched to the end of the
/// file.
pub(super) fn blank_line(bytes: &[u8]) -> Option<Range<usize>> {
    let mut line_end = find_byte(bytes, 0, b'\n')?;
    loop {
        let next = line_end + 1;
        if bytes[next..].starts_with(b"WARC/") {
            return None;
        }
        let next_end = find_byte(bytes, next, b'\n')?;
        if matches!(&bytes[next..next_end], b"" | b"\r") {
            let start = if bytes[..line_end].ends_with(b"\r") { line_end - 1 } else { line_end };
            return Some(start..next_end + 1);
        }
        line_end = next_end;
    }
}

fn find_byte(bytes: &[u8], from: usize, byte: u8) -> Option<usize> {
    let found = memchr(byte, &bytes[from..]).map(|at| from + at);
    examined(found.map_or(bytes.len(), |at| at + 1) - from);
    found
}

/// The first place of `wanted` from a place on.
pub(super) fn find(bytes: &[u8], from: usize, wanted: &[u8]) -> Option<usize> {
    let found = memmem::find(&bytes[from..], wanted).map(|at| from + at);
    examined(found.map_or(bytes.len(), |at| at + wanted.len()) - from);
    found
}

/// Where a run of line ends that begins at a place ends.
pub(super) fn line_ends(bytes: &[u8], from: usize) -> usize {
    let count = bytes[from..].iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
    examined(count);
    from + count
}

/// Tests count the bytes that searches look at.
#[cfg(test)]
fn examined(bytes: usize) {
    EXAMINED.set(EXAMINED.get() + bytes);
}

#[cfg(not(test))]
fn examined(_: usize) {}

#[cfg(test)]
thread_local! {
    /// Bytes that searches of this thread have looked at.
    pub(super) static EXAMINED: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_head_ends_at_the_first_blank_line(bytes in "[\r\n]?([ab\r]{0,3}\n|WARC/){0,6}[a\r]?") {
            // Slow and obvious: all lines, with what stands before each.
            let mut at = 0;
            let mut expected = None;
            for (number, line) in bytes.split_inclusive('\n').enumerate() {
                if number > 0 && line.starts_with("WARC/") {
                    break;
                }
                if number > 0 && (line == "\n" || line == "\r\n") {
                    let before = bytes[..at].strip_suffix('\n').unwrap();
                    expected = Some(before.strip_suffix('\r').unwrap_or(before).len()..at + line.len());
                    break;
                }
                at += line.len();
            }
            prop_assert_eq!(blank_line(bytes.as_bytes()), expected);
        }
    }
}
