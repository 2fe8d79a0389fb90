//! Values of fields as text: the one place that says when a field holds nothing.

use super::address::source_name;
use super::json::Value;

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
    use super::super::fields::FieldPath;
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
