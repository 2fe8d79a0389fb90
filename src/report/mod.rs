//! The report: one self-contained HTML page for a person who wants to see what was decided, and why.
//!
//! A run fills in a `Report`, which holds no more than the page shows: counts already put into bins, the largest
//! clusters, texts already shortened to what differs. `Report::write` turns it into a page of at most
//! [`PAGE_BYTES`] that needs no network. Its figures, plots and matrix are written as HTML and SVG; clusters and
//! pairs of texts travel as JSON, and a script in the page shows them a screenful at a time, as text and never as
//! markup. What did not fit is counted in the page.
//!
//! Nothing in it depends on the time of day, on threads or on the machine.

mod calendar;
mod chart;
mod clusters;
mod contents;
mod difference;
mod histogram;
mod matrix;
mod page;
mod pair;
mod timeline;
mod words;

pub(crate) use crate::number::{grouped, percent};
pub(crate) use crate::text::label;
pub(crate) use calendar::date_name;
pub(crate) use clusters::{ClusterDetails, ClusterMember, ClusterRow, NearDecision, TextRef};
pub(crate) use contents::{
    COMPARED_MEMBERS, Curve, DETAILED_CLUSTERS, LISTED_CLUSTERS, NAMED_MEMBERS, NEAREST_DECISIONS,
    PARAGRAPHS, Paragraph, Repeated, Report, Tile,
};
pub(crate) use difference::{Difference, difference};
pub(crate) use histogram::{SimilarityHistogram, SizeHistogram};
pub(crate) use matrix::Matrix;
pub use page::PAGE_BYTES;
pub use pair::PairPage;
pub(crate) use timeline::{TIMELINE_ROWS, TimelineRow};
pub(crate) use words::Words;
