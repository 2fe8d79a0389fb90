//! `stories`: which documents tell the same story, who told it first, and who told it again.
//!
//! Two documents are *linked* if they have the same tokens, or are near-duplicates, or one is largely contained in the
//! other, and what they are to one another ([`Relater`](crate::reuse::relation::Relater)) is no template; and if, with a
//! window, they lie close enough in time. A story is a component of links. See `linking` for how few comparisons that
//! takes.

mod candidates;
mod cohesion;
mod forms;
mod judge;
mod linking;
mod nodes;
mod options;
mod run;
mod summary;
mod tell;
mod texts;
mod window;

pub use judge::StoryVerdict;
pub use options::Stories;
pub use run::StoriesOutcome;
pub use window::Window;
