//! The metrics, and the sums over labelled clusters that they are made of.

/// What is measured. All are shares in `[0, 1]`, but for the adjusted Rand index, which may be negative.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Metric {
    /// Pairs found that are labelled, as a share of those found.
    PairPrecision,
    /// Pairs found that are labelled, as a share of those labelled.
    PairRecall,
    /// The harmonic mean of the two.
    PairF1,
    /// Agreement of two clusterings about pairs, less what chance gives: 1 if they are equal, 0 on average if they have nothing
    /// to do with one another. Source: Hubert and Arabie 1985, "Comparing partitions".
    AdjustedRand,
    /// The share of a document's found cluster that is of its labelled one, on average over documents. Source: Bagga and
    /// Baldwin 1998, "Entity-based cross-document coreferencing using the vector space model".
    BCubedPrecision,
    /// The share of a document's labelled cluster that is of its found one, on average over documents.
    BCubedRecall,
    /// The harmonic mean of the two.
    BCubedF1,
    /// 1 if each found cluster is of one labelled cluster. Source: Rosenberg and Hirschberg 2007, "V-measure: a conditional
    /// entropy-based external cluster evaluation measure".
    Homogeneity,
    /// 1 if each labelled cluster is of one found cluster. Of the same source.
    Completeness,
    /// The harmonic mean of the two.
    VMeasure,
    /// Removed documents less originals lost, as a share of those removed.
    RemovalPrecision,
    /// Removed documents less originals lost, as a share of these and copies left.
    RemovalRecall,
    /// The harmonic mean of the two.
    RemovalF1,
}

impl Metric {
    /// Each of them, in order.
    pub const ALL: [Self; 13] = [
        Self::PairPrecision,
        Self::PairRecall,
        Self::PairF1,
        Self::AdjustedRand,
        Self::BCubedPrecision,
        Self::BCubedRecall,
        Self::BCubedF1,
        Self::Homogeneity,
        Self::Completeness,
        Self::VMeasure,
        Self::RemovalPrecision,
        Self::RemovalRecall,
        Self::RemovalF1,
    ];

    /// Its name in JSON and CSV.
    pub fn name(self) -> &'static str {
        match self {
            Self::PairPrecision => "pair_precision",
            Self::PairRecall => "pair_recall",
            Self::PairF1 => "pair_f1",
            Self::AdjustedRand => "adjusted_rand",
            Self::BCubedPrecision => "b_cubed_precision",
            Self::BCubedRecall => "b_cubed_recall",
            Self::BCubedF1 => "b_cubed_f1",
            Self::Homogeneity => "homogeneity",
            Self::Completeness => "completeness",
            Self::VMeasure => "v_measure",
            Self::RemovalPrecision => "removal_precision",
            Self::RemovalRecall => "removal_recall",
            Self::RemovalF1 => "removal_f1",
        }
    }

    /// Whether it is about pairs.
    pub fn is_of_pairs(self) -> bool {
        matches!(self, Self::PairPrecision | Self::PairRecall | Self::PairF1)
    }

    /// Whether it is about what is kept.
    pub fn is_of_removals(self) -> bool {
        matches!(self, Self::RemovalPrecision | Self::RemovalRecall | Self::RemovalF1)
    }
}

/// Sums over the documents of labelled clusters. Counts are whole numbers, exact up to 2^53.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Sums {
    pub documents: f64,
    /// Pairs labelled, found, and both.
    pub labelled: f64,
    pub found: f64,
    pub both: f64,
    /// Over documents: the share of the found cluster that is of the labelled one, and the other way round.
    pub b_precision: f64,
    pub b_recall: f64,
    /// Over documents, logarithms of sizes: of the found cluster by that of the cell, of the labelled one by that of the cell,
    /// of the labelled one, of the found one.
    pub label_given_found: f64,
    pub found_given_label: f64,
    pub label_size: f64,
    pub found_size: f64,
    pub removed: f64,
    pub originals_lost: f64,
    pub copies_left: f64,
}

impl Sums {
    /// All sums, for what is done to each alike.
    fn all(&mut self) -> [&mut f64; 13] {
        [
            &mut self.documents,
            &mut self.labelled,
            &mut self.found,
            &mut self.both,
            &mut self.b_precision,
            &mut self.b_recall,
            &mut self.label_given_found,
            &mut self.found_given_label,
            &mut self.label_size,
            &mut self.found_size,
            &mut self.removed,
            &mut self.originals_lost,
            &mut self.copies_left,
        ]
    }

    /// Adds others, so many times.
    pub(super) fn add(&mut self, mut other: Self, times: f64) {
        for (sum, part) in self.all().into_iter().zip(other.all()) {
            *sum += times * *part;
        }
    }

    /// What tells these sums from others.
    pub(super) fn key(mut self) -> [u64; 13] {
        self.all().map(|sum| sum.to_bits())
    }

    /// The value of a metric, or none where it is nothing divided by nothing.
    pub(super) fn value(&self, metric: Metric) -> Option<f64> {
        let justified = self.removed - self.originals_lost;
        match metric {
            Metric::PairPrecision => share(self.both, self.found),
            Metric::PairRecall => share(self.both, self.labelled),
            Metric::PairF1 => share(2.0 * self.both, self.found + self.labelled),
            Metric::AdjustedRand => self.adjusted_rand(),
            Metric::BCubedPrecision => share(self.b_precision, self.documents),
            Metric::BCubedRecall => share(self.b_recall, self.documents),
            Metric::BCubedF1 => self.mean_of(Metric::BCubedPrecision, Metric::BCubedRecall),
            Metric::Homogeneity => self.explained(self.label_given_found, self.label_size),
            Metric::Completeness => self.explained(self.found_given_label, self.found_size),
            Metric::VMeasure => self.mean_of(Metric::Homogeneity, Metric::Completeness),
            Metric::RemovalPrecision => share(justified, self.removed),
            Metric::RemovalRecall => share(justified, justified + self.copies_left),
            // Removals that are not justified, and copies that are left, are the two kinds of error.
            Metric::RemovalF1 => share(2.0 * justified, self.removed + justified + self.copies_left),
        }
    }

    fn adjusted_rand(&self) -> Option<f64> {
        if self.documents == 0.0 {
            return None;
        }
        let all = self.documents * (self.documents - 1.0) / 2.0;
        let (only_found, only_labelled) = (self.found - self.both, self.labelled - self.both);
        if only_found == 0.0 && only_labelled == 0.0 {
            return Some(1.0);
        }
        let neither = all - self.found - self.labelled + self.both;
        let by_chance = self.labelled * (only_labelled + neither) + self.found * (only_found + neither);
        Some(2.0 * (self.both * neither - only_labelled * only_found) / by_chance)
    }

    /// How much of the entropy of one grouping, of which the logarithms of sizes are given, the other one explains.
    fn explained(&self, unexplained: f64, sizes: f64) -> Option<f64> {
        if self.documents == 0.0 {
            return None;
        }
        let entropy = self.documents.ln() - sizes / self.documents;
        // One group of all has none; sums of logarithms are not exact.
        if entropy < 1e-12 {
            return Some(1.0);
        }
        Some((1.0 - unexplained / self.documents / entropy).clamp(0.0, 1.0))
    }

    fn mean_of(&self, a: Metric, b: Metric) -> Option<f64> {
        let (a, b) = (self.value(a)?, self.value(b)?);
        Some(if a + b == 0.0 { 0.0 } else { 2.0 * a * b / (a + b) })
    }
}

fn share(part: f64, whole: f64) -> Option<f64> {
    (whole > 0.0).then(|| part / whole)
}
