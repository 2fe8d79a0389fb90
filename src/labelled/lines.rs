//! Files of text as lines, each with its number.

use std::path::Path;

use crate::corpus::{FieldPath, Value, field_text, names_of, read_whole, values_of};
use crate::error::{Error, LineFault, Result};
use crate::evaluate::id_literal;

/// A line that cannot be used.
pub(super) fn bad_line(path: &Path, line: u64, reason: LineFault) -> Error {
    Error::BadLine { path: path.to_path_buf(), line, reason }
}

/// A file of text in memory.
#[derive(Debug)]
pub(super) struct TextLines<'a> {
    pub path: &'a Path,
    text: String,
}

impl<'a> TextLines<'a> {
    /// Reads the file, or standard input, unpacked, without a byte order mark.
    pub(super) fn read(path: &'a Path) -> Result<Self> {
        let text = String::from_utf8(read_whole(path)?).map_err(|error| {
            let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
            let line = 1 + memchr::memchr_iter(b'\n', valid).count() as u64;
            bad_line(path, line, LineFault::Unreadable { message: "not valid UTF-8".to_owned() })
        })?;
        Ok(Self { path, text })
    }

    /// All of it.
    pub(super) fn text(&self) -> &str {
        self.text.strip_prefix('\u{feff}').unwrap_or(&self.text)
    }

    /// Its lines that are not blank, without their ends, each with its number from 1.
    pub(super) fn lines(&self) -> impl Iterator<Item = (u64, &str)> {
        (1..).zip(self.text().lines()).filter(|(_, line)| !line.trim().is_empty())
    }

    /// The first line that is not blank.
    pub(super) fn first(&self) -> Option<&str> {
        self.lines().next().map(|(_, line)| line)
    }

    /// The names of the members of its first object.
    pub(super) fn names(&self) -> Result<Vec<String>> {
        let Some((line, first)) = self.lines().next() else { return Ok(Vec::new()) };
        names_of(first).map_err(|reason| self.unreadable(line, &reason))
    }

    /// Its lines as objects of JSON, each with the values of some fields.
    pub(super) fn objects<'t>(
        &'t self,
        paths: &'t [&FieldPath],
    ) -> impl Iterator<Item = Result<(u64, Vec<Option<Value<'t>>>)>> {
        self.lines().map(move |(line, text)| {
            let values = values_of(text, paths);
            Ok((line, values.map_err(|reason| self.unreadable(line, &reason))?))
        })
    }

    /// An error about a line.
    pub(super) fn fault(&self, line: u64, reason: LineFault) -> Error {
        bad_line(self.path, line, reason)
    }

    /// An error about a line that its reader does not take.
    pub(super) fn unreadable(&self, line: u64, message: &dyn std::fmt::Display) -> Error {
        self.fault(line, LineFault::Unreadable { message: message.to_string() })
    }

    /// The text of a value that a line must have.
    pub(super) fn needed(&self, line: u64, value: Option<Value<'_>>, field: &FieldPath) -> Result<String> {
        field_text(value)
            .ok_or_else(|| self.unreadable(line, &format_args!("no field \"{field}\", or nothing in it")))
    }

    /// A similarity or another share, as a table or an object has it.
    pub(super) fn share(&self, line: u64, text: &str) -> Result<f64> {
        let share = text.trim().parse::<f64>().ok().filter(|share| (0.0..=1.0).contains(share));
        let wrong = || LineFault::Value { value: id_literal(text), expected: "number from 0 to 1" };
        share.ok_or_else(|| self.fault(line, wrong()))
    }

    /// A yes or a no.
    pub(super) fn truth_value(&self, line: u64, text: &str) -> Result<bool> {
        match text.trim().to_ascii_lowercase().as_str() {
            "1" | "true" | "1.0" => Ok(true),
            "0" | "false" | "0.0" => Ok(false),
            _ => Err(self.fault(line, LineFault::Value { value: id_literal(text), expected: "1 or 0" })),
        }
    }
}

/// The ids of an array of JSON, of strings or numbers; none if it is no such array.
pub(super) fn ids_of_array(array: &str) -> Option<Vec<String>> {
    let values: Vec<serde_json::Value> = serde_json::from_str(array).ok()?;
    values.into_iter().map(id_of).collect()
}

/// A string or a number as an id.
pub(super) fn id_of(value: serde_json::Value) -> Option<String> {
    match value {
        serde_json::Value::String(id) => Some(id),
        serde_json::Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}
