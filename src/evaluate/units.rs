//! The sums of each labelled cluster, which is what is drawn anew for the intervals, and pairs between two of them.
#![allow(clippy::cast_precision_loss, reason = "counts of documents and pairs, below 2^53")]

use super::cells::{Cell, cells};
use super::kept::KeptCounts;
use super::metric::Sums;
use super::side::{OrderedPair, Side, pairs_of};

/// Pairs that were found between two labelled clusters, all wrongly.
#[derive(Debug)]
enum Crossing {
    /// All documents of a found cluster are paired: its cells, one found cluster after the other, where it has several. The ends of
    /// the runs stand beside.
    Cells(Vec<Cell>, Vec<usize>),
    /// The clusters of each pair.
    Pairs(Vec<(u32, u32)>),
}

/// Labelled clusters; where only pairs are labelled, their components.
#[derive(Debug)]
pub(super) struct Units {
    pub sums: Vec<Sums>,
    crossing: Crossing,
}

impl Units {
    /// Sums up each labelled cluster. Where pairs were judged, only the wrong ones of these count against what was found, and
    /// the figures of clusters mean nothing.
    pub(super) fn new(
        labels: &Side,
        found: Option<&Side>,
        judged_wrong: Option<&[OrderedPair]>,
        kept: Option<&[KeptCounts]>,
    ) -> Self {
        let mut sums: Vec<Sums> =
            labels.sizes.iter().map(|&size| Sums { documents: size.into(), ..Sums::default() }).collect();
        for (sums, kept) in sums.iter_mut().zip(kept.into_iter().flatten()) {
            sums.removed = kept.removed as f64;
            sums.originals_lost = kept.originals_lost as f64;
            sums.copies_left = kept.copies_left as f64;
        }
        let mut units = Self { sums, crossing: Crossing::Pairs(Vec::new()) };
        if let Some(found) = found {
            units.count_labelled(labels, found);
            let table = cells(labels, found);
            units.measure_cells(&table, labels, found);
            match (judged_wrong, &found.pairs) {
                (Some(wrong), _) => {
                    let wrong = wrong.iter().filter(|&&pair| found.holds(pair)).copied();
                    units.count_wrong(wrong, labels);
                }
                (None, Some(pairs)) => {
                    let wrong = pairs.iter().filter(|&&pair| !labels.holds(pair)).copied();
                    units.count_wrong(wrong, labels);
                }
                (None, None) => units.count_wrong_in_cells(table, found),
            }
        }
        units
    }

    /// Pairs that are labelled, and those of them that were found.
    fn count_labelled(&mut self, labels: &Side, found: &Side) {
        let group = |document: u32| labels.groups[document as usize] as usize;
        match (&labels.pairs, &found.pairs) {
            (Some(pairs), _) => {
                for &pair in pairs {
                    let is_found = f64::from(u8::from(found.holds(pair)));
                    let sums = &mut self.sums[group(pair.0)];
                    sums.labelled += 1.0;
                    sums.both += is_found;
                    sums.found += is_found;
                }
            }
            (None, found_pairs) => {
                for (sums, &size) in self.sums.iter_mut().zip(&labels.sizes) {
                    sums.labelled = pairs_of(size.into()) as f64;
                }
                for &pair in found_pairs.iter().flatten().filter(|&&pair| labels.holds(pair)) {
                    let sums = &mut self.sums[group(pair.0)];
                    sums.both += 1.0;
                    sums.found += 1.0;
                }
            }
        }
    }

    /// What the cells say of their documents.
    fn measure_cells(&mut self, table: &[Cell], labels: &Side, found: &Side) {
        let are_all_paired = labels.pairs.is_none() && found.pairs.is_none();
        for cell in table {
            let sums = &mut self.sums[cell.label as usize];
            let both = f64::from(cell.documents);
            let label = f64::from(labels.sizes[cell.label as usize]);
            let found = f64::from(found.sizes[cell.found as usize]);
            sums.b_precision += both * both / found;
            sums.b_recall += both * both / label;
            sums.label_given_found += both * (found / both).ln();
            sums.found_given_label += both * (label / both).ln();
            sums.label_size += both * label.ln();
            sums.found_size += both * found.ln();
            if are_all_paired {
                sums.both += pairs_of(cell.documents.into()) as f64;
            }
        }
    }

    /// Pairs that were found and are not labelled.
    fn count_wrong(&mut self, pairs: impl Iterator<Item = OrderedPair>, labels: &Side) {
        let mut crossing = Vec::new();
        for (a, b) in pairs {
            let (a, b) = (labels.groups[a as usize], labels.groups[b as usize]);
            if a == b {
                self.sums[a as usize].found += 1.0;
            } else {
                crossing.push((a, b));
            }
        }
        self.crossing = Crossing::Pairs(crossing);
    }

    /// The same where all documents of a found cluster are paired: counts all that was found.
    fn count_wrong_in_cells(&mut self, mut table: Vec<Cell>, found: &Side) {
        self.sums.iter_mut().for_each(|sums| sums.found = 0.0);
        for cell in &table {
            self.sums[cell.label as usize].found += pairs_of(cell.documents.into()) as f64;
        }
        table.retain(|cell| cell.documents < found.sizes[cell.found as usize]);
        table.sort_unstable_by_key(|cell| (cell.found, cell.label));
        let ends = table.chunk_by(|a, b| a.found == b.found).scan(0, |end, run| {
            *end += run.len();
            Some(*end)
        });
        let ends = ends.collect();
        self.crossing = Crossing::Cells(table, ends);
    }

    /// Whether pairs were found between a labelled cluster and others, of each.
    pub(super) fn cross(&self) -> Vec<bool> {
        let mut cross = vec![false; self.sums.len()];
        match &self.crossing {
            Crossing::Cells(cells, _) => cells.iter().for_each(|cell| cross[cell.label as usize] = true),
            Crossing::Pairs(pairs) => {
                for &(a, b) in pairs {
                    cross[a as usize] = true;
                    cross[b as usize] = true;
                }
            }
        }
        cross
    }

    /// Pairs found between clusters, if each cluster is there so many times. Copies of one cluster are not paired.
    pub(super) fn crossing(&self, times: impl Fn(u32) -> f64) -> f64 {
        match &self.crossing {
            Crossing::Pairs(pairs) => pairs.iter().map(|&(a, b)| times(a) * times(b)).sum(),
            Crossing::Cells(cells, ends) => {
                let mut begin = 0;
                let mut pairs = 0.0;
                for &end in ends {
                    let (mut sum, mut squares) = (0.0, 0.0);
                    for cell in &cells[begin..end] {
                        let documents = times(cell.label) * f64::from(cell.documents);
                        sum += documents;
                        squares += documents * documents;
                    }
                    pairs += (sum * sum - squares) / 2.0;
                    begin = end;
                }
                pairs
            }
        }
    }

    /// The sums of all clusters.
    pub(super) fn total(&self) -> Sums {
        let mut total = Sums::default();
        self.sums.iter().for_each(|&sums| total.add(sums, 1.0));
        total.found += self.crossing(|_| 1.0);
        total
    }
}
