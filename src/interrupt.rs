//! Whether a run should end, for loops that may take long.
//!
//! A loop asks at least every tenth of a second or so; asking costs about as much as a call and reading an atomic. What
//! it worked on is given up with the error, and nobody looks at it.

use crate::error::{Error, Result};

/// Says whether a run should end as soon as it can.
///
/// `()` never says so. Inside a run it is the run's observer that says it.
pub trait Interrupt: Sync {
    /// Whether the run should end. Asked often, from many threads.
    fn is_asked(&self) -> bool;

    /// Goes on, or ends the run.
    ///
    /// # Errors
    /// [`Error::Interrupted`] if the run should end.
    fn check(&self) -> Result<()> {
        if self.is_asked() { Err(Error::Interrupted) } else { Ok(()) }
    }
}

impl Interrupt for () {
    fn is_asked(&self) -> bool {
        false
    }
}
