//! A page about two texts: what they share, side by side.

use std::io::{self, Write};

use askama::Template;

use crate::reuse::beside::{Block, Mark};
use crate::text::label;

/// Characters of a name and of a figure.
const NAME_CHARACTERS: usize = 120;
const VALUE_CHARACTERS: usize = 600;

/// What the page shows.
#[derive(Clone, Debug)]
pub struct PairPage<'a> {
    /// The program's version.
    pub version: &'a str,
    /// What the texts are called.
    pub names: [&'a str; 2],
    /// In a word, what the first is to the second.
    pub verdict: &'a str,
    /// Why.
    pub reason: &'a str,
    /// Names and values of figures.
    pub facts: &'a [(&'static str, String)],
    /// The texts.
    pub texts: [&'a str; 2],
    /// What belongs side by side.
    pub blocks: &'a [Block],
}

#[derive(Template)]
#[template(path = "pair.html")]
struct PairTemplate<'a> {
    version: &'a str,
    verdict: &'a str,
    reason: String,
    names: [String; 2],
    facts: Vec<(&'static str, String)>,
    rows: Vec<BlockRow<'a>>,
    passages: usize,
}

struct BlockRow<'a> {
    passage: Option<usize>,
    cells: [Vec<Stretch<'a>>; 2],
}

/// A stretch of text and how it is marked.
struct Stretch<'a> {
    mark: Mark,
    text: &'a str,
}

impl PairPage<'_> {
    /// Stands near the beginning of every such page, by which it is known.
    pub const MARK: &'static str = r#"<meta name="generator" content="twicetold explain">"#;

    /// Writes the page: one file that needs nothing else, the same bytes for the same texts, all of both in it.
    ///
    /// # Errors
    /// What `output` returns.
    pub fn write(&self, output: &mut impl Write) -> io::Result<()> {
        let row = |block: &Block| BlockRow {
            passage: block.passage,
            cells: [0, 1].map(|side: usize| {
                let stretch = |span: &crate::reuse::beside::Span| Stretch {
                    mark: span.mark,
                    text: self.texts[side].get(span.bytes.clone()).unwrap_or_default(),
                };
                block.sides[side].iter().map(stretch).collect()
            }),
        };
        let page = PairTemplate {
            version: self.version,
            verdict: self.verdict,
            reason: label(self.reason, VALUE_CHARACTERS),
            names: self.names.map(|name| label(name, NAME_CHARACTERS)),
            facts: self.facts.iter().map(|(name, value)| (*name, label(value, VALUE_CHARACTERS))).collect(),
            rows: self.blocks.iter().map(row).collect(),
            passages: self.blocks.iter().filter(|block| block.passage.is_some()).count(),
        };
        page.write_into(output)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{Matching, explain};
    use crate::params::Containment;

    #[test]
    fn texts_are_shown_as_text() {
        let a = "<script>alert(1)</script> & \"the boat left Pell at noon today\" <b>";
        let b = "the boat left Hull at noon today </td><img src=x onerror=alert(1)>";
        let explained = explain(a, b, &Matching::default(), Containment::default()).unwrap();
        let page = PairPage {
            version: "1",
            names: ["<i>", "b&c"],
            verdict: "near",
            reason: "</p><script>",
            facts: &[("Jaccard", "<0.5>".to_owned())],
            texts: [a, b],
            blocks: &explained.blocks,
        };
        let mut html = Vec::new();
        page.write(&mut html).unwrap();
        let html = String::from_utf8(html).unwrap();
        assert!(!html.contains("<script") && !html.contains("<img") && !html.contains("<i>"), "{html}");
        assert!(html.contains("&#60;script&#62;alert(1)") && html.contains("<del") && html.contains("<ins"));
        assert!(html.matches("<mark").count() >= 4, "{html}");
    }
}
