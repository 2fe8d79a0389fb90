//! Compares two files of text: how similar they are, which of the two contains the other, and what they share.
//!
//!     cargo run --example compare_texts -- one.txt other.txt
#![expect(clippy::print_stdout, reason = "an example shows its result")]

use twicetold::Containment;
use twicetold::engine::{Matching, explain};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let paths: Vec<String> = std::env::args().skip(1).collect();
    let [one, other] = &paths[..] else { return Err("name two files of text".into()) };
    let (a, b) = (std::fs::read_to_string(one)?, std::fs::read_to_string(other)?);
    let explained = explain(&a, &b, &Matching::default(), Containment::default())?;
    println!("{}: {}", explained.relation.unwrap_or("unlike"), explained.reason);
    println!("Jaccard similarity {:.4}", explained.comparison.jaccard);
    for passage in &explained.passages {
        let [start, length] = [passage.first_byte[0], passage.bytes[0]];
        println!("shared: {}", &a[start..start + length]);
    }
    Ok(())
}
