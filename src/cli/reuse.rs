//! The flags about text that documents of unequal size share.

use clap::Args;
use twicetold::engine::{Matching, TemplateRule};
use twicetold::{Containment, Error, ItemSearch, Shingling};

use super::terminal::Terminal;

/// What becomes of documents that larger ones contain, and of forms.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Choosing")]
pub(crate) struct ReuseArgs {
    /// Keep forms filled in with other facts
    ///
    /// Treats filled-in forms (same wording, other names, numbers or dates), such as notices, results or grant announcements,
    /// as different documents and keeps them all. By default they are removed as near-duplicates. Removes less (higher
    /// precision, lower recall). What recurs in the corpus over days or within a source counts as the form; without
    /// dates and sources, 16 documents make a family, and a difference where most of them differ, too, is one of facts.
    /// The documents are read once more for that, up to 512 bytes of memory each. Each document is compared with at
    /// most 32 kept forms of its family; summary.json counts the documents for which there were more. A text of more
    /// than 256 KiB is no form.
    #[arg(long)]
    keep_templates: bool,
    /// Also remove excerpts of larger documents
    ///
    /// After near-duplicates, also removes a document if a larger kept one contains most of it: a story cut short, or quoted
    /// within other text (higher recall). If A is removed as an excerpt of B, then everything that was removed because of A
    /// must also be contained in B; otherwise A stays. removed.jsonl gives the relation `excerpt` and the containment.
    /// Where --prefer-source decides before --keep, the text of a preferred source stays, and a larger document that contains
    /// it is removed, whatever else it holds, with the relation `expansion`.
    /// Documents of 10 to 49 words are compared only with larger ones that have one of their paragraphs; shorter documents
    /// stay. Takes about half as much CPU time again, and 2 bytes of memory per word. Not available with --memory.
    #[arg(long)]
    remove_excerpts: bool,
    /// Also remove documents that hold a record of REF
    ///
    /// With --against REF: removes a document that has at least --containment (0.8 here) of the shingles of a reference
    /// record, however much longer it is, and one of which a reference record has as much. Line breaks, case and punctuation
    /// do not matter. Nothing is missed: records of 8 words and more are searched for by all their shingles; unsearched.jsonl
    /// names shorter ones. contained.jsonl says which document holds which record, in which bytes of its text, and how much of
    /// it; removed.jsonl gives the relation `expansion` (the document holds the record) or `excerpt` (it is inside the
    /// record), unless they are `near` or `exact`. Use it to keep evaluation sets out of training data. Takes 26 bytes of
    /// memory a word of the reference, 50 while it is read.
    #[arg(long)]
    contained: bool,
    /// Shingles of --contained [default: those of --shingle]
    ///
    /// word:N or char:N. With a larger N, as word:8 or word:13, only longer runs of the same words count (higher precision,
    /// lower recall). A record that is shorter than a shingle is searched for by word:8. By default, where --shingle is in
    /// bytes, word:5.
    #[arg(long, value_name = "UNIT:N", requires = "contained", hide_short_help = true)]
    contained_shingle: Option<Shingling>,
    /// Least containment [default: 0.6 of an excerpt, 0.8 with --contained]
    ///
    /// Containment is the share of a document's shingles that the larger one has: a number above 0 and at most 1. A lower
    /// value removes more, and looser excerpts (higher recall, lower precision), and takes longer. --recall is the share
    /// found of excerpts at just this containment.
    #[arg(long, value_name = "C", hide_short_help = true)]
    containment: Option<f64>,
}

impl ReuseArgs {
    /// What counts as a repeat, with what these flags say of templates and of records inside documents.
    pub(crate) fn matching(&self, mut matching: Matching) -> Result<Matching, Error> {
        matching.templates = if self.keep_templates { TemplateRule::Keep } else { TemplateRule::Remove };
        if self.contained {
            let containment = match self.containment {
                Some(containment) => Containment::new(containment)?,
                None => ItemSearch::default().containment,
            };
            matching.items = Some(ItemSearch::new(containment, self.contained_shingle));
        }
        Ok(matching)
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
        if self.contained {
            terminal.note("the estimate leaves out the documents that --contained removes");
        }
    }
}
