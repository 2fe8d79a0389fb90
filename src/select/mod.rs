//! Candidates to decisions: which documents are kept, and which kept one each of the others repeats.

mod crowd;
mod greedy;
mod verify;

pub use greedy::{Decision, Selection, select};
pub use verify::{ShingleSource, Verification};
