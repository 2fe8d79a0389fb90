//! What was made: the content of `manifest.json`, and of the summary.

use serde::{Serialize, Serializer};

use super::options::{Edit, Options, Scripts, Shape};
use crate::hash::Digest;
use crate::params::{DiacriticFolding, DigitFolding, Seed};

/// One file of the archive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct FileSummary {
    /// The name in the archive's directory.
    pub name: String,
    /// Lines.
    pub records: u64,
    /// Size.
    pub bytes: u64,
    /// xxh3-64 of the content, in hexadecimal digits.
    pub xxh3: String,
}

/// What was made.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ArchiveSummary {
    /// How many documents.
    pub documents: u64,
    /// How many of them are planted, templates included.
    pub planted: u64,
    /// How many by each edit that was asked for, in the order of [`Edit::ALL`].
    #[serde(serialize_with = "as_object")]
    pub by_edit: Vec<(Edit, u64)>,
    /// Bytes of the decoded texts.
    pub text_bytes: u64,
    /// The files: documents in order, then the truth.
    pub files: Vec<FileSummary>,
}

/// The content of `manifest.json`.
#[derive(Serialize)]
pub(super) struct ArchiveManifest<'a> {
    version: &'static str,
    options: Recorded<'a>,
    #[serde(flatten)]
    summary: &'a ArchiveSummary,
}

/// The options.
#[derive(Serialize)]
struct Recorded<'a> {
    docs: u64,
    seed: u64,
    duplicates: f64,
    edits: &'a [Edit],
    mean_words: u32,
    scripts: Scripts,
    ocr_rate: [f64; 2],
    max_copies: u32,
    shards: u32,
    shape: Shape,
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<From>,
    shingle: String,
    fold_digits: bool,
    fold_diacritics: bool,
    token_seed: u64,
}

/// What stands for the sentences that were given.
#[derive(Serialize)]
struct From {
    sentences: usize,
    xxh3: String,
}

impl<'a> ArchiveManifest<'a> {
    pub(super) fn new(options: &'a Options, summary: &'a ArchiveSummary) -> Self {
        let from = (!options.sentences.is_empty()).then(|| {
            let mut digest = Digest::new(Seed(0));
            for sentence in &options.sentences {
                digest.update(&(sentence.len() as u64).to_le_bytes());
                digest.update(sentence.as_bytes());
            }
            From { sentences: options.sentences.len(), xxh3: hexadecimal(digest.finish()) }
        });
        let options = Recorded {
            docs: options.docs,
            seed: options.seed.0,
            duplicates: options.duplicates,
            edits: &options.edits,
            mean_words: options.mean_words,
            scripts: options.scripts,
            ocr_rate: [options.ocr_rate.0, options.ocr_rate.1],
            max_copies: options.most_copies,
            shards: options.shards,
            shape: options.shape,
            from,
            shingle: options.text.shingling.to_string(),
            fold_digits: options.text.digits == DigitFolding::Fold,
            fold_diacritics: options.text.diacritics == DiacriticFolding::Fold,
            token_seed: options.text.seed.0,
        };
        Self { version: env!("CARGO_PKG_VERSION"), options, summary }
    }
}

/// Names and counts as an object that keeps their order.
fn as_object<S: Serializer>(counts: &[(Edit, u64)], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(counts.iter().copied())
}

pub(super) fn hexadecimal(hash: u64) -> String {
    format!("{hash:016x}")
}
