//! What `report.html` shows of a run.
//!
//! The page of `dedup` is about clusters, that of `stories` about stories. Both are groups of documents around a head,
//! the kept document or the origin, and are shown alike: which groups are listed, which members are named, which are set
//! side by side, and what is said of a document is settled in `groups`. The pages beside it say what their groups are,
//! and give the figures around them.

mod dedup_page;
mod groups;
mod stories_page;

pub(super) use dedup_page::DedupRun;
pub(super) use groups::{InputFiles, write};
pub(super) use stories_page::StoriesRun;
