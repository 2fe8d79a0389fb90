//! Reads one text a line from standard input and writes those that repeat no earlier one.
//!
//!     cargo run --example deduplicate_lines < texts.txt
#![expect(clippy::print_stdout, reason = "an example shows its result")]

use std::io;

use twicetold::{Deduplicator, Document};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let lines: Vec<String> = io::stdin().lines().collect::<Result<_, _>>()?;
    let deduplicator = Deduplicator::builder().threshold(0.8).build()?;
    let outcome = deduplicator.run(lines.into_iter().map(Document::new))?;
    for document in outcome.kept() {
        println!("{}", document.text);
    }
    Ok(())
}
