//! The flags about repeated paragraphs.

use clap::{Args, ValueEnum};
use twicetold::engine::{ParagraphMode, ParagraphOptions};
use twicetold::text::ParagraphSplit;

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
    #[arg(long, value_name = "N", requires = "paragraphs", default_value_t = ParagraphOptions::MIN_WORDS, hide_short_help = true)]
    min_words: usize,
    /// Remove all copies of those in N documents or more
    ///
    /// Take paragraphs that occur in at least N documents out of all of them, the first too [default: keep the first]
    #[arg(long, value_name = "N", requires = "paragraphs", hide_short_help = true)]
    boilerplate: Option<u64>,
    /// What sets paragraphs apart
    #[arg(long, value_enum, value_name = "AT", requires = "paragraphs", default_value_t = SplitArg::BlankLine, hide_short_help = true)]
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
