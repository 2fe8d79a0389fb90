//! Presets: settings that were measured to suit one kind of text, weaker than any that the user gives.

use clap::builder::PossibleValue;
use clap::{Args, ValueEnum};

use super::file::SettingsTables;
use super::given::{Given, Origin, SettingsError};
use super::keys::Key;

/// The flag by which a preset is named.
pub(super) const PRESET: &str = "preset";

/// Settings that suit one kind of text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Preset {
    #[default]
    Web,
    Ocr,
    News,
    Code,
    Short,
}

impl ValueEnum for Preset {
    fn value_variants<'a>() -> &'a [Self] {
        &[Self::Web, Self::Ocr, Self::News, Self::Code, Self::Short]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let (name, help, _) = self.described();
        Some(PossibleValue::new(name).help(help))
    }
}

impl Preset {
    /// Name, kind of text, and settings as a settings file.
    const fn described(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Web => ("web", "Pages and documents of all kinds", include_str!("presets/web.toml")),
            Self::Ocr => ("ocr", "Scanned pages with misread letters", include_str!("presets/ocr.toml")),
            Self::News => {
                ("news", "Newspaper articles and press releases", include_str!("presets/news.toml"))
            }
            Self::Code => ("code", "Source code and its documentation", include_str!("presets/code.toml")),
            Self::Short => {
                ("short", "Titles, posts, reviews of 5 to 20 words", include_str!("presets/short.toml"))
            }
        }
    }

    pub(crate) fn name(self) -> &'static str {
        self.described().0
    }

    /// Its settings, as a settings file.
    pub(crate) fn toml(self) -> &'static str {
        self.described().2
    }

    /// Its settings for a command.
    pub(super) fn settings(self, section: &str, keys: &[Key<'_>]) -> Result<Vec<Given>, SettingsError> {
        let origin = |_| Origin::Preset(self.name());
        let mut given = SettingsTables { text: self.toml(), origin: &origin, keys }.read()?;
        given.retain(|given| given.section.as_deref() == Some(section));
        Ok(given)
    }
}

/// The flag about presets.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct PresetArgs {
    /// Settings for a kind of text, as ocr
    ///
    /// One of web, ocr, news, code and short. A preset sets other flags of this command, such as --shingle and --threshold, to values that were measured on texts of its kind. A
    /// settings file, variables and flags are stronger. `twicetold config --preset ocr` prints one; `web` is the defaults.
    #[arg(
        long,
        value_enum,
        value_name = "NAME",
        default_value_t = Preset::Web,
        hide_possible_values = true,
        help_heading = "Comparing"
    )]
    preset: Preset,
}

impl PresetArgs {
    pub(crate) fn name(self) -> &'static str {
        self.preset.name()
    }
}
