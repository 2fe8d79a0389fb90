//! Web archives (WARC and WET, ISO 28500). Kept records keep their bytes; those of a file compressed record by record
//! keep their compressed bytes.
//!
//! Documents are conversion records, and responses and resources that hold HTML or plain text. All other records
//! (requests, metadata, images) are copied as they stand, and are not counted.
#![allow(
    clippy::cast_possible_truncation,
    reason = "a record is at most 4 GiB, which is checked where it is framed; a mapped file fits the address space"
)]

mod head;
mod html;
mod http;
mod record;

use std::borrow::Cow;
use std::io::{Read, Write};
use std::ops::Range;

use self::record::{DocumentForm, WarcRecord, records};
use super::original::Original;
use super::rewriting::{Decide, RecordFate, RewriteTarget, without};
use super::row::FormatFunctions;
use super::rules::{FieldName, ReadingRules, WantedFields};
use super::view::{ViewCell, ViewWriter};
use crate::corpus::address;
use crate::corpus::compression::Compression;
use crate::corpus::json::Fault;
use crate::corpus::records::RejectReason;
use crate::corpus::unpack::{self, MaxRatio};
use crate::error::{Error, Result};

pub(super) const FUNCTIONS: FormatFunctions = FormatFunctions {
    field_names: |_, _| Ok(Some(field_names())),
    // Any name may be that of a named field.
    has_field: |_, _, _| Ok(true),
    view,
    rewrite: |original, _, rules, decide, target| rewrite(original, rules, decide, target),
    annotation_fields: |_| None,
    is_packed_by_record: Some(|compression, bytes| {
        compression == Compression::Gzip && is_packed_by_record(bytes)
    }),
};

/// Bytes of a first gzip member looked at to tell whether it holds one record.
const PROBE_BYTES: u64 = 1 << 20;

/// Bytes unpacked at a time.
const BUFFER_BYTES: usize = 1 << 16;

/// The fields every document has.
fn field_names() -> Vec<FieldName> {
    ["text", "id", "source", "date", "url"].map(|name| (name.to_owned(), Some(0))).to_vec()
}

/// Whether a gzip file is compressed record by record, judged by its first member.
fn is_packed_by_record(bytes: &[u8]) -> bool {
    let mut head = Vec::new();
    let mut member = flate2::bufread::GzDecoder::new(bytes).take(PROBE_BYTES);
    if member.read_to_end(&mut head).is_err() {
        return false;
    }
    // One that is longer than the probe begins with a record of that length, or is the whole file.
    let mut found = records(&head);
    match found.next() {
        Some(Ok(_)) => found.next().is_none(),
        _ => head.len() as u64 == PROBE_BYTES && member.into_inner().into_inner().len() < bytes.len() / 2,
    }
}

/// Some records that are compressed as one; all of them in a file that is not compressed record by record.
struct WarcMember<'a> {
    /// Its place in the original.
    place: Range<u64>,
    /// Decompressed.
    bytes: &'a [u8],
    /// Whether there is more of it than was unpacked.
    is_cut: bool,
}

/// Hands over the members of a file in order.
fn each_member(
    original: &Original<'_>,
    rules: &ReadingRules,
    visit: &mut dyn FnMut(WarcMember<'_>) -> Result<()>,
) -> Result<()> {
    let whole: &[u8] = original.bytes;
    if original.packed == Compression::None {
        return visit(WarcMember { place: 0..whole.len() as u64, bytes: whole, is_cut: false });
    }
    let mut at = 0;
    let (mut bytes, mut buffer) = (Vec::new(), vec![0; BUFFER_BYTES]);
    while at < whole.len() {
        let mut decoder = flate2::bufread::GzDecoder::new(&whole[at..]);
        bytes.clear();
        let mut unpacked = 0;
        loop {
            let count =
                decoder.read(&mut buffer).map_err(unpack::failure(Compression::Gzip, original.path))?;
            if count == 0 {
                break;
            }
            unpacked += count as u64;
            let packed = (whole.len() - at - decoder.get_ref().len()) as u64;
            MaxRatio(rules.max_ratio).check(packed, unpacked, original.path)?;
            if bytes.len() as u64 <= rules.max_record_bytes {
                bytes.extend_from_slice(&buffer[..count]);
            }
        }
        let end = whole.len() - decoder.into_inner().len();
        let place = at as u64..end as u64;
        visit(WarcMember { place, bytes: &bytes, is_cut: unpacked > bytes.len() as u64 })?;
        at = end;
    }
    Ok(())
}

impl WarcMember<'_> {
    /// The place of one of its records in the original: its own, or that of the member, by which tools find it.
    fn place_of(&self, range: &Range<usize>, original: &Original<'_>) -> Range<u64> {
        match original.packed {
            Compression::None => range.start as u64..range.end as u64,
            _ => self.place.clone(),
        }
    }
}

fn view(
    original: &Original<'_>,
    wanted: WantedFields<'_>,
    rules: &ReadingRules,
    view: &mut ViewWriter<'_>,
) -> Result<()> {
    each_member(original, rules, &mut |member| {
        for found in records(member.bytes) {
            let record = match found {
                Ok(record) if record.content() == DocumentForm::Other => continue,
                Ok(record) => record,
                Err(broken) => {
                    let place = member.place_of(&broken.range, original);
                    let reason = if member.is_cut {
                        RejectReason::TooLong { limit: rules.max_record_bytes }
                    } else {
                        RejectReason::InvalidWarc { message: broken.message.to_owned() }
                    };
                    view.reject(place, Fault { at: 0, reason })?;
                    continue;
                }
            };
            let place = member.place_of(&record.range, original);
            match text(&record, member.bytes, rules.max_record_bytes) {
                Ok(text) => add_record(view, place, wanted, &record, &text)?,
                Err(reason) => view.reject(place, Fault { at: 0, reason })?,
            }
        }
        Ok(())
    })
}

fn add_record(
    view: &mut ViewWriter<'_>,
    place: Range<u64>,
    wanted: WantedFields<'_>,
    record: &WarcRecord<'_>,
    text: &str,
) -> Result<()> {
    let fields = wanted.fields;
    let host = record.header("WARC-Target-URI").and_then(address::host);
    let cells = wanted.paths().into_iter().filter_map(|path| {
        let value = if *path == fields.text {
            text
        } else if Some(path) == fields.id.as_ref() {
            record.header("WARC-Record-ID")?
        } else if Some(path) == fields.source.as_ref() {
            host.as_deref()?
        } else if Some(path) == fields.date.as_ref() {
            record.header("WARC-Date")?
        } else if path.as_str() == "url" {
            record.header("WARC-Target-URI")?
        } else {
            record.header(path.as_str())?
        };
        Some((path.as_str(), ViewCell::Text(value)))
    });
    view.record(place, cells)
}

/// The text of a document.
fn text<'a>(record: &WarcRecord<'_>, bytes: &'a [u8], limit: u64) -> Result<Cow<'a, str>, RejectReason> {
    let block = &bytes[record.block.clone()];
    match record.content() {
        DocumentForm::Text => str::from_utf8(block).map(Cow::Borrowed).map_err(|_| RejectReason::InvalidUtf8),
        DocumentForm::Page => {
            let mime = record.header("Content-Type").unwrap_or_default();
            Ok(Cow::Owned(http::page_text(mime, block)))
        }
        DocumentForm::Response => {
            let body = http::body(block, limit)?;
            Ok(Cow::Owned(http::page_text(&body.mime, &body.bytes)))
        }
        DocumentForm::Other => Ok(Cow::Borrowed("")),
    }
}

fn rewrite(
    original: &Original<'_>,
    rules: &ReadingRules,
    decide: &mut Decide<'_>,
    output: &mut RewriteTarget<'_>,
) -> Result<u64> {
    let (mut kept, mut number) = (0, 0);
    each_member(original, rules, &mut |member| {
        let mut written: Vec<Cow<'_, [u8]>> = Vec::new();
        let mut is_whole = true;
        for found in records(member.bytes) {
            let record = match found {
                Ok(record) if record.content() == DocumentForm::Other => {
                    written.push(Cow::Borrowed(&member.bytes[record.range]));
                    continue;
                }
                Ok(record) => Some(record),
                Err(_) => None,
            };
            number += 1;
            let decision = decide(number);
            let (Some(record), false) = (record, decision == RecordFate::Drop) else {
                is_whole = false;
                continue;
            };
            kept += 1;
            let bytes = &member.bytes[record.range.clone()];
            written.push(match decision {
                RecordFate::Cut(cuts) => {
                    is_whole = false;
                    // It was read before, so it can be read again.
                    let text = text(&record, member.bytes, rules.max_record_bytes).unwrap_or_default();
                    Cow::Owned(record.with_text(&without(text.as_bytes(), cuts)))
                }
                _ => Cow::Borrowed(bytes),
            });
        }
        if original.packed != Compression::None && is_whole {
            let place = member.place.start as usize..member.place.end as usize;
            return output.write(&original.bytes[place]);
        }
        for bytes in written {
            match original.compression {
                Compression::None => output.write(&bytes)?,
                compression => output.write(&packed(&bytes, compression, output)?)?,
            }
        }
        Ok(())
    })?;
    Ok(kept)
}

/// A record compressed by itself, as the standard asks for.
fn packed(record: &[u8], compression: Compression, output: &RewriteTarget<'_>) -> Result<Vec<u8>> {
    let failed = |error| Error::io(output.path, "compress a record for it")(error);
    let mut compressor = compression.compress(Vec::new()).map_err(failed)?;
    compressor.write_all(record).map_err(failed)?;
    compressor.finish().map_err(failed)
}
