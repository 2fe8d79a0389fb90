//! Entries of equal key, brought together.
//!
//! Entries are partitioned by the high bits of their keys; a partition is sorted by itself, and its buckets are read
//! off as runs. A partition needs nothing outside itself, so partitions are read in parallel, and only as many at a
//! time as memory allows.
#![allow(clippy::cast_possible_truncation, reason = "the parts of an entry are packed in its 64 bits")]

use std::ops::Range;

use rayon::prelude::*;

/// Entries that a partition should hold, so that sorting it stays in the cache.
const PARTITION_ENTRIES: usize = 1 << 13;

/// Most partitions, as a power of two.
const MAX_PARTITION_BITS: u32 = 12;

/// Places in the table of [`KeyRepeats`] for each entry.
const PLACES_PER_ENTRY: usize = 16;

/// How many partitions so many entries are split into, as a power of two.
pub(crate) fn partition_bits(entries: usize) -> u32 {
    (entries / PARTITION_ENTRIES).max(1).ilog2().min(MAX_PARTITION_BITS)
}

/// A key in the high half, and what has it in the low.
#[inline]
pub(crate) fn entry(key: u32, number: u32) -> u64 {
    u64::from(key) << 32 | u64::from(number)
}

/// The buckets of two or more members among sorted entries.
pub(crate) fn buckets(entries: &[u64]) -> impl Iterator<Item = &[u64]> {
    entries.chunk_by(|a, b| a >> 32 == b >> 32).filter(|bucket| bucket.len() > 1)
}

/// Entries, grouped by the high bits of the key.
pub(crate) struct Partitions {
    chunks: Vec<EntryChunk>,
    range: Range<usize>,
}

impl Partitions {
    /// Groups, of the 2^`bits` partitions, the entries of those in `range`. `fill` adds the entries of some items, up to
    /// `chunk` of them, given the number of the first. 8 bytes an entry.
    ///
    /// # Errors
    /// What `fill` fails with.
    pub(crate) fn new<T: Sync, E: Send>(
        items: &[T],
        chunk: usize,
        bits: u32,
        range: Range<usize>,
        fill: impl Fn(u32, &[T], &mut Vec<u64>) -> Result<(), E> + Sync,
    ) -> Result<Self, E> {
        let chunks = items
            .par_chunks(chunk)
            .enumerate()
            .map_init(Vec::new, |unsorted, (place, items)| {
                unsorted.clear();
                fill((place * chunk) as u32, items, unsorted)?;
                Ok(EntryChunk::new(bits, &range, unsorted))
            })
            .collect::<Result<_, E>>()?;
        Ok(Self { chunks, range })
    }

    /// Hands the entries of each partition to `read`, sorted; some of those whose key no other entry has are left
    /// out. What that returns is in order of the partitions, which are those of `range`.
    ///
    /// # Errors
    /// What `read` fails with.
    pub(crate) fn read<T: Send, E: Send>(
        &self,
        range: Range<usize>,
        read: impl Fn(&[u64]) -> Result<T, E> + Sync,
    ) -> Result<Vec<T>, E> {
        let partition = |(entries, repeats): &mut (Vec<u64>, KeyRepeats), partition: usize| {
            entries.clear();
            for chunk in &self.chunks {
                entries.extend_from_slice(chunk.partition(partition - self.range.start));
            }
            repeats.retain(entries);
            entries.sort_unstable();
            read(entries)
        };
        range.into_par_iter().map_init(Default::default, partition).collect()
    }
}

/// Tells keys that come again from those that do not, which are most, and not worth sorting.
///
/// Keys share places, so some that do not come again pass for ones that do: about one in [`PLACES_PER_ENTRY`].
#[derive(Default)]
struct KeyRepeats {
    /// One bit a place: some key has it.
    met: Vec<u64>,
    /// Some key has it, and another one too.
    met_again: Vec<u64>,
}

impl KeyRepeats {
    /// Takes out entries whose key no other has.
    fn retain(&mut self, entries: &mut Vec<u64>) {
        let words = (entries.len() * PLACES_PER_ENTRY / 64).next_power_of_two();
        for table in [&mut self.met, &mut self.met_again] {
            table.clear();
            table.resize(words, 0);
        }
        let place = |entry: u64| {
            let key = (entry >> 32) as usize;
            // The high bits of the key are those of the partition.
            (key >> 6 & (words - 1), 1 << (key & 63))
        };
        for &entry in &*entries {
            let (word, bit) = place(entry);
            self.met_again[word] |= self.met[word] & bit;
            self.met[word] |= bit;
        }
        // Without a branch, which would be foretold wrongly for every entry that stays.
        let mut end = 0;
        for index in 0..entries.len() {
            let entry = entries[index];
            let (word, bit) = place(entry);
            entries[end] = entry;
            end += usize::from(self.met_again[word] & bit != 0);
        }
        entries.truncate(end);
    }
}

/// Some of the entries, grouped.
struct EntryChunk {
    entries: Vec<u64>,
    starts: Vec<u32>,
}

impl EntryChunk {
    fn new(bits: u32, range: &Range<usize>, unsorted: &[u64]) -> Self {
        let partition = |entry: u64| (entry >> 32 >> (32 - bits)) as usize;
        let is_wanted = |&&entry: &&u64| range.contains(&partition(entry));
        let mut starts = vec![0u32; range.len() + 1];
        for &entry in unsorted.iter().filter(is_wanted) {
            starts[partition(entry) - range.start + 1] += 1;
        }
        for index in 1..starts.len() {
            starts[index] += starts[index - 1];
        }
        let mut next = starts.clone();
        let mut entries = vec![0; starts[range.len()] as usize];
        for &entry in unsorted.iter().filter(is_wanted) {
            let place = &mut next[partition(entry) - range.start];
            entries[*place as usize] = entry;
            *place += 1;
        }
        Self { entries, starts }
    }

    fn partition(&self, index: usize) -> &[u64] {
        &self.entries[self.starts[index] as usize..self.starts[index + 1] as usize]
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::convert::Infallible;

    use proptest::prelude::*;

    use super::*;
    use crate::hash;

    proptest! {
        #[test]
        fn buckets_are_those_of_a_map(
            numbers in proptest::collection::vec(0u64..300, 0..600), bits in 0u32..5, spread in proptest::bool::ANY,
        ) {
            let key = |number: u64| if spread { (hash::mix(number) >> 32) as u32 } else { number as u32 };
            let mut expected: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
            for (place, &number) in (0u32..).zip(&numbers) {
                expected.entry(key(number)).or_default().push(place);
            }
            expected.retain(|_, places| places.len() > 1);
            let all = 0..1usize << bits;
            let Ok(partitions) = Partitions::new(&numbers, 7, bits, all.clone(), |first, numbers, entries| {
                entries.extend((first..).zip(numbers).map(|(place, &number)| entry(key(number), place)));
                Ok::<_, Infallible>(())
            });
            let Ok(found) = partitions.read(all, |entries| {
                let bucket = |bucket: &[u64]| {
                    ((bucket[0] >> 32) as u32, bucket.iter().map(|&entry| entry as u32).collect::<Vec<_>>())
                };
                Ok::<_, Infallible>(buckets(entries).map(bucket).collect::<Vec<_>>())
            });
            prop_assert_eq!(found.concat(), expected.into_iter().collect::<Vec<_>>());
        }
    }

    #[test]
    fn few_keys_that_come_once_are_left() {
        let key = |number: u64| (hash::mix(number) >> 32) as u32;
        let mut entries: Vec<u64> = (0..8000).map(|number| entry(key(number), number as u32)).collect();
        entries.extend((0..100).map(|number| entry(key(number), 9000)));
        KeyRepeats::default().retain(&mut entries);
        assert!((200..1000).contains(&entries.len()), "{}", entries.len());
    }
}
