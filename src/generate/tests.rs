//! Whole archives, read back and checked.
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "sizes that a caller chooses, far below 2^53; parts of a random number"
)]

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fs;
use std::ops::ControlFlow;
use std::path::Path;

use serde_json::Value;

use super::*;
use crate::error::{Error, Result};
use crate::output::{IfNotEmpty, OutputDirectory};
use crate::params::{Seed, TextParams};
use crate::shingle::{ShingleScratch, Shingler};
use crate::text::{Token, TokenScratch};

fn open(directory: &Path, if_not_empty: IfNotEmpty) -> Result<OutputDirectory> {
    OutputDirectory::open(directory, if_not_empty)
}

/// Makes an archive, with as many threads as are given.
fn make(options: &Options, directory: &Path, threads: usize) -> ArchiveSummary {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    let output = open(directory, IfNotEmpty::Overwrite).unwrap();
    pool.install(|| generate(options, output, &mut |_| ControlFlow::Continue(()))).unwrap()
}

/// The names and contents of the files in a directory.
/// The files of a directory but for the hidden list of them.
fn contents(directory: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap());
    let shown = entries.filter(|entry| !entry.file_name().as_encoded_bytes().starts_with(b"."));
    shown.map(|e| (e.file_name().into_string().unwrap(), fs::read(e.path()).unwrap())).collect()
}

fn lines(bytes: &[u8]) -> Vec<Value> {
    str::from_utf8(bytes).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// An archive that was read back.
struct ReadArchive {
    files: BTreeMap<String, Vec<u8>>,
    summary: ArchiveSummary,
    ids: Vec<String>,
    texts: HashMap<String, String>,
    truth: Vec<Value>,
}

impl ReadArchive {
    fn new(options: &Options) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let summary = make(options, directory.path(), 2);
        let files = contents(directory.path());
        let shards = files.iter().filter(|(name, _)| name.starts_with("docs"));
        let records: Vec<Value> = shards.flat_map(|(_, bytes)| lines(bytes)).collect();
        let string = |record: &Value, field: &str| record[field].as_str().unwrap().to_owned();
        let ids: Vec<_> = records.iter().map(|record| string(record, "id")).collect();
        let texts = records.iter().map(|record| (string(record, "id"), string(record, "text"))).collect();
        let truth = lines(&files["truth.jsonl"]);
        Self { files, summary, ids, texts, truth }
    }

    /// The planted copies made by one edit: what is known, the original's text, the copy's text.
    fn copies<'a>(&'a self, edit: &str) -> Vec<(&'a Value, &'a str, &'a str)> {
        let text = |id: &Value| self.texts[id.as_str().unwrap()].as_str();
        let of_edit = self.truth.iter().filter(|planted| planted["edit"] == edit);
        let copies: Vec<_> =
            of_edit.map(|planted| (planted, text(&planted["of"]), text(&planted["id"]))).collect();
        assert!(copies.len() > 20, "{} copies by {edit}", copies.len());
        copies
    }
}

fn small(docs: u64) -> Options {
    Options { docs, duplicates: 0.3, mean_words: 150, ..Options::default() }
}

fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let shingler = Shingler::new(&TextParams::default());
    shingler.tokenizer().tokenize(text, &mut TokenScratch::default(), &mut tokens);
    tokens
}

/// The distinct shingles of five tokens, without the program's own rolling hash.
fn shingles(text: &str) -> HashSet<Vec<u64>> {
    let hashes: Vec<u64> = tokens(text).iter().map(|token| token.hash).collect();
    if hashes.len() < 5 {
        return (!hashes.is_empty()).then_some(hashes).into_iter().collect();
    }
    hashes.windows(5).map(<[u64]>::to_vec).collect()
}

fn jaccard(a: &str, b: &str) -> f64 {
    let (a, b) = (shingles(a), shingles(b));
    let common = a.intersection(&b).count();
    if common == 0 { 0.0 } else { common as f64 / (a.len() + b.len() - common) as f64 }
}

fn range(value: &Value) -> std::ops::Range<usize> {
    let end = |index: usize| value[index].as_u64().unwrap() as usize;
    end(0)..end(1)
}

#[test]
fn archives_are_the_same_bytes_for_any_number_of_threads() {
    for scripts in [Scripts::Latin, Scripts::Mixed] {
        let options = Options { scripts, shards: 3, ..small(4000) };
        let made: Vec<_> = [1, 2, 16]
            .map(|threads| {
                let directory = tempfile::tempdir().unwrap();
                let summary = make(&options, directory.path(), threads);
                (summary, contents(directory.path()))
            })
            .into();
        assert!(made.iter().all(|one| *one == made[0]));
        let names: Vec<_> = made[0].1.keys().map(String::as_str).collect();
        let expected =
            ["docs-00000.jsonl", "docs-00001.jsonl", "docs-00002.jsonl", "manifest.json", "truth.jsonl"];
        assert_eq!(names, expected);
    }
}

#[test]
fn a_document_does_not_depend_on_how_many_there_are_nor_on_shards() {
    let few = ReadArchive::new(&small(500));
    let many = ReadArchive::new(&Options { shards: 7, ..small(1500) });
    assert!(few.texts.iter().all(|(id, text)| many.texts[id] == *text));
    assert!(many.files["truth.jsonl"].starts_with(&few.files["truth.jsonl"]));
    assert_eq!(many.ids[..500], few.ids);
    assert_eq!(many.ids.last().unwrap(), "d0001500");
}

#[test]
fn another_seed_makes_another_archive() {
    let (one, other) =
        (ReadArchive::new(&small(50)), ReadArchive::new(&Options { seed: Seed(2), ..small(50) }));
    assert!(one.texts.iter().all(|(id, text)| other.texts[id] != *text));
}

#[test]
fn the_truth_is_what_comparing_the_texts_gives() {
    for scripts in [Scripts::Latin, Scripts::Mixed] {
        let archive = ReadArchive::new(&Options { scripts, ..small(2000) });
        for edit in Edit::ALL {
            for (planted, original, copy) in archive.copies(edit.name()) {
                // Numbers are read back to within their last digit.
                let equal = |figure: &str, exact: f64| {
                    let recorded = planted[figure].as_f64().unwrap();
                    assert!((recorded - exact).abs() < 1e-15, "{exact} {planted}");
                };
                equal("jaccard", jaccard(original, copy));
                let (a, b) = (shingles(original), shingles(copy));
                let common = a.intersection(&b).count();
                let contained = if common == 0 { 0.0 } else { common as f64 / a.len().min(b.len()) as f64 };
                equal("containment", contained);
                assert_eq!(planted["kind"], if edit == Edit::Template { "template" } else { "copy" });
            }
        }
    }
}

#[test]
fn passages_are_equal_where_they_were_not_edited() {
    for scripts in [Scripts::Latin, Scripts::Mixed] {
        let archive = ReadArchive::new(&Options { scripts, ..small(2000) });
        for edit in ["truncate", "wrap", "reorder"] {
            for (planted, original, copy) in archive.copies(edit) {
                let passages = planted["passages"].as_array().unwrap();
                for passage in passages {
                    let (a, b) = (range(&passage["a_bytes"]), range(&passage["b_bytes"]));
                    assert_eq!(original[a.clone()], copy[b.clone()], "{planted}");
                    let hashes = |text: &str, words: &Value| {
                        tokens(text)[range(words)].iter().map(|token| token.hash).collect::<Vec<_>>()
                    };
                    let words = hashes(original, &passage["a_words"]);
                    assert_eq!(words, hashes(copy, &passage["b_words"]), "{planted}");
                    assert_eq!(words.len(), tokens(&original[a]).len(), "{planted}");
                }
                let bytes = |side: &str| passages.iter().map(|p| range(&p[side]).len()).sum::<usize>();
                match edit {
                    "truncate" => {
                        assert!(bytes("b_bytes") == copy.len() && copy.len() < original.len(), "{original}");
                    }
                    "wrap" => assert!(bytes("a_bytes") == original.len() && copy.len() > original.len()),
                    _ => assert!(original != copy && bytes("a_bytes") + 3 * passages.len() > original.len()),
                }
            }
        }
    }
}

#[test]
fn misread_passages_are_near_each_other() {
    let archive = ReadArchive::new(&small(2000));
    for (planted, original, copy) in archive.copies("ocr") {
        for passage in planted["passages"].as_array().unwrap() {
            let (a, b) = (&original[range(&passage["a_bytes"])], &copy[range(&passage["b_bytes"])]);
            let pairs = |text: &str| text.as_bytes().windows(2).map(<[u8]>::to_vec).collect::<HashSet<_>>();
            let (pairs_a, pairs_b) = (pairs(a), pairs(b));
            let common = pairs_a.intersection(&pairs_b).count();
            assert!(common as f64 >= 0.6 * pairs_a.len().min(pairs_b.len()) as f64, "{a}\n{b}");
            assert!(a.len().abs_diff(b.len()) <= 5 + a.len() / 10, "{a}\n{b}");
        }
    }
}

#[test]
fn each_edit_gives_the_similarities_it_promises() {
    let archive = ReadArchive::new(&Options { mean_words: 400, ..small(3000) });
    let figures = |edit: &str, figure: &str| {
        let mut figures: Vec<f64> =
            archive.copies(edit).iter().map(|(planted, ..)| planted[figure].as_f64().unwrap()).collect();
        figures.sort_by(f64::total_cmp);
        figures
    };
    let median = |figures: &[f64]| figures[figures.len() / 2];
    assert!(figures("exact", "jaccard").iter().all(|&jaccard| jaccard >= 1.0));
    let light = figures("light", "jaccard");
    let share = |low: f64, high: f64| {
        light.iter().filter(|&&jaccard| low <= jaccard && jaccard < high).count() as f64 / light.len() as f64
    };
    assert!(share(0.5, 0.99) > 0.95, "{light:?}");
    assert!((share(0.6, 0.79) - 0.5).abs() < 0.15, "{light:?}");
    assert!(figures("truncate", "jaccard").iter().all(|&jaccard| (0.15..0.9).contains(&jaccard)));
    assert!(figures("truncate", "containment").iter().all(|&containment| containment >= 1.0));
    assert!(figures("wrap", "containment").iter().all(|&containment| containment >= 1.0));
    assert!(figures("wrap", "jaccard").iter().all(|&jaccard| (0.2..1.0).contains(&jaccard)));
    assert!(median(&figures("reorder", "jaccard")) > 0.85);
    assert!((0.1..0.8).contains(&median(&figures("ocr", "jaccard"))));
    assert!((0.3..0.7).contains(&median(&figures("template", "jaccard"))));
}

#[test]
fn the_manifest_counts_what_is_there_and_the_shares_are_those_asked_for() {
    let archive = ReadArchive::new(&Options { shards: 2, ..small(5000) });
    let ArchiveSummary { documents, planted, by_edit, text_bytes, files } = &archive.summary;
    assert_eq!(*documents, archive.ids.len() as u64);
    assert_eq!(*planted, archive.truth.len() as u64);
    assert!((*planted as f64 / 5000.0 - 0.3).abs() < 0.03);
    assert_eq!(by_edit.iter().map(|(_, count)| count).sum::<u64>(), *planted);
    assert!(by_edit.iter().all(|(_, count)| (*count as f64 / *planted as f64 - 1.0 / 7.0).abs() < 0.04));
    assert_eq!(*text_bytes, archive.texts.values().map(|text| text.len() as u64).sum::<u64>());
    for file in files {
        let bytes = &archive.files[&file.name];
        assert_eq!(file.bytes, bytes.len() as u64);
        assert_eq!(file.records, lines(bytes).len() as u64);
        let hash = crate::hash::bytes64(bytes, Seed(0));
        assert_eq!(file.xxh3, format!("{hash:016x}"));
    }
    let manifest: Value = serde_json::from_slice(&archive.files["manifest.json"]).unwrap();
    assert_eq!(manifest["planted"], *planted);
    assert_eq!(manifest["options"]["shards"], 2);
    assert_eq!(manifest["options"]["seed"], 1);
}

/// Every pair that shares a shingle, found through an inverted index.
#[test]
fn texts_that_were_not_planted_share_next_to_nothing() {
    for scripts in [Scripts::Latin, Scripts::Mixed] {
        let options = Options { docs: 3000, duplicates: 0.0, mean_words: 200, scripts, ..Options::default() };
        let archive = ReadArchive::new(&options);
        let shingler = Shingler::new(&TextParams::default());
        let mut scratch = ShingleScratch::default();
        let mut postings: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
        let mut sizes = Vec::new();
        for (index, id) in archive.ids.iter().enumerate() {
            let hashes = shingler.shingles(&archive.texts[id], &mut scratch).hashes;
            let distinct: BTreeSet<u64> = hashes.iter().copied().collect();
            sizes.push(distinct.len());
            for hash in distinct {
                postings.entry(hash).or_default().push(index);
            }
        }
        let mut common: HashMap<(usize, usize), usize> = HashMap::new();
        for documents in postings.values() {
            for (at, &a) in documents.iter().enumerate() {
                for &b in &documents[at + 1..] {
                    *common.entry((a, b)).or_default() += 1;
                }
            }
        }
        let jaccard = |(&(a, b), &common): (&(usize, usize), &usize)| {
            common as f64 / (sizes[a] + sizes[b] - common) as f64
        };
        let greatest = common.iter().map(jaccard).fold(0.0, f64::max);
        assert!(greatest < 0.3, "{scripts:?}: {greatest}");
    }
}

#[test]
fn texts_can_be_made_of_given_sentences() {
    let sentences: Vec<String> =
        (0..3000).map(|n| format!("Sentence {n} about Mira Toll and {} other things.", n * 7)).collect();
    let archive = ReadArchive::new(&Options { sentences, ..small(1500) });
    let manifest: Value = serde_json::from_slice(&archive.files["manifest.json"]).unwrap();
    assert_eq!(manifest["options"]["from"]["sentences"], 3000);
    for (planted, original, copy) in archive.copies("template") {
        assert_ne!(original, copy);
        assert_eq!(tokens(original).len(), tokens(copy).len(), "{planted}");
        assert!(copy.contains("about M") && original.contains("about Mira Toll"));
    }
    for (_, original, _) in archive.copies("exact") {
        assert!(super::sentences(original).all(|sentence| sentence.starts_with("Sentence ")));
    }
}

#[test]
fn the_stress_shapes_have_their_shape() {
    let of = |shape| ReadArchive::new(&Options { shape, ..small(200) });
    let texts = |archive: &ReadArchive| -> Vec<String> {
        archive.ids.iter().map(|id| archive.texts[id].clone()).collect()
    };

    let identical = texts(&of(Shape::Identical));
    let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
    for pair in identical.windows(2) {
        let (a, b) = (words(&pair[0]), words(&pair[1]));
        assert_eq!(a.len(), b.len());
        assert_eq!(a.iter().zip(&b).filter(|(a, b)| a != b).count(), 1);
    }

    let template = texts(&of(Shape::Template));
    for pair in template.windows(2) {
        assert!((jaccard(&pair[0], &pair[1]) - 0.6).abs() < 0.05, "{}", jaccard(&pair[0], &pair[1]));
    }

    let short = texts(&of(Shape::Short));
    assert!(short.iter().all(|text| tokens(text).len() == 5));
    assert_eq!(short.iter().collect::<HashSet<_>>().len(), 200);

    assert!(texts(&of(Shape::Empty)).iter().all(String::is_empty));

    for scripts in [Scripts::Latin, Scripts::Mixed] {
        for bytes in [0, 1, 1 << 20, (5 << 20) / 2 + 1] {
            let huge =
                ReadArchive::new(&Options { shape: Shape::Huge { bytes }, scripts, shards: 4, ..small(9) });
            assert_eq!(texts(&huge)[0].len() as u64, bytes);
            assert_eq!((huge.summary.documents, huge.summary.text_bytes), (1, bytes));
        }
    }
}

#[test]
fn an_archive_replaces_an_earlier_one_and_nothing_else() {
    let directory = tempfile::tempdir().unwrap();
    make(&Options { shards: 3, ..small(30) }, directory.path(), 1);
    fs::write(directory.path().join("summary.json"), "mine").unwrap();
    make(&small(30), directory.path(), 1);
    let names: Vec<_> = contents(directory.path()).into_keys().collect();
    assert_eq!(names, ["docs.jsonl", "manifest.json", "summary.json", "truth.jsonl"]);
}

#[test]
fn an_interrupted_archive_leaves_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let output = open(directory.path(), IfNotEmpty::Refuse).unwrap();
    let stopped = generate(&small(3000), output, &mut |_| ControlFlow::Break(()));
    assert!(matches!(stopped, Err(Error::Interrupted)));
    assert!(contents(directory.path()).is_empty());
}

#[test]
fn an_archive_of_no_documents_is_complete() {
    let archive = ReadArchive::new(&Options { shards: 2, ..small(0) });
    assert_eq!(archive.summary.documents, 0);
    assert_eq!(archive.files.len(), 4);
}

#[test]
fn options_out_of_range_are_refused_by_name() {
    let refused = |options: Options| {
        let directory = tempfile::tempdir().unwrap();
        let output = open(directory.path(), IfNotEmpty::Refuse).unwrap();
        match generate(&options, output, &mut |_| ControlFlow::Continue(())) {
            Err(Error::Parameter { name, .. }) => name,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(refused(Options { duplicates: 1.0, ..small(1) }), "duplicates");
    assert_eq!(refused(Options { duplicates: f64::NAN, ..small(1) }), "duplicates");
    assert_eq!(refused(Options { edits: Vec::new(), ..small(1) }), "edits");
    assert_eq!(refused(Options { ocr_rate: (0.2, 0.1), ..small(1) }), "ocr-rate");
    assert_eq!(refused(Options { mean_words: 0, ..small(1) }), "mean-words");
    assert_eq!(refused(Options { most_copies: 0, ..small(1) }), "max-copies");
    assert_eq!(refused(Options { shards: 0, ..small(1) }), "shards");
    assert_eq!(refused(Options { sentences: vec![" ".to_owned()], ..small(1) }), "from");
}
