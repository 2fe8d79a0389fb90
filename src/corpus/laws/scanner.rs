//! Laws of the JSON scanner and of string literals, held to `serde_json`.

use std::fmt;
use std::ops::Range;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::corpus::fields::FieldPath;
use crate::corpus::json::{self, Value};
use crate::corpus::literal::StringLiteral;
use crate::corpus::records::RejectReason;

/// A value with all members of its objects, in order, those of equal names as well.
#[derive(Debug, PartialEq)]
enum Tree {
    Text(String),
    Object(Vec<(String, Tree)>),
    Other,
}

impl<'de> Deserialize<'de> for Tree {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TreeVisitor)
    }
}

struct TreeVisitor;

impl<'de> Visitor<'de> for TreeVisitor {
    type Value = Tree;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_str<E>(self, text: &str) -> Result<Tree, E> {
        Ok(Tree::Text(text.to_owned()))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Tree, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(Tree::Object(members))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Tree, A::Error> {
        while elements.next_element::<Tree>()?.is_some() {}
        Ok(Tree::Other)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Tree, E> {
        Ok(Tree::Other)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Tree, E> {
        Ok(Tree::Other)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Tree, E> {
        Ok(Tree::Other)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Tree, E> {
        Ok(Tree::Other)
    }

    fn visit_unit<E>(self) -> Result<Tree, E> {
        Ok(Tree::Other)
    }
}

/// The value under a path: of the names that lead along it the longest counts, and of equal ones the last.
fn named<'t>(members: &'t [(String, Tree)], path: &str) -> Option<&'t Tree> {
    let leads =
        |name: &str| path.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
    let names = members.iter().map(|(name, _)| name.as_str()).filter(|name| leads(name));
    let longest = names.max_by_key(|name| name.len())?;
    let (_, value) = members.iter().rev().find(|(name, _)| name == longest)?;
    match (&path[longest.len()..], value) {
        ("", _) => Some(value),
        (rest, Tree::Object(inner)) => named(inner, &rest[1..]),
        _ => None,
    }
}

/// The scanner takes a record if and only if `serde_json` does, less what nests too deep, and finds what stands there.
pub fn json(bytes: &[u8]) {
    let Ok(record) = str::from_utf8(bytes) else { return };
    let paths = ["text", "a", "a.b", "id"].map(|path| FieldPath::new(path).unwrap());
    let mut found = Vec::new();
    let result = json::lookup(record, &paths.each_ref(), &mut found);
    drop(json::field_names(record));
    let is_json = serde_json::from_str::<IgnoredAny>(record).is_ok();
    let is_object = record.trim_start_matches([' ', '\t', '\r', '\n']).starts_with('{');
    match &result {
        Ok(()) => assert!(is_json && is_object, "{record:?} was taken"),
        Err(fault) => {
            assert!(fault.at <= record.len(), "{fault:?}");
            let is_deep =
                matches!(&fault.reason, RejectReason::InvalidJson { message } if message.contains("nesting"));
            assert!(is_deep || !is_json || !is_object, "{record:?}: {fault:?}");
            if fault.reason == RejectReason::NotAnObject {
                assert!(is_json && !is_object, "{record:?}: {fault:?}");
            }
            return;
        }
    }
    // Unpaired surrogates, and numbers that fit no type, are taken by the scanner alone.
    let Ok(Tree::Object(members)) = serde_json::from_str(record) else { return };
    for (path, found) in paths.iter().zip(found) {
        let expected = named(&members, path.as_str());
        match found {
            None => assert_eq!(expected, None, "{path} of {record:?}"),
            Some(Value::String(literal)) => {
                let text = Tree::Text(literal.decode(&mut String::new()).to_owned());
                assert_eq!(expected, Some(&text), "{path} of {record:?}");
            }
            Some(Value::Object(raw) | Value::Other(raw)) => {
                let value: Tree = serde_json::from_str(raw).unwrap();
                assert_eq!(expected, Some(&value), "{path} of {record:?}");
            }
        }
    }
}

/// A literal decodes to what `serde_json` makes of it, and raw ranges decode to the ranges asked for. The first two
/// bytes say which ranges.
pub fn literal(bytes: &[u8]) {
    let Some((cuts, raw)) = bytes.split_at_checked(2) else { return };
    let Ok(raw) = str::from_utf8(raw) else { return };
    let mut scratch = String::new();
    let text = StringLiteral { raw }.decode(&mut scratch);
    assert!(text.len() <= raw.len(), "{raw:?}");
    let decoded: Result<String, _> = serde_json::from_str(&format!("\"{raw}\""));
    if let Ok(decoded) = &decoded {
        assert_eq!(text, decoded, "{raw:?}");
    }
    let boundary = |cut: u8| {
        let at = usize::from(cut) % (text.len() + 1);
        (0..=at).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0)
    };
    let (first, second) = (boundary(cuts[0]), boundary(cuts[1]));
    let ranges: [Range<usize>; 2] = [first.min(second)..first.max(second), first.max(second)..text.len()];
    for (range, place) in ranges.iter().zip(StringLiteral { raw }.raw_ranges(&ranges)) {
        let part = StringLiteral { raw: &raw[place] };
        assert_eq!(part.decode(&mut String::new()), &text[range.clone()], "{range:?} of {raw:?}");
    }
}
