//! Reuse between documents: excerpts, shared passages, and what a pair of documents is to one another.
//!
//! Jaccard similarity sees whole documents that are alike. A wire story that one paper cut to its first half and
//! another wrapped in local paragraphs hides from it, and forms filled in with other facts pass for the same story.
//! The parts here answer for both:
//!
//! * [`containment`] finds the pairs of which one is largely in the other, whatever their sizes;
//! * [`items`] finds the records of a reference inside documents, whatever the sizes, and says where they stand;
//! * [`align`] says which passages two texts share, and where they stand in both;
//! * [`beside`](mod@beside) sets them beside one another, block by block;
//! * [`relation`] says what a pair is, and why;
//! * [`recurrence`] says which shingles of a corpus are a form's, and `own` what of two texts is not;
//! * [`story`] holds the documents that such relations join;
//! * [`credits`] finds agency credits, datelines and bylines, so that they can be left out of a comparison.

pub mod align;
pub mod beside;
pub mod containment;
pub mod credits;
pub mod items;
pub(crate) mod known_shingles;
pub(crate) mod own;
pub(crate) mod own_samples;
pub mod recurrence;
pub(crate) mod recurrence_files;
pub mod relation;
mod spilled_forms;
pub mod story;
