//! The flags about how texts are compared, and how candidate pairs are found.

use clap::{Args, ValueEnum};
use twicetold::Verification;
use twicetold::engine::Matching;
use twicetold::{
    Bands, BucketLimit, DiacriticFolding, DigitFolding, Error, HyphenJoining, Recall, Rows, Seed, Shingling,
    Slots, TextParams, Threshold,
};

use super::settings::PresetArgs;

/// How text becomes shingles.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Comparing")]
pub(crate) struct TextArgs {
    /// Shingles: word:N, char:N or byte:N
    ///
    /// Documents are compared as sets of shingles: N consecutive words, characters or bytes. With a smaller N the same two
    /// texts count as more similar: looser repeats are found (higher recall), and texts that only share phrases pass for
    /// repeats (lower precision). `char:N` tolerates misread letters and takes about three times as long.
    #[arg(long, value_name = "UNIT:N", default_value_t = Shingling::default())]
    pub shingle: Shingling,
    /// Treat all digits as equal
    ///
    /// Texts that differ only in numbers then repeat each other. Finds more (higher recall), and also forms filled in with
    /// other numbers (lower precision).
    #[arg(long)]
    pub fold_digits: bool,
    /// Treat letters with and without accents as equal
    ///
    /// Finds more where accents were lost in transmission (higher recall), and takes no longer.
    #[arg(long)]
    pub fold_diacritics: bool,
    /// Join words that are hyphenated at line ends
    ///
    /// `har-` at the end of a line and `bour` in the next are then one word, if both are letters and the next line goes on in
    /// lower case (or both in capitals). Soft hyphens count as hyphens, and so does ¬. Finds more where texts were
    /// typeset in other columns (higher recall). A compound cut at its own hyphen becomes one word, too.
    #[arg(long)]
    pub join_hyphens: bool,
    /// Seed of every hash
    ///
    /// The same seed always gives the same output. A few similar pairs are missed by chance, and another seed misses
    /// others: run with two seeds to see how much chance changes a result.
    #[arg(long, value_name = "N", default_value_t = Seed::default().0, hide_short_help = true)]
    pub seed: u64,
}

/// What counts as a repeat.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Comparing")]
pub(crate) struct MatchArgs {
    /// Least Jaccard similarity of a repeat
    ///
    /// A number above 0 and at most 1. A lower threshold finds more, including looser repeats (higher recall, lower
    /// precision), and takes longer, since more candidates are compared. `twicetold explain` shows the similarity of two
    /// texts.
    #[arg(long, short, value_name = "J", default_value_t = Threshold::default().get())]
    pub threshold: f64,
    #[command(flatten)]
    pub bands: BandArgs,
    #[command(flatten)]
    pub text: TextArgs,
    /// How to check that a candidate pair is similar
    ///
    /// `signature` does not read the texts again and is faster, but it removes some pairs a few hundredths below the
    /// threshold and keeps some above it (lower precision and recall).
    #[arg(long, value_enum, default_value_t = VerifyArg::Exact, hide_short_help = true)]
    pub verify: VerifyArg,
}

/// How candidate pairs are found.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Comparing")]
pub(crate) struct BandArgs {
    /// Number of slots in a signature
    ///
    /// A whole number from 1 to 4096; each slot takes two bytes per document. More slots take more memory, and give fewer
    /// false candidates at the same recall.
    #[arg(long, value_name = "N", default_value_t = Slots::default().get() as u16, hide_short_help = true)]
    pub hashes: u16,
    /// Least share of similar pairs to find
    ///
    /// A number above 0 and at most 1: the recall for pairs just at the threshold. Of more similar pairs, more are found. A
    /// higher recall compares more candidates and takes longer; with 1 an exact index is used, and no pair is missed.
    /// Precision stays: every candidate pair is checked.
    #[arg(long, value_name = "R", default_value_t = Recall::default().get())]
    pub recall: f64,
    /// Number of bands [default: from threshold and recall]
    ///
    /// More bands find more similar pairs (higher recall) and take longer. `twicetold curve` shows the effect.
    #[arg(long, value_name = "N", hide_short_help = true)]
    pub bands: Option<u32>,
    /// Rows in each band [default: from threshold and recall]
    ///
    /// All rows of a band must agree in a candidate pair. More rows find fewer similar pairs (lower recall) and take less
    /// time. `twicetold curve` shows the effect.
    #[arg(long, value_name = "N", hide_short_help = true)]
    pub rows: Option<u32>,
    /// Largest bucket whose pairs are all looked at
    ///
    /// A whole number from 2 to 65536. Documents in larger buckets are looked up in an exact index, which misses none of their
    /// pairs, and takes longer where buckets are large by chance, as with shingles of a few letters at a low threshold. A
    /// higher limit takes memory where many documents are alike: 4 bytes times the limit for each.
    #[arg(long, value_name = "N", default_value_t = BucketLimit::default().get() as u32, hide_short_help = true)]
    pub bucket_limit: u32,
    #[command(flatten)]
    pub preset: PresetArgs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum VerifyArg {
    /// Compute the similarity of the texts
    Exact,
    /// Estimate it from the signatures; off by up to a few hundredths
    Signature,
}

impl TextArgs {
    pub(crate) fn params(&self) -> TextParams {
        let mut params = TextParams::default();
        params.shingling = self.shingle;
        params.digits = if self.fold_digits { DigitFolding::Fold } else { DigitFolding::Keep };
        params.diacritics =
            if self.fold_diacritics { DiacriticFolding::Fold } else { DiacriticFolding::Keep };
        params.hyphens = if self.join_hyphens { HyphenJoining::Join } else { HyphenJoining::Keep };
        params.seed = Seed(self.seed);
        params
    }
}

impl BandArgs {
    /// What these flags mean together with a threshold.
    pub(crate) fn matching(&self, threshold: f64, text: TextParams) -> Result<Matching, Error> {
        let mut matching = Matching::default();
        matching.text = text;
        matching.threshold = Threshold::new(threshold)?;
        matching.recall = Recall::new(self.recall)?;
        matching.slots = Slots::new(self.hashes)?;
        matching.bands = self.bands.map(Bands);
        matching.rows = self.rows.map(Rows);
        matching.bucket_limit = BucketLimit::new(self.bucket_limit)?;
        matching.preset = Some(self.preset.name());
        Ok(matching)
    }
}

impl MatchArgs {
    pub(crate) fn matching(&self) -> Result<Matching, Error> {
        let mut matching = self.bands.matching(self.threshold, self.text.params())?;
        matching.verification = match self.verify {
            VerifyArg::Exact => Verification::Exact,
            VerifyArg::Signature => Verification::Signature,
        };
        Ok(matching)
    }
}
