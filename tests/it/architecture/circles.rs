//! Files that use one another, directly or through others.

use std::collections::{BTreeMap, BTreeSet};

use super::sources::Ties;

/// The strongly connected components of more than one file, each in order of names.
pub(super) fn circles(ties: &Ties) -> Vec<Vec<String>> {
    let mut uses = BTreeMap::<&str, Vec<&str>>::new();
    for (from, to) in ties.keys() {
        uses.entry(from).or_default().push(to);
    }
    let reached = uses.keys().map(|&file| (file, reachable(&uses, file))).collect::<BTreeMap<_, _>>();
    let mut placed = BTreeSet::new();
    let mut found = Vec::new();
    for (&file, others) in &reached {
        if placed.contains(file) || !others.contains(file) {
            continue;
        }
        let returns = |other: &&&str| reached.get(**other).is_some_and(|back| back.contains(file));
        let circle = others.iter().filter(returns).copied().collect::<Vec<_>>();
        placed.extend(circle.iter().copied());
        found.push(circle.into_iter().map(str::to_owned).collect());
    }
    found
}

/// All files that a file leads to, itself only if there is a way back.
fn reachable<'a>(uses: &BTreeMap<&'a str, Vec<&'a str>>, file: &'a str) -> BTreeSet<&'a str> {
    let mut reached = BTreeSet::new();
    let mut open = vec![file];
    while let Some(file) = open.pop() {
        for &next in uses.get(file).into_iter().flatten() {
            if reached.insert(next) {
                open.push(next);
            }
        }
    }
    reached
}

/// A circle as text: its files, and the names that tie them.
pub(super) fn describe(circle: &[String], ties: &Ties) -> String {
    let mut lines = vec![format!("a circle of {} files: {}", circle.len(), circle.join(", "))];
    for ((from, to), names) in ties {
        if circle.contains(from) && circle.contains(to) {
            let names = names.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
            lines.push(format!("    src/{from} -> src/{to}: {names}"));
        }
    }
    lines.join("\n")
}
