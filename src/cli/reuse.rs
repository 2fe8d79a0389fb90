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
    /// Treats filled-in forms (same wording, other names, numbers or dates), such as notices, results or grant announcements,
    /// as different documents and keeps them all. By default they are removed as near-duplicates. Removes less (higher
    /// precision, lower recall). Each document is compared with at most 32 kept forms of its family; summary.json counts the
    /// documents for which there were more. A text of more than 256 KiB is no form.
    #[arg(long)]
    keep_templates: bool,
    /// Also remove excerpts of larger documents
    ///
    /// After near-duplicates, also removes a document if a larger kept one contains most of it: a story cut short, or quoted
    /// within other text (higher recall). If A is removed as an excerpt of B, then everything that was removed because of A
    /// must also be contained in B; otherwise A stays. removed.jsonl gives the relation `excerpt` and the containment.
    /// Documents of 10 to 49 words are compared only with larger ones that have one of their paragraphs; shorter documents
    /// stay. Takes about half as much CPU time again, and 2 bytes of memory per word. Not available with --memory.
    #[arg(long)]
    remove_excerpts: bool,
    /// Least containment of an excerpt [default: 0.6]
    ///
    /// Containment is the share of a document's shingles that the larger one has: a number above 0 and at most 1. A lower
    /// value removes more, and looser excerpts (higher recall, lower precision), and takes longer. --recall is the share
    /// found of excerpts at just this containment.
    #[arg(long, value_name = "C", hide_short_help = true)]
    containment: Option<f64>,
}

impl ReuseArgs {
    /// What counts as a repeat, with what these flags say of templates.
    pub(crate) fn matching(&self, mut matching: Matching) -> Matching {
        matching.templates = if self.keep_templates { TemplateRule::Keep } else { TemplateRule::Remove };
        matching
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
                .note("the estimate leaves out the excerpts that --remove-excerpts removes, and the time to find them");
        }
    }
}
