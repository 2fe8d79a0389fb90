//! Files of results and of labels: what any tool says of documents, read for [`evaluate`](crate::evaluate).
//!
//! ```no_run
//! use twicetold::evaluate::{EvaluateOptions, IdNumbers, evaluate};
//! use twicetold::labelled::{ListingFields, ListingSide, read_listing};
//!
//! let (result, labels) = ("kept.txt".as_ref(), "labels.csv".as_ref());
//! let mut ids = IdNumbers::default();
//! let fields = ListingFields::default();
//! let known = read_listing(labels, ListingSide::Labels, None, &fields, &mut ids)?.into_labels(labels)?;
//! let found = read_listing(result, ListingSide::Result, None, &fields, &mut ids)?.into_result(result)?;
//! let evaluation = evaluate(ids.len(), &found, &known, None, &[], &EvaluateOptions::default(), &())?;
//! for measured in &evaluation.figures {
//!     println!("{} {:?} {:?}", measured.metric.name(), measured.value, measured.interval);
//! }
//! # Ok::<(), twicetold::Error>(())
//! ```

mod clusters;
mod columns;
mod form;
mod kept;
mod lines;
mod listing;
mod pairs;
mod published;
mod read;
mod recognise;
mod runs;
mod table;

pub use columns::ListingFields;
pub use form::ListingForm;
pub use listing::{ClusterGathering, Listing, ListingContent};
pub use read::{ListingSide, read_listing};
