//! HTTP responses as archives hold them.

use std::io::Read;

use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};
use memchr::memmem;

use super::head::{self, header};
use super::html;
use crate::corpus::records::RejectReason;

/// Bytes of a page in which it may name its encoding.
const PRESCAN_BYTES: usize = 1024;

/// The content of a response.
#[derive(Debug)]
pub(super) struct Body {
    /// The value of Content-Type.
    pub mime: String,
    /// Decoded from its transfer and content encodings.
    pub bytes: Vec<u8>,
}

/// Whether a media type is one of text.
pub(super) fn is_text(mime: &str) -> bool {
    let essence = mime.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    matches!(essence.as_str(), "text/html" | "application/xhtml+xml" | "text/plain")
}

/// Whether this is a response that holds a text.
pub(super) fn is_page(block: &[u8]) -> bool {
    split(block).and_then(|(head, _)| header(&head, "Content-Type").map(is_text)).unwrap_or(false)
}

/// The head of a response, and what follows.
fn split(block: &[u8]) -> Option<(String, &[u8])> {
    if !block.starts_with(b"HTTP/") {
        return None;
    }
    let gap = head::blank_line(block)?;
    // Heads are ASCII; what is not is of no use here.
    Some((String::from_utf8_lossy(&block[..gap.start]).into_owned(), &block[gap.end..]))
}

/// Decodes a response, up to `limit` bytes.
pub(super) fn body(block: &[u8], limit: u64) -> Result<Body, RejectReason> {
    let invalid = |message: &str| RejectReason::InvalidWarc { message: message.to_owned() };
    let (head, body) = split(block).ok_or_else(|| invalid("its response has no head"))?;
    let chunked = header(&head, "Transfer-Encoding")
        .is_some_and(|value| value.to_ascii_lowercase().contains("chunked"));
    // Many crawlers decode the body and leave the header as it was.
    let body = if chunked { unchunked(body).unwrap_or_else(|| body.to_vec()) } else { body.to_vec() };
    let encoding = header(&head, "Content-Encoding").unwrap_or_default().to_ascii_lowercase();
    let bytes = match encoding.as_str() {
        "gzip" | "x-gzip" if body.starts_with(&[0x1f, 0x8b]) => {
            unpacked(flate2::read::MultiGzDecoder::new(&body[..]), limit)?
        }
        "deflate" if body.first().is_some_and(|byte| byte & 0x0f == 8) => {
            unpacked(flate2::read::ZlibDecoder::new(&body[..]), limit)?
        }
        "zstd" if body.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]) => {
            let decoder = zstd::Decoder::new(&body[..]);
            unpacked(decoder.map_err(|_| invalid("its content does not decode"))?, limit)?
        }
        "br" if str::from_utf8(&body).is_err() => {
            return Err(invalid("its content is compressed with Brotli, which is not read"));
        }
        _ => body,
    };
    Ok(Body { mime: header(&head, "Content-Type").unwrap_or_default().to_owned(), bytes })
}

fn unpacked(reader: impl Read, limit: u64) -> Result<Vec<u8>, RejectReason> {
    let mut bytes = Vec::new();
    let result = reader.take(limit.saturating_add(1)).read_to_end(&mut bytes);
    result.map_err(|_| RejectReason::InvalidWarc { message: "its content does not decode".to_owned() })?;
    if bytes.len() as u64 > limit { Err(RejectReason::TooLong { limit }) } else { Ok(bytes) }
}

/// The content of a chunked body; `None` if it is not chunked.
fn unchunked(mut body: &[u8]) -> Option<Vec<u8>> {
    let mut content = Vec::with_capacity(body.len());
    loop {
        let line = memmem::find(body, b"\r\n")?;
        let size = str::from_utf8(&body[..line]).ok()?.split(';').next()?.trim();
        let size = usize::from_str_radix(size, 16).ok()?;
        if size == 0 {
            return Some(content);
        }
        let chunk = body.get(line + 2..)?.get(..size)?;
        content.extend_from_slice(chunk);
        body = body.get(line + 2 + size..)?.strip_prefix(b"\r\n")?;
    }
}

/// The text of a page.
pub(super) fn page_text(mime: &str, bytes: &[u8]) -> String {
    let (text, _, _) = encoding(mime, bytes).decode(bytes);
    if mime.trim_start().to_ascii_lowercase().starts_with("text/plain") {
        text.into_owned()
    } else {
        html::visible_text(&text)
    }
}

/// The encoding that the response names, else the page; else UTF-8 if it is that, else what browsers assume. A byte
/// order mark overrides all of it, in the decoder.
fn encoding(mime: &str, bytes: &[u8]) -> &'static Encoding {
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(PRESCAN_BYTES)]);
    charset(mime)
        .or_else(|| charset(&head))
        .unwrap_or_else(|| if str::from_utf8(bytes).is_ok() { UTF_8 } else { WINDOWS_1252 })
}

fn charset(text: &str) -> Option<&'static Encoding> {
    let lower = text.to_ascii_lowercase();
    let (_, rest) = lower.split_once("charset=")?;
    let label = rest.trim_start_matches(['"', '\'']);
    let end = label.find(|c: char| !(c.is_ascii_alphanumeric() || "-_:.".contains(c))).unwrap_or(label.len());
    Encoding::for_label(&label.as_bytes()[..end])
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn text(head: &str, body: &[u8]) -> String {
        let block = [format!("HTTP/1.1 200 OK\r\n{head}\r\n\r\n").as_bytes(), body].concat();
        let body = body_of(&block).unwrap();
        page_text(&body.mime, &body.bytes)
    }

    fn body_of(block: &[u8]) -> Result<Body, RejectReason> {
        body(block, 1 << 20)
    }

    #[test]
    fn encodings_are_undone_in_turn() {
        let html = "Content-Type: text/html";
        let chunks = b"4;x=y\r\nTold\r\n6\r\n twice\r\n0\r\n\r\n";
        assert_eq!(text(&format!("{html}\r\nTransfer-Encoding: chunked"), chunks), "Told twice");
        // A body that was decoded already.
        assert_eq!(text(&format!("{html}\r\nTransfer-Encoding: chunked"), b"Told"), "Told");
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(b"<p>Told").unwrap();
        let gzip = gzip.finish().unwrap();
        assert_eq!(text(&format!("{html}\r\ncontent-encoding: gzip"), &gzip), "Told");
        assert_eq!(text(&format!("{html}\r\ncontent-encoding: gzip"), b"Told"), "Told");
        let cut = format!("HTTP/1.1 200 OK\r\n{html}\r\nContent-Encoding: gzip\r\n\r\n");
        assert!(body_of(&[cut.as_bytes(), &gzip[..gzip.len() - 5]].concat()).is_err());
    }

    #[test]
    fn a_head_with_unix_line_ends_ends_before_a_body_with_others() {
        let block = b"HTTP/1.1 200 OK\nContent-Type: text/plain\n\nTold\r\n\r\ntwice";
        assert_eq!(body_of(block).unwrap().bytes, b"Told\r\n\r\ntwice");
    }

    #[test]
    fn the_charset_is_found_where_it_is_named() {
        assert_eq!(text("Content-Type: text/html; charset=\"ISO-8859-2\"", b"\xe8"), "č");
        assert_eq!(text("Content-Type: text/html", b"<meta charset='koi8-r'>\xc1"), "а");
        assert_eq!(text("Content-Type: text/html", b"caf\xe9"), "café");
        assert_eq!(text("Content-Type: text/html", "café".as_bytes()), "café");
        assert_eq!(text("Content-Type: text/plain", b"<p> &amp;"), "<p> &amp;");
    }
}
