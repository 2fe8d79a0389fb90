//! Settings as text: a file with every one explained, and those in effect.

use std::fmt::Write;

use clap::parser::ValueSource;
use clap::{ArgMatches, Command};

use super::given::{Given, Origin};
use super::keys::{Key, ValueShape, keys};

/// Columns of an explanation.
const WIDTH: usize = 100;

/// A settings file that sets nothing and explains everything.
pub(crate) fn template(command: &Command) -> String {
    let all = keys(command);
    let mut text = String::from(
        "# Settings of twicetold, for --config FILE or TWICETOLD_CONFIG=FILE.\n\
         #\n\
         # Take the # away before a setting to set it; what is shown is the default, or in capitals what it takes.\n\
         # A setting above all tables holds for every command that has the flag; one in the table of a command for\n\
         # that command only. A variable such as TWICETOLD_THRESHOLD is stronger than this file, and a flag stronger\n\
         # than both. Paths are relative to the directory in which the program runs.\n",
    );
    let alike = |a: &Key<'_>, b: &Key<'_>| {
        a.name == b.name && explanation(a) == explanation(b) && example(a) == example(b)
    };
    let is_shared = |key: &Key<'_>| {
        key.section.is_none() || all.iter().any(|other| other.section != key.section && alike(key, other))
    };
    let mut shown: Vec<&Key> = Vec::new();
    let mut heading = None;
    for key in all.iter().filter(|key| is_shared(key)) {
        if shown.iter().any(|other| other.name == key.name) {
            continue;
        }
        if heading != key.argument.get_help_heading() {
            heading = key.argument.get_help_heading();
            writeln!(text, "\n## {}", heading.unwrap_or("Output")).expect("a string takes everything");
        }
        explain(&mut text, key);
        shown.push(key);
    }
    let mut section = None;
    for key in all.iter().filter(|key| !shown.iter().any(|other| alike(key, other))) {
        if section != key.section {
            section = key.section;
            writeln!(text, "\n[{}]", section.unwrap_or_default()).expect("a string takes everything");
        }
        explain(&mut text, key);
    }
    text
}

/// The settings of the command that was called, each with where it came from.
pub(super) fn in_effect(command: &Command, matches: &ArgMatches, given: &[Given]) -> String {
    let mut text = String::new();
    let Some((name, matches)) = matches.subcommand() else { return text };
    let mut section = None;
    let all = keys(command);
    for key in all.iter().filter(|key| key.section.is_none_or(|section| section == name)) {
        if section != key.section {
            section = key.section;
            writeln!(text, "\n[{name}]").expect("a string takes everything");
        }
        let id = key.argument.get_id().as_str();
        let values: Vec<String> = matches
            .get_raw(id)
            .map(|values| values.map(|value| value.to_string_lossy().into_owned()).collect())
            .unwrap_or_default();
        if values.is_empty() {
            writeln!(text, "#{}", example(key)).expect("a string takes everything");
            continue;
        }
        let typed = matches.value_source(id) == Some(ValueSource::CommandLine);
        let elsewhere = given.iter().rfind(|given| given.section.as_deref() == key.section && given.id == id);
        let origin = match elsewhere {
            _ if typed => Origin::Typed.to_string(),
            Some(given) => given.origin.to_string(),
            None => "default".to_owned(),
        };
        let line = format!("{} = {}", key.name, literal(key.shape(), &values));
        writeln!(text, "{line:<40} # {origin}").expect("a string takes everything");
    }
    text
}

fn explain(text: &mut String, key: &Key<'_>) {
    text.push('\n');
    for line in wrapped(&explanation(key), WIDTH) {
        writeln!(text, "# {line}").expect("a string takes everything");
    }
    writeln!(text, "#{}", example(key)).expect("a string takes everything");
}

/// All that the help says.
fn explanation(key: &Key<'_>) -> String {
    let help =
        key.argument.get_long_help().or(key.argument.get_help()).map(ToString::to_string).unwrap_or_default();
    let values: Vec<String> = key
        .argument
        .get_possible_values()
        .iter()
        .filter(|_| key.shape() != ValueShape::Switch && !key.argument.is_hide_possible_values_set())
        .map(|value| match value.get_help() {
            Some(help) => format!("\n{}: {help}", value.get_name()),
            None => format!("\n{}", value.get_name()),
        })
        .collect();
    help + &values.concat()
}

/// The setting with its default, or with what it takes.
fn example(key: &Key<'_>) -> String {
    let defaults: Vec<String> =
        key.argument.get_default_values().iter().map(|value| value.to_string_lossy().into_owned()).collect();
    let values = match (key.shape(), defaults.is_empty()) {
        (ValueShape::Switch, true) => vec!["false".to_owned()],
        (_, true) => {
            key.argument.get_value_names().unwrap_or_default().iter().map(ToString::to_string).collect()
        }
        (_, false) => defaults,
    };
    format!("{} = {}", key.name, literal(key.shape(), &values))
}

/// Values in TOML. A number is bare if it is written as a number would be.
fn literal(shape: ValueShape, values: &[String]) -> String {
    let one = |value: &String| {
        let integer = value.parse::<i64>().is_ok_and(|number| number.to_string() == *value);
        let float =
            value.parse::<f64>().is_ok_and(|number| number.is_finite() && number.to_string() == *value);
        // The escapes of JSON are escapes of TOML.
        if integer || (float && value.contains('.')) {
            value.clone()
        } else {
            serde_json::json!(value).to_string()
        }
    };
    match (shape, values) {
        (ValueShape::Switch, [value]) => value.clone(),
        (ValueShape::One, [value]) => one(value),
        _ => format!("[{}]", values.iter().map(one).collect::<Vec<_>>().join(", ")),
    }
}

/// Breaks a text into lines of at most so many columns, where no word is longer; its own line ends stay.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for paragraph in text.lines() {
        let mut line = String::new();
        for word in paragraph.split_whitespace() {
            if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > width {
                lines.push(std::mem::take(&mut line));
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
        lines.push(line);
    }
    lines
}
