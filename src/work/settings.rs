//! The settings that work files were made with, and their fingerprint.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::hash::{Digest, Seed};

/// Everything that results depend on beside the inputs: names, as on the command line without their dashes, and
/// values. Two runs may share intermediate results only if these are equal.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Settings(Vec<(String, String)>);

impl Settings {
    /// Adds a setting. The order of adding is part of the fingerprint.
    pub(crate) fn add(&mut self, name: &str, value: impl fmt::Display) {
        self.0.push((name.to_owned(), value.to_string()));
    }

    /// A hash of all names and values: files made with different settings differ in it.
    pub(crate) fn fingerprint(&self) -> u64 {
        let mut digest = Digest::new(Seed(0));
        for (name, value) in &self.0 {
            // The lengths tell where one ends and the next begins.
            for part in [name, value] {
                digest.update(&(part.len() as u64).to_le_bytes());
                digest.update(part.as_bytes());
            }
        }
        digest.finish()
    }

    /// The first setting with another value: its name, its value here and its value there. What one side lacks
    /// counts as `none`.
    pub(crate) fn first_difference(&self, other: &Self) -> Option<(String, String, String)> {
        let value = |settings: &Self, name: &str| {
            let found = settings.0.iter().find(|(own, _)| own == name);
            found.map_or_else(|| "none".to_owned(), |(_, value)| value.clone())
        };
        let mut names = self.0.iter().chain(&other.0).map(|(name, _)| name);
        let differs = |name: &&String| value(self, name) != value(other, name);
        names.find(differs).map(|name| (name.clone(), value(self, name), value(other, name)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(pairs: &[(&str, &str)]) -> Settings {
        let mut settings = Settings::default();
        for (name, value) in pairs {
            settings.add(name, value);
        }
        settings
    }

    #[test]
    fn settings_differ_in_their_fingerprint_whenever_they_differ() {
        let first = settings(&[("rows", "5"), ("bands", "20")]);
        assert_eq!(first.first_difference(&first.clone()), None);
        for other in [
            settings(&[("rows", "8"), ("bands", "20")]),
            settings(&[("rows", "5")]),
            settings(&[("rows", "5"), ("bands", "20"), ("seed", "1")]),
            settings(&[("rows", "5b"), ("ands", "20")]),
        ] {
            assert_ne!(first.fingerprint(), other.fingerprint(), "{other:?}");
            assert!(first.first_difference(&other).is_some(), "{other:?}");
        }
        let (name, here, there) = first.first_difference(&settings(&[("rows", "5")])).unwrap();
        assert_eq!((&*name, &*here, &*there), ("bands", "20", "none"));
    }
}
