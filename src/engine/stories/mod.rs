//! `stories`: which documents tell the same story, who told it first, and who told it again.
//!
//! Two documents are *linked* if they are alike in what does not recur in the corpus
//! ([`Recurrence`](crate::reuse::recurrence::Recurrence)), and what they are to one another
//! ([`Relater`](crate::reuse::relation::Relater)) is no template; and if they lie close enough in time or are near-exact.
//! A story is a component of links that holds together. See `linking` for how few comparisons that takes, and `cohesion`
//! for what is taken apart.

mod candidates;
mod cohesion;
mod credited;
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
