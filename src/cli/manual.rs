//! `twicetold completions` and `twicetold man`: the parser's knowledge, for shells and for `man`.

use anyhow::Context;
use clap::{Args, Command};
use clap_complete::Shell;

use super::errors::CallError;
use super::pages;
use super::results::print_raw;

/// Print a script that completes commands and flags in a shell
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  twicetold completions bash > ~/.local/share/bash-completion/completions/twicetold
  twicetold completions zsh > ~/.zfunc/_twicetold
  twicetold completions fish > ~/.config/fish/completions/twicetold.fish")]
pub(crate) struct CompletionsArgs {
    /// Name of the shell: bash, elvish, fish, powershell or zsh
    #[arg(hide_possible_values = true)]
    shell: Shell,
}

/// Print the manual page of the program or of a command
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  twicetold man dedup | man -l -
  twicetold man > twicetold.1")]
pub(crate) struct ManArgs {
    /// Name of the command [default: the program itself]
    command: Option<String>,
    /// Print the page in Markdown, as docs/cmd has it
    #[arg(long, hide = true)]
    markdown: bool,
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
        if self.markdown {
            let page = match &self.command {
                None => pages::index(&command),
                Some(name) => {
                    pages::page(subcommand(&command, name)?, &format!("{} {name}", command.get_name()))
                }
            };
            return print(page.as_bytes());
        }
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
fn page_of(program: &Command, name: &str) -> Result<Command, CallError> {
    let command = subcommand(program, name)?;
    let page = format!("{}-{name}", program.get_name());
    let called = format!("{} {name}", program.get_name());
    Ok(command.clone().name(page.clone()).display_name(page).bin_name(called))
}

fn subcommand<'a>(program: &'a Command, name: &str) -> Result<&'a Command, CallError> {
    program.find_subcommand(name).ok_or_else(|| {
        let names: Vec<&str> = program.get_subcommands().map(Command::get_name).collect();
        CallError::UnknownCommand { name: name.to_owned(), known: names.join(", ") }
    })
}

fn print(bytes: &[u8]) -> anyhow::Result<()> {
    print_raw(bytes)
}
