//! Standard output: where results go.

use std::io::{self, IsTerminal, StdoutLock, Write};

use anyhow::Context;
use serde::Serialize;

use super::harmless::{HarmlessWriter, harmless, harmless_json};

/// What is said where results cannot be written.
pub(super) const UNWRITABLE: &str = "cannot write to standard output";

/// Standard output for results of any size: bytes as they are, unless a terminal would show them.
pub(super) enum Results {
    Plain(StdoutLock<'static>),
    Shown(HarmlessWriter<StdoutLock<'static>>),
}

impl Results {
    /// Standard output.
    ///
    /// # Errors
    /// If it was closed before the program began, so that all would be lost.
    pub(super) fn open() -> anyhow::Result<Self> {
        if is_lost() {
            return Err(io::Error::other("it is closed, or a null device opened for reading and writing"))
                .context(UNWRITABLE);
        }
        let stdout = io::stdout();
        let is_terminal = stdout.is_terminal();
        let lock = stdout.lock();
        Ok(if is_terminal { Self::Shown(HarmlessWriter::new(lock)) } else { Self::Plain(lock) })
    }
}

impl Write for Results {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(stdout) => stdout.write(bytes),
            Self::Shown(stdout) => stdout.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(stdout) => stdout.flush(),
            Self::Shown(stdout) => stdout.flush(),
        }
    }
}

/// Prints a value as JSON over several lines.
pub(super) fn print_json(value: &impl Serialize) -> anyhow::Result<()> {
    let value = serde_json::to_value(value).context("cannot make JSON")?;
    let json = format!("{value:#}\n");
    print_raw(if io::stdout().is_terminal() { harmless_json(&json) } else { json.into() }.as_bytes())
}

/// Prints text.
pub(super) fn print(text: &str) -> anyhow::Result<()> {
    print_raw(if io::stdout().is_terminal() { harmless(text) } else { text.into() }.as_bytes())
}

/// Prints bytes that steer a terminal only where they are meant to: text in colour, of which every part is harmless.
pub(super) fn print_raw(bytes: &[u8]) -> anyhow::Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(bytes).and_then(|()| stdout.flush()).context(UNWRITABLE)
}

/// Whether standard output was closed before the program began. The standard library then puts the null device in its
/// place, opened for reading and writing; `> /dev/null`, which is meant, opens it for writing only.
#[cfg(unix)]
fn is_lost() -> bool {
    use std::fs::{self, File};
    use std::os::fd::AsFd;
    use std::os::unix::fs::MetadataExt;

    use nix::fcntl::{FcntlArg, OFlag, fcntl};

    let stdout = io::stdout();
    let is_null = || {
        let stdout = File::from(stdout.as_fd().try_clone_to_owned().ok()?).metadata().ok()?;
        let null = fs::metadata("/dev/null").ok()?;
        Some(stdout.rdev() == null.rdev() && stdout.mode() == null.mode())
    };
    let is_read_too = fcntl(&stdout, FcntlArg::F_GETFL)
        .is_ok_and(|flags| OFlag::from_bits_truncate(flags) & OFlag::O_ACCMODE == OFlag::O_RDWR);
    is_read_too && is_null() == Some(true)
}

#[cfg(not(unix))]
fn is_lost() -> bool {
    false
}
