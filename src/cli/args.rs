//! The flags that several commands share, and what they mean.

use std::env;
use std::num::NonZeroUsize;
use std::path::{self, Path, PathBuf};

use anyhow::Context;
use clap::{Args, ValueEnum};
use twicetold::corpus::{Corpus, FieldChoice, FieldPath, Format, Header, OpenOptions, SourceGuess, Split};
use twicetold::engine::{Matching, OutOfCore, Resume, SafetyStops, Share, SourceLimit, TemplateRule};
use twicetold::{
    Bands, DiacriticFolding, DigitFolding, Error, Recall, Rows, Seed, Shingling, Slots, TextParams, Threshold,
};
use twicetold::{PriorityKey, Verification};

use super::against::{AgainstArgs, References};
use super::terminal::Terminal;

/// How the program runs and what it shows.
#[derive(Clone, Debug, Args)]
pub(crate) struct RunArgs {
    /// Threads to use [default: one a core]
    ///
    /// Threads to use; the output is the same for any number [default: one a core]
    #[arg(long, global = true, value_name = "N", help_heading = "Running", value_parser = parse_threads)]
    pub threads: Option<NonZeroUsize>,
    /// Show errors only
    #[arg(long, short, global = true, help_heading = "Running")]
    pub quiet: bool,
    /// Write the result as JSON to standard output
    #[arg(long, global = true, help_heading = "Running")]
    pub json: bool,
    /// Form of notes and progress [default: text]
    ///
    /// Form of what goes to standard error: `text` or `json` [default: text]. With `json`, every note, every step of progress (about one a second),
    /// the summary and an error are a line of JSON each, with the field `event` to tell them apart
    #[arg(
        long,
        global = true,
        value_name = "FORM",
        help_heading = "Running",
        default_value = "text",
        hide_default_value = true,
        hide_possible_values = true
    )]
    pub log_format: LogFormat,
}

fn parse_threads(text: &str) -> Result<NonZeroUsize, String> {
    text.parse().map_err(|_| "it must be a whole number above 0".to_owned())
}

/// The form of what goes to standard error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// For people
    Text,
    /// For programs: a line of JSON an event
    Json,
}

/// Which records to read.
#[derive(Clone, Debug, Args)]
pub(crate) struct InputArgs {
    /// Files or directories to read; - is standard input
    ///
    /// Files or directories: .jsonl, .json, .csv, .tsv, .txt, .parquet, .warc, .wet; compressed (.gz, .zst, .bz2, .xz,
    /// .lz4) or in .tar or .zip; - is standard input. A directory is read with all below it, but for hidden files.
    /// The order of the names does not matter: files are read in the order of their names
    #[arg(required = true, value_name = "INPUT")]
    pub inputs: Vec<PathBuf>,
    #[command(flatten)]
    pub fields: FieldArgs,
}

/// How records are read.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Reading")]
pub(crate) struct FieldArgs {
    /// Field of the text [default: guessed]
    ///
    /// Field that holds the text, with dots between nested names: `body`, `meta.body` [default: the first of the
    /// usual names that the first record has]. A record without it is rejected and listed
    #[arg(long, value_name = "FIELD")]
    pub text_field: Option<String>,
    /// Field of the id [default: guessed]
    ///
    /// Field that holds the id [default: guessed]. A record without one is named by file and record number
    #[arg(long, value_name = "FIELD")]
    pub id_field: Option<String>,
    /// Field of the source [default: guessed]
    ///
    /// Field that holds the source of a record: a newspaper, an office, a site [default: guessed]. Used by
    /// --prefer-source, --cross-source-only and --abort-if-source-removed, and listed in clusters.jsonl
    #[arg(long, value_name = "FIELD")]
    pub source_field: Option<String>,
    /// Field of the date [default: guessed]
    ///
    /// Field that holds the date [default: guessed]. Used by --keep earliest and latest, and listed in
    /// clusters.jsonl
    #[arg(long, value_name = "FIELD")]
    pub date_field: Option<String>,
    /// What the inputs hold [default: recognised]
    ///
    /// What the inputs hold, whatever they are called: jsonl, json, csv, tsv, txt, parquet or warc [default: told by
    /// name and content]. Compression and archives are recognised all the same
    #[arg(long, value_name = "FORMAT")]
    pub format: Option<Format>,
    /// Cut text files at every line, at blank-line, or by REGEX
    ///
    /// Cut text files into documents: at every line, at blank-line, or where a regular expression matches [default:
    /// a file is a document]
    #[arg(long, value_name = "WHERE", hide_short_help = true)]
    pub split: Option<Split>,
    /// CSV and TSV files have no header; columns are 1, 2, 3
    ///
    /// CSV and TSV files begin without the names of their columns, which are called 1, 2, 3
    #[arg(long, hide_short_help = true)]
    pub no_header: bool,
    /// How many times its size a file may unpack to
    ///
    /// How many times its size a compressed file may unpack to, beyond its first 16 MB; more is an error, since such
    /// files are made to fill disks
    #[arg(long, value_name = "N", default_value_t = OpenOptions::MAX_RATIO, hide_short_help = true)]
    pub max_ratio: u64,
    /// Longest record to read
    ///
    /// Longest record to read, in bytes with K, M, G or T; longer ones are rejected and listed
    #[arg(long, value_name = "SIZE", default_value = "256M", value_parser = parse_size)]
    pub max_record: u64,
    /// Directory for temporary files [default: the system's]
    ///
    /// Directory for temporary files [default: the system's]. Compressed input and standard input are unpacked to it,
    /// so it needs room for them
    #[arg(long, value_name = "DIR", hide_short_help = true)]
    pub temp_dir: Option<PathBuf>,
}

/// How text becomes shingles.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Comparing")]
pub(crate) struct TextArgs {
    /// Compared: word:N, char:N or byte:N
    ///
    /// What is compared: sets of so many consecutive words, characters or bytes. With a smaller N the same texts count
    /// as more similar: looser repeats are found, and texts of the same phrases pass for repeats. `char:N` forgives
    /// misread letters and costs about three times as much
    #[arg(long, value_name = "UNIT:N", default_value_t = Shingling::default())]
    pub shingle: Shingling,
    /// Take all digits as equal
    ///
    /// Take all digits as equal, so that texts which differ in figures only repeat each other. Finds more: also forms
    /// filled in with other numbers
    #[arg(long)]
    pub fold_digits: bool,
    /// Take letters with and without accents as equal
    ///
    /// Take letters with and without diacritics as equal. Finds more where accents were lost in transmission, and
    /// costs nothing else
    #[arg(long)]
    pub fold_diacritics: bool,
    /// Seed of every hash
    ///
    /// Seed of every hash. Another seed misses other pairs of the few that are missed, and tells how much chance has
    /// to do with a result
    #[arg(long, value_name = "N", default_value_t = Seed::default().0, hide_short_help = true)]
    pub seed: u64,
}

/// What counts as a repeat.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Comparing")]
pub(crate) struct MatchArgs {
    /// Least Jaccard similarity that removes
    ///
    /// Least Jaccard similarity that removes, above 0 and at most 1. Lower removes more, looser repeats among them,
    /// and costs more: more bands of fewer rows, more candidates to compare. `twicetold explain` shows the
    /// similarity of two texts
    #[arg(long, short, value_name = "J", default_value_t = Threshold::default().get())]
    pub threshold: f64,
    #[command(flatten)]
    pub bands: BandArgs,
    #[command(flatten)]
    pub text: TextArgs,
    /// What decides that a candidate pair is similar
    ///
    /// What decides that a candidate pair is similar. `signature` saves reading the texts again, but removes some pairs
    /// a few hundredths below the threshold and spares some above
    #[arg(long, value_enum, default_value_t = VerifyArg::Exact, hide_short_help = true)]
    pub verify: VerifyArg,
}

/// How candidate pairs are found.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Comparing")]
pub(crate) struct BandArgs {
    /// Slots in a signature
    ///
    /// Slots in a signature, 1 to 4096, two bytes each a document. More cost memory, and let the bands be taller: fewer
    /// false candidates at the same recall
    #[arg(long, value_name = "N", default_value_t = Slots::default().get() as u16, hide_short_help = true)]
    pub hashes: u16,
    /// Least share of similar pairs found
    ///
    /// Least share of pairs at the threshold to find; of more similar pairs more are found. Higher costs more
    /// candidates to compare; 1 misses nothing, by an exact index. What is removed is justified at any recall
    #[arg(long, value_name = "R", default_value_t = Recall::default().get())]
    pub recall: f64,
    /// Bands of a signature [default: from threshold and recall]
    ///
    /// Bands of a signature [default: chosen from threshold and recall]. More find more and cost more; `twicetold
    /// curve` shows what
    #[arg(long, value_name = "N", hide_short_help = true)]
    pub bands: Option<u32>,
    /// Rows in a band [default: from threshold and recall]
    ///
    /// Rows in a band, all of which must agree [default: chosen from threshold and recall]. More find less and cost
    /// less; `twicetold curve` shows what
    #[arg(long, value_name = "N", hide_short_help = true)]
    pub rows: Option<u32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum VerifyArg {
    /// The similarity of the texts, computed in full
    Exact,
    /// The estimate from the signatures, off by up to a few hundredths
    Signature,
}

/// Which of two repeats stays.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Choosing")]
pub(crate) struct KeepArgs {
    /// Which repeat stays, as longest
    ///
    /// Which of several repeats stays: first (in corpus order), longest, earliest, latest, max:FIELD, min:FIELD, or
    /// source (as --prefer-source lists them). Several, with commas between, are asked in turn
    #[arg(long, value_name = "KEYS", value_delimiter = ',', default_value = "first")]
    pub keep: Vec<String>,
    /// Sources whose documents stay, best first
    ///
    /// Sources whose documents stay, best first, with commas between; asked before --keep, or where --keep says
    /// `source`
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    pub prefer_source: Vec<String>,
}

/// How much memory a run may use.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Running")]
pub(crate) struct MemoryArgs {
    /// Most memory to use, as 4G [default: no limit]
    ///
    /// Most memory to use, such as 4G; the rest goes to work files [default: no limit]. Needs --output. Mapped input does
    /// not count, as the system takes it back when it needs the memory. The output is the same with any limit. Work files
    /// take about 400 bytes a document with the default hashes and bands, below DIR or --temp-dir. A run takes 48 bytes a
    /// document and some megabytes at least; it says so if that is too much. What --paragraphs needs, about 100 bytes a
    /// paragraph, comes on top
    #[arg(long, value_name = "SIZE", value_parser = parse_size)]
    pub memory: Option<u64>,
    /// Go on with the work of an earlier call
    ///
    /// Go on with the work files of an earlier call that was interrupted or killed. Needs --memory. Parameters, inputs and
    /// version must be the same; what differs is named. Without this flag such files are removed
    #[arg(long, hide_short_help = true)]
    pub resume: bool,
}

impl MemoryArgs {
    /// Refuses a limit for a run that has no directory to keep work files in.
    pub(crate) fn without_output(&self) -> Result<(), Error> {
        if self.memory.is_none() && !self.resume {
            return Ok(());
        }
        Err(Error::Parameter {
            name: "output",
            value: "not given".to_owned(),
            expected: "named with -o DIR where --memory or --resume is",
        })
    }

    /// What these flags mean for a run that writes to `output`, with temporary files where `temp_dir` says.
    pub(crate) fn out_of_core(
        &self,
        output: &Path,
        temp_dir: Option<&Path>,
    ) -> anyhow::Result<Option<OutOfCore>> {
        let Some(memory_bytes) = self.memory else {
            if self.resume {
                return Err(Error::Parameter {
                    name: "resume",
                    value: "given without --memory".to_owned(),
                    expected: "given with the --memory of the earlier call",
                }
                .into());
            }
            return Ok(None);
        };
        let directory = match temp_dir {
            None => OutOfCore::directory_within(output),
            Some(temp_dir) => {
                let output = path::absolute(output).context("cannot find the working directory")?;
                OutOfCore::directory_below(temp_dir, &output)
            }
        };
        let resume = if self.resume { Resume::Continue } else { Resume::Anew };
        Ok(Some(OutOfCore { memory_bytes, directory, resume }))
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
        output: Option<&Path>,
        terminal: &Terminal,
    ) -> anyhow::Result<Corpus> {
        let more: Vec<FieldPath> = priority.iter().filter_map(PriorityKey::field).cloned().collect();
        let output = output.map(Path::to_path_buf);
        let options = OpenOptions { output, ..against.references().behind(self.fields.options(&more)?)? };
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
        let output = output.map(Path::to_path_buf);
        open(inputs, &OpenOptions { source_guess, output, ..self.options(more_fields)? }, terminal)
    }

    fn options(&self, more_fields: &[FieldPath]) -> Result<OpenOptions, Error> {
        let choice = |field: &Option<String>| match field {
            Some(name) => FieldPath::new(name.as_str()).map(FieldChoice::Named),
            None => Ok(FieldChoice::Guess),
        };
        Ok(OpenOptions {
            text_field: choice(&self.text_field)?,
            id_field: choice(&self.id_field)?,
            source_field: choice(&self.source_field)?,
            date_field: choice(&self.date_field)?,
            source_guess: SourceGuess::default(),
            more_fields: more_fields.to_vec(),
            format: self.format,
            split: self.split.clone(),
            header: if self.no_header { Header::Absent } else { Header::Present },
            max_record_bytes: self.max_record,
            max_ratio: self.max_ratio,
            ..OpenOptions::new(self.temp_dir.clone().unwrap_or_else(env::temp_dir))
        })
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

impl TextArgs {
    pub(crate) fn params(&self) -> TextParams {
        TextParams {
            shingling: self.shingle,
            digits: if self.fold_digits { DigitFolding::Fold } else { DigitFolding::Keep },
            diacritics: if self.fold_diacritics { DiacriticFolding::Fold } else { DiacriticFolding::Keep },
            seed: Seed(self.seed),
        }
    }
}

impl BandArgs {
    /// What these flags mean together with a threshold.
    pub(crate) fn matching(&self, threshold: f64, text: TextParams) -> Result<Matching, Error> {
        Ok(Matching {
            text,
            threshold: Threshold::new(threshold)?,
            recall: Recall::new(self.recall)?,
            slots: Slots::new(self.hashes)?,
            bands: self.bands.map(Bands),
            rows: self.rows.map(Rows),
            verification: Verification::default(),
            templates: TemplateRule::default(),
        })
    }
}

impl MatchArgs {
    pub(crate) fn matching(&self) -> Result<Matching, Error> {
        let matching = self.bands.matching(self.threshold, self.text.params())?;
        let verification = match self.verify {
            VerifyArg::Exact => Verification::Exact,
            VerifyArg::Signature => Verification::Signature,
        };
        Ok(Matching { verification, ..matching })
    }
}

impl KeepArgs {
    /// The priority keys, in order.
    pub(crate) fn priority(&self) -> Result<Vec<PriorityKey>, Error> {
        let preferred = PriorityKey::Source(self.prefer_source.clone());
        let mut keys = Vec::new();
        for key in &self.keep {
            keys.push(match key.split_once(':') {
                None if key == "first" => continue,
                None if key == "longest" => PriorityKey::Longest,
                None if key == "earliest" => PriorityKey::Earliest,
                None if key == "latest" => PriorityKey::Latest,
                None if key == "source" && !self.prefer_source.is_empty() => preferred.clone(),
                Some(("max", field)) => PriorityKey::Max(FieldPath::new(field)?),
                Some(("min", field)) => PriorityKey::Min(FieldPath::new(field)?),
                _ => {
                    return Err(Error::Parameter {
                        name: "keep",
                        value: key.clone(),
                        expected: "first, longest, earliest, latest, max:FIELD, min:FIELD, or source with --prefer-source",
                    });
                }
            });
        }
        if !self.prefer_source.is_empty() && !keys.contains(&preferred) {
            keys.insert(0, preferred);
        }
        Ok(keys)
    }
}

/// A size in bytes, with an optional K, M, G or T for powers of 1024.
pub(crate) fn parse_size(text: &str) -> Result<u64, String> {
    let wrong = || format!("{text:?} is not a size; write a number with K, M, G or T, such as 256M");
    let upper = text.trim().to_ascii_uppercase();
    let upper = upper.strip_suffix('B').unwrap_or(&upper);
    let upper = upper.strip_suffix('I').unwrap_or(upper);
    let shift = match upper.as_bytes().last() {
        Some(b'K') => 10,
        Some(b'M') => 20,
        Some(b'G') => 30,
        Some(b'T') => 40,
        _ => 0,
    };
    let number = if shift > 0 { &upper[..upper.len() - 1] } else { upper };
    let size = number.trim().parse::<f64>().map_err(|_| wrong())? * (1u64 << shift) as f64;
    if size >= 1.0 && size < u64::MAX as f64 { Ok(size as u64) } else { Err(wrong()) }
}

/// When to end a run before it writes anything.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Safety stops")]
#[expect(clippy::struct_field_names, reason = "the names are the flags")]
pub(crate) struct SafetyArgs {
    /// Stop if more of all is removed, as 60%
    ///
    /// End with status 4, and write nothing, if more than this share of the documents would be removed: 60% or 0.6.
    /// Three examples are shown. A wrong field or a common frame around the texts is the usual cause
    #[arg(long, value_name = "SHARE")]
    pub abort_if_removed: Option<Share>,
    /// Stop if a cluster has more documents
    ///
    /// End with status 4, and write nothing, if a cluster has more than so many documents. Three of its members are
    /// shown, the least similar first
    #[arg(long, value_name = "N")]
    pub abort_if_cluster: Option<u64>,
    /// Stop if a source loses more, as 90%
    ///
    /// End with status 4, and write nothing, if a source would lose more than this share of its documents; three of them
    /// are shown. A source is what --source-field names, else a file, or a directory of texts. With a number, as 90%:50,
    /// only sources of at least so many documents are judged
    #[arg(long, value_name = "SHARE")]
    pub abort_if_source_removed: Option<SourceLimit>,
}

impl SafetyArgs {
    pub(crate) fn stops(&self) -> SafetyStops {
        SafetyStops {
            removed: self.abort_if_removed,
            cluster: self.abort_if_cluster,
            source_removed: self.abort_if_source_removed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_in_powers_of_1024() {
        assert_eq!(parse_size("4096"), Ok(4096));
        assert_eq!(parse_size("256M"), Ok(256 << 20));
        assert_eq!(parse_size("1.5g"), Ok(3 << 29));
        assert_eq!(parse_size("2KiB"), Ok(2048));
        for wrong in ["", "M", "-1", "0", "lots", "1X", "nan"] {
            assert!(parse_size(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn preferred_sources_come_first_unless_keep_says_where() {
        let keys = |keep: &[&str], sources: &[&str]| {
            let strings = |list: &[&str]| list.iter().map(ToString::to_string).collect();
            let args = KeepArgs { keep: strings(keep), prefer_source: strings(sources) };
            args.priority().map(|keys| keys.iter().map(ToString::to_string).collect::<Vec<_>>())
        };
        assert_eq!(keys(&["first"], &[]).unwrap(), Vec::<String>::new());
        assert_eq!(keys(&["longest", "max:score"], &["AP"]).unwrap(), ["source:AP", "longest", "max:score"]);
        assert_eq!(keys(&["earliest", "source"], &["AP", "UPI"]).unwrap(), ["earliest", "source:AP,UPI"]);
        assert!(keys(&["source"], &[]).is_err());
        assert!(keys(&["best"], &[]).is_err());
    }
}
