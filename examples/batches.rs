//! Sketches borrowed texts batch by batch, as a reader of Arrow record batches would, and decides at the end.
//!
//!     cargo run --example batches
#![expect(clippy::print_stdout, reason = "an example shows its result")]

use twicetold::{BorrowedDocument, Decision, Deduplicator, Document, PriorityKey};

/// A batch of rows, as a reader of files or a database gives them.
fn batches() -> Vec<Vec<(&'static str, &'static str)>> {
    vec![
        vec![
            ("2001-05-02", "All is well in the small town by the sea, the mayor said on Tuesday"),
            ("2001-05-03", "The ferry to the islands will not sail until the storm is over"),
        ],
        vec![("2001-05-01", "ALL IS WELL in the small town by the sea, the mayor said on Tuesday.")],
    ]
}

fn main() -> Result<(), twicetold::Error> {
    let deduplicator = Deduplicator::builder().keep(PriorityKey::Earliest).build()?;
    let mut intake = deduplicator.intake();
    // Candidates are compared by their texts, so these have to be at hand when it comes to decide. A `DocumentStore` of
    // one's own may keep them wherever it likes; here, they stay in memory.
    let mut store: Vec<Document> = Vec::new();
    for batch in batches() {
        let borrowed = batch.iter().map(|&(date, text)| BorrowedDocument::new(text).with_date(date));
        intake.add(borrowed)?;
        store.extend(batch.into_iter().map(|(date, text)| Document::new(text).with_date(date)));
    }
    let decided = intake.decide(&store, &())?;
    for (number, decision) in decided.decisions().enumerate() {
        match decision {
            Decision::Removed { by, similarity, relation } => {
                println!("{number} goes: {} of {by}, similarity {similarity:.2}", relation.name());
            }
            _ => println!("{number} stays"),
        }
    }
    Ok(())
}
