//! Arrow's own schema of a Parquet file, which its writers keep in the file: one column more.
//!
//! It is a message of Arrow's IPC format, a flatbuffer, in Base64. References in a flatbuffer only ever point forward.
//! So a new beginning, with a list of columns one longer, is put before the old buffer, which stays as it is, and the
//! new column behind it. Sources: `format/Schema.fbs` and `format/Message.fbs` of Apache Arrow, and the description
//! of the binary format of `FlatBuffers`.
#![allow(
    clippy::cast_possible_truncation,
    reason = "a record is at most 4 GiB, which is checked where it is framed; a mapped file fits the address space"
)]

use super::super::annotation::{AnnotationMembers, FIELD};

/// Precedes the length of a message, but for messages of early versions.
const CONTINUATION: [u8; 4] = [0xff; 4];

/// Places of members in the tables `Message` and `Schema`.
const MESSAGE_VERSION: usize = 0;
const MESSAGE_HEADER: usize = 2;
const SCHEMA_ENDIANNESS: usize = 0;
const SCHEMA_FIELDS: usize = 1;
const SCHEMA_METADATA: usize = 2;
const SCHEMA_FEATURES: usize = 3;

/// The schema with the column of annotations; `None` if it is not what it should be.
pub(super) fn with_annotations(encoded: &str, members: AnnotationMembers) -> Option<String> {
    let message = base64::decode(encoded)?;
    let head = if message.starts_with(&CONTINUATION) { 8 } else { 4 };
    let mut longer = message.get(..head - 4)?.to_vec();
    let buffer = extended(message.get(head..)?, members)?;
    longer.extend_from_slice(&u32::try_from(buffer.len()).ok()?.to_le_bytes());
    longer.extend_from_slice(&buffer);
    Some(base64::encode(&longer))
}

fn extended(old: &[u8], members: AnnotationMembers) -> Option<Vec<u8>> {
    let message = target(old, 0)?;
    let schema = target(old, member(old, message, MESSAGE_HEADER)?)?;
    let version = member(old, message, MESSAGE_VERSION).map_or(Some(0), |at| u16_at(old, at))?;
    let endianness = member(old, schema, SCHEMA_ENDIANNESS).map_or(Some(0), |at| u16_at(old, at))?;
    let fields = target(old, member(old, schema, SCHEMA_FIELDS)?)?;
    let count = u32_at(old, fields)? as usize;
    let columns: Vec<usize> =
        (0..count).map(|place| target(old, fields + 4 + 4 * place)).collect::<Option<_>>()?;

    let mut new = Buffer(Vec::new());
    let root = new.reference();
    let tables = new.table(&[2, 1, 4]);
    new.refer(root, tables.start);
    new.set(tables.members[MESSAGE_VERSION], &version.to_le_bytes());
    // The header is a schema.
    new.set(tables.members[1], &[1]);
    let message_header = tables.members[MESSAGE_HEADER];
    let optional = |place| member(old, schema, place).map(|at| target(old, at));
    let (metadata, features) = (optional(SCHEMA_METADATA), optional(SCHEMA_FEATURES));
    let size = |there: bool| if there { 4 } else { 0 };
    let tables = new.table(&[2, 4, size(metadata.is_some()), size(features.is_some())]);
    new.refer(message_header, tables.start);
    new.set(tables.members[SCHEMA_ENDIANNESS], &endianness.to_le_bytes());
    let list = new.list(count + 1);
    new.refer(tables.members[SCHEMA_FIELDS], list.start);
    new.align(8);
    let moved = new.0.len();
    for (&reference, column) in list.members.iter().zip(columns) {
        new.refer(reference, moved + column);
    }
    if let Some(metadata) = metadata {
        new.refer(tables.members[SCHEMA_METADATA], moved + metadata?);
    }
    if let Some(features) = features {
        new.refer(tables.members[SCHEMA_FEATURES], moved + features?);
    }
    new.0.extend_from_slice(old);
    let all = [
        ("cluster", ArrowType::Int64),
        ("kept", ArrowType::Bool),
        ("kept_id", ArrowType::Utf8),
        ("similarity", ArrowType::Double),
        ("relation", ArrowType::Utf8),
        ("copies", ArrowType::Int64),
        ("reference", ArrowType::Bool),
        ("containment", ArrowType::Double),
        ("start", ArrowType::Int64),
        ("end", ArrowType::Int64),
    ];
    let column = new.field(FIELD, ArrowType::Struct, members.of(&all));
    new.refer(*list.members.last()?, column);
    new.align(8);
    Some(new.0)
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(bytes.get(at..at.checked_add(2)?)?.try_into().ok()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?))
}

/// What the reference at a place points to.
fn target(bytes: &[u8], at: usize) -> Option<usize> {
    at.checked_add(u32_at(bytes, at)? as usize).filter(|&target| target < bytes.len())
}

/// Where a member of a table stands, if it is there.
fn member(bytes: &[u8], table: usize, place: usize) -> Option<usize> {
    let back = u32_at(bytes, table)?.cast_signed();
    let layout = usize::try_from(i64::try_from(table).ok()? - i64::from(back)).ok()?;
    let entry = 4 + 2 * place;
    if entry + 2 > usize::from(u16_at(bytes, layout)?) {
        return None;
    }
    let offset = u16_at(bytes, layout + entry)?;
    (offset > 0).then_some(table + usize::from(offset))
}

/// Types of columns, as `Schema.fbs` numbers them.
#[derive(Clone, Copy)]
enum ArrowType {
    Int64 = 2,
    Double = 3,
    Utf8 = 5,
    Bool = 6,
    Struct = 13,
}

/// A flatbuffer being written, front to back.
struct Buffer(Vec<u8>);

/// Where a table or list stands, and where each of its members.
struct PlacedTable {
    start: usize,
    members: Vec<usize>,
}

impl Buffer {
    fn align(&mut self, size: usize) {
        self.0.resize(self.0.len().next_multiple_of(size), 0);
    }

    /// Room for a reference.
    fn reference(&mut self) -> usize {
        self.0.extend_from_slice(&[0; 4]);
        self.0.len() - 4
    }

    /// Points a reference to what stands behind it.
    fn refer(&mut self, reference: usize, target: usize) {
        self.set(reference, &((target - reference) as u32).to_le_bytes());
    }

    fn set(&mut self, at: usize, bytes: &[u8]) {
        self.0[at..at + bytes.len()].copy_from_slice(bytes);
    }

    /// A table with members of these sizes, at most four bytes each, zeros for now; one of size 0 is left out.
    fn table(&mut self, sizes: &[usize]) -> PlacedTable {
        self.align(4);
        let layout = self.0.len();
        let layout_size = 4 + 2 * sizes.len();
        let start = (layout + layout_size).next_multiple_of(4);
        // The largest first, so that each is aligned.
        let mut order: Vec<usize> = (0..sizes.len()).collect();
        order.sort_by_key(|&place| std::cmp::Reverse(sizes[place]));
        let (mut offsets, mut end) = (vec![0; sizes.len()], 4);
        for place in order.into_iter().filter(|&place| sizes[place] > 0) {
            offsets[place] = end;
            end += sizes[place];
        }
        for value in [layout_size, end].iter().chain(&offsets) {
            self.0.extend_from_slice(&(*value as u16).to_le_bytes());
        }
        self.align(4);
        self.0.extend_from_slice(&((start - layout) as u32).to_le_bytes());
        self.0.resize((start + end).next_multiple_of(4), 0);
        PlacedTable { start, members: offsets.into_iter().map(|offset| start + offset).collect() }
    }

    /// A list of references.
    fn list(&mut self, length: usize) -> PlacedTable {
        self.align(4);
        let start = self.0.len();
        self.0.extend_from_slice(&(length as u32).to_le_bytes());
        PlacedTable { start, members: (0..length).map(|_| self.reference()).collect() }
    }

    fn string(&mut self, text: &str) -> usize {
        self.align(4);
        let start = self.0.len();
        self.0.extend_from_slice(&(text.len() as u32).to_le_bytes());
        self.0.extend_from_slice(text.as_bytes());
        self.0.push(0);
        start
    }

    /// A column that may be null.
    fn field(&mut self, name: &str, kind: ArrowType, children: &[(&str, ArrowType)]) -> usize {
        // Name, whether it may be null, kind of type, type, dictionary, children.
        let PlacedTable { start, members } = self.table(&[4, 1, 1, 4, 0, 4]);
        self.set(members[1], &[1]);
        self.set(members[2], &[kind as u8]);
        let name = self.string(name);
        self.refer(members[0], name);
        let kind = self.kind(kind);
        self.refer(members[3], kind);
        let list = self.list(children.len());
        self.refer(members[5], list.start);
        for (&reference, &(name, kind)) in list.members.iter().zip(children) {
            let child = self.field(name, kind, &[]);
            self.refer(reference, child);
        }
        start
    }

    fn kind(&mut self, kind: ArrowType) -> usize {
        match kind {
            ArrowType::Int64 => {
                let PlacedTable { start, members } = self.table(&[4, 1]);
                self.set(members[0], &64u32.to_le_bytes());
                // Signed.
                self.set(members[1], &[1]);
                start
            }
            ArrowType::Double => {
                let PlacedTable { start, members } = self.table(&[2]);
                // Half, single, double.
                self.set(members[0], &2u16.to_le_bytes());
                start
            }
            ArrowType::Utf8 | ArrowType::Bool | ArrowType::Struct => self.table(&[]).start,
        }
    }
}

/// RFC 4648, section 4.
mod base64 {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    pub(super) fn encode(bytes: &[u8]) -> String {
        let mut encoded = String::with_capacity(bytes.len().div_ceil(3) * 4);
        for group in bytes.chunks(3) {
            let bits =
                group.iter().fold(0u32, |bits, &byte| bits << 8 | u32::from(byte)) << (8 * (3 - group.len()));
            for place in 0..4 {
                let digit = ALPHABET[(bits >> (18 - 6 * place) & 63) as usize];
                encoded.push(if place <= group.len() { digit.into() } else { '=' });
            }
        }
        encoded
    }

    pub(super) fn decode(encoded: &str) -> Option<Vec<u8>> {
        let digits = encoded.trim_end_matches('=').as_bytes();
        let mut bytes = Vec::with_capacity(digits.len() * 3 / 4);
        for group in digits.chunks(4) {
            let mut bits = 0;
            for digit in group {
                bits = bits << 6 | ALPHABET.iter().position(|known| known == digit)? as u32;
            }
            bits <<= 6 * (4 - group.len());
            bytes.extend_from_slice(&bits.to_be_bytes()[1..group.len()]);
        }
        Some(bytes)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn base64_is_that_of_the_standard() {
        for (bytes, text) in
            [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")]
        {
            assert_eq!(base64::encode(bytes.as_bytes()), text);
            assert_eq!(base64::decode(text).unwrap(), bytes.as_bytes());
        }
        assert_eq!(base64::decode("a b"), None);
    }

    /// The names of a schema's columns, with those of their children.
    fn names(buffer: &[u8], fields: usize) -> Vec<(String, Vec<String>)> {
        let list = target(buffer, fields).unwrap();
        let places = (0..u32_at(buffer, list).unwrap() as usize)
            .map(|place| target(buffer, list + 4 + 4 * place).unwrap());
        let name = |field| {
            let text = target(buffer, member(buffer, field, 0).unwrap()).unwrap();
            let length = u32_at(buffer, text).unwrap() as usize;
            String::from_utf8(buffer[text + 4..text + 4 + length].to_vec()).unwrap()
        };
        places
            .map(|field| {
                let children = names(buffer, member(buffer, field, 5).unwrap());
                (name(field), children.into_iter().map(|(name, _)| name).collect())
            })
            .collect()
    }

    fn columns(buffer: &[u8]) -> Vec<(String, Vec<String>)> {
        let message = target(buffer, 0).unwrap();
        let schema = target(buffer, member(buffer, message, MESSAGE_HEADER).unwrap()).unwrap();
        names(buffer, member(buffer, schema, SCHEMA_FIELDS).unwrap())
    }

    #[test]
    fn the_column_is_added_once_a_time_and_the_others_stay() {
        // Of a file with the columns `id` and `meta`, the latter a structure of `text`, `tags`.
        let bytes = include_bytes!("../../../../tests/fixtures/pyarrow-none-v1.parquet");
        let key = memchr::memmem::rfind(bytes, b"ARROW:schema").unwrap();
        let start = key + memchr::memmem::find(&bytes[key..], b"/////").unwrap();
        let length = bytes[start..]
            .iter()
            .take_while(|byte| byte.is_ascii_alphanumeric() || b"+/=".contains(byte))
            .count();
        let encoded = str::from_utf8(&bytes[start..start + length]).unwrap();
        let once = with_annotations(encoded, AnnotationMembers::Usual).unwrap();
        let twice = with_annotations(&once, AnnotationMembers::WithReference).unwrap();
        let buffer = |encoded: &str| base64::decode(encoded).unwrap()[8..].to_vec();
        let thrice = with_annotations(&twice, AnnotationMembers::WithItem).unwrap();
        let (before, once, twice, thrice) = (buffer(encoded), buffer(&once), buffer(&twice), buffer(&thrice));
        let mut expected = columns(&before);
        assert_eq!(expected.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["id", "meta"]);
        let members = [
            "cluster",
            "kept",
            "kept_id",
            "similarity",
            "relation",
            "copies",
            "reference",
            "containment",
            "start",
            "end",
        ];
        let members = members.map(str::to_owned);
        for (annotated, members) in [(once, &members[..6]), (twice, &members[..7]), (thrice, &members[..])] {
            expected.push(("twicetold".to_owned(), members.to_vec()));
            assert_eq!(columns(&annotated), expected);
            assert_eq!(annotated.len() % 8, 0);
        }
    }

    proptest! {
        #[test]
        fn base64_gives_back_what_it_took(bytes in any::<Vec<u8>>()) {
            prop_assert_eq!(base64::decode(&base64::encode(&bytes)).unwrap(), bytes);
        }

        #[test]
        fn any_bytes_are_a_schema_or_none(bytes in proptest::collection::vec(0u8..24, 0..80)) {
            with_annotations(&base64::encode(&bytes), AnnotationMembers::WithItem);
        }
    }
}
