//! Plain text files that hold many documents.

use std::ops::Range;

use super::rewriting::{Decide, RecordFate, RewriteTarget};
use super::row::FormatFunctions;
use super::rules::{ReadingRules, Split, WantedFields};
use super::view::{ViewCell, ViewWriter};
use crate::corpus::fields::FieldPath;
use crate::corpus::json::Fault;
use crate::corpus::records::RejectReason;
use crate::error::Result;

pub(super) const FUNCTIONS: FormatFunctions = FormatFunctions {
    field_names: |_, _| Ok(None),
    // Any name will do for a file of nothing but text.
    has_field: |_, _, _| Ok(true),
    view: |original, wanted, rules, writer| view(original.bytes, wanted, rules, writer),
    rewrite: |original, _, rules, decide, target| rewrite(original.bytes, rules, decide, target),
    annotation_fields: |_| None,
    is_packed_by_record: None,
};

/// A document within a file.
#[derive(Clone, Debug, PartialEq, Eq)]
struct SplitDocument {
    text: Range<usize>,
    /// The text and all that follows, up to the next.
    whole: Range<usize>,
}

/// The documents of a file in order.
fn pieces<'a>(bytes: &'a [u8], split: &'a Split) -> Box<dyn Iterator<Item = SplitDocument> + 'a> {
    match split {
        Split::Line => joined(lines(bytes), bytes),
        Split::BlankLine => joined(blocks(bytes), bytes),
        Split::Pattern(pattern) => {
            let mut from = 0;
            let matches = pattern.find_iter(bytes).map(|found| found.range());
            let texts = matches.chain(std::iter::once(bytes.len()..bytes.len())).map(move |separator| {
                let text = from..separator.start;
                from = separator.end;
                text
            });
            joined(texts, bytes)
        }
    }
}

/// Leaves blank texts out and lets each whole reach to the next text.
fn joined<'a>(
    texts: impl Iterator<Item = Range<usize>> + 'a,
    bytes: &'a [u8],
) -> Box<dyn Iterator<Item = SplitDocument> + 'a> {
    let mut texts = texts.filter(|text| !bytes[text.clone()].trim_ascii().is_empty()).peekable();
    Box::new(std::iter::from_fn(move || {
        let text = texts.next()?;
        let end = texts.peek().map_or(bytes.len(), |next| next.start);
        Some(SplitDocument { whole: text.start..end, text })
    }))
}

/// Lines without their ends.
fn lines(bytes: &[u8]) -> impl Iterator<Item = Range<usize>> {
    let mut from = 0;
    memchr::memchr_iter(b'\n', bytes).chain([bytes.len()]).map(move |end| {
        let is_windows = end > from && bytes[end - 1] == b'\r';
        let line = from..end - usize::from(is_windows);
        from = end + 1;
        line
    })
}

/// Runs of lines that are not blank.
fn blocks(bytes: &[u8]) -> impl Iterator<Item = Range<usize>> {
    let mut lines = lines(bytes);
    std::iter::from_fn(move || {
        let is_blank = |line: &Range<usize>| bytes[line.clone()].trim_ascii().is_empty();
        let first = lines.find(|line| !is_blank(line))?;
        let end = lines.by_ref().take_while(|line| !is_blank(line)).last().map_or(first.end, |last| last.end);
        Some(first.start..end)
    })
}

fn view(
    bytes: &[u8],
    wanted: WantedFields<'_>,
    rules: &ReadingRules,
    view: &mut ViewWriter<'_>,
) -> Result<()> {
    let Some(split) = &rules.split else { return Ok(()) };
    let name = FieldPath::as_str(&wanted.fields.text);
    for SplitDocument { text, .. } in pieces(bytes, split) {
        let place = text.start as u64..text.end as u64;
        match str::from_utf8(&bytes[text]) {
            Ok(text) => view.record(place, [(name, ViewCell::Text(text))])?,
            Err(error) => {
                let fault = Fault { at: error.valid_up_to(), reason: RejectReason::InvalidUtf8 };
                view.reject(place, fault)?;
            }
        }
    }
    Ok(())
}

fn rewrite(
    bytes: &[u8],
    rules: &ReadingRules,
    decide: &mut Decide<'_>,
    output: &mut RewriteTarget<'_>,
) -> Result<u64> {
    let Some(split) = &rules.split else { return Ok(0) };
    let mut kept = 0;
    let mut head_is_written = false;
    for (SplitDocument { text, whole }, record) in pieces(bytes, split).zip(1..) {
        if !head_is_written {
            output.write(&bytes[..whole.start])?;
            head_is_written = true;
        }
        match decide(record) {
            RecordFate::Drop => continue,
            // A text has no fields, and is not annotated: the caller sees to it.
            RecordFate::Keep | RecordFate::Annotate(_) => output.write(&bytes[whole])?,
            RecordFate::Cut(cuts) => {
                output.write_without(&bytes[text.clone()], cuts)?;
                output.write(&bytes[text.end..whole.end])?;
            }
        }
        kept += 1;
    }
    if !head_is_written {
        output.write(bytes)?;
    }
    Ok(kept)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::rewriting::RewriteContent;
    use super::super::rules::Header;
    use super::*;

    fn texts<'a>(bytes: &'a str, split: &str) -> Vec<&'a str> {
        pieces(bytes.as_bytes(), &split.parse().unwrap()).map(|piece| &bytes[piece.text]).collect()
    }

    #[test]
    fn documents_end_where_the_separator_says() {
        assert_eq!(texts("a\r\n\r\n b\nc", "line"), ["a", " b", "c"]);
        assert_eq!(texts("\n\na\nb\n \t\n\nc\n", "blank-line"), ["a\nb", "c"]);
        assert_eq!(texts("===\na\n===\nb\n\n===\n", "^===$"), ["\na\n", "\nb\n\n"]);
        assert!(texts(" \n", "line").is_empty() && texts("", "x").is_empty());
    }

    proptest! {
        #[test]
        fn all_kept_is_the_file_itself_and_wholes_do_not_overlap(text in "[ab \n\r=]{0,40}", split in 0..3usize) {
            let split: Split = ["line", "blank-line", "=+"][split].parse().unwrap();
            let rules = ReadingRules { split: Some(split.clone()), header: Header::Present, max_record_bytes: 100, max_ratio: 9 };
            let mut written = Vec::new();
            let path = std::path::Path::new("x");
            let kept = rewrite(
                text.as_bytes(),
                &rules,
                &mut |_| RecordFate::Keep,
                &mut RewriteTarget { writer: &mut written, path, content: RewriteContent::Kept },
            );
            prop_assert_eq!(kept.unwrap(), pieces(text.as_bytes(), &split).count() as u64);
            prop_assert_eq!(written, text.as_bytes());
        }
    }
}
