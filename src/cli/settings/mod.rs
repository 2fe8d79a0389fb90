//! Settings: what a preset, a file, the environment and the command line say, the last of them strongest.
//!
//! There is no second list of flags. Every option with a long name is a setting of that name; a settings file and
//! the environment give *defaults* to the parser's own arguments before it looks at the command line. So a value
//! from a file is checked, shown and overridden exactly as a default is, and a new flag is a new setting.

mod file;
mod given;
mod keys;
mod outside;
mod presets;
mod show;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::builder::OsStr;
use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, Command};

use given::{Given, Origin};
use keys::{CONFIG, Key, PRINT_CONFIG, ValueShape, keys};
use outside::{from_file_and_environment, typed_options};

pub(crate) use given::SettingsError;
pub(crate) use presets::{Preset, PresetArgs};
pub(crate) use show::template;

/// Why there is nothing to run.
#[derive(Debug)]
pub(crate) enum Refused {
    /// The command line is wrong, or asks for help or the version.
    Call(clap::Error),
    /// A settings file or a variable is wrong.
    Settings(SettingsError),
}

impl From<SettingsError> for Refused {
    fn from(error: SettingsError) -> Self {
        Self::Settings(error)
    }
}

/// What the command line, with all settings, asks for.
#[derive(Debug)]
pub(crate) enum Call {
    Run(ArgMatches),
    /// To print the settings in effect, which are these.
    Print(String),
}

/// Adds the flags that are about settings.
pub(crate) fn with_flags(command: Command) -> Command {
    command
        .arg(
            Arg::new(CONFIG)
                .long(CONFIG)
                .value_name("FILE")
                .global(true)
                .help_heading("Running")
                .value_parser(clap::value_parser!(PathBuf))
                .help("File of settings [default: none]")
                .long_help(
                    "File of settings [default: none]\n\nThe file is TOML; `twicetold config init` writes one with \
                     every setting explained. The variable TWICETOLD_CONFIG names one too. A variable such as \
                     TWICETOLD_THRESHOLD is stronger than the file, and a flag is stronger than both; a preset is weaker than all. \
                     --strict=false switches off a switch that the file sets.",
                ),
        )
        .arg(
            Arg::new(PRINT_CONFIG)
                .long(PRINT_CONFIG)
                .action(ArgAction::SetTrue)
                .global(true)
                .help_heading("Running")
                .hide_short_help(true)
                .help("Print the settings in effect, and do nothing else")
                .long_help(
                    "Print the settings in effect, and do nothing else\n\nThe settings are printed as TOML, each with \
                     its origin: a file, a variable, the command line, or the default.",
                ),
        )
}

/// Parses the command line `typed`, with defaults from the environment and from the settings file.
pub(crate) fn parse(
    command: &Command,
    typed: Vec<OsString>,
    environment: impl Iterator<Item = (OsString, OsString)>,
) -> Result<Call, Refused> {
    let (flags, arguments) = switched_off(command, typed);
    let mut given = match from_file_and_environment(command, &arguments, environment) {
        Ok(given) => given,
        // Someone who asks for help shall get it, whatever the state of the settings.
        Err(error) => match command.clone().try_get_matches_from(&arguments) {
            Err(call) if !call.use_stderr() => return Err(Refused::Call(call)),
            _ => return Err(Refused::Settings(error)),
        },
    };
    given.extend(flags);
    let print = typed_options(&arguments).any(|argument| argument == format!("--{PRINT_CONFIG}"));
    let mut prepared = with_defaults(command.clone(), &given);
    if print {
        let optional = |argument: Arg| argument.required(false);
        prepared = prepared.mut_subcommands(|subcommand| subcommand.mut_args(optional));
    }
    let mut matches = prepared.clone().try_get_matches_from(&arguments).map_err(Refused::Call)?;
    let before = given.len();
    given.retain(|given| !is_overruled(command, given, &matches));
    if given.len() < before {
        prepared = with_defaults(command.clone(), &given);
        matches = prepared.clone().try_get_matches_from(&arguments).map_err(Refused::Call)?;
    }
    Ok(if print { Call::Print(show::in_effect(&prepared, &matches, &given)) } else { Call::Run(matches) })
}

/// Gives the arguments their new defaults; the last one given counts.
fn with_defaults(command: Command, given: &[Given]) -> Command {
    let change = |command: Command, given: &Given| {
        command.mut_arg(&given.id, |argument| {
            argument
                .required(false)
                .default_values(given.values.iter().map(|value| OsStr::from(value.clone())))
        })
    };
    given.iter().fold(command, |command, given| match &given.section {
        None => change(command, given),
        Some(section) => command.mut_subcommand(section, |subcommand| change(subcommand, given)),
    })
}

/// Whether a typed flag excludes what was given elsewhere.
fn is_overruled(command: &Command, given: &Given, matches: &ArgMatches) -> bool {
    let Some((name, of_subcommand)) = matches.subcommand() else { return false };
    let Some(subcommand) = command.find_subcommand(name) else { return false };
    if given.section.as_deref() != Some(name) {
        return false;
    }
    let find = |id: &str| subcommand.get_arguments().find(|argument| argument.get_id() == id);
    let Some(argument) = find(&given.id) else { return false };
    let excludes =
        |a: &Arg, b: &Arg| subcommand.get_arg_conflicts_with(a).iter().any(|c| c.get_id() == b.get_id());
    let is_typed = |id: &str| of_subcommand.value_source(id) == Some(ValueSource::CommandLine);
    subcommand
        .get_arguments()
        .filter(|other| is_typed(other.get_id().as_str()))
        .any(|other| excludes(argument, other) || excludes(other, argument))
}

/// Takes `--switch=false` and `--switch=true` out of the arguments: the parser knows switches only as present.
fn switched_off(command: &Command, typed: Vec<OsString>) -> (Vec<Given>, Vec<OsString>) {
    let all = keys(command);
    let mut given = Vec::new();
    let mut arguments = Vec::with_capacity(typed.len());
    let mut is_option = true;
    for argument in typed {
        is_option &= argument != "--";
        let switch = argument.to_str().filter(|_| is_option).and_then(|argument| argument.strip_prefix("--"));
        let (name, value) = switch.and_then(|switch| switch.split_once('=')).unwrap_or(("", ""));
        let named: Vec<&Key> =
            all.iter().filter(|key| key.name == name && key.shape() == ValueShape::Switch).collect();
        match value {
            "false" if !named.is_empty() => {
                given.extend(named.iter().map(|key| key.given(vec!["false".to_owned()], Origin::Typed)));
            }
            "true" if !named.is_empty() => arguments.push(format!("--{name}").into()),
            _ => arguments.push(argument),
        }
    }
    (given, arguments)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn program() -> Command {
        let least = Arg::new("least").long("least").value_parser(clap::value_parser!(u32)).default_value("3");
        let most = Arg::new("most").long("most").conflicts_with("least");
        let quick = Arg::new("quick").long("quick").action(ArgAction::SetTrue);
        with_flags(Command::new("program").subcommand(Command::new("run").args([least, most, quick])))
    }

    /// `least`, `most` and `quick` as the command gets them.
    fn called(typed: &[&str], variables: &[(&str, &str)]) -> Result<(u32, Option<String>, bool), Refused> {
        let typed = ["program", "run"].iter().chain(typed).map(OsString::from).collect();
        let variables = variables.iter().map(|(name, value)| (OsString::from(name), OsString::from(value)));
        let Call::Run(matches) = parse(&program(), typed, variables)? else {
            panic!("nothing was to be printed")
        };
        let matches = matches.subcommand().unwrap().1;
        Ok((
            *matches.get_one("least").unwrap(),
            matches.get_one::<String>("most").cloned(),
            matches.get_flag("quick"),
        ))
    }

    #[test]
    fn a_variable_is_a_default_that_a_flag_overrides() {
        let variables = [("TWICETOLD_LEAST", "5"), ("TWICETOLD_QUICK", "true"), ("HOME", "/")];
        assert_eq!(called(&[], &[]).unwrap(), (3, None, false));
        assert_eq!(called(&[], &variables).unwrap(), (5, None, true));
        assert_eq!(called(&["--least", "7", "--quick=false"], &variables).unwrap(), (7, None, false));
        assert_eq!(called(&["--quick=true"], &[]).unwrap(), (3, None, true));
    }

    #[test]
    fn a_typed_flag_puts_aside_what_it_excludes() {
        let variables = [("TWICETOLD_MOST", "9")];
        assert_eq!(called(&[], &variables).unwrap().1.as_deref(), Some("9"));
        assert_eq!(called(&["--least", "7"], &variables).unwrap(), (7, None, false));
    }

    #[test]
    fn a_wrong_variable_is_refused_by_name() {
        for (variable, message) in [
            (
                ("TWICETOLD_LAEST", "5"),
                "TWICETOLD_LAEST: there is no setting laest; did you mean TWICETOLD_LEAST?",
            ),
            (
                ("TWICETOLD_LEAST", "few"),
                "TWICETOLD_LEAST: least cannot be \"few\": invalid digit found in string",
            ),
            (("TWICETOLD_QUICK", "2"), "TWICETOLD_QUICK: quick cannot be \"2\": it must be true or false"),
        ] {
            let Err(Refused::Settings(error)) = called(&[], &[variable]) else {
                panic!("{variable:?} was taken")
            };
            assert_eq!(error.to_string(), message);
        }
    }

    #[test]
    fn settings_in_effect_name_their_origin() {
        let typed = ["program", "run", "--least", "7", "--print-config"].map(OsString::from).to_vec();
        let Ok(Call::Print(text)) = parse(&program(), typed, std::iter::empty()) else {
            panic!("not printed")
        };
        assert!(text.contains("least = 7") && text.contains("# command line"), "{text}");
        assert!(text.contains("quick = false") && text.contains("# default"), "{text}");
    }
}
