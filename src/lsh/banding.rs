//! How many bands of how many rows, and what that promises.
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "nodes are numbered in 32 bits, and reading refuses more"
)]

use crate::error::{Error, Result};
use crate::params::{Bands, BucketLimit, Recall, Rows, Slots, Threshold};

/// Bands, rows, and the largest bucket that is paired: the shape of the index.
///
/// A pair of Jaccard similarity `s` agrees in all rows of one band with probability `s^r`, and so becomes a
/// candidate with probability `1 - (1 - s^r)^b`.
/// Source: Leskovec, Rajaraman, Ullman, "Mining of Massive Datasets", section 3.4.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Banding {
    bands: Bands,
    rows: Rows,
    bucket_limit: BucketLimit,
}

impl Banding {
    /// The largest row count, and with it the fewest candidates, whose recall at the threshold is at least
    /// `recall`; as many bands as the slots allow.
    ///
    /// # Errors
    /// [`Error::Parameter`] if not even bands of one row reach the recall.
    ///
    /// ```
    /// use twicetold::{Recall, Slots, Threshold};
    /// use twicetold::lsh::Banding;
    ///
    /// let banding = Banding::choose(Threshold::default(), Slots::default(), Recall::default())?;
    /// assert_eq!((banding.bands().0, banding.rows().0), (21, 6));
    /// assert!(banding.recall(0.8) > 0.99);
    /// # Ok::<(), twicetold::Error>(())
    /// ```
    pub fn choose(threshold: Threshold, slots: Slots, recall: Recall) -> Result<Self> {
        (1..=slots.get() as u32)
            .rev()
            .map(|rows| Self {
                bands: Bands(slots.get() as u32 / rows),
                rows: Rows(rows),
                bucket_limit: BucketLimit::default(),
            })
            .find(|banding| banding.recall(threshold.get()) >= recall.get())
            .ok_or_else(|| {
                Error::parameter(
                    "recall",
                    recall.get(),
                    "reachable with the hashes at this threshold; use more --hashes or a lower --recall",
                )
            })
    }

    /// A banding as the caller wants it.
    ///
    /// # Errors
    /// [`Error::Parameter`] if either is zero or they need more slots than there are.
    pub fn new(bands: Bands, rows: Rows, slots: Slots) -> Result<Self> {
        if bands.0 == 0 || rows.0 == 0 {
            return Err(Error::parameter(
                "bands x rows",
                format!("{} x {}", bands.0, rows.0),
                "at least 1 x 1",
            ));
        }
        if u64::from(bands.0) * u64::from(rows.0) > slots.get() as u64 {
            return Err(Error::parameter(
                "bands x rows",
                format!("{} x {}", bands.0, rows.0),
                "at most as many as --hashes",
            ));
        }
        Ok(Self { bands, rows, bucket_limit: BucketLimit::default() })
    }

    /// The same, but for the largest bucket that is paired.
    #[must_use]
    pub fn with_bucket_limit(self, bucket_limit: BucketLimit) -> Self {
        Self { bucket_limit, ..self }
    }

    /// The largest bucket that is paired member by member.
    pub fn bucket_limit(&self) -> BucketLimit {
        self.bucket_limit
    }

    /// Number of bands.
    pub fn bands(&self) -> Bands {
        self.bands
    }

    /// Number of rows in each.
    pub fn rows(&self) -> Rows {
        self.rows
    }

    /// Probability that a pair of this Jaccard similarity becomes a candidate, in `[0, 1]`.
    pub fn recall(&self, jaccard: f64) -> f64 {
        1.0 - (1.0 - jaccard.powf(self.rows.0.into())).powf(self.bands.0.into())
    }

    /// The slots that band number `band` looks at.
    #[inline]
    pub(crate) fn slots_of(self, band: u32) -> std::ops::Range<usize> {
        let rows = self.rows.0 as usize;
        band as usize * rows..(band as usize + 1) * rows
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_choice_keeps_the_recall_and_one_more_row_would_not(
            threshold in 0.2f64..=1.0, slots in 16u16..512, recall in 0.5f64..0.999,
        ) {
            let slots = Slots::new(slots).unwrap();
            let chosen =
                Banding::choose(Threshold::new(threshold).unwrap(), slots, Recall::new(recall).unwrap());
            let Ok(chosen) = chosen else {
                // Bands of one row are the last resort.
                prop_assert!(1.0 - (1.0 - threshold).powf(slots.get() as f64) < recall);
                return Ok(());
            };
            prop_assert!(chosen.recall(threshold) >= recall);
            prop_assert!(chosen.bands().0 * chosen.rows().0 <= slots.get() as u32);
            let rows = chosen.rows().0 + 1;
            if rows <= slots.get() as u32 {
                let taller = Banding::new(Bands(slots.get() as u32 / rows), Rows(rows), slots).unwrap();
                prop_assert!(taller.recall(threshold) < recall);
            }
        }
    }

    #[test]
    fn impossible_shapes_are_refused() {
        let slots = Slots::new(16).unwrap();
        assert!(Banding::new(Bands(4), Rows(5), slots).is_err());
        assert!(Banding::new(Bands(0), Rows(5), slots).is_err());
        assert!(Banding::choose(Threshold::new(0.05).unwrap(), slots, Recall::default()).is_err());
    }
}
