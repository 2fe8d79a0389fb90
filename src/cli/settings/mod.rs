//! Settings: what a file, the environment and the command line say, the last of them strongest.
//!
//! There is no second list of flags. Every option with a long name is a setting of that name; a settings file and
//! the environment give *defaults* to the parser's own arguments before it looks at the command line. So a value
//! from a file is checked, shown and overridden exactly as a default is, and a new flag is a new setting.

mod file;
mod keys;
mod show;

use std::error::Error as _;
use std::ffi::OsString;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use clap::builder::OsStr;
use clap::error::{ContextKind, ContextValue};
use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, Command};

use keys::{Key, Kind, keys};
pub(crate) use show::template;

/// What every variable's name begins with.
const PREFIX: &str = "TWICETOLD_";

/// Names the settings file where `--config` does not.
const CONFIG_VARIABLE: &str = "TWICETOLD_CONFIG";

/// Flags that are about settings, and so none themselves.
const CONFIG: &str = "config";
const PRINT_CONFIG: &str = "print-config";

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    File { path: PathBuf, line: usize },
    Variable(String),
    Typed,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { path, line } => write!(f, "{}:{line}", path.display()),
            Self::Variable(name) => f.write_str(name),
            Self::Typed => f.write_str("command line"),
        }
    }
}

/// A settings file or a variable that cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SettingsError {
    #[error("{path}: cannot read the settings", path = .path.display())]
    Unreadable { path: PathBuf, source: io::Error },
    #[error("{path}:{line}: not valid TOML: {message}", path = .path.display())]
    Syntax { path: PathBuf, line: usize, message: String },
    #[error("{origin}: there is no setting {key}{}", nearest.as_ref().map(|n| format!("; did you mean {n}?")).unwrap_or_default())]
    Unknown { origin: Origin, key: String, nearest: Option<String> },
    #[error("{origin}: {key} cannot be {value}: {reason}")]
    WrongValue { origin: Origin, key: String, value: String, reason: String },
}

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

/// A value given to an argument of one command, or to one of all commands.
#[derive(Clone, Debug)]
struct Given {
    section: Option<String>,
    id: String,
    values: Vec<String>,
    origin: Origin,
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
                .help("File of settings")
                .long_help(
                    "File of settings, in TOML; `twicetold config init` writes one with every setting \
                     explained. TWICETOLD_CONFIG names one too. A variable such as TWICETOLD_THRESHOLD is \
                     stronger than the file, and a flag stronger than both; --strict=false switches off what a \
                     file switches on",
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
                    "Print the settings in effect as TOML, each with where it came from, and do nothing else",
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

/// The options among the arguments: what stands before `--`.
fn typed_options(arguments: &[OsString]) -> impl Iterator<Item = &str> {
    arguments
        .iter()
        .skip(1)
        .take_while(|argument| *argument != "--")
        .map(|argument| argument.to_str().unwrap_or(""))
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
            all.iter().filter(|key| key.name == name && key.kind() == Kind::Switch).collect();
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

/// All that is given outside the command line, the strongest last.
fn from_file_and_environment(
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
    let path = typed_config(arguments).or(path);
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
            let nearest = keys::nearest(all.iter().map(|key| key.name), &key);
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
    Ok(given)
}

/// The last file that `--config` names.
fn typed_config(arguments: &[OsString]) -> Option<PathBuf> {
    let flag = format!("--{CONFIG}");
    let options: Vec<&str> = typed_options(arguments).collect();
    options.iter().enumerate().rev().find_map(|(index, option)| match option.strip_prefix(&flag) {
        Some("") => arguments.get(index + 2).map(PathBuf::from),
        Some(rest) => rest.strip_prefix('=').map(PathBuf::from),
        None => None,
    })
}

impl Key<'_> {
    fn given(&self, values: Vec<String>, origin: Origin) -> Given {
        let section = self.section.map(str::to_owned);
        Given { section, id: self.argument.get_id().to_string(), values, origin }
    }

    /// A value for this key, if the parser takes it: wrong defaults would be defects to it, not mistakes.
    fn checked(&self, mut values: Vec<String>, origin: Origin) -> Result<Given, SettingsError> {
        let wrong = |value: &str, reason: String| SettingsError::WrongValue {
            origin: origin.clone(),
            key: self.name.to_owned(),
            value: format!("{value:?}"),
            reason,
        };
        match self.kind() {
            Kind::Switch => match values.as_slice() {
                [value] if matches!(value.as_str(), "true" | "1") => values = vec!["true".to_owned()],
                [value] if matches!(value.as_str(), "false" | "0") => values = vec!["false".to_owned()],
                _ => return Err(wrong(&values.join(","), "it must be true or false".to_owned())),
            },
            Kind::One if values.len() != 1 => {
                return Err(wrong(&values.join(","), "it takes one value".to_owned()));
            }
            Kind::One | Kind::List => {
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

/// The line on which a byte of a text stands, from 1.
fn line_of(text: &str, byte: usize) -> usize {
    text.as_bytes().iter().take(byte).filter(|&&b| b == b'\n').count() + 1
}

/// Reads a settings file as text.
fn read_text(path: &Path) -> Result<String, SettingsError> {
    std::fs::read_to_string(path)
        .map_err(|source| SettingsError::Unreadable { path: path.to_path_buf(), source })
}
