//! A value that is given outside the command line, where it came from, and why it cannot be used.

use std::fmt;
use std::io;
use std::path::PathBuf;

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    Preset(&'static str),
    File { path: PathBuf, line: usize },
    Variable(String),
    Typed,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Preset(name) => write!(f, "preset {name}"),
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
    #[error("{origin}: not valid TOML: {message}")]
    Syntax { origin: Origin, message: String },
    #[error("{origin}: there is no setting {key}{}", nearest.as_ref().map(|n| format!("; did you mean {n}?")).unwrap_or_default())]
    Unknown { origin: Origin, key: String, nearest: Option<String> },
    #[error("{origin}: {key} cannot be {value}: {reason}")]
    WrongValue { origin: Origin, key: String, value: String, reason: String },
}

/// A value given to an argument of one command, or to one of all commands.
#[derive(Clone, Debug)]
pub(super) struct Given {
    pub section: Option<String>,
    pub id: String,
    pub values: Vec<String>,
    pub origin: Origin,
}
