//! The pages of `docs/cmd`: all that the help of a command says, in Markdown.
#![expect(
    clippy::format_push_string,
    clippy::format_collect,
    reason = "a page is made once, for the documentation"
)]

use clap::{Arg, ArgAction, Command};

/// The page that lists all commands.
pub(super) fn index(program: &Command) -> String {
    let mut page = format!("# {}\n\n{}\n\n## Commands\n\n", program.get_name(), about(program));
    for command in program.get_subcommands().filter(|command| !is_help(command)) {
        let name = command.get_name();
        let summary = command.get_about().map(ToString::to_string).unwrap_or_default();
        page += &format!("- [{name}]({name}.md): {summary}\n");
    }
    page += &options(program);
    page + &after(program)
}

/// The page of a command. Those of its own commands follow it.
pub(super) fn page(command: &Command, called: &str) -> String {
    let usage = command.clone().bin_name(called).render_usage().to_string();
    let usage = usage.trim_start_matches("Usage:").trim();
    let mut page = format!("# {called}\n\n{}\n\n```\n{usage}\n```\n", about(command));
    page += &options(command);
    page += &after(command);
    for inner in command.get_subcommands().filter(|inner| !is_help(inner)) {
        page += "\n";
        page += &self::page(inner, &format!("{called} {}", inner.get_name()));
    }
    page
}

fn is_help(command: &Command) -> bool {
    command.get_name() == "help"
}

fn about(command: &Command) -> String {
    command.get_long_about().or(command.get_about()).map(ToString::to_string).unwrap_or_default()
}

/// The arguments and options, heading by heading.
fn options(command: &Command) -> String {
    let heading = |argument: &Arg| match argument.get_help_heading() {
        Some(heading) => heading.to_owned(),
        None if argument.is_positional() => "Arguments".to_owned(),
        None => "Options".to_owned(),
    };
    let is_shown = |argument: &&Arg| {
        !argument.is_hide_set() && !matches!(argument.get_id().as_str(), "help" | "version")
    };
    let shown: Vec<&Arg> = command.get_arguments().filter(is_shown).collect();
    let mut headings: Vec<String> = Vec::new();
    for argument in &shown {
        if !headings.contains(&heading(argument)) {
            headings.push(heading(argument));
        }
    }
    let mut text = String::new();
    for name in headings {
        text += &format!("\n## {name}\n\n");
        text.extend(
            shown.iter().filter(|argument| heading(argument) == name).map(|argument| entry(argument)),
        );
    }
    text
}

/// An argument as an entry of a list: how it is typed, its summary, and its explanation below.
fn entry(argument: &Arg) -> String {
    let help = argument.get_long_help().or(argument.get_help()).map(ToString::to_string).unwrap_or_default();
    let (summary, explanation) = help.split_once("\n\n").unwrap_or((&help, ""));
    let mut entry = format!("- {}: {summary}", typed(argument));
    let defaults = argument.get_default_values();
    if !defaults.is_empty() && !argument.is_hide_default_value_set() && takes_value(argument) {
        let defaults: Vec<_> = defaults.iter().map(|value| value.to_string_lossy()).collect();
        entry += &format!(" [default: {}]", defaults.join(","));
    }
    entry.push('\n');
    if !explanation.is_empty() {
        entry += &format!("\n  {}\n", explanation.replace('\n', "\n  "));
    }
    if takes_value(argument) && !argument.is_hide_possible_values_set() {
        for value in argument.get_possible_values() {
            let help = value.get_help().map(|help| format!(": {help}")).unwrap_or_default();
            entry += &format!("  - `{}`{help}\n", value.get_name());
        }
    }
    entry
}

fn takes_value(argument: &Arg) -> bool {
    !matches!(argument.get_action(), ArgAction::SetTrue | ArgAction::SetFalse | ArgAction::Count)
}

/// An argument as it is typed: `-t`, `--threshold <J>`.
fn typed(argument: &Arg) -> String {
    let names = argument.get_value_names().unwrap_or_default();
    let many = argument.get_num_args().is_some_and(|number| number.max_values() > 1);
    let many = if many || (argument.is_positional() && matches!(argument.get_action(), ArgAction::Append)) {
        "..."
    } else {
        ""
    };
    let values = names.iter().map(|name| format!("<{name}>{many}")).collect::<Vec<_>>().join(" ");
    let short = argument.get_short().map(|short| format!("`-{short}`, ")).unwrap_or_default();
    match argument.get_long() {
        Some(long) if takes_value(argument) => format!("{short}`--{long} {values}`"),
        Some(long) => format!("{short}`--{long}`"),
        None => format!("`{values}`"),
    }
}

/// What stands below the options: sections of a title and lines that are shown as they are.
fn after(command: &Command) -> String {
    let text = command.get_after_long_help().or(command.get_after_help()).map(ToString::to_string);
    let text = text.unwrap_or_default();
    let sections = text.split("\n\n").filter_map(|section| section.split_once(":\n"));
    sections.map(|(title, lines)| format!("\n## {title}\n\n```\n{}\n```\n", unindented(lines))).collect()
}

fn unindented(lines: &str) -> String {
    lines.lines().map(|line| line.strip_prefix("  ").unwrap_or(line)).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_option_is_shown_with_its_default_and_its_explanation_below() {
        let option = Arg::new("size").long("size").short('s').value_name("N").default_value("7");
        let option = option.help("Size").long_help("Size\n\nIn bytes.");
        let command = Command::new("make").about("Make it").arg(option).arg(Arg::new("in").value_name("IN"));
        let command = command.after_help("Examples:\n  make -s 9\n");
        assert_eq!(
            page(&command, "all make"),
            "# all make\n\nMake it\n\n```\nall make [OPTIONS] [IN]\n```\n\n## Options\n\n- `-s`, `--size <N>`: Size [default: 7]\n\n  In bytes.\n\n## Arguments\n\n- `<IN>`: \n\n## Examples\n\n```\nmake -s 9\n```\n"
        );
    }
}
