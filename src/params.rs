//! Parameters as types, so that look-alike numbers cannot change places.

use std::fmt;
use std::str::FromStr;

use crate::error::{Error, Result};

pub use crate::hash::Seed;

/// The least Jaccard similarity at which two documents count as near-duplicates, in `(0, 1]`.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Threshold(f64);

impl Threshold {
    /// Checks the range.
    ///
    /// # Errors
    /// [`Error::Parameter`] unless `0 < value <= 1`.
    pub fn new(value: f64) -> Result<Self> {
        if value > 0.0 && value <= 1.0 {
            Ok(Self(value))
        } else {
            Err(Error::parameter("threshold", value, "a number above 0 and at most 1"))
        }
    }

    /// The threshold as a plain number.
    #[inline]
    pub fn get(self) -> f64 {
        self.0
    }
}

impl Default for Threshold {
    fn default() -> Self {
        Self(0.8)
    }
}

/// The least share of the smaller document's shingles that the larger must hold for the smaller to count as
/// contained in it, in `(0, 1]`.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Containment(f64);

impl Containment {
    /// Checks the range.
    ///
    /// # Errors
    /// [`Error::Parameter`] unless `0 < value <= 1`.
    pub fn new(value: f64) -> Result<Self> {
        if value > 0.0 && value <= 1.0 {
            Ok(Self(value))
        } else {
            Err(Error::parameter("containment", value, "a number above 0 and at most 1"))
        }
    }

    /// The containment as a plain number.
    #[inline]
    pub fn get(self) -> f64 {
        self.0
    }
}

impl Default for Containment {
    fn default() -> Self {
        Self(0.6)
    }
}

/// The least probability that a pair at the threshold becomes a candidate, in `(0, 1]`.
///
/// A recall of exactly 1 asks for every pair, which no finite number of bands can give: candidates then
/// come from an exact prefix filter instead.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Recall(f64);

impl Recall {
    /// Checks the range.
    ///
    /// # Errors
    /// [`Error::Parameter`] unless `0 < value <= 1`.
    pub fn new(value: f64) -> Result<Self> {
        if value > 0.0 && value <= 1.0 {
            Ok(Self(value))
        } else {
            Err(Error::parameter("recall", value, "a number above 0 and at most 1"))
        }
    }

    /// The recall as a plain number.
    pub fn get(self) -> f64 {
        self.0
    }

    /// Whether every pair is asked for, without exception.
    pub fn is_exact(self) -> bool {
        self.0 >= 1.0
    }
}

impl Default for Recall {
    fn default() -> Self {
        Self(0.99)
    }
}

/// Number of slots in a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slots(u16);

impl Slots {
    /// Most slots a signature may have.
    pub const MAX: u16 = 4096;

    /// Checks the range.
    ///
    /// # Errors
    /// [`Error::Parameter`] unless `1 <= value <= 4096`.
    pub fn new(value: u16) -> Result<Self> {
        if (1..=Self::MAX).contains(&value) {
            Ok(Self(value))
        } else {
            Err(Error::parameter("hashes", value, "a whole number from 1 to 4096"))
        }
    }

    /// The number of slots.
    #[inline]
    pub fn get(self) -> usize {
        usize::from(self.0)
    }
}

impl Default for Slots {
    fn default() -> Self {
        Self(128)
    }
}

/// Number of bands: groups of rows, each of which may make a pair a candidate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bands(pub u32);

/// Number of rows (slots) in a band, all of which must agree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rows(pub u32);

/// The largest bucket of documents whose pairs are all looked at, from 2 to 65,536.
///
/// Documents in larger ones are looked up in an exact index. The larger the limit, the more pairs a family of many
/// similar documents has; the smaller, the more documents share a bucket by chance with more than so many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BucketLimit(u32);

impl BucketLimit {
    /// The largest limit.
    pub const MAX: u32 = 1 << 16;

    /// Checks the range.
    ///
    /// # Errors
    /// [`Error::Parameter`] unless `2 <= value <= 65,536`.
    pub fn new(value: u32) -> Result<Self> {
        if (2..=Self::MAX).contains(&value) {
            Ok(Self(value))
        } else {
            Err(Error::parameter("bucket-limit", value, "a whole number from 2 to 65536"))
        }
    }

    /// The number of documents.
    #[inline]
    pub fn get(self) -> usize {
        self.0 as usize
    }
}

impl Default for BucketLimit {
    fn default() -> Self {
        Self(32)
    }
}

/// What a shingle is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Shingling {
    /// So many consecutive tokens.
    Word(u16),
    /// So many consecutive characters of the normalised tokens, joined by single spaces.
    Char(u16),
    /// So many consecutive bytes of the text as it stands, without normalisation.
    Byte(u16),
}

impl Shingling {
    /// Most units a shingle may hold.
    pub const MAX_WIDTH: u16 = 64;

    /// How many units make a shingle.
    #[inline]
    pub fn width(self) -> usize {
        match self {
            Self::Word(n) | Self::Char(n) | Self::Byte(n) => usize::from(n),
        }
    }
}

impl Default for Shingling {
    fn default() -> Self {
        Self::Word(5)
    }
}

impl fmt::Display for Shingling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Word(n) => write!(f, "word:{n}"),
            Self::Char(n) => write!(f, "char:{n}"),
            Self::Byte(n) => write!(f, "byte:{n}"),
        }
    }
}

impl FromStr for Shingling {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let wrong = || Error::parameter("shingle", text, "word:N, char:N or byte:N with N from 1 to 64");
        let (unit, width) = text.split_once(':').ok_or_else(wrong)?;
        let width: u16 = width.parse().map_err(|_| wrong())?;
        if !(1..=Self::MAX_WIDTH).contains(&width) {
            return Err(wrong());
        }
        match unit {
            "word" => Ok(Self::Word(width)),
            "char" => Ok(Self::Char(width)),
            "byte" => Ok(Self::Byte(width)),
            _ => Err(wrong()),
        }
    }
}

/// Whether digits are told apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DigitFolding {
    /// Digits count as they stand.
    #[default]
    Keep,
    /// Every decimal digit counts as `0`, so texts that differ in figures only are equal.
    Fold,
}

/// Whether letters with and without diacritics are told apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DiacriticFolding {
    /// `é` and `e` differ.
    #[default]
    Keep,
    /// Nonspacing marks are dropped: `é` counts as `e`.
    Fold,
}

/// Whether words that a line end has cut in two are put together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum HyphenJoining {
    /// `har-` at the end of a line and `bour` in the next are two tokens.
    #[default]
    Keep,
    /// They are one, `harbour`.
    Join,
}

/// How text becomes tokens and shingles. Two sketches can be compared only if these are equal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct TextParams {
    /// What a shingle is made of.
    pub shingling: Shingling,
    /// Whether digits are told apart.
    pub digits: DigitFolding,
    /// Whether diacritics are told apart.
    pub diacritics: DiacriticFolding,
    /// Whether words cut at line ends are put together.
    pub hyphens: HyphenJoining,
    /// Seed of the token hash.
    pub seed: Seed,
}
