//! Repeated paragraphs in the documents that are kept.
//!
//! **Paragraphs** of at least `min_words` tokens are judged like documents: one after the other, a paragraph stays unless its
//! Jaccard similarity to one that stays reaches the threshold. The order is that of claims: of several documents that hold a
//! paragraph its owner comes first, and among equals the order of priority, within a document that of reading; [`owners`] has
//! the rule. Exact repeats are folded first; near ones are found by bands, chosen for the same recall, and verified exactly.
//!
//! **Shorter paragraphs, and single lines** inside a paragraph of several, are never judged across documents: a
//! headline, a byline or a dateline is no copy of another page's. Within one document, lines that repeat an earlier one
//! exactly (the same tokens) go, short ones only inside a repeated block; [`within`] has the rule.
//!
//! **Boilerplate** is a paragraph of at least `min_words` tokens that occurs, exactly or nearly, in so many
//! documents. All its occurrences go, the owner's too.
//!
//! One separator is removed with each paragraph, the one after it or, at the end of the text, the one before; every
//! other byte of the record stays. A document may lose all its paragraphs to boilerplate; its record is kept all the same.
//!
//! Similarity is that of the texts as they were read: lines that a paragraph loses to the rule for lines still count
//! for it. The default of ten words is about the shortest sentence that is unlikely to be written twice by chance;
//! and it makes six `word:5` shingles, so that at the usual thresholds, near and exact are different things only
//! from there on. In scripts written without spaces every character counts as a word.

mod across;
mod layouts;
mod options;
mod owners;
mod page;
mod pieces;
mod repeats;
mod survey;
mod within;

pub(super) use layouts::Layouts;
pub use options::{ParagraphMode, ParagraphOptions};
pub(super) use repeats::Repeats;
