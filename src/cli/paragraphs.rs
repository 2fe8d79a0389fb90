//! The flags about repeated paragraphs.

use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{ArgMatches, Args, Command, ValueEnum};
use twicetold::corpus::{FieldChoice, FieldPath};
use twicetold::engine::{ParagraphMode, ParagraphOptions};
use twicetold::{Error, ParagraphSplit};

/// What to do about repeated paragraphs.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Paragraphs")]
pub(crate) struct ParagraphArgs {
    /// Repeated paragraphs: report, remove [default: off]
    ///
    /// Looks for paragraphs that repeat within the kept documents. `report` lists them in paragraphs.jsonl; `remove` also
    /// deletes all but one of each from the clean corpus; `off` does not look for them. Of several documents that hold a
    /// paragraph, the one that it opens keeps it; else one whose title matches the text around it; else one that has something of
    /// its own beside it. Among equals --keep decides.
    #[arg(
        long, value_enum, value_name = "MODE", default_value_t = ParagraphModeArg::Off, hide_default_value = true,
        hide_possible_values = true
    )]
    paragraphs: ParagraphModeArg,
    /// Fewest words of a paragraph to compare
    ///
    /// Shorter paragraphs are never compared across documents. Within one, they are removed only inside a repeated block:
    /// beside a longer paragraph that is removed as well, in the same order, or as a headline doubled above a doubled body.
    /// Ten words is about the shortest sentence that is unlikely to be written twice by chance. A smaller number finds more
    /// (higher recall), and also headlines and bylines (lower precision).
    #[arg(long, value_name = "N", default_value_t = ParagraphOptions::MIN_WORDS, hide_short_help = true)]
    min_words: usize,
    /// Remove all copies of paragraphs in N documents
    ///
    /// A paragraph that occurs in at least N documents is removed from all of them, also from the first. By default one
    /// copy stays.
    #[arg(long, value_name = "N", hide_short_help = true)]
    boilerplate: Option<u64>,
    /// Boundary between two paragraphs
    ///
    /// By default blank lines; in a text that has none, every end of a line that is not inside a sentence, unless its lines are
    /// wrapped prose: many of them end inside a sentence, or where the next word would not have fitted. The summary says how many texts were split by line.
    #[arg(long, value_enum, value_name = "AT", default_value_t = ParagraphSplitArg::Auto, hide_short_help = true)]
    paragraph_split: ParagraphSplitArg,
    /// Field that holds the title [default: guessed]
    ///
    /// Of several documents that hold a paragraph, the one that it belongs to keeps it; a title that matches the text around it
    /// is a sign of that. Without the field, the first line of a text is taken for its title if it is short.
    #[arg(long, value_name = "FIELD", hide_short_help = true)]
    title_field: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum ParagraphModeArg {
    /// Do not look for them
    Off,
    /// List them only
    Report,
    /// List them, and remove all but one of each from the clean corpus
    Remove,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum ParagraphSplitArg {
    /// Blank lines; without any, ends of lines that are not wrapped
    Auto,
    /// Blank lines
    BlankLine,
    /// Every end of a line
    Line,
}

/// The flags that say how to look for paragraphs, by their ids.
const DETAILS: [&str; 4] = ["min_words", "boilerplate", "paragraph_split", "title_field"];

/// Refuses a detail that was typed where nothing looks for paragraphs. In a settings file or a variable it may wait for
/// a run that does; and what is switched on there is on, which the parser's own `requires` would not see.
pub(super) fn check(command: &Command, matches: &ArgMatches) -> Result<(), clap::Error> {
    let Some((name, matches)) = matches.subcommand() else { return Ok(()) };
    if !matches!(matches.try_get_one::<ParagraphModeArg>("paragraphs"), Ok(Some(ParagraphModeArg::Off))) {
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
    /// Which field holds the title; none where paragraphs, and so titles, are not looked at.
    pub(super) fn title_field(&self) -> Result<Option<FieldChoice>, Error> {
        match (self.paragraphs, &self.title_field) {
            (ParagraphModeArg::Off, _) => Ok(None),
            (_, Some(name)) => FieldPath::new(name.as_str()).map(|path| Some(FieldChoice::Named(path))),
            (_, None) => Ok(Some(FieldChoice::Guess)),
        }
    }

    pub(crate) fn options(&self) -> ParagraphOptions {
        let mut options = ParagraphOptions::default();
        options.mode = match self.paragraphs {
            ParagraphModeArg::Off => ParagraphMode::Off,
            ParagraphModeArg::Report => ParagraphMode::Report,
            ParagraphModeArg::Remove => ParagraphMode::Remove,
        };
        options.min_words = self.min_words;
        options.boilerplate = self.boilerplate;
        options.split = match self.paragraph_split {
            ParagraphSplitArg::Auto => ParagraphSplit::Auto,
            ParagraphSplitArg::BlankLine => ParagraphSplit::BlankLine,
            ParagraphSplitArg::Line => ParagraphSplit::Line,
        };
        options
    }
}
