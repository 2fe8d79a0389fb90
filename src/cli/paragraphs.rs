//! The flags about repeated paragraphs.

use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{ArgMatches, Args, Command, ValueEnum};
use twicetold::ParagraphSplit;
use twicetold::engine::{ParagraphMode, ParagraphOptions};

/// What to do about repeated paragraphs.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Paragraphs")]
pub(crate) struct ParagraphArgs {
    /// Look for repeated ones: report, remove [default: off]
    ///
    /// Whether to look for paragraphs that repeat in what is kept: `off`, `report` to list them in paragraphs.jsonl,
    /// `remove` to take all but the first out of the clean corpus as well [default: off]
    #[arg(
        long, value_enum, value_name = "MODE", default_value_t = ModeArg::Off, hide_default_value = true,
        hide_possible_values = true
    )]
    paragraphs: ModeArg,
    /// Fewest words of a paragraph to be compared
    ///
    /// Fewest words of a paragraph to be compared across documents. Shorter ones, and single lines, go only if they
    /// repeat an earlier one of their own document exactly. Ten words is about the shortest sentence that is unlikely
    /// to be written twice by chance: fewer remove headlines and bylines, more keep short repeats
    #[arg(long, value_name = "N", default_value_t = ParagraphOptions::MIN_WORDS, hide_short_help = true)]
    min_words: usize,
    /// Remove all copies of those in N documents or more
    ///
    /// Take paragraphs that occur in at least N documents out of all of them, the first too [default: keep the first]
    #[arg(long, value_name = "N", hide_short_help = true)]
    boilerplate: Option<u64>,
    /// What sets paragraphs apart
    #[arg(long, value_enum, value_name = "AT", default_value_t = SplitArg::BlankLine, hide_short_help = true)]
    paragraph_split: SplitArg,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum ModeArg {
    /// Do not look for them
    Off,
    /// List them only
    Report,
    /// List them, and take all but the first out of the clean corpus
    Remove,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum SplitArg {
    /// Blank lines
    BlankLine,
    /// Every line is a paragraph
    Line,
}

/// The flags that say how to look for paragraphs, by their ids.
const DETAILS: [&str; 3] = ["min_words", "boilerplate", "paragraph_split"];

/// Refuses a detail that was typed where nothing looks for paragraphs. In a settings file or a variable it may wait for
/// a run that does; and what is switched on there is on, which the parser's own `requires` would not see.
pub(super) fn check(command: &Command, matches: &ArgMatches) -> Result<(), clap::Error> {
    let Some((name, matches)) = matches.subcommand() else { return Ok(()) };
    if !matches!(matches.try_get_one::<ModeArg>("paragraphs"), Ok(Some(ModeArg::Off))) {
        return Ok(());
    }
    let mut details = DETAILS.into_iter();
    let Some(typed) = details.find(|id| matches.value_source(id) == Some(ValueSource::CommandLine)) else {
        return Ok(());
    };
    let flag = typed.replace('_', "-");
    let message = format!("--{flag} does nothing without --paragraphs report or --paragraphs remove\n");
    let mut command = command.clone();
    command.build();
    let subcommand = command.find_subcommand_mut(name);
    Err(match subcommand {
        Some(subcommand) => subcommand.error(ErrorKind::MissingRequiredArgument, message),
        None => clap::Error::raw(ErrorKind::MissingRequiredArgument, message),
    })
}

impl ParagraphArgs {
    pub(crate) fn options(&self) -> ParagraphOptions {
        ParagraphOptions {
            mode: match self.paragraphs {
                ModeArg::Off => ParagraphMode::Off,
                ModeArg::Report => ParagraphMode::Report,
                ModeArg::Remove => ParagraphMode::Remove,
            },
            min_words: self.min_words,
            boilerplate: self.boilerplate,
            split: match self.paragraph_split {
                SplitArg::BlankLine => ParagraphSplit::BlankLine,
                SplitArg::Line => ParagraphSplit::Line,
            },
        }
    }
}
