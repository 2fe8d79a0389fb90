//! What a run says of its audit.

use serde::Serialize;

use crate::document::DocumentId;
use crate::number::grouped;

/// What a run measured of itself: documents drawn at random, each with all that are similar to it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct AuditFigures {
    /// Distinct documents of the inputs that were drawn.
    pub documents: u64,
    /// Pairs of one of these and any other document whose texts were compared.
    pub compared: u64,
    /// Whether there were more such pairs, of which these were drawn.
    pub pairs_drawn: bool,
    /// Of the compared pairs, those at least as similar as the threshold.
    pub similar: u64,
    /// Of the similar pairs, those that the run's index finds.
    pub found: u64,
    /// Their share, in `[0, 1]`; none where no pair is similar.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub measured_recall: Option<f64>,
    /// The interval in which the recall of all pairs lies with a probability of 95 %, if pairs are missed independently
    /// (Wilson's).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recall_interval: Option<[f64; 2]>,
    /// The mean probability that each of the similar pairs is found, by its similarity.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub predicted_recall: Option<f64>,
    /// Of the similar pairs, those of which both stay: missed, or templates kept apart, where such are kept.
    pub both_kept: u64,
    /// Probability that the audit meets a pair at the threshold, in `[0, 1]`.
    pub predicted_recall_of_audit: f64,
    /// The decisions nearest the threshold, by their distance from it.
    pub nearest: Vec<NearestDecision>,
}

impl AuditFigures {
    /// The recall, its interval and the pairs that it is of, in words; none where no pair is similar.
    pub fn measured(&self) -> Option<String> {
        let (recall, [low, high]) = self.measured_recall.zip(self.recall_interval)?;
        let [similar, documents] = [self.similar, self.documents].map(grouped);
        Some(format!("{recall:.4} ({low:.4} to {high:.4}) of {similar} pairs of {documents} documents drawn"))
    }
}

/// A decision about two documents whose similarity is close to the threshold.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct NearestDecision {
    /// The document that was decided about.
    #[serde(skip)]
    pub document: DocumentId,
    /// A document that stays.
    #[serde(skip)]
    pub kept: DocumentId,
    /// The id of the one.
    pub id: String,
    /// The id of the other.
    pub kept_id: String,
    /// Their Jaccard similarity.
    pub similarity: f64,
    /// Whether the document was removed; else both stay.
    pub removed: bool,
}
