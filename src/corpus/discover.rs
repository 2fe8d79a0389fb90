//! Which files a call names, in an order that does not depend on how it names them.

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::naming::{InputFile, InputKind, named_uniquely};
use super::recognise::{KNOWN_NAMES, of_name};
use super::run_files::RunFiles;
use crate::error::{Error, Result};

/// What there is to read.
#[derive(Debug)]
pub(super) struct Discovered {
    /// Sorted by name.
    pub files: Vec<InputFile>,
    /// Files in the given directories whose names are not known, sorted.
    pub skipped: Vec<PathBuf>,
    /// What cannot be read in them, sorted.
    pub passed_over: Vec<PassedOver>,
    /// Directories to which an earlier run wrote, and of which its files are not read, sorted.
    pub earlier_outputs: Vec<PathBuf>,
}

/// Something in a directory that cannot be read, whatever it is called.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub struct PassedOver {
    /// Why not.
    pub obstacle: Obstacle,
    /// Where it is.
    pub path: PathBuf,
}

/// Why something in a directory cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Obstacle {
    /// A link to a directory above it: what it leads to would have no end.
    LinkLoop,
    /// A link that leads nowhere.
    DanglingLink,
    /// A pipe, a socket or a device: the end of what it gives might never come. One that is named is read.
    NoFile,
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
    let identity = |file: &InputFile| match file.kind {
        InputKind::File => canonical(&file.path),
        InputKind::Stream => Ok(identity_of_stream(&file.path)),
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
    ["-", "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"].iter().any(|name| path.as_os_str() == *name)
}

fn canonical(path: &Path) -> Result<PathBuf> {
    fs::canonicalize(path).map_err(Error::io(path, "resolve its path"))
}

/// What tells a stream from others: a pipe without a name has no path but that of its descriptor.
fn identity_of_stream(path: &Path) -> PathBuf {
    fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf())
}

/// Lists the files under the given paths, sorted by name. A file that can be reached in several ways is read once, and
/// called by its longest name, which is the one below the widest of the directories: so neither the order of the paths
/// nor one that lies within another changes a name. What the paths name themselves is read whatever it is called, be it a
/// file or a stream.
///
/// Files in `output` that the run would replace are passed over, and refused where a path names them; those of an
/// earlier run are passed over below the paths.
pub(super) fn discover(inputs: &[PathBuf], names: Names, output: Option<&Path>) -> Result<Discovered> {
    let output = output.map(Output::new).transpose()?.flatten();
    let mut walk = Walk {
        names,
        output: output.as_ref(),
        above: Vec::new(),
        walked: HashMap::new(),
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
            walk.directory(input, canonical(input)?, &NamePrefix::default())?;
            continue;
        }
        let name = input.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let (identity, kind) = if metadata.is_file() {
            (canonical(input)?, InputKind::File)
        } else {
            (identity_of_stream(input), InputKind::Stream)
        };
        walk.found.files.add(identity, InputFile { path: input.clone(), name, kind });
    }
    let Found { files, skipped, passed_over, earlier_outputs } = walk.found;
    let files = files.in_order();
    if let Some(output) = &output
        && let Some((_, file)) = files.iter().find(|(path, _)| output.replaces(path))
    {
        return Err(Error::InputReplaced { path: file.path.clone() });
    }
    if files.is_empty() && !reads_stdin {
        return Err(match earlier_outputs.into_iter().next() {
            Some(path) => Error::OnlyEarlierOutput { path },
            None => Error::NoInput { known: &KNOWN_NAMES },
        });
    }
    let mut skipped: Vec<PathBuf> = skipped.in_order().into_iter().map(|(_, file)| file.path).collect();
    skipped.sort();
    let files = named_uniquely(files.into_iter().map(|(_, file)| file).collect(), reads_stdin);
    Ok(Discovered {
        files,
        skipped,
        passed_over: passed_over.into_iter().collect(),
        earlier_outputs: earlier_outputs.into_iter().collect(),
    })
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
    files: ByIdentity,
    skipped: ByIdentity,
    passed_over: BTreeSet<PassedOver>,
    earlier_outputs: BTreeSet<PathBuf>,
}

/// Files by their canonical paths, each under the best of its names.
#[derive(Default)]
struct ByIdentity(HashMap<PathBuf, InputFile>);

impl ByIdentity {
    /// Adds a file under a name, which counts if it is the best that the file has.
    fn add(&mut self, identity: PathBuf, file: InputFile) {
        fn rank(file: &InputFile) -> (Reverse<usize>, &str, &Path) {
            (Reverse(file.name.split('/').count()), &file.name, &file.path)
        }
        match self.0.get_mut(&identity) {
            Some(known) if rank(known) <= rank(&file) => {}
            Some(known) => *known = file,
            None => drop(self.0.insert(identity, file)),
        }
    }

    /// In order of canonical paths.
    fn in_order(self) -> Vec<(PathBuf, InputFile)> {
        let mut files: Vec<(PathBuf, InputFile)> = self.0.into_iter().collect();
        files.sort_unstable_by(|a, b| a.0.as_os_str().cmp(b.0.as_os_str()));
        files
    }
}

/// What the names of a directory's files begin with; the better of two is the lesser.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct NamePrefix {
    depth: Reverse<usize>,
    /// Ends with `/` if it is not empty.
    name: String,
}

/// A directory in another.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Below {
    prefix: NamePrefix,
    path: PathBuf,
    identity: PathBuf,
}

/// A walk through the directories given.
struct Walk<'a> {
    names: Names,
    output: Option<&'a Output>,
    /// The directory walked and those above it, by canonical paths.
    above: Vec<PathBuf>,
    /// The best way by which a directory was walked, by its canonical path. Links may lead to one in very many ways, and
    /// a way that is worse gives its files no better names.
    walked: HashMap<PathBuf, (NamePrefix, PathBuf)>,
    /// Directories on the way down to which a run wrote, and its files.
    runs: Vec<(PathBuf, RunFiles)>,
    found: Found,
}

impl Walk<'_> {
    /// Collects the files below `directory`; hidden ones are passed over.
    fn directory(&mut self, directory: &Path, identity: PathBuf, prefix: &NamePrefix) -> Result<()> {
        if self.above.contains(&identity) {
            self.pass_over(Obstacle::LinkLoop, directory.to_path_buf());
            return Ok(());
        }
        let is_of_run = self.enter(directory, &identity)?;
        // What is read below the output of a run depends on the way there.
        if self.runs.is_empty() {
            let way = (prefix.clone(), directory.to_path_buf());
            match self.walked.get_mut(&identity) {
                Some(best) if *best <= way => return Ok(()),
                Some(best) => *best = way,
                None => drop(self.walked.insert(identity.clone(), way)),
            }
        }
        self.above.push(identity);
        let entries = fs::read_dir(directory).map_err(Error::io(directory, "list it"))?;
        let mut below = Vec::new();
        for entry in entries {
            below.extend(self.entry(&entry.map_err(Error::io(directory, "list it"))?, prefix)?);
        }
        // The better names first, so that what several links lead to is walked once.
        below.sort_unstable();
        for Below { prefix, path, identity } in below {
            self.directory(&path, identity, &prefix)?;
        }
        self.above.pop();
        if is_of_run {
            self.runs.pop();
        }
        Ok(())
    }

    /// Looks at something in the directory walked; returns a directory, to be walked in its turn. Of most entries the type
    /// is known without asking for it, and the canonical path is that of the directory and the name: this matters where
    /// there are a million.
    fn entry(&mut self, entry: &fs::DirEntry, prefix: &NamePrefix) -> Result<Option<Below>> {
        let file_name = entry.file_name();
        let name = file_name.to_string_lossy();
        if name.starts_with('.') {
            return Ok(None);
        }
        let path = entry.path();
        let mut file_type = entry.file_type().map_err(Error::io(&path, "read it"))?;
        let identity = if file_type.is_symlink() {
            match fs::metadata(&path) {
                Ok(metadata) => file_type = metadata.file_type(),
                Err(error) if leads_nowhere(&error) => {
                    self.pass_over(Obstacle::DanglingLink, path);
                    return Ok(None);
                }
                Err(error) => return Err(Error::io(&path, "read it")(error)),
            }
            canonical(&path)?
        } else {
            self.above.last().map_or_else(PathBuf::new, |above| above.join(&file_name))
        };
        let full_name = format!("{}{name}", prefix.name);
        if file_type.is_dir() {
            let prefix = NamePrefix { depth: Reverse(prefix.depth.0 + 1), name: full_name + "/" };
            return Ok(Some(Below { prefix, path, identity }));
        }
        if !file_type.is_file() {
            self.pass_over(Obstacle::NoFile, path);
        } else if self.is_of_run(&path) {
            self.found.earlier_outputs.extend(self.runs.iter().map(|(run, _)| run.clone()));
        } else {
            let is_known = self.names == Names::Any || of_name(&name).is_some();
            let files = if is_known { &mut self.found.files } else { &mut self.found.skipped };
            files.add(identity, InputFile { path, name: full_name, kind: InputKind::File });
        }
        Ok(None)
    }

    fn pass_over(&mut self, obstacle: Obstacle, path: PathBuf) {
        self.found.passed_over.insert(PassedOver { obstacle, path });
    }

    /// Remembers a directory if a run wrote to it, or this one is to.
    fn enter(&mut self, directory: &Path, identity: &Path) -> Result<bool> {
        let failed = |error| Error::io(directory, "read the list of its files")(error);
        let files = match self.output {
            Some(output) if identity == output.path => Some(output.files.clone()),
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

/// Whether a link could not be followed because there is nothing at its end, or it has none.
fn leads_nowhere(error: &io::Error) -> bool {
    #[cfg(unix)]
    let has_no_end = error.raw_os_error() == Some(nix::errno::Errno::ELOOP as i32);
    #[cfg(not(unix))]
    let has_no_end = false;
    has_no_end || error.kind() == io::ErrorKind::NotFound
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

    #[cfg(unix)]
    #[test]
    fn links_without_an_end_or_a_target_and_pipes_are_passed_over() {
        use std::os::unix::fs::symlink;

        let directory = tempfile::tempdir().unwrap();
        let root = directory.path();
        fs::create_dir_all(root.join("d/e")).unwrap();
        fs::write(root.join("d/e/a.txt"), "").unwrap();
        for (target, link) in
            [(".", "d/here"), ("..", "d/e/up"), ("nowhere", "d/README"), ("self.txt", "d/self.txt")]
        {
            symlink(target, root.join(link)).unwrap();
        }
        let socket = std::os::unix::net::UnixListener::bind(root.join("d/s.jsonl")).unwrap();
        let found = discover(&[root.join("d")], Names::Known, None).unwrap();
        drop(socket);
        let told =
            |passed: &PassedOver| (passed.obstacle, passed.path.strip_prefix(root).unwrap().to_path_buf());
        let expected = [
            (Obstacle::LinkLoop, "d/e/up"),
            (Obstacle::LinkLoop, "d/here"),
            (Obstacle::DanglingLink, "d/README"),
            (Obstacle::DanglingLink, "d/self.txt"),
            (Obstacle::NoFile, "d/s.jsonl"),
        ];
        let expected = expected.map(|(obstacle, path)| (obstacle, PathBuf::from(path)));
        assert_eq!(found.passed_over.iter().map(told).collect::<Vec<_>>(), expected);
        assert_eq!(found.files.len(), 1);
    }

    /// Twenty directories, each with two links to the next: a million ways to the last.
    #[cfg(unix)]
    #[test]
    fn a_directory_with_very_many_ways_to_it_is_walked_few_times() {
        use std::os::unix::fs::symlink;

        let directory = tempfile::tempdir().unwrap();
        let root = directory.path();
        for level in 0..20 {
            fs::create_dir(root.join(level.to_string())).unwrap();
            for link in ["x", "y"] {
                symlink(format!("../{}", level + 1), root.join(format!("{level}/{link}"))).unwrap();
            }
        }
        fs::create_dir(root.join("20")).unwrap();
        fs::write(root.join("20/a.txt"), "").unwrap();
        assert_eq!(names(&[root.join("0")]), [format!("{}a.txt", "x/".repeat(20))]);
    }
}
