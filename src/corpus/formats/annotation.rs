//! What a record is told about itself: fields beside its own, in the form that each format has for them.

use std::ops::Not;

use serde::Serialize;

use crate::corpus::cell::guarded_cell;
use crate::corpus::fields::FieldPath;
use crate::corpus::json;

/// The field of an object and the column of a Parquet file; columns of a table begin with it.
pub(crate) const FIELD: &str = "twicetold";

/// The columns of a table, in order; see [`AnnotationMembers`] for those that it has.
pub(super) const COLUMNS: [&str; 10] = [
    "twicetold_cluster",
    "twicetold_kept",
    "twicetold_kept_id",
    "twicetold_similarity",
    "twicetold_relation",
    "twicetold_copies",
    "twicetold_reference",
    "twicetold_containment",
    "twicetold_start",
    "twicetold_end",
];

/// Which members annotations have where all have the same, in a table and in a Parquet file; an object has those that
/// say something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AnnotationMembers {
    /// Those before [`Annotation::reference`]: of a run without a reference.
    Usual,
    /// That one too, behind the others.
    WithReference,
    /// And those behind it, of a run that searches records of the reference inside documents.
    WithItem,
}

impl AnnotationMembers {
    /// Those of them that are there, given one item for each in order.
    pub(super) fn of<T>(self, all: &[T; 10]) -> &[T] {
        match self {
            Self::Usual => &all[..6],
            Self::WithReference => &all[..7],
            Self::WithItem => all,
        }
    }
}

/// What became of a record.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Annotation {
    /// Number of its cluster, from 1; none if it repeats nothing and nothing repeats it.
    pub cluster: Option<u32>,
    /// Whether it is kept.
    pub kept: bool,
    /// The kept record of its cluster.
    pub kept_id: Option<String>,
    /// Similarity of a record that is not kept to the one that is.
    pub similarity: Option<f64>,
    /// What it is to that one.
    pub relation: Option<&'static str>,
    /// Of a record that is kept, how many it stands for: itself and those removed on its account.
    pub copies: Option<u32>,
    /// Whether that one is a record of a reference.
    #[serde(skip_serializing_if = "Not::not")]
    pub reference: bool,
    /// Of a record that holds one of the reference, or is inside it: how much of its shingles it has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub containment: Option<f64>,
    /// Where in its text that stands, in bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start: Option<u64>,
    /// One past the last of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end: Option<u64>,
}

impl Annotation {
    /// Makes itself the last member of an object, which must be a valid one and not empty: the place where it is to stand,
    /// between bytes that all stay, and its own bytes. `None` if the object has such a member already.
    pub(crate) fn member_of(&self, object: &[u8]) -> Option<(usize, Vec<u8>)> {
        let is_annotated = |object: &str| {
            let mut values = Vec::new();
            let path = FieldPath::new(FIELD).ok()?;
            json::lookup(object, &[&path], &mut values).ok()?;
            Some(values[0].is_some())
        };
        if str::from_utf8(object).ok().and_then(is_annotated) != Some(false) {
            return None;
        }
        let end = object.trim_ascii_end().len().checked_sub(1)?;
        let start = object.len() - object.trim_ascii_start().len() + 1;
        let members = object.get(start..end)?;
        // A member stands from the next as the first stands from its brace.
        let indent = &members[..members.len() - members.trim_ascii_start().len()];
        let mut member = vec![b','];
        member.extend_from_slice(indent);
        member.extend_from_slice(format!("\"{FIELD}\":").as_bytes());
        serde_json::to_writer(&mut member, self).ok()?;
        Some((start + members.trim_ascii_end().len(), member))
    }

    /// The values of [`COLUMNS`]; empty where there is none. An id is no formula.
    pub(super) fn cells(&self) -> [String; 10] {
        let number = |value: f64| serde_json::json!(value).to_string();
        [
            self.cluster.map(|cluster| cluster.to_string()).unwrap_or_default(),
            self.kept.to_string(),
            self.kept_id.as_deref().map(guarded_cell).unwrap_or_default().into_owned(),
            self.similarity.map(number).unwrap_or_default(),
            self.relation.unwrap_or_default().to_owned(),
            self.copies.map(|copies| copies.to_string()).unwrap_or_default(),
            self.reference.to_string(),
            self.containment.map(number).unwrap_or_default(),
            self.start.map(|start| start.to_string()).unwrap_or_default(),
            self.end.map(|end| end.to_string()).unwrap_or_default(),
        ]
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn repeat() -> Annotation {
        Annotation {
            cluster: Some(3),
            kept: false,
            kept_id: Some("a\"b".to_owned()),
            similarity: Some(1.0),
            relation: Some("exact"),
            copies: None,
            reference: false,
            containment: None,
            start: None,
            end: None,
        }
    }

    fn with_member(annotation: &Annotation, object: &str) -> Option<String> {
        let (place, member) = annotation.member_of(object.as_bytes())?;
        let (before, behind) = object.split_at(place);
        Some([before, str::from_utf8(&member).unwrap(), behind].concat())
    }

    fn annotated(object: &str) -> Option<String> {
        with_member(&repeat(), object)
    }

    const FIELDS: &str =
        r#"{"cluster":3,"kept":false,"kept_id":"a\"b","similarity":1.0,"relation":"exact","copies":null}"#;

    #[test]
    fn the_field_is_the_last_and_stands_as_the_others_do() {
        assert_eq!(annotated("{\"t\":1}\r\n").unwrap(), format!("{{\"t\":1,\"twicetold\":{FIELDS}}}\r\n"));
        assert_eq!(
            annotated(" { \"t\": {} } ").unwrap(),
            format!(" {{ \"t\": {{}}, \"twicetold\":{FIELDS} }} ")
        );
        let pretty = "{\n  \"t\": [\n    1\n  ]\n}";
        let expected = format!("{{\n  \"t\": [\n    1\n  ],\n  \"twicetold\":{FIELDS}\n}}");
        assert_eq!(annotated(pretty).unwrap(), expected);
        let _: serde_json::Value = serde_json::from_str(&expected).unwrap();
    }

    #[test]
    fn a_field_of_that_name_is_not_touched() {
        assert_eq!(annotated(r#"{"t":1,"twicetold":null}"#), None);
        assert_eq!(annotated(r#"{"t":1,"twicet\u006fld":{}}"#), None);
        assert!(annotated(r#"{"t":{"twicetold":1}}"#).is_some());
    }

    proptest! {
        #[test]
        fn the_object_has_one_member_more_and_is_the_same_without_it(
            members in proptest::collection::btree_map("[a-c\"\\\\{}, ]{1,3}", "[a\"\\\\{}\n, ]{0,6}", 1..5),
            is_pretty in any::<bool>(),
        ) {
            let object = serde_json::json!(members);
            let text = if is_pretty { format!("{object:#}") } else { object.to_string() };
            let annotated = annotated(&text).unwrap();
            let mut tree: serde_json::Map<_, _> = serde_json::from_str(&annotated).unwrap();
            prop_assert_eq!(tree.keys().next_back().unwrap(), FIELD);
            let annotation = tree.remove(FIELD).unwrap();
            prop_assert_eq!(annotation, serde_json::from_str::<serde_json::Value>(FIELDS).unwrap());
            prop_assert_eq!(serde_json::Value::Object(tree), object);
            let member = annotated.rfind(",\n  \"twicetold\"").or_else(|| annotated.rfind(",\"twicetold\"")).unwrap();
            let end = annotated.rfind(FIELDS).unwrap() + FIELDS.len();
            prop_assert_eq!(format!("{}{}", &annotated[..member], &annotated[end..]), text);
        }
    }

    #[test]
    fn what_is_not_known_is_an_empty_cell() {
        assert_eq!(repeat().cells(), ["3", "false", "a\"b", "1.0", "exact", "", "false", "", "", ""]);
        let alone = Annotation {
            cluster: None,
            kept: true,
            kept_id: None,
            similarity: None,
            relation: None,
            copies: Some(1),
            ..repeat()
        };
        assert_eq!(alone.cells(), ["", "true", "", "", "", "1", "false", "", "", ""]);
    }

    #[test]
    fn a_reference_is_named_last_and_only_where_there_is_one() {
        let annotation = Annotation { reference: true, ..repeat() };
        let object = with_member(&annotation, "{\"t\":1}").unwrap();
        assert!(object.ends_with(",\"copies\":null,\"reference\":true}}"), "{object}");
        assert_eq!(AnnotationMembers::Usual.of(&annotation.cells()).last().unwrap(), "");
        assert_eq!(AnnotationMembers::WithReference.of(&annotation.cells()).last().unwrap(), "true");
    }

    #[test]
    fn a_record_of_the_reference_is_named_with_its_place() {
        let (containment, start, end) = (Some(0.875), Some(40), Some(99));
        let annotation = Annotation { reference: true, containment, start, end, ..repeat() };
        let object = with_member(&annotation, "{\"t\":1}").unwrap();
        let expected = r#","reference":true,"containment":0.875,"start":40,"end":99}}"#;
        assert!(object.ends_with(expected), "{object}");
        assert_eq!(AnnotationMembers::WithItem.of(&annotation.cells())[6..], ["true", "0.875", "40", "99"]);
    }
}
