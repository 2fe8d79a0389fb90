//! `twicetold completions` and `twicetold man`: what the parser knows, for shells and for `man`.

use std::io::{self, Write};

use anyhow::Context;
use clap::{Args, Command};
use clap_complete::Shell;

/// Print a script that completes commands and flags in a shell
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  twicetold completions bash > ~/.local/share/bash-completion/completions/twicetold
  twicetold completions zsh > ~/.zfunc/_twicetold
  twicetold completions fish > ~/.config/fish/completions/twicetold.fish")]
pub(crate) struct CompletionsArgs {
    /// The shell
    shell: Shell,
}

/// Print the manual page of the program or of one command, for man
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  twicetold man dedup | man -l -
  twicetold man > twicetold.1")]
pub(crate) struct ManArgs {
    /// The command [default: the program, which lists them]
    command: Option<String>,
}

impl CompletionsArgs {
    pub(crate) fn run(&self, command: &Command) -> anyhow::Result<()> {
        let mut command = command.clone();
        let name = command.get_name().to_owned();
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut command, name, &mut script);
        print(&script)
    }
}

impl ManArgs {
    pub(crate) fn run(&self, command: &Command) -> anyhow::Result<()> {
        let mut command = command.clone();
        // Hands the options of all commands down to each.
        command.build();
        let page = match &self.command {
            None => command,
            Some(name) => page_of(&command, name)?,
        };
        let mut text = Vec::new();
        clap_mangen::Man::new(page).render(&mut text).context("cannot make the page")?;
        print(&text)
    }
}

/// A command under the name that its page has.
fn page_of(program: &Command, name: &str) -> Result<Command, UnknownCommand> {
    let Some(command) = program.find_subcommand(name) else {
        let names: Vec<&str> = program.get_subcommands().map(Command::get_name).collect();
        return Err(UnknownCommand { name: name.to_owned(), known: names.join(", ") });
    };
    let page = format!("{}-{name}", program.get_name());
    let called = format!("{} {name}", program.get_name());
    Ok(command.clone().name(page.clone()).display_name(page).bin_name(called))
}

/// A command that the program does not have.
#[derive(Debug, thiserror::Error)]
#[error("there is no command {name}; there are {known}")]
pub(crate) struct UnknownCommand {
    name: String,
    known: String,
}

fn print(bytes: &[u8]) -> anyhow::Result<()> {
    io::stdout().write_all(bytes).context("cannot write to standard output")
}
