//! Writes a clean corpus: what `twicetold dedup INPUT -o OUTPUT` does, with an observer of its own.
//!
//!     cargo run --example clean_directory -- corpora/newswire/articles clean
#![expect(clippy::print_stdout, reason = "an example shows its result")]

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};

use twicetold::corpus::{Corpus, OpenOptions};
use twicetold::engine::{Dedup, Observer};
use twicetold::output::{IfNotEmpty, OutputDirectory};

/// Counts the units of work that are done; may end the run.
#[derive(Default)]
struct Counter(AtomicU64);

impl Observer for Counter {
    fn advance(&self, units: u64) {
        self.0.fetch_add(units, Ordering::Relaxed);
    }

    fn is_interrupted(&self) -> bool {
        // A service would look at its own flag here.
        false
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let [input, output] = &arguments[..] else { return Err("name an input and an output directory".into()) };
    let observer = Counter::default();
    let output = OutputDirectory::open(output, IfNotEmpty::Refuse)?;
    let corpus = Corpus::open(std::slice::from_ref(input), &OpenOptions::new(std::env::temp_dir()))?;
    let outcome = Dedup::default().decide(&corpus, &observer)?;
    let (summary, _timing) = outcome.write(output, &observer)?;
    println!("{} of {} documents stay", summary.documents.kept, summary.documents.read);
    println!("{} units of work", observer.0.load(Ordering::Relaxed));
    Ok(())
}
