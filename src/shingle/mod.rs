//! Tokens to shingles: hashed n-grams, of a text at once or of a long one in pieces.
//!
//! A shingle's hash is a polynomial in its unit hashes, so that sliding by one unit costs two
//! multiplications whatever the width, followed by a strong mixing function, so that equal units at other
//! places do not give related hashes.

mod characters;
mod identity;
mod pieces;
mod rules;
mod shingler;

pub use identity::TextIdentity;
pub(crate) use rules::TEXT_RULES_VERSION;
pub use shingler::{ShingleScratch, Shingler, Shingles};
