//! Ids of documents, and their numbers.

use std::collections::HashMap;
use std::sync::Arc;

use crate::error::{Error, Result};

/// Ids of documents, numbered in the order in which they were met.
///
/// A result and its labels name documents by the same table, so that equal ids have equal numbers. O(1) an id.
///
/// ```
/// use twicetold::evaluate::IdNumbers;
///
/// let mut ids = IdNumbers::default();
/// let (a, b) = (ids.number("wire-1")?, ids.number("wire-2")?);
/// assert_eq!((a, b, ids.number("wire-1")?), (0, 1, 0));
/// assert_eq!(ids.name(b), "wire-2");
/// # Ok::<(), twicetold::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct IdNumbers {
    /// Only asked by key, so its order is nowhere seen.
    numbers: HashMap<Arc<str>, u32>,
    names: Vec<Arc<str>>,
}

impl IdNumbers {
    /// The number of an id, a new one if it was not met before.
    ///
    /// # Errors
    /// [`Error::TooManyDocuments`] if there are more than 32 bits can number.
    pub fn number(&mut self, id: &str) -> Result<u32> {
        if let Some(&number) = self.numbers.get(id) {
            return Ok(number);
        }
        let limit = u64::from(u32::MAX);
        let number = u32::try_from(self.names.len()).ok().filter(|&number| number < u32::MAX);
        let number = number.ok_or(Error::TooManyDocuments { limit })?;
        let name: Arc<str> = id.into();
        self.numbers.insert(Arc::clone(&name), number);
        self.names.push(name);
        Ok(number)
    }

    /// The number of an id that was met before.
    pub fn find(&self, id: &str) -> Option<u32> {
        self.numbers.get(id).copied()
    }

    /// The id of a number.
    ///
    /// # Panics
    /// If no id has this number.
    pub fn name(&self, number: u32) -> &str {
        &self.names[number as usize]
    }

    /// The id of a number as a message shows it: as a literal, which neither steers a terminal nor ends a line, and cut short.
    ///
    /// # Panics
    /// If no id has this number.
    pub fn literal(&self, number: u32) -> String {
        id_literal(self.name(number))
    }

    /// How many ids were met.
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Whether none was met.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }
}

/// Characters of an id that a message shows.
const SHOWN: usize = 60;

/// An id as a message shows it.
pub(crate) fn id_literal(id: &str) -> String {
    match id.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{:?}...", &id[..end]),
        None => format!("{id:?}"),
    }
}
