//! What inputs are called in the output: each by a name of its own, whatever paths lead to it.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::run_files::slashed;

/// What standard input is called in the output, before the ending of its format.
pub(super) const STDIN_NAME: &str = "stdin";

/// A file to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct InputFile {
    /// Where it is; `-` for standard input.
    pub path: PathBuf,
    /// What it is called in the output: relative, `/` between parts, unique within the run.
    pub name: String,
    pub kind: InputKind,
}

/// How an input can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum InputKind {
    /// Again and again.
    File,
    /// Once, to its end: standard input, a pipe, a device.
    Stream,
}

/// Gives files whose names coincide others, and sorts by name. They come in order of their canonical paths. Two names
/// coincide as well if one would have to be a directory for the other. Such files are called by their whole paths; where
/// these coincide in turn, as `../a` and `a` do, by a number before them, in order of their canonical paths. Each new
/// name depends on the set of files alone.
pub(super) fn named_uniquely(mut files: Vec<InputFile>, reads_stdin: bool) -> Vec<InputFile> {
    let mut by_path = files.iter().map(|file| file.name.clone()).collect::<Vec<_>>();
    for index in coinciding(&by_path, reads_stdin) {
        by_path[index] = slashed(&files[index].path);
    }
    let mut taken = Taken { names: BTreeSet::new(), reads_stdin };
    let to_number = coinciding(&by_path, reads_stdin);
    for (index, name) in by_path.iter().enumerate() {
        if !to_number.contains(&index) {
            taken.names.insert(name.clone());
        }
    }
    for index in to_number {
        let numbered = (1..).map(|number: u64| format!("{number}/{}", by_path[index]));
        let name = numbered.into_iter().find(|name| taken.is_free(name)).expect("there is no last number");
        taken.names.insert(name.clone());
        by_path[index] = name;
    }
    for (file, name) in files.iter_mut().zip(by_path) {
        file.name = name;
    }
    if reads_stdin {
        files.push(InputFile { path: "-".into(), name: STDIN_NAME.to_owned(), kind: InputKind::Stream });
    }
    files.sort_by(|a, b| a.name.cmp(&b.name));
    files
}

/// Which of some names coincide, by their numbers. O(n log n).
fn coinciding(names: &[String], reads_stdin: bool) -> BTreeSet<usize> {
    let mut sorted: Vec<(&str, usize)> = names.iter().map(String::as_str).zip(0..).collect();
    sorted.sort_unstable();
    let numbers = |same: &[(&str, usize)]| same.iter().map(|entry| entry.1).collect::<Vec<usize>>();
    let mut found = BTreeSet::new();
    // Neighbours mostly stand in one directory, which is looked for once.
    let (mut directory, mut in_its_way) = ("", Vec::new());
    for same in sorted.chunk_by(|a, b| a.0 == b.0) {
        let name = same[0].0;
        if same.len() > 1 || (reads_stdin && is_like_stdin(name)) {
            found.extend(numbers(same));
        }
        let above = name.rsplit_once('/').map_or("", |(above, _)| above);
        if above != directory {
            directory = above;
            in_its_way.clear();
            for above in directories_above(name) {
                let start = sorted.partition_point(|entry| entry.0 < above);
                in_its_way.extend(sorted[start..].iter().take_while(|entry| entry.0 == above).map(|e| e.1));
            }
        }
        if !in_its_way.is_empty() {
            found.extend(numbers(same));
            found.extend(&in_its_way);
        }
    }
    found
}

/// Whether a name could be that of standard input, whose ending is not known yet, or lie below it.
fn is_like_stdin(name: &str) -> bool {
    let first = name.split('/').next().unwrap_or(name);
    first == STDIN_NAME || first.strip_prefix(STDIN_NAME).is_some_and(|rest| rest.starts_with('.'))
}

/// The directories that a name needs.
fn directories_above(name: &str) -> impl Iterator<Item = &str> {
    name.match_indices('/').map(|(end, _)| &name[..end])
}

/// Names in use.
struct Taken {
    names: BTreeSet<String>,
    reads_stdin: bool,
}

impl Taken {
    fn is_free(&self, name: &str) -> bool {
        let below = format!("{name}/");
        let is_directory =
            self.names.range(below.clone()..).next().is_some_and(|next| next.starts_with(&below));
        let is_stdin = self.reads_stdin && is_like_stdin(name);
        !is_stdin
            && !is_directory
            && !self.names.contains(name)
            && !directories_above(name).any(|above| self.names.contains(above))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn names_coincide_if_they_are_equal_or_one_is_a_directory_of_another(
            names in proptest::collection::vec("[ab./]{1,5}", 0..12), reads_stdin: bool,
        ) {
            let coincide = |a: &str, b: &str| a == b || a.starts_with(&format!("{b}/")) || b.starts_with(&format!("{a}/"));
            let expected: BTreeSet<usize> = (0..names.len())
                .filter(|&one| (0..names.len()).any(|other| one != other && coincide(&names[one], &names[other])))
                .collect();
            prop_assert_eq!(coinciding(&names, reads_stdin), expected);
        }
    }
}
