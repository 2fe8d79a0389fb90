//! The table of the items' shingles: from a shingle to the items that have it, and back.
#![allow(
    clippy::cast_possible_truncation,
    reason = "shingles and items are numbered in 32 bits, which is checked"
)]

use super::filter::ItemFilter;
use super::shingles::{ItemShingler, ItemShingles};
use crate::error::{Error, Result};
use crate::params::{Containment, Shingling};
use crate::similarity::share;

/// Items of a shingle that are counted for every document that has it; of more, only those that have it among their
/// rarest.
pub const LONG_LIST: usize = 64;

/// Bytes that a table takes for each shingle of an item while it is made: its hash, itself with its item, and the table.
const SHINGLE_BYTES: usize = 50;

/// Bytes for each item beside its shingles.
const ITEM_BYTES: usize = 40;

/// The most bytes that a table of these items takes, and making it.
pub fn table_bytes(items: &ItemShingles) -> usize {
    items.count() * SHINGLE_BYTES + items.records as usize * ITEM_BYTES
}

/// Where the lists of several owners stand in one.
pub(super) struct Lists {
    starts: Vec<u32>,
    entries: Vec<u32>,
}

impl Lists {
    /// The list of one owner.
    #[inline]
    pub(super) fn of(&self, owner: u32) -> &[u32] {
        let owner = owner as usize;
        &self.entries[self.starts[owner] as usize..self.starts[owner + 1] as usize]
    }
}

/// Every shingle of every item. A distinct shingle is a *place* of the table.
pub struct ItemTable {
    pub(super) shingler: ItemShingler,
    pub(super) filter: ItemFilter,
    /// The distinct shingles, ascending.
    hashes: Vec<u64>,
    /// By the high bits of a hash, the first place of those that have them.
    firsts: Vec<u32>,
    shift: u32,
    /// The items that have a shingle, ascending.
    pub(super) items_of: Lists,
    /// The places of an item's shingles, ascending.
    pub(super) places_of: Lists,
    /// Shingles of long lists with items that have them among their rarest: sorted.
    rare: Vec<(u32, u32)>,
    /// How many of an item's shingles a document needs.
    pub(super) needed: Vec<u32>,
    /// The least of these.
    pub(super) least_needed: usize,
    pub(super) units: Vec<u32>,
    /// The record that each item is.
    records: Vec<u32>,
    too_short: Vec<u32>,
}

impl ItemTable {
    /// Makes the table. O(n) for n shingles, but for items that share shingles with many others.
    ///
    /// # Errors
    /// [`Error::TooManyShingles`] if the items have more than can be numbered.
    pub fn new(shingler: ItemShingler, items: ItemShingles) -> Result<Self> {
        let ItemShingles { hashes, counts, units, item_records, too_short, has_short, .. } = items;
        if hashes.len() >= u32::MAX as usize {
            return Err(Error::TooManyShingles { limit: u32::MAX.into() });
        }
        let grouped = GroupedShingles::new(&hashes, &counts);
        drop(hashes);
        let GroupedShingles { hashes, firsts, shift, items_of, counts } = grouped;
        let places_of = turned(&items_of, &counts);
        let containment = shingler.containment;
        let needed: Vec<u32> =
            counts.iter().map(|&count| least(count as usize, containment.get()) as u32).collect();
        let shingler = if has_short { shingler } else { ItemShingler { short: None, ..shingler } };
        let mut table = Self {
            shingler,
            filter: ItemFilter::new(&hashes),
            hashes,
            firsts,
            shift,
            items_of,
            places_of,
            rare: Vec::new(),
            least_needed: needed.iter().copied().min().unwrap_or(u32::MAX) as usize,
            needed,
            units,
            records: item_records,
            too_short,
        };
        table.rare = table.rare_entries();
        Ok(table)
    }

    /// Number of items that are searched for.
    pub fn items(&self) -> usize {
        self.records.len()
    }

    /// The records of the reference that are too short to be searched for, by their numbers in it.
    pub fn too_short(&self) -> &[u32] {
        &self.too_short
    }

    /// The containment asked for.
    pub fn containment(&self) -> Containment {
        self.shingler.containment
    }

    /// What the shingles are made of.
    pub fn shingling(&self) -> Shingling {
        self.shingler.shingling()
    }

    /// How texts become the shingles.
    pub fn shingler(&self) -> &ItemShingler {
        &self.shingler
    }

    /// The number of an item's record in the reference.
    pub(super) fn record(&self, item: u32) -> u32 {
        self.records[item as usize]
    }

    /// The place of a shingle, if an item has it.
    #[inline]
    pub(super) fn place(&self, hash: u64) -> Option<u32> {
        let group = (hash >> self.shift) as usize;
        let (start, end) = (self.firsts[group], self.firsts[group + 1]);
        let found = self.hashes[start as usize..end as usize].iter().position(|&other| other == hash)?;
        Some(start + found as u32)
    }

    /// Whether so many items share a shingle that a document that has it does not count them all.
    #[inline]
    pub(super) fn is_long(&self, place: u32) -> bool {
        self.items_of.of(place).len() > LONG_LIST
    }

    /// Whether an item is shorter than a shingle of the others: its own cannot be compared with the number of a document's.
    #[inline]
    pub(super) fn is_short(&self, item: u32) -> bool {
        (self.units[item as usize] as usize) < self.shingling().width()
    }

    /// The items that have a shingle of a long list among their rarest.
    pub(super) fn rare_items(&self, place: u32) -> impl Iterator<Item = u32> + '_ {
        let start = self.rare.partition_point(|entry| entry.0 < place);
        self.rare[start..].iter().take_while(move |entry| entry.0 == place).map(|entry| entry.1)
    }

    /// Of each item that has a shingle of a long list, those of them that are among its `n - k + 1` rarest.
    fn rare_entries(&self) -> Vec<(u32, u32)> {
        let mut entries = Vec::new();
        if self.items_of.starts.windows(2).all(|ends| (ends[1] - ends[0]) as usize <= LONG_LIST) {
            return entries;
        }
        let mut order: Vec<u32> = Vec::new();
        for item in 0..self.items() as u32 {
            let places = self.places_of.of(item);
            if !places.iter().any(|&place| self.is_long(place)) {
                continue;
            }
            order.clear();
            order.extend_from_slice(places);
            order.sort_unstable_by_key(|&place| (self.items_of.of(place).len(), place));
            let rarest = places.len() - self.needed[item as usize] as usize + 1;
            let long = order[..rarest].iter().filter(|&&place| self.is_long(place));
            entries.extend(long.map(|&place| (place, item)));
        }
        entries.sort_unstable();
        entries
    }
}

/// The least part of a whole whose share is at least so much: at least one of anything.
pub(super) fn least(whole: usize, containment: f64) -> usize {
    #[expect(clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "a share of a count below 2^32")]
    let mut part = (whole as f64 * containment) as usize;
    // The product is rounded; the division decides.
    part = part.saturating_sub(1).max(1);
    while share(part, whole) < containment {
        part += 1;
    }
    part
}

/// Shingles of all items, equal ones together.
struct GroupedShingles {
    hashes: Vec<u64>,
    firsts: Vec<u32>,
    shift: u32,
    items_of: Lists,
    /// How many distinct ones each item has.
    counts: Vec<u32>,
}

impl GroupedShingles {
    /// Groups by the high bits of the hashes, so that a group holds one or two, and sorts each group: less than a third
    /// of the time that sorting all takes.
    fn new(hashes: &[u64], counts: &[u32]) -> Self {
        let bits = hashes.len().max(2).ilog2();
        let (groups, shift) = (1usize << bits, 64 - bits);
        let group = |hash: u64| (hash >> shift) as usize;
        let mut ends = vec![0u32; groups + 1];
        for &hash in hashes {
            ends[group(hash) + 1] += 1;
        }
        for index in 1..=groups {
            ends[index] += ends[index - 1];
        }
        // While entries are laid down, that of the group before, which becomes the end of this one.
        let mut entries = vec![(0u64, 0u32); hashes.len()];
        let mut rest = hashes;
        for (item, &count) in (0u32..).zip(counts) {
            let (of_item, others) = rest.split_at(count as usize);
            for &hash in of_item {
                let next = &mut ends[group(hash)];
                entries[*next as usize] = (hash, item);
                *next += 1;
            }
            rest = others;
        }
        let mut distinct = Vec::with_capacity(hashes.len());
        let mut firsts = Vec::with_capacity(groups + 1);
        let mut starts = Vec::with_capacity(hashes.len() + 1);
        let mut items: Vec<u32> = Vec::with_capacity(hashes.len());
        let mut of_item = vec![0; counts.len()];
        let mut start = 0;
        for &end in &ends[..groups] {
            firsts.push(distinct.len() as u32);
            let of_group = &mut entries[start..end as usize];
            match &mut *of_group {
                [] | [_] => {}
                [a, b] if *a <= *b => {}
                [a, b] => std::mem::swap(a, b),
                more => more.sort_unstable(),
            }
            let mut last = None;
            for &entry @ (hash, item) in &*of_group {
                let before = last.replace(entry);
                if before == last {
                    continue;
                }
                if before.is_none_or(|before| before.0 != hash) {
                    distinct.push(hash);
                    starts.push(items.len() as u32);
                }
                items.push(item);
                of_item[item as usize] += 1;
            }
            start = end as usize;
        }
        firsts.push(distinct.len() as u32);
        starts.push(items.len() as u32);
        distinct.shrink_to_fit();
        Self { hashes: distinct, firsts, shift, items_of: Lists { starts, entries: items }, counts: of_item }
    }
}

/// From the items of each shingle to the shingles of each item, of which `counts` says how many there are.
fn turned(items_of: &Lists, counts: &[u32]) -> Lists {
    let mut starts = Vec::with_capacity(counts.len() + 1);
    starts.push(0);
    let mut end = 0;
    starts.extend(counts.iter().map(|count| {
        end += count;
        end
    }));
    let mut next = starts.clone();
    let mut entries = vec![0; items_of.entries.len()];
    for place in 0..items_of.starts.len() as u32 - 1 {
        for &item in items_of.of(place) {
            let next = &mut next[item as usize];
            entries[*next as usize] = place;
            *next += 1;
        }
    }
    Lists { starts, entries }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::params::TextParams;
    use crate::reuse::items::ItemSearch;
    use crate::shingle::ShingleScratch;

    #[test]
    fn the_least_part_is_the_first_whose_share_suffices() {
        for percent in 1..=100u32 {
            let containment = f64::from(percent) / 100.0;
            for whole in 1..300 {
                let by_trying = (1..=whole).find(|&part| share(part, whole) >= containment).unwrap();
                assert_eq!(least(whole, containment), by_trying, "{containment} of {whole}");
            }
        }
    }

    fn table(texts: &[String], containment: f64) -> ItemTable {
        let search = ItemSearch::new(Containment::new(containment).unwrap(), None);
        let shingler = ItemShingler::new(&search, &TextParams::default()).unwrap();
        let (mut items, mut scratch) = (ItemShingles::default(), ShingleScratch::default());
        for part in texts.chunks(7) {
            let mut added = ItemShingles::default();
            for text in part {
                shingler.add(&mut added, text, &mut scratch);
            }
            items.append(&added);
        }
        ItemTable::new(shingler, items).unwrap()
    }

    fn words(name: &str, count: usize) -> String {
        (0..count).flat_map(|n| [name.to_owned(), n.to_string(), " ".to_owned()]).collect()
    }

    /// The work of a document that has what all items begin with: no item is counted for it, unless that is enough.
    #[test]
    fn what_many_items_share_leads_to_none_of_them() {
        for (own, entries) in [(20, 0), (10, 2000)] {
            let texts: Vec<String> =
                (0..2000).map(|n| words("begin", 60) + &words(&format!("own{n}x"), own)).collect();
            let table = table(&texts, 0.8);
            let long = (0..table.hashes.len() as u32).filter(|&place| table.is_long(place));
            assert_eq!(long.clone().count(), 56, "shingles that all items have");
            let led_to: BTreeSet<u32> = long.flat_map(|place| table.rare_items(place)).collect();
            assert_eq!(led_to.len(), entries, "{own} words of one's own");
        }
    }

    #[test]
    fn every_shingle_leads_to_its_items_and_back() {
        let texts: Vec<String> =
            (0..300).map(|n| words("ab", n % 40) + &words(&format!("c{}x", n % 50), n)).collect();
        let table = table(&texts, 0.5);
        assert_eq!(table.items() + table.too_short().len(), 300);
        assert!(table.hashes.is_sorted_by(|a, b| a < b));
        let mut seen = 0;
        for (place, &hash) in (0u32..).zip(&table.hashes) {
            assert_eq!(table.place(hash), Some(place));
            assert!(table.filter.may_hold(hash));
            assert_eq!(table.place(hash ^ 1), None);
            assert!(table.items_of.of(place).is_sorted_by(|a, b| a < b));
            for &item in table.items_of.of(place) {
                assert!(table.places_of.of(item).binary_search(&place).is_ok());
                seen += 1;
            }
        }
        assert_eq!(seen, (0..table.items() as u32).map(|item| table.places_of.of(item).len()).sum::<usize>());
    }
}
