//! How inputs are opened.

use std::path::PathBuf;

use super::fields::{FieldChoice, FieldPath, SourceGuess};
use super::format::Format;
use super::formats::{Header, Split};
use super::settle::FieldChoices;

/// How inputs are opened.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct OpenOptions {
    /// Holds the text.
    pub text_field: FieldChoice,
    /// Holds the id.
    pub id_field: FieldChoice,
    /// Holds the source.
    pub source_field: FieldChoice,
    /// Holds the date.
    pub date_field: FieldChoice,
    /// Holds the title; none where titles are not looked at.
    pub title_field: Option<FieldChoice>,
    /// Where a source is looked for if it is to be guessed.
    pub source_guess: SourceGuess,
    /// Other fields that will be asked for. Of formats other than JSON Lines, only the fields named here and above
    /// are read.
    pub more_fields: Vec<FieldPath>,
    /// What the files hold, whatever their names and first bytes say; compression and archives are recognised all
    /// the same.
    pub format: Option<Format>,
    /// Cuts plain text files into documents.
    pub split: Option<Split>,
    /// Files or directories of reference records, which input records are compared with; they are behind the inputs
    /// in corpus order.
    pub against: Vec<PathBuf>,
    /// Holds the text of reference records. Where it is to be guessed, a field named for the inputs comes first, as
    /// it does for the other fields of reference records.
    pub against_text_field: FieldChoice,
    /// Whether tables begin with the names of their columns.
    pub header: Header,
    /// Longer records are rejected.
    pub max_record_bytes: u64,
    /// How many times its size a file may unpack to.
    pub max_ratio: u64,
    /// Where compressed inputs are unpacked to, and the wanted fields of other formats are put.
    pub temp_dir: PathBuf,
    /// Directory that the run writes to. Files in it that the run would replace are no input.
    pub output: Option<PathBuf>,
}

impl OpenOptions {
    /// The default limit of a record: 256 MB.
    pub const MAX_RECORD_BYTES: u64 = 256 << 20;

    /// The default limit of what a file unpacks to. Text seldom passes 10; gzip cannot pass 1032.
    pub const MAX_RATIO: u64 = 1000;

    /// Guesses everything, and puts temporary files in `temp_dir`.
    pub fn new(temp_dir: PathBuf) -> Self {
        Self {
            text_field: FieldChoice::Guess,
            id_field: FieldChoice::Guess,
            source_field: FieldChoice::Guess,
            date_field: FieldChoice::Guess,
            title_field: None,
            source_guess: SourceGuess::default(),
            more_fields: Vec::new(),
            format: None,
            split: None,
            against: Vec::new(),
            against_text_field: FieldChoice::Guess,
            header: Header::Present,
            max_record_bytes: Self::MAX_RECORD_BYTES,
            max_ratio: Self::MAX_RATIO,
            temp_dir,
            output: None,
        }
    }
}

impl OpenOptions {
    /// The fields asked for in the inputs.
    pub(super) fn field_choices(&self) -> FieldChoices {
        FieldChoices {
            text: self.text_field.clone(),
            id: self.id_field.clone(),
            source: self.source_field.clone(),
            source_guess: self.source_guess,
            date: self.date_field.clone(),
            title: self.title_field.clone(),
            text_purpose: "text",
            keys: self.more_fields.clone(),
        }
    }

    /// The fields asked for in the references.
    pub(super) fn reference_field_choices(&self) -> FieldChoices {
        let text = match &self.against_text_field {
            FieldChoice::Guess => self.text_field.for_others(),
            chosen => chosen.clone(),
        };
        FieldChoices {
            text,
            id: self.id_field.for_others(),
            source: self.source_field.for_others(),
            source_guess: self.source_guess,
            date: self.date_field.for_others(),
            // A reference owns nothing.
            title: None,
            text_purpose: "text of references",
            // A reference has no priority.
            keys: Vec::new(),
        }
    }
}
