//! Sentences of a real corpus, to make invented texts of.

use rayon::prelude::*;

use crate::corpus::{Corpus, TextScratch};
use crate::error::Result;

/// Bytes of the corpus that one task reads.
const CHUNK_BYTES: usize = 4 << 20;

/// The sentences of every text in a corpus, in corpus order; records that cannot be read are passed over.
///
/// Holds all of them in memory: take a part of a large corpus.
///
/// # Errors
/// [`Error::Io`](crate::Error::Io) and [`Error::Damaged`](crate::Error::Damaged) if a file cannot be read.
pub fn corpus_sentences(corpus: &Corpus) -> Result<Vec<String>> {
    let chunks: Vec<Vec<String>> = corpus
        .chunks(CHUNK_BYTES)
        .par_iter()
        .map(|chunk| {
            let mut found = Vec::new();
            let paths = [&corpus.fields().text];
            corpus.visit(chunk, &paths, &mut TextScratch::default(), |_, _, record| {
                if let Ok((record, _)) = record {
                    found.extend(sentences(record.text).map(str::to_owned));
                }
            })?;
            Ok(found)
        })
        .collect::<Result<_>>()?;
    Ok(chunks.into_iter().flatten().collect())
}

/// Splits a text into sentences: after a full stop, question or exclamation mark that ends the text or
/// is followed by a space or line end, after their ideographic counterparts, and at line ends.
///
/// Meant for [`Options::sentences`](super::Options::sentences): abbreviations are cut too, which does no harm there.
pub fn sentences(text: &str) -> impl Iterator<Item = &str> {
    let ends = |text: &str| {
        let mut letters = text.char_indices().peekable();
        while let Some((start, letter)) = letters.next() {
            let followed = letters.peek().is_none_or(|&(_, next)| next.is_whitespace());
            let ends = match letter {
                '.' | '?' | '!' => followed,
                '。' | '？' | '！' | '\n' => true,
                _ => false,
            };
            if ends {
                return start + letter.len_utf8();
            }
        }
        text.len()
    };
    let mut rest = text;
    std::iter::from_fn(move || {
        let (sentence, tail) = rest.split_at_checked(ends(rest)).filter(|_| !rest.is_empty())?;
        rest = tail;
        Some(sentence.trim())
    })
    .filter(|sentence| !sentence.is_empty())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::corpus::OpenOptions;

    #[test]
    fn the_sentences_of_a_corpus_are_in_corpus_order_and_bad_records_are_passed_over() {
        let directory = tempfile::tempdir().unwrap();
        let write = |name: &str, content: &str| {
            fs::write(directory.path().join(name), content).unwrap();
        };
        write("b.jsonl", "{\"text\":\"Three. Four.\"}\n");
        write("a.jsonl", "{\"text\":\"One.\"}\nbroken\n{\"text\":\"Two\"}\n");
        let options = OpenOptions::new(directory.path().to_path_buf());
        let corpus = Corpus::open(&[directory.path().to_path_buf()], &options).unwrap();
        assert_eq!(corpus_sentences(&corpus).unwrap(), ["One.", "Two", "Three.", "Four."]);
    }

    #[test]
    fn sentences_end_at_full_stops_before_spaces_and_at_line_ends() {
        let text = "One 1.5 two. Three?\n\n「四。五！」 six";
        assert_eq!(
            sentences(text).collect::<Vec<_>>(),
            ["One 1.5 two.", "Three?", "「四。", "五！", "」 six"]
        );
        assert_eq!(sentences("  \n").count(), 0);
    }
}
