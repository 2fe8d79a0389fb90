//! The flags about reference records, and about which documents are compared at all.

use std::path::PathBuf;

use clap::Args;
use twicetold::Error;
use twicetold::corpus::{FieldChoice, FieldPath, OpenOptions};
use twicetold::engine::Comparing;

use super::errors::CallError;

/// What the input is compared with.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Comparing")]
pub(crate) struct AgainstArgs {
    /// Also remove repeats of these reference records
    ///
    /// Files or directories of any format, such as evaluation sets or last month's corpus. A document that repeats a
    /// reference record is removed, whatever the priority; removed.jsonl names the record, with "reference": true.
    /// References are never written, removed or compared with each other, and their paragraphs are not compared. By default
    /// there are none. Put this flag after the inputs, since it takes all names that follow it.
    #[arg(long, value_name = "REF", num_args = 1..)]
    pub against: Vec<PathBuf>,
    /// Text field of the references [default: guessed]
    ///
    /// By default the field named for the input, if the references have it; otherwise the first of the usual names.
    #[arg(long, value_name = "FIELD", hide_short_help = true)]
    pub against_text_field: Option<String>,
    /// Compare documents of different sources only
    ///
    /// A document is removed only if a kept document of another source is similar enough, so repeats within a source stay.
    /// Needs a source field; all documents without a source count as one source. Reference records are compared whatever
    /// their source.
    #[arg(long, hide_short_help = true)]
    pub cross_source_only: bool,
    /// Compare documents of the same source only
    ///
    /// A document is removed only if a kept document of its own source is similar enough, so what sources take from each
    /// other stays. Needs a source field; all documents without a source count as one source. Reference records are compared
    /// whatever their source.
    #[arg(long, hide_short_help = true)]
    pub within_source_only: bool,
}

/// Where reference records are, and the field named for their text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct References<'a> {
    pub paths: &'a [PathBuf],
    pub text_field: Option<&'a str>,
}

impl References<'_> {
    /// `options` that open the references behind the inputs.
    pub(crate) fn behind(self, mut options: OpenOptions) -> Result<OpenOptions, Error> {
        options.against_text_field = match self.text_field {
            Some(name) => FieldPath::new(name).map(FieldChoice::Named)?,
            None => FieldChoice::Guess,
        };
        options.against = self.paths.to_vec();
        Ok(options)
    }
}

impl AgainstArgs {
    pub(crate) fn references(&self) -> References<'_> {
        References { paths: &self.against, text_field: self.against_text_field.as_deref() }
    }

    /// Which documents are compared with one another.
    pub(crate) fn comparing(&self) -> Result<Comparing, CallError> {
        match (self.cross_source_only, self.within_source_only) {
            (false, false) => Ok(Comparing::All),
            (true, false) => Ok(Comparing::AcrossSources),
            (false, true) => Ok(Comparing::WithinSources),
            (true, true) => Err(CallError::Argument {
                argument: "--within-source-only",
                value: "given with --cross-source-only".to_owned(),
                expected: "given without, since no two documents would be compared",
            }),
        }
    }
}
