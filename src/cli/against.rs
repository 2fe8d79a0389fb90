//! The flags about what documents are compared with beside one another.

use std::path::PathBuf;

use clap::Args;
use twicetold::Error;
use twicetold::corpus::{FieldChoice, FieldPath, OpenOptions};
use twicetold::engine::Comparing;

/// What the input is compared with.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Comparing")]
pub(crate) struct AgainstArgs {
    /// Also remove what repeats a record of these
    ///
    /// Files or directories of reference records, such as evaluation sets or last month's corpus: also remove from the
    /// input what repeats one of them. They are never written nor removed, nor compared with each other, whatever the
    /// priority; a record that repeats one names it in removed.jsonl, with "reference": true. Of any format; paragraphs
    /// are not compared with theirs. Give this flag behind the inputs: it takes all names that follow it
    #[arg(long, value_name = "REF", num_args = 1..)]
    pub against: Vec<PathBuf>,
    /// Field of the text in the reference [default: guessed]
    ///
    /// Field that holds the text of reference records [default: the one named for the input, if it is there; else the
    /// first of the usual names]
    #[arg(long, value_name = "FIELD", hide_short_help = true)]
    pub against_text_field: Option<String>,
    /// Compare documents of different sources only
    ///
    /// Never compare documents of the same source with each other: a document stays unless one of another source that
    /// stays is similar enough. Needs a source field; documents without a value count as one source. Those of a
    /// reference are compared whatever their source
    #[arg(long, hide_short_help = true)]
    pub cross_source_only: bool,
}

/// Where reference records are, and the field named for their text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct References<'a> {
    pub paths: &'a [PathBuf],
    pub text_field: Option<&'a str>,
}

impl References<'_> {
    /// `options` that open the references behind the inputs.
    pub(crate) fn behind(self, options: OpenOptions) -> Result<OpenOptions, Error> {
        let against_text_field = match self.text_field {
            Some(name) => FieldPath::new(name).map(FieldChoice::Named)?,
            None => FieldChoice::Guess,
        };
        Ok(OpenOptions { against: self.paths.to_vec(), against_text_field, ..options })
    }
}

impl AgainstArgs {
    pub(crate) fn references(&self) -> References<'_> {
        References { paths: &self.against, text_field: self.against_text_field.as_deref() }
    }

    /// Which documents are compared with one another.
    pub(crate) fn comparing(&self) -> Comparing {
        if self.cross_source_only { Comparing::AcrossSources } else { Comparing::All }
    }
}
