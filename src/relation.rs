//! What one document is to another: every kind of relation is a row of one table.
//!
//! A new kind takes a variant of [`Relation`], its row in [`TABLE`], and the place where it is decided. Names, counts and
//! the keys of a summary follow from the row.

use std::fmt;
use std::ops::Index;

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

/// What the first document of a pair is to the second; what a removed document is to the kept one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Relation {
    /// The same tokens.
    Exact,
    /// Nearly the same.
    Near,
    /// Largely contained in the second.
    Excerpt,
    /// Largely contains the second.
    Expansion,
    /// Passages in common.
    Passages,
    /// The same form, other facts.
    Template,
}

/// All that is to be said of a kind.
struct RelationRow {
    relation: Relation,
    name: &'static str,
    /// What the second document is to the first.
    reversed: Relation,
    /// Whether both tell the same story.
    links: bool,
    /// If a document is removed for it: the key of `summary.json` under which these are counted.
    removed_key: Option<&'static str>,
}

/// In the order of the variants, which is that of the counts in a summary.
const TABLE: [RelationRow; 6] = [
    RelationRow {
        relation: Relation::Exact,
        name: "exact",
        reversed: Relation::Exact,
        links: true,
        removed_key: Some("removed_exact"),
    },
    RelationRow {
        relation: Relation::Near,
        name: "near",
        reversed: Relation::Near,
        links: true,
        removed_key: Some("removed_near"),
    },
    RelationRow {
        relation: Relation::Excerpt,
        name: "excerpt",
        reversed: Relation::Expansion,
        links: true,
        removed_key: Some("removed_excerpts"),
    },
    RelationRow {
        relation: Relation::Expansion,
        name: "expansion",
        reversed: Relation::Excerpt,
        links: true,
        removed_key: Some("removed_expansions"),
    },
    RelationRow {
        relation: Relation::Passages,
        name: "passages",
        reversed: Relation::Passages,
        links: false,
        removed_key: None,
    },
    RelationRow {
        relation: Relation::Template,
        name: "template",
        reversed: Relation::Template,
        links: false,
        removed_key: None,
    },
];

// Each variant finds its own row.
const _: () = {
    assert!(TABLE.len() == Relation::Template as usize + 1);
    let mut place = 0;
    while place < TABLE.len() {
        assert!(TABLE[place].relation as usize == place);
        place += 1;
    }
};

impl Relation {
    /// All kinds.
    pub fn all() -> impl Iterator<Item = Self> {
        TABLE.iter().map(|row| row.relation)
    }

    fn row(self) -> &'static RelationRow {
        &TABLE[self as usize]
    }

    /// The name in output: `exact`, `near`, `excerpt`, `expansion`, `passages` or `template`.
    pub fn name(self) -> &'static str {
        self.row().name
    }

    /// Whether both tell the same story: all but shared passages and templates.
    pub fn links(self) -> bool {
        self.row().links
    }

    /// What the second document is to the first.
    #[must_use]
    pub fn reversed(self) -> Self {
        self.row().reversed
    }
}

impl fmt::Display for Relation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Serialize for Relation {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// How many documents or pairs there are of each kind.
///
/// ```
/// use twicetold::select::{Relation, RelationCounts};
///
/// let counts: RelationCounts = [Relation::Near, Relation::Exact, Relation::Near].into_iter().collect();
/// assert_eq!((counts[Relation::Near], counts[Relation::Excerpt], counts.total()), (2, 0, 3));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RelationCounts([u64; TABLE.len()]);

impl RelationCounts {
    /// Counts one more.
    pub fn add(&mut self, relation: Relation) {
        self.0[relation as usize] += 1;
    }

    /// All of them.
    pub fn total(&self) -> u64 {
        self.0.iter().sum()
    }

    /// Serializes the counts of removed documents, under the keys that the table gives them.
    pub(crate) fn as_removals<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.serialize_keyed(serializer, |row| row.removed_key)
    }

    /// Serializes the counts of links, under the names of the kinds that link.
    pub(crate) fn as_links<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.serialize_keyed(serializer, |row| row.links.then_some(row.name))
    }

    fn serialize_keyed<S: Serializer>(
        &self,
        serializer: S,
        key: impl Fn(&RelationRow) -> Option<&'static str>,
    ) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (row, count) in TABLE.iter().zip(&self.0) {
            if let Some(key) = key(row) {
                map.serialize_entry(key, count)?;
            }
        }
        map.end()
    }
}

impl Index<Relation> for RelationCounts {
    type Output = u64;

    fn index(&self, relation: Relation) -> &u64 {
        &self.0[relation as usize]
    }
}

impl FromIterator<Relation> for RelationCounts {
    fn from_iter<I: IntoIterator<Item = Relation>>(relations: I) -> Self {
        let mut counts = Self::default();
        relations.into_iter().for_each(|relation| counts.add(relation));
        counts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_relation_seen_twice_from_the_other_side_is_itself() {
        for relation in Relation::all() {
            assert_eq!(relation.reversed().reversed(), relation);
            assert_eq!(relation.links(), relation.reversed().links());
            assert_eq!(serde_json::to_string(&relation).unwrap(), format!("\"{relation}\""));
        }
    }

    #[test]
    fn counts_are_written_under_the_keys_of_the_table() {
        struct Removals(RelationCounts);
        struct Links(RelationCounts);
        impl Serialize for Removals {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                self.0.as_removals(serializer)
            }
        }
        impl Serialize for Links {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                self.0.as_links(serializer)
            }
        }
        let counts: RelationCounts = Relation::all().chain([Relation::Excerpt]).collect();
        assert_eq!(
            serde_json::to_string(&Removals(counts)).unwrap(),
            r#"{"removed_exact":1,"removed_near":1,"removed_excerpts":2,"removed_expansions":1}"#
        );
        assert_eq!(
            serde_json::to_string(&Links(counts)).unwrap(),
            r#"{"exact":1,"near":1,"excerpt":2,"expansion":1}"#
        );
        assert_eq!(counts.total(), 7);
    }
}
