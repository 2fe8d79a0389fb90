//! Everything that is given outside the command line: by a preset, by the settings file, and by variables.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Command, ValueEnum};
use twicetold::nearest::nearest_name;

use super::file;
use super::given::{Given, Origin, SettingsError};
use super::keys::{CONFIG, Key, keys};
use super::presets::{PRESET, Preset};

/// What every variable's name begins with.
const PREFIX: &str = "TWICETOLD_";

/// Names the settings file where `--config` does not.
const CONFIG_VARIABLE: &str = "TWICETOLD_CONFIG";

/// All that is given outside the command line, the strongest last.
pub(super) fn from_file_and_environment(
    command: &Command,
    arguments: &[OsString],
    environment: impl Iterator<Item = (OsString, OsString)>,
) -> Result<Vec<Given>, SettingsError> {
    let mut variables: Vec<(String, OsString)> = environment
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value)))
        .filter(|(name, value)| name.starts_with(PREFIX) && !value.is_empty())
        .collect();
    variables.sort();
    let mut path = None;
    variables.retain(|(name, value)| {
        let is_config = name == CONFIG_VARIABLE;
        if is_config {
            path = Some(PathBuf::from(value));
        }
        !is_config
    });
    let path = typed_value(arguments, CONFIG).map(PathBuf::from).or(path);
    let all = keys(command);
    let mut given = match path {
        Some(path) => file::read(&path, &all)?,
        None => Vec::new(),
    };
    for (name, value) in variables {
        let key = name[PREFIX.len()..].to_ascii_lowercase().replace('_', "-");
        let origin = Origin::Variable(name);
        let named: Vec<&Key> = all.iter().filter(|known| known.name == key).collect();
        if named.is_empty() {
            let nearest = nearest_name(&key, all.iter().map(|key| key.name));
            let nearest =
                nearest.map(|name| PREFIX.to_owned() + &name.to_ascii_uppercase().replace('-', "_"));
            return Err(SettingsError::Unknown { origin, key, nearest });
        }
        let value = value.to_string_lossy();
        for key in named {
            let values = match key.argument.get_value_delimiter() {
                Some(delimiter) => value.split(delimiter).map(str::to_owned).collect(),
                None => vec![value.clone().into_owned()],
            };
            given.push(key.checked(values, origin.clone())?);
        }
    }
    let mut all_given = from_presets(&all, arguments, &given)?;
    all_given.append(&mut given);
    Ok(all_given)
}

/// The settings of the presets that are named: on the command line, or else for a command by what is `given`.
fn from_presets(
    all: &[Key<'_>],
    arguments: &[OsString],
    given: &[Given],
) -> Result<Vec<Given>, SettingsError> {
    let typed = typed_value(arguments, PRESET).map(|name| name.to_string_lossy().into_owned());
    let mut settings = Vec::new();
    for section in all.iter().filter(|key| key.name == PRESET).filter_map(|key| key.section) {
        let elsewhere =
            given.iter().rfind(|given| given.section.as_deref() == Some(section) && given.id == PRESET);
        let name = typed.as_deref().or_else(|| elsewhere?.values.first().map(String::as_str));
        // A name that is none is refused by the parser.
        if let Some(preset) = name.and_then(|name| Preset::from_str(name, false).ok()) {
            settings.append(&mut preset.settings(section, all)?);
        }
    }
    Ok(settings)
}

/// The value of an option as it was typed last.
fn typed_value(arguments: &[OsString], name: &str) -> Option<OsString> {
    let flag = format!("--{name}");
    let options: Vec<&str> = typed_options(arguments).collect();
    options.iter().enumerate().rev().find_map(|(index, option)| match option.strip_prefix(&flag) {
        Some("") => arguments.get(index + 2).cloned(),
        Some(rest) => rest.strip_prefix('=').map(OsString::from),
        None => None,
    })
}

/// The options among the arguments: what stands before `--`.
pub(super) fn typed_options(arguments: &[OsString]) -> impl Iterator<Item = &str> {
    arguments
        .iter()
        .skip(1)
        .take_while(|argument| *argument != "--")
        .map(|argument| argument.to_str().unwrap_or(""))
}
