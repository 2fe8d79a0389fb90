//! Web archives (WARC and WET, ISO 28500). Kept records keep their bytes; those of a file compressed record by record
//! keep their compressed bytes.
//!
//! Documents are conversion records, and responses and resources that hold HTML or plain text. All other records
//! (requests, metadata, images) are copied as they stand, and are not counted.

mod html;
mod http;
mod record;

use std::borrow::Cow;
use std::io::{Read, Write};
use std::ops::Range;

use self::record::{Content, Record, records};
use super::super::compression::Compression;
use super::super::json::Fault;
use super::super::records::RejectReason;
use super::super::unpack::{self, MaxRatio};
use super::view::{Cell, ViewWriter};
use super::{Decide, Decision, FieldName, Original, Output, Rules, Wanted, without};
use crate::error::{Error, Result};

/// Bytes of a first gzip member looked at to tell whether it holds one record.
const PROBE_BYTES: u64 = 1 << 20;

/// Bytes unpacked at a time.
const BUFFER_BYTES: usize = 1 << 16;

/// The fields every document has.
pub(super) fn field_names() -> Vec<FieldName> {
    ["text", "id", "source", "date", "url"].map(|name| (name.to_owned(), Some(0))).to_vec()
}

/// Whether a gzip file is compressed record by record, judged by its first member.
pub(in super::super) fn is_packed_by_record(bytes: &[u8]) -> bool {
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
struct Member<'a> {
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
    rules: &Rules,
    visit: &mut dyn FnMut(Member<'_>) -> Result<()>,
) -> Result<()> {
    let whole: &[u8] = original.bytes;
    if original.packed == Compression::None {
        return visit(Member { place: 0..whole.len() as u64, bytes: whole, is_cut: false });
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
        visit(Member { place, bytes: &bytes, is_cut: unpacked > bytes.len() as u64 })?;
        at = end;
    }
    Ok(())
}

impl Member<'_> {
    /// The place of one of its records in the original: its own, or that of the member, by which tools find it.
    fn place_of(&self, range: &Range<usize>, original: &Original<'_>) -> Range<u64> {
        match original.packed {
            Compression::None => range.start as u64..range.end as u64,
            _ => self.place.clone(),
        }
    }
}

pub(super) fn view(
    original: &Original<'_>,
    wanted: Wanted<'_>,
    rules: &Rules,
    view: &mut ViewWriter<'_>,
) -> Result<()> {
    each_member(original, rules, &mut |member| {
        for found in records(member.bytes) {
            let record = match found {
                Ok(record) if record.content() == Content::Other => continue,
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
    wanted: Wanted<'_>,
    record: &Record<'_>,
    text: &str,
) -> Result<()> {
    let fields = wanted.fields;
    let cells = wanted.paths().into_iter().filter_map(|path| {
        let value = if *path == fields.text {
            text
        } else if Some(path) == fields.id.as_ref() {
            record.header("WARC-Record-ID")?
        } else if Some(path) == fields.source.as_ref() {
            host(record.header("WARC-Target-URI")?)?
        } else if Some(path) == fields.date.as_ref() {
            record.header("WARC-Date")?
        } else if path.as_str() == "url" {
            record.header("WARC-Target-URI")?
        } else {
            record.header(path.as_str())?
        };
        Some((path.as_str(), Cell::Text(value)))
    });
    view.record(place, cells)
}

/// The text of a document.
fn text<'a>(record: &Record<'_>, bytes: &'a [u8], limit: u64) -> Result<Cow<'a, str>, RejectReason> {
    let block = &bytes[record.block.clone()];
    match record.content() {
        Content::Text => str::from_utf8(block).map(Cow::Borrowed).map_err(|_| RejectReason::InvalidUtf8),
        Content::Page => {
            let mime = record.header("Content-Type").unwrap_or_default();
            Ok(Cow::Owned(http::page_text(mime, block)))
        }
        Content::Response => {
            let body = http::body(block, limit)?;
            Ok(Cow::Owned(http::page_text(&body.mime, &body.bytes)))
        }
        Content::Other => Ok(Cow::Borrowed("")),
    }
}

/// The host of an address: what stands between `//` and the next `/`, without user and port.
fn host(address: &str) -> Option<&str> {
    let (_, rest) = address.trim_matches(['<', '>']).split_once("//")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = authority.rsplit('@').next()?;
    let host = if host.starts_with('[') { host } else { host.split(':').next()? };
    (!host.is_empty()).then_some(host)
}

pub(super) fn rewrite(
    original: &Original<'_>,
    rules: &Rules,
    compression: Compression,
    decide: &mut Decide<'_>,
    output: &mut Output<'_>,
) -> Result<u64> {
    let (mut kept, mut number) = (0, 0);
    each_member(original, rules, &mut |member| {
        let mut written: Vec<Cow<'_, [u8]>> = Vec::new();
        let mut is_whole = true;
        for found in records(member.bytes) {
            let record = match found {
                Ok(record) if record.content() == Content::Other => {
                    written.push(Cow::Borrowed(&member.bytes[record.range]));
                    continue;
                }
                Ok(record) => Some(record),
                Err(_) => None,
            };
            number += 1;
            let decision = decide(number);
            let (Some(record), false) = (record, decision == Decision::Drop) else {
                is_whole = false;
                continue;
            };
            kept += 1;
            let bytes = &member.bytes[record.range.clone()];
            written.push(match decision {
                Decision::Cut(cuts) => {
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
            match compression {
                Compression::None => output.write(&bytes)?,
                _ => output.write(&packed(&bytes, compression, output)?)?,
            }
        }
        Ok(())
    })?;
    Ok(kept)
}

/// A record compressed by itself, as the standard asks for.
fn packed(record: &[u8], compression: Compression, output: &Output<'_>) -> Result<Vec<u8>> {
    let failed = |error| Error::io(output.path, "compress a record for it")(error);
    let mut compressor = compression.compress(Vec::new()).map_err(failed)?;
    compressor.write_all(record).map_err(failed)?;
    compressor.finish().map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_of_an_address_is_its_source() {
        for (address, expected) in [
            ("https://news.example.org/a?b", Some("news.example.org")),
            ("<http://user@example.org:8080>", Some("example.org")),
            ("http://[::1]:80/", Some("[::1]:80")),
            ("dns:example.org", None),
            ("http:///x", None),
        ] {
            assert_eq!(host(address), expected, "{address}");
        }
    }
}
