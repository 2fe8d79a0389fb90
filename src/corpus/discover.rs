//! Which files a call names, in an order that does not depend on how it names them.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::recognise::{KNOWN_NAMES, of_name};
use super::run_files::{RunFiles, slashed};
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
    /// Directories to which an earlier run wrote, and of which its files are not read, sorted.
    pub earlier_outputs: Vec<PathBuf>,
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
        if is_stdin(&file.path) { Ok(file.path.clone()) } else { canonical(&file.path) }
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

fn canonical(path: &Path) -> Result<PathBuf> {
    fs::canonicalize(path).map_err(Error::io(path, "resolve its path"))
}

/// Lists the files under the given paths, sorted by name. A file that can be reached in several ways is read once, and
/// called by its longest name, which is the one below the widest of the directories: so neither the order of the paths
/// nor one that lies within another changes a name. What the paths name themselves is read whatever it is called.
///
/// Files in `output` that the run would replace are passed over, and refused where a path names them; those of an
/// earlier run are passed over below the paths.
pub(super) fn discover(inputs: &[PathBuf], names: Names, output: Option<&Path>) -> Result<Discovered> {
    let output = output.map(Output::new).transpose()?.flatten();
    let mut walk = Walk {
        names,
        output: output.as_ref(),
        root: Path::new(""),
        runs: Vec::new(),
        found: Found::default(),
    };
    let mut reads_stdin = false;
    for input in inputs {
        if is_stdin(input) {
            reads_stdin = true;
            continue;
        }
        let metadata = fs::metadata(input).map_err(|source| match source.kind() {
            io::ErrorKind::NotFound => Error::MissingInput { path: input.clone() },
            _ => Error::io(input, "read it")(source),
        })?;
        if metadata.is_dir() {
            walk.root = input;
            walk.directory(input)?;
        } else {
            let name = input.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            walk.found.add(input.clone(), name)?;
        }
    }
    let Found { files, mut skipped, earlier_outputs } = walk.found;
    if let Some(path) = output.iter().find_map(|output| files.iter().find(|(path, _)| output.replaces(path)))
    {
        return Err(Error::InputReplaced { path: path.1.path.clone() });
    }
    if files.is_empty() && !reads_stdin {
        return Err(match earlier_outputs.into_iter().next() {
            Some(path) => Error::OnlyEarlierOutput { path },
            None => Error::NoInput { known: &KNOWN_NAMES },
        });
    }
    skipped.sort();
    skipped.dedup();
    let files = named_uniquely(files, reads_stdin);
    Ok(Discovered { files, skipped, earlier_outputs: earlier_outputs.into_iter().collect() })
}

/// The directory that the run writes to.
struct Output {
    /// Canonical.
    path: PathBuf,
    files: RunFiles,
}

impl Output {
    /// None if it is not there.
    fn new(path: &Path) -> Result<Option<Self>> {
        let Ok(path) = fs::canonicalize(path) else { return Ok(None) };
        let files = RunFiles::to_replace(&path).map_err(Error::io(&path, "read the list of its files"))?;
        Ok(Some(Self { path, files }))
    }

    /// Whether a file, given by its canonical path, would be replaced.
    fn replaces(&self, file: &Path) -> bool {
        file.strip_prefix(&self.path).is_ok_and(|relative| self.files.has(relative))
    }
}

/// What is found.
#[derive(Default)]
struct Found {
    /// By canonical path.
    files: BTreeMap<PathBuf, InputFile>,
    skipped: Vec<PathBuf>,
    earlier_outputs: BTreeSet<PathBuf>,
}

impl Found {
    /// Adds a file under a name, which counts if it is the best that the file has.
    fn add(&mut self, path: PathBuf, name: String) -> Result<()> {
        fn rank(file: &InputFile) -> (Reverse<usize>, &str, &Path) {
            (Reverse(file.name.split('/').count()), &file.name, &file.path)
        }
        let identity = canonical(&path)?;
        let file = InputFile { path, name };
        match self.files.get_mut(&identity) {
            Some(known) if rank(known) <= rank(&file) => {}
            Some(known) => *known = file,
            None => drop(self.files.insert(identity, file)),
        }
        Ok(())
    }
}

/// A walk through the directories given.
struct Walk<'a> {
    names: Names,
    output: Option<&'a Output>,
    /// The directory given.
    root: &'a Path,
    /// Directories on the way down to which a run wrote, and its files.
    runs: Vec<(PathBuf, RunFiles)>,
    found: Found,
}

impl Walk<'_> {
    /// Collects the files below `directory`; hidden ones are passed over.
    fn directory(&mut self, directory: &Path) -> Result<()> {
        let is_of_run = self.enter(directory)?;
        let entries = fs::read_dir(directory).map_err(Error::io(directory, "list it"))?;
        for entry in entries {
            let path = entry.map_err(Error::io(directory, "list it"))?.path();
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            if name.starts_with('.') {
                continue;
            }
            let metadata = fs::metadata(&path).map_err(Error::io(&path, "read it"))?;
            if metadata.is_dir() {
                self.directory(&path)?;
            } else if self.is_of_run(&path) {
                self.found.earlier_outputs.extend(self.runs.iter().map(|(run, _)| run.clone()));
            } else if self.names == Names::Any || of_name(&name).is_some() {
                let name = slashed(path.strip_prefix(self.root).unwrap_or(&path));
                self.found.add(path, name)?;
            } else {
                self.found.skipped.push(path);
            }
        }
        if is_of_run {
            self.runs.pop();
        }
        Ok(())
    }

    /// Remembers a directory if a run wrote to it, or this one is to.
    fn enter(&mut self, directory: &Path) -> Result<bool> {
        let failed = |error| Error::io(directory, "read the list of its files")(error);
        let is_output = match self.output {
            Some(output) => canonical(directory)? == output.path,
            None => false,
        };
        let files = match self.output {
            Some(output) if is_output => Some(output.files.clone()),
            _ => RunFiles::of_earlier_run(directory).map_err(failed)?,
        };
        let is_of_run = files.is_some();
        self.runs.extend(files.map(|files| (directory.to_path_buf(), files)));
        Ok(is_of_run)
    }

    fn is_of_run(&self, path: &Path) -> bool {
        self.runs.iter().any(|(run, files)| path.strip_prefix(run).is_ok_and(|relative| files.has(relative)))
    }
}

/// Gives files whose names coincide others, and sorts by name. Two names coincide as well if one would have to be a
/// directory for the other. Such files are called by their whole paths; where these coincide in turn, as `../a` and `a`
/// do, by a number before them, in order of their canonical paths. Each new name depends on the set of files alone.
fn named_uniquely(files: BTreeMap<PathBuf, InputFile>, reads_stdin: bool) -> Vec<InputFile> {
    let mut files: Vec<InputFile> = files.into_values().collect();
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
        files.push(InputFile { path: "-".into(), name: STDIN_NAME.to_owned() });
    }
    files.sort_by(|a, b| a.name.cmp(&b.name));
    files
}

/// Which of some names coincide, by their numbers.
fn coinciding(names: &[String], reads_stdin: bool) -> BTreeSet<usize> {
    let mut numbers: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (index, name) in names.iter().enumerate() {
        numbers.entry(name).or_default().push(index);
    }
    let mut found = BTreeSet::new();
    for (name, same) in &numbers {
        if same.len() > 1 || (reads_stdin && is_like_stdin(name)) {
            found.extend(same);
        }
        for above in directories_above(name) {
            if let Some(file) = numbers.get(above) {
                found.extend(same.iter().chain(file));
            }
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
    use super::*;

    fn names(inputs: &[PathBuf]) -> Vec<String> {
        discover(inputs, Names::Known, None).unwrap().files.into_iter().map(|file| file.name).collect()
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
        let found = |path: PathBuf| discover(&[path], Names::Known, None);
        assert!(matches!(found("/no/such".into()), Err(Error::MissingInput { .. })));
        let directory = tempfile::tempdir().unwrap();
        assert!(matches!(found(directory.path().to_path_buf()), Err(Error::NoInput { .. })));
        for name in ["a.docx", "a.csv"] {
            fs::write(directory.path().join(name), "").unwrap();
        }
        assert_eq!(found(directory.path().to_path_buf()).unwrap().skipped, [directory.path().join("a.docx")]);
        let any = discover(&[directory.path().to_path_buf()], Names::Any, None).unwrap();
        assert_eq!((any.files.len(), any.skipped.len()), (2, 0));
    }
}
