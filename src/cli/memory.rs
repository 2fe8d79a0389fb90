//! The flags about how much memory a run may use.

use std::path::{self, Path};

use anyhow::Context;
use clap::Args;
use twicetold::engine::{OutOfCore, Resume};

use super::errors::CallError;
use super::sizes::parse_size;

/// How much memory a run may use.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Running")]
pub(crate) struct MemoryArgs {
    /// Memory limit in bytes, as 4G [default: none]
    ///
    /// K, M, G and T are powers of 1024. Data that would not fit goes to work files in DIR, or below --temp-dir: about 400
    /// bytes per document with the default hashes and bands. The output is the same with any limit. Needs --output. A run
    /// takes at least 56 bytes per document and some megabytes, and says so if the limit is too low. Mapped input does not
    /// count, since the system takes it back when it needs the memory. With --paragraphs, about 100 bytes per paragraph
    /// come on top.
    #[arg(long, value_name = "SIZE", value_parser = parse_size)]
    pub memory: Option<u64>,
    /// Continue an earlier call that was interrupted
    ///
    /// Uses the work files of an earlier call with --memory that was interrupted or killed. Parameters, inputs and version
    /// must be the same; the error names a difference. Without this flag such files are removed.
    #[arg(long, hide_short_help = true)]
    pub resume: bool,
}

impl MemoryArgs {
    /// Refuses a limit for a run that has no directory to keep work files in.
    pub(crate) fn without_output(&self) -> Result<(), CallError> {
        if self.memory.is_none() && !self.resume {
            return Ok(());
        }
        Err(CallError::missing("--output", "named with -o DIR where --memory or --resume is"))
    }

    /// What these flags mean for a run that writes to `output`, with temporary files where `temp_dir` says.
    pub(crate) fn out_of_core(
        &self,
        output: &Path,
        temp_dir: Option<&Path>,
    ) -> anyhow::Result<Option<OutOfCore>> {
        let Some(memory_bytes) = self.memory else {
            if self.resume {
                return Err(CallError::Argument {
                    argument: "--resume",
                    value: "given without --memory".to_owned(),
                    expected: "given with the --memory of the earlier call",
                }
                .into());
            }
            return Ok(None);
        };
        let directory = match temp_dir {
            None => OutOfCore::directory_within(output),
            Some(temp_dir) => {
                let output = path::absolute(output).context("cannot find the working directory")?;
                OutOfCore::directory_below(temp_dir, &output)
            }
        };
        let resume = if self.resume { Resume::Continue } else { Resume::Anew };
        Ok(Some(OutOfCore::new(memory_bytes, directory, resume)))
    }
}
