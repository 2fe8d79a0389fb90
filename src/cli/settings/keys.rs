//! Which settings there are: the parser's own options.

use clap::{Arg, ArgAction, Command};

use super::{CONFIG, PRINT_CONFIG};

/// The least likeness of two names for one to be taken as a slip for the other, as the parser has it for flags.
const LEAST_LIKENESS: f64 = 0.7;

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
pub(super) enum Kind {
    Switch,
    One,
    List,
}

impl Key<'_> {
    pub(super) fn kind(&self) -> Kind {
        match self.argument.get_action() {
            ArgAction::SetTrue => Kind::Switch,
            ArgAction::Append => Kind::List,
            _ if self.argument.get_value_delimiter().is_some() => Kind::List,
            _ => Kind::One,
        }
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
}

/// The name most like `name`, if one is like it.
pub(super) fn nearest<'a>(names: impl Iterator<Item = &'a str>, name: &str) -> Option<&'a str> {
    let likeness = names.map(|other| (strsim::jaro_winkler(other, name), other));
    let (likeness, nearest) = likeness.max_by(|a, b| a.0.total_cmp(&b.0))?;
    (likeness > LEAST_LIKENESS).then_some(nearest)
}
