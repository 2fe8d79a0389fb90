//! What a run over stories is asked to do.

use super::window::Window;
use crate::engine::bounded::OutOfCore;
use crate::engine::plan::{Matching, Strictness};
use crate::params::Containment;
use crate::reuse::credits::Credits;

/// A run over one corpus.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Stories {
    /// What near-duplicates are.
    pub matching: Matching,
    /// The least share of the smaller document's shingles in the larger for an excerpt or an expansion.
    pub containment: Containment,
    /// How close in time linked documents must lie that are not near-exact; none if time does not matter. Where a date is
    /// not known, it does not.
    pub window: Option<Window>,
    /// Left out of every text before it is compared.
    pub strip_credits: Option<Credits>,
    /// What to do about bad records.
    pub strictness: Strictness,
    /// A limit of memory, with work files in a directory that goes with the run, however that ends; none if all is in memory.
    pub out_of_core: Option<OutOfCore>,
}

impl Default for Stories {
    fn default() -> Self {
        Self {
            matching: Matching::default(),
            containment: Containment::default(),
            window: Some(Window::default()),
            strip_credits: None,
            strictness: Strictness::default(),
            out_of_core: None,
        }
    }
}
