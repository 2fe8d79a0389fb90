//! The flags about the records to read.

use std::env;
use std::path::{Path, PathBuf};

use clap::Args;
use twicetold::Error;
use twicetold::PriorityKey;
use twicetold::corpus::{
    Corpus, FieldChoice, FieldPath, Format, Header, Obstacle, OpenOptions, SourceGuess, Split,
};
use twicetold::engine::Strictness;

use super::against::{AgainstArgs, References};
use super::sizes::parse_size;
use super::terminal::Terminal;

/// Which records to read.
#[derive(Clone, Debug, Args)]
pub(crate) struct InputArgs {
    /// Files or directories to read; - is standard input
    ///
    /// Formats: .jsonl, .json, .csv, .tsv, .txt, .parquet, .warc and .wet. They may be compressed (.gz, .zst, .bz2, .xz,
    /// .lz4) or packed in .tar or .zip. A directory is read with all directories below it, except hidden files. Files are
    /// read in the order of their names, so the order in which they are given does not matter.
    #[arg(required = true, value_name = "INPUT")]
    pub inputs: Vec<PathBuf>,
    #[command(flatten)]
    pub fields: FieldArgs,
}

/// How records are read.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Reading")]
pub(crate) struct FieldArgs {
    /// Field that holds the text [default: guessed]
    ///
    /// Write dots between nested names: `body`, `meta.body`. By default the first of the usual names that the first record
    /// has. A record without the field is rejected, and listed in rejected.jsonl.
    #[arg(long, value_name = "FIELD")]
    pub text_field: Option<String>,
    /// Field that holds the id [default: guessed]
    ///
    /// A record without an id is named by its file and record number.
    #[arg(long, value_name = "FIELD")]
    pub id_field: Option<String>,
    /// Field that holds the source [default: guessed]
    ///
    /// A source is a newspaper, an office or a site. --prefer-source, --per-source, --cross-source-only,
    /// --within-source-only and --abort-if-source-removed use it, and clusters.jsonl lists it.
    #[arg(long, value_name = "FIELD")]
    pub source_field: Option<String>,
    /// Field that holds the date [default: guessed]
    ///
    /// --keep earliest and --keep latest use it, stories are put in its order, and clusters.jsonl lists it.
    #[arg(long, value_name = "FIELD")]
    pub date_field: Option<String>,
    /// Format of the inputs [default: detected]
    ///
    /// One of jsonl, json, csv, tsv, txt, parquet or warc, whatever the files are called. By default the format is detected
    /// by name and content. Compression and archives are always detected.
    #[arg(long, value_name = "FORMAT")]
    pub format: Option<Format>,
    /// Cut text files into documents [default: no cuts]
    ///
    /// `line` makes each line a document and `blank-line` each block of lines; a regular expression cuts wherever it
    /// matches. By default a file is one document. Other formats have records, and are not cut.
    #[arg(long, value_name = "WHERE", hide_short_help = true)]
    pub split: Option<Split>,
    /// Read CSV and TSV files that have no header line
    ///
    /// The columns are then called 1, 2, 3. By default the first line holds their names.
    #[arg(long, hide_short_help = true)]
    pub no_header: bool,
    /// How many times its size a compressed file may unpack to
    ///
    /// A file that unpacks to more, beyond its first 16 MB, ends the run: such files are made to fill disks. Raise the
    /// number for very repetitive text.
    #[arg(long, value_name = "N", default_value_t = OpenOptions::MAX_RATIO, hide_short_help = true)]
    pub max_ratio: u64,
    /// Longest record to read, in bytes
    ///
    /// K, M, G and T are powers of 1024. Longer records are rejected, and listed in rejected.jsonl.
    #[arg(long, value_name = "SIZE", default_value = "256M", value_parser = parse_size)]
    pub max_record: u64,
    /// Directory for temporary files [default: the system's]
    ///
    /// Compressed input and standard input are unpacked there, and beyond 4,096 small files further ones are copied there, so it
    /// needs room for them.
    #[arg(long, value_name = "DIR", hide_short_help = true)]
    pub temp_dir: Option<PathBuf>,
}

/// What a record that cannot be read does to the run.
#[derive(Clone, Copy, Debug, Args)]
#[command(next_help_heading = "Reading")]
pub(crate) struct StrictArgs {
    /// End with status 3 if a record cannot be read
    ///
    /// Nothing is written then. By default such a record is rejected and listed in rejected.jsonl, and the run goes on.
    #[arg(long)]
    strict: bool,
}

impl StrictArgs {
    pub(crate) fn strictness(self) -> Strictness {
        if self.strict { Strictness::Strict } else { Strictness::Lenient }
    }
}

impl InputArgs {
    /// Opens the corpus, with the fields that the priority keys look at, and tells what was guessed and skipped.
    pub(crate) fn open(&self, priority: &[PriorityKey], terminal: &Terminal) -> anyhow::Result<Corpus> {
        let more: Vec<FieldPath> = priority.iter().filter_map(PriorityKey::field).cloned().collect();
        self.fields.open(&self.inputs, &more, terminal)
    }

    /// Opens the corpus, with the references behind the inputs and the fields that the priority keys look at, and tells
    /// what was guessed and skipped.
    pub(crate) fn open_against(
        &self,
        against: &AgainstArgs,
        priority: &[PriorityKey],
        title: Option<FieldChoice>,
        output: Option<&Path>,
        terminal: &Terminal,
    ) -> anyhow::Result<Corpus> {
        let more: Vec<FieldPath> = priority.iter().filter_map(PriorityKey::field).cloned().collect();
        let mut options = against.references().behind(self.fields.options(&more)?)?;
        options.title_field = title;
        options.output = output.map(Path::to_path_buf);
        open(&self.inputs, &options, terminal)
    }
}

impl FieldArgs {
    /// Opens a corpus and tells what was guessed and skipped.
    pub(crate) fn open(
        &self,
        inputs: &[PathBuf],
        more_fields: &[FieldPath],
        terminal: &Terminal,
    ) -> anyhow::Result<Corpus> {
        self.open_guessing(inputs, more_fields, SourceGuess::OwnField, None, terminal)
    }

    /// As [`open`](Self::open), with references behind the inputs.
    pub(crate) fn open_against(
        &self,
        inputs: &[PathBuf],
        references: References<'_>,
        terminal: &Terminal,
    ) -> anyhow::Result<Corpus> {
        open(inputs, &references.behind(self.options(&[])?)?, terminal)
    }

    /// As [`open`](Self::open), with a source that is guessed in other fields too.
    pub(crate) fn open_guessing(
        &self,
        inputs: &[PathBuf],
        more_fields: &[FieldPath],
        source_guess: SourceGuess,
        output: Option<&Path>,
        terminal: &Terminal,
    ) -> anyhow::Result<Corpus> {
        let mut options = self.options(more_fields)?;
        options.source_guess = source_guess;
        options.output = output.map(Path::to_path_buf);
        open(inputs, &options, terminal)
    }

    fn options(&self, more_fields: &[FieldPath]) -> Result<OpenOptions, Error> {
        let choice = |field: &Option<String>| match field {
            Some(name) => FieldPath::new(name.as_str()).map(FieldChoice::Named),
            None => Ok(FieldChoice::Guess),
        };
        let mut options = OpenOptions::new(self.temp_dir.clone().unwrap_or_else(env::temp_dir));
        options.text_field = choice(&self.text_field)?;
        options.id_field = choice(&self.id_field)?;
        options.source_field = choice(&self.source_field)?;
        options.date_field = choice(&self.date_field)?;
        options.more_fields = more_fields.to_vec();
        options.format = self.format;
        options.split.clone_from(&self.split);
        options.header = if self.no_header { Header::Absent } else { Header::Present };
        options.max_record_bytes = self.max_record;
        options.max_ratio = self.max_ratio;
        Ok(options)
    }
}

/// Opens a corpus and tells what was guessed and skipped.
fn open(inputs: &[PathBuf], options: &OpenOptions, terminal: &Terminal) -> anyhow::Result<Corpus> {
    let corpus = Corpus::open(inputs, options)?;
    if let [first, ..] = corpus.skipped() {
        let (count, first) = (corpus.skipped().len(), first.display());
        terminal.note(&format!(
            "passing over {count} files of unknown kinds, such as {first}; --format names theirs"
        ));
    }
    for passed_over in corpus.passed_over().chunk_by(|a, b| a.obstacle == b.obstacle) {
        let (one, several) = match passed_over[0].obstacle {
            Obstacle::LinkLoop => ("a link to a directory above it", "links to directories above them"),
            Obstacle::DanglingLink => ("a link that leads nowhere", "links that lead nowhere"),
            _ => ("a pipe, socket or device", "pipes, sockets or devices"),
        };
        let first = passed_over[0].path.display();
        terminal.note(&match passed_over.len() {
            1 => format!("passing over {first}: {one}"),
            count => format!("passing over {count} {several}, such as {first}"),
        });
    }
    if let [first, ..] = corpus.earlier_outputs() {
        let first = first.display();
        terminal.note(&format!(
            "passing over the output of an earlier run in {first}; to read it, name its files"
        ));
    }
    let list = |guesses: &[(&'static str, FieldPath)]| {
        let fields = guesses.iter().map(|(purpose, path)| format!("{purpose} from \"{path}\""));
        fields.collect::<Vec<_>>().join(", ")
    };
    if !corpus.guesses().is_empty() {
        let fields = list(corpus.guesses());
        terminal.note(&format!("reading {fields}; --text-field and the like name other fields"));
    }
    if !corpus.reference_guesses().is_empty() {
        let fields = list(corpus.reference_guesses());
        terminal.note(&format!("reading {fields} of the reference; --against-text-field names another"));
    }
    Ok(corpus)
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Call {
        #[command(flatten)]
        fields: FieldArgs,
    }

    fn options(flags: &[&str]) -> OpenOptions {
        let call = Call::parse_from([&["call"], flags].concat());
        call.fields.options(&[]).unwrap()
    }

    #[test]
    fn without_flags_everything_is_guessed_within_limits() {
        let options = options(&[]);
        assert!(matches!(options.text_field, FieldChoice::Guess));
        assert!(options.format.is_none() && options.split.is_none());
        assert_eq!(options.max_record_bytes, OpenOptions::MAX_RECORD_BYTES);
        assert_eq!(options.max_ratio, OpenOptions::MAX_RATIO);
        assert!(matches!(options.header, Header::Present));
    }

    #[test]
    fn flags_become_the_options_that_they_name() {
        let flags = ["--text-field", "meta.body", "--format", "csv", "--no-header", "--max-record", "1K"];
        let options = options(&flags);
        assert!(matches!(options.text_field, FieldChoice::Named(path) if path.to_string() == "meta.body"));
        assert_eq!(options.format, Some(Format::Csv));
        assert!(matches!(options.header, Header::Absent));
        assert_eq!(options.max_record_bytes, 1024);
    }

    #[test]
    fn a_field_without_a_name_is_refused() {
        let call = Call::parse_from(["call", "--id-field", ""]);
        assert!(call.fields.options(&[]).is_err());
    }
}
