//! The flags that end a run before it writes anything.

use clap::Args;
use twicetold::engine::{SafetyStops, Share, SourceLimit};

/// When to end a run before it writes anything.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Safety stops")]
#[expect(clippy::struct_field_names, reason = "the names are the flags")]
pub(crate) struct SafetyArgs {
    /// Stop if more is rejected, as 5%
    ///
    /// Ends with status 4, and writes nothing, if more than this share of the records of the inputs could not be read. Write
    /// 5% or 0.05. The first of them is shown with the reason. By default there is no limit, but a run that could read no
    /// record at all fails with status 1.
    #[arg(long, value_name = "SHARE")]
    pub abort_if_rejected: Option<Share>,
    /// Stop if more is removed, as 60%
    ///
    /// Ends with status 4, and writes nothing, if more than this share of the documents would be removed. Write 60% or 0.6.
    /// Three examples are shown; the usual cause is a wrong field, or a frame of text that all documents share. By default
    /// there is no limit.
    #[arg(long, value_name = "SHARE")]
    pub abort_if_removed: Option<Share>,
    /// Stop if a cluster has more documents
    ///
    /// Ends with status 4, and writes nothing, if a cluster would have more than N documents. Three of its members are
    /// shown, the least similar first. By default there is no limit.
    #[arg(long, value_name = "N")]
    pub abort_if_cluster: Option<u64>,
    /// Stop if a source loses more, as 90%
    ///
    /// Ends with status 4, and writes nothing, if a source would lose more than this share of its documents. Three of them
    /// are shown. The source is the field named by --source-field, or else the file, or the directory of text files. With
    /// a number, as 90%:50, only sources of at least that many documents are judged. By default there is no limit.
    #[arg(long, value_name = "SHARE")]
    pub abort_if_source_removed: Option<SourceLimit>,
}

impl SafetyArgs {
    pub(crate) fn stops(&self) -> SafetyStops {
        let mut stops = SafetyStops::default();
        stops.rejected = self.abort_if_rejected;
        stops.removed = self.abort_if_removed;
        stops.cluster = self.abort_if_cluster;
        stops.source_removed = self.abort_if_source_removed;
        stops
    }
}
