//! Text to tokens.
//!
//! The rule: normalise the text to NFKC, fold its case, and take each maximal run of letters, digits and
//! marks as one token. A character of a script written without spaces is a token of its own. Format
//! characters (soft hyphen, joiners, direction marks) are dropped without ending a token.
//!
//! Two paths give that result. Runs of ASCII are found 64 bytes at a time (`boundaries`) and hashed in
//! place. A run that holds any other byte is handed to `unicode`, which looks characters up in tables and
//! normalises only those few neighbourhoods where a character depends on its neighbours.
//!
//! In full, and as the tests spell it out: format characters (general category Cf) are removed; the text is put
//! into NFKC, case-folded with the full foldings, and put into NFKC once more, since folding can take a
//! character apart; with diacritic folding it is decomposed, nonspacing marks (Mn) are removed, and the rest
//! is composed again; with digit folding every decimal digit (Nd) becomes `0`; then it is split; words cut
//! at line ends are put together if that is asked for (`hyphens`). A character counts by what has become of it: a full-width letter is a letter of its neighbours' word, and a Thai digit
//! is a token of its own but for digit folding. Marks of a script written without spaces, such as Thai vowel
//! signs, are characters of it like others.

mod boundaries;
mod characters;
mod hyphens;
mod label;
mod normalise;
mod paragraphs;
#[cfg(test)]
mod tests;
mod token;
mod tokenizer;
mod unicode;
mod wrapping;

pub use label::{label, shortened};
pub use paragraphs::{Layout, ParagraphSplit};
pub use token::{Token, TokenSink};
pub use tokenizer::{TokenScratch, Tokenizer};
pub(crate) use wrapping::{ends_in_colon, is_wrapped, runs_on};
