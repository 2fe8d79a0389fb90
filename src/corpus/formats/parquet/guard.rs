//! Calls into the crate that reads Parquet: their panics as errors, and a bound on what a file unpacks to.

use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Once};

use parquet::column::page::{Page, PageMetadata, PageReader};
use parquet::errors::{ParquetError, Result as ParquetResult};

use super::super::original::Original;
use super::super::rules::ReadingRules;
use crate::corpus::unpack::MaxRatio;
use crate::error::Error;

thread_local! {
    /// Whether this thread is in a call whose panics are told as errors.
    static IS_GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// Calls the crate, and nothing else: a panic of this program is none of the file's. On some damaged files the crate
/// panics, found by changing random bytes; that is a file that cannot be read, and the run ends with what was half done
/// thrown away.
pub(super) fn guarded<T>(call: impl FnOnce() -> ParquetResult<T>) -> ParquetResult<T> {
    silence_guarded_panics();
    IS_GUARDED.set(true);
    let returned = catch_unwind(AssertUnwindSafe(call));
    IS_GUARDED.set(false);
    let contradiction =
        |_| ParquetError::General("what it says of its pages is not what they are".to_owned());
    returned.map_err(contradiction).flatten()
}

/// Has panics say nothing that are told as errors. All others, and those of other threads, go the way they went before.
fn silence_guarded_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            if !IS_GUARDED.try_with(Cell::get).unwrap_or(false) {
                before(panic);
            }
        }));
    });
}

/// What was unpacked of a file so far: its pages, and the values in them, which a dictionary may repeat any number of
/// times.
#[derive(Debug)]
pub(super) struct UnpackedBytes {
    path: PathBuf,
    ratio: MaxRatio,
    packed: u64,
    pages: AtomicU64,
    values: AtomicU64,
}

impl UnpackedBytes {
    /// Nothing yet.
    pub(super) fn new(original: &Original<'_>, rules: &ReadingRules) -> Arc<Self> {
        Arc::new(Self {
            path: original.path.to_path_buf(),
            ratio: MaxRatio(rules.max_ratio),
            packed: original.bytes.len() as u64,
            pages: AtomicU64::new(0),
            values: AtomicU64::new(0),
        })
    }

    /// Adds the values of a record.
    ///
    /// # Errors
    /// [`Error::Bomb`] if the file unpacks to too much.
    pub(super) fn add_values(&self, bytes: usize) -> Result<(), Error> {
        self.add(&self.values, bytes)
    }

    fn add_page(&self, page: Option<&Page>) -> ParquetResult<()> {
        let bytes = page.map_or(0, |page| page.buffer().len());
        self.add(&self.pages, bytes).map_err(|bomb| ParquetError::External(Box::new(bomb)))
    }

    fn add(&self, count: &AtomicU64, bytes: usize) -> Result<(), Error> {
        let unpacked = bytes as u64 + count.fetch_add(bytes as u64, Ordering::Relaxed);
        self.ratio.check(self.packed, unpacked, &self.path)
    }
}

/// The pages of a column, counted as they are unpacked.
pub(super) struct CountedPages {
    pub pages: Box<dyn PageReader>,
    pub unpacked: Arc<UnpackedBytes>,
}

impl Iterator for CountedPages {
    type Item = ParquetResult<Page>;

    fn next(&mut self) -> Option<Self::Item> {
        self.get_next_page().transpose()
    }
}

impl PageReader for CountedPages {
    fn get_next_page(&mut self) -> ParquetResult<Option<Page>> {
        let page = self.pages.get_next_page()?;
        self.unpacked.add_page(page.as_ref())?;
        Ok(page)
    }

    fn peek_next_page(&mut self) -> ParquetResult<Option<PageMetadata>> {
        self.pages.peek_next_page()
    }

    fn skip_next_page(&mut self) -> ParquetResult<()> {
        self.pages.skip_next_page()
    }

    fn supports_deferred_dictionary(&self) -> bool {
        self.pages.supports_deferred_dictionary()
    }

    fn take_deferred_dictionary(&mut self) -> ParquetResult<Option<Page>> {
        let page = self.pages.take_deferred_dictionary()?;
        self.unpacked.add_page(page.as_ref())?;
        Ok(page)
    }

    fn at_record_boundary(&mut self) -> ParquetResult<bool> {
        self.pages.at_record_boundary()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_of_the_crate_is_an_error_and_says_nothing() {
        static PRINTED: AtomicU64 = AtomicU64::new(0);
        // What is set here is what the guard takes over, or what goes through it.
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            let is_ours = panic.payload_as_str().is_some_and(|payload| payload.starts_with("guard test"));
            if is_ours && !IS_GUARDED.get() {
                PRINTED.fetch_add(1, Ordering::Relaxed);
            } else if !is_ours {
                before(panic);
            }
        }));
        assert!(guarded(|| -> ParquetResult<()> { panic!("guard test of the crate") }).is_err());
        assert_eq!(PRINTED.load(Ordering::Relaxed), 0);
        assert!(!IS_GUARDED.get());
        assert_eq!(guarded(|| Ok(1)).unwrap(), 1);
        assert!(catch_unwind(|| panic!("guard test of our own")).is_err());
        assert_eq!(PRINTED.load(Ordering::Relaxed), 1);
    }
}
