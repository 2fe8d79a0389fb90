//! Operations on files and directories, one by one, so that a test can stop a run at any of them: those of output
//! directories and of work files, which are to be whole whatever fails.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

/// Runs each operation. In tests, one operation may fail, or the process seem to die at it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Disk {
    #[cfg(test)]
    fault: std::sync::Arc<Fault>,
}

impl Disk {
    /// A disk with a fault.
    #[cfg(test)]
    pub(crate) fn with(fault: Fault) -> Self {
        Self { fault: std::sync::Arc::new(fault) }
    }

    /// Whether its fault has shown.
    #[cfg(test)]
    pub(crate) fn has_failed(&self) -> bool {
        self.fault.at > 0 && self.fault.done.load(std::sync::atomic::Ordering::Relaxed) >= self.fault.at
    }

    #[cfg_attr(
        not(test),
        expect(clippy::unused_self, clippy::unnecessary_wraps, reason = "only tests fail here")
    )]
    fn operation(&self) -> io::Result<()> {
        #[cfg(test)]
        self.fault.meet()?;
        Ok(())
    }

    /// The part of these bytes that a write brings to the disk, and how it ends.
    fn part_written<'b>(&self, bytes: &'b [u8]) -> (&'b [u8], io::Result<()>) {
        let result = self.operation();
        #[cfg(test)]
        if result.is_err() {
            let length = if self.fault.tears_now() { bytes.len() / 2 } else { 0 };
            return (&bytes[..length], result);
        }
        (bytes, result)
    }

    /// Makes a file of these bytes, and has them reach the disk.
    pub(crate) fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        self.operation()?;
        let mut file = File::create_new(path)?;
        let (part, result) = self.part_written(bytes);
        file.write_all(part)?;
        result?;
        self.operation()?;
        file.sync_all()
    }

    /// Opens a file, which may make it or empty it.
    pub(crate) fn open(&self, path: &Path, options: &OpenOptions) -> io::Result<DiskFile> {
        self.operation()?;
        Ok(DiskFile { file: options.open(path)?, disk: self.clone() })
    }

    /// Has a file's bytes reach the disk.
    pub(crate) fn sync_file(&self, path: &Path) -> io::Result<()> {
        self.operation()?;
        // Some systems want a file that is open for writing.
        File::options().write(true).open(path)?.sync_all()
    }

    /// Has all that the file system of a directory holds reach the disk; false if the system cannot, or would not tell if
    /// it failed.
    pub(crate) fn sync_all(&self, path: &Path) -> io::Result<bool> {
        self.operation()?;
        #[cfg(target_os = "linux")]
        return nix::unistd::syncfs(File::open(path)?).map(|()| true).map_err(io::Error::from);
        #[cfg(not(target_os = "linux"))]
        {
            let _ = path;
            Ok(false)
        }
    }

    /// Has the names in a directory reach the disk.
    pub(crate) fn sync_directory(&self, path: &Path) -> io::Result<()> {
        self.operation()?;
        // Where a directory cannot be opened, its names are the system's care.
        if cfg!(unix) { File::open(path)?.sync_all() } else { Ok(()) }
    }

    pub(crate) fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.operation()?;
        fs::rename(from, to)
    }

    pub(crate) fn create_directory(&self, path: &Path) -> io::Result<()> {
        self.operation()?;
        fs::create_dir(path)
    }

    /// Makes a directory and those above it, as far as they are not there.
    pub(crate) fn create_directories(&self, path: &Path) -> io::Result<()> {
        self.operation()?;
        fs::create_dir_all(path)
    }

    pub(crate) fn remove_file(&self, path: &Path) -> io::Result<()> {
        self.operation()?;
        fs::remove_file(path)
    }

    /// Removes a directory with all that it holds, if it is there. Links in it are removed, not followed.
    pub(crate) fn remove_tree(&self, path: &Path) -> io::Result<()> {
        self.operation()?;
        match fs::remove_dir_all(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    pub(crate) fn remove_empty_directory(&self, path: &Path) -> io::Result<()> {
        self.operation()?;
        fs::remove_dir(path)
    }
}

/// A file whose writes are operations.
#[derive(Debug)]
pub(crate) struct DiskFile {
    file: File,
    disk: Disk,
}

impl DiskFile {
    /// Its length in bytes.
    pub(crate) fn length(&self) -> io::Result<u64> {
        Ok(self.file.metadata()?.len())
    }

    /// Cuts it, or has zeros follow it.
    pub(crate) fn set_length(&self, length: u64) -> io::Result<()> {
        self.disk.operation()?;
        self.file.set_len(length)
    }

    /// Fills `buffer` with the bytes from `offset` on.
    pub(crate) fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        read_exact_at(&self.file, offset, buffer)
    }

    /// Writes bytes from `offset` on.
    pub(crate) fn write_all_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        let (part, result) = self.disk.part_written(bytes);
        write_all_at(&self.file, offset, part)?;
        result
    }
}

impl Write for DiskFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let (part, result) = self.disk.part_written(bytes);
        self.file.write_all(part)?;
        result.map(|()| bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// Whether something of this name is there, be it a link to nothing.
pub(crate) fn is_there(path: &Path) -> io::Result<bool> {
    match fs::symlink_metadata(path) {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

#[cfg(unix)]
fn read_exact_at(file: &File, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, buffer, offset)
}

#[cfg(unix)]
fn write_all_at(file: &File, offset: u64, bytes: &[u8]) -> io::Result<()> {
    std::os::unix::fs::FileExt::write_all_at(file, bytes, offset)
}

#[cfg(windows)]
fn read_exact_at(file: &File, mut offset: u64, mut buffer: &mut [u8]) -> io::Result<()> {
    while !buffer.is_empty() {
        match std::os::windows::fs::FileExt::seek_read(file, buffer, offset)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            count => {
                offset += count as u64;
                buffer = &mut buffer[count..];
            }
        }
    }
    Ok(())
}

#[cfg(windows)]
fn write_all_at(file: &File, mut offset: u64, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        match std::os::windows::fs::FileExt::seek_write(file, bytes, offset)? {
            0 => return Err(io::ErrorKind::WriteZero.into()),
            count => {
                offset += count as u64;
                bytes = &bytes[count..];
            }
        }
    }
    Ok(())
}

/// When operations fail.
#[cfg(test)]
#[derive(Debug, Default)]
pub(crate) struct Fault {
    done: std::sync::atomic::AtomicUsize,
    /// Number of the operation, from 1; none fails at 0.
    at: usize,
    /// Whether all that follow fail as well, as if the process were gone.
    is_death: bool,
    /// Whether half of a write that fails is done.
    tears: bool,
}

#[cfg(test)]
impl Fault {
    pub(crate) fn failure(at: usize) -> Self {
        Self { at, ..Self::default() }
    }

    pub(crate) fn death(at: usize) -> Self {
        Self { at, is_death: true, ..Self::default() }
    }

    /// The process dies in the middle of an operation.
    pub(crate) fn death_in_a_write(at: usize) -> Self {
        Self { at, is_death: true, tears: true, ..Self::default() }
    }

    /// Whether half of the write that just failed is done; not of one that comes after death.
    fn tears_now(&self) -> bool {
        self.tears && self.done.load(std::sync::atomic::Ordering::Relaxed) == self.at
    }

    fn meet(&self) -> io::Result<()> {
        let number = 1 + self.done.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let fails = number == self.at || (self.is_death && self.at > 0 && number > self.at);
        if fails { Err(io::Error::other("an injected fault")) } else { Ok(()) }
    }
}
