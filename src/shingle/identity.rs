//! When two texts are exactly equal.

/// What tells a text from every other: the one definition of an *exact* copy.
///
/// Two texts are exact copies if they have the same units (tokens, characters or bytes, as shingles are made of them), in
/// the same order. That is: two equal hashes of the whole sequence, independent of one another, and an equal number of
/// units, of which there must be one at least. Where signatures are at hand, they must be equal too: their slots depend on the hashes of the single
/// shingles, so that texts that collide here are told from one another there.
///
/// ```
/// use twicetold::TextParams;
/// use twicetold::shingle::{ShingleScratch, Shingler};
///
/// let shingler = Shingler::new(&TextParams::default());
/// let mut scratch = ShingleScratch::default();
/// let mut identity = |text: &str| shingler.shingles(text, &mut scratch).identity;
/// assert!(identity("Gale warning").is_equal(identity("GALE, warning!")));
/// assert!(!identity("").is_equal(identity("")));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TextIdentity {
    /// Hash of the whole sequence of units, a polynomial over them; 0 of none.
    pub fingerprint: u64,
    /// Another hash of it, no polynomial; 0 of none.
    pub check: u64,
    /// Number of units.
    pub units: usize,
}

impl TextIdentity {
    /// That of a text without a unit, which is equal to no text.
    pub const EMPTY: Self = Self { fingerprint: 0, check: 0, units: 0 };

    /// Whether the texts are exact copies of one another.
    #[inline]
    pub fn is_equal(self, other: Self) -> bool {
        self.units > 0 && self == other
    }
}
