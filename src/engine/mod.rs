//! The whole of a run: the stages strung together.

mod compare;
mod decide;
mod dedup;
mod fold;
mod ingest;
mod matching;
mod observer;
mod paragraphs;
mod pass;
mod truth;

pub use compare::{Comparison, compare, texts_by_id};
pub use dedup::{Dedup, Outcome, Strictness};
pub use matching::{Index, Matching};
pub use observer::{Observer, Stage};
pub use paragraphs::{ParagraphMode, ParagraphOptions};
pub use truth::{Truth, truth};
