//! `twicetold config`.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use twicetold::Error;

use super::errors::CallError;
use super::results;
use super::settings::{self, Preset};
use super::terminal::Terminal;

/// Write a settings file, or print a preset
///
/// Options that you use often belong in a settings file. Name it with --config, or in the variable `TWICETOLD_CONFIG`. The
/// settings of a preset are such a file, too: change them, and name the file with --config.
#[derive(Debug, Args)]
#[command(arg_required_else_help = true, args_conflicts_with_subcommands = true)]
#[command(override_usage = "twicetold config [OPTIONS] [COMMAND]")]
#[command(after_long_help = "Examples:
  twicetold config init news.toml
  twicetold config --preset ocr > scans.toml")]
pub(crate) struct ConfigArgs {
    /// Print the settings of a preset
    ///
    /// One of web, ocr, news, code and short. They are printed as TOML, each with the measurement that it comes from.
    #[arg(long, value_enum, value_name = "NAME", hide_possible_values = true)]
    preset: Option<Preset>,
    #[command(subcommand)]
    action: Option<Action>,
}

#[derive(Debug, Subcommand)]
enum Action {
    Init(InitArgs),
}

/// Write a settings file in which every setting is explained
///
/// Every setting is commented out and shows its default. Remove the # before the ones that you want to change.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  twicetold config init news.toml
  twicetold dedup news/ -o clean --config news.toml")]
struct InitArgs {
    /// File to write; - is standard output
    #[arg(value_name = "FILE", default_value = "twicetold.toml")]
    file: PathBuf,
    /// Replace the file if it exists
    ///
    /// By default a file that exists is refused.
    #[arg(long)]
    overwrite: bool,
}

impl ConfigArgs {
    pub(crate) fn run(self, terminal: &Terminal, command: &clap::Command) -> anyhow::Result<()> {
        if let Some(preset) = self.preset {
            return results::print(preset.toml());
        }
        let Some(Action::Init(InitArgs { file, overwrite })) = self.action else {
            return Err(CallError::Argument {
                argument: "config",
                value: "nothing to do".to_owned(),
                expected: "init, or --preset NAME",
            }
            .into());
        };
        let text = settings::template(command);
        if file == Path::new("-") {
            return results::print(&text);
        }
        write(&file, &text, overwrite)?;
        terminal.note(&format!("wrote {}; use it with --config {}", file.display(), file.display()));
        Ok(())
    }
}

fn write(path: &Path, text: &str, overwrite: bool) -> anyhow::Result<()> {
    let failed = |action| move |source| Error::Io { path: path.to_path_buf(), action, source };
    let mut options = OpenOptions::new();
    if overwrite {
        options.create(true).truncate(true);
    } else {
        options.create_new(true);
    }
    let mut file = match options.write(true).open(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            return Err(CallError::Argument {
                argument: "FILE",
                value: format!("{}, which is there already", path.display()),
                expected: "a new name, or replaced with --overwrite",
            }
            .into());
        }
        opened => opened.map_err(failed("create it"))?,
    };
    Ok(file.write_all(text.as_bytes()).map_err(failed("write it"))?)
}
