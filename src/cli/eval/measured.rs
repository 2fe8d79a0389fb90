//! What an evaluation read and measured, for whoever shows it.

use std::path::Path;

use twicetold::evaluate::{Evaluation, IdNumbers};

pub(super) struct MeasuredResult<'a> {
    pub evaluation: &'a Evaluation,
    pub ids: &'a IdNumbers,
    /// The form of each side.
    pub forms: [String; 2],
    /// The paths of each side.
    pub paths: [&'a Path; 2],
    pub threshold: Option<f64>,
    /// Where the similarities of the bins are from.
    pub similarities: Option<&'static str>,
    pub bootstrap: u32,
    pub seed: u64,
}
