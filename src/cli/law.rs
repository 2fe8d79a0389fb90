//! The law of the command line: any words are run, printed or refused with a sentence.

use std::ffi::OsString;

use clap::FromArgMatches;

use super::settings::{self, Call, Refused};
use super::{Cli, command, paragraphs};

/// Parses words that stand on lines of their own. Those with a sign of equality that begin with `TWICETOLD_` are
/// variables; settings files are left out, since any path would be read.
pub(crate) fn command_line(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let is_file = |word: &str| word.starts_with("--config") || word.starts_with("TWICETOLD_CONFIG");
    let is_variable = |word: &&str| word.starts_with("TWICETOLD_") && word.contains('=');
    let (variables, words): (Vec<&str>, Vec<&str>) =
        text.lines().filter(|word| !is_file(word)).partition(is_variable);
    let words = std::iter::once("twicetold").chain(words).map(OsString::from).collect();
    let variables = variables.iter().filter_map(|variable| variable.split_once('='));
    let variables = variables.map(|(name, value)| (OsString::from(name), OsString::from(value)));
    let command = command();
    let message = match settings::parse(&command, words, variables) {
        Ok(Call::Run(matches)) => {
            let cli = paragraphs::check(&command, &matches).and_then(|()| Cli::from_arg_matches(&matches));
            match cli {
                Ok(cli) => format!("{cli:?}"),
                Err(error) => error.to_string(),
            }
        }
        Ok(Call::Print(settings)) => {
            assert!(toml::de::DeTable::parse(&settings).is_ok(), "no TOML:\n{settings}");
            settings
        }
        Err(Refused::Call(error)) => error.to_string(),
        Err(Refused::Settings(error)) => error.to_string(),
    };
    assert!(!message.trim().is_empty(), "{text:?}: refused without a word");
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Words of the language of command lines, and what is near to them.
    fn words() -> Vec<String> {
        let command = command();
        let mut words: Vec<String> = [
            "a",
            "-",
            "--",
            "-o",
            "1",
            "0.8",
            "60%",
            "1e99",
            "",
            "é",
            "TWICETOLD_THRESHOLD=2",
            "--strict=false",
        ]
        .map(str::to_owned)
        .to_vec();
        for subcommand in command.get_subcommands() {
            words.extend(std::iter::repeat_n(subcommand.get_name().to_owned(), 4));
            let flags = subcommand.get_arguments().filter_map(clap::Arg::get_long);
            words.extend(flags.flat_map(|flag| [format!("--{flag}"), format!("--{flag}=1")]));
        }
        words
    }

    #[test]
    fn the_law_of_the_command_line_holds_of_the_examples() {
        let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/seeds/command_line");
        for example in std::fs::read_dir(directory).unwrap() {
            command_line(&std::fs::read(example.unwrap().path()).unwrap());
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn any_words_are_run_printed_or_refused(
            words in proptest::collection::vec(proptest::sample::select(words()), 0..8),
            print in any::<bool>(),
        ) {
            let mut text = words.join("\n");
            if print {
                text.push_str("\n--print-config");
            }
            command_line(text.as_bytes());
        }
    }
}
