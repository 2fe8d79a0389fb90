//! Relations on labelled pairs: forms against stories told again.
#![allow(clippy::cast_precision_loss, reason = "small numbers of a test")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value;
use twicetold::reuse::relation::{RelateScratch, Relater, Relation};

fn records(path: &str) -> Vec<Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpora").join(path);
    fs::read_to_string(path).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn field<'a>(record: &'a Value, name: &str) -> &'a str {
    record[name].as_str().unwrap()
}

/// Right and wrong calls of templates, and of pairs that are none.
#[derive(Default)]
struct Score {
    templates: [usize; 2],
    stories: [usize; 2],
    wrong: Vec<String>,
}

impl Score {
    fn count(&mut self, id: &str, is_template: bool, called: Option<Relation>) {
        let right = (called == Some(Relation::Template)) == is_template;
        let counts = if is_template { &mut self.templates } else { &mut self.stories };
        counts[usize::from(!right)] += 1;
        if !right {
            self.wrong.push(id.to_owned());
        }
    }

    fn check(&self, least: f64) {
        for [right, wrong] in [self.templates, self.stories] {
            let share = right as f64 / (right + wrong) as f64;
            assert!(share >= least, "{share}: {:?}", self.wrong);
        }
    }
}

#[test]
fn forms_are_told_from_stories_in_both_directions() {
    let (relater, mut scratch) = (Relater::default(), RelateScratch::default());
    let mut score = Score::default();
    for pair in records("forms/pairs.jsonl") {
        let (a, b) = (field(&pair, "a"), field(&pair, "b"));
        let related = relater.relate(a, b, &mut scratch);
        let is_template = field(&pair, "kind") == "template";
        score.count(field(&pair, "id"), is_template, related.relation);
        let back = relater.relate(b, a, &mut scratch);
        assert_eq!(back.relation, related.relation.map(Relation::reversed), "{}", field(&pair, "id"));
    }
    score.check(0.95);
}

#[test]
fn newswire_templates_are_told_from_updates_corrections_and_reprints() {
    let mut texts = BTreeMap::new();
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpora/newswire/articles");
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        for line in fs::read_to_string(path).unwrap().lines() {
            let record: Value = serde_json::from_str(line).unwrap();
            texts.insert(field(&record, "id").to_owned(), field(&record, "text").to_owned());
        }
    }
    let (relater, mut scratch) = (Relater::default(), RelateScratch::default());
    let mut score = Score::default();
    let mut links = [0, 0];
    for label in records("newswire/labels.jsonl") {
        let (Some(of), role) = (label["of"].as_str(), field(&label, "role")) else { continue };
        let related = relater.relate(&texts[field(&label, "id")], &texts[of], &mut scratch);
        score.count(field(&label, "id"), role == "template", related.relation);
        let expected = match role {
            "exact" => Some(&[Relation::Exact][..]),
            "reprint" | "update" | "correction" => Some(&[Relation::Near][..]),
            "truncation" => Some(&[Relation::Excerpt][..]),
            "expansion" => Some(&[Relation::Expansion, Relation::Near][..]),
            "excerpt" => Some(&[Relation::Passages][..]),
            _ => None,
        };
        if let (Some(expected), Some(relation)) = (expected, related.relation) {
            links[usize::from(!expected.contains(&relation))] += 1;
        }
    }
    // Ten templates, of which two are the first of their form.
    assert_eq!(score.templates.iter().sum::<usize>(), 8 - 1 + 1);
    score.check(0.85);
    assert!(links[0] >= 40 && links[1] <= 1, "{links:?}");
}
