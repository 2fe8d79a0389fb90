//! The flag about files that are in the output directory already.

use clap::Args;
use twicetold::output::IfNotEmpty;

/// What to do about files of an earlier run.
#[derive(Clone, Copy, Debug, Args)]
#[command(next_help_heading = "Output")]
pub(crate) struct OverwriteArgs {
    /// Replace an earlier run's files in the directory
    ///
    /// By default a directory that is not empty is refused.
    #[arg(long)]
    overwrite: bool,
}

impl OverwriteArgs {
    pub(crate) fn if_not_empty(self) -> IfNotEmpty {
        if self.overwrite { IfNotEmpty::Overwrite } else { IfNotEmpty::Refuse }
    }
}
