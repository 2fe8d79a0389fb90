//! The settings file: TOML, with a table for what is meant for one command only.

use std::path::Path;

use toml::Spanned;
use toml::de::{DeInteger, DeTable, DeValue};
use twicetold::nearest::nearest_name;

use super::given::{Given, Origin, SettingsError};
use super::keys::Key;

/// Reads the file.
pub(super) fn read(path: &Path, keys: &[Key<'_>]) -> Result<Vec<Given>, SettingsError> {
    let text = std::fs::read_to_string(path)
        .map_err(|source| SettingsError::Unreadable { path: path.to_path_buf(), source })?;
    let origin = |line| Origin::File { path: path.to_path_buf(), line };
    SettingsTables { text: &text, origin: &origin, keys }.read()
}

/// The text of settings, where its lines come from, and the settings that it may set.
pub(super) struct SettingsTables<'a> {
    pub text: &'a str,
    pub origin: &'a dyn Fn(usize) -> Origin,
    pub keys: &'a [Key<'a>],
}

impl SettingsTables<'_> {
    /// Reads them. A key above the tables is meant for every command that has the flag; what stands in a command's table is
    /// stronger, and so comes later.
    pub(super) fn read(&self) -> Result<Vec<Given>, SettingsError> {
        let table = DeTable::parse(self.text).map_err(|error| SettingsError::Syntax {
            origin: (self.origin)(line_of(self.text, error.span().map_or(0, |span| span.start))),
            message: error.message().to_owned(),
        })?;
        let (mut shared, mut own) = (Vec::new(), Vec::new());
        for (name, value) in table.into_inner() {
            let section = self.keys.iter().find(|key| key.section == Some(name.get_ref()));
            match (value.get_ref(), section) {
                (DeValue::Table(table), Some(Key { section, .. })) => {
                    for (name, value) in table {
                        let meant = |key: &&Key<'_>| key.section == *section && key.name == name.get_ref();
                        self.give(name, value, meant, &mut own)?;
                    }
                }
                _ => self.give(&name, &value, |key| key.name == name.get_ref(), &mut shared)?,
            }
        }
        shared.append(&mut own);
        Ok(shared)
    }

    /// Gives a value to all keys that are meant.
    fn give(
        &self,
        name: &Spanned<std::borrow::Cow<'_, str>>,
        value: &Spanned<DeValue<'_>>,
        meant: impl Fn(&&Key<'_>) -> bool,
        given: &mut Vec<Given>,
    ) -> Result<(), SettingsError> {
        let origin = (self.origin)(line_of(self.text, name.span().start));
        let before = given.len();
        for key in self.keys.iter().filter(meant) {
            let values = scalars(value.get_ref()).ok_or_else(|| SettingsError::WrongValue {
                origin: origin.clone(),
                key: key.name.to_owned(),
                value: format!("a {}", value.get_ref().type_str()),
                reason: "it takes text, a number, true, false, or a list of them".to_owned(),
            })?;
            given.push(key.checked(values, origin.clone())?);
        }
        if given.len() > before {
            return Ok(());
        }
        Err(SettingsError::Unknown {
            origin,
            key: name.get_ref().to_string(),
            nearest: self.nearest(name.get_ref()),
        })
    }

    /// The setting or table that was likely meant, and where it belongs if not here.
    fn nearest(&self, name: &str) -> Option<String> {
        let sections = self.keys.iter().filter_map(|key| key.section);
        let found = nearest_name(name, self.keys.iter().map(|key| key.name).chain(sections))?;
        let mut places = self.keys.iter().filter(|key| key.name == found).map(|key| key.section);
        Some(match (places.next(), found == name) {
            (None, _) => format!("[{found}]"),
            (Some(Some(section)), true) => format!("{found} of [{section}]"),
            (Some(None), true) => format!("{found} above all tables"),
            (Some(_), false) => found.to_owned(),
        })
    }
}

/// A scalar or a list of scalars as they would be typed.
fn scalars(value: &DeValue<'_>) -> Option<Vec<String>> {
    match value {
        DeValue::Array(items) => items.iter().map(|item| scalar(item.get_ref())).collect(),
        _ => Some(vec![scalar(value)?]),
    }
}

fn scalar(value: &DeValue<'_>) -> Option<String> {
    match value {
        DeValue::String(text) => Some(text.to_string()),
        DeValue::Integer(number) => Some(decimal(number)),
        DeValue::Float(number) => Some(number.as_str().to_owned()),
        DeValue::Boolean(truth) => Some(truth.to_string()),
        DeValue::Datetime(date) => Some(date.to_string()),
        DeValue::Array(_) | DeValue::Table(_) => None,
    }
}

/// An integer in decimal; as it stands if it is larger than any integer that a setting takes.
fn decimal(number: &DeInteger<'_>) -> String {
    let value = i128::from_str_radix(number.as_str(), number.radix());
    value.map_or_else(|_| number.as_str().to_owned(), |value| value.to_string())
}

/// The line on which a byte of a text stands, from 1.
fn line_of(text: &str, byte: usize) -> usize {
    text.as_bytes().iter().take(byte).filter(|&&b| b == b'\n').count() + 1
}
