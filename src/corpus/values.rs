//! Values of fields as text: the one place that says when a field holds nothing.

use super::address::source_name;
use super::fields::FieldPath;
use super::json::{self, Value};
use super::records::RejectReason;

/// The values of some fields of an object, one entry a path, and none for a field that it lacks.
pub(crate) fn values_of<'a>(
    object: &'a str,
    paths: &[&FieldPath],
) -> Result<Vec<Option<Value<'a>>>, RejectReason> {
    let mut values = Vec::new();
    json::lookup(object, paths, &mut values).map_err(|fault| fault.reason)?;
    Ok(values)
}

/// The names of an object's members, dots between nested ones.
pub(crate) fn names_of(object: &str) -> Result<Vec<String>, RejectReason> {
    // Names alone are looked up without a check of what follows.
    json::lookup(object, &[], &mut Vec::new()).map_err(|fault| fault.reason)?;
    let names = json::field_names(object).map_err(|fault| fault.reason)?;
    Ok(names.into_iter().map(|(name, _)| name).collect())
}

/// A value as text: a string decoded, anything else as it stands.
pub(crate) fn value_text(value: Value<'_>) -> String {
    match value {
        Value::String(literal) => literal.decode(&mut String::new()).to_owned(),
        Value::Object(raw) | Value::Other(raw) => raw.to_owned(),
    }
}

/// What a field holds, as text. A field that is missing, null or an empty string holds nothing.
pub(crate) fn field_text(value: Option<Value<'_>>) -> Option<String> {
    match value? {
        Value::Other("null") => None,
        value => Some(value_text(value)).filter(|text| !text.is_empty()),
    }
}

/// The name of the source in a field: what it holds, or its host if that is an address; see [`source_name`].
pub(crate) fn field_source(value: Option<Value<'_>>) -> Option<String> {
    Some(source_name(&field_text(value)?)).filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::super::json::lookup;
    use super::*;

    #[test]
    fn null_and_the_empty_string_are_nothing_and_the_word_null_is_a_word() {
        let path = FieldPath::new("a").unwrap();
        for (record, text, source) in [
            ("{}", None, None),
            (r#"{"a":null}"#, None, None),
            (r#"{"a":""}"#, None, None),
            (r#"{"a":" "}"#, Some(" "), None),
            (r#"{"a":"null"}"#, Some("null"), Some("null")),
            (r#"{"a":0}"#, Some("0"), Some("0")),
            (r#"{"a":false}"#, Some("false"), Some("false")),
            (
                r#"{"a":"http://www.cable.example/x"}"#,
                Some("http://www.cable.example/x"),
                Some("cable.example"),
            ),
        ] {
            let mut found = Vec::new();
            lookup(record, &[&path], &mut found).unwrap();
            assert_eq!(field_text(found[0]).as_deref(), text, "{record}");
            assert_eq!(field_source(found[0]).as_deref(), source, "{record}");
        }
    }
}
