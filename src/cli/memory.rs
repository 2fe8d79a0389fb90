//! The flags about how much memory a run may use.

use std::env;
use std::path::{self, Path, PathBuf};

use anyhow::Context;
use clap::Args;
use tempfile::TempDir;
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
    /// bytes per document with the default hashes and bands. The output is the same with any limit. A run takes
    /// at least 56 bytes per document (128 with --remove-excerpts), 20 per paragraph with --paragraphs, 12 MB, and 1 MB per
    /// thread; where more than 32 texts share a bucket, also an index of these. It says so if the limit is too low. Mapped files do not count, since the system takes them back when it needs the memory.
    #[arg(long, value_name = "SIZE", value_parser = parse_size)]
    pub memory: Option<u64>,
    /// Continue an earlier call that was interrupted
    ///
    /// Uses the work files of an earlier call with --memory that was interrupted or killed. Parameters, inputs and version
    /// must be the same; the error names a difference. Without this flag such files are removed.
    #[arg(long, hide_short_help = true)]
    pub resume: bool,
}

/// A run within a memory limit.
pub(crate) struct BoundedRun {
    pub options: OutOfCore,
    /// Removed with the run, if nothing is to be gone on with.
    _directory: Option<TempDir>,
}

/// Where the work files of a run that writes to `output` are.
fn work_directory(output: &Path, temp_dir: Option<&Path>) -> anyhow::Result<PathBuf> {
    let Some(temp_dir) = temp_dir else { return Ok(OutOfCore::directory_within(output)) };
    let output = path::absolute(output).context("cannot find the working directory")?;
    Ok(OutOfCore::directory_below(temp_dir, &output))
}

impl BoundedRun {
    /// A limit of so many bytes, with work files in a directory that goes with this.
    pub(crate) fn temporary(memory_bytes: u64, temp_dir: Option<&Path>) -> anyhow::Result<Self> {
        let parent = temp_dir.map_or_else(env::temp_dir, Path::to_path_buf);
        let made = tempfile::Builder::new().prefix("twicetold-work-").tempdir_in(&parent);
        let directory = made.with_context(|| {
            format!(
                "cannot make a directory for work files in {}; name another with --temp-dir",
                parent.display()
            )
        })?;
        let options = OutOfCore::new(memory_bytes, directory.path().to_owned(), Resume::Anew);
        Ok(Self { options, _directory: Some(directory) })
    }

    /// A limit of so many bytes for a run that writes to `output`, and that no other goes on with.
    pub(crate) fn anew(memory_bytes: u64, output: &Path, temp_dir: Option<&Path>) -> anyhow::Result<Self> {
        let directory = work_directory(output, temp_dir)?;
        Ok(Self { options: OutOfCore::new(memory_bytes, directory, Resume::Anew), _directory: None })
    }
}

impl MemoryArgs {
    /// What these flags mean for a run without an output directory: its work files are in a directory that goes with
    /// the run.
    pub(crate) fn without_output(&self, temp_dir: Option<&Path>) -> anyhow::Result<Option<BoundedRun>> {
        if self.resume {
            return Err(CallError::missing("--output", "named with -o DIR where --resume is").into());
        }
        self.memory.map(|memory_bytes| BoundedRun::temporary(memory_bytes, temp_dir)).transpose()
    }

    /// What these flags mean for a run that writes to `output`, with temporary files where `temp_dir` says.
    pub(crate) fn out_of_core(
        &self,
        output: &Path,
        temp_dir: Option<&Path>,
    ) -> anyhow::Result<Option<BoundedRun>> {
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
        let directory = work_directory(output, temp_dir)?;
        let resume = if self.resume { Resume::Continue } else { Resume::Anew };
        let options = OutOfCore::new(memory_bytes, directory, resume);
        Ok(Some(BoundedRun { options, _directory: None }))
    }
}
