//! Which files a call names, in an order that does not depend on how it names them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Component, Path, PathBuf};

use super::recognise::{KNOWN_NAMES, of_name};
use crate::error::{Error, Result};

/// What standard input is called in the output, before the ending of its format.
pub(super) const STDIN_NAME: &str = "stdin";

/// A file to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct InputFile {
    /// Where it is; `-` for standard input.
    pub path: PathBuf,
    /// What it is called in the output: relative, `/` between parts, unique within the run.
    pub name: String,
}

/// What there is to read.
#[derive(Debug)]
pub(super) struct Discovered {
    /// Sorted by name.
    pub files: Vec<InputFile>,
    /// Files in the given directories whose names are not known, sorted.
    pub skipped: Vec<PathBuf>,
}

/// Which files of a directory are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Names {
    /// Those whose names say what they are.
    Known,
    /// All, as the caller says what they are.
    Any,
}

/// Refuses a file that is on both sides: each of its records would repeat itself, and standard input can be read but
/// once.
///
/// # Errors
/// [`Error::Parameter`] with the first such file.
pub(super) fn check_apart(inputs: &[InputFile], references: &[InputFile]) -> Result<()> {
    let identity = |file: &InputFile| {
        if is_stdin(&file.path) { Ok(file.path.clone()) } else { fs::canonicalize(&file.path) }
            .map_err(Error::io(&file.path, "resolve its path"))
    };
    let seen = inputs.iter().map(identity).collect::<Result<BTreeSet<PathBuf>>>()?;
    for file in references {
        if seen.contains(&identity(file)?) {
            let expected = "no file that is among the inputs; leave it out of one of the two";
            return Err(Error::parameter("against", file.path.display(), expected));
        }
    }
    Ok(())
}

/// Whether a path stands for standard input.
pub(super) fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// Lists the files under the given paths, sorted by name. A file named twice is read once. What the paths name
/// themselves is read whatever it is called.
pub(super) fn discover(inputs: &[PathBuf], names: Names) -> Result<Discovered> {
    let mut seen = BTreeSet::new();
    let mut files = Vec::new();
    let mut skipped = Vec::new();
    for input in inputs {
        if is_stdin(input) {
            if seen.insert(input.clone()) {
                files.push((input.clone(), STDIN_NAME.to_owned()));
            }
            continue;
        }
        let metadata = fs::metadata(input).map_err(|source| match source.kind() {
            std::io::ErrorKind::NotFound => Error::MissingInput { path: input.clone() },
            _ => Error::io(input, "read it")(source),
        })?;
        let mut found = Vec::new();
        if metadata.is_dir() {
            walk(input, input, names, &mut found, &mut skipped)?;
        } else {
            let name = input.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            found.push((input.clone(), name));
        }
        for file in found {
            let identity = fs::canonicalize(&file.0).map_err(Error::io(&file.0, "resolve its path"))?;
            if seen.insert(identity) {
                files.push(file);
            }
        }
    }
    if files.is_empty() {
        return Err(Error::NoInput { known: &KNOWN_NAMES });
    }
    skipped.sort();
    skipped.dedup();
    Ok(Discovered { files: named_uniquely(files), skipped })
}

/// A path and a name for it.
type Found = (PathBuf, String);

/// Collects the files below `directory`; hidden ones are passed over.
fn walk(
    root: &Path,
    directory: &Path,
    names: Names,
    found: &mut Vec<Found>,
    skipped: &mut Vec<PathBuf>,
) -> Result<()> {
    let entries = fs::read_dir(directory).map_err(Error::io(directory, "list it"))?;
    for entry in entries {
        let path = entry.map_err(Error::io(directory, "list it"))?.path();
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if name.starts_with('.') {
            continue;
        }
        let metadata = fs::metadata(&path).map_err(Error::io(&path, "read it"))?;
        if metadata.is_dir() {
            walk(root, &path, names, found, skipped)?;
        } else if names == Names::Any || of_name(&name).is_some() {
            let name = slashed(path.strip_prefix(root).unwrap_or(&path));
            found.push((path, name));
        } else {
            skipped.push(path);
        }
    }
    Ok(())
}

/// The ordinary parts of a path, joined by `/`.
fn slashed(path: &Path) -> String {
    let parts = path.components().filter_map(|component| match component {
        Component::Normal(part) => Some(part.to_string_lossy()),
        _ => None,
    });
    parts.collect::<Vec<_>>().join("/")
}

/// Gives files that share a name their whole paths as names, and sorts by name.
fn named_uniquely(files: Vec<Found>) -> Vec<InputFile> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for (_, name) in &files {
        *counts.entry(name.clone()).or_default() += 1;
    }
    let mut files: Vec<InputFile> = files
        .into_iter()
        .map(|(path, name)| {
            let name = if counts[&name] > 1 { slashed(&path) } else { name };
            InputFile { path, name }
        })
        .collect();
    files.sort_by(|a, b| (&a.name, &a.path).cmp(&(&b.name, &b.path)));
    // Whole paths may still coincide, as `../a` and `a` do.
    for index in 1..files.len() {
        if files[index].name == files[index - 1].name {
            files[index].name = format!("{index}/{}", files[index].name);
        }
    }
    files
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(inputs: &[PathBuf]) -> Vec<String> {
        discover(inputs, Names::Known).unwrap().files.into_iter().map(|file| file.name).collect()
    }

    #[test]
    fn the_order_is_by_name_whatever_the_call_says() {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path();
        fs::create_dir_all(root.join("deep/er")).unwrap();
        for name in ["b.jsonl", "a.json.gz", "deep/er/c.txt", "deep/x.ndjson.zst", ".hidden.txt", "notes.md"]
        {
            fs::write(root.join(name), "").unwrap();
        }
        let expected = ["a.json.gz", "b.jsonl", "deep/er/c.txt", "deep/x.ndjson.zst"];
        assert_eq!(names(&[root.to_path_buf()]), expected);
        assert_eq!(names(&[root.join("b.jsonl"), root.join("a.json.gz")]), &expected[..2]);
        assert_eq!(names(&[root.join("b.jsonl"), root.to_path_buf()]), expected);
    }

    #[test]
    fn files_that_share_a_name_are_told_apart_by_their_paths() {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path();
        for folder in ["one", "two"] {
            fs::create_dir(root.join(folder)).unwrap();
            fs::write(root.join(folder).join("a.jsonl"), "").unwrap();
        }
        let forward = names(&[root.join("one"), root.join("two")]);
        assert_eq!(forward, names(&[root.join("two"), root.join("one")]));
        assert!(forward[0].ends_with("one/a.jsonl") && forward[1].ends_with("two/a.jsonl"), "{forward:?}");
    }

    #[test]
    fn what_cannot_be_read_is_said() {
        let found = |path: PathBuf| discover(&[path], Names::Known);
        assert!(matches!(found("/no/such".into()), Err(Error::MissingInput { .. })));
        let directory = tempfile::tempdir().unwrap();
        assert!(matches!(found(directory.path().to_path_buf()), Err(Error::NoInput { .. })));
        for name in ["a.docx", "a.csv"] {
            fs::write(directory.path().join(name), "").unwrap();
        }
        assert_eq!(found(directory.path().to_path_buf()).unwrap().skipped, [directory.path().join("a.docx")]);
        let any = discover(&[directory.path().to_path_buf()], Names::Any).unwrap();
        assert_eq!((any.files.len(), any.skipped.len()), (2, 0));
    }
}
