//! The flags about text that documents of unequal size share.

use clap::Args;
use twicetold::engine::{Matching, TemplateRule};
use twicetold::{Containment, Error};

use super::terminal::Terminal;

/// What becomes of documents that larger ones contain, and of forms.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Choosing")]
pub(crate) struct ReuseArgs {
    /// Keep forms filled in with other facts
    ///
    /// Keep documents that are similar to a kept one, but the same form with other names, numbers or dates: notices, results,
    /// grant announcements. A document then goes only if a kept one is similar to it and no such form. Each is compared with
    /// at most 32 kept forms of its family; summary.json counts where that was not all. Not with --memory
    #[arg(long)]
    keep_templates: bool,
    /// Remove also what a larger document contains
    ///
    /// After near-duplicates, remove also a document of which a larger kept one has most: a story cut short, or one that
    /// another wrapped in its own paragraphs. Never the larger of two, and only together with all near-duplicates that
    /// were removed in its favour. removed.jsonl calls these `excerpt` and gives their containment. Documents of 10
    /// to 49 words are judged if a larger one has a paragraph of them, shorter ones are not. Takes about half as
    /// much CPU time more, and 2 bytes of memory a word; not with --memory
    #[arg(long)]
    remove_excerpts: bool,
    /// Least share of a document that makes it an excerpt [default: 0.6]
    ///
    /// Least share of the shingles of a document that a larger one must have for the smaller to be an excerpt, above 0 and
    /// at most 1. Lower finds more and costs more. Of those at just this share, --recall says how many are found
    #[arg(long, value_name = "C", hide_short_help = true)]
    containment: Option<f64>,
}

impl ReuseArgs {
    /// What counts as a repeat, with what these flags say of templates.
    pub(crate) fn matching(&self, matching: Matching) -> Matching {
        let templates = if self.keep_templates { TemplateRule::Keep } else { TemplateRule::Remove };
        Matching { templates, ..matching }
    }

    /// The containment with which documents go, if they do.
    pub(crate) fn containment(&self) -> Result<Option<Containment>, Error> {
        let containment = self.containment.map_or(Ok(Containment::default()), Containment::new)?;
        Ok(self.remove_excerpts.then_some(containment))
    }

    /// Says what an estimate leaves out.
    pub(crate) fn note_estimate(&self, terminal: &Terminal) {
        if self.remove_excerpts {
            terminal
                .note("the estimate leaves out what --remove-excerpts removes, and what finding it costs");
        }
    }
}
