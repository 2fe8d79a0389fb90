//! Which settings there are: the parser's own options.

use std::error::Error as _;

use clap::error::{ContextKind, ContextValue};
use clap::{Arg, ArgAction, Command};

use super::given::{Given, Origin, SettingsError};

/// Flags that are about settings, and so none themselves.
pub(super) const CONFIG: &str = "config";
pub(super) const PRINT_CONFIG: &str = "print-config";

/// A setting: an option of one command, or of all of them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Key<'a> {
    /// The command; none if it is an option of all.
    pub section: Option<&'a str>,
    /// Its name, as on the command line without the dashes.
    pub name: &'a str,
    pub argument: &'a Arg,
}

/// What values a setting takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ValueShape {
    Switch,
    One,
    List,
}

impl Key<'_> {
    pub(super) fn shape(&self) -> ValueShape {
        match self.argument.get_action() {
            ArgAction::SetTrue => ValueShape::Switch,
            ArgAction::Append => ValueShape::List,
            _ if self.argument.get_value_delimiter().is_some() => ValueShape::List,
            _ => ValueShape::One,
        }
    }

    pub(super) fn given(&self, values: Vec<String>, origin: Origin) -> Given {
        let section = self.section.map(str::to_owned);
        Given { section, id: self.argument.get_id().to_string(), values, origin }
    }

    /// A value for this key, if the parser takes it: wrong defaults would be defects to it, not mistakes.
    pub(super) fn checked(&self, mut values: Vec<String>, origin: Origin) -> Result<Given, SettingsError> {
        let wrong = |value: &str, reason: String| SettingsError::WrongValue {
            origin: origin.clone(),
            key: self.name.to_owned(),
            value: format!("{value:?}"),
            reason,
        };
        match self.shape() {
            ValueShape::Switch => match values.as_slice() {
                [value] if matches!(value.as_str(), "true" | "1") => values = vec!["true".to_owned()],
                [value] if matches!(value.as_str(), "false" | "0") => values = vec!["false".to_owned()],
                _ => return Err(wrong(&values.join(","), "it must be true or false".to_owned())),
            },
            ValueShape::One if values.len() != 1 => {
                return Err(wrong(&values.join(","), "it takes one value".to_owned()));
            }
            ValueShape::One | ValueShape::List => {
                for value in &values {
                    self.check(value).map_err(|reason| wrong(value, reason))?;
                }
            }
        }
        Ok(self.given(values, origin))
    }

    /// Lets the argument's own parser look at a value.
    fn check(&self, value: &str) -> Result<(), String> {
        let argument = Arg::new("value").long("value").value_parser(self.argument.get_value_parser().clone());
        let probe = Command::new("probe").disable_help_flag(true).arg(argument);
        let Err(error) = probe.try_get_matches_from(["probe", &format!("--value={value}")]) else {
            return Ok(());
        };
        Err(match (error.source(), error.get(ContextKind::ValidValue)) {
            (Some(reason), _) => reason.to_string(),
            (None, Some(ContextValue::Strings(valid))) => format!("it must be one of {}", valid.join(", ")),
            _ => "it is not a value that this takes".to_owned(),
        })
    }
}

/// Every setting, those of all commands first, then command by command.
pub(super) fn keys(command: &Command) -> Vec<Key<'_>> {
    let mut found: Vec<Key> = options(None, command).collect();
    // A command of commands, such as `config`, has nothing to set.
    for subcommand in command.get_subcommands().filter(|subcommand| !subcommand.has_subcommands()) {
        found.extend(options(Some(subcommand.get_name()), subcommand));
    }
    found
}

fn options<'a>(section: Option<&'a str>, command: &'a Command) -> impl Iterator<Item = Key<'a>> {
    let of_settings = |name: &str| name == CONFIG || name == PRINT_CONFIG;
    command
        .get_arguments()
        .filter_map(move |argument| Some(Key { section, name: argument.get_long()?, argument }))
        .filter(move |key| !of_settings(key.name) && !matches!(key.name, "help" | "version"))
        .filter(|key| !key.argument.is_hide_set())
}
