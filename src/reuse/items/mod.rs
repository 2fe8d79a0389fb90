//! Records of a reference, *items*, inside documents: which document holds which item, where, and how much of it.
//!
//! A document holds an item if it has at least the containment asked for of the item's distinct shingles, at any ratio of
//! their lengths; it is inside an item if the item has as much of the document's. All that this needs is a table of the
//! items' shingles ([`ItemTable`]). Documents are read once:
//!
//! 1. **Filter.** Each shingle of a document, which is made anyway, is looked up in a small filter of bits: one load, and
//!    of shingles that no item has, one in a hundred passes.
//! 2. **Look up.** What passes is looked up in the table itself. A document with fewer shingles of items than the item
//!    that needs the fewest is done.
//! 3. **Count.** The items of these shingles are counted. A shingle that more than [`LONG_LIST`] items share, as those of
//!    a common instruction are, does not count them all: of the *n* shingles of an item the document has to have *k*, so
//!    it has one of the *n - k + 1* that the fewest items share, and only by these an item is found.
//! 4. **Look again.** A document that holds an item, or may be inside one, is noted. Once all are read, its text is read
//!    again, and what it holds is found out with places ([`ItemTable::meetings`]).
//!
//! Everything is counted over full sets of shingles: nothing is sampled, and nothing depends on chance but that two
//! different shingles of 64 bits coincide.
//!
//! # What is an item?
//!
//! A text of at least [`LEAST_WORDS`] words. An item that is shorter than a shingle is cut into shingles of so many words
//! (of characters: as many as so many words of one letter have), and documents are cut likewise for its sake. Shorter
//! texts are not searched for, since documents have them by chance; they are counted and named.
//!
//! # Cost
//!
//! While reading, 1 to 2 ns a shingle; where the items' shingles are not the run's, 3 ns more for rolling them over the same
//! words. Memory: 26 bytes a shingle of the items, 50 while the table is made ([`table_bytes`]).

mod filter;
mod meetings;
mod options;
mod places;
mod search;
mod shingles;
mod table;

pub use meetings::ItemMeeting;
pub use options::{ItemSearch, LEAST_WORDS, MOST_ITEMS};
pub use search::ItemScratch;
pub use shingles::{ItemShingler, ItemShingles};
pub use table::{ItemTable, LONG_LIST, table_bytes};
