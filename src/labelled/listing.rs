//! What a file or a directory says of documents, whatever its form.

use std::collections::HashMap;
use std::path::Path;

use super::form::ListingForm;
use super::lines::bad_line;
use crate::error::{Error, LineFault, Result};
use crate::evaluate::{
    FoundDuplicates, IdNumbers, IdPair, KeptDocuments, KnownDuplicates, Labels, Membership, ToolResult,
    id_literal,
};

/// What a file or a directory says of documents.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Listing {
    /// How it was read.
    pub form: ListingForm,
    /// The documents and what they are to one another.
    pub content: ListingContent,
    /// The documents that it keeps, if it says so.
    pub kept: Option<KeptDocuments>,
    /// All its documents, where one need not be among the content's.
    pub documents: Option<Vec<u32>>,
    /// Similarities of pairs, where it has some.
    pub similarities: Vec<IdPair>,
    /// Ids and pairs that it says a second time, to the same effect.
    pub repeated: u64,
    /// Pairs of a document and itself, which say nothing.
    pub self_pairs: u64,
}

/// What documents are to one another.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum ListingContent {
    /// Members of clusters.
    Clusters(Vec<Membership>),
    /// Duplicates.
    Pairs(Vec<IdPair>),
    /// Pairs that were judged, in part no duplicates.
    Judged {
        /// Duplicates.
        positive: Vec<IdPair>,
        /// No duplicates.
        negative: Vec<IdPair>,
    },
    /// Kept documents alone.
    Untold,
}

impl Listing {
    pub(super) fn new(form: ListingForm, content: ListingContent) -> Self {
        let (kept, documents, similarities) = (None, None, Vec::new());
        Self { form, content, kept, documents, similarities, repeated: 0, self_pairs: 0 }
    }

    /// Two lists of judged pairs as one.
    pub(super) fn joined(mut self, other: Self) -> Self {
        if let (
            ListingContent::Judged { positive, negative },
            ListingContent::Judged { positive: more, negative: wrong },
        ) = (&mut self.content, other.content)
        {
            positive.extend(more);
            negative.extend(wrong);
        }
        self.similarities.extend(other.similarities);
        self.repeated += other.repeated;
        self.self_pairs += other.self_pairs;
        self
    }

    /// The listing as a result, read from `path`.
    ///
    /// # Errors
    /// [`Error::UnclearForm`] if it has pairs that are no duplicates.
    pub fn into_result(self, path: &Path) -> Result<ToolResult> {
        let duplicates = match self.content {
            ListingContent::Clusters(members) => FoundDuplicates::Clusters(members),
            ListingContent::Pairs(pairs) => FoundDuplicates::Pairs(pairs),
            // What a tool judged to be no duplicates, it did not find.
            ListingContent::Judged { positive, .. } => FoundDuplicates::Pairs(positive),
            ListingContent::Untold if self.kept.is_none() => {
                return Err(Error::UnclearForm {
                    path: path.to_path_buf(),
                    found: "no duplicates".to_owned(),
                    is_labels: false,
                });
            }
            ListingContent::Untold => FoundDuplicates::Untold,
        };
        Ok(ToolResult { duplicates, kept: self.kept })
    }

    /// The listing as labels, read from `path`.
    ///
    /// # Errors
    /// [`Error::UnclearForm`] if it is a list of kept documents, which says nothing of duplicates.
    pub fn into_labels(self, path: &Path) -> Result<Labels> {
        let duplicates = match self.content {
            ListingContent::Clusters(members) => KnownDuplicates::Clusters(members),
            ListingContent::Pairs(pairs) => KnownDuplicates::Pairs(pairs),
            ListingContent::Judged { positive, negative } => KnownDuplicates::Judged { positive, negative },
            ListingContent::Untold => {
                return Err(Error::UnclearForm {
                    path: path.to_path_buf(),
                    found: "a list of ids without clusters".to_owned(),
                    is_labels: true,
                });
            }
        };
        Ok(Labels { duplicates, documents: self.documents })
    }
}

/// Members of clusters as they are read, each id in one cluster.
#[derive(Debug)]
pub struct ClusterGathering<'a> {
    path: &'a Path,
    members: Vec<Membership>,
    /// By the number of an id, its cluster and the line that says so, from 1.
    seen: Vec<Option<(u32, u64)>>,
    /// Only asked by key, so its order is nowhere seen.
    clusters: HashMap<String, u32>,
    count: u32,
    repeated: u64,
}

impl<'a> ClusterGathering<'a> {
    /// Begins to gather what the file or directory at `path` says.
    pub fn new(path: &'a Path) -> Self {
        let (members, seen, clusters) = (Vec::new(), Vec::new(), HashMap::new());
        Self { path, members, seen, clusters, count: 0, repeated: 0 }
    }

    /// A cluster of no name.
    pub fn new_cluster(&mut self) -> u32 {
        self.count += 1;
        self.count - 1
    }

    /// The cluster of a name.
    pub fn cluster(&mut self, name: &str) -> u32 {
        if let Some(&cluster) = self.clusters.get(name) {
            return cluster;
        }
        let cluster = self.new_cluster();
        self.clusters.insert(name.to_owned(), cluster);
        cluster
    }

    /// Puts a document into a cluster, as this line says.
    ///
    /// # Errors
    /// [`Error::BadLine`] if its id is in another cluster already, or empty.
    pub fn put(&mut self, id: &str, cluster: u32, line: u64, ids: &mut IdNumbers) -> Result<u32> {
        let fault = |reason| bad_line(self.path, line, reason);
        if id.is_empty() {
            return Err(fault(LineFault::EmptyId));
        }
        let document = ids.number(id)?;
        if self.seen.len() <= document as usize {
            self.seen.resize(ids.len(), None);
        }
        match self.seen[document as usize] {
            Some((other, first)) if other != cluster => {
                return Err(fault(LineFault::TwoClusters { id: id_literal(id), first }));
            }
            Some(_) => self.repeated += 1,
            None => {
                self.seen[document as usize] = Some((cluster, line));
                self.members.push(Membership { document, cluster });
            }
        }
        Ok(document)
    }

    /// What was gathered.
    pub fn finish(self, form: ListingForm) -> Listing {
        let repeated = self.repeated;
        Listing { repeated, ..Listing::new(form, ListingContent::Clusters(self.members)) }
    }
}
